// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kmod/extract/magic.h"

#define HEAD(text) text, sizeof(text) - 1

static const struct {
	const char *head;
	size_t len;
	bool software;
} cases[] = {
	{ HEAD("\177ELF\2\1\1\0"), true },
	{ HEAD("\177ELF"), true },
	{ HEAD("#!/bin/sh\n"), true },
	{ HEAD("#!"), true },
	{ HEAD("MZ\220\0\3\0"), true },
	{ HEAD("PK\3\4\24\0"), true },
	{ HEAD("PK\5\6\0\0"), true },
	{ HEAD("PK\7\10"), true },
	{ HEAD("!<arch>\ndebian-b"), true },
	{ HEAD("\355\253\356\333\3\0"), true },
	{ HEAD("hsqs\7\0\0\0"), true },
	{ HEAD("flatpak\0\1\0\211\345"), true },
	{ HEAD("\3757zXZ\0\0\4"), true },
	{ HEAD("\50\265\57\375\4"), true },
	{ HEAD("\37\213\10\0"), true },
	{ HEAD("BZh91AY"), true },
	{ HEAD("7z\274\257\47\34\0\4"), true },
	{ HEAD("MSCF\0\0\0\0"), true },
	{ HEAD("\320\317\21\340\241\261\32\341"), true },
	{ HEAD("\0asm\1\0\0\0"), true },
	{ HEAD("\312\376\272\276\0\0\0\101"), true },
	{ HEAD("dex\n035\0"), true },
	{ HEAD("\33Lua\123"), true },
	{ HEAD("\247\r\r\n\0\0\0\0"), true },

	{ HEAD(""), false },
	{ HEAD("#"), false },
	{ HEAD("M"), false },
	{ HEAD("\177EL"), false },
	{ HEAD("\177ELG"), false },
	{ HEAD(" #!/bin/sh"), false },
	{ HEAD("PK\3"), false },
	{ HEAD("PK\1\2"), false },
	{ HEAD("!<arch>"), false },
	{ HEAD("!<thin>\n"), false },
	{ HEAD("\3757zXZ"), false },
	{ HEAD("hello, world\n"), false },
	{ HEAD("\211PNG\r\n\32\n"), false },
	{ HEAD("%PDF-1.7\n"), false },
	{ HEAD("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), false },
	{ HEAD("a\n\r\n"), true }, /* the price of compiled Python's magic being a line end */
};

static void heads(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		/* Of that length, so that the sanitizer sees what is read behind it. */
		uint8_t *head = test_malloc(cases[i].len + 1);

		memcpy(head + 1, cases[i].head, cases[i].len);
		if (magic_is_software(head + 1, cases[i].len) != cases[i].software)
			fail_msg("case %zu", i);
		test_free(head);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(heads) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
