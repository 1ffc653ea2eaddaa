// SPDX-License-Identifier: GPL-2.0-or-later
#include "metrics_server.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "listen.h"

struct connection {
	struct metrics_server *server;
	int fd; /* -1: free */
	sd_event_source *source, *deadline;
	char request[METRICS_REQUEST_MAX];
	size_t len;
	char *reply; /* NULL: not asked yet */
	size_t reply_len, sent;
};

struct metrics_server {
	sd_event *loop;
	sd_event_source *source;
	int fd;
	char *path;
	metrics_text_fn text;
	void *ctx;
	struct connection connections[METRICS_CLIENTS_MAX];
};

static void hang_up(struct connection *c)
{
	sd_event_source_disable_unref(c->source);
	sd_event_source_disable_unref(c->deadline);
	if (c->fd >= 0)
		close(c->fd);
	free(c->reply);
	c->source = c->deadline = NULL;
	c->fd = -1;
	c->reply = NULL;
	c->len = c->reply_len = c->sent = 0;
}

/* ---- replies ---- */

static void reply(struct connection *c, const char *status, const char *headers, const char *body,
		  size_t len, bool head_only)
{
	FILE *out = open_memstream(&c->reply, &c->reply_len);

	if (!out)
		return;
	fprintf(out,
		"HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: %zu\r\n"
		"X-Content-Type-Options: nosniff\r\n%s\r\n",
		status, len, headers);
	if (!head_only)
		fwrite(body, 1, len, out);
	if (fclose(out)) {
		free(c->reply);
		c->reply = NULL;
	}
}

static void refuse(struct connection *c, const char *status, const char *headers)
{
	char body[64];
	int len = snprintf(body, sizeof(body), "%s\n", status);

	reply(c, status, headers, body, (size_t)len, false);
}

static void reply_metrics(struct connection *c, bool head_only)
{
	char *text = NULL;
	size_t len = 0;

	if (c->server->text(c->server->ctx, &text, &len)) {
		refuse(c, "503 Service Unavailable", "");
		return;
	}
	reply(c, "200 OK", "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n", text, len,
	      head_only);
	free(text);
}

/* Whether @line begins with @word and a space or its end. */
static bool is_word(const char *line, const char *word)
{
	size_t len = strlen(word);

	return !strncmp(line, word, len) && (line[len] == ' ' || line[len] == '?');
}

static void answer(struct connection *c)
{
	char *end = memchr(c->request, '\r', c->len);
	char line[METRICS_REQUEST_MAX + 1];
	bool head = false;
	const char *target;

	snprintf(line, sizeof(line), "%.*s", (int)(end ? end - c->request : 0), c->request);
	target = strchr(line, ' ');
	if (!target || !strstr(target, " HTTP/1.")) {
		refuse(c, "400 Bad Request", "");
		return;
	}
	target++;
	if (is_word(line, "HEAD"))
		head = true;
	if (!head && !is_word(line, "GET")) {
		refuse(c, "405 Method Not Allowed", "Allow: GET, HEAD\r\n");
		return;
	}
	if (is_word(target, "/metrics"))
		reply_metrics(c, head);
	else
		refuse(c, "404 Not Found", "");
}

/* ---- a connection ---- */

static void receive(struct connection *c)
{
	ssize_t n = recv(c->fd, c->request + c->len, sizeof(c->request) - c->len, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		hang_up(c);
		return;
	}
	c->len += (size_t)n;
	if (memmem(c->request, c->len, "\r\n\r\n", 4))
		answer(c);
	else if (c->len == sizeof(c->request))
		refuse(c, "431 Request Header Fields Too Large", "");
	else
		return;
	if (c->reply)
		sd_event_source_set_io_events(c->source, EPOLLOUT);
	else
		hang_up(c);
}

static void send_some(struct connection *c)
{
	ssize_t n = send(c->fd, c->reply + c->sent, c->reply_len - c->sent,
			 MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0)
		c->sent += (size_t)n;
	if (n < 0 || c->sent == c->reply_len)
		hang_up(c);
}

static int on_connection(sd_event_source *source, int fd, uint32_t revents, void *data)
{
	struct connection *c = data;

	(void)source;
	(void)fd;
	if (c->reply)
		send_some(c);
	else if (revents & EPOLLIN)
		receive(c);
	else
		hang_up(c);
	return 0;
}

static int on_deadline(sd_event_source *source, uint64_t now, void *data)
{
	(void)source;
	(void)now;
	hang_up(data);
	return 0;
}

static struct connection *find_free(struct metrics_server *server)
{
	for (size_t i = 0; i < METRICS_CLIENTS_MAX; i++)
		if (server->connections[i].fd < 0)
			return &server->connections[i];
	return NULL;
}

static int on_connect(sd_event_source *source, int listener, uint32_t revents, void *data)
{
	struct metrics_server *server = data;
	struct connection *c = find_free(server);
	int fd = listen_accept(listener);

	(void)source;
	(void)revents;
	if (fd < 0)
		return 0;
	if (!c) {
		close(fd);
		return 0;
	}
	c->server = server;
	c->fd = fd;
	if (sd_event_add_io(server->loop, &c->source, fd, EPOLLIN, on_connection, c) < 0 ||
	    sd_event_add_time_relative(server->loop, &c->deadline, CLOCK_MONOTONIC,
				       METRICS_PATIENCE * 1000000ULL, 0, on_deadline, c) < 0)
		hang_up(c);
	return 0;
}

int metrics_server_open(sd_event *loop, const char *path, metrics_text_fn text, void *ctx,
			struct metrics_server **ret)
{
	struct metrics_server *server = calloc(1, sizeof(*server));
	int err = -ENOMEM;

	if (!server)
		return -ENOMEM;
	server->loop = sd_event_ref(loop);
	server->text = text;
	server->ctx = ctx;
	server->fd = -1;
	for (size_t i = 0; i < METRICS_CLIENTS_MAX; i++)
		server->connections[i].fd = -1;
	server->path = strdup(path);
	if (server->path)
		err = server->fd = listen_at(path, 0666, METRICS_CLIENTS_MAX);
	if (err >= 0)
		err = sd_event_add_io(loop, &server->source, server->fd, EPOLLIN, on_connect,
				      server);
	if (err < 0) {
		metrics_server_close(server);
		return err;
	}
	*ret = server;
	return 0;
}

void metrics_server_close(struct metrics_server *server)
{
	if (!server)
		return;
	for (size_t i = 0; i < METRICS_CLIENTS_MAX; i++)
		hang_up(&server->connections[i]);
	sd_event_source_disable_unref(server->source);
	listen_end(server->fd, server->path);
	free(server->path);
	sd_event_unref(server->loop);
	free(server);
}
