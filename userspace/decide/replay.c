// SPDX-License-Identifier: GPL-2.0-or-later
#include "replay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/policy_resolution.h"
#include "record/record.h"

/*
 * Compiled policies that are kept, one for each time between two dates of orders: a record is in
 * the order of its times but for clocks that are set, and a policy of ten million hashes takes
 * 400 MiB each.
 */
#define IMAGES 2U

struct timed_image {
	struct compile_image image;
	size_t interval; /* how many dates are before it */
	uint64_t used;	 /* 0: there is none */
};

struct replay {
	struct replay_context context;
	int64_t *dates; /* of all orders and exemptions, sorted */
	size_t n_dates;
	struct timed_image images[IMAGES];
	uint64_t uses;
	struct replay_totals totals;
	/* of the last line */
	json_t *event;
	struct event_subject subject;
	char why[POLICY_IDENTIFIER_WHY_MAX + JSON_ERROR_TEXT_LENGTH];
};

/* ---- the policy, as of a time ---- */

static int by_time(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a;
	int64_t y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static int collect_dates(struct replay *replay)
{
	const struct policy *policy = replay->context.policy;
	size_t n = 1;
	size_t o;
	size_t i;

	for (o = 0; o < policy->n_orders; o++)
		n += 2 + policy->orders[o].n_exemptions;
	replay->dates = calloc(n, sizeof(*replay->dates));
	if (!replay->dates)
		return -ENOMEM;
	for (o = 0; o < policy->n_orders; o++) {
		const struct policy_order *order = &policy->orders[o];

		replay->dates[replay->n_dates++] = order->effective;
		replay->dates[replay->n_dates++] = order->expires;
		for (i = 0; i < order->n_exemptions; i++)
			replay->dates[replay->n_dates++] = order->exemptions[i].until;
	}
	qsort(replay->dates, replay->n_dates, sizeof(*replay->dates), by_time);
	return 0;
}

/* How many dates are at @time or before: what is in force changes there only. */
static size_t interval_of(const struct replay *replay, int64_t time)
{
	size_t low = 0;
	size_t high = replay->n_dates;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (replay->dates[middle] <= time)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int image_at(struct replay *replay, int64_t time, const struct compile_image **ret)
{
	const struct policy_device device = {
		.labels = replay->context.labels,
		.n_labels = replay->context.n_labels,
		.early = time,
		.late = time,
	};
	size_t interval = interval_of(replay, time);
	struct timed_image *oldest = &replay->images[0];
	size_t i;
	int err;

	for (i = 0; i < IMAGES; i++) {
		struct timed_image *image = &replay->images[i];

		if (image->used && image->interval == interval) {
			image->used = ++replay->uses;
			*ret = &image->image;
			return 0;
		}
		if (image->used < oldest->used)
			oldest = image;
	}
	if (oldest->used)
		compile_image_free(&oldest->image);
	oldest->used = 0;
	err = compile_image(replay->context.policy, &device, &oldest->image);
	if (err)
		return err;
	oldest->interval = interval;
	oldest->used = ++replay->uses;
	*ret = &oldest->image;
	return 0;
}

int replay_open(const struct replay_context *context, struct replay **ret)
{
	struct replay *replay = calloc(1, sizeof(*replay));

	if (!replay)
		return -ENOMEM;
	replay->context = *context;
	if (collect_dates(replay)) {
		replay_close(replay);
		return -ENOMEM;
	}
	*ret = replay;
	return 0;
}

void replay_close(struct replay *replay)
{
	size_t i;

	if (!replay)
		return;
	for (i = 0; i < IMAGES; i++)
		if (replay->images[i].used)
			compile_image_free(&replay->images[i].image);
	json_decref(replay->event);
	free(replay->dates);
	free(replay);
}

const struct replay_totals *replay_totals(const struct replay *replay)
{
	return &replay->totals;
}

/* ---- a decision ---- */

/* What the policy asks for and the event does not tell. */
static uint32_t lacking_of(const struct compile_image *image, const struct event_subject *subject)
{
	const struct interdict_ids *ids = &subject->identity.ids;
	uint32_t want = interdict_wanted(&image->tables, ids->size);
	uint32_t lacking = 0;

	if (want & (INTERDICT_ID_SHA256 | INTERDICT_ID_SHA256_BY_MAGIC) &&
	    !(ids->have & INTERDICT_ID_SHA256))
		lacking |= 1U << REPLAY_LACK_SHA256;
	want &= ~ids->have;
	if (want & INTERDICT_ID_BUILD_ID)
		lacking |= 1U << REPLAY_LACK_BUILD_ID;
	if (want & INTERDICT_ID_FSVERITY)
		lacking |= 1U << REPLAY_LACK_FSVERITY;
	if (want & INTERDICT_ID_SIGNERS)
		lacking |= 1U << REPLAY_LACK_SIGNERS;
	return lacking;
}

/* Of files that were not refused as such an event does not tell where they were. */
static bool lacks_filesystem(const struct compile_image *image, const struct event_subject *subject)
{
	return image->head->flags & INTERDICT_HEAD_UNTRUSTED_FS_DENY &&
	       subject->op <= INTERDICT_OP_MAP &&
	       !(subject->identity.ids.flags & INTERDICT_FILE_FOREIGN);
}

/* What a package consisted of is in no event, but that this file was part of one. */
static bool lacks_packages(const struct replay *replay, const struct event_subject *subject)
{
	return subject->rule && !strcmp(subject->rule, policy_kind_name(POLICY_KIND_PACKAGE)) &&
	       policy_has_packages(replay->context.policy) && !replay->context.policy->resolution;
}

/* The order that was reported may give way to another that matches, too: that is no difference. */
static bool is_same(const struct event_subject *subject, const struct decision *decision)
{
	uint32_t i;

	if (subject->outcome != decision->outcome)
		return false;
	if (!subject->order || !decision->order)
		return !subject->order && !decision->order;
	if (!strcmp(subject->order, decision->order))
		return true;
	for (i = 0; i < decision->also_count; i++)
		if (!strcmp(subject->order, decision->also[i]))
			return true;
	return false;
}

static int judge(struct replay *replay, struct replay_judgement *j)
{
	const struct event_subject *subject = j->subject;
	const struct compile_image *image;
	int64_t time = replay->context.at == REPLAY_AT_EVENT ? subject->time : replay->context.time;
	uint32_t lacking;
	int err;

	j->result = REPLAY_LACKING;
	if (time < 0) {
		j->lacking = 1U << REPLAY_LACK_TIME;
		return 0;
	}
	err = image_at(replay, time, &image);
	if (err)
		return err;
	lacking = lacking_of(image, subject);
	decide(image, &subject->identity, subject->missing && lacking, subject->op, &j->decision);
	if (subject->missing)
		lacking = 0;
	if (lacks_filesystem(image, subject))
		lacking |= 1U << REPLAY_LACK_FILESYSTEM;
	if (lacks_packages(replay, subject))
		lacking |= 1U << REPLAY_LACK_PACKAGES;
	if (lacking && j->decision.outcome != DECISION_DENY)
		j->lacking = lacking;
	else
		j->result = is_same(subject, &j->decision) ? REPLAY_SAME : REPLAY_DIFFERS;
	return 0;
}

/* ---- a line ---- */

static int parse(struct replay *replay, const char *line, size_t len, struct replay_judgement *j)
{
	json_error_t error;
	int ret;

	j->why = replay->why;
	j->col = 1;
	if (!line) {
		snprintf(replay->why, sizeof(replay->why), "is longer than %u bytes",
			 RECORD_LINE_MAX);
		return 0;
	}
	replay->event = json_loadb(line, len, JSON_REJECT_DUPLICATES, &error);
	if (!replay->event && json_error_code(&error) == json_error_out_of_memory)
		return -ENOMEM;
	if (!replay->event) {
		snprintf(replay->why, sizeof(replay->why), "not JSON: %s", error.text);
		j->col = error.column > 0 ? (uint32_t)error.column : 1;
		return 0;
	}
	j->event = replay->event;
	ret = event_subject(replay->event, &replay->subject, replay->why);
	if (ret == 1) {
		j->subject = &replay->subject;
		return judge(replay, j);
	}
	if (!ret)
		j->result = REPLAY_OTHER;
	return ret == -EINVAL ? 0 : ret;
}

int replay_line(struct replay *replay, const char *line, size_t len, struct replay_judgement *j)
{
	struct replay_totals *totals = &replay->totals;
	int i;
	int err;

	*j = (struct replay_judgement){ .result = REPLAY_WRONG };
	json_decref(replay->event);
	replay->event = NULL;
	err = parse(replay, line, len, j);
	if (err)
		return err;
	totals->lines++;
	totals->results[j->result]++;
	for (i = 0; i < REPLAY_LACK_COUNT; i++)
		totals->lacking[i] += j->lacking >> i & 1;
	if (j->result == REPLAY_DIFFERS)
		totals->becomes[j->decision.outcome]++;
	return 0;
}
