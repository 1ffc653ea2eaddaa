// SPDX-License-Identifier: GPL-2.0-or-later
#include "scan_process.h"

#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/resource.h>

#include "scan.h"

_Atomic bool scan_stop;

static void on_signal(int number)
{
	(void)number;
	atomic_store_explicit(&scan_stop, true, memory_order_relaxed);
}

void scan_catch_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESETHAND };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

unsigned int scan_processors(void)
{
	cpu_set_t set;
	unsigned int n = 1;

	if (!sched_getaffinity(0, sizeof(set), &set))
		n = (unsigned int)CPU_COUNT(&set);
	return n < SCAN_THREADS_MAX ? n : SCAN_THREADS_MAX;
}

void scan_raise_limit(void)
{
	struct rlimit limit;

	if (!getrlimit(RLIMIT_NOFILE, &limit)) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}
