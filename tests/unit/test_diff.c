// SPDX-License-Identifier: GPL-2.0-or-later
/* What a new policy changes: each field, each way in which rules and lists differ, and what makes
 * no difference. */
#include <errno.h>

#include "command_runs.h"
#include "orders.h"
#include "userspace/diff/policy_diff.h"

#define H1   "0000000000000000000000000000000000000000000000000000000000000001"
#define H3   "1000000000000000000000000000000000000000000000000000000000000001"
#define H4   "2000000000000000000000000000000000000000000000000000000000000001"
#define H5   "3000000000000000000000000000000000000000000000000000000000000001"
#define H2   "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
#define RULE "match:\n  - build-id: aabbccdd\n"
#define BASE "interdict: 1\npolicy: p\nserial: 1\nmode: enforce\n"
#define NEXT "interdict: 1\npolicy: p\nserial: 2\nmode: enforce\n"

/* What is said of all that is the same in most rows. */
#define SERIAL "serial: 1 -> 2\n"
#define NONE                                            \
	"\nidentifiers that no order named before: 0\n" \
	"identifiers that no order names any more: 0\n"
#define CHANGES "\norder o changes: t\n"

struct row {
	const char *old, *new; /* the order behind ORDER_HEAD; NULL: there is none */
	const char *said;      /* behind the two lines of the policies */
};

#define FIELD(name, old, new) SERIAL CHANGES "  " name ": " old " -> " new "\n" NONE
#define SAME		      SERIAL NONE

static const struct row rows[] = {
	{ RULE, RULE, SAME },
	/* fields */
	{ RULE, RULE "message: m\n", FIELD("message", "none", "m") },
	{ RULE "message: m\n", RULE, FIELD("message", "m", "none") },
	{ RULE "message: m\n", RULE "message: n\n", FIELD("message", "m", "n") },
	{ RULE "contact: m\n", RULE "contact: n\n", FIELD("contact", "m", "n") },
	{ RULE, RULE "effective: 2023-10-30T00:00:00Z\n",
	  FIELD("effective", "none", "2023-10-30T00:00:00Z") },
	{ RULE "effective: 1970-01-01T00:00:00Z\n", RULE,
	  FIELD("effective", "1970-01-01T00:00:00Z", "none") },
	{ RULE "expires: 2023-10-30T00:00:00Z\n", RULE "expires: 2024-10-30T00:00:00Z\n",
	  FIELD("expires", "2023-10-30T00:00:00Z", "2024-10-30T00:00:00Z") },
	{ RULE "devices: [b, a]\n", RULE, FIELD("devices", "a, b", "all") },
	{ RULE "devices: [b, a]\n", RULE "devices: [a, b]\n", SAME },
	{ RULE "devices: [b, a]\n", RULE "devices: [a, c]\n", FIELD("devices", "a, b", "a, c") },
	{ RULE, RULE "mode: audit\n", FIELD("mode", "enforce", "audit") },
	{ RULE, RULE "mode: enforce\n", SAME },
	{ RULE, RULE "operations: [open, exec]\n",
	  FIELD("operations", "exec, map, open, load", "exec, open") },
	{ RULE "operations: [open, exec]\n", RULE "operations: [exec, open]\n", SAME },
	{ RULE, RULE "running: kill\n", FIELD("running", "report", "kill") },
	{ RULE "installed: remove\n", RULE "installed: report\n",
	  FIELD("installed", "remove", "report") },
	{ RULE, RULE "grace: 10s\n", SAME },
	{ RULE "grace: 60m\n", RULE "grace: 1h\n", SAME },
	{ RULE "grace: 90s\n", RULE "grace: 48h\n", FIELD("grace", "90s", "2d") },
	{ RULE "grace: 0s\n", RULE "grace: 120s\n", FIELD("grace", "0s", "2m") },
	/* exemptions, as sets */
	{ RULE, RULE "exempt:\n  - {devices: [b, a], until: 2026-12-31T00:00:00Z, reason: r}\n",
	  SERIAL CHANGES "  exemption added: a, b, until 2026-12-31T00:00:00Z: r\n" NONE },
	{ RULE "exempt:\n  - {devices: [a], until: 2026-12-31T00:00:00Z, reason: r}\n"
	       "  - {devices: [b], until: 2026-12-31T00:00:00Z, reason: r}\n",
	  RULE "exempt:\n  - {devices: [b], until: 2026-12-31T00:00:00Z, reason: r}\n"
	       "  - {devices: [a], until: 2026-12-31T00:00:00Z, reason: r}\n",
	  SAME },
	{ RULE "exempt:\n  - {devices: [a], until: 2026-12-31T00:00:00Z, reason: r}\n",
	  RULE "exempt:\n  - {devices: [a], until: 2027-12-31T00:00:00Z, reason: r}\n",
	  SERIAL CHANGES "  exemption added: a, until 2027-12-31T00:00:00Z: r\n"
			 "  exemption removed: a, until 2026-12-31T00:00:00Z: r\n" NONE },
	/* rules, as sets: how they are written does not count */
	{ "match:\n  - build-id: aabbccdd\n  - build-id: AABBCCEE\n",
	  "match:\n  - build-id: aabbccee\n  - build-id: aabbccdd\n  - build-id: aabbccee\n",
	  SAME },
	{ "match:\n  - publisher: Vendor X\n", "match:\n  - publisher: VENDOR  x\n", SAME },
	{ "match:\n  - package: {type: deb, name: x}\n",
	  "match:\n  - package: {name: x, type: deb}\n", SAME },
	{ "match:\n  - certificate: " H1 "\n", "match:\n  - certificate: der:" H1 "\n", SAME },
	{ "match:\n  - certificate: der:" H1 "\n", "match:\n  - certificate: is:" H1 "\n",
	  SERIAL CHANGES "  rules: 1 (1 certificate) added; 1 (1 certificate) removed\n"
			 "    - certificate: der:" H1 "\n    + certificate: is:" H1 "\n"
			 "\nidentifiers that no order named before: 1 (1 certificate)\n"
			 "identifiers that no order names any more: 1 (1 certificate)\n" },
	{ "match:\n  - key: skid:aabbccdd\n", "match:\n  - key: skid:aabbccddee\n",
	  SERIAL CHANGES "  rules: 1 (1 key) added; 1 (1 key) removed\n"
			 "    - key: skid:aabbccdd\n    + key: skid:aabbccddee\n"
			 "\nidentifiers that no order named before: 1 (1 key)\n"
			 "identifiers that no order names any more: 1 (1 key)\n" },
	{ "match:\n  - package: {type: deb, name: x}\n  - publisher: P Q\n",
	  "match:\n  - package: {type: deb, name: y, vendor: v*}\n  - publisher: P Q\n",
	  SERIAL CHANGES "  rules: 1 (1 package) added; 1 (1 package) removed\n"
			 "    + package: {type: deb, name: y, vendor: v*}\n"
			 "    - package: {type: deb, name: x}\n"
			 "\nidentifiers that no order named before: 1 (1 package)\n"
			 "identifiers that no order names any more: 1 (1 package)\n" },
	{ "match:\n  - {sha256: " H1 ", size: 4}\n", "match:\n  - {sha256: " H1 ", size: 5}\n",
	  SERIAL CHANGES "  rules: 1 (1 sha256) changed\n    ~ sha256: " H1 ", size: 5: size: 4 -> "
			 "5\n" NONE },
	{ "match:\n  - sha256: " H1 "\n",
	  "match:\n  - {sha256: " H1 ", size: 5, status: verified}\n",
	  SERIAL CHANGES "  rules: 1 (1 sha256) changed\n    ~ sha256: " H1
			 ", size: 5: size: none -> 5; status: none -> verified\n" NONE },
	{ "match:\n  - {sha256: " H1 ", size: 4}\n  - {sha256: " H1 ", size: 5}\n",
	  "match:\n  - {sha256: " H1 ", size: 4}\n",
	  SERIAL CHANGES "  rules: 1 (1 sha256) changed\n    ~ sha256: " H1 ", size: 4: size: 5 -> "
			 "none\n" NONE },
	{ "match:\n  - {build-id: aabbccdd, note: n, source: s}\n",
	  "match:\n  - {build-id: aabbccdd, source: t, status: unverified}\n",
	  SERIAL CHANGES
	  "  rules: 1 (1 build-id) changed\n    ~ build-id: aabbccdd: note: n -> none; "
	  "source: s -> t; status: none -> unverified\n" NONE },
	{ "match:\n  - publisher: A B\n  - build-id: aabbccdd\n  - build-id: aabbccde\n",
	  "match:\n  - {sha256: " H2 ", size: 4}\n  - {sha256: " H1 ", size: 4}\n"
	  "  - build-id: aabbccde\n",
	  SERIAL CHANGES
	  "  rules: 2 (2 sha256) added; 2 (1 build-id, 1 publisher) removed\n"
	  "    + sha256: " H1 ", size: 4\n    + sha256: " H2 ", size: 4\n"
	  "    - build-id: aabbccdd\n    - publisher: A B\n"
	  "\nidentifiers that no order named before: 2 (2 sha256)\n"
	  "identifiers that no order names any more: 2 (1 build-id, 1 publisher)\n" },
	/* lists: named, not named, their rows; one that moved from the order to a list is kept */
	{ RULE "  - list: lists/same\n", RULE "  - list: lists/same\n", SAME },
	{ RULE "  - list: lists/changed\n", RULE "  - list: lists/changed\n",
	  SERIAL CHANGES "  lists/changed: 3 -> 3 rows; hashes: 1 added, 1 removed, 1 changed\n"
			 "    ~ sha256: " H1 ", size: 5: size: 4 -> 5\n"
			 "    - sha256: " H3 "\n    + sha256: " H4 ", size: 1\n"
			 "\nidentifiers that no order named before: 1 (1 sha256)\n"
			 "identifiers that no order names any more: 1 (1 sha256)\n" },
	{ RULE "  - {list: lists/same, note: a}\n", RULE "  - {list: lists/same, note: b}\n",
	  SERIAL CHANGES "  lists/same: 1 -> 1 rows; hashes: 0 added, 0 removed, 0 changed\n"
			 "    note: a -> b\n" NONE },
	{ RULE "  - {sha256: " H1 ", size: 4}\n", RULE "  - list: lists/same\n",
	  SERIAL CHANGES "  rules: 1 (1 sha256) removed\n    - sha256: " H1 ", size: 4\n"
			 "  lists/same: named now, 1 rows; hashes: 1 added, 0 removed, 0 changed\n"
			 "    + sha256: " H1 ", size: 4\n" NONE },
	{ RULE "  - list: lists/same\n  - list: lists/same\n", RULE,
	  SERIAL CHANGES
	  "  lists/same: named no more, 1 rows; hashes: 0 added, 1 removed, 0 changed\n"
	  "    - sha256: " H1 ", size: 4\n"
	  "\nidentifiers that no order named before: 0\n"
	  "identifiers that no order names any more: 1 (1 sha256)\n" },
	/* orders */
	{ NULL, RULE,
	  SERIAL "\norder o is added: t, by a; mode enforce; rules: 1 (1 build-id)\n"
		 "\nidentifiers that no order named before: 1 (1 build-id)\n"
		 "identifiers that no order names any more: 0\n" },
	{ RULE "mode: audit\n", NULL,
	  SERIAL "\norder o is lifted: t, by a; mode audit; rules: 1 (1 build-id)\n"
		 "\nidentifiers that no order named before: 0\n"
		 "identifiers that no order names any more: 1 (1 build-id)\n" },
};

static void put_policy(const char *dir, const char *header, const char *order)
{
	char path[64];
	char text[4096];

	snprintf(path, sizeof(path), "%s/policy.yaml", dir);
	tempdir_write(path, header);
	snprintf(path, sizeof(path), "%s/orders/o.yaml", dir);
	snprintf(text, sizeof(text), ORDER_HEAD "%s", order ? order : "");
	if (order)
		tempdir_write(path, text);
	else
		unlink(tempdir_path(path));
}

static struct policy *load(const char *dir)
{
	struct policy_errors errs = { 0 };
	struct policy *policy = NULL;

	if (policy_load_dir(tempdir_path(dir), POLICY_UNENFORCED_KEEP, &policy, &errs))
		policy_errors_print(&errs, stderr);
	policy_errors_free(&errs);
	assert_non_null(policy);
	return policy;
}

/* The comparison of the two directories, and what is said of it. */
static json_t *diff(char **said)
{
	struct policy *old = load("old");
	struct policy *new = load("new");
	size_t len;
	json_t *json;
	FILE *out = open_memstream(said, &len);

	assert_int_equal(policy_diff(old, new, POLICY_DIFF_EXAMPLES, &json), 0);
	policy_diff_print(json, out);
	assert_int_equal(fclose(out), 0);
	policy_free(old);
	policy_free(new);
	return json;
}

/* Behind the first @n lines. */
static const char *behind(const char *text, int n)
{
	while (n-- && *text)
		text += strcspn(text, "\n") + 1;
	return text;
}

static void test_rows(void **state)
{
	size_t i;

	(void)state;
	tempdir_write("old/lists/same", H1 " 4\n");
	tempdir_write("new/lists/same", "# with a comment\n" H1 " 4 and a name\n");
	tempdir_write("old/lists/changed", H1 " 4\n" H3 "  a name\n" H5 " 7\n");
	tempdir_write("new/lists/changed", H5 " 7\n" H4 " 1\n" H1 " 5\n");
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *said;
		json_t *json;

		print_message("row %zu\n%s--\n%s", i, rows[i].old ? rows[i].old : "(none)\n",
			      rows[i].new ? rows[i].new : "(none)\n");
		put_policy("old", BASE, rows[i].old);
		put_policy("new", NEXT, rows[i].new);
		json = diff(&said);
		assert_string_equal(behind(said, 2), rows[i].said);
		assert_true(policy_diff_differs(json));
		json_decref(json);
		free(said);
	}
}

struct header {
	const char *old, *new;
	const char *said;
};

#define HEADER(serial, mode, rest) \
	"interdict: 1\npolicy: p\nserial: " serial "\nmode: " mode "\n" rest

static const struct header headers[] = {
	{ BASE, BASE, "they do the same\n" },
	{ BASE, "# comment\n" BASE, "they do the same; they are written differently\n" },
	{ BASE, HEADER("1", "enforce", "unidentified: allow\nuntrusted-fs: judge\n"),
	  "they do the same; they are written differently\n" },
	{ BASE, NEXT, SERIAL NONE },
	{ NEXT, BASE, "serial: 2 -> 1: older: devices that have the old one refuse it\n" NONE },
	{ BASE, HEADER("1", "audit", ""),
	  "serial: 1 -> 1: the same, though the policy differs\nmode: enforce -> audit\n" NONE },
	{ BASE, HEADER("2", "off", "boot-override: yes\nunidentified: deny\nuntrusted-fs: deny\n"),
	  SERIAL "mode: enforce -> off\nunidentified: allow -> deny\nuntrusted-fs: judge -> deny\n"
		 "boot-override: no -> yes\n" NONE },
	{ BASE, "interdict: 1\npolicy: q\nserial: 9223372036854775807\nmode: enforce\n",
	  "serial: 1 -> 9223372036854775807\npolicy: p -> q\n" NONE },
};

static void test_headers(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		char *said;
		json_t *json;

		put_policy("old", headers[i].old, RULE);
		put_policy("new", headers[i].new, RULE);
		json = diff(&said);
		assert_string_equal(behind(said, 2), headers[i].said);
		assert_int_equal(policy_diff_differs(json), !!strncmp(behind(said, 2), "they", 4));
		json_decref(json);
		free(said);
	}
}

/* Rows of random lists, compared with what sort and comm say. */
static void test_sets(void **state)
{
	const char *lines[] = { "added", "removed", "changed" };
	json_t *json;
	json_t *counts;
	char text[256];
	char *said;
	size_t i;

	(void)state;
	put_policy("old", BASE, "match:\n  - list: lists/x\n");
	put_policy("new", NEXT, "match:\n  - list: lists/x\n");
	/* Of 6,000 hashes some go, some come, some get another size, all in another order. */
	run("mkdir -p old/lists new/lists && seq 1 6000 | python3 -c 'import hashlib, sys; "
	    "[print(hashlib.sha256(l.encode()).hexdigest()) for l in sys.stdin]' >hashes && "
	    "awk 'NR % 7 { print $1, NR % 5 + 1 }' hashes | sort >old/lists/x && "
	    "awk 'NR % 11 { print $1, NR % 13 ? NR % 5 + 1 : 9 }' hashes | sort -r >new/lists/x && "
	    "cut -d' ' -f1 old/lists/x | sort >a && cut -d' ' -f1 new/lists/x | sort >b && "
	    "comm -13 a b | wc -l >added && comm -23 a b | wc -l >removed && "
	    "sort old/lists/x >c && sort new/lists/x >d && comm -23 c d | cut -d' ' -f1 | comm -12 - "
	    "b | wc -l >changed");
	json = diff(&said);
	free(said);
	counts = json_object_get(
		json_array_get(
			json_object_get(
				json_array_get(
					json_object_get(json_object_get(json, "orders"), "changed"),
					0),
				"lists"),
			0),
		"rows");
	for (i = 0; i < 3; i++) {
		size_t len = slurp(lines[i], text, sizeof(text) - 1);

		text[len] = '\0';
		print_message("%s: %s", lines[i], text);
		assert_true(strtoll(text, NULL, 10) > 100);
		assert_int_equal(json_integer_value(json_object_get(counts, lines[i])),
				 strtoll(text, NULL, 10));
	}
	json_decref(json);
}

static const struct command_run commands[] = {
	{ "diff", 2, "", "interdict diff: two policies are needed: the old and the new one" },
	{ "diff old", 2, "", "two policies are needed" },
	{ "diff old new new", 2, "", "two policies, not also \"new\"" },
	{ "diff absent new", 1, "", "absent: error: the policy's directory cannot be read" },
	{ "diff old absent", 1, "", "absent: error: the policy's directory cannot be read" },
	{ "diff --json bad new", 1, "", "bad/policy.yaml:3:9: error: serial: is at least 1" },
	{ "diff old old | tail -n 1", 0, "they do the same\n", NULL },
	{ "diff old new", 0, NULL, NULL },
	{ "diff --exit-code old new", 5, NULL, NULL },
	{ "diff --exit-code --json old new", 5, NULL, NULL },
	{ "diff --exit-code old old", 0, NULL, NULL },
	{ "diff old new | tail -n 5 | head -n 3", 0,
	  "    + build-id: aabbcc09\n    and 20 more: --full shows all\n\n", NULL },
	{ "diff --full old new | grep -c '^    + build-id'", 0, "30\n", NULL },
	{ "diff --json old new | jq -c '[.differ, .old.serial, .new.serial, .new.rules, .header, "
	  "(.orders | map_values(length)), .identifiers]'",
	  0,
	  "[true,1,2,31,[{\"field\":\"serial\",\"old\":1,\"new\":2}],{\"added\":0,\"lifted\":0,"
	  "\"changed\":1},{\"added\":{\"total\":30,\"build-id\":30},\"removed\":{\"total\":0}}]\n",
	  NULL },
	{ "diff --json old new | jq -c '.orders.changed[0] | [.order, .fields, .exemptions, "
	  ".rules.added, (.rules.examples | length), .rules.examples[0], .rules.more, .lists]'",
	  0,
	  "[\"o\",[{\"field\":\"devices\",\"old\":null,\"new\":[\"a\"]}],{\"added\":[],"
	  "\"removed\":[]},{\"total\":30,\"build-id\":30},10,{\"change\":\"added\",\"rule\":"
	  "\"build-id: aabbcc00\",\"fields\":[]},20,[]]\n",
	  NULL },
	{ "diff --full --json old new | jq -c '.orders.changed[0].rules | [(.examples | length), "
	  ".more]'",
	  0, "[30,0]\n", NULL },
	{ "diff new old >/dev/full", 1, "", "interdict: writing the output: No space left" },
};

static void test_commands(void **state)
{
	char order[4096] = RULE;

	(void)state;
	command_runs_begin();
	for (size_t i = 0; i < 30; i++)
		sprintf(order + strlen(order), "  - build-id: aabbcc%02zx\n", i);
	strcat(order, "devices: [a]\n");
	put_policy("old", BASE, RULE);
	put_policy("new", NEXT, order);
	tempdir_write("bad/policy.yaml", "interdict: 1\npolicy: p\nserial: 0\nmode: enforce\n");
	command_runs_check(commands, sizeof(commands) / sizeof(commands[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_rows, tempdir_setup, tempdir_teardown),
		cmocka_unit_test_setup_teardown(test_headers, tempdir_setup, tempdir_teardown),
		cmocka_unit_test_setup_teardown(test_sets, tempdir_setup, tempdir_teardown),
		cmocka_unit_test_setup_teardown(test_commands, tempdir_setup, tempdir_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
