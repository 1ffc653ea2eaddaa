// SPDX-License-Identifier: GPL-2.0-or-later
/* What came of a replay, for people and programs. */
#include <assert.h>
#include <stdio.h>

#include "replay.h"

static const char *const lacks[] = {
	[REPLAY_LACK_SHA256] = "sha256",	 [REPLAY_LACK_BUILD_ID] = "build-id",
	[REPLAY_LACK_FSVERITY] = "fsverity",	 [REPLAY_LACK_SIGNERS] = "signers",
	[REPLAY_LACK_FILESYSTEM] = "filesystem", [REPLAY_LACK_TIME] = "time",
	[REPLAY_LACK_PACKAGES] = "packages",
};
static_assert(sizeof(lacks) / sizeof(lacks[0]) == REPLAY_LACK_COUNT, "a name each");

static const char *const becomes[] = {
	[DECISION_ALLOW] = "allowed",
	[DECISION_AUDIT] = "audited",
	[DECISION_DENY] = "denied",
};
static_assert(sizeof(becomes) / sizeof(becomes[0]) == DECISION_COUNT, "a name each");

char *replay_describe(const struct decision *decision)
{
	char *text;
	int n;

	if (decision->order)
		n = asprintf(&text, "would be %s by order %s (%s)", becomes[decision->outcome],
			     decision->order, decision->rule);
	else if (decision->rule)
		n = asprintf(&text, "would be %s by the policy (%s)", becomes[decision->outcome],
			     decision->rule);
	else
		n = asprintf(&text, "would be %s", becomes[decision->outcome]);
	return n < 0 ? NULL : text;
}

/* As the event has it; null where it does not. */
static json_t *copy(const json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	return value ? json_incref(value) : json_null();
}

json_t *replay_judgement_json(const struct replay_judgement *j, uint64_t number)
{
	const json_t *file = json_object_get(j->event, "file");

	return json_pack("{s:I, s:o, s:o, s:o, s:o, s:o, s:{s:s, s:s?, s:s?}, s:o}", "line",
			 (json_int_t)number, "seq", copy(j->event, "seq"), "host",
			 copy(j->event, "host"), "time", copy(j->event, "time"), "op",
			 copy(j->event, "op"), "path", copy(file, "path"), "recorded", "verdict",
			 decision_name(j->subject->outcome), "order", j->subject->order, "rule",
			 j->subject->rule, "replayed", decision_json(&j->decision));
}

static uint64_t judged(const struct replay_totals *t)
{
	return t->results[REPLAY_SAME] + t->results[REPLAY_DIFFERS];
}

static uint64_t decisions(const struct replay_totals *t)
{
	return judged(t) + t->results[REPLAY_LACKING];
}

static json_t *numbers_json(const char *const *names, const uint64_t *numbers, size_t n)
{
	json_t *json = json_object();
	size_t i;

	for (i = 0; json && i < n; i++)
		json_object_set_new(json, names[i], json_integer((json_int_t)numbers[i]));
	return json;
}

json_t *replay_totals_json(const struct replay_totals *t)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:I, s:o}", "lines",
			 (json_int_t)t->lines, "wrong", (json_int_t)t->results[REPLAY_WRONG],
			 "other", (json_int_t)t->results[REPLAY_OTHER], "decisions",
			 (json_int_t)decisions(t), "judged", (json_int_t)judged(t), "same",
			 (json_int_t)t->results[REPLAY_SAME], "differ",
			 (json_int_t)t->results[REPLAY_DIFFERS], "becomes",
			 numbers_json(becomes, t->becomes, DECISION_COUNT), "not_judged",
			 (json_int_t)t->results[REPLAY_LACKING], "lacking",
			 numbers_json(lacks, t->lacking, REPLAY_LACK_COUNT));
}

static void put_numbers(FILE *out, const char *const *names, const uint64_t *numbers, size_t n)
{
	const char *between = " (";
	size_t i;

	for (i = 0; i < n; i++) {
		if (!numbers[i])
			continue;
		fprintf(out, "%s%s %llu", between, names[i], (unsigned long long)numbers[i]);
		between = ", ";
	}
	fputs(*between == ',' ? ")\n" : "\n", out);
}

void replay_totals_print(const struct replay_totals *t, FILE *out)
{
	fprintf(out, "lines: %llu; decisions: %llu, other events: %llu, not events: %llu\n",
		(unsigned long long)t->lines, (unsigned long long)decisions(t),
		(unsigned long long)t->results[REPLAY_OTHER],
		(unsigned long long)t->results[REPLAY_WRONG]);
	fprintf(out, "judged: %llu; the same: %llu, differ: %llu", (unsigned long long)judged(t),
		(unsigned long long)t->results[REPLAY_SAME],
		(unsigned long long)t->results[REPLAY_DIFFERS]);
	put_numbers(out, becomes, t->becomes, DECISION_COUNT);
	fprintf(out, "not judged, as the event does not tell what the policy asks for: %llu",
		(unsigned long long)t->results[REPLAY_LACKING]);
	put_numbers(out, lacks, t->lacking, REPLAY_LACK_COUNT);
}
