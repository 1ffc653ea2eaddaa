// SPDX-License-Identifier: GPL-2.0-or-later
/* What keys do. */
#include <curses.h>
#include <string.h>

#include "view_state.h"

enum { KEY_ESC = 27, KEY_DELETE = 127, KEY_CTRL_H = 8, KEY_CTRL_U = 21 };

size_t view_list_rows(const struct view_state *state)
{
	/* One is the heading. */
	return state->layout.list.rows > 1 ? (size_t)state->layout.list.rows - 1 : 0;
}

size_t view_text_rows(const struct view_state *state)
{
	return state->layout.body.rows > 0 ? (size_t)state->layout.body.rows : 0;
}

void view_refresh_list(struct view_state *state)
{
	view_list_update(&state->list, state->model, state->typing ? state->typed : state->filter,
			 state->paused, view_list_rows(state));
}

/* How far @key moves in a list of which @rows rows are seen; 0: it is none of these. */
static long distance(int key, size_t rows)
{
	long page = rows > 1 ? (long)rows - 1 : 1;

	switch (key) {
	case KEY_UP:
	case 'k':
		return -1;
	case KEY_DOWN:
	case 'j':
		return 1;
	case KEY_PPAGE:
		return -page;
	case KEY_NPAGE:
	case ' ':
		return page;
	case KEY_HOME:
	case 'g':
		return -VIEW_KEPT_MAX - VIEW_ROWS_MIN;
	case KEY_END:
	case 'G':
		return VIEW_KEPT_MAX + VIEW_ROWS_MIN;
	default:
		return 0;
	}
}

/* ---- the filter ---- */

static void type(struct view_state *state, int key)
{
	size_t len = strlen(state->typed);

	if (key == KEY_BACKSPACE || key == KEY_DELETE || key == KEY_CTRL_H) {
		/* A character of UTF-8 goes as one. */
		while (len && ((unsigned char)state->typed[--len] & 0xc0) == 0x80)
			;
		state->typed[len] = '\0';
	} else if (key == KEY_CTRL_U) {
		state->typed[0] = '\0';
	} else if (key >= ' ' && key < 256 && len + 1 < sizeof(state->typed)) {
		state->typed[len] = (char)key;
		state->typed[len + 1] = '\0';
	}
}

static enum view_action key_typing(struct view_state *state, int key)
{
	switch (key) {
	case KEY_ENTER:
	case '\n':
	case '\r':
		memcpy(state->filter, state->typed, sizeof(state->filter));
		state->typing = false;
		break;
	case KEY_ESC:
		state->typing = false;
		break;
	default:
		type(state, key);
	}
	view_refresh_list(state);
	return VIEW_DO_NOTHING;
}

/* ---- pages of text ---- */

static void close_page(struct view_state *state)
{
	state->page = VIEW_PAGE_MAIN;
	json_decref(state->event);
	json_decref(state->explanation);
	state->event = state->explanation = NULL;
}

static enum view_action key_page(struct view_state *state, int key)
{
	size_t rows = view_text_rows(state), last;
	long by = distance(key, rows);

	last = state->text_lines > rows ? state->text_lines - rows : 0;
	if (by < 0)
		state->text_top -= (size_t)-by < state->text_top ? (size_t)-by : state->text_top;
	else if (by)
		state->text_top += state->text_top < last && (size_t)by < last - state->text_top ?
					   (size_t)by :
					   last - (state->text_top < last ? state->text_top : last);
	else if (key == KEY_ESC || key == 'q' || key == '\n' || key == '\r' || key == KEY_ENTER ||
		 key == KEY_LEFT || key == '?')
		close_page(state);
	if (state->text_top > last)
		state->text_top = last;
	return VIEW_DO_NOTHING;
}

/* ---- the main page ---- */

static enum view_action open_event(struct view_state *state)
{
	const struct view_event *event = view_list_selected(&state->list, state->model);

	if (!event)
		return VIEW_DO_NOTHING;
	state->event = json_loads(event->line, 0, NULL);
	if (!state->event)
		return VIEW_DO_NOTHING;
	state->explained = event->id;
	state->page = VIEW_PAGE_EVENT;
	state->text_top = state->text_lines = 0;
	return VIEW_DO_EXPLAIN;
}

static enum view_action key_main(struct view_state *state, int key)
{
	size_t rows = view_list_rows(state);
	long by = distance(key, rows);

	if (by) {
		view_list_move(&state->list, by, rows);
		return VIEW_DO_NOTHING;
	}
	switch (key) {
	case 'q':
		return VIEW_DO_QUIT;
	case KEY_ENTER:
	case '\n':
	case '\r':
	case KEY_RIGHT:
		return open_event(state);
	case '/':
		state->typing = true;
		memcpy(state->typed, state->filter, sizeof(state->typed));
		break;
	case KEY_ESC:
		state->filter[0] = '\0';
		break;
	case 'p':
		state->paused = state->paused ? 0 : state->model->next_id;
		break;
	case '?':
	case 'h':
	case KEY_F(1):
		state->page = VIEW_PAGE_HELP;
		state->text_top = state->text_lines = 0;
		break;
	default:
		return VIEW_DO_NOTHING;
	}
	view_refresh_list(state);
	return VIEW_DO_NOTHING;
}

enum view_action view_key(struct view_state *state, int key)
{
	if (state->page != VIEW_PAGE_MAIN)
		return key_page(state, key);
	return state->typing ? key_typing(state, key) : key_main(state, key);
}
