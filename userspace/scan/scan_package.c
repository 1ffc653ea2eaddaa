// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Package files: what one would install is in it, and the kernel, which judges by content, does not
 * know it. So they are opened here, all that are long enough, for their first bytes.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "packages/package.h"
#include "remove/quarantine.h"
#include "scan_finding.h"
#include "scan_internal.h"

/* A .flatpakref, the shortest of them, has more. */
#define SHORTEST 20U

bool scan_package_wanted(const struct scan *scan, uint64_t size)
{
	return scan->options->policy->package_types && size >= SHORTEST;
}

/* As if nobody had read it, where that is allowed. */
static int open_quietly(int fd)
{
	char link[64];
	int content;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	content = open(link, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOATIME);
	if (content < 0 && errno == EPERM)
		content = open(link, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	return content < 0 ? -errno : content;
}

static enum scan_package judge(struct scan_worker *worker, const struct statx *stx,
			       const struct package *package)
{
	const struct scan_policy *policy = worker->scan->options->policy;
	json_t *also = json_array();
	const struct scan_package_rule *rule = scan_judge_package(policy, package, also);

	if (!rule) {
		json_decref(also);
		return SCAN_PACKAGE_PASS;
	}
	/* What was taken away is not there. */
	if (quarantine_has(QUARANTINE_DIR, worker->path))
		json_decref(also);
	else
		scan_found(worker, rule->audit,
			   scan_finding_package_file(policy, rule, also, package, worker->path, stx,
						     &worker->identity));
	return SCAN_PACKAGE_FOUND;
}

static enum scan_package look(struct scan_worker *worker, int content, const struct statx *stx)
{
	const unsigned int types = worker->scan->options->policy->package_types;
	char why[PACKAGE_WHY_MAX] = "";
	uint8_t head[PACKAGE_FILE_HEAD];
	struct package package;
	enum scan_package found;
	ssize_t n;
	int err;

	/* Of most nothing more is read, and so not ahead. */
	posix_fadvise(content, 0, 0, POSIX_FADV_RANDOM);
	n = pread(content, head, sizeof(head), 0);
	if (n < 0) {
		scan_problem(worker, -errno, NULL);
		return SCAN_PACKAGE_PASS;
	}
	if (package_file_type(head, (size_t)n) == PACKAGE_TYPE_COUNT)
		return SCAN_PACKAGE_NONE;
	if (!(types & PACKAGE_TYPE_BIT(package_file_type(head, (size_t)n))))
		return SCAN_PACKAGE_PASS;
	err = package_of_file(content, &package, why);
	if (err == -ENODATA)
		return SCAN_PACKAGE_PASS;
	if (err) {
		scan_problem(worker, err, why);
		return SCAN_PACKAGE_PASS;
	}
	found = judge(worker, stx, &package);
	package_clear(&package);
	return found;
}

enum scan_package scan_package(struct scan_worker *worker, int fd, const struct statx *stx)
{
	int content = open_quietly(fd);
	enum scan_package found = SCAN_PACKAGE_PASS;

	if (content < 0) {
		scan_problem(worker, content, NULL);
		return found;
	}
	found = look(worker, content, stx);
	close(content);
	return found;
}
