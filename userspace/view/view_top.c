// SPDX-License-Identifier: GPL-2.0-or-later
#include "view_top.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* FNV-1a; only so that most names are not compared. */
static uint32_t hash_of(const char *name)
{
	uint32_t hash = 2166136261U;

	while (*name)
		hash = (hash ^ (unsigned char)*name++) * 16777619U;
	return hash;
}

/* The name at @at has a higher count: up to its place. */
static void rise(struct view_top *top, size_t at)
{
	struct view_top_name name = top->names[at];

	for (; at && top->names[at - 1].count < name.count; at--)
		top->names[at] = top->names[at - 1];
	top->names[at] = name;
}

int view_top_add(struct view_top *top, const char *name, uint64_t times)
{
	uint32_t hash = hash_of(name);
	char *copy;
	size_t at;

	for (at = 0; at < top->n; at++)
		if (top->names[at].hash == hash && !strcmp(top->names[at].name, name))
			break;
	if (at == top->n) {
		copy = strdup(name);
		if (!copy)
			return -ENOMEM;
		if (top->n == VIEW_TOP_NAMES) {
			at--;
			free(top->names[at].name);
			top->names[at].over = top->names[at].count;
		} else {
			top->names[at] = (struct view_top_name){ 0 };
			top->n++;
		}
		top->names[at].name = copy;
		top->names[at].hash = hash;
	}
	top->names[at].count += times;
	rise(top, at);
	return 0;
}

void view_top_free(struct view_top *top)
{
	for (size_t i = 0; i < top->n; i++)
		free(top->names[i].name);
	top->n = 0;
}
