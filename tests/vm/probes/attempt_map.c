// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ways to get a file's content mapped executable. The content is that of a file which the probe
 * writes itself and then maps through the same descriptor: it never opens anything banned.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/memfd.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "common.h"

#define HUGE_PAGE (2UL << 20)

/* A new file at args[0] with the content of the vault args[1], open for reading and writing. */
static int own_file(char **args, size_t *ret_size)
{
	size_t size;
	unsigned char *data = read_vault(args[1], &size);
	int fd;

	unlink(args[0]);
	fd = open(args[0], O_RDWR | O_CREAT | O_EXCL, 0755);
	if (fd < 0)
		setup_failed(args[0]);
	write_all(fd, data, size);
	free(data);
	*ret_size = size;
	return fd;
}

static int map_and_enter(int fd, size_t size, int prot, int flags)
{
	void *base = mmap(NULL, size, prot, flags, fd, 0);

	return base == MAP_FAILED ? errno : enter_image(base);
}

static int try_map(char **args)
{
	size_t size;
	int fd = own_file(args, &size);

	return map_and_enter(fd, size, PROT_READ | PROT_EXEC, MAP_PRIVATE);
}

/* A descriptor from before: FD. */
static int try_map_inherited(char **args)
{
	struct stat st;

	if (fstat(atoi(args[0]), &st))
		setup_failed("fstat");
	return map_and_enter(atoi(args[0]), st.st_size, PROT_READ | PROT_EXEC, MAP_PRIVATE);
}

/* FILE that may be opened. */
static int try_map_file(char **args)
{
	struct stat st;
	int fd = open(args[0], O_RDONLY);

	if (fd < 0 || fstat(fd, &st))
		return errno;
	return map_and_enter(fd, st.st_size, PROT_READ | PROT_EXEC, MAP_PRIVATE);
}

static int protect_and_enter(int fd, size_t size)
{
	void *base = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);

	if (base == MAP_FAILED)
		setup_failed("mmap");
	if (mprotect(base, size, PROT_READ | PROT_EXEC))
		return errno;
	return enter_image(base);
}

static int try_mprotect(char **args)
{
	size_t size;
	int fd = own_file(args, &size);

	return protect_and_enter(fd, size);
}

/* FILE that may be opened. */
static int try_mprotect_file(char **args)
{
	struct stat st;
	int fd = open(args[0], O_RDONLY);

	if (fd < 0 || fstat(fd, &st))
		return errno;
	return protect_and_enter(fd, st.st_size);
}

static int try_mprotect_inherited(char **args)
{
	struct stat st;

	if (fstat(atoi(args[0]), &st))
		setup_failed("fstat");
	return protect_and_enter(atoi(args[0]), st.st_size);
}

/* Reading implies executing under this personality, and PROT_EXEC is never asked for. */
static int try_personality(char **args)
{
	size_t size;
	int fd = own_file(args, &size);

	if (personality(READ_IMPLIES_EXEC) < 0)
		setup_failed("personality");
	return map_and_enter(fd, size, PROT_READ, MAP_PRIVATE);
}

/* The mapping is made while it is only for reading; remap_file_pages makes it anew. */
static int try_remap(char **args)
{
	size_t size;
	int fd = own_file(args, &size);
	void *base;

	size = (size + 4095) & ~4095UL;
	base = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	if (base == MAP_FAILED)
		setup_failed("mmap");
	if (personality(READ_IMPLIES_EXEC) < 0)
		setup_failed("personality");
	if (syscall(SYS_remap_file_pages, base, size, 0, 0, 0))
		return errno == ENOSYS ? ABSENT : errno;
	return enter_image(base);
}

/* Enters what is mapped at ret, or tells the error that it is. */
static int enter_or_tell(long ret)
{
	if (ret == -ENOSYS)
		return ABSENT;
	return ret < 0 ? -(int)ret : enter_image((void *)ret);
}

/* old_mmap, number 90 of the 32-bit table: its arguments are in memory. */
static int try_int80_mmap(char **args)
{
	unsigned int *low = int80_map(4096, PROT_READ | PROT_WRITE, -1);
	size_t size;
	int fd = own_file(args, &size);

	low[0] = 0;
	low[1] = size;
	low[2] = PROT_READ | PROT_EXEC;
	low[3] = MAP_PRIVATE;
	low[4] = fd;
	low[5] = 0;
	return enter_or_tell(int80(90, (long)low, 0, 0, 0, 0));
}

/* mprotect, number 125 of the 32-bit table. */
static int try_int80_mprotect(char **args)
{
	size_t size;
	int fd = own_file(args, &size);
	void *base = int80_map(size, PROT_READ, fd);
	long ret;

	ret = int80(125, (long)base, size, PROT_READ | PROT_EXEC, 0, 0);
	return enter_or_tell(ret ? ret : (long)base);
}

/* uselib mapped a library at the address that it named. */
static int try_uselib(char **args)
{
#ifdef SYS_uselib
	if (!syscall(SYS_uselib, args[0]))
		return RAN;
	return errno == ENOSYS ? ABSENT : errno;
#else
	(void)args;
	return ABSENT;
#endif
}

/* VAULT: System V shared memory. */
static int try_shm(char **args)
{
	size_t size;
	unsigned char *data = read_vault(args[0], &size);
	int id = shmget(IPC_PRIVATE, size, IPC_CREAT | 0700);
	void *base;

	if (id < 0)
		setup_failed("shmget");
	base = shmat(id, NULL, 0);
	if (base == (void *)-1)
		setup_failed("shmat");
	memcpy(base, data, size);
	shmdt(base);
	base = shmat(id, NULL, SHM_EXEC | SHM_RDONLY);
	shmctl(id, IPC_RMID, NULL);
	return base == (void *)-1 ? errno : enter_image(base);
}

/* VAULT sealed|unsealed|hugetlb exec|mprotect */
static int try_map_memfd(char **args)
{
	int huge = !strcmp(args[1], "hugetlb");
	size_t size, length;
	unsigned char *data = read_vault(args[0], &size);
	int fd = syscall(SYS_memfd_create, "probe", huge ? MFD_HUGETLB : MFD_ALLOW_SEALING);
	void *base;

	if (fd < 0)
		setup_failed("memfd_create");
	length = huge ? (size + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1) : size;
	if (ftruncate(fd, length))
		setup_failed("ftruncate");
	/* hugetlbfs cannot be written to otherwise. */
	base = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (base == MAP_FAILED)
		setup_failed("mmap");
	memcpy(base, data, size);
	munmap(base, length);
	if (!strcmp(args[1], "sealed") &&
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE))
		setup_failed("F_ADD_SEALS");
	if (!strcmp(args[2], "mprotect"))
		return protect_and_enter(fd, length);
	return map_and_enter(fd, length, PROT_READ | PROT_EXEC, MAP_PRIVATE);
}

const struct technique map_techniques[] = {
	{ "map", 2, try_map },
	{ "map-file", 1, try_map_file },
	{ "map-inherited", 1, try_map_inherited },
	{ "mprotect", 2, try_mprotect },
	{ "mprotect-file", 1, try_mprotect_file },
	{ "mprotect-inherited", 1, try_mprotect_inherited },
	{ "personality", 2, try_personality },
	{ "remap", 2, try_remap },
	{ "int80-mmap", 2, try_int80_mmap },
	{ "int80-mprotect", 2, try_int80_mprotect },
	{ "shm", 1, try_shm },
	{ "uselib", 1, try_uselib },
	{ "map-memfd", 3, try_map_memfd },
	{ NULL, 0, NULL },
};
