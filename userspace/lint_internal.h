/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the lint share. Private to lint*.c and their test. */
#ifndef INTERDICT_LINT_INTERNAL_H
#define INTERDICT_LINT_INTERNAL_H

#include "lint.h"
#include "lint_files.h"

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
};

void lint_warn(const struct lint *l, const struct policy_place *at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* @what is the beginning of the sentence: "sha256: this is". @file: NULL for the empty file. */
void lint_critical(const struct lint *l, const struct policy_place *at, const char *what,
		   const struct lint_file *file);

/* Warns of identifiers that are there twice. Returns 0 or -ENOMEM. */
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

#endif
