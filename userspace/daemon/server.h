/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's side of the control socket (request.h). No client can make another, or the daemon,
 * wait: nothing blocks, each client has its own bounded queues, and lines that go to many are kept
 * once.
 */
#ifndef INTERDICT_SERVER_H
#define INTERDICT_SERVER_H

#include <stddef.h>
#include <stdint.h>
#include <jansson.h>
#include <systemd/sd-event.h>

#include "request.h"

/* Connections at once; root's alone, so a bound on mistakes. */
#define SERVER_CLIENTS_MAX 1000
/* Lines that wait for one client; a watcher misses what comes on top. */
#define SERVER_QUEUE_MAX 4096
/* Seconds that a connection may take over a request before it is closed. */
#define SERVER_PATIENCE 30

struct server;

/*
 * A request of @client came. Answer it with server_reply(), now or later. REQUEST_WATCH is
 * answered by the server itself.
 */
typedef void (*server_request_fn)(void *ctx, struct server *server, uint64_t client,
				  const struct request *request);

struct server_stats {
	uint64_t clients;
	uint64_t watchers;
	uint64_t missed;  /* events, summed over all watchers there ever were */
	uint64_t refused; /* connections: not root, or too many */
};

/*
 * Listen at @path (a stale socket there is replaced). Returns 0 and sets *@ret (free with
 * server_close()), or -errno: -ENAMETOOLONG, -ENOMEM, or of bind.
 */
int server_open(sd_event *loop, const char *path, server_request_fn request, void *ctx,
		struct server **ret);
/* Sends what can be sent without waiting, closes all connections, removes the socket. */
void server_close(struct server *server);

/* Send @reply (stolen), "v" added, to @client; nothing where it is gone. */
void server_reply(struct server *server, uint64_t client, json_t *reply);

/* A reply that says no: {"ok":false,"exit":..,"error":..}. NULL: no memory. */
json_t *server_error(int exit_status, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Send a line (with newline, copied) to all watchers. */
void server_broadcast(struct server *server, const char *line, size_t len);

void server_get_stats(const struct server *server, struct server_stats *stats);

/* For tests: the user ID that may connect. */
void server_set_uid(struct server *server, uint32_t uid);

#endif
