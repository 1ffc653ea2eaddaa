// SPDX-License-Identifier: GPL-2.0-or-later
#include "metrics.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "events/event_line.h"
#include "policy/policy.h"

/* ---- counting ---- */

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static struct metrics_order *find_order(struct metrics_counts *c, const char *id)
{
	struct metrics_order *order;

	for (size_t i = 0; i < c->n_orders; i++)
		if (!strcmp(c->orders[i].id, id))
			return &c->orders[i];
	if (c->n_orders == METRICS_ORDERS_MAX || strlen(id) >= sizeof(order->id)) {
		order = &c->orders[METRICS_ORDERS_MAX];
		strcpy(order->id, "other");
		return order;
	}
	order = &c->orders[c->n_orders++];
	strcpy(order->id, id);
	return order;
}

static void count_decision(struct metrics_counts *c, enum metrics_decision decision,
			   const json_t *event)
{
	const char *id = text_of(event, "order"), *op = text_of(event, "op");
	json_int_t count = json_integer_value(json_object_get(event, "count"));

	/* The policy's header refused: no order can be called that. */
	if (!id)
		id = "-";
	for (int i = 0; op && i < POLICY_OP_COUNT; i++)
		if (!strcmp(op, policy_operation_name((enum policy_operation)i)))
			find_order(c, id)->n[decision][i] += count > 0 ? (uint64_t)count : 1;
}

static const char *const removal_names[] = {
	[METRICS_UNINSTALLED] = "uninstalled",
	[METRICS_QUARANTINED] = "quarantined",
	[METRICS_DELETED] = "deleted",
	[METRICS_GONE] = "gone",
	[METRICS_RESTORED] = "restored",
	[METRICS_KEPT_OUT] = "kept-out",
	[METRICS_STAYS] = "stays",
	[METRICS_FAILED] = "failed",
};
_Static_assert(sizeof(removal_names) / sizeof(*removal_names) == METRICS_REMOVALS, "a name each");

const char *metrics_removal_name(enum metrics_removal removal)
{
	return removal_names[removal];
}

static void count_removal(struct metrics_counts *c, const json_t *event)
{
	const char *action = text_of(event, "action");

	for (int i = 0; action && i < METRICS_REMOVALS; i++)
		if (!strcmp(action, removal_names[i]))
			c->removals[i]++;
}

void metrics_count(struct metrics_counts *c, const json_t *event)
{
	const char *kind = text_of(event, "event");
	size_t i = 0;

	if (!kind || strlen(kind) >= sizeof(c->kinds[0].name))
		return;
	while (i < c->n_kinds && strcmp(c->kinds[i].name, kind) != 0)
		i++;
	if (i == METRICS_KINDS_MAX)
		return;
	if (i == c->n_kinds)
		strcpy(c->kinds[c->n_kinds++].name, kind);
	c->kinds[i].n++;
	/* What it sums up; null where that is not known. */
	if (!strcmp(kind, "summary"))
		kind = text_of(event, "of") ? text_of(event, "of") : "";
	if (!strcmp(kind, "denied"))
		count_decision(c, METRICS_DENIED, event);
	else if (!strcmp(kind, "audited"))
		count_decision(c, METRICS_AUDITED, event);
	else if (!strcmp(kind, "removed"))
		count_removal(c, event);
}

/* ---- text ---- */

static void begin(FILE *out, const char *name, const char *type, const char *help)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void put(FILE *out, const char *name, const char *type, const char *help, uint64_t value)
{
	begin(out, name, type, help);
	fprintf(out, "%s %" PRIu64 "\n", name, value);
}

/* A label's value: backslash, quote and newline are escaped. */
static void put_label(FILE *out, const char *label, const char *value)
{
	fprintf(out, "%s=\"", label);
	for (; *value; value++) {
		if (*value == '\\' || *value == '"')
			fputc('\\', out);
		if (*value == '\n')
			fputs("\\n", out);
		else
			fputc(*value, out);
	}
	fputc('"', out);
}

static void put_decisions(FILE *out, const struct metrics_counts *c, enum metrics_decision decision,
			  const char *name, const char *help)
{
	begin(out, name, "counter", help);
	for (size_t i = 0; i <= METRICS_ORDERS_MAX; i++) {
		const struct metrics_order *order = &c->orders[i];

		for (int op = 0; *order->id && op < POLICY_OP_COUNT; op++) {
			fprintf(out, "%s{", name);
			put_label(out, "order", order->id);
			fprintf(out, ",operation=\"%s\"} %" PRIu64 "\n",
				policy_operation_name((enum policy_operation)op),
				order->n[decision][op]);
		}
	}
}

static void put_counts(FILE *out, const struct metrics_counts *c)
{
	put_decisions(out, c, METRICS_DENIED, "interdict_denials_total",
		      "Refusals that were recorded, by order (\"-\": the policy's header).");
	put_decisions(out, c, METRICS_AUDITED, "interdict_audited_total",
		      "What would have been refused and was recorded only.");
	begin(out, "interdict_events_total", "counter", "Lines of the record, by kind of event.");
	for (size_t i = 0; i < c->n_kinds; i++) {
		fputs("interdict_events_total{", out);
		put_label(out, "event", c->kinds[i].name);
		fprintf(out, "} %" PRIu64 "\n", c->kinds[i].n);
	}
}

static void put_removals(FILE *out, const struct metrics_counts *c)
{
	static const char name[] = "interdict_removals_total";

	begin(out, name, "counter",
	      "Files and packages that orders remove, by what became of them.");
	for (int i = 0; i < METRICS_REMOVALS; i++)
		fprintf(out, "%s{action=\"%s\"} %" PRIu64 "\n", name, removal_names[i],
			c->removals[i]);
}

static void put_canary(FILE *out, const struct metrics_now *now)
{
	if (!now->canary || !now->canary->time)
		return;
	put(out, "interdict_canary_fine", "gauge",
	    "Whether the canary was refused when it was last tried (1) or not (0).",
	    canary_is_fine(now->canary));
	put(out, "interdict_canary_fine_timestamp_seconds", "gauge",
	    "When the canary was last refused.", (uint64_t)now->canary_fine);
}

static void put_policy(FILE *out, const struct engine_status *s, const struct metrics_now *now)
{
	char digest[65];

	put(out, "interdict_policy_serial", "gauge", "Serial of the active policy, 0 without one.",
	    s->policy.generation ? s->policy.serial : 0);
	if (!s->policy.generation)
		return;
	event_hex(s->policy.digest, sizeof(s->policy.digest), digest);
	begin(out, "interdict_policy_info", "gauge", "The active policy.");
	fputs("interdict_policy_info{", out);
	put_label(out, "name", s->policy.name);
	fprintf(out, ",serial=\"%" PRIu64 "\",digest=\"%s\",mode=\"%s\"} 1\n",
		(uint64_t)s->policy.serial, digest, policy_mode_name(s->mode));
	if (now->policy_loaded > 0)
		put(out, "interdict_policy_loaded_timestamp_seconds", "gauge",
		    "When the active policy was loaded.", (uint64_t)now->policy_loaded);
}

static void put_engine(FILE *out, const struct engine_status *s, const struct canary *canary)
{
	const struct interdict_counters *c = &s->counters;

	put(out, "interdict_enforcing", "gauge",
	    "Whether a policy of mode enforce is active and refuses (1) or not (0).",
	    s->enforcing && s->mode == POLICY_MODE_ENFORCE &&
		    (!canary || canary->exec != CANARY_LET_THROUGH));
	put(out, "interdict_degraded", "gauge",
	    "How many reasons there are why less is enforced than the policy asks for.",
	    s->n_degraded);
	put(out, "interdict_attempts_total", "counter", "What the kernel had to report.",
	    c->attempts);
	put(out, "interdict_events_lost_total", "counter",
	    "Events that the kernel lost, as its buffer was full.", c->lost);
	put(out, "interdict_events_recorded_total", "counter",
	    "Events of the kernel that are in the record.", s->consumer.recorded);
	put(out, "interdict_events_summarised_total", "counter",
	    "Events of the kernel that are in summaries.", s->consumer.summarised);
	put(out, "interdict_events_dropped_total", "counter",
	    "Events of the kernel that could not be recorded.", s->consumer.dropped);
	put(out, "interdict_identified_total", "counter",
	    "Files whose identifiers were computed, not cached.", c->identified);
	put(out, "interdict_unidentified_total", "counter",
	    "Decisions without all that the policy asks for.", c->unidentified);
	put(out, "interdict_mprotect_unknown_total", "counter",
	    "Mappings made executable while something of them was not known.", c->mprotect_unknown);
	begin(out, "interdict_queue_bytes", "gauge", "What waits to be recorded.");
	fprintf(out, "interdict_queue_bytes{queue=\"kernel\"} %" PRIu64 "\n", s->ring_bytes);
	put(out, "interdict_kernel_memory_bytes", "gauge", "Kernel memory of tables and buffers.",
	    s->memory);
}

static void put_notify(FILE *out, const struct notify_stats *stats)
{
	static const char name[] = "interdict_notifications_total";

	begin(out, name, "counter", "Refusals that the person at the device was told of.");
	fprintf(out, "%s{way=\"terminal\"} %" PRIu64 "\n", name, stats->terminals);
	fprintf(out, "%s{way=\"desktop\"} %" PRIu64 "\n", name, stats->desktops);
	put(out, "interdict_notifications_limited_total", "counter",
	    "Refusals that nobody was told of, as others were just before.", stats->limited);
	put(out, "interdict_notifications_failed_total", "counter",
	    "Refusals with nobody to tell: no terminal, no session, or an error.", stats->failed);
}

static void put_output(FILE *out, const char *name, const struct metrics_output *output,
		       uint64_t value)
{
	fprintf(out, "%s{", name);
	put_label(out, "type", output->type);
	if (output->to) {
		fputc(',', out);
		put_label(out, "to", output->to);
	}
	if (output->format) {
		fputc(',', out);
		put_label(out, "format", output->format);
	}
	fprintf(out, "} %" PRIu64 "\n", value);
}

static void put_outputs(FILE *out, const struct metrics_output *v, size_t n)
{
	static const char queued[] = "interdict_output_queue_events";
	static const char sent[] = "interdict_output_sent_total";
	static const char dropped[] = "interdict_output_dropped_total";
	static const char failing[] = "interdict_output_failing";

	begin(out, queued, "gauge", "Events that an output has still to send.");
	for (size_t i = 0; i < n; i++)
		put_output(out, queued, &v[i], v[i].queued);
	begin(out, sent, "counter", "Events that an output sent.");
	for (size_t i = 0; i < n; i++)
		put_output(out, sent, &v[i], v[i].sent);
	begin(out, dropped, "counter",
	      "Events that an output did not send, as its queue was full or they were refused.");
	for (size_t i = 0; i < n; i++)
		put_output(out, dropped, &v[i], v[i].dropped);
	begin(out, failing, "gauge",
	      "Whether an output fails, and is tried again (1), or not (0).");
	for (size_t i = 0; i < n; i++)
		put_output(out, failing, &v[i], v[i].failing);
}

int metrics_text(const struct metrics_counts *counts, const struct metrics_now *now, char **text,
		 size_t *len)
{
	static const struct engine_status nothing;
	const struct engine_status *engine = now->engine ? now->engine : &nothing;
	char *made = NULL;
	FILE *out = open_memstream(&made, len);

	if (!out)
		return -ENOMEM;
	begin(out, "interdict_build_info", "gauge", "The daemon's version.");
	fputs("interdict_build_info{version=\"" INTERDICT_VERSION "\"} 1\n", out);
	put(out, "interdict_start_timestamp_seconds", "gauge", "When the daemon was started.",
	    (uint64_t)now->started);
	put_engine(out, engine, now->canary);
	put_policy(out, engine, now);
	put_canary(out, now);
	put_counts(out, counts);
	put_removals(out, counts);
	put(out, "interdict_record_writable", "gauge",
	    "Whether the record can be written (1) or not (0).", now->record_works);
	put(out, "interdict_record_seq", "gauge", "Number of the record's last line.",
	    now->record_seq);
	put(out, "interdict_record_signed_seq", "gauge",
	    "Number of the last line that a checkpoint signs.", now->record_signed_seq);
	put(out, "interdict_own_events_dropped_total", "counter",
	    "Events of the daemon itself that could not be recorded.", now->own_dropped);
	put(out, "interdict_watchers_missed_total", "counter",
	    "Events that \"interdict watch\" was too slow for.", now->missed);
	put_notify(out, &now->notify);
	put_outputs(out, now->outputs, now->n_outputs);
	if (fclose(out)) {
		free(made);
		return -ENOMEM;
	}
	*text = made;
	return 0;
}
