// SPDX-License-Identifier: GPL-2.0-or-later
/* Opening, closing and ending the engine. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "engine_internal.h"
#include "seal.h"

int engine_fail(struct engine_error *err, int r, int exit_status, const char *fmt, ...)
{
	va_list args;

	if (err) {
		err->exit_status = exit_status;
		va_start(args, fmt);
		vsnprintf(err->text, sizeof(err->text), fmt, args);
		va_end(args);
	}
	return r;
}

int engine_lock(void)
{
	int fd = open(ENGINE_LOCK, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd >= 0)
		flock(fd, LOCK_EX);
	return fd;
}

static struct engine *engine_new(void)
{
	struct engine *engine = calloc(1, sizeof(*engine));

	if (!engine)
		return NULL;
	engine->control = engine->ring = engine->cache = engine->known = engine->state_map = -1;
	engine->binary = engine->tool = -1;
	for (size_t i = 0; i < TABLE_COUNT; i++)
		engine->outer[i] = -1;
	return engine;
}

bool engine_replaces(const struct engine *engine)
{
	return engine->n_pending > 0;
}

void engine_close(struct engine *engine)
{
	if (!engine)
		return;
	engine_drop_pending(engine);
	engine_maps_close(engine);
	if (engine->control >= 0)
		close(engine->control);
	free(engine);
}

/* Find or load the module; engine->control stays -1 without it, with the reason kept. */
static int open_module(struct engine *engine, unsigned int flags, struct engine_error *err)
{
	struct interdict_facts facts;
	int r;

	if (flags & ENGINE_NO_MODULE) {
		snprintf(engine->module_reason, sizeof(engine->module_reason),
			 "the module is not used, as was asked for");
		return 0;
	}
	r = flags & ENGINE_TAKEOVER ? 0 : module_load(engine->module_reason, engine->module_remedy);
	engine->control = module_open();
	if (engine->control == -EACCES || engine->control == -EPERM || r == -EPERM ||
	    r == -EACCES) {
		engine->control = -1;
		return engine_fail(err, -EPERM, EXIT_FAILED, "%s may not be opened: run as root",
				   ENGINE_CONTROL);
	}
	if (engine->control < 0) {
		engine->control = -1;
		if (!engine->module_reason[0]) {
			snprintf(engine->module_reason, sizeof(engine->module_reason),
				 "the module interdict is not loaded");
			snprintf(engine->module_remedy, sizeof(engine->module_remedy),
				 "modprobe interdict, then `interdict load` again");
		}
		return 0;
	}
	r = module_facts(engine->control, &facts, err);
	engine->ticks = !r && facts.abi >= INTERDICT_ABI_TIMER;
	engine->keeps = !r && facts.abi >= INTERDICT_ABI_KEEP;
	return r;
}

/* Take over what runs. Returns 0, -ENOENT: nothing does; -EPROTO: of another layout; another
 * -errno. */
static int take_over(struct engine *engine, struct engine_error *err)
{
	uint32_t id[INTERDICT_HOLD_MAX];
	int r, n;

	if (engine->control >= 0) {
		n = module_links(id, INTERDICT_HOLD_MAX);
		if (n < 0)
			return engine_fail(err, n, EXIT_FAILED, "%s cannot be read: %s",
					   ENGINE_STATUS, strerror(-n));
		r = engine_takeover_links(engine, id, n, err);
		if (r != -ENOENT)
			return r;
	}
	r = engine_takeover_pins(engine, err);
	/* There is a module now: the set without it goes once the other enforces. */
	engine->retire_pins = !r && engine->control >= 0;
	return r;
}

static int open_locked(struct engine *engine, const struct engine_options *options,
		       struct engine_error *err)
{
	int r = take_over(engine, err);
	bool armed = !r && engine_is_armed(engine);
	bool replace =
		!engine->retire_pins && (r == -EPROTO || (!r && options->flags & ENGINE_REPLACE));

	if (options->flags & ENGINE_TAKEOVER) {
		engine->retire_pins = false;
		if (r == -ENOENT)
			engine_fail(err, r, EXIT_FAILED, "nothing is loaded: NOT ENFORCING");
		return r;
	}
	if (r != -ENOENT && !replace && !engine->retire_pins)
		return r;
	if (replace && seal_holds_place())
		return engine_fail(
			err, -EKEYREJECTED, EXIT_REFUSED,
			"the programs that run are of another version, and the module does "
			"not let them go without a token: they go on until the next boot%s",
			r ? ", and this program cannot use them" : "");
	if (armed && options->object)
		return engine_fail(err, -EACCES, EXIT_REFUSED,
				   "the guards are on: only the programs that are built in may "
				   "take the place of those that run");
	engine_maps_close(engine);
	if (r == -ENOENT && engine->control < 0)
		engine_unpin(); /* what a process left that died while it pinned */
	r = engine_load(engine, options->object, replace, err);
	/* The new programs have guards of their own: there is no time without. */
	return r || !armed ? r : engine_arm(engine, err);
}

int engine_open(const struct engine_options *options, struct engine **ret, struct engine_error *err)
{
	static const struct engine_options none;
	struct engine *engine = engine_new();
	int r, lock = -1;

	if (!engine)
		return engine_fail(err, -ENOMEM, EXIT_FAILED, "out of memory");
	if (!options)
		options = &none;
	r = open_module(engine, options->flags, err);
	if (r)
		goto out;
	if (geteuid() != 0) {
		r = engine_fail(err, -EPERM, EXIT_FAILED, "must be run as root");
		goto out;
	}
	lock = engine_lock();
	r = open_locked(engine, options, err);
	if (!r && options->flags & ENGINE_ARM && engine->control >= 0)
		r = engine_arm(engine, err);
	if (lock >= 0)
		close(lock);
out:
	if (r)
		engine_close(engine);
	else
		*ret = engine;
	return r;
}

struct interdict_state *engine_state(struct engine *engine)
{
	return engine->state;
}

int engine_ring_fd(const struct engine *engine)
{
	return engine->ring;
}

static int check_seal(struct engine_error *err)
{
	if (!seal_holds())
		return 0;
	return engine_fail(
		err, -EKEYREJECTED, EXIT_REFUSED,
		"disarming is protected on this device: it takes a token for unload that "
		"one of its trust anchors vouches for (interdict sign --token unload)");
}

int engine_discard(struct engine_error *err)
{
	int control, r = check_seal(err);

	if (r)
		return r;
	control = module_open();
	if (control >= 0) {
		r = module_release(control);
		/* Of a module that keeps none there is nothing to let go of. */
		if (!r)
			module_keep(control, -1);
		close(control);
	}
	engine_unpin();
	if (r)
		return engine_fail(err, r, EXIT_FAILED,
				   "the module does not let go of the programs: %s", strerror(-r));
	return 0;
}

int engine_off(struct engine *engine, struct engine_error *err)
{
	int r = check_seal(err);

	if (r)
		return r;
	engine_forget_following(engine);
	__atomic_store_n(&engine->state->active, 0, __ATOMIC_SEQ_CST);
	r = engine_discard(err);
	/* The programs go when the last that runs has ended. */
	if (!r)
		__atomic_store_n(&engine->state->guard.armed, 0, __ATOMIC_SEQ_CST);
	return r;
}

int engine_cached(struct engine *engine, int fd, struct engine_cached *ret)
{
	struct interdict_cached cached;

	if (engine->cache < 0 || engine->known < 0)
		return -ENOENT;
	if (bpf_map_lookup_elem(engine->cache, &fd, &cached))
		return -errno;
	if (!cached.stamp || cached.stamp == INTERDICT_BUSY)
		return -ENOENT;
	ret->valid = cached.stamp == cached.epoch;
	ret->generation = INTERDICT_ACTIVE_GENERATION(cached.verdict);
	ret->deny = cached.verdict & 0xf;
	ret->audit = cached.verdict >> INTERDICT_VERDICT_AUDIT_SHIFT & 0xf;
	memset(&ret->ids, 0, sizeof(ret->ids));
	if (cached.have && bpf_map_lookup_elem(engine->known, &fd, &ret->ids))
		return -errno;
	return 0;
}
