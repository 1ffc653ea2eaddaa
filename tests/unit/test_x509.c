// SPDX-License-Identifier: GPL-2.0-or-later
/* What a certificate claims, compared with OpenSSL's own values. */
#include "kmod/extract/x509.h"

#include "tests/unit/signing.h"

static int claims_of(const struct bytes *bytes, struct interdict_claims *claims)
{
	struct memory memory = memory_of(bytes);

	memset(claims, 0, sizeof(*claims));
	return x509_claims(&memory.reader, 0, bytes->len, INTERDICT_SOURCE_PE, 7, claims);
}

static struct bytes encode(X509 *cert)
{
	unsigned char *der = NULL;
	int len = i2d_X509(cert, &der);

	return bytes_of(der, len);
}

static void expect(const struct bytes *bytes, X509 *cert, int error, const char *name,
		   const char *what)
{
	struct interdict_claims claims, wanted = {};
	int err = claims_of(bytes, &claims);

	if (err != error)
		fail_msg("%s: %d, not %d", what, err, error);
	want(&wanted, 7, cert, WANT_ALL, name);
	assert_claims(&claims, &wanted, what);
}

static void each_algorithm(void **state)
{
	struct identity ca = new_identity(RSA_2048, NULL, 1, "Authority", "root");
	int i;

	(void)state;
	for (i = 0; i < ALGORITHMS; i++) {
		struct identity id = new_identity(i, &ca, -5 + i * 0x10000, "Vendor", "signing");
		struct bytes bytes = encode(id.cert);

		expect(&bytes, id.cert, 0, "Vendor", "algorithm");
		free(bytes.at);
		free_identity(&id);
	}
	free_identity(&ca);
}

#define T64 "0123456789012345678901234567890123456789012345678901234567890123"

static const struct {
	const char *name;
	const char *value; /* of the extension; NULL: it is not there */
	int len;
	bool claimed;
	int error;
} skid_cases[] = {
	{ "none", NULL, 0, false, 0 },
	{ "4 bytes", "\x04\x04\x01\x02\x03\x04", 6, true, 0 },
	{ "3 bytes", "\x04\x03\x01\x02\x03", 5, false, 0 },
	{ "none in it", "\x04\x00", 2, false, 0 },
	{ "32 bytes", "\x04\x20" T64, 34, true, 0 },
	{ "33 bytes", "\x04\x21" T64, 35, false, -E2BIG },
	{ "of parts", "\x24\x0a\x04\x03xyz\x04\x03xyz", 12, false, -EBADMSG },
	{ "cut off", "\x04\x14" T64, 21, false, -EBADMSG },
	{ "empty", "", 0, false, -EBADMSG },
	{ "no OCTET STRING", "\x03\x05\x00\x01\x02\x03\x04", 7, false, -EBADMSG },
};

static void subject_key_ids(void **state)
{
	struct interdict_claims claims, wanted;
	size_t i;
	int err;

	(void)state;
	for (i = 0; i < COUNT_OF(skid_cases); i++) {
		struct identity id = begin_identity(EC_P256, 1, "Vendor", NULL);
		struct bytes bytes;

		add_extension(id.cert, NID_basic_constraints, "critical,CA:FALSE");
		add_extension(id.cert, NID_key_usage, "critical,digitalSignature");
		if (skid_cases[i].value) {
			ASN1_OCTET_STRING *octets = ASN1_OCTET_STRING_new();
			X509_EXTENSION *extension;

			ASN1_OCTET_STRING_set(octets, (const uint8_t *)skid_cases[i].value,
					      skid_cases[i].len);
			extension = X509_EXTENSION_create_by_NID(NULL, NID_subject_key_identifier,
								 i & 1, octets);
			X509_add_ext(id.cert, extension, -1);
			X509_EXTENSION_free(extension);
			ASN1_OCTET_STRING_free(octets);
		}
		end_identity(&id, NULL);
		bytes = encode(id.cert);
		err = claims_of(&bytes, &claims);
		if (err != skid_cases[i].error)
			fail_msg("%s: %d", skid_cases[i].name, err);
		memset(&wanted, 0, sizeof(wanted));
		want(&wanted, 7, id.cert, WANT_DER | WANT_IS | WANT_SPKI, NULL);
		if (skid_cases[i].claimed)
			want_claim(&wanted, INTERDICT_KIND_KEY, INTERDICT_FORM_SKID, 7,
				   skid_cases[i].value + 2, skid_cases[i].len - 2);
		want(&wanted, 7, id.cert, WANT_PUBLISHER, "Vendor");
		assert_claims(&claims, &wanted, skid_cases[i].name);
		free(bytes.at);
		free_identity(&id);
	}
}

/* No version, no extensions. */
static void version_1(void **state)
{
	struct identity id = begin_identity(RSA_2048, 1, "Vendor", NULL);
	struct bytes bytes;

	(void)state;
	X509_set_version(id.cert, X509_VERSION_1);
	end_identity(&id, NULL);
	bytes = encode(id.cert);
	expect(&bytes, id.cert, 0, "Vendor", "version 1");
	free(bytes.at);
	free_identity(&id);
}

/* The same certificate with another header is the same certificate, as it is to OpenSSL. */
static void other_headers(void **state)
{
	struct identity id = new_identity(EC_P256, NULL, 1, "Vendor", "name");
	struct bytes der = encode(id.cert), ber;
	const unsigned char *at = der.at;
	int tag, class, header;
	long len;

	(void)state;
	ASN1_get_object(&at, &len, &tag, &class, der.len);
	header = at - der.at;

	ber = (struct bytes){ malloc(len + 10), len + 10 };
	memset(ber.at, 0x55, ber.len);
	memcpy(ber.at, "\x30\x80", 2);
	memcpy(ber.at + 2, at, len);
	memcpy(ber.at + 2 + len, "\0\0", 2);
	expect(&ber, id.cert, 0, "Vendor", "indefinite length");

	memset(ber.at, 0, ber.len);
	memcpy(ber.at, "\x30\x84\0\0", 4);
	ber.at[4] = len >> 8;
	ber.at[5] = len;
	memcpy(ber.at + 6, der.at + header, len);
	expect(&ber, id.cert, 0, "Vendor", "length in 4 bytes, bytes behind");
	free(ber.at);
	free(der.at);
	free_identity(&id);
}

static void cut_and_changed(void **state)
{
	struct identity id = new_identity(EC_P384, NULL, 1, "Vendor", "name");
	struct bytes bytes = encode(id.cert);
	struct interdict_claims claims;
	uint8_t was;
	size_t i;
	int bit;

	(void)state;
	for (i = 0; i < bytes.len; i++) {
		struct bytes prefix = { malloc(i), i };

		memcpy(prefix.at, bytes.at, i);
		assert_int_equal(claims_of(&prefix, &claims), -EBADMSG);
		free(prefix.at);
	}
	for (i = 0; i < bytes.len; i++) {
		was = bytes.at[i];
		for (bit = 0; bit < 8; bit++) {
			bytes.at[i] = was ^ 1 << bit;
			claims_of(&bytes, &claims);
		}
		bytes.at[i] = 0x80;
		claims_of(&bytes, &claims);
		bytes.at[i] = 0xff;
		claims_of(&bytes, &claims);
		bytes.at[i] = was;
	}
	free(bytes.at);
	free_identity(&id);
}

static void errors(void **state)
{
	struct identity id = new_identity(RSA_2048, NULL, 1, "Vendor", "name");
	struct bytes bytes = encode(id.cert);
	struct memory memory = memory_of(&bytes);
	struct interdict_claims claims = {};
	unsigned int reads, i;

	(void)state;
	assert_int_equal(x509_claims(&memory.reader, 0, bytes.len, INTERDICT_SOURCE_PE, 0, &claims),
			 0);
	reads = memory.reads;
	assert_in_range(reads, 20, 70);
	for (i = 1; i <= reads; i++) {
		memory = memory_of(&bytes);
		memory.fail_at = i;
		if (x509_claims(&memory.reader, 0, bytes.len, INTERDICT_SOURCE_PE, 0, &claims) !=
			    -EINTR ||
		    memory.reads != i)
			fail_msg("error of read %u of %u is lost", i, reads);
	}
	free(bytes.at);
	free_identity(&id);
}

/* As full as it gets: nothing is overwritten, and it is said. */
static void no_room(void **state)
{
	struct identity id = new_identity(EC_P256, NULL, 1, "Vendor", "name");
	struct bytes bytes = encode(id.cert);
	struct memory memory = memory_of(&bytes);
	struct interdict_claims claims = {};
	uint32_t i;

	(void)state;
	for (i = 0; i < INTERDICT_CLAIMS_MAX - 2; i++)
		want_claim(&claims, INTERDICT_KIND_KEY, INTERDICT_FORM_IMA, 3, &i, 4);
	assert_int_equal(claims_next_signer(&claims), 4);
	claims.names_len = sizeof(claims.names) - 3;
	assert_int_equal(claims_add_publisher(&claims, INTERDICT_SOURCE_PE, 4, "abc", 3), 0);
	assert_int_equal(claims.claim[claims.count - 1].name, 0);
	assert_int_equal(x509_claims(&memory.reader, 0, bytes.len, INTERDICT_SOURCE_PE, 5, &claims),
			 -E2BIG);
	assert_int_equal(claims.count, INTERDICT_CLAIMS_MAX);
	assert_int_equal(claims.flags, INTERDICT_CLAIMS_MORE);
	/* What is there already needs none. */
	assert_int_equal(claims_add_publisher(&claims, INTERDICT_SOURCE_PE, 9, " ABC", 4), 0);
	free(bytes.at);
	free_identity(&id);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_algorithm),

		cmocka_unit_test(subject_key_ids), cmocka_unit_test(version_1),
		cmocka_unit_test(other_headers),   cmocka_unit_test(cut_and_changed),
		cmocka_unit_test(errors),	   cmocka_unit_test(no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
