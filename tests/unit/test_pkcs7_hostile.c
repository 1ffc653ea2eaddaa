// SPDX-License-Identifier: GPL-2.0-or-later
/* Signatures that are too many, cut off, changed, or none. */
#include "tests/unit/cms.h"

/* More than a limit: what was found until then is there, and -E2BIG says that it is not all. */
static void limits(void **state)
{
	struct identity many[18];
	struct bytes bytes, outer;
	struct interdict_claims claims;
	CMS_ContentInfo *cms;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(many); i++)
		many[i] = new_identity(EC_P256, &ca, 100 + i, "Many", "many");

	cms = begin();
	for (i = 0; i < 16; i++)
		add_signer(cms, &many[i], 0);
	finish(cms);
	bytes = encode(cms);
	assert_int_equal(find(&bytes, &claims), 0);
	assert_int_equal(claims.count, 16);
	assert_int_equal(claims.claim[15].signer, 15);
	free(bytes.at);

	cms = begin();
	for (i = 0; i < 17; i++)
		add_signer(cms, &many[i], 0);
	finish(cms);
	bytes = encode(cms);
	assert_int_equal(find(&bytes, &claims), -E2BIG);
	assert_int_equal(claims.flags, INTERDICT_CLAIMS_MORE);
	assert_int_equal(claims.count, 16);
	free(bytes.at);

	/* 10 signers with four claims of their own each. */
	cms = begin();
	for (i = 0; i < 10; i++)
		add_signer(cms, &many[i], CARRIED);
	finish(cms);
	bytes = encode(cms);
	assert_int_equal(find(&bytes, &claims), -E2BIG);
	assert_int_equal(claims.count, INTERDICT_CLAIMS_MAX);
	assert_true(claims.flags & INTERDICT_CLAIMS_MORE);
	free(bytes.at);

	/* 8 in one another, and one more. */
	bytes = sign(&many[0], 0);
	for (i = 1; i < 9; i++) {
		outer = enclose(&many[1], NESTED, &bytes);
		free(bytes.at);
		bytes = outer;
		assert_int_equal(find(&bytes, &claims), i < 8 ? 0 : -E2BIG);
	}
	free(bytes.at);
	for (i = 0; i < COUNT_OF(many); i++)
		free_identity(&many[i]);
}

static void certificates_without_end(void **state)
{
	struct interdict_claims claims;
	CMS_ContentInfo *cms = begin();
	struct bytes bytes;
	size_t i;

	(void)state;
	for (i = 0; i < 80; i++) {
		struct identity id = new_identity(EC_P256, &ca, 1000 + i, "Many", "many");

		assert_true(CMS_add1_cert(cms, id.cert));
		free_identity(&id);
	}
	add_signer(cms, &signers[EC_P256], 0);
	finish(cms);
	bytes = encode(cms);
	assert_int_equal(find(&bytes, &claims), -E2BIG);
	free(bytes.at);
}

static void rejects(void **state)
{
	static const struct {
		const char *name;
		uint8_t at[16];
		size_t len;
	} cases[] = {
		{ "nothing", { 0 }, 0 },
		{ "one byte", { 0x30 }, 1 },
		{ "empty", { 0x30, 0x00 }, 2 },
		{ "zeros", { 0 }, 16 },
		{ "no OID", { 0x30, 0x02, 0x30, 0x00 }, 4 },
		{ "length of 4 GiB", { 0x30, 0x84, 0xff, 0xff, 0xff, 0xff }, 6 },
		{ "length of 2^64-1", { 0x30, 0x88, 255, 255, 255, 255, 255, 255, 255, 255 }, 10 },
		{ "length in 9 bytes", { 0x30, 0x89, 0, 0, 0, 0, 0, 0, 0, 0, 0 }, 11 },
		{ "reserved length", { 0x30, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0 }, 11 },
		{ "indefinite without end", { 0x30, 0x80 }, 2 },
		{ "data", { 0x30, 11, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 7, 1 }, 13 },
		{ "no content", { 0x30, 11, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 7, 2 }, 13 },
	};
	struct interdict_claims claims;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(cases); i++) {
		struct bytes bytes = { malloc(cases[i].len), cases[i].len };

		memcpy(bytes.at, cases[i].at, bytes.len);
		if (find(&bytes, &claims) != -EBADMSG || claims.count)
			fail_msg("%s", cases[i].name);
		free(bytes.at);
	}
}

/* Every piece cut off, every byte changed: the reader aborts if anything outside is asked for. */
static void mutate(const struct bytes *bytes, struct interdict_claims *claims)
{
	struct bytes cut = { malloc(bytes->len), bytes->len };
	size_t i;
	int bit;

	for (i = 0; i < bytes->len; i++) {
		struct bytes prefix = { malloc(i), i };

		memcpy(prefix.at, bytes->at, i);
		/* Of indefinite lengths, the last ends are not looked for. */
		if (!find(&prefix, claims) && (bytes->at[1] != 0x80 || i < bytes->len - 16))
			fail_msg("the first %zu bytes of %zu are enough", i, bytes->len);
		free(prefix.at);
	}
	memcpy(cut.at, bytes->at, bytes->len);
	for (i = 0; i < bytes->len; i++) {
		for (bit = 0; bit < 8; bit++) {
			cut.at[i] = bytes->at[i] ^ 1 << bit;
			find(&cut, claims);
		}
		cut.at[i] = 0;
		find(&cut, claims);
		cut.at[i] = 0xff;
		find(&cut, claims);
		cut.at[i] = 0x80;
		find(&cut, claims);
		cut.at[i] = bytes->at[i];
	}
	free(cut.at);
}

static void cut_and_changed(void **state)
{
	struct bytes inner = sign(&signers[EC_P384], CARRIED | SKID);
	struct bytes outer = enclose(&signers[EC_P256], NESTED, &inner);
	struct bytes ber = stream(CARRIED | SKID, 10);
	struct interdict_claims claims;

	(void)state;
	mutate(&inner, &claims);
	mutate(&outer, &claims);
	mutate(&ber, &claims);
	free(inner.at);
	free(outer.at);
	free(ber.at);
}

/* The reader's own error at each of its calls comes through. */
static void errors(void **state)
{
	struct bytes inner = sign(&signers[EC_P384], CARRIED);
	struct bytes bytes = enclose(&signers[EC_P256], NESTED, &inner);
	struct memory memory = memory_of(&bytes);
	struct interdict_claims claims = {};
	unsigned int reads, i;

	(void)state;
	assert_int_equal(pkcs7_claims(&memory.reader, 0, bytes.len, INTERDICT_SOURCE_PE, &claims),
			 0);
	reads = memory.reads;
	for (i = 1; i <= reads; i++) {
		memory = memory_of(&bytes);
		memory.fail_at = i;
		memset(&claims, 0, sizeof(claims));
		if (pkcs7_claims(&memory.reader, 0, bytes.len, INTERDICT_SOURCE_PE, &claims) !=
			    -EINTR ||
		    memory.reads != i)
			fail_msg("error of read %u of %u is lost", i, reads);
	}
	free(inner.at);
	free(bytes.at);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limits),  cmocka_unit_test(certificates_without_end),
		cmocka_unit_test(rejects), cmocka_unit_test(cut_and_changed),
		cmocka_unit_test(errors),
	};

	return cmocka_run_group_tests(tests, make_identities, free_identities);
}
