// SPDX-License-Identifier: GPL-2.0-or-later
#include "view.h"

#include <curses.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "view_explain.h"
#include "view_history.h"
#include "view_state.h"
#include "view_term.h"

/* Milliseconds between two pictures while events rain, and the longest without one: the clock. */
#define DRAW_EVERY    100
#define DRAW_AT_LEAST 1000

struct view {
	const struct config *config;
	struct view_state state;
	struct view_link link;
	struct view_explain *explain;
	char history_why[128];
	int64_t drawn; /* milliseconds */
	bool dirty;
};

/* Of a clock that nobody sets. */
static int64_t milliseconds(void)
{
	struct timespec ts = { 0 };

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void read_history(struct view *view)
{
	int err = view_history_read(view->config->log_file, time(NULL), view->state.model);

	view->state.history_why = NULL;
	if (!err || err == -ENOENT)
		return;
	snprintf(view->history_why, sizeof(view->history_why), "%s", strerror(-err));
	view->state.history_why = view->history_why;
}

/* Returns whether more is there already. */
static bool turn_link(struct view *view)
{
	switch (view_link_turn(&view->link, milliseconds(), view->state.model)) {
	case VIEW_LINK_IDLE:
		return false;
	case VIEW_LINK_NEWS:
		view->dirty = true;
		return false;
	case VIEW_LINK_BEGUN:
		read_history(view);
		view->dirty = true;
		return true;
	default:
		view->dirty = true;
		return true;
	}
}

static void ask_explanation(struct view *view)
{
	const json_t *daemon = json_object_get(view->link.last, "daemon");
	const char *path = json_string_value(json_object_get(daemon, "policy_path"));
	char *line = json_dumps(view->state.event, JSON_COMPACT);
	int err =
		line ? view_explain_ask(view->explain, view->state.explained, line, path) : -ENOMEM;

	free(line);
	if (err)
		view->state.explanation =
			json_pack("{s:[], s:s}", "orders", "note", strerror(-err));
}

static void take_explanation(struct view *view)
{
	uint64_t id;
	json_t *json = view_explain_take(view->explain, &id);

	if (json && view->state.page == VIEW_PAGE_EVENT && id == view->state.explained) {
		json_decref(view->state.explanation);
		view->state.explanation = json_incref(json);
		view->dirty = true;
	}
	json_decref(json);
}

/* Returns whether the user has enough. */
static bool take_keys(struct view *view)
{
	int key;

	while ((key = getch()) != ERR) {
		view->dirty = true;
		/* At once, also while events rain. */
		view->drawn = 0;
		switch (view_key(&view->state, key)) {
		case VIEW_DO_QUIT:
			return true;
		case VIEW_DO_EXPLAIN:
			ask_explanation(view);
			break;
		default:
			break;
		}
	}
	return false;
}

static void draw(struct view *view)
{
	int64_t now = milliseconds();

	if (now - view->drawn < (view->dirty ? DRAW_EVERY : DRAW_AT_LEAST))
		return;
	view_layout_make(LINES, COLS, &view->state.layout);
	view_refresh_list(&view->state);
	view_draw(&view->state, &view->link, time(NULL));
	view->drawn = now;
	view->dirty = false;
}

static int loop(struct view *view)
{
	for (;;) {
		struct pollfd fds[5] = {
			{ .fd = STDIN_FILENO, .events = POLLIN },
			{ .fd = view_term_fd(), .events = POLLIN },
			{ .fd = view_explain_fd(view->explain), .events = POLLIN },
		};
		int n = 3 + view_link_fds(&view->link, fds + 3), signal;
		bool more;

		more = turn_link(view);
		draw(view);
		/* What was just connected is polled in the next turn. */
		if (view_link_fds(&view->link, fds + 3) + 3 != n)
			more = true;
		if (poll(fds, (nfds_t)n,
			 more	     ? 0 :
			 view->dirty ? DRAW_EVERY :
				       DRAW_AT_LEAST) < 0 &&
		    errno != EINTR)
			return -errno;
		if (fds[1].revents) {
			signal = view_term_signal();
			if (signal)
				return signal;
			view->dirty = true;
			view->drawn = 0;
		}
		if (fds[2].revents)
			take_explanation(view);
		if (take_keys(view) || (fds[0].revents & (POLLHUP | POLLERR)))
			return 0;
	}
}

int view_run(const struct config *config, bool color, char why[VIEW_WHY_LEN])
{
	struct view view = { .config = config, .link.path = config->socket, .dirty = true };
	int err;

	view.state.model = view_model_new();
	err = view.state.model ? view_explain_new(config, &view.explain) : -ENOMEM;
	if (err)
		snprintf(why, VIEW_WHY_LEN, "%s", strerror(-err));
	else
		err = view_term_open(color, why, VIEW_WHY_LEN);
	if (!err) {
		err = loop(&view);
		view_term_close();
		if (err < 0)
			snprintf(why, VIEW_WHY_LEN, "%s", strerror(-err));
	}
	view_link_close(&view.link);
	view_explain_free(view.explain);
	json_decref(view.state.event);
	json_decref(view.state.explanation);
	view_model_free(view.state.model);
	return err;
}
