/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `interdict watch --full`: refusals as they come, on a whole screen. */
#ifndef INTERDICT_VIEW_H
#define INTERDICT_VIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "config.h"

#define VIEW_WHY_LEN 256

/*
 * Show it until the user has enough. Returns 0; the number of the signal that ended it; or -errno
 * with a sentence in @why, where it could not begin. The terminal is as it was before.
 */
int view_run(const struct config *config, bool color, char why[VIEW_WHY_LEN]);

#endif
