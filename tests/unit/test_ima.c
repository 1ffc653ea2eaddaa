// SPDX-License-Identifier: GPL-2.0-or-later
/* Key IDs of security.ima: made by evmctl, by hand, and made badly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kmod/extract/ima.h"
#include "run.h"

#define SIG_LEN 70
#define LEN	(9 + SIG_LEN)

static void make(uint8_t *xattr, uint8_t type, uint8_t version)
{
	const uint8_t header[] = { type, version, 4, 0xde, 0xad, 0xbe, 0xef, 0, SIG_LEN };

	memset(xattr, 's', LEN);
	memcpy(xattr, header, sizeof(header));
}

static const struct {
	const char *name;
	uint8_t type, version;
	uint8_t size_high, size_low;
	uint32_t len;
	int err;
	uint32_t count;
} cases[] = {
	{ "version 2", 3, 2, 0, SIG_LEN, LEN, 0, 1 },
	{ "version 3", 3, 3, 0, SIG_LEN, LEN, 0, 1 },
	{ "of fs-verity", 6, 3, 0, SIG_LEN, LEN, 0, 1 },
	{ "of fs-verity, version 2", 6, 2, 0, SIG_LEN, LEN, -EBADMSG, 0 },
	{ "version 1", 3, 1, 0, SIG_LEN, LEN, -EBADMSG, 0 },
	{ "version 4", 3, 4, 0, SIG_LEN, LEN, -EBADMSG, 0 },
	{ "version 0", 3, 0, 0, SIG_LEN, LEN, -EBADMSG, 0 },
	{ "too short", 3, 2, 0, SIG_LEN, LEN - 1, -EBADMSG, 0 },
	{ "too long", 3, 2, 0, SIG_LEN, LEN + 1, -EBADMSG, 0 },
	{ "says too much", 3, 2, 1, SIG_LEN, LEN, -EBADMSG, 0 },
	{ "says 65535", 3, 2, 0xff, 0xff, LEN, -EBADMSG, 0 },
	{ "no signature", 3, 2, 0, 0, 9, -EBADMSG, 0 },
	{ "hash of old", 1, 2, 0, SIG_LEN, 21, 0, 0 },
	{ "EVM", 2, 2, 0, SIG_LEN, 21, 0, 0 },
	{ "hash", 4, 4, 0, SIG_LEN, 34, 0, 0 },
	{ "portable EVM", 5, 2, 0, SIG_LEN, LEN, 0, 0 },
	{ "type 0", 0, 2, 0, SIG_LEN, LEN, 0, 0 },
	{ "type 255", 255, 2, 0, SIG_LEN, LEN, 0, 0 },
};

static void all_cases(void **state)
{
	static const uint8_t key_id[] = { 0xde, 0xad, 0xbe, 0xef };
	static struct interdict_claims claims;
	uint8_t xattr[LEN + 1] = {};
	size_t i;
	int err;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		make(xattr, cases[i].type, cases[i].version);
		xattr[7] = cases[i].size_high;
		xattr[8] = cases[i].size_low;
		memset(&claims, 0, sizeof(claims));
		err = ima_claims(xattr, cases[i].len, &claims);
		if (err != cases[i].err || claims.count != cases[i].count)
			fail_msg("%s: %d, %u claims", cases[i].name, err, claims.count);
		assert_int_equal(claims.flags, 0);
		if (!claims.count)
			continue;
		assert_int_equal(claims.claim[0].kind, INTERDICT_KIND_KEY);
		assert_int_equal(claims.claim[0].form, INTERDICT_FORM_IMA);
		assert_int_equal(claims.claim[0].source, INTERDICT_SOURCE_IMA);
		assert_int_equal(claims.claim[0].len, sizeof(key_id));
		assert_memory_equal(claims.claim[0].value, key_id, sizeof(key_id));
	}
}

/* Cut anywhere: in a buffer of its own, so that a byte read behind it is found. */
static void truncated(void **state)
{
	static struct interdict_claims claims;
	uint8_t xattr[LEN];
	uint8_t *cut;
	uint32_t len;

	(void)state;
	make(xattr, 3, 2);
	for (len = 0; len < LEN; len++) {
		cut = malloc(len ? len : 1);
		assert_non_null(cut);
		memcpy(cut, xattr, len);
		memset(&claims, 0, sizeof(claims));
		assert_int_equal(ima_claims(cut, len, &claims), len ? -EBADMSG : 0);
		assert_int_equal(claims.count, 0);
		free(cut);
	}
}

/* A claim of its own number, and no room for one. */
static void beside_others(void **state)
{
	static struct interdict_claims claims;
	uint8_t xattr[LEN];
	uint8_t i;

	(void)state;
	make(xattr, 3, 2);
	assert_int_equal(claims_add(&claims, INTERDICT_KIND_KEY, INTERDICT_FORM_SKID,
				    INTERDICT_SOURCE_PE, 2, "keyid", 5),
			 0);
	assert_int_equal(ima_claims(xattr, LEN, &claims), 0);
	assert_int_equal(claims.count, 2);
	assert_int_equal(claims.claim[1].signer, 3);

	memset(&claims, 0, sizeof(claims));
	for (i = 0; i < INTERDICT_CLAIMS_MAX; i++)
		assert_int_equal(claims_add(&claims, INTERDICT_KIND_KEY, INTERDICT_FORM_SKID,
					    INTERDICT_SOURCE_PE, 0, &i, 1),
				 0);
	assert_int_equal(ima_claims(xattr, LEN, &claims), -E2BIG);
	assert_int_equal(claims.flags, INTERDICT_CLAIMS_MORE);
}

/* What evmctl makes, of each kind of key: the ID is the last four bytes of the certificate's
 * subject key identifier. */
static void of_evmctl(void **state)
{
	static const char *const keys[] = {
		"rsa:2048",
		"ec -pkeyopt ec_paramgen_curve:prime256v1",
		"ec -pkeyopt ec_paramgen_curve:secp384r1",
	};
	static struct interdict_claims claims;
	uint8_t xattr[1024];
	char command[512], skid[128];
	size_t i, len;

	(void)state;
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		snprintf(command, sizeof(command),
			 "rm -f f.sig; echo content >f; openssl req -x509 -newkey %s -nodes "
			 "-keyout key -out cert -subj /CN=ima -days 30; "
			 "evmctl ima_sign --sigfile -a sha256 -k key --keyid-from-cert cert f; "
			 "openssl x509 -in cert -noout -ext subjectKeyIdentifier | "
			 "tail -n 1 | tr -d ': \\n' | tail -c 8 >skid",
			 keys[i]);
		run(command);
		len = slurp("f.sig", xattr, sizeof(xattr));
		skid[slurp("skid", skid, sizeof(skid))] = '\0';
		memset(&claims, 0, sizeof(claims));
		assert_int_equal(ima_claims(xattr, len, &claims), 0);
		assert_int_equal(claims.count, 1);
		assert_true(is_hex_of(skid, claims.claim[0].value, 4));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_cases),
		cmocka_unit_test(truncated),
		cmocka_unit_test(beside_others),
		cmocka_unit_test_setup_teardown(of_evmctl, tempdir_setup, tempdir_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
