// SPDX-License-Identifier: GPL-2.0-or-later
#include "scan_progress.h"

#include <stdio.h>
#include <string.h>

/* The bar, without its brackets. */
#define BAR 20U
/* What the rate is of, in seconds: long enough that it does not jump about. */
#define LATELY 5.0
/* An estimate of more than that many seconds says nothing. */
#define LEFT_MAX (99 * 3600.0)

void scan_bytes_text(uint64_t bytes, char text[16])
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB" };
	double value = (double)bytes;
	unsigned int unit = 0;

	while (value >= 1024 && unit < sizeof(units) / sizeof(units[0]) - 1) {
		value /= 1024;
		unit++;
	}
	snprintf(text, 16, unit && value < 10 ? "%.1f %s" : "%.0f %s", value, units[unit]);
}

static void measure(struct scan_progress *progress, uint64_t entries, double seconds)
{
	double passed = seconds - progress->seconds, weight, now;

	if (passed <= 0)
		return;
	now = (double)(entries - progress->entries) / passed;
	weight = passed < LATELY ? passed / LATELY : 1;
	/* At first, all that there was. */
	if (seconds < LATELY)
		progress->rate = (double)entries / seconds;
	else
		progress->rate += weight * (now - progress->rate);
	progress->entries = entries;
	progress->seconds = seconds;
}

static size_t put_bar(char *line, size_t size, double part, double left)
{
	unsigned int full = (unsigned int)(part * BAR), seconds = (unsigned int)left;
	char bar[BAR + 1];
	int n;

	memset(bar, '-', BAR);
	memset(bar, '#', full < BAR ? full : BAR);
	bar[BAR] = '\0';
	n = snprintf(line, size, "[%s] %3.0f%% ", bar, part * 100);
	if (left <= LEFT_MAX)
		n += snprintf(line + n, size - (size_t)n, "%u:%02u:%02u left, ", seconds / 3600,
			      seconds / 60 % 60, seconds % 60);
	return (size_t)n;
}

void scan_progress_line(struct scan_progress *progress, const struct scan_counts *counts,
			double seconds, size_t columns, char *line, size_t size)
{
	uint64_t entries = atomic_load(&counts->entries), found;
	uint64_t problems = atomic_load(&counts->problems);
	char hashed[16], text[256];
	size_t n = 0;
	double part;

	measure(progress, entries, seconds);
	if (progress->total) {
		/* Files with several names count more than once: it does not end before its end. */
		part = (double)entries / (double)progress->total;
		part = part < 0.99 ? part : 0.99;
		n = put_bar(text, sizeof(text), part,
			    progress->rate > 0 ?
				    (1 - part) * (double)progress->total / progress->rate :
				    LEFT_MAX + 1);
	}
	found = atomic_load(&counts->found) + atomic_load(&counts->found_audit);
	scan_bytes_text(atomic_load(&counts->hashed), hashed);
	n += (size_t)snprintf(text + n, sizeof(text) - n,
			      "%llu files, %s hashed, %.0f/s, %llu found",
			      (unsigned long long)atomic_load(&counts->files), hashed,
			      progress->rate, (unsigned long long)found);
	if (problems)
		snprintf(text + n, sizeof(text) - n, ", %llu problems",
			 (unsigned long long)problems);
	if (columns && strlen(text) > columns)
		text[columns] = '\0';
	snprintf(line, size, "%s", text);
}
