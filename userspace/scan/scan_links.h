/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files with several names that were looked at already, and in which nothing was found: their
 * further names need no look. Of bounded size; what finds no room is looked at once more.
 */
#ifndef INTERDICT_SCAN_LINKS_H
#define INTERDICT_SCAN_LINKS_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/stat.h>

struct scan_links;

/* Room for @max files. NULL: no memory. */
struct scan_links *scan_links_new(size_t max);
void scan_links_free(struct scan_links *links);

/* Whether the file of @stx, unchanged since, is there; and put it there. By any thread. */
bool scan_links_seen(struct scan_links *links, const struct statx *stx);
void scan_links_add(struct scan_links *links, const struct statx *stx);

#endif
