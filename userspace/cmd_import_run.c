// SPDX-License-Identifier: GPL-2.0-or-later
/* What `interdict import` does: read, tell what is refused, and put the order where it is wanted.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cmd_import.h"
#include "commands.h"
#include "escape.h"
#include "verb.h"

/* Malformed rows that are shown without --verbose. */
#define MALFORMED_SHOWN 20U
/* Between two lines of progress, in nanoseconds: a quarter of a second. */
#define PROGRESS_EVERY 250000000LL

/* As messages and the order name it. */
static const char *file_name(const struct import_arguments *args)
{
	return strcmp(args->file, "-") ? args->file : "standard input";
}

/* ---- while it is read ---- */

struct watching {
	const struct import_arguments *args;
	char *name; /* safe for a terminal */
	json_t *items;
	uint64_t malformed;
	uint64_t total; /* bytes of the file; 0: not known */
	bool terminal;
	bool shown; /* a line of progress is there */
	struct timespec last;
};

static void clear_progress(struct watching *w)
{
	if (w->shown)
		fputs("\r\033[K", stderr);
	w->shown = false;
}

static void progress(void *context, uint64_t bytes, uint64_t seen)
{
	struct watching *w = context;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if ((now.tv_sec - w->last.tv_sec) * 1000000000LL + now.tv_nsec - w->last.tv_nsec <
	    PROGRESS_EVERY)
		return;
	w->last = now;
	fprintf(stderr, "\r%s: %llu MB", w->name, (unsigned long long)(bytes / 1000000));
	if (w->total)
		fprintf(stderr, " of %llu", (unsigned long long)(w->total / 1000000));
	fprintf(stderr, ", %llu rows\033[K", (unsigned long long)seen);
	w->shown = true;
}

static void refused(void *context, enum import_reason reason, const struct import_place *at,
		    const char *what)
{
	struct watching *w = context;
	bool malformed = reason == IMPORT_MALFORMED;
	char *safe;

	w->malformed += malformed;
	if (!w->args->verbose && (!malformed || w->malformed > MALFORMED_SHOWN))
		return;
	safe = escape_text(what);
	if (w->items) {
		json_array_append_new(
			w->items, json_pack("{s:I, s:I, s:s, s:s}", "line", (json_int_t)at->line,
					    "col", (json_int_t)at->col, "reason",
					    import_reason_name(reason), "what", safe ? safe : ""));
	} else {
		clear_progress(w);
		fprintf(stderr, "%s:%u:%u: %s: %s%s%s\n", w->name, at->line, at->col,
			malformed ? "warning" : "refused",
			malformed ? "" : import_reason_name(reason),
			malformed || !safe || !*safe ? "" : ": ", safe ? safe : "");
	}
	free(safe);
}

/* ---- afterwards ---- */

static void print_account(const struct import *im, const struct watching *w)
{
	fprintf(stderr, "%s: rows %llu, imported %llu, duplicates %llu, refused %llu\n", w->name,
		(unsigned long long)im->seen, (unsigned long long)im->imported,
		(unsigned long long)im->duplicates, (unsigned long long)import_refused(im));
	for (size_t r = 0; r < IMPORT_REASON_COUNT; r++)
		if (im->refused[r])
			fprintf(stderr, "%10llu %s: %s\n", (unsigned long long)im->refused[r],
				import_reason_name((enum import_reason)r),
				import_reason_text((enum import_reason)r));
	if (im->beside)
		fprintf(stderr, "%10llu other hashes of files that were imported by SHA-256\n",
			(unsigned long long)im->beside);
}

static json_t *account(const struct import *im, const struct watching *w)
{
	json_t *by_reason = json_object();
	char digest[65];
	json_t *json;

	for (size_t i = 0; i < sizeof(im->digest); i++)
		sprintf(digest + 2 * i, "%02x", im->digest[i]);
	for (size_t r = 0; r < IMPORT_REASON_COUNT; r++)
		if (im->refused[r])
			json_object_set_new(by_reason, import_reason_name((enum import_reason)r),
					    json_integer((json_int_t)im->refused[r]));
	json = json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "format",
			 import_format_name(im->format), "file", w->name, "sha256", digest, "rows",
			 (json_int_t)im->seen, "imported", (json_int_t)im->imported, "hashes",
			 (json_int_t)im->n_kind[IMPORT_KIND_SHA256], "certificates",
			 (json_int_t)im->n_kind[IMPORT_KIND_CERTIFICATE], "duplicates",
			 (json_int_t)im->duplicates, "beside", (json_int_t)im->beside,
			 "refused_total", (json_int_t)import_refused(im), "refused", by_reason);
	if (w->args->verbose)
		json_object_set(json, "items", w->items);
	return json;
}

/* The order to where it is wanted; @json, with --json, learns where. */
static int put(const struct import_arguments *args, const struct import *im, json_t *json)
{
	struct import_list lists[IMPORT_LISTS_MAX];
	int n_lists = args->directory ? import_plan_lists(im, lists) : 0;
	char path[POLICY_PATH_MAX + 1];
	char why[IMPORT_WHY_MAX] = "";
	json_t *written;
	char *text = NULL;
	size_t len = 0;
	int err = n_lists < 0 ? n_lists : 0;

	if (!err)
		err = import_order_text(im, &args->head, n_lists, &text, &len);
	if (err == -EFBIG && args->directory)
		snprintf(why, sizeof(why), "more than a policy holds");
	else if (err == -EFBIG)
		snprintf(why, sizeof(why),
			 "an order has at most 4 MiB; -o DIR puts the hashes into a list");
	else if (err)
		snprintf(why, sizeof(why), "%s", strerror(-err));
	else if (args->directory)
		err = import_store(im, args->directory, args->head.order, args->replace, text, len,
				   lists, n_lists, why);
	else if (!json)
		fwrite(text, 1, len, stdout);
	if (err) {
		escape_print(stderr, "interdict import: ", why);
	} else if (json && args->directory) {
		written = json_array();
		for (int i = 0; i < n_lists; i++) {
			import_list_path(args->head.order, i, path);
			json_array_append_new(written, json_string(path));
		}
		json_array_append_new(written, json_sprintf("orders/%s.yaml", args->head.order));
		json_object_set_new(json, "written", written);
	} else if (json) {
		json_object_set_new(json, "text", json_stringn(text, len));
	}
	free(text);
	return err ? EXIT_FAILED : EXIT_DONE;
}

/* What the file suggests, where nobody said it. */
static int complete_head(struct import_arguments *args, const struct import *im)
{
	struct import_head *head = &args->head;
	char why[IMPORT_WHY_MAX];

	if (!head->title) {
		head->title = im->title;
		head->title_suggested = true;
	}
	if (!head->reference) {
		head->reference = im->reference;
		head->reference_suggested = true;
	}
	if (!head->title || !head->reference) {
		fprintf(stderr,
			"interdict import: an order needs %s%s%s, which the file does not suggest\n",
			head->title ? "" : "--title", head->title || head->reference ? "" : ", ",
			head->reference ? "" : "--reference");
		return EXIT_USAGE;
	}
	if (!import_head_check(head, why))
		return EXIT_DONE;
	escape_print(stderr, "interdict import: ", why);
	return EXIT_USAGE;
}

static int finish(struct import_arguments *args, const struct import *im, struct watching *w)
{
	json_t *json = args->json ? account(im, w) : NULL;
	int status = EXIT_DONE;

	if (!json)
		print_account(im, w);
	if (args->strict && im->refused[IMPORT_MALFORMED]) {
		fprintf(stderr, "%s: with --strict nothing is imported from a malformed file\n",
			w->name);
		status = EXIT_FAILED;
	} else if (!im->imported) {
		fprintf(stderr, "%s: nothing to import\n", w->name);
		status = EXIT_FAILED;
	} else {
		status = complete_head(args, im);
		if (!status)
			status = put(args, im, json);
	}
	if (json && verb_print_json(json) && !status)
		status = EXIT_FAILED;
	json_decref(json);
	return status;
}

static int run(struct import_arguments *args, struct watching *w, int fd)
{
	struct import_options how = {
		.now = time(NULL),
		.all = args->all,
		.refused = refused,
		.progress = w->terminal ? progress : NULL,
		.context = w,
	};
	struct import_source source = import_source_fd(fd);
	struct policy_errors errs = { 0 };
	struct import *im = NULL;
	int status = EXIT_FAILED;
	int err;

	err = import_read(&source, file_name(args), args->format, &how, &im, &errs);
	clear_progress(w);
	if (!args->verbose && w->malformed > MALFORMED_SHOWN)
		fprintf(stderr, "%s: %llu more malformed rows; --verbose names them\n", w->name,
			(unsigned long long)(w->malformed - MALFORMED_SHOWN));
	policy_errors_print(&errs, stderr);
	if (!err)
		status = finish(args, im, w);
	else if (!errs.count[POLICY_ERROR])
		fprintf(stderr, "%s: %s\n", w->name, strerror(-err));
	import_free(im);
	policy_errors_free(&errs);
	return status;
}

int import_run(struct import_arguments *args, int fd)
{
	const char *name = file_name(args);
	struct watching w = {
		.args = args,
		.name = escape_name(name, strlen(name), ESCAPE_TERMINAL),
		.items = args->json && args->verbose ? json_array() : NULL,
		.terminal = isatty(STDERR_FILENO),
	};
	int status = EXIT_FAILED;
	struct stat st;

	if (!fstat(fd, &st) && S_ISREG(st.st_mode))
		w.total = (uint64_t)st.st_size;
	if (w.name)
		status = run(args, &w, fd);
	json_decref(w.items);
	free(w.name);
	return status;
}
