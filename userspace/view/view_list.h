/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of refusals on the screen: which of the model's it shows, and where the selection is. */
#ifndef INTERDICT_VIEW_LIST_H
#define INTERDICT_VIEW_LIST_H

#include "view_model.h"

struct view_list {
	uint64_t ids[VIEW_KEPT_MAX]; /* what is shown, the newest first */
	size_t n;
	size_t selected; /* index in ids; 0 also where there is none */
	size_t top;	 /* index of the first row on the screen */
	/* The selection stays on this one while others come; 0: on the newest, whichever it is. */
	uint64_t held;
};

/*
 * Fill @list with those of @model that have @filter and, with @before not 0, a lower ID than that,
 * for a screen of @rows rows. The one that is selected stays selected, and in its row; where it is
 * gone, what was nearest to it takes its place.
 */
void view_list_update(struct view_list *list, const struct view_model *model, const char *filter,
		      uint64_t before, size_t rows);

/* Select what is @by rows below (or above) the selection, as far as there are rows. */
void view_list_move(struct view_list *list, long by, size_t rows);

/* What is selected, or NULL. */
const struct view_event *view_list_selected(const struct view_list *list,
					    const struct view_model *model);

#endif
