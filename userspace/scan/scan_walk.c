// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Directories, depth first. A tree may be as deep as its owner likes: of the directories on the way
 * down only the last few are open, the others are found again by "..", and only if that is still
 * the same directory.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "scan_internal.h"

/* Directories that a thread has open on the way down. */
#define OPEN_MAX_DEPTH 16U
/* Files in one piece of a directory that are worth giving away. */
#define WORTH 64U

/* A directory on the way down. */
struct level {
	int fd; /* -1: closed for now */
	uint32_t dev_major, dev_minor;
	uint64_t ino;
	size_t path_len; /* of the worker's path, with this directory */
	struct scan_place place;
	char *names; /* of its directories, each with NUL */
	size_t len, size;
	size_t next; /* which of them is to be looked at next */
};

struct walk {
	struct scan_worker *worker;
	const char *source;
	struct level *level;
	size_t n, size;
};

/* What getdents64(2) gives. */
struct entry {
	uint64_t ino;
	int64_t offset;
	uint16_t len;
	uint8_t type;
	char name[];
};

static struct entry *next_entry(char *entries, size_t len, size_t *at)
{
	struct entry *entry = (struct entry *)(entries + *at);

	if (*at >= len)
		return NULL;
	*at += entry->len;
	return entry;
}

static int place_of(const struct scan *scan, int fd, const char *source, struct scan_place *place)
{
	int err = scan_place_of(fd, source, place);

	if (!err && scan->options->remember_all)
		place->kept = true;
	return err;
}

/* ---- the files of a directory ---- */

static void look_at_files(struct scan_worker *worker, int dir, char *entries, size_t len,
			  const struct scan_place *place)
{
	const struct entry *entry;
	size_t at = 0;

	while ((entry = next_entry(entries, len, &at)) && !scan_stopped(worker->scan))
		if (entry->type == DT_REG)
			scan_file(worker, dir, entry->name, place);
}

/* Have another thread look at the files in worker->entries. */
static bool give_files(struct scan_worker *worker, int dir, size_t len, size_t files,
		       const struct walk *walk, const struct scan_place *place)
{
	struct scan_job job;

	if (files < WORTH || !scan_queue_hungry(worker->scan->queue))
		return false;
	job = (struct scan_job){
		.fd = fcntl(dir, F_DUPFD_CLOEXEC, 0),
		.path = strndup(worker->path, worker->path_len),
		.entries = malloc(len),
		.len = len,
		.place = *place,
		.source = walk->source,
	};
	if (job.fd >= 0 && job.path && job.entries) {
		memcpy(job.entries, worker->entries, len);
		if (scan_queue_give(worker->scan->queue, &job))
			return true;
	}
	scan_job_free(&job);
	return false;
}

/* ---- the directories ---- */

static int add_name(struct level *level, const char *name)
{
	size_t len = strlen(name) + 1;

	if (level->size - level->len < len) {
		size_t size = level->size ? 2 * level->size : 512;
		char *names = realloc(level->names, size);

		if (!names)
			return -ENOMEM;
		level->names = names;
		level->size = size;
	}
	memcpy(level->names + level->len, name, len);
	level->len += len;
	return 0;
}

static bool is_dots(const char *name)
{
	return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

/* Of a file system that does not say it in its directories. */
static uint8_t type_of(int dir, const char *name)
{
	struct statx stx;

	if (statx(dir, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_TYPE, &stx))
		return DT_REG; /* whatever is wrong with it is found there */
	return IFTODT(stx.stx_mode);
}

/* Note the directories in worker->entries; returns how many files there are, or -ENOMEM. */
static long sort_entries(struct scan_worker *worker, struct level *level, size_t len)
{
	struct entry *entry;
	size_t at = 0;
	long files = 0;

	while ((entry = next_entry(worker->entries, len, &at))) {
		if (is_dots(entry->name))
			continue;
		scan_count(&worker->scan->counts->entries, 1);
		if (entry->type == DT_UNKNOWN)
			entry->type = type_of(level->fd, entry->name);
		files += entry->type == DT_REG;
		if (entry->type == DT_DIR && add_name(level, entry->name))
			return -ENOMEM;
	}
	return files;
}

/* Look at all files of the directory, and note its directories. */
static void read_level(struct walk *walk, struct level *level)
{
	struct scan_worker *worker = walk->worker;
	long n = 0, files;

	scan_count(&worker->scan->counts->directories, 1);
	while (!scan_stopped(worker->scan)) {
		n = syscall(SYS_getdents64, level->fd, worker->entries, sizeof(worker->entries));
		if (n < 0 && errno == ENOENT) /* removed meanwhile */
			n = 0;
		if (n <= 0)
			break;
		files = sort_entries(worker, level, (size_t)n);
		if (files < 0)
			scan_problem(worker, -ENOMEM, NULL);
		else if (!give_files(worker, level->fd, (size_t)n, (size_t)files, walk,
				     &level->place))
			look_at_files(worker, level->fd, worker->entries, (size_t)n, &level->place);
	}
	if (n < 0)
		scan_problem(worker, -errno, NULL);
}

/* Only into what is part of this file system here. */
static int open_directory(int dir, const char *name)
{
	struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK,
		.resolve = RESOLVE_NO_XDEV,
	};
	long fd = syscall(SYS_openat2, dir, name, &how, sizeof(how));

	return fd < 0 ? -errno : (int)fd;
}

/* Go down into the directory that @fd, which is taken over, is open on; the path is its. @place: of
 * the one above. */
static int push(struct walk *walk, int fd, const struct scan_place *place)
{
	struct level *level;
	struct statx stx;

	if (walk->n == walk->size) {
		size_t size = walk->size ? 2 * walk->size : 32;

		level = realloc(walk->level, size * sizeof(*level));
		if (!level)
			goto fail;
		walk->level = level;
		walk->size = size;
	}
	if (statx(fd, "", AT_EMPTY_PATH, STATX_INO, &stx))
		goto fail;
	level = &walk->level[walk->n];
	*level = (struct level){
		.fd = fd,
		.dev_major = stx.stx_dev_major,
		.dev_minor = stx.stx_dev_minor,
		.ino = stx.stx_ino,
		.path_len = walk->worker->path_len,
		.place = *place,
	};
	/* A subvolume of btrfs: another device number, and other inode numbers. */
	if (level->dev_major != place->dev_major || level->dev_minor != place->dev_minor)
		if (place_of(walk->worker->scan, fd, walk->source, &level->place))
			level->place.kept = false;
	walk->n++;
	if (walk->n > OPEN_MAX_DEPTH) {
		close(walk->level[walk->n - 1 - OPEN_MAX_DEPTH].fd);
		walk->level[walk->n - 1 - OPEN_MAX_DEPTH].fd = -1;
	}
	return 0;
fail:
	scan_problem(walk->worker, -errno, NULL);
	close(fd);
	return -1;
}

/* Find the directory above @fd again. Where it is not the same any more, what is left of it, and of
 * those above it that were closed, too, is not looked at. */
static void reopen(struct walk *walk, struct level *level, int fd)
{
	struct statx stx;

	level->fd = fd < 0 ? -1 : openat(fd, "..", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (level->fd >= 0 &&
	    (statx(level->fd, "", AT_EMPTY_PATH, STATX_INO, &stx) || stx.stx_ino != level->ino ||
	     stx.stx_dev_major != level->dev_major || stx.stx_dev_minor != level->dev_minor)) {
		close(level->fd);
		level->fd = -1;
	}
	if (level->fd < 0 && level->next < level->len) {
		scan_problem(walk->worker, -ESTALE, "it was moved while it was looked at");
		level->next = level->len;
	}
}

static void pop(struct walk *walk)
{
	struct level *level = &walk->level[--walk->n];
	struct level *above = walk->n ? level - 1 : NULL;

	if (above) {
		scan_path_cut(walk->worker, above->path_len);
		if (above->fd < 0)
			reopen(walk, above, level->fd);
	}
	free(level->names);
	if (level->fd >= 0)
		close(level->fd);
}

/* Have another thread walk the directory that @fd is open on. */
static bool give_directory(struct walk *walk, int fd, const struct scan_place *place)
{
	struct scan_worker *worker = walk->worker;
	struct scan_job job;

	if (!scan_queue_hungry(worker->scan->queue))
		return false;
	job = (struct scan_job){
		.fd = fd,
		.path = strndup(worker->path, worker->path_len),
		.place = *place,
		.source = walk->source,
	};
	if (job.path && scan_queue_give(worker->scan->queue, &job))
		return true;
	free(job.path);
	return false;
}

/* The next directory of the last level, or back up. */
static void step(struct walk *walk)
{
	struct level *level = &walk->level[walk->n - 1];
	const struct scan_place place = level->place;
	struct scan_worker *worker = walk->worker;
	const char *name;
	int fd;

	if (level->next == level->len || scan_stopped(worker->scan)) {
		pop(walk);
		return;
	}
	name = level->names + level->next;
	level->next += strlen(name) + 1;
	if (scan_path_add(worker, name)) {
		scan_problem(worker, -ENOMEM, NULL);
		return;
	}
	fd = open_directory(level->fd, name);
	if (fd >= 0) {
		if (give_directory(walk, fd, &place))
			scan_path_cut(worker, level->path_len);
		else if (push(walk, fd, &place))
			scan_path_cut(worker, walk->level[walk->n - 1].path_len);
		else
			read_level(walk, &walk->level[walk->n - 1]);
		return;
	}
	/* Of what is mounted there, the list of roots knows; what was a directory is none any
	 * more. */
	if (fd == -ENOENT || fd == -ENOTDIR || fd == -ELOOP)
		scan_count(&worker->scan->counts->vanished, 1);
	else if (fd != -EXDEV)
		scan_problem(worker, fd, NULL);
	scan_path_cut(worker, level->path_len);
}

static void walk_directory(struct scan_worker *worker, int fd, const struct scan_place *place,
			   const char *source)
{
	struct walk walk = { .worker = worker, .source = source };

	if (!push(&walk, fd, place))
		read_level(&walk, &walk.level[0]);
	while (walk.n)
		step(&walk);
	free(walk.level);
}

void scan_walk(struct scan_worker *worker, struct scan_job *job)
{
	if (scan_path_set(worker, job->path)) {
		scan_problem(worker, -ENOMEM, NULL);
	} else if (job->entries) {
		look_at_files(worker, job->fd, job->entries, job->len, &job->place);
	} else {
		walk_directory(worker, job->fd, &job->place, job->source);
		job->fd = -1;
	}
	scan_job_free(job);
}

void scan_walk_root(struct scan_worker *worker, const struct scan_root *root)
{
	struct scan_place place;
	bool copied;
	int fd = -1, dir, err = scan_path_set(worker, root->path);
	struct statx stx;

	if (!err)
		err = fd = scan_root_open(root, &copied);
	if (err >= 0)
		err = place_of(worker->scan, fd, root->source, &place);
	if (err >= 0 && statx(fd, "", AT_EMPTY_PATH, STATX_TYPE, &stx))
		err = -errno;
	if (err < 0) {
		scan_problem(worker, err, NULL);
	} else if (S_ISDIR(stx.stx_mode)) {
		dir = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (dir < 0)
			scan_problem(worker, -errno, NULL);
		else
			walk_directory(worker, dir, &place, root->source);
	} else {
		scan_count(&worker->scan->counts->entries, 1);
		scan_file_opened(worker, fd, &place);
	}
	if (fd >= 0)
		close(fd);
}
