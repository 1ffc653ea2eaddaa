/* SPDX-License-Identifier: GPL-2.0-or-later */
/* UTF-8 as a policy's text may hold it. */
#ifndef INTERDICT_POLICY_UTF8_H
#define INTERDICT_POLICY_UTF8_H

#include <stddef.h>

/*
 * The length in bytes of the character that starts at @text (RFC 3629 section 4: no overlong
 * forms, no surrogates, nothing over U+10FFFF), or 0 if @len bytes do not start with one.
 */
size_t policy_utf8_length(const unsigned char *text, size_t len);

/*
 * Why the character of @n bytes (as policy_utf8_length() says) at @text has no place in a policy,
 * or NULL. Control characters would reach terminals and logs; line separators would make line
 * numbers differ between programs; characters that change the direction of text show people
 * something else than what is loaded (https://trojansource.codes). Line feed and tab are fine here.
 */
const char *policy_utf8_refused(const unsigned char *text, size_t n);

#endif
