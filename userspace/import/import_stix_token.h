/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of a STIX pattern (STIX 2.1, section 9). Private to import_stix_*.c. */
#ifndef INTERDICT_IMPORT_STIX_TOKEN_H
#define INTERDICT_IMPORT_STIX_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of an object path: hashes.'SHA-256' and the like are short; a longer one is another. */
#define STIX_PATH_MAX 128U

enum stix_token {
	STIX_END,
	STIX_BAD,	/* lexer->why */
	STIX_OPEN,	/* [ */
	STIX_CLOSE,	/* ] */
	STIX_PAREN,	/* ( */
	STIX_PAREN_END, /* ) */
	STIX_COMMA,
	STIX_AND,
	STIX_OR,
	STIX_FOLLOWEDBY,
	STIX_NOT,
	STIX_EQUAL,
	STIX_UNEQUAL,
	STIX_COMPARE, /* < <= > >= */
	STIX_MATCH,   /* LIKE MATCHES ISSUBSET ISSUPERSET */
	STIX_IN,
	STIX_EXISTS,
	STIX_WITHIN,
	STIX_SECONDS,
	STIX_REPEATS,
	STIX_TIMES,
	STIX_START,
	STIX_STOP,
	STIX_PATH,    /* lexer->path: quotes away, "file:hashes.SHA-256" */
	STIX_STRING,  /* lexer->text and len, escapes as they stand */
	STIX_INTEGER, /* lexer->number, where it is one from 0 to INT64_MAX; else UINT64_MAX */
	STIX_FLOAT,
	STIX_TIME,  /* t'...' */
	STIX_OTHER, /* h'...', b'...', true, false */
};

struct stix_lexer {
	const char *pattern;
	const char *at;
	const char *token; /* where the last one begins */
	const char *text;
	size_t len;
	uint64_t number;
	bool long_path; /* it does not fit: no path that is known */
	char path[STIX_PATH_MAX];
	const char *why;
};

/* The next token of lexer->at, which is NUL-terminated. */
enum stix_token stix_token_next(struct stix_lexer *lexer);

#endif
