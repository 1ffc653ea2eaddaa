/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory that is given back all at once: the strings and small arrays of one policy. */
#ifndef INTERDICT_POLICY_ARENA_H
#define INTERDICT_POLICY_ARENA_H

#include <stddef.h>

struct policy_arena;

/* Returns NULL without memory. */
struct policy_arena *policy_arena_new(void);
/* @arena may be NULL. */
void policy_arena_free(struct policy_arena *arena);
/* @size bytes of zeros, aligned for any type, or NULL. Lives as long as the arena. */
void *policy_arena_alloc(struct policy_arena *arena, size_t size);
/* @n elements of @size bytes, or NULL, also where n * size overflows. */
void *policy_arena_array(struct policy_arena *arena, size_t n, size_t size);
/* A copy of @len bytes at @text with a NUL behind, or NULL. */
char *policy_arena_text(struct policy_arena *arena, const char *text, size_t len);

#endif
