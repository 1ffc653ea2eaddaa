// SPDX-License-Identifier: GPL-2.0-or-later
/* The coverage of `interdict log report`: each state that a device can be in and all that leads to
 * "off", in both formats. */
#include "log_runs.h"

#define AT(time, event) LOG_BEGIN("b", "20T" time, event) ","
#define END		",\"lost\":0}\n"
#define POLICY(action, how) \
	"\"action\":\"" action "\",\"mode\":" how ",\"policy\":" LOG_POLICY(1, "a")
#define WHY(text)	      "\"reasons\":[{\"why\":\"" text "\",\"do\":\"d\"}]"
#define START(how, of_policy) "\"mode\":" how ",\"policy\":" of_policy

/* Ten minutes each. */
static const char states[] =
	/* clang-format off */
	AT("08:00:00", "start") START("\"enforce\"", LOG_POLICY(1, "a")) END
	AT("08:10:00", "degraded") WHY("no module") END
	AT("08:20:00", "degraded") WHY("the canary was let through") ",\"enforcing\":false" END
	AT("08:30:00", "degraded") "\"reasons\":[]" END
	AT("08:40:00", "policy") POLICY("loaded", "\"off\"") END
	AT("08:50:00", "policy") POLICY("loaded", "\"audit\"") END
	AT("09:00:00", "degraded") WHY("the canary was not seen") ",\"enforcing\":false" END
	AT("09:10:00", "degraded") WHY("no module") END
	AT("09:20:00", "policy") POLICY("unloaded", "null") END
	AT("09:30:00", "policy") POLICY("loaded", "\"enforce\"") END
	AT("09:40:00", "stop") "\"reason\":\"Terminated\",\"enforcing\":true" END
	AT("09:50:00", "start") START("null", "null") END
	AT("10:00:00", "stop") "\"reason\":\"Terminated\",\"enforcing\":false" END
	AT("10:10:00", "start") START("\"enforce\"", LOG_POLICY(1, "a")) END
	AT("10:20:00", "checkpoint") "\"n\":1" END;
/* clang-format on */

/* Of three hours. */
static const char rows[] =
	"| enforcing | 30m 0s | 16.7 % |\n"
	"| degraded | 20m 0s | 11.1 % |\n"
	"| auditing | 20m 0s | 11.1 % |\n"
	"| off | 1h 0m | 33.3 % |\n"
	"| not recorded here: the kernel went on enforcing | 10m 0s | 5.6 % |\n"
	"| not recorded | 40m 0s | 22.2 % |\n"
	"| 2026-11-20T08:00:00Z | 2026-11-20T08:10:00Z | 10m 0s | enforcing |  |\n"
	"| 2026-11-20T08:10:00Z | 2026-11-20T08:20:00Z | 10m 0s | degraded | no module |\n"
	"| 2026-11-20T08:20:00Z | 2026-11-20T08:30:00Z | 10m 0s | off | the canary was let through |\n"
	"| 2026-11-20T08:30:00Z | 2026-11-20T08:40:00Z | 10m 0s | enforcing |  |\n"
	"| 2026-11-20T08:40:00Z | 2026-11-20T08:50:00Z | 10m 0s | off | mode off |\n"
	"| 2026-11-20T08:50:00Z | 2026-11-20T09:00:00Z | 10m 0s | auditing |  |\n"
	"| 2026-11-20T09:00:00Z | 2026-11-20T09:10:00Z | 10m 0s | off | the canary was not seen |\n"
	"| 2026-11-20T09:10:00Z | 2026-11-20T09:20:00Z | 10m 0s | auditing | no module |\n"
	"| 2026-11-20T09:20:00Z | 2026-11-20T09:30:00Z | 10m 0s | off | switched off by request |\n"
	"| 2026-11-20T09:30:00Z | 2026-11-20T09:40:00Z | 10m 0s | degraded | no module |\n"
	"| 2026-11-20T09:40:00Z | 2026-11-20T09:50:00Z | 10m 0s | not recorded here: the kernel went on "
	"enforcing | the daemon was stopped |\n"
	"| 2026-11-20T09:50:00Z | 2026-11-20T10:00:00Z | 10m 0s | off | no policy is active |\n"
	"| 2026-11-20T10:00:00Z | 2026-11-20T10:10:00Z | 10m 0s | off | the daemon was stopped, and "
	"nothing was enforced |\n"
	"| 2026-11-20T10:10:00Z | 2026-11-20T10:20:00Z | 10m 0s | enforcing |  |\n"
	"| 2026-11-20T10:20:00Z | 2026-11-20T11:00:00Z | 40m 0s | not recorded | after the last line of "
	"the record |\n";

#define REPORT "log report --key pub --from 2026-11-20T08:00:00Z --to 2026-11-20T11:00:00Z "

static const struct command_run runs[] = {
	{ REPORT
	  "states | sed -n '/^## Coverage/,/^## P/p' | grep '^|' | grep -v -e '^| S' -e '^| F' "
	  "-e '^| -'",
	  0, rows, "the record is not proved" },
	/* The same in the other format's tables; the strip and its key have each state, too. */
	{ REPORT "--html - states | sed -n '/<h2>Coverage/,/<h2>Pol/p' | "
		 "sed -n 's,</td></tr>$, |,; s,</td><td[^>]*>, | ,g; s,^<tr><td[^>]*>,| ,p'",
	  0, rows, "the record is not proved" },
	{ REPORT "--html - states | grep -o '^<rect class=\"s[0-9]\"' | sort | uniq -c | "
		 "awk '{ print $1, $3 }'",
	  0,
	  "3 class=\"s0\"\n2 class=\"s1\"\n2 class=\"s2\"\n6 class=\"s3\"\n1 class=\"s4\"\n"
	  "1 class=\"s5\"\n",
	  "the record is not proved" },
	{ REPORT "--html - states | grep -o 'class=\"s3\"/></svg>off</li>'", 0,
	  "class=\"s3\"/></svg>off</li>\n", "the record is not proved" },
};

static void test_runs(void **state)
{
	(void)state;
	tempdir_write("raw", states);
	tempdir_write("make", "awk '{ sub(/\"seq\":0/, \"\\\"seq\\\":\" NR) } 1' raw >states");
	run("sh make");
	command_runs_begin();
	command_runs_check(runs, sizeof(runs) / sizeof(*runs));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_runs, log_record_make, tempdir_teardown),
	};

	return cmocka_run_group_tests_name("log_coverage", tests, NULL, NULL);
}
