// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finding the maps of programs that run: from the links that the module holds (or that are pinned)
 * to the programs, from those to their maps, by name.
 */
#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "engine_internal.h"

/* The kernel keeps the first 15 bytes of a name. */
#define NAME_LEN (BPF_OBJ_NAME_LEN - 1)
#define MAPS_MAX 32

static const char *const table_names[] = {
	[TABLE_ENTRIES] = "interdict_entries", [TABLE_BUCKETS] = "interdict_buckets",
	[TABLE_SIZES] = "interdict_sizes",     [TABLE_SIZE_BUCKETS] = "interdict_size_buckets",
	[TABLE_MATCHES] = "interdict_matches", [TABLE_ORDERS] = "interdict_orders",
};
static_assert(sizeof(table_names) / sizeof(table_names[0]) == TABLE_COUNT, "a name for each");

static bool is_named(const char *name, const char *full)
{
	return !strncmp(name, full, NAME_LEN);
}

static bool ends_in(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n >= m && !strcmp(name + n - m, end);
}

static int keep(int *slot, int fd)
{
	if (*slot >= 0)
		close(*slot);
	*slot = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	return *slot < 0 ? -errno : 0;
}

int engine_adopt_map(struct engine *engine, int fd, struct engine_error *err)
{
	struct bpf_map_info info = { 0 };
	uint32_t len = sizeof(info), zero = 0;
	int r = 0;

	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return engine_fail(err, -errno, EXIT_FAILED, "a map cannot be asked about: %s",
				   strerror(errno));
	for (size_t i = 0; i < TABLE_COUNT; i++)
		if (is_named(info.name, table_names[i]))
			r = keep(&engine->outer[i], fd);
	if (is_named(info.name, "interdict_ring")) {
		r = keep(&engine->ring, fd);
	} else if (is_named(info.name, "interdict_cache")) {
		r = keep(&engine->cache, fd);
	} else if (is_named(info.name, "interdict_known")) {
		r = keep(&engine->known, fd);
	} else if (is_named(info.name, "interdict_binary")) {
		r = keep(&engine->binary, fd);
	} else if (is_named(info.name, "interdict_tool")) {
		r = keep(&engine->tool, fd);
	} else if (ends_in(info.name, ".bss")) {
		r = keep(&engine->state_map, fd);
		engine->state_bytes = info.value_size;
	} else if (is_named(info.name, ".rodata.setup")) {
		if (info.value_size != sizeof(engine->setup) ||
		    bpf_map_lookup_elem(fd, &zero, &engine->setup))
			engine->setup.layout = 0;
	}
	if (r)
		return engine_fail(err, r, EXIT_FAILED, "a map cannot be kept: %s", strerror(-r));
	return 0;
}

int engine_adopted(struct engine *engine, struct engine_error *err)
{
	bool all = engine->ring >= 0 && engine->state_map >= 0;

	for (size_t i = 0; i < TABLE_COUNT; i++)
		all = all && engine->outer[i] >= 0;
	if (!all || engine->setup.layout != INTERDICT_LAYOUT ||
	    engine->state_bytes < sizeof(*engine->state))
		return engine_fail(err, -EPROTO, EXIT_FAILED,
				   "the programs that run are of another version (layout %u, this "
				   "program's is %u): `interdict unload`, then load again",
				   engine->setup.layout, INTERDICT_LAYOUT);
	engine->state = mmap(NULL, engine->state_bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
			     engine->state_map, 0);
	if (engine->state == MAP_FAILED) {
		engine->state = NULL;
		return engine_fail(err, -errno, EXIT_FAILED, "the state cannot be mapped: %s",
				   strerror(errno));
	}
	return 0;
}

void engine_maps_close(struct engine *engine)
{
	int *fds[] = { &engine->ring,	   &engine->cache,  &engine->known,
		       &engine->state_map, &engine->binary, &engine->tool };

	if (engine->state)
		munmap(engine->state, engine->state_bytes);
	engine->state = NULL;
	for (size_t i = 0; i < TABLE_COUNT; i++) {
		if (engine->outer[i] >= 0)
			close(engine->outer[i]);
		engine->outer[i] = -1;
	}
	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
		if (*fds[i] >= 0)
			close(*fds[i]);
		*fds[i] = -1;
	}
	memset(engine->attached, 0, sizeof(engine->attached));
	memset(&engine->setup, 0, sizeof(engine->setup));
}

/* The guards say that what runs is not there (bpf/guard.h). */
static int cannot_open(struct engine_error *err, const char *what, uint32_t id)
{
	if (errno == ENOENT)
		return engine_fail(
			err, -EACCES, EXIT_REFUSED,
			"the guards are on, and this process is not the tool: its "
			"program file was replaced since, or it is traced, or not root "
			"outside of containers. What was enforced is; reboot, or have the "
			"new file endorsed");
	return engine_fail(err, -errno, EXIT_FAILED, "%s %u, which runs, cannot be opened: %s",
			   what, id, strerror(errno));
}

/* Note which program it is, and adopt its maps. */
static int adopt_program(struct engine *engine, int prog, struct engine_error *err)
{
	uint32_t ids[MAPS_MAX];
	struct bpf_prog_info info = { .nr_map_ids = MAPS_MAX, .map_ids = (uintptr_t)ids };
	uint32_t len = sizeof(info);
	int r = 0;

	if (bpf_obj_get_info_by_fd(prog, &info, &len))
		return engine_fail(err, -errno, EXIT_FAILED, "a program cannot be asked about: %s",
				   strerror(errno));
	for (size_t i = 0; i < PROGRAM_COUNT; i++)
		if (is_named(info.name, engine_programs[i].name))
			engine->attached[i] = true;
	for (uint32_t i = 0; i < info.nr_map_ids && i < MAPS_MAX && !r; i++) {
		int fd = bpf_map_get_fd_by_id(ids[i]);

		if (fd < 0)
			return cannot_open(err, "map", ids[i]);
		r = engine_adopt_map(engine, fd, err);
		close(fd);
	}
	return r;
}

static int adopt_link(struct engine *engine, int link, struct engine_error *err)
{
	struct bpf_link_info info = { 0 };
	uint32_t len = sizeof(info);
	int prog, r;

	if (bpf_obj_get_info_by_fd(link, &info, &len))
		return engine_fail(err, -errno, EXIT_FAILED, "a link cannot be asked about: %s",
				   strerror(errno));
	prog = bpf_prog_get_fd_by_id(info.prog_id);
	if (prog < 0)
		return cannot_open(err, "program", info.prog_id);
	r = adopt_program(engine, prog, err);
	close(prog);
	return r;
}

int engine_takeover_links(struct engine *engine, const uint32_t *id, size_t n,
			  struct engine_error *err)
{
	int r = 0;

	if (!n)
		return -ENOENT;
	for (size_t i = 0; i < n && !r; i++) {
		int link = bpf_link_get_fd_by_id(id[i]);

		if (link < 0)
			return cannot_open(err, "link", id[i]);
		r = adopt_link(engine, link, err);
		close(link);
	}
	return r ? r : engine_adopted(engine, err);
}

/* The links of a set without the module; the last one pinned is called "complete". */
int engine_takeover_pins(struct engine *engine, struct engine_error *err)
{
	DIR *dir;
	struct dirent *entry;
	int r = -ENOENT;

	if (access(ENGINE_PINS "/complete", F_OK))
		return -ENOENT;
	dir = opendir(ENGINE_PINS);
	if (!dir)
		return -ENOENT;
	while ((entry = readdir(dir))) {
		char path[sizeof(ENGINE_PINS) + 1 + NAME_MAX];
		int link;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), ENGINE_PINS "/%s", entry->d_name);
		link = bpf_obj_get(path);
		if (link < 0)
			r = engine_fail(err, -errno, EXIT_FAILED, "%s cannot be opened: %s", path,
					strerror(errno));
		else
			r = adopt_link(engine, link, err);
		if (link >= 0)
			close(link);
		if (r)
			break;
	}
	closedir(dir);
	return r ? r : engine_adopted(engine, err);
}
