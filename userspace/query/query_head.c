// SPDX-License-Identifier: GPL-2.0-or-later
#include "query_head.h"

#include <string.h>

/* Digits of a number that surely fits into 64 bits. */
#define DIGITS_MAX 18

struct cursor {
	const char *at, *end;
};

static bool take(struct cursor *c, const char *text)
{
	size_t len = strlen(text);

	if ((size_t)(c->end - c->at) < len || memcmp(c->at, text, len) != 0)
		return false;
	c->at += len;
	return true;
}

static bool take_number(struct cursor *c, uint64_t *number)
{
	const char *begin = c->at;

	for (*number = 0; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++)
		*number = *number * 10 + (uint64_t)(*c->at - '0');
	return c->at > begin && c->at - begin <= DIGITS_MAX;
}

/* The rest of a string without escapes, whose first quote was taken. */
static bool take_word(struct cursor *c, struct query_word *word)
{
	const char *quote = memchr(c->at, '"', (size_t)(c->end - c->at));

	if (!quote)
		return false;
	word->text = c->at;
	word->len = (size_t)(quote - c->at);
	c->at = quote + 1;
	return !memchr(word->text, '\\', word->len);
}

bool query_head_read(const char *line, size_t len, struct query_head *head)
{
	struct cursor c = { line, line + len };
	struct query_word word;
	uint64_t number;

	memset(head, 0, sizeof(*head));
	if (!take(&c, "{\"v\":1,\"seq\":") || !take_number(&c, &head->seq) ||
	    !take(&c, ",\"host\":\"") || !take_word(&c, &word) || !take(&c, ",\"boot\":\"") ||
	    !take_word(&c, &word))
		return false;
	if (take(&c, ",\"k\":") && !take_number(&c, &number))
		return false;
	if (!take(&c, ",\"time\":\"") || !take_word(&c, &head->time) ||
	    !take(&c, ",\"event\":\"") || !take_word(&c, &head->event))
		return false;
	if (take(&c, ",\"op\":\"") && !take_word(&c, &head->op))
		return false;
	return true;
}

bool query_word_is(const struct query_word *word, const char *text)
{
	return word->text && strlen(text) == word->len && !memcmp(word->text, text, word->len);
}
