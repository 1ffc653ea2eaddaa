// SPDX-License-Identifier: GPL-2.0-or-later
#include "id_lines.h"

#include <stdlib.h>
#include <string.h>

#include "bpf/tables.h"
#include "claim_text.h"
#include "escape.h"
#include "events/event_line.h"
#include "policy/policy.h"
#include "policy/yaml_scalar.h"

/* ---- the package ---- */

void id_package_read(const struct subject *subject, struct id_package *package)
{
	char text[INTERDICT_PACKAGE_LEN];
	json_error_t bad;
	uint32_t len = 0;
	int err = subject_package(subject, text, &len);

	package->note = NULL;
	snprintf(package->why, sizeof(package->why), "there is none in the file");
	if (err) {
		snprintf(package->why, sizeof(package->why), "%s", strerror(-err));
	} else if (len) {
		package->note = json_loadb(text, len, JSON_REJECT_DUPLICATES, &bad);
		if (!json_is_object(package->note)) {
			json_decref(package->note);
			package->note = NULL;
			snprintf(package->why, sizeof(package->why),
				 "what is in the file is no JSON object");
		}
	}
}

void id_package_free(struct id_package *package)
{
	json_decref(package->note);
	package->note = NULL;
}

/* A comment, as it bans much more than the file. In a pattern, * ? [ and \ are not letters, and no
 * package has them in its name. */
static void print_package(const struct id_package *package, FILE *out)
{
	static const char *const types[] = { "deb", "rpm", "flatpak", "snap", "appimage" };
	const char *type = json_string_value(json_object_get(package->note, "type"));
	const char *name = json_string_value(json_object_get(package->note, "name"));
	char *scalar = NULL;
	bool known = false;

	if (!package->note) {
		fprintf(out, "  # no package: %s\n", package->why);
		return;
	}
	for (size_t i = 0; type && i < sizeof(types) / sizeof(types[0]); i++)
		known |= strcmp(types[i], type) == 0;
	if (!known || !name || !*name || name[strcspn(name, "*?[\\")] ||
	    yaml_scalar(name, strlen(name), &scalar)) {
		fprintf(out, "  # no package: its note is of another type, or has no name\n");
		return;
	}
	fprintf(out, "  # all of the package that it says it is of, where that is installed:\n");
	fprintf(out, "  # - package: {type: %s, name: %s}\n", type, scalar);
	free(scalar);
}

/* ---- claims ---- */

static void print_origin(const struct interdict_claim *claim, const char *why, FILE *out)
{
	bool verified = claim->flags & INTERDICT_CLAIM_VERIFIED;
	const char *source = claim_source_name((enum interdict_source)claim->source);
	char *safe = why ? escape_name(why, strlen(why), ESCAPE_TERMINAL) : NULL;

	if (claim->kind == INTERDICT_KIND_FSVERITY)
		fprintf(out, "  # %s: verified by the kernel\n", source);
	else
		fprintf(out, "  # %s, signer %u: %s%s%s\n", source, claim->signer,
			verified ? "verified" : "claimed",
			safe && !verified ? ", not verified: " : "", safe && !verified ? safe : "");
	free(safe);
}

/*
 * White space that an order may not have becomes a space: publishers are compared after folding it
 * (kmod/extract/publisher.h). Errors of yaml_scalar().
 */
static int publisher_scalar(const char *text, char **scalar)
{
	static const char *const spaces[] = { "\t", "\n",	"\v",		"\f",
					      "\r", "\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xa9" };
	char plain[CLAIM_TEXT_MAX];
	size_t len = 0;

	while (*text) {
		size_t n = 0;

		for (size_t i = 0; !n && i < sizeof(spaces) / sizeof(spaces[0]); i++)
			if (strncmp(text, spaces[i], strlen(spaces[i])) == 0)
				n = strlen(spaces[i]);
		plain[len++] = n ? ' ' : *text;
		text += n ? n : 1;
	}
	return yaml_scalar(plain, len, scalar);
}

static void print_unwritable(const char *kind, const char *text, FILE *out)
{
	char *safe = escape_name(text, strlen(text), ESCAPE_TERMINAL);

	fprintf(out, "  # no %s: an order may not have characters of its name: %s\n", kind,
		safe ? safe : "");
	free(safe);
}

static void print_claim(const struct interdict_claims *claims, uint32_t i, FILE *out)
{
	const struct interdict_claim *claim = &claims->claim[i];
	const char *kind = policy_kind_name((enum policy_kind)(claim->kind - 1));
	char text[CLAIM_TEXT_MAX], *scalar = NULL;

	if (!claim_text(claims, i, text)) {
		fprintf(out, "  # no %s: there was no room for its text\n", kind);
	} else if (claim->kind != INTERDICT_KIND_PUBLISHER) {
		fprintf(out, "  - %s: %s\n", kind, text);
	} else if (publisher_scalar(text, &scalar)) {
		print_unwritable(kind, text, out);
	} else {
		fprintf(out, "  - %s: %s\n", kind, scalar);
		free(scalar);
	}
}

static bool same_origin(const struct interdict_claims *claims, uint32_t i, const char *const *why)
{
	const struct interdict_claim *before, *claim = &claims->claim[i];

	if (!i)
		return false;
	before = &claims->claim[i - 1];
	if (before->source != claim->source || before->signer != claim->signer ||
	    before->flags != claim->flags)
		return false;
	if (!why || why[i] == why[i - 1])
		return true;
	return why[i] && why[i - 1] && strcmp(why[i], why[i - 1]) == 0;
}

static void print_claims(const struct interdict_claims *claims, const char *const *why, FILE *out)
{
	bool signer = false, digest = false;

	if (!claims_are_sane(claims)) {
		fprintf(out, "  # no signer: what the module said makes no sense\n");
		return;
	}
	for (uint32_t i = 0; i < claims->count; i++) {
		digest |= claims->claim[i].kind == INTERDICT_KIND_FSVERITY;
		signer |= claims->claim[i].kind != INTERDICT_KIND_FSVERITY;
	}
	if (!digest)
		fprintf(out, "  # no fsverity: the file system has no digest of it\n");
	for (uint32_t i = 0; i < claims->count; i++) {
		if (!same_origin(claims, i, why))
			print_origin(&claims->claim[i], why ? why[i] : NULL, out);
		print_claim(claims, i, out);
	}
	if (!signer && !(claims->flags & INTERDICT_CLAIMS_UNREAD))
		fprintf(out, "  # no signer: there is no signature that is known\n");
	if (claims->flags & INTERDICT_CLAIMS_UNREAD)
		fprintf(out, "  # signers unread: reading for them failed, there may be some\n");
	if (claims->flags & INTERDICT_CLAIMS_MORE)
		fprintf(out, "  # not all: a limit was reached, there may be other signers\n");
	if (claims->flags & INTERDICT_CLAIMS_MALFORMED)
		fprintf(out, "  # malformed: what looks like a signature could not be read\n");
	if (claims->flags & INTERDICT_CLAIMS_COMPRESSED)
		fprintf(out, "  # compressed: what is inside was not looked at\n");
}

void id_print(const struct subject *subject, const struct interdict_identity *identity,
	      const struct id_package *package, const char *const *why, FILE *out)
{
	const struct interdict_ids *ids = &identity->ids;
	char *name = escape_name(subject->path, strlen(subject->path), ESCAPE_TERMINAL);
	char hex[2 * INTERDICT_BUILD_ID_MAX + 1];

	fprintf(out, "  # %s\n", name ? name : "");
	free(name);
	if (ids->have & INTERDICT_ID_SHA256 && ids->size) {
		event_hex(ids->sha256, sizeof(ids->sha256), hex);
		fprintf(out, "  - sha256: %s\n    size: %llu\n", hex,
			(unsigned long long)ids->size);
	} else {
		fprintf(out, "  # no sha256: %s\n",
			*subject->why ? subject->why :
			ids->size     ? "the content could not be read" :
					"the file is empty, and no rule may name that");
	}
	if (*subject->why)
		return;
	if (ids->have & INTERDICT_ID_BUILD_ID && ids->build_id_len >= POLICY_BUILD_ID_MIN) {
		event_hex(ids->build_id, ids->build_id_len, hex);
		fprintf(out, "  - build-id: %s\n", hex);
	} else if (ids->build_id_len) {
		fprintf(out, "  # no build-id: one of %u bytes is too short for a rule\n",
			ids->build_id_len);
	} else {
		fprintf(out, "  # no build-id: there is none in the file\n");
	}
	print_claims(&identity->claims, why, out);
	print_package(package, out);
}
