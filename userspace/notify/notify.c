// SPDX-License-Identifier: GPL-2.0-or-later
#include "notify.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "columns.h"
#include "escape.h"
#include "events/event_line.h"
#include "notify_desktop.h"
#include "notify_limit.h"
#include "notify_terminal.h"

/* Seconds after which nobody waits for an answer: events of a time without a daemon are recorded
 * later. */
#define FRESH 30
/* Columns of a file's name, and of all that is said: a few lines of a terminal. */
#define NAME_COLUMNS 60
#define TEXT_COLUMNS 480

struct notify {
	struct notify_limit limit;
	struct notify_desktop desktop;
	struct notify_stats stats;
};

int notify_new(sd_event *loop, struct notify **ret)
{
	struct notify *notify = calloc(1, sizeof(*notify));

	if (!notify)
		return -ENOMEM;
	notify->desktop.loop = loop;
	notify->desktop.run_user = NOTIFY_RUN_USER;
	notify->desktop.program = "/proc/self/exe";
	*ret = notify;
	return 0;
}

void notify_free(struct notify *notify)
{
	if (!notify)
		return;
	notify_desktop_close(&notify->desktop);
	free(notify);
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

char *notify_file_name(const json_t *event)
{
	const char *path = text_of(json_object_get(event, "file"), "path");
	const char *slash = strrchr(path, '/');
	char *safe, *fit;

	if (slash && slash[1])
		path = slash + 1;
	if (!*path)
		path = "a file";
	safe = escape_text(path);
	fit = safe ? columns_fit(safe, NAME_COLUMNS, COLUMNS_CUT_MIDDLE) : NULL;
	free(safe);
	return fit;
}

/* What is about to be ended: of what becomes of a process later, nobody has to be told. */
static bool is_ended(const json_t *event)
{
	return !strcmp(text_of(event, "event"), "killed");
}

char *notify_message(const json_t *event, const struct policy_order *order)
{
	const char *what = is_ended(event) ? "Banned" : "Refused";
	const char *more = is_ended(event) ? " It is running, and is being ended." : "";
	char *text = NULL, *fit;
	int len;

	if (order && order->message)
		len = asprintf(&text, "%s%s%s%s", order->message, more, order->contact ? " " : "",
			       order->contact ? order->contact : "");
	else if (order)
		len = asprintf(&text, "%s by order %s (%s).%s%s%s", what, order->id,
			       order->authority, more, order->contact ? " " : "",
			       order->contact ? order->contact : "");
	else if (*text_of(event, "order"))
		len = asprintf(&text, "%s by order %s.%s", what, text_of(event, "order"), more);
	else
		len = asprintf(&text, "Refused by the policy of this device (%s).",
			       text_of(event, "rule"));
	if (len < 0)
		return NULL;
	fit = columns_fit(text, TEXT_COLUMNS, COLUMNS_CUT_END);
	free(text);
	return fit;
}

static bool tell_terminal(struct notify *notify, const struct notify_process *process,
			  const char *name, const char *message)
{
	char *text;
	int err;

	if (asprintf(&text, "interdict: %s: %s", name, message) < 0)
		return false;
	err = notify_terminal(&notify_places, process, text);
	free(text);
	notify->stats.terminals += !err;
	return !err;
}

static bool tell_desktop(struct notify *notify, const struct notify_process *process,
			 const char *what, const char *name, const char *message)
{
	/* What runs as root was asked for by who logged in. */
	uint32_t uid = process->uid || process->auid == UINT32_MAX ? process->uid : process->auid;
	char *summary;
	int err;

	if (asprintf(&summary, "%s: %s", what, name) < 0)
		return false;
	err = notify_desktop(&notify->desktop, uid, summary, message);
	free(summary);
	notify->stats.desktops += !err;
	return !err;
}

void notify_event(struct notify *notify, const struct notify_ways *ways,
		  const struct policy *policy, const json_t *event)
{
	const json_t *process = json_object_get(event, "process");
	struct notify_process who = {
		.pid = (pid_t)json_integer_value(json_object_get(process, "pid")),
		.ppid = (pid_t)json_integer_value(json_object_get(process, "ppid")),
		.uid = (uint32_t)json_integer_value(json_object_get(process, "uid")),
		.auid = (uint32_t)json_integer_value(json_object_get(process, "auid")),
	};
	const char *order = text_of(event, "order");
	char *name = NULL, *message = NULL;
	struct timespec ts = { 0 };
	bool told = false;
	size_t token;
	int64_t now;

	if ((!ways->terminal && !ways->desktop) ||
	    (strcmp(text_of(event, "event"), "denied") != 0 &&
	     (!is_ended(event) || strcmp(text_of(event, "outcome"), "asked") != 0)))
		return;
	clock_gettime(CLOCK_BOOTTIME, &ts);
	now = (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
	if (event_seconds(event) < time(NULL) - FRESH)
		return;
	if (!notify_limit_take(&notify->limit, who.uid, order, now, &token)) {
		notify->stats.limited++;
		return;
	}
	name = notify_file_name(event);
	message = notify_message(event, policy_order_find(policy, order));
	if (name && message && ways->terminal)
		told = tell_terminal(notify, &who, name, message);
	if (name && message && ways->desktop)
		told |= tell_desktop(notify, &who, is_ended(event) ? "Being ended" : "Refused",
				     name, message);
	if (!told) {
		notify->stats.failed++;
		notify_limit_unheard(&notify->limit, token, now);
	}
	free(name);
	free(message);
}

void notify_get_stats(const struct notify *notify, struct notify_stats *stats)
{
	*stats = notify->stats;
}
