// SPDX-License-Identifier: GPL-2.0-or-later
#include "server_client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* Lines in one system call. */
#define LINES_AT_ONCE 64

struct server_line {
	unsigned int refs;
	size_t len;
	char data[];
};

void server_line_unref(struct server_line *line)
{
	if (line && --line->refs == 0)
		free(line);
}

struct server_line *server_line_new(const char *data, size_t len)
{
	struct server_line *line = malloc(sizeof(*line) + len);

	if (!line)
		return NULL;
	line->refs = 1;
	line->len = len;
	memcpy(line->data, data, len);
	return line;
}

int server_client_new(sd_event *loop, int fd, sd_event_io_handler_t handler,
		      struct server_client **ret)
{
	struct server_client *client = calloc(1, sizeof(*client));
	int err = -ENOMEM;

	if (client)
		client->queue = calloc(SERVER_QUEUE_MAX, sizeof(struct server_line *));
	if (client && client->queue)
		err = sd_event_add_io(loop, &client->source, fd, EPOLLIN, handler, client);
	if (err < 0) {
		server_client_free(client);
		return err;
	}
	client->fd = fd;
	*ret = client;
	return 0;
}

void server_client_free(struct server_client *client)
{
	if (!client)
		return;
	free(client->in);
	free(client->queue);
	free(client);
}

void server_client_kill(struct server_client *client)
{
	if (server_client_is_dead(client))
		return;
	client->source = sd_event_source_disable_unref(client->source);
	close(client->fd);
	client->fd = -1;
	for (; client->count; client->count--) {
		server_line_unref(client->queue[client->head]);
		client->head = (client->head + 1) % SERVER_QUEUE_MAX;
	}
}

bool server_client_is_dead(const struct server_client *client)
{
	return client->fd < 0;
}

void server_client_poll(struct server_client *client)
{
	uint32_t events = 0;

	if (server_client_is_dead(client))
		return;
	if (!client->eof && !client->asked && !client->closing)
		events |= EPOLLIN;
	if (client->count || client->missed)
		events |= EPOLLOUT;
	sd_event_source_set_io_events(client->source, events);
}

bool server_client_push(struct server_client *client, struct server_line *line)
{
	if (client->count == SERVER_QUEUE_MAX)
		return false;
	client->queue[(client->head + client->count) % SERVER_QUEUE_MAX] = line;
	client->count++;
	line->refs++;
	return true;
}

/* Tell a watcher what it missed, once there is room for that and for events behind it. */
static void tell_missed(struct server_client *client)
{
	char text[80];
	struct server_line *line;
	int len;

	if (!client->missed || client->count > SERVER_QUEUE_MAX / 2)
		return;
	len = snprintf(text, sizeof(text), "{\"v\":1,\"event\":\"missed\",\"missed\":%llu}\n",
		       (unsigned long long)client->missed);
	line = server_line_new(text, (size_t)len);
	if (!line)
		return;
	if (server_client_push(client, line))
		client->missed = 0;
	server_line_unref(line);
}

/* Take @n bytes that were sent from the queue. */
static void pop_sent(struct server_client *client, size_t n)
{
	while (n) {
		struct server_line *line = client->queue[client->head];
		size_t left = line->len - client->sent;

		if (n < left) {
			client->sent += n;
			return;
		}
		n -= left;
		client->sent = 0;
		client->head = (client->head + 1) % SERVER_QUEUE_MAX;
		client->count--;
		server_line_unref(line);
	}
}

/* Send what the socket takes, many lines at a time. */
static ssize_t send_some(struct server_client *client)
{
	struct iovec parts[LINES_AT_ONCE];
	struct msghdr message = { .msg_iov = parts };

	while (message.msg_iovlen < LINES_AT_ONCE && message.msg_iovlen < client->count) {
		size_t i = message.msg_iovlen++;
		struct server_line *line = client->queue[(client->head + i) % SERVER_QUEUE_MAX];
		size_t skip = i ? 0 : client->sent;

		parts[i].iov_base = line->data + skip;
		parts[i].iov_len = line->len - skip;
	}
	return sendmsg(client->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void server_client_send(struct server_client *client)
{
	while (!server_client_is_dead(client)) {
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
			server_client_kill(client);
		break;
	}
	if (!client->count &&
	    (client->closing || (client->eof && !client->asked && !client->watching)))
		server_client_kill(client);
	server_client_poll(client);
}
