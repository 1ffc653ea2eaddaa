// SPDX-License-Identifier: GPL-2.0-or-later
#include "running_end.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {
	[RUNNING_REPORTED] = "reported",
	[RUNNING_ASKED] = "asked",
	[RUNNING_TERMINATED] = "terminated",
	[RUNNING_KILLED] = "killed",
	[RUNNING_GONE] = "gone",
	[RUNNING_SPARED] = "spared",
	[RUNNING_FAILED] = "failed",
};
static_assert(sizeof(names) / sizeof(names[0]) == RUNNING_OUTCOME_COUNT, "a name each");

enum state {
	STATE_STAYS, /* nobody ends it */
	STATE_ASKED,
	STATE_KILLED,
	STATE_HANGS, /* SIGKILL has not ended it, which was told */
	STATE_OVER,
};

struct entry {
	pid_t pid;
	uint64_t start;
	enum state state;
	uint64_t search; /* that it was last found in */
	char order[INTERDICT_ID_LEN];
	int64_t killed;		     /* when */
	struct running_found *found; /* of those that wait */
};

/* When an order first had a process asked to end. */
struct asking {
	char id[INTERDICT_ID_LEN];
	int64_t since;
};

struct running_end {
	struct running_end_calls calls;
	struct entry *entries;
	size_t n, cap, waiting;
	struct asking *askings;
	size_t n_askings;
	uint64_t search;
	int64_t again_ms;
	bool crowded; /* one was found that there was no room for */
	uint64_t outcomes[RUNNING_OUTCOME_COUNT];
};

const char *running_outcome_name(enum running_outcome outcome)
{
	return names[outcome];
}

struct running_end *running_end_new(const struct running_end_calls *calls)
{
	struct running_end *end = calloc(1, sizeof(*end));

	if (end) {
		end->calls = *calls;
		end->again_ms = RUNNING_AGAIN_MS;
	}
	return end;
}

void running_end_free(struct running_end *end)
{
	if (!end)
		return;
	for (size_t i = 0; i < end->n; i++)
		running_found_free(end->entries[i].found);
	free(end->entries);
	free(end->askings);
	free(end);
}

static void tell(struct running_end *end, const struct running_found *found,
		 enum running_outcome outcome, uint32_t left, const char *why)
{
	end->outcomes[outcome]++;
	end->calls.tell(end->calls.ctx, found, outcome, left, why);
}

static int send(struct running_end *end, const struct entry *entry, int signal)
{
	return end->calls.signal(end->calls.ctx, entry->found, signal);
}

/* ---- grace ---- */

/* When order @id's grace of @seconds is over. */
static int64_t deadline(struct running_end *end, const char *id, uint32_t seconds, int64_t now)
{
	struct asking *askings;

	for (size_t i = 0; i < end->n_askings; i++)
		if (!strncmp(end->askings[i].id, id, INTERDICT_ID_LEN))
			return end->askings[i].since + 1000LL * seconds;
	askings = realloc(end->askings, (end->n_askings + 1) * sizeof(*askings));
	if (askings) {
		end->askings = askings;
		memcpy(askings[end->n_askings].id, id, INTERDICT_ID_LEN);
		askings[end->n_askings++].since = now;
	}
	return now + 1000LL * seconds;
}

static int64_t deadline_of(struct running_end *end, const struct entry *entry, int64_t now)
{
	return deadline(end, entry->found->by, entry->found->grace, now);
}

/* ---- one process ---- */

static void set_found(struct running_end *end, struct entry *entry, struct running_found *found)
{
	end->waiting += !!found;
	end->waiting -= !!entry->found;
	if (found)
		memcpy(entry->order, found->order, sizeof(entry->order));
	running_found_free(entry->found);
	entry->found = found;
}

/* It goes on, or has ended: nothing is left to do. */
static void settle(struct running_end *end, struct entry *entry, enum state state)
{
	entry->state = state;
	set_found(end, entry, NULL);
}

static const char *what_is_wrong(int err)
{
	return err == -ESRCH  ? "it has ended by itself" :
	       err == -ESTALE ? "it runs another program now" :
				strerror(-err);
}

/* SIGTERM; its user is told before. Takes over @found. */
static void ask(struct running_end *end, struct entry *entry, struct running_found *found,
		int64_t now)
{
	int64_t left;
	int err;

	set_found(end, entry, found);
	left = deadline_of(end, entry, now) - now;
	tell(end, found, RUNNING_ASKED, left > 0 ? (uint32_t)((left + 999) / 1000) : 0, NULL);
	err = send(end, entry, SIGTERM);
	if (!err) {
		entry->state = STATE_ASKED;
		return;
	}
	tell(end, found, err == -ESRCH || err == -ESTALE ? RUNNING_GONE : RUNNING_FAILED, 0,
	     what_is_wrong(err));
	settle(end, entry, err == -ESRCH || err == -ESTALE ? STATE_OVER : STATE_STAYS);
}

static void finish(struct running_end *end, struct entry *entry, int64_t now)
{
	int err = send(end, entry, SIGKILL);

	if (!err) {
		entry->state = STATE_KILLED;
		entry->killed = now;
		end->again_ms = RUNNING_AGAIN_MS;
		tell(end, entry->found, RUNNING_KILLED, 0, NULL);
		return;
	}
	tell(end, entry->found,
	     err == -ESRCH  ? RUNNING_TERMINATED :
	     err == -ESTALE ? RUNNING_GONE :
			      RUNNING_FAILED,
	     0, err == -ESRCH ? NULL : what_is_wrong(err));
	settle(end, entry, err == -ESRCH || err == -ESTALE ? STATE_OVER : STATE_STAYS);
}

/* Found, and not waiting for its end. Takes over @found. */
static void begin(struct running_end *end, struct entry *entry, struct running_found *found,
		  bool is_new, int64_t now)
{
	bool news = is_new || strncmp(entry->order, found->order, INTERDICT_ID_LEN) != 0;

	if (*found->by && !found->spare) {
		if (end->waiting < RUNNING_WAITING_MAX) {
			ask(end, entry, found, now);
			return;
		}
		/* As if it had not been found. */
		end->crowded = true;
		settle(end, entry, STATE_OVER);
	} else {
		entry->state = STATE_STAYS;
		memcpy(entry->order, found->order, sizeof(entry->order));
		if (news)
			tell(end, found, *found->by ? RUNNING_SPARED : RUNNING_REPORTED, 0,
			     !*found->by		  ? NULL :
			     found->spare == RUNNING_INIT ? "it is process 1" :
							    "it is Interdict itself");
	}
	running_found_free(found);
}

/* Found again, while it waits for its end. Takes over @found. */
static void go_on(struct running_end *end, struct entry *entry, struct running_found *found,
		  int64_t now)
{
	set_found(end, entry, found);
	if (entry->state == STATE_ASKED && !*found->by) {
		tell(end, found, RUNNING_SPARED, 0, "no order has it ended any more");
		settle(end, entry, STATE_STAYS);
	} else if (entry->state == STATE_ASKED && now >= deadline_of(end, entry, now)) {
		finish(end, entry, now);
	} else if (entry->state == STATE_KILLED && now - entry->killed >= RUNNING_HANGS_MS) {
		entry->state = STATE_HANGS;
		tell(end, found, RUNNING_FAILED, 0,
		     "it was sent SIGKILL and goes on: it waits for something in the kernel");
	}
}

/* What was not found in a search: it has ended, or does not run it any more. */
static void miss(struct running_end *end, struct entry *entry)
{
	int err;

	if (entry->state == STATE_STAYS) {
		entry->state = STATE_OVER;
		return;
	}
	err = send(end, entry, 0);
	if (entry->state != STATE_ASKED) {
		/* It may have lost its memory, and not ended yet. */
		if (err == -ESRCH)
			settle(end, entry, STATE_OVER);
		return;
	}
	tell(end, entry->found,
	     err == -ESRCH  ? RUNNING_TERMINATED :
	     err == -ESTALE ? RUNNING_GONE :
			      RUNNING_SPARED,
	     0,
	     err == -ESRCH  ? NULL :
	     err == -ESTALE ? what_is_wrong(err) :
			      "what it runs is not banned any more");
	settle(end, entry, STATE_OVER);
}

/* ---- all of them ---- */

static void forget_over(struct running_end *end)
{
	size_t n = 0;

	for (size_t i = 0; i < end->n; i++)
		if (end->entries[i].state != STATE_OVER)
			end->entries[n++] = end->entries[i];
	end->n = n;
}

void running_end_rules(struct running_end *end, const struct running_rules *rules)
{
	uint32_t grace;
	size_t n = 0;

	for (size_t i = 0; i < end->n_askings; i++)
		if (rules && running_rules_kill(rules, end->askings[i].id, &grace))
			end->askings[n++] = end->askings[i];
	end->n_askings = n;
	for (size_t i = 0; i < end->n && !rules; i++) {
		if (end->entries[i].state == STATE_ASKED)
			tell(end, end->entries[i].found, RUNNING_SPARED, 0,
			     "enforcement was switched off");
		settle(end, &end->entries[i], STATE_OVER);
	}
	forget_over(end);
}

static struct entry *find_entry(struct running_end *end, const struct running_found *found)
{
	for (size_t i = 0; i < end->n; i++)
		if (end->entries[i].pid == found->pid && end->entries[i].start == found->start)
			return &end->entries[i];
	return NULL;
}

static struct entry *add_entry(struct running_end *end, const struct running_found *found)
{
	size_t cap = end->cap ? 2 * end->cap : 64;
	struct entry *entries = end->entries;

	if (end->n == end->cap) {
		entries = realloc(end->entries, cap * sizeof(*entries));
		if (!entries)
			return NULL;
		end->entries = entries;
		end->cap = cap;
	}
	entries[end->n] = (struct entry){ .pid = found->pid, .start = found->start };
	return &entries[end->n++];
}

void running_end_begin(struct running_end *end)
{
	end->search++;
	end->crowded = false;
}

void running_end_found(struct running_end *end, struct running_found *found, int64_t now)
{
	struct entry *entry = find_entry(end, found);
	bool is_new = !entry;

	if (is_new)
		entry = add_entry(end, found);
	if (!entry) {
		/* It is found again by the next search. */
		end->crowded = true;
		running_found_free(found);
		return;
	}
	entry->search = end->search;
	if (is_new || entry->state == STATE_STAYS || entry->state == STATE_OVER)
		begin(end, entry, found, is_new, now);
	else
		go_on(end, entry, found, now);
}

void running_end_searched(struct running_end *end, int64_t now)
{
	(void)now;
	for (size_t i = 0; i < end->n; i++)
		if (end->entries[i].search != end->search && end->entries[i].state != STATE_OVER)
			miss(end, &end->entries[i]);
	forget_over(end);
	if (end->again_ms < RUNNING_AGAIN_MS_MAX)
		end->again_ms *= 2;
}

int64_t running_end_due(struct running_end *end, int64_t now)
{
	int64_t due = end->crowded ? now + RUNNING_SETTLE_MS : INT64_MAX, at;

	for (size_t i = 0; i < end->n; i++) {
		struct entry *entry = &end->entries[i];

		if (!entry->found)
			continue;
		if (send(end, entry, 0) == -ESRCH) {
			if (entry->state == STATE_ASKED)
				tell(end, entry->found, RUNNING_TERMINATED, 0, NULL);
			settle(end, entry, STATE_OVER);
			/* What it has started. */
			at = now + RUNNING_AGAIN_MS;
		} else if (entry->state == STATE_ASKED) {
			at = deadline_of(end, entry, now);
		} else {
			at = now + end->again_ms;
		}
		due = at < due ? at : due;
	}
	forget_over(end);
	return due;
}

void running_end_count(const struct running_end *end, struct running_end_counts *counts)
{
	counts->waiting = end->waiting;
	counts->reported = 0;
	for (size_t i = 0; i < end->n; i++)
		counts->reported += end->entries[i].state == STATE_STAYS;
	memcpy(counts->outcomes, end->outcomes, sizeof(counts->outcomes));
}
