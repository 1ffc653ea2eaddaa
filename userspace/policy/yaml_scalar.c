// SPDX-License-Identifier: GPL-2.0-or-later
#include "yaml_scalar.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "policy_utf8.h"

/* The longest escape: "\U0010ffff". */
#define ESCAPE_LEN 10

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* YAML 1.1 (yaml.org/type) takes these for null and booleans, others take them from there. */
static bool is_word_of_yaml(const char *text, size_t len)
{
	static const char *const words[] = { "null", "true", "false", "yes", "no",
					     "on",   "off",  "y",     "n" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i]) == len && strncasecmp(words[i], text, len) == 0)
			return true;
	return false;
}

/* What stands for itself in a plain scalar, between brackets too, a space at an end excepted. */
static bool is_plain(const char *text, size_t len)
{
	if (!len || !is_letter(text[0]) || text[len - 1] == ' ' || is_word_of_yaml(text, len))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!is_letter(text[i]) && !(text[i] >= '0' && text[i] <= '9') &&
		    (!text[i] || !strchr(" .()&+/_-", text[i])))
			return false;
	return true;
}

static uint32_t code_point(const unsigned char *t, size_t n)
{
	uint32_t point = n == 1 ? t[0] : t[0] & (0xffU >> (n + 1));

	for (size_t i = 1; i < n; i++)
		point = point << 6 | (t[i] & 0x3fU);
	return point;
}

/* Unicode 23.7: what is no character is not printable to YAML. */
static bool is_noncharacter(uint32_t point)
{
	return (point & 0xfffe) == 0xfffe || (point >= 0xfdd0 && point <= 0xfdef);
}

int yaml_scalar(const char *text, size_t len, char **ret)
{
	const unsigned char *t = (const unsigned char *)text;
	char *out, *o;
	size_t i, n;

	if (is_plain(text, len)) {
		*ret = strndup(text, len);
		return *ret ? 0 : -ENOMEM;
	}
	out = o = malloc(len * ESCAPE_LEN + sizeof("\"\""));
	if (!out)
		return -ENOMEM;
	*o++ = '"';
	for (i = 0; i < len; i += n) {
		uint32_t point;

		n = policy_utf8_length(t + i, len - i);
		point = n ? code_point(t + i, n) : 0;
		if (!point || point < 0x20 || policy_utf8_refused(t + i, n)) {
			free(out);
			return point ? -EILSEQ : -EBADMSG;
		}
		if (point == '"' || point == '\\')
			o += sprintf(o, "\\%c", (char)point);
		else if (point > 0xffff && is_noncharacter(point))
			o += sprintf(o, "\\U%08x", point);
		else if (is_noncharacter(point))
			o += sprintf(o, "\\u%04x", point);
		else
			o = (char *)memcpy(o, t + i, n) + n;
	}
	*o++ = '"';
	*o = '\0';
	*ret = out;
	return 0;
}
