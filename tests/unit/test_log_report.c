// SPDX-License-Identifier: GPL-2.0-or-later
/* `interdict log report`: what it says of a record in which everything happens, in both formats. */
#include "log_runs.h"

#define REPORT "log report --key pub --from 2026-11-20 --to 2026-11-22 "
/* The rows below a heading, up to the next. */
#define SECTION(name) \
	REPORT "events | sed -n '/^## " name "/,/^## [^" name "]/p' | grep '^|' | tail -n +3"

static const struct command_run runs[] = {
	{ SECTION("Orders"), 0,
	  "| `eu-tiktok` | 1 | 1 | 0 |\n"
	  "| `(the policy's header)` | 1 | 0 | 0 |\n"
	  "| `ca-wechat` | 1 | 0 | 0 |\n",
	  NULL },
	{ SECTION("Users"), 0,
	  "| `1000` | 2 | 0 | 1 |\n| `0` | 1 | 0 | 0 |\n| `1001` | 0 | 1 | 0 |\n", NULL },
	{ SECTION("Files"), 0,
	  "| `/mnt/f` | 1 | 0 | 1 |\n"
	  "| `/opt/wechat/wechat` | 1 | 0 | 0 |\n"
	  "| `` /tmp/\\x1b[31m,\"a\\x0a<script>\\|`x`\\xff `` | 0 | 1 | 0 |\n"
	  "| `=cmd\\|' /C calc'!A0` | 1 | 0 | 0 |\n",
	  NULL },
	{ SECTION("Policies"), 0,
	  "| 2026-11-20T08:00:00Z | 2026-11-21T07:00:00Z | `base` | 41 | enforce | `aaaa` |\n"
	  "| 2026-11-21T07:00:00Z | 2026-11-22T06:00:00Z | `base` | 42 | audit | `bbbb` |\n"
	  "| 2026-11-22T07:00:00Z | 2026-11-22T08:00:00Z | `base` | 43 | enforce | `cccc` |\n",
	  NULL },
	{ REPORT "events | grep '^| 2026.*Z | .*h 0m' | cut -d '|' -f 2-3,5-6", 0,
	  " 2026-11-20T00:00:00Z | 2026-11-20T08:00:00Z | not recorded | before the first line of "
	  "the record \n"
	  " 2026-11-20T12:00:00Z | 2026-11-21T06:00:00Z | not recorded here: the kernel went on "
	  "enforcing | the daemon was stopped \n"
	  " 2026-11-21T06:00:00Z | 2026-11-21T07:00:00Z | enforcing |  \n"
	  " 2026-11-21T07:00:00Z | 2026-11-21T10:00:00Z | auditing |  \n"
	  " 2026-11-21T10:00:00Z | 2026-11-22T06:00:00Z | not recorded | the daemon ended without "
	  "saying so, after the last line before this \n"
	  " 2026-11-22T06:00:00Z | 2026-11-22T07:00:00Z | off | no policy is active \n"
	  " 2026-11-22T07:00:00Z | 2026-11-22T08:00:00Z | enforcing |  \n"
	  " 2026-11-22T08:00:00Z | 2026-11-23T00:00:00Z | not recorded | after the last line of "
	  "the record \n",
	  NULL },
	/* A part: what was the case before it is known from the lines before. */
	{ "log report --key pub --from 2026-11-20T11:00:00Z --to 2026-11-20T11:30:00Z events | "
	  "grep -e '^| 2026' -e '^| before' -e ' lines of' -e lost",
	  0,
	  "1 lines of this time, seq 6 to 6.\n"
	  "| 2026-11-20T11:00:00Z | 2026-11-20T11:30:00Z | 30m 0s | degraded | no module |\n"
	  "| before | the end | `base` | 41 | enforce | `aaaa` |\n"
	  "Events that the kernel lost, as its buffer was full: 0.\n",
	  NULL },
	/* 2 in the first stretch, 3 more before the restart, 1 behind it. */
	{ REPORT "events | grep 'kernel lost'", 0,
	  "**Events that the kernel lost, as its buffer was full: 6.**\n", NULL },
	{ REPORT "events | grep -A 4 '^proved'", 0,
	  "proved up to seq 12, 2026-11-21T10:00:00.000000000Z\n\n3 lines behind it: chained, not "
	  "yet signed\n\nlines that were cut off behind these cannot be seen without a checkpoint "
	  "from elsewhere (--expect)\n",
	  NULL },
	/* Summaries count as what they sum up. */
	{ "log report --key pub --from 2026-11-20 --to 2026-11-22 summed | "
	  "grep -e '`o`' -e '/bin/x' -e 'Refused: ' -e 'is not known:' -e '20 08:'",
	  0,
	  "Refused: 41. Only recorded (audited): 0. Files that could not be identified: 0.\n"
	  "| 2026-11-20 08:00 | 41 | 0 | 0 | \u2588\u2588\u2588\u2588\u2588\u2588\u2588\u2588"
	  "\u2588\u2588\u2588\u2588\u2588\u2588\u2588\u2588\u2588\u2588\u2588\u2588\u2588\u2588\u2588"
	  "\u2588\u2588\u2588\u2588\u2588\u2588\u2588\u2588\u2588\u2588\u2588\u2588\u2588\u2588\u2588"
	  "\u2588\u2588 |\n"
	  "| `o` | 41 | 0 | 0 |\n"
	  "| `/bin/x` | 41 | 0 | 0 |\n"
	  "**Events that were counted, and of which kind is not known: 7.**\n",
	  "the record is not proved" },
	/* The same each time, in each format; no name is markup; nothing is fetched. */
	{ REPORT "--html a.html --markdown a.md events && ./interdict " REPORT
		 "--html - events | cmp - a.html && ./interdict " REPORT "events | cmp - a.md",
	  0, "", NULL },
	{ REPORT
	  "--html - events | python3 -c 'import sys\n"
	  "from xml.etree import ElementTree as E\n"
	  "t = sys.stdin.read()\n"
	  "t = t.replace(\"<!DOCTYPE html>\", \"\").replace(\"<meta \", \"<meta/><x \")\n"
	  "import re\n"
	  "t = re.sub(r\"<x [^>]*>\", \"\", t)\n"
	  "r = E.fromstring(t)\n"
	  "print(sorted({e.tag for e in r.iter()} & {\"script\", \"img\", \"link\", \"a\"}))\n"
	  "print([e.text for e in r.iter(\"code\") if \"tmp\" in e.text])'",
	  0, "[]\n['/tmp/\\\\x1b[31m,\"a\\\\x0a<script>|`x`\\\\xff']\n", NULL },
	{ REPORT "--html - events | grep -cE 'src=|href=|url\\(|http:|https:|@import'", 1, "0\n",
	  NULL },
	/* a record that is wrong */
	{ "log report --key pub --from 2026-11-20 --to 2026-11-22 changed | grep -e PROVED -e WRONG",
	  0,
	  "**THE RECORD IS NOT PROVED.**\n**WRONG: changed:3: seq 3: was changed, or put here: "
	  "the line behind it was written after another one**\n",
	  "the record is not proved; see the report" },
	{ REPORT "changed >x", 1, "", "the record is not proved; see the report" },
	{ REPORT "absent", 1, "", "interdict log report: absent: there is no such record" },
	{ REPORT "--key key0 events", 1, "", "key0: " },
	{ REPORT "--expect events events", 1, "", "events: " },
	{ REPORT "--html absent/x events", 1, "", "interdict log report: absent/x: No such file" },
	{ REPORT "events >/dev/full", 1, "", "writing the output: No space left on device" },
	/* usage */
	{ "log report events", 2, "", "of which time? --from and --to are needed" },
	{ "log report --from 2d --to 3d events", 2, "", "--from is not before --to" },
	{ "log report --from 3d --to soon events", 2, "", "--to soon: a time is written like" },
	{ REPORT "--html - --markdown - x", 2, "", "cannot go to the same file" },
	{ REPORT "a b", 2, "", "one record at a time, not also \"b\"" },
};

static void test_runs(void **state)
{
	(void)state;
	tempdir_write("make",
		      "zcat events-*.gz | cat - events | sed '3s/eu-tiktok/eu-tiktik/' >changed\n"
		      "awk '{ sub(/\"seq\":0/, \"\\\"seq\\\":\" NR) } 1' raw >summed");
	tempdir_write(
		"raw",
		LOG_KERNEL("b", 1, "20T08:00:00", "denied", "exec") "\"order\":\"o\"," LOG_FILE("/bin/x") "\"lost\":0}\n" LOG_BEGIN(
			"b", "20T08:10:00",
			"summary") ","
				   "\"of\":\"denied\",\"op\":\"exec\",\"order\":\"o\"," LOG_FILE(
					   "/bin/x") "\"count\":40}\n" LOG_BEGIN("b", "20T09:10:00",
										 "summary") ","
											    "\"of\":null,\"count\":7}\n");
	if (chdir(tempdir) || system("sh make")) /* NOLINT(cert-env33-c) */
		fail();
	command_runs_begin();
	command_runs_check(runs, sizeof(runs) / sizeof(*runs));
	assert_int_equal(chdir("/"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_runs, log_record_make, tempdir_teardown),
	};

	return cmocka_run_group_tests_name("log_report", tests, NULL, NULL);
}
