// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Slots: where generations are. A generation is prepared in one that no decision uses, and its
 * memory is given back once no decision uses it any more.
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

const uint32_t engine_element_size[TABLE_COUNT] = {
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

	table->bytes = ((size_t)elements * engine_element_size[which] + page - 1) / page * page;
	table->fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "interdict_table", sizeof(uint32_t),
				   engine_element_size[which], elements, &opts);
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

static void table_unmap(struct table *table)
{
	if (table->at)
		munmap(table->at, table->bytes);
	table->at = NULL;
}

/* It is filled: nobody writes to it any more, ourselves included. */
static int table_freeze(struct table *table, struct engine_error *err)
{
	table_unmap(table);
	if (bpf_map_freeze(table->fd))
		return engine_fail(err, -errno, EXIT_FAILED, "a table cannot be frozen: %s",
				   strerror(errno));
	return 0;
}

static void table_drop(struct table *table)
{
	table_unmap(table);
	if (table->fd >= 0)
		close(table->fd);
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
static void empty(struct engine *engine, uint32_t slot)
{
	engine->state->heads[slot].bytes = 0;
	if (!slot_used(engine, slot))
		return;
	if (engine->control >= 0)
		module_quiesce(engine->control);
	for (size_t i = 0; i < TABLE_COUNT; i++)
		bpf_map_delete_elem(engine->outer[i], &slot);
}

void slot_free(struct engine *engine, uint32_t slot)
{
	const struct timespec poll = { .tv_nsec = SLOT_POLL_MS * 1000000L };
	uint64_t end = now_ms() + SLOT_WAIT_MS;

	while (inflight(engine, slot)) {
		if (now_ms() >= end)
			return;
		nanosleep(&poll, NULL);
	}
	empty(engine, slot);
}

/* Whether a decision may begin to use it, now or when a tick comes. */
static bool slot_is_taken(const struct engine *engine, uint32_t slot)
{
	uint64_t active = __atomic_load_n(&engine->state->active, __ATOMIC_SEQ_CST);
	uint64_t to = __atomic_load_n(&engine->state->following.to, __ATOMIC_SEQ_CST);

	return (active && slot == INTERDICT_ACTIVE_SLOT(active)) ||
	       (to && slot == INTERDICT_ACTIVE_SLOT(to));
}

int slot_find(struct engine *engine, struct engine_error *err)
{
	const struct timespec poll = { .tv_nsec = SLOT_POLL_MS * 1000000L };
	uint64_t end = now_ms() + SLOT_WAIT_MS;

	for (;;) {
		for (uint32_t slot = 0; slot < INTERDICT_SLOTS; slot++) {
			if (slot_is_taken(engine, slot) || inflight(engine, slot))
				continue;
			empty(engine, slot);
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

int slot_fill(struct engine *engine, struct compile_plan *plan, uint32_t slot,
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
	for (size_t i = 0; i < TABLE_COUNT && !r; i++)
		r = table_freeze(&table[i], err);
	if (r)
		goto out;
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
	/* Generations never come again: what was cached under one must not be taken for another. */
	plan->head.generation = engine->state->generations + 1;
	engine->state->heads[slot] = plan->head;
	__atomic_store_n(&engine->state->generations, plan->head.generation, __ATOMIC_SEQ_CST);
out:
	for (size_t i = 0; i < TABLE_COUNT; i++)
		table_drop(&table[i]);
	return r;
}
