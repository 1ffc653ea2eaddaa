// SPDX-License-Identifier: GPL-2.0-or-later
/* What was found of a process, from the verdict on a file of its to whom it is told. */
#include "running_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static enum running_spare spare_of(const struct running_search *search,
				   const struct running_look *look)
{
	if (look->process.pid == 1)
		return RUNNING_INIT;
	if (look->process.pid == getpid() ||
	    (look->exe_ino == search->tool_ino && look->exe_dev == search->tool_dev &&
	     search->tool_ino))
		return RUNNING_TOOL;
	return RUNNING_NOT_SPARED;
}

static void fill_verdict(const struct running_search *search, const struct running_verdict *verdict,
			 enum interdict_op op, struct running_found *found)
{
	const struct interdict_head *head = search->rules->image.head;
	const struct decision *decision = &verdict->decision;

	found->outcome = decision->outcome;
	found->op = op;
	found->rule = decision->rule;
	if (decision->order)
		memcpy(found->order, decision->order, sizeof(found->order));
	found->also_count = decision->also_count;
	for (uint32_t i = 0; i < decision->also_count; i++)
		memcpy(found->also[i], decision->also[i], sizeof(found->also[i]));
	if (verdict->by)
		memcpy(found->by, verdict->by, sizeof(found->by));
	found->grace = verdict->grace;
	found->generation = head->generation;
	found->serial = head->serial;
	memcpy(found->policy, head->name, sizeof(found->policy));
	memcpy(found->digest, head->digest, sizeof(found->digest));
}

/* Keep @found, instead of what was found of the process before, or tell it at once if nothing can
 * weigh more. Takes it over. */
static int put(struct running_search *search, struct running_found *found, bool at_once)
{
	struct running_found **pending = search->pending;
	size_t i = 0;

	while (i < search->n_pending &&
	       (pending[i]->pid != found->pid || pending[i]->start != found->start))
		i++;
	if (i < search->n_pending) {
		running_found_free(pending[i]);
		pending[i] = at_once ? pending[--search->n_pending] : found;
	} else if (!at_once) {
		pending = realloc(pending, (i + 1) * sizeof(*pending));
		if (!pending) {
			running_found_free(found);
			return -ENOMEM;
		}
		search->pending = pending;
		pending[search->n_pending++] = found;
	}
	return at_once ? search->tell(search->ctx, found) : 0;
}

int running_tell_pending(struct running_search *search)
{
	int err = 0;

	while (search->n_pending && !err)
		err = search->tell(search->ctx, search->pending[--search->n_pending]);
	return err;
}

/* @fd, with @st, is what it runs or has mapped, and is banned. */
int running_take(struct running_search *search, const struct running_look *look, int fd,
		 const struct stat *st, enum interdict_op op, const struct running_verdict *verdict,
		 const struct interdict_identity *identity)
{
	struct running_found *found = calloc(1, sizeof(*found));
	struct running_stat now;

	if (!found)
		return -ENOMEM;
	found->pid = look->process.pid;
	found->start = look->process.start;
	found->pidfd = -1;
	found->proc = fcntl(look->proc, F_DUPFD_CLOEXEC, 3);
	if (found->proc < 0) {
		int err = -errno;

		running_found_free(found);
		return err;
	}
	/*
	 * A number may be given to another process once this one has been waited for; its directory
	 * is of this one only. As long as that can be read, the number is this one's, so that what
	 * was opened before is, too.
	 */
	found->pidfd = (int)syscall(SYS_pidfd_open, found->pid, 0);
	if (found->pidfd >= 0 && running_read_stat(found->proc, &now)) {
		close(found->pidfd);
		found->pidfd = -1;
	}
	fill_verdict(search, verdict, op, found);
	found->file.dev = st->st_dev;
	found->file.ino = st->st_ino;
	found->file.error = verdict->error;
	found->file.identity = *identity;
	running_path_of(fd, found->file.path, sizeof(found->file.path));
	found->exe_dev = look->exe_dev;
	found->exe_ino = look->exe_ino;
	memcpy(found->exe, look->exe, sizeof(found->exe));
	found->spare = spare_of(search, look);
	running_describe(found, &look->stat);
	return put(search, found, verdict->weight == RUNNING_KILL);
}
