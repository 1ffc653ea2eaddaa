// SPDX-License-Identifier: GPL-2.0-or-later
/* The command line: `interdict` itself and `interdict check`, by what they print and exit with. */
#include <errno.h>

#include "orders.h"
#include "command_runs.h"

#define HASH	    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
#define HEADER	    "interdict: 1\npolicy: p\nserial: 3\nmode: enforce\n"
#define ORDER(rest) ORDER_HEAD rest

#define SUMMARY(n) "policy p, serial 3, mode enforce: 1 orders, 1 rules, sha256 " n "\n"

static const struct command_run runs[] = {
	{ "", 2, "", "interdict: a verb is needed" },
	{ "frobnicate", 2, "", "interdict: there is no verb \"frobnicate\"" },
	{ "--frobnicate", 2, "", "unrecognized option '--frobnicate'" },
	{ "--version", 0, NULL, NULL },
	{ "--help", 0, NULL, NULL },
	{ "check --help", 0, NULL, NULL },
	{ "check", 2, "", "interdict check: a policy's directory or bundle is needed" },
	{ "check good bad", 2, "", "interdict check: one policy at a time, not also \"bad\"" },
	{ "check --fast good", 2, "", "unrecognized option '--fast'" },
	{ "check absent", 1,
	  "absent: error: the policy's directory cannot be read: No such file or directory\n"
	  "errors: 1, warnings: 0\n",
	  NULL },
	{ "check good/policy.yaml --trust absent", 1,
	  "absent: error: the trusted certificates cannot be read: No such file or directory\n"
	  "errors: 1, warnings: 0\n",
	  NULL },
	{ "check good/", 0, SUMMARY("x") "errors: 0, warnings: 0\n", NULL },
	{ "check warned", 0,
	  "warned/orders/o.yaml:8:13: warning: sha256: without size every executable, library and "
	  "installer is hashed once\n" SUMMARY("x") "errors: 0, warnings: 1\n",
	  NULL },
	{ "check bad", 1,
	  "bad/orders/o.yaml:8:15: error: build-id: character 1 is not a hex digit\n"
	  "bad/orders/o.yaml:9:1: error: unknown key \"bogus\" in an order\n"
	  "bad/policy.yaml:3:9: error: serial: is at least 1\n"
	  "errors: 3, warnings: 0\n",
	  NULL },
	{ "check later", 0,
	  "later/orders/o.yaml:8:14: warning: package: no database knows AppImages, so that they "
	  "are found and removed, but not refused: give who signed it (key), or its sha256, too\n" SUMMARY(
		  "x") "errors: 0, warnings: 1\n",
	  NULL },
	{ "check signers", 0,
	  "signers/orders/o.yaml:8:16: warning: publisher: by \"sectigo\" this names a certificate "
	  "authority or a time stamping service: the rule matches what it signed itself, not what "
	  "it certified or stamped\n" SUMMARY("x") "errors: 0, warnings: 1\n",
	  NULL },
	{ "check --json signers | jq -c '[.policy.rules, .errors, .warnings, .problems[0].refused]'",
	  0, "[1,0,1,false]\n", NULL },
	{ "check empty-file", 4,
	  "empty-file/orders/o.yaml:8:14: error: sha256: this is the empty file (--allow-critical "
	  "loads it anyway)\n" SUMMARY("x") "errors: 1, warnings: 0\n",
	  NULL },
	{ "check --allow-critical empty-file", 0,
	  "empty-file/orders/o.yaml:8:14: warning: sha256: this is the empty file (allowed by "
	  "--allow-critical)\n" SUMMARY("x") "errors: 0, warnings: 1\n",
	  NULL },
	{ "check --json --allow-critical empty-file | jq -c '[.allow_critical, .errors, "
	  ".problems[0].problem]'",
	  0, "[true,0,\"critical\"]\n", NULL },
	{ "check --json empty-file | jq -c '[.allow_critical, .errors, .problems[0].refused]'", 0,
	  "[false,1,true]\n", NULL },
	{ "check --json bad | jq -c '[.policy, .errors, .warnings, .problems[0]]'", 0,
	  "[null,3,0,{\"file\":\"bad/orders/o.yaml\",\"line\":8,\"col\":15,\"severity\":\"error\","
	  "\"refused\":false,\"problem\":\"text\",\"text\":\"build-id: character 1 is not a hex digit\"}]\n",
	  NULL },
	{ "check --json good | jq -c '[.policy.name, .policy.serial, .policy.mode, .policy.orders, "
	  ".policy.rules, (.policy.digest | length), .problems]'",
	  0, "[\"p\",3,\"enforce\",1,1,64,[]]\n", NULL },
	/* the fleet's labels */
	{ "check --labels fleet scoped", 0,
	  "scoped/orders/o.yaml:9:16: warning: devices: no device has the label \"moon\": it is not "
	  "in fleet\n"
	  "scoped/orders/o.yaml:11:22: warning: devices: no device has the label \"pres\": it is "
	  "not in fleet\n" SUMMARY("x") "errors: 0, warnings: 2\n",
	  NULL },
	{ "check --labels /dev/null scoped | tail -n 1", 0, "errors: 0, warnings: 4\n", NULL },
	{ "check --labels absent good", 1,
	  "absent: error: the labels cannot be read: No such file or directory\n" SUMMARY(
		  "x") "errors: 1, warnings: 0\n",
	  NULL },
	{ "check --labels good good", 1,
	  "good: error: the labels cannot be read: Is a directory\n" SUMMARY(
		  "x") "errors: 1, warnings: 0\n",
	  NULL },
	{ "check --labels fleet-bad scoped", 1,
	  "fleet-bad:2:10: error: label: \"two words\" has characters other than a-z, 0-9 and "
	  "hyphen\n"
	  "fleet-bad:3:1: error: label: \"-x\" begins or ends with a hyphen\n" SUMMARY(
		  "x") "errors: 2, warnings: 0\n",
	  NULL },
	/* SARIF */
	{ "check --sarif --json good", 2, "", "interdict check: either --json or --sarif" },
	{ "check --sarif good | jq -e -f $OLDPWD/tests/unit/sarif.jq", 0, "true\n", NULL },
	{ "check --sarif bad | jq -e -f $OLDPWD/tests/unit/sarif.jq", 0, "true\n", NULL },
	{ "check --sarif --labels fleet scoped | jq -e -f $OLDPWD/tests/unit/sarif.jq", 0, "true\n",
	  NULL },
	{ "check --sarif absent | jq -e -f $OLDPWD/tests/unit/sarif.jq", 0, "true\n", NULL },
	{ "check --sarif $OLDPWD/policy/example | jq -e -f $OLDPWD/tests/unit/sarif.jq", 0,
	  "true\n", NULL },
	{ "check --sarif bad", 1, NULL, NULL },
	{ "check --sarif later", 0, NULL, NULL },
	{ "check --sarif bad | jq -c '.runs[0] | [.invocations[0].exitCode, (.results | length), "
	  ".results[0].ruleId, .results[0].level, .results[0].message.text, "
	  ".results[0].locations[0].physicalLocation]'",
	  0,
	  "[1,3,\"text\",\"error\",\"build-id: character 1 is not a hex digit\","
	  "{\"artifactLocation\":{\"uri\":\"bad/orders/o.yaml\"},\"region\":{\"startLine\":8,"
	  "\"startColumn\":15}}]\n",
	  NULL },
	{ "check --sarif later | jq -c '.runs[0].results[0] | [.ruleId, .level, .properties]'", 0,
	  "[\"unenforced\",\"warning\",{\"refused\":false}]\n", NULL },
	{ "check --sarif --allow-critical empty-file | jq -c '.runs[0] | [.properties, "
	  ".results[0].ruleId, .results[0].level]'",
	  0, "[{\"allow_critical\":true},\"critical\",\"warning\"]\n", NULL },
	{ "check --sarif 'odd %dir' | jq -c '[.runs[0].results[].locations[].physicalLocation]'", 0,
	  "[{\"artifactLocation\":{\"uri\":\"odd%20%25dir\"}},{\"artifactLocation\":{\"uri\":"
	  "\"odd%20%25dir/x%3Ay\"}}]\n",
	  NULL },
	{ "check --sarif $PWD/later | jq -r '.runs[0].results[].locations[].physicalLocation"
	  ".artifactLocation.uri' | sed s,$PWD,DIR,",
	  0, "file://DIR/later/orders/o.yaml\n", NULL },
	{ "check good >/dev/full", 1, "",
	  "interdict: writing the output: No space left on device" },
};

/* Digests have tests of their own. */
static void blank_digest(char *text)
{
	char *at = strstr(text, "sha256 ");
	char *end = at ? strchr(at, '\n') : NULL;

	if (end)
		memmove(at + 7, end, strlen(end) + 1);
}

static void make_policies(void)
{
	static const char *const names[] = { "good",	"warned",     "later",
					     "signers", "empty-file", "scoped" };
	static const char *const orders[] = {
		ORDER("match:\n  - {sha256: " HASH ", size: 4}\n"),
		ORDER("match:\n  - sha256: " HASH "\n"),
		ORDER("match:\n  - package: {type: appimage, name: x}\n"),
		ORDER("match:\n  - publisher: Sectigo Limited\n"),
		ORDER("match:\n  - {sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b"
		      "7852b855, size: 4}\n"),
		ORDER("match:\n  - {sha256: " HASH ", size: 4}\ndevices: [gov, moon]\nexempt:\n"
		      "  - devices: [press, pres]\n    until: 2999-12-31T00:00:00Z\n    reason: r\n"),
	};
	char path[64];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/policy.yaml", names[i]);
		tempdir_write(path, HEADER);
		snprintf(path, sizeof(path), "%s/orders/o.yaml", names[i]);
		tempdir_write(path, orders[i]);
	}
	tempdir_write("bad/policy.yaml", "interdict: 1\npolicy: p\nserial: 0\nmode: enforce\n");
	tempdir_write("odd %dir/policy.yaml", HEADER);
	tempdir_write("odd %dir/x:y", "");
	tempdir_write("fleet", "# the fleet\n\n gov # offices\npress\t\nlab\n");
	tempdir_write("fleet-bad", "gov\n      two words\n-x\n");
	tempdir_write("bad/orders/o.yaml", ORDER("match:\n  - build-id: xyz\nbogus: 1\n"));
}

static void test_runs(void **state)
{
	(void)state;
	make_policies();
	command_runs_begin();
	for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++)
		command_run_check(&runs[i], runs[i].arguments, blank_digest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_runs, tempdir_setup, tempdir_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
