// SPDX-License-Identifier: GPL-2.0-or-later
#include "view_list.h"

/* The rows that are shown begin where the selection is one of them, and leave none empty. */
static void scroll(struct view_list *list, size_t rows)
{
	if (!rows || list->n <= rows) {
		list->top = 0;
		return;
	}
	if (list->top > list->selected)
		list->top = list->selected;
	if (list->selected - list->top >= rows)
		list->top = list->selected - rows + 1;
	if (list->top > list->n - rows)
		list->top = list->n - rows;
}

void view_list_update(struct view_list *list, const struct view_model *model, const char *filter,
		      uint64_t before, size_t rows)
{
	uint64_t id = before && before < model->next_id ? before : model->next_id;
	size_t row = list->selected - list->top, old = list->selected;

	list->n = 0;
	list->selected = 0;
	while (id-- > model->oldest_id) {
		if (!view_event_has(view_model_get(model, id), filter))
			continue;
		/* The first that is not newer is the one, or was nearest to it. */
		if (list->held && !list->selected && id <= list->held)
			list->selected = list->n + 1;
		list->ids[list->n++] = id;
	}
	if (!list->held || !list->n) {
		list->selected = 0;
	} else {
		/* All are newer: the oldest of them. */
		list->selected = list->selected ? list->selected - 1 : list->n - 1;
		list->held = list->ids[list->selected];
	}
	if (list->selected != old)
		list->top = list->selected > row ? list->selected - row : 0;
	scroll(list, rows);
}

void view_list_move(struct view_list *list, long by, size_t rows)
{
	size_t last = list->n ? list->n - 1 : 0;

	if (by < 0)
		list->selected -= (size_t)-by < list->selected ? (size_t)-by : list->selected;
	else
		list->selected +=
			(size_t)by < last - list->selected ? (size_t)by : last - list->selected;
	list->held = list->selected ? list->ids[list->selected] : 0;
	scroll(list, rows);
}

const struct view_event *view_list_selected(const struct view_list *list,
					    const struct view_model *model)
{
	return list->n ? view_model_get(model, list->ids[list->selected]) : NULL;
}
