// SPDX-License-Identifier: GPL-2.0-or-later
/* The small texts of the format: times, durations, hex, and its words. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "policy.h"

static const char *const mode_names[] = {
	[POLICY_MODE_OFF] = "off",
	[POLICY_MODE_AUDIT] = "audit",
	[POLICY_MODE_ENFORCE] = "enforce",
};
static_assert(sizeof(mode_names) / sizeof(mode_names[0]) == POLICY_MODE_COUNT, "a name each");

static const char *const operation_names[] = {
	[POLICY_OP_EXEC] = "exec",
	[POLICY_OP_MAP] = "map",
	[POLICY_OP_OPEN] = "open",
	[POLICY_OP_LOAD] = "load",
};
static_assert(sizeof(operation_names) / sizeof(operation_names[0]) == POLICY_OP_COUNT,
	      "a name each");

static const char *const kind_names[] = {
	[POLICY_KIND_SHA256] = "sha256",     [POLICY_KIND_FSVERITY] = "fsverity",
	[POLICY_KIND_BUILD_ID] = "build-id", [POLICY_KIND_CERTIFICATE] = "certificate",
	[POLICY_KIND_KEY] = "key",	     [POLICY_KIND_PUBLISHER] = "publisher",
	[POLICY_KIND_PACKAGE] = "package",
};
static_assert(sizeof(kind_names) / sizeof(kind_names[0]) == POLICY_KIND_COUNT, "a name each");

const char *policy_mode_name(enum policy_mode mode)
{
	return mode < POLICY_MODE_COUNT ? mode_names[mode] : "?";
}

const char *policy_operation_name(enum policy_operation op)
{
	return op < POLICY_OP_COUNT ? operation_names[op] : "?";
}

const char *policy_kind_name(enum policy_kind kind)
{
	return kind < POLICY_KIND_COUNT ? kind_names[kind] : "?";
}

bool policy_kind_enforced(enum policy_kind kind)
{
	return kind < POLICY_KIND_COUNT;
}

/* ---- times: RFC 3339 section 5.6, without fractions, with Z ---- */

static bool is_leap(unsigned int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static unsigned int days_of_month(unsigned int year, unsigned int month)
{
	static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* Days from 1970-01-01 to the first of January of @year, 1970 or later. */
static int64_t days_before_year(unsigned int year)
{
	int64_t y = (int64_t)year - 1;
	int64_t leaps = (y / 4 - y / 100 + y / 400) - (1969 / 4 - 1969 / 100 + 1969 / 400);

	return ((int64_t)year - 1970) * 365 + leaps;
}

/* Digits where @form has 'd', the same character elsewhere. */
static bool has_form(const char *text, const char *form)
{
	for (; *form; form++, text++)
		if (*form == 'd' ? *text < '0' || *text > '9' : *text != *form)
			return false;
	return !*text;
}

static unsigned int number(const char *text, int digits)
{
	unsigned int n = 0;

	while (digits--)
		n = n * 10 + (unsigned int)(*text++ - '0');
	return n;
}

int policy_parse_time(const char *text, int64_t *seconds, const char **why)
{
	unsigned int year;
	unsigned int month;
	unsigned int day;
	unsigned int hour;
	unsigned int minute;
	unsigned int second;
	int64_t days;
	unsigned int m;

	if (!has_form(text, "dddd-dd-ddTdd:dd:ddZ")) {
		*why = "a time is written like 2023-10-30T00:00:00Z, in UTC";
		return -EINVAL;
	}
	year = number(text, 4);
	month = number(text + 5, 2);
	day = number(text + 8, 2);
	hour = number(text + 11, 2);
	minute = number(text + 14, 2);
	second = number(text + 17, 2);
	if (year < 1970) {
		*why = "times begin with the year 1970";
		return -EINVAL;
	}
	if (month < 1 || month > 12) {
		*why = "there is no such month";
		return -EINVAL;
	}
	if (day < 1 || day > days_of_month(year, month)) {
		*why = "there is no such day in that month";
		return -EINVAL;
	}
	/* No leap second: the kernel's clock has none, and an order must not depend on one. */
	if (hour > 23 || minute > 59 || second > 59) {
		*why = "there is no such time of day";
		return -EINVAL;
	}
	days = days_before_year(year);
	for (m = 1; m < month; m++)
		days += days_of_month(year, m);
	days += day - 1;
	*seconds = days * 86400 + hour * 3600 + minute * 60 + second;
	return 0;
}

static void put(char *at, int64_t n, int digits)
{
	while (digits--) {
		at[digits] = (char)('0' + n % 10);
		n /= 10;
	}
}

void policy_format_time(int64_t seconds, char buf[21])
{
	const int64_t last = (days_before_year(10000) * 86400) - 1;
	int64_t days;
	unsigned int year;
	unsigned int month = 1;

	seconds = seconds < 0 ? 0 : seconds > last ? last : seconds;
	days = seconds / 86400;
	seconds %= 86400;
	year = 1970 + (unsigned int)(days / 366);
	while (days_before_year(year + 1) <= days)
		year++;
	days -= days_before_year(year);
	while (days >= days_of_month(year, month))
		days -= days_of_month(year, month++);
	memcpy(buf, "0000-00-00T00:00:00Z", 21);
	put(buf, year, 4);
	put(buf + 5, month, 2);
	put(buf + 8, days + 1, 2);
	put(buf + 11, seconds / 3600, 2);
	put(buf + 14, seconds / 60 % 60, 2);
	put(buf + 17, seconds % 60, 2);
}

/* ---- durations ---- */

int policy_parse_duration(const char *text, uint32_t *seconds, const char **why)
{
	uint64_t n = 0;
	uint64_t unit;
	const char *p = text;

	/* Eight digits: more than POLICY_GRACE_MAX seconds, and far from an overflow. */
	for (; *p >= '0' && *p <= '9' && p - text < 8; p++)
		n = n * 10 + (uint64_t)(*p - '0');
	switch (*p) {
	case 's':
		unit = 1;
		break;
	case 'm':
		unit = 60;
		break;
	case 'h':
		unit = 3600;
		break;
	case 'd':
		unit = 86400;
		break;
	default:
		unit = 0;
	}
	if (p == text || !unit || p[1]) {
		*why = "a duration is a number and a unit, like 10s, 10m, 2h, 1d";
		return -EINVAL;
	}
	if (n * unit > POLICY_GRACE_MAX) {
		*why = "at most 366d are allowed";
		return -EINVAL;
	}
	*seconds = (uint32_t)(n * unit);
	return 0;
}

/* ---- hex ---- */

/* 16 and the value; 0: it is none. */
static const uint8_t hex_digits[256] = {
	['0'] = 16, 17, 18, 19, 20, 21,		22, 23, 24, 25, ['A'] = 26,
	27,	    28, 29, 30, 31, ['a'] = 26, 27, 28, 29, 30, 31,
};

ssize_t policy_parse_hex(const char *text, size_t len, uint8_t *out, size_t max, size_t *bad)
{
	size_t i;

	/* There are millions of them: by pairs, to the first that is wrong or too much. */
	for (i = 0; i + 1 < len && i / 2 < max; i += 2) {
		uint8_t high = hex_digits[(uint8_t)text[i]];
		uint8_t low = hex_digits[(uint8_t)text[i + 1]];

		if (!high || !low)
			break;
		out[i / 2] = (uint8_t)(high << 4 | (low & 15));
	}
	for (; i < len; i++) {
		int digit = hex_digits[(uint8_t)text[i]] - 16;

		if (digit < 0) {
			*bad = i;
			return -EINVAL;
		}
		if (i / 2 >= max)
			continue;
		if (i % 2)
			out[i / 2] |= (uint8_t)digit;
		else
			out[i / 2] = (uint8_t)(digit << 4);
	}
	if (!len || len % 2) {
		*bad = len;
		return -EINVAL;
	}
	return len / 2 <= max ? (ssize_t)(len / 2) : -ERANGE;
}
