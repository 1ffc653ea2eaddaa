// SPDX-License-Identifier: GPL-2.0-or-later
/* /etc/interdict/interdict.yaml */
#include <errno.h>

#include "rejections.h"
#include "tempdir.h"
#include "userspace/config.h"

static int parse(const char *buf, size_t len, struct policy_errors *errs)
{
	struct config config = { 0 };
	int ret = config_parse(buf, len, "f", &config, errs);

	if (!ret)
		config_free(&config);
	return ret;
}

static const struct rejection rejections[] = {
	{ "x", 1, 1, "the configuration is a mapping, not text", 0 },
	{ "label: [a]\n", 1, 1, "unknown key \"label\" in the configuration", 0 },
	{ "labels: a\n", 1, 9, "labels: expected a sequence, not text", 0 },
	{ "labels: []\n", 1, 9, "labels: is empty; leave the key out, or name 1 to 256", 0 },
	{ "labels: [a, A]\n", 1, 13, "labels: \"A\" has characters other than a-z, 0-9 and hyphen",
	  0 },
	{ "policy: policy\n", 1, 9, "policy: \"policy\" is not an absolute path", 0 },
	{ "policy: ~/policy\n", 1, 9, "policy: \"~/policy\" is not an absolute path", 0 },
	{ "protect: yes\n", 1, 10, "protect: \"yes\" is not one of no, auto", 0 },
	{ "socket:\n", 1, 8, "socket: is empty", 0 },
	{ "socket: run/x\n", 1, 9, "socket: \"run/x\" is not an absolute path", 0 },
	{ "socket: /aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n",
	  1, 9, "socket: has 112 bytes; a socket's path has at most 107", 0 },
	{ "log: /var/log/x\n", 1, 6, "log: expected a mapping, not text", 0 },
	{ "log:\n  journal: yes\n", 2, 3, "unknown key \"journal\" in log", 0 },
	{ "log: {file: x}\n", 1, 13, "file: \"x\" is not an absolute path", 0 },
	{ "log: {key: x}\n", 1, 12, "key: \"x\" is not an absolute path", 0 },
	{ "log: {checkpoint: 5}\n", 1, 19, "checkpoint: expected a mapping, not text", 0 },
	{ "log: {checkpoint: {events: 0}}\n", 1, 28, "events: is at least 1", 0 },
	{ "log: {checkpoint: {every: 0s}}\n", 1, 27, "every: \"0s\": is no time", 0 },
	{ "log: {checkpoint: {every: soon}}\n", 1, 27,
	  "every: \"soon\": a duration is a number and a unit, like 10s, 10m, 2h, 1d", 0 },
	{ "log: {rotate: {size: 64X}}\n", 1, 22,
	  "size: a size is a number and a unit, like 64M (K, M, G)", 0 },
	{ "log: {rotate: {size: 1234567890}}\n", 1, 22,
	  "size: a size is a number and a unit, like 64M (K, M, G)", 0 },
	{ "log: {rotate: {size: 1023K}}\n", 1, 22, "size: is less than 1048576 bytes", 0 },
	{ "log: {rotate: {keep: -1}}\n", 1, 22, "keep: \"-1\" is not a decimal number", 0 },
	{ "log: {burst: {events: x}}\n", 1, 23, "events: \"x\" is not a decimal number", 0 },
	{ "log: {burst: {size: 1M}}\n", 1, 15, "unknown key \"size\" in burst", 0 },
	{ "metrics: /x\n", 1, 10, "metrics: expected a mapping, not text", 0 },
	{ "metrics: {port: 1}\n", 1, 11, "unknown key \"port\" in metrics", 0 },
	{ "metrics: {file: x.prom}\n", 1, 17, "file: \"x.prom\" is not an absolute path", 0 },
	{ "metrics: {socket: x}\n", 1, 19, "socket: \"x\" is not an absolute path", 0 },
	{ "notify: yes\n", 1, 9, "notify: expected a mapping, not text", 0 },
	{ "notify: {mail: yes}\n", 1, 10, "unknown key \"mail\" in notify", 0 },
	{ "notify: {terminal: true}\n", 1, 20, "terminal: \"true\" is not one of no, yes", 0 },
	{ "notify: {desktop: [no]}\n", 1, 19, "desktop: expected text, not a sequence", 0 },
	{ "events: no\n", 1, 9, "events: expected a mapping, not text", 0 },
	{ "events: {arguments: some}\n", 1, 21,
	  "arguments: \"some\" is not one of redacted, yes, no", 0 },
	{ "outputs: journald\n", 1, 10, "outputs: expected a sequence, not text", 0 },
	{ "outputs: []\n", 1, 10, "outputs: is empty; leave the key out, or name 1 to 16", 0 },
	{ "outputs: [journald, audit, journald]\n", 1, 28, "outputs: this one is there twice", 0 },
	{ "outputs:\n  - journal\n", 2, 5,
	  "outputs: \"journal\" is not one of journald, audit, syslog, file", 0 },
	{ "outputs: [[journald]]\n", 1, 11, "an output is a mapping, not a sequence", 0 },
	{ "outputs:\n  - to: /dev/log\n", 2, 5, "key \"type\" is missing in an output", 0 },
	{ "outputs: [{type: pipe}]\n", 1, 18,
	  "type: \"pipe\" is not one of journald, audit, syslog, file", 0 },
	{ "outputs: [file]\n", 1, 11,
	  "an output to a file takes a \"to\", the file's absolute path", 0 },
	{ "outputs: [{type: file, format: ecs}]\n", 1, 11,
	  "an output to a file takes a \"to\", the file's absolute path", 0 },
	{ "outputs: [{type: file, to: ecs.jsonl}]\n", 1, 28,
	  "to: \"ecs.jsonl\" is not an absolute path, tcp://HOST:PORT or tls://HOST:PORT", 0 },
	{ "outputs: [{type: file, to: \"tcp://a\"}]\n", 1, 28,
	  "to: \"tcp://a\" is not an absolute path", 0 },
	{ "outputs: [{type: file, to: /x, ca: /c}]\n", 1, 36, "ca: is for tls:// only", 0 },
	{ "outputs: [{type: file, to: /x}, {type: file, to: /x, format: ecs}]\n", 1, 33,
	  "outputs: this one is there twice", 0 },
	{ "outputs: [{type: file, to: /l}]\nlog: {file: /l}\n", 1, 1,
	  "outputs: \"/l\" is the record itself", 0 },
	{ "outputs: [{type: file, to: /var/log/interdict/events.jsonl}]\n", 1, 1,
	  "outputs: \"/var/log/interdict/events.jsonl\" is the record itself", 0 },
	{ "outputs: [{type: syslog, to: /aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}]\n",
	  1, 30, "to: has 112 bytes; a socket's path has at most 107", 0 },
	{ "outputs: [{type: audit, queue: 4}]\n", 1, 25, "unknown key \"queue\" in an output", 0 },
	{ "outputs: [{type: audit, type: audit}]\n", 1, 25,
	  "key \"type\" is there already, at line 1", 0 },
	{ "outputs: [{type: audit, to: /dev/log}]\n", 1, 29,
	  "to: is for syslog and file, not for audit", 0 },
	{ "outputs: [{type: journald, format: ecs}]\n", 1, 36,
	  "format: is for syslog and file, not for journald", 0 },
	{ "outputs: [{type: syslog, format: xml}]\n", 1, 34,
	  "format: \"xml\" is not one of native, ecs, ocsf, cef", 0 },
	{ "outputs: [{type: syslog, to: log.example}]\n", 1, 30,
	  "to: \"log.example\" is not an absolute path, tcp://HOST:PORT or "
	  "tls://HOST:PORT",
	  0 },
	{ "outputs: [{type: syslog, to: \"udp://log.example\"}]\n", 1, 30,
	  "to: \"udp://log.example\" is not an absolute path, tcp://HOST:PORT or "
	  "tls://HOST:PORT",
	  0 },
	{ "outputs: [{type: syslog, to: \"tcp://\"}]\n", 1, 30,
	  "to: names no host, or one longer than 253 characters", 0 },
	{ "outputs: [{type: syslog, to: \"tcp://:601\"}]\n", 1, 30,
	  "to: names no host, or one longer than 253 characters", 0 },
	{ "outputs: [{type: syslog, to: \"tcp://a:0\"}]\n", 1, 30,
	  "to: \"0\" is no port; they are 1 to 65535", 0 },
	{ "outputs: [{type: syslog, to: \"tcp://a:65536\"}]\n", 1, 30,
	  "to: \"65536\" is no port; they are 1 to 65535", 0 },
	{ "outputs: [{type: syslog, to: \"tcp://a:\"}]\n", 1, 30,
	  "to: \"\" is no port; they are 1 to 65535", 0 },
	{ "outputs: [{type: syslog, to: \"tcp://a/b\"}]\n", 1, 30,
	  "to: \"tcp://a/b\" is not tcp://HOST:PORT or tls://HOST:PORT", 0 },
	{ "outputs: [{type: syslog, to: \"tcp://fe80::1\"}]\n", 1, 30,
	  "to: \":1\" is no port; they are 1 to 65535", 0 },
	{ "outputs: [{type: syslog, to: \"tcp://[::1\"}]\n", 1, 30, "to: \"[\" has no \"]\"", 0 },
	{ "outputs: [{type: syslog, to: \"tcp://[::1]601\"}]\n", 1, 30,
	  "to: \"tcp://[::1]601\" is not tcp://HOST:PORT or tls://HOST:PORT", 0 },
	{ "outputs: [{type: syslog, to: \"tls://a\"}]\n", 1, 30,
	  "to: tls:// takes a \"ca\", a file of the certificates that the server's is verified "
	  "with",
	  0 },
	{ "outputs: [{type: syslog, to: \"tls://a\", ca: ca.pem}]\n", 1, 45,
	  "ca: \"ca.pem\" is not an absolute path", 0 },
	{ "outputs: [{type: syslog, to: \"tls://a\", ca: /c, cert: /d}]\n", 1, 55,
	  "cert: takes a \"key\", too", 0 },
	{ "outputs: [{type: syslog, to: \"tls://a\", ca: /c, key: /d}]\n", 1, 54,
	  "key: takes a \"cert\", too", 0 },
	{ "outputs: [{type: syslog, to: \"tcp://a\", ca: /c}]\n", 1, 45, "ca: is for tls:// only",
	  0 },
	{ "outputs: [{type: syslog, key: /c}]\n", 1, 31, "key: is for tls:// only", 0 },
	{ "labels: [a]\nlabels: [b]\n", 2, 1, "key \"labels\" is there already, at line 1", 0 },
};

static void test_rejections(void **state)
{
	(void)state;
	check_rejections(TABLE(rejections), parse);
}

static void test_defaults(void **state)
{
	static const char *const texts[] = { "", "\n", "# nothing\n", "# a\n\n  # b" };
	struct policy_errors errs = { 0 };
	struct config c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(config_parse(texts[i], strlen(texts[i]), "f", &c, &errs), 0);
		assert_int_equal(c.n_labels, 0);
		assert_string_equal(c.policy, CONFIG_POLICY);
		assert_string_equal(c.socket, CONFIG_SOCKET);
		assert_string_equal(c.log_file, CONFIG_LOG_FILE);
		assert_true(c.notify_terminal && c.notify_desktop);
		assert_int_equal(c.arguments, ARGUMENTS_REDACTED);
		config_free(&c);
	}
}

static void test_load(void **state)
{
	struct policy_errors errs = { 0 };
	struct config c;

	(void)state;
	assert_int_equal(config_load(tempdir_path("absent"), &c, &errs), 0);
	assert_string_equal(c.policy, CONFIG_POLICY);
	config_free(&c);
	tempdir_write("c", "labels: [government, lab-2]\npolicy: /p\nsocket: /s\nlog: {file: /l}\n"
			   "metrics: {file: /m.prom, socket: /m}\n"
			   "notify: {desktop: no}\nevents: {arguments: no}\n");
	assert_int_equal(config_load(tempdir_path("c"), &c, &errs), 0);
	assert_int_equal(c.n_labels, 2);
	assert_string_equal(c.labels[1], "lab-2");
	assert_string_equal(c.policy, "/p");
	assert_string_equal(c.socket, "/s");
	assert_string_equal(c.log_file, "/l");
	assert_string_equal(c.metrics_file, "/m.prom");
	assert_string_equal(c.metrics_socket, "/m");
	assert_true(c.notify_terminal && !c.notify_desktop);
	assert_int_equal(c.arguments, ARGUMENTS_NO);
	config_free(&c);
	assert_int_equal(errs.n, 0);
	assert_int_equal(config_load(tempdir, &c, &errs), -EISDIR);
	assert_int_equal(errs.n, 1);
	assert_int_equal(truncate(tempdir_path("c"), 65537), 0);
	assert_int_equal(config_load(tempdir_path("c"), &c, &errs), -EFBIG);
	assert_string_equal(errs.v[1].text, "the configuration cannot be read: is too large");
	policy_errors_free(&errs);
}

static const struct {
	const char *text; /* of labels.d/b */
	uint32_t line, col;
	const char *problem; /* NULL: it is right */
} label_files[] = {
	{ "# enrolled\n\nsite-a\ngovernment\n", 0, 0, NULL },
	{ "", 0, 0, NULL },
	{ "site-a", 0, 0, NULL },
	{ "site-a\nSite\n", 2, 1, "label: \"Site\" has characters other than a-z, 0-9 and hyphen" },
	{ "a\n b\n", 2, 1, "label: \" b\" has characters other than a-z, 0-9 and hyphen" },
	{ "a b\n", 1, 2, "label: \"a b\" has characters other than a-z, 0-9 and hyphen" },
	{ "a\r\n", 1, 2, "label: \"a?\" has characters other than a-z, 0-9 and hyphen" },
	{ "-a\n", 1, 1, "label: \"-a\" begins or ends with a hyphen" },
};

static void test_labels(void **state)
{
	(void)state;
	tempdir_write("c", "labels: [government]\n");
	tempdir_write("labels.d/a", "first\n");
	tempdir_write("labels.d/.hidden", "NO\n");
	tempdir_write("labels.d/b~", "NO\n");
	tempdir_write("labels.d/b.dpkg-new", "NO\n");
	for (size_t i = 0; i < sizeof(label_files) / sizeof(*label_files); i++) {
		struct policy_errors errs = { 0 };
		struct config c;

		tempdir_write("labels.d/b", label_files[i].text);
		if (label_files[i].problem) {
			assert_int_equal(config_load(tempdir_path("c"), &c, &errs), -EBADMSG);
			assert_int_equal(errs.n, 1);
			assert_string_equal(errs.v[0].file, tempdir_path("labels.d/b"));
			assert_int_equal(errs.v[0].line, label_files[i].line);
			assert_int_equal(errs.v[0].col, label_files[i].col);
			assert_string_equal(errs.v[0].text, label_files[i].problem);
		} else {
			assert_int_equal(config_load(tempdir_path("c"), &c, &errs), 0);
			assert_string_equal(c.labels[0], "government");
			assert_string_equal(c.labels[1], "first");
			assert_int_equal(c.n_labels, *label_files[i].text ? 3 : 2);
			if (c.n_labels == 3)
				assert_string_equal(c.labels[2], "site-a");
			config_free(&c);
		}
		policy_errors_free(&errs);
	}
}

static const struct {
	const char *text;
	enum output_type type;
	enum output_format format;
	const char *to, *host, *port, *ca;
} outputs[] = {
	{ "journald", OUTPUT_JOURNALD, OUTPUT_NATIVE, NULL, NULL, NULL, NULL },
	{ "{type: audit}", OUTPUT_AUDIT, OUTPUT_NATIVE, NULL, NULL, NULL, NULL },
	{ "syslog", OUTPUT_SYSLOG, OUTPUT_NATIVE, "/dev/log", NULL, NULL, NULL },
	{ "{type: syslog, format: cef}", OUTPUT_SYSLOG, OUTPUT_CEF, "/dev/log", NULL, NULL, NULL },
	{ "{to: \"tcp://log.example\", type: syslog, format: ecs}", OUTPUT_SYSLOG, OUTPUT_ECS,
	  "tcp://log.example", "log.example", "601", NULL },
	{ "{type: syslog, to: \"tcp://[::1]:65535\"}", OUTPUT_SYSLOG, OUTPUT_NATIVE,
	  "tcp://[::1]:65535", "::1", "65535", NULL },
	{ "{type: syslog, to: \"tls://192.0.2.1\", ca: /c, format: ocsf}", OUTPUT_SYSLOG,
	  OUTPUT_OCSF, "tls://192.0.2.1", "192.0.2.1", "6514", "/c" },
	{ "{type: file, to: /var/log/x, format: cef}", OUTPUT_FILE, OUTPUT_CEF, "/var/log/x", NULL,
	  NULL, NULL },
};

static void same(const char *a, const char *b)
{
	if (b)
		assert_string_equal(a, b);
	else
		assert_null(a);
}

static void test_outputs(void **state)
{
	struct policy_errors errs = { 0 };
	struct output_config copy;
	char text[1024] = "outputs:\n";
	struct config c;

	(void)state;
	for (size_t i = 0; i < sizeof(outputs) / sizeof(*outputs); i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "  - %s\n",
			 outputs[i].text);
	assert_int_equal(config_parse(text, strlen(text), "f", &c, &errs), 0);
	assert_int_equal(c.n_outputs, sizeof(outputs) / sizeof(*outputs));
	for (size_t i = 0; i < c.n_outputs; i++) {
		assert_int_equal(c.outputs[i].type, outputs[i].type);
		assert_int_equal(c.outputs[i].format, outputs[i].format);
		same(c.outputs[i].to, outputs[i].to);
		same(c.outputs[i].host, outputs[i].host);
		same(c.outputs[i].port, outputs[i].port);
		same(c.outputs[i].ca, outputs[i].ca);
		assert_int_equal(output_config_copy(&copy, &c.outputs[i]), 0);
		for (size_t j = 0; j < c.n_outputs; j++)
			assert_int_equal(output_config_equal(&copy, &c.outputs[j]), i == j);
		output_config_clear(&copy);
	}
	config_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rejections),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_outputs),
		cmocka_unit_test_setup_teardown(test_load, tempdir_setup, tempdir_teardown),
		cmocka_unit_test_setup_teardown(test_labels, tempdir_setup, tempdir_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
