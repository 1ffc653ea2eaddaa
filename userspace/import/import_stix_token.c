// SPDX-License-Identifier: GPL-2.0-or-later
#include "import_stix_token.h"

#include <string.h>

static const struct {
	const char *word;
	enum stix_token token;
} words[] = {
	{ "AND", STIX_AND },
	{ "OR", STIX_OR },
	{ "FOLLOWEDBY", STIX_FOLLOWEDBY },
	{ "NOT", STIX_NOT },
	{ "LIKE", STIX_MATCH },
	{ "MATCHES", STIX_MATCH },
	{ "ISSUBSET", STIX_MATCH },
	{ "ISSUPERSET", STIX_MATCH },
	{ "IN", STIX_IN },
	{ "EXISTS", STIX_EXISTS },
	{ "WITHIN", STIX_WITHIN },
	{ "SECONDS", STIX_SECONDS },
	{ "REPEATS", STIX_REPEATS },
	{ "TIMES", STIX_TIMES },
	{ "START", STIX_START },
	{ "STOP", STIX_STOP },
	{ "true", STIX_OTHER },
	{ "false", STIX_OTHER },
};

/* What stands for itself, longest first. */
static const struct {
	const char *text;
	enum stix_token token;
} signs[] = {
	{ "==", STIX_EQUAL },	{ "!=", STIX_UNEQUAL }, { "<>", STIX_UNEQUAL },
	{ "<=", STIX_COMPARE }, { ">=", STIX_COMPARE }, { "=", STIX_EQUAL },
	{ "<", STIX_COMPARE },	{ ">", STIX_COMPARE },	{ "[", STIX_OPEN },
	{ "]", STIX_CLOSE },	{ "(", STIX_PAREN },	{ ")", STIX_PAREN_END },
	{ ",", STIX_COMMA },
};

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static enum stix_token bad(struct stix_lexer *l, const char *why)
{
	l->why = why;
	return STIX_BAD;
}

/* White space and comments. */
static bool skip(struct stix_lexer *l)
{
	for (;;) {
		if (*l->at && strchr(" \t\r\n\v\f", *l->at)) {
			l->at++;
		} else if (!strncmp(l->at, "//", 2)) {
			l->at += strcspn(l->at, "\r\n");
		} else if (!strncmp(l->at, "/*", 2)) {
			const char *end = strstr(l->at + 2, "*/");

			if (!end)
				return false;
			l->at = end + 2;
		} else {
			return true;
		}
	}
}

/* A string at l->at, from its quote; \' and \\ are the only escapes. */
static bool string(struct stix_lexer *l)
{
	const char *c = l->at + 1;

	l->text = c;
	for (; *c != '\''; c++) {
		if (*c == '\\' && c[1] != '\'' && c[1] != '\\')
			return false;
		c += *c == '\\';
		if (!*c)
			return false;
	}
	l->len = (size_t)(c - l->text);
	l->at = c + 1;
	return true;
}

static enum stix_token number(struct stix_lexer *l)
{
	bool plain = *l->at != '-';
	bool fraction = false;
	size_t digits = 0;
	uint64_t n = 0;

	l->at += *l->at == '-' || *l->at == '+';
	for (; is_digit(*l->at) || (*l->at == '.' && !fraction); l->at++) {
		if (*l->at == '.') {
			fraction = true;
			continue;
		}
		digits++;
		if (n > ((uint64_t)INT64_MAX - (uint64_t)(*l->at - '0')) / 10)
			plain = false;
		else
			n = n * 10 + (uint64_t)(*l->at - '0');
	}
	if (!digits || l->at[-1] == '.' || is_letter(*l->at))
		return bad(l, "not a number");
	l->number = plain ? n : UINT64_MAX;
	return fraction ? STIX_FLOAT : STIX_INTEGER;
}

static void add(struct stix_lexer *l, const char *text, size_t len)
{
	size_t used = strlen(l->path);

	if (len >= sizeof(l->path) - used) {
		l->long_path = true;
		return;
	}
	memcpy(l->path + used, text, len);
	l->path[used + len] = '\0';
}

static size_t word_length(const char *text, bool hyphen)
{
	size_t n = 0;

	while (is_letter(text[n]) || is_digit(text[n]) || (hyphen && text[n] == '-'))
		n++;
	return n;
}

/* One component of a path, behind its colon or dot: a word or a string. */
static bool component(struct stix_lexer *l)
{
	size_t n;

	if (*l->at == '\'') {
		if (!string(l))
			return false;
		/* An escape or a dot in it: no path that is known. */
		if (memchr(l->text, '\\', l->len) || memchr(l->text, '.', l->len))
			l->long_path = true;
		add(l, l->text, l->len);
		return true;
	}
	n = is_letter(*l->at) ? word_length(l->at, false) : 0;
	add(l, l->at, n);
	l->at += n;
	return n;
}

/* "[N]" or "[*]", which no path that is known has. */
static bool subscript(struct stix_lexer *l)
{
	const char *c = l->at + 1;

	if (*c == '*') {
		c++;
	} else {
		c += *c == '-';
		if (!is_digit(*c))
			return false;
		while (is_digit(*c))
			c++;
	}
	if (*c != ']')
		return false;
	add(l, l->at, (size_t)(c - l->at) + 1);
	l->at = c + 1;
	return true;
}

/* From the name of the object's type on, of @len bytes. */
static enum stix_token path(struct stix_lexer *l, size_t len)
{
	l->path[0] = '\0';
	l->long_path = false;
	add(l, l->at, len);
	l->at += len;
	if (!skip(l) || *l->at != ':')
		return bad(l, "an object's type, a colon and a property are needed");
	do {
		add(l, l->at, 1);
		l->at++;
		if (!skip(l) || !component(l))
			return bad(l, "a property's name is needed");
		while (*l->at == '[')
			if (!subscript(l))
				return bad(l, "an index or * is needed between [ and ]");
	} while (skip(l) && *l->at == '.');
	return STIX_PATH;
}

static enum stix_token literal(struct stix_lexer *l)
{
	enum stix_token token = *l->at == '\'' ? STIX_STRING :
				*l->at == 't'  ? STIX_TIME :
						 STIX_OTHER;

	l->at += token != STIX_STRING;
	return string(l) ? token : bad(l, "a string is not closed, or has an unknown escape");
}

enum stix_token stix_token_next(struct stix_lexer *l)
{
	bool closed = skip(l);
	size_t len;

	l->token = l->at;
	if (!closed)
		return bad(l, "a comment is not closed");
	if (!*l->at)
		return STIX_END;
	if (*l->at == '\'' || (strchr("thb", *l->at) && l->at[1] == '\''))
		return literal(l);
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (!strncmp(l->at, signs[i].text, strlen(signs[i].text))) {
			l->at += strlen(signs[i].text);
			return signs[i].token;
		}
	if (is_digit(*l->at) || *l->at == '-' || *l->at == '+' || *l->at == '.')
		return number(l);
	if (!is_letter(*l->at))
		return bad(l, "a character that has no place here");
	len = word_length(l->at, true);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i].word) == len && !memcmp(words[i].word, l->at, len)) {
			l->at += len;
			return words[i].token;
		}
	return path(l, len);
}
