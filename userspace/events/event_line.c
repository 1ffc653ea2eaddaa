// SPDX-License-Identifier: GPL-2.0-or-later
#include "event_line.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <systemd/sd-id128.h>

#include "escape.h"
#include "event_json.h"

/* Made for this purpose with uuidgen -r; what derives "host" from the machine ID. */
#define HOST_APP_ID SD_ID128_MAKE(3b, 0c, 5e, 91, 7d, f2, 4a, 6e, 8c, 13, 52, a9, e0, 47, b6, 1d)

static const char *const kind_names[] = {
	[INTERDICT_KIND_NONE] = NULL,
	[INTERDICT_KIND_SHA256] = "sha256",
	[INTERDICT_KIND_FSVERITY] = "fsverity",
	[INTERDICT_KIND_BUILD_ID] = "build-id",
	[INTERDICT_KIND_CERTIFICATE] = "certificate",
	[INTERDICT_KIND_KEY] = "key",
	[INTERDICT_KIND_PUBLISHER] = "publisher",
	[INTERDICT_KIND_PACKAGE] = "package",
};
_Static_assert(sizeof(kind_names) / sizeof(*kind_names) == INTERDICT_KIND_COUNT, "a name each");

static const char *const op_names[] = {
	[INTERDICT_OP_EXEC] = "exec",
	[INTERDICT_OP_MAP] = "map",
	[INTERDICT_OP_OPEN] = "open",
	[INTERDICT_OP_LOAD] = "load",
};
_Static_assert(sizeof(op_names) / sizeof(*op_names) == INTERDICT_OP_COUNT, "a name each");

static const char *const event_names[] = {
	[INTERDICT_EVENT_DENIED] = "denied",
	[INTERDICT_EVENT_AUDITED] = "audited",
	[INTERDICT_EVENT_UNIDENTIFIED] = "unidentified",
	[INTERDICT_EVENT_TAMPER] = "tamper",
};

static const char *const provider_names[] = {
	[INTERDICT_PROVIDER_KMOD] = "kmod",
	[INTERDICT_PROVIDER_FSVERITY] = "fsverity",
	[INTERDICT_PROVIDER_IMA] = "ima",
};
#define PROVIDERS (sizeof(provider_names) / sizeof(*provider_names))

void event_host(char host[EVENT_HOST_LEN])
{
	sd_id128_t id;

	if (sd_id128_get_machine_app_specific(HOST_APP_ID, &id) < 0)
		id = SD_ID128_NULL;
	sd_id128_to_string(id, host);
}

int event_origin_init(struct event_origin *origin)
{
	sd_id128_t id;
	int err;

	memset(origin, 0, sizeof(*origin));
	origin->cgroup_fd = -1;
	err = sd_id128_get_boot(&id);
	if (err < 0)
		return err;
	sd_id128_to_string(id, origin->boot);
	event_host(origin->host);
	origin->cgroup_fd = open(EVENT_CGROUP_ROOT, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* Without memory for them they are looked up each time. */
	origin->cgroups = event_cgroups_new();
	return 0;
}

void event_origin_close(struct event_origin *origin)
{
	if (origin->cgroup_fd >= 0)
		close(origin->cgroup_fd);
	origin->cgroup_fd = -1;
	event_cgroups_free(origin->cgroups);
	origin->cgroups = NULL;
}

void event_hex(const uint8_t *bytes, size_t len, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
	out[2 * len] = '\0';
}

json_t *event_hex_json(const uint8_t *bytes, size_t len)
{
	char hex[2 * 64 + 1];

	event_hex(bytes, len, hex);
	return json_string(hex);
}

json_t *event_name_json(const char *name, size_t len)
{
	char *text = escape_name(name, len, 0);
	json_t *json = text ? json_string(text) : NULL;

	free(text);
	return json;
}

json_t *event_array_json(const char *name, size_t size)
{
	return event_name_json(name, strnlen(name, size));
}

json_t *event_path_json(const struct interdict_event *event, enum interdict_text text)
{
	size_t len;
	const char *path = event_text(event, text, &len);

	return path ? event_array_json(path, len) : json_null();
}

/* RFC 3339 section 5.6, UTC, nanoseconds. */
static json_t *time_json(int64_t ns)
{
	time_t seconds = ns / 1000000000;
	struct tm tm;
	char buf[64];
	size_t n;

	if (ns < 0 || !gmtime_r(&seconds, &tm))
		return json_null();
	n = strftime(buf, sizeof(buf), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(buf + n, sizeof(buf) - n, ".%09dZ", (int)(ns % 1000000000));
	return json_string(buf);
}

static int64_t clock_ns(clockid_t clock)
{
	struct timespec ts = { 0 };

	clock_gettime(clock, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

json_t *event_time(uint64_t boottime_ns)
{
	int64_t offset = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_BOOTTIME), time;

	/* The ring's memory is root's to write to. */
	if (__builtin_add_overflow(boottime_ns, offset, &time))
		return json_null();
	return time_json(time);
}

bool event_is_claimed(uint32_t kind)
{
	return kind > INTERDICT_KIND_FSVERITY;
}

json_t *event_policy_json(const char *name, uint64_t serial, const uint8_t digest[32])
{
	return json_pack("{s:o, s:I, s:o}", "name", event_array_json(name, INTERDICT_ID_LEN),
			 "serial", (json_int_t)serial, "digest", event_hex_json(digest, 32));
}

static json_t *rule_json(const struct interdict_event *ev)
{
	if (ev->rule)
		return json_string(kind_names[ev->rule]);
	if (ev->kind == INTERDICT_EVENT_UNIDENTIFIED)
		return json_null();
	return json_string(ev->file.ids.flags & INTERDICT_FILE_FOREIGN ? "untrusted-fs" :
									 "unidentified");
}

/* The other orders: each once, though an order's own rule and one that a package made may match. */
static json_t *also_json(const struct interdict_event *ev)
{
	json_t *also = json_array();

	for (uint32_t i = 0; also && i < ev->also_count; i++) {
		bool there = !strncmp(ev->also[i], ev->order, INTERDICT_ID_LEN);

		for (uint32_t j = 0; j < i && !there; j++)
			there = !strncmp(ev->also[i], ev->also[j], INTERDICT_ID_LEN);
		if (!there && json_array_append_new(
				      also, event_array_json(ev->also[i], INTERDICT_ID_LEN)) < 0) {
			json_decref(also);
			return NULL;
		}
	}
	return also;
}

json_t *event_labels_json(const struct event_origin *origin)
{
	json_t *labels = json_array();

	for (size_t i = 0; labels && i < origin->n_labels; i++)
		json_array_append_new(labels, json_string(origin->labels[i]));
	return labels;
}

static void add_error(json_t *json, int32_t error)
{
	const char *name = strerrorname_np(-error);

	if (error)
		json_object_set_new(json, "error",
				    name ? json_string(name) : json_sprintf("%d", -error));
}

json_t *event_from_kernel(const struct event_origin *origin, const void *data, size_t len)
{
	const struct interdict_event *ev = data;
	json_t *json, *tail;

	if (!event_is_sane(ev, len)) {
		errno = EBADMSG;
		return NULL;
	}
	if (ev->kind == INTERDICT_EVENT_TAMPER)
		return event_tamper_json(origin, ev);
	json = json_pack("{s:i, s:i, s:s, s:s, s:I, s:o, s:s, s:s, s:o, s:o, s:b, s:o}", "v", 1,
			 "seq", 0, "host", origin->host, "boot", origin->boot, "k",
			 (json_int_t)ev->k, "time", event_time(ev->boottime_ns), "event",
			 event_names[ev->kind], "op", op_names[ev->op], "order",
			 ev->order[0] ? event_array_json(ev->order, INTERDICT_ID_LEN) : json_null(),
			 "rule", rule_json(ev), "claimed",
			 event_is_claimed(ev->via ? ev->via : ev->rule), "also", also_json(ev));
	if (json) {
		if (ev->via)
			json_object_set_new(json, "via", json_string(kind_names[ev->via]));
		add_error(json, ev->error);
		event_add_order(json, origin, ev);
	}
	tail = json_pack("{s:s?, s:o, s:o, s:o, s:o, s:I}", "provider",
			 ev->provider < PROVIDERS ? provider_names[ev->provider] : NULL, "labels",
			 event_labels_json(origin), "file", event_record_file_json(ev), "process",
			 event_process_json(origin, ev), "policy",
			 event_policy_json(ev->policy.name, ev->policy.serial, ev->policy.digest),
			 "lost", (json_int_t)ev->lost);
	if (!json || !tail || json_object_update(json, tail) < 0) {
		json_decref(json);
		json = NULL;
		errno = ENOMEM;
	}
	json_decref(tail);
	return json;
}

void event_shorten(json_t *event)
{
	static const char *const of_file[] = { "real", "claims" };
	static const char *const of_process[] = { "args", "args_cut", "exec_args",
						  "exec_args_cut" };
	static const char *const of_event[] = { "match", "message", "reference", "labels" };
	json_t *file = json_object_get(event, "file"), *process = json_object_get(event, "process");
	json_t *lost;

	for (size_t i = 0; i < sizeof(of_file) / sizeof(*of_file); i++)
		json_object_del(file, of_file[i]);
	for (size_t i = 0; i < sizeof(of_process) / sizeof(*of_process); i++)
		json_object_del(process, of_process[i]);
	for (size_t i = 0; i < sizeof(of_event) / sizeof(*of_event); i++)
		json_object_del(event, of_event[i]);
	json_object_set_new(event, "shortened", json_true());
	/* These stay the last. */
	lost = json_incref(json_object_get(event, "lost"));
	json_object_del(event, "lost");
	json_object_del(event, "prev");
	json_object_set_new(event, "lost", lost);
}

json_t *event_begin(const struct event_origin *origin, const char *kind)
{
	return json_pack("{s:i, s:i, s:s, s:s, s:o, s:s, s:o}", "v", 1, "seq", 0, "host",
			 origin->host, "boot", origin->boot, "time",
			 time_json(clock_ns(CLOCK_REALTIME)), "event", kind, "labels",
			 event_labels_json(origin));
}
