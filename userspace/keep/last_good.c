// SPDX-License-Identifier: GPL-2.0-or-later
#include "last_good.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "atomic_file.h"
#include "read_file.h"

#define COPY LAST_GOOD ".new"

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

static void remove_tree(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

void last_good_remove(void)
{
	remove_tree(LAST_GOOD);
}

void last_good_remove_copy(void)
{
	remove_tree(COPY);
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

/* The paths of the files of @policy, which was loaded from @dir, below that; free() it. */
static const char **files_of(const struct policy *policy, const char *dir, size_t *n)
{
	const char **paths = calloc(1 + policy->n_orders + policy->n_lists, sizeof(*paths));

	*n = 0;
	if (!paths)
		return NULL;
	paths[(*n)++] = "policy.yaml";
	for (size_t i = 0; i < policy->n_orders; i++)
		paths[(*n)++] = below(policy->orders[i].at.file, dir);
	for (size_t i = 0; i < policy->n_lists; i++)
		paths[(*n)++] = policy->lists[i]->path;
	return paths;
}

static int copy_files(const char *dir, const char *const *paths, size_t n)
{
	int from, to, err = 0;

	if (mkdir(COPY, 0700) < 0)
		return -errno;
	from = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	to = open(COPY, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (from < 0 || to < 0)
		err = -errno;
	for (size_t i = 0; i < n && !err; i++)
		err = copy_file(from, to, paths[i]);
	/* Before a rename gives it its place. */
	if (!err && syncfs(to) < 0)
		err = -errno;
	if (from >= 0)
		close(from);
	if (to >= 0)
		close(to);
	return err;
}

/* Without parsing it again: lists may be large. */
static int copy_dir(const struct policy *policy, const char *dir)
{
	struct policy_errors errs = { 0 };
	uint8_t digest[sizeof(policy->digest)];
	size_t n;
	const char **paths = files_of(policy, dir, &n);
	int err = paths ? copy_files(dir, paths, n) : -ENOMEM;

	if (!err && (policy_digest_files(COPY, paths, n, digest, &errs) ||
		     memcmp(digest, policy->digest, sizeof(digest)) != 0))
		err = -ESTALE;
	policy_errors_free(&errs);
	free(paths);
	return err;
}

static int copy_bundle(const struct policy *policy, const char *path, const char *trust_dir,
		       int64_t now)
{
	struct policy_errors errs = { 0 };
	struct policy *copy = NULL;
	int from = open(path, O_RDONLY | O_CLOEXEC), to, err;

	if (from < 0)
		return -errno;
	to = open(COPY, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	err = to < 0 ? -errno : copy_bytes(from, to);
	if (!err && fsync(to) < 0)
		err = -errno;
	if (to >= 0)
		close(to);
	close(from);
	if (!err && (policy_load_to_enforce(COPY, trust_dir, now, &copy, &errs) ||
		     memcmp(copy->digest, policy->digest, sizeof(policy->digest)) != 0))
		err = -ESTALE;
	policy_free(copy);
	policy_errors_free(&errs);
	return err;
}

int last_good_copy(const struct policy *policy, const char *path, const char *trust_dir,
		   int64_t now)
{
	int err;

	last_good_remove_copy();
	if (mkdir(STORE_DIR, 0700) < 0 && errno != EEXIST)
		return -errno;
	/* Each sees to it that what is copied is what was parsed. */
	err = policy->signer ? copy_bundle(policy, path, trust_dir, now) : copy_dir(policy, path);
	if (err)
		last_good_remove_copy();
	return err;
}

int last_good_replace(void)
{
	if (renameat2(AT_FDCWD, COPY, AT_FDCWD, LAST_GOOD, RENAME_EXCHANGE) < 0 &&
	    rename(COPY, LAST_GOOD) < 0)
		return -errno;
	return atomic_file_sync_parent(LAST_GOOD);
}

int last_good_load(const struct store *store, const char *trust_dir, struct policy **ret,
		   struct policy_errors *errs)
{
	struct policy_errors first = { 0 };
	int err = policy_load_to_enforce(LAST_GOOD, trust_dir, store->accepted, ret, &first);

	policy_errors_free(&first);
	/* Again for its problems; or, where the power went before it was written down when it was
	 * accepted, for the time that is known to have come. */
	return err ? policy_load_to_enforce(LAST_GOOD, trust_dir, store->mark.time, ret, errs) : 0;
}

/* Of a directory: without its orders and lists, which may be large. */
static uint64_t serial_of_header(void)
{
	struct policy_errors errs = { 0 };
	struct policy *header;
	uint64_t serial = 0;
	size_t len;
	char *buf;

	if (read_file_at(AT_FDCWD, LAST_GOOD "/policy.yaml", POLICY_TEXT_BYTES_MAX, &buf, &len))
		return 0;
	if (policy_parse_header(buf, len, LAST_GOOD, &header, &errs) == 0) {
		serial = header->serial;
		policy_free(header);
	}
	policy_errors_free(&errs);
	free(buf);
	return serial;
}

uint64_t last_good_serial(const struct store *store, const char *trust_dir)
{
	struct policy_errors errs = { 0 };
	uint64_t serial = serial_of_header();
	struct policy *policy;

	if (!serial && last_good_load(store, trust_dir, &policy, &errs) == 0) {
		serial = policy->serial;
		policy_free(policy);
	}
	policy_errors_free(&errs);
	return serial;
}
