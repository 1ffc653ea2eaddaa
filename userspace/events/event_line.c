// SPDX-License-Identifier: GPL-2.0-or-later
#include "event_line.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <systemd/sd-id128.h>

#include "bpf/event.h"
#include "subject/claim_text.h"
#include "escape.h"

/* Made for this purpose with uuidgen -r; what derives "host" from the machine ID. */
#define HOST_APP_ID SD_ID128_MAKE(3b, 0c, 5e, 91, 7d, f2, 4a, 6e, 8c, 13, 52, a9, e0, 47, b6, 1d)
/* The type of cgroup2's file handles: 8 bytes, the ID (FILEID_KERNFS of linux/exportfs.h). */
#define CGROUP_HANDLE_TYPE 0xfe
#define CGROUP_ROOT	   "/sys/fs/cgroup"

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
};

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
	if (sd_id128_get_machine_app_specific(HOST_APP_ID, &id) < 0)
		id = SD_ID128_NULL;
	sd_id128_to_string(id, origin->host);
	origin->cgroup_fd = open(CGROUP_ROOT, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return 0;
}

void event_origin_close(struct event_origin *origin)
{
	if (origin->cgroup_fd >= 0)
		close(origin->cgroup_fd);
	origin->cgroup_fd = -1;
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

static json_t *hex_json(const uint8_t *bytes, size_t len)
{
	char hex[2 * 64 + 1];

	event_hex(bytes, len, hex);
	return json_string(hex);
}

static json_t *name_json(const char *name, size_t len)
{
	char *text = escape_name(name, len, 0);
	json_t *json = text ? json_string(text) : NULL;

	free(text);
	return json;
}

/* A char array of @size bytes, ended by a NUL or by its size. */
static json_t *array_json(const char *name, size_t size)
{
	return name_json(name, strnlen(name, size));
}

/* A string whose length with NUL, or -errno, the kernel tells. */
static json_t *path_json(const char *path, int32_t len)
{
	return len > 0 ? name_json(path, strnlen(path, (size_t)len)) : json_null();
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
	int64_t offset = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_BOOTTIME);

	return time_json((int64_t)boottime_ns + offset);
}

/* The group's path below the root of cgroup2. A group's ID is its file handle. */
static json_t *cgroup_json(const struct event_origin *origin, uint64_t id)
{
	struct {
		struct file_handle head;
		uint64_t id;
	} handle = { .head = { .handle_bytes = 8, .handle_type = CGROUP_HANDLE_TYPE } };
	char link[64], path[PATH_MAX];
	ssize_t n;
	int fd = -1;

	if (!id)
		return json_null();
	memcpy(handle.head.f_handle, &id, sizeof(id));
	if (origin->cgroup_fd >= 0)
		fd = open_by_handle_at(origin->cgroup_fd, &handle.head, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return json_sprintf("id:%llu", (unsigned long long)id);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path));
	close(fd);
	if (n < (ssize_t)strlen(CGROUP_ROOT) || n == (ssize_t)sizeof(path) ||
	    strncmp(path, CGROUP_ROOT, strlen(CGROUP_ROOT)) != 0)
		return json_sprintf("id:%llu", (unsigned long long)id);
	if (n == (ssize_t)strlen(CGROUP_ROOT))
		return json_string("/");
	return name_json(path + strlen(CGROUP_ROOT), (size_t)n - strlen(CGROUP_ROOT));
}

bool event_is_claimed(uint32_t kind)
{
	return kind > INTERDICT_KIND_FSVERITY;
}

json_t *event_file_json(json_t *path, const struct event_file *file)
{
	const struct interdict_ids *ids = file->ids;
	char *publisher = claims_publisher(file->claims);
	json_t *json;

	json = json_pack("{s:o, s:o, s:I, s:o, s:I, s:o, s:s?}", "path", path, "sha256",
			 ids->have & INTERDICT_ID_SHA256 ?
				 hex_json(ids->sha256, sizeof(ids->sha256)) :
				 json_null(),
			 "size", (json_int_t)ids->size, "dev",
			 json_sprintf("%u:%u", file->dev_major, file->dev_minor), "ino",
			 (json_int_t)file->ino, "build_id",
			 (ids->have & INTERDICT_ID_BUILD_ID) && ids->build_id_len ?
				 hex_json(ids->build_id, ids->build_id_len) :
				 json_null(),
			 "publisher", publisher);
	free(publisher);
	if (json && file->claims->count)
		json_object_set_new(json, "claims", claims_json(file->claims));
	return json;
}

static json_t *file_json(const struct interdict_event *ev)
{
	const struct event_file file = {
		.dev_major = ev->file.dev_major,
		.dev_minor = ev->file.dev_minor,
		.ino = ev->file.ino,
		.ids = &ev->file.ids,
		.claims = &ev->file.claims,
	};

	return event_file_json(path_json(ev->file.path, ev->file.path_len), &file);
}

static json_t *process_json(const struct event_origin *origin, const struct interdict_event *ev)
{
	json_t *parents = json_array();

	for (uint32_t i = 0; parents && i < ev->process.parents_count; i++)
		if (json_array_append_new(
			    parents, array_json(ev->process.parents[i], INTERDICT_COMM_LEN)) < 0)
			return json_decref(parents), NULL;
	return json_pack("{s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:o}", "pid",
			 (json_int_t)ev->process.pid, "ppid", (json_int_t)ev->process.ppid, "uid",
			 (json_int_t)ev->process.uid, "auid", (json_int_t)ev->process.auid, "comm",
			 array_json(ev->process.comm, INTERDICT_COMM_LEN), "exe",
			 path_json(ev->process.exe, ev->process.exe_len), "cgroup",
			 cgroup_json(origin, ev->process.cgroup), "parents", parents);
}

json_t *event_policy_json(const char *name, uint64_t serial, const uint8_t digest[32])
{
	return json_pack("{s:o, s:I, s:o}", "name", array_json(name, INTERDICT_ID_LEN), "serial",
			 (json_int_t)serial, "digest", hex_json(digest, 32));
}

bool event_is_sane(const void *data, size_t len)
{
	const struct interdict_event *ev = data;

	return len >= sizeof(*ev) && ev->kind >= INTERDICT_EVENT_DENIED &&
	       ev->kind <= INTERDICT_EVENT_UNIDENTIFIED && ev->op < INTERDICT_OP_COUNT &&
	       ev->rule < INTERDICT_KIND_COUNT && ev->via < INTERDICT_KIND_PACKAGE &&
	       (ev->rule == INTERDICT_KIND_PACKAGE) == (ev->via != 0) &&
	       ev->also_count <= INTERDICT_ALSO && ev->process.parents_count <= INTERDICT_PARENTS &&
	       ev->file.path_len <= INTERDICT_PATH_LEN &&
	       ev->process.exe_len <= INTERDICT_EXE_LEN &&
	       ev->file.ids.build_id_len <= INTERDICT_BUILD_ID_MAX &&
	       claims_are_sane(&ev->file.claims);
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
		if (!there &&
		    json_array_append_new(also, array_json(ev->also[i], INTERDICT_ID_LEN)) < 0) {
			json_decref(also);
			also = NULL;
		}
	}
	return also;
}

json_t *event_from_kernel(const struct event_origin *origin, const void *data, size_t len)
{
	const struct interdict_event *ev = data;
	json_t *json, *also, *tail;

	if (!event_is_sane(ev, len)) {
		errno = EBADMSG;
		return NULL;
	}
	also = also_json(ev);
	json = json_pack("{s:i, s:i, s:s, s:s, s:I, s:o, s:s, s:s, s:o, s:o, s:b, s:o}", "v", 1,
			 "seq", 0, "host", origin->host, "boot", origin->boot, "k",
			 (json_int_t)ev->k, "time", event_time(ev->boottime_ns), "event",
			 event_names[ev->kind], "op", op_names[ev->op], "order",
			 ev->order[0] ? array_json(ev->order, INTERDICT_ID_LEN) : json_null(),
			 "rule", rule_json(ev), "claimed",
			 event_is_claimed(ev->via ? ev->via : ev->rule), "also", also);
	if (json && ev->via)
		json_object_set_new(json, "via", json_string(kind_names[ev->via]));
	if (json && ev->error) {
		const char *name = strerrorname_np(-ev->error);

		json_object_set_new(json, "error",
				    name ? json_string(name) : json_sprintf("%d", -ev->error));
	}
	tail = json_pack("{s:o, s:o, s:o, s:I}", "file", file_json(ev), "process",
			 process_json(origin, ev), "policy",
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

json_t *event_begin(const struct event_origin *origin, const char *kind)
{
	return json_pack("{s:i, s:i, s:s, s:s, s:o, s:s}", "v", 1, "seq", 0, "host", origin->host,
			 "boot", origin->boot, "time", time_json(clock_ns(CLOCK_REALTIME)), "event",
			 kind);
}
