/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A system call without a library. */
#ifndef PROBES_BARE_H
#define PROBES_BARE_H

/* The call @number with @first, and zeros behind it. What it returns is nobody's business. */
static inline void bare_call(long number, long first)
{
#if defined(__x86_64__)
	register long fourth __asm__("r10") = 0;

	__asm__ volatile("syscall"
			 : "+a"(number)
			 : "D"(first), "S"(0L), "d"(0L), "r"(fourth)
			 : "rcx", "r11", "memory");
#elif defined(__aarch64__)
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = first;
	register long x1 __asm__("x1") = 0;
	register long x2 __asm__("x2") = 0;
	register long x3 __asm__("x3") = 0;

	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
#else
#error "how this machine makes a system call is not known"
#endif
}

#endif
