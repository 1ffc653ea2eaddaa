/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A connection to the control socket, and the lines that wait to be sent to it: private to
 * server.c, which says what comes over it. */
#ifndef INTERDICT_SERVER_CLIENT_H
#define INTERDICT_SERVER_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "server.h"

/* A line that is to be sent, shared by the queues that it is in. */
struct server_line;

struct server_client {
	struct server_client *next;
	struct server *server;
	uint64_t id;
	int fd; /* -1: it is dead */
	sd_event_source *source;
	char *in; /* REQUEST_LINE_MAX + 1 bytes while a request is coming, else NULL */
	size_t in_len;
	struct server_line **queue; /* SERVER_QUEUE_MAX pointers, a ring */
	size_t head, count;
	size_t sent;	 /* bytes of the line at the head */
	uint64_t missed; /* not yet told */
	bool watching;
	bool asked;	/* a reply is due */
	bool eof;	/* it will send nothing more */
	bool closing;	/* close when the queue is empty */
	uint64_t since; /* CLOCK_MONOTONIC, us: when the last reply was due or sent */
};

/* A copy of @data, with one reference. NULL: no memory. */
struct server_line *server_line_new(const char *data, size_t len);
void server_line_unref(struct server_line *line);

/*
 * Have @handler called, with the client, for what happens on @fd, which is the client's from then
 * on. Returns 0 and sets *@ret (server_client_free()); -ENOMEM; -errno of epoll_ctl().
 */
int server_client_new(sd_event *loop, int fd, sd_event_io_handler_t handler,
		      struct server_client **ret);
/* @client: dead, and in no list. */
void server_client_free(struct server_client *client);

/* Out of epoll and closed at once; the caller frees it later, as others may still look at it. */
void server_client_kill(struct server_client *client);
bool server_client_is_dead(const struct server_client *client);

/* Wait for what it may say now, and for room where something is to be sent. */
void server_client_poll(struct server_client *client);

/* Queue @line, which takes a reference. Returns whether there was room. */
bool server_client_push(struct server_client *client, struct server_line *line);

/* Send what the socket takes; kills a client that is gone, or that nothing more is due to. */
void server_client_send(struct server_client *client);

#endif
