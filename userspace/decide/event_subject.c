// SPDX-License-Identifier: GPL-2.0-or-later
#include "event_subject.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/tables.h"
#include "escape.h"
#include "events/event_line.h"

/* The format of events: "v". */
#define VERSION 1
/* "2026-11-21T17:49:41", before the fraction. */
#define TIME_LEN 19U

struct reader {
	char *why;
	struct event_subject *to;
};

__attribute__((format(printf, 2, 3))) static int wrong(struct reader *r, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(r->why, POLICY_IDENTIFIER_WHY_MAX, fmt, args);
	va_end(args);
	return -EINVAL;
}

/* A text or null; *@text is NULL then. */
static int get_text(struct reader *r, const json_t *object, const char *key, const char **text)
{
	const json_t *value = json_object_get(object, key);

	*text = json_string_value(value);
	if (value && !json_is_string(value) && !json_is_null(value))
		return wrong(r, "%s: is no text", key);
	return 0;
}

/* ---- the file ---- */

static int get_hex(struct reader *r, const json_t *file, const char *key, uint8_t *out, size_t max,
		   size_t *len)
{
	const char *text;
	size_t bad;
	ssize_t n;
	int err = get_text(r, file, key, &text);

	*len = 0;
	if (err || !text)
		return err;
	n = policy_parse_hex(text, strlen(text), out, max, &bad);
	if (n < 0)
		return wrong(r, "file.%s: is not hex of at most %zu bytes", key, max);
	*len = (size_t)n;
	return 0;
}

static int get_ids(struct reader *r, const json_t *file)
{
	struct interdict_ids *ids = &r->to->identity.ids;
	const json_t *size = json_object_get(file, "size");
	size_t len;
	int err;

	if (!json_is_integer(size) || json_integer_value(size) < 0)
		return wrong(r, "file.size: is no number of bytes");
	ids->size = (uint64_t)json_integer_value(size);
	err = get_hex(r, file, "sha256", ids->sha256, sizeof(ids->sha256), &len);
	if (!err && len && len != sizeof(ids->sha256))
		err = wrong(r, "file.sha256: has %zu bytes", len);
	if (!err && len)
		ids->have |= INTERDICT_ID_SHA256;
	if (!err)
		err = get_hex(r, file, "build_id", ids->build_id, sizeof(ids->build_id), &len);
	if (!err && len) {
		ids->build_id_len = (uint32_t)len;
		ids->have |= INTERDICT_ID_BUILD_ID;
	}
	return err;
}

static int kind_of(const char *name)
{
	enum policy_kind kind;

	for (kind = 0; kind < POLICY_KIND_PACKAGE; kind++)
		if (!strcmp(policy_kind_name(kind), name))
			return (int)kind;
	return -1;
}

/* Kinds of claims, each answering one of the two questions about them. */
static uint32_t question_of(int kind)
{
	switch (kind) {
	case POLICY_KIND_FSVERITY:
		return INTERDICT_ID_FSVERITY;
	case POLICY_KIND_CERTIFICATE:
	case POLICY_KIND_KEY:
	case POLICY_KIND_PUBLISHER:
		return INTERDICT_ID_SIGNERS;
	default:
		return 0;
	}
}

/* @text: escaped, as all names from files are. */
static int add_claim(struct reader *r, int kind, const char *text)
{
	struct interdict_claims *claims = &r->to->identity.claims;
	struct interdict_claim *claim = &claims->claim[claims->count];
	char why[POLICY_IDENTIFIER_WHY_MAX];
	struct policy_identifier id = { 0 };
	char *name = malloc(strlen(text) + 1);
	long len;
	int err;

	if (!name)
		return -ENOMEM;
	len = unescape_name(text, name);
	if (len >= 0)
		name[len] = '\0';
	err = len < 0 ? wrong(r, "file.claims: a backslash begins no escape") :
			policy_parse_identifier((enum policy_kind)kind, name, &id, why);
	free(name);
	if (err == -EINVAL && len >= 0)
		return wrong(r, "file.claims: %s", why);
	if (err)
		return err;
	claim->kind = (uint8_t)(kind + 1);
	claim->form = id.form;
	claim->len = id.len;
	memcpy(claim->value, id.value, sizeof(id.value));
	claims->count++;
	return 0;
}

/* A claim whose text found no room in the event leaves open what it was. */
static int get_claims(struct reader *r, const json_t *file)
{
	struct interdict_ids *ids = &r->to->identity.ids;
	const json_t *list = json_object_get(file, "claims");
	uint32_t open = 0;
	json_t *claim;
	size_t i;
	int err;

	if (list && !json_is_array(list))
		return wrong(r, "file.claims: is no array");
	if (json_array_size(list) > INTERDICT_CLAIMS_MAX)
		return wrong(r, "file.claims: has %zu elements", json_array_size(list));
	json_array_foreach(list, i, claim)
	{
		const char *name;
		const char *text;
		int kind;

		err = get_text(r, claim, "kind", &name);
		if (!err)
			err = get_text(r, claim, "value", &text);
		if (err)
			return err;
		kind = kind_of(name ? name : "");
		if (!question_of(kind))
			return wrong(r, "file.claims: \"%.32s\" is no kind of claim",
				     name ? name : "");
		ids->have |= question_of(kind);
		if (!text)
			open |= question_of(kind);
		else if ((err = add_claim(r, kind, text)))
			return err;
	}
	/* Events say what was asked and answered; those of versions before did not. */
	if (json_object_get(file, "have")) {
		if (!json_is_array(json_object_get(file, "have")))
			return wrong(r, "file.have: is no array");
		ids->have = event_file_have(file);
		ids->flags |= event_file_flags(file);
		r->to->flags_known = json_object_get(file, "flags");
	}
	ids->have &= ~open;
	ids->claims = r->to->identity.claims.count;
	return 0;
}

/* ---- the decision ---- */

static int get_op(struct reader *r, const json_t *event)
{
	const char *name;
	enum policy_operation op;
	int err = get_text(r, event, "op", &name);

	if (err)
		return err;
	for (op = 0; op < POLICY_OP_COUNT; op++)
		if (name && !strcmp(policy_operation_name(op), name)) {
			r->to->op = (enum interdict_op)op;
			return 0;
		}
	return wrong(r, "op: is no operation");
}

static int get_time(struct reader *r, const json_t *event)
{
	char seconds[TIME_LEN + 2];
	const char *text;
	const char *why;
	int err = get_text(r, event, "time", &text);

	r->to->time = -1;
	if (err || !text)
		return err;
	snprintf(seconds, sizeof(seconds), "%.*sZ", (int)TIME_LEN, text);
	if (strlen(text) <= TIME_LEN || policy_parse_time(seconds, &r->to->time, &why))
		return wrong(r, "time: is no time");
	return 0;
}

static int get_decision(struct reader *r, const json_t *event, const char *kind)
{
	struct event_subject *to = r->to;
	const char *error = NULL;
	int err;

	if (!strcmp(kind, "unidentified")) {
		to->outcome = DECISION_ALLOW;
		to->missing = true;
		return get_text(r, event, "rule", &to->rule);
	}
	to->outcome = !strcmp(kind, "denied") ? DECISION_DENY : DECISION_AUDIT;
	err = get_text(r, event, "order", &to->order);
	if (!err)
		err = get_text(r, event, "rule", &to->rule);
	if (!err)
		err = get_text(r, event, "error", &error);
	if (err)
		return err;
	if (!to->rule)
		return wrong(r, "rule: is missing");
	if (!to->order && strcmp(to->rule, "unidentified") != 0 &&
	    strcmp(to->rule, "untrusted-fs") != 0)
		return wrong(r, "order: is missing");
	to->missing = error || !strcmp(to->rule, "unidentified");
	if (!strcmp(to->rule, "untrusted-fs"))
		to->identity.ids.flags |= INTERDICT_FILE_FOREIGN;
	return 0;
}

static bool is_decision(const char *kind)
{
	return !strcmp(kind, "denied") || !strcmp(kind, "audited") || !strcmp(kind, "unidentified");
}

int event_subject(const json_t *event, struct event_subject *subject,
		  char why[POLICY_IDENTIFIER_WHY_MAX])
{
	struct reader r = { .why = why, .to = subject };
	const json_t *version = json_object_get(event, "v");
	const json_t *file = json_object_get(event, "file");
	const char *kind;
	int err;

	memset(subject, 0, sizeof(*subject));
	if (!json_is_object(event))
		return wrong(&r, "is no object");
	if (!json_is_integer(version) || json_integer_value(version) != VERSION)
		return wrong(&r, "v: this version reads events of format %d", VERSION);
	err = get_text(&r, event, "event", &kind);
	if (err)
		return err;
	if (!kind)
		return wrong(&r, "event: is missing");
	if (!is_decision(kind))
		return 0;
	if (!json_is_object(file))
		return wrong(&r, "file: is missing");
	err = get_decision(&r, event, kind);
	if (!err)
		err = get_op(&r, event);
	if (!err)
		err = get_time(&r, event);
	if (!err)
		err = get_ids(&r, file);
	if (!err)
		err = get_claims(&r, file);
	return err ? err : 1;
}
