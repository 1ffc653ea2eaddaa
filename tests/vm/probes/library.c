// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A library. The banned one makes itself heard as soon as it is loaded, by ending the process;
 * the good one has the same name and does nothing.
 */
#include <unistd.h>

int library_answer(void);

int library_answer(void)
{
	return ANSWER;
}

static void __attribute__((constructor)) loaded(void)
{
	if (library_answer() == 42)
		_exit(42);
}
