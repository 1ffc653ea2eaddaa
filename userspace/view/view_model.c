// SPDX-License-Identifier: GPL-2.0-or-later
#include "view_model.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "events/event_line.h"

static const char *const kind_names[] = {
	[VIEW_DENIED] = "denied",
	[VIEW_AUDITED] = "audited",
	[VIEW_UNIDENTIFIED] = "unidentified",
};
_Static_assert(sizeof(kind_names) / sizeof(*kind_names) == VIEW_KIND_COUNT, "a name each");

struct view_model *view_model_new(void)
{
	struct view_model *model = calloc(1, sizeof(*model));

	if (model)
		model->next_id = model->oldest_id = 1;
	return model;
}

static void forget(struct view_model *model, struct view_event *event)
{
	model->bytes -= event->bytes;
	free(event->op);
	free(event->order);
	free(event->rule);
	free(event->path);
	free(event->comm);
	free(event->line);
	memset(event, 0, sizeof(*event));
}

void view_model_free(struct view_model *model)
{
	if (!model)
		return;
	for (size_t i = 0; i < VIEW_KEPT_MAX; i++)
		forget(model, &model->kept[i]);
	view_top_free(&model->orders);
	view_top_free(&model->files);
	view_top_free(&model->users);
	free(model->news);
	free(model);
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static void forget_oldest(struct view_model *model)
{
	forget(model, &model->kept[model->oldest_id++ % VIEW_KEPT_MAX]);
}

/* A summary says of which kind its events were, where it is not of denials. */
static enum view_kind kind_of(const json_t *event)
{
	const char *name = text_of(event, "event");

	if (!strcmp(name, "summary") && *text_of(event, "of"))
		name = text_of(event, "of");
	for (int kind = 0; kind < VIEW_KIND_COUNT; kind++)
		if (!strcmp(name, kind_names[kind]))
			return kind;
	return VIEW_DENIED;
}

/* A file's path, or what else it can be told by. To be freed. */
static char *path_of(const json_t *file)
{
	char *text;

	if (*text_of(file, "path"))
		return strdup(text_of(file, "path"));
	return asprintf(&text, "(inode %lld on %s)",
			json_integer_value(json_object_get(file, "ino")),
			text_of(file, "dev")) < 0 ?
		       NULL :
		       text;
}

static int keep(struct view_model *model, const json_t *event, struct view_event *kept,
		const char *line, size_t len)
{
	const json_t *process = json_object_get(event, "process");

	kept->op = strdup(text_of(event, "op"));
	kept->order = strdup(text_of(event, "order"));
	kept->rule = strdup(text_of(event, "rule"));
	kept->path = path_of(json_object_get(event, "file"));
	kept->comm = strdup(text_of(process, "comm"));
	kept->line = strndup(line, len);
	if (!kept->op || !kept->order || !kept->rule || !kept->path || !kept->comm || !kept->line) {
		forget(model, kept);
		return -ENOMEM;
	}
	kept->bytes = len + strlen(kept->path);
	model->bytes += kept->bytes;
	return 0;
}

static void count_minute(struct view_model *model, const struct view_event *event)
{
	int64_t minute = event->time / 60;
	struct view_minute *bucket;

	if (event->time < 0)
		return;
	bucket = &model->minutes[minute % VIEW_MINUTES];
	if (bucket->minute > minute)
		return;
	if (bucket->minute < minute)
		*bucket = (struct view_minute){ .minute = minute };
	bucket->count[event->kind] += event->times;
}

static int count(struct view_model *model, const struct view_event *event)
{
	char uid[21];
	int err = 0;

	model->count[event->kind] += event->times;
	count_minute(model, event);
	snprintf(uid, sizeof(uid), "%llu", (unsigned long long)event->uid);
	if (*event->order)
		err = view_top_add(&model->orders, event->order, event->times);
	if (!err)
		err = view_top_add(&model->files, event->path, event->times);
	return err ? err : view_top_add(&model->users, uid, event->times);
}

static int add_refusal(struct view_model *model, const json_t *json, const char *line, size_t len)
{
	const json_t *uid = json_object_get(json_object_get(json, "process"), "uid");
	json_int_t times = json_integer_value(json_object_get(json, "count"));
	struct view_event event = {
		.time = event_seconds(json),
		.kind = kind_of(json),
		.times = times > 0 ? (uint64_t)times : 1,
		.uid = (uint64_t)json_integer_value(uid),
	};
	int err = keep(model, json, &event, line, len);

	if (err)
		return err;
	while (model->oldest_id < model->next_id &&
	       (model->bytes > VIEW_KEPT_BYTES_MAX ||
		model->next_id - model->oldest_id == VIEW_KEPT_MAX))
		forget_oldest(model);
	event.id = model->next_id++;
	model->kept[event.id % VIEW_KEPT_MAX] = event;
	return count(model, &event);
}

static int add_news(struct view_model *model, const json_t *json)
{
	char *text;

	if (!strcmp(text_of(json, "event"), "checkpoint"))
		return 0;
	text = event_describe(json);
	if (!text)
		return -ENOMEM;
	free(model->news);
	model->news = text;
	model->news_time = event_seconds(json);
	return 0;
}

int view_model_add(struct view_model *model, const char *line, size_t len)
{
	json_t *json = json_loadb(line, len, 0, NULL);
	json_int_t seq = json_integer_value(json_object_get(json, "seq"));
	int err = 0;

	if (!json_is_object(json)) {
		model->unreadable++;
	} else if (!strcmp(text_of(json, "event"), "missed")) {
		json_int_t missed = json_integer_value(json_object_get(json, "missed"));

		model->missed += missed > 0 ? (uint64_t)missed : 0;
	} else if (seq <= 0 || (uint64_t)seq > model->last_seq) {
		if (seq > 0)
			model->last_seq = (uint64_t)seq;
		if (json_is_object(json_object_get(json, "file")))
			err = add_refusal(model, json, line, len);
		else
			err = add_news(model, json);
	}
	json_decref(json);
	return err;
}

const struct view_event *view_model_get(const struct view_model *model, uint64_t id)
{
	if (id < model->oldest_id || id >= model->next_id)
		return NULL;
	return &model->kept[id % VIEW_KEPT_MAX];
}

struct view_minute view_model_minute(const struct view_model *model, int64_t now, unsigned int ago)
{
	int64_t minute = now / 60 - ago;
	const struct view_minute *bucket = &model->minutes[(minute + VIEW_MINUTES) % VIEW_MINUTES];

	return bucket->minute == minute ? *bucket : (struct view_minute){ .minute = minute };
}

bool view_event_has(const struct view_event *event, const char *text)
{
	char uid[32];

	snprintf(uid, sizeof(uid), "uid %llu", (unsigned long long)event->uid);
	return strcasestr(event->order, text) || strcasestr(event->path, text) ||
	       strcasestr(event->comm, text) || strcasestr(event->op, text) ||
	       strcasestr(kind_names[event->kind], text) || strcasestr(uid, text);
}
