// SPDX-License-Identifier: GPL-2.0-or-later
#include "client.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "commands.h"
#include "escape.h"
#include "daemon/request.h"

struct client {
	int fd;
	size_t begin, end; /* of what came and was not given out */
	char in[REQUEST_REPLY_MAX];
};

int client_open(const char *path, struct client **ret, char why[CLIENT_WHY_LEN])
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct client *client;
	int err;

	if (strlen(path) >= sizeof(addr.sun_path)) {
		snprintf(why, CLIENT_WHY_LEN, "the socket's path is too long");
		return -ENAMETOOLONG;
	}
	strcpy(addr.sun_path, path);
	client = calloc(1, sizeof(*client));
	if (!client) {
		snprintf(why, CLIENT_WHY_LEN, "out of memory");
		return -ENOMEM;
	}
	client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (client->fd >= 0 && connect(client->fd, (struct sockaddr *)&addr, sizeof(addr)) == 0) {
		*ret = client;
		return 0;
	}
	err = -errno;
	/* A kernel without sockets, or without local ones. */
	if (client->fd < 0 && (err == -ENOSYS || err == -EAFNOSUPPORT))
		err = -ENOENT;
	if (err == -ENOENT || err == -ECONNREFUSED)
		snprintf(why, CLIENT_WHY_LEN, "no daemon is running (nobody listens at %.128s)",
			 path);
	else
		snprintf(why, CLIENT_WHY_LEN, "cannot connect to %.128s: %s", path, strerror(-err));
	client_close(client);
	return err;
}

void client_close(struct client *client)
{
	if (!client)
		return;
	if (client->fd >= 0)
		close(client->fd);
	free(client);
}

int client_line(struct client *client, const char **line, size_t *len)
{
	for (;;) {
		char *from = client->in + client->begin;
		char *newline = memchr(from, '\n', client->end - client->begin);
		ssize_t n;

		if (newline) {
			*line = from;
			*len = (size_t)(newline - from);
			client->begin += *len + 1;
			return 1;
		}
		memmove(client->in, from, client->end - client->begin);
		client->end -= client->begin;
		client->begin = 0;
		if (client->end == sizeof(client->in))
			return -EBADMSG;
		n = recv(client->fd, client->in + client->end, sizeof(client->in) - client->end, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != ECONNRESET)
			return -errno;
		if (n <= 0)
			return 0;
		client->end += (size_t)n;
	}
}

static int send_all(int fd, const char *text, size_t len)
{
	while (len) {
		ssize_t n = send(fd, text, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

int client_fd(const struct client *client)
{
	return client->fd;
}

int client_set_nonblocking(struct client *client)
{
	int flags = fcntl(client->fd, F_GETFL);

	return flags < 0 || fcntl(client->fd, F_SETFL, flags | O_NONBLOCK) < 0 ? -errno : 0;
}

int client_send(struct client *client, json_t *request)
{
	char *text = NULL;
	size_t len;
	int err;

	if (json_object_set_new(request, "v", json_integer(REQUEST_VERSION)) == 0)
		text = json_dumps(request, JSON_COMPACT);
	if (!text)
		return -ENOMEM;
	len = strlen(text);
	text[len] = '\n';
	err = send_all(client->fd, text, len + 1);
	free(text);
	return err;
}

int client_call(struct client *client, json_t *request, json_t **reply, char why[CLIENT_WHY_LEN])
{
	const char *line = NULL;
	json_t *json;
	size_t len = 0;
	int err = client_send(client, request);

	if (err == -ENOMEM) {
		snprintf(why, CLIENT_WHY_LEN, "out of memory");
		return err;
	}
	/* A daemon that refused the connection may have closed it already, without a word. */
	if (!err || err == -EPIPE)
		err = client_line(client, &line, &len);
	if (err <= 0) {
		snprintf(why, CLIENT_WHY_LEN, "%s",
			 err ? strerror(-err) :
			       "the daemon closed the connection (it ended, or you are not root)");
		return err ? err : -EPIPE;
	}
	json = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(json) || json_integer_value(json_object_get(json, "v")) != 1 ||
	    !json_is_boolean(json_object_get(json, "ok"))) {
		json_decref(json);
		snprintf(why, CLIENT_WHY_LEN, "the daemon's reply is none that this version knows");
		return -EBADMSG;
	}
	*reply = json;
	return 0;
}

int client_request(const char *path, json_t *request, json_t **reply, char why[CLIENT_WHY_LEN])
{
	struct client *client = NULL;
	int err = client_open(path, &client, why);

	if (!client)
		return err;
	err = client_call(client, request, reply, why);
	client_close(client);
	return err;
}

int client_reply_status(const char *verb, const json_t *reply, FILE *out)
{
	const char *error = json_string_value(json_object_get(reply, "error"));
	json_int_t status = json_integer_value(json_object_get(reply, "exit"));
	json_t *item;
	char before[64];
	size_t i;

	json_array_foreach(json_object_get(reply, "problems"), i, item) if (json_is_string(item))
		escape_print(out, "", json_string_value(item));
	if (json_is_true(json_object_get(reply, "ok")))
		return EXIT_DONE;
	snprintf(before, sizeof(before), "interdict %s: ", verb);
	escape_print(out, before, error ? error : "refused by the daemon");
	return status > 0 && status < 126 ? (int)status : EXIT_FAILED;
}
