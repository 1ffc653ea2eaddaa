// SPDX-License-Identifier: GPL-2.0-or-later
/* The kernel's audit system, through libaudit: the records are auditd's, and ausearch finds them.
 */
#include "output_audit.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <libaudit.h>

#include "escape.h"
#include "output.h"
#include "record/checkpoint.h"

/* Seconds between two questions whether audit is enabled. */
#define ENABLED_EVERY 5
/* A reason, as a value. */
#define REASON_MAX 512

/* ---- the text ---- */

/* A name's bytes as audit has them, if at most @max characters of the record are for it. Returns
 * whether it had to be cut. */
static bool put_name(FILE *out, const char *key, const char *escaped, size_t max)
{
	char *bytes = malloc(strlen(escaped) + 1), *hex;
	long len = bytes ? unescape_name(escaped, bytes) : 0;
	bool cut = false;

	if (!*escaped || !bytes) {
		free(bytes);
		return false;
	}
	if (len < 0) {
		len = (long)strlen(escaped);
		memcpy(bytes, escaped, (size_t)len);
	}
	if (!audit_value_needs_encoding(bytes, (unsigned int)len) &&
	    !memchr(bytes, '\'', (size_t)len) && (size_t)len + 2 <= max) {
		fprintf(out, " %s=\"%.*s\"", key, (int)len, bytes);
	} else {
		cut = (size_t)len > max / 2;
		if (cut)
			len = (long)(max / 2);
		hex = malloc(2 * (size_t)len + 1);
		if (hex)
			fprintf(out, " %s=%s", key,
				audit_encode_value(hex, bytes, (unsigned int)len));
		free(hex);
	}
	free(bytes);
	return cut;
}

/* An ID, a digest or a word of ours; others' text loses what is no part of a value. */
static void put_value(FILE *out, const char *key, const char *text)
{
	if (!*text)
		return;
	fprintf(out, " %s=", key);
	for (size_t i = 0; text[i] && i < REASON_MAX; i++)
		fputc(isalnum((unsigned char)text[i]) || strchr(":./-+,", text[i]) ? text[i] : '_',
		      out);
}

static void put_number(FILE *out, const char *key, const json_t *object, const char *name)
{
	if (json_is_integer(json_object_get(object, name)))
		fprintf(out, " %s=%lld", key, (long long)format_number(object, name));
}

static void put_policy(FILE *out, const json_t *event)
{
	const json_t *policy = json_object_get(event, "policy");

	put_value(out, "policy", format_text(policy, "name"));
	put_number(out, "serial", policy, "serial");
	put_value(out, "policy_digest", format_text(policy, "digest"));
}

/* As the kernel's own AVC records begin; what is long comes last. */
static void put_file_event(FILE *out, const json_t *event)
{
	const json_t *file = json_object_get(event, "file");
	const json_t *process = json_object_get(event, "process");
	const char *kind = format_text(event, "event"), *op = format_text(event, "op");
	bool denied = strcmp(kind, "denied") == 0 || strcmp(kind, "summary") == 0;

	fprintf(out, "avc:  %s  { %s } for ", denied ? "denied" : "granted", *op ? op : kind);
	put_value(out, "op", kind);
	put_value(out, "outcome", format_text(event, "outcome"));
	put_number(out, "seq", event, "seq");
	put_value(out, "order", format_text(event, "order"));
	put_value(out, "rule", format_text(event, "rule"));
	put_value(out, "dec", denied ? "deny" : "allow");
	put_value(out, "perm", op);
	put_number(out, "count", event, "count");
	put_number(out, "pid", process, "pid");
	put_number(out, "ppid", process, "ppid");
	put_number(out, "uid", process, "uid");
	put_number(out, "auid", process, "auid");
	put_number(out, "ses", process, "session");
	put_name(out, "comm", format_text(process, "comm"), 256);
	put_value(out, "dev", format_text(file, "dev"));
	put_number(out, "ino", file, "ino");
	put_value(out, "sha256", format_text(file, "sha256"));
	put_policy(out, event);
	if (put_name(out, "exe", format_text(process, "exe"), 2048))
		fputs(" truncated=1", out);
}

static void put_own_event(FILE *out, const json_t *event, const char *line, size_t len)
{
	char *hex;

	fprintf(out, "op=interdict-%s",
		event_kind_of(event)->name ? event_kind_of(event)->name : "event");
	put_number(out, "seq", event, "seq");
	put_value(out, "action", format_text(event, "action"));
	put_value(out, "order", format_text(event, "order"));
	put_value(out, "mode", format_text(event, "mode"));
	put_policy(out, event);
	put_value(out, "reason", format_text(event, "reason"));
	if (!checkpoint_is(event) || len > AUDIT_TEXT_MAX / 4)
		return;
	hex = malloc(2 * len + 1);
	if (hex)
		fprintf(out, " json=%s", audit_encode_value(hex, line, (unsigned int)len));
	free(hex);
}

char *audit_text(const json_t *event, const char *line, size_t len, int *type)
{
	static const char truncated[] = " truncated=1", path[] = " path=";
	const json_t *file = json_object_get(event, "file");
	char *text = NULL;
	size_t used = 0;
	FILE *out = open_memstream(&text, &used);

	if (!out)
		return NULL;
	*type = json_is_object(file) ? AUDIT_USER_AVC : AUDIT_TRUSTED_APP;
	if (json_is_object(file)) {
		put_file_event(out, event);
		fflush(out);
		if (put_name(out, "path", format_text(file, "path"),
			     AUDIT_TEXT_MAX - used - strlen(truncated) - strlen(path)))
			fputs(truncated, out);
	} else {
		put_own_event(out, event, line, len);
	}
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

/* ---- the output ---- */

struct audit_state {
	int fd;
	time_t asked; /* when audit was last seen enabled */
};

/* While it is off the kernel takes records and throws most of them away. */
static int check_enabled(struct audit_state *state, char why[OUTPUT_WHY_MAX])
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (state->asked && now.tv_sec - state->asked < ENABLED_EVERY)
		return 0;
	/* Without the right to ask (CAP_AUDIT_CONTROL) nobody knows. */
	if (audit_is_enabled(state->fd) == 0) {
		snprintf(why, OUTPUT_WHY_MAX,
			 "audit is not enabled in the kernel (auditctl -e 1 enables it)");
		return -ENOTCONN;
	}
	state->asked = now.tv_sec;
	return 0;
}

static int complain(char why[OUTPUT_WHY_MAX], int err)
{
	if (err == EPERM)
		snprintf(
			why, OUTPUT_WHY_MAX,
			"the kernel takes no audit records from here: without CAP_AUDIT_WRITE, or in "
			"a container");
	else if (err == ECONNREFUSED || err == EPROTONOSUPPORT || err == EAFNOSUPPORT ||
		 err == EINVAL)
		snprintf(why, OUTPUT_WHY_MAX, "this kernel has no audit system, or not here");
	else
		snprintf(why, OUTPUT_WHY_MAX, "audit: %s", strerror(err));
	return -err;
}

static void audit_shut(void *data)
{
	struct audit_state *state = data;

	audit_close(state->fd);
	free(state);
}

static int audit_begin(struct output *output, void **ret, char why[OUTPUT_WHY_MAX])
{
	struct audit_state *state = calloc(1, sizeof(*state));
	int err;

	(void)output;
	if (!state)
		return -ENOMEM;
	/* libaudit lets this pass for success, and writes each record to syslog instead. */
	if (!audit_can_write()) {
		free(state);
		return complain(why, EPERM);
	}
	errno = 0;
	state->fd = audit_open();
	if (state->fd < 0) {
		err = complain(why, errno ? errno : EIO);
		free(state);
		return err;
	}
	err = check_enabled(state, why);
	if (err)
		audit_shut(state);
	else
		*ret = state;
	return err;
}

/* Whether what the record is about went as it should. */
static bool is_success(const json_t *event)
{
	const char *kind = format_text(event, "event");

	return strcmp(kind, "tamper") != 0 &&
	       strcmp(format_text(event, "action"), "refused") != 0 &&
	       !json_array_size(json_object_get(event, "reasons"));
}

static int audit_send_event(void *data, const json_t *event, const char *line, size_t len,
			    char why[OUTPUT_WHY_MAX])
{
	struct audit_state *state = data;
	int type, ret, err = check_enabled(state, why);
	char *text;

	if (err)
		return err;
	text = audit_text(event, line, len, &type);
	if (!text)
		return -ENOMEM;
	/* Both return 0 for some errors, which only errno shows. */
	errno = 0;
	if (type == AUDIT_USER_AVC)
		ret = audit_log_user_avc_message(
			state->fd, type, text, NULL, NULL, "",
			(uid_t)format_number(json_object_get(event, "process"), "uid"));
	else
		ret = audit_log_user_message(state->fd, type, text, NULL, NULL, "",
					     is_success(event));
	err = ret > 0 ? 0 : (errno ? errno : ECONNREFUSED);
	free(text);
	return err ? complain(why, err < 0 ? -err : err) : 0;
}

const struct output_ops output_audit_ops = { audit_begin, audit_send_event, audit_shut };
