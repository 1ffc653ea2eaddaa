/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The view's two connections to the daemon, one for events and one to ask for its status now and
 * then. Nothing here waits. Where the daemon is gone, both are tried again until it is there.
 */
#ifndef INTERDICT_VIEW_LINK_H
#define INTERDICT_VIEW_LINK_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <jansson.h>

#include "client.h"
#include "view_model.h"

/* Milliseconds between two questions for the status, and after which one is called unanswered. */
#define VIEW_STATUS_EVERY    2000
#define VIEW_STATUS_PATIENCE 6000
/* Between two tries to connect. */
#define VIEW_CONNECT_EVERY 1000
/* Events that are read before the screen has its turn. */
#define VIEW_LINES_AT_ONCE 500

struct view_link {
	const char *path; /* of the socket */
	struct client *watch, *status;
	bool watching; /* the daemon said that events will come */
	bool asked;    /* for a status that did not come yet */
	bool silent;   /* VIEW_STATUS_PATIENCE is over */
	int64_t asked_at, try_at, ask_at;
	json_t *last;		  /* the last status, or NULL: none since it was connected */
	char why[CLIENT_WHY_LEN]; /* there is no connection: a sentence */
};

enum view_link_result {
	VIEW_LINK_IDLE,
	VIEW_LINK_NEWS,	 /* something came */
	VIEW_LINK_MORE,	 /* the same, and more is there */
	VIEW_LINK_BEGUN, /* events come from now on: what was before is in the record */
};

/* Do what can be done without waiting, at @now in milliseconds of any clock that does not jump. */
enum view_link_result view_link_turn(struct view_link *link, int64_t now, struct view_model *model);

/* What to poll for: fills @fds and returns how many, at most 2. */
int view_link_fds(const struct view_link *link, struct pollfd fds[2]);

void view_link_close(struct view_link *link);

#endif
