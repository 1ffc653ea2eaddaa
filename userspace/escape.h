/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names that come from the kernel (paths, comm) are bytes; JSON and terminals take UTF-8.
 *
 * The escape: a backslash becomes two, a byte that is not part of valid UTF-8 becomes \xHH (two
 * lower case hex digits). All else stays. So every name has exactly one escaped form, and
 * unescape_name() gives its bytes back.
 */
#ifndef INTERDICT_ESCAPE_H
#define INTERDICT_ESCAPE_H

#include <stddef.h>
#include <stdio.h>

/* Escape also what may act on a terminal or on what a reader sees: control characters (C0, DEL,
 * C1), line and paragraph separators, marks that change direction. Still undone by unescape_name().
 */
#define ESCAPE_TERMINAL 1U
/* The text is escaped already: leave backslashes alone. */
#define ESCAPE_KEEP_BACKSLASH 2U
/* Escape all that is not ASCII: for a terminal whose character set is unknown. */
#define ESCAPE_ASCII 4U

/*
 * Escape @len bytes at @name. Returns a string that the caller frees, or NULL without memory. It is
 * at most 4 times as long.
 */
char *escape_name(const char *name, size_t len, unsigned int flags);

/* The same of a text whose names are escaped already, for a terminal or a line of a log: with both
 * of these flags. */
char *escape_text(const char *text);

/*
 * Escape in the @len bytes of JSON at @text, which has room for @size, what json_dumps() leaves as
 * it is and ESCAPE_TERMINAL would not: as \uXXXX, which whoever reads JSON undoes. Returns the
 * length then; 0: there is no room, and @text is as it was.
 */
size_t escape_json(char *text, size_t len, size_t size);

/*
 * Print a line to @out: @before as it is, then @text with what acts on a terminal escaped; names in
 * @text are escaped already, so backslashes stay.
 */
void escape_print(FILE *out, const char *before, const char *text);

/*
 * Undo escape_name(). Returns the number of bytes written to @out, which takes strlen(@text), or
 * -1 where a backslash does not begin an escape.
 */
long unescape_name(const char *text, char *out);

#endif
