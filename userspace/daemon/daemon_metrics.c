// SPDX-License-Identifier: GPL-2.0-or-later
/* Metrics: a file for the node exporter's textfile collector, and a socket. */
#include "daemon.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>

#include "atomic_file.h"
#include "keep/last_good.h"
#include "metrics/metrics_server.h"

/* Seconds between two writes of the file: as often as it is read by default. */
#define WRITE_EVERY 15

int64_t daemon_policy_loaded(const struct daemon *d)
{
	struct stat st;

	if (d->policy_loaded || !d->policy)
		return d->policy_loaded;
	return stat(LAST_GOOD, &st) == 0 ? (int64_t)st.st_mtime : 0;
}

static int make_text(void *ctx, char **text, size_t *len)
{
	struct daemon *d = ctx;
	struct engine_status status;
	struct server_stats stats = { 0 };
	struct metrics_output outputs[OUTPUT_MAX];
	struct metrics_now now = {
		.started = (int64_t)d->started,
		.policy_loaded = daemon_policy_loaded(d),
		.record_works = d->record && !d->record_err,
		.record_seq = d->record ? record_seq(d->record) : 0,
		.record_signed_seq = d->record ? record_checkpoint(d->record)->seq : 0,
		.own_dropped = d->pending_dropped,
		.canary = &d->canary,
		.canary_fine = d->canary_fine,
		.outputs = outputs,
		.n_outputs = daemon_outputs_metrics(d, outputs),
	};

	if (d->engine) {
		engine_status(d->engine, &status);
		now.engine = &status;
	}
	if (d->server)
		server_get_stats(d->server, &stats);
	now.missed = stats.missed;
	notify_get_stats(d->notify, &now.notify);
	return metrics_text(&d->metrics, &now, text, len);
}

/* Whoever collects them is another user, whatever our umask. */
static int let_read(const char *temporary, void *context)
{
	(void)context;
	return chmod(temporary, 0644) < 0 ? -errno : 0;
}

static void write_file(struct daemon *d)
{
	char *text = NULL;
	size_t len = 0;
	int err = make_text(d, &text, &len);

	if (!err)
		err = atomic_file_write_checked(d->config.metrics_file, text, len, 0644, let_read,
						NULL);
	free(text);
	if (err && err != d->metrics_err)
		daemon_log(LOG_ERR, "the metrics %s cannot be written: %s", d->config.metrics_file,
			   strerror(-err));
	d->metrics_err = err;
}

void daemon_metrics_write_if_due(struct daemon *d)
{
	int64_t now = time(NULL);

	/* Also where the clock was set back. */
	if (!d->config.metrics_file || llabs(now - d->metrics_written) < WRITE_EVERY)
		return;
	d->metrics_written = now;
	write_file(d);
}

void daemon_metrics_open(struct daemon *d)
{
	int err;

	if (!d->config.metrics_socket)
		return;
	err = metrics_server_open(d->loop, d->config.metrics_socket, make_text, d,
				  &d->metrics_server);
	if (err)
		daemon_log(LOG_ERR, "metrics: cannot listen at %s: %s", d->config.metrics_socket,
			   strerror(-err));
}

void daemon_metrics_close(struct daemon *d)
{
	metrics_server_close(d->metrics_server);
	d->metrics_server = NULL;
}
