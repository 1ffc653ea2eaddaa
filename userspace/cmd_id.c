// SPDX-License-Identifier: GPL-2.0-or-later
/* `interdict id FILE...|DIR...`: identifiers, as lines to paste under `match:`. */
#include <argp.h>
#include <errno.h>
#include <fts.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "subject/claim_text.h"
#include "commands.h"
#include "subject/id_lines.h"
#include "subject/subject.h"
#include "verb.h"
#include "verify/verify.h"

#define WANT (INTERDICT_ID_SHA256 | INTERDICT_ID_BUILD_ID | INTERDICT_ID_CLAIMS)

struct arguments {
	struct verb_arguments common;
	char **files;
	int n_files;
};

/* What was done so far. */
struct result {
	const struct arguments *args;
	json_t *list;		    /* with --json */
	struct verify_trust *trust; /* with --verify */
	unsigned long files, failed;
};

static const struct argp_option options[] = {
	VERB_OPTION_JSON("A JSON array, an object for each file"),
	VERB_OPTIONS_VERIFY,
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *args = state->input;

	switch (key) {
	case ARGP_KEY_ARG:
		/* All of them at once. */
		return ARGP_ERR_UNKNOWN;
	case ARGP_KEY_ARGS:
		args->files = state->argv + state->next;
		args->n_files = state->argc - state->next;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "a file is needed");
		return 0;
	default:
		return verb_parse(key, arg, state);
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "FILE|DIR...",
	.doc = "Print every identifier of each FILE, and of each regular file below each DIR, as "
	       "lines to paste under an order's match. Below a DIR, symbolic links are not "
	       "followed and other file systems not entered. As root, and with the module, also "
	       "of files that the policy refuses to open."
	       "\vExit status: 0 done; 1 a file could not be identified; 2 usage.",
};

static void failed(struct result *result, const char *path, const char *why)
{
	verb_complain("id", path, why);
	result->failed++;
}

static void verify(const struct result *result, const struct subject *subject,
		   struct interdict_claims *claims, struct verify_report *report, const char **why)
{
	verify_subject(subject, result->trust, claims, report);
	for (uint32_t i = 0; i < claims->count; i++)
		why[i] = report->why[i];
}

static void one_file(struct result *result, const char *path)
{
	const char *why[INTERDICT_CLAIMS_MAX] = { 0 };
	struct interdict_identity identity = { 0 };
	struct verify_report report;
	bool verified = false;
	struct id_package package = { 0 };
	struct subject subject;
	json_t *json;

	result->files++;
	if (subject_open(path, &subject) || subject_identify(&subject, WANT, &identity)) {
		failed(result, path, subject.why);
	} else {
		id_package_read(&subject, &package);
		verified = result->trust && claims_are_sane(&identity.claims);
		if (verified)
			verify(result, &subject, &identity.claims, &report, why);
		if (!result->args->common.json)
			id_print(&subject, &identity, &package, why, stdout);
	}
	if (result->args->common.json) {
		json = subject_json(&subject, &identity);
		if (verified)
			verify_json(json, &identity.claims, &report);
		json_object_set(json, "package", package.note ? package.note : json_null());
		json_array_append_new(result->list, json);
	}
	id_package_free(&package);
	subject_close(&subject);
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static void tree(struct result *result, char *path)
{
	char *roots[] = { path, NULL };
	FTSENT *file;
	FTS *fts;

	fts = fts_open(roots, FTS_COMFOLLOW | FTS_PHYSICAL | FTS_XDEV | FTS_NOCHDIR, by_name);
	if (!fts) {
		failed(result, path, strerror(errno));
		return;
	}
	while (errno = 0, (file = fts_read(fts))) {
		if (file->fts_info == FTS_F && S_ISREG(file->fts_statp->st_mode))
			one_file(result, file->fts_path);
		else if (file->fts_info == FTS_DNR || file->fts_info == FTS_ERR ||
			 file->fts_info == FTS_NS)
			failed(result, file->fts_path, strerror(file->fts_errno));
	}
	if (errno)
		failed(result, path, strerror(errno));
	fts_close(fts);
}

int cmd_id(int argc, char **argv)
{
	struct arguments args = { 0 };
	struct result result = { .args = &args };
	struct stat st;
	int status;

	if (argp_parse(&argp, argc, argv, 0, NULL, &args))
		return EXIT_USAGE;
	status = verb_load_trust("id", &args.common, &result.trust);
	if (status)
		return status;
	result.list = args.common.json ? json_array() : NULL;
	for (int i = 0; i < args.n_files; i++) {
		if (!stat(args.files[i], &st) && S_ISDIR(st.st_mode))
			tree(&result, args.files[i]);
		else
			one_file(&result, args.files[i]);
	}
	if (args.common.json)
		verb_print_json(result.list);
	json_decref(result.list);
	verify_trust_free(result.trust);
	if (result.failed && result.files + result.failed > 2)
		fprintf(stderr, "interdict id: %lu problems with %lu files\n", result.failed,
			result.files);
	return result.failed ? EXIT_FAILED : EXIT_DONE;
}
