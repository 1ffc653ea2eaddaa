/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef INTERDICT_TIMER_H
#define INTERDICT_TIMER_H

#include "abi.h"

void timer_init(void);
/* Nothing ticks any more when it returns. */
void timer_exit(void);

/*
 * Has interdict_tick() called at a time of CLOCK_BOOTTIME; in place of what was asked for before,
 * which is not being called any more when this returns. A time of 0: never. One that has passed: at
 * once. Returns 0; -EINVAL for a negative time or a field that is not 0.
 */
int timer_set(const struct interdict_timer *request);

/* CLOCK_BOOTTIME in ns of the call that is to come, or 0. */
u64 timer_due(void);

#endif
