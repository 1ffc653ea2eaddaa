// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The policy switch: a generation is prepared in a slot and becomes active by one store. That is
 * ours, or at a date a BPF program's, when the module's timer ticks: then also if nobody is left.
 */
#include <string.h>
#include <unistd.h>

#include "canary.h"
#include "compile.h"
#include "engine_internal.h"

static int check_serial(struct engine *engine, uint64_t active, const struct policy *policy,
			struct engine_error *err)
{
	const struct interdict_head *head;

	if (!active)
		return 0;
	head = &engine->state->heads[INTERDICT_ACTIVE_SLOT(active)];
	if (policy->serial < head->serial)
		return engine_fail(err, -ESTALE, EXIT_REFUSED,
				   "serial %llu is older than the active policy's, %llu: refused",
				   (unsigned long long)policy->serial,
				   (unsigned long long)head->serial);
	if (policy->serial == head->serial &&
	    memcmp(policy->digest, head->digest, sizeof(head->digest)) != 0)
		return engine_fail(err, -ESTALE, EXIT_REFUSED,
				   "the active policy has serial %llu too, with other content: "
				   "refused; raise the serial",
				   (unsigned long long)policy->serial);
	return 0;
}

/* Compile @policy for @device into a slot, which is returned with the plan (compile_end()); or
 * -errno. */
static int prepare(struct engine *engine, const struct policy *policy,
		   const struct policy_device *device, struct compile_plan *plan,
		   struct engine_error *err)
{
	int slot, r = compile_begin(policy, device, &canary_order, plan);

	if (r)
		return engine_fail(err, r, EXIT_FAILED,
				   r == -E2BIG ? "the policy has more than %u identifiers" :
						 "out of memory while compiling the policy",
				   COMPILE_ENTRIES_MAX);
	slot = slot_find(engine, err);
	r = slot < 0 ? slot : slot_fill(engine, plan, (uint32_t)slot, err);
	if (r)
		compile_end(plan);
	return r ? r : slot;
}

void engine_forget_following(struct engine *engine)
{
	struct interdict_state *state = engine->state;
	uint64_t to = state->following.to;

	if (engine->ticks)
		module_timer(engine->control, 0);
	if (!to)
		return;
	__atomic_store_n(&state->following.to, 0, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&state->active, __ATOMIC_SEQ_CST) != to)
		slot_free(engine, INTERDICT_ACTIVE_SLOT(to));
}

/* A mode holds from now on, unless the generation before, @active, had it too. */
static void note_mode(struct interdict_state *state, uint64_t active,
		      const struct interdict_head *head)
{
	const uint32_t mode = INTERDICT_HEAD_AUDIT | INTERDICT_HEAD_OFF;

	if (!active ||
	    (state->heads[INTERDICT_ACTIVE_SLOT(active)].flags & mode) != (head->flags & mode))
		__atomic_store_n(&state->since.mode, engine_boottime(), __ATOMIC_RELAXED);
}

int engine_switch(struct engine *engine, const struct policy *policy,
		  const struct policy_device *device, struct engine_switched *out,
		  struct engine_error *err)
{
	struct interdict_state *state = engine->state;
	struct compile_plan plan = { 0 };
	uint64_t active;
	int r, slot = 0, lock = engine_lock();

	active = __atomic_load_n(&state->active, __ATOMIC_SEQ_CST);
	r = check_serial(engine, active, policy, err);
	if (!r)
		r = slot = prepare(engine, policy, device, &plan, err);
	if (r < 0)
		goto unlock;
	engine_forget_following(engine);
	active = __atomic_exchange_n(&state->active, INTERDICT_ACTIVE(plan.head.generation, slot),
				     __ATOMIC_SEQ_CST);
	if (engine->n_pending) {
		/* Both sets refuse; now the old ones go. */
		r = engine_hold_pending(engine, err);
		if (r) {
			__atomic_store_n(&state->active, 0, __ATOMIC_SEQ_CST);
			compile_end(&plan);
			goto unlock;
		}
		engine->retire_pins = engine->control >= 0;
	}
	note_mode(state, active, &plan.head);
	if (engine->retire_pins) {
		engine_unpin();
		engine->retire_pins = false;
	}
	if (out)
		*out = (struct engine_switched){ .generation = plan.head.generation,
						 .orders = plan.head.orders,
						 .rules = plan.head.entries - !!plan.head.canary,
						 .memory = plan.head.bytes,
						 .next = plan.next };
	if (active)
		slot_free(engine, INTERDICT_ACTIVE_SLOT(active));
	compile_end(&plan);
	r = 0;
unlock:
	if (lock >= 0)
		close(lock);
	return r;
}

int engine_follow(struct engine *engine, const struct policy *policy,
		  const struct policy_device *then, uint64_t boottime, struct engine_error *err)
{
	struct interdict_state *state = engine->state;
	const struct interdict_head *head;
	struct compile_plan plan = { 0 };
	uint64_t active;
	int r, slot, lock;

	if (engine->control < 0 || !engine->ticks)
		return engine_fail(err, -EOPNOTSUPP, EXIT_UNSUPPORTED,
				   "without the module of this version no timer switches");
	lock = engine_lock();
	active = __atomic_load_n(&state->active, __ATOMIC_SEQ_CST);
	head = &state->heads[INTERDICT_ACTIVE_SLOT(active)];
	r = -ESTALE;
	if (!active || head->serial != policy->serial ||
	    memcmp(head->digest, policy->digest, sizeof(head->digest)) != 0) {
		engine_fail(err, r, EXIT_FAILED, "another policy became active meanwhile");
		goto unlock;
	}
	engine_forget_following(engine);
	r = slot = prepare(engine, policy, then, &plan, err);
	if (r < 0)
		goto unlock;
	/* No tick is due, so that the two are not read before both are there. */
	state->following.from = active;
	__atomic_store_n(&state->following.to, INTERDICT_ACTIVE(plan.head.generation, slot),
			 __ATOMIC_SEQ_CST);
	compile_end(&plan);
	r = module_timer(engine->control, boottime);
	if (r) {
		engine_fail(err, r, EXIT_FAILED, "the module's timer cannot be set: %s",
			    strerror(-r));
		engine_forget_following(engine);
	}
unlock:
	if (lock >= 0)
		close(lock);
	return r;
}
