/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What verbs do alike: the options and the one argument that most of them take, the configuration,
 * JSON and complaints. It prints, so it belongs to the program and not to the library.
 */
#ifndef INTERDICT_VERB_H
#define INTERDICT_VERB_H

#include <argp.h>
#include <stdbool.h>
#include <jansson.h>

#include "config.h"
#include "bundle/trust.h"

/* Keys of struct argp_option; a verb's own begin at VERB_OWN. */
enum {
	VERB_CONFIG = 0x100,
	VERB_JSON,
	VERB_VERIFY,
	VERB_TRUST,
	VERB_ALLOW_CRITICAL,
	VERB_OWN,
};

/* Elements of a verb's array of struct argp_option. */
#define VERB_OPTION_CONFIG                                                     \
	{                                                                      \
		"config", VERB_CONFIG, "FILE", 0, "Instead of " CONFIG_FILE, 0 \
	}
#define VERB_OPTION_JSON(doc)                      \
	{                                          \
		"json", VERB_JSON, NULL, 0, doc, 0 \
	}

/* Of verbs that check signatures (verify.h), with the keys VERB_VERIFY and VERB_TRUST. */
#define VERB_OPTIONS_VERIFY                                                                      \
	{ "verify", VERB_VERIFY, NULL, 0, "Check the signatures, too; needs --trust", 0 },       \
	{                                                                                        \
		"trust", VERB_TRUST, "DIR|FILE", 0, "The certificates that are trusted (PEM)", 0 \
	}

/* Of verbs that take bundles (bundle.h), with the key VERB_TRUST. */
#define VERB_OPTION_BUNDLE_TRUST                                                                  \
	{                                                                                         \
		"trust", VERB_TRUST, "DIR", 0,                                                    \
			"The certificates that bundles are verified with, instead of " TRUST_DIR, \
			0                                                                         \
	}

/* Of verbs that lint (lint.h), with the key VERB_ALLOW_CRITICAL; @doc: what is done all the same.
 */
#define VERB_OPTION_ALLOW_CRITICAL(doc)                                \
	{                                                              \
		"allow-critical", VERB_ALLOW_CRITICAL, NULL, 0, doc, 0 \
	}

/* The argument of a verb, or its two: what is said of one more, and where one is missing. */
struct verb_operand {
	const char *one;
	const char *missing; /* NULL: it may be */
	bool two;
};

extern const struct verb_operand verb_operand_policy;
extern const struct verb_operand verb_operand_bundle;
extern const struct verb_operand verb_operand_file;

/*
 * What verb_parse() reads. The verb sets @takes and the defaults of the others; one with options of
 * its own has this as the first member of its own struct. The strings belong to argv.
 */
struct verb_arguments {
	const struct verb_operand *takes; /* NULL: the verb takes no argument */
	const char
		*operand;   /* the argument; NULL after argp_parse() only where it may be missing */
	const char *second; /* the same, where two are taken */
	const char *config; /* --config */
	const char *trust;  /* --trust */
	bool json;	    /* --json */
	bool verify;	    /* --verify */
	bool allow_critical; /* --allow-critical */
};

/*
 * A parser for argp_parse(), whose input points to a struct verb_arguments. It knows the
 * options above and the arguments; a verb with other options asks it about every key that is not
 * its own. Wrong arguments are printed, and end the program with EXIT_USAGE (argp_error()). Returns
 * 0, or ARGP_ERR_UNKNOWN for a key that it does not know.
 */
error_t verb_parse(int key, char *arg, struct argp_state *state);

/* What lint_policy() is asked for by these options. */
unsigned int verb_lint_flags(const struct verb_arguments *args);

/*
 * config_load(), with what is wrong printed to standard error. Returns EXIT_DONE and fills *@config
 * (free with config_free()), or EXIT_FAILED and leaves it alone.
 */
int verb_load_config(const char *path, struct config *config);

/*
 * The policy at @path, also with kinds of rules that cannot be enforced; what is wrong with its
 * text is printed to standard error. A bundle is verified with the certificates in @trust. Returns
 * EXIT_DONE and sets *@policy (policy_free()), or an exit status.
 */
int verb_load_policy(const char *path, const char *trust, struct policy **policy);

struct verify_trust;

/*
 * What --verify and --trust ask for: *@trust is NULL without them, else the caller's. Returns
 * EXIT_DONE; EXIT_USAGE where one is without the other, EXIT_FAILED where the certificates cannot
 * be had, having said so.
 */
int verb_load_trust(const char *verb, const struct verb_arguments *args,
		    struct verify_trust **trust);

/* Print @json (borrowed) to standard output, indented. Returns 0; -1 where it is NULL, memory ran
 * out, or stdio gave an error. */
int verb_print_json(const json_t *json);

/* Print a line about @policy to standard output, and one about who signed it, if it was. */
void verb_print_policy(const struct policy *policy);

/* Print "interdict VERB: FILE: WHY" to standard error, with @file made safe for a terminal. */
void verb_complain(const char *verb, const char *file, const char *why);

#endif
