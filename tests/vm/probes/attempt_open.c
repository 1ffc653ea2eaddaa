// SPDX-License-Identifier: GPL-2.0-or-later
/* Ways to open a file for reading. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <libgen.h>
#include <linux/openat2.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "common.h"
#include "ring.h"

static int read_from(int fd)
{
	char byte;

	if (fd < 0)
		return errno;
	return read(fd, &byte, 1) == 1 ? RAN : errno;
}

static int try_open(char **args)
{
	return read_from(open(args[0], O_RDONLY));
}

static int try_open_rdwr(char **args)
{
	return read_from(open(args[0], O_RDWR));
}

static int try_openat2(char **args)
{
	struct open_how how = { .flags = O_RDONLY };

	return read_from(syscall(SYS_openat2, AT_FDCWD, args[0], &how, sizeof(how)));
}

/* The descriptor of a path opened again for reading. */
static int try_reopen(char **args)
{
	char path[64];
	int fd = open(args[0], O_PATH);

	if (fd < 0)
		setup_failed("O_PATH");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return read_from(open(path, O_RDONLY));
}

static int try_read_inherited(char **args)
{
	return read_from(atoi(args[0]));
}

/* A descriptor from before, of which the file is mapped; then what /proc knows of the mapping. */
static int try_map_files(char **args)
{
	void *base = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, atoi(args[0]), 0);
	char path[64];

	if (base == MAP_FAILED)
		setup_failed("mmap");
	snprintf(path, sizeof(path), "/proc/self/map_files/%lx-%lx", (unsigned long)base,
		 (unsigned long)base + 4096);
	return read_from(open(path, O_RDONLY));
}

static int try_handle(char **args)
{
	struct {
		struct file_handle handle;
		unsigned char bytes[MAX_HANDLE_SZ];
	} h = { .handle.handle_bytes = MAX_HANDLE_SZ };
	char *copy = strdup(args[0]);
	int mount_id, dir;

	if (name_to_handle_at(AT_FDCWD, args[0], &h.handle, &mount_id, 0))
		return errno == EOPNOTSUPP ? ABSENT : (setup_failed("name_to_handle_at"), SETUP);
	dir = open(dirname(copy), O_RDONLY | O_DIRECTORY);
	if (dir < 0)
		setup_failed("open the directory");
	return read_from(open_by_handle_at(dir, &h.handle, O_RDONLY));
}

static int try_int80_open(char **args)
{
	char *low = int80_map(4096, PROT_READ | PROT_WRITE, -1);
	long ret;

	snprintf(low, 4096, "%s", args[0]);
	ret = int80(5, (long)low, O_RDONLY, 0, 0, 0);
	if (ret == -ENOSYS)
		return ABSENT;
	return ret < 0 ? -(int)ret : read_from((int)ret);
}

/* FILE, and "async" for a worker thread of the ring. */
static int try_uring(char **args)
{
	struct io_uring_sqe sqe = {
		.opcode = IORING_OP_OPENAT,
		.fd = AT_FDCWD,
		.addr = (unsigned long)args[0],
		.open_flags = O_RDONLY,
		.flags = args[1] ? IOSQE_ASYNC : 0,
	};
	struct io_uring_sqe read_sqe = { .opcode = IORING_OP_READ, .len = 1 };
	struct ring ring;
	char byte;
	int res;

	ring_setup(&ring);
	res = ring_do(&ring, &sqe);
	if (res < 0)
		return -res;
	read_sqe.fd = res;
	read_sqe.addr = (unsigned long)&byte;
	res = ring_do(&ring, &read_sqe);
	return res == 1 ? RAN : -res;
}

const struct technique open_techniques[] = {
	{ "open", 1, try_open },
	{ "open-rdwr", 1, try_open_rdwr },
	{ "openat2", 1, try_openat2 },
	{ "reopen", 1, try_reopen },
	{ "read-inherited", 1, try_read_inherited },
	{ "map-files", 1, try_map_files },
	{ "handle", 1, try_handle },
	{ "int80-open", 1, try_int80_open },
	{ "uring", 1, try_uring },
	{ NULL, 0, NULL },
};
