/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the record has of the last hour, for a view that begins, or that was cut off for a while. */
#ifndef INTERDICT_VIEW_HISTORY_H
#define INTERDICT_VIEW_HISTORY_H

#include "view_model.h"

/* Bytes of lines that are read, the newest: about 20,000 refusals, a fraction of a second. */
#define VIEW_HISTORY_BYTES_MAX (24U << 20)

/*
 * Add the lines of the record at @path that are not older than an hour before @now (seconds since
 * 1970) and that @model has not seen, in their order, also from files that rotation made of it.
 * Returns 0, also where there is more than VIEW_HISTORY_BYTES_MAX and the older ones are left out;
 * -ENOMEM; another -errno of opening or reading.
 */
int view_history_read(const char *path, int64_t now, struct view_model *model);

#endif
