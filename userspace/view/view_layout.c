// SPDX-License-Identifier: GPL-2.0-or-later
#include "view_layout.h"

#include <string.h>

#include "view_model.h"

/* From here on there is room for a second column. */
#define WIDE_COLUMNS 140
/* The timeline and a free column on each side. */
#define SIDE_COLUMNS (VIEW_MINUTES + 4)

static int clamp(int value, int low, int high)
{
	if (value < low)
		return low;
	return value > high ? high : value;
}

/* The next @rows rows of what is left of @rect. */
static struct view_rect take(struct view_rect *rect, int rows)
{
	struct view_rect taken = { rect->y, rect->x, clamp(rows, 0, rect->rows), rect->columns };

	rect->y += taken.rows;
	rect->rows -= taken.rows;
	return taken;
}

static void place_wide(struct view_rect body, struct view_layout *layout)
{
	struct view_rect side = body;
	int tops;

	side.columns = SIDE_COLUMNS;
	side.x = body.columns - side.columns;
	layout->list = body;
	layout->list.columns -= side.columns + 1;
	layout->timeline = take(&side, clamp(body.rows / 4, 4, 12));
	/* A free row before each. */
	tops = side.rows / 3 - 1;
	take(&side, 1);
	layout->orders = take(&side, tops);
	take(&side, 1);
	layout->files = take(&side, tops);
	take(&side, 1);
	layout->users = side;
}

static void place_narrow(struct view_rect body, struct view_layout *layout)
{
	struct view_rect tops;
	int third;

	if (layout->rows >= 18)
		layout->timeline = take(&body, clamp(layout->rows / 6, 3, 9));
	if (layout->rows >= 14) {
		tops = take(&body, clamp(layout->rows / 5 + 1, 3, 12));
		third = tops.columns / 3;
		layout->orders = layout->files = layout->users = tops;
		layout->orders.columns = layout->users.columns = third;
		layout->files.x += third;
		layout->files.columns = tops.columns - 2 * third;
		layout->users.x = layout->files.x + layout->files.columns;
	}
	layout->list = body;
}

void view_layout_make(int rows, int columns, struct view_layout *layout)
{
	struct view_rect body = { 0, 0, rows, columns };

	memset(layout, 0, sizeof(*layout));
	layout->rows = rows;
	layout->columns = columns;
	layout->too_small = rows < VIEW_ROWS_MIN || columns < VIEW_COLUMNS_MIN;
	if (layout->too_small)
		return;
	layout->title = take(&body, 1);
	layout->gauges = take(&body, 1);
	body.rows -= 2;
	layout->news = (struct view_rect){ rows - 2, 0, 1, columns };
	layout->keys = (struct view_rect){ rows - 1, 0, 1, columns };
	layout->body = body;
	if (columns >= WIDE_COLUMNS)
		place_wide(body, layout);
	else
		place_narrow(body, layout);
}

void view_layout_columns(int columns, struct view_columns *widths)
{
	int left;

	*widths = (struct view_columns){ .time = 8, .kind = 7, .op = 4 };
	left = columns - widths->time - widths->kind - widths->op - 4;
	widths->order = clamp(left * 2 / 7, 0, 24);
	widths->user = columns >= 60 ? clamp(left / 7, 8, 12) : 0;
	widths->comm = columns >= 100 ? 15 : 0;
	left -= widths->order + 1;
	left -= widths->user ? widths->user + 1 : 0;
	left -= widths->comm ? widths->comm + 1 : 0;
	widths->path = clamp(left, 0, columns);
}
