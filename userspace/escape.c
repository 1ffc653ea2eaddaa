// SPDX-License-Identifier: GPL-2.0-or-later
#include "escape.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Length of the UTF-8 sequence at @s, 1 to 4, and its code point; 0 where it is not one (RFC 3629
 * section 4: no overlong forms, no surrogates, nothing above U+10FFFF).
 */
static size_t utf8_sequence(const unsigned char *s, size_t len, uint32_t *point)
{
	size_t n, i;
	uint32_t min;

	if (s[0] < 0x80) {
		*point = s[0];
		return 1;
	}
	if ((s[0] & 0xe0) == 0xc0) {
		n = 2;
		min = 0x80;
		*point = s[0] & 0x1f;
	} else if ((s[0] & 0xf0) == 0xe0) {
		n = 3;
		min = 0x800;
		*point = s[0] & 0x0f;
	} else if ((s[0] & 0xf8) == 0xf0) {
		n = 4;
		min = 0x10000;
		*point = s[0] & 0x07;
	} else {
		return 0;
	}
	if (n > len)
		return 0;
	for (i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		*point = *point << 6 | (s[i] & 0x3f);
	}
	if (*point < min || *point > 0x10ffff || (*point >= 0xd800 && *point <= 0xdfff))
		return 0;
	return n;
}

/* What a terminal obeys instead of showing, and what reorders the text around it (Unicode's
 * bidirectional controls, UAX #9). */
static int acts_on_terminal(uint32_t point)
{
	return point < 0x20 || (point >= 0x7f && point <= 0x9f) || point == 0x061c ||
	       point == 0x200e || point == 0x200f || (point >= 0x2028 && point <= 0x202e) ||
	       (point >= 0x2066 && point <= 0x2069) || point == 0xfeff;
}

char *escape_name(const char *name, size_t len, unsigned int flags)
{
	const unsigned char *s = (const unsigned char *)name;
	char *out, *o;
	size_t i = 0;

	out = o = malloc(len * 4 + 1);
	if (!out)
		return NULL;
	while (i < len) {
		uint32_t point = 0;
		size_t n = utf8_sequence(s + i, len - i, &point), j;
		size_t bytes = n ? n : 1;

		if (n && point == '\\' && !(flags & ESCAPE_KEEP_BACKSLASH)) {
			*o++ = '\\';
			*o++ = '\\';
		} else if (!n || !point || ((flags & ESCAPE_ASCII) && point > 0x7f) ||
			   ((flags & ESCAPE_TERMINAL) && acts_on_terminal(point))) {
			for (j = 0; j < bytes; j++)
				o += sprintf(o, "\\x%02x", s[i + j]);
		} else {
			memcpy(o, s + i, n);
			o += n;
		}
		i += bytes;
	}
	*o = '\0';
	return out;
}

/* Length of an escape of JSON (RFC 8259 section 7). What acts on a terminal is below U+10000. */
#define JSON_ESCAPE 6

/* How much longer @len bytes of JSON are with their escapes. */
static size_t json_growth(const unsigned char *s, size_t len)
{
	size_t growth = 0, n;
	uint32_t point;

	for (size_t i = 0; i < len; i += n ? n : 1) {
		n = 1;
		/* Nearly all of it is ASCII. */
		if (s[i] >= 0x20 && s[i] < 0x7f)
			continue;
		n = utf8_sequence(s + i, len - i, &point);
		if (n && acts_on_terminal(point))
			growth += JSON_ESCAPE - n;
	}
	return growth;
}

size_t escape_json(char *text, size_t len, size_t size)
{
	unsigned char *s = (unsigned char *)text;
	size_t growth = json_growth(s, len), from = len, to = len + growth;
	char escape[JSON_ESCAPE + 1];

	if (to > size)
		return 0;
	/* From the end: what is written is behind what was not read yet. */
	while (from < to) {
		size_t at = from - 1, n;
		uint32_t point;

		while (at && (s[at] & 0xc0) == 0x80)
			at--;
		n = utf8_sequence(s + at, from - at, &point);
		if (n != from - at) {
			/* A byte that belongs to nothing. */
			s[--to] = s[--from];
			continue;
		}
		if (acts_on_terminal(point)) {
			to -= JSON_ESCAPE;
			snprintf(escape, sizeof(escape), "\\u%04X", point);
			memcpy(s + to, escape, JSON_ESCAPE);
		} else {
			to -= from - at;
			memmove(s + to, s + at, from - at);
		}
		from = at;
	}
	return len + growth;
}

char *escape_text(const char *text)
{
	return escape_name(text, strlen(text), ESCAPE_TERMINAL | ESCAPE_KEEP_BACKSLASH);
}

void escape_print(FILE *out, const char *before, const char *text)
{
	char *safe = escape_text(text);

	fprintf(out, "%s%s\n", before, safe ? safe : "out of memory");
	free(safe);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

long unescape_name(const char *text, char *out)
{
	char *o = out;

	while (*text) {
		if (*text != '\\') {
			*o++ = *text++;
			continue;
		}
		if (text[1] == '\\') {
			*o++ = '\\';
			text += 2;
			continue;
		}
		if (text[1] != 'x' || hex_digit(text[2]) < 0 || hex_digit(text[3]) < 0)
			return -1;
		*o++ = (char)(hex_digit(text[2]) << 4 | hex_digit(text[3]));
		text += 4;
	}
	return o - out;
}
