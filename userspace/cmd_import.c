// SPDX-License-Identifier: GPL-2.0-or-later
/* `interdict import FORMAT FILE`: what others say is bad, to an order. */
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"
#include "escape.h"
#include "import.h"
#include "verb.h"

/* Malformed rows that are shown without --verbose. */
#define MALFORMED_SHOWN 20U
/* Between two lines of progress, in nanoseconds: a quarter of a second. */
#define PROGRESS_EVERY 250000000LL

enum {
	OPTION_REPLACE = VERB_OWN,
	OPTION_ORDER,
	OPTION_TITLE,
	OPTION_AUTHORITY,
	OPTION_REFERENCE,
	OPTION_REASON,
	OPTION_STATUS,
	OPTION_ALL,
	OPTION_STRICT,
};

struct arguments {
	enum import_format format;
	const char *file; /* the operands: FORMAT, FILE */
	unsigned int n_operands;
	struct import_head head;
	const char *directory;
	bool replace, all, strict, verbose, json;
};

static const struct argp_option options[] = {
	{ "order", OPTION_ORDER, "ID", 0, "The order's ID", 1 },
	{ "title", OPTION_TITLE, "TEXT", 0, "What it bans (default: what the file suggests)", 1 },
	{ "authority", OPTION_AUTHORITY, "TEXT", 0, "Who orders it", 1 },
	{ "reference", OPTION_REFERENCE, "TEXT", 0,
	  "Where it can be read (default: what the file suggests)", 1 },
	{ "reason", OPTION_REASON, "TEXT", 0, "Why", 1 },
	{ "status", OPTION_STATUS, "STATUS", 0,
	  "Of the entries: verified, unverified (default) or none", 1 },
	{ "output", 'o', "DIR", 0,
	  "Write DIR/orders/ID.yaml, and for many hashes DIR/lists/ID.sha256, DIR being a policy",
	  2 },
	{ "replace", OPTION_REPLACE, NULL, 0, "Overwrite them", 2 },
	{ "all", OPTION_ALL, NULL, 0,
	  "Import also what is revoked, expired, not valid yet, or not meant for detection", 3 },
	{ "strict", OPTION_STRICT, NULL, 0, "Import nothing if a row is malformed", 3 },
	{ "verbose", 'v', NULL, 0, "Name each row that is refused", 3 },
	{ "json", VERB_JSON, NULL, 0, "The account as one JSON object on standard output", 3 },
	{ 0 },
};

static void operand(struct arguments *args, char *arg, struct argp_state *state)
{
	switch (args->n_operands++) {
	case 0:
		if (import_format_parse(arg, &args->format))
			argp_error(state,
				   "there is no format \"%s\"; it is one of sha256sum, santa, stix, "
				   "misp, abusech, blacklist",
				   arg);
		break;
	case 1:
		args->file = arg;
		break;
	default:
		argp_error(state, "one file at a time, not also \"%s\"", arg);
	}
}

static void set_status(struct arguments *args, char *arg, struct argp_state *state)
{
	args->head.status = strcmp(arg, "none") ? arg : NULL;
	if (args->head.status && strcmp(arg, "verified") && strcmp(arg, "unverified"))
		argp_error(state, "--status is verified, unverified or none, not \"%s\"", arg);
}

/* What an order must have, and only its authority can say. */
static void check_head(const struct arguments *args, struct argp_state *state)
{
	bool suggests = import_format_has_title(args->format);
	const struct {
		const char *option;
		bool missing;
	} needed[] = {
		{ "--order", !args->head.order },
		{ "--title", !args->head.title && !suggests },
		{ "--authority", !args->head.authority },
		{ "--reference", !args->head.reference && !suggests },
		{ "--reason", !args->head.reason },
	};
	char list[128] = "";
	size_t used = 0;

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (needed[i].missing)
			used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s",
						 used ? ", " : "", needed[i].option);
	if (used)
		argp_error(state, "an order needs %s: only its authority can say that", list);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *args = state->input;

	switch (key) {
	case OPTION_ORDER:
		args->head.order = arg;
		return 0;
	case OPTION_TITLE:
		args->head.title = arg;
		return 0;
	case OPTION_AUTHORITY:
		args->head.authority = arg;
		return 0;
	case OPTION_REFERENCE:
		args->head.reference = arg;
		return 0;
	case OPTION_REASON:
		args->head.reason = arg;
		return 0;
	case OPTION_STATUS:
		set_status(args, arg, state);
		return 0;
	case 'o':
		args->directory = arg;
		return 0;
	case OPTION_REPLACE:
		args->replace = true;
		return 0;
	case OPTION_ALL:
		args->all = true;
		return 0;
	case OPTION_STRICT:
		args->strict = true;
		return 0;
	case 'v':
		args->verbose = true;
		return 0;
	case VERB_JSON:
		args->json = true;
		return 0;
	case ARGP_KEY_ARG:
		operand(args, arg, state);
		return 0;
	case ARGP_KEY_END:
		if (args->n_operands < 2)
			argp_error(state, "a format and a file are needed");
		if (args->replace && !args->directory)
			argp_error(state, "--replace goes with --output");
		check_head(args, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "FORMAT FILE",
	.doc = "Make an order from FILE (- is standard input), and print it, or write it into a "
	       "policy's directory. FORMAT is sha256sum (lists of hashes), santa (rules as JSON), "
	       "stix (a STIX 2.1 bundle), misp (events as JSON), abusech (CSV of MalwareBazaar or "
	       "ThreatFox) or blacklist (the kernel's .blacklist). What cannot be banned by a "
	       "SHA-256 is refused, counted, and shown on standard error."
	       "\vExit status: 0 imported; 1 the file cannot be read, or has nothing to import; "
	       "2 usage.",
};

/* ---- while it is read ---- */

struct watching {
	const struct arguments *args;
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
	safe = escape_name(what, strlen(what), ESCAPE_TERMINAL | ESCAPE_KEEP_BACKSLASH);
	if (w->items) {
		json_array_append_new(w->items,
				      json_pack("{s:I, s:I, s:s, s:s}", "line",
						(json_int_t)at->line, "col", (json_int_t)at->col,
						"reason", import_reason_name(reason), "what",
						safe ? safe : ""));
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
	fprintf(stderr, "%s: %llu rows: %llu imported, %llu duplicates, %llu refused\n", w->name,
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
static int put(const struct arguments *args, const struct import *im, json_t *json)
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
static int complete_head(struct arguments *args, const struct import *im)
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

static int finish(struct arguments *args, const struct import *im, struct watching *w)
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

static int run(struct arguments *args, struct watching *w, int fd)
{
	struct import_options how = {
		.now = time(NULL),
		.all = args->all,
		.refused = refused,
		.progress = w->terminal ? progress : NULL,
		.context = w,
	};
	struct import_source source = import_source_fd(fd);
	bool is_input = fd == STDIN_FILENO;
	struct policy_errors errs = { 0 };
	struct import *im = NULL;
	int status = EXIT_FAILED;
	int err;

	err = import_read(&source, is_input ? "standard input" : args->file, args->format, &how,
			  &im, &errs);
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

/* What is wrong with the options is said before anything is read. */
static int check_options(const struct arguments *args)
{
	struct import_head head = args->head;
	char why[IMPORT_WHY_MAX] = "out of memory";

	if (!head.title)
		head.title = "?";
	if (!head.reference)
		head.reference = "?";
	if (!import_head_check(&head, why))
		return EXIT_DONE;
	escape_print(stderr, "interdict import: ", why);
	return EXIT_USAGE;
}

int cmd_import(int argc, char **argv)
{
	struct arguments args = { .head.status = "unverified" };
	struct watching w = { .args = &args };
	struct stat st;
	int status;
	int fd;

	if (argp_parse(&argp, argc, argv, 0, NULL, &args))
		return EXIT_USAGE;
	status = check_options(&args);
	if (status)
		return status;
	fd = strcmp(args.file, "-") ? open(args.file, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
	if (fd < 0) {
		verb_complain("import", args.file, strerror(errno));
		return EXIT_FAILED;
	}
	w.name = fd == STDIN_FILENO ?
			 strdup("standard input") :
			 escape_name(args.file, strlen(args.file), ESCAPE_TERMINAL);
	w.items = args.json && args.verbose ? json_array() : NULL;
	w.terminal = isatty(STDERR_FILENO);
	if (!fstat(fd, &st) && S_ISREG(st.st_mode))
		w.total = (uint64_t)st.st_size;
	status = w.name ? run(&args, &w, fd) : EXIT_FAILED;
	if (fd != STDIN_FILENO)
		close(fd);
	json_decref(w.items);
	free(w.name);
	return status;
}
