/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A daemon that only talks: the control socket of the real one (server.h) in a child process, with
 * the status and the events that a test gives it. */
#ifndef INTERDICT_TEST_FAKE_DAEMON_H
#define INTERDICT_TEST_FAKE_DAEMON_H

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "userspace/daemon/server.h"

struct fake_daemon {
	pid_t pid;
	FILE *lines; /* what is written here goes to all watchers */
};

struct fake_context {
	struct server *server;
	const char *status; /* JSON */
	FILE *in;
};

static inline void fake_request(void *ctx, struct server *server, uint64_t client,
				const struct request *request)
{
	struct fake_context *fake = ctx;

	(void)request;
	server_reply(server, client, json_loads(fake->status, 0, NULL));
}

static inline int fake_line(sd_event_source *source, int fd, uint32_t revents, void *ctx)
{
	struct fake_context *fake = ctx;
	static char line[1 << 16];

	(void)fd;
	(void)revents;
	if (!fgets(line, sizeof(line), fake->in))
		return sd_event_exit(sd_event_source_get_event(source), 0);
	server_broadcast(fake->server, line, strlen(line));
	return 0;
}

/* Start one at @socket. Its status is @status, of any request. */
static inline void fake_start(struct fake_daemon *daemon, const char *socket, const char *status)
{
	int ends[2];

	if (pipe(ends) < 0 || (daemon->pid = fork()) < 0)
		abort();
	if (!daemon->pid) {
		struct fake_context fake = { .status = status, .in = fdopen(ends[0], "r") };
		sd_event *loop = NULL;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(ends[1]);
		/* Line by line: what stdio has read ahead would wake nobody. */
		setvbuf(fake.in, NULL, _IONBF, 0);
		if (sd_event_new(&loop) < 0 ||
		    server_open(loop, socket, fake_request, &fake, &fake.server) < 0 ||
		    sd_event_add_io(loop, NULL, ends[0], EPOLLIN, fake_line, &fake) < 0)
			_exit(1);
		server_set_uid(fake.server, getuid());
		sd_event_loop(loop);
		server_close(fake.server);
		_exit(0);
	}
	close(ends[0]);
	daemon->lines = fdopen(ends[1], "w");
	if (!daemon->lines)
		abort();
	setvbuf(daemon->lines, NULL, _IOLBF, 0);
}

static inline void fake_stop(struct fake_daemon *daemon)
{
	if (!daemon->pid)
		return;
	fclose(daemon->lines);
	waitpid(daemon->pid, NULL, 0);
	daemon->pid = 0;
}

#endif
