// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What `interdict scan` prints. To standard output: a line for each finding, or JSON lines, CSV, or
 * a SARIF log. To standard error: how far it is, problems, and a summary; with --json these are
 * lines, too:
 *
 *	{"v":1,"type":"finding", ...scan/scan_finding.h}
 *	{"v":1,"type":"problem","path","error","text"}
 *	{"v":1,"type":"skipped","path","filesystem","sort","reason"}
 *	{"v":1,"type":"summary", ...}
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cmd_scan.h"
#include "escape.h"
#include "sarif_log.h"
#include "scan/scan_finding.h"
#include "verb.h"

/* Results of a SARIF log: what code review systems take. */
#define RESULTS_MAX 25000U

static const char *const reasons[] = {
	[SCAN_SKIP_TYPE] = "not looked into",
	[SCAN_SKIP_LAYERS] = "looked into where its layers lie",
	[SCAN_SKIP_COVERED] = "covered by another mount",
	[SCAN_SKIP_ERROR] = "cannot be opened",
};

static double seconds_since(const struct timespec *began)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - began->tv_sec) + (double)(now.tv_nsec - began->tv_nsec) / 1e9;
}

/* ---- the bar ---- */

static void take_bar_away(struct scan_output *output)
{
	if (output->bar_shown)
		fputs("\r\033[K", stderr); /* ECMA-48, EL */
	output->bar_shown = false;
}

void scan_output_progress(void *context, const struct scan_counts *counts)
{
	struct scan_output *output = context;
	struct winsize window;
	char line[256];
	size_t columns = 80;

	if (!output->bar)
		return;
	if (!ioctl(STDERR_FILENO, TIOCGWINSZ, &window) && window.ws_col)
		columns = window.ws_col;
	/* Not into the last column: some terminals then begin a new line. */
	scan_progress_line(&output->progress, counts, seconds_since(&output->began), columns - 1,
			   line, sizeof(line));
	fprintf(stderr, "\r%s\033[K", line);
	fflush(stderr);
	output->bar_shown = true;
}

/* ---- as it comes ---- */

/* Takes over @json. */
static void print_line(const char *type, json_t *json)
{
	json_t *line = json_pack("{s:i, s:s}", "v", 1, "type", type);

	if (!json_object_update(line, json) &&
	    !json_dumpf(line, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER))
		putchar('\n');
	else
		fputs("interdict scan: out of memory\n", stderr);
	json_decref(line);
	json_decref(json);
}

void scan_output_begin(struct scan_output *output)
{
	clock_gettime(CLOCK_MONOTONIC, &output->began);
	if (output->format == SCAN_CSV)
		scan_finding_csv_head(stdout);
	if (output->format == SCAN_SARIF) {
		output->rules = json_array();
		output->results = json_array();
	}
}

static void keep_result(struct scan_output *output, const json_t *finding)
{
	if (json_array_size(output->results) == RESULTS_MAX ||
	    json_array_append_new(output->results, scan_finding_sarif(finding, output->rules)))
		output->dropped++;
}

void scan_output_found(void *context, json_t *finding)
{
	struct scan_output *output = context;

	take_bar_away(output);
	switch (output->format) {
	case SCAN_TEXT:
		scan_finding_print(finding, stdout);
		break;
	case SCAN_JSON:
		print_line("finding", json_incref(finding));
		break;
	case SCAN_CSV:
		if (scan_finding_csv(finding, stdout))
			fputs("interdict scan: out of memory\n", stderr);
		break;
	case SCAN_SARIF:
		keep_result(output, finding);
		break;
	}
	fflush(stdout);
}

static json_t *path_json(const char *path)
{
	char *escaped = escape_name(path, strlen(path), 0);
	json_t *json = escaped ? json_string(escaped) : NULL;

	free(escaped);
	return json;
}

void scan_output_problem(void *context, const char *path, int err, const char *why)
{
	struct scan_output *output = context;
	const char *name = strerrorname_np(-err);

	take_bar_away(output);
	if (output->format == SCAN_JSON)
		print_line("problem", json_pack("{s:o, s:s, s:s}", "path", path_json(path), "error",
						name ? name : "", "text", why));
	else
		verb_complain("scan", path, why);
}

static void complain_skipped(const struct scan_skipped *skipped)
{
	char why[160];

	snprintf(why, sizeof(why), "%s: %.32s%s", reasons[skipped->why], skipped->type,
		 skipped->why != SCAN_SKIP_TYPE ? "" :
		 skipped->sort == SCAN_FUSE	? ", a user's program answers; name it to "
						  "look into it" :
						  ", on the network; name it to look into it");
	verb_complain("scan", skipped->path, why);
}

/* Of pseudo file systems there are many: their types in a line. */
static void complain_pseudo(const struct scan_roots *roots)
{
	size_t n = 0;

	for (size_t i = 0; i < roots->n_skipped; i++) {
		bool told = roots->skipped[i].sort != SCAN_PSEUDO;

		for (size_t j = 0; j < i && !told; j++)
			told = !strcmp(roots->skipped[j].type, roots->skipped[i].type);
		if (!told)
			fprintf(stderr, "%s%s",
				n++ ? ", " :
				      "interdict scan: no files of anybody, not looked into: ",
				roots->skipped[i].type);
	}
	if (n)
		fputc('\n', stderr);
}

void scan_output_skipped(struct scan_output *output, const struct scan_roots *roots)
{
	for (size_t i = 0; i < roots->n_skipped; i++) {
		const struct scan_skipped *skipped = &roots->skipped[i];

		if (skipped->why == SCAN_SKIP_ERROR) {
			output->counts->problems++;
			scan_output_problem(output, skipped->path, skipped->err,
					    strerror(-skipped->err));
		} else if (output->format == SCAN_JSON)
			print_line("skipped",
				   json_pack("{s:o, s:s, s:s, s:s}", "path",
					     path_json(skipped->path), "filesystem", skipped->type,
					     "sort", scan_filesystem_name(skipped->sort), "reason",
					     reasons[skipped->why]));
		else if (!output->quiet && skipped->sort != SCAN_PSEUDO)
			complain_skipped(skipped);
	}
	if (output->format != SCAN_JSON && !output->quiet)
		complain_pseudo(roots);
}

/* ---- the end ---- */

static json_t *summary_json(const struct scan_output *output, const struct scan_end *end)
{
	const struct scan_counts *c = output->counts;

	return json_pack("{s:o, s:b, s:f, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, "
			 "s:I, s:I, s:i}",
			 "policy", scan_policy_json(output->policy), "complete",
			 !end->stopped && !c->problems, "seconds", seconds_since(&output->began),
			 "found", (json_int_t)c->found, "found_audit", (json_int_t)c->found_audit,
			 "packages", (json_int_t)c->packages, "processes", (json_int_t)c->processes,
			 "files", (json_int_t)c->files, "directories", (json_int_t)c->directories,
			 "identified", (json_int_t)c->identified, "remembered",
			 (json_int_t)c->remembered, "links", (json_int_t)c->linked, "hashed_bytes",
			 (json_int_t)c->hashed, "unidentified", (json_int_t)c->unidentified,
			 "problems", (json_int_t)c->problems, "vanished", (json_int_t)c->vanished,
			 "exit", end->status);
}

static void print_sarif(struct scan_output *output, const struct scan_end *end)
{
	json_t *notifications = json_array(), *log;

	if (output->dropped)
		json_array_append_new(
			notifications,
			sarif_notification(json_sprintf("%llu more findings that are not shown",
							(unsigned long long)output->dropped)));
	if (output->counts->problems)
		json_array_append_new(notifications,
				      sarif_notification(json_sprintf(
					      "%llu files or directories could not be looked at",
					      (unsigned long long)output->counts->problems)));
	log = sarif_log(output->rules, output->results, notifications, end->status,
			summary_json(output, end));
	if (verb_print_json(log))
		fputs("interdict scan: out of memory\n", stderr);
	json_decref(log);
}

static void print_summary(const struct scan_output *output, const struct scan_end *end)
{
	const struct scan_counts *c = output->counts;
	char hashed[16];

	scan_bytes_text(c->hashed, hashed);
	fprintf(stderr, "interdict scan: policy %s, serial %llu: %llu banned, %llu recorded only; ",
		output->policy->name, (unsigned long long)output->policy->serial,
		(unsigned long long)c->found, (unsigned long long)c->found_audit);
	if (c->packages)
		fprintf(stderr, "%llu packages, ", (unsigned long long)c->packages);
	if (c->processes)
		fprintf(stderr, "%llu processes, ", (unsigned long long)c->processes);
	fprintf(stderr,
		"%llu files, of %llu something was read, %s hashed, %llu were known; %.1f s\n",
		(unsigned long long)c->files, (unsigned long long)c->identified, hashed,
		(unsigned long long)c->remembered, seconds_since(&output->began));
	if (c->unidentified)
		fprintf(stderr,
			"interdict scan: of %llu files not all that the policy asks for can be "
			"known\n",
			(unsigned long long)c->unidentified);
	if (c->problems)
		fprintf(stderr, "interdict scan: %llu problems: not all was looked at\n",
			(unsigned long long)c->problems);
	if (end->stopped)
		fputs("interdict scan: stopped: not all was looked at\n", stderr);
}

void scan_output_end(struct scan_output *output, const struct scan_end *end)
{
	take_bar_away(output);
	if (end->why)
		fprintf(stderr, "interdict scan: %s\n", end->why);
	if (output->format == SCAN_JSON)
		print_line("summary", summary_json(output, end));
	else if (output->format == SCAN_SARIF)
		print_sarif(output, end);
	if (output->format != SCAN_JSON && !output->quiet)
		print_summary(output, end);
}
