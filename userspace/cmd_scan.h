/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of `interdict scan` share: cmd_scan.c asks and decides, cmd_scan_output.c prints.
 */
#ifndef INTERDICT_CMD_SCAN_H
#define INTERDICT_CMD_SCAN_H

#include <time.h>

#include "scan/scan.h"
#include "scan/scan_progress.h"
#include "scan/scan_roots.h"

enum scan_format { SCAN_TEXT, SCAN_JSON, SCAN_CSV, SCAN_SARIF };

struct scan_output {
	enum scan_format format;
	bool quiet;	/* of people: no summary */
	bool bar;	/* on standard error, which is a terminal */
	bool bar_shown; /* there is one on the last line */
	const struct scan_policy *policy;
	struct scan_counts *counts;
	struct scan_progress progress;
	struct timespec began;
	/* SARIF is one document: as much of it as readers take */
	json_t *rules, *results;
	uint64_t dropped;
};

/* How a scan ended. */
struct scan_end {
	int status;	 /* that the program exits with */
	bool stopped;	 /* by who started it */
	const char *why; /* of the cache: a sentence, or NULL */
};

void scan_output_begin(struct scan_output *output);
/* The callbacks of struct scan_report; their context is the output. */
void scan_output_found(void *output, json_t *finding);
void scan_output_problem(void *output, const char *path, int err, const char *why);
void scan_output_progress(void *output, const struct scan_counts *counts);
/* What is not looked into, and why. */
void scan_output_skipped(struct scan_output *output, const struct scan_roots *roots);
void scan_output_end(struct scan_output *output, const struct scan_end *end);

#endif
