// SPDX-License-Identifier: GPL-2.0-or-later
#include "scan_installed.h"

#include <errno.h>

#include "packages/package.h"
#include "scan_finding.h"
#include "scan_internal.h"

struct search {
	const struct scan_policy *policy;
	const struct scan_report *report;
	struct scan_counts *counts;
};

static int look_at(void *context, const struct package *package)
{
	const struct search *search = context;
	json_t *also = json_array();
	const struct scan_package_rule *rule = scan_judge_package(search->policy, package, also);

	scan_count(&search->counts->packages, 1);
	if (!rule) {
		json_decref(also);
		return 0;
	}
	return scan_tell(search->report, search->counts, rule->audit,
			 scan_finding_package(search->policy, rule, also, package));
}

int scan_installed(const struct scan_policy *policy, const char *root,
		   const struct scan_report *report, struct scan_counts *counts)
{
	struct search search = { policy, report, counts };
	struct package_databases databases;
	int err;

	/* A database that no rule asks about is not read. */
	if (!policy->package_types)
		return 0;
	err = package_each(root, policy->package_types, look_at, &search, &databases);
	if (err != -EBADMSG)
		return err;
	for (int i = 0; i < PACKAGE_TYPE_COUNT; i++) {
		if (databases.of[i].state != PACKAGE_DATABASE_BROKEN)
			continue;
		scan_count(&counts->problems, 1);
		report->problem(report->context, package_type_name((enum package_type)i), -EBADMSG,
				databases.of[i].why);
	}
	return 0;
}
