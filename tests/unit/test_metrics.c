// SPDX-License-Identifier: GPL-2.0-or-later
/* Metrics: what is counted, as another parser reads the text; and HTTP on the local socket. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <cmocka.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "run.h"
#include "daemon/daemon.h"
#include "userspace/metrics/metrics.h"
#include "userspace/metrics/metrics_server.h"

static void count(struct metrics_counts *counts, const char *text)
{
	json_t *event = json_loads(text, 0, NULL);

	assert_non_null(event);
	metrics_count(counts, event);
	json_decref(event);
}

static const char *const events[] = {
	"{\"event\":\"start\"}",
	"{\"event\":\"denied\",\"op\":\"exec\",\"order\":\"ca-wechat\"}",
	"{\"event\":\"denied\",\"op\":\"exec\",\"order\":\"ca-wechat\"}",
	"{\"event\":\"denied\",\"op\":\"open\",\"order\":\"ca-wechat\"}",
	"{\"event\":\"denied\",\"op\":\"map\",\"order\":null}",
	"{\"event\":\"audited\",\"op\":\"load\",\"order\":\"eu-tiktok\"}",
	"{\"event\":\"summary\",\"of\":\"denied\",\"op\":\"exec\",\"order\":\"eu-tiktok\",\"count\":40}",
	"{\"event\":\"summary\",\"of\":null,\"count\":7}",
	"{\"event\":\"removed\",\"action\":\"quarantined\"}",
	"{\"event\":\"removed\",\"action\":\"quarantined\"}",
	"{\"event\":\"removed\",\"action\":\"failed\"}",
	/* what none of these is */
	"{\"event\":\"removed\",\"action\":\"eaten\"}",
	"{\"event\":\"denied\",\"op\":\"run\",\"order\":\"ca-wechat\"}",
	"{\"event\":\"denied\"}",
	"{\"event\":5}",
	"[]",
};

/* What prometheus_client finds in the file "text", sorted, with what promtool would complain of. */
#define READ                                                                            \
	"cat >read.py <<'END'\n"                                                        \
	"from prometheus_client.parser import text_string_to_metric_families as read\n" \
	"text = open('text').read()\n"                                                  \
	"seen = set()\n"                                                                \
	"for family in read(text):\n"                                                   \
	"  assert family.documentation and family.type != 'unknown', family.name\n"     \
	"  assert family.name not in seen; seen.add(family.name)\n"                     \
	"  for s in family.samples:\n"                                                  \
	"    assert (family.type == 'counter') == s.name.endswith('_total'), s.name\n"  \
	"    assert (s.name, str(s.labels)) not in seen\n"                              \
	"    seen.add((s.name, str(s.labels)))\n"                                       \
	"    if s.value: print(s.name, *sorted(s.labels.items()), int(s.value))\n"      \
	"END\n"                                                                         \
	"/usr/bin/python3 read.py >read && grep -c ^interdict read >n && "

static struct engine_status status = {
	.enforcing = true,
	.mode = POLICY_MODE_ENFORCE,
	.policy = { .generation = 3, .serial = 42, .name = "base" },
	.counters = { .attempts = 9, .emitted = 7, .lost = 2, .identified = 5 },
	.consumer = { .recorded = 7 },
	.ring_bytes = 4096,
	.n_degraded = 1,
};

static void write_text(const struct metrics_counts *counts, const struct metrics_now *now)
{
	size_t len;
	char *text;

	assert_int_equal(metrics_text(counts, now, &text, &len), 0);
	spill("text", text, len);
	free(text);
}

static void write_full(void)
{
	static struct metrics_counts counts;
	static const struct canary canary = { .time = 3000, .exec = CANARY_REFUSED };
	static const struct metrics_output outputs[] = {
		{ .type = "journald", .sent = 6, .dropped = 1 },
		{ .type = "syslog",
		  .to = "tls://a\"b:6514",
		  .format = "ocsf",
		  .queued = 9,
		  .failing = true },
	};
	const struct metrics_now now = {
		.engine = &status,
		.started = 1000,
		.policy_loaded = 2000,
		.record_works = true,
		.record_seq = 12,
		.record_signed_seq = 10,
		.canary = &canary,
		.canary_fine = 3000,
		.notify = { .terminals = 3, .desktops = 2, .limited = 40, .failed = 5 },
		.outputs = outputs,
		.n_outputs = 2,
	};

	memset(&counts, 0, sizeof(counts));
	for (size_t i = 0; i < sizeof(events) / sizeof(*events); i++)
		count(&counts, events[i]);
	write_text(&counts, &now);
}

static void test_text(void **state)
{
	(void)state;
	write_full();
	run(READ
	    "cat >want <<'END' && diff want read\n"
	    "interdict_build_info ('version', '0.1') 1\n"
	    "interdict_start_timestamp_seconds 1000\n"
	    "interdict_enforcing 1\n"
	    "interdict_degraded 1\n"
	    "interdict_attempts_total 9\n"
	    "interdict_events_lost_total 2\n"
	    "interdict_events_recorded_total 7\n"
	    "interdict_identified_total 5\n"
	    "interdict_queue_bytes ('queue', 'kernel') 4096\n"
	    "interdict_policy_serial 42\n"
	    "interdict_policy_info ('digest', '0000000000000000000000000000000000000000000000000"
	    "000000000000000') ('mode', 'enforce') ('name', 'base') ('serial', '42') 1\n"
	    "interdict_policy_loaded_timestamp_seconds 2000\n"
	    "interdict_canary_fine 1\n"
	    "interdict_canary_fine_timestamp_seconds 3000\n"
	    "interdict_denials_total ('operation', 'exec') ('order', 'ca-wechat') 2\n"
	    "interdict_denials_total ('operation', 'open') ('order', 'ca-wechat') 1\n"
	    "interdict_denials_total ('operation', 'map') ('order', '-') 1\n"
	    "interdict_denials_total ('operation', 'exec') ('order', 'eu-tiktok') 40\n"
	    "interdict_audited_total ('operation', 'load') ('order', 'eu-tiktok') 1\n"
	    "interdict_events_total ('event', 'start') 1\n"
	    "interdict_events_total ('event', 'denied') 6\n"
	    "interdict_events_total ('event', 'audited') 1\n"
	    "interdict_events_total ('event', 'summary') 2\n"
	    "interdict_events_total ('event', 'removed') 4\n"
	    "interdict_removals_total ('action', 'quarantined') 2\n"
	    "interdict_removals_total ('action', 'failed') 1\n"
	    "interdict_record_writable 1\n"
	    "interdict_record_seq 12\n"
	    "interdict_record_signed_seq 10\n"
	    "interdict_notifications_total ('way', 'terminal') 3\n"
	    "interdict_notifications_total ('way', 'desktop') 2\n"
	    "interdict_notifications_limited_total 40\n"
	    "interdict_notifications_failed_total 5\n"
	    "interdict_output_queue_events ('format', 'ocsf') ('to', 'tls://a\"b:6514') "
	    "('type', 'syslog') 9\n"
	    "interdict_output_sent_total ('type', 'journald') 6\n"
	    "interdict_output_dropped_total ('type', 'journald') 1\n"
	    "interdict_output_failing ('format', 'ocsf') ('to', 'tls://a\"b:6514') "
	    "('type', 'syslog') 1\n"
	    "END\n");
}

/* What alerts and dashboard ask for, metrics and their labels, is what there is. (instance is what
 * Prometheus adds.) */
static void test_monitoring(void **state)
{
	(void)state;
	write_full();
	run("monitoring=$OLDPWD/userspace/metrics/monitoring && "
	    "grep -ohE 'interdict_[a-z_]+' $monitoring/* | sort -u >asked && "
	    "grep -oE '^interdict_[a-z_]+' text | sort -u >written && "
	    "test $(wc -l <asked) -ge 15 && ! comm -23 asked written | grep . && "
	    "grep -ohP 'by \\(\\K[a-z]+|\\{\\{\\K[a-z]+(?=\\}\\})' $monitoring/* | sort -u >labels && "
	    "{ echo instance; grep -oP '[{,]\\K[a-z]+(?==\")' text; } | sort -u >have && "
	    "test $(wc -l <labels) -ge 4 && ! comm -23 labels have | grep .");
}

/* Outputs whose labels are the same are one series. */
static void test_outputs(void **state)
{
	static const struct output_config configs[] = {
		{ .type = OUTPUT_SYSLOG, .to = "/none", .format = OUTPUT_CEF },
		{ .type = OUTPUT_FILE, .to = "/none/file", .format = OUTPUT_CEF },
		{ .type = OUTPUT_SYSLOG, .to = "/none", .format = OUTPUT_CEF },
		{ .type = OUTPUT_SYSLOG, .to = "/none", .format = OUTPUT_ECS },
		{ .type = OUTPUT_SYSLOG, .to = "/other", .format = OUTPUT_CEF },
		{ .type = OUTPUT_FILE, .to = "/none/file", .format = OUTPUT_ECS },
	};
	static struct daemon d = { .config = { .outputs = configs, .n_outputs = 6 } };
	struct metrics_output v[OUTPUT_MAX];
	const struct metrics_now now = { .outputs = v, .n_outputs = 5 };
	static const struct metrics_counts counts;

	(void)state;
	daemon_outputs_configure(&d);
	daemon_outputs_push(&d, "{}\n", 3);
	assert_int_equal(daemon_outputs_metrics(&d, v), 5);
	assert_int_equal(v[0].queued + v[0].sent + v[0].dropped, 2);
	assert_int_equal(v[4].queued + v[4].sent + v[4].dropped, 1);
	write_text(&counts, &now);
	/* None is there twice. */
	run(READ "test $(grep -c '^interdict_output_failing{' text) = 5");
	daemon_outputs_stop(&d);
	assert_int_equal(daemon_outputs_metrics(&d, v), 0);
}

/* However many orders there are, and whatever they are called. */
static void test_bounded(void **state)
{
	static struct metrics_counts counts;
	const struct metrics_now now = { .started = 1 };
	char event[2048];

	(void)state;
	count(&counts, "{\"event\":\"denied\",\"op\":\"exec\",\"order\":\"a\\\"b\\\\c\\nd\"}");
	for (int i = 0; i < 10 * METRICS_ORDERS_MAX; i++) {
		snprintf(event, sizeof(event),
			 "{\"event\":\"denied\",\"op\":\"exec\",\"order\":\"o-%d\"}", i);
		count(&counts, event);
		snprintf(event, sizeof(event), "{\"event\":\"kind-%d\"}", i);
		count(&counts, event);
	}
	snprintf(event, sizeof(event),
		 "{\"event\":\"denied\",\"op\":\"exec\",\"order\":\"%01000d\"}", 0);
	count(&counts, event);
	write_text(&counts, &now);
	run(READ "test $(grep -c denials read) = 201 && test $(grep -c events_total read) = 32 && "
		 "grep -q \"('order', 'other') 1802\" read && "
		 "grep -qF 'a\"b\\\\c\\nd' read");
}

/* Nothing is attached, no record: it is said, and no policy is made up. */
static void test_nothing(void **state)
{
	static const struct metrics_counts counts;
	const struct metrics_now now = { .started = 1 };

	(void)state;
	write_text(&counts, &now);
	run(READ "! grep policy_info text && grep -qx 'interdict_enforcing 0' text && "
		 "grep -qx 'interdict_record_writable 0' text");
}

/* ---- HTTP ---- */

static int text(void *ctx, char **ret, size_t *len)
{
	if (!ctx)
		return -1;
	*ret = strdup("a 1\n");
	*len = 4;
	return 0;
}

static const struct {
	const char *request;
	const char *begins; /* of the reply; NULL: none comes */
	const char *ends;
} requests[] = {
	{ "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 OK\r\n", "\r\n\r\na 1\n" },
	{ "GET /metrics?x HTTP/1.0\r\n\r\n", "HTTP/1.1 200 OK\r\n", "\r\n\r\na 1\n" },
	{ "HEAD /metrics HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\n", "charset=utf-8\r\n\r\n" },
	{ "GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 404 Not Found\r\n", "404 Not Found\n" },
	{ "GET /metricsx HTTP/1.1\r\n\r\n", "HTTP/1.1 404 Not Found\r\n", "404 Not Found\n" },
	{ "POST /metrics HTTP/1.1\r\n\r\n", "HTTP/1.1 405 Method Not Allowed\r\n", "Allowed\n" },
	{ "GET /metrics\r\n\r\n", "HTTP/1.1 400 Bad Request\r\n", "Bad Request\n" },
	{ "\r\n\r\n", "HTTP/1.1 400 Bad Request\r\n", "Bad Request\n" },
	{ "GET /metrics HTTP/1.1\r\n", NULL, NULL },
	{ "", NULL, NULL },
};

static int connect_to(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	return fd;
}

static void turn(sd_event *loop)
{
	for (int i = 0; i < 5; i++)
		sd_event_run(loop, 0);
}

/* What comes back until the other end hangs up. Returns its length; -1: it does not hang up. */
static ssize_t receive(int fd, char *reply, size_t size)
{
	ssize_t len = 0, n;

	while ((n = recv(fd, reply + len, size - 1 - (size_t)len, MSG_DONTWAIT)) > 0)
		len += n;
	reply[len] = '\0';
	return n < 0 ? -1 : len;
}

static void test_http(void **state)
{
	struct metrics_server *server;
	char reply[8192], big[METRICS_REQUEST_MAX + 1];
	sd_event *loop;
	int fd, idle[METRICS_CLIENTS_MAX];

	(void)state;
	assert_true(sd_event_new(&loop) >= 0);
	assert_int_equal(metrics_server_open(loop, tempdir_path("m"), text, "", &server), 0);
	for (size_t i = 0; i < sizeof(requests) / sizeof(*requests); i++) {
		size_t len = strlen(requests[i].request);
		const char *want = requests[i].begins, *ends = requests[i].ends;
		ssize_t n;

		fd = connect_to(tempdir_path("m"));
		assert_int_equal(send(fd, requests[i].request, len, 0), len);
		turn(loop);
		n = receive(fd, reply, sizeof(reply));
		if (want && (n < 0 || strncmp(reply, want, strlen(want)) != 0 ||
			     strcmp(reply + n - strlen(ends), ends) != 0))
			fail_msg("%s: %s", requests[i].request, reply);
		if (!want)
			assert_int_equal(n, -1);
		close(fd);
		turn(loop);
	}
	/* byte by byte */
	fd = connect_to(tempdir_path("m"));
	for (const char *c = requests[0].request; *c; c++) {
		assert_int_equal(send(fd, c, 1, 0), 1);
		sd_event_run(loop, 0);
	}
	turn(loop);
	assert_true(receive(fd, reply, sizeof(reply)) > 0);
	close(fd);
	/* without end */
	memset(big, 'x', sizeof(big));
	fd = connect_to(tempdir_path("m"));
	send(fd, big, sizeof(big), 0);
	turn(loop);
	receive(fd, reply, sizeof(reply));
	assert_non_null(strstr(reply, "431 "));
	close(fd);
	turn(loop);
	/* Those that ask nothing keep others out for a while, and no longer. */
	for (size_t i = 0; i < METRICS_CLIENTS_MAX; i++) {
		idle[i] = connect_to(tempdir_path("m"));
		turn(loop);
	}
	fd = connect_to(tempdir_path("m"));
	turn(loop);
	assert_int_equal(receive(fd, reply, sizeof(reply)), 0);
	close(fd);
	sleep(METRICS_PATIENCE + 1);
	for (size_t i = 0; i < 2 * METRICS_CLIENTS_MAX; i++)
		turn(loop);
	for (size_t i = 0; i < METRICS_CLIENTS_MAX; i++) {
		assert_int_equal(receive(idle[i], reply, sizeof(reply)), 0);
		close(idle[i]);
	}
	fd = connect_to(tempdir_path("m"));
	send(fd, requests[0].request, strlen(requests[0].request), 0);
	turn(loop);
	assert_true(receive(fd, reply, sizeof(reply)) > 0);
	close(fd);
	metrics_server_close(server);
	assert_int_equal(access(tempdir_path("m"), F_OK), -1);
	sd_event_unref(loop);
}

static void test_no_text(void **state)
{
	struct metrics_server *server;
	char reply[1024];
	sd_event *loop;
	int fd;

	(void)state;
	assert_true(sd_event_new(&loop) >= 0);
	assert_int_equal(metrics_server_open(loop, tempdir_path("m"), text, NULL, &server), 0);
	fd = connect_to(tempdir_path("m"));
	send(fd, requests[0].request, strlen(requests[0].request), 0);
	turn(loop);
	receive(fd, reply, sizeof(reply));
	assert_non_null(strstr(reply, "503 "));
	/* It closes what is open. */
	metrics_server_close(server);
	close(fd);
	tempdir_write("file", "");
	assert_int_equal(metrics_server_open(loop, tempdir_path("file"), text, NULL, &server),
			 -EADDRINUSE);
	sd_event_unref(loop);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, tempdir_setup, tempdir_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_text),    TEST(test_bounded),	   TEST(test_nothing), TEST(test_http),
		TEST(test_no_text), TEST(test_monitoring), TEST(test_outputs),
	};

	return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
