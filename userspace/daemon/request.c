// SPDX-License-Identifier: GPL-2.0-or-later
#include "request.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <jansson.h>

static const char *const request_names[] = {
	[REQUEST_STATUS] = "status",
	[REQUEST_LOAD] = "load",
	[REQUEST_UNLOAD] = "unload",
	[REQUEST_WATCH] = "watch",
};
_Static_assert(sizeof(request_names) / sizeof(*request_names) == REQUEST_COUNT, "a name each");

static int parse_kind(const json_t *value, struct request *request, const char **why)
{
	const char *name = json_string_value(value);

	for (int i = 0; name && i < REQUEST_COUNT; i++) {
		if (strcmp(name, request_names[i]) == 0) {
			request->kind = (enum request_kind)i;
			return 0;
		}
	}
	*why = "\"request\" is not status, load, unload or watch";
	return -EBADMSG;
}

/* @why: what is said of one that is not absolute, and of one that is too long. */
static int parse_path(const json_t *value, char ret[PATH_MAX], const char *const why[2],
		      const char **ret_why)
{
	const char *path = json_string_value(value);
	size_t len = json_string_length(value);

	if (!path || path[0] != '/' || len != strlen(path)) {
		*ret_why = why[0];
		return -EBADMSG;
	}
	if (len >= PATH_MAX) {
		*ret_why = why[1];
		return -EBADMSG;
	}
	memcpy(ret, path, len + 1);
	return 0;
}

static int parse_key(const char *key, const json_t *value, struct request *request,
		     const char **why)
{
	static const char *const path_why[] = { "\"path\" is not an absolute path",
						"\"path\" is too long" };
	static const char *const token_why[] = { "\"token\" is not an absolute path",
						 "\"token\" is too long" };

	if (strcmp(key, "v") == 0) {
		if (json_is_integer(value) && json_integer_value(value) == REQUEST_VERSION)
			return 0;
		*why = "\"v\" is not 1: client and daemon are of different versions";
		return -EBADMSG;
	}
	if (strcmp(key, "request") == 0)
		return parse_kind(value, request, why);
	if (strcmp(key, "path") == 0)
		return parse_path(value, request->path, path_why, why);
	if (strcmp(key, "token") == 0)
		return parse_path(value, request->token, token_why, why);
	if (strcmp(key, "allow_critical") == 0) {
		request->allow_critical = json_is_true(value);
		if (json_is_boolean(value))
			return 0;
		*why = "\"allow_critical\" is not true or false";
		return -EBADMSG;
	}
	*why = "a key is none of v, request, path, allow_critical, token";
	return -EBADMSG;
}

int request_parse(const char *line, size_t len, struct request *request, const char **why)
{
	struct request parsed = { 0 };
	json_error_t error;
	const char *key;
	json_t *json, *value;
	int err = 0;

	*why = "a request is longer than any can be";
	if (len > REQUEST_LINE_MAX)
		return -EBADMSG;
	json = json_loadb(line, len, JSON_REJECT_DUPLICATES, &error);
	if (!json && json_error_code(&error) == json_error_out_of_memory)
		return -ENOMEM;
	*why = "a request is not a JSON object on one line";
	if (!json_is_object(json)) {
		json_decref(json);
		return -EBADMSG;
	}
	json_object_foreach(json, key, value)
	{
		err = parse_key(key, value, &parsed, why);
		if (err)
			break;
	}
	if (!err && (!json_object_get(json, "v") || !json_object_get(json, "request"))) {
		*why = "a request has \"v\" and \"request\"";
		err = -EBADMSG;
	}
	if (!err && parsed.kind != REQUEST_LOAD &&
	    (json_object_get(json, "path") || json_object_get(json, "allow_critical"))) {
		*why = "only load takes \"path\" and \"allow_critical\"";
		err = -EBADMSG;
	}
	if (!err && parsed.kind != REQUEST_LOAD && parsed.kind != REQUEST_UNLOAD &&
	    json_object_get(json, "token")) {
		*why = "only load and unload take \"token\"";
		err = -EBADMSG;
	}
	json_decref(json);
	if (!err)
		*request = parsed;
	return err;
}
