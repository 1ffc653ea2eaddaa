// SPDX-License-Identifier: GPL-2.0-or-later
#include "columns.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "policy/policy_utf8.h"

bool columns_use_locale(void)
{
	setlocale(LC_CTYPE, "");
	return columns_utf8();
}

bool columns_utf8(void)
{
	return !strcmp(nl_langinfo(CODESET), "UTF-8");
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* Bytes of what must stay together at @text: a character, or an escape. Sets its columns. */
static size_t unit(const char *text, size_t *columns)
{
	size_t n = policy_utf8_length((const unsigned char *)text, strlen(text));
	mbstate_t state = { 0 };
	wchar_t wide;
	int width;

	if (*text == '\\' && (text[1] == '\\' ||
			      (text[1] == 'x' && is_hex(text[2]) && text[2] && is_hex(text[3])))) {
		*columns = text[1] == 'x' ? 4 : 2;
		return *columns;
	}
	*columns = 1;
	if (n < 2)
		return 1;
	if (mbrtowc(&wide, text, n, &state) != n)
		return n;
	width = wcwidth(wide);
	if (width >= 0)
		*columns = (size_t)width;
	return n;
}

size_t columns_of(const char *text)
{
	size_t all = 0, columns;

	while (*text) {
		text += unit(text, &columns);
		all += columns;
	}
	return all;
}

size_t columns_head(const char *text, size_t columns)
{
	const char *at = text;
	size_t used = 0;

	while (*at) {
		size_t takes, n = unit(at, &takes);

		if (used + takes > columns)
			break;
		used += takes;
		at += n;
	}
	return (size_t)(at - text);
}

/* The end of @text that takes at most @columns. */
static const char *tail(const char *text, size_t columns)
{
	size_t left = columns_of(text), takes;

	while (*text && left > columns) {
		text += unit(text, &takes);
		left -= takes;
	}
	return text;
}

char *columns_fit(const char *text, size_t columns, enum columns_cut cut)
{
	const char *ellipsis = columns_utf8() ? "…" : "..", *end = "";
	size_t dots = columns_utf8() ? 1 : 2, room, begin;
	char *out;

	if (columns_of(text) <= columns)
		return strdup(text);
	if (columns < dots)
		return calloc(1, 1);
	room = columns - dots;
	if (cut == COLUMNS_CUT_MIDDLE)
		end = tail(text, room - room / 3);
	begin = columns_head(text, cut == COLUMNS_CUT_MIDDLE ? room / 3 : room);
	out = malloc(begin + strlen(ellipsis) + strlen(end) + 1);
	if (!out)
		return NULL;
	memcpy(out, text, begin);
	strcpy(out + begin, ellipsis);
	strcat(out, end);
	return out;
}
