// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "door.h"

/* Processes between the hook and dpkg: the shell that dpkg runs it by, and one more. */
#define ABOVE_MAX 4
/* Bytes of the arguments of a process: as many as the kernel lets it have. */
#define ARGUMENTS_MAX (6U << 20)

struct dpkg {
	char *arguments; /* each ended by a NUL */
	size_t len;
	int cwd; /* its working directory */
};

static int parent_of(const char *proc, int pid)
{
	char path[64], line[256];
	int parent = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%d/status", proc, pid);
	f = fopen(path, "re");
	if (!f)
		return -errno;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "PPid: %d", &parent) == 1)
			break;
	fclose(f);
	return parent > 0 ? parent : -ESRCH;
}

/* By the name of its program's file: /usr/bin/dpkg, in whatever root. */
static bool is_dpkg(const char *proc, int pid)
{
	char path[64], exe[PATH_MAX];
	const char *base;
	ssize_t n;

	snprintf(path, sizeof(path), "%s/%d/exe", proc, pid);
	n = readlink(path, exe, sizeof(exe) - 1);
	if (n <= 0)
		return false;
	exe[n] = '\0';
	base = strrchr(exe, '/');
	base = base ? base + 1 : exe;
	/* The one that runs may be replaced by an upgrade of itself. */
	return !strcmp(base, "dpkg") || !strcmp(base, "dpkg (deleted)");
}

/* Files in /proc have no size. */
static int read_arguments(const char *path, char **ret, size_t *ret_len)
{
	FILE *f = fopen(path, "re");
	size_t len = 0, size = 65536, n;
	char *buf = f ? malloc(size) : NULL;
	int err = !f ? -errno : !buf ? -ENOMEM : 0;

	/* Room for a NUL stays. */
	while (!err && (n = fread(buf + len, 1, size - len - 1, f)) > 0) {
		char *more;

		len += n;
		if (len + 1 < size)
			continue;
		more = len > ARGUMENTS_MAX ? NULL : realloc(buf, size * 2);
		if (more) {
			buf = more;
			size *= 2;
		} else {
			err = len > ARGUMENTS_MAX ? -E2BIG : -ENOMEM;
		}
	}
	if (f)
		fclose(f);
	if (err) {
		free(buf);
		return err;
	}
	buf[len] = '\0';
	*ret = buf;
	*ret_len = len;
	return 0;
}

static int open_dpkg(const char *proc, int pid, struct dpkg *dpkg)
{
	char path[64];
	int err;

	snprintf(path, sizeof(path), "%s/%d/cwd", proc, pid);
	dpkg->cwd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dpkg->cwd < 0)
		return -errno;
	snprintf(path, sizeof(path), "%s/%d/cmdline", proc, pid);
	err = read_arguments(path, &dpkg->arguments, &dpkg->len);
	if (err)
		close(dpkg->cwd);
	return err;
}

static int find_dpkg(const char *proc, int pid, struct dpkg *dpkg)
{
	for (int i = 0; i < ABOVE_MAX; i++) {
		pid = parent_of(proc, pid);
		if (pid < 0)
			return -ESRCH;
		if (is_dpkg(proc, pid))
			return open_dpkg(proc, pid, dpkg);
	}
	return -ESRCH;
}

/* ---- its arguments ---- */

static bool is_recursive(const struct dpkg *dpkg)
{
	const char *end = dpkg->arguments + dpkg->len;

	for (const char *word = dpkg->arguments; word < end; word += strlen(word) + 1) {
		if (!strcmp(word, "--"))
			return false;
		if (!strcmp(word, "--recursive") ||
		    (word[0] == '-' && word[1] != '-' && strchr(word, 'R')))
			return true;
	}
	return false;
}

/* Options whose value is the next argument: it is a directory, and no package's. */
static bool takes_directory(const char *word)
{
	return !strcmp(word, "--root") || !strcmp(word, "--instdir") || !strcmp(word, "--admindir");
}

/* As dpkg itself does it: files named *.deb, links to files and directories followed. */
static int give_below(const struct dpkg *dpkg, const char *word, door_file_fn fn, void *context)
{
	char *path, *roots[2] = { NULL };
	FTSENT *entry;
	FTS *fts;
	int err = 0;

	if (*word == '/' ? !(path = strdup(word)) :
			   asprintf(&path, "/proc/self/fd/%d/%s", dpkg->cwd, word) < 0)
		return -ENOMEM;
	roots[0] = path;
	fts = fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, NULL);
	if (!fts)
		err = -errno;
	while (fts && !err && (entry = fts_read(fts)))
		if (entry->fts_info == FTS_F && entry->fts_level > 0 && entry->fts_namelen > 4 &&
		    !strcmp(entry->fts_name + entry->fts_namelen - 4, ".deb"))
			err = fn(context, AT_FDCWD, entry->fts_path);
	if (fts)
		fts_close(fts);
	free(path);
	return err;
}

static int give_arguments(const struct dpkg *dpkg, door_file_fn fn, void *context)
{
	const char *end = dpkg->arguments + dpkg->len, *before = "";
	bool recursive = is_recursive(dpkg);
	int err = 0;

	/* Values of options are given as well: what is no package file passes. */
	for (const char *word = dpkg->arguments; word < end && !err; word += strlen(word) + 1) {
		if (word != dpkg->arguments && *word && *word != '-') {
			err = fn(context, dpkg->cwd, word);
			if (!err && recursive && !takes_directory(before))
				err = give_below(dpkg, word, fn, context);
		}
		before = word;
	}
	return err;
}

int door_dpkg(const char *proc, int pid, door_file_fn fn, void *context)
{
	struct dpkg dpkg = { .cwd = -1 };
	int err = find_dpkg(proc, pid, &dpkg);

	if (err)
		return err;
	err = give_arguments(&dpkg, fn, context);
	free(dpkg.arguments);
	close(dpkg.cwd);
	return err;
}
