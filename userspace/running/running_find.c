// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Looking at every process, once.
 *
 * /proc is listed again until a listing has nothing new. So a process is missed only if each
 * listing does: what was looked at and is fine can become what is banned only by an exec or a
 * mapping, which the kernel judges, and so can its children; what is banned and was not looked at
 * would have to be in no listing, by forking and ending around each of them. (Whoever calls repeats
 * the whole search: running_end.h.)
 */
#include "running_internal.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Listings of a search. The third has news only on a system that starts processes all the time;
 * then the caller's next search is better. */
#define LISTINGS_MAX 8

static bool is_cancelled(const struct running_search *search)
{
	return search->options->progress && atomic_load(&search->options->progress->cancel);
}

uint32_t *running_note_of(struct running_search *search, const struct running_id *process)
{
	const struct running_key key = { { (uint64_t)process->pid, process->start } };

	return running_seen_at(&search->processes, &key);
}

void running_count_unread(struct running_search *search, const struct running_id *process)
{
	uint32_t *note = running_note_of(search, process);

	if (!note || *note & RUNNING_UNREAD)
		return;
	*note |= RUNNING_UNREAD;
	search->counts->unread++;
}

/* Of what hung when its executable file was looked at, nothing is; of others, that. */
static bool is_skipped(const struct running_search *search, const struct running_id *process,
		       bool exe)
{
	for (size_t i = 0; i < search->options->n_skip; i++) {
		const struct running_skip *skip = &search->options->skip[i];

		if (skip->pid == process->pid && skip->start == process->start)
			return skip->exe || !exe;
	}
	return false;
}

static int add_process(struct running_search *search, pid_t pid)
{
	struct running_id process = { .pid = pid };
	struct running_stat stat;
	struct running_id *list;
	uint32_t *note;
	int proc = running_open_process(pid), err;

	if (proc < 0)
		return 0;
	err = running_read_stat(proc, &stat);
	close(proc);
	if (err || stat.flags & RUNNING_KERNEL_THREAD)
		return 0;
	process.start = stat.start;
	note = running_note_of(search, &process);
	if (!note)
		return -ENOMEM;
	if (*note & RUNNING_LOOKED)
		return 0;
	*note |= RUNNING_LOOKED;
	if (search->n == search->cap) {
		size_t cap = search->cap ? 2 * search->cap : 256;

		list = realloc(search->list, cap * sizeof(*list));
		if (!list)
			return -ENOMEM;
		search->list = list;
		search->cap = cap;
	}
	search->list[search->n++] = process;
	search->counts->processes++;
	return 0;
}

/* Those that are new. */
static int list_processes(struct running_search *search)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	int err = 0;

	search->n = 0;
	if (!dir)
		return -ENOENT;
	while (!err && (entry = readdir(dir)))
		if (isdigit((unsigned char)*entry->d_name))
			err = add_process(search, (pid_t)strtol(entry->d_name, NULL, 10));
	closedir(dir);
	return err;
}

static int look_at_all(struct running_search *search,
		       int (*look_at)(struct running_search *search, struct running_look *look),
		       bool exe)
{
	struct running_progress *progress = search->options->progress;
	struct running_look look;
	int err = 0;

	for (size_t i = 0; i < search->n && !err; i++) {
		if (is_cancelled(search))
			return -ECANCELED;
		if (progress) {
			atomic_store(&progress->looked_at, i);
			atomic_store(&progress->exe, exe);
		}
		err = running_look_begin(&search->list[i], &look);
		if (err == -EMFILE || err == -ENFILE || err == -ENOMEM)
			break;
		if (err) {
			if (err != -ESRCH)
				running_count_unread(search, &search->list[i]);
			err = 0;
			continue;
		}
		if (is_skipped(search, &search->list[i], exe))
			running_count_unread(search, &search->list[i]);
		else
			err = look_at(search, &look);
		running_look_end(&look);
	}
	return err;
}

int running_find(const struct running_rules *rules, const struct running_options *options,
		 running_tell tell, void *ctx, struct running_counts *counts)
{
	static const struct running_options none;
	struct running_counts count = { 0 };
	struct running_search search = { .rules = rules,
					 .options = options ? options : &none,
					 .tell = tell,
					 .ctx = ctx,
					 .counts = &count };
	struct stat st;
	int err = 0;

	if (stat("/proc/self/exe", &st) == 0) {
		search.tool_dev = st.st_dev;
		search.tool_ino = st.st_ino;
	}
	for (int i = 0; i < LISTINGS_MAX && !err; i++) {
		err = list_processes(&search);
		if (err || !search.n)
			break;
		if (search.options->progress)
			atomic_store(&search.options->progress->known, search.n);
		err = look_at_all(&search, running_look_at_exe, true);
		if (!err)
			err = look_at_all(&search, running_look_at_maps, false);
		if (!err)
			err = running_tell_pending(&search);
		if (!err)
			err = look_at_all(&search, running_look_at_calls, false);
	}
	while (search.n_pending)
		running_found_free(search.pending[--search.n_pending]);
	free(search.pending);
	free(search.list);
	running_seen_free(&search.files);
	running_seen_free(&search.processes);
	if (!err)
		*counts = count;
	return err;
}
