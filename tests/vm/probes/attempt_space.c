// SPDX-License-Identifier: GPL-2.0-or-later
/* Ways to execute a file inside other roots and namespaces. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "common.h"

extern char **environ;

/* ROOT PATH */
static int try_chroot(char **args)
{
	if (chroot(args[0]) || chdir("/"))
		setup_failed("chroot");
	execve(args[1], args + 1, environ);
	return errno;
}

static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0)
		setup_failed(path);
	write_all(fd, text, strlen(text));
	close(fd);
}

/* A user without any privilege outside, root inside. Nobody owns what he does not map. */
static void enter_user_namespace(int more)
{
	uid_t uid = getuid();
	gid_t gid = getgid();
	char map[64];

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS | more))
		setup_failed("unshare");
	write_text("/proc/self/setgroups", "deny");
	snprintf(map, sizeof(map), "0 %u 1", uid);
	write_text("/proc/self/uid_map", map);
	snprintf(map, sizeof(map), "0 %u 1", gid);
	write_text("/proc/self/gid_map", map);
}

static void become(const char *uid)
{
	if (setgid(atoi(uid)) || setuid(atoi(uid)))
		setup_failed("setuid");
	/* Changing the user took the process's own /proc away from it. */
	prctl(PR_SET_DUMPABLE, 1);
}

/* UID LOWER UPPER WORK MERGED NAME: an overlay mounted by a user in a namespace of his own. */
static int try_user_overlay(char **args)
{
	char options[4096];

	become(args[0]);
	enter_user_namespace(0);
	snprintf(options, sizeof(options), "lowerdir=%s,upperdir=%s,workdir=%s,userxattr", args[1],
		 args[2], args[3]);
	if (mount("overlay", args[4], "overlay", 0, options))
		setup_failed("mount the overlay");
	if (chdir(args[4]))
		setup_failed("chdir");
	execve(args[5], args + 5, environ);
	return errno;
}

/* UID ROOT PATH: mount, process and user namespaces, and a root of its own. */
static int try_container(char **args)
{
	int status;
	pid_t init;

	become(args[0]);
	enter_user_namespace(CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS);
	init = fork();
	if (init < 0)
		setup_failed("fork");
	if (!init) {
		if (mount(args[1], args[1], NULL, MS_BIND | MS_REC, NULL) || chdir(args[1]))
			setup_failed("bind the root");
		if (syscall(SYS_pivot_root, ".", "."))
			setup_failed("pivot_root");
		if (umount2(".", MNT_DETACH) || chdir("/"))
			setup_failed("umount the old root");
		execve(args[2], args + 2, environ);
		_exit(errno);
	}
	waitpid(init, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

const struct technique space_techniques[] = {
	{ "chroot", 2, try_chroot },
	{ "user-overlay", 6, try_user_overlay },
	{ "container", 3, try_container },
	{ NULL, 0, NULL },
};
