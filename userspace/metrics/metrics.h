/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers about the daemon for monitoring, in Prometheus' text exposition format, version 0.0.4.
 *
 * What is counted here counts from the daemon's start; whoever reads them knows a counter that
 * begins anew. What the kernel counts goes on over restarts of the daemon.
 */
#ifndef INTERDICT_METRICS_H
#define INTERDICT_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <jansson.h>

#include "engine/canary.h"
#include "engine/engine.h"
#include "notify/notify.h"

/* Orders that are counted by themselves: each makes four series of two metrics, and a policy may
 * have thousands. The rest is order="other". */
#define METRICS_ORDERS_MAX 200
/* Kinds of events and outputs' names: more than there are. */
#define METRICS_KINDS_MAX 32

enum metrics_decision { METRICS_DENIED, METRICS_AUDITED, METRICS_DECISIONS };

struct metrics_order {
	char id[INTERDICT_ID_LEN + 1];
	uint64_t n[METRICS_DECISIONS][POLICY_OP_COUNT];
};

/* What became of a file or package: "action" of an event "removed" (remove/remove_event.h). */
enum metrics_removal {
	METRICS_UNINSTALLED,
	METRICS_QUARANTINED,
	METRICS_DELETED,
	METRICS_GONE,
	METRICS_RESTORED,
	METRICS_KEPT_OUT,
	METRICS_STAYS,
	METRICS_FAILED,
	METRICS_REMOVALS
};

/* As the event has it. */
const char *metrics_removal_name(enum metrics_removal removal);

struct metrics_counts {
	struct metrics_order orders[METRICS_ORDERS_MAX + 1]; /* the last: "other" */
	size_t n_orders;
	struct {
		char name[24];
		uint64_t n;
	} kinds[METRICS_KINDS_MAX];
	size_t n_kinds;
	uint64_t removals[METRICS_REMOVALS];
};

/* Count an event that was recorded. */
void metrics_count(struct metrics_counts *counts, const json_t *event);

/* An output, or several that differ in none of these names. */
struct metrics_output {
	const char *type, *to, *format; /* to, format: NULL where it has none */
	uint64_t queued, sent, dropped;
	bool failing;
};

/* What is the case now. */
struct metrics_now {
	const struct engine_status *engine; /* NULL: no programs are attached */
	int64_t started;		    /* seconds since 1970: the daemon */
	int64_t policy_loaded;		    /* the active policy; 0: not known, or there is none */
	bool record_works;
	uint64_t record_seq, record_signed_seq;
	uint64_t own_dropped; /* events of the daemon's that could not be recorded */
	uint64_t missed;      /* events that watchers were too slow for */
	struct notify_stats notify;
	const struct canary *canary; /* the last try; NULL: none */
	int64_t canary_fine;	     /* when it last was as it should be, since 1970; 0: never */
	const struct metrics_output *outputs;
	size_t n_outputs;
};

/* The text: at *@text, *@len bytes, which the caller frees. Returns 0 or -ENOMEM. */
int metrics_text(const struct metrics_counts *counts, const struct metrics_now *now, char **text,
		 size_t *len);

#endif
