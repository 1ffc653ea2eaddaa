// SPDX-License-Identifier: GPL-2.0-or-later
/* Blocks in a chain; an allocation takes the next bytes of the newest one. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy_arena.h"

/* Large enough that a policy of a few orders is one block. */
#define BLOCK_BYTES 65536U

struct block {
	struct block *next;
	size_t used;
	size_t size;
	_Alignas(max_align_t) unsigned char bytes[];
};

struct policy_arena {
	struct block *newest;
};

struct policy_arena *policy_arena_new(void)
{
	return calloc(1, sizeof(struct policy_arena));
}

void policy_arena_free(struct policy_arena *arena)
{
	if (!arena)
		return;
	while (arena->newest) {
		struct block *next = arena->newest->next;

		free(arena->newest);
		arena->newest = next;
	}
	free(arena);
}

void *policy_arena_alloc(struct policy_arena *arena, size_t size)
{
	const size_t align = _Alignof(max_align_t);
	struct block *block = arena->newest;
	void *p;

	if (size > SIZE_MAX / 2)
		return NULL;
	size = (size + align - 1) / align * align;
	if (!block || block->size - block->used < size) {
		size_t room = size > BLOCK_BYTES ? size : BLOCK_BYTES;

		block = calloc(1, sizeof(*block) + room);
		if (!block)
			return NULL;
		block->size = room;
		block->next = arena->newest;
		arena->newest = block;
	}
	p = block->bytes + block->used;
	block->used += size;
	return p;
}

void *policy_arena_array(struct policy_arena *arena, size_t n, size_t size)
{
	if (size && n > SIZE_MAX / size)
		return NULL;
	return policy_arena_alloc(arena, n * size);
}

char *policy_arena_text(struct policy_arena *arena, const char *text, size_t len)
{
	char *copy = policy_arena_alloc(arena, len + 1);

	if (copy)
		memcpy(copy, text, len);
	return copy;
}
