// SPDX-License-Identifier: GPL-2.0-or-later
#include "claim_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/tables.h"
#include "escape.h"
#include "events/event_line.h"
#include "policy/policy.h"

static const char *const forms[INTERDICT_FORM_COUNT] = {
	[INTERDICT_FORM_NONE] = "",	    [INTERDICT_FORM_SHA256] = "sha256",
	[INTERDICT_FORM_SHA512] = "sha512", [INTERDICT_FORM_DER] = "der",
	[INTERDICT_FORM_IS] = "is",	    [INTERDICT_FORM_SPKI] = "spki",
	[INTERDICT_FORM_SKID] = "skid",	    [INTERDICT_FORM_IMA] = "ima",
	[INTERDICT_FORM_PGP] = "pgp",	    [INTERDICT_FORM_NAME] = "",
};

static const char *const sources[INTERDICT_SOURCE_COUNT] = {
	[INTERDICT_SOURCE_NONE] = "unknown", [INTERDICT_SOURCE_VERITY] = "fs-verity",
	[INTERDICT_SOURCE_PE] = "pe",	     [INTERDICT_SOURCE_APK] = "apk",
	[INTERDICT_SOURCE_JAR] = "jar",	     [INTERDICT_SOURCE_APPENDED] = "appended",
	[INTERDICT_SOURCE_IMA] = "ima",	     [INTERDICT_SOURCE_APPIMAGE] = "appimage",
};

bool claims_are_sane(const struct interdict_claims *claims)
{
	if (claims->count > INTERDICT_CLAIMS_MAX || claims->names_len > INTERDICT_NAMES_LEN ||
	    (claims->names_len && claims->names[claims->names_len - 1]))
		return false;
	for (uint32_t i = 0; i < claims->count; i++) {
		const struct interdict_claim *claim = &claims->claim[i];

		if (!claim->kind || claim->kind >= INTERDICT_KIND_COUNT ||
		    claim->form >= INTERDICT_FORM_COUNT ||
		    claim->source >= INTERDICT_SOURCE_COUNT || claim->len > INTERDICT_CLAIM_LEN ||
		    claim->name > claims->names_len)
			return false;
	}
	return true;
}

const char *claim_source_name(enum interdict_source source)
{
	return sources[source];
}

bool claim_text(const struct interdict_claims *claims, uint32_t i, char text[CLAIM_TEXT_MAX])
{
	const struct interdict_claim *claim = &claims->claim[i];
	const char *name = claim->name ? claims->names + claim->name - 1 : NULL;
	char hex[2 * INTERDICT_CLAIM_LEN + 1];
	int n;

	text[0] = '\0';
	if (claim->form == INTERDICT_FORM_NAME) {
		n = name ? snprintf(text, CLAIM_TEXT_MAX, "%s", name) : -1;
	} else if (claim->form == INTERDICT_FORM_SHA512) {
		n = name ? snprintf(text, CLAIM_TEXT_MAX, "sha512:%s", name) : -1;
	} else {
		event_hex(claim->value, claim->len, hex);
		n = snprintf(text, CLAIM_TEXT_MAX, "%s:%s", forms[claim->form], hex);
	}
	return n > 0;
}

char *claims_publisher(const struct interdict_claims *claims)
{
	char text[CLAIM_TEXT_MAX];

	for (uint32_t i = 0; i < claims->count; i++)
		if (claims->claim[i].kind == INTERDICT_KIND_PUBLISHER &&
		    claim_text(claims, i, text))
			return escape_name(text, strlen(text), 0);
	return NULL;
}

static json_t *claim_json(const struct interdict_claims *claims, uint32_t i)
{
	const struct interdict_claim *claim = &claims->claim[i];
	char text[CLAIM_TEXT_MAX], *value = NULL;
	json_t *json;

	if (claim_text(claims, i, text))
		value = escape_name(text, strlen(text), 0);
	json = json_pack("{s:s, s:s?, s:s, s:i, s:b}", "kind",
			 policy_kind_name((enum policy_kind)(claim->kind - 1)), "value", value,
			 "source", claim_source_name((enum interdict_source)claim->source),
			 "signer", claim->signer, "verified",
			 claim->flags & INTERDICT_CLAIM_VERIFIED);
	free(value);
	return json;
}

json_t *claims_json(const struct interdict_claims *claims)
{
	json_t *list = json_array();

	for (uint32_t i = 0; list && i < claims->count; i++)
		if (json_array_append_new(list, claim_json(claims, i)) < 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}
