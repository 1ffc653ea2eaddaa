/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names and times in the JSON of plans. Private to userspace/remove. */
#ifndef INTERDICT_REMOVE_JSON_H
#define INTERDICT_REMOVE_JSON_H

#include <time.h>
#include <jansson.h>

/* Bytes as escape.h has them; null where @name is NULL. NULL: no memory. */
json_t *remove_name_json(const char *name);
/* The bytes again, to be freed; NULL: it is no string, no escaped one, or there is no memory. */
char *remove_json_name(const json_t *json);

/* [seconds, nanoseconds] */
json_t *remove_time_json(const struct timespec *time);
void remove_json_time(const json_t *json, struct timespec *time);

/* A member that is a string, or "". */
const char *remove_text(const json_t *object, const char *key);

/* What was written by json_dumps(), whole. Returns 0 and sets *@ret, an object; -ENOENT; -EBADMSG;
 * -ENOMEM; another -errno. */
int remove_read_json(const char *path, size_t max, json_t **ret);

#endif
