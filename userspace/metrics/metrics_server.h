/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GET /metrics over HTTP/1.1 (RFC 9112) on a local socket, for scrapers without the textfile
 * collector. One request a connection; a few connections at a time, which are closed when they do
 * not ask, or do not read, for some seconds. What is asked beside the first line is not looked at.
 */
#ifndef INTERDICT_METRICS_SERVER_H
#define INTERDICT_METRICS_SERVER_H

#include <stddef.h>
#include <systemd/sd-event.h>

#define METRICS_CLIENTS_MAX 8
/* Bytes of a request with its headers. */
#define METRICS_REQUEST_MAX 4096
/* Seconds from connecting to the last byte of the reply. */
#define METRICS_PATIENCE 5

struct metrics_server;

/* The text to reply with, as metrics_text(). */
typedef int (*metrics_text_fn)(void *ctx, char **text, size_t *len);

/* Listen at @path, which everybody may connect to. Returns 0 and *@ret (metrics_server_close()), or
 * -errno. */
int metrics_server_open(sd_event *loop, const char *path, metrics_text_fn text, void *ctx,
			struct metrics_server **ret);
void metrics_server_close(struct metrics_server *server);

#endif
