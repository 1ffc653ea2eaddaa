// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A line of a record, judged anew under a policy of every kind. Beyond not crashing: what is wrong
 * has a reason, what differs can be told to people and to programs, and the numbers add up.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "events/event_line.h"
#include "decide/replay.h"

#define HASH "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char order[] =
	"interdict: 1\norder: o\ntitle: t\nauthority: a\nreference: r\nreason: w\n"
	"effective: 2023-01-01T00:00:00Z\nexpires: 2025-01-01T00:00:00Z\noperations: [exec, load]\n"
	"match:\n  - {sha256: " HASH ", size: 4}\n  - fsverity: sha256:" HASH
	"\n  - build-id: aabbccdd\n  - certificate: " HASH "\n  - key: ima:aabbccdd\n"
	"  - publisher: Vendor\n";

static void require(bool condition)
{
	if (!condition)
		abort();
}

static struct replay *start(void)
{
	struct replay_context context = { .at = REPLAY_AT_EVENT };
	struct policy_errors errs = { 0 };
	struct replay *replay = NULL;
	struct policy *policy;

	require(!policy_parse_order(order, strlen(order), "f", 0, &policy, &errs));
	policy->mode = POLICY_MODE_ENFORCE;
	policy->name = "p";
	policy->unidentified_deny = true;
	context.policy = policy;
	require(!replay_open(&context, &replay));
	return replay;
}

static void check_judged(const struct replay_judgement *j)
{
	char *text = replay_describe(&j->decision);
	json_t *json = replay_judgement_json(j, 1);
	char *line;

	require(text && json);
	line = json_dumps(json, JSON_COMPACT);
	require(line != NULL);
	free(line);
	json_decref(json);
	free(text);
	text = event_describe(j->event);
	require(text && !strchr(text, '\n') && !strchr(text, '\x1b'));
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct replay *replay;
	struct replay_judgement j;
	const struct replay_totals *totals;
	uint64_t sum = 0;
	int i;

	if (!replay)
		replay = start();
	require(!replay_line(replay, (const char *)data, size, &j));
	require(j.result < REPLAY_RESULTS);
	require(j.result != REPLAY_WRONG || (*j.why && j.col));
	require((j.result == REPLAY_LACKING) == (j.lacking != 0));
	if (j.result == REPLAY_SAME || j.result == REPLAY_DIFFERS)
		check_judged(&j);
	totals = replay_totals(replay);
	for (i = 0; i < REPLAY_RESULTS; i++)
		sum += totals->results[i];
	require(sum == totals->lines);
	return 0;
}
