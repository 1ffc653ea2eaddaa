// SPDX-License-Identifier: GPL-2.0-or-later
/* Steps between the tries: making banned content, writing over allowed content. Status 0 is done.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/f2fs.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "common.h"

static int create(const char *path)
{
	int fd;

	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0755);
	if (fd < 0)
		setup_failed(path);
	fchmod(fd, 0755);
	return fd;
}

/* VAULT FILE: a new file with the vault's content. */
static int tool_unvault(char **args)
{
	size_t size;
	unsigned char *data = read_vault(args[0], &size);

	write_all(create(args[1]), data, size);
	return 0;
}

/* VAULT FILE: the same, where pages of zeros become holes. */
static int tool_unvault_holes(char **args)
{
	static const unsigned char zeros[4096];
	size_t size, n;
	unsigned char *data = read_vault(args[0], &size);
	int fd = create(args[1]);

	if (ftruncate(fd, size))
		setup_failed("ftruncate");
	for (size_t at = 0; at < size; at += n) {
		n = size - at < sizeof(zeros) ? size - at : sizeof(zeros);
		if (memcmp(data + at, zeros, n) && pwrite(fd, data + at, n, at) != (ssize_t)n)
			setup_failed("pwrite");
	}
	return 0;
}

static void store_mapped(int fd, const void *data, size_t size)
{
	void *base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (base == MAP_FAILED)
		setup_failed("mmap");
	memcpy(base, data, size);
	munmap(base, size);
}

/*
 * HOW VAULT FILE: writes the vault's content over the file's, by write, mmap, truncate or atomic
 * (an atomic write of f2fs).
 */
static int tool_overwrite(char **args)
{
	size_t size;
	unsigned char *data = read_vault(args[1], &size);
	int fd = open(args[2], !strcmp(args[0], "mmap") ? O_RDWR : O_WRONLY);

	if (fd < 0)
		setup_failed(args[2]);
	if (!strcmp(args[0], "mmap")) {
		store_mapped(fd, data, size);
		return 0;
	}
	if (!strcmp(args[0], "truncate") && ftruncate(fd, 0))
		setup_failed("ftruncate");
	if (!strcmp(args[0], "atomic") && ioctl(fd, F2FS_IOC_START_ATOMIC_WRITE))
		setup_failed("F2FS_IOC_START_ATOMIC_WRITE");
	write_all(fd, data, size);
	if (!strcmp(args[0], "atomic") && ioctl(fd, F2FS_IOC_COMMIT_ATOMIC_WRITE))
		setup_failed("F2FS_IOC_COMMIT_ATOMIC_WRITE");
	return 0;
}

/* OLD NEW */
static int tool_copy(char **args)
{
	size_t size;
	unsigned char *data = read_file(args[0], &size);

	write_all(create(args[1]), data, size);
	return 0;
}

static int tool_rename(char **args)
{
	return rename(args[0], args[1]) ? errno : 0;
}

static int tool_link(char **args)
{
	return link(args[0], args[1]) ? errno : 0;
}

static int tool_symlink(char **args)
{
	return symlink(args[0], args[1]) ? errno : 0;
}

/* DIR..., parents first */
static int tool_mkdir(char **args)
{
	for (; *args; args++)
		if (mkdir(*args, 0755) && errno != EEXIST)
			return errno;
	return 0;
}

/* DIR MOUNTPOINT */
static int tool_bind(char **args)
{
	return mount(args[0], args[1], NULL, MS_BIND, NULL) ? errno : 0;
}

static int tool_umount(char **args)
{
	return umount2(args[0], 0) ? errno : 0;
}

/* OCTAL FILE */
static int tool_chmod(char **args)
{
	return chmod(args[1], strtol(args[0], NULL, 8)) ? errno : 0;
}

/* SOURCE FILE SIZE: the file becomes a reflink of the source's first SIZE bytes. */
static int tool_reflink(char **args)
{
	int from = open(args[0], O_RDONLY);
	int to = create(args[1]);

	if (from < 0)
		setup_failed(args[0]);
	if (ioctl(to, FICLONE, from))
		return errno == EOPNOTSUPP || errno == ENOTTY ? ABSENT : errno;
	if (ftruncate(to, atol(args[2])))
		setup_failed("ftruncate");
	return 0;
}

/* FILE: its pages leave memory; a tmpfs file's go to swap. */
static int tool_page_out(char **args)
{
	struct stat st;
	int fd = open(args[0], O_RDONLY);
	void *base;

	if (fd < 0 || fstat(fd, &st))
		setup_failed(args[0]);
	base = mmap(NULL, st.st_size, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
	if (base == MAP_FAILED)
		setup_failed("mmap");
	return madvise(base, st.st_size, MADV_PAGEOUT) ? errno : 0;
}

/* OFFSET BYTE FILE: one byte in place. */
static int tool_poke(char **args)
{
	unsigned char byte = atoi(args[1]);
	int fd = open(args[2], O_WRONLY);

	if (fd < 0)
		setup_failed(args[2]);
	return pwrite(fd, &byte, 1, atol(args[0])) == 1 ? 0 : errno;
}

extern int tool_verity(char **args);
extern int tool_fscrypt(char **args);
extern int tool_malform(char **args);
extern int tool_block(char **args);

const struct technique tool_techniques[] = {
	{ "unvault", 2, tool_unvault },
	{ "unvault-holes", 2, tool_unvault_holes },
	{ "overwrite", 3, tool_overwrite },
	{ "copy", 2, tool_copy },
	{ "rename", 2, tool_rename },
	{ "link", 2, tool_link },
	{ "symlink", 2, tool_symlink },
	{ "mkdir", 1, tool_mkdir },
	{ "bind", 2, tool_bind },
	{ "umount", 1, tool_umount },
	{ "chmod", 2, tool_chmod },
	{ "reflink", 3, tool_reflink },
	{ "page-out", 1, tool_page_out },
	{ "poke", 3, tool_poke },
	{ "verity", 1, tool_verity },
	{ "fscrypt", 1, tool_fscrypt },
	{ "malform", 3, tool_malform },
	{ "block", 1, tool_block },
	{ NULL, 0, NULL },
};
