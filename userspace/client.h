/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The verbs' side of the control socket. The protocol is in userspace/daemon/request.h.
 */
#ifndef INTERDICT_CLIENT_H
#define INTERDICT_CLIENT_H

#include <stddef.h>
#include <stdio.h>
#include <jansson.h>

#define CLIENT_WHY_LEN 256

struct client;

/*
 * Connect to the daemon's socket at @path. Returns 0 and sets *@ret (free with client_close());
 * -ENOENT or -ECONNREFUSED: no daemon is running; another -errno. On an error @why is a sentence.
 */
int client_open(const char *path, struct client **ret, char why[CLIENT_WHY_LEN]);
void client_close(struct client *client);

/*
 * Send @request (borrowed; "v" is added) and wait for its reply, a JSON object that the caller
 * frees with json_decref(). A reply has "ok"; where that is false it has "exit" (an exit status of
 * commands.h) and "error" (a sentence), and maybe "problems" (an array of lines).
 * Returns 0, -EPIPE where the daemon ended, -EBADMSG where it did not speak the protocol, or
 * another -errno; then @why is a sentence.
 */
int client_call(struct client *client, json_t *request, json_t **reply, char why[CLIENT_WHY_LEN]);

/*
 * The next line that the daemon sends after a reply to "watch", without its newline, in a buffer
 * of @client that lasts until the next call. Returns 1 and sets *@line and *@len; 0 when the
 * daemon has ended; -EBADMSG where a line is longer than any; another -errno.
 */
int client_line(struct client *client, const char **line, size_t *len);

/*
 * For those who have more to do than to wait: client_line() then returns -EAGAIN where nothing is
 * there, client_fd() is to be polled for reading, and client_send() is client_call() without the
 * waiting for a reply, which is the next line. Both return 0 or -errno.
 */
int client_set_nonblocking(struct client *client);
int client_send(struct client *client, json_t *request);
int client_fd(const struct client *client);

/* Connect, call, close. Returns as client_open() and client_call(). */
int client_request(const char *path, json_t *request, json_t **reply, char why[CLIENT_WHY_LEN]);

/*
 * Print what a reply complains about, the problems and the error, each as a line to @out, and give
 * the exit status that it asks for.
 */
int client_reply_status(const char *verb, const json_t *reply, FILE *out);

#endif
