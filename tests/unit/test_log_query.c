// SPDX-License-Identifier: GPL-2.0-or-later
/* `interdict log`: which lines it prints, and how; times; that no line is passed over wrongly. */
#include "log_runs.h"
#include "userspace/query/query_filter.h"
#include "userspace/query/query_head.h"

/* The lines' seq, as jq reads them. */
#define SEQS(arguments) "log --json " arguments " events | jq -jr '.seq, \" \"'"

static const struct command_run runs[] = {
	{ SEQS(""), 0, "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 ", NULL },
	{ SEQS("--order ca-wechat"), 0, "2 3 ", NULL },
	{ SEQS("--order ca-wechat --order eu-tiktok"), 0, "2 3 4 ", NULL },
	{ SEQS("--order ca"), 0, "", NULL },
	{ SEQS("--user 1000"), 0, "2 10 11 ", NULL },
	{ SEQS("--user 1001"), 0, "3 4 ", NULL },
	{ SEQS("--user 100"), 0, "", NULL },
	{ SEQS("--user root"), 0, "3 ", NULL },
	{ SEQS("--kind denied"), 0, "2 3 11 ", NULL },
	{ SEQS("--kind stop --kind start"), 0, "1 7 8 13 ", NULL },
	{ SEQS("--op exec"), 0, "2 10 11 ", NULL },
	{ SEQS("--op map --op open"), 0, "3 4 ", NULL },
	{ SEQS("--file /mnt/f"), 0, "10 11 ", NULL },
	{ SEQS("--file '/opt/*'"), 0, "2 ", NULL },
	{ SEQS("--file '*wecha[a-t]'"), 0, "2 ", NULL },
	{ SEQS("--file '*<script>*'"), 0, "4 ", NULL },
	{ SEQS("--file \"$(printf '/tmp/\\033[[]31m*\\377')\""), 0, "4 ", NULL },
	{ SEQS("--file /mnt"), 0, "", NULL },
	{ SEQS("--since 2026-11-21"), 0, "8 9 10 11 12 13 14 15 ", NULL },
	{ SEQS("--until 2026-11-20"), 0, "1 2 3 4 5 6 7 ", NULL },
	{ SEQS("--since 2026-11-20T08:10:00.5Z --until 2026-11-20T11:00:00+01:00"), 0, "2 3 ",
	  NULL },
	{ SEQS("--since 2026-11-20T08:10:00.500000001Z --until 2026-11-20T10:00:00.000000001Z"), 0,
	  "3 4 ", NULL },
	{ SEQS("--limit 2"), 0, "14 15 ", NULL },
	{ SEQS("--limit 2 --user 1000"), 0, "10 11 ", NULL },
	{ SEQS("--limit 100 --kind tamper"), 0, "", NULL },
	{ "log --json events | sha256sum >a; zcat events-*.gz | cat - events | sha256sum | cmp - a",
	  0, "", NULL },
	{ "log events --kind denied", 0,
	  "TIME                  SEQ       EVENT         OP    ORDER                   UID     "
	  "PROCESS          WHAT\n"
	  "2026-11-20T08:10:00Z  2         denied        exec  ca-wechat               1000    "
	  "bash             /opt/wechat/wechat\n"
	  "2026-11-20T09:00:00Z  3         denied        open  eu-tiktok               0       "
	  "@SUM(A1)         =cmd|' /C calc'!A0\n"
	  "2026-11-21T09:00:00Z  11        denied        exec  -                       1000    "
	  "bash             /mnt/f\n",
	  NULL },
	{ "log events --kind audited --kind policy --limit 3 | cut -c 22-", 0,
	  " SEQ       EVENT         OP    ORDER                   UID     PROCESS          WHAT\n"
	  " 9         policy        -     -                       -       -                loaded "
	  "mode audit policy base serial 42\n"
	  " 14        policy        -     -                       -       -                loaded "
	  "mode enforce policy base serial 43\n"
	  " 15        policy        -     -                       -       -                "
	  "unloaded policy base serial 43\n",
	  NULL },
	{ "log events --kind audited | tail -n 1 | cut -c 102-", 0,
	  "/tmp/\\x1b[31m,\"a\\x0a<script>|`x`\\xff\n", NULL },
	/* As Python's reader of RFC 4180 has it. */
	{ "log --format csv events >csv; python3 -c 'import csv\n"
	  "for r in csv.DictReader(open(\"csv\", newline=\"\"), strict=True):\n"
	  "  if r[\"path\"]: print(r[\"seq\"], r[\"uid\"], r[\"comm\"], r[\"path\"], r[\"also\"])'",
	  0,
	  "2 1000 bash /opt/wechat/wechat \n"
	  "3 0 '@SUM(A1) '=cmd|' /C calc'!A0 ca-wechat\n"
	  "4 1001 x /tmp/\\x1b[31m,\"a\\x0a<script>|`x`\\xff \n"
	  "10 1000 bash /mnt/f \n"
	  "11 1000 bash /mnt/f \n",
	  NULL },
	{ "log --format csv events | grep -vc \"$(printf '\\r$')\"", 1, "0\n", NULL },
	/* wrong lines */
	{ "log --json broken | jq -jr '.seq, \" \"'", 0, "1 2 ",
	  "broken: line 2: is no JSON object" },
	{ "log --json broken >x", 1, "", "broken: line 3: is no JSON: " },
	{ "log --json broken >x", 1, "", "broken: line 4: is no event" },
	{ "log --json broken >x", 1, "",
	  "broken: 3 lines are no events; \"log verify\" tells more" },
	{ "log --json torn >x", 0, "", "torn: 15 bytes of half a line are at its end" },
	{ "log absent", 1, "", "interdict log: absent: there is no such record" },
	{ "log cut", 1, NULL, "cut.1.gz: is damaged: it cannot be unpacked" },
	{ "log --json events >/dev/full", 1, "", "writing the output: No space left on device" },
	/* usage */
	{ "log --help | grep -c 'log \\[OPTION...\\] verify'", 0, "1\n", NULL },
	{ "log a b", 2, "", "one record at a time, not also \"b\"" },
	{ "log --kind denial", 2, "", "--kind denial: there is no such event" },
	{ "log --op run", 2, "", "--op run: is none of exec, map, open, load" },
	{ "log --format xml", 2, "", "--format xml: is none of table, json, csv" },
	{ "log --limit 0", 2, "", "--limit 0: is no number from 1 to 100000" },
	{ "log --limit 1x", 2, "", "--limit 1x: is no number" },
	{ "log --user no-such-user", 2, "", "--user no-such-user: there is no such user here" },
	{ "log --user 4294967296", 2, "", "--user 4294967296: is larger than any user ID" },
	{ "log --since 2026-13-01", 2, "", "--since 2026-13-01: there is no such month" },
	{ "log --since 2d --until 3d", 2, "", "--since is not before --until" },
	{ "log --since yesterday", 2, "", "--since yesterday: a time is written like" },
};

static void test_runs(void **state)
{
	(void)state;
	tempdir_write("broken",
		      "{\"seq\":1,\"event\":\"stop\"}\nnothing\n{\"seq\":2,}\n{\"seq\":0}\n"
		      "{\"seq\":2,\"event\":\"stop\"}\n");
	tempdir_write("torn", "{\"seq\":1,\"event\":\"stop\"}\n{\"v\":1,\"seq\":96");
	tempdir_write("cut", "{\"seq\":2,\"event\":\"stop\"}\n");
	tempdir_write("make", "seq 10000 | sed 's/.*/{\"seq\":1,\"event\":\"&\"}/' | gzip | "
			      "head -c 9000 >cut.1.gz");
	if (chdir(tempdir) || system("sh make")) /* NOLINT(cert-env33-c) */
		fail();
	command_runs_begin();
	command_runs_check(runs, sizeof(runs) / sizeof(*runs));
	assert_int_equal(chdir("/"), 0);
}

static const struct {
	const char *text;
	bool end;
	int64_t seconds; /* -1: refused */
	int64_t ns;
	const char *why;
} times[] = {
	{ "1970-01-01T00:00:00Z", false, 0, 0, NULL },
	{ "1970-01-02", false, 86400, 0, NULL },
	{ "1970-01-02", true, 172800, 0, NULL },
	{ "1970-01-01T01:00:00+01:00", false, 0, 0, NULL },
	{ "1970-01-01T01:00:00-01:30", true, 9000, 0, NULL },
	{ "1970-01-01T00:00:01.5Z", false, 1, 500000000, NULL },
	{ "1970-01-01T00:00:01.000000001Z", false, 1, 1, NULL },
	{ "90s", false, 910, 0, NULL },
	{ "0s", true, 1000, 0, NULL },
	{ "1970-01-01T00:00:01.0000000001Z", false, -1, 0, "behind the seconds comes Z" },
	{ "1970-01-01T00:00:01.Z", false, -1, 0, "behind the seconds comes Z" },
	{ "1970-01-01T00:00:01", false, -1, 0, "a time is written like" },
	{ "1970-01-01T00:00:01z", false, -1, 0, "behind the seconds comes Z" },
	{ "1970-01-01T00:00:01+1:00", false, -1, 0, "behind the seconds comes Z" },
	{ "1970-01-01T00:00:01+24:00", false, -1, 0, "behind the seconds comes Z" },
	{ "1970-02-29", false, -1, 0, "there is no such day in that month" },
	{ "9999-01-01", false, -1, 0, "is later than any time of a record" },
	{ "367d", false, -1, 0, "at most 366d are allowed" },
	{ "", false, -1, 0, "a time is written like" },
	{ "5", false, -1, 0, "a time is written like" },
};

static void test_times(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++) {
		int64_t ns = 0;
		const char *why = "";
		int err = query_parse_time(times[i].text, times[i].end, 1000 * QUERY_NS, &ns, &why);

		if (times[i].seconds < 0) {
			if (!err || !strstr(why, times[i].why))
				fail_msg("%s: %s", times[i].text, why);
			continue;
		}
		if (err || ns != times[i].seconds * QUERY_NS + times[i].ns)
			fail_msg("%s: %s %lld", times[i].text, why, (long long)ns);
	}
}

/* The same event in every way that JSON can be written: all match, by the parser alone or not. */
static const char *const written[] = {
	"{\"seq\":1,\"event\":\"denied\",\"order\":\"an-order\",\"file\":{\"path\":\"/opt/x\"},"
	"\"process\":{\"uid\":1000}}\n",
	"{\"process\":{\"uid\" : \t1000 },\"order\" :\"an-order\",\"seq\":1, \"event\":\"denied\","
	"\"file\":{\"path\":\"/opt/x\"}}\n",
	" {\"process\":{\"u\\u0069d\":1000},\"order\":\"\\u0061n-order\",\"seq\":1,"
	"\"event\":\"denied\",\"file\":{\"path\":\"\\/opt/x\"}} \r\n",
	"{\"process\":{\"uid\":0,\"auid\":\r1000},\"also\":[\"an-order\"],\"seq\":1,"
	"\"event\":\"denied\",\"file\":{\"path\":\"/opt/x\"}}\n",
};

static void test_written(void **state)
{
	struct query_filter filter;
	char why[QUERY_WHY_MAX];

	(void)state;
	query_filter_init(&filter);
	filter.orders.v[filter.orders.n++] = "an-order";
	filter.kinds.v[filter.kinds.n++] = "denied";
	filter.files.v[filter.files.n++] = "/opt/[x]";
	filter.users[filter.n_users++] = 1000;
	for (size_t i = 0; i < sizeof(written) / sizeof(*written); i++) {
		json_t *event;

		if (query_filter_line(&filter, written[i], strlen(written[i]), &event, why) !=
		    QUERY_YES)
			fail_msg("%s", written[i]);
		json_decref(event);
	}
}

static void test_head(void **state)
{
	static const char whole[] = "{\"v\":1,\"seq\":12,\"host\":\"h\",\"boot\":\"b\",\"k\":3,"
				    "\"time\":\"t\",\"event\":\"denied\",\"op\":\"exec\",";
	struct query_head head;

	(void)state;
	assert_true(query_head_read(whole, sizeof(whole) - 1, &head));
	assert_int_equal(head.seq, 12);
	assert_true(query_word_is(&head.event, "denied"));
	assert_true(query_word_is(&head.op, "exec"));
	assert_false(query_word_is(&head.op, "exe"));
	/* Cut anywhere before the kind's end it has not the form; behind it the operation is not
	 * there. */
	for (size_t i = 0; i < sizeof(whole) - 1; i++) {
		bool kind = i >= (size_t)(strstr(whole, ",\"op\"") - whole);

		if (query_head_read(whole, i, &head) && !kind)
			fail_msg("%zu", i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_runs, log_record_make, tempdir_teardown),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_written),
		cmocka_unit_test(test_head),
	};

	return cmocka_run_group_tests_name("log_query", tests, NULL, NULL);
}
