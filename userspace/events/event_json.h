/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of a kernel event's JSON, shared by the files that make it. */
#ifndef INTERDICT_EVENT_JSON_H
#define INTERDICT_EVENT_JSON_H

#include <jansson.h>

#include "event_line.h"
#include "event_record.h"

#define EVENT_CGROUP_ROOT "/sys/fs/cgroup"

/* All: NULL without memory. */

/* Lower case hex of @len bytes, 64 at most. */
json_t *event_hex_json(const uint8_t *bytes, size_t len);
/* A name of @len bytes, escaped as in escape.h; of a char array of @size bytes that a NUL or its
 * size ends. */
json_t *event_name_json(const char *name, size_t len);
json_t *event_array_json(const char *name, size_t size);
/* A text of a record that is a name up to its NUL; null: it is not there. */
json_t *event_path_json(const struct interdict_event *event, enum interdict_text text);

/* Room for the paths of control groups that were looked up. NULL: no memory. */
struct event_cgroups *event_cgroups_new(void);
void event_cgroups_free(struct event_cgroups *cgroups);

/* "file", "process". */
json_t *event_record_file_json(const struct interdict_event *event);
json_t *event_process_json(const struct event_origin *origin, const struct interdict_event *event);

json_t *event_labels_json(const struct event_origin *origin);

/* The whole of an INTERDICT_EVENT_TAMPER that is sane; NULL with errno ENOMEM. */
json_t *event_tamper_json(const struct event_origin *origin, const struct interdict_event *event);

/* Add "match" to @json, and what the policy of @origin, or the one before, whichever the event was
 * made under, has of the order. */
void event_add_order(json_t *json, const struct event_origin *origin,
		     const struct interdict_event *event);

#endif
