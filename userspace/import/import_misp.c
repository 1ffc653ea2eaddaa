// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * MISP events (draft-dulaunoy-misp-core-format; the objects' templates at
 * https://github.com/MISP/misp-objects): one event, an array of them, or what a search answers,
 * events or attributes. An attribute of type sha256 or filename|sha256 is a file where it is the
 * event's own or belongs to an object "file", which may say the size, too. In other objects a hash
 * is of something else: "pe-section" has that of a section. Proposals, and events that are only
 * related, are not read.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "import_internal.h"

enum { ATTRIBUTE, OBJECT };

static const char *const paths[] = {
	"/Event/Attribute/[]",
	"/Event/Object/[]",
	"/[]/Event/Attribute/[]",
	"/[]/Event/Object/[]",
	"/response/[]/Event/Attribute/[]",
	"/response/[]/Event/Object/[]",
	"/response/Attribute/[]",
};

#define N_PATHS (sizeof(paths) / sizeof(paths[0]))

/* What an object "file" says of each hash in it. */
struct file {
	uint64_t size;
	const char *name;
	bool object; /* this is one */
	bool other;  /* an object of another name */
	bool deleted;
	bool harmless;
};

/* The kind of hash that a type of attribute is, by what is behind its last "filename|". */
static enum import_reason reason_of_type(const char *type)
{
	static const char *const fuzzy[] = { "ssdeep",	 "tlsh",	 "imphash",
					     "impfuzzy", "pehash",	 "vhash",
					     "telfhash", "authentihash", "cdhash" };
	const char *bar = strchr(type, '|');
	const char *hash = bar ? bar + 1 : type;
	enum import_reason reason = IMPORT_OTHER_HASH;

	if (bar && strncmp(type, "filename|", 9))
		return IMPORT_NOT_A_HASH;
	if (!strcmp(type, "malware-sample"))
		return IMPORT_MD5;
	if (!strncmp(type, "x509-fingerprint-", 17))
		return IMPORT_CERTIFICATE;
	if (!strcmp(hash, "sha512/224") || !strcmp(hash, "sha512/256"))
		return IMPORT_SHA512;
	for (size_t i = 0; i < sizeof(fuzzy) / sizeof(fuzzy[0]); i++)
		if (!strcmp(hash, fuzzy[i]))
			return IMPORT_OTHER_HASH;
	reason = import_reason_of_algorithm(hash, strlen(hash));
	return reason == IMPORT_OTHER_HASH ? IMPORT_NOT_A_HASH : reason;
}

/* "NAME, COMMENT" of what is there. */
static void note_of(const json_t *attribute, const char *name, size_t name_len,
		    char note[2 * IMPORT_NOTE_MAX])
{
	const char *comment = import_json_string(attribute, "comment");

	if (!comment)
		comment = "";
	snprintf(note, (size_t)2 * IMPORT_NOTE_MAX, "%.*s%s%.*s",
		 name_len < IMPORT_NOTE_MAX ? (int)name_len : (int)IMPORT_NOTE_MAX - 2, name,
		 name_len && *comment ? ", " : "", IMPORT_NOTE_MAX - 2, comment);
}

static int sha256(struct import *im, const struct file *file, const json_t *attribute,
		  const char *value, const struct import_place *at)
{
	const char *bar = strrchr(value, '|');
	const char *hash = bar ? bar + 1 : value;
	const char *name = bar ? value : file->name ? file->name : "";
	char note[2 * IMPORT_NOTE_MAX];

	note_of(attribute, name, bar ? (size_t)(bar - value) : strlen(name), note);
	return import_add_hex(im, IMPORT_KIND_SHA256, hash, strlen(hash), file->size, note, at);
}

static int one_attribute(struct import *im, const struct file *file, const json_t *attribute,
			 const struct import_place *at)
{
	const char *type = import_json_string(attribute, "type");
	const char *value = import_json_string(attribute, "value");
	enum import_reason reason = type ? reason_of_type(type) : IMPORT_MALFORMED;

	if (!type || !value) {
		import_refuse(im, IMPORT_MALFORMED, at, "an attribute without a type or a value");
		return 0;
	}
	/* What describes the file is not a row of its own. */
	if (reason == IMPORT_NOT_A_HASH && file->object)
		return 0;
	if (file->deleted || import_json_flag(attribute, "deleted", false))
		reason = IMPORT_DELETED;
	else if (reason == IMPORT_REASON_COUNT && file->other)
		reason = IMPORT_OTHER_OBJECT;
	else if (reason == IMPORT_REASON_COUNT && file->harmless)
		reason = IMPORT_ALLOWS;
	else if (reason == IMPORT_REASON_COUNT && !im->options->all &&
		 !import_json_flag(attribute, "to_ids", false))
		reason = IMPORT_NOT_IDS;
	if (reason == IMPORT_REASON_COUNT)
		return sha256(im, file, attribute, value, at);
	import_refuse(im, reason, at, "%.64s: %.300s", type, value);
	return 0;
}

/* Size, name and state from the attributes of an object "file". Two sizes say none. */
static void describe(struct file *file, const json_t *attributes)
{
	bool sized = false;

	for (size_t i = 0; i < json_array_size(attributes); i++) {
		const json_t *a = json_array_get(attributes, i);
		const char *relation = import_json_string(a, "object_relation");
		const char *value = import_json_string(a, "value");
		unsigned long long size;
		char *end;

		if (!relation || !value || import_json_flag(a, "deleted", false))
			continue;
		if (!strcmp(relation, "filename") && !file->name)
			file->name = value;
		if (!strcmp(relation, "state") &&
		    (!strcmp(value, "Harmless") || !strcmp(value, "Trusted")))
			file->harmless = true;
		if (strcmp(relation, "size-in-bytes") != 0 || *value < '0' || *value > '9')
			continue;
		errno = 0;
		size = strtoull(value, &end, 10);
		if (errno || *end || size > INT64_MAX || (sized && size != file->size))
			size = 0;
		file->size = size;
		sized = true;
	}
}

static int one_object(struct import *im, const json_t *object, const struct import_place *at)
{
	const char *name = import_json_string(object, "name");
	const json_t *attributes = json_object_get(object, "Attribute");
	struct file file = { .deleted = import_json_flag(object, "deleted", false) };
	int err = 0;

	if (!name || !json_is_array(attributes)) {
		import_refuse(im, IMPORT_MALFORMED, at,
			      "an object without a name or an array \"Attribute\"");
		return 0;
	}
	file.object = !strcmp(name, "file");
	file.other = !file.object;
	if (file.object)
		describe(&file, attributes);
	for (size_t i = 0; !err && i < json_array_size(attributes); i++)
		err = one_attribute(im, &file, json_array_get(attributes, i), at);
	return err;
}

static int one_element(struct import *im, void *context, size_t path, const json_t *json,
		       const struct import_place *at)
{
	static const struct file none;

	(void)context;
	/* The last path is of attributes. */
	if (path == N_PATHS - 1 || path % 2 == ATTRIBUTE)
		return one_attribute(im, &none, json, at);
	return one_object(im, json, at);
}

/* The one event of the file, or NULL. */
static const json_t *only_event(const json_t *rest)
{
	const json_t *response = json_object_get(rest, "response");
	const json_t *array = json_is_array(response) ? response : rest;

	if (json_object_get(rest, "Event"))
		return json_object_get(rest, "Event");
	return json_array_size(array) == 1 ? json_object_get(json_array_get(array, 0), "Event") :
					     NULL;
}

/* MISP's title of an event, and how it can be found again. */
static void suggest(struct import *im, const json_t *event)
{
	const char *info = import_json_string(event, "info");
	const char *uuid = import_json_string(event, "uuid");
	const char *date = import_json_string(event, "date");
	const char *org = import_json_string(json_object_get(event, "Orgc"), "name");
	char text[IMPORT_NOTE_MAX + 1];

	if (info)
		im->title = import_text(im, info, strlen(info), IMPORT_NOTE_MAX);
	if (uuid) {
		snprintf(text, sizeof(text), "MISP event %.36s%s%.10s%s%.100s", uuid,
			 date ? " of " : "", date ? date : "", org ? " by " : "", org ? org : "");
		im->reference = import_text(im, text, strlen(text), IMPORT_NOTE_MAX);
	}
	im->suggested_by = "the MISP event";
}

static bool has_event(const json_t *rest)
{
	const json_t *response = json_object_get(rest, "response");
	const json_t *array = json_is_array(response) ? response : rest;

	if (json_is_object(json_object_get(rest, "Event")) ||
	    json_is_array(json_object_get(response, "Attribute")))
		return true;
	for (size_t i = 0; i < json_array_size(array); i++)
		if (!json_is_object(json_object_get(json_array_get(array, i), "Event")))
			return false;
	return json_is_array(array);
}

int import_misp(struct import *im, struct import_input *in)
{
	json_t *rest = NULL;
	char *buf = NULL;
	size_t len;
	int err;

	err = import_read_all(in, &buf, &len);
	if (!err)
		err = import_json_walk(im, buf, len, paths, N_PATHS, one_element, NULL, &rest);
	free(buf);
	if (!err && !has_event(rest)) {
		policy_errors_add(
			im->errs, POLICY_ERROR, im->file, 1, 1,
			"is not a MISP event: an object \"Event\", an array of such, or a "
			"\"response\" with them");
		err = -EBADMSG;
	}
	if (!err)
		suggest(im, only_event(rest));
	json_decref(rest);
	return err;
}
