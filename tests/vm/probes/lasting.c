// SPDX-License-Identifier: GPL-2.0-or-later
/* A program that is banned while it runs: it waits until it is ended. No library. */
#include <sys/syscall.h>

#include "bare.h"

void _start(void);

void __attribute__((noreturn)) _start(void)
{
	/* Of no descriptor, for ever. */
	for (;;)
		bare_call(SYS_ppoll, 0);
}
