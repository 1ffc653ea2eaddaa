// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The program that is banned, and its allowed twin: both leave with the status that one byte of
 * their content names, and differ in nothing else. No library, no relocation: the image runs where
 * it is mapped, started as a program, as an interpreter, through the loader, or by a jump.
 *
 * The byte lies behind some pages of padding, so that it comes in by a page fault of its own.
 */
#include <sys/syscall.h>

#include "bare.h"

struct content {
	unsigned char padding[6 * 4096];
	unsigned char answer;
};

/* Not zero: what is zero would be a hole in copies that keep holes. */
static const struct content content = {
	.padding = { [0 ... 6 * 4096 - 1] = PADDING },
	.answer = ANSWER,
};

void _start(void);

void __attribute__((noreturn)) _start(void)
{
	long status = *(const volatile unsigned char *)&content.answer;

	for (;;)
		bare_call(SYS_exit_group, status);
}
