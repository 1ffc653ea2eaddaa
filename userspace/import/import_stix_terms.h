/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a STIX pattern asks for, as a list of alternatives. Private to import_stix_*.c.
 *
 * A stack of lists, each of alternatives: OR makes one of the last two, one behind the other; AND
 * makes every pair of theirs.
 */
#ifndef INTERDICT_IMPORT_STIX_TERMS_H
#define INTERDICT_IMPORT_STIX_TERMS_H

#include "import.h"

/* Alternatives of a pattern: one of two hundred thousand hashes fits. */
#define STIX_TERMS_MAX (1U << 18)
/* Lists that wait: what is open in a pattern that people write is three or four deep. */
#define STIX_LISTS_MAX 256U
/* Alternatives made or changed by AND and qualifiers in one pattern: bounds the time. */
#define STIX_WORK_MAX 65536U

/* What an alternative asks for beside a SHA-256 and a size. */
enum {
	STIX_ASKS_PROPERTY = 1 << 0,	/* of a file, such as its name */
	STIX_ASKS_OBJECT = 1 << 1,	/* of another object */
	STIX_ASKS_NEGATION = 1 << 2,	/* NOT, != */
	STIX_ASKS_PART = 1 << 3,	/* a hash compared by LIKE, MATCHES, <, EXISTS */
	STIX_ASKS_OBSERVATION = 1 << 4, /* another observation as well: AND, FOLLOWEDBY */
	STIX_ASKS_QUALIFIER = 1 << 5,	/* WITHIN, REPEATS, START */
	STIX_ASKS_IMPOSSIBLE = 1 << 6,	/* two SHA-256, two sizes */
	STIX_ASKS_BAD_VALUE = 1 << 7,	/* a SHA-256 that is none */
};

struct stix_term {
	uint8_t sha256[32];
	uint64_t size;
	uint32_t asks;
	uint32_t others; /* other hashes: 1 << enum import_reason, up to IMPORT_OTHER_HASH */
	bool has_sha256;
	bool has_size;
};

/* Begins as zeros; terms is to be freed. */
struct stix_terms {
	struct stix_term *terms;
	uint32_t n, cap;
	/* Lists: the first alternative of each, which ends where the next list begins. */
	uint32_t lists[STIX_LISTS_MAX];
	uint32_t n_lists;
	uint32_t work;
};

/* Each returns 0, -ENOMEM, or -E2BIG at a limit. A new list; one alternative more for the last
 * list; the last list to every pair with the one before (which it takes the place of); the last
 * @n lists, each alternative, ask for more. */
int stix_terms_begin(struct stix_terms *t);
int stix_terms_add(struct stix_terms *t, const struct stix_term *term);
int stix_terms_pair(struct stix_terms *t);
int stix_terms_ask(struct stix_terms *t, uint32_t n, uint32_t asks);
/* The last two lists are one. */
void stix_terms_join(struct stix_terms *t);

/* Why an alternative is no ban, or IMPORT_REASON_COUNT: it is a SHA-256, with term->size or 0. */
enum import_reason stix_term_refusal(const struct stix_term *term);

#endif
