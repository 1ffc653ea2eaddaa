/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is banned and runs: processes, and what they have mapped. */
#ifndef INTERDICT_SCAN_RUNNING_H
#define INTERDICT_SCAN_RUNNING_H

#include "scan.h"

/*
 * Report each process that running_find() finds (running/running.h). Processes that could not be
 * looked at are a problem. Returns 0, or -errno where there is no /proc or no memory.
 */
int scan_running(const struct scan_policy *policy, const struct scan_report *report,
		 struct scan_counts *counts);

#endif
