// SPDX-License-Identifier: GPL-2.0-or-later
/* The process of an event. */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "container.h"
#include "event_json.h"

/* The type of cgroup2's file handles: 8 bytes, the ID (FILEID_KERNFS of linux/exportfs.h). */
#define CGROUP_HANDLE_TYPE 0xfe
/* Bytes of a group's path that an event has room for; who may make groups may nest them. */
#define CGROUP_PATH_MAX 1024U

static const char *const namespace_names[] = {
	[INTERDICT_NS_CGROUP] = "cgroup", [INTERDICT_NS_IPC] = "ipc", [INTERDICT_NS_MNT] = "mnt",
	[INTERDICT_NS_NET] = "net",	  [INTERDICT_NS_PID] = "pid", [INTERDICT_NS_USER] = "user",
	[INTERDICT_NS_UTS] = "uts",
};
_Static_assert(sizeof(namespace_names) / sizeof(*namespace_names) == INTERDICT_NS_COUNT,
	       "a name each");

/*
 * Paths of control groups by their IDs, the last ones that were asked for: looking one up takes
 * three system calls. A group of cgroup2 has one path for its life (it cannot be renamed), and its
 * ID is nobody else's in this boot.
 */
#define CGROUPS 64

struct event_cgroups {
	struct {
		uint64_t id;
		char *path;
	} v[CGROUPS];
};

struct event_cgroups *event_cgroups_new(void)
{
	return calloc(1, sizeof(struct event_cgroups));
}

void event_cgroups_free(struct event_cgroups *cgroups)
{
	for (size_t i = 0; cgroups && i < CGROUPS; i++)
		free(cgroups->v[i].path);
	free(cgroups);
}

/* The group's path below the root of cgroup2, to be had while the group is there: a group's ID is
 * its file handle. False: it cannot be had. */
static bool find_cgroup(const struct event_origin *origin, uint64_t id, char path[PATH_MAX])
{
	struct {
		struct file_handle head;
		uint64_t id;
	} handle = { .head = { .handle_bytes = 8, .handle_type = CGROUP_HANDLE_TYPE } };
	size_t root = strlen(EVENT_CGROUP_ROOT);
	char link[64];
	ssize_t n;
	int fd = -1;

	memcpy(handle.head.f_handle, &id, sizeof(id));
	if (origin->cgroup_fd >= 0)
		fd = open_by_handle_at(origin->cgroup_fd, &handle.head, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return false;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, PATH_MAX - 1);
	close(fd);
	if (n < (ssize_t)root || strncmp(path, EVENT_CGROUP_ROOT, root) != 0 ||
	    n - root > CGROUP_PATH_MAX)
		return false;
	path[n] = '\0';
	memmove(path, path + root, (size_t)n - root + 1);
	return true;
}

static bool cgroup_path(const struct event_origin *origin, uint64_t id, char path[PATH_MAX])
{
	struct event_cgroups *cgroups = origin->cgroups;
	size_t at = id % CGROUPS;

	if (cgroups && cgroups->v[at].path && cgroups->v[at].id == id) {
		strcpy(path, cgroups->v[at].path);
		return true;
	}
	if (!find_cgroup(origin, id, path))
		return false;
	if (cgroups) {
		free(cgroups->v[at].path);
		cgroups->v[at].path = strdup(path);
		cgroups->v[at].id = id;
	}
	return true;
}

static json_t *container_json(const char *cgroup)
{
	struct container container;

	if (!container_of_cgroup(cgroup, &container))
		return json_null();
	return json_pack("{s:s, s:s?}", "id", container.id, "runtime", container.runtime);
}

static void add_cgroup(json_t *json, const struct event_origin *origin, uint64_t id)
{
	char path[PATH_MAX];

	if (!id) {
		json_object_set_new(json, "cgroup", json_null());
		json_object_set_new(json, "container", json_null());
	} else if (!cgroup_path(origin, id, path)) {
		json_object_set_new(json, "cgroup",
				    json_sprintf("id:%llu", (unsigned long long)id));
		json_object_set_new(json, "container", json_null());
	} else {
		json_object_set_new(json, "cgroup",
				    *path ? event_name_json(path, strlen(path)) : json_string("/"));
		json_object_set_new(json, "container", container_json(path));
	}
}

static json_t *number_or_null(uint64_t number, uint64_t none)
{
	return number == none ? json_null() : json_integer((json_int_t)number);
}

static json_t *namespaces_json(const uint32_t *numbers)
{
	json_t *json = json_object();

	for (int i = 0; i < INTERDICT_NS_COUNT; i++)
		json_object_set_new(json, namespace_names[i], number_or_null(numbers[i], 0));
	return json;
}

static void add_arguments(json_t *json, const struct event_origin *origin,
			  const struct interdict_event *event, enum interdict_text text,
			  const char *key)
{
	bool cut = event->cut & 1U << text;
	char cut_key[32];
	const char *bytes;
	size_t len;

	bytes = event_text(event, text, &len);
	if (!bytes || origin->arguments == ARGUMENTS_NO)
		return;
	json_object_set_new(json, key, arguments_json(bytes, len, origin->arguments, &cut));
	snprintf(cut_key, sizeof(cut_key), "%s_cut", key);
	if (cut)
		json_object_set_new(json, cut_key, json_true());
}

json_t *event_process_json(const struct event_origin *origin, const struct interdict_event *event)
{
	json_t *parents = json_array(), *json;

	for (uint32_t i = 0; parents && i < event->process.parents_count; i++)
		if (json_array_append_new(parents, event_array_json(event->process.parents[i],
								    INTERDICT_COMM_LEN)) < 0) {
			json_decref(parents);
			return NULL;
		}
	json = json_pack("{s:I, s:o, s:I, s:I, s:I, s:o, s:o, s:o}", "pid",
			 (json_int_t)event->process.pid, "ns_pid",
			 number_or_null(event->process.ns_pid, 0), "ppid",
			 (json_int_t)event->process.ppid, "uid", (json_int_t)event->process.uid,
			 "auid", (json_int_t)event->process.auid, "session",
			 number_or_null(event->process.session, UINT32_MAX), "comm",
			 event_array_json(event->process.comm, INTERDICT_COMM_LEN), "exe",
			 event_path_json(event, INTERDICT_TEXT_EXE));
	if (!json) {
		json_decref(parents);
		return NULL;
	}
	add_arguments(json, origin, event, INTERDICT_TEXT_ARGS, "args");
	add_arguments(json, origin, event, INTERDICT_TEXT_EXEC_ARGS, "exec_args");
	if (event->process.tty[0])
		json_object_set_new(json, "tty",
				    event_array_json(event->process.tty, INTERDICT_TTY_LEN));
	add_cgroup(json, origin, event->process.cgroup);
	json_object_set_new(json, "namespaces", namespaces_json(event->process.namespaces));
	json_object_set_new(json, "parents", parents);
	return json;
}
