// SPDX-License-Identifier: GPL-2.0-or-later
/* The control socket: requests that are refused, clients that misbehave, readers that stop. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

#include "client.h"
#include "daemon/request.h"
#include "daemon/server.h"

#define SOCKET "build/unit/test_server.sock"

static const struct {
	const char *line;
	const char *why; /* NULL: it is right */
	enum request_kind kind;
} requests[] = {
	{ "{\"v\":1,\"request\":\"status\"}", NULL, REQUEST_STATUS },
	{ "{\"request\":\"watch\",\"v\":1}", NULL, REQUEST_WATCH },
	{ "{\"v\":1,\"request\":\"unload\"}", NULL, REQUEST_UNLOAD },
	{ "{\"v\":1,\"request\":\"load\"}", NULL, REQUEST_LOAD },
	{ "{\"v\":1,\"request\":\"load\",\"path\":\"/p\",\"allow_critical\":true}", NULL,
	  REQUEST_LOAD },
	{ "", "JSON object", 0 },
	{ "{", "JSON object", 0 },
	{ "[]", "JSON object", 0 },
	{ "null", "JSON object", 0 },
	{ "{\"v\":1,\"request\":\"status\"} x", "JSON object", 0 },
	{ "{\"v\":1,\"v\":1,\"request\":\"status\"}", "JSON object", 0 },
	{ "{\"v\":1,\"request\":\"st\xff\"}", "JSON object", 0 },
	{ "{\"v\":1,\"request\":\"load\",\"path\":\"/a\\u0000b\"}", "JSON object", 0 },
	{ "{}", "has \"v\"", 0 },
	{ "{\"request\":\"status\"}", "has \"v\"", 0 },
	{ "{\"v\":1}", "has \"v\"", 0 },
	{ "{\"v\":2,\"request\":\"status\"}", "different versions", 0 },
	{ "{\"v\":\"1\",\"request\":\"status\"}", "different versions", 0 },
	{ "{\"v\":1.0,\"request\":\"status\"}", "different versions", 0 },
	{ "{\"v\":1,\"request\":\"reboot\"}", "is not status", 0 },
	{ "{\"v\":1,\"request\":7}", "is not status", 0 },
	{ "{\"v\":1,\"request\":\"status\",\"x\":1}", "a key is none of", 0 },
	{ "{\"v\":1,\"request\":\"status\",\"path\":\"/p\"}", "only load takes", 0 },
	{ "{\"v\":1,\"request\":\"unload\",\"allow_critical\":false}", "only load takes", 0 },
	{ "{\"v\":1,\"request\":\"unload\",\"token\":\"/x\"}", NULL, REQUEST_UNLOAD },
	{ "{\"v\":1,\"request\":\"load\",\"path\":\"/x\",\"token\":\"/y\"}", NULL, REQUEST_LOAD },
	{ "{\"v\":1,\"request\":\"unload\",\"token\":\"x\"}", "\"token\" is not an absolute", 0 },
	{ "{\"v\":1,\"request\":\"unload\",\"token\":null}", "\"token\" is not an absolute", 0 },
	{ "{\"v\":1,\"request\":\"status\",\"token\":\"/x\"}", "only load and unload take", 0 },
	{ "{\"v\":1,\"request\":\"load\",\"path\":\"p\"}", "absolute", 0 },
	{ "{\"v\":1,\"request\":\"load\",\"path\":\"\"}", "absolute", 0 },
	{ "{\"v\":1,\"request\":\"load\",\"path\":null}", "absolute", 0 },
	{ "{\"v\":1,\"request\":\"load\",\"allow_critical\":1}", "true or false", 0 },
};

static void test_requests(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(requests) / sizeof(*requests); i++) {
		struct request request;
		const char *why;
		int err = request_parse(requests[i].line, strlen(requests[i].line), &request, &why);

		if (requests[i].why) {
			assert_int_equal(err, -EBADMSG);
			assert_non_null(strstr(why, requests[i].why));
		} else {
			assert_int_equal(err, 0);
			assert_int_equal(request.kind, requests[i].kind);
		}
	}
}

static void test_long_path(void **state)
{
	static char line[2 * REQUEST_LINE_MAX];
	struct request request;
	const char *why;

	(void)state;
	for (size_t n = PATH_MAX - 2; n < PATH_MAX + 2; n++) {
		int len = snprintf(line, sizeof(line),
				   "{\"v\":1,\"request\":\"load\",\"path\":\"/%0*d\"}", (int)n - 1,
				   0);
		int err = request_parse(line, (size_t)len, &request, &why);

		assert_int_equal(err, n < PATH_MAX ? 0 : -EBADMSG);
	}
	memset(line, ' ', sizeof(line));
	assert_int_equal(request_parse(line, REQUEST_LINE_MAX + 1, &request, &why), -EBADMSG);
}

/* ---- a server, and clients in the same process ---- */

static sd_event *loop;
static struct server *server;
static uint64_t asked;

static void on_request(void *ctx, struct server *s, uint64_t client, const struct request *request)
{
	(void)ctx;
	asked = client;
	if (request->kind == REQUEST_STATUS)
		server_reply(s, client, json_pack("{s:b, s:i}", "ok", 1, "answer", 42));
	else if (request->kind == REQUEST_UNLOAD)
		server_reply(s, client, server_error(4, "no: %d", 7));
	/* a load is answered later, by the test */
}

static int setup(void **state)
{
	(void)state;
	assert_true(sd_event_new(&loop) >= 0);
	assert_int_equal(server_open(loop, SOCKET, on_request, NULL, &server), 0);
	server_set_uid(server, getuid());
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	server_close(server);
	sd_event_unref(loop);
	assert_int_equal(access(SOCKET, F_OK), -1);
	return 0;
}

static void turn(void)
{
	while (sd_event_run(loop, 20000) > 0)
		;
}

static int dial(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX, .sun_path = SOCKET };
	struct timeval patience = { .tv_sec = 5 };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	turn();
	return fd;
}

static void say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
	turn();
}

static void hear(int fd, const char *expected)
{
	char text[4096];
	ssize_t n = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);

	assert_true(n > 0);
	text[n] = '\0';
	assert_non_null(strstr(text, expected));
}

static void hear_end(int fd)
{
	char byte;

	assert_int_equal(recv(fd, &byte, 1, MSG_DONTWAIT), 0);
	close(fd);
}

#define ASK(request) "{\"v\":1,\"request\":\"" request "\"}\n"

static void test_answers(void **state)
{
	struct stat st;
	int fd = dial();

	(void)state;
	assert_int_equal(stat(SOCKET, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	say(fd, ASK("status"));
	hear(fd, "{\"v\":1,\"ok\":true,\"answer\":42}\n");
	say(fd, ASK("unload"));
	hear(fd, "{\"v\":1,\"ok\":false,\"exit\":4,\"error\":\"no: 7\"}\n");
	/* in pieces */
	say(fd, "{\"v\":1,\"req");
	say(fd, "uest\":\"status\"}");
	say(fd, "\n");
	hear(fd, "42");
	close(fd);
	turn();
}

static void test_later(void **state)
{
	int fd = dial(), other = dial();

	(void)state;
	say(fd, ASK("load"));
	say(other, ASK("status"));
	hear(other, "42");
	server_reply(server, asked, NULL); /* the other one's: no reply is due, it is closed */
	turn();
	hear_end(other);
	close(fd);
	turn();
	server_reply(server, asked - 1, json_object()); /* gone */
	turn();
}

static void test_misbehaviour(void **state)
{
	static char flood[REQUEST_LINE_MAX + 2];
	int fd;

	(void)state;
	fd = dial();
	say(fd, "hello\n");
	hear(fd, "\"exit\":2");
	hear_end(fd);
	fd = dial();
	say(fd, ASK("status") ASK("status"));
	hear(fd, "before the reply");
	hear_end(fd);
	fd = dial();
	memset(flood, 'x', sizeof(flood) - 1);
	say(fd, flood);
	hear(fd, "longer than any");
	close(fd);
	fd = dial();
	say(fd, ASK("watch"));
	hear(fd, "\"ok\":true");
	say(fd, ASK("status"));
	hear(fd, "takes no more requests");
	hear_end(fd);
	/* a half that is shut still gets its answer */
	fd = dial();
	say(fd, ASK("status"));
	shutdown(fd, SHUT_WR);
	turn();
	hear(fd, "42");
	hear_end(fd);
}

static void test_not_allowed(void **state)
{
	struct server_stats stats;
	int fd;

	(void)state;
	server_set_uid(server, getuid() + 1);
	fd = dial();
	hear_end(fd);
	server_get_stats(server, &stats);
	assert_int_equal(stats.refused, 1);
	assert_int_equal(stats.clients, 0);
}

/* One of two watchers stops reading: it misses events and is told how many; the other gets all. */
static void test_slow(void **state)
{
	const size_t n = 3 * SERVER_QUEUE_MAX;
	struct server_stats stats;
	char text[600];
	size_t got = 0, told = 0;
	int fds[2];

	(void)state;
	fds[0] = dial();
	fds[1] = dial();
	say(fds[0], ASK("watch"));
	say(fds[1], ASK("watch"));
	hear(fds[0], "true");
	hear(fds[1], "true");
	for (size_t i = 0; i < n; i++) {
		char in[sizeof(text)];
		ssize_t part;
		int line_len = snprintf(text, sizeof(text), "{\"i\":%zu,\"x\":\"%0500d\"}\n", i, 0);

		server_broadcast(server, text, (size_t)line_len);
		sd_event_run(loop, 0);
		sd_event_run(loop, 0);
		/* fds[0] reads along; each line comes whole and as it was */
		for (size_t have = 0; have < (size_t)line_len; have += (size_t)part) {
			part = recv(fds[0], in + have, (size_t)line_len - have, 0);
			assert_true(part > 0);
			if (have + (size_t)part == (size_t)line_len)
				assert_memory_equal(in, text, (size_t)line_len);
		}
	}
	server_get_stats(server, &stats);
	assert_int_equal(stats.watchers, 2);
	assert_true(stats.missed > 0);
	/* now the slow one reads what there is for it */
	for (;;) {
		static char in[1 << 16], rest[1 << 17];
		static size_t have;
		ssize_t part = recv(fds[1], in, sizeof(in), MSG_DONTWAIT);
		char *newline, *at = rest;

		if (part <= 0) {
			turn();
			part = recv(fds[1], in, sizeof(in), MSG_DONTWAIT);
		}
		if (part <= 0)
			break;
		memcpy(rest + have, in, (size_t)part);
		have += (size_t)part;
		while ((newline = memchr(at, '\n', have - (size_t)(at - rest)))) {
			json_t *json = json_loadb(at, (size_t)(newline - at), 0, NULL);

			assert_non_null(json);
			if (json_object_get(json, "missed"))
				told += (size_t)json_integer_value(json_object_get(json, "missed"));
			else
				got++;
			json_decref(json);
			at = newline + 1;
		}
		have -= (size_t)(at - rest);
		memmove(rest, at, have);
	}
	assert_int_equal(told, stats.missed);
	assert_int_equal(got + told, n);
	close(fds[0]);
	close(fds[1]);
	turn();
	server_get_stats(server, &stats);
	assert_int_equal(stats.clients, 0);
}

static void test_no_daemon(void **state)
{
	struct client *client;
	char why[CLIENT_WHY_LEN], path[200];

	(void)state;
	assert_int_equal(client_open("build/unit/none.sock", &client, why), -ENOENT);
	assert_non_null(strstr(why, "no daemon is running"));
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(client_open(path, &client, why), -ENAMETOOLONG);
	assert_int_equal(server_open(loop, path, on_request, NULL, &server), -ENAMETOOLONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_long_path),
		cmocka_unit_test_setup_teardown(test_answers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_later, setup, teardown),
		cmocka_unit_test_setup_teardown(test_misbehaviour, setup, teardown),
		cmocka_unit_test_setup_teardown(test_not_allowed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_slow, setup, teardown),
		cmocka_unit_test(test_no_daemon),
	};

	return cmocka_run_group_tests_name("server", tests, NULL, NULL);
}
