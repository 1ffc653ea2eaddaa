/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recorded decisions (record.h, event_line.h), judged anew under a policy by the evaluation of the
 * kernel. A decision is judged by what its event tells of the file. What the policy asks for and
 * the event does not tell may match or not: unless something else denies, such a decision is not
 * judged, and counted by what is lacking. A file that could not be identified then is taken for one
 * that cannot be identified now.
 */
#ifndef INTERDICT_REPLAY_H
#define INTERDICT_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <jansson.h>

#include "decision.h"
#include "event_subject.h"
#include "policy/policy.h"

/* As of when: orders begin and end. */
enum replay_at { REPLAY_AT_EVENT, REPLAY_AT_TIME };

struct replay_context {
	const struct policy *policy;
	const char *const *labels; /* of the device */
	size_t n_labels;
	enum replay_at at;
	int64_t time; /* seconds since 1970, of REPLAY_AT_TIME */
};

/* What an event does not tell. */
enum replay_lack {
	REPLAY_LACK_SHA256,
	REPLAY_LACK_BUILD_ID,
	REPLAY_LACK_FSVERITY,
	REPLAY_LACK_SIGNERS,
	REPLAY_LACK_FILESYSTEM, /* whether it is one that can change without a local write */
	REPLAY_LACK_TIME,
	REPLAY_LACK_PACKAGES, /* what package rules stood for there and then */
	REPLAY_LACK_COUNT,
};

enum replay_result {
	REPLAY_WRONG,	/* the line is no event */
	REPLAY_OTHER,	/* an event that is no decision */
	REPLAY_LACKING, /* not judged */
	REPLAY_SAME,
	REPLAY_DIFFERS,
	REPLAY_RESULTS,
};

/* What came of one line. Everything is valid until the next one. */
struct replay_judgement {
	enum replay_result result;
	uint32_t lacking; /* 1 << enum replay_lack */
	uint32_t col;	  /* of WRONG: where, from 1 */
	const char *why;  /* of WRONG: a sentence */
	const json_t *event;
	const struct event_subject *subject;
	struct decision decision; /* of SAME and DIFFERS */
};

struct replay_totals {
	uint64_t lines;
	uint64_t results[REPLAY_RESULTS];
	uint64_t lacking[REPLAY_LACK_COUNT]; /* a decision may lack several */
	uint64_t becomes[DECISION_COUNT];    /* of those that differ */
};

struct replay;

/* @context is copied, what it points to must live as long. Returns 0 and *@ret (replay_close()),
 * or -ENOMEM. */
int replay_open(const struct replay_context *context, struct replay **ret);
void replay_close(struct replay *replay);

/*
 * Judge the event in @len bytes at @line (without newline). @line NULL: one that is longer than
 * RECORD_LINE_MAX. Returns 0 and fills *@judgement; -ENOMEM; -E2BIG: the policy is too large to be
 * compiled.
 */
int replay_line(struct replay *replay, const char *line, size_t len,
		struct replay_judgement *judgement);

const struct replay_totals *replay_totals(const struct replay *replay);

/*
 * Call @each for each line of @fd, with its number from 1, without its newline, and NULL for one
 * that is longer than RECORD_LINE_MAX; the last may have no newline. Stops where @each does not
 * return 0, and returns that; 0 at the end; -ENOMEM; another -errno of read(2).
 */
int replay_read(int fd, int (*each)(void *context, uint64_t number, const char *line, size_t len),
		void *context);

/* "would be denied by order x (publisher)". The caller frees it; NULL: no memory. */
char *replay_describe(const struct decision *decision);
/* {"line","seq","host","time","op","path","recorded":{"verdict","order","rule"},"replayed":...} */
json_t *replay_judgement_json(const struct replay_judgement *judgement, uint64_t number);
/* {"lines","wrong","other","decisions","judged","same","differ","becomes":{...},"lacking":{...}} */
json_t *replay_totals_json(const struct replay_totals *totals);
/* As lines for a person. */
void replay_totals_print(const struct replay_totals *totals, FILE *out);

#endif
