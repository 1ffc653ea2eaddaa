/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which processes began before something did: what they opened then, nobody judged. */
#ifndef INTERDICT_RUNNING_EARLY_H
#define INTERDICT_RUNNING_EARLY_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "running.h"

/* What fits on a screen; all are counted. */
#define RUNNING_EARLY_MAX 64

struct running_early {
	size_t n; /* processes that are there, and began before; not kernel threads, nor this
		     program's */
	size_t n_listed;
	struct {
		pid_t pid;
		char comm[INTERDICT_COMM_LEN]; /* with NUL */
	} list[RUNNING_EARLY_MAX];	       /* by pid */
};

/*
 * Those that began before @boottime (CLOCK_BOOTTIME in ns; the kernel tells in ticks of 10 ms: of
 * the one that it falls into, all). @proc: "/proc", or in tests another directory. Returns 0 and
 * fills *@ret, or -errno.
 */
int running_early(const char *proc, uint64_t boottime, struct running_early *ret);

#endif
