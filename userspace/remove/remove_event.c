// SPDX-License-Identifier: GPL-2.0-or-later
#include "remove_event.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "atomic_file.h"
#include "escape.h"
#include "events/event_line.h"
#include "remove_json.h"

/* Bytes of an event: paths, output and names, all escaped. */
#define EVENT_MAX (256U << 10)

static const char *const actions[] = { "uninstalled", "quarantined", "deleted", "restored",
				       "gone",	      "stays",	     "failed",	"kept-out" };

/* In this order. */
static const char *const members[] = { "time",	  "action", "order",  "rule",  "reason",
				       "package", "file",   "output", "actor", "policy" };

static uint64_t boottime_ns(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static json_t *by_json(void)
{
	unsigned int auid = (unsigned int)-1;
	FILE *f = fopen("/proc/self/loginuid", "re");

	if (f && fscanf(f, "%u", &auid) != 1)
		auid = (unsigned int)-1;
	if (f)
		fclose(f);
	return json_pack("{s:I, s:I}", "uid", (json_int_t)getuid(), "auid", (json_int_t)auid);
}

/* Text of others', which may be cut in the middle of a character. */
static json_t *text_json(const char *text)
{
	char *safe = text ? escape_name(text, strlen(text), ESCAPE_KEEP_BACKSLASH) : NULL;
	json_t *json = safe ? json_string(safe) : json_null();

	free(safe);
	return json;
}

static json_t *file_event(const json_t *file)
{
	const char *dev = remove_text(file, "dev");

	return json_pack("{s:O, s:O, s:O, s:s, s:O, s:n, s:n, s:O?}", "path",
			 json_object_get(file, "path"), "sha256", json_object_get(file, "sha256"),
			 "size", json_object_get(file, "size"), "dev", *dev ? dev : "0:0", "ino",
			 json_object_get(file, "ino"), "build_id", "publisher", "quarantine",
			 json_object_get(file, "id"));
}

static json_t *package_event(const json_t *package)
{
	static const char *const keys[] = { "type", "name",    "version", "arch",
					    "id",   "manager", "with" };
	json_t *out = json_object();

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		json_t *value = json_object_get(package, keys[i]);

		json_object_set_new(out, keys[i], value ? json_incref(value) : json_null());
	}
	return out;
}

static json_t *event_json(const struct remove_event *event)
{
	json_t *json = json_pack("{s:o, s:s, s:s?, s:s?, s:o}", "time", event_time(boottime_ns()),
				 "action", event->action, "order", event->order, "rule",
				 event->rule, "reason", text_json(event->reason));

	if (json && event->package)
		json_object_set_new(json, "package", package_event(event->package));
	if (json && event->file)
		json_object_set_new(json, "file", file_event(event->file));
	if (json && json_object_update_new(json, json_pack("{s:o, s:o, s:O?}", "output",
							   text_json(event->output), "actor",
							   by_json(), "policy", event->policy))) {
		json_decref(json);
		json = NULL;
	}
	return json;
}

int remove_event_put(const char *dir, const struct remove_event *event)
{
	static unsigned int n;
	struct timespec now = { 0 };
	char path[PATH_MAX];
	json_t *json = event_json(event);
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	int err = text ? 0 : -ENOMEM;

	clock_gettime(CLOCK_REALTIME, &now);
	/* They sort by time. */
	snprintf(path, sizeof(path), "%s/%012lld%09ld-%d-%u", dir, (long long)now.tv_sec,
		 now.tv_nsec, getpid(), n++);
	if (!err && mkdir(dir, 0700) < 0 && errno != EEXIST)
		err = -errno;
	if (!err)
		err = atomic_file_write(path, text, strlen(text), 0600);
	free(text);
	json_decref(json);
	return err;
}

/* ---- the daemon's side ---- */

static bool is_event(const json_t *json)
{
	const char *action = remove_text(json, "action"), *key;
	const json_t *value;
	bool known = false;
	size_t i;

	for (i = 0; i < sizeof(actions) / sizeof(*actions); i++)
		known |= !strcmp(action, actions[i]);
	json_object_foreach((json_t *)json, key, value)
	{
		for (i = 0; i < sizeof(members) / sizeof(*members); i++)
			if (!strcmp(key, members[i]))
				break;
		known &= i < sizeof(members) / sizeof(*members);
	}
	return known && *remove_text(json, "time") &&
	       (json_object_get(json, "package") || json_object_get(json, "file"));
}

static int select_events(const struct dirent *entry)
{
	return entry->d_name[0] >= '0' && entry->d_name[0] <= '9' && !strchr(entry->d_name, '.');
}

static int take_one(const char *path, int (*fn)(void *context, const json_t *members),
		    void *context, unsigned int *bad)
{
	char aside[PATH_MAX + 8];
	json_t *json;
	int err = remove_read_json(path, EVENT_MAX, &json);

	if (err == -ENOENT || err == -ENOMEM)
		return err == -ENOENT ? 0 : err;
	if (err || !is_event(json)) {
		if (!err)
			json_decref(json);
		snprintf(aside, sizeof(aside), "%s.bad", path);
		(*bad)++;
		return rename(path, aside) < 0 ? -errno : 0;
	}
	err = fn(context, json);
	json_decref(json);
	if (!err && unlink(path) < 0)
		err = -errno;
	return err ? err : 1;
}

int remove_event_take(const char *dir, unsigned int max,
		      int (*fn)(void *context, const json_t *members), void *context,
		      unsigned int *bad)
{
	struct dirent **names;
	int n = scandir(dir, &names, select_events, alphasort), taken = 0, err = 0;

	*bad = 0;
	if (n < 0)
		return errno == ENOENT ? 0 : -errno;
	for (int i = 0; i < n; i++) {
		char path[PATH_MAX];

		if (err >= 0 && (unsigned int)taken < max &&
		    snprintf(path, sizeof(path), "%s/%s", dir, names[i]->d_name) <
			    (int)sizeof(path)) {
			err = take_one(path, fn, context, bad);
			taken += err > 0;
		}
		free(names[i]);
	}
	free(names);
	return err < 0 ? err : taken;
}
