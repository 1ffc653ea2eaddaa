/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Arguments of programs, and what of them must not be in a record: people give passwords to
 * programs there.
 *
 * A secret is what stands behind a name that says so: one that has password, passwd, token, secret,
 * key, auth or credential in it, in either case. A name is letters, digits, "_", "-" and ".".
 * "***" stands for
 *
 *  - VALUE, to the end of the argument, in arguments --NAME=VALUE, NAME=VALUE and "NAME: VALUE" (a
 *    header of HTTP);
 *  - the argument behind an argument -NAME or --NAME;
 *  - the same inside of an argument (of a shell's -c, say), where VALUE ends with the word or with
 *    the quote that is around it;
 *  - PASSWORD in SCHEME://USER:PASSWORD@.
 *
 * What does not say that it is a secret is not known as one: -pPASSWORD, a file with one.
 */
#ifndef INTERDICT_ARGUMENTS_H
#define INTERDICT_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <jansson.h>

/* What of arguments events have; the words of the configuration are argument_mode_names. */
enum arguments_mode { ARGUMENTS_REDACTED, ARGUMENTS_YES, ARGUMENTS_NO, ARGUMENTS_COUNT };
extern const char *const arguments_mode_names[ARGUMENTS_COUNT];

#define ARGUMENTS_REDACTION "***"

/*
 * The arguments in @len bytes at @bytes, each with a NUL behind it (the last may be without), as an
 * array of names escaped as in escape.h. *@cut, which the caller sets where the bytes are not all,
 * is set where these are not: an event has room for so much. NULL: no memory. @mode: not NO.
 */
json_t *arguments_json(const char *bytes, size_t len, enum arguments_mode mode, bool *cut);

/* The strings of an array on one line, quoted as a shell takes them, to be freed; NULL: there are
 * none, or no memory. */
char *arguments_line(const json_t *arguments);

#endif
