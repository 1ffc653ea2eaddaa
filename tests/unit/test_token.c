// SPDX-License-Identifier: GPL-2.0-or-later
/* The text of tokens, which the module parses, too; and when and where one holds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "userspace/token/token_file.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#define DEVICE "00112233445566778899aabbccddeeff"
#define NONCE  "ffeeddccbbaa99887766554433221100"
#define SHA256 "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

#define FIRST		  "interdict-token: 1\n"
#define ACTION		  "action: unload\n"
#define WHERE		  "device: " DEVICE "\n"
#define FROM		  "not-before: 2026-11-22T08:00:00Z\n"
#define TO		  "not-after: 2026-11-23T08:00:00Z\n"
#define ONCE		  "nonce: " NONCE "\n"
#define WHOLE		  FIRST ACTION WHERE FROM TO ONCE
#define OF(action)	  FIRST "action: " action "\n" WHERE FROM TO ONCE
#define AT(device)	  FIRST ACTION "device: " device "\n" FROM TO ONCE
#define BEGINS(time)	  FIRST ACTION WHERE "not-before: " time "\n" TO ONCE
#define ENDS(time)	  FIRST ACTION WHERE FROM "not-after: " time "\n" ONCE
#define WITH(nonce)	  FIRST ACTION WHERE FROM TO "nonce: " nonce "\n"
#define OFF(name, number) OF("off") "policy: " name "\nserial: " number "\n"

static const char begin[] = "it does not begin with \"interdict-token: 1\"";
static const char action[] = "its action is none of unload, off, break-glass, tool";
static const char second[] = "its second line is not its action";
static const char device[] = "its device is neither an ID of 32 hex digits nor *";
static const char before[] = "its not-before is not a time as 2026-11-22T08:00:00Z";
static const char after[] = "its not-after is not a time as 2026-11-22T08:00:00Z";
static const char nonce[] = "its nonce is not 32 hex digits";
static const char name[] = "its policy is not a policy's name";
static const char serial[] = "its serial is not a number";
static const char sha256[] = "its sha256 is not 64 hex digits";
static const char more[] = "there is more in it than its action has";

static const struct {
	const char *text;
	const char *why;
} rejections[] = {
	{ "", begin },
	{ "\n", begin },
	{ "interdict-token: 1", begin },
	{ "interdict-token: 2\n" ACTION WHERE FROM TO ONCE, begin },
	{ "interdict-token: 01\n" ACTION WHERE FROM TO ONCE, begin },
	{ "interdict-token:1\n" ACTION WHERE FROM TO ONCE, begin },
	{ "interdict-token: 1 \n" ACTION WHERE FROM TO ONCE, begin },
	{ "interdict-token: 1\r\n" ACTION WHERE FROM TO ONCE, begin },
	{ " " WHOLE, begin },
	{ "\xef\xbb\xbf" WHOLE, begin },
	{ "# a comment\n" WHOLE, begin },
	{ FIRST, second },
	{ FIRST "\n" ACTION WHERE FROM TO ONCE, second },
	{ FIRST WHERE ACTION FROM TO ONCE, second },
	{ FIRST "Action: unload\n" WHERE FROM TO ONCE, second },
	{ FIRST "action: \n" WHERE FROM TO ONCE, second },
	{ FIRST "action : unload\n" WHERE FROM TO ONCE, second },
	{ OF("load"), action },
	{ OF("unload "), action },
	{ OF("Unload"), action },
	{ OF("unloa"), action },
	{ OF("break glass"), action },
	{ OF("unload, off"), action },
	{ FIRST ACTION FROM TO ONCE, device },
	{ FIRST ACTION ACTION WHERE FROM TO ONCE, device },
	{ AT("**"), device },
	{ AT("00112233445566778899AABBCCDDEEFF"), device },
	{ AT("00112233445566778899aabbccddeef"), device },
	{ AT("00112233445566778899aabbccddeeff0"), device },
	{ AT("00112233-4455-6677-8899-aabbccddeeff"), device },
	{ AT("0x112233445566778899aabbccddeeff"), device },
	{ FIRST ACTION WHERE TO FROM ONCE, before },
	{ BEGINS("2026-11-22 08:00:00Z"), before },
	{ BEGINS("2026-11-22T08:00:00"), before },
	{ BEGINS("2026-11-22T08:00:00z"), before },
	{ BEGINS("2026-11-22T08:00:00+00:00"), before },
	{ BEGINS("2026-11-22T08:00:00.0Z"), before },
	{ BEGINS("26-11-22T08:00:00Z"), before },
	{ BEGINS("1969-12-31T23:59:59Z"), before },
	{ BEGINS("2026-00-22T08:00:00Z"), before },
	{ BEGINS("2026-13-22T08:00:00Z"), before },
	{ BEGINS("2026-11-00T08:00:00Z"), before },
	{ BEGINS("2026-11-31T08:00:00Z"), before },
	{ BEGINS("2026-02-29T08:00:00Z"), before },
	{ BEGINS("2100-02-29T08:00:00Z"), before },
	{ BEGINS("2026-11-22T24:00:00Z"), before },
	{ BEGINS("2026-11-22T08:60:00Z"), before },
	{ BEGINS("2026-11-22T08:00:60Z"), before },
	{ BEGINS("2026-11-22T0a:00:00Z"), before },
	{ BEGINS("1763798400"), before },
	{ ENDS("tomorrow"), after },
	{ ENDS("2026-11-23T08:00:00Z\t"), after },
	{ ENDS("2026-11-22T07:59:59Z"), "it ends before it begins" },
	{ FIRST ACTION WHERE FROM TO, nonce },
	{ WITH("ffeeddccbbaa9988776655443322110"), nonce },
	{ WITH("ffeeddccbbaa998877665544332211000"), nonce },
	{ WITH("ffeeddccbbaa9988776655443322110g"), nonce },
	{ FIRST ACTION WHERE FROM TO "nonce: " NONCE, nonce }, /* no newline */
	{ WHOLE "\n", more },
	{ WHOLE ONCE, more },
	{ WHOLE "x", more },
	{ WHOLE "policy: p\nserial: 1\n", more },
	{ WHOLE WHOLE, more },
	{ OF("off"), name },
	{ OF("off") "serial: 1\npolicy: p\n", name },
	{ OFF("", "1"), name },
	{ OFF("P", "1"), name },
	{ OFF("-p", "1"), name },
	{ OFF("p-", "1"), name },
	{ OFF("a b", "1"), name },
	{ OFF("a23456789012345678901234567890123456789012345678901234567890abcd", "1"), name },
	{ OF("off") "policy: p\n", serial },
	{ OFF("p", "0"), serial },
	{ OFF("p", "01"), serial },
	{ OFF("p", "-1"), serial },
	{ OFF("p", "1x"), serial },
	{ OFF("p", "18446744073709551616"), serial },
	{ OFF("p", "99999999999999999999999999"), serial },
	{ OFF("p", "1") "sha256: " SHA256 "\n", more },
	{ OF("tool"), sha256 },
	{ OF("tool") "sha256: " SHA256 "00\n", sha256 },
	{ OF("tool") "sha256: sha256:" SHA256 "\n", sha256 },
	{ OF("tool") "sha256: " SHA256 "\npolicy: p\n", more },
	{ OF("break-glass") "until: 1\n", more },
};

/* In a block of its own size, so that reading one byte too far is seen. */
static int parse(const char *text, size_t len, struct token *token, const char **why)
{
	char *copy = malloc(len ? len : 1);
	int err;

	memcpy(copy, text, len);
	err = token_parse(copy, (uint32_t)len, token, why);
	free(copy);
	return err;
}

static void refuses(void **state)
{
	struct token token, before_it;
	const char *why;

	(void)state;
	memset(&before_it, 0x5a, sizeof(before_it));
	for (size_t i = 0; i < COUNT_OF(rejections); i++) {
		token = before_it;
		if (parse(rejections[i].text, strlen(rejections[i].text), &token, &why) != -EBADMSG)
			fail_msg("taken: %s", rejections[i].text);
		if (strcmp(why, rejections[i].why) != 0)
			fail_msg("\"%s\", not \"%s\": %s", why, rejections[i].why,
				 rejections[i].text);
		assert_memory_equal(&token, &before_it, sizeof(token));
	}
	print_message("%zu texts\n", COUNT_OF(rejections));
}

/* Of one that is right no byte can be missing, and none be NUL. */
static void refuses_parts(void **state)
{
	static const char whole[] = OFF("p", "42");
	char text[sizeof(whole)];
	struct token token;
	const char *why;

	(void)state;
	for (size_t len = 0; len < sizeof(whole) - 1; len++)
		assert_int_equal(parse(whole, len, &token, &why), -EBADMSG);
	for (size_t i = 0; i < sizeof(whole) - 1; i++) {
		memcpy(text, whole, sizeof(whole));
		text[i] = '\0';
		assert_int_equal(parse(text, sizeof(whole) - 1, &token, &why), -EBADMSG);
	}
	/* With the NUL behind it. */
	assert_int_equal(parse(whole, sizeof(whole), &token, &why), -EBADMSG);
}

static void refuses_long(void **state)
{
	static char text[TOKEN_MAX + 2];
	struct token token;
	const char *why;

	(void)state;
	memset(text, 'x', sizeof(text));
	assert_int_equal(parse(text, TOKEN_MAX + 1, &token, &why), -EBADMSG);
	assert_string_equal(why, "it is longer than 4096 bytes");
	assert_int_equal(parse(text, TOKEN_MAX, &token, &why), -EBADMSG);
	assert_string_equal(why, begin);
}

/* What is printed is parsed to the same; texts are as the header says. */
static void takes(void **state)
{
	static const struct {
		const char *text;
		enum token_action action;
	} taken[] = {
		{ WHOLE, TOKEN_UNLOAD },
		{ AT("*"), TOKEN_UNLOAD },
		{ ENDS("2026-11-22T08:00:00Z"), TOKEN_UNLOAD },
		{ BEGINS("1970-01-01T00:00:00Z"), TOKEN_UNLOAD },
		{ ENDS("9999-12-31T23:59:59Z"), TOKEN_UNLOAD },
		{ BEGINS("2024-02-29T00:00:00Z"), TOKEN_UNLOAD },
		{ OF("break-glass"), TOKEN_BREAK_GLASS },
		{ OFF("government-baseline", "42"), TOKEN_OFF },
		{ OFF("p", "18446744073709551615"), TOKEN_OFF },
		{ OFF("a23456789012345678901234567890123456789012345678901234567890abc", "1"),
		  TOKEN_OFF },
		{ OF("tool") "sha256: " SHA256 "\n", TOKEN_TOOL },
	};
	char text[TOKEN_TEXT_MAX];
	struct token token;
	const char *why;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(taken); i++) {
		if (parse(taken[i].text, strlen(taken[i].text), &token, &why))
			fail_msg("%s: %s", why, taken[i].text);
		assert_int_equal(token.action, taken[i].action);
		assert_int_equal(token_print(&token, text), strlen(taken[i].text));
		assert_string_equal(text, taken[i].text);
	}
}

/* The C library's calendar is another's. */
static void times(void **state)
{
	char text[256], when[21];
	struct token token;
	const char *why;

	(void)state;
	for (int64_t t = 0; t < 253402300800; t += 86400 * 13 + 3607) {
		time_t seconds = (time_t)t;
		struct tm tm;

		gmtime_r(&seconds, &tm);
		strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm);
		snprintf(text, sizeof(text),
			 FIRST ACTION WHERE "not-before: %s\nnot-after: %s\n" ONCE, when, when);
		if (parse(text, strlen(text), &token, &why))
			fail_msg("%s: %s", why, text);
		assert_int_equal(token.not_before, t);
		assert_int_equal(token.not_after, t);
	}
}

static void where_and_when(void **state)
{
	static const char other[] = "10112233445566778899aabbccddeeff";
	struct token token, any;
	const char *why;
	int64_t from, to;

	(void)state;
	assert_int_equal(parse(WHOLE, strlen(WHOLE), &token, &why), 0);
	assert_int_equal(parse(AT("*"), strlen(AT("*")), &any, &why), 0);
	from = token.not_before;
	to = token.not_after;
	assert_int_equal(to - from, 86400);
	assert_int_equal(token_check(&token, DEVICE, from, from), 0);
	assert_int_equal(token_check(&token, DEVICE, to, to), 0);
	assert_int_equal(token_check(&token, other, from, from), -EXDEV);
	assert_int_equal(token_check(&any, other, from, from), 0);
	assert_int_equal(token_check(&token, DEVICE, from - 1, from - 1), -EAGAIN);
	assert_int_equal(token_check(&token, DEVICE, to + 1, to + 1), -EKEYEXPIRED);
	/* A clock that is ahead begins none, and ends it. */
	assert_int_equal(token_check(&token, DEVICE, from - 1, from + 1), -EAGAIN);
	assert_int_equal(token_check(&token, DEVICE, from, to + 1), -EKEYEXPIRED);
}

static void names(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < TOKEN_ACTIONS; i++) {
		const char *text = token_action_name(i);

		assert_int_equal(token_action_of(text, (uint32_t)strlen(text)), i);
	}
	assert_string_equal(token_action_name(TOKEN_ACTIONS), "?");
	assert_int_equal(token_action_of("", 0), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses),	cmocka_unit_test(refuses_parts),
		cmocka_unit_test(refuses_long), cmocka_unit_test(takes),
		cmocka_unit_test(times),	cmocka_unit_test(where_and_when),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
