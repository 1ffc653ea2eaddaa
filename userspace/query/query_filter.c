// SPDX-License-Identifier: GPL-2.0-or-later
#include "query_filter.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "query_head.h"

/* As DESIGN's "Events" and event_line.h have them. */
static const char *const kinds[] = {
	"denied", "audited", "summary",	 "unidentified", "killed", "removed",
	"policy", "tamper",  "degraded", "start",	 "stop",   "checkpoint",
};

bool query_is_kind(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (!strcmp(name, kinds[i]))
			return true;
	return false;
}

void query_filter_init(struct query_filter *filter)
{
	memset(filter, 0, sizeof(*filter));
	filter->since = QUERY_TIME_MIN;
	filter->until = QUERY_TIME_MAX;
}

/* ---- by the text ---- */

static bool has(const char *line, size_t len, const char *text, size_t text_len)
{
	return memmem(line, len, text, text_len);
}

/* An order's name is where it is, between quotes. */
static bool may_have_order(const struct query_filter *filter, const char *line, size_t len)
{
	for (size_t i = 0; i < filter->orders.n; i++) {
		char quoted[256];
		int n = snprintf(quoted, sizeof(quoted), "\"%s\"", filter->orders.v[i]);

		if (n >= (int)sizeof(quoted) || has(line, len, quoted, (size_t)n))
			return true;
	}
	return !filter->orders.n;
}

/* Whether one of the users stands behind a key "uid" or "auid". */
static bool may_have_user(const struct query_filter *filter, const char *line, size_t len)
{
	const char *at = line, *end = line + len;

	if (!filter->n_users)
		return true;
	while ((at = memmem(at, (size_t)(end - at), "uid\"", 4))) {
		at += 4;
		while (at < end &&
		       (*at == ' ' || *at == ':' || *at == '\t' || *at == '\r' || *at == '-'))
			at++;
		for (size_t i = 0; i < filter->n_users; i++) {
			char digits[24];
			int n = snprintf(digits, sizeof(digits), "%lld",
					 (long long)filter->users[i]);

			if (end - at > n && !memcmp(at, digits, (size_t)n) &&
			    !isdigit((unsigned char)at[n]))
				return true;
		}
	}
	return false;
}

static bool is_plain(char c)
{
	return isalnum((unsigned char)c) || c == '/' || c == '.' || c == '-' || c == '_' ||
	       c == ' ' || c == '+' || c == '@' || c == '%' || c == '=' || c == ',';
}

/* The longest run of @pattern that each path which matches it has. None behind a bracket: what is
 * in one are choices. */
static const char *plain_part(const char *pattern, size_t *len)
{
	const char *best = pattern;

	*len = 0;
	while (*pattern && *pattern != '[' && *pattern != '\\') {
		size_t n = 0;

		while (is_plain(pattern[n]))
			n++;
		if (n > *len) {
			best = pattern;
			*len = n;
		}
		pattern += n;
		/* Bytes that are written otherwise, or are no choice but no letters. */
		while (*pattern && *pattern != '[' && *pattern != '\\' && !is_plain(*pattern))
			pattern++;
	}
	return best;
}

static bool may_have_file(const struct query_filter *filter, const char *line, size_t len)
{
	for (size_t i = 0; i < filter->files.n; i++) {
		size_t n;
		const char *part = plain_part(filter->files.v[i], &n);

		if (has(line, len, part, n))
			return true;
	}
	return !filter->files.n;
}

static bool is_one_of(const struct query_values *values, const struct query_word *word)
{
	for (size_t i = 0; i < values->n; i++)
		if (query_word_is(word, values->v[i]))
			return true;
	return !values->n;
}

enum query_guess query_filter_guess(const struct query_filter *filter, const char *line, size_t len)
{
	bool known = false;
	struct query_head head;
	int64_t time;

	if (query_head_read(line, len, &head) &&
	    query_line_time(head.time.text, head.time.len, &time)) {
		if (time < filter->since || time >= filter->until ||
		    !is_one_of(&filter->kinds, &head.event) ||
		    (head.op.text && !is_one_of(&filter->ops, &head.op)))
			return QUERY_CANNOT;
		known = head.seq && (head.op.text || !filter->ops.n);
	}
	if (!filter->orders.n && !filter->n_users && !filter->files.n)
		return known ? QUERY_DOES : QUERY_MAY;
	if (memchr(line, '\\', len))
		return QUERY_MAY;
	return may_have_order(filter, line, len) && may_have_user(filter, line, len) &&
			       may_have_file(filter, line, len) ?
		       QUERY_MAY :
		       QUERY_CANNOT;
}

/* ---- by the event ---- */

static bool has_text(const struct query_values *values, const json_t *json)
{
	const char *text = json_string_value(json);

	for (size_t i = 0; text && i < values->n; i++)
		if (!strcmp(text, values->v[i]))
			return true;
	return false;
}

static bool has_order(const struct query_filter *filter, const json_t *event)
{
	const json_t *order;
	size_t i;

	if (!filter->orders.n || has_text(&filter->orders, json_object_get(event, "order")))
		return true;
	json_array_foreach(json_object_get(event, "also"), i,
			   order) if (has_text(&filter->orders, order)) return true;
	return false;
}

static bool has_user(const struct query_filter *filter, const json_t *event)
{
	const json_t *process = json_object_get(event, "process");
	const json_t *uid = json_object_get(process, "uid"),
		     *auid = json_object_get(process, "auid");

	for (size_t i = 0; i < filter->n_users; i++)
		if ((json_is_integer(uid) && json_integer_value(uid) == filter->users[i]) ||
		    (json_is_integer(auid) && json_integer_value(auid) == filter->users[i]))
			return true;
	return !filter->n_users;
}

/* Returns 1, 0 or -1: no memory. */
static int has_file(const struct query_filter *filter, const json_t *event)
{
	const char *escaped =
		json_string_value(json_object_get(json_object_get(event, "file"), "path"));
	int found = 0;
	char *path;
	long n;

	if (!filter->files.n)
		return 1;
	if (!escaped)
		return 0;
	path = calloc(1, strlen(escaped) + 1);
	if (!path)
		return -1;
	/* What is not in our escape is somebody else's, and taken as it is. */
	n = unescape_name(escaped, path);
	if (n < 0)
		strcpy(path, escaped);
	else
		path[n] = '\0';
	for (size_t i = 0; i < filter->files.n && !found; i++)
		found = !strcmp(filter->files.v[i], path) || !fnmatch(filter->files.v[i], path, 0);
	free(path);
	return found;
}

static bool has_time(const struct query_filter *filter, const char *text)
{
	int64_t time;

	if (filter->since == QUERY_TIME_MIN && filter->until == QUERY_TIME_MAX)
		return true;
	return text && query_line_time(text, strlen(text), &time) && time >= filter->since &&
	       time < filter->until;
}

static bool is_event(const json_t *event)
{
	return json_integer_value(json_object_get(event, "seq")) > 0 &&
	       json_is_string(json_object_get(event, "event"));
}

static enum query_match match(const struct query_filter *filter, const json_t *event)
{
	const json_t *kind = json_object_get(event, "event"), *op = json_object_get(event, "op");
	int file;

	if ((filter->kinds.n && !has_text(&filter->kinds, kind)) ||
	    (filter->ops.n && !has_text(&filter->ops, op)) ||
	    !has_time(filter, json_string_value(json_object_get(event, "time"))) ||
	    !has_order(filter, event) || !has_user(filter, event))
		return QUERY_NO;
	file = has_file(filter, event);
	if (file < 0)
		return QUERY_NO_MEMORY;
	return file ? QUERY_YES : QUERY_NO;
}

/* What JSON lets stand around an object, and an object's two ends, with the newline behind. */
static bool may_be_object(const char *line, size_t len)
{
	size_t first = 0, last = len;

	while (first < len && strchr(" \t\r", line[first]))
		first++;
	while (last > first && strchr(" \t\r\n", line[last - 1]))
		last--;
	return last - first >= 2 && line[len - 1] == '\n' && line[first] == '{' &&
	       line[last - 1] == '}';
}

enum query_match query_filter_line(const struct query_filter *filter, const char *line, size_t len,
				   json_t **event, char why[QUERY_WHY_MAX])
{
	enum query_match result;
	json_error_t error;
	json_t *json;

	if (!may_be_object(line, len)) {
		snprintf(why, QUERY_WHY_MAX, "is no JSON object");
		return QUERY_WRONG;
	}
	if (query_filter_guess(filter, line, len) == QUERY_CANNOT)
		return QUERY_NO;
	json = json_loadb(line, len, JSON_REJECT_DUPLICATES, &error);
	if (!json && json_error_code(&error) == json_error_out_of_memory)
		return QUERY_NO_MEMORY;
	if (!json) {
		snprintf(why, QUERY_WHY_MAX, "is no JSON: %.200s", error.text);
		return QUERY_WRONG;
	}
	if (!is_event(json)) {
		json_decref(json);
		snprintf(why, QUERY_WHY_MAX, "is no event");
		return QUERY_WRONG;
	}
	result = match(filter, json);
	if (result == QUERY_YES)
		*event = json;
	else
		json_decref(json);
	return result;
}
