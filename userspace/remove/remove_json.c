// SPDX-License-Identifier: GPL-2.0-or-later
#include "remove_json.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "read_file.h"

json_t *remove_name_json(const char *name)
{
	char *escaped = name ? escape_name(name, strlen(name), 0) : NULL;
	json_t *json = !name ? json_null() : escaped ? json_string(escaped) : NULL;

	free(escaped);
	return json;
}

char *remove_json_name(const json_t *json)
{
	const char *escaped = json_string_value(json);
	char *name = escaped ? malloc(strlen(escaped) + 1) : NULL;
	long n = name ? unescape_name(escaped, name) : -1;

	if (n < 0 || memchr(name, '\0', (size_t)n)) {
		free(name);
		return NULL;
	}
	name[n] = '\0';
	return name;
}

json_t *remove_time_json(const struct timespec *time)
{
	return json_pack("[I, I]", (json_int_t)time->tv_sec, (json_int_t)time->tv_nsec);
}

void remove_json_time(const json_t *json, struct timespec *time)
{
	time->tv_sec = (time_t)json_integer_value(json_array_get(json, 0));
	time->tv_nsec = (long)json_integer_value(json_array_get(json, 1));
}

const char *remove_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

int remove_read_json(const char *path, size_t max, json_t **ret)
{
	json_error_t error;
	size_t len;
	char *text;
	json_t *json;
	int err = read_file_at(AT_FDCWD, path, max, &text, &len);

	if (err)
		return err;
	json = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
	free(text);
	if (!json && json_error_code(&error) == json_error_out_of_memory)
		return -ENOMEM;
	if (!json_is_object(json)) {
		json_decref(json);
		return -EBADMSG;
	}
	*ret = json;
	return 0;
}
