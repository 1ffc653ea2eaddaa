// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ways that cannot be stopped: content that changes after it was judged, while it is in use. Tried
 * so that what the manual says about them stays true.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/memfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "common.h"

extern char **environ;

/* Maps the allowed content executable, then writes the banned content through another way, and
 * runs it. writer: a descriptor of the same file. */
static int rewrite_and_enter(int fd, int writer, char **vaults)
{
	size_t size;
	unsigned char *allowed = read_vault(vaults[0], &size);
	unsigned char *banned = read_vault(vaults[1], &size);
	void *base, *store;

	write_all(writer, allowed, size);
	base = mmap(NULL, size, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
	if (base == MAP_FAILED)
		return errno;
	store = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, writer, 0);
	if (store == MAP_FAILED)
		setup_failed("mmap for writing");
	memcpy(store, banned, size);
	return enter_image(base);
}

/* ALLOWED-VAULT BANNED-VAULT */
static int say_memfd(char **args)
{
	int fd = syscall(SYS_memfd_create, "probe", MFD_ALLOW_SEALING);

	if (fd < 0)
		setup_failed("memfd_create");
	return rewrite_and_enter(fd, fd, args);
}

/* ALLOWED-VAULT BANNED-VAULT FILE */
static int say_library(char **args)
{
	int writer, fd;

	unlink(args[2]);
	writer = open(args[2], O_RDWR | O_CREAT | O_EXCL, 0755);
	fd = open(args[2], O_RDONLY);
	if (fd < 0 || writer < 0)
		setup_failed(args[2]);
	return rewrite_and_enter(fd, writer, args);
}

/* SCRIPT BANNED-VAULT: the script's interpreter is "reader", which makes the file "opened" when it
 * has the script open, and waits for the file "go" before it reads. */
static int say_script(char **args)
{
	size_t size;
	unsigned char *data = read_vault(args[1], &size);
	int fd, status;
	pid_t child;

	unlink("opened");
	unlink("go");
	child = fork();
	if (child < 0)
		setup_failed("fork");
	if (!child) {
		execve(args[0], args, environ);
		_exit(errno);
	}
	while (access("opened", F_OK)) {
		if (waitpid(child, &status, WNOHANG) == child)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		usleep(10000);
	}
	fd = open(args[0], O_WRONLY);
	if (fd < 0)
		setup_failed(args[0]);
	write_all(fd, data, size);
	close(fd);
	if (open("go", O_WRONLY | O_CREAT, 0644) < 0)
		setup_failed("go");
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

const struct technique say_techniques[] = {
	{ "rewrite-memfd", 2, say_memfd },
	{ "rewrite-library", 3, say_library },
	{ "rewrite-script", 2, say_script },
	{ NULL, 0, NULL },
};
