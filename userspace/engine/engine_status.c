// SPDX-License-Identifier: GPL-2.0-or-later
/* What is enforced, by what, and what is missing. */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "engine_internal.h"

/* AT_EXECVE_CHECK, from include/uapi/linux/fcntl.h of kernel 6.14. */
#define EXECVE_CHECK 0x10000

static uint64_t map_bytes(int fd)
{
	struct bpf_map_info info = { 0 };
	uint32_t len = sizeof(info);
	uint64_t page = sysconf(_SC_PAGESIZE);

	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return 0;
	if (info.type == BPF_MAP_TYPE_RINGBUF)
		return info.max_entries;
	return ((uint64_t)info.max_entries * info.value_size + page - 1) / page * page;
}

/* The tables of all slots, the state, and the ring. What the heads say, as each look at a map of
 * maps waits for a grace period (kernel/bpf/syscall.c, maybe_wait_bpf_programs). */
static uint64_t memory(const struct engine *engine)
{
	uint64_t bytes = map_bytes(engine->ring) + map_bytes(engine->state_map);

	for (size_t slot = 0; slot < INTERDICT_SLOTS; slot++)
		bytes += engine->state->heads[slot].bytes;
	return bytes;
}

/* Bytes between what the programs have produced and what was consumed: include/uapi/linux/bpf.h,
 * BPF_MAP_TYPE_RINGBUF: the consumer's page, then the producer's. */
static uint64_t ring_bytes(const struct engine *engine)
{
	size_t page = sysconf(_SC_PAGESIZE);
	uint64_t bytes = 0;
	void *consumer = mmap(NULL, page, PROT_READ, MAP_SHARED, engine->ring, 0);
	void *producer = mmap(NULL, page, PROT_READ, MAP_SHARED, engine->ring, page);

	if (consumer != MAP_FAILED && producer != MAP_FAILED)
		bytes = __atomic_load_n((uint64_t *)producer, __ATOMIC_ACQUIRE) -
			__atomic_load_n((uint64_t *)consumer, __ATOMIC_ACQUIRE);
	if (consumer != MAP_FAILED)
		munmap(consumer, page);
	if (producer != MAP_FAILED)
		munmap(producer, page);
	return bytes;
}

/* Whether this kernel has AT_EXECVE_CHECK, which only bprm_creds_for_exec sees. Flags that it does
 * not know are refused before the file is looked for (execveat(2)). Its BTF would tell too, but
 * takes longer to read than all else of a status. */
static bool has_execve_check(void)
{
	char *empty[] = { (char *)"", NULL };

	return syscall(SYS_execveat, -1, "", empty, empty + 1, AT_EMPTY_PATH | EXECVE_CHECK) < 0 &&
	       errno == EBADF;
}

static void add_hooks(const struct engine *engine, struct engine_status *status)
{
	for (size_t i = 0; i < PROGRAM_COUNT; i++) {
		const struct engine_program *program = &engine_programs[i];
		size_t at;

		if (program->module != !!engine->setup.have_module)
			continue;
		/* Of no use in kernels before AT_EXECVE_CHECK. */
		if (!strcmp(program->hook, "bprm_creds_for_exec") && !engine->attached[i] &&
		    !has_execve_check())
			continue;
		/* Before 6.8 file_ioctl is asked for 32-bit programs, too. */
		if (!strcmp(program->hook, "file_ioctl_compat") && !engine->attached[i])
			continue;
		for (at = 0; at < status->n_hooks; at++)
			if (!strcmp(status->hooks[at].name, program->hook))
				break;
		if (at == status->n_hooks)
			status->hooks[status->n_hooks++] =
				(struct engine_hook){ .name = program->hook,
						      .duty = program->duty };
		if (engine->attached[i])
			status->hooks[at].attached = true;
	}
}

static void __attribute__((format(printf, 2, 3)))
add_degraded(struct engine_status *status, const char *fmt, ...)
{
	struct engine_degraded *degraded = &status->degraded[status->n_degraded];
	va_list args;

	if (status->n_degraded == ENGINE_DEGRADED_MAX)
		return;
	status->n_degraded++;
	degraded->remedy[0] = '\0';
	va_start(args, fmt);
	vsnprintf(degraded->text, sizeof(degraded->text), fmt, args);
	va_end(args);
}

static void set_remedy(struct engine_status *status, const char *remedy)
{
	snprintf(status->degraded[status->n_degraded - 1].remedy,
		 sizeof(status->degraded[0].remedy), "%s", remedy);
}

static void find_degraded(const struct engine *engine, struct engine_status *status)
{
	const char *remedy = engine->module_remedy[0] ? engine->module_remedy :
							"install and load the module interdict";

	if (!engine->setup.have_module) {
		add_degraded(status,
			     "without the module only exec and map are judged, by IMA, at each "
			     "use: open, load and mprotect are not covered (%.100s)",
			     engine->module_reason[0] ? engine->module_reason :
							"the module interdict is not loaded");
		set_remedy(status, remedy);
		if (status->policy.kinds & ~(1U << INTERDICT_KIND_SHA256)) {
			add_degraded(status, "of the policy's rules only those by sha256 are "
					     "enforced: the others need the module");
			set_remedy(status, remedy);
		}
		add_degraded(status, "the programs are only pinned in " ENGINE_PINS
				     ": root can take them away");
		set_remedy(status, remedy);
		add_degraded(status, "orders begin and end only while a daemon runs");
		set_remedy(status, remedy);
	}
	for (size_t i = 0; i < status->n_hooks; i++) {
		const struct engine_hook *hook = &status->hooks[i];

		if (hook->attached)
			continue;
		if (!strcmp(hook->name, ENGINE_TICK)) {
			add_degraded(status, "the module is of the version before: orders begin "
					     "and end only while a daemon runs");
			set_remedy(status, "reboot to load the installed one");
			continue;
		}
		add_degraded(status, "hook %s (%s) is not attached: this kernel does not have it",
			     hook->name, hook->duty);
		set_remedy(status, "use a supported kernel");
	}
}

/* A module that is held cannot be replaced: after an upgrade the one before stays. */
static void find_module_version(struct engine_status *status)
{
	int fd = open("/sys/module/interdict/version", O_RDONLY | O_CLOEXEC);
	ssize_t n =
		fd < 0 ? 0 : read(fd, status->module_version, sizeof(status->module_version) - 1);

	if (fd >= 0)
		close(fd);
	status->module_version[n > 0 ? n : 0] = '\0';
	status->module_version[strcspn(status->module_version, "\n")] = '\0';
	status->module_outdated = n > 0 && strcmp(status->module_version, INTERDICT_VERSION) != 0;
}

void engine_status(struct engine *engine, struct engine_status *status)
{
	const struct interdict_state *state = engine->state;
	uint64_t active = __atomic_load_n(&state->active, __ATOMIC_SEQ_CST);

	memset(status, 0, sizeof(*status));
	status->mode = POLICY_MODE_OFF;
	if (active) {
		status->policy = state->heads[INTERDICT_ACTIVE_SLOT(active)];
		if (status->policy.flags & INTERDICT_HEAD_AUDIT)
			status->mode = POLICY_MODE_AUDIT;
		else if (!(status->policy.flags & INTERDICT_HEAD_OFF))
			status->mode = POLICY_MODE_ENFORCE;
	}
	status->enforcing = status->mode != POLICY_MODE_OFF;
	status->attached = state->since.attached;
	status->since = active ? state->since.mode : 0;
	status->provider = engine->setup.have_module ? "kmod" : "ima";
	status->memory = memory(engine);
	status->counters = state->counters;
	status->consumer = state->consumer;
	for (size_t i = 0; i < INTERDICT_SLOTS; i++)
		status->inflight += __atomic_load_n(&state->inflight[i], __ATOMIC_RELAXED);
	status->ring_bytes = ring_bytes(engine);
	status->outdated = engine_outdated(engine);
	status->armed = engine_is_armed(engine);
	status->guarded = state->guard.refused;
	if (engine->setup.have_module)
		find_module_version(status);
	add_hooks(engine, status);
	find_degraded(engine, status);
}
