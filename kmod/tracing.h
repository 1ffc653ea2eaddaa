/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef INTERDICT_TRACING_H
#define INTERDICT_TRACING_H

#include <linux/types.h>

/*
 * Keeps kernel.ftrace_enabled from being set to 0, which would silently switch off every BPF LSM
 * program (6.1, 6.12; 7.x refuses by itself). Where it is 0 already, or the kernel has no ftrace,
 * it says so in the log: the module is of use to user space without.
 */
void tracing_hold(void);
void tracing_release(void);
bool tracing_is_held(void);

#endif
