// SPDX-License-Identifier: GPL-2.0-or-later
/* Loading the BPF object: which programs this kernel gets, their constants, attaching, holding. */
#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/magic.h>

#include "engine_internal.h"
#include "interdict.skel.h"

#define BPFFS	 "/sys/fs/bpf"
#define LSM_LIST "/sys/kernel/security/lsm"

const struct engine_program engine_programs[PROGRAM_COUNT] = {
	{ "interdict_file_open", "file_open", "open", true },
	{ "interdict_setattr", "inode_setattr", "content changes", true },
	{ "interdict_setattr_idmap", "inode_setattr", "content changes", true },
	{ "interdict_bprm_check", "bprm_check_security", "exec", true },
	{ "interdict_execve_check", "bprm_creds_for_exec", "exec", true },
	{ "interdict_mmap_file", "mmap_file", "map", true },
	{ "interdict_mprotect", "file_mprotect", "map", true },
	{ "interdict_read_file", "kernel_read_file", "load", true },
	{ "interdict_post_load_data", "kernel_post_load_data", "load", true },
	{ "interdict_post_setxattr", "inode_post_setxattr", "signatures change", true },
	{ "interdict_ioctl", "file_ioctl", "fs-verity is enabled", true },
	{ "interdict_ioctl_compat", "file_ioctl_compat", "fs-verity is enabled", true },
	{ "interdict_bpf_map", "bpf_map", "guard: maps", true },
	{ "interdict_bpf_prog", "bpf_prog", "guard: programs", true },
	{ "interdict_links", "bpf", "guard: links", true },
	{ "interdict_links_kernel", "bpf", "guard: links", true },
	{ "interdict_ptrace", "ptrace_access_check", "guard: tracing", true },
	{ "interdict_capable", "capable", "guard: rmmod", true },
	{ "interdict_kill", "task_kill", "guard: signals are told of", true },
	{ "interdict_follow", ENGINE_TICK, "dates", true },
	{ "interdict_exec_ima", "bprm_check_security", "exec", false },
	{ "interdict_map_ima", "mmap_file", "map", false },
};

/* What libbpf complained about: it prints, a library does not. */
static char complaint[256];
static bool complaint_is_verifiers;

/* The verifier's log ends in the reason, and then a line of figures. */
static bool take_verifiers(char *text)
{
	char *end = strstr(text, "\nprocessed "), *line;

	if (!strstr(text, "BEGIN PROG LOAD LOG") || !end)
		return false;
	*end = '\0';
	line = strrchr(text, '\n');
	snprintf(complaint, sizeof(complaint), "%s", line ? line + 1 : text);
	return true;
}

static int collect(enum libbpf_print_level level, const char *format, va_list args)
{
	char *text;

	if (level != LIBBPF_WARN || complaint_is_verifiers || vasprintf(&text, format, args) < 0)
		return 0;
	complaint_is_verifiers = take_verifiers(text);
	if (!complaint_is_verifiers) {
		snprintf(complaint, sizeof(complaint), "%s", text);
		complaint[strcspn(complaint, "\n")] = '\0';
	}
	free(text);
	return 0;
}

static struct btf *kernel_btf;

int engine_hook_args_of(const struct btf *btf, const char *hook)
{
	char name[64];
	const struct btf_type *type;
	int id;

	snprintf(name, sizeof(name), "bpf_lsm_%s", hook);
	id = btf__find_by_name_kind(btf, name, BTF_KIND_FUNC);
	if (id < 0)
		return -1;
	type = btf__type_by_id(btf, btf__type_by_id(btf, id)->type);
	return type ? btf_vlen(type) : -1;
}

int engine_hook_args(const char *hook)
{
	if (!kernel_btf)
		kernel_btf = btf__load_vmlinux_btf();
	return kernel_btf ? engine_hook_args_of(kernel_btf, hook) : -1;
}

bool engine_hooks_call_of(const struct btf *btf)
{
	return btf__find_by_name_kind(btf, "register_ftrace_direct", BTF_KIND_FUNC) >= 0;
}

int engine_hooks_call(void)
{
	if (!kernel_btf)
		kernel_btf = btf__load_vmlinux_btf();
	return kernel_btf ? engine_hooks_call_of(kernel_btf) : -1;
}

/* Whether struct @name of the running kernel has a member @member at its top level or in an
 * anonymous member. */
static bool has_member(const struct btf *btf, int id, const char *member)
{
	const struct btf_type *type = btf__type_by_id(btf, id);
	const struct btf_member *m;

	if (!type || !btf_is_composite(type))
		return false;
	m = btf_members(type);
	for (int i = 0; i < btf_vlen(type); i++, m++) {
		const char *name = btf__name_by_offset(btf, m->name_off);

		if (!strcmp(name, member) || (!*name && has_member(btf, m->type, member)))
			return true;
	}
	return false;
}

static bool has_execve_check(void)
{
	int id;

	if (engine_hook_args("bprm_creds_for_exec") < 0)
		return false;
	id = btf__find_by_name_kind(kernel_btf, "linux_binprm", BTF_KIND_STRUCT);
	return id > 0 && has_member(kernel_btf, id, "is_check");
}

static bool wanted(const struct engine_program *program, const struct engine *engine)
{
	int args;

	if (program->module != (engine->control >= 0))
		return false;
	if (!strcmp(program->hook, ENGINE_TICK))
		return engine->ticks;
	args = engine_hook_args(program->hook);
	if (args < 0)
		return false;
	if (!strcmp(program->name, "interdict_setattr"))
		return args == 2;
	if (!strcmp(program->name, "interdict_setattr_idmap"))
		return args == 3;
	if (!strcmp(program->name, "interdict_links"))
		return args == 3;
	if (!strcmp(program->name, "interdict_links_kernel"))
		return args == 4;
	if (!strcmp(program->name, "interdict_execve_check"))
		return has_execve_check();
	return true;
}

static bool lsm_active(char *list, size_t size)
{
	int fd = open(LSM_LIST, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, list, size - 1);
	char *at;

	if (fd >= 0)
		close(fd);
	if (n < 0) {
		list[0] = '\0';
		return true; /* unknown: loading will tell */
	}
	list[n] = '\0';
	at = strstr(list, "bpf");
	return at && (at == list || at[-1] == ',') && (!at[3] || at[3] == ',' || at[3] == '\n');
}

/* What tells one object from another: FNV-1a of its bytes, never 0. */
static uint64_t build_of(const void *bytes, size_t size)
{
	const uint8_t *at = bytes;
	uint64_t hash = 0xcbf29ce484222325;

	while (size--)
		hash = (hash ^ *at++) * 0x100000001b3;
	return hash ? hash : 1;
}

static uint64_t own_build(void)
{
	size_t size;
	const void *bytes = interdict_bpf__elf_bytes(&size);

	return build_of(bytes, size);
}

bool engine_outdated(const struct engine *engine)
{
	/* Of an object that was given by name nobody knows a newer one. */
	return engine->setup.build && engine->setup.build != own_build();
}

/* The reasons for which no object loads. */
static int check_kernel(struct engine_error *err)
{
	char list[256];

	if (!lsm_active(list, sizeof(list)))
		return engine_fail(err, -EOPNOTSUPP, EXIT_UNSUPPORTED,
				   "BPF LSM is not active (active: %s): boot with lsm=%s,bpf, on a "
				   "kernel with CONFIG_BPF_LSM",
				   list, list);
	if (engine_hook_args("file_open") < 0) {
		if (!kernel_btf)
			return engine_fail(err, -EOPNOTSUPP, EXIT_UNSUPPORTED,
					   "the kernel has no BTF (/sys/kernel/btf/vmlinux): "
					   "CONFIG_DEBUG_INFO_BTF is needed");
		return engine_fail(err, -EOPNOTSUPP, EXIT_UNSUPPORTED,
				   "the kernel is built without BPF LSM (CONFIG_BPF_LSM)");
	}
	if (!engine_hooks_call())
		return engine_fail(
			err, -EOPNOTSUPP, EXIT_UNSUPPORTED,
			"this kernel's hooks cannot call programs: " ENGINE_DIRECT_CALLS);
	return 0;
}

static struct bpf_object *open_object(const char *path, struct engine_error *err)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = "interdict");
	struct bpf_object *object;
	const void *bytes;
	size_t size;

	complaint[0] = '\0';
	complaint_is_verifiers = false;
	libbpf_set_print(collect);
	if (path) {
		object = bpf_object__open_file(path, &opts);
	} else {
		bytes = interdict_bpf__elf_bytes(&size);
		object = bpf_object__open_mem(bytes, size, &opts);
	}
	if (!object)
		engine_fail(err, -errno, EXIT_FAILED, "%s is not a whole BPF object: %s",
			    path ? path : "the built-in program", strerror(errno));
	return object;
}

static int prepare(struct engine *engine, struct bpf_object *object, bool built_in,
		   struct engine_error *err)
{
	struct bpf_map *setup = bpf_object__find_map_by_name(object, ".rodata.setup");
	struct bpf_map *drafts = bpf_object__find_map_by_name(object, "interdict_draft");
	struct interdict_setup constants = {
		.layout = INTERDICT_LAYOUT,
		.build = built_in ? own_build() : 0,
	};
	struct interdict_facts facts = { 0 };
	int processors = libbpf_num_possible_cpus(), r;

	if (engine->control >= 0) {
		r = module_facts(engine->control, &facts, err);
		if (r)
			return r;
		constants.have_module = 1;
		constants.fmode_exec = facts.fmode_exec;
		constants.fmode_backing = facts.fmode_backing;
		constants.have_real_path = facts.abi >= INTERDICT_ABI_REAL_PATH;
	}
	if (!setup || bpf_map__set_initial_value(setup, &constants, sizeof(constants)))
		return engine_fail(
			err, -EINVAL, EXIT_FAILED,
			"the BPF object is of another version: no constants of %zu bytes",
			sizeof(constants));
	if (processors < 1)
		return engine_fail(err, -EINVAL, EXIT_FAILED,
				   "how many processors there can be is not known: %s",
				   strerror(-processors));
	if (!drafts || bpf_map__set_max_entries(drafts, (uint32_t)processors))
		return engine_fail(err, -EINVAL, EXIT_FAILED,
				   "the BPF object is of another version: no place for events");
	for (size_t i = 0; i < PROGRAM_COUNT; i++) {
		struct bpf_program *program =
			bpf_object__find_program_by_name(object, engine_programs[i].name);

		if (!program)
			return engine_fail(err, -EINVAL, EXIT_FAILED,
					   "the BPF object is of another version: no program %s",
					   engine_programs[i].name);
		bpf_program__set_autoload(program, wanted(&engine_programs[i], engine));
	}
	return 0;
}

static int adopt_object(struct engine *engine, struct bpf_object *object, struct engine_error *err)
{
	struct bpf_map *map;
	int r;

	bpf_object__for_each_map(map, object)
	{
		r = engine_adopt_map(engine, bpf_map__fd(map), err);
		if (r)
			return r;
	}
	return engine_adopted(engine, err);
}

static int link_id(int fd, uint32_t *id)
{
	struct bpf_link_info info = { 0 };
	uint32_t len = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return -errno;
	*id = info.id;
	return 0;
}

/* A place for pins; also what processes without the module lock. */
static int pins_dir(struct engine_error *err)
{
	struct statfs fs;

	if (statfs(BPFFS, &fs) || (unsigned long)fs.f_type != BPF_FS_MAGIC) {
		if (mount("bpf", BPFFS, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700"))
			return engine_fail(err, -errno, EXIT_FAILED,
					   "no BPF file system at " BPFFS ": %s", strerror(errno));
	}
	if (mkdir(ENGINE_PINS, 0700) && errno != EEXIST)
		return engine_fail(err, -errno, EXIT_FAILED, ENGINE_PINS " cannot be made: %s",
				   strerror(errno));
	return 0;
}

void engine_unpin(void)
{
	DIR *dir = opendir(ENGINE_PINS);
	struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
	rmdir(ENGINE_PINS);
}

/*
 * Make the links outlive this process: by the module, which lets go of those that it held, or by
 * pins. All or none.
 */
static int hold_links(const struct engine *engine, struct engine_error *err)
{
	const int *fd = engine->pending;
	size_t n = engine->n_pending;
	uint32_t id[INTERDICT_GUARD_LINKS] = { 0 };
	int r;

	_Static_assert(PROGRAM_COUNT <= INTERDICT_GUARD_LINKS, "the guard knows every link");
	if (engine->control < 0) {
		r = pins_dir(err);
		for (size_t i = 0; i < n && !r; i++) {
			char path[sizeof(ENGINE_PINS) + 64];

			/* The name of the last says that none is missing. */
			snprintf(path, sizeof(path), ENGINE_PINS "/%s",
				 i == n - 1 ? "complete" :
					      engine_programs[engine->pending_program[i]].name);
			r = bpf_obj_pin(fd[i], path) ? -errno : 0;
			if (r)
				engine_fail(err, r, EXIT_FAILED, "%s cannot be pinned: %s", path,
					    strerror(-r));
		}
		if (r)
			engine_unpin();
		return r;
	}
	for (size_t i = 0; i < n; i++) {
		r = link_id(fd[i], &id[i]);
		if (r)
			return engine_fail(err, r, EXIT_FAILED, "a link has no ID: %s",
					   strerror(-r));
	}
	for (size_t i = 0; i < INTERDICT_GUARD_LINKS; i++)
		engine->state->guard.links[i] = id[i];
	r = module_hold(engine->control, fd, id, n);
	if (r)
		return engine_fail(err, r, EXIT_FAILED, "the module does not hold the links: %s",
				   strerror(-r));
	return 0;
}

int engine_hold_pending(struct engine *engine, struct engine_error *err)
{
	int r;

	if (engine->control < 0)
		engine_unpin();
	r = hold_links(engine, err);
	if (!r)
		engine_drop_pending(engine);
	return r;
}

void engine_drop_pending(struct engine *engine)
{
	while (engine->n_pending)
		close(engine->pending[--engine->n_pending]);
}

static int attach(struct engine *engine, struct bpf_object *object, bool pend,
		  struct engine_error *err)
{
	int r = 0;

	for (size_t i = 0; i < PROGRAM_COUNT && !r; i++) {
		struct bpf_program *p =
			bpf_object__find_program_by_name(object, engine_programs[i].name);
		struct bpf_link *link;

		if (!bpf_program__autoload(p))
			continue;
		link = bpf_program__attach(p);
		if (!link) {
			r = -errno;
			engine_fail(err, r, r == -EOPNOTSUPP ? EXIT_UNSUPPORTED : EXIT_FAILED,
				    "hook %s: the program cannot be attached: %s",
				    engine_programs[i].hook, strerror(-r));
			break;
		}
		/* The descriptor of the link is what keeps it, until it is held. */
		engine->pending[engine->n_pending] = fcntl(bpf_link__fd(link), F_DUPFD_CLOEXEC, 3);
		if (engine->pending[engine->n_pending] < 0)
			r = engine_fail(err, -errno, EXIT_FAILED, "a link cannot be kept: %s",
					strerror(errno));
		else
			engine->pending_program[engine->n_pending++] = i;
		bpf_link__destroy(link);
		engine->attached[i] = true;
	}
	if (!r && !pend)
		r = engine_hold_pending(engine, err);
	/* What is held stays; the rest detaches here. */
	if (r || !pend)
		engine_drop_pending(engine);
	return r;
}

int engine_load(struct engine *engine, const char *path, bool pend, struct engine_error *err)
{
	struct bpf_object *object;
	int r;

	r = check_kernel(err);
	if (r)
		return r;
	object = open_object(path, err);
	if (!object)
		return -EINVAL;
	r = prepare(engine, object, !path, err);
	if (!r) {
		r = bpf_object__load(object);
		if (r && module_locked_down("confidentiality"))
			engine_fail(err, r, EXIT_UNSUPPORTED,
				    "the kernel is locked down to confidentiality, and lets no BPF "
				    "program read its memory: boot with lockdown=integrity (%s)",
				    complaint);
		else if (r == -EPERM)
			engine_fail(
				err, r, EXIT_FAILED,
				"the kernel does not let this process load BPF programs: run as "
				"root, with CAP_BPF, CAP_PERFMON and CAP_SYS_ADMIN%s%s",
				complaint[0] ? ": " : "", complaint);
		else if (r)
			engine_fail(err, r, EXIT_FAILED, "the BPF programs do not load: %s (%s)",
				    complaint, strerror(-r));
	}
	if (!r)
		r = adopt_object(engine, object, err);
	if (!r)
		r = attach(engine, object, pend, err);
	if (!r)
		engine->state->since.attached = engine_boottime();
	bpf_object__close(object);
	if (r)
		engine_maps_close(engine);
	return r;
}
