/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text as a YAML scalar on one line, for orders that are pasted together. */
#ifndef INTERDICT_YAML_SCALAR_H
#define INTERDICT_YAML_SCALAR_H

#include <stddef.h>

/*
 * The @len bytes at @text as YAML (1.1, and 7.3 of 1.2) that every parser reads back as the same
 * text: plain where it is a few words of letters and digits that no schema takes for something
 * else, else in double quotes. Returns 0 and sets *@ret, to be freed; -EBADMSG where it is not
 * UTF-8, or has a NUL; -EILSEQ where it has what no text of a policy may (policy_utf8_refused()), a
 * line feed or a tab; -ENOMEM.
 */
int yaml_scalar(const char *text, size_t len, char **ret);

#endif
