/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The terminal of the view: taken with ncurses, and given back whichever way the program ends but
 * by SIGKILL.
 */
#ifndef INTERDICT_VIEW_TERM_H
#define INTERDICT_VIEW_TERM_H

#include <stdbool.h>
#include <stddef.h>

/* How a text looks; see view_term_style(). */
enum view_style {
	VIEW_STYLE_PLAIN,
	VIEW_STYLE_DIM,
	VIEW_STYLE_BOLD,
	VIEW_STYLE_HEADING,
	VIEW_STYLE_GOOD,
	VIEW_STYLE_WARN,
	VIEW_STYLE_BAD,
	VIEW_STYLE_BAR,
	VIEW_STYLE_GOOD_LINE, /* a whole line of it */
	VIEW_STYLE_WARN_LINE,
	VIEW_STYLE_BAD_LINE,
	VIEW_STYLE_COUNT
};

/*
 * Take the terminal of standard input and output. Returns 0; -ENOTTY, -EINVAL (a type that cannot
 * do this) or another -errno with a sentence in @why.
 */
int view_term_open(bool color, char *why, size_t size);
/* Give it back. May be called at any time, and twice. */
void view_term_close(void);

/* Readable when a signal came. */
int view_term_fd(void);
/* Take it. Returns 0 where it was a new size, or none; else its number: the view has to end. */
int view_term_signal(void);

/* Whether characters beyond ASCII can be shown, and the eighths of a block are among them. */
bool view_term_utf8(void);
bool view_term_blocks(void);

/*
 * Write @text, UTF-8 or anything, at @y and @x of the screen in @columns columns: made safe, cut
 * with an ellipsis (in the middle, with @middle) where it is longer, and filled with blanks.
 */
void view_term_put(int y, int x, int columns, enum view_style style, bool selected, bool middle,
		   const char *text);

#endif
