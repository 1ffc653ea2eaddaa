/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where things are on a screen of any size. Narrow screens have all below each other, wide ones the
 * list on the left; what finds no room has no rows.
 *
 *	80x24			140 columns and more
 *	title			title
 *	gauges			gauges
 *	timeline		list	| timeline
 *	orders|files|users	  .	| orders
 *	list			  .	| files
 *	 .			  .	| users
 *	news			news
 *	keys			keys
 */
#ifndef INTERDICT_VIEW_LAYOUT_H
#define INTERDICT_VIEW_LAYOUT_H

#include <stdbool.h>

/* Less shows nothing that is worth reading. */
#define VIEW_ROWS_MIN	 8
#define VIEW_COLUMNS_MIN 40

struct view_rect {
	int y, x, rows, columns;
};

struct view_layout {
	int rows, columns; /* of the screen */
	bool too_small;	   /* nothing is placed */
	struct view_rect title, gauges, timeline, orders, files, users, list, news, keys;
	struct view_rect
		body; /* what a page of text takes, instead of all between gauges and news */
};

void view_layout_make(int rows, int columns, struct view_layout *layout);

/* The columns of a row of the list, each 0 where it is left out; one is free behind each. */
struct view_columns {
	int time, kind, op, order, user, comm, path;
};

void view_layout_columns(int columns, struct view_columns *widths);

#endif
