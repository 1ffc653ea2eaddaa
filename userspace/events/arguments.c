// SPDX-License-Identifier: GPL-2.0-or-later
#include "arguments.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "escape.h"

/* Of one record, as JSON: four times what is read, which escapes may need. */
#define JSON_BYTES_MAX 4096U
/* More empty arguments at the end are what a program left that wrote over them. */
#define EMPTY_MAX 2U

const char *const arguments_mode_names[] = {
	[ARGUMENTS_REDACTED] = "redacted",
	[ARGUMENTS_YES] = "yes",
	[ARGUMENTS_NO] = "no",
};
_Static_assert(sizeof(arguments_mode_names) / sizeof(*arguments_mode_names) == ARGUMENTS_COUNT,
	       "a name each");

/* ---- redaction ---- */

struct span {
	const char *v;
	size_t len;
};

/* What is made of an argument. It is never more than twice as long: who is replaced by three bytes
 * has a name of three and a byte between. */
struct redacted {
	char *v;
	size_t len;
};

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-' || c == '.';
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_quote(char c)
{
	return c == '"' || c == '\'' || c == '`';
}

static bool says_secret(const char *name, size_t len)
{
	static const char *const words[] = { "password", "passwd", "token",	"secret",
					     "key",	 "auth",   "credential" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		size_t word = strlen(words[i]);

		/* Most letters begin none of them. */
		for (size_t at = 0; at + word <= len; at++)
			if ((name[at] | ' ') == words[i][0] &&
			    !strncasecmp(name + at, words[i], word))
				return true;
	}
	return false;
}

static void put(struct redacted *out, const char *text, size_t len)
{
	memcpy(out->v + out->len, text, len);
	out->len += len;
}

static size_t skip_spaces(struct span arg, size_t at)
{
	while (at < arg.len && is_space(arg.v[at]))
		at++;
	return at;
}

/* Where a value ends that begins at @at inside of an argument: at the quote that it begins with, or
 * at @quote, which is around all of it (0: none); without either, with the word. */
static size_t value_end(struct span arg, size_t at, char quote)
{
	if (at < arg.len && is_quote(arg.v[at]))
		quote = arg.v[at++];
	while (at < arg.len && (quote ? arg.v[at] != quote :
					!is_space(arg.v[at]) && !is_quote(arg.v[at]) &&
						arg.v[at] != '&' && arg.v[at] != ';'))
		at++;
	return at;
}

/* What is before @value, and the redaction for what is from there to @end. Returns @end. */
static size_t redact(struct span arg, size_t from, size_t value, size_t end, struct redacted *out)
{
	/* An opening quote stays. */
	if (value < end && is_quote(arg.v[value]))
		value++;
	put(out, arg.v + from, value - from);
	if (end > value)
		put(out, ARGUMENTS_REDACTION, strlen(ARGUMENTS_REDACTION));
	return end;
}

/* A "=" or ":" that a value follows. "host:80" is not one of these, though a host may be called
 * key; "/password:x" is, at the begin of an argument. */
static bool is_separator(struct span arg, size_t name, size_t at)
{
	char before = name ? arg.v[name - 1] : '\0';

	if (at >= arg.len || (arg.v[at] != '=' && arg.v[at] != ':'))
		return false;
	return arg.v[at] == '=' || (before != '/' && before != '@') || name == 1;
}

/* A name that says secret stands from @name to @end. Returns up to where it was dealt with. */
static size_t redact_named(struct span arg, size_t name, size_t end, bool *next,
			   struct redacted *out)
{
	char around = name && is_quote(arg.v[name - 1]) ? arg.v[name - 1] : '\0';
	bool option = arg.v[name] == '-';
	size_t at = end, value;

	/* "password": as JSON has it. */
	if (around && at < arg.len && arg.v[at] == around) {
		around = '\0';
		at = skip_spaces(arg, at + 1);
	}
	if (is_separator(arg, name, at)) {
		value = arg.v[at] == ':' ? skip_spaces(arg, at + 1) : at + 1;
		if (name <= 1 && !around && at == end)
			return redact(arg, name, value, arg.len, out);
		return redact(arg, name, value, value_end(arg, value, around), out);
	}
	if (option && end == arg.len) {
		*next = true;
	} else if (option && is_space(arg.v[end])) {
		value = skip_spaces(arg, end);
		return redact(arg, name, value, value_end(arg, value, '\0'), out);
	}
	put(out, arg.v + name, end - name);
	return end;
}

/* "://" is at @at. A user's password ends at the last @ of the word: it may have what a URL should
 * have escaped. Of one that was @cut it may be anywhere. */
static size_t redact_url(struct span arg, size_t at, bool cut, struct redacted *out)
{
	size_t user = at + strlen("://"), end = user, password = 0, host = 0;

	while (end < arg.len && !is_space(arg.v[end]) && !is_quote(arg.v[end])) {
		if (arg.v[end] == ':' && !password)
			password = end + 1;
		if (arg.v[end] == '@')
			host = end;
		end++;
	}
	if (!host && cut && end == arg.len)
		host = end;
	if (!password || password >= host) {
		put(out, arg.v + at, user - at);
		return user;
	}
	return redact(arg, at, password, host, out);
}

/* @next: of the argument before, whether this one is a secret; set for the one behind. */
static void redact_argument(struct span arg, bool cut, bool *next, struct redacted *out)
{
	bool secret = *next;
	size_t at = 0, end;

	*next = false;
	out->len = 0;
	while (at < arg.len) {
		if (arg.len - at >= 3 && !memcmp(arg.v + at, "://", 3)) {
			at = redact_url(arg, at, cut, out);
			continue;
		}
		for (end = at; end < arg.len && is_name(arg.v[end]); end++)
			;
		if (end > at && says_secret(arg.v + at, end - at)) {
			at = redact_named(arg, at, end, next, out);
			continue;
		}
		if (end == at)
			end++;
		put(out, arg.v + at, end - at);
		at = end;
	}
	if (secret) {
		out->len = 0;
		put(out, ARGUMENTS_REDACTION, strlen(ARGUMENTS_REDACTION));
	}
}

/* ---- the array ---- */

/* Bytes of a text as JSON, with its quotes and the comma. */
static size_t json_bytes(const char *text)
{
	size_t n = 3;

	for (; *text; text++)
		n += (unsigned char)*text < ' ' ? 6 : *text == '"' || *text == '\\' ? 2 : 1;
	return n;
}

/* Append as much of an argument as *@left has room for. */
static int append(json_t *array, const char *arg, size_t len, size_t *left, bool *cut)
{
	char *text = escape_name(arg, len, 0);

	while (text && json_bytes(text) > *left && len) {
		*cut = true;
		len /= 2;
		free(text);
		text = escape_name(arg, len, 0);
	}
	if (text && json_bytes(text) <= *left) {
		*left -= json_bytes(text);
		json_array_append_new(array, json_string(text));
	} else if (text) {
		*left = 0;
	}
	free(text);
	return text ? 0 : -1;
}

/* Without the empty ones at the end, if they are many. */
static size_t trimmed(const char *bytes, size_t len)
{
	size_t end = len;

	while (end && !bytes[end - 1])
		end--;
	return end && len - end > EMPTY_MAX + 1 ? end + 1 : len;
}

json_t *arguments_json(const char *bytes, size_t len, enum arguments_mode mode, bool *cut)
{
	json_t *array = json_array();
	size_t left = JSON_BYTES_MAX, at = 0;
	struct redacted out = { .v = malloc(2 * len + 8) };
	bool next = false;
	int err = array && out.v ? 0 : -1;

	len = trimmed(bytes, len);
	while (!err && at < len && left) {
		struct span arg = { bytes + at, strnlen(bytes + at, len - at) };

		at += arg.len + 1;
		if (mode == ARGUMENTS_REDACTED) {
			redact_argument(arg, *cut && at >= len, &next, &out);
			err = append(array, out.v, out.len, &left, cut);
		} else {
			err = append(array, arg.v, arg.len, &left, cut);
		}
	}
	if (at < len)
		*cut = true;
	free(out.v);
	if (err) {
		json_decref(array);
		return NULL;
	}
	return array;
}

/* What no shell takes for something else; a backslash is an escape of ours. */
static bool is_plain(const char *text)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789%+,-./:=@_*";

	return *text && !text[strspn(text, plain)];
}

char *arguments_line(const json_t *list)
{
	const json_t *item;
	char *text = NULL;
	size_t len = 0, i;
	FILE *out = json_array_size(list) ? open_memstream(&text, &len) : NULL;

	if (!out)
		return NULL;
	json_array_foreach(list, i, item)
	{
		const char *word = json_string_value(item);

		if (i)
			fputc(' ', out);
		if (word && is_plain(word)) {
			fputs(word, out);
			continue;
		}
		fputc('\'', out);
		for (const char *c = word ? word : ""; *c; c++)
			if (*c == '\'')
				fputs("'\\''", out);
			else
				fputc(*c, out);
		fputc('\'', out);
	}
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}
