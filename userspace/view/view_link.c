// SPDX-License-Identifier: GPL-2.0-or-later
#include "view_link.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void view_link_close(struct view_link *link)
{
	client_close(link->watch);
	client_close(link->status);
	json_decref(link->last);
	link->watch = link->status = NULL;
	link->last = NULL;
	link->watching = link->asked = link->silent = false;
}

static void lose(struct view_link *link, int64_t now, const char *why)
{
	view_link_close(link);
	snprintf(link->why, sizeof(link->why), "%s", why);
	link->try_at = now + VIEW_CONNECT_EVERY;
}

static int send_request(struct client *client, const char *name)
{
	json_t *request = json_pack("{s:s}", "request", name);
	int err = request ? client_send(client, request) : -ENOMEM;

	json_decref(request);
	return err;
}

static void begin(struct view_link *link, int64_t now)
{
	char why[CLIENT_WHY_LEN];
	int err = client_open(link->path, &link->watch, why);

	if (!err)
		err = client_open(link->path, &link->status, why);
	if (err) {
		lose(link, now, why);
		return;
	}
	err = client_set_nonblocking(link->watch);
	if (!err)
		err = client_set_nonblocking(link->status);
	if (!err)
		err = send_request(link->watch, "watch");
	if (err) {
		lose(link, now, strerror(-err));
		return;
	}
	link->ask_at = now;
}

/* A reply; NULL where @line is none that says yes. */
static json_t *reply_of(const char *line, size_t len)
{
	json_t *json = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);

	if (json_is_true(json_object_get(json, "ok")))
		return json;
	json_decref(json);
	return NULL;
}

static enum view_link_result read_events(struct view_link *link, int64_t now,
					 struct view_model *model)
{
	enum view_link_result result = VIEW_LINK_IDLE;
	const char *line;
	json_t *reply;
	size_t len;
	int n;

	for (int i = 0; i < VIEW_LINES_AT_ONCE; i++) {
		n = client_line(link->watch, &line, &len);
		if (n == -EAGAIN)
			return result;
		if (n <= 0) {
			lose(link, now, n ? strerror(-n) : "the daemon has ended");
			return VIEW_LINK_NEWS;
		}
		result = VIEW_LINK_NEWS;
		if (link->watching) {
			view_model_add(model, line, len);
			continue;
		}
		reply = reply_of(line, len);
		if (!reply) {
			lose(link, now, "the daemon's reply is none that this version knows");
			return result;
		}
		json_decref(reply);
		link->watching = true;
		link->why[0] = '\0';
		return VIEW_LINK_BEGUN;
	}
	return VIEW_LINK_MORE;
}

static enum view_link_result read_status(struct view_link *link, int64_t now)
{
	const char *line;
	size_t len;
	int n = client_line(link->status, &line, &len);

	if (n == -EAGAIN)
		return VIEW_LINK_IDLE;
	if (n <= 0) {
		lose(link, now, n ? strerror(-n) : "the daemon has ended");
		return VIEW_LINK_NEWS;
	}
	json_decref(link->last);
	link->last = reply_of(line, len);
	link->asked = link->silent = false;
	link->ask_at = now + VIEW_STATUS_EVERY;
	return VIEW_LINK_NEWS;
}

static enum view_link_result ask_status(struct view_link *link, int64_t now)
{
	int err;

	if (link->asked) {
		if (link->silent || now - link->asked_at < VIEW_STATUS_PATIENCE)
			return VIEW_LINK_IDLE;
		link->silent = true;
		return VIEW_LINK_NEWS;
	}
	if (now < link->ask_at)
		return VIEW_LINK_IDLE;
	err = send_request(link->status, "status");
	if (err) {
		lose(link, now, err == -EPIPE ? "the daemon has ended" : strerror(-err));
		return VIEW_LINK_NEWS;
	}
	link->asked = true;
	link->asked_at = now;
	return VIEW_LINK_IDLE;
}

enum view_link_result view_link_turn(struct view_link *link, int64_t now, struct view_model *model)
{
	enum view_link_result result, other = VIEW_LINK_IDLE;

	if (!link->watch) {
		if (now < link->try_at)
			return VIEW_LINK_IDLE;
		begin(link, now);
		if (!link->watch)
			return VIEW_LINK_NEWS;
	}
	result = read_events(link, now, model);
	if (link->status && result != VIEW_LINK_BEGUN)
		other = read_status(link, now);
	if (link->status && result != VIEW_LINK_BEGUN && !other)
		other = ask_status(link, now);
	return result ? result : other;
}

int view_link_fds(const struct view_link *link, struct pollfd fds[2])
{
	if (!link->watch)
		return 0;
	fds[0] = (struct pollfd){ .fd = client_fd(link->watch), .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = client_fd(link->status), .events = POLLIN };
	return 2;
}
