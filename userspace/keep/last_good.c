// SPDX-License-Identifier: GPL-2.0-or-later
#include "last_good.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "atomic_file.h"
#include "read_file.h"

/* Where they are; a store's directory is a short path. */
struct place {
	char active[PATH_MAX];
	char copy[PATH_MAX];
};

static void find_place(const char *dir, struct place *place)
{
	snprintf(place->active, sizeof(place->active), "%s/" LAST_GOOD_NAME, dir);
	snprintf(place->copy, sizeof(place->copy), "%s/" LAST_GOOD_NAME ".new", dir);
}

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

void last_good_remove(const char *dir)
{
	struct place place;

	find_place(dir, &place);
	remove_tree(place.active);
}

void last_good_remove_copy(const char *dir)
{
	struct place place;

	find_place(dir, &place);
	remove_tree(place.copy);
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

static int copy_files(const char *dir, const char *copy, const char *const *paths, size_t n)
{
	int from, to, err = 0;

	if (mkdir(copy, 0700) < 0)
		return -errno;
	from = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	to = open(copy, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
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
static int copy_dir(const struct policy *policy, const char *dir, const char *copy)
{
	struct policy_errors errs = { 0 };
	uint8_t digest[sizeof(policy->digest)];
	size_t n;
	const char **paths = files_of(policy, dir, &n);
	int err = paths ? copy_files(dir, copy, paths, n) : -ENOMEM;

	if (!err && (policy_digest_files(copy, paths, n, digest, &errs) ||
		     memcmp(digest, policy->digest, sizeof(digest)) != 0))
		err = -ESTALE;
	policy_errors_free(&errs);
	free(paths);
	return err;
}

static int copy_bundle(const struct policy *policy, const char *path, const char *copy,
		       const char *trust_dir, int64_t now)
{
	struct policy_errors errs = { 0 };
	struct policy *copied = NULL;
	int from = open(path, O_RDONLY | O_CLOEXEC), to, err;

	if (from < 0)
		return -errno;
	to = open(copy, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	err = to < 0 ? -errno : copy_bytes(from, to);
	if (!err && fsync(to) < 0)
		err = -errno;
	if (to >= 0)
		close(to);
	close(from);
	if (!err && (policy_load_to_enforce(copy, trust_dir, now, &copied, &errs) ||
		     memcmp(copied->digest, policy->digest, sizeof(policy->digest)) != 0))
		err = -ESTALE;
	policy_free(copied);
	policy_errors_free(&errs);
	return err;
}

int last_good_copy(const char *dir, const struct policy *policy, const char *path,
		   const char *trust_dir, int64_t now)
{
	struct place place;
	int err;

	find_place(dir, &place);
	remove_tree(place.copy);
	if (mkdir(dir, 0700) < 0 && errno != EEXIST)
		return -errno;
	/* Each sees to it that what is copied is what was parsed. */
	err = policy->signer ? copy_bundle(policy, path, place.copy, trust_dir, now) :
			       copy_dir(policy, path, place.copy);
	if (err)
		remove_tree(place.copy);
	return err;
}

int last_good_replace(const char *dir)
{
	struct place place;

	find_place(dir, &place);
	if (renameat2(AT_FDCWD, place.copy, AT_FDCWD, place.active, RENAME_EXCHANGE) < 0 &&
	    rename(place.copy, place.active) < 0)
		return -errno;
	return atomic_file_sync_parent(place.active);
}

int last_good_load(const struct store *store, const char *trust_dir, struct policy **ret,
		   struct policy_errors *errs)
{
	struct policy_errors first = { 0 };
	struct place place;
	int err;

	find_place(store->dir, &place);
	err = policy_load_to_enforce(place.active, trust_dir, store->accepted, ret, &first);
	policy_errors_free(&first);
	/* Again for its problems; or, where the power went before it was written down when it was
	 * accepted, for the time that is known to have come. */
	return err ? policy_load_to_enforce(place.active, trust_dir, store->mark.time, ret, errs) :
		     0;
}

/* Of a directory: without its orders and lists, which may be large. */
static uint64_t serial_of_header(const char *active)
{
	char path[PATH_MAX + sizeof("/policy.yaml")];
	struct policy_errors errs = { 0 };
	struct policy *header;
	uint64_t serial = 0;
	size_t len;
	char *buf;

	snprintf(path, sizeof(path), "%s/policy.yaml", active);
	if (read_file_at(AT_FDCWD, path, POLICY_TEXT_BYTES_MAX, &buf, &len))
		return 0;
	if (policy_parse_header(buf, len, path, &header, &errs) == 0) {
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
	struct policy *policy;
	struct place place;
	uint64_t serial;

	find_place(store->dir, &place);
	serial = serial_of_header(place.active);
	if (!serial && last_good_load(store, trust_dir, &policy, &errs) == 0) {
		serial = policy->serial;
		policy_free(policy);
	}
	policy_errors_free(&errs);
	return serial;
}

int last_good_open_store(const char *dir, uint64_t running, const char *log_file,
			 const char *trust_dir, struct store *ret)
{
	struct store_witness witnesses[] = {
		{ .what = "the running policy", .serial = running },
		{ .what = "the record" },
		/* The power may have gone between the text and the store. */
		{ .what = "the policy that was accepted last", .always = true },
	};
	struct store store;
	int err = store_open(dir, NULL, 0, &store);

	if (err)
		return err;
	witnesses[1].serial = store_serial_in_record(log_file);
	witnesses[2].serial = last_good_serial(&store, trust_dir);
	return store_open(dir, witnesses, sizeof(witnesses) / sizeof(witnesses[0]), ret);
}
