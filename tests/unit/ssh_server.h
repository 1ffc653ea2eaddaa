/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An SSH server for one test, the program SSHD (tests/unit/over-ssh): on a port of 127.0.0.1 that
 * is free, with keys of its own, for who runs the test. */
#ifndef INTERDICT_TEST_SSH_SERVER_H
#define INTERDICT_TEST_SSH_SERVER_H

#include <arpa/inet.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "run.h"

struct ssh_server {
	pid_t pid;
	char client[1024]; /* the command that connects; behind it comes what is to be run */
};

static inline unsigned int ssh_free_port(void)
{
	struct sockaddr_in addr = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(addr);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&addr, &len), 0);
	close(fd);
	return ntohs(addr.sin_port);
}

/* Takes tempdir.h's directory for its files. */
static inline void ssh_start(struct ssh_server *server)
{
	unsigned int port = ssh_free_port();
	char config[512];

	/* Where root's gives up its privileges. */
	mkdir("/run/sshd", 0755);
	run("for key in host user; do ssh-keygen -q -t ed25519 -N '' -f $key; done");
	snprintf(
		config, sizeof(config),
		"Port %u\nListenAddress 127.0.0.1\nHostKey %s/host\nAuthorizedKeysFile %s/user.pub\n"
		"StrictModes no\nUsePAM no\nPidFile none\n",
		port, tempdir, tempdir);
	tempdir_write("sshd_config", config);
	snprintf(
		server->client, sizeof(server->client),
		"ssh -F none -tt -q -p %u -i %s/user -o IdentitiesOnly=yes -o StrictHostKeyChecking=no "
		"-o UserKnownHostsFile=/dev/null -o ConnectionAttempts=10 127.0.0.1",
		port, tempdir);
	server->pid = fork();
	assert_true(server->pid >= 0);
	if (!server->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl(getenv("SSHD"), getenv("SSHD"), "-D", "-q", "-f", tempdir_path("sshd_config"),
		      NULL);
		_exit(1);
	}
}

static inline void ssh_stop(struct ssh_server *server)
{
	if (!server->pid)
		return;
	kill(server->pid, SIGTERM);
	waitpid(server->pid, NULL, 0);
	server->pid = 0;
}

#endif
