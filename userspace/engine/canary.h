/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The canary: a file of our own that is always banned, tried in order to see that refusing works.
 *
 * Every generation whose mode is not off has an order for it beside the policy's, which no policy
 * can name (its ID is none) and which is not counted among them. A use of it takes the way of any
 * other file through hooks, identification, tables and answer; only then it is told apart, and
 * counted (interdict_counters.canary) instead of reported: it makes no event, no attempt and no
 * denial.
 *
 * The file is text that no kernel runs: where execution is not refused, it fails with ENOEXEC. It
 * is made anew for each try, without a name, so that nothing is cached of it: in memory, or where
 * programs may not be run from there (vm.memfd_noexec), in STORE_DIR.
 */
#ifndef INTERDICT_CANARY_H
#define INTERDICT_CANARY_H

#include <stdbool.h>
#include <stdint.h>

#include "engine.h"
#include "policy/policy.h"

/* Bytes. Seldom the size of anything else, which would be hashed for it. */
#define CANARY_SIZE 20011

/* By sha256 and size, for all operations. */
extern const struct policy_order canary_order;

/* Its content. */
void canary_content(char content[CANARY_SIZE]);

/* What came of a use. */
enum canary_answer {
	CANARY_NOT_TRIED,   /* no policy is active, or its mode is off, or this provider does not
			     * judge   this operation */
	CANARY_REFUSED,	    /* by the programs */
	CANARY_RECORDED,    /* seen by them, and let through as mode audit asks for */
	CANARY_LET_THROUGH, /* neither */
	CANARY_UNKNOWN,	    /* it could not be tried, or something else refused it */
	CANARY_ANSWER_COUNT
};

/* "not tried", "refused", "recorded", "let through", "unknown". */
const char *canary_answer_name(enum canary_answer answer);

struct canary {
	int64_t time; /* when it was tried, seconds since 1970; 0: never */
	enum canary_answer exec, open;
	char why[200]; /* what is not as it should be, a sentence without its dot; "" */
};

/* Whether a try says that things are as they should be. */
bool canary_is_fine(const struct canary *canary);
/* Whether one says that they are not; else, where it is not fine, nobody knows. */
bool canary_is_let_through(const struct canary *canary);
/* What to do where it is not fine: a sentence without its dot. */
const char *canary_remedy(const struct canary *canary);

/* Try to execute and to read it, under what is active in @engine. *@ret is filled whole. May take
 * as long as any decision. Starts no process but to execute it. */
void canary_try(struct engine *engine, struct canary *ret);

/*
 * What a use means under @mode (not off): it ended with @err (-errno, 0: it went through; of what
 * is no program, -ENOEXEC is the same), and @counted: the programs counted it.
 */
enum canary_answer canary_judge(enum policy_mode mode, int err, bool counted);

#endif
