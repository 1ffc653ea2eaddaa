// SPDX-License-Identifier: GPL-2.0-or-later
/* The parts of the main page, and the pages of text, each in its rectangle. */
#include <curses.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "columns.h"
#include "view_state.h"
#include "view_term.h"
#include "view_text.h"
#include "view_users.h"

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static long long number_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

/* Text in a row of its own, or a part of one. Returns the column behind it. */
__attribute__((format(printf, 5, 6))) static int put(int y, int x, int columns,
						     enum view_style style, const char *fmt, ...)
{
	char text[512];
	int width;
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	width = (int)columns_of(text);
	if (width > columns)
		width = columns;
	view_term_put(y, x, width, style, false, false, text);
	return x + width;
}

static void clock_text(int64_t time, char text[16])
{
	time_t seconds = (time_t)time;
	struct tm tm;

	if (time < 0 || !localtime_r(&seconds, &tm) || !strftime(text, 16, "%H:%M:%S", &tm))
		strcpy(text, "--:--:--");
}

/* ---- title ---- */

static void title_state(const struct view_link *link, enum view_style *style, char *text,
			size_t size)
{
	const json_t *policy = json_object_get(link->last, "policy");
	size_t degraded = json_array_size(json_object_get(link->last, "degraded"));

	*style = VIEW_STYLE_BAD_LINE;
	if (!link->watch) {
		snprintf(text, size, "NO DAEMON, trying again: %s", link->why);
		return;
	}
	if (!link->last) {
		*style = VIEW_STYLE_WARN_LINE;
		snprintf(text, size, "asking the daemon");
		return;
	}
	if (!json_is_object(policy)) {
		snprintf(text, size, "NOT ENFORCING: no policy");
		return;
	}
	if (!strcmp(text_of(link->last, "state"), "not enforcing")) {
		snprintf(text, size, "NOT ENFORCING: %s",
			 json_string_value(
				 json_array_get(json_object_get(link->last, "reasons"), 0)));
		return;
	}
	*style = degraded ? VIEW_STYLE_WARN_LINE : VIEW_STYLE_GOOD_LINE;
	snprintf(text, size, "ENFORCING%s  policy %s serial %lld", degraded ? ", DEGRADED" : "",
		 text_of(policy, "name"), number_of(policy, "serial"));
}

static void draw_title(const struct view_rect *at, const struct view_link *link, int64_t now)
{
	char text[600], clock[16], line[640];
	enum view_style style;

	title_state(link, &style, text, sizeof(text));
	snprintf(line, sizeof(line), " %s%s%s", at->columns >= 100 ? "Interdict  " : "",
		 link->silent ? "THE DAEMON DOES NOT ANSWER  " : "", text);
	view_term_put(at->y, at->x, at->columns - 10, style, false, false, line);
	clock_text(now, clock);
	snprintf(line, sizeof(line), " %s ", clock);
	view_term_put(at->y, at->x + at->columns - 10, 10, style, false, false, line);
}

/* ---- gauges ---- */

static int gauge(int y, int x, int end, const char *name, long long value, enum view_style high)
{
	char text[64];
	int columns = snprintf(text, sizeof(text), " %s %lld ", name, value);

	/* A number that is cut is a wrong one. */
	if (columns > end - x)
		return x;
	x = put(y, x, end - x, VIEW_STYLE_PLAIN, " %s ", name);
	return put(y, x, end - x, value ? high : VIEW_STYLE_GOOD, "%lld ", value);
}

static void draw_gauges(const struct view_rect *at, const struct view_state *state,
			const struct view_link *link)
{
	const json_t *counters = json_object_get(link->last, "counters");
	const json_t *daemon = json_object_get(link->last, "daemon");
	const json_t *balance = json_object_get(link->last, "balance");
	int x = at->x, end = at->x + at->columns;

	if (!link->last) {
		put(at->y, x, at->columns, VIEW_STYLE_DIM, " the daemon's counters are not known");
		return;
	}
	x = gauge(at->y, x, end, "denied", number_of(counters, "denied"), VIEW_STYLE_BOLD);
	x = gauge(at->y, x, end, "audited", number_of(counters, "audited"), VIEW_STYLE_BOLD);
	x = put(at->y, x, end - x, VIEW_STYLE_DIM, "|");
	x = gauge(at->y, x, end, "lost", number_of(counters, "lost"), VIEW_STYLE_BAD);
	x = gauge(at->y, x, end, "queue", number_of(counters, "waiting"), VIEW_STYLE_WARN);
	x = gauge(at->y, x, end, "missed", number_of(daemon, "missed"), VIEW_STYLE_WARN);
	if (state->model->missed)
		x = gauge(at->y, x, end, "here", (long long)state->model->missed, VIEW_STYLE_WARN);
	if (!json_is_true(json_object_get(balance, "kernel")) ||
	    !json_is_true(json_object_get(balance, "daemon")))
		x = put(at->y, x, end - x, VIEW_STYLE_BAD, " DOES NOT BALANCE ");
	x = put(at->y, x, end - x, VIEW_STYLE_DIM, "|");
	x = gauge(at->y, x, end, "unidentified", number_of(counters, "unidentified"),
		  VIEW_STYLE_WARN);
	gauge(at->y, x, end, "watchers", number_of(daemon, "watchers"), VIEW_STYLE_PLAIN);
}

/* ---- timeline ---- */

static uint64_t minute_total(const struct view_model *model, int64_t now, unsigned int ago)
{
	struct view_minute minute = view_model_minute(model, now, ago);

	return minute.count[VIEW_DENIED] + minute.count[VIEW_AUDITED] +
	       minute.count[VIEW_UNIDENTIFIED];
}

/* The character of a bar of @eighths eighths in a row that is the @row-th from below. */
static const char *bar(uint64_t eighths, int row)
{
	static const char *const blocks[] = { " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	uint64_t below = 8 * (uint64_t)row;
	uint64_t here = eighths > below ? eighths - below : 0;

	if (here > 8)
		here = 8;
	if (view_term_blocks())
		return blocks[here];
	/* What is there at all is seen. */
	return here >= 4 || (here && !row) ? "#" : " ";
}

static void draw_timeline(const struct view_rect *at, const struct view_model *model, int64_t now)
{
	int rows = at->rows - 1, each = (at->columns - 2) / VIEW_MINUTES;
	int shown = each ? VIEW_MINUTES : at->columns - 2;
	uint64_t most = 0, all = 0, total;

	if (rows < 1)
		return;
	each = each ? each : 1;
	for (unsigned int ago = 0; ago < VIEW_MINUTES; ago++) {
		total = minute_total(model, now, ago);
		all += total;
		most = total > most ? total : most;
	}
	put(at->y, at->x + 1, at->columns - 1, VIEW_STYLE_HEADING,
	    "Last hour: %llu, at most %llu a minute", (unsigned long long)all,
	    (unsigned long long)most);
	for (int i = 0; i < shown; i++) {
		int x = at->x + 1 + i * each;
		uint64_t high;

		total = minute_total(model, now, (unsigned int)(shown - 1 - i));
		high = most ? (total * 8 * (uint64_t)rows + most - 1) / most : 0;
		for (int row = 0; row < rows; row++)
			for (int j = 0; j < each; j++)
				view_term_put(at->y + at->rows - 1 - row, x + j, 1, VIEW_STYLE_BAR,
					      false, false, bar(high, row));
	}
}

/* ---- what came most ---- */

static void draw_top(const struct view_rect *at, const struct view_top *top, const char *heading,
		     bool users)
{
	int digits = 1;
	char number[32];

	if (at->rows < 2)
		return;
	put(at->y, at->x + 1, at->columns - 1, VIEW_STYLE_HEADING, "%s", heading);
	if (top->n)
		digits = snprintf(number, sizeof(number), "%llu",
				  (unsigned long long)top->names[0].count);
	for (int i = 0; i + 1 < at->rows && (size_t)i < top->n; i++) {
		const struct view_top_name *name = &top->names[i];
		int room = at->columns - digits - 3, y = at->y + 1 + i;

		if (room <= 0)
			return;
		snprintf(number, sizeof(number), "%*llu", digits, (unsigned long long)name->count);
		view_term_put(y, at->x + 1, digits, VIEW_STYLE_BOLD, false, false, number);
		view_term_put(y, at->x + digits + 2, room, VIEW_STYLE_PLAIN, false, true,
			      users ? view_user_name(strtoull(name->name, NULL, 10)) : name->name);
	}
}

/* ---- the list ---- */

static const char *const kind_texts[] = { "denied", "audited", "unknown" };
static const enum view_style kind_styles[] = { VIEW_STYLE_BAD, VIEW_STYLE_WARN, VIEW_STYLE_WARN };
_Static_assert(sizeof(kind_texts) / sizeof(*kind_texts) == VIEW_KIND_COUNT, "a text each");

static void draw_list_heading(const struct view_rect *at, const struct view_state *state)
{
	uint64_t newer = state->paused && state->model->next_id > state->paused ?
				 state->model->next_id - state->paused :
				 0;
	int x = at->x + 1, end = at->x + at->columns;

	x = put(at->y, x, end - x, VIEW_STYLE_HEADING, "Refusals, the newest first");
	if (*state->filter && !state->typing)
		x = put(at->y, x, end - x, VIEW_STYLE_WARN, "  with \"%s\"", state->filter);
	if (state->paused)
		put(at->y, x, end - x, VIEW_STYLE_WARN, "  PAUSED, %llu more came",
		    (unsigned long long)newer);
	else if (state->list.held)
		put(at->y, x, end - x, VIEW_STYLE_DIM, "  %zu of %zu", state->list.selected + 1,
		    state->list.n);
}

/* A cell of a row, and the blank behind it. */
static int cell(int y, int x, int columns, enum view_style style, bool selected, bool middle,
		const char *text)
{
	if (!columns)
		return x;
	view_term_put(y, x, columns, style, selected, middle, text);
	view_term_put(y, x + columns, 1, VIEW_STYLE_PLAIN, selected, false, "");
	return x + columns + 1;
}

static void draw_row(int y, const struct view_rect *at, const struct view_columns *w,
		     const struct view_event *event, bool selected)
{
	char clock[16], op[32];
	int x = at->x;

	clock_text(event->time, clock);
	view_term_put(y, x++, 1, VIEW_STYLE_PLAIN, selected, false, selected ? ">" : "");
	x = cell(y, x, w->time, VIEW_STYLE_PLAIN, selected, false, clock);
	x = cell(y, x, w->kind, kind_styles[event->kind], selected, false, kind_texts[event->kind]);
	x = cell(y, x, w->op, VIEW_STYLE_PLAIN, selected, false, event->op);
	x = cell(y, x, w->order, VIEW_STYLE_PLAIN, selected, true,
		 *event->order ? event->order : "(the policy)");
	x = cell(y, x, w->user, VIEW_STYLE_PLAIN, selected, false, view_user_name(event->uid));
	x = cell(y, x, w->comm, VIEW_STYLE_PLAIN, selected, false, event->comm);
	if (event->times > 1) {
		int columns = snprintf(op, sizeof(op), "%llux", (unsigned long long)event->times);

		x = cell(y, x, columns, VIEW_STYLE_BOLD, selected, false, op);
	}
	view_term_put(y, x, at->x + at->columns - x, VIEW_STYLE_BOLD, selected, true, event->path);
}

static void draw_list(const struct view_rect *at, const struct view_state *state)
{
	size_t rows = view_list_rows(state);
	struct view_columns widths;

	if (at->rows < 1)
		return;
	draw_list_heading(at, state);
	view_layout_columns(at->columns, &widths);
	for (size_t i = 0; i < rows && state->list.top + i < state->list.n; i++) {
		size_t index = state->list.top + i;
		const struct view_event *event =
			view_model_get(state->model, state->list.ids[index]);

		if (event)
			draw_row(at->y + 1 + (int)i, at, &widths, event,
				 index == state->list.selected);
	}
	if (!state->list.n && rows)
		put(at->y + 1, at->x + 1, at->columns - 1, VIEW_STYLE_DIM, "%s",
		    *state->filter || state->typing ? "none has that" :
						      "nothing was refused in the last hour");
}

/* ---- the last two rows ---- */

static void draw_news(const struct view_rect *at, const struct view_state *state,
		      const struct view_link *link)
{
	const json_t *degraded = json_array_get(json_object_get(link->last, "degraded"), 0);

	if (degraded)
		put(at->y, at->x, at->columns, VIEW_STYLE_WARN, " DEGRADED: %s",
		    text_of(degraded, "why"));
	else if (state->history_why)
		put(at->y, at->x, at->columns, VIEW_STYLE_WARN,
		    " The record cannot be read, so this begins now: %s", state->history_why);
	else if (state->model->news)
		view_term_put(at->y, at->x + 1, at->columns - 1, VIEW_STYLE_DIM, false, false,
			      state->model->news);
}

static void draw_keys(const struct view_rect *at, const struct view_state *state)
{
	if (state->typing) {
		put(at->y, at->x, at->columns, VIEW_STYLE_BOLD,
		    " / %s_   (order, file, program, operation, uid N; Enter, Esc)", state->typed);
		return;
	}
	view_term_put(at->y, at->x, at->columns, VIEW_STYLE_PLAIN, true, false,
		      state->page == VIEW_PAGE_MAIN ?
			      " Enter explain  / find  p pause  Home newest  ? help  q quit" :
			      " Up, Down, PgUp, PgDn: scroll  Esc, q: back");
}

/* ---- pages of text ---- */

static void help_text(struct view_text *text)
{
	static const char *const keys[][2] = {
		{ "Up, Down", "select another refusal; also j, k" },
		{ "PgUp, PgDn", "the same, a screen at a time" },
		{ "Home", "the newest, and stay with the newest; End: the oldest that is kept" },
		{ "Enter", "explain the selected one: the order, and all that the event has" },
		{ "/",
		  "show only those with a text in order, file, program, operation or \"uid N\"; "
		  "Esc takes it back" },
		{ "p", "pause: what comes is counted but not shown, until p" },
		{ "q", "quit" },
	};
	static const char *const words[][2] = {
		{ "lost", "events that the kernel had no room for; each was refused all the same" },
		{ "queue", "events that wait for the daemon to record them" },
		{ "missed",
		  "events that watchers were too slow for; the record has them. \"here\": "
		  "how many this view missed" },
		{ "DEGRADED",
		  "less is enforced than the policy asks for; interdict status says why" },
	};

	view_text_heading(text, "Keys");
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		view_text_field(text, keys[i][0], keys[i][1]);
	view_text_heading(text, "");
	view_text_heading(text, "Numbers");
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		view_text_field(text, words[i][0], words[i][1]);
}

static void draw_text(struct view_state *state)
{
	const struct view_rect *at = &state->layout.body;
	struct view_text text = { .ascii = !view_term_utf8(), .columns = (size_t)at->columns - 2 };

	if (state->page == VIEW_PAGE_HELP)
		help_text(&text);
	else
		view_text_event(&text, state->event, state->explanation);
	state->text_lines = text.n;
	for (int i = 0; i < at->rows && state->text_top + (size_t)i < text.n; i++) {
		const struct view_text_line *line = &text.lines[state->text_top + (size_t)i];

		view_term_put(at->y + i, at->x + 1, at->columns - 2,
			      line->heading ? VIEW_STYLE_HEADING : VIEW_STYLE_PLAIN, false, false,
			      line->text);
	}
	view_text_free(&text);
}

void view_draw(struct view_state *state, const struct view_link *link, int64_t now)
{
	const struct view_layout *l = &state->layout;

	erase();
	if (l->too_small) {
		view_term_put(0, 0, l->columns, VIEW_STYLE_PLAIN, false, false,
			      "this window is too small");
		refresh();
		return;
	}
	draw_title(&l->title, link, now);
	draw_gauges(&l->gauges, state, link);
	if (state->page != VIEW_PAGE_MAIN) {
		draw_text(state);
	} else {
		draw_timeline(&l->timeline, state->model, now);
		draw_top(&l->orders, &state->model->orders, "Orders", false);
		draw_top(&l->files, &state->model->files, "Files", false);
		draw_top(&l->users, &state->model->users, "Users", true);
		draw_list(&l->list, state);
	}
	draw_news(&l->news, state, link);
	draw_keys(&l->keys, state);
	refresh();
}
