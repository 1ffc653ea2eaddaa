// SPDX-License-Identifier: GPL-2.0-or-later
/* One form for what people take for the same name. */
#include "kmod/extract/publisher.h"

#include <locale.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <wctype.h>
#include <cmocka.h>

#include <openssl/sha.h>

#include "kmod/extract/digest.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *name;
	const char *folded; /* NULL: no UTF-8 */
} cases[] = {
	{ "", "" },
	{ " \t\r\n\v\f", "" },
	{ "a", "a" },
	{ "Tencent Technology (Shenzhen) Company Limited",
	  "tencent technology (shenzhen) company limited" },
	{ "  ACME \t Corp.\n", "acme corp." },
	{ "A\u00a0\u2003\u3000B\u2028", "a b" },
	{ "\xc2\x85\u1680x\u205f\u202f", "x" },
	/* Not white space, though nothing is seen of it. */
	{ "A\u200bB", "a\u200bb" },
	{ "\u00c4\u00d6\u00dc\u00df \u00d7 \u00de", "\u00e4\u00f6\u00fc\u00df \u00d7 \u00fe" },
	{ "\u0130\u0131", "i\u0131" },
	{ "\u0141\u00f3d\u017a \u0178 \u017d", "\u0142\u00f3d\u017a \u00ff \u017e" },
	{ "\u039f\u03b4\u03cc\u03c2 \u039f\u0394\u038c\u03a3",
	  "\u03bf\u03b4\u03cc\u03c3 \u03bf\u03b4\u03cc\u03c3" },
	{ "\u041b\u0430\u0431\u043e\u0440\u0430\u0442\u043e\u0440\u0438\u044f "
	  "\u041a\u0410\u0421\u041f\u0415\u0420\u0421\u041a\u041e\u0413\u041e",
	  "\u043b\u0430\u0431\u043e\u0440\u0430\u0442\u043e\u0440\u0438\u044f "
	  "\u043a\u0430\u0441\u043f\u0435\u0440\u0441\u043a\u043e\u0433\u043e" },
	{ "\u0531\u0556", "\u0561\u0586" },
	{ "\u1e9e\u1ea0", "\u00df\u1ea1" },
	{ "\uff21\uff22\uff3a", "\uff41\uff42\uff5a" },
	{ "\u817e\u8baf\u79d1\u6280", "\u817e\u8baf\u79d1\u6280" },
	{ "\U0001f600 X", "\U0001f600 x" },
	{ "\U0010ffff", "\U0010ffff" },
	/* Nothing is composed. */
	{ "A\u0308", "a\u0308" },
	{ "\x80", NULL },
	{ "\xbf", NULL },
	{ "a\xc3", NULL },
	{ "\xc0\x80", NULL },
	{ "\xc1\xbf", NULL },
	{ "\xe0\x9f\xbf", NULL },
	{ "\xe2\x82", NULL },
	{ "\xe2(\xa1", NULL },
	{ "\xed\xa0\x80", NULL },
	{ "\xed\xbf\xbf", NULL },
	{ "\xf0\x8f\xbf\xbf", NULL },
	{ "\xf4\x90\x80\x80", NULL },
	{ "\xf5\x80\x80\x80", NULL },
	{ "\xf8\x88\x80\x80\x80", NULL },
	{ "\xff", NULL },
};

static void folds(void **state)
{
	char folded[PUBLISHER_MAX];
	size_t i;
	int len;

	(void)state;
	for (i = 0; i < COUNT_OF(cases); i++) {
		len = publisher_fold(cases[i].name, strlen(cases[i].name), folded);
		if (!cases[i].folded && len != -EBADMSG)
			fail_msg("case %zu is not refused: %d", i, len);
		if (cases[i].folded && (len != (int)strlen(cases[i].folded) ||
					memcmp(folded, cases[i].folded, len) != 0))
			fail_msg("case %zu, %s: %.*s", i, cases[i].name, len < 0 ? 0 : len, folded);
		/* What is folded stays as it is. */
		if (cases[i].folded)
			assert_int_equal(publisher_fold(cases[i].folded, len, folded), len);
	}
	assert_int_equal(publisher_fold("a\0b", 3, folded), -EBADMSG);
}

static bool is_listed(wint_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0x17f) || (c >= 0x370 && c <= 0x52f) ||
	       (c >= 0x531 && c <= 0x556) || (c >= 0x1e00 && c <= 0x1eff) ||
	       (c >= 0xff21 && c <= 0xff3a);
}

/* Every letter of Unicode, compared with the C library's, which has its table from Unicode too. */
static void all_letters(void **state)
{
	char name[PUBLISHER_LETTER], folded[PUBLISHER_MAX], wanted[PUBLISHER_LETTER];
	wint_t letter, small;
	int len, wanted_len;

	(void)state;
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	for (letter = 1; letter <= 0x10ffff; letter++) {
		if (letter >= 0xd800 && letter < 0xe000)
			continue;
		small = is_listed(letter) ? towlower(letter) : letter;
		if (letter == 0x3c2)
			small = 0x3c3;
		len = publisher_fold(name, publisher_put_utf8(name, letter), folded);
		if (!len) {
			/* The C library takes no-break spaces for no white space. */
			assert_true(iswspace(letter) || letter == 0x85 || letter == 0xa0 ||
				    letter == 0x2007 || letter == 0x202f);
			continue;
		}
		wanted_len = publisher_put_utf8(wanted, small);
		if (len != wanted_len || memcmp(folded, wanted, len) != 0)
			fail_msg("U+%04X", letter);
	}
}

static void lengths(void **state)
{
	char name[600], folded[PUBLISHER_MAX];

	(void)state;
	memset(name, 'X', sizeof(name));
	assert_int_equal(publisher_fold(name, PUBLISHER_MAX, folded), PUBLISHER_MAX);
	assert_int_equal(publisher_fold(name, PUBLISHER_MAX + 1, folded), -E2BIG);
	name[PUBLISHER_MAX] = ' ';
	assert_int_equal(publisher_fold(name, PUBLISHER_MAX + 1, folded), PUBLISHER_MAX);
	assert_int_equal(publisher_fold(name, PUBLISHER_MAX + 2, folded), -E2BIG);
	memset(name, ' ', 599);
	assert_int_equal(publisher_fold(name, 600, folded), 1);
	memcpy(name + PUBLISHER_MAX, "\u00e4", 2);
	memset(name, 'x', PUBLISHER_MAX);
	assert_int_equal(publisher_fold(name + 1, PUBLISHER_MAX + 1, folded), -E2BIG);
	assert_int_equal(publisher_fold(name + 2, PUBLISHER_MAX, folded), PUBLISHER_MAX);
}

static void values(void **state)
{
	uint8_t value[DIGEST_LEN], wanted[DIGEST_LEN];

	(void)state;
	SHA256((const unsigned char *)"acme corp.", 10, wanted);
	assert_int_equal(publisher_value(" ACME  Corp. ", 13, value), 0);
	assert_memory_equal(value, wanted, DIGEST_LEN);
	assert_int_equal(publisher_value("  ", 2, value), -EINVAL);
	assert_int_equal(publisher_value("", 0, value), -EINVAL);
	assert_int_equal(publisher_value("\xff", 1, value), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(folds),
		cmocka_unit_test(all_letters),
		cmocka_unit_test(lengths),
		cmocka_unit_test(values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
