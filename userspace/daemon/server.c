// SPDX-License-Identifier: GPL-2.0-or-later
#include "server.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "commands.h"
#include "listen.h"
#include "server_client.h"

/* Connections that wait to be accepted. */
#define BACKLOG 64

struct server {
	sd_event *loop;
	sd_event_source *source;
	sd_event_source *timer;
	char *path;
	int fd;
	uint32_t uid;
	struct server_client *clients;
	uint64_t next_id;
	size_t n_clients;
	struct server_stats stats;
	server_request_fn request;
	void *ctx;
};

static uint64_t now_us(const struct server *server)
{
	uint64_t now = 0;

	sd_event_now(server->loop, CLOCK_MONOTONIC, &now);
	return now;
}

static void reap(struct server *server)
{
	struct server_client **at = &server->clients;

	while (*at) {
		struct server_client *client = *at;

		if (!server_client_is_dead(client)) {
			at = &client->next;
			continue;
		}
		*at = client->next;
		server->n_clients--;
		server_client_free(client);
	}
}

json_t *server_error(int exit_status, const char *fmt, ...)
{
	char text[1024];
	json_t *json;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	json = json_pack("{s:b, s:i, s:s}", "ok", 0, "exit", exit_status, "error", text);
	if (!json)
		json = json_pack("{s:b, s:i, s:s}", "ok", 0, "exit", exit_status, "error",
				 "failed, for a reason that is not UTF-8");
	return json;
}

/* Queue a reply (stolen). The queue of a client that waits for one has room. */
static void reply_to(struct server_client *client, json_t *reply)
{
	json_t *full = json_pack("{s:i}", "v", REQUEST_VERSION);
	char *text = NULL;
	struct server_line *line = NULL;
	size_t len = 0;

	if (full && reply && json_object_update(full, reply) == 0)
		text = json_dumps(full, JSON_COMPACT);
	json_decref(full);
	json_decref(reply);
	if (text)
		len = strlen(text);
	if (text && len + 1 < REQUEST_REPLY_MAX) {
		text[len] = '\n';
		line = server_line_new(text, len + 1);
	}
	free(text);
	client->asked = false;
	client->since = now_us(client->server);
	if (line)
		server_client_push(client, line);
	else
		server_client_kill(client);
	server_line_unref(line);
}

static struct server_client *find_client(struct server *server, uint64_t id)
{
	for (struct server_client *client = server->clients; client; client = client->next)
		if (client->id == id && !server_client_is_dead(client))
			return client;
	return NULL;
}

void server_reply(struct server *server, uint64_t id, json_t *reply)
{
	struct server_client *client = find_client(server, id);

	if (!client) {
		json_decref(reply);
		return;
	}
	reply_to(client, reply);
	server_client_poll(client);
}

static void take_request(struct server_client *client, const char *text, size_t len)
{
	struct request request;
	const char *why;
	int err = request_parse(text, len, &request, &why);

	client->asked = true;
	if (err) {
		client->closing = true;
		reply_to(client,
			 server_error(EXIT_USAGE, "%s", err == -ENOMEM ? "out of memory" : why));
	} else if (request.kind == REQUEST_WATCH) {
		reply_to(client, json_pack("{s:b}", "ok", 1));
		client->watching = true;
	} else {
		client->server->request(client->server->ctx, client->server, client->id, &request);
	}
}

static void refuse_line(struct server_client *client, const char *why)
{
	client->closing = true;
	reply_to(client, server_error(EXIT_USAGE, "%s", why));
}

/* One request of what came; the next is not looked at before this one has its reply. */
static void client_receive(struct server_client *client)
{
	char *newline;
	ssize_t n;

	if (!client->in) {
		client->in = malloc(REQUEST_LINE_MAX + 1);
		client->in_len = 0;
		if (!client->in) {
			server_client_kill(client);
			return;
		}
	}
	n = recv(client->fd, client->in + client->in_len, REQUEST_LINE_MAX + 1 - client->in_len,
		 MSG_DONTWAIT);
	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR)
			server_client_kill(client);
		return;
	}
	if (n == 0) {
		client->eof = true;
		server_client_send(client);
		return;
	}
	if (client->watching) {
		client->watching = false;
		refuse_line(client, "a connection that watches takes no more requests");
		return;
	}
	client->in_len += (size_t)n;
	newline = memchr(client->in, '\n', client->in_len);
	if (newline && newline + 1 < client->in + client->in_len) {
		refuse_line(client, "a request was sent before the reply to the one before");
	} else if (newline) {
		take_request(client, client->in, (size_t)(newline - client->in));
		free(client->in);
		client->in = NULL;
	} else if (client->in_len > REQUEST_LINE_MAX) {
		refuse_line(client, "a request is longer than any can be");
	}
}

static int on_client(sd_event_source *source, int fd, uint32_t revents, void *data)
{
	struct server_client *client = data;
	struct server *server = client->server;

	(void)source;
	(void)fd;
	if (revents & EPOLLIN)
		client_receive(client);
	if (!server_client_is_dead(client) && (revents & (EPOLLERR | EPOLLHUP)) &&
	    !(revents & EPOLLIN))
		server_client_kill(client);
	if (!server_client_is_dead(client))
		server_client_send(client);
	reap(server);
	return 0;
}

static bool is_allowed(const struct server *server, int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 && peer.uid == server->uid;
}

static int on_connect(sd_event_source *source, int listener, uint32_t revents, void *data)
{
	struct server *server = data;
	struct server_client *client;
	int fd = listen_accept(listener);

	(void)source;
	(void)revents;
	if (fd < 0)
		return 0;
	if (server->n_clients >= SERVER_CLIENTS_MAX || !is_allowed(server, fd) ||
	    server_client_new(server->loop, fd, on_client, &client)) {
		server->stats.refused++;
		close(fd);
		return 0;
	}
	client->id = ++server->next_id;
	client->server = server;
	client->since = now_us(server);
	client->next = server->clients;
	server->clients = client;
	server->n_clients++;
	return 0;
}

/* Close connections that do not ask. */
static int on_timer(sd_event_source *source, uint64_t now, void *data)
{
	struct server *server = data;

	for (struct server_client *client = server->clients; client; client = client->next)
		if (!client->watching && !client->asked &&
		    client->since + SERVER_PATIENCE * 1000000ULL < now)
			server_client_kill(client);
	reap(server);
	sd_event_source_set_time(source, now + SERVER_PATIENCE * 1000000ULL / 2);
	return 0;
}

void server_broadcast(struct server *server, const char *text, size_t len)
{
	struct server_line *line = NULL;

	for (struct server_client *client = server->clients; client; client = client->next) {
		if (!client->watching || server_client_is_dead(client))
			continue;
		if (!line)
			line = server_line_new(text, len);
		if (client->missed || !line || !server_client_push(client, line)) {
			client->missed++;
			server->stats.missed++;
		}
		/* Behind others it is sent when the socket has room; see server_client_poll(). */
		if (client->count == 1)
			server_client_send(client);
		else
			server_client_poll(client);
	}
	server_line_unref(line);
}

void server_get_stats(const struct server *server, struct server_stats *stats)
{
	*stats = server->stats;
	for (const struct server_client *client = server->clients; client; client = client->next) {
		stats->clients++;
		stats->watchers += client->watching;
	}
}

void server_set_uid(struct server *server, uint32_t uid)
{
	server->uid = uid;
}

int server_open(sd_event *loop, const char *path, server_request_fn request, void *ctx,
		struct server **ret)
{
	struct server *server = calloc(1, sizeof(*server));
	int err = -ENOMEM;

	if (!server)
		return -ENOMEM;
	server->fd = -1;
	server->loop = sd_event_ref(loop);
	server->request = request;
	server->ctx = ctx;
	server->path = strdup(path);
	if (!server->path)
		goto out;
	server->fd = listen_at(path, 0600, BACKLOG);
	err = server->fd;
	if (err < 0)
		goto out;
	err = sd_event_add_io(loop, &server->source, server->fd, EPOLLIN, on_connect, server);
	if (err < 0)
		goto out;
	err = sd_event_add_time_relative(loop, &server->timer, CLOCK_MONOTONIC,
					 SERVER_PATIENCE * 1000000ULL, 1000000, on_timer, server);
	if (err < 0)
		goto out;
	err = sd_event_source_set_enabled(server->timer, SD_EVENT_ON);
	if (err < 0)
		goto out;
	*ret = server;
	return 0;
out:
	server_close(server);
	return err;
}

void server_close(struct server *server)
{
	if (!server)
		return;
	for (struct server_client *client = server->clients; client; client = client->next) {
		server_client_send(client);
		server_client_kill(client);
	}
	reap(server);
	sd_event_source_disable_unref(server->timer);
	sd_event_source_disable_unref(server->source);
	listen_end(server->fd, server->path);
	free(server->path);
	sd_event_unref(server->loop);
	free(server);
}
