/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pages of text, wrapped to the width of the screen: the explanation of a refusal, and the help. */
#ifndef INTERDICT_VIEW_TEXT_H
#define INTERDICT_VIEW_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <jansson.h>

/* All fields of the longest event, wrapped at 40 columns, are less. */
#define VIEW_TEXT_LINES_MAX 4096

struct view_text_line {
	char *text; /* owned */
	bool heading;
};

struct view_text {
	struct view_text_line *lines;
	size_t n;
	bool ascii;	/* escape what is not ASCII */
	size_t columns; /* to wrap at */
	size_t labels;	/* where values begin, unless the label is longer; 0: where most do */
	bool no_memory;
};

/* Zero a struct view_text but for ascii and columns before use. */
void view_text_free(struct view_text *text);

/* A line of its own that stands out; "" for an empty line. */
void view_text_heading(struct view_text *text, const char *heading);

/* "LABEL  VALUE", wrapped below VALUE; nothing where @value is NULL or "". It is escaped here. */
void view_text_field(struct view_text *text, const char *label, const char *value);

/* A line for each value in @json, as "a.b[2]  value". */
void view_text_json(struct view_text *text, const json_t *json);

/*
 * The page about @event: what @explanation (view_explain.h; NULL: it is not there yet) says of its
 * order, and all that is in the event.
 */
void view_text_event(struct view_text *text, const json_t *event, const json_t *explanation);

#endif
