// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * STIX 2.1 bundles (OASIS, STIX Version 2.1: 4.7 Indicator, 8 Bundle; 2.0 differs only in what is
 * not read here): the patterns of indicators that are valid now. A file that was merely observed is
 * no indicator. Of several versions of an object the one that was modified last counts (3.6).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "import_internal.h"

static const char *const paths[] = { "/objects/[]" };

/* An indicator that gave rows, or takes those of an older version back. */
struct version {
	uint8_t id[16];	   /* the UUID */
	char modified[32]; /* "2017-01-27T13:49:53.997Z": compares as text, once it is padded */
	size_t first, end; /* rows */
};

struct bundle {
	struct version *versions;
	size_t n, cap;
	uint64_t reports;
};

/* ---- times ---- */

/*
 * RFC 3339 with any fraction, which STIX times are (3.2 "timestamp"), to seconds, and to text whose
 * fraction has nine digits. False where @text is none.
 */
static bool read_time(const char *text, int64_t *seconds, char padded[32])
{
	char whole[21];
	const char *why;
	size_t n = 0;

	if (strnlen(text, 19) < 19)
		return false;
	memcpy(whole, text, 19);
	memcpy(whole + 19, "Z", 2);
	if (policy_parse_time(whole, seconds, &why))
		return false;
	text += 19;
	snprintf(padded, 32, "%.19s.000000000", whole);
	if (*text == '.') {
		for (text++; text[n] >= '0' && text[n] <= '9'; n++)
			if (n < 9)
				padded[20 + n] = text[n];
		if (!n)
			return false;
	}
	return !strcmp(text + n, "Z");
}

/* ---- versions ---- */

static int keep_version(struct bundle *b, const json_t *object, const struct import *im,
			size_t first)
{
	static const char prefix[] = "indicator--";
	const char *id = import_json_string(object, "id");
	const char *modified = import_json_string(object, "modified");
	struct version v = { .first = first, .end = im->n_rows };
	size_t cap = b->cap ? b->cap * 2 : 64;
	struct version *versions;
	char hex[33];
	size_t n = 0;
	int64_t unused;
	size_t bad;

	/* Others cannot be told to be the same object. */
	if (!id || !modified || strncmp(id, prefix, sizeof(prefix) - 1))
		return 0;
	for (id += sizeof(prefix) - 1; *id; id++)
		if (*id != '-' && n < 32)
			hex[n++] = *id;
	if (policy_parse_hex(hex, n, v.id, sizeof(v.id), &bad) != sizeof(v.id) ||
	    !read_time(modified, &unused, v.modified))
		return 0;
	if (b->n == b->cap) {
		versions = realloc(b->versions, cap * sizeof(*versions));
		if (!versions)
			return -ENOMEM;
		b->versions = versions;
		b->cap = cap;
	}
	b->versions[b->n++] = v;
	return 0;
}

static int by_version(const void *a, const void *b)
{
	const struct version *x = a;
	const struct version *y = b;
	int c = memcmp(x->id, y->id, sizeof(x->id));

	return c ? c : strcmp(x->modified, y->modified);
}

static void take_old_versions_back(struct import *im, struct bundle *b)
{
	if (b->n)
		qsort(b->versions, b->n, sizeof(b->versions[0]), by_version);
	for (size_t i = 1; i < b->n; i++) {
		const struct version *old = &b->versions[i - 1];

		if (memcmp(old->id, old[1].id, sizeof(old->id)) ||
		    !strcmp(old->modified, old[1].modified))
			continue;
		for (size_t row = old->first; row < old->end; row++)
			import_take_back(im, row, IMPORT_SUPERSEDED,
					 "there is a later version of its indicator");
	}
}

/* ---- objects ---- */

static bool has_word(const json_t *array, const char *word)
{
	for (size_t i = 0; i < json_array_size(array); i++) {
		const char *text = json_string_value(json_array_get(array, i));

		if (text && !strcmp(text, word))
			return true;
	}
	return false;
}

/* Whether the time at @key is there and not after now; *@wrong: it is none. */
static bool is_past(const struct import *im, const json_t *object, const char *key, bool *wrong)
{
	const json_t *json = json_object_get(object, key);
	const char *text = json_string_value(json);
	char padded[32];
	int64_t seconds;

	if (!json)
		return false;
	if (!text || !read_time(text, &seconds, padded)) {
		*wrong = true;
		return false;
	}
	return seconds <= im->options->now;
}

/* Why an indicator's pattern is not looked at, or IMPORT_REASON_COUNT. */
static enum import_reason refusal(const struct import *im, const json_t *object, const char **what)
{
	const char *type = import_json_string(object, "pattern_type");
	bool wrong = false;
	bool expired = is_past(im, object, "valid_until", &wrong);
	bool begun = is_past(im, object, "valid_from", &wrong);

	*what = NULL;
	if (!import_json_string(object, "pattern"))
		*what = "an indicator without a pattern";
	else if (wrong)
		*what = "an indicator whose valid_from or valid_until is no time";
	if (*what)
		return IMPORT_MALFORMED;
	if (type && strcmp(type, "stix"))
		return IMPORT_PATTERN_TYPE;
	if (has_word(json_object_get(object, "indicator_types"), "benign") ||
	    has_word(json_object_get(object, "labels"), "benign"))
		return IMPORT_ALLOWS;
	if (im->options->all)
		return IMPORT_REASON_COUNT;
	if (import_json_flag(object, "revoked", false))
		return IMPORT_REVOKED;
	if (expired)
		return IMPORT_EXPIRED;
	return !begun && json_object_get(object, "valid_from") ? IMPORT_NOT_YET :
								 IMPORT_REASON_COUNT;
}

/* "NAME, indicator--UUID". */
static void note_of(const json_t *object, char note[2 * IMPORT_NOTE_MAX])
{
	const char *name = import_json_string(object, "name");
	const char *id = import_json_string(object, "id");

	snprintf(note, (size_t)2 * IMPORT_NOTE_MAX, "%.120s%s%.70s", name ? name : "",
		 name && id ? ", " : "", id ? id : "");
}

static int indicator(struct import *im, struct bundle *b, const json_t *object,
		     const struct import_place *at)
{
	size_t first = im->n_rows;
	char note[2 * IMPORT_NOTE_MAX];
	const char *what;
	enum import_reason reason = refusal(im, object, &what);
	int err = 0;

	note_of(object, note);
	if (reason != IMPORT_REASON_COUNT)
		import_refuse(im, reason, at, "%s%s%s", what ? what : "", what ? ": " : "", note);
	else
		err = import_stix_pattern(im, import_json_string(object, "pattern"), note, at);
	return err ? err : keep_version(b, object, im, first);
}

/* The one report of a bundle names what an order is about; two leave it open. */
static void report(struct import *im, struct bundle *b, const json_t *object)
{
	const char *name = import_json_string(object, "name");
	const char *id = import_json_string(object, "id");
	const json_t *references = json_object_get(object, "external_references");
	const char *url = import_json_string(json_array_get(references, 0), "url");

	if (b->reports++) {
		im->title = im->reference = im->suggested_by = NULL;
		return;
	}
	if (name)
		im->title = import_text(im, name, strlen(name), IMPORT_NOTE_MAX);
	if (url)
		im->reference = import_text(im, url, strlen(url), IMPORT_NOTE_MAX);
	else if (id)
		im->reference = import_text(im, id, strlen(id), IMPORT_NOTE_MAX);
	im->suggested_by = "the STIX report";
}

static int one_object(struct import *im, void *context, size_t path, const json_t *object,
		      const struct import_place *at)
{
	const char *type = import_json_string(object, "type");
	const char *id = import_json_string(object, "id");

	(void)path;
	if (!type) {
		import_refuse(im, IMPORT_MALFORMED, at, "an object without a type");
		return 0;
	}
	if (!strcmp(type, "indicator"))
		return indicator(im, context, object, at);
	if (!strcmp(type, "report"))
		report(im, context, object);
	import_refuse(im, IMPORT_NO_INDICATOR, at, "%.64s %.128s", type, id ? id : "");
	return 0;
}

int import_stix(struct import *im, struct import_input *in)
{
	struct bundle b = { 0 };
	json_t *rest = NULL;
	const char *type;
	char *buf = NULL;
	size_t len;
	int err;

	err = import_read_all(in, &buf, &len);
	if (!err)
		err = import_json_walk(im, buf, len, paths, 1, one_object, &b, &rest);
	free(buf);
	type = import_json_string(rest, "type");
	if (!err && (!type || strcmp(type, "bundle") != 0 ||
		     !json_is_array(json_object_get(rest, "objects")))) {
		policy_errors_add(
			im->errs, POLICY_ERROR, im->file, 1, 1,
			"is not a STIX bundle: an object of type \"bundle\" with an array "
			"\"objects\"");
		err = -EBADMSG;
	}
	if (!err)
		take_old_versions_back(im, &b);
	json_decref(rest);
	free(b.versions);
	return err;
}
