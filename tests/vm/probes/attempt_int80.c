// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include <sys/mman.h>

#include "common.h"

#if defined(__x86_64__)
#define LOW MAP_32BIT

long int80(long number, long a, long b, long c, long d, long e)
{
	long ret;

	__asm__ volatile("int $0x80"
			 : "=a"(ret)
			 : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
			 : "memory", "r8", "r9", "r10", "r11");
	return (int)ret < 0 && (int)ret > -4096 ? (int)ret : (long)(unsigned int)ret;
}
#else
#define LOW 0

long int80(long number, long a, long b, long c, long d, long e)
{
	(void)number, (void)a, (void)b, (void)c, (void)d, (void)e;
	return -ENOSYS;
}
#endif

void *int80_map(size_t size, int prot, int fd)
{
	int flags = MAP_PRIVATE | LOW | (fd < 0 ? MAP_ANONYMOUS : 0);
	void *low = mmap(NULL, size, prot, flags, fd, 0);

	if (low == MAP_FAILED)
		setup_failed("mmap");
	return low;
}
