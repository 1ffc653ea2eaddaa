/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Debian's control data (deb-control(5), deb822(5)): stanzas of "Field: value" lines. What
 * dpkg's status file, its updates, a package's control file and an archive's Packages file are in.
 */
#ifndef INTERDICT_CONTROL_H
#define INTERDICT_CONTROL_H

#include <stdbool.h>
#include <stddef.h>

enum control_field {
	CONTROL_PACKAGE,
	CONTROL_STATUS,
	CONTROL_VERSION,
	CONTROL_ARCHITECTURE,
	CONTROL_MULTI_ARCH,
	CONTROL_MAINTAINER,
	CONTROL_VENDOR,
	CONTROL_ORIGIN,
	CONTROL_SOURCE,
	CONTROL_FIELD_COUNT,
};

/* A stanza: the first line of each field, without white space around it. */
struct control {
	struct {
		const char *text; /* in the buffer, not ended by NUL; NULL: there is none */
		size_t len;
	} of[CONTROL_FIELD_COUNT];
	size_t fields; /* of any name */
	size_t line;   /* of its first field, from 1 */
};

struct control_reader {
	const char *at, *end;
	size_t line;	 /* of what is at @at, from 1 */
	bool comments;	 /* lines that begin with # count as not there */
	const char *why; /* after an error: a sentence without its dot */
	size_t why_line;
};

/* Read the @len bytes at @text, which must stay. */
void control_begin(struct control_reader *reader, const char *text, size_t len, bool comments);
/*
 * The next stanza. Returns 1 and fills *@control; 0: there is no other; -EBADMSG with reader->why:
 * a line that is neither a field nor a continuation, a field twice, a NUL, or a last line without
 * its end.
 */
int control_next(struct control_reader *reader, struct control *control);
/* Whether the field is @text, in any case. */
bool control_is(const struct control *control, enum control_field field, const char *text);

#endif
