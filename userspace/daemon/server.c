// SPDX-License-Identifier: GPL-2.0-or-later
#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "commands.h"

/* Lines in one system call. */
#define LINES_AT_ONCE 64

/* A line that is to be sent, shared by the queues that it is in. */
struct line {
	unsigned int refs;
	size_t len;
	char data[];
};

struct client {
	struct client *next;
	struct server *server;
	uint64_t id;
	int fd;
	sd_event_source *source;
	char *in; /* REQUEST_LINE_MAX + 1 bytes while a request is coming, else NULL */
	size_t in_len;
	struct line **queue; /* SERVER_QUEUE_MAX pointers, a ring */
	size_t head, count;
	size_t sent;	 /* bytes of the line at the head */
	uint64_t missed; /* not yet told */
	bool watching;
	bool asked;   /* a reply is due */
	bool eof;     /* it will send nothing more */
	bool closing; /* close when the queue is empty */
	bool dead;
	uint64_t since; /* CLOCK_MONOTONIC, us: when the last reply was due or sent */
};

struct server {
	sd_event *loop;
	sd_event_source *source;
	sd_event_source *timer;
	char *path;
	int fd;
	uint32_t uid;
	struct client *clients;
	uint64_t next_id;
	size_t n_clients;
	struct server_stats stats;
	server_request_fn request;
	void *ctx;
};

static void line_unref(struct line *line)
{
	if (line && --line->refs == 0)
		free(line);
}

static struct line *line_new(const char *data, size_t len)
{
	struct line *line = malloc(sizeof(*line) + len);

	if (!line)
		return NULL;
	line->refs = 1;
	line->len = len;
	memcpy(line->data, data, len);
	return line;
}

static uint64_t now_us(const struct server *server)
{
	uint64_t now = 0;

	sd_event_now(server->loop, CLOCK_MONOTONIC, &now);
	return now;
}

/* Out of epoll and closed at once; freed by reap(), as callers may still look at it. */
static void client_kill(struct client *client)
{
	if (client->dead)
		return;
	client->dead = true;
	client->source = sd_event_source_disable_unref(client->source);
	close(client->fd);
	client->fd = -1;
	for (; client->count; client->count--) {
		line_unref(client->queue[client->head]);
		client->head = (client->head + 1) % SERVER_QUEUE_MAX;
	}
}

static void reap(struct server *server)
{
	struct client **at = &server->clients;

	while (*at) {
		struct client *client = *at;

		if (!client->dead) {
			at = &client->next;
			continue;
		}
		*at = client->next;
		server->n_clients--;
		free(client->in);
		free(client->queue);
		free(client);
	}
}

static void client_poll(struct client *client)
{
	uint32_t events = 0;

	if (client->dead)
		return;
	if (!client->eof && !client->asked && !client->closing)
		events |= EPOLLIN;
	if (client->count || client->missed)
		events |= EPOLLOUT;
	sd_event_source_set_io_events(client->source, events);
}

static bool push(struct client *client, struct line *line)
{
	if (client->count == SERVER_QUEUE_MAX)
		return false;
	client->queue[(client->head + client->count) % SERVER_QUEUE_MAX] = line;
	client->count++;
	line->refs++;
	return true;
}

/* Tell a watcher what it missed, once there is room for that and for events behind it. */
static void tell_missed(struct client *client)
{
	char text[80];
	struct line *line;
	int len;

	if (!client->missed || client->count > SERVER_QUEUE_MAX / 2)
		return;
	len = snprintf(text, sizeof(text), "{\"v\":1,\"event\":\"missed\",\"missed\":%llu}\n",
		       (unsigned long long)client->missed);
	line = line_new(text, (size_t)len);
	if (!line)
		return;
	if (push(client, line))
		client->missed = 0;
	line_unref(line);
}

/* Take @n bytes that were sent from the queue. */
static void pop_sent(struct client *client, size_t n)
{
	while (n) {
		struct line *line = client->queue[client->head];
		size_t left = line->len - client->sent;

		if (n < left) {
			client->sent += n;
			return;
		}
		n -= left;
		client->sent = 0;
		client->head = (client->head + 1) % SERVER_QUEUE_MAX;
		client->count--;
		line_unref(line);
	}
}

/* Send what the socket takes, many lines at a time. */
static ssize_t send_some(struct client *client)
{
	struct iovec parts[LINES_AT_ONCE];
	struct msghdr message = { .msg_iov = parts };

	while (message.msg_iovlen < LINES_AT_ONCE && message.msg_iovlen < client->count) {
		size_t i = message.msg_iovlen++;
		struct line *line = client->queue[(client->head + i) % SERVER_QUEUE_MAX];
		size_t skip = i ? 0 : client->sent;

		parts[i].iov_base = line->data + skip;
		parts[i].iov_len = line->len - skip;
	}
	return sendmsg(client->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void client_send(struct client *client)
{
	while (!client->dead) {
		ssize_t n;

		tell_missed(client);
		if (!client->count)
			break;
		n = send_some(client);
		if (n >= 0) {
			pop_sent(client, (size_t)n);
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			client_kill(client);
		break;
	}
	if (!client->count &&
	    (client->closing || (client->eof && !client->asked && !client->watching)))
		client_kill(client);
	client_poll(client);
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
static void reply_to(struct client *client, json_t *reply)
{
	json_t *full = json_pack("{s:i}", "v", REQUEST_VERSION);
	char *text = NULL;
	struct line *line = NULL;
	size_t len = 0;

	if (full && reply && json_object_update(full, reply) == 0)
		text = json_dumps(full, JSON_COMPACT);
	json_decref(full);
	json_decref(reply);
	if (text)
		len = strlen(text);
	if (text && len + 1 < REQUEST_REPLY_MAX) {
		text[len] = '\n';
		line = line_new(text, len + 1);
	}
	free(text);
	client->asked = false;
	client->since = now_us(client->server);
	if (line)
		push(client, line);
	else
		client_kill(client);
	line_unref(line);
}

static struct client *find_client(struct server *server, uint64_t id)
{
	for (struct client *client = server->clients; client; client = client->next)
		if (client->id == id && !client->dead)
			return client;
	return NULL;
}

void server_reply(struct server *server, uint64_t id, json_t *reply)
{
	struct client *client = find_client(server, id);

	if (!client) {
		json_decref(reply);
		return;
	}
	reply_to(client, reply);
	client_poll(client);
}

static void take_request(struct client *client, const char *text, size_t len)
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

static void refuse_line(struct client *client, const char *why)
{
	client->closing = true;
	reply_to(client, server_error(EXIT_USAGE, "%s", why));
}

/* One request of what came; the next is not looked at before this one has its reply. */
static void client_receive(struct client *client)
{
	char *newline;
	ssize_t n;

	if (!client->in) {
		client->in = malloc(REQUEST_LINE_MAX + 1);
		client->in_len = 0;
		if (!client->in) {
			client_kill(client);
			return;
		}
	}
	n = recv(client->fd, client->in + client->in_len, REQUEST_LINE_MAX + 1 - client->in_len,
		 MSG_DONTWAIT);
	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR)
			client_kill(client);
		return;
	}
	if (n == 0) {
		client->eof = true;
		client_send(client);
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
	struct client *client = data;
	struct server *server = client->server;

	(void)source;
	(void)fd;
	if (revents & EPOLLIN)
		client_receive(client);
	if (!client->dead && (revents & (EPOLLERR | EPOLLHUP)) && !(revents & EPOLLIN))
		client_kill(client);
	if (!client->dead)
		client_send(client);
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
	struct client *client;
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)source;
	(void)revents;
	if (fd < 0)
		return 0;
	client = calloc(1, sizeof(*client));
	if (server->n_clients >= SERVER_CLIENTS_MAX || !is_allowed(server, fd) || !client)
		goto refuse;
	client->queue = calloc(SERVER_QUEUE_MAX, sizeof(struct line *));
	if (!client->queue ||
	    sd_event_add_io(server->loop, &client->source, fd, EPOLLIN, on_client, client) < 0)
		goto refuse;
	client->fd = fd;
	client->id = ++server->next_id;
	client->server = server;
	client->since = now_us(server);
	client->next = server->clients;
	server->clients = client;
	server->n_clients++;
	return 0;
refuse:
	server->stats.refused++;
	if (client)
		free(client->queue);
	free(client);
	close(fd);
	return 0;
}

/* Close connections that do not ask. */
static int on_timer(sd_event_source *source, uint64_t now, void *data)
{
	struct server *server = data;

	for (struct client *client = server->clients; client; client = client->next)
		if (!client->watching && !client->asked &&
		    client->since + SERVER_PATIENCE * 1000000ULL < now)
			client_kill(client);
	reap(server);
	sd_event_source_set_time(source, now + SERVER_PATIENCE * 1000000ULL / 2);
	return 0;
}

void server_broadcast(struct server *server, const char *text, size_t len)
{
	struct line *line = NULL;

	for (struct client *client = server->clients; client; client = client->next) {
		if (!client->watching || client->dead)
			continue;
		if (!line)
			line = line_new(text, len);
		if (client->missed || !line || !push(client, line)) {
			client->missed++;
			server->stats.missed++;
		}
		/* Behind others it is sent when the socket has room; see client_poll(). */
		if (client->count == 1)
			client_send(client);
		else
			client_poll(client);
	}
	line_unref(line);
}

void server_get_stats(const struct server *server, struct server_stats *stats)
{
	*stats = server->stats;
	for (const struct client *client = server->clients; client; client = client->next) {
		stats->clients++;
		stats->watchers += client->watching;
	}
}

void server_set_uid(struct server *server, uint32_t uid)
{
	server->uid = uid;
}

static int listen_at(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct stat st;
	int fd, err;
	mode_t mask;

	if (strlen(path) >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	strcpy(addr.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	/* What a killed daemon left; nothing but a socket. */
	if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode))
		unlink(path);
	mask = umask(0177);
	err = bind(fd, (struct sockaddr *)&addr, sizeof(addr));
	umask(mask);
	if (err < 0 || listen(fd, 64) < 0) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
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
	server->fd = listen_at(path);
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
	for (struct client *client = server->clients; client; client = client->next) {
		client_send(client);
		client_kill(client);
	}
	reap(server);
	sd_event_source_disable_unref(server->timer);
	sd_event_source_disable_unref(server->source);
	if (server->fd >= 0) {
		unlink(server->path);
		close(server->fd);
	}
	free(server->path);
	sd_event_unref(server->loop);
	free(server);
}
