// SPDX-License-Identifier: GPL-2.0-or-later
/* Android packages of which something is missing or changed, at every place. */
#include "signing_block.h"

static void flips(void **state)
{
	(void)state;
	apk_begin();
	v3_lineage();
	apk_end();
	check_flips(&image, block, find);
}

static void truncated(void **state)
{
	struct interdict_claims claims;

	(void)state;
	apk_begin();
	all_schemes();
	apk_end();
	while (image.size-- > 0) {
		assert_int_equal(find(&claims), 0);
		assert_int_equal(claims.count, 0);
	}
}

/* What is cut out of the block: lengths do not fit any more. */
static void shortened(void **state)
{
	struct interdict_claims claims;
	size_t len, cut;

	(void)state;
	apk_begin();
	v3_lineage();
	len = image.size - block - 8;
	for (cut = 1; cut <= len; cut++) {
		apk_begin();
		v3_lineage();
		image.size -= cut;
		apk_end();
		assert_int_equal(find(&claims), 0);
		assert_int_equal(claims.flags, cut == len ? 0 : MALF);
		assert_int_equal(claims.count, 0);
	}
}

static void errors(void **state)
{
	(void)state;
	apk_begin();
	v3_lineage();
	apk_end();
	check_read_errors(&image, apk_claims, -EINTR, 20);
}

/* A proof-of-rotation that goes over the budget of pages. */
static void over_budget(void **state)
{
	struct interdict_claims claims;
	size_t pair;

	(void)state;
	apk_begin();
	pair = open_length(&image, 8);
	put_number(&image, 4, 1);
	put_zeros(&image, 500000);
	close_length(&image, 8, pair);
	v2();
	apk_end();
	expect("padding costs nothing", FIRST, 0, INTERDICT_SOURCE_APK);

	memset(image.bytes + block + 8, 0, 600000);
	image.size = block + 8;
	pair = pair_begin(ID_V2);
	put_signer(ID_V2, LIST(0), NULL);
	for (; image.size < 600000;)
		put_number(&image, 4, 0);
	pair_end(pair);
	apk_end();
	assert_int_equal(find(&claims), 0);
	assert_true(claimed(&claims, &made[0], INTERDICT_SOURCE_APK));
	assert_true(claims.flags & MORE);
}

/* Wherever pages end: reading a certificate over two of them costs some, and there are enough. */
static void pages(void **state)
{
	size_t at, pair;

	(void)state;
	for (at = 0; at < 4096; at += 61) {
		apk_begin();
		pair = open_length(&image, 8);
		put_number(&image, 4, 1);
		put_zeros(&image, at);
		close_length(&image, 8, pair);
		all_schemes();
		apk_end();
		expect("pages", FIRST | SECOND | THIRD, 0, INTERDICT_SOURCE_APK);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flips),       cmocka_unit_test(truncated),
		cmocka_unit_test(shortened),   cmocka_unit_test(errors),
		cmocka_unit_test(over_budget), cmocka_unit_test(pages),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
