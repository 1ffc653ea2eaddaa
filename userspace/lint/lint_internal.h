/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the lint share. Private to lint*.c and their test. */
#ifndef INTERDICT_LINT_INTERNAL_H
#define INTERDICT_LINT_INTERNAL_H

#include "lint.h"
#include "lint_files.h"

/* What os-release(5) says: ID, and the words of ID_LIKE. */
struct lint_system {
	char ids[8][32];
	size_t n;
};

struct lint {
	const struct policy *policy;
	const char *root;     /* of what is installed: "" is this system */
	unsigned int seconds; /* for looking at what is installed */
	unsigned int flags;
	int64_t now;
	struct policy_errors *errs;
	struct lint_files files;
	const struct lint_file **by_sha256; /* the hashed ones, sorted */
	size_t n_hashed;
	struct lint_system system; /* whose this device is */
};

void lint_warn(const struct lint *l, enum policy_problem problem, const struct policy_place *at,
	       const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* @what is the beginning of the sentence: "sha256: this is". @file: NULL for the empty file. */
void lint_critical(const struct lint *l, const struct policy_place *at, const char *what,
		   const struct lint_file *file);

/*
 * Warns of identifiers that an order has twice, of content with two sizes, and of rules and lists
 * that add nothing because another order has them for at least the same. Returns 0 or -ENOMEM.
 */
int lint_duplicates(const struct lint *l);

/*
 * Compares the rules that match a claim (fsverity, certificate, key, publisher) with the claims of
 * the files that this device cannot do without, and with LINT_INSTALLED of what is installed.
 * Returns 0 or -ENOMEM.
 */
int lint_claims(const struct lint *l);

/*
 * By what publisher @name seems to be a certificate authority or a time stamping service: a word of
 * it, or how the name of a known one begins; NULL: by nothing.
 */
const char *lint_authority(const char *name);

/* Whether @folded (publisher_fold()) has the words @words, as words. */
bool lint_has_words(const char *folded, const char *words);

/* Read etc/os-release or usr/lib/os-release below @root; without them @system is empty. */
void lint_system_read(const char *root, struct lint_system *system);

/*
 * Why a rule with the publisher @name would match more than one vendor, a sentence in @why; false:
 * nothing tells so. @system: of this device.
 */
#define LINT_WHY_MAX 256
bool lint_publisher_is_broad(const char *name, const struct lint_system *system,
			     char why[LINT_WHY_MAX]);

#endif
