/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What report_*.c share. */
#ifndef INTERDICT_REPORT_INTERNAL_H
#define INTERDICT_REPORT_INTERNAL_H

#include <stdbool.h>

#include "query/query_time.h"
#include "report.h"

/* Names that are counted by themselves, of files say; the rest is counted as one. Some 200 MB. */
#define REPORT_NAMES_MAX 1000000
/* Rows of a table, of many more that there may be. */
#define REPORT_TOP	25
#define REPORT_ROWS_MAX 500
/* Stretches of one state, and policies; a device that changes more often is told so. */
#define REPORT_SPANS_MAX 10000
/* Bars of the timeline: days of a year. */
#define REPORT_BARS_MAX 366

enum report_what { REPORT_DENIED, REPORT_AUDITED, REPORT_UNIDENTIFIED, REPORT_WHATS };

/* ---- names and how often they are there: report_count.c ---- */

struct report_count {
	char *name;
	uint64_t n[REPORT_WHATS];
};

struct report_counts {
	void *tree; /* of tsearch(3) */
	struct report_count **v;
	size_t n, size;
	struct report_count rest; /* beyond REPORT_NAMES_MAX */
};

int report_count_add(struct report_counts *counts, const char *name, enum report_what what,
		     uint64_t n);
/* Most first; by name where equal. */
void report_count_sort(struct report_counts *counts);
void report_count_free(struct report_counts *counts);

/* ---- what was the case when: report_coverage.c ---- */

enum report_state {
	REPORT_ENFORCING,
	REPORT_DEGRADED,
	REPORT_AUDITING,
	REPORT_OFF,
	REPORT_UNRECORDED, /* no daemon; the kernel went on enforcing */
	REPORT_UNKNOWN,	   /* nobody recorded */
	REPORT_STATES
};

const char *report_state_name(enum report_state state);

struct report_span {
	int64_t begin, end;
	enum report_state state;
	char *why;
};

struct report_policy {
	int64_t begin, end;
	char *name, *digest, *mode;
	int64_t serial;
};

struct report_coverage {
	struct report_span *spans;
	size_t n_spans, spans_left_out;
	int64_t total[REPORT_STATES]; /* ns */
	struct report_policy *policies;
	size_t n_policies, policies_left_out;
	/* now */
	int64_t at;   /* when it began */
	int64_t last; /* the latest time seen */
	enum report_state state;
	char why[256];
	bool running; /* a daemon that said no stop */
	bool open;    /* the last policy is in force */
	bool degraded, off; /* off: nothing was refused, whatever the mode */
	char degraded_why[256];
	char mode[16]; /* "": none is in force */
	char boot[40];
};

struct report {
	char *record;
	int64_t from, to;
	int64_t bar; /* ns that a bar of the timeline is of */
	int64_t bars_from;
	size_t n_bars;
	uint64_t bars[REPORT_BARS_MAX][REPORT_WHATS];
	/* lines in the time */
	uint64_t lines, wrong, missing, lost;
	uint64_t unknown; /* events that were counted, of a kind that is not known */
	uint64_t first, last;
	uint64_t total[REPORT_WHATS];
	struct report_counts orders, users, ops, files, kinds, hosts, boots;
	struct report_coverage coverage;
	/* of the line before */
	uint64_t seq;
	int64_t lost_before;
	char lost_boot[40];
	/* the verification */
	bool verified_right;
	char *verified; /* sentences, a line each */
};

int report_coverage_add(struct report *report, const char *kind, int64_t time, const json_t *event);
int report_coverage_end(struct report *report);
void report_coverage_free(struct report_coverage *coverage);

/* ---- the text: report_content.c says what, a renderer how ---- */

enum report_cell { REPORT_TEXT, REPORT_NAME, REPORT_NUMBER };

/* A renderer's functions, and behind them what report_write() begins with zeros. */
struct report_writer {
	void (*begin)(struct report_writer *w, const char *title);
	void (*section)(struct report_writer *w, const char *title);
	/* A sentence; @alarm: that nobody should miss. */
	void (*text)(struct report_writer *w, bool alarm, const char *text);
	/* A table with @n columns; then cells, row by row. */
	void (*table)(struct report_writer *w, const char *const *titles,
		      const enum report_cell *cells, size_t n);
	void (*cell)(struct report_writer *w, enum report_cell cell, const char *text);
	void (*row_end)(struct report_writer *w);
	void (*table_end)(struct report_writer *w); /* NULL: nothing is to be done */
	void (*timeline)(struct report_writer *w, const struct report *report);
	/* NULL: there is none; the table behind it says the same. */
	void (*strip)(struct report_writer *w, const struct report *report);
	void (*end)(struct report_writer *w); /* NULL: nothing is to be done */
	FILE *out;
	bool no_memory;
	bool in_row; /* of a table */
};

/* Write @report to @out by the functions of @renderer. Returns 0 or -ENOMEM. */
int report_write(const struct report_writer *renderer, const struct report *report, FILE *out);

/* What of @text is safe to show, for a renderer to escape; free() it. NULL: no memory, noted. */
char *report_safe(struct report_writer *w, const char *text);

/* The begin of bar @i; a day ("2026-11-22"), or an hour of one ("2026-11-22 10h"). */
void report_bar_name(const struct report *report, size_t i, char buf[21]);
/* The most of any bar. */
uint64_t report_bar_max(const struct report *report);

#endif
