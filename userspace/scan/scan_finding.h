/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Findings as JSON objects, and these as text. The members:
 *
 *	found	"file", "package", "process"
 *	verdict order rule [via] claimed also operations title authority message contact
 *		as scan_verdict_json() has them; operations are none of a package
 *	file	{path sha256 size dev ino build_id publisher [claims]}, as events have it
 *		(event_line.h); of a file, "links": how many names it has; of a process, the file
 *		that is banned: its executable one (operations: exec) or one that it has mapped
 *	package	{type name version arch maintainer vendor origin id}; of a file, what it would
 *		install: then operations are none, as the kernel knows it by its content alone
 *	process {pid ppid uid auid comm exe parents}
 */
#ifndef INTERDICT_SCAN_FINDING_H
#define INTERDICT_SCAN_FINDING_H

#include <linux/stat.h>
#include <stdio.h>
#include <jansson.h>

#include "scan_policy.h"

/* A finding of a file at @path. NULL: no memory. */
json_t *scan_finding_file(const struct scan_policy *policy, const struct scan_verdict *verdict,
			  const char *path, const struct statx *stx,
			  const struct interdict_identity *identity);

/* Of a package, that @rule describes; @also, an array of other orders' IDs, is taken over. */
struct package;
json_t *scan_finding_package(const struct scan_policy *policy, const struct scan_package_rule *rule,
			     json_t *also, const struct package *package);

/* Of a file at @path that would install it. */
json_t *scan_finding_package_file(const struct scan_policy *policy,
				  const struct scan_package_rule *rule, json_t *also,
				  const struct package *package, const char *path,
				  const struct statx *stx,
				  const struct interdict_identity *identity);

/* Of a process. */
struct running_found;
json_t *scan_finding_process(const struct scan_policy *policy, const struct running_found *found);

/* A line for a person, safe for a terminal. Errors of writing are left in @out. */
void scan_finding_print(const json_t *finding, FILE *out);

/* CSV, as csv.h has it. */
void scan_finding_csv_head(FILE *out);
int scan_finding_csv(const json_t *finding, FILE *out);

/*
 * SARIF: a result (section 3.27) of the rule that is the order's, in @rules an array of them, which
 * grows by those that were not there. NULL: no memory.
 */
json_t *scan_finding_sarif(const json_t *finding, json_t *rules);

#endif
