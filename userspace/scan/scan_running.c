// SPDX-License-Identifier: GPL-2.0-or-later
#include "scan_running.h"

#include <errno.h>
#include <stdio.h>

#include "running/running.h"
#include "scan_finding.h"
#include "scan_internal.h"

struct search {
	const struct scan_policy *policy;
	const struct scan_report *report;
	struct scan_counts *counts;
};

static int tell(void *context, struct running_found *found)
{
	const struct search *search = context;
	json_t *finding = scan_finding_process(search->policy, found);
	bool audit = found->outcome == DECISION_AUDIT;

	running_found_free(found);
	return scan_tell(search->report, search->counts, audit, finding);
}

/* The tables stay the policy's. */
static void keep(struct compile_image *image)
{
	(void)image;
}

int scan_running(const struct scan_policy *policy, const struct scan_report *report,
		 struct scan_counts *counts)
{
	struct search search = { policy, report, counts };
	struct compile_image image = policy->image;
	struct running_counts looked = { 0 };
	struct running_rules *rules;
	char why[96];
	int err = running_rules_new(&image, keep, NULL, NULL, &rules);

	if (err)
		return err;
	err = running_find(rules, NULL, tell, &search, &looked);
	running_rules_unref(rules);
	scan_count(&counts->processes, looked.processes);
	scan_count(&counts->unidentified, looked.unidentified);
	if (!err && looked.unread) {
		scan_count(&counts->problems, 1);
		snprintf(why, sizeof(why), "%zu processes could not be looked at, or not whole",
			 looked.unread);
		report->problem(report->context, "/proc", -EACCES, why);
	}
	return err;
}
