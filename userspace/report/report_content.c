// SPDX-License-Identifier: GPL-2.0-or-later
/* What is in a report, in which order. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "report_internal.h"

char *report_safe(struct report_writer *w, const char *text)
{
	char *safe = escape_text(text);

	w->no_memory |= !safe;
	return safe;
}

static void say(struct report_writer *w, bool alarm, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static void say(struct report_writer *w, bool alarm, const char *fmt, ...)
{
	char *text;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vasprintf(&text, fmt, args);
	va_end(args);
	if (n < 0) {
		w->no_memory = true;
		return;
	}
	w->text(w, alarm, text);
	free(text);
}

static void end_table(struct report_writer *w)
{
	if (w->table_end)
		w->table_end(w);
}

static void put_number(struct report_writer *w, uint64_t n)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)n);
	w->cell(w, REPORT_NUMBER, text);
}

static void put_time(struct report_writer *w, int64_t ns)
{
	char text[21];

	query_format_time(ns, text);
	w->cell(w, REPORT_TEXT, text);
}

/* "12d 3h", "4m 5s": the two largest units, rounded down. */
static void format_length(int64_t ns, char buf[32])
{
	static const struct {
		int64_t seconds;
		char name;
	} units[] = { { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' } };
	int64_t seconds = ns / QUERY_NS;
	size_t i = 0;

	while (i < 3 && seconds < units[i].seconds)
		i++;
	if (i == 3)
		snprintf(buf, 32, "%llds", (long long)seconds);
	else
		snprintf(buf, 32, "%lld%c %lld%c", (long long)(seconds / units[i].seconds),
			 units[i].name,
			 (long long)(seconds % units[i].seconds / units[i + 1].seconds),
			 units[i + 1].name);
}

static void put_left_out(struct report_writer *w, size_t n, const char *what)
{
	if (n)
		say(w, false, "%zu more %s are not listed here.", n, what);
}

/* ---- sections ---- */

static void put_names(struct report_writer *w, const char *before,
		      const struct report_counts *counts)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out) {
		w->no_memory = true;
		return;
	}
	fprintf(out, "%s:", before);
	for (size_t i = 0; i < counts->n && i < REPORT_TOP; i++)
		fprintf(out, "%s %s", i ? "," : "", counts->v[i]->name);
	if (counts->n > REPORT_TOP)
		fprintf(out, " and %zu more", counts->n - REPORT_TOP);
	if (fclose(out))
		w->no_memory = true;
	else
		w->text(w, false, text);
	free(text);
}

static void put_overview(struct report_writer *w, const struct report *r)
{
	char from[21], to[21];

	query_format_time(r->from, from);
	query_format_time(r->to, to);
	say(w, false, "From %s to %s, by the device's clock; the record is %s.", from, to,
	    r->record);
	if (r->lines)
		say(w, false, "%llu lines of this time, seq %llu to %llu.",
		    (unsigned long long)r->lines, (unsigned long long)r->first,
		    (unsigned long long)r->last);
	else
		say(w, false, "There is no line of this time.");
	say(w, false,
	    "Refused: %llu. Only recorded (audited): %llu. Files that could not be identified: "
	    "%llu.",
	    (unsigned long long)r->total[REPORT_DENIED],
	    (unsigned long long)r->total[REPORT_AUDITED],
	    (unsigned long long)r->total[REPORT_UNIDENTIFIED]);
	if (r->hosts.n)
		put_names(w, "Device", &r->hosts);
	if (r->hosts.n > 1)
		say(w, true, "Lines of %zu devices are in this record.", r->hosts.n);
}

static void put_missing(struct report_writer *w, const struct report *r)
{
	w->section(w, "What is missing");
	say(w, r->lost, "Events that the kernel lost, as its buffer was full: %llu.",
	    (unsigned long long)r->lost);
	say(w, r->unknown, "Events that were counted, and of which kind is not known: %llu.",
	    (unsigned long long)r->unknown);
	say(w, r->missing, "Lines that are not there, by their numbers: %llu.",
	    (unsigned long long)r->missing);
	say(w, r->wrong, "Lines of the whole record that are no events: %llu.",
	    (unsigned long long)r->wrong);
}

static void put_verified(struct report_writer *w, const struct report *r)
{
	w->section(w, "Verification");
	say(w, !r->verified_right, "%s",
	    r->verified_right ? "The record is whole and in order, as far as it is said here." :
				"THE RECORD IS NOT PROVED.");
	for (const char *line = r->verified, *end; (end = strchr(line, '\n')); line = end + 1)
		say(w, !strncmp(line, "WRONG", 5), "%.*s", (int)(end - line), line);
}

static void put_coverage(struct report_writer *w, const struct report *r)
{
	static const char *const sums[] = { "State", "Time", "Share" };
	static const enum report_cell sum_cells[] = { REPORT_TEXT, REPORT_NUMBER, REPORT_NUMBER };
	static const char *const titles[] = { "From", "To", "For", "State", "Why" };
	static const enum report_cell cells[] = { REPORT_TEXT, REPORT_TEXT, REPORT_NUMBER,
						  REPORT_TEXT, REPORT_TEXT };
	const struct report_coverage *c = &r->coverage;
	size_t n = c->n_spans < REPORT_ROWS_MAX ? c->n_spans : REPORT_ROWS_MAX;
	char text[32];

	w->section(w, "Coverage");
	if (w->strip)
		w->strip(w, r);
	w->table(w, sums, sum_cells, 3);
	for (int state = 0; state < REPORT_STATES; state++) {
		if (!c->total[state])
			continue;
		w->cell(w, REPORT_TEXT, report_state_name((enum report_state)state));
		format_length(c->total[state], text);
		w->cell(w, REPORT_NUMBER, text);
		snprintf(text, sizeof(text), "%.1f %%",
			 100.0 * (double)c->total[state] / (double)(r->to - r->from));
		w->cell(w, REPORT_NUMBER, text);
		w->row_end(w);
	}
	end_table(w);
	w->table(w, titles, cells, 5);
	for (size_t i = 0; i < n; i++) {
		put_time(w, c->spans[i].begin);
		put_time(w, c->spans[i].end);
		format_length(c->spans[i].end - c->spans[i].begin, text);
		w->cell(w, REPORT_NUMBER, text);
		w->cell(w, REPORT_TEXT, report_state_name(c->spans[i].state));
		w->cell(w, REPORT_TEXT, c->spans[i].why);
		w->row_end(w);
	}
	end_table(w);
	put_left_out(w, c->n_spans - n + c->spans_left_out, "stretches");
}

static void put_policies(struct report_writer *w, const struct report *r)
{
	static const char *const titles[] = { "From", "To", "Policy", "Serial", "Mode", "Digest" };
	static const enum report_cell cells[] = { REPORT_TEXT,	 REPORT_TEXT, REPORT_NAME,
						  REPORT_NUMBER, REPORT_TEXT, REPORT_NAME };
	const struct report_coverage *c = &r->coverage;
	size_t shown = 0, left_out = c->policies_left_out;

	w->section(w, "Policies in force");
	w->table(w, titles, cells, 6);
	for (size_t i = 0; i < c->n_policies; i++) {
		const struct report_policy *p = &c->policies[i];

		if (p->begin >= r->to || p->end <= r->from)
			continue;
		if (shown++ >= REPORT_ROWS_MAX) {
			left_out++;
			continue;
		}
		if (p->begin < r->from)
			w->cell(w, REPORT_TEXT, "before");
		else
			put_time(w, p->begin);
		if (p->end >= r->to)
			w->cell(w, REPORT_TEXT, "the end");
		else
			put_time(w, p->end);
		w->cell(w, REPORT_NAME, p->name);
		put_number(w, (uint64_t)p->serial);
		w->cell(w, REPORT_TEXT, *p->mode == '?' ? "not recorded" : p->mode);
		w->cell(w, REPORT_NAME, p->digest);
		w->row_end(w);
	}
	end_table(w);
	put_left_out(w, left_out, "policies");
}

static void put_counts(struct report_writer *w, const char *title, const char *column,
		       const struct report_counts *counts, size_t max)
{
	const char *titles[] = { column, "Refused", "Audited", "Unidentified" };
	static const enum report_cell cells[] = { REPORT_NAME, REPORT_NUMBER, REPORT_NUMBER,
						  REPORT_NUMBER };
	struct report_count rest = counts->rest;

	w->section(w, title);
	w->table(w, titles, cells, 4);
	for (size_t i = 0; i < counts->n; i++) {
		const struct report_count *count = counts->v[i];

		if (i < max)
			w->cell(w, REPORT_NAME, count->name);
		for (int what = 0; what < REPORT_WHATS; what++) {
			if (i < max)
				put_number(w, count->n[what]);
			else
				rest.n[what] += count->n[what];
		}
		if (i < max)
			w->row_end(w);
	}
	if (counts->n > max) {
		w->cell(w, REPORT_TEXT, "all others");
		for (int what = 0; what < REPORT_WHATS; what++)
			put_number(w, rest.n[what]);
		w->row_end(w);
	}
	end_table(w);
	if (counts->n > max)
		say(w, false, "%s%zu in all.", counts->n == REPORT_NAMES_MAX ? "More than " : "",
		    counts->n);
}

static void put_kinds(struct report_writer *w, const struct report *r)
{
	static const char *const titles[] = { "Event", "Lines" };
	static const enum report_cell cells[] = { REPORT_NAME, REPORT_NUMBER };

	w->section(w, "Lines by event");
	w->table(w, titles, cells, 2);
	for (size_t i = 0; i < r->kinds.n && i < REPORT_TOP; i++) {
		w->cell(w, REPORT_NAME, r->kinds.v[i]->name);
		put_number(w, r->kinds.v[i]->n[REPORT_DENIED]);
		w->row_end(w);
	}
	end_table(w);
}

int report_write(const struct report_writer *renderer, const struct report *r, FILE *out)
{
	struct report_writer writer = *renderer, *w = &writer;

	w->out = out;
	w->begin(w, "Record of refusals");
	put_overview(w, r);
	put_verified(w, r);
	put_coverage(w, r);
	put_policies(w, r);
	w->section(w, r->bar < 24 * 3600 * QUERY_NS ? "Timeline, by hour" : "Timeline, by day");
	w->timeline(w, r);
	put_counts(w, "Orders", "Order", &r->orders, REPORT_ROWS_MAX);
	put_counts(w, "Users", "User ID", &r->users, REPORT_TOP);
	put_counts(w, "Operations", "Operation", &r->ops, REPORT_TOP);
	put_counts(w, "Files", "Path", &r->files, REPORT_TOP);
	put_missing(w, r);
	put_kinds(w, r);
	if (w->end)
		w->end(w);
	return w->no_memory ? -ENOMEM : 0;
}
