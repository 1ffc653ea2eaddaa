// SPDX-License-Identifier: GPL-2.0-or-later
/* Signers of CMS and PKCS#7 that OpenSSL made, and its own values of them. */
#include "tests/unit/cms.h"

static void each_algorithm(void **state)
{
	struct interdict_claims wanted;
	struct bytes bytes;
	int i, flags;

	(void)state;
	for (i = 0; i < ED_25519; i++)
		for (flags = 0; flags < 4; flags++) {
			bytes = sign(&signers[i],
				     (flags & 1 ? SKID : 0) | (flags & 2 ? CARRIED : 0));
			memset(&wanted, 0, sizeof(wanted));
			if (flags & 2)
				want(&wanted, 0, signers[i].cert, WANT_ALL, names[i]);
			else
				want(&wanted, 0, signers[i].cert, flags & 1 ? WANT_SKID : WANT_IS,
				     NULL);
			expect(&bytes, &wanted, names[i]);
			free(bytes.at);
		}
}

/* OpenSSL 3.0 makes no CMS with Ed25519: a certificate of the same issuer and serial number stands
 * in for the signer's when it is made. */
static void ed25519(void **state)
{
	struct identity stand_in = new_identity(EC_P256, &ca, 0x1000 + ED_25519, "stand-in", "x");
	struct interdict_claims wanted = {};
	CMS_ContentInfo *cms = begin();
	struct bytes bytes;

	(void)state;
	add_signer(cms, &stand_in, 0);
	assert_true(CMS_add1_cert(cms, signers[ED_25519].cert));
	add_certs(cms);
	finish(cms);
	bytes = encode(cms);
	want(&wanted, 0, signers[ED_25519].cert, WANT_ALL, names[ED_25519]);
	expect(&bytes, &wanted, "Ed25519");
	free(bytes.at);
	free_identity(&stand_in);
}

static void several_signers_and_others(void **state)
{
	struct interdict_claims wanted = {};
	CMS_ContentInfo *cms = begin();
	struct bytes bytes;
	int i;

	(void)state;
	/* OpenSSL sorts SignerInfos by their DER: the order is found, not given. */
	add_certs(cms);
	add_signer(cms, &signers[RSA_2048], CARRIED);
	add_signer(cms, &signers[EC_P256], CARRIED | SKID);
	add_signer(cms, &signers[EC_P384], 0);
	finish(cms);
	bytes = encode(cms);
	cms = d2i_CMS_ContentInfo(NULL, &(const unsigned char *){ bytes.at }, bytes.len);
	for (i = 0; i < 3; i++) {
		CMS_SignerInfo *signer = sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms), i);

		if (!CMS_SignerInfo_cert_cmp(signer, signers[RSA_2048].cert))
			want(&wanted, i, signers[RSA_2048].cert, WANT_ALL, names[RSA_2048]);
		else if (!CMS_SignerInfo_cert_cmp(signer, signers[EC_P256].cert))
			want(&wanted, i, signers[EC_P256].cert, WANT_ALL, names[EC_P256]);
		else
			want(&wanted, i, signers[EC_P384].cert, WANT_IS, NULL);
	}
	CMS_ContentInfo_free(cms);
	expect(&bytes, &wanted, "several signers");
	free(bytes.at);
}

/* Two certificates of one issuer and serial number: both are named. */
static void named_twice(void **state)
{
	struct identity same = new_identity(EC_P256, &ca, 0x1000, "Another Subject", "same");
	struct interdict_claims wanted = {}, claims;
	CMS_ContentInfo *cms = begin();
	struct bytes bytes;

	(void)state;
	assert_true(CMS_add1_cert(cms, same.cert));
	add_signer(cms, &signers[RSA_2048], CARRIED);
	finish(cms);
	bytes = encode(cms);
	want(&wanted, 0, same.cert, WANT_ALL, "Another Subject");
	want(&wanted, 0, signers[RSA_2048].cert, WANT_ALL, names[RSA_2048]);
	assert_int_equal(find(&bytes, &claims), 0);
	assert_int_equal(claims.count, 9);
	assert_int_equal(wanted.count, 9);
	free(bytes.at);
	free_identity(&same);
}

static void nested(void **state)
{
	struct interdict_claims wanted = {};
	struct bytes one = sign(&signers[EC_P384], CARRIED);
	struct bytes two = enclose(&signers[EC_P256], NESTED, &one);
	struct bytes three = enclose(&signers[RSA_2048], NESTED, &two);

	(void)state;
	want(&wanted, 0, signers[RSA_2048].cert, WANT_ALL, names[RSA_2048]);
	want(&wanted, 1, signers[EC_P256].cert, WANT_ALL, names[EC_P256]);
	want(&wanted, 2, signers[EC_P384].cert, WANT_ALL, names[EC_P384]);
	expect(&three, &wanted, "nested twice");
	free(one.at);
	free(two.at);
	free(three.at);
}

/* One attribute, two values, as osslsigncode adds them. */
static void nested_side_by_side(void **state)
{
	struct bytes one = sign(&signers[EC_P256], CARRIED), two = sign(&signers[EC_P384], 0), both;
	struct interdict_claims wanted = {};
	CMS_ContentInfo *cms = begin();
	CMS_SignerInfo *signer = add_signer(cms, &signers[RSA_2048], CARRIED);
	X509_ATTRIBUTE *attribute;

	(void)state;
	finish(cms);
	attribute = X509_ATTRIBUTE_create_by_txt(NULL, NESTED, V_ASN1_SEQUENCE, one.at, one.len);
	assert_true(X509_ATTRIBUTE_set1_data(attribute, V_ASN1_SEQUENCE, two.at, two.len));
	assert_true(CMS_unsigned_add1_attr(signer, attribute));
	X509_ATTRIBUTE_free(attribute);
	both = encode(cms);
	want(&wanted, 0, signers[RSA_2048].cert, WANT_ALL, names[RSA_2048]);
	/* A SET is sorted: the shorter is first. */
	want(&wanted, 1, signers[EC_P384].cert, WANT_IS, NULL);
	want(&wanted, 2, signers[EC_P256].cert, WANT_ALL, names[EC_P256]);
	expect(&both, &wanted, "two nested");
	free(one.at);
	free(two.at);
	free(both.at);
}

static void time_stamps_are_not_signers(void **state)
{
	static const char *const oids[] = { RFC3161, COUNTERSIGN, TIME_STAMP };
	struct bytes inner = sign(&tsa, CARRIED), bytes;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(oids); i++) {
		struct interdict_claims wanted = {};

		bytes = enclose(&signers[EC_P256], oids[i], &inner);
		want(&wanted, 0, signers[EC_P256].cert, WANT_ALL, names[EC_P256]);
		expect(&bytes, &wanted, oids[i]);
		free(bytes.at);
	}
	free(inner.at);
}

/* A set of certificates only, the CA's among them: nobody signed. */
static void no_signer(void **state)
{
	struct interdict_claims wanted = {};
	CMS_ContentInfo *cms = begin();
	struct bytes bytes;

	(void)state;
	add_certs(cms);
	bytes = encode(cms);
	expect(&bytes, &wanted, "no signer");
	free(bytes.at);
}

static void indefinite_lengths(void **state)
{
	static const size_t sizes[] = { 1, 5000, 100000 };
	struct bytes bytes, outer;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(sizes); i++) {
		struct interdict_claims wanted = {}, around = {};

		bytes = stream(CARRIED, sizes[i]);
		assert_int_equal(bytes.at[1], 0x80);
		want(&wanted, 0, signers[EC_P256].cert, WANT_ALL, names[EC_P256]);
		expect(&bytes, &wanted, "indefinite lengths");

		outer = enclose(&signers[EC_P384], NESTED, &bytes);
		want(&around, 0, signers[EC_P384].cert, WANT_ALL, names[EC_P384]);
		want(&around, 1, signers[EC_P256].cert, WANT_ALL, names[EC_P256]);
		expect(&outer, &around, "nested with indefinite lengths");
		free(outer.at);
		free(bytes.at);
	}
}

/* Version 1, as PKCS7_sign() makes it and the kernel's sign-file did; content in it, or not. */
static void pkcs7_version_1(void **state)
{
	static const int flags[] = { PKCS7_DETACHED, 0, PKCS7_NOATTR, PKCS7_NOCERTS };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(flags); i++) {
		struct interdict_claims wanted = {};
		STACK_OF(X509) *certs = sk_X509_new_null();
		BIO *in = BIO_new_mem_buf("content", 7);
		unsigned char *der = NULL;
		struct bytes bytes;
		PKCS7 *p7;
		int len;

		sk_X509_push(certs, ca.cert);
		p7 = PKCS7_sign(signers[0].cert, signers[0].key, certs, in,
				flags[i] | PKCS7_BINARY | PKCS7_NOSMIMECAP);
		assert_non_null(p7);
		len = i2d_PKCS7(p7, &der);
		bytes = bytes_of(der, len);
		want(&wanted, 0, signers[0].cert, flags[i] == PKCS7_NOCERTS ? WANT_IS : WANT_ALL,
		     names[0]);
		expect(&bytes, &wanted, "PKCS7_sign");
		free(bytes.at);
		PKCS7_free(p7);
		BIO_free(in);
		sk_X509_free(certs);
	}
}

/* PE pads to 8 bytes, and what is around does not matter. */
static void inside_of_a_file(void **state)
{
	struct bytes inner = sign(&signers[0], CARRIED), file = { malloc(20000), 20000 };
	struct interdict_claims claims = {}, wanted = {};
	struct memory memory = memory_of(&file);

	(void)state;
	memset(file.at, 0xff, file.len);
	memcpy(file.at + 4090, inner.at, inner.len);
	want(&wanted, 0, signers[0].cert, WANT_ALL, names[0]);
	assert_int_equal(
		pkcs7_claims(&memory.reader, 4090, inner.len + 7, INTERDICT_SOURCE_PE, &claims), 0);
	assert_claims(&claims, &wanted, "inside of a file");
	/* Numbers go on, and what is known is not added again. */
	assert_int_equal(
		pkcs7_claims(&memory.reader, 4090, inner.len, INTERDICT_SOURCE_JAR, &claims), 0);
	assert_claims(&claims, &wanted, "the same again");
	/* Outside of the file. */
	assert_int_equal(pkcs7_claims(&memory.reader, 20001, 0, INTERDICT_SOURCE_PE, &claims),
			 -EBADMSG);
	assert_int_equal(
		pkcs7_claims(&memory.reader, 4090, UINT64_MAX, INTERDICT_SOURCE_PE, &claims),
		-EBADMSG);
	free(inner.at);
	free(file.at);
}

/* Of a signature of 20 KiB: six certificates, a nested one of the same kind. */
static void cost(void **state)
{
	struct bytes inner, bytes;
	struct interdict_claims claims = {};
	struct memory memory;

	(void)state;
	inner = sign(&tsa, CARRIED);
	bytes = enclose(&signers[EC_P384], RFC3161, &inner);
	free(inner.at);
	inner = enclose(&signers[RSA_2048], NESTED, &bytes);
	free(bytes.at);
	memory = memory_of(&inner);
	assert_int_equal(pkcs7_claims(&memory.reader, 0, inner.len, INTERDICT_SOURCE_PE, &claims),
			 0);
	print_message("# %zu bytes, %u reads, %u pages\n", inner.len, memory.reads, memory.pages);
	assert_in_range(memory.reads, 1, 250);
	assert_in_range(memory.pages, 1, 16);
	free(inner.at);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_algorithm),
		cmocka_unit_test(ed25519),
		cmocka_unit_test(several_signers_and_others),
		cmocka_unit_test(named_twice),
		cmocka_unit_test(nested),
		cmocka_unit_test(nested_side_by_side),
		cmocka_unit_test(time_stamps_are_not_signers),
		cmocka_unit_test(no_signer),
		cmocka_unit_test(indefinite_lengths),
		cmocka_unit_test(pkcs7_version_1),
		cmocka_unit_test(inside_of_a_file),
		cmocka_unit_test(cost),
	};

	return cmocka_run_group_tests(tests, make_identities, free_identities);
}
