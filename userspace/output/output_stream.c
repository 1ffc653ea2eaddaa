// SPDX-License-Identifier: GPL-2.0-or-later
/* How messages get to a server: a local datagram socket, TCP, or TLS over it. */
#include "output_syslog.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Digits of a message's length, and the blank behind them. */
#define FRAME_MAX 24

struct stream {
	struct output *output;
	const struct output_config *config;
	int fd;
	struct tls *tls;
};

static int complain(char why[OUTPUT_WHY_MAX], const struct output_config *config, int err)
{
	snprintf(why, OUTPUT_WHY_MAX, "%.128s: %s", config->to,
		 err == -ETIMEDOUT ? "takes nothing" : strerror(-err));
	return err;
}

static int connect_local(struct stream *stream)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	stream->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (stream->fd < 0)
		return -errno;
	memcpy(addr.sun_path, stream->config->to, strlen(stream->config->to) + 1);
	return connect(stream->fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 ? -errno : 0;
}

/* Wait for the end of a connect(). */
static int connected(struct stream *stream, int64_t deadline)
{
	int value = 0, err = output_wait(stream->output, stream->fd, POLLOUT, deadline);
	socklen_t len = sizeof(value);

	if (!err && getsockopt(stream->fd, SOL_SOCKET, SO_ERROR, &value, &len) < 0)
		value = errno;
	return err ? err : -value;
}

static int connect_address(struct stream *stream, const struct addrinfo *at, int64_t deadline)
{
	unsigned int patience = OUTPUT_PATIENCE_MS;
	int on = 1, err;

	stream->fd = socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
			    at->ai_protocol);
	if (stream->fd < 0)
		return -errno;
	/* So that a server that is gone is noticed. */
	setsockopt(stream->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(stream->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &patience, sizeof(patience));
	err = connect(stream->fd, at->ai_addr, at->ai_addrlen) < 0 ? -errno : 0;
	if (err == -EINPROGRESS)
		err = connected(stream, deadline);
	if (err) {
		close(stream->fd);
		stream->fd = -1;
	}
	return err;
}

static int connect_tcp(struct stream *stream, char why[OUTPUT_WHY_MAX])
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
	int64_t deadline = output_deadline();
	struct addrinfo *found = NULL;
	int err = getaddrinfo(stream->config->host, stream->config->port, &hints, &found);

	if (err) {
		snprintf(why, OUTPUT_WHY_MAX, "%.128s: %s", stream->config->to,
			 err == EAI_SYSTEM ? strerror(errno) : gai_strerror(err));
		return -EHOSTUNREACH;
	}
	err = -EHOSTUNREACH;
	for (struct addrinfo *at = found; at && err && err != -ECANCELED; at = at->ai_next)
		err = connect_address(stream, at, deadline);
	freeaddrinfo(found);
	return err ? complain(why, stream->config, err) : 0;
}

int stream_open(struct output *output, const struct output_config *config, struct stream **ret,
		char why[OUTPUT_WHY_MAX])
{
	struct stream *stream = calloc(1, sizeof(*stream));
	int err;

	if (!stream)
		return -ENOMEM;
	*stream = (struct stream){ .output = output, .config = config, .fd = -1 };
	if (config->transport == OUTPUT_LOCAL) {
		err = connect_local(stream);
		if (err)
			complain(why, config, err);
	} else {
		err = connect_tcp(stream, why);
	}
	if (!err && config->transport == OUTPUT_TLS)
		err = tls_open(output, config, stream->fd, &stream->tls, why);
	if (err)
		stream_close(stream);
	else
		*ret = stream;
	return err;
}

static int send_all(struct stream *stream, const char *buf, size_t len, int64_t deadline)
{
	while (len) {
		ssize_t n = send(stream->fd, buf, len, MSG_NOSIGNAL);
		int err = 0;

		if (n >= 0) {
			buf += n;
			len -= (size_t)n;
		} else if (errno == EAGAIN) {
			err = output_wait(stream->output, stream->fd, POLLOUT, deadline);
		} else if (errno != EINTR) {
			err = -errno;
		}
		if (err)
			return err;
	}
	return 0;
}

/* A server that has hung up takes one more message into nowhere, if nobody looks. */
static int look_for_end(const struct stream *stream)
{
	char byte[64];
	ssize_t n;

	/* It has nothing to say: what comes is thrown away. */
	while ((n = recv(stream->fd, byte, sizeof(byte), MSG_DONTWAIT)) > 0)
		;
	if (!n)
		return -EPIPE;
	return errno == EAGAIN || errno == EINTR ? 0 : -errno;
}

int stream_send(struct stream *stream, const char *message, size_t len, char why[OUTPUT_WHY_MAX])
{
	int64_t deadline = output_deadline();
	char *frame;
	int n, err;

	if (stream->config->transport == OUTPUT_LOCAL) {
		err = send_all(stream, message, len, deadline);
		return err ? complain(why, stream->config, err) : 0;
	}
	frame = malloc(len + FRAME_MAX);
	if (!frame)
		return -ENOMEM;
	n = snprintf(frame, FRAME_MAX, "%zu ", len);
	memcpy(frame + n, message, len);
	len += (size_t)n;
	if (stream->tls) {
		err = tls_send(stream->tls, frame, len, why);
	} else {
		err = look_for_end(stream);
		if (!err)
			err = send_all(stream, frame, len, deadline);
		/* Of a stream no message is too long. */
		if (err)
			complain(why, stream->config, err == -EMSGSIZE ? -EIO : err);
	}
	free(frame);
	return err;
}

void stream_close(struct stream *stream)
{
	if (!stream)
		return;
	tls_close(stream->tls);
	if (stream->fd >= 0)
		close(stream->fd);
	free(stream);
}
