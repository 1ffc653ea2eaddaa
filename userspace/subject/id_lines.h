/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Identifiers of a file as an order has them under `match:`. */
#ifndef INTERDICT_ID_LINES_H
#define INTERDICT_ID_LINES_H

#include <stdio.h>
#include <jansson.h>

#include "kmod/abi.h"
#include "subject.h"

/* What a file says of the package that it came in. */
struct id_package {
	json_t *note;  /* the note's object, or NULL */
	char why[160]; /* why there is none */
};

/* Read @subject's package note (kmod/extract/package_note.h); id_package_free(). */
void id_package_read(const struct subject *subject, struct id_package *package);
void id_package_free(struct id_package *package);

/*
 * Print a line for each identifier of @identity, as subject_identify() filled it for all of them,
 * indented to be pasted; comments say whose file it is, where each was found, whether it was
 * verified, and why one is missing. Of @why, NULL or an array for the claims, the text says why a
 * claim is not verified; NULL: it was not looked at.
 */
void id_print(const struct subject *subject, const struct interdict_identity *identity,
	      const struct id_package *package, const char *const *why, FILE *out);

#endif
