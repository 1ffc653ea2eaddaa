// SPDX-License-Identifier: GPL-2.0-or-later
/* A program that is banned while it runs: it waits until it is ended. No library. */
#include <sys/syscall.h>

void _start(void);

void __attribute__((noreturn)) _start(void)
{
	long result;

	for (;;)
		__asm__ volatile("syscall"
				 : "=a"(result)
				 : "a"(SYS_pause)
				 : "rcx", "r11", "memory");
}
