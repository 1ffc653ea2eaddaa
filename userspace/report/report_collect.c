// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/policy.h"
#include "record/record_verify_text.h"
#include "report_internal.h"

#define HOUR (3600 * QUERY_NS)
#define DAY  (24 * HOUR)
/* A timeline of hours up to so many days. */
#define HOURLY_DAYS 4

static void choose_bars(struct report *r)
{
	int64_t span = r->to - r->from;

	r->bar = span <= HOURLY_DAYS * DAY ? HOUR : DAY;
	/* Days together, so that there are no more bars than fit. One more is for the alignment. */
	while (span / r->bar + 2 > REPORT_BARS_MAX)
		r->bar += DAY;
	r->bars_from = r->from - r->from % r->bar;
	span = r->to - r->bars_from;
	r->n_bars = (size_t)(span / r->bar + !!(span % r->bar));
}

int report_new(const char *record, int64_t from, int64_t to, struct report **ret)
{
	struct report *r;

	/* There are no lines before 1970. */
	from = from > 0 ? from : 0;
	if (from >= to)
		return -EINVAL;
	r = calloc(1, sizeof(*r));
	if (r)
		r->record = strdup(record);
	if (!r || !r->record) {
		free(r);
		return -ENOMEM;
	}
	r->from = from;
	r->to = to;
	r->coverage.state = REPORT_UNKNOWN;
	strcpy(r->coverage.why, "before the first line of the record");
	choose_bars(r);
	*ret = r;
	return 0;
}

void report_free(struct report *r)
{
	if (!r)
		return;
	report_count_free(&r->orders);
	report_count_free(&r->users);
	report_count_free(&r->ops);
	report_count_free(&r->files);
	report_count_free(&r->kinds);
	report_count_free(&r->hosts);
	report_count_free(&r->boots);
	report_coverage_free(&r->coverage);
	free(r->verified);
	free(r->record);
	free(r);
}

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

/* How many the kernel lost since the line before. It counts in a boot, from each load of its
 * programs on. */
static uint64_t newly_lost(struct report *r, const char *kind, const json_t *event)
{
	json_int_t lost = json_integer_value(json_object_get(event, "lost"));
	const char *boot = text_of(event, "boot");
	uint64_t more;

	if (!boot || strcmp(boot, r->lost_boot) != 0 ||
	    (!strcmp(kind, "start") && json_is_false(json_object_get(event, "resumed"))))
		r->lost_before = 0;
	more = lost > r->lost_before ? (uint64_t)(lost - r->lost_before) : 0;
	r->lost_before = lost;
	snprintf(r->lost_boot, sizeof(r->lost_boot), "%s", boot ? boot : "");
	return more;
}

/* What an event counts as. REPORT_WHATS: as nothing. */
static enum report_what what_is(const char *kind, const json_t *event)
{
	/* What it sums up; null where that is not known. */
	if (!strcmp(kind, "summary"))
		kind = text_of(event, "of") ? text_of(event, "of") : "";
	if (!strcmp(kind, "denied"))
		return REPORT_DENIED;
	if (!strcmp(kind, "audited"))
		return REPORT_AUDITED;
	return !strcmp(kind, "unidentified") ? REPORT_UNIDENTIFIED : REPORT_WHATS;
}

/* How many events a line is. */
static uint64_t how_many(const json_t *event)
{
	json_int_t count = json_integer_value(json_object_get(event, "count"));

	return count > 0 ? (uint64_t)count : 1;
}

static int count_decision(struct report *r, enum report_what what, int64_t time,
			  const json_t *event)
{
	const json_t *uid = json_object_get(json_object_get(event, "process"), "uid");
	const char *order = text_of(event, "order"), *op = text_of(event, "op");
	const char *path = text_of(json_object_get(event, "file"), "path");
	uint64_t n = how_many(event);
	char user[24] = "not known";
	int err;

	if (json_is_integer(uid))
		snprintf(user, sizeof(user), "%lld", (long long)json_integer_value(uid));
	r->total[what] += n;
	r->bars[(time - r->bars_from) / r->bar][what] += n;
	/* An unidentified file is of no order. */
	err = what == REPORT_UNIDENTIFIED ?
		      0 :
		      report_count_add(&r->orders, order ? order : "(the policy's header)", what,
				       n);
	if (!err)
		err = report_count_add(&r->users, user, what, n);
	if (!err)
		err = report_count_add(&r->ops, op ? op : "not known", what, n);
	if (!err)
		err = report_count_add(&r->files, path ? path : "(not known)", what, n);
	return err;
}

static int count_line(struct report *r, const char *kind, uint64_t seq, int64_t time,
		      const json_t *event)
{
	enum report_what what = what_is(kind, event);
	const char *host = text_of(event, "host"), *boot = text_of(event, "boot");
	int err;

	r->lines++;
	if (!r->first)
		r->first = seq;
	r->last = seq;
	err = report_count_add(&r->kinds, kind, REPORT_DENIED, 1);
	if (!err && host)
		err = report_count_add(&r->hosts, host, REPORT_DENIED, 1);
	if (!err && boot)
		err = report_count_add(&r->boots, boot, REPORT_DENIED, 1);
	if (what == REPORT_WHATS && !strcmp(kind, "summary"))
		r->unknown += how_many(event);
	if (!err && what != REPORT_WHATS)
		err = count_decision(r, what, time, event);
	return err;
}

int report_add(struct report *r, const json_t *event)
{
	json_int_t seq = json_integer_value(json_object_get(event, "seq"));
	const char *kind = text_of(event, "event"), *text = text_of(event, "time");
	bool inside;
	uint64_t lost;
	int64_t time;
	int err = 0;

	if (seq <= 0 || !kind || !text || !query_line_time(text, strlen(text), &time)) {
		r->wrong++;
		return 0;
	}
	inside = time >= r->from && time < r->to;
	lost = newly_lost(r, kind, event);
	if (inside) {
		r->lost += lost;
		if (r->seq && (uint64_t)seq > r->seq + 1)
			r->missing += (uint64_t)seq - r->seq - 1;
		err = count_line(r, kind, (uint64_t)seq, time, event);
	}
	r->seq = (uint64_t)seq;
	return err ? err : report_coverage_add(r, kind, time, event);
}

void report_add_wrong(struct report *r)
{
	r->wrong++;
}

int report_end(struct report *r, const struct record_verified *verified, bool expected)
{
	int err = report_coverage_end(r);

	report_count_sort(&r->orders);
	report_count_sort(&r->users);
	report_count_sort(&r->ops);
	report_count_sort(&r->files);
	report_count_sort(&r->kinds);
	report_count_sort(&r->hosts);
	report_count_sort(&r->boots);
	if (err)
		return err;
	r->verified_right = !verified->wrong && verified->proved.seq;
	r->verified = record_verified_text(verified, expected);
	return r->verified ? 0 : -ENOMEM;
}

void report_bar_name(const struct report *r, size_t i, char buf[21])
{
	char time[21];

	query_format_time(r->bars_from + (int64_t)i * r->bar, time);
	if (r->bar < DAY)
		snprintf(buf, 21, "%.10s %.2s:00", time, time + 11);
	else
		snprintf(buf, 21, "%.10s", time);
}

uint64_t report_bar_max(const struct report *r)
{
	uint64_t max = 0;

	for (size_t i = 0; i < r->n_bars; i++) {
		uint64_t n = 0;

		for (int what = 0; what < REPORT_WHATS; what++)
			n += r->bars[i][what];
		max = n > max ? n : max;
	}
	return max;
}
