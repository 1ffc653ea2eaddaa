/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A directory for one test: made, filled by relative paths, removed. */
#ifndef INTERDICT_TEST_TEMPDIR_H
#define INTERDICT_TEST_TEMPDIR_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char tempdir[64];

static inline int tempdir_setup(void **state)
{
	(void)state;
	strcpy(tempdir, "/var/tmp/interdict-test-XXXXXX");
	return mkdtemp(tempdir) ? chmod(tempdir, 0755) : -1;
}

static inline int tempdir_remove(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline int tempdir_teardown(void **state)
{
	(void)state;
	return nftw(tempdir, tempdir_remove, 16, FTW_DEPTH | FTW_PHYS);
}

/* The path below the directory; of the last four calls. */
static inline const char *tempdir_path(const char *path)
{
	static char buf[4][2048];
	static unsigned int i;

	i = (i + 1) % 4;
	snprintf(buf[i], sizeof(buf[i]), "%s/%s", tempdir, path);
	return buf[i];
}

/* Write @text to @path, making its directories. */
static inline void tempdir_write(const char *path, const char *text)
{
	char full[2048];
	char *slash;
	FILE *f;

	snprintf(full, sizeof(full), "%s", tempdir_path(path));
	for (slash = full + strlen(tempdir) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(full, 0755);
		*slash = '/';
	}
	f = fopen(full, "w");
	if (!f || fputs(text, f) < 0 || fclose(f))
		abort();
}

#endif
