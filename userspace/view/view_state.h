/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the view shows now, and what keys change about it. Private to view*.c. */
#ifndef INTERDICT_VIEW_STATE_H
#define INTERDICT_VIEW_STATE_H

#include "view_layout.h"
#include "view_link.h"
#include "view_list.h"
#include "view_model.h"

/* Bytes of what is searched for. */
#define VIEW_FILTER_MAX 64

enum view_page { VIEW_PAGE_MAIN, VIEW_PAGE_EVENT, VIEW_PAGE_HELP };

struct view_state {
	struct view_model *model;
	struct view_list list;
	struct view_layout layout;
	enum view_page page;
	bool typing;		      /* the filter */
	char filter[VIEW_FILTER_MAX]; /* in force, also while the next one is typed */
	char typed[VIEW_FILTER_MAX];
	uint64_t paused; /* ID from which on nothing is shown; 0: not paused */
	/* the page of text */
	size_t text_top;	 /* its first line on the screen */
	size_t text_lines;	 /* how many it has */
	uint64_t explained;	 /* ID of the event that it is about */
	json_t *event;		 /* that event, which the model may forget meanwhile */
	json_t *explanation;	 /* or NULL: not there yet */
	const char *history_why; /* why the record could not be read, or NULL */
};

enum view_action {
	VIEW_DO_NOTHING,
	VIEW_DO_QUIT,
	VIEW_DO_EXPLAIN, /* the selected one: state->explained and ->event are new */
};

/* A key, as getch() of ncurses gives it. */
enum view_action view_key(struct view_state *state, int key);

/* Rows of the list, and of the page of text, on this screen. */
size_t view_list_rows(const struct view_state *state);
size_t view_text_rows(const struct view_state *state);

/* Bring the list up to date with the model. */
void view_refresh_list(struct view_state *state);

/* view_draw.c: all of it, onto ncurses' screen. @now: seconds since 1970. */
void view_draw(struct view_state *state, const struct view_link *link, int64_t now);

#endif
