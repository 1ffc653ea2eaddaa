// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The journal of systemd: fields of our own, the message ID of the event's kind (interdict.catalog
 * has a text for each), and the whole line as INTERDICT_JSON.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include "escape.h"
#include "events/event_line.h"
#include "output.h"

#define JOURNAL_SOCKET "/run/systemd/journal/socket"
#define FIELDS_MAX     32

/* A message while it is put together. */
struct fields {
	struct iovec v[FIELDS_MAX];
	int n;
	bool failed;
};

static void add(struct fields *fields, char *field, size_t len)
{
	if (field && fields->n < FIELDS_MAX) {
		fields->v[fields->n++] = (struct iovec){ .iov_base = field, .iov_len = len };
	} else {
		fields->failed = true;
		free(field);
	}
}

/* A field's value may be any bytes. */
static void add_bytes(struct fields *fields, const char *key, const char *value, size_t len)
{
	size_t head = strlen(key) + 1;
	char *field = malloc(head + len + 1);

	if (field)
		memcpy(stpcpy(stpcpy(field, key), "="), value, len);
	add(fields, field, head + len);
}

static void add_text(struct fields *fields, const char *key, const json_t *object, const char *name)
{
	const char *value = format_text(object, name);

	if (*value)
		add_bytes(fields, key, value, strlen(value));
}

static void add_number(struct fields *fields, const char *key, const json_t *object,
		       const char *name)
{
	char value[32];

	if (!json_is_integer(json_object_get(object, name)))
		return;
	snprintf(value, sizeof(value), "%lld", (long long)format_number(object, name));
	add_bytes(fields, key, value, strlen(value));
}

static void add_command_line(struct fields *fields, const char *key, const json_t *object,
			     const char *name)
{
	char *line = arguments_line(json_object_get(object, name));

	if (line)
		add_bytes(fields, key, line, strlen(line));
	free(line);
}

static void add_message(struct fields *fields, const json_t *event)
{
	const struct event_kind *kind = event_kind_of(event);
	char id[SD_ID128_STRING_MAX], *message = event_describe(event);
	char priority[2] = { (char)('0' + kind->level), '\0' };

	if (message)
		add_bytes(fields, "MESSAGE", message, strlen(message));
	else
		fields->failed = true;
	free(message);
	sd_id128_to_string(kind->message_id, id);
	add_bytes(fields, "MESSAGE_ID", id, strlen(id));
	add_bytes(fields, "PRIORITY", priority, 1);
	add_bytes(fields, "SYSLOG_IDENTIFIER", "interdict", strlen("interdict"));
}

static int journald_send(void *state, const json_t *event, const char *line, size_t len,
			 char why[OUTPUT_WHY_MAX])
{
	const json_t *file = json_object_get(event, "file");
	const json_t *process = json_object_get(event, "process");
	const json_t *policy = json_object_get(event, "policy");
	struct fields fields = { .n = 0 };
	int err = 0;

	(void)state;
	add_message(&fields, event);
	add_text(&fields, "INTERDICT_EVENT", event, "event");
	add_number(&fields, "INTERDICT_SEQ", event, "seq");
	add_text(&fields, "INTERDICT_OP", event, "op");
	add_text(&fields, "INTERDICT_ACTION", event, "action");
	add_text(&fields, "INTERDICT_OUTCOME", event, "outcome");
	add_text(&fields, "INTERDICT_ORDER", event, "order");
	add_text(&fields, "INTERDICT_RULE", event, "rule");
	add_text(&fields, "INTERDICT_REASON", event, "reason");
	add_number(&fields, "INTERDICT_COUNT", event, "count");
	add_text(&fields, "INTERDICT_PATH", file, "path");
	add_text(&fields, "INTERDICT_SHA256", file, "sha256");
	add_number(&fields, "INTERDICT_PID", process, "pid");
	add_number(&fields, "INTERDICT_UID", process, "uid");
	add_number(&fields, "INTERDICT_AUID", process, "auid");
	add_text(&fields, "INTERDICT_COMM", process, "comm");
	add_text(&fields, "INTERDICT_EXE", process, "exe");
	add_text(&fields, "INTERDICT_CGROUP", process, "cgroup");
	add_text(&fields, "INTERDICT_CONTAINER", json_object_get(process, "container"), "id");
	add_number(&fields, "INTERDICT_SESSION", process, "session");
	add_command_line(&fields, "INTERDICT_ARGS", process, "args");
	add_command_line(&fields, "INTERDICT_EXEC_ARGS", process, "exec_args");
	add_text(&fields, "INTERDICT_REFERENCE", event, "reference");
	add_text(&fields, "INTERDICT_POLICY", policy, "name");
	add_number(&fields, "INTERDICT_SERIAL", policy, "serial");
	/* Without the newline: as journalctl shows it, on a line. */
	add_bytes(&fields, "INTERDICT_JSON", line, len && line[len - 1] == '\n' ? len - 1 : len);
	if (fields.failed)
		err = -ENOMEM;
	/* Without a journal sd_journal_sendv() does nothing and says that it did. */
	else if (access(JOURNAL_SOCKET, W_OK) < 0)
		err = -errno;
	else
		err = sd_journal_sendv(fields.v, fields.n);
	for (int i = 0; i < fields.n; i++)
		free(fields.v[i].iov_base);
	if (err < 0)
		snprintf(why, OUTPUT_WHY_MAX, JOURNAL_SOCKET ": %s", strerror(-err));
	return err < 0 ? err : 0;
}

static int journald_open(struct output *output, void **state, char why[OUTPUT_WHY_MAX])
{
	(void)output;
	(void)why;
	*state = NULL;
	return 0;
}

static void journald_close(void *state)
{
	(void)state;
}

const struct output_ops output_journald_ops = { journald_open, journald_send, journald_close };
