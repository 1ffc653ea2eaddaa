// SPDX-License-Identifier: GPL-2.0-or-later
/* Android packages' signing blocks: well made, made badly, and made to harm. */
#include "signing_block.h"

static void v2_chain(void)
{
	put_pair(ID_V2, LIST(0, OTHER, 3), NULL);
}

static void v2_of_three(void)
{
	size_t pair = pair_begin(ID_V2);

	put_signer(ID_V2, LIST(0), NULL);
	put_signer(ID_V2, LIST(1, OTHER), NULL);
	put_signer(ID_V2, LIST(2), NULL);
	pair_end(pair);
}

static void v2_takes_no_lineage(void)
{
	put_pair(ID_V2, LIST(0), LIST(OTHER));
}

static void v3(void)
{
	put_pair(ID_V3, LIST(0), NULL);
}

static void v31(void)
{
	put_pair(ID_V31, LIST(0), LIST(1, 0));
}

static void of_five(void)
{
	put_pair(ID_V3, LIST(4), LIST(0, 1, 2, 3, 4));
}

static void what_is_no_signer(void)
{
	size_t pair;

	put_pair(ID_STAMP1, LIST(OTHER), NULL);
	put_pair(ID_STAMP2, LIST(OTHER), NULL);
	put_pair(0x504b4453, LIST(OTHER), NULL); /* dependencies */
	put_pair(0x2146444e, LIST(OTHER), NULL); /* what Play adds */
	pair = pair_begin(0x42726577);		 /* padding */
	put_zeros(&image, 4000);
	pair_end(pair);
	put_pair(ID_V2, LIST(0), NULL);
	put_pair(ID_STAMP2, LIST(OTHER), NULL);
}

static void only_stamps(void)
{
	put_pair(ID_STAMP1, LIST(OTHER), NULL);
	put_pair(ID_STAMP2, LIST(OTHER), NULL);
}

static void empty_block(void)
{
}

static void nine_signers(void)
{
	size_t pair = pair_begin(ID_V2);
	unsigned int i;

	for (i = 0; i < 9; i++)
		put_signer(ID_V2, LIST(0), NULL);
	pair_end(pair);
}

static void eleven_signers(void)
{
	size_t pair = pair_begin(ID_V2);
	unsigned int i;

	for (i = 0; i < 11; i++)
		put_signer(ID_V2, LIST(0), NULL);
	pair_end(pair);
}

/* More than there is room for claims. */
static void ten_others(void)
{
	put_pair(ID_V3, LIST(0), LIST(1, 2, 3, 4, 5, 6, 7, 8, 9, 10));
}

static void long_lineage(void)
{
	size_t pair = pair_begin(ID_V3);
	unsigned int levels[35], i;

	for (i = 0; i < 34; i++)
		levels[i] = i % 2;
	levels[i] = MADE;
	put_signer(ID_V3, LIST(0), levels);
	pair_end(pair);
}

static void sixty_pairs(void)
{
	unsigned int i;

	for (i = 0; i < 60; i++) {
		put_number(&image, 8, 4);
		put_number(&image, 4, i);
	}
	put_pair(ID_V2, LIST(0), NULL);
}

static void seventy_pairs(void)
{
	sixty_pairs();
	sixty_pairs();
}

static void pair_of_nothing(void)
{
	put_pair(ID_V2, LIST(0), NULL);
	put_number(&image, 8, 0);
	put_pair(ID_V3, LIST(1), NULL);
}

static void pair_of_three(void)
{
	put_pair(ID_V2, LIST(0), NULL);
	put_number(&image, 8, 3);
	put_zeros(&image, 4);
}

static void pair_too_long(void)
{
	put_pair(ID_V2, LIST(0), NULL);
	put_number(&image, 8, 5);
	put_zeros(&image, 4);
}

static void pair_of_everything(void)
{
	put_pair(ID_V2, LIST(0), NULL);
	put_number(&image, 8, UINT64_MAX);
	put_zeros(&image, 4);
}

static void half_a_pair(void)
{
	put_pair(ID_V2, LIST(0), NULL);
	put_zeros(&image, 7);
}

static void no_signer(void)
{
	pair_end(pair_begin(ID_V2));
}

static void signers_too_long(void)
{
	size_t pair = pair_begin(ID_V2);

	put_signer(ID_V2, LIST(0), NULL);
	pair_end(pair);
	put_at(&image, signers - 4, 4, image.size - signers + 1);
	put_pair(ID_V3, LIST(1), NULL);
}

static void signer_too_long(void)
{
	size_t pair = pair_begin(ID_V2);

	put_signer(ID_V2, LIST(0), NULL);
	pair_end(pair);
	put_at(&image, signers, 4, 0xffffffff);
	put_pair(ID_V3, LIST(1), NULL);
}

static void signer_of_nothing(void)
{
	size_t pair = pair_begin(ID_V2);

	put_zeros(&image, 4);
	put_signer(ID_V2, LIST(0), NULL);
	pair_end(pair);
}

static void no_certificate(void)
{
	size_t pair = pair_begin(ID_V2);

	put_signer(ID_V2, LIST(MADE), NULL);
	put_signer(ID_V2, LIST(0), NULL);
	pair_end(pair);
}

static void certificate_of_nothing(void)
{
	size_t pair = pair_begin(ID_V2), at = image.size;

	put_signer(ID_V2, LIST(0), NULL);
	/* Behind the lengths of signer, data and list: the first bytes of the certificate. */
	memset(image.bytes + at + 4 + 4 + 4 + 44 + 4 + 4, 0, 4);
	put_signer(ID_V2, LIST(1), NULL);
	pair_end(pair);
}

static void no_attributes(void)
{
	size_t pair = pair_begin(ID_V3), signer, data, list;

	signer = open_length(&image, 4);
	data = open_length(&image, 4);
	put_algorithms(32);
	list = open_length(&image, 4);
	put_certificate(0);
	close_length(&image, 4, list);
	close_length(&image, 4, data);
	close_length(&image, 4, signer);
	pair_end(pair);
}

static void half_a_lineage(void)
{
	size_t pair = pair_begin(ID_V3);

	put_signer(ID_V3, LIST(0), LIST(1, 0));
	pair_end(pair);
	/* The second level's length: behind it are a certificate and 102 bytes, then the rest of
	 * the signer (8 and 86 bytes and 4). */
	put_at(&image, image.size - 98 - (size_t)made[0].len - 98, 4, 0xffffff);
}

static const struct {
	const char *name;
	void (*fill)(void);
	unsigned int want, flags;
} cases[] = {
#define CASE(fill, want, flags)          \
	{                                \
#fill, fill, want, flags \
	}
	CASE(v2, FIRST, 0),
	CASE(v2_chain, FIRST, 0),
	CASE(v2_of_three, FIRST | SECOND | THIRD, 0),
	CASE(v2_takes_no_lineage, FIRST, 0),
	CASE(v3, FIRST, 0),
	CASE(v3_lineage, FIRST | SECOND | THIRD, 0),
	CASE(v31, FIRST | SECOND, 0),
	CASE(all_schemes, FIRST | SECOND | THIRD, 0),
	CASE(of_five, FIRST | SECOND | THIRD | FOURTH | FIFTH, 0),
	CASE(what_is_no_signer, FIRST, 0),
	CASE(only_stamps, 0, 0),
	CASE(empty_block, 0, 0),
	CASE(nine_signers, FIRST, 0),
	CASE(eleven_signers, FIRST, MORE),
	CASE(ten_others, FIRST | SECOND | THIRD | FOURTH | FIFTH | AT_LEAST, MORE),
	CASE(long_lineage, FIRST | SECOND, MORE),
	CASE(sixty_pairs, FIRST, 0),
	CASE(seventy_pairs, FIRST, MORE),
	CASE(pair_of_nothing, FIRST, MALF),
	CASE(pair_of_three, FIRST, MALF),
	CASE(pair_too_long, FIRST, MALF),
	CASE(pair_of_everything, FIRST, MALF),
	CASE(half_a_pair, FIRST, MALF),
	CASE(no_signer, 0, 0),
	CASE(signers_too_long, SECOND, MALF),
	CASE(signer_too_long, SECOND, MALF),
	CASE(signer_of_nothing, FIRST, MALF),
	CASE(no_certificate, FIRST, MALF),
	CASE(certificate_of_nothing, SECOND, MALF),
	CASE(no_attributes, FIRST, MALF),
	CASE(half_a_lineage, FIRST | SECOND, MALF),
};

static void all_cases(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		apk_begin();
		cases[i].fill();
		apk_end();
		expect(cases[i].name, cases[i].want, cases[i].flags, INTERDICT_SOURCE_APK);
	}
}

/* A lineage's certificates are of its signer; two signers are two. */
static void numbers(void **state)
{
	static const unsigned int of[] = { 0, 1, 1 };
	struct interdict_claims claims;
	unsigned int i, j;
	size_t pair;

	(void)state;
	apk_begin();
	pair = pair_begin(ID_V3);
	put_signer(ID_V3, LIST(0), NULL);
	put_signer(ID_V3, LIST(1), LIST(2, 1));
	pair_end(pair);
	apk_end();
	assert_int_equal(find(&claims), 0);
	assert_int_equal(certificates(&claims), 3);
	for (i = 0; i < claims.count; i++)
		for (j = 0; j < 3; j++)
			if (!memcmp(claims.claim[i].value, made[j].digest, 32))
				assert_int_equal(claims.claim[i].signer, of[j]);
}

/* A comment, and something in front of the archive. */
static void around(void **state)
{
	(void)state;
	apk_begin();
	v3_lineage();
	block_end();
	zip_end(&zip, 65535);
	expect("comment", FIRST | SECOND | THIRD, 0, INTERDICT_SOURCE_APK);

	image.size = 0;
	put_zeros(&image, 5000);
	zip_begin(&zip, &image);
	block = image.size;
	put_zeros(&image, 8);
	v3_lineage();
	block_end();
	zip_end(&zip, 0);
	expect("in front", FIRST | SECOND | THIRD, 0, INTERDICT_SOURCE_APK);
}

/* Sizes of the block that are lies: then it is none for Android, and the JAR signature counts. */
static void block_sizes(void **state)
{
	static const struct {
		bool header, footer;
		uint64_t value;
		unsigned int flags;
	} lies[] = {
		{ true, false, 0, MALF },
		{ true, false, UINT64_MAX, MALF },
		{ false, true, 0, MALF },
		{ false, true, 23, MALF },
		{ false, true, 24, MALF },
		{ false, true, UINT64_MAX, MALF },
		{ false, true, UINT64_MAX - 7, MALF },
		{ true, true, 24, MALF },
		{ true, true, UINT64_MAX, MALF },
	};
	uint8_t *der;
	int len = made_pkcs7(&made[3], &der);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		image.size = 0;
		zip_begin(&zip, &image);
		zip_add(&zip, "META-INF/CERT.EC", der, len, true);
		block = image.size;
		put_zeros(&image, 8);
		v2();
		block_end();
		if (lies[i].header)
			put_at(&image, block, 8, lies[i].value);
		if (lies[i].footer)
			put_at(&image, image.size - 24, 8, lies[i].value);
		zip_end(&zip, 0);
		expect("lie", FOURTH, lies[i].flags, INTERDICT_SOURCE_JAR);
	}

	/* Without a lie the block's signer alone is it; with another magic there is no block. */
	put_at(&image, block, 8, zip.directory - block - 8);
	put_at(&image, zip.directory - 24, 8, zip.directory - block - 8);
	expect("truth", FIRST, 0, INTERDICT_SOURCE_APK);
	image.bytes[zip.directory - 1] = '3';
	expect("other magic", FOURTH, 0, INTERDICT_SOURCE_JAR);
	OPENSSL_free(der);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_cases),
		cmocka_unit_test(numbers),
		cmocka_unit_test(around),
		cmocka_unit_test(block_sizes),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
