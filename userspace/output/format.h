/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an event looks like to others. Names in events are escaped as in escape.h, and stay so in
 * each format: undo what the format itself escapes, then unescape_name(), and the bytes are there
 * again.
 *
 *	native	the record's line, byte for byte: what "prev" of the next one is the digest of
 *	ecs	Elastic Common Schema 8.11
 *	ocsf	Open Cybersecurity Schema Framework 1.5.0
 *	cef	ArcSight Common Event Format, version 0 (implementation standard, revision 25)
 *
 * userspace/schema/ has JSON Schemas of the first three.
 */
#ifndef INTERDICT_FORMAT_H
#define INTERDICT_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <jansson.h>
#include <systemd/sd-id128.h>

enum output_format { OUTPUT_NATIVE, OUTPUT_ECS, OUTPUT_OCSF, OUTPUT_CEF, OUTPUT_FORMAT_COUNT };

/* "native", "ecs" ... */
extern const char *const output_format_names[OUTPUT_FORMAT_COUNT];

/* What is known of all events of a kind. */
struct event_kind {
	const char *name;      /* of the event; NULL: of kinds that this version does not know */
	const char *title;     /* a few words */
	int level;	       /* as in syslog(3) */
	sd_id128_t message_id; /* of the journal */
};

/* Never NULL. */
const struct event_kind *event_kind_of(const json_t *event);

/*
 * @event, whose line in the record is @len bytes at @line with its newline, in a format, without
 * newline and without a byte that ends a line. Returns a string that the caller frees, or NULL
 * without memory.
 */
char *format_event(enum output_format format, const json_t *event, const char *line, size_t len);

/* The three that are not the line itself. NULL: no memory. */
json_t *format_ecs(const json_t *event);
json_t *format_ocsf(const json_t *event);
char *format_cef(const json_t *event);

/* ---- for formats and outputs ---- */

/* Whether @event, of the kind "killed", says that a process is ended: not that it was only found. */
bool format_ends(const json_t *event);

/* A text or number of an object; "" or 0 where it is null or not there. */
const char *format_text(const json_t *object, const char *key);
int64_t format_number(const json_t *object, const char *key);
/* A name of an object, safe for a terminal and on one line, to be freed; NULL: not there, or no
 * memory. */
char *format_name(const json_t *object, const char *key);
/* The last part of a path. */
const char *format_basename(const char *path);
/* Milliseconds since 1970 of the time at @key; -1: there is none. */
int64_t format_ms(const json_t *object, const char *key);
/* Set @key to @value (stolen), unless it is null, empty or NULL. */
void format_set(json_t *object, const char *key, json_t *value);
/* A copy of @event without the members that each format has a place of its own for. */
json_t *format_rest(const json_t *event);

#endif
