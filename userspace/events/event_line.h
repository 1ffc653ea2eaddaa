/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events as JSON objects, keys in the order in which the record shows them. The record fills in
 * "seq" and adds "prev" (record.h).
 *
 * On the way to the record what would act on a terminal becomes \uXXXX (escape_json()).
 *
 * Events of the kernel (denied, audited, unidentified) have all of these keys but those in [], with
 * null where nothing is known:
 *
 *	v seq host boot k time event op order rule [via] claimed also
 *	[error match reference message] provider labels
 *	file{path sha256 size dev ino build_id publisher have flags
 *	     [real{path dev ino} claims]}
 *	process{pid ns_pid ppid uid auid session comm exe
 *		[args args_cut exec_args exec_args_cut tty]
 *		cgroup container{id runtime}
 *		namespaces{cgroup ipc mnt net pid user uts} parents}
 *	policy{name serial digest} [shortened] lost prev
 *
 * "error" is there where the file could not be identified: the name of an errno. "rule" is a kind
 * of identifier, or "unidentified" or "untrusted-fs" where the policy's header refused; "order" is
 * null then. "via" is there with rule "package": the kind of its file's identifier that matched.
 * "match" is {KIND: VALUE}, with "size" for a hash that has one, as it is below match in an order;
 * of a row of a list with "list", its file, and "line".
 * "reference" and "message" are the order's, where its text is known. "labels" are the device's.
 *
 * "have" is what was asked of the file and answered: sha256, sha256-by-magic (whether it is
 * software at all), build-id, fsverity, signers. That build-id is among them and "build_id" null
 * says that the file has none. "flags": cacheable, foreign (a file system that can change without a
 * local write), unsealed, plain (sha256-by-magic: it is no software, and was not hashed), writers.
 * "real" is the file below an overlay. "claims" is there where the file has any, as claims_json()
 * makes it; "publisher" is the first of them.
 *
 * "session" is the audit session, null without one. "args" are those of the process (as in
 * /proc/PID/cmdline), "exec_args" those that the refused program was to get; arguments.h says what
 * of them is told, and "_cut" that there is more. Both are missing where they could not be read
 * without waiting. "cgroup" is the path below the root of cgroup2, or "id:N" where the group is
 * gone (or its path too long); "container" is what it says, or null: container.h.
 *
 * "shortened" is there where the line would have been too long: all that is in [] but "via",
 * "error" and "tty", and "labels", were left out. Names are escaped as in escape.h.
 *
 * The daemon's own events have v seq host boot time event labels, their own keys, and lost prev:
 *
 *	start	 version instance resumed mode provider policy
 *	stop	 reason enforcing
 *	policy	 action (loaded, refused, begun, ended, unloaded, clock, override, resolved)
 *		 order reason generation mode policy
 *		 [allow_critical: true, of loaded: with --allow-critical]
 *		 [packages{matched files rules left_out}, of resolved]
 *	degraded reasons[{why do}] [enforcing: false: nothing is refused]
 *	tamper	 reason, of what the daemon found; of what the kernel's guards saw
 *		 k what (map, program, ptrace, module, control, signal) refused
 *		 target{name number} labels reason process, and no file: event_tamper.c
 *	checkpoint	see record/checkpoint.h
 *	killed	 see running/running_event.h
 *	removed	 see remove/remove_event.h
 *	summary	 of (denied ...) op order rule [via] claimed also [match reference message]
 *		 provider file process{uid auid exe cgroup container} policy
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

#include "arguments.h"
#include "kmod/abi.h"

struct policy;
struct interdict_event;
struct event_cgroups;
struct event_orders;

/* 128 bits in hex, and NUL. */
#define EVENT_HOST_LEN 33

/* This device, as events name it: derived from the machine ID; zeros without one. */
void event_host(char host[EVENT_HOST_LEN]);

/* What is the same in all events of a daemon. */
struct event_origin {
	char host[EVENT_HOST_LEN];     /* event_host() */
	char boot[33];		       /* the boot ID in hex */
	int cgroup_fd;		       /* root of cgroup2, or -1 */
	struct event_cgroups *cgroups; /* paths that were found, or NULL */
	/* The daemon's, which changes them; they are borrowed. */
	const struct policy *policy;	   /* whose text is known; NULL: none */
	const struct event_orders *before; /* of the policy before it; NULL: none */
	const char *const *labels;	   /* of this device */
	size_t n_labels;
	enum arguments_mode arguments;
};

/* What orders of a policy say in events (reference, message), to outlive it: what it refused may
 * still wait when another is loaded. NULL: no memory. */
struct event_orders *event_orders_new(const struct policy *policy);
void event_orders_free(struct event_orders *orders);

/* Fill @origin, without policy and labels; free with event_origin_close(). Returns 0 or -errno (no
 * boot ID). */
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

/* Take out of a kernel event what may be long: for one that has no room in a line. */
void event_shorten(json_t *event);

/* INTERDICT_ID_* and INTERDICT_FILE_* of an event's "file", as far as it has them. */
uint32_t event_file_have(const json_t *file);
uint32_t event_file_flags(const json_t *file);

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
