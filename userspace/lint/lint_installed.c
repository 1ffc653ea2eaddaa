// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "subject/claims_fd.h"
#include "lint_installed.h"

/* Modules are six directories deep; what is deeper is somebody's loop of bind mounts. */
#define DEPTH_MAX 16

struct place {
	const char *path;   /* with %s: the running kernel's release */
	const char *prefix; /* of names, or NULL */
	const char *suffix; /* of names, in any case, or NULL */
	bool deep;	    /* directories in it, too */
	bool ima;	    /* security.ima only */
};

/* Few and big first, so that a cold disk's time goes to what the device boots from. */
static const struct place places[] = {
	{ "/boot", "vmlinuz-", NULL, false, false },
	{ "/boot/efi", NULL, ".efi", true, false },
	{ "/usr/lib/shim", NULL, NULL, true, false },
	{ "/usr/lib/grub", NULL, ".signed", true, false },
	{ "/lib/modules/%s", NULL, ".ko", true, false },
	{ "/usr/bin", NULL, NULL, false, true },
	{ "/usr/sbin", NULL, NULL, false, true },
};

struct walk {
	const char *root;
	void (*meet)(void *context, const char *path, const struct interdict_claims *claims);
	void *context;
	char *cut;
	size_t cut_size;
	struct timespec end;
};

static bool is_late(const struct timespec *end)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec > end->tv_sec ||
	       (now.tv_sec == end->tv_sec && now.tv_nsec >= end->tv_nsec);
}

static bool is_named(const struct place *place, const FTSENT *file)
{
	size_t suffix = place->suffix ? strlen(place->suffix) : 0;

	if (place->prefix && strncmp(file->fts_name, place->prefix, strlen(place->prefix)) != 0)
		return false;
	return !suffix || (file->fts_namelen >= suffix &&
			   !strcasecmp(file->fts_name + file->fts_namelen - suffix, place->suffix));
}

/* Another may have been put in the place of what was seen: only regular files are read. */
static int look(const struct walk *walk, const struct place *place, const char *path)
{
	struct interdict_claims claims;
	struct stat st;
	int ret = 0;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return 0;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode)) {
		ret = place->ima ? claims_fd_ima(fd, &claims) :
				   claims_fd(fd, (__u64)st.st_size, INTERDICT_ID_CLAIMS, &claims);
		if (!ret && claims.count)
			walk->meet(walk->context, path + strlen(walk->root), &claims);
	}
	close(fd);
	return ret == -ENOMEM ? ret : 0;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static int look_in(const struct walk *walk, const struct place *place, const char *path)
{
	char *roots[] = { (char *)path, NULL };
	FTSENT *file;
	int ret = 0;
	FTS *fts;

	/* /lib may be a link to /usr/lib: the place itself is followed, what is in it is not. */
	fts = fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, by_name);
	if (!fts)
		return errno == ENOMEM ? -ENOMEM : 0;
	while (!ret && (file = fts_read(fts))) {
		if (file->fts_info == FTS_D && file->fts_level >= (place->deep ? DEPTH_MAX : 1))
			fts_set(fts, file, FTS_SKIP);
		if (file->fts_info != FTS_F || !is_named(place, file))
			continue;
		if (is_late(&walk->end)) {
			snprintf(walk->cut, walk->cut_size, "%s",
				 file->fts_path + strlen(walk->root));
			break;
		}
		ret = look(walk, place, file->fts_path);
	}
	fts_close(fts);
	return ret;
}

int lint_installed(const char *root, unsigned int seconds,
		   void (*meet)(void *context, const char *path,
				const struct interdict_claims *claims),
		   void *context, char *cut, size_t cut_size)
{
	struct walk walk = { root, meet, context, cut, cut_size, { 0 } };
	struct utsname kernel;
	char path[PATH_MAX];
	int ret = 0;
	size_t i;

	cut[0] = '\0';
	clock_gettime(CLOCK_MONOTONIC, &walk.end);
	walk.end.tv_sec += seconds;
	if (uname(&kernel))
		kernel.release[0] = '\0';
	for (i = 0; !ret && !cut[0] && i < sizeof(places) / sizeof(places[0]); i++) {
		const char *in = places[i].path;
		const char *release = strstr(in, "%s");

		if (snprintf(path, sizeof(path), "%s%.*s%s", root,
			     release ? (int)(release - in) : (int)strlen(in), in,
			     release ? kernel.release : "") < (int)sizeof(path))
			ret = look_in(&walk, &places[i], path);
	}
	return ret;
}
