// SPDX-License-Identifier: GPL-2.0-or-later
/* Ways to load a kernel module. What was loaded is unloaded. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "common.h"

static int loaded(const char *name)
{
	return syscall(SYS_delete_module, name, O_NONBLOCK) ? SETUP : RAN;
}

/* FILE FLAGS NAME */
static int try_finit_module(char **args)
{
	int fd = open(args[0], O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		setup_failed(args[0]);
	if (syscall(SYS_finit_module, fd, "", atoi(args[1])))
		return errno;
	return loaded(args[2]);
}

/* FILE NAME */
static int try_init_module(char **args)
{
	size_t size;
	unsigned char *image = read_file(args[0], &size);

	if (syscall(SYS_init_module, image, size, ""))
		return errno;
	return loaded(args[1]);
}

const struct technique module_techniques[] = {
	{ "finit-module", 3, try_finit_module },
	{ "init-module", 2, try_init_module },
	{ NULL, 0, NULL },
};
