// SPDX-License-Identifier: GPL-2.0-or-later
#include "remove_run.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "atomic_file.h"
#include "read_file.h"
#include "remove_event.h"
#include "remove_fault.h"
#include "remove_json.h"
#include "remove_plan.h"

/* Bytes of a plan, of 100,000 files, and of the marks of its steps. */
#define PLAN_MAX  (128U << 20)
#define MARKS_MAX (16U << 20)

enum mark { MARK_NONE, MARK_BEGUN, MARK_DONE };

/* A file that has more names, and whose time of change is another since it was taken away. */
struct changed {
	const json_t *file; /* a step's */
	struct timespec ctime;
};

struct run {
	const struct remove_run_options *options;
	struct remove_run_counts *counts;
	const json_t *plan;
	uint8_t *marks; /* enum mark of each step, of an earlier try */
	size_t steps;
	int fd; /* of "done" */
	struct changed *changed;
	size_t n_changed;
};

static int path_of(const char *dir, const char *name, char path[PATH_MAX])
{
	return snprintf(path, PATH_MAX, "%s/%s", dir, name) < PATH_MAX ? 0 : -ENAMETOOLONG;
}

int remove_lock(const char *dir, bool wait)
{
	char path[PATH_MAX];
	int fd, err = path_of(dir, "lock", path);

	if (err)
		return err;
	for (char *at = strchr(path + 1, '/'); at; at = strchr(at + 1, '/')) {
		*at = '\0';
		err = mkdir(path, 0700) < 0 && errno != EEXIST ? -errno : 0;
		*at = '/';
		if (err)
			return err;
	}
	fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	while (flock(fd, LOCK_EX | (wait ? 0 : LOCK_NB)) < 0) {
		if (errno == EINTR)
			continue;
		err = errno == EWOULDBLOCK ? -EBUSY : -errno;
		close(fd);
		return err;
	}
	return fd;
}

bool remove_is_cut_off(const char *dir)
{
	char path[PATH_MAX];

	return !path_of(dir, "plan", path) && access(path, F_OK) == 0;
}

/* ---- files with more names ---- */

static const json_t *file_of(const struct run *run, size_t step)
{
	return json_object_get(json_array_get(json_object_get(run->plan, "steps"), step), "file");
}

static struct changed *find_changed(const struct run *run, const json_t *file)
{
	static const char *const same[] = { "dev", "ino", "ctime" };

	for (size_t i = 0; i < run->n_changed; i++) {
		size_t n = 0;

		while (n < sizeof(same) / sizeof(*same) &&
		       json_equal(json_object_get(run->changed[i].file, same[n]),
				  json_object_get(file, same[n])))
			n++;
		if (n == sizeof(same) / sizeof(*same))
			return &run->changed[i];
	}
	return NULL;
}

/* By another name it was changed by us, which is no reason to leave it there. */
static void note_changed(struct run *run, const json_t *file, const struct timespec *ctime)
{
	struct changed *changed = find_changed(run, file);

	if (!changed) {
		changed = reallocarray(run->changed, run->n_changed + 1, sizeof(*changed));
		if (!changed)
			return; /* the next plan has it */
		run->changed = changed;
		changed += run->n_changed++;
		changed->file = file;
	}
	changed->ctime = *ctime;
}

/* ---- marks ---- */

/* @ctime: since then, of a file that has more names; or NULL. */
static int put_mark(struct run *run, const char *word, size_t step, const struct timespec *ctime)
{
	char line[80];
	int len = snprintf(line, sizeof(line), "%s %zu", word, step);

	if (ctime)
		len += snprintf(line + len, sizeof(line) - (size_t)len, " %lld %ld",
				(long long)ctime->tv_sec, ctime->tv_nsec);
	line[len++] = '\n';

	/* One that is torn by a power cut has no newline, and does not count. */
	if (write(run->fd, line, (size_t)len) != len)
		return errno ? -errno : -ENOSPC;
	return fdatasync(run->fd) < 0 ? -errno : 0;
}

/* @text has room for a NUL behind its @len bytes (read_file.h). */
static void read_marks(struct run *run, char *text, size_t len)
{
	char *line = text, *end;

	text[len] = '\0';
	for (; (end = strchr(line, '\n')); line = end + 1) {
		struct timespec ctime = { 0 };
		long long seconds = 0;
		const json_t *file;
		size_t step;
		char word[8];
		int n;

		*end = '\0';
		n = sscanf(line, "%7s %zu %lld %ld", word, &step, &seconds, &ctime.tv_nsec);
		if (n < 2 || step >= run->steps)
			continue;
		file = file_of(run, step);
		ctime.tv_sec = (time_t)seconds;
		if (n == 4 && file)
			note_changed(run, file, &ctime);
		if (!strcmp(word, "done"))
			run->marks[step] = MARK_DONE;
		else if (!strcmp(word, "begun") && run->marks[step] == MARK_NONE)
			run->marks[step] = MARK_BEGUN;
	}
}

/* ---- steps ---- */

/* What became of a step; strings are static, or in here. */
struct outcome {
	const char *action;
	char why[REMOVE_WHY_MAX]; /* "": as it should */
	char *output;		  /* to be freed */
	bool changed;		  /* another name of the file is as it is since */
	struct timespec ctime;
};

static void fail(struct outcome *outcome, const char *why)
{
	outcome->action = "failed";
	if (why != outcome->why)
		snprintf(outcome->why, sizeof(outcome->why), "%s", why);
}

static void uninstall(const struct run *run, const json_t *step, bool begun,
		      struct outcome *outcome)
{
	const char *root = run->options->root;
	struct remove_package package;
	int r = remove_step_package(step, &package);

	if (r) {
		fail(outcome, "the step is broken");
		return;
	}
	r = remove_manager_has(root, &package, outcome->why);
	if (r < 0) {
		fail(outcome, r == -ENOMEM ? strerror(-r) : outcome->why);
	} else if (!r) {
		outcome->action = begun ? "uninstalled" : "gone";
	} else if (remove_manager_do(root, &package, &outcome->output, outcome->why)) {
		fail(outcome, outcome->why);
	} else if (remove_manager_has(root, &package, outcome->why)) {
		fail(outcome, *outcome->why ? outcome->why :
					      "the package manager says that it is done, and still "
					      "has it");
	} else {
		outcome->action = "uninstalled";
	}
	remove_package_clear(&package);
}

static void take_file(struct run *run, const json_t *step, bool begun, struct outcome *outcome)
{
	const json_t *object = json_object_get(step, "file");
	const struct changed *changed;
	const bool delete = !strcmp(remove_text(step, "do"), "delete");
	const char *dir = run->options->quarantine;
	char id[QUARANTINE_ID_LEN], why[QUARANTINE_WHY_MAX], *path;
	enum quarantine_outcome put;
	struct quarantine_file file;
	json_t *about;
	int err = remove_step_file(step, &file, &path, id);

	if (err) {
		fail(outcome, "the step is broken");
		return;
	}
	changed = file.names > 1 ? find_changed(run, object) : NULL;
	if (changed)
		file.ctime = changed->ctime;
	about = json_pack("{s:O, s:O?, s:O?}", "sha256", json_object_get(object, "sha256"), "order",
			  json_object_get(step, "order"), "rule", json_object_get(step, "rule"));
	if (!about)
		fail(outcome, strerror(ENOMEM));
	else if (delete ? quarantine_delete(dir, &file, id, about, &put, why) :
			  quarantine_put(dir, &file, id, about, &put, why))
		fail(outcome, why);
	else if (put == QUARANTINE_GONE && !(delete &&begun))
		outcome->action = "gone";
	else
		outcome->action = delete ? "deleted" : "quarantined";
	outcome->changed = file.names > 1 && strcmp(outcome->action, "failed") != 0;
	outcome->ctime = file.ctime;
	if (outcome->changed)
		note_changed(run, object, &file.ctime);
	json_decref(about);
	free(path);
}

static int tell(const struct run *run, const json_t *step, const struct outcome *outcome)
{
	const char *reason = *outcome->why ? outcome->why : NULL;
	const char *order = remove_text(step, "order"), *rule = remove_text(step, "rule");
	const struct remove_event event = {
		.action = outcome->action,
		.order = *order ? order : NULL,
		.rule = *rule ? rule : NULL,
		.reason = reason,
		.output = outcome->output,
		.package = json_object_get(step, "package"),
		.file = json_object_get(step, "file"),
		.policy = json_object_get(run->plan, "policy"),
	};
	int err = 0;

	remove_place("event");
	if (event.package || event.file)
		err = remove_event_put(run->options->events, &event);
	if (!err && run->options->tell)
		run->options->tell(run->options->context, step, outcome->action, reason);
	return err;
}

static int do_step(struct run *run, const json_t *step, size_t i)
{
	const char *what = remove_text(step, "do");
	struct outcome outcome = { .action = "failed" };
	int err;

	if (run->marks[i] == MARK_DONE)
		return 0;
	err = put_mark(run, "begun", i, NULL);
	remove_place("begun");
	if (err)
		return err;
	if (!strcmp(what, "stay")) {
		outcome.action = "stays";
		snprintf(outcome.why, sizeof(outcome.why), "%s", remove_text(step, "why"));
		run->counts->stays++;
	} else if (!strcmp(what, "uninstall")) {
		uninstall(run, step, run->marks[i] == MARK_BEGUN, &outcome);
	} else {
		take_file(run, step, run->marks[i] == MARK_BEGUN, &outcome);
	}
	if (!strcmp(outcome.action, "failed"))
		run->counts->failed++;
	else if (strcmp(outcome.action, "stays") != 0)
		run->counts->done++;
	err = tell(run, step, &outcome);
	free(outcome.output);
	remove_place("told");
	return err ? err : put_mark(run, "done", i, outcome.changed ? &outcome.ctime : NULL);
}

/* ---- all of them ---- */

static int run_steps(struct run *run)
{
	const json_t *step;
	size_t i;
	int err = 0;

	json_array_foreach(json_object_get(run->plan, "steps"), i, step)
	{
		err = do_step(run, step, i);
		if (err)
			break;
	}
	return err;
}

static int run_plan(struct run *run, const char *plan, const char *done)
{
	char *text = NULL;
	size_t len;
	int err;

	run->steps = json_array_size(json_object_get(run->plan, "steps"));
	run->marks = calloc(run->steps + 1, 1);
	if (!run->marks)
		return -ENOMEM;
	err = read_file_at(AT_FDCWD, done, MARKS_MAX, &text, &len);
	if (!err)
		read_marks(run, text, len);
	free(text);
	run->fd = open(done, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
	err = run->fd < 0 ? -errno : 0;
	/* Half a line of before would take the next with it. */
	if (!err && write(run->fd, "\n", 1) != 1)
		err = -errno;
	if (!err)
		err = run_steps(run);
	if (run->fd >= 0)
		close(run->fd);
	free(run->changed);
	free(run->marks);
	remove_place("end");
	if (!err && unlink(plan) < 0)
		err = -errno;
	remove_place("plan gone");
	if (!err && unlink(done) < 0)
		err = -errno;
	return err ? err : atomic_file_sync_parent(plan);
}

int remove_run(const json_t *plan, const struct remove_run_options *options,
	       struct remove_run_counts *counts)
{
	struct run run = { .options = options, .counts = counts, .plan = plan };
	char path[PATH_MAX], done[PATH_MAX], *text;
	int err = path_of(options->dir, "plan", path);

	if (!err)
		err = path_of(options->dir, "done", done);
	if (err)
		return err;
	text = json_dumps(plan, JSON_COMPACT);
	if (!text)
		return -ENOMEM;
	/* Marks of another plan, whose own is gone. */
	if (unlink(done) < 0 && errno != ENOENT)
		err = -errno;
	if (!err)
		err = atomic_file_write(path, text, strlen(text), 0600);
	free(text);
	remove_place("plan");
	return err ? err : run_plan(&run, path, done);
}

int remove_continue(const struct remove_run_options *options, struct remove_run_counts *counts)
{
	struct run run = { .options = options, .counts = counts };
	char path[PATH_MAX], done[PATH_MAX];
	json_t *plan;
	int err = path_of(options->dir, "plan", path);

	if (!err)
		err = path_of(options->dir, "done", done);
	if (!err)
		err = remove_read_json(path, PLAN_MAX, &plan);
	/* Of a plan that was done but for that. */
	if (err == -ENOENT && unlink(done) < 0 && errno != ENOENT)
		err = -errno;
	if (err)
		return err;
	run.plan = plan;
	err = run_plan(&run, path, done);
	json_decref(plan);
	return err;
}
