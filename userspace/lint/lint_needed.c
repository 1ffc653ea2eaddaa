// SPDX-License-Identifier: GPL-2.0-or-later
#include "lint_needed.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static bool is_same(struct lint_file *file, const struct policy_resolved_rule *rule)
{
	if (rule->id.kind == POLICY_KIND_BUILD_ID)
		return file->build_id_len == rule->id.len &&
		       !memcmp(file->build_id, rule->id.value, rule->id.len);
	return file->size == rule->size && (file->hashed || !lint_file_hash(file)) &&
	       !memcmp(file->sha256, rule->id.value, sizeof(file->sha256));
}

const char *lint_needed_spare(void *context, const struct policy_resolved_rule *rule)
{
	struct lint_needed *needed = context;
	size_t i;

	if (!needed->found) {
		needed->found = true;
		needed->err = lint_files_find(&needed->files);
	}
	for (i = 0; i < needed->files.n; i++) {
		struct lint_file *file = &needed->files.v[i];

		if (!is_same(file, rule))
			continue;
		snprintf(needed->why, sizeof(needed->why), "it is %.256s, needed: %s", file->path,
			 file->why);
		return needed->why;
	}
	return NULL;
}

void lint_needed_free(struct lint_needed *needed)
{
	lint_files_free(&needed->files);
	memset(needed, 0, sizeof(*needed));
}

int lint_needed_resolve(struct policy *policy, const struct package_resolve_options *options,
			struct package_report *report)
{
	struct package_resolve_options sparing = *options;
	struct policy_resolution *resolution;
	struct lint_needed needed = { 0 };
	int err;

	sparing.spare = lint_needed_spare;
	sparing.context = &needed;
	sparing.spare_homes = true;
	err = package_resolve(policy, &sparing, &resolution, report);
	if (!err && needed.err) {
		policy_resolution_free(resolution);
		package_report_free(report);
		err = needed.err;
	}
	lint_needed_free(&needed);
	if (!err)
		policy_set_resolution(policy, resolution);
	return err;
}
