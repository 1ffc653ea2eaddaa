// SPDX-License-Identifier: GPL-2.0-or-later
/* Comparing policies: what an order says besides its rules. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy_diff_internal.h"

/* ---- fields of an order ---- */

static int diff_time(json_t *fields, const char *name, int64_t old, int64_t new, int64_t none)
{
	char times[2][21];

	policy_format_time(old, times[0]);
	policy_format_time(new, times[1]);
	return diff_text(fields, name, old == none ? NULL : times[0],
			 new == none ? NULL : times[1]);
}

/* In the largest unit that it is a number of. */
static void format_duration(uint32_t seconds, char text[16])
{
	if (seconds && !(seconds % 86400))
		snprintf(text, 16, "%ud", seconds / 86400);
	else if (seconds && !(seconds % 3600))
		snprintf(text, 16, "%uh", seconds / 3600);
	else if (seconds && !(seconds % 60))
		snprintf(text, 16, "%um", seconds / 60);
	else
		snprintf(text, 16, "%us", seconds);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorted, as in sets; null where there are none. */
static json_t *labels_json(const char *const *labels, size_t n)
{
	const char **sorted;
	json_t *json;
	size_t i;

	if (!n)
		return json_null();
	sorted = calloc(n, sizeof(*sorted));
	json = json_array();
	if (sorted) {
		memcpy(sorted, labels, n * sizeof(*sorted));
		qsort(sorted, n, sizeof(*sorted), by_text);
	}
	for (i = 0; sorted && i < n; i++)
		json_array_append_new(json, json_string(sorted[i]));
	free(sorted);
	if (json_array_size(json) == n)
		return json;
	json_decref(json);
	return NULL;
}

static json_t *operations_json(uint32_t operations)
{
	json_t *json = json_array();
	enum policy_operation op;

	for (op = 0; op < POLICY_OP_COUNT; op++)
		if (operations & POLICY_OP_BIT(op))
			json_array_append_new(json, json_string(policy_operation_name(op)));
	return json;
}

/* Steals both. */
static int diff_json(json_t *fields, const char *name, json_t *old, json_t *new)
{
	if (!old || !new || !json_equal(old, new))
		return diff_field(fields, name, old, new);
	json_decref(old);
	json_decref(new);
	return 0;
}

int diff_fields(json_t *fields, const struct policy_order *old, const struct policy_order *new)
{
	char grace[2][16];

	format_duration(old->grace, grace[0]);
	format_duration(new->grace, grace[1]);
	if (diff_text(fields, "title", old->title, new->title) ||
	    diff_text(fields, "authority", old->authority, new->authority) ||
	    diff_text(fields, "reference", old->reference, new->reference) ||
	    diff_text(fields, "reason", old->reason, new->reason) ||
	    diff_text(fields, "message", old->message, new->message) ||
	    diff_text(fields, "contact", old->contact, new->contact) ||
	    diff_time(fields, "effective", old->effective, new->effective, POLICY_TIME_MIN) ||
	    diff_time(fields, "expires", old->expires, new->expires, POLICY_TIME_MAX) ||
	    diff_json(fields, "devices", labels_json(old->devices, old->n_devices),
		      labels_json(new->devices, new->n_devices)) ||
	    diff_text(fields, "mode", policy_mode_name(old->mode), policy_mode_name(new->mode)) ||
	    diff_json(fields, "operations", operations_json(old->operations),
		      operations_json(new->operations)) ||
	    diff_text(fields, "running", old->running_kill ? "kill" : "report",
		      new->running_kill ? "kill" : "report") ||
	    diff_text(fields, "installed", old->installed_remove ? "remove" : "report",
		      new->installed_remove ? "remove" : "report") ||
	    diff_text(fields, "grace", grace[0], grace[1]))
		return -ENOMEM;
	return 0;
}

/* ---- exemptions: as sets, by their JSON ---- */

struct exemption {
	char *key;
	json_t *json;
};

static void free_exemptions(struct exemption *v, size_t n)
{
	size_t i;

	for (i = 0; v && i < n; i++) {
		free(v[i].key);
		json_decref(v[i].json);
	}
	free(v);
}

static int by_key(const void *a, const void *b)
{
	return strcmp(((const struct exemption *)a)->key, ((const struct exemption *)b)->key);
}

static struct exemption *exemptions(const struct policy_order *order)
{
	struct exemption *v = calloc(order->n_exemptions + 1, sizeof(*v));
	char until[21];
	size_t i;

	for (i = 0; v && i < order->n_exemptions; i++) {
		const struct policy_exemption *e = &order->exemptions[i];

		policy_format_time(e->until, until);
		v[i].json = json_pack("{s:o, s:s, s:s}", "devices",
				      labels_json(e->devices, e->n_devices), "until", until,
				      "reason", e->reason);
		v[i].key = json_dumps(v[i].json, JSON_COMPACT);
		if (!v[i].key) {
			free_exemptions(v, i + 1);
			return NULL;
		}
	}
	if (v && order->n_exemptions)
		qsort(v, order->n_exemptions, sizeof(*v), by_key);
	return v;
}

int diff_exemptions(const struct policy_order *old, const struct policy_order *new, json_t *added,
		    json_t *removed)
{
	struct exemption *before = exemptions(old);
	struct exemption *after = exemptions(new);
	int err = before && after ? 0 : -ENOMEM;
	size_t i = 0;
	size_t k = 0;

	while (!err && (i < old->n_exemptions || k < new->n_exemptions)) {
		int order = i == old->n_exemptions ? 1 :
			    k == new->n_exemptions ? -1 :
						     by_key(&before[i], &after[k]);

		if (order < 0)
			err = json_array_append(removed, before[i].json);
		else if (order > 0)
			err = json_array_append(added, after[k].json);
		i += order <= 0;
		k += order >= 0;
	}
	free_exemptions(before, old->n_exemptions);
	free_exemptions(after, new->n_exemptions);
	return err ? -ENOMEM : 0;
}
