/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text of an audit record; for tests. */
#ifndef INTERDICT_OUTPUT_AUDIT_H
#define INTERDICT_OUTPUT_AUDIT_H

#include <stddef.h>
#include <jansson.h>

/* What the kernel takes between the quotes of msg='...' (AUDIT_MESSAGE_TEXT_MAX, 8560), less what
 * libaudit adds of the sender. */
#define AUDIT_TEXT_MAX 8192U

/*
 * The text of a record of @event, whose line is @len bytes at @line: pairs with the names that the
 * kernel's audit, IPE and fapolicyd use. Names of files and processes are in quotes, or in hex
 * where audit's own would be, and with a "'", which ends msg: of their bytes, not as they are
 * escaped in events. *@type is the record's type: USER_AVC of what is about a file, TRUSTED_APP of
 * the rest. A checkpoint has its whole line, in hex, as "json". A path that has no room is cut, and
 * "truncated=1" says so. Returns a string that the caller frees, at most AUDIT_TEXT_MAX long; NULL:
 * no memory.
 */
char *audit_text(const json_t *event, const char *line, size_t len, int *type);

#endif
