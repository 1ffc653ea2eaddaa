/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `watch --full` knows: the refusals that it keeps, counts, and a timeline. No terminal, no
 * socket, no clock: those who have them call this. Memory is bounded whatever comes.
 *
 * A refusal here is any event with a file: denied, audited, unidentified, and summaries of them,
 * which stand for as many as they count. Each kept one has an ID, which grows by one.
 */
#ifndef INTERDICT_VIEW_MODEL_H
#define INTERDICT_VIEW_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <jansson.h>

#include "view_top.h"

/* Refusals that are kept, and the bytes of their lines: more than anybody scrolls through. A line
 * has at most 64 KiB, usually 1. */
#define VIEW_KEPT_MAX	    2000
#define VIEW_KEPT_BYTES_MAX (8U << 20)
/* The timeline: a bucket a minute. */
#define VIEW_MINUTES 60

enum view_kind { VIEW_DENIED, VIEW_AUDITED, VIEW_UNIDENTIFIED, VIEW_KIND_COUNT };

struct view_event {
	uint64_t id;
	int64_t time; /* seconds since 1970, or -1 */
	enum view_kind kind;
	uint64_t times; /* more than 1: a summary */
	uint64_t uid;
	/* escaped as in the record; "" where nothing is known; owned */
	char *op, *order, *rule, *path, *comm;
	char *line; /* the whole event, JSON; owned */
	size_t bytes;
};

struct view_minute {
	int64_t minute; /* since 1970 */
	uint64_t count[VIEW_KIND_COUNT];
};

struct view_model {
	struct view_event kept[VIEW_KEPT_MAX]; /* a ring by ID */
	uint64_t next_id;		       /* of the next one; the first is 1 */
	uint64_t oldest_id;		       /* of those that are kept; next_id: none is */
	size_t bytes;
	uint64_t count[VIEW_KIND_COUNT]; /* all since the beginning */
	uint64_t missed;		 /* that the daemon could not send here */
	uint64_t unreadable;		 /* lines that are no event */
	struct view_top orders, files, users;
	struct view_minute minutes[VIEW_MINUTES]; /* by minute % VIEW_MINUTES */
	uint64_t last_seq;			  /* the highest in any line so far */
	/* The newest event that is no refusal and no checkpoint: a sentence and its time. */
	char *news;
	int64_t news_time;
};

struct view_model *view_model_new(void);
void view_model_free(struct view_model *model);

/*
 * An event's line of @len bytes, JSON. Lines that came before (a "seq" that is not higher) change
 * nothing. Returns 0, or -ENOMEM: it may be counted in part.
 */
int view_model_add(struct view_model *model, const char *line, size_t len);

/* The kept one with this ID, or NULL. */
const struct view_event *view_model_get(const struct view_model *model, uint64_t id);

/* What the minute @ago before that of @now (seconds since 1970) counts; ago < VIEW_MINUTES. */
struct view_minute view_model_minute(const struct view_model *model, int64_t now, unsigned int ago);

/* Whether @event has @text (in any case, ASCII) in its order, file, program, operation or user ID;
 * "" is in all. */
bool view_event_has(const struct view_event *event, const char *text);

#endif
