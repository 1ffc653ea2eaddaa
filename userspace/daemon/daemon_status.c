// SPDX-License-Identifier: GPL-2.0-or-later
/* The daemon's part of a status (status_json.h). */
#include "daemon.h"

#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "status_json.h"
#include "bundle/trust.h"

/* What fits into a reply, and more than anybody reads. */
#define NOT_IN_FORCE_MAX 256

static json_t *rules_json(const struct policy *policy)
{
	uint64_t count[POLICY_KIND_COUNT] = { 0 };
	json_t *rules = json_object();

	for (size_t i = 0; i < policy->n_orders; i++)
		policy_count_rules(&policy->orders[i], count);
	for (int kind = 0; kind < POLICY_KIND_COUNT; kind++)
		if (count[kind])
			json_object_set_new(rules, policy_kind_name((enum policy_kind)kind),
					    json_integer((json_int_t)count[kind]));
	return rules;
}

static json_t *time_json(int64_t when)
{
	char text[21];

	if (when == POLICY_TIME_MAX)
		return json_null();
	policy_format_time(when, text);
	return json_string(text);
}

/* Orders that are not in force, each with the reason; up to NOT_IN_FORCE_MAX of them. */
static json_t *not_in_force(const struct daemon *d)
{
	json_t *orders = json_array();
	char why[POLICY_WHY_MAX];

	for (size_t i = 0; d->policy && i < d->policy->n_orders; i++) {
		const struct policy_order *order = &d->policy->orders[i];

		if (json_array_size(orders) < NOT_IN_FORCE_MAX &&
		    !policy_order_in_force(d->policy, order, &d->judged, why))
			json_array_append_new(
				orders, json_pack("{s:s, s:s}", "order", order->id, "why", why));
	}
	return orders;
}

static json_t *labels_json(const struct daemon *d)
{
	json_t *labels = json_array();

	for (size_t i = 0; i < d->config.n_labels; i++)
		json_array_append_new(labels, json_string(d->config.labels[i]));
	return labels;
}

static json_t *store_json(const struct daemon *d)
{
	static const char *const health[] = { "whole", "repaired", "lost" };
	const char *why = d->store.why;

	if (d->store_err)
		why = strerror(-d->store_err);
	return json_pack("{s:I, s:s, s:s?}", "serial", (json_int_t)d->store.serial, "health",
			 d->store_err ? "not written" : health[d->store.health], "why",
			 *why ? why : NULL);
}

static json_t *clock_json(const struct daemon *d)
{
	return json_pack("{s:o, s:I, s:b}", "proved", time_json(daemon_device(d).early), "ahead",
			 (json_int_t)timekeeping_ahead(&d->clock), "kernel_switches", d->follows);
}

static json_t *record_json(const struct daemon *d)
{
	uint64_t seq = d->record ? record_seq(d->record) : 0;
	uint64_t signed_to = d->record ? record_checkpoint(d->record)->seq : 0;
	const char *error = d->record_err ? strerror(-d->record_err) : NULL;
	const char *unsigned_why = *d->key_why ? d->key_why : NULL;

	if (!unsigned_why && d->checkpoint_err)
		unsigned_why = strerror(-d->checkpoint_err);
	return json_pack("{s:s, s:I, s:s?, s:I, s:I, s:I, s:s?, s:s?}", "path", d->config.log_file,
			 "seq", (json_int_t)seq, "error", error, "own_dropped",
			 (json_int_t)d->pending_dropped, "first", (json_int_t)d->record_first,
			 "signed_to", (json_int_t)signed_to, "key",
			 d->key ? record_key_id(d->key) : NULL, "unsigned_why", unsigned_why);
}

static json_t *notify_json(const struct daemon *d)
{
	struct notify_stats stats;

	notify_get_stats(d->notify, &stats);
	return json_pack("{s:I, s:I, s:I, s:I}", "terminals", (json_int_t)stats.terminals,
			 "desktops", (json_int_t)stats.desktops, "limited",
			 (json_int_t)stats.limited, "failed", (json_int_t)stats.failed);
}

static json_t *removed_json(const struct daemon *d)
{
	json_t *removed = json_object();

	for (int i = 0; i < METRICS_REMOVALS; i++)
		json_object_set_new(removed, metrics_removal_name((enum metrics_removal)i),
				    json_integer((json_int_t)d->metrics.removals[i]));
	return removed;
}

/* What the kernel command line asks for, and what the initramfs did; null: nothing. */
static json_t *boot_json(const struct daemon *d)
{
	const char *asked = d->policy ? d->policy->boot_asked : NULL;

	return json_pack("{s:s?, s:b, s:s?, s:b}", "command_line", asked, "lowered",
			 d->policy && d->policy->boot_lowered, "initramfs",
			 d->boot.text[0] ? d->boot.text : NULL, "enforced", d->boot.enforced);
}

static json_t *daemon_json(const struct daemon *d)
{
	int64_t loaded = daemon_policy_loaded(d);
	struct server_stats stats;
	json_t *json;

	server_get_stats(d->server, &stats);
	json = json_pack("{s:i, s:s, s:o, s:s?, s:I, s:I, s:o, s:o, s:s?, s:o}", "pid",
			 (int)getpid(), "version", INTERDICT_VERSION, "started",
			 time_json((int64_t)d->started), "policy_path", d->policy_path, "orders",
			 (json_int_t)(d->policy ? d->policy->n_orders : 0), "in_force",
			 (json_int_t)d->switched.orders, "rules",
			 d->policy ? rules_json(d->policy) : json_object(), "next",
			 time_json(d->policy && d->switched.next != POLICY_TIME_MAX ?
					   d->judged.early + d->switched.next :
					   POLICY_TIME_MAX),
			 "last_error", *d->last_error ? d->last_error : NULL, "record",
			 record_json(d));
	if (json) {
		json_object_set_new(json, "outputs", daemon_outputs_json(d));
		json_object_set_new(json, "packages", package_report_json(&d->packages));
		json_object_set_new(json, "running", daemon_running_json(d));
		json_object_set_new(json, "loaded", loaded ? time_json(loaded) : json_null());
		json_object_set_new(json, "removed", removed_json(d));
		json_object_set_new(json, "notify", notify_json(d));
		json_object_set_new(json, "boot", boot_json(d));
		json_object_set_new(json, "labels", labels_json(d));
		json_object_set_new(json, "not_in_force", not_in_force(d));
		json_object_set_new(json, "signer",
				    d->policy && d->policy->signer ?
					    json_string(d->policy->signer->name) :
					    json_null());
		json_object_set_new(json, "trust",
				    json_boolean(trust_has_anchors(d->config.trust)));
		json_object_set_new(json, "last_good", json_boolean(d->on_last_good));
		json_object_set_new(json, "store", store_json(d));
		json_object_set_new(json, "clock", clock_json(d));
		json_object_set_new(json, "clients", json_integer((json_int_t)stats.clients));
		json_object_set_new(json, "watchers", json_integer((json_int_t)stats.watchers));
		json_object_set_new(json, "missed", json_integer((json_int_t)stats.missed));
		json_object_set_new(json, "refused_clients",
				    json_integer((json_int_t)stats.refused));
	}
	return json;
}

static void add_degraded(const struct daemon *d, json_t *degraded)
{
	struct engine_degraded reasons[DAEMON_DEGRADED_MAX];
	size_t n = daemon_packages_degraded(d, reasons);

	for (size_t i = 0; i < n; i++)
		json_array_append_new(degraded,
				      json_pack("{s:o, s:s}", "why", json_string(reasons[i].text),
						"do", reasons[i].remedy));
}

json_t *daemon_status(struct daemon *d)
{
	struct engine_status status = { 0 };
	json_t *json;

	if (d->engine)
		engine_status(d->engine, &status);
	json = status_json(d->engine ? &status : NULL);
	if (json) {
		status_add_canary(json, &d->canary, d->canary_fine);
		add_degraded(d, json_object_get(json, "degraded"));
		json_object_set_new(json, "protection", protect_json(daemon_protect_look(d)));
		if (d->engine)
			status_add_early(json, status.attached);
		json_object_set_new(json, "daemon", daemon_json(d));
		status_judge(json);
		json_object_set_new(json, "ok", json_true());
	}
	return json;
}
