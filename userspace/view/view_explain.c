// SPDX-License-Identifier: GPL-2.0-or-later
#include "view_explain.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "decide/event_subject.h"
#include "decide/explain.h"
#include "events/event_line.h"

/* Seconds for which a text that was read is taken for what is there now. */
#define POLICY_FRESH 10

struct question {
	uint64_t id;
	char *line, *path;
};

struct view_explain {
	const struct config *config;
	int done_fd;
	pthread_mutex_t lock;
	pthread_t thread;
	bool started; /* and not joined */
	bool running;
	bool asked;
	struct question next; /* where asked */
	json_t *answer;	      /* or NULL */
	uint64_t answer_id;
	/* the thread's own */
	struct policy *policy;
	char *policy_path;
	time_t policy_read;
};

static void question_free(struct question *question)
{
	free(question->line);
	free(question->path);
	*question = (struct question){ 0 };
}

int view_explain_new(const struct config *config, struct view_explain **ret)
{
	struct view_explain *explain = calloc(1, sizeof(*explain));
	int err;

	if (!explain)
		return -ENOMEM;
	explain->config = config;
	explain->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (explain->done_fd < 0) {
		err = -errno;
		free(explain);
		return err;
	}
	pthread_mutex_init(&explain->lock, NULL);
	*ret = explain;
	return 0;
}

void view_explain_free(struct view_explain *explain)
{
	if (!explain)
		return;
	pthread_mutex_lock(&explain->lock);
	explain->asked = false;
	pthread_mutex_unlock(&explain->lock);
	if (explain->started)
		pthread_join(explain->thread, NULL);
	question_free(&explain->next);
	json_decref(explain->answer);
	policy_free(explain->policy);
	free(explain->policy_path);
	close(explain->done_fd);
	pthread_mutex_destroy(&explain->lock);
	free(explain);
}

int view_explain_fd(const struct view_explain *explain)
{
	return explain->done_fd;
}

/* ---- the thread ---- */

static bool has_order(const json_t *orders, const char *id)
{
	const json_t *order;
	size_t i;

	json_array_foreach(orders, i,
			   order) if (!strcmp(json_string_value(json_object_get(order, "order")),
					      id)) return true;
	return false;
}

/* The order that the event names, where what is known of the file matches none of its rules: the
 * rule was of the file's content, say, which the event has no hash of, or is there no more. */
static json_t *order_alone(const struct policy *policy, const char *id)
{
	for (size_t i = 0; i < policy->n_orders; i++) {
		const struct policy_order *o = &policy->orders[i];

		if (!strcmp(o->id, id))
			return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s?, s:s?}", "order", o->id,
					 "title", o->title, "authority", o->authority, "reference",
					 o->reference, "reason", o->reason, "message", o->message,
					 "contact", o->contact);
	}
	return NULL;
}

/* What is to be known about where the text comes from. To be freed; NULL: nothing. */
static char *note_on(const struct policy *policy, const json_t *event)
{
	const json_t *of = json_object_get(event, "policy");
	const char *digest = json_string_value(json_object_get(of, "digest"));
	char hex[65], *note;

	event_hex(policy->digest, sizeof(policy->digest), hex);
	if (!digest || !strcmp(digest, hex))
		return NULL;
	if (asprintf(&note,
		     "this is the text of policy %s serial %llu, which is there now; the event is "
		     "of serial %lld",
		     policy->name, (unsigned long long)policy->serial,
		     json_integer_value(json_object_get(of, "serial"))) < 0)
		return NULL;
	return note;
}

json_t *view_explain_event(const struct config *config, const struct policy *policy,
			   const json_t *event)
{
	const char *id = json_string_value(json_object_get(event, "order"));
	struct explain_context context = {
		.policy = policy,
		.device = { .labels = config->labels, .n_labels = config->n_labels },
	};
	char why[POLICY_IDENTIFIER_WHY_MAX] = "";
	struct event_subject subject;
	json_t *orders = NULL, *order;
	char *note;

	context.device.early = context.device.late = event_seconds(event);
	if (event_subject(event, &subject, why) == 1)
		orders = explain_orders(&context, &subject.identity);
	if (!orders)
		orders = json_array();
	if (id && !has_order(orders, id)) {
		order = order_alone(policy, id);
		if (order)
			json_array_insert_new(orders, 0, order);
	}
	note = note_on(policy, event);
	if (id && !has_order(orders, id)) {
		free(note);
		note = strdup("the policy that is there now has no such order");
	}
	order = json_pack("{s:o, s:s?}", "orders", orders, "note", note);
	free(note);
	return order;
}

/* The policy at @path, or NULL with a sentence in @why. */
static const struct policy *policy_at(struct view_explain *explain, const char *path, char *why,
				      size_t size)
{
	struct policy_errors errs = { 0 };
	struct policy *policy = NULL;

	if (explain->policy && !strcmp(explain->policy_path, path) &&
	    time(NULL) - explain->policy_read < POLICY_FRESH)
		return explain->policy;
	policy_free(explain->policy);
	free(explain->policy_path);
	explain->policy = NULL;
	explain->policy_path = strdup(path);
	if (!explain->policy_path || policy_load(path, explain->config->trust, time(NULL),
						 POLICY_UNENFORCED_KEEP, &policy, &errs))
		snprintf(why, size, "the policy's text cannot be read: %s%s%s",
			 errs.n ? errs.v[0].file : path, errs.n ? ": " : "",
			 errs.n ? errs.v[0].text : "");
	policy_errors_free(&errs);
	explain->policy = policy;
	explain->policy_read = time(NULL);
	return policy;
}

static json_t *answer(struct view_explain *explain, const struct question *question)
{
	json_t *event = json_loads(question->line, 0, NULL), *json;
	const struct policy *policy;
	char why[512] = "";

	policy = policy_at(explain, question->path, why, sizeof(why));
	json = policy && event ? view_explain_event(explain->config, policy, event) :
				 json_pack("{s:[], s:s}", "orders", "note", why);
	json_decref(event);
	return json;
}

static void *run(void *data)
{
	struct view_explain *explain = data;

	pthread_mutex_lock(&explain->lock);
	while (explain->asked) {
		struct question question = explain->next;
		json_t *json;

		explain->next = (struct question){ 0 };
		explain->asked = false;
		pthread_mutex_unlock(&explain->lock);
		json = answer(explain, &question);
		pthread_mutex_lock(&explain->lock);
		json_decref(explain->answer);
		explain->answer = json;
		explain->answer_id = question.id;
		question_free(&question);
		eventfd_write(explain->done_fd, 1);
	}
	explain->running = false;
	pthread_mutex_unlock(&explain->lock);
	return NULL;
}

/* ---- the other side ---- */

int view_explain_ask(struct view_explain *explain, uint64_t id, const char *line, const char *path)
{
	struct question question = {
		.id = id,
		.line = strdup(line),
		.path = strdup(path ? path : explain->config->policy),
	};
	int err = 0;

	if (!question.line || !question.path) {
		question_free(&question);
		return -ENOMEM;
	}
	pthread_mutex_lock(&explain->lock);
	question_free(&explain->next);
	explain->next = question;
	explain->asked = true;
	if (!explain->running) {
		/* The one before is at its end: this waits for nothing. */
		if (explain->started)
			pthread_join(explain->thread, NULL);
		err = -pthread_create(&explain->thread, NULL, run, explain);
		explain->started = explain->running = !err;
	}
	pthread_mutex_unlock(&explain->lock);
	return err;
}

json_t *view_explain_take(struct view_explain *explain, uint64_t *id)
{
	eventfd_t ignored;
	json_t *json;

	eventfd_read(explain->done_fd, &ignored);
	pthread_mutex_lock(&explain->lock);
	json = explain->answer;
	explain->answer = NULL;
	*id = explain->answer_id;
	pthread_mutex_unlock(&explain->lock);
	return json;
}
