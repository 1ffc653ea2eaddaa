// SPDX-License-Identifier: GPL-2.0-or-later
/* `interdict id FILE...`: identifiers, as lines to paste under `match:`. */
#include <argp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "escape.h"
#include "event_line.h"
#include "subject.h"
#include "verb.h"

#define WANT (INTERDICT_ID_SHA256 | INTERDICT_ID_BUILD_ID | INTERDICT_ID_CLAIMS)

struct arguments {
	bool json;
	char **files;
	int n_files;
};

static const struct argp_option options[] = {
	VERB_OPTION_JSON("A JSON array, an object for each file"),
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *args = state->input;

	(void)arg;
	switch (key) {
	case VERB_JSON:
		args->json = true;
		return 0;
	case ARGP_KEY_ARGS:
		args->files = state->argv + state->next;
		args->n_files = state->argc - state->next;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "a file is needed");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "FILE...",
	.doc = "Print every identifier of each FILE, as lines to paste under an order's match. As "
	       "root, and with the module, also of files that the policy refuses to open."
	       "\vExit status: 0 done; 1 a file could not be identified; 2 usage.",
};

static void print_lines(const struct subject *subject, const struct interdict_identity *identity)
{
	const struct interdict_ids *ids = &identity->ids;
	char *name = escape_name(subject->path, strlen(subject->path), ESCAPE_TERMINAL);
	char hex[2 * INTERDICT_BUILD_ID_MAX + 1];

	printf("  # %s\n", name ? name : "");
	free(name);
	if (ids->have & INTERDICT_ID_SHA256 && ids->size) {
		event_hex(ids->sha256, sizeof(ids->sha256), hex);
		printf("  - sha256: %s\n    size: %llu\n", hex, (unsigned long long)ids->size);
	} else {
		printf("  # no sha256: %s\n",
		       *subject->why ? subject->why :
		       ids->size     ? "the content could not be read" :
				       "the file is empty, and no rule may name that");
	}
	if (ids->have & INTERDICT_ID_BUILD_ID && ids->build_id_len) {
		event_hex(ids->build_id, ids->build_id_len, hex);
		printf("  - build-id: %s\n", hex);
	} else if (!*subject->why) {
		printf("  # no build-id: there is none in the file\n");
	}
}

int cmd_id(int argc, char **argv)
{
	struct arguments args = { 0 };
	int status = EXIT_DONE;
	json_t *list;

	if (argp_parse(&argp, argc, argv, 0, NULL, &args))
		return EXIT_USAGE;
	list = json_array();
	for (int i = 0; i < args.n_files; i++) {
		struct interdict_identity identity = { 0 };
		struct subject subject;

		if (subject_open(args.files[i], &subject) ||
		    subject_identify(&subject, WANT, &identity)) {
			verb_complain("id", args.files[i], subject.why);
			status = EXIT_FAILED;
		} else if (!args.json) {
			print_lines(&subject, &identity);
		}
		json_array_append_new(list, subject_json(&subject, &identity));
		subject_close(&subject);
	}
	if (args.json)
		verb_print_json(list);
	json_decref(list);
	return status;
}
