// SPDX-License-Identifier: GPL-2.0-or-later
/* Ways to execute a file. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/memfd.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "common.h"

#ifndef AT_EXECVE_CHECK
#define AT_EXECVE_CHECK 0x10000 /* include/uapi/linux/fcntl.h, 6.14 */
#endif

extern char **environ;

static int open_path(const char *path)
{
	int fd = open(path, O_PATH);

	if (fd < 0)
		setup_failed(path);
	return fd;
}

static int try_execve(char **args)
{
	execve(args[0], args, environ);
	return errno;
}

/* A command that reports success by status 0. */
static int try_succeeds(char **args)
{
	int status;
	pid_t child = fork();

	if (child < 0)
		setup_failed("fork");
	if (!child) {
		execvp(args[0], args);
		_exit(SETUP);
	}
	waitpid(child, &status, 0);
	if (!WIFEXITED(status))
		return 128 + WTERMSIG(status);
	return WEXITSTATUS(status) ? WEXITSTATUS(status) : RAN;
}

/* A command that leaves with the status of what it ran. */
static int try_command(char **args)
{
	int status;
	pid_t child = fork();

	if (child < 0)
		setup_failed("fork");
	if (!child) {
		execvp(args[0], args);
		_exit(errno == EPERM ? EPERM : SETUP);
	}
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int execveat_fd(int fd, char **args, int flags)
{
	if (!syscall(SYS_execveat, fd, "", args, environ, AT_EMPTY_PATH | flags))
		return RAN;
	return errno;
}

static int try_execveat(char **args)
{
	return execveat_fd(open_path(args[0]), args, 0);
}

static int try_execveat_inherited(char **args)
{
	return execveat_fd(atoi(args[0]), args, 0);
}

static int try_fexecve(char **args)
{
	fexecve(open_path(args[0]), args, environ);
	return errno;
}

static int try_proc_self_fd(char **args)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", open_path(args[0]));
	execve(path, args, environ);
	return errno;
}

/* PATH is absolute. */
static int try_proc_root(char **args)
{
	char path[4200];
	pid_t other = fork();

	if (other < 0)
		setup_failed("fork");
	if (!other) {
		pause();
		_exit(0);
	}
	snprintf(path, sizeof(path), "/proc/%d/root%s", other, args[0]);
	/* The other process has to outlive the exec, and to go with it. */
	if (!fork()) {
		sleep(2);
		kill(other, SIGKILL);
		_exit(0);
	}
	execve(path, args, environ);
	return errno;
}

static int try_exec_check(char **args)
{
	int status = execveat_fd(open_path(args[0]), args, AT_EXECVE_CHECK);

	return status == EINVAL ? ABSENT : status;
}

/* The 32-bit system call table, number 11. */
static int try_int80_execve(char **args)
{
	char *low = int80_map(8192, PROT_READ | PROT_WRITE, -1);
	unsigned int *vector;
	long ret;

	snprintf(low, 4096, "%s", args[0]);
	vector = (unsigned int *)(low + 4096);
	vector[0] = (unsigned int)(unsigned long)low;
	vector[1] = 0;
	ret = int80(11, (long)low, (long)vector, (long)(vector + 1), 0, 0);
	return ret == -ENOSYS ? ABSENT : -(int)ret;
}

/* VAULT sealed|unsealed */
static int try_memfd(char **args)
{
	size_t size;
	unsigned char *data = read_vault(args[0], &size);
	int fd = syscall(SYS_memfd_create, "probe", MFD_ALLOW_SEALING);

	if (fd < 0)
		setup_failed("memfd_create");
	write_all(fd, data, size);
	if (!strcmp(args[1], "sealed") &&
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE))
		setup_failed("F_ADD_SEALS");
	return execveat_fd(fd, args, 0);
}

/* DIR VAULT NAME: an unnamed file, given the name NAME in DIR when it is complete. */
static int try_tmpfile(char **args)
{
	size_t size;
	unsigned char *data = read_vault(args[1], &size);
	char path[64];
	int fd = open(args[0], O_TMPFILE | O_WRONLY, 0755);

	if (fd < 0)
		setup_failed("O_TMPFILE");
	write_all(fd, data, size);
	unlink(args[2]);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (linkat(AT_FDCWD, path, AT_FDCWD, args[2], AT_SYMLINK_FOLLOW))
		setup_failed("linkat");
	close(fd);
	execve(args[2], args, environ);
	return errno;
}

/* INTERPRETER SCRIPT VAULT: the interpreter reads the script from its standard input, a pipe. */
static int try_pipe(char **args)
{
	size_t size;
	unsigned char *data = read_vault(args[1], &size);
	int ends[2];

	if (pipe(ends))
		setup_failed("pipe");
	/* Scripts are smaller than a pipe. */
	write_all(ends[1], data, size);
	close(ends[1]);
	dup2(ends[0], 0);
	args[1] = NULL;
	execve(args[0], args, environ);
	return errno;
}

const struct technique exec_techniques[] = {
	{ "exec", 1, try_execve },
	{ "succeeds", 1, try_succeeds },
	{ "command", 1, try_command },
	{ "execveat", 1, try_execveat },
	{ "execveat-inherited", 1, try_execveat_inherited },
	{ "fexecve", 1, try_fexecve },
	{ "proc-self-fd", 1, try_proc_self_fd },
	{ "proc-root", 1, try_proc_root },
	{ "exec-check", 1, try_exec_check },
	{ "int80-execve", 1, try_int80_execve },
	{ "memfd", 2, try_memfd },
	{ "tmpfile", 3, try_tmpfile },
	{ "pipe", 2, try_pipe },
	{ NULL, 0, NULL },
};
