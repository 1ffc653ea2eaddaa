// SPDX-License-Identifier: GPL-2.0-or-later
/* Times, durations, hex, UTF-8. */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "rejections.h"
#include "userspace/policy/policy_utf8.h"

struct time_case {
	const char *text;
	int64_t seconds; /* -1: refused */
};

static const struct time_case times[] = {
	{ "1970-01-01T00:00:00Z", 0 },
	{ "1970-01-01T00:00:01Z", 1 },
	{ "1970-12-31T23:59:59Z", 31535999 },
	{ "2000-02-29T12:30:15Z", 951827415 },
	{ "2023-10-30T00:00:00Z", 1698624000 },
	{ "2024-02-29T23:59:59Z", 1709251199 },
	{ "2038-01-19T03:14:08Z", 2147483648 },
	{ "2100-03-01T00:00:00Z", 4107542400 },
	{ "9999-12-31T23:59:59Z", 253402300799 },
	{ "", -1 },
	{ "now", -1 },
	{ "2023-10-30", -1 },
	{ "2023-10-30T00:00Z", -1 },
	{ "2023-10-30T00:00:00", -1 },
	{ "2023-10-30T00:00:00.5Z", -1 },
	{ "2023-10-30T00:00:00+02:00", -1 },
	{ "2023-10-30 00:00:00Z", -1 },
	{ "2023-10-30T00:00:00Z ", -1 },
	{ " 2023-10-30T00:00:00Z", -1 },
	{ "20231030T000000Z", -1 },
	{ "2023-1-30T00:00:00Z", -1 },
	{ "12023-10-30T00:00:00Z", -1 },
	{ "2023-00-30T00:00:00Z", -1 },
	{ "2023-10-00T00:00:00Z", -1 },
	{ "2023-10-32T00:00:00Z", -1 },
	{ "2023-04-31T00:00:00Z", -1 },
	{ "2100-02-29T00:00:00Z", -1 },
	{ "2023-10-30T24:00:00Z", -1 },
	{ "2023-10-30T00:60:00Z", -1 },
	{ "2016-12-31T23:59:60Z", -1 },
	{ "1969-12-31T23:59:59Z", -1 },
};

static void test_times(void **state)
{
	const char *why;
	char back[21];
	int64_t t;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		int ret = policy_parse_time(times[i].text, &t, &why);

		assert_int_equal(ret, times[i].seconds < 0 ? -EINVAL : 0);
		if (ret)
			continue;
		assert_int_equal(t, times[i].seconds);
		policy_format_time(t, back);
		assert_string_equal(back, times[i].text);
	}
}

/* Against the C library, over four hundred years in odd steps. */
static void test_times_agree(void **state)
{
	char expected[21];
	char text[21];
	const char *why;
	int64_t back;
	int64_t t;

	(void)state;
	for (t = 0; t < 400LL * 366 * 86400; t += 86400 * 3 + 12345) {
		time_t c = t;
		struct tm tm;

		strftime(expected, sizeof(expected), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&c, &tm));
		policy_format_time(t, text);
		assert_string_equal(text, expected);
		assert_int_equal(policy_parse_time(text, &back, &why), 0);
		assert_int_equal(back, t);
	}
	policy_format_time(INT64_MAX, text);
	assert_string_equal(text, "9999-12-31T23:59:59Z");
	policy_format_time(INT64_MIN, text);
	assert_string_equal(text, "1970-01-01T00:00:00Z");
}

struct duration_case {
	const char *text;
	int64_t seconds; /* -1: refused */
};

static const struct duration_case durations[] = {
	{ "0s", 0 },	 { "10s", 10 },	       { "10m", 600 },	 { "2h", 7200 },
	{ "1d", 86400 }, { "366d", 31622400 }, { "00010s", 10 }, { "31622400s", 31622400 },
	{ "", -1 },	 { "s", -1 },	       { "10", -1 },	 { "10 s", -1 },
	{ "10S", -1 },	 { "10ms", -1 },       { "1h30m", -1 },	 { "-1s", -1 },
	{ "+1s", -1 },	 { "1.5h", -1 },       { "1w", -1 },	 { "31622401s", -1 },
	{ "367d", -1 },	 { "99999999d", -1 },  { "0x1s", -1 },	 { "99999999999999999999s", -1 },
};

static void test_durations(void **state)
{
	const char *why;
	uint32_t n;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(durations) / sizeof(durations[0]); i++) {
		int ret = policy_parse_duration(durations[i].text, &n, &why);

		assert_int_equal(ret, durations[i].seconds < 0 ? -EINVAL : 0);
		if (!ret)
			assert_int_equal(n, durations[i].seconds);
	}
}

static void test_hex(void **state)
{
	uint8_t out[4] = { 0 };
	size_t bad = 99;

	(void)state;
	assert_int_equal(policy_parse_hex("0aFf", 4, out, 4, &bad), 2);
	assert_int_equal(out[0], 0x0a);
	assert_int_equal(out[1], 0xff);
	assert_int_equal(policy_parse_hex("", 0, out, 4, &bad), -EINVAL);
	assert_int_equal(bad, 0);
	assert_int_equal(policy_parse_hex("abc", 3, out, 4, &bad), -EINVAL);
	assert_int_equal(bad, 3);
	assert_int_equal(policy_parse_hex("abxd", 4, out, 4, &bad), -EINVAL);
	assert_int_equal(bad, 2);
	assert_int_equal(policy_parse_hex("0011223344", 10, out, 4, &bad), -ERANGE);
	assert_int_equal(policy_parse_hex("001122334g", 10, out, 4, &bad), -EINVAL);
	assert_int_equal(bad, 9);
}

struct utf8_case {
	const char *text;
	size_t length;
};

static const struct utf8_case utf8[] = {
	{ "a", 1 },
	{ "\x7f", 1 },
	{ "\xc2\x80", 2 },
	{ "\xdf\xbf", 2 },
	{ "\xe0\xa0\x80", 3 },
	{ "\xed\x9f\xbf", 3 },
	{ "\xef\xbf\xbf", 3 },
	{ "\xf0\x90\x80\x80", 4 },
	{ "\xf4\x8f\xbf\xbf", 4 },
	{ "\x80", 0 },
	{ "\xbf", 0 },
	{ "\xc0\x80", 0 },
	{ "\xc1\xbf", 0 },
	{ "\xe0\x9f\xbf", 0 },
	{ "\xed\xa0\x80", 0 },
	{ "\xf0\x8f\xbf\xbf", 0 },
	{ "\xf4\x90\x80\x80", 0 },
	{ "\xf5\x80\x80\x80", 0 },
	{ "\xff", 0 },
	{ "\xc3(", 0 },
	{ "\xe2\x82", 0 },
	{ "\xe2(\xa1", 0 },
	{ "\xf0\x9f\x92", 0 },
};

static void test_utf8(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(utf8) / sizeof(utf8[0]); i++)
		assert_int_equal(policy_utf8_length((const unsigned char *)utf8[i].text,
						    strlen(utf8[i].text)),
				 utf8[i].length);
	assert_int_equal(policy_utf8_length((const unsigned char *)"", 0), 0);
}

/* A message is a line of text, whatever it quotes. */
static void test_messages_are_printable(void **state)
{
	struct policy_errors errs = { 0 };

	(void)state;
	policy_errors_add(&errs, POLICY_WARNING, "a\nb\xff", 1, 2, "%s",
			  "x\x1b[0m\xe2\x82\xac\xe2");
	assert_string_equal(errs.v[0].file, "a?b?");
	assert_string_equal(errs.v[0].text, "x?[0m\xe2\x82\xac?");
	assert_int_equal(policy_errors_status(&errs), 0);
	policy_errors_add(&errs, POLICY_REFUSED, "a", 1, 2, "r");
	assert_int_equal(policy_errors_status(&errs), 4);
	policy_errors_add(&errs, POLICY_ERROR, "a", 1, 2, "e");
	assert_int_equal(policy_errors_status(&errs), 1);
	policy_errors_free(&errs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_times),	  cmocka_unit_test(test_times_agree),
		cmocka_unit_test(test_durations), cmocka_unit_test(test_hex),
		cmocka_unit_test(test_utf8),	  cmocka_unit_test(test_messages_are_printable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
