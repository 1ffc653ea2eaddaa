/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the command of stall is. */
#ifndef STALL_H
#define STALL_H

enum stall_state {
	STALL_AWAITED,
	STALL_HERE,
	STALL_RELEASED,
	STALL_EXPIRED, /* it went on by itself, as no program may turn for ever */
};

#endif
