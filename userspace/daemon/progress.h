/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether the daemon does its work, for the watchdog of systemd: a loop that turns and takes
 * nothing from the ring is as dead as one that hangs. */
#ifndef INTERDICT_PROGRESS_H
#define INTERDICT_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
	bool begun;
	uint64_t position;
};

/*
 * Whether there was progress since the last call, where the consumer's position in the ring is
 * @position and @waiting bytes lie behind it; @record_failed: the record cannot be written, so that
 * events stay where they are, which is reported elsewhere and helped by no restart. The first call
 * is progress, and so is another ring (a position that went back).
 */
bool progress_made(struct progress *progress, uint64_t position, size_t waiting,
		   bool record_failed);

#endif
