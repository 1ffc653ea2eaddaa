// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A copy of the active policy's text. The directory that it came from may change at any time;
 * explain has to quote what is enforced, and a restarted daemon to know its dates.
 */
#include "daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

static int copy_bytes(int from, int to)
{
	for (;;) {
		ssize_t n = sendfile(to, from, NULL, 1 << 20);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0)
			return 0;
	}
}

/* @name: relative, its directories are made. */
static int copy_file(int from_dir, int to_dir, const char *name)
{
	char path[POLICY_PATH_MAX + 256], *slash;
	int from, to, err;

	if (strlen(name) >= sizeof(path))
		return -ENAMETOOLONG;
	strcpy(path, name);
	for (slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdirat(to_dir, path, 0700) < 0 && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	from = openat(from_dir, name, O_RDONLY | O_CLOEXEC);
	if (from < 0)
		return -errno;
	to = openat(to_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (to < 0)
		err = errno == EEXIST ? 0 : -errno;
	else
		err = copy_bytes(from, to);
	if (to >= 0)
		close(to);
	close(from);
	return err;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
	(void)st;
	(void)type;
	(void)walk;
	return remove(path);
}

void daemon_remove_tree(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

/* The part of a place's file that is below @dir. */
static const char *below(const char *file, const char *dir)
{
	size_t len = strlen(dir);

	while (len && dir[len - 1] == '/')
		len--;
	if (strncmp(file, dir, len) == 0 && file[len] == '/') {
		file += len;
		while (*file == '/')
			file++;
	}
	return file;
}

static int copy_all(const struct policy *policy, const char *dir, int from, int to)
{
	int err = copy_file(from, to, "policy.yaml");

	for (size_t i = 0; i < policy->n_orders && !err; i++)
		err = copy_file(from, to, below(policy->orders[i].at.file, dir));
	for (size_t i = 0; i < policy->n_lists && !err; i++)
		err = copy_file(from, to, policy->lists[i]->path);
	return err;
}

int daemon_copy_policy(const struct policy *policy, const char *dir, const char *to)
{
	struct policy_errors errs = { 0 };
	uint8_t digest[32];
	int from_fd, to_fd, err;

	daemon_remove_tree(to);
	if (mkdir(STORE_DIR, 0700) < 0 && errno != EEXIST)
		return -errno;
	if (mkdir(to, 0700) < 0)
		return -errno;
	from_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	to_fd = open(to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	err = from_fd < 0 || to_fd < 0 ? -errno : copy_all(policy, dir, from_fd, to_fd);
	/* Before a rename gives it its place. */
	if (!err && syncfs(to_fd) < 0)
		err = -errno;
	if (from_fd >= 0)
		close(from_fd);
	if (to_fd >= 0)
		close(to_fd);
	/* What is copied has to be what was parsed. */
	if (!err &&
	    (policy_digest_dir(to, digest, &errs) || memcmp(digest, policy->digest, 32) != 0))
		err = -ESTALE;
	policy_errors_free(&errs);
	if (err)
		daemon_remove_tree(to);
	return err;
}
