/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A stream to memory, which is made once, and what must hold of a text that is for people. */
#ifndef INTERDICT_FUZZ_TEXT_H
#define INTERDICT_FUZZ_TEXT_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "policy/policy_utf8.h"

static FILE *fuzz_out;
static char *fuzz_text;
static size_t fuzz_text_len;

static inline void require(bool condition)
{
	if (!condition)
		abort();
}

/* Begin anew. */
static inline FILE *fuzz_text_begin(void)
{
	if (!fuzz_out)
		fuzz_out = open_memstream(&fuzz_text, &fuzz_text_len);
	require(fuzz_out);
	rewind(fuzz_out);
	return fuzz_out;
}

/* What is compared here says nothing of what is tested. */
#define FUZZ_CHECK __attribute__((no_sanitize("coverage")))

/* It is UTF-8, and acts on no terminal. Newlines and, of CSV, the carriage returns before them are
 * ours. */
FUZZ_CHECK static inline void fuzz_text_end(void)
{
	const unsigned char *s;

	require(!fflush(fuzz_out));
	s = (const unsigned char *)fuzz_text;
	for (size_t i = 0; i < fuzz_text_len;) {
		size_t n;

		if (s[i] >= ' ' && s[i] < 0x7f) {
			i++;
			continue;
		}
		n = policy_utf8_length(s + i, fuzz_text_len - i);
		require(n);
		if (s[i] == '\r')
			require(i + 1 < fuzz_text_len && s[i + 1] == '\n');
		else if (s[i] != '\n')
			require(!policy_utf8_refused(s + i, n) && s[i] != '\t');
		i += n;
	}
}

#endif
