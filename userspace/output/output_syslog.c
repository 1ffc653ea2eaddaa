// SPDX-License-Identifier: GPL-2.0-or-later
/* Events as syslog messages (RFC 5424). */
#include "output_syslog.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "escape.h"
#include "events/arguments.h"

/* An enterprise number for examples (RFC 5612): there is none of our own. */
#define SD_ID "interdict@32473"
/* RFC 5424 section 6: of HOSTNAME, and of MSGID. */
#define HOSTNAME_MAX 255
#define MSGID_MAX    32

/* A field of the header: printable ASCII without blanks, or "-". */
static void put_field(FILE *out, const char *text, size_t max)
{
	size_t n = 0;

	for (; *text && n < max; text++)
		if (*text > ' ' && *text < 0x7f) {
			fputc(*text, out);
			n++;
		}
	if (!n)
		fputc('-', out);
	fputc(' ', out);
}

/* The event's time; no more than six digits of a fraction (section 6.2.3). */
static void put_time(FILE *out, const char *time)
{
	const char *dot = strchr(time, '.');

	if (!*time)
		fputs("- ", out);
	else if (dot && strlen(dot) > 8)
		fprintf(out, "%.*s%.7sZ ", (int)(dot - time), time, dot);
	else
		fprintf(out, "%s ", time);
}

/* Section 6.3.3: three characters are escaped. */
static void put_param(FILE *out, const char *key, const char *text)
{
	char *safe = escape_text(text);

	if (safe && *safe) {
		fprintf(out, " %s=\"", key);
		for (const char *c = safe; *c; c++) {
			if (strchr("\"\\]", *c))
				fputc('\\', out);
			fputc(*c, out);
		}
		fputc('"', out);
	}
	free(safe);
}

static void put_number(FILE *out, const char *key, const json_t *object, const char *name)
{
	if (json_is_integer(json_object_get(object, name)))
		fprintf(out, " %s=\"%lld\"", key, (long long)format_number(object, name));
}

static void put_command_line(FILE *out, const char *key, const json_t *object, const char *name)
{
	char *line = arguments_line(json_object_get(object, name));

	put_param(out, key, line ? line : "");
	free(line);
}

static void put_data(FILE *out, const json_t *event)
{
	const json_t *file = json_object_get(event, "file");
	const json_t *process = json_object_get(event, "process");
	const json_t *policy = json_object_get(event, "policy");

	fprintf(out, "[" SD_ID);
	put_number(out, "seq", event, "seq");
	put_param(out, "host", format_text(event, "host"));
	put_param(out, "event", format_text(event, "event"));
	put_param(out, "op", format_text(event, "op"));
	put_param(out, "action", format_text(event, "action"));
	put_param(out, "outcome", format_text(event, "outcome"));
	put_param(out, "order", format_text(event, "order"));
	put_param(out, "rule", format_text(event, "rule"));
	put_param(out, "path", format_text(file, "path"));
	put_param(out, "sha256", format_text(file, "sha256"));
	put_number(out, "pid", process, "pid");
	put_number(out, "uid", process, "uid");
	put_number(out, "auid", process, "auid");
	put_param(out, "comm", format_text(process, "comm"));
	put_param(out, "exe", format_text(process, "exe"));
	put_command_line(out, "args", process, "args");
	put_command_line(out, "exec_args", process, "exec_args");
	put_param(out, "container", format_text(json_object_get(process, "container"), "id"));
	put_number(out, "session", process, "session");
	put_number(out, "count", event, "count");
	put_param(out, "policy", format_text(policy, "name"));
	put_number(out, "serial", policy, "serial");
	put_param(out, "reason", format_text(event, "reason"));
	put_number(out, "lost", event, "lost");
	fprintf(out, "] ");
}

char *syslog_message(enum output_format format, const json_t *event, const char *line, size_t len,
		     size_t *ret_len)
{
	char host[HOST_NAME_MAX + 1] = "", *text = NULL;
	char *message = format_event(format, event, line, len);
	FILE *out = message ? open_memstream(&text, ret_len) : NULL;

	if (!out) {
		free(message);
		return NULL;
	}
	gethostname(host, sizeof(host) - 1);
	fprintf(out, "<%d>1 ", LOG_AUTHPRIV | event_kind_of(event)->level);
	put_time(out, format_text(event, "time"));
	put_field(out, host, HOSTNAME_MAX);
	fprintf(out, "interdict %d ", (int)getpid());
	put_field(out, format_text(event, "event"), MSGID_MAX);
	put_data(out, event);
	fputs(message, out);
	free(message);
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

/* ---- the output ---- */

struct syslog_state {
	enum output_format format;
	struct stream *stream;
};

static int syslog_open(struct output *output, void **ret, char why[OUTPUT_WHY_MAX])
{
	const struct output_config *config = output_config(output);
	struct syslog_state *state = calloc(1, sizeof(*state));
	int err = state ? stream_open(output, config, &state->stream, why) : -ENOMEM;

	if (err) {
		free(state);
		return err;
	}
	state->format = config->format;
	*ret = state;
	return 0;
}

static int syslog_send(void *data, const json_t *event, const char *line, size_t len,
		       char why[OUTPUT_WHY_MAX])
{
	struct syslog_state *state = data;
	size_t message_len = 0;
	char *message = syslog_message(state->format, event, line, len, &message_len);
	int err = message ? stream_send(state->stream, message, message_len, why) : -ENOMEM;

	free(message);
	return err;
}

static void syslog_close(void *data)
{
	struct syslog_state *state = data;

	stream_close(state->stream);
	free(state);
}

const struct output_ops output_syslog_ops = { syslog_open, syslog_send, syslog_close };
