// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "door.h"

/* Fields before the action, separated by a space: name, old version, its direction, new version;
 * since version 3 also architecture and Multi-Arch of both. The action may have spaces in it. */
#define FIELDS_V2 4
#define FIELDS_V3 8

/* The action of a line, or NULL: it has too few fields. */
static char *action_of(char *line, unsigned int fields)
{
	for (; fields; fields--) {
		line = strchr(line, ' ');
		if (!line)
			return NULL;
		line++;
	}
	return line;
}

/* A line without its end. Returns 1, 0 at the end, -EBADMSG for one that is too long, -ENOMEM. */
static int read_line(FILE *in, char **line, size_t *size)
{
	ssize_t len;

	errno = 0;
	len = getline(line, size, in);
	if (len < 0)
		return feof(in) ? 0 : errno == ENOMEM ? -ENOMEM : -EIO;
	if (len > DOOR_LINE_MAX || memchr(*line, '\0', (size_t)len))
		return -EBADMSG;
	if (len && (*line)[len - 1] == '\n')
		(*line)[len - 1] = '\0';
	return 1;
}

static int read_packages(FILE *in, char **line, size_t *size, unsigned int fields, door_file_fn fn,
			 void *context)
{
	int r;

	while ((r = read_line(in, line, size)) > 0) {
		char *action = action_of(*line, fields);

		if (!action)
			return **line ? -EBADMSG : 0;
		/* Others are **CONFIGURE** and **REMOVE**. */
		if (*action == '/') {
			r = fn(context, AT_FDCWD, action);
			if (r)
				return r;
		}
	}
	return r;
}

int door_apt(FILE *in, door_file_fn fn, void *context)
{
	char *line = NULL;
	size_t size = 0;
	int r = read_line(in, &line, &size);

	if (r <= 0) {
		/* Nothing is unpacked. */
	} else if (!strcmp(line, "VERSION 2") || !strcmp(line, "VERSION 3")) {
		unsigned int fields = line[8] == '2' ? FIELDS_V2 : FIELDS_V3;

		while ((r = read_line(in, &line, &size)) > 0 && *line)
			;
		r = r > 0 ? read_packages(in, &line, &size, fields, fn, context) : r ? r : -EBADMSG;
	} else if (*line == '/') {
		r = fn(context, AT_FDCWD, line);
		if (!r)
			r = read_packages(in, &line, &size, 0, fn, context);
	} else {
		r = -EBADMSG;
	}
	free(line);
	return r;
}
