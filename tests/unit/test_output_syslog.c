// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Syslog to a local socket, and to TCP and TLS servers that are in this test: some hang, refuse or
 * hang up.
 */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <openssl/ssl.h>

#include "tests/unit/outputs.h"
#include "tests/unit/run.h"

/* ---- servers ---- */

/* A server of one connection at a time, that counts the messages with "seq" 0, 1, 2 ... */
struct server {
	int fd;
	char to[64];
	SSL_CTX *tls;
	bool reads;	    /* else it accepts, and never reads */
	atomic_int hang_up; /* connections to be closed after one message */
	atomic_size_t got, wrong, connections;
	atomic_bool stop;
	pthread_t thread;
};

/* One frame of RFC 6587 out of @len bytes at @buf; 0: it is not whole yet. */
static size_t take_frame(struct server *server, const char *buf, size_t len)
{
	char *end, expected[64];
	size_t n = strtoul(buf, &end, 10), head;

	if (!memchr(buf, ' ', len))
		return 0;
	head = (size_t)(end + 1 - buf);
	if (len < head + n)
		return 0;
	snprintf(expected, sizeof(expected), " seq=\"%zu\" ", atomic_load(&server->got));
	if (*end != ' ' || strncmp(end + 1, "<84>1 2026-11-21T17:49:41.123456Z ", 34) != 0 ||
	    !memmem(buf + head, n, expected, strlen(expected)) || buf[head + n - 1] != '}')
		atomic_fetch_add(&server->wrong, 1);
	atomic_fetch_add(&server->got, 1);
	return head + n;
}

static ssize_t receive(SSL *ssl, int fd, char *buf, size_t len)
{
	return ssl ? SSL_read(ssl, buf, (int)len) : recv(fd, buf, len, 0);
}

static void serve(struct server *server, SSL *ssl, int fd)
{
	char buf[8192];
	size_t have = 0, used;
	ssize_t n;

	while (!server->stop) {
		struct pollfd p = { .fd = fd, .events = POLLIN };

		if (!server->reads) {
			pause_ms(5);
			continue;
		}
		if (!(ssl && SSL_pending(ssl)) && poll(&p, 1, 20) <= 0)
			continue;
		n = receive(ssl, fd, buf + have, sizeof(buf) - 1 - have);
		if (n <= 0)
			return;
		have += (size_t)n;
		buf[have] = '\0';
		while (have && (used = take_frame(server, buf, have))) {
			memmove(buf, buf + used, have - used + 1);
			have -= used;
			if (server->hang_up > 0) {
				server->hang_up--;
				return;
			}
		}
	}
}

static void *run_server(void *data)
{
	struct server *server = data;
	sigset_t pipe;

	/* Of this thread alone: that of an output has to see to it itself. */
	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe, NULL);
	while (!server->stop) {
		struct pollfd p = { .fd = server->fd, .events = POLLIN };
		SSL *ssl = NULL;
		int fd;

		if (poll(&p, 1, 20) <= 0)
			continue;
		fd = accept(server->fd, NULL, NULL);
		server->connections++;
		if (server->tls) {
			ssl = SSL_new(server->tls);
			SSL_set_fd(ssl, fd);
			if (SSL_accept(ssl) == 1)
				serve(server, ssl, fd);
			SSL_shutdown(ssl);
			SSL_free(ssl);
		} else {
			serve(server, NULL, fd);
		}
		close(fd);
	}
	return NULL;
}

static void start_server(struct server *server, const char *scheme)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };
	socklen_t len = sizeof(addr);
	int small = 4096;

	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	server->fd = socket(AF_INET, SOCK_STREAM, 0);
	/* So that a hanging one takes little. */
	setsockopt(server->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	assert_int_equal(bind(server->fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(listen(server->fd, 4), 0);
	assert_int_equal(getsockname(server->fd, (struct sockaddr *)&addr, &len), 0);
	snprintf(server->to, sizeof(server->to), "%s://127.0.0.1:%d", scheme, ntohs(addr.sin_port));
	pthread_create(&server->thread, NULL, run_server, server);
}

static void stop_server(struct server *server)
{
	server->stop = true;
	pthread_join(server->thread, NULL);
	close(server->fd);
	SSL_CTX_free(server->tls);
}

static struct output_config syslog_to(const char *to)
{
	return (struct output_config){
		.type = OUTPUT_SYSLOG,
		.transport = to[0] == '/' ? OUTPUT_LOCAL : (to[1] == 'c' ? OUTPUT_TCP : OUTPUT_TLS),
		.to = to,
		.host = to[0] == '/' ? NULL : "127.0.0.1",
		.port = to[0] == '/' ? NULL : strrchr(to, ':') + 1,
	};
}

static struct output *open_output(const struct output_config *config)
{
	struct output *output = NULL;

	assert_int_equal(output_new(config, &output), 0);
	return output;
}

/* ---- syslog ---- */

static void wait_got(struct server *server, size_t n)
{
	int64_t until = now_ms() + PATIENCE_MS;

	while (server->got < n && now_ms() < until)
		pause_ms(5);
	assert_int_equal(server->got, n);
	assert_int_equal(server->wrong, 0);
}

static void test_tcp(void **state)
{
	struct server server = { .reads = true };
	struct output_config config;
	struct output *output;

	(void)state;
	start_server(&server, "tcp");
	config = syslog_to(server.to);
	output = open_output(&config);
	for (size_t i = 0; i < 5000; i++)
		push(&output, 1, i);
	wait_got(&server, 5000);
	assert_int_equal(wait_done(output, 5000).sent, 5000);
	assert_int_equal(output_free(output, true), 0);
	assert_int_equal(server.connections, 1);
	stop_server(&server);
}

/* A server that hangs up is noticed before the next event, and that one goes to a new connection.
 */
static void test_hangs_up(void **state)
{
	struct server server = { .reads = true, .hang_up = 2 };
	struct output_config config;
	struct output *output;

	(void)state;
	start_server(&server, "tcp");
	config = syslog_to(server.to);
	output = open_output(&config);
	for (size_t i = 0; i < 4; i++) {
		push(&output, 1, i);
		wait_got(&server, i + 1);
		pause_ms(100);
	}
	assert_int_equal(server.connections, 3);
	assert_int_equal(output_free(output, true), 0);
	stop_server(&server);
}

/* One server accepts and never reads, another is not there, a third gets all, in its time. */
static void test_hanging_server(void **state)
{
	const size_t n = 40000;
	struct server hanging = { .reads = false }, good = { .reads = true };
	struct output_config configs[3];
	struct output *outputs[3];
	struct output_stats stats;
	int64_t longest = 0, took, began;

	(void)state;
	start_server(&hanging, "tcp");
	start_server(&good, "tcp");
	configs[0] = syslog_to(hanging.to);
	configs[1] = syslog_to("tcp://127.0.0.1:1");
	configs[2] = syslog_to(good.to);
	for (size_t i = 0; i < 3; i++)
		outputs[i] = open_output(&configs[i]);
	began = now_ms();
	for (size_t i = 0; i < n; i++) {
		took = push(outputs, 3, i);
		longest = took > longest ? took : longest;
		/* No faster than it can be sent: what is tested is not the third one's queue. */
		while (good.got + OUTPUT_QUEUE_EVENTS / 2 < i)
			pause_ms(1);
	}
	wait_got(&good, n);
	print_message("%zu events in %lld ms beside a server that hangs; longest push %lld ms\n", n,
		      (long long)(now_ms() - began), (long long)longest);
	assert_true(longest < PUSH_MS);
	stats = wait_done(outputs[2], n);
	assert_int_equal(stats.dropped, 0);
	output_get_stats(outputs[0], &stats);
	assert_int_equal(stats.queued + stats.sent + stats.dropped, n);
	/* The sockets' buffers took some. */
	print_message("of these %llu sent into it, %llu dropped\n", (unsigned long long)stats.sent,
		      (unsigned long long)stats.dropped);
	assert_true(stats.dropped > 0 && stats.queued > OUTPUT_QUEUE_EVENTS / 2);
	stats = wait_failing(outputs[1]);
	assert_int_equal(stats.sent, 0);
	assert_non_null(strstr(stats.error, "tcp://127.0.0.1:1: Connection refused"));
	took = now_ms();
	for (size_t i = 0; i < 3; i++)
		output_stop(outputs[i]);
	for (size_t i = 0; i < 3; i++)
		output_free(outputs[i], true);
	/* Together. */
	assert_true(now_ms() - took < 2 * OUTPUT_DRAIN_MS);
	stop_server(&hanging);
	stop_server(&good);
}

static void test_local(void **state)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct output_config config;
	struct output_stats stats;
	struct output *output;
	char buf[1024], path[108];
	ssize_t len;
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "%s", tempdir_path("log"));
	config = syslog_to(path);
	output = open_output(&config);
	push(&output, 1, 0);
	/* There is none yet. */
	stats = wait_failing(output);
	assert_non_null(strstr(stats.error, "/log: No such file or directory"));
	strcpy(addr.sun_path, path);
	fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	len = recv(fd, buf, sizeof(buf) - 1, 0);
	assert_true(len > 0);
	buf[len] = '\0';
	assert_memory_equal(buf, "<84>1 2026-11-21T17:49:41.123456Z ", 34);
	assert_non_null(strstr(buf, "[interdict@32473 seq=\"0\" event=\"denied\"] {\"v\":1,"));
	assert_int_equal(buf[len - 1], '}');
	/* Nobody reads: the socket's own queue fills, then ours. */
	for (size_t i = 1; i < 1000; i++)
		assert_true(push(&output, 1, i) < PUSH_MS);
	output_get_stats(output, &stats);
	assert_int_equal(stats.sent + stats.queued, 1000);
	for (size_t i = 1; i < 1000; i++)
		assert_true(recv(fd, buf, sizeof(buf), 0) > 0);
	assert_int_equal(wait_done(output, 1000).sent, 1000);
	assert_int_equal(output_free(output, true), 0);
	close(fd);
}

/* ---- TLS ---- */

/* Two authorities; a server of the first by address, and one by another name; a client of it. */
static int make_certificates(void **state)
{
	tempdir_setup(state);
	run("for ca in ca other; do openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 "
	    "-nodes -days 9 -subj /CN=$ca -keyout $ca.key -out $ca.pem; done; "
	    "make() { openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
	    "-subj /CN=$1 -keyout $1.key -out $1.csr && "
	    "printf \"subjectAltName=$2\" >ext && "
	    "openssl x509 -req -in $1.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 9 "
	    "-extfile ext -out $1.pem; }; "
	    "make server IP:127.0.0.1 && make stranger DNS:stranger.example && "
	    "make client DNS:client.example");
	return 0;
}

static SSL_CTX *server_context(const char *name, bool asks)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	char path[128];

	snprintf(path, sizeof(path), "%s.pem", name);
	assert_int_equal(SSL_CTX_use_certificate_chain_file(context, tempdir_path(path)), 1);
	snprintf(path, sizeof(path), "%s.key", name);
	assert_int_equal(SSL_CTX_use_PrivateKey_file(context, tempdir_path(path), SSL_FILETYPE_PEM),
			 1);
	if (asks) {
		SSL_CTX_load_verify_locations(context, tempdir_path("ca.pem"), NULL);
		SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
				   NULL);
	}
	return context;
}

static const struct {
	const char *server, *ca, *client;
	bool asks;
	const char *problem; /* NULL: it works */
} tls_cases[] = {
	{ "server", "ca.pem", NULL, false, NULL },
	{ "server", "ca.pem", "client", true, NULL },
	{ "server", "ca.pem", "client", false, NULL },
	{ "server", "other.pem", NULL, false, "TLS: unable to get local issuer certificate" },
	{ "stranger", "ca.pem", NULL, false, "TLS: IP address mismatch" },
	{ "server", "ca.pem", NULL, true, "certificate required" },
	{ "server", "absent.pem", NULL, false,
	  "/absent.pem: cannot be used: No such file or directory" },
	{ "server", "ca.key", NULL, false, "/ca.key: cannot be used: " },
	{ "server", "ca.pem", "absent", false,
	  "/absent.pem: cannot be used: No such file or directory" },
};

static void test_tls(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(tls_cases) / sizeof(*tls_cases); i++) {
		struct server server = { .reads = true };
		struct output_config config;
		char ca[128], cert[128], key[128];
		struct output *output;

		server.tls = server_context(tls_cases[i].server, tls_cases[i].asks);
		start_server(&server, "tls");
		config = syslog_to(server.to);
		snprintf(ca, sizeof(ca), "%s/%s", tempdir, tls_cases[i].ca);
		config.ca = ca;
		if (tls_cases[i].client) {
			snprintf(cert, sizeof(cert), "%s/%s.pem", tempdir, tls_cases[i].client);
			snprintf(key, sizeof(key), "%s/%s.key", tempdir, tls_cases[i].client);
			config.cert = cert;
			config.key = key;
		}
		output = open_output(&config);
		for (size_t j = 0; j < 200; j++)
			push(&output, 1, j);
		if (tls_cases[i].problem) {
			struct output_stats stats = wait_failing(output);

			if (!strstr(stats.error, tls_cases[i].problem))
				fail_msg("case %zu: %s", i, stats.error);
			/* Not one went to where it was not wanted. */
			assert_int_equal(stats.sent, 0);
			assert_int_equal(stats.queued, 200);
			output_free(output, false);
		} else {
			wait_got(&server, 200);
			assert_int_equal(wait_done(output, 200).sent, 200);
			assert_int_equal(output_free(output, true), 0);
		}
		stop_server(&server);
	}
}

/* A server of TLS that hangs delays no other. */
static void test_tls_hangs(void **state)
{
	struct server hanging = { .reads = false }, good = { .reads = true };
	struct output_config configs[2];
	struct output *outputs[2];
	char ca[128];
	int64_t longest = 0, took;

	(void)state;
	snprintf(ca, sizeof(ca), "%s", tempdir_path("ca.pem"));
	good.tls = server_context("server", false);
	/* Not even a handshake comes of the first. */
	start_server(&hanging, "tls");
	start_server(&good, "tls");
	configs[0] = syslog_to(hanging.to);
	configs[1] = syslog_to(good.to);
	configs[0].ca = configs[1].ca = ca;
	outputs[0] = open_output(&configs[0]);
	outputs[1] = open_output(&configs[1]);
	for (size_t i = 0; i < 2000; i++) {
		took = push(outputs, 2, i);
		longest = took > longest ? took : longest;
	}
	assert_true(longest < PUSH_MS);
	wait_got(&good, 2000);
	took = now_ms();
	assert_int_equal(output_free(outputs[0], true), 2000);
	assert_true(now_ms() - took < 2 * OUTPUT_DRAIN_MS);
	assert_int_equal(output_free(outputs[1], true), 0);
	stop_server(&hanging);
	stop_server(&good);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tcp),
		cmocka_unit_test(test_hangs_up),
		cmocka_unit_test(test_hanging_server),
		cmocka_unit_test_setup_teardown(test_local, tempdir_setup, tempdir_teardown),
		cmocka_unit_test_setup_teardown(test_tls, make_certificates, tempdir_teardown),
		cmocka_unit_test_setup_teardown(test_tls_hangs, make_certificates,
						tempdir_teardown),
	};

	return cmocka_run_group_tests_name("output_syslog", tests, NULL, NULL);
}
