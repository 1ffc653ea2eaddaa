// SPDX-License-Identifier: GPL-2.0-or-later
/* The file of an event. */
#include <stdlib.h>
#include <string.h>

#include "event_json.h"
#include "subject/claim_text.h"

struct bit {
	uint32_t bit;
	const char *name;
};

/* What was asked of the file and answered; event_line.h explains the words. */
static const struct bit have_bits[] = {
	{ INTERDICT_ID_SHA256, "sha256" },     { INTERDICT_ID_SHA256_BY_MAGIC, "sha256-by-magic" },
	{ INTERDICT_ID_BUILD_ID, "build-id" }, { INTERDICT_ID_FSVERITY, "fsverity" },
	{ INTERDICT_ID_SIGNERS, "signers" },
};

static const struct bit flag_bits[] = {
	{ INTERDICT_FILE_CACHEABLE, "cacheable" }, { INTERDICT_FILE_FOREIGN, "foreign" },
	{ INTERDICT_FILE_UNSEALED, "unsealed" },   { INTERDICT_FILE_PLAIN, "plain" },
	{ INTERDICT_FILE_WRITERS, "writers" },
};

#define BITS(table) table, sizeof(table) / sizeof(*(table))

static json_t *bits_json(uint32_t bits, const struct bit *names, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < n; i++)
		if (bits & names[i].bit)
			json_array_append_new(list, json_string(names[i].name));
	return list;
}

static uint32_t bits_of(const json_t *list, const struct bit *names, size_t n)
{
	uint32_t bits = 0;
	json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
	{
		const char *text = json_string_value(item);

		for (size_t name = 0; text && name < n; name++)
			if (!strcmp(names[name].name, text))
				bits |= names[name].bit;
	}
	return bits;
}

uint32_t event_file_have(const json_t *file)
{
	return bits_of(json_object_get(file, "have"), BITS(have_bits));
}

uint32_t event_file_flags(const json_t *file)
{
	return bits_of(json_object_get(file, "flags"), BITS(flag_bits));
}

static json_t *device_json(uint32_t major, uint32_t minor)
{
	return json_sprintf("%u:%u", major, minor);
}

static json_t *real_json(const struct interdict_event *event)
{
	return json_pack("{s:o, s:o, s:I}", "path", event_path_json(event, INTERDICT_TEXT_REAL),
			 "dev", device_json(event->file.real_dev_major, event->file.real_dev_minor),
			 "ino", (json_int_t)event->file.real_ino);
}

json_t *event_file_json(json_t *path, const struct event_file *file)
{
	const struct interdict_ids *ids = file->ids;
	char *publisher = claims_publisher(file->claims);
	json_t *json;

	json = json_pack(
		"{s:o, s:o, s:I, s:o, s:I, s:o, s:s?, s:o, s:o}", "path", path, "sha256",
		ids->have & INTERDICT_ID_SHA256 ? event_hex_json(ids->sha256, sizeof(ids->sha256)) :
						  json_null(),
		"size", (json_int_t)ids->size, "dev", device_json(file->dev_major, file->dev_minor),
		"ino", (json_int_t)file->ino, "build_id",
		(ids->have & INTERDICT_ID_BUILD_ID) && ids->build_id_len ?
			event_hex_json(ids->build_id, ids->build_id_len) :
			json_null(),
		"publisher", publisher, "have", bits_json(ids->have, BITS(have_bits)), "flags",
		bits_json(ids->flags, BITS(flag_bits)));
	free(publisher);
	if (json && file->claims->count)
		json_object_set_new(json, "claims", claims_json(file->claims));
	return json;
}

json_t *event_record_file_json(const struct interdict_event *event)
{
	const struct event_file file = {
		.dev_major = event->file.dev_major,
		.dev_minor = event->file.dev_minor,
		.ino = event->file.ino,
		.ids = &event->file.ids,
		.claims = event_claims(event),
	};
	json_t *json = event_file_json(event_path_json(event, INTERDICT_TEXT_PATH), &file);

	if (json && event->file.real_ino)
		json_object_set_new(json, "real", real_json(event));
	return json;
}
