// SPDX-License-Identifier: GPL-2.0-or-later
/* Headers and orders, all but `match`: what is refused, and what comes of what is not. */
#include <errno.h>

#include "orders.h"

static int parse_header(const char *buf, size_t len, struct policy_errors *errs)
{
	struct policy *policy = NULL;
	int ret = policy_parse_header(buf, len, "f", &policy, errs);

	case_note("policy", buf, len, ret, errs);
	policy_free(policy);
	return ret;
}

#define SIXTEEN(x)   x x x x x x x x x x x x x x x x
#define HEADER(rest) "interdict: 1\npolicy: p\n" rest

static const struct rejection headers[] = {
	{ "a", 1, 1, "a policy's header is a mapping, not text", 0 },
	{ "- a", 1, 1, "a policy's header is a mapping, not a sequence", 0 },
	{ "policy: p\nserial: 1\nmode: off\n", 1, 1,
	  "key \"interdict\" is missing in a policy's header", 0 },
	{ "interdict: 2\npolicy: p\nserial: 1\nmode: off\n", 1, 12,
	  "interdict: this version reads format 1, not \"2\"", 0 },
	{ "interdict: 01\npolicy: p\nserial: 1\nmode: off\n", 1, 12,
	  "interdict: this version reads format 1, not \"01\"", 0 },
	{ "interdict: 1\nserial: 1\nmode: off\n", 1, 1,
	  "key \"policy\" is missing in a policy's header", 0 },
	{ "interdict: 1\npolicy: P\nserial: 1\nmode: off\n", 2, 9,
	  "policy: \"P\" has characters other than a-z, 0-9 and hyphen", 0 },
	{ HEADER("mode: off\n"), 1, 1, "key \"serial\" is missing in a policy's header", 0 },
	{ HEADER("serial: 1\n"), 1, 1, "key \"mode\" is missing in a policy's header", 0 },
	{ HEADER("serial: 0\nmode: off\n"), 3, 9, "serial: is at least 1", 0 },
	{ HEADER("serial: -1\nmode: off\n"), 3, 9, "serial: \"-1\" is not a decimal number", 0 },
	{ HEADER("serial: 1e3\nmode: off\n"), 3, 10, "serial: \"1e3\" is not a decimal number", 0 },
	{ HEADER("serial: 0x10\nmode: off\n"), 3, 10, "serial: \"0x10\" is not a decimal number",
	  0 },
	{ HEADER("serial: 042\nmode: off\n"), 3, 9, "serial: 042 begins with a zero", 0 },
	{ HEADER("serial: 9223372036854775808\nmode: off\n"), 3, 9,
	  "serial: 9223372036854775808 is too large", 0 },
	{ HEADER("serial: \"1 2\"\nmode: off\n"), 3, 9, "serial: \"1 2\" is not a decimal number",
	  0 },
	{ HEADER("serial:\nmode: off\n"), 3, 8, "serial: is empty", 0 },
	{ HEADER("serial: [1]\nmode: off\n"), 3, 9, "serial: expected text, not a sequence", 0 },
	{ HEADER("serial: 1\nmode: on\n"), 4, 7, "mode: \"on\" is not one of off, audit, enforce",
	  0 },
	{ HEADER("serial: 1\nmode: Enforce\n"), 4, 7,
	  "mode: \"Enforce\" is not one of off, audit, enforce", 0 },
	{ HEADER("serial: 1\nmode: off\nunidentified: judge\n"), 5, 15,
	  "unidentified: \"judge\" is not one of allow, deny", 0 },
	{ HEADER("serial: 1\nmode: off\nuntrusted-fs: allow\n"), 5, 15,
	  "untrusted-fs: \"allow\" is not one of judge, deny", 0 },
	{ HEADER("serial: 1\nmode: off\nboot-override: true\n"), 5, 16,
	  "boot-override: \"true\" is not one of no, yes", 0 },
	{ HEADER("serial: 1\nmode: off\nsigned: yes\n"), 5, 1,
	  "unknown key \"signed\" in a policy's header", 0 },
	{ HEADER("serial: 1\nmode: off\norder: x\n"), 5, 1,
	  "unknown key \"order\" in a policy's header", 0 },
};

#define REQUIRED     ORDER_HEAD "match:\n  - build-id: aabbccdd\n"
#define ORDER(rest)  REQUIRED rest /* rest begins at line 9 */
#define EXEMPT(rest) REQUIRED "exempt:\n" rest

static const struct rejection orders[] = {
	{ "[]", 1, 1, "an order is a mapping, not a sequence", 0 },
	{ "---", 1, 4, "an order is a mapping, not text", 0 },
	{ "order: o\ntitle: t\nauthority: a\nreference: r\nreason: w\nmatch: [{build-id: aabbccdd}]\n",
	  1, 1, "key \"interdict\" is missing in an order", 0 },
	{ "interdict: 1\ntitle: t\nauthority: a\nreference: r\nreason: w\n"
	  "match: [{build-id: aabbccdd}]\n",
	  1, 1, "key \"order\" is missing in an order", 0 },
	{ "interdict: 1\norder: o\nauthority: a\nreference: r\nreason: w\n"
	  "match: [{build-id: aabbccdd}]\n",
	  1, 1, "key \"title\" is missing in an order", 0 },
	{ "interdict: 1\norder: o\ntitle: t\nreference: r\nreason: w\n"
	  "match: [{build-id: aabbccdd}]\n",
	  1, 1, "key \"authority\" is missing in an order", 0 },
	{ "interdict: 1\norder: o\ntitle: t\nauthority: a\nreason: w\n"
	  "match: [{build-id: aabbccdd}]\n",
	  1, 1, "key \"reference\" is missing in an order", 0 },
	{ "# why\ninterdict: 1\norder: o\ntitle: t\nauthority: a\nreference: r\n"
	  "match: [{build-id: aabbccdd}]\n",
	  2, 1, "key \"reason\" is missing in an order", 0 },
	{ ORDER_HEAD, 1, 1, "key \"match\" is missing in an order", 0 },
	{ "interdict: 1\norder: o_1\ntitle: t\nauthority: a\nreference: r\nreason: w\n"
	  "match: [{build-id: aabbccdd}]\n",
	  2, 9, "order: \"o_1\" has characters other than a-z, 0-9 and hyphen", 0 },
	{ "interdict: 1\norder: -o\ntitle: t\nauthority: a\nreference: r\nreason: w\n"
	  "match: [{build-id: aabbccdd}]\n",
	  2, 8, "order: \"-o\" begins or ends with a hyphen", 0 },
	{ "interdict: 1\norder: " SIXTEEN("abcd") "\ntitle: t\nauthority: a\nreference: r\n"
						  "reason: w\nmatch: [{build-id: aabbccdd}]\n",
	  2, 8, "order: has 64 characters; at most 63 are allowed", 0 },
	{ "interdict: 1\norder: o\ntitle: ''\nauthority: a\nreference: r\nreason: w\n"
	  "match: [{build-id: aabbccdd}]\n",
	  3, 8, "title: is empty", 0 },
	{ "interdict: 1\norder: o\ntitle: t\nauthority: {a: b}\nreference: r\nreason: w\n"
	  "match: [{build-id: aabbccdd}]\n",
	  4, 12, "authority: expected text, not a mapping", 0 },
	{ ORDER_HEAD "match: []\n", 7, 8, "match: is empty; an order has at least one entry", 0 },
	{ ORDER_HEAD "match: {build-id: aabbccdd}\n", 7, 8,
	  "match: expected a sequence, not a mapping", 0 },
	{ ORDER("severity: high\n"), 9, 1, "unknown key \"severity\" in an order", 0 },
	{ ORDER("Mode: audit\n"), 9, 1, "unknown key \"Mode\" in an order", 0 },
	{ ORDER("<<: {mode: audit}\n"), 9, 1, "unknown key \"<<\" in an order", 0 },
	{ ORDER("serial: 1\n"), 9, 1, "unknown key \"serial\" in an order", 0 },
	/* times */
	{ ORDER("effective: 2023-10-30\n"), 9, 12,
	  "effective: \"2023-10-30\": a time is written like 2023-10-30T00:00:00Z, in UTC", 0 },
	{ ORDER("effective: 2023-10-30T00:00:00+00:00\n"), 9, 12,
	  "effective: \"2023-10-30T00:00:00+00:00\": a time is written like 2023-10-30T00:00:00Z, "
	  "in UTC",
	  0 },
	{ ORDER("effective: 2023-10-30t00:00:00z\n"), 9, 12,
	  "effective: \"2023-10-30t00:00:00z\": a time is written like 2023-10-30T00:00:00Z, in UTC",
	  0 },
	{ ORDER("effective: 2023-13-30T00:00:00Z\n"), 9, 12,
	  "effective: \"2023-13-30T00:00:00Z\": there is no such month", 0 },
	{ ORDER("effective: 2023-02-29T00:00:00Z\n"), 9, 12,
	  "effective: \"2023-02-29T00:00:00Z\": there is no such day in that month", 0 },
	{ ORDER("expires: 2023-10-30T24:00:00Z\n"), 9, 10,
	  "expires: \"2023-10-30T24:00:00Z\": there is no such time of day", 0 },
	{ ORDER("expires: 1969-12-31T23:59:59Z\n"), 9, 10,
	  "expires: \"1969-12-31T23:59:59Z\": times begin with the year 1970", 0 },
	{ ORDER("effective: 2023-10-30T00:00:00Z\nexpires: 2023-10-30T00:00:00Z\n"), 10, 10,
	  "expires: the order would end before it begins", 0 },
	/* what YAML has and the format has not, in a text that is right but for it */
	{ ORDER("message: &m text\n"), 9, 10, "anchors (&m) are not part of the format", 0 },
	{ ORDER("message: !!str text\n"), 9, 10,
	  "tags (tag:yaml.org,2002:str) are not part of the format", 0 },
	{ ORDER("mode: audit\nmode: audit\n"), 10, 1, "key \"mode\" is there already, at line 9",
	  0 },
	{ "%YAML 1.1\n---\n" REQUIRED, 1, 1, "directives (%YAML, %TAG) are not part of the format",
	  0 },
	{ ORDER("---\n" REQUIRED), 9, 1, "a second document begins here; a file holds one", 0 },
	{ ORDER("message: \"a\\nb\"\n"), 9, 10,
	  "this string contains a line feed: a string is one line; fold longer text with '>-'", 0 },
	{ ORDER("message: \"a\\u202eb\"\n"), 9, 10,
	  "this string contains a character that changes the direction of text: it would not be read "
	  "as it is",
	  0 },
	{ ORDER("message: " SIXTEEN(SIXTEEN("abcd")) "e\n"), 9, 10,
	  "this string has 1025 bytes; at most 1024 are allowed", 0 },
	{ ORDER("message: " SIXTEEN(SIXTEEN("\xc3\xa4\xc3\xa4")) "e\n"), 9, 10,
	  "this string has 1025 bytes; at most 1024 are allowed", 0 },
	/* devices, mode, operations */
	{ ORDER("devices: government\n"), 9, 10, "devices: expected a sequence, not text", 0 },
	{ ORDER("devices: []\n"), 9, 10, "devices: is empty; leave the key out, or name 1 to 256",
	  0 },
	{ ORDER("devices: [a, B]\n"), 9, 14,
	  "devices: \"B\" has characters other than a-z, 0-9 and hyphen", 0 },
	{ ORDER("devices: [a, b, a]\n"), 9, 17, "devices: \"a\" is there twice", 0 },
	{ ORDER("devices: [[a]]\n"), 9, 11, "devices: an element is a label", 0 },
	{ ORDER("mode: deny\n"), 9, 7, "mode: \"deny\" is not one of off, audit, enforce", 0 },
	{ ORDER("operations: []\n"), 9, 13,
	  "operations: is empty; leave the key out for all of them", 0 },
	{ ORDER("operations: [exec, write]\n"), 9, 20,
	  "operations: \"write\" is not one of exec, map, open, load", 0 },
	{ ORDER("operations: [exec, map, exec]\n"), 9, 25, "operations: \"exec\" is there twice",
	  0 },
	{ ORDER("operations:\n  - {exec: yes}\n"), 10, 5,
	  "operations: an element is text, not a mapping", 0 },
	{ ORDER("operations: exec\n"), 9, 13, "operations: expected a sequence, not text", 0 },
	/* running, installed, grace */
	{ ORDER("running: remove\n"), 9, 10, "running: \"remove\" is not one of report, kill", 0 },
	{ ORDER("installed: kill\n"), 9, 12, "installed: \"kill\" is not one of report, remove",
	  0 },
	{ ORDER("grace: 10\n"), 9, 8,
	  "grace: \"10\": a duration is a number and a unit, like 10s, 10m, 2h, 1d", 0 },
	{ ORDER("grace: 1h30m\n"), 9, 8,
	  "grace: \"1h30m\": a duration is a number and a unit, like 10s, 10m, 2h, 1d", 0 },
	{ ORDER("grace: -1s\n"), 9, 8,
	  "grace: \"-1s\": a duration is a number and a unit, like 10s, 10m, 2h, 1d", 0 },
	{ ORDER("grace: 367d\n"), 9, 8, "grace: \"367d\": at most 366d are allowed", 0 },
	{ ORDER("grace: 8785h\n"), 9, 8, "grace: \"8785h\": at most 366d are allowed", 0 },
	{ ORDER("grace: 527041m\n"), 9, 8, "grace: \"527041m\": at most 366d are allowed", 0 },
	{ ORDER("grace: 31622401s\n"), 9, 8, "grace: \"31622401s\": at most 366d are allowed", 0 },
	{ ORDER("grace: 000000001s\n"), 9, 8,
	  "grace: \"000000001s\": a duration is a number and a unit, like 10s, 10m, 2h, 1d", 0 },
	/* exempt */
	{ ORDER("exempt: []\n"), 9, 9, "exempt: is empty; leave the key out, or give 1 to 256", 0 },
	{ EXEMPT("  - a\n"), 10, 5, "an exemption is a mapping, not text", 0 },
	{ EXEMPT("  - {until: 2026-12-31T00:00:00Z, reason: r}\n"), 10, 5,
	  "key \"devices\" is missing in an exemption", 0 },
	{ EXEMPT("  - {devices: [a], reason: r}\n"), 10, 5,
	  "key \"until\" is missing in an exemption", 0 },
	{ EXEMPT("  - devices: [a]\n    until: 2026-12-31T00:00:00Z\n"), 10, 5,
	  "key \"reason\" is missing in an exemption", 0 },
	{ EXEMPT("  - devices: [a]\n    until: never\n    reason: r\n"), 11, 12,
	  "until: \"never\": a time is written like 2023-10-30T00:00:00Z, in UTC", 0 },
	{ EXEMPT("  - devices: [a]\n    until: 2026-12-31T00:00:00Z\n    reason: r\n    order: o\n"),
	  13, 5, "unknown key \"order\" in an exemption", 0 },
};

static void test_header_rejections(void **state)
{
	(void)state;
	check_rejections(TABLE(headers), parse_header);
}

static void test_order_rejections(void **state)
{
	(void)state;
	check_rejections(TABLE(orders), order_rejected);
}

static void test_header(void **state)
{
	static const char text[] = "interdict: 1\npolicy: base-1\nserial: 9223372036854775807\n"
				   "mode: audit\nunidentified: deny\nuntrusted-fs: deny\n"
				   "boot-override: yes\n";
	static const char least[] = "{interdict: 1, policy: p, serial: 1, mode: enforce}";
	struct policy_errors errs = { 0 };
	struct policy *p;

	(void)state;
	assert_int_equal(policy_parse_header(text, strlen(text), "f", &p, &errs), 0);
	case_note("policy", text, strlen(text), 0, &errs);
	assert_string_equal(p->name, "base-1");
	assert_true(p->serial == INT64_MAX);
	assert_int_equal(p->mode, POLICY_MODE_AUDIT);
	assert_true(p->unidentified_deny && p->untrusted_fs_deny && p->boot_override);
	policy_free(p);
	assert_int_equal(policy_parse_header(least, strlen(least), "f", &p, &errs), 0);
	case_note("policy", least, strlen(least), 0, &errs);
	assert_int_equal(p->mode, POLICY_MODE_ENFORCE);
	assert_false(p->unidentified_deny || p->untrusted_fs_deny || p->boot_override);
	policy_free(p);
	assert_int_equal(errs.n, 0);
}

static void test_defaults(void **state)
{
	const struct policy_order *o;
	struct policy *p = order_parsed(REQUIRED);

	(void)state;
	assert_int_equal(p->n_orders, 1);
	assert_int_equal(p->n_rules, 1);
	o = &p->orders[0];
	assert_string_equal(o->id, "o");
	assert_string_equal(o->title, "t");
	assert_string_equal(o->authority, "a");
	assert_string_equal(o->reference, "r");
	assert_string_equal(o->reason, "w");
	assert_null(o->message);
	assert_null(o->contact);
	assert_true(o->effective == POLICY_TIME_MIN && o->expires == POLICY_TIME_MAX);
	assert_int_equal(o->n_devices, 0);
	assert_int_equal(o->mode, POLICY_MODE_ENFORCE);
	assert_int_equal(o->operations, POLICY_OPS_ALL);
	assert_false(o->running_kill || o->installed_remove);
	assert_int_equal(o->grace, POLICY_GRACE_DEFAULT);
	assert_int_equal(o->n_exemptions, 0);
	assert_int_equal(o->at.line, 2);
	assert_int_equal(o->at.col, 8);
	policy_free(p);
}

static void test_everything(void **state)
{
	static const char text[] =
		ORDER("message: m\ncontact: c\neffective: 2023-10-30T00:00:00Z\n"
		      "expires: 2030-01-01T00:00:00Z\ndevices: [gov, lab-2]\nmode: audit\n"
		      "operations: [exec, load]\nrunning: kill\ninstalled: remove\ngrace: 10m\n"
		      "exempt:\n  - devices: [press]\n    until: 2026-12-31T00:00:00Z\n"
		      "    reason: ticket 4711\n");
	const int64_t effective = 1698624000;
	const int64_t until = 1798675200;
	const int64_t expires = 1893456000;
	struct policy *p = order_parsed(text);
	struct policy_order *o;

	(void)state;
	o = &p->orders[0];
	assert_string_equal(o->message, "m");
	assert_string_equal(o->contact, "c");
	assert_int_equal(o->effective, effective);
	assert_int_equal(o->expires, expires);
	assert_int_equal(o->expires_at.line, 12);
	assert_int_equal(o->expires_at.col, 10);
	assert_int_equal(o->n_devices, 2);
	assert_string_equal(o->devices[1], "lab-2");
	assert_int_equal(o->mode, POLICY_MODE_AUDIT);
	assert_int_equal(o->operations,
			 POLICY_OP_BIT(POLICY_OP_EXEC) | POLICY_OP_BIT(POLICY_OP_LOAD));
	assert_true(o->running_kill && o->installed_remove);
	assert_int_equal(o->grace, 600);
	assert_int_equal(o->n_exemptions, 1);
	assert_int_equal(o->exemptions[0].until, until);
	assert_string_equal(o->exemptions[0].reason, "ticket 4711");

	p->mode = POLICY_MODE_ENFORCE;
	assert_int_equal(policy_order_mode(p, o), POLICY_MODE_AUDIT);
	p->mode = POLICY_MODE_OFF;
	assert_int_equal(policy_order_mode(p, o), POLICY_MODE_OFF);
	o->mode = POLICY_MODE_ENFORCE;
	p->mode = POLICY_MODE_AUDIT;
	assert_int_equal(policy_order_mode(p, o), POLICY_MODE_AUDIT);
	policy_free(p);
}

static void test_graces(void **state)
{
	static const char *const graces[] = { "31622400s", "527040m", "8784h", "366d",
					      "00000366d" };
	char text[512];
	struct policy *p;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(graces) / sizeof(graces[0]); i++) {
		snprintf(text, sizeof(text), ORDER("grace: %s\n"), graces[i]);
		p = order_parsed(text);
		assert_int_equal(p->orders[0].grace, POLICY_GRACE_MAX);
		policy_free(p);
	}
	p = order_parsed(ORDER("grace: 0s\n"));
	assert_int_equal(p->orders[0].grace, 0);
	policy_free(p);
}

/* The reader goes on: one run shows all that is wrong in a file. */
static void test_collects(void **state)
{
	static const char text[] = "interdict: 3\norder: O\ntitle: t\nauthority: a\nreference: r\n"
				   "match:\n  - build-id: xyz\n  - size: 3\nbogus: 1\ngrace: 1\n";
	static const uint32_t lines[] = { 1, 1, 2, 7, 8, 8, 9, 10 };
	struct policy_errors errs = { 0 };
	size_t i;

	(void)state;
	assert_int_equal(order_rejected(text, strlen(text), &errs), -EBADMSG);
	policy_errors_sort(&errs);
	assert_int_equal(errs.n, sizeof(lines) / sizeof(lines[0]));
	for (i = 0; i < errs.n; i++)
		assert_int_equal(errs.v[i].line, lines[i]);
	policy_errors_free(&errs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_header_rejections),
		cmocka_unit_test(test_order_rejections),
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_everything),
		cmocka_unit_test(test_graces),
		cmocka_unit_test(test_collects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
