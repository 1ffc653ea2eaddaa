/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How far a scan is, as a line for a terminal. */
#ifndef INTERDICT_SCAN_PROGRESS_H
#define INTERDICT_SCAN_PROGRESS_H

#include <stddef.h>
#include <stdint.h>

#include "scan.h"

struct scan_progress {
	uint64_t total; /* names to come, all in all; 0: not known */
	/* private */
	double seconds; /* of the last call */
	double rate;	/* names in a second, lately */
	uint64_t entries;
};

/*
 * The line after @seconds, of at most @columns columns, in ASCII, to @line of @size bytes: a bar,
 * per cent and the time that is left where the total is known, files, bytes hashed, names in a
 * second, findings.
 */
void scan_progress_line(struct scan_progress *progress, const struct scan_counts *counts,
			double seconds, size_t columns, char *line, size_t size);

/* "1.5 GiB", "312 KiB", "17 B". */
void scan_bytes_text(uint64_t bytes, char text[16]);

#endif
