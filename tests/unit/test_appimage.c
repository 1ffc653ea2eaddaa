// SPDX-License-Identifier: GPL-2.0-or-later
/* OpenPGP fingerprints of AppImages: each version of signature and key, in each kind of ELF. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "appimage_made.h"

static bool claims_key(const struct interdict_claims *claims, const uint8_t *fingerprint,
		       uint32_t len, uint8_t signer)
{
	uint32_t i;

	for (i = 0; i < claims->count; i++) {
		const struct interdict_claim *claim = &claims->claim[i];

		if (claim->kind == INTERDICT_KIND_KEY && claim->form == INTERDICT_FORM_PGP &&
		    claim->source == INTERDICT_SOURCE_APPIMAGE && claim->len == len &&
		    claim->signer == signer && !memcmp(claim->value, fingerprint, len))
			return true;
	}
	return false;
}

/* Each version of signature and key, by fingerprint and by key ID, in each kind of ELF. */
static void versions(void **state)
{
	static const uint8_t vs[] = { 4, 5, 6 };
	static const int bys[] = { BY_FINGERPRINT, BY_ID, BY_FINGERPRINT | BY_ID };
	static struct image image;
	static struct interdict_claims claims;
	struct memory memory = {};
	uint8_t primary[32], sub[32], other[32];
	uint32_t len, n;
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(vs); i++)
		for (j = 0; j < sizeof(bys) / sizeof(bys[0]) * 4; j++) {
			len = vs[i] == 4 ? 20 : 32;
			make(&image, j & 1, j & 2);
			n = KEY_AT;
			n += put_key(image.bytes + n, 6, vs[i], 1, primary);
			n += put_key(image.bytes + n, 14, vs[i], 2, sub);
			n += put_key(image.bytes + n, 6, vs[i], 3, other);
			/* By the subkey: it and its primary key. */
			sign(&image, vs[i], bys[j / 4], sub);
			assert_int_equal(find(&image, &claims, &memory), 0);
			assert_int_equal(claims.flags, 0);
			assert_int_equal(claims.count, 2);
			assert_true(claims_key(&claims, primary, len, 0));
			assert_true(claims_key(&claims, sub, len, 0));
			/* By the primary key: it alone. */
			sign(&image, vs[i], bys[j / 4], other);
			assert_int_equal(find(&image, &claims, &memory), 0);
			assert_int_equal(claims.flags, 0);
			assert_int_equal(claims.count, 1);
			assert_true(claims_key(&claims, other, len, 0));
		}
}

/* Signatures of which the section with the key says nothing. */
static void unknown_key(void **state)
{
	static struct image image;
	static struct interdict_claims claims;
	struct memory memory = {};
	uint8_t key[32], signer[32];

	(void)state;
	memset(signer, 7, sizeof(signer));
	make(&image, true, false);
	put_key(image.bytes + KEY_AT, 6, 4, 1, key);
	sign(&image, 4, BY_FINGERPRINT | BY_ID, signer);
	assert_int_equal(find(&image, &claims, &memory), 0);
	assert_int_equal(claims.count, 1);
	assert_true(claims_key(&claims, signer, 20, 0));

	/* Its ID alone is nothing that an order could name. */
	sign(&image, 4, BY_ID, signer);
	expect(&image, -EBADMSG, 0, 0, "unknown ID");
	sign(&image, 4, BY_OLD, signer);
	expect(&image, -EBADMSG, 0, 0, "unknown ID, version 3");
	sign(&image, 4, 0, signer);
	expect(&image, -EBADMSG, 0, 0, "no issuer");
	/* Nor is a known one that signed nothing. */
	memset(image.bytes + SIG_AT, 0, SIG_ROOM);
	expect(&image, 0, 0, 0, "key without signature");
	sign(&image, 4, BY_OLD, key);
	assert_int_equal(find(&image, &claims, &memory), 0);
	assert_true(claims_key(&claims, key, 20, 0));

	/* Keys of version 3 have no fingerprint here, and their subkeys no primary key. */
	make(&image, true, false);
	put_key(image.bytes + KEY_AT, 6, 4, 1, key);
	put_key(image.bytes + KEY_AT + 62, 6, 4, 1, key);
	image.bytes[KEY_AT + 62 + 2] = 3;
	put_key(image.bytes + KEY_AT + 124, 14, 4, 2, signer);
	sign(&image, 4, BY_FINGERPRINT, signer);
	assert_int_equal(find(&image, &claims, &memory), 0);
	assert_int_equal(claims.count, 1);
	assert_true(claims_key(&claims, signer, 20, 0));
}

static void several_signatures(void **state)
{
	static struct image image;
	static struct interdict_claims claims;
	struct memory memory = {};
	uint8_t keys[OPENPGP_SIGNATURES + 1][32];
	uint32_t i, n = KEY_AT, at = SIG_AT;

	(void)state;
	make(&image, true, false);
	for (i = 0; i <= OPENPGP_SIGNATURES; i++)
		n += put_key(image.bytes + n, 6, 4, 1 + i, keys[i]);
	for (i = 0; i < OPENPGP_SIGNATURES; i++)
		at += put_signature(image.bytes + at, 4, BY_FINGERPRINT, keys[i]);
	assert_int_equal(find(&image, &claims, &memory), 0);
	assert_int_equal(claims.flags, 0);
	assert_int_equal(claims.count, OPENPGP_SIGNATURES);
	for (i = 0; i < OPENPGP_SIGNATURES; i++)
		assert_true(claims_key(&claims, keys[i], 20, i));
	put_signature(image.bytes + at, 4, BY_FINGERPRINT, keys[i]);
	expect(&image, 0, INTERDICT_CLAIMS_MORE, OPENPGP_SIGNATURES, "one more");
}

static void by_its_magic(void **state)
{
	static struct image image;

	(void)state;
	make(&image, true, false);
	assert_true(appimage_begins(image.bytes, APPIMAGE_HEAD));
	assert_false(appimage_begins(image.bytes, APPIMAGE_HEAD - 1));
	image.bytes[10] = 1;
	assert_true(appimage_begins(image.bytes, APPIMAGE_HEAD));
	image.bytes[10] = 3;
	assert_false(appimage_begins(image.bytes, APPIMAGE_HEAD));
	image.bytes[10] = 0;
	assert_false(appimage_begins(image.bytes, APPIMAGE_HEAD));
	image.bytes[10] = 2;
	image.bytes[0] = 0;
	assert_false(appimage_begins(image.bytes, APPIMAGE_HEAD));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_its_magic),
		cmocka_unit_test(versions),
		cmocka_unit_test(unknown_key),
		cmocka_unit_test(several_signatures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
