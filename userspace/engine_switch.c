// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The policy switch. A generation is prepared in a slot that no decision uses, and becomes active
 * by one store. The slot of the old one is given back once no decision uses it.
 */
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "compile.h"
#include "engine_internal.h"

/* A decision may hash a large file that a rule names: that long a slot can stay in use. */
#define SLOT_WAIT_MS 10000
#define SLOT_POLL_MS 2

/* An inner map that is being filled. */
struct table {
	int fd;
	void *at;
	size_t bytes;
};

static const uint32_t element_size[TABLE_COUNT] = {
	[TABLE_ENTRIES] = sizeof(struct interdict_entry),
	[TABLE_BUCKETS] = sizeof(uint64_t),
	[TABLE_SIZES] = sizeof(uint64_t),
	[TABLE_SIZE_BUCKETS] = sizeof(uint64_t),
	[TABLE_MATCHES] = sizeof(struct interdict_match),
	[TABLE_ORDERS] = sizeof(struct interdict_order),
};

static int table_make(struct table *table, enum engine_table which, uint32_t elements,
		      struct engine_error *err)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_MMAPABLE | BPF_F_INNER_MAP);
	size_t page = sysconf(_SC_PAGESIZE);

	table->bytes = ((size_t)elements * element_size[which] + page - 1) / page * page;
	table->fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "interdict_table", sizeof(uint32_t),
				   element_size[which], elements, &opts);
	if (table->fd < 0)
		return engine_fail(err, -errno, EXIT_FAILED,
				   "a table of %zu bytes cannot be made: %s", table->bytes,
				   strerror(errno));
	/*
	 * Without MAP_POPULATE: 6.1 and 6.12 map all pages of an array at once, and would look at
	 * each again. 7.3 maps them on faults, which costs it little more than it saves the others.
	 */
	table->at = mmap(NULL, table->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, table->fd, 0);
	if (table->at == MAP_FAILED) {
		table->at = NULL;
		return engine_fail(err, -errno, EXIT_FAILED, "a table cannot be mapped: %s",
				   strerror(errno));
	}
	return 0;
}

static void table_drop(struct table *table)
{
	if (table->at)
		munmap(table->at, table->bytes);
	if (table->fd >= 0)
		close(table->fd);
	table->at = NULL;
	table->fd = -1;
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ULL + now.tv_nsec / 1000000;
}

static uint64_t inflight(struct engine *engine, uint32_t slot)
{
	return __atomic_load_n(&engine->state->inflight[slot], __ATOMIC_SEQ_CST);
}

static bool slot_used(struct engine *engine, uint32_t slot)
{
	uint32_t inner;

	return !bpf_map_lookup_elem(engine->outer[TABLE_ENTRIES], &slot, &inner);
}

/*
 * Give a retired slot's memory back. The kernel does not wait for sleepable programs when it frees
 * an inner map, so the slot's decisions must have ended: the counter says so, and QUIESCE says it
 * of those that were between reading the active word and counting themselves.
 */
static void slot_free(struct engine *engine, uint32_t slot)
{
	engine->state->heads[slot].bytes = 0;
	if (!slot_used(engine, slot))
		return;
	if (engine->control >= 0)
		module_quiesce(engine->control);
	for (size_t i = 0; i < TABLE_COUNT; i++)
		bpf_map_delete_elem(engine->outer[i], &slot);
}

static bool wait_idle(struct engine *engine, uint32_t slot, uint64_t ms)
{
	const struct timespec poll = { .tv_nsec = SLOT_POLL_MS * 1000000L };
	uint64_t end = now_ms() + ms;

	while (inflight(engine, slot)) {
		if (now_ms() >= end)
			return false;
		nanosleep(&poll, NULL);
	}
	return true;
}

/* A slot that is neither active nor used by a decision. Returns it, or -EBUSY. */
static int slot_find(struct engine *engine, uint64_t active, struct engine_error *err)
{
	const struct timespec poll = { .tv_nsec = SLOT_POLL_MS * 1000000L };
	uint64_t end = now_ms() + SLOT_WAIT_MS;

	for (;;) {
		for (uint32_t slot = 0; slot < INTERDICT_SLOTS; slot++) {
			if ((active && slot == INTERDICT_ACTIVE_SLOT(active)) ||
			    inflight(engine, slot))
				continue;
			slot_free(engine, slot);
			return slot;
		}
		if (now_ms() >= end)
			return engine_fail(err, -EBUSY, EXIT_FAILED,
					   "no slot became free in %d s: decisions of earlier "
					   "policies are still under way (a very large file, or a "
					   "device that does not answer); the active policy stays",
					   SLOT_WAIT_MS / 1000);
		nanosleep(&poll, NULL);
	}
}

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

/* Compile into new maps and put them into the slot. */
static int slot_fill(struct engine *engine, struct compile_plan *plan, uint32_t slot,
		     struct engine_error *err)
{
	struct table table[TABLE_COUNT];
	uint32_t elements[TABLE_COUNT] = {
		[TABLE_ENTRIES] = plan->entries,
		[TABLE_BUCKETS] = plan->buckets,
		[TABLE_SIZES] = plan->sizes,
		[TABLE_SIZE_BUCKETS] = plan->size_buckets,
	};
	int r = 0;

	for (size_t i = 0; i < TABLE_COUNT; i++)
		table[i] = (struct table){ .fd = -1 };
	for (size_t i = 0; i < TABLE_MATCHES && !r; i++)
		r = table_make(&table[i], i, elements[i], err);
	if (r)
		goto out;
	r = compile_fill(plan, table[TABLE_ENTRIES].at, table[TABLE_BUCKETS].at,
			 table[TABLE_SIZES].at, table[TABLE_SIZE_BUCKETS].at);
	if (r) {
		engine_fail(err, r, EXIT_FAILED, "out of memory while compiling the policy");
		goto out;
	}
	elements[TABLE_MATCHES] = plan->matches;
	elements[TABLE_ORDERS] = plan->orders;
	for (size_t i = TABLE_MATCHES; i < TABLE_COUNT && !r; i++)
		r = table_make(&table[i], i, elements[i], err);
	if (r)
		goto out;
	memcpy(table[TABLE_MATCHES].at, plan->match, plan->matches * sizeof(*plan->match));
	memcpy(table[TABLE_ORDERS].at, plan->order, plan->orders * sizeof(*plan->order));
	for (size_t i = 0; i < TABLE_COUNT; i++) {
		if (bpf_map_update_elem(engine->outer[i], &slot, &table[i].fd, BPF_ANY)) {
			r = engine_fail(err, -errno, EXIT_FAILED,
					"a table cannot be put in its place: %s", strerror(errno));
			for (size_t j = 0; j < i; j++)
				bpf_map_delete_elem(engine->outer[j], &slot);
			goto out;
		}
		plan->head.bytes += table[i].bytes;
	}
out:
	for (size_t i = 0; i < TABLE_COUNT; i++)
		table_drop(&table[i]);
	return r;
}

int engine_switch(struct engine *engine, const struct policy *policy,
		  const struct engine_context *context, struct engine_switched *out,
		  struct engine_error *err)
{
	const struct compile_context compile = { .now = context->now,
						 .labels = context->labels,
						 .n_labels = context->n_labels };
	struct interdict_state *state = engine->state;
	struct engine_switched switched;
	struct compile_plan plan;
	uint64_t active;
	int r, slot, lock = engine_lock();

	active = __atomic_load_n(&state->active, __ATOMIC_SEQ_CST);
	r = check_serial(engine, active, policy, err);
	if (r)
		goto unlock;
	r = compile_begin(policy, &compile, &plan);
	if (r) {
		engine_fail(err, r, EXIT_FAILED,
			    r == -E2BIG ? "the policy has more than %u identifiers" :
					  "out of memory while compiling the policy",
			    COMPILE_ENTRIES_MAX);
		goto unlock;
	}
	r = slot = slot_find(engine, active, err);
	if (r < 0)
		goto end;
	r = slot_fill(engine, &plan, slot, err);
	if (r)
		goto end;
	/* Generations never come again: what was cached under one must not be taken for another. */
	plan.head.generation = state->generations + 1;
	state->heads[slot] = plan.head;
	__atomic_store_n(&state->generations, plan.head.generation, __ATOMIC_SEQ_CST);
	__atomic_store_n(&state->active, INTERDICT_ACTIVE(plan.head.generation, slot),
			 __ATOMIC_SEQ_CST);
	if (engine->retire_pins) {
		engine_unpin();
		engine->retire_pins = false;
	}
	switched.generation = plan.head.generation;
	switched.orders = plan.head.orders;
	switched.rules = plan.head.entries;
	switched.memory = plan.head.bytes;
	switched.next = plan.next;
	if (out)
		*out = switched;
	if (active && wait_idle(engine, INTERDICT_ACTIVE_SLOT(active), SLOT_WAIT_MS))
		slot_free(engine, INTERDICT_ACTIVE_SLOT(active));
end:
	compile_end(&plan);
unlock:
	if (lock >= 0)
		close(lock);
	return r < 0 ? r : 0;
}
