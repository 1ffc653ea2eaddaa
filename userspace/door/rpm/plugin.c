// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * RPM's door: a plug-in of librpm (rpm-plugins(8); public since RPM 4.20, rpm/rpmplugin.h). Before
 * a transaction begins, `interdict door rpm` is asked about the package files that it is to
 * install, and where one is refused nothing of the transaction is done. So whoever uses librpm is
 * asked: rpm, dnf, zypper.
 *
 * Which files these are is known to librpm's caller only, who opens them when asked to, as librpm
 * itself has them opened to verify them. What the caller cannot open is its own problem, and comes
 * up when librpm wants it. A test transaction installs nothing, and is not asked about.
 *
 * It runs in the package manager's process: it keeps nothing, and where it fails it says so and
 * lets the transaction go on, as the other doors do. Where the program is gone, there is no door.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rpm/rpmcallback.h>
#include <rpm/rpmio.h>
#include <rpm/rpmlog.h>
#include <rpm/rpmplugin.h>
#include <rpm/rpmte.h>
#include <rpm/rpmts.h>

#ifndef INTERDICT_PROGRAM
#define INTERDICT_PROGRAM "/usr/bin/interdict"
#endif
/* Files that are asked about at a time: their paths are arguments. */
#ifndef FILES_MAX
#define FILES_MAX 256
#endif
/* The program's exit status for a package that is refused. */
#define REFUSED 4

/* Looked up by librpm: the plug-in's name, and _hooks. */
extern struct rpmPluginHooks_s interdict_hooks;

struct batch {
	char *argv[3 + FILES_MAX + 1]; /* the program, "door", "rpm", the files */
	size_t n;
};

static void empty(struct batch *batch)
{
	while (batch->n > 3)
		free(batch->argv[--batch->n]);
	batch->argv[batch->n] = NULL;
}

/* Ask about what is in the batch. Returns 0 or an errno, and sets *@refused. */
static int ask(struct batch *batch, bool *refused)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t none, pipe;
	int status = 0, err;
	pid_t pid;

	if (batch->n == 3)
		return 0;
	/* librpm blocks signals, and ignores one. */
	sigemptyset(&none);
	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &pipe);
	posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	/* What it says is for people: standard output may be read by programs. */
	posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
	err = posix_spawn(&pid, batch->argv[0], &files, &attributes, batch->argv, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&files);
	if (err)
		return err;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return errno;
	*refused |= WIFEXITED(status) && WEXITSTATUS(status) == REFUSED;
	return 0;
}

/* The path of the package file that @te stands for, to be freed; NULL: it cannot be told. */
static char *path_of(rpmts ts, rpmte te)
{
	FD_t fd = rpmtsNotify(ts, te, RPMCALLBACK_INST_OPEN_FILE, 0, 0);
	char link[64], path[PATH_MAX];
	ssize_t len = -1;

	if (!fd)
		return NULL;
	if (Fileno(fd) >= 0) {
		snprintf(link, sizeof(link), "/proc/self/fd/%d", Fileno(fd));
		len = readlink(link, path, sizeof(path) - 1);
	}
	rpmtsNotify(ts, te, RPMCALLBACK_INST_CLOSE_FILE, 0, 0);
	if (len < 0 || path[0] != '/')
		return NULL;
	path[len] = '\0';
	return strdup(path);
}

static int ask_all(rpmts ts, struct batch *batch, bool *refused)
{
	rpmtsi elements = rpmtsiInit(ts);
	rpmte te;
	int err = 0;

	while (!err && (te = rpmtsiNext(elements, TR_ADDED))) {
		char *path = path_of(ts, te);

		if (!path)
			continue;
		batch->argv[batch->n++] = path;
		batch->argv[batch->n] = NULL;
		if (batch->n == 3 + FILES_MAX) {
			err = ask(batch, refused);
			empty(batch);
		}
	}
	rpmtsiFree(elements);
	if (!err)
		err = ask(batch, refused);
	empty(batch);
	return err;
}

static rpmRC tsm_pre(rpmPlugin plugin, rpmts ts)
{
	struct batch batch = { { INTERDICT_PROGRAM, "door", "rpm" }, 3 };
	bool refused = false;
	int err;

	(void)plugin;
	if (rpmtsFlags(ts) & (RPMTRANS_FLAG_TEST | RPMTRANS_FLAG_BUILD_PROBS) ||
	    access(INTERDICT_PROGRAM, X_OK))
		return RPMRC_OK;
	err = ask_all(ts, &batch, &refused);
	if (err)
		rpmlog(RPMLOG_WARNING, "interdict: packages could not be looked at, and pass: %s\n",
		       strerror(err));
	return refused ? RPMRC_FAIL : RPMRC_OK;
}

struct rpmPluginHooks_s interdict_hooks = { .tsm_pre = tsm_pre };
