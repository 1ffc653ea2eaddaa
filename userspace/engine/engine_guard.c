// SPDX-License-Identifier: GPL-2.0-or-later
/* The guards, seen from user space: who is the tool, on and off. What they do is in bpf/guard.h. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "engine_internal.h"

#define OWN_FILE "/proc/self/exe"

bool engine_is_armed(const struct engine *engine)
{
	return __atomic_load_n(&engine->state->guard.armed, __ATOMIC_SEQ_CST) != 0;
}

/* The epoch of the file behind @fd, which is made if nobody asked for it before. */
static int epoch_of(struct engine *engine, int fd, __u64 *epoch)
{
	struct interdict_cached cached = { .epoch = 1 };

	if (bpf_map_update_elem(engine->cache, &fd, &cached, BPF_NOEXIST) && errno != EEXIST)
		return -errno;
	if (bpf_map_lookup_elem(engine->cache, &fd, &cached))
		return -errno;
	*epoch = cached.epoch;
	return 0;
}

/* Whether somebody may be writing to it already: a lease for reading is not given then (fcntl(2)).
 */
static bool has_writers(int fd)
{
	bool writers = fcntl(fd, F_SETLEASE, F_RDLCK) && errno == EAGAIN;

	if (!writers)
		fcntl(fd, F_SETLEASE, F_UNLCK);
	return writers;
}

static int name_binary(struct engine *engine, int fd, struct engine_error *err)
{
	struct interdict_binary binary;
	int r = epoch_of(engine, fd, &binary.epoch);

	if (!r && has_writers(fd))
		r = -ETXTBSY;
	if (!r && engine->keeps)
		r = module_keep(engine->control, fd);
	if (!r && bpf_map_update_elem(engine->binary, &fd, &binary, BPF_ANY))
		r = -errno;
	if (r)
		engine_fail(err, r, EXIT_FAILED,
			    "the program file cannot be named to the guards: %s", strerror(-r));
	return r;
}

static int name_own_file(struct engine *engine, struct engine_error *err)
{
	int fd = open(OWN_FILE, O_RDONLY | O_CLOEXEC), r;

	if (fd < 0)
		return engine_fail(err, -errno, EXIT_FAILED, OWN_FILE " cannot be opened: %s",
				   strerror(errno));
	r = name_binary(engine, fd, err);
	close(fd);
	return r;
}

/* This process was executed before there were guards to see it. */
static int name_self(struct engine *engine, uint64_t arming, struct engine_error *err)
{
	struct interdict_tool tool = { .arming = arming };
	int fd = (int)syscall(SYS_pidfd_open, getpid(), 0), r = 0;

	if (fd < 0 || bpf_map_update_elem(engine->tool, &fd, &tool, BPF_ANY))
		r = engine_fail(err, -errno, EXIT_FAILED,
				"this process cannot be named to the guards: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
	return r;
}

static int name_control(struct engine *engine, struct engine_error *err)
{
	struct interdict_guard *guard = &engine->state->guard;
	struct stat st;

	if (fstat(engine->control, &st))
		return engine_fail(err, -errno, EXIT_FAILED, ENGINE_CONTROL ": %s",
				   strerror(errno));
	guard->control_ino = st.st_ino;
	/* The kernel's dev_t (include/linux/kdev_t.h). */
	guard->control_dev = major(st.st_dev) << 20 | minor(st.st_dev);
	return 0;
}

int engine_arm(struct engine *engine, struct engine_error *err)
{
	struct interdict_guard *guard = &engine->state->guard;
	uint64_t arming = guard->armed ? guard->armed : guard->armings + 1;
	int r;

	if (engine->control < 0 || engine->tool < 0 || engine->binary < 0)
		return engine_fail(err, -EOPNOTSUPP, EXIT_UNSUPPORTED,
				   "without the module nothing guards the programs");
	r = name_control(engine, err);
	if (!r)
		r = name_own_file(engine, err);
	if (!r)
		r = name_self(engine, arming, err);
	if (r)
		return r;
	guard->daemon = (uint32_t)getpid();
	guard->armings = arming;
	__atomic_store_n(&guard->armed, arming, __ATOMIC_SEQ_CST);
	return 0;
}

int engine_disarm(struct engine *engine, struct engine_error *err)
{
	__atomic_store_n(&engine->state->guard.armed, 0, __ATOMIC_SEQ_CST);
	if (engine->control >= 0 && engine->keeps) {
		int r = module_keep(engine->control, -1);

		if (r)
			return engine_fail(err, r, EXIT_FAILED,
					   "the module does not let go of the program file: %s",
					   strerror(-r));
	}
	return 0;
}

int engine_endorse(struct engine *engine, int fd, struct engine_error *err)
{
	if (!engine_is_armed(engine))
		return engine_fail(err, -EPERM, EXIT_FAILED, "the guards are off");
	return name_binary(engine, fd, err);
}
