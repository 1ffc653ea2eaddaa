// SPDX-License-Identifier: GPL-2.0-or-later
/* The daemon's outputs: as configured, told of every event, looked at once a second. */
#include "daemon.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "output/output.h"

struct daemon_outputs {
	struct output *v[OUTPUT_MAX];
	bool failing[OUTPUT_MAX]; /* as the log was told */
	uint64_t dropped[OUTPUT_MAX];
	size_t n;
};

static const char *name_of(const struct output_config *config)
{
	return config->to ? config->to : output_type_names[config->type];
}

/* An output of @old with this configuration, taken out of there; NULL: there is none. */
static struct output *take(struct daemon_outputs *old, const struct output_config *config)
{
	for (size_t i = 0; old && i < old->n; i++) {
		struct output *output = old->v[i];

		if (output && output_config_equal(output_config(output), config)) {
			old->v[i] = NULL;
			return output;
		}
	}
	return NULL;
}

static void add(struct daemon_outputs *outputs, struct daemon_outputs *old,
		const struct output_config *config)
{
	struct output *output = take(old, config);
	int err = 0;

	if (!output)
		err = output_new(config, &output);
	else if (config->type == OUTPUT_FILE)
		output_reopen(output);
	if (err)
		daemon_log(LOG_ERR, "output %s cannot begin: %s", name_of(config), strerror(-err));
	else
		outputs->v[outputs->n++] = output;
}

static void end(struct output *output, bool wait)
{
	char name[128];
	uint64_t left;

	snprintf(name, sizeof(name), "%s", name_of(output_config(output)));
	left = output_free(output, wait);
	if (left)
		daemon_log(LOG_WARNING,
			   wait ? "output %s: %llu events that are in the record were not sent" :
				  "output %s: ends, with %llu events still to be sent",
			   name, (unsigned long long)left);
}

void daemon_outputs_configure(struct daemon *d)
{
	struct daemon_outputs *old = d->outputs, *outputs;

	outputs = calloc(1, sizeof(*outputs));
	if (!outputs) {
		daemon_log(LOG_ERR, "no memory for other outputs");
		return;
	}
	for (size_t i = 0; i < d->config.n_outputs; i++)
		add(outputs, old, &d->config.outputs[i]);
	d->outputs = outputs;
	for (size_t i = 0; old && i < old->n; i++)
		if (old->v[i])
			end(old->v[i], false);
	free(old);
}

void daemon_outputs_push(struct daemon *d, const char *line, size_t len)
{
	struct daemon_outputs *outputs = d->outputs;
	struct output_line *shared;

	if (!outputs || !outputs->n)
		return;
	shared = output_line_new(line, len);
	for (size_t i = 0; i < outputs->n; i++)
		output_push(outputs->v[i], shared);
	output_line_unref(shared);
}

void daemon_outputs_look(struct daemon *d)
{
	struct daemon_outputs *outputs = d->outputs;

	for (size_t i = 0; outputs && i < outputs->n; i++) {
		const char *name = name_of(output_config(outputs->v[i]));
		struct output_stats stats;

		output_get_stats(outputs->v[i], &stats);
		if (stats.failing && !outputs->failing[i])
			daemon_log(LOG_ERR, "output %s fails: %s; it is tried again", name,
				   stats.error);
		else if (!stats.failing && outputs->failing[i])
			daemon_log(LOG_NOTICE, "output %s works again; %llu events were dropped",
				   name, (unsigned long long)stats.dropped);
		if (stats.dropped && !outputs->dropped[i])
			daemon_log(LOG_ERR, "output %s begins to drop events: %s", name,
				   *stats.error ? stats.error : "its queue is full");
		outputs->failing[i] = stats.failing;
		outputs->dropped[i] = stats.dropped;
	}
}

void daemon_outputs_stop(struct daemon *d)
{
	struct daemon_outputs *outputs = d->outputs;

	/* All at once, so that they are waited for together. */
	for (size_t i = 0; outputs && i < outputs->n; i++)
		output_stop(outputs->v[i]);
	for (size_t i = 0; outputs && i < outputs->n; i++)
		end(outputs->v[i], true);
	free(outputs);
	d->outputs = NULL;
}

static bool is_same(const struct metrics_output *a, const struct metrics_output *b)
{
	return a->type == b->type && a->format == b->format &&
	       (a->to ? b->to && !strcmp(a->to, b->to) : !b->to);
}

size_t daemon_outputs_metrics(const struct daemon *d, struct metrics_output v[OUTPUT_MAX])
{
	const struct daemon_outputs *outputs = d->outputs;
	size_t n = 0;

	for (size_t i = 0; outputs && i < outputs->n; i++) {
		const struct output_config *config = output_config(outputs->v[i]);
		struct metrics_output *at = v;
		struct output_stats stats;

		v[n] = (struct metrics_output){
			.type = output_type_names[config->type],
			.to = config->to,
			.format = output_takes_format(config->type) ?
					  output_format_names[config->format] :
					  NULL,
		};
		/* Two that differ in their certificates, say, are one series. */
		while (at != &v[n] && !is_same(at, &v[n]))
			at++;
		n += at == &v[n];
		output_get_stats(outputs->v[i], &stats);
		at->queued += stats.queued;
		at->sent += stats.sent;
		at->dropped += stats.dropped;
		at->failing |= stats.failing;
	}
	return n;
}

json_t *daemon_outputs_json(const struct daemon *d)
{
	const struct daemon_outputs *outputs = d->outputs;
	json_t *json = json_array();

	for (size_t i = 0; outputs && i < outputs->n; i++) {
		const struct output_config *config = output_config(outputs->v[i]);
		struct output_stats stats;

		output_get_stats(outputs->v[i], &stats);
		json_array_append_new(json, json_pack("{s:s, s:s?, s:s?, s:I, s:I, s:I, s:s?}",
						      "type", output_type_names[config->type], "to",
						      config->to, "format",
						      output_takes_format(config->type) ?
							      output_format_names[config->format] :
							      NULL,
						      "queued", (json_int_t)stats.queued, "sent",
						      (json_int_t)stats.sent, "dropped",
						      (json_int_t)stats.dropped, "error",
						      stats.failing ? stats.error : NULL));
	}
	return json;
}
