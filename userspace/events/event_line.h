/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events as JSON objects, keys in the order in which the record shows them. The record fills in
 * "seq" and adds "prev" (record.h).
 *
 * Events of the kernel (denied, audited, unidentified) have all of these keys, with null where
 * nothing is known:
 *
 *	v seq host boot k time event op order rule claimed also [via error]
 *	file{path sha256 size dev ino build_id publisher [claims]}
 *	process{pid ppid uid auid comm exe cgroup parents}
 *	policy{name serial digest} lost prev
 *
 * "claims" is there where the file has any, as claims_json() makes it; "publisher" is the first of
 * them. "error" is there where the file could not be identified: the name of an errno. "rule" is a
 *kind of identifier, or "unidentified" or "untrusted-fs" where the policy's header refused; "order"
 *is null then. "via" is there with rule "package": the kind of its file's identifier that matched.
 * Names are escaped as in escape.h. "cgroup" is the path below the root of cgroup2, or
 * "id:N" where the group is gone.
 *
 * The daemon's own events have v seq host boot time event, their own keys, and lost prev:
 *
 *	start	 version instance resumed mode provider policy
 *	stop	 reason enforcing
 *	policy	 action (loaded, refused, begun, ended, unloaded, clock, resolved) order reason
 *		 generation mode policy [allow_critical: true, of loaded: with --allow-critical]
 *		 [packages{matched files rules left_out}, of resolved]
 *	degraded reasons[{what why do}]
 *	tamper	 reason
 *	checkpoint	see record/checkpoint.h
 *	removed	 see remove/remove_event.h
 *	summary	 of (denied ...) op order rule claimed also file process{uid auid exe cgroup} policy
 *		 like (seq of one of them) count first_time last_time k_first k_last
 *
 * "k" counts from 1 since the programs were loaded, which may happen twice in a boot: "instance"
 * tells the loads apart, and "resumed" is false as long as no event of one was recorded. Every
 * kernel event belongs to the instance of the last start before it.
 */
#ifndef INTERDICT_EVENT_LINE_H
#define INTERDICT_EVENT_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <jansson.h>

#include "kmod/abi.h"

struct interdict_event;

/* What is the same in all events of a daemon. */
struct event_origin {
	char host[33]; /* 128 bits in hex, derived from the machine ID; zeros without one */
	char boot[33]; /* the boot ID in hex */
	int cgroup_fd; /* root of cgroup2, or -1 */
};

/* Fill @origin; free with event_origin_close(). Returns 0 or -errno (no boot ID). */
int event_origin_init(struct event_origin *origin);
void event_origin_close(struct event_origin *origin);

/*
 * The JSON of a ring record of @len bytes. Returns a new reference, or NULL with errno EBADMSG
 * (shorter than a record, or a length or kind in it that no program writes), or ENOMEM.
 */
json_t *event_from_kernel(const struct event_origin *origin, const void *data, size_t len);

/* A file as events have it, "file" above. */
struct event_file {
	uint32_t dev_major, dev_minor;
	uint64_t ino;
	const struct interdict_ids *ids;
	const struct interdict_claims *claims;
};

/* Takes over @path. NULL: no memory. */
json_t *event_file_json(json_t *path, const struct event_file *file);

/* Whether a rule of @kind (enum interdict_kind) matches what a file says of itself, which nothing
 * verified: "claimed" above. */
bool event_is_claimed(uint32_t kind);

/* A time of CLOCK_BOOTTIME as events have it. NULL: no memory. */
json_t *event_time(uint64_t boottime_ns);

/* Whether @len bytes at @data are a record of the ring buffer, of lengths and kinds that the
 * programs write: it comes through memory that root can map. */
bool event_is_sane(const void *data, size_t len);

/* The beginning of an event of the daemon's own, up to "event". NULL: no memory. */
json_t *event_begin(const struct event_origin *origin, const char *kind);

/* {"name","serial","digest"}. NULL: no memory. */
json_t *event_policy_json(const char *name, uint64_t serial, const uint8_t digest[32]);

/* Lower case hex of @len bytes into @out (2 * len + 1). */
void event_hex(const uint8_t *bytes, size_t len, char *out);

/*
 * One line for a person, without newline, safe for a terminal, from the object of any event; the
 * caller frees it. NULL: no memory.
 */
char *event_describe(const json_t *event);

/* How a line is to look on a terminal. */
struct event_style {
	bool color;	/* with the sequences of ECMA-48 that nearly all terminals know */
	bool ascii;	/* escape what is not ASCII */
	size_t columns; /* 0: the whole line */
};

/*
 * The same for a terminal: the day is left out, and a line that is wider than the terminal gives up
 * the program's path, then the middle of the file's path, then its end.
 */
char *event_describe_styled(const json_t *event, const struct event_style *style);

/* The time of @event in seconds since 1970, or -1. */
int64_t event_seconds(const json_t *event);

#endif
