// SPDX-License-Identifier: GPL-2.0-or-later
#include "progress.h"

bool progress_made(struct progress *progress, uint64_t position, size_t waiting, bool record_failed)
{
	bool moved = !progress->begun || progress->position != position;

	progress->begun = true;
	progress->position = position;
	return moved || !waiting || record_failed;
}
