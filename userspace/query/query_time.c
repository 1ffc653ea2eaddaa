// SPDX-License-Identifier: GPL-2.0-or-later
#include "query_time.h"

#include <errno.h>
#include <string.h>

#include "policy/policy.h"

/* "2026-11-22T10:00:00", and what a nanosecond takes behind the dot. */
#define SECONDS_LEN  19
#define DATE_LEN     10
#define FRACTION_MAX 9
#define DAY	     86400

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* ".123" at @text. Returns how many bytes it has; 0: there is none, or it is wrong. */
static size_t read_fraction(const char *text, size_t len, int64_t *ns)
{
	int64_t n = 0, unit = QUERY_NS;
	size_t i = 1;

	if (!len || text[0] != '.')
		return 0;
	for (; i < len && is_digit(text[i]); i++) {
		if (i > FRACTION_MAX)
			return 0;
		n = n * 10 + (text[i] - '0');
		unit /= 10;
	}
	*ns = n * unit;
	return i > 1 ? i : 0;
}

/* "Z", or "+01:00" to seconds; false: neither. */
static bool read_offset(const char *text, size_t len, int64_t *seconds)
{
	int hours, minutes;

	*seconds = 0;
	if (len == 1 && *text == 'Z')
		return true;
	if (len != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':' ||
	    !is_digit(text[1]) || !is_digit(text[2]) || !is_digit(text[4]) || !is_digit(text[5]))
		return false;
	hours = (text[1] - '0') * 10 + text[2] - '0';
	minutes = (text[4] - '0') * 10 + text[5] - '0';
	*seconds = (hours * 60 + minutes) * 60 * (text[0] == '-' ? -1 : 1);
	return hours < 24 && minutes < 60;
}

static int read_time(const char *text, size_t len, int64_t *ns, const char **why)
{
	char whole[SECONDS_LEN + 2];
	int64_t seconds, fraction = 0, offset;
	size_t n;

	*why = "a time is written like 2026-11-22T10:00:00Z, 2026-11-22, or 2h (ago)";
	if (len <= SECONDS_LEN)
		return -EINVAL;
	memcpy(whole, text, SECONDS_LEN);
	memcpy(whole + SECONDS_LEN, "Z", 2);
	if (policy_parse_time(whole, &seconds, why))
		return -EINVAL;
	n = SECONDS_LEN + read_fraction(text + SECONDS_LEN, len - SECONDS_LEN, &fraction);
	if (!read_offset(text + n, len - n, &offset)) {
		*why = "behind the seconds comes Z, or an offset like +01:00";
		return -EINVAL;
	}
	/* The year 2262 is where 64 bits of nanoseconds end. */
	if (seconds > QUERY_TIME_MAX / QUERY_NS - DAY) {
		*why = "is later than any time of a record";
		return -EINVAL;
	}
	*ns = (seconds - offset) * QUERY_NS + fraction;
	return 0;
}

bool query_line_time(const char *text, size_t len, int64_t *ns)
{
	const char *why;

	return len && text[len - 1] == 'Z' && !read_time(text, len, ns, &why);
}

int query_parse_time(const char *text, bool end, int64_t now, int64_t *ns, const char **why)
{
	char whole[SECONDS_LEN + 2];
	size_t len = strlen(text);
	uint32_t ago;
	int err;

	if (len == DATE_LEN && text[4] == '-') {
		memcpy(whole, text, DATE_LEN);
		memcpy(whole + DATE_LEN, "T00:00:00Z", sizeof("T00:00:00Z"));
		err = read_time(whole, sizeof(whole) - 1, ns, why);
		if (!err && end)
			*ns += DAY * QUERY_NS;
		return err;
	}
	if (strspn(text, "0123456789") + 1 == len) {
		err = policy_parse_duration(text, &ago, why);
		if (!err)
			*ns = now - (int64_t)ago * QUERY_NS;
		return err;
	}
	return read_time(text, len, ns, why);
}

void query_format_time(int64_t ns, char buf[21])
{
	policy_format_time(ns / QUERY_NS, buf);
}
