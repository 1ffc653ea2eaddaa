// SPDX-License-Identifier: GPL-2.0-or-later
#include "view_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "escape.h"

/* Where values begin, unless the label is longer; and of an event's JSON, whose labels are, where
 * there is room for it. */
#define LABEL_COLUMNS	   16
#define LABEL_COLUMNS_JSON 27
#define ROOM_FOR_JSON	   60
/* Fewer columns than these are not worth wrapping in. */
#define VALUE_COLUMNS_MIN 10
/* Levels of an event's JSON; a daemon's have four. */
#define JSON_DEPTH_MAX 8

void view_text_free(struct view_text *text)
{
	for (size_t i = 0; i < text->n; i++)
		free(text->lines[i].text);
	free(text->lines);
	text->lines = NULL;
	text->n = 0;
}

/* Takes @line. */
static void add_line(struct view_text *text, char *line, bool heading)
{
	if (line && text->n < VIEW_TEXT_LINES_MAX && !text->lines)
		text->lines = calloc(VIEW_TEXT_LINES_MAX, sizeof(*text->lines));
	if (!line || !text->lines)
		text->no_memory = true;
	if (!line || !text->lines || text->n == VIEW_TEXT_LINES_MAX) {
		free(line);
		return;
	}
	text->lines[text->n++] = (struct view_text_line){ line, heading };
}

void view_text_heading(struct view_text *text, const char *heading)
{
	add_line(text, strdup(heading), true);
}

/* Bytes of @value for a line of @columns: up to the last space in them, or all of them. */
static size_t piece(const char *value, size_t columns)
{
	size_t bytes = columns_head(value, columns), at = bytes;

	if (!value[bytes])
		return bytes;
	while (at && value[at] != ' ')
		at--;
	if (at)
		return at;
	/* A character wider than the screen: no endless line. */
	return bytes ? bytes : strlen(value);
}

void view_text_field(struct view_text *text, const char *label, const char *value)
{
	unsigned int flags =
		ESCAPE_TERMINAL | ESCAPE_KEEP_BACKSLASH | (text->ascii ? ESCAPE_ASCII : 0);
	size_t indent = strlen(label) + 2, room;
	char *safe, *at, *line;

	if (!value || !*value)
		return;
	if (indent < (text->labels ? text->labels : LABEL_COLUMNS))
		indent = text->labels ? text->labels : LABEL_COLUMNS;
	room = text->columns > indent + VALUE_COLUMNS_MIN ? text->columns - indent :
							    VALUE_COLUMNS_MIN;
	safe = escape_name(value, strlen(value), flags);
	if (!safe) {
		text->no_memory = true;
		return;
	}
	at = safe;
	do {
		size_t n = piece(at, room);

		if (asprintf(&line, "%-*s%.*s", (int)indent, at == safe ? label : "", (int)n, at) <
		    0)
			line = NULL;
		add_line(text, line, false);
		at += n;
		at += strspn(at, " ");
	} while (*at && text->n < VIEW_TEXT_LINES_MAX);
	free(safe);
}

static void add_value(struct view_text *text, const char *name, const json_t *value, int depth)
{
	char label[160], number[32];
	const char *key;
	json_t *item;
	size_t i;

	if (depth == JSON_DEPTH_MAX)
		return;
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		json_object_foreach((json_t *)value, key, item)
		{
			snprintf(label, sizeof(label), "%s%s%.40s", name, *name ? "." : "", key);
			add_value(text, label, item, depth + 1);
		}
		break;
	case JSON_ARRAY:
		json_array_foreach(value, i, item)
		{
			snprintf(label, sizeof(label), "%.120s[%zu]", name, i);
			add_value(text, label, item, depth + 1);
		}
		break;
	case JSON_STRING:
		view_text_field(text, name, json_string_value(value));
		break;
	case JSON_INTEGER:
		snprintf(number, sizeof(number), "%lld", json_integer_value(value));
		view_text_field(text, name, number);
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		view_text_field(text, name, json_is_true(value) ? "yes" : "no");
		break;
	default:
		break;
	}
}

void view_text_json(struct view_text *text, const json_t *json)
{
	add_value(text, "", json, 0);
}

/* ---- the page about a refusal ---- */

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static void add_rule(struct view_text *text, const json_t *rule)
{
	char *line;

	if (asprintf(&line, "%s %s", text_of(rule, "rule"), text_of(rule, "text")) < 0) {
		text->no_memory = true;
		return;
	}
	view_text_field(text, "rule", line);
	free(line);
	view_text_field(text, "  at", text_of(rule, "at"));
	view_text_field(text, "  note", text_of(rule, "note"));
	view_text_field(text, "  source", text_of(rule, "source"));
}

static void add_order(struct view_text *text, const json_t *order)
{
	const json_t *rule;
	size_t i;

	view_text_field(text, "title", text_of(order, "title"));
	view_text_field(text, "authority", text_of(order, "authority"));
	view_text_field(text, "reference", text_of(order, "reference"));
	view_text_field(text, "reason", text_of(order, "reason"));
	view_text_field(text, "message", text_of(order, "message"));
	view_text_field(text, "contact", text_of(order, "contact"));
	view_text_field(text, "not in force", text_of(order, "why_not"));
	json_array_foreach(json_object_get(order, "rules"), i, rule) add_rule(text, rule);
}

static void add_orders(struct view_text *text, const json_t *explanation, const char *id)
{
	const json_t *orders = json_object_get(explanation, "orders"), *order;
	size_t i;

	json_array_foreach(orders, i, order) if (id && text_of(order, "order") &&
						 !strcmp(text_of(order, "order"), id))
		add_order(text, order);
	json_array_foreach(orders, i, order)
	{
		if (id && text_of(order, "order") && !strcmp(text_of(order, "order"), id))
			continue;
		view_text_heading(text, "");
		view_text_heading(text, "Another order with a rule for this file");
		view_text_field(text, "order", text_of(order, "order"));
		add_order(text, order);
	}
}

/* What decided: the kind of rule, and where a row of a list is. */
static void add_by(struct view_text *text, const json_t *event)
{
	const json_t *match = json_object_get(event, "match");
	const char *list = text_of(match, "list");
	char *by = NULL;

	if (list && asprintf(&by, "%s, line %lld of %s", text_of(event, "rule"),
			     json_integer_value(json_object_get(match, "line")), list) < 0)
		by = NULL;
	view_text_field(text, "by", by ? by : text_of(event, "rule"));
	free(by);
}

void view_text_event(struct view_text *text, const json_t *event, const json_t *explanation)
{
	const char *order = text_of(event, "order");

	view_text_heading(text, order ? "By order" : "By the policy's header");
	view_text_field(text, "order", order);
	add_by(text, event);
	view_text_field(text, "via", text_of(event, "via"));
	if (!explanation)
		view_text_field(text, "", "the policy's text is being read");
	view_text_field(text, "note", text_of(explanation, "note"));
	/* What the order said then, where its text is not to be had. */
	if (!json_array_size(json_object_get(explanation, "orders"))) {
		view_text_field(text, "reference", text_of(event, "reference"));
		view_text_field(text, "message", text_of(event, "message"));
	}
	add_orders(text, explanation, order);
	view_text_heading(text, "");
	view_text_heading(text, "The event, as it is in the record");
	text->labels = text->columns >= ROOM_FOR_JSON ? LABEL_COLUMNS_JSON : 0;
	view_text_json(text, event);
	text->labels = 0;
}
