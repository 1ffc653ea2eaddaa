// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What it takes to resolve package rules: packages POLICY COMMAND... does what the daemon's second
 * thread does at a load, in the seconds behind it, once more, and after COMMAND, which changes what
 * is installed. Prints a
 * JSON line for each, with the time from when COMMAND was done. The kernel is not asked.
 */
#include <err.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "userspace/daemon/daemon.h"

static double ms_of(clockid_t clock)
{
	struct timespec t;

	if (clock_gettime(clock, &t))
		err(1, "clock_gettime");
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* By the clock, and of the processor. */
struct times {
	double ms, cpu_ms;
};

static struct times now(void)
{
	return (struct times){ ms_of(CLOCK_MONOTONIC), ms_of(CLOCK_PROCESS_CPUTIME_ID) };
}

static void row(const char *op, struct times began, const struct package_report *report)
{
	const struct times ended = now();
	size_t installed = 0;

	for (int i = 0; i < PACKAGE_TYPE_COUNT; i++)
		installed += report->databases.of[i].packages;
	printf("{\"op\":\"%s\",\"ms\":%.1f,\"cpu_ms\":%.1f,\"installed\":%zu,\"packages\":%zu,\"files\":%zu,\"rules\":%zu,"
	       "\"left_out\":%zu,\"read\":%zu}\n",
	       op, ended.ms - began.ms, ended.cpu_ms - began.cpu_ms, installed, report->packages,
	       report->files, report->rules, report->left_out, report->read);
}

/* @digest: of the resolution that is in force; then of this one. Returns how many packages are
 * still to be looked into. */
static size_t again(const char *op, struct policy *policy, uint8_t digest[32])
{
	struct daemon_load load = { .resolves = policy };
	const struct times began = now();
	size_t ahead;

	memcpy(load.digest_before, digest, sizeof(load.digest_before));
	daemon_packages_again(&load);
	if (load.err)
		errx(1, "not resolved: %s", strerror(-load.err));
	if (op)
		row(op, began, &load.packages);
	ahead = load.packages.ahead;
	memcpy(digest, load.packages.digest, sizeof(load.packages.digest));
	package_report_keep(&load.packages, PACKAGE_KEPT);
	policy_resolution_free(load.resolution);
	package_report_free(&load.packages);
	return ahead;
}

static void run(char **command)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		dup2(STDERR_FILENO, STDOUT_FILENO);
		execvp(command[0], command);
		err(1, "%s", command[0]);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		errx(1, "%s failed", command[0]);
}

int main(int argc, char **argv)
{
	struct policy_errors errs = { 0 };
	struct package_report report;
	struct policy *policy;
	uint8_t digest[32];
	struct times began;

	if (argc < 3)
		errx(2, "usage: packages POLICY COMMAND...");
	if (policy_load(argv[1], NULL, 0, 0, &policy, &errs))
		errx(1, "%s: %s", argv[1], errs.n ? errs.v[0].text : "not loaded");
	began = now();
	if (daemon_packages_resolve(policy, &report))
		errx(1, "no memory");
	row("first", began, &report);
	memcpy(digest, report.digest, sizeof(digest));
	began = now();
	while (again(NULL, policy, digest))
		continue;
	printf("{\"op\":\"looking ahead\",\"ms\":%.1f,\"cpu_ms\":%.1f}\n", now().ms - began.ms,
	       now().cpu_ms - began.cpu_ms);
	package_report_free(&report);
	again("nothing changed", policy, digest);
	run(argv + 2);
	again("changed", policy, digest);
	again("nothing changed", policy, digest);
	policy_free(policy);
	policy_errors_free(&errs);
	return 0;
}
