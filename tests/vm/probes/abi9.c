// SPDX-License-Identifier: GPL-2.0-or-later
/* LD_PRELOAD: the module's facts say ABI 9, which no program speaks. */
#include <dlfcn.h>
#include <stdarg.h>

#include "kmod/abi.h"

int ioctl(int fd, unsigned long request, ...);

int ioctl(int fd, unsigned long request, ...)
{
	int (*next)(int, unsigned long, void *) =
		(int (*)(int, unsigned long, void *))dlsym(RTLD_NEXT, "ioctl");
	va_list args;
	void *arg;
	int ret;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	ret = next(fd, request, arg);
	if (!ret && request == INTERDICT_IOC_FACTS)
		((struct interdict_facts *)arg)->abi = 9;
	return ret;
}
