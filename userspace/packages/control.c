// SPDX-License-Identifier: GPL-2.0-or-later
#include "control.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

/* Lines of white space alone end a stanza, as empty ones do (deb822(5)). */
#define SPACE " \t\r"

static const char *const names[] = {
	[CONTROL_PACKAGE] = "Package",	     [CONTROL_STATUS] = "Status",
	[CONTROL_VERSION] = "Version",	     [CONTROL_ARCHITECTURE] = "Architecture",
	[CONTROL_MULTI_ARCH] = "Multi-Arch", [CONTROL_MAINTAINER] = "Maintainer",
	[CONTROL_VENDOR] = "Vendor",	     [CONTROL_ORIGIN] = "Origin",
	[CONTROL_SOURCE] = "Source",
};
static_assert(sizeof(names) / sizeof(names[0]) == CONTROL_FIELD_COUNT, "a name for each");

void control_begin(struct control_reader *reader, const char *text, size_t len, bool comments)
{
	*reader = (struct control_reader){
		.at = text, .end = text + len, .line = 1, .comments = comments
	};
}

static int wrong(struct control_reader *reader, const char *why)
{
	reader->why = why;
	reader->why_line = reader->line;
	return -EBADMSG;
}

static bool is_space(char c)
{
	return c && strchr(SPACE, c);
}

static bool is_blank(const char *line, size_t len)
{
	while (len && is_space(*line)) {
		line++;
		len--;
	}
	return !len;
}

static int take_field(struct control_reader *reader, const char *line, size_t len,
		      struct control *control)
{
	const char *colon = memchr(line, ':', len);
	size_t name;
	size_t i;

	if (!colon || colon == line)
		return wrong(reader, "a line is no field");
	for (name = (size_t)(colon - line); name && is_space(line[name - 1]);)
		name--;
	for (i = 0; i < name; i++)
		/* Whether char is signed or not: arm64 has no sign there. */
		if ((unsigned char)line[i] <= ' ' || (unsigned char)line[i] >= 0x7f)
			return wrong(reader, "a field's name has white space in it");
	control->fields++;
	for (i = 0; i < CONTROL_FIELD_COUNT; i++)
		if (strlen(names[i]) == name && !strncasecmp(names[i], line, name))
			break;
	if (i == CONTROL_FIELD_COUNT)
		return 0;
	if (control->of[i].text)
		return wrong(reader, "a field is there twice");
	len -= (size_t)(colon + 1 - line);
	line = colon + 1;
	for (; len && is_space(*line); line++)
		len--;
	while (len && is_space(line[len - 1]))
		len--;
	control->of[i].text = line;
	control->of[i].len = len;
	return 0;
}

int control_next(struct control_reader *reader, struct control *control)
{
	*control = (struct control){ 0 };
	for (; reader->at < reader->end; reader->line++) {
		const char *line = reader->at;
		const char *feed = memchr(line, '\n', (size_t)(reader->end - line));
		size_t len;
		int ret;

		if (!feed)
			return wrong(reader, "the last line has no end");
		len = (size_t)(feed - line);
		if (memchr(line, '\0', len))
			return wrong(reader, "there is a NUL in it");
		reader->at = feed + 1;
		if (reader->comments && len && *line == '#')
			continue;
		if (is_blank(line, len)) {
			if (!control->fields)
				continue;
			reader->line++;
			return 1;
		}
		if (is_space(*line)) {
			if (!control->fields)
				return wrong(reader, "a stanza begins in the middle of a field");
			continue;
		}
		if (!control->fields)
			control->line = reader->line;
		ret = take_field(reader, line, len, control);
		if (ret)
			return ret;
	}
	return control->fields ? 1 : 0;
}

bool control_is(const struct control *control, enum control_field field, const char *text)
{
	return control->of[field].text && strlen(text) == control->of[field].len &&
	       !strncasecmp(control->of[field].text, text, control->of[field].len);
}
