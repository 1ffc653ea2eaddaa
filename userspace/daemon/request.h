/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control socket's protocol: a stream socket, owner root, mode 0600; the peer's user ID is
 * checked as well. Both sides send lines of JSON, an object each.
 *
 *	{"v":1,"request":"status"}
 *	{"v":1,"request":"load","path":"/etc/interdict/policy","allow_critical":false}
 *	{"v":1,"request":"unload","token":"/root/unload.token"}
 *	{"v":1,"request":"watch"}
 *
 * "path" is absolute; without it the configured policy is loaded. "token", absolute too, of load
 *and unload, is a file that allows it (token/token_file.h). Every reply has "v" and "ok":
 *
 *	{"v":1,"ok":true,...}
 *	{"v":1,"ok":false,"exit":4,"error":"a sentence",
 *	 "problems":["file:line:col: error: text",...]}
 *
 * A connection takes any number of requests, one after the other; a request that is sent before
 * the reply to the one before came is an error. After the reply to "watch" the daemon sends events,
 * the very lines of the record, and no more requests are taken. A reader that does not keep up
 * misses events, and finds in their place
 *
 *	{"v":1,"event":"missed","missed":17}
 *
 * A line that breaks these rules gets an error and the connection is closed.
 */
#ifndef INTERDICT_REQUEST_H
#define INTERDICT_REQUEST_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#define REQUEST_VERSION 1
/* Two paths of PATH_MAX bytes, each escaped as \u00xx, and the words around them. */
#define REQUEST_LINE_MAX (12 * PATH_MAX + 512)
/* A line that the daemon sends: replies with POLICY_ERRORS_MAX problems are the longest. */
#define REQUEST_REPLY_MAX (1U << 20)

enum request_kind {
	REQUEST_STATUS,
	REQUEST_LOAD,
	REQUEST_UNLOAD,
	REQUEST_WATCH,
	REQUEST_COUNT,
};

struct request {
	enum request_kind kind;
	bool allow_critical;
	char path[PATH_MAX];  /* absolute, or "" */
	char token[PATH_MAX]; /* the same */
};

/*
 * Parse @len bytes of one line, without its newline. Returns 0 and fills *@request; -EBADMSG with
 * *@why a sentence; -ENOMEM.
 */
int request_parse(const char *line, size_t len, struct request *request, const char **why);

#endif
