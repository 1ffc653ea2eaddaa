/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Texts on a terminal, measured in its columns and not in bytes: a CJK character takes two, a
 * combining mark none. Texts here are UTF-8 and escaped (escape.h). How wide a character is, is
 * what wcwidth(3) says in the locale of the program (LC_CTYPE); in a locale that is not UTF-8 texts
 * must be ASCII (ESCAPE_ASCII).
 */
#ifndef INTERDICT_COLUMNS_H
#define INTERDICT_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>

/* Which part of a text that is too long gives way to an ellipsis. */
enum columns_cut {
	COLUMNS_CUT_END,
	COLUMNS_CUT_MIDDLE, /* of a path both ends tell more than what is between */
};

/* Take the user's locale, for characters alone. Returns whether it is UTF-8. */
bool columns_use_locale(void);

/* Whether the locale is UTF-8: what is shown may be more than ASCII. */
bool columns_utf8(void);

/* Columns that @text takes. */
size_t columns_of(const char *text);

/* Bytes at the beginning of @text that take at most @columns columns. */
size_t columns_head(const char *text, size_t columns);

/*
 * A copy of @text, to be freed, of at most @columns columns: as it is, or cut with an ellipsis. An
 * escape of \xHH is never cut through. NULL: no memory.
 */
char *columns_fit(const char *text, size_t columns, enum columns_cut cut);

#endif
