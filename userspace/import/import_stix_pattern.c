// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * STIX patterns (STIX 2.1, section 9) as sets of files.
 *
 * A pattern becomes a list of alternatives (its disjunctive normal form), of which each is what one
 * file, or one observation, must be. An alternative that is one SHA-256, alone, with a size, or
 * with other hashes of the same content, is a ban; any other is refused with its reason, as a ban
 * of the hash alone would be broader. OR of two lists is both, one behind the other; AND within
 * brackets is every pair; operators between observations ask for more than one file, so what they
 * join is refused. Precedence by two stacks, no recursion; pairs are bounded.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "import_internal.h"
#include "import_stix_terms.h"
#include "import_stix_token.h"

/* Parentheses and operators that wait: people write three or four. Each has a list at most. */
#define OPERATORS_MAX (STIX_LISTS_MAX - 2)

struct waiting {
	enum stix_token token; /* OPEN, PAREN, AND, OR, FOLLOWEDBY */
	bool outside;	       /* between observations, not within brackets */
};

struct evaluation {
	struct stix_lexer lexer;
	struct stix_terms terms;
	struct waiting operators[OPERATORS_MAX];
	uint32_t n_operators;
	bool inside;	   /* within brackets */
	const char *wrong; /* syntax */
};

/* -EBADMSG, with a sentence about the last token. */
static int wrong(struct evaluation *e, enum stix_token token, const char *why)
{
	e->wrong = token == STIX_BAD ? e->lexer.why : why;
	return -EBADMSG;
}

/* ---- operators ---- */

static int precedence(enum stix_token token)
{
	switch (token) {
	case STIX_FOLLOWEDBY:
		return 1;
	case STIX_OR:
		return 2;
	case STIX_AND:
		return 3;
	default:
		return 0; /* what opens */
	}
}

/* Apply operators that bind as @least or tighter, down to what opened. */
static int reduce(struct evaluation *e, int least)
{
	while (e->n_operators) {
		const struct waiting *o = &e->operators[e->n_operators - 1];
		int err = 0;

		if (!precedence(o->token) || precedence(o->token) < least)
			break;
		if (o->token == STIX_AND && !o->outside) {
			err = stix_terms_pair(&e->terms);
		} else {
			if (o->token != STIX_OR)
				err = stix_terms_ask(&e->terms, 2, STIX_ASKS_OBSERVATION);
			stix_terms_join(&e->terms);
		}
		if (err)
			return err;
		e->n_operators--;
	}
	return 0;
}

static int push_operator(struct evaluation *e, enum stix_token token)
{
	if (e->n_operators == OPERATORS_MAX)
		return -E2BIG;
	e->operators[e->n_operators++] = (struct waiting){ token, !e->inside };
	return 0;
}

/* Back to what opened, which must be @token. */
static int close_group(struct evaluation *e, enum stix_token token, const char *why)
{
	int err = reduce(e, 1);

	if (err)
		return err;
	if (!e->n_operators || e->operators[e->n_operators - 1].token != token)
		return wrong(e, token, why);
	e->n_operators--;
	return 0;
}

/* ---- comparisons ---- */

/* Which hash a path of a file names, or MALFORMED for a path that is no hash. */
static enum import_reason hash_of_path(const struct stix_lexer *l)
{
	static const char hashes[] = "file:hashes";
	const char *name = l->path + sizeof(hashes) - 1;

	if (l->long_path || strncmp(l->path, hashes, sizeof(hashes) - 1))
		return IMPORT_MALFORMED;
	if (*name != '.')
		return *name == '[' ? IMPORT_OTHER_HASH : IMPORT_MALFORMED;
	return import_reason_of_algorithm(name + 1, strlen(name + 1));
}

static bool is_literal(enum stix_token token)
{
	return token == STIX_STRING || token == STIX_INTEGER || token == STIX_FLOAT ||
	       token == STIX_TIME || token == STIX_OTHER;
}

/* The last path equals the last literal, of kind @literal. */
static int equal(struct evaluation *e, const struct stix_lexer *path, enum stix_token literal,
		 uint32_t asks)
{
	enum import_reason hash = hash_of_path(path);
	struct stix_term t = { .asks = asks };
	size_t bad;

	if (!is_literal(literal))
		return wrong(e, literal, "a value to compare with is needed");
	if (hash == IMPORT_REASON_COUNT && !(asks & STIX_ASKS_NEGATION)) {
		t.has_sha256 = literal == STIX_STRING &&
			       policy_parse_hex(e->lexer.text, e->lexer.len, t.sha256,
						sizeof(t.sha256), &bad) == sizeof(t.sha256);
		t.asks |= t.has_sha256 ? 0 : STIX_ASKS_BAD_VALUE;
	} else if (hash <= IMPORT_OTHER_HASH) {
		t.others = 1U << hash;
	} else if (hash == IMPORT_REASON_COUNT) {
		t.asks |= STIX_ASKS_PART;
	} else if (!path->long_path && !strcmp(path->path, "file:size") && !asks &&
		   literal == STIX_INTEGER) {
		t.has_size = true;
		t.size = e->lexer.number;
		t.asks |= t.size && t.size <= INT64_MAX ? 0 : STIX_ASKS_IMPOSSIBLE;
	} else {
		t.asks |= strncmp(path->path, "file:", 5) ? STIX_ASKS_OBJECT : STIX_ASKS_PROPERTY;
	}
	return stix_terms_add(&e->terms, &t);
}

/* A comparison that is none of equality. */
static int other_comparison(struct evaluation *e, const struct stix_lexer *path, uint32_t asks)
{
	enum import_reason hash = hash_of_path(path);
	struct stix_term t = { .asks = asks };

	if (hash == IMPORT_REASON_COUNT || hash <= IMPORT_OTHER_HASH)
		t.asks |= STIX_ASKS_PART;
	else
		t.asks |= strncmp(path->path, "file:", 5) ? STIX_ASKS_OBJECT : STIX_ASKS_PROPERTY;
	return stix_terms_add(&e->terms, &t);
}

/* "( literal , ... )" */
static int set(struct evaluation *e, const struct stix_lexer *path, uint32_t asks)
{
	enum stix_token token = stix_token_next(&e->lexer);
	int err;

	if (token != STIX_PAREN)
		return wrong(e, token, "a list in parentheses is needed");
	do {
		token = stix_token_next(&e->lexer);
		err = equal(e, path, token, asks);
		if (err)
			return err;
		token = stix_token_next(&e->lexer);
	} while (token == STIX_COMMA);
	return token == STIX_PAREN_END ? 0 : wrong(e, token, "a comma or ) is needed");
}

/* What follows the path that was read last. */
static int comparison(struct evaluation *e)
{
	const struct stix_lexer path = e->lexer;
	enum stix_token token = stix_token_next(&e->lexer);
	uint32_t asks = 0;

	if (token == STIX_NOT) {
		asks = STIX_ASKS_NEGATION;
		token = stix_token_next(&e->lexer);
	}
	if (token == STIX_IN)
		return set(e, &path, asks);
	if (token == STIX_EQUAL)
		return equal(e, &path, stix_token_next(&e->lexer), asks);
	if (token == STIX_UNEQUAL)
		return equal(e, &path, stix_token_next(&e->lexer), STIX_ASKS_NEGATION);
	if (token != STIX_COMPARE && token != STIX_MATCH)
		return wrong(e, token, "a comparison is needed");
	token = stix_token_next(&e->lexer);
	if (!is_literal(token))
		return wrong(e, token, "a value to compare with is needed");
	return other_comparison(e, &path, asks);
}

/* A comparison, or what opens one; *@more: an operand is still needed. */
static int operand_inside(struct evaluation *e, enum stix_token token, bool *more)
{
	int err;

	if (token == STIX_PAREN)
		return push_operator(e, token);
	*more = false;
	err = stix_terms_begin(&e->terms);
	if (err)
		return err;
	if (token == STIX_PATH)
		return comparison(e);
	if (token != STIX_EXISTS)
		return wrong(e, token, "a comparison is needed");
	token = stix_token_next(&e->lexer);
	if (token != STIX_PATH)
		return wrong(e, token, "an object's property is needed");
	return other_comparison(e, &e->lexer, 0);
}

/* ---- the pattern ---- */

/* The tokens of a qualifier behind its first. */
static int qualifier(struct evaluation *e, enum stix_token token)
{
	const enum stix_token second = token == STIX_START ? STIX_TIME : STIX_INTEGER;
	const enum stix_token third = token == STIX_START  ? STIX_STOP :
				      token == STIX_WITHIN ? STIX_SECONDS :
							     STIX_TIMES;
	enum stix_token next = stix_token_next(&e->lexer);

	if (next != second && !(token == STIX_WITHIN && next == STIX_FLOAT))
		return wrong(e, next, "a qualifier is incomplete");
	next = stix_token_next(&e->lexer);
	if (next == third && token == STIX_START)
		next = stix_token_next(&e->lexer) == STIX_TIME ? third : STIX_BAD;
	if (next != third)
		return wrong(e, STIX_END, "a qualifier is incomplete");
	return stix_terms_ask(&e->terms, 1, STIX_ASKS_QUALIFIER);
}

static int operand_outside(struct evaluation *e, enum stix_token token)
{
	int err;

	if (token != STIX_PAREN && token != STIX_OPEN)
		return wrong(e, token, "an observation in brackets is needed");
	err = push_operator(e, token);
	e->inside = token == STIX_OPEN;
	return err;
}

/* Behind an operand; *@more: another is needed. */
static int operator_inside(struct evaluation *e, enum stix_token token, bool *more)
{
	int err;

	switch (token) {
	case STIX_AND:
	case STIX_OR:
		*more = true;
		err = reduce(e, precedence(token));
		return err ? err : push_operator(e, token);
	case STIX_PAREN_END:
		return close_group(e, STIX_PAREN, "a ) without (");
	case STIX_CLOSE:
		e->inside = false;
		return close_group(e, STIX_OPEN, "a parenthesis is not closed");
	default:
		return wrong(e, token, "AND, OR or ] is needed");
	}
}

static int operator_outside(struct evaluation *e, enum stix_token token, bool *more)
{
	int err;

	switch (token) {
	case STIX_AND:
	case STIX_OR:
	case STIX_FOLLOWEDBY:
		*more = true;
		err = reduce(e, precedence(token));
		return err ? err : push_operator(e, token);
	case STIX_PAREN_END:
		return close_group(e, STIX_PAREN, "a ) without (");
	case STIX_WITHIN:
	case STIX_REPEATS:
	case STIX_START:
		return qualifier(e, token);
	case STIX_END:
		err = reduce(e, 1);
		return err || !e->n_operators ? err :
						wrong(e, token, "a parenthesis is not closed");
	default:
		return wrong(e, token, "an operator between observations is needed");
	}
}

static int evaluate(struct evaluation *e)
{
	enum stix_token token;
	bool more = true;
	int err;

	do {
		token = stix_token_next(&e->lexer);
		if (e->inside)
			err = more ? operand_inside(e, token, &more) :
				     operator_inside(e, token, &more);
		else
			err = more ? operand_outside(e, token) : operator_outside(e, token, &more);
	} while (!err && token != STIX_END);
	return err;
}

/* ---- what comes of it ---- */

static int take(struct import *im, const struct evaluation *e, const char *note,
		const struct import_place *at)
{
	for (uint32_t i = 0; i < e->terms.n; i++) {
		const struct stix_term *t = &e->terms.terms[i];
		enum import_reason reason = stix_term_refusal(t);
		int err = 0;

		if (reason == IMPORT_MALFORMED)
			import_refuse(im, reason, at, "a SHA-256 without 64 hex digits: %.200s",
				      e->lexer.pattern);
		else if (reason != IMPORT_REASON_COUNT)
			import_refuse(im, reason, at, "%.400s", e->lexer.pattern);
		else
			err = import_add(im, IMPORT_KIND_SHA256, t->sha256, t->size, note, at);
		if (err)
			return err;
		if (reason == IMPORT_REASON_COUNT)
			im->beside += (uint64_t)__builtin_popcount(t->others);
	}
	return 0;
}

int import_stix_pattern(struct import *im, const char *text, const char *note,
			const struct import_place *at)
{
	struct evaluation e = { .lexer = { .pattern = text, .at = text } };
	int err = evaluate(&e);

	if (!err) {
		err = take(im, &e, note, at);
	} else if (err == -E2BIG) {
		import_refuse(im, IMPORT_COMPLEX, at, "%.400s", text);
		err = 0;
	} else if (err == -EBADMSG) {
		import_refuse(im, IMPORT_MALFORMED, at, "character %zu of the pattern: %s: %.400s",
			      (size_t)(e.lexer.token - text) + 1, e.wrong, text);
		err = 0;
	}
	free(e.terms.terms);
	return err;
}
