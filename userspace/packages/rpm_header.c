// SPDX-License-Identifier: GPL-2.0-or-later
#include "rpm_header.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENTRY 16U
/* RPMFILE_STATE_NORMAL; others were replaced, left out, or are on a shared file system. */
#define STATE_NORMAL 0

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

size_t rpm_header_size(const uint8_t intro[RPM_HEADER_INTRO])
{
	uint32_t il = get32(intro);
	uint32_t dl = get32(intro + 4);

	if (!il || il > RPM_HEADER_ENTRIES_MAX || dl > RPM_HEADER_DATA_MAX)
		return 0;
	return RPM_HEADER_INTRO + (size_t)il * ENTRY + dl;
}

int rpm_header_parse(const void *bytes, size_t len, struct rpm_header *header)
{
	const uint8_t *p = bytes;

	if (len < RPM_HEADER_INTRO || !rpm_header_size(p) || rpm_header_size(p) > len)
		return -EBADMSG;
	*header = (struct rpm_header){
		.entries = p + RPM_HEADER_INTRO,
		.il = get32(p),
		.dl = get32(p + 4),
	};
	header->data = header->entries + (size_t)header->il * ENTRY;
	return 0;
}

static uint32_t width(enum rpm_type type)
{
	switch (type) {
	case RPM_TYPE_INT16:
		return 2;
	case RPM_TYPE_INT32:
		return 4;
	case RPM_TYPE_INT64:
		return 8;
	default:
		return 1;
	}
}

bool rpm_header_values(const struct rpm_header *header, enum rpm_tag tag, struct rpm_values *values)
{
	uint32_t i;

	for (i = 0; i < header->il; i++) {
		const uint8_t *entry = header->entries + (size_t)i * ENTRY;
		uint32_t type = get32(entry + 4);
		uint32_t offset = get32(entry + 8);
		uint32_t count = get32(entry + 12);

		if (get32(entry) != (uint32_t)tag)
			continue;
		if (type < RPM_TYPE_CHAR || type > RPM_TYPE_I18NSTRING || offset >= header->dl ||
		    !count || count > (header->dl - offset) / width((enum rpm_type)type))
			return false;
		*values = (struct rpm_values){
			.at = header->data + offset,
			.end = header->data + header->dl,
			.count = count,
			.type = (enum rpm_type)type,
		};
		return true;
	}
	return false;
}

static bool is_text(enum rpm_type type)
{
	return type == RPM_TYPE_STRING || type == RPM_TYPE_STRING_ARRAY ||
	       type == RPM_TYPE_I18NSTRING;
}

const char *rpm_values_next(struct rpm_values *values)
{
	const char *text = (const char *)values->at;
	const uint8_t *nul;

	if (!is_text(values->type) || !values->count || values->at >= values->end)
		return NULL;
	nul = memchr(values->at, '\0', (size_t)(values->end - values->at));
	if (!nul)
		return NULL;
	values->at = nul + 1;
	values->count--;
	return text;
}

const char *rpm_header_string(const struct rpm_header *header, enum rpm_tag tag)
{
	struct rpm_values values;

	return rpm_header_values(header, tag, &values) ? rpm_values_next(&values) : NULL;
}

bool rpm_values_number(const struct rpm_values *values, uint32_t index, uint64_t *number)
{
	uint32_t n = width(values->type);
	const uint8_t *p = values->at + (size_t)index * n;
	uint64_t value = 0;
	uint32_t i;

	if (is_text(values->type) || values->type == RPM_TYPE_BIN || index >= values->count)
		return false;
	for (i = 0; i < n; i++)
		value = value << 8 | p[i];
	*number = value;
	return true;
}

/* ---- files ---- */

struct files {
	struct rpm_values sizes, states;
	bool has_sizes, has_states;
	int (*fn)(void *context, const char *path, uint64_t size, bool installed);
	void *context;
};

static int call(const struct files *files, uint32_t index, const char *path)
{
	uint64_t size = 0;
	uint64_t state = STATE_NORMAL;

	if (files->has_sizes)
		rpm_values_number(&files->sizes, index, &size);
	if (files->has_states)
		rpm_values_number(&files->states, index, &state);
	return files->fn(files->context, path, size, state == STATE_NORMAL);
}

/* Whole paths, in packages of old. */
static int old_files(const struct files *files, struct rpm_values *names)
{
	uint32_t count = names->count;
	uint32_t i;
	int ret = 0;

	for (i = 0; i < count && !ret; i++) {
		const char *path = rpm_values_next(names);

		ret = path && *path == '/' ? call(files, i, path) : -EBADMSG;
	}
	return ret;
}

static int join(const struct files *files, uint32_t index, const char *dir, const char *base)
{
	char path[PATH_MAX];

	/* What is no file's name is nobody's file. */
	if (*dir != '/' || snprintf(path, sizeof(path), "%s%s", dir, base) >= (int)sizeof(path))
		return -EBADMSG;
	return call(files, index, path);
}

static int new_files(const struct files *files, const struct rpm_header *header,
		     struct rpm_values *names)
{
	struct rpm_values dirs;
	struct rpm_values indexes;
	const char **dir;
	uint32_t count = names->count;
	uint32_t n;
	uint32_t i;
	int ret = 0;

	if (!rpm_header_values(header, RPM_TAG_DIRNAMES, &dirs) || !is_text(dirs.type) ||
	    !rpm_header_values(header, RPM_TAG_DIRINDEXES, &indexes) || indexes.count < count)
		return -EBADMSG;
	n = dirs.count;
	dir = calloc(n, sizeof(*dir));
	if (!dir)
		return -ENOMEM;
	for (i = 0; i < n && !ret; i++) {
		dir[i] = rpm_values_next(&dirs);
		ret = dir[i] ? 0 : -EBADMSG;
	}
	for (i = 0; i < count && !ret; i++) {
		const char *base = rpm_values_next(names);
		uint64_t at;

		ret = base && rpm_values_number(&indexes, i, &at) && at < n ?
			      join(files, i, dir[at], base) :
			      -EBADMSG;
	}
	free(dir);
	return ret;
}

int rpm_header_files(const struct rpm_header *header,
		     int (*fn)(void *context, const char *path, uint64_t size, bool installed),
		     void *context)
{
	struct files files = { .fn = fn, .context = context };
	struct rpm_values names;

	files.has_sizes = rpm_header_values(header, RPM_TAG_LONGFILESIZES, &files.sizes) ||
			  rpm_header_values(header, RPM_TAG_FILESIZES, &files.sizes);
	files.has_states = rpm_header_values(header, RPM_TAG_FILESTATES, &files.states);
	if (rpm_header_values(header, RPM_TAG_BASENAMES, &names))
		return is_text(names.type) ? new_files(&files, header, &names) : -EBADMSG;
	if (rpm_header_values(header, RPM_TAG_OLDFILENAMES, &names))
		return is_text(names.type) ? old_files(&files, &names) : -EBADMSG;
	return 0;
}
