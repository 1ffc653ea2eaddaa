// SPDX-License-Identifier: GPL-2.0-or-later
/* Android packages whose signatures hold, and such that do not; and damage of every kind, of which
 * none may pass. What apksigner makes is compared in tests/real. */
#include "tests/unit/verifying.h"
#include "tests/unit/vendors.h"

#include <errno.h>

#define ID_V2 0x7109871a
#define ID_V3 0xf05368c0
#define CHUNK (1024 * 1024)

#define UNTRUSTED "no trusted certificate vouches for it"

/* So that a section has more than one chunk. */
#define MEMBER (CHUNK + 4000)

struct kind {
	uint32_t id; /* of the scheme */
	uint32_t algorithm;
	const EVP_MD *(*md)(void);
	enum algorithm key;
	int padding;
};

static const struct kind kinds[] = {
	{ ID_V2, 0x0201, EVP_sha256, EC_P256, 0 },
	{ ID_V3, 0x0201, EVP_sha256, EC_P256, 0 },
	{ ID_V2, 0x0202, EVP_sha512, EC_P384, 0 },
	{ ID_V3, 0x0103, EVP_sha256, RSA_2048, RSA_PKCS1_PADDING },
	{ ID_V2, 0x0104, EVP_sha512, RSA_2048, RSA_PKCS1_PADDING },
	{ ID_V3, 0x0101, EVP_sha256, RSA_2048, RSA_PKCS1_PSS_PADDING },
	{ ID_V2, 0x0102, EVP_sha512, RSA_2048, RSA_PKCS1_PSS_PADDING },
};

struct buffer {
	uint8_t at[2 * CHUNK];
	size_t len;
};

static struct buffer members, directory, end, block, file;

static void add(struct buffer *to, const void *bytes, size_t len)
{
	assert_true(len <= sizeof(to->at) - to->len);
	memcpy(to->at + to->len, bytes, len);
	to->len += len;
}

static void add_number(struct buffer *to, unsigned int bytes, uint64_t number)
{
	for (unsigned int i = 0; i < bytes; i++)
		add(to, &(uint8_t){ (uint8_t)(number >> 8 * i) }, 1);
}

/* Behind its length of 32 bits. */
static void add_element(struct buffer *to, const struct buffer *element)
{
	add_number(to, 4, element->len);
	add(to, element->at, element->len);
}

static void make_zip(void)
{
	static uint8_t content[MEMBER];
	static const char name[] = "classes.dex";

	members.len = directory.len = end.len = 0;
	memset(content, 0x35, sizeof(content));
	add_number(&members, 4, 0x04034b50);
	add_number(&members, 8, 20);
	add_number(&members, 6, 0);
	add_number(&members, 4, MEMBER);
	add_number(&members, 4, MEMBER);
	add_number(&members, 4, strlen(name));
	add(&members, name, strlen(name));
	add(&members, content, sizeof(content));
	add_number(&directory, 4, 0x02014b50);
	add_number(&directory, 8, 20);
	add_number(&directory, 8, 0);
	add_number(&directory, 4, MEMBER);
	add_number(&directory, 4, MEMBER);
	add_number(&directory, 4, strlen(name));
	add_number(&directory, 8, 0);
	add_number(&directory, 6, 0);
	add(&directory, name, strlen(name));
	add_number(&end, 4, 0x06054b50);
	add_number(&end, 4, 0);
	add_number(&end, 4, 0x10001);
	add_number(&end, 4, directory.len);
	add_number(&end, 4, members.len); /* as it is digested */
	add_number(&end, 2, 0);
}

/* "APK signature scheme v2", "Integrity-protected contents". */
static size_t content_digest(const EVP_MD *md, uint8_t *out)
{
	const struct buffer *sections[] = { &members, &directory, &end };
	static struct buffer top;
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned int len, count = 0;
	static struct buffer chunk;

	top.len = 0;
	add_number(&top, 1, 0x5a);
	add_number(&top, 4, 0);
	for (size_t i = 0; i < COUNT_OF(sections); i++)
		for (size_t at = 0; at < sections[i]->len; at += CHUNK, count++) {
			size_t n = sections[i]->len - at < CHUNK ? sections[i]->len - at : CHUNK;

			chunk.len = 0;
			add_number(&chunk, 1, 0xa5);
			add_number(&chunk, 4, n);
			add(&chunk, sections[i]->at + at, n);
			assert_true(EVP_Digest(chunk.at, chunk.len, digest, &len, md, NULL));
			add(&top, digest, len);
		}
	top.at[1] = (uint8_t)count;
	assert_true(EVP_Digest(top.at, top.len, out, &len, md, NULL));
	return len;
}

/* A sequence of one element, which has a number and then bytes. */
static void add_numbered(struct buffer *to, uint32_t number, const void *bytes, size_t len)
{
	add_number(to, 4, len + 12);
	add_number(to, 4, len + 8);
	add_number(to, 4, number);
	add_number(to, 4, len);
	add(to, bytes, len);
}

static void add_der(struct buffer *to, unsigned char *der, int len)
{
	assert_true(len > 0);
	add_number(to, 4, (uint64_t)len);
	add(to, der, (size_t)len);
	OPENSSL_free(der);
}

static void add_signer(struct buffer *to, const struct kind *kind, const struct identity *id,
		       EVP_PKEY *key)
{
	static struct buffer data, certs, signer;
	uint8_t digest[EVP_MAX_MD_SIZE], signature[512];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t len = sizeof(signature);
	unsigned char *der = NULL;
	EVP_PKEY_CTX *params;
	int der_len;

	data.len = certs.len = signer.len = 0;
	add_numbered(&data, kind->algorithm, digest, content_digest(kind->md(), digest));
	der_len = i2d_X509(id->cert, &der);
	add_der(&certs, der, der_len);
	add_element(&data, &certs);
	if (kind->id != ID_V2)
		add_number(&data, 8, 0x7fffffff0000001cULL);
	add_number(&data, 4, 0); /* attributes */

	assert_true(EVP_DigestSignInit(ctx, &params, kind->md(), NULL, key));
	if (kind->padding)
		assert_true(EVP_PKEY_CTX_set_rsa_padding(params, kind->padding) > 0);
	if (kind->padding == RSA_PKCS1_PSS_PADDING)
		assert_true(EVP_PKEY_CTX_set_rsa_pss_saltlen(params, RSA_PSS_SALTLEN_DIGEST) > 0);
	assert_true(EVP_DigestSign(ctx, signature, &len, data.at, data.len));
	EVP_MD_CTX_free(ctx);

	add_element(&signer, &data);
	if (kind->id != ID_V2)
		add_number(&signer, 8, 0x7fffffff0000001cULL);
	add_numbered(&signer, kind->algorithm, signature, len);
	der = NULL;
	der_len = i2d_PUBKEY(key, &der);
	add_der(&signer, der, der_len);
	add_number(to, 4, signer.len + 4);
	add_element(to, &signer);
}

/* All but the end record's offset is as it was digested. */
static void make_file(const struct kind *kind, const struct identity *id, EVP_PKEY *key)
{
	static struct buffer value;
	size_t size;

	make_zip();
	value.len = block.len = file.len = 0;
	add_signer(&value, kind, id, key);
	size = 8 + 4 + value.len + 24;
	add_number(&block, 8, size);
	add_number(&block, 8, 4 + value.len);
	add_number(&block, 4, kind->id);
	add(&block, value.at, value.len);
	add_number(&block, 8, size);
	add(&block, "APK Sig Block 42", 16);

	add(&file, members.at, members.len);
	add(&file, block.at, block.len);
	add(&file, directory.at, directory.len);
	size = file.len;
	add(&file, end.at, end.len);
	for (int i = 0; i < 4; i++)
		file.at[size + 16 + (size_t)i] = (uint8_t)((members.len + block.len) >> 8 * i);
}

static void test_kinds(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		struct identity id = new_identity(kinds[i].key, NULL, 7, "Vendor", NULL);

		make_file(&kinds[i], &id, id.key);
		spill("x.apk", file.at, file.len);
		put_cert("own.pem", id.cert);
		put_cert("other.pem", other.cert);
		expect_all("x.apk", "own.pem", "");
		expect_all("x.apk", "other.pem", UNTRUSTED);
		/* Content, directory, end record. */
		file.at[100] ^= 1;
		spill("x.apk", file.at, file.len);
		expect_all("x.apk", "own.pem", "its digest is not that of the content");
		file.at[100] ^= 1;
		file.at[members.len - 1] ^= 1;
		spill("x.apk", file.at, file.len);
		expect_all("x.apk", "own.pem", "its digest is not that of the content");
		file.at[members.len - 1] ^= 1;
		file.at[members.len + block.len + 12] ^= 1;
		spill("x.apk", file.at, file.len);
		expect_all("x.apk", "own.pem", "its digest is not that of the content");
		free_identity(&id);
	}
}

/* Who has the vendor's certificate has not his key. */
static void test_forged(void **state)
{
	const struct kind unknown = { ID_V2, 0x0421, EVP_sha256, EC_P256, 0 };

	(void)state;
	put_cert("vendor.pem", vendor.cert);
	make_file(&kinds[0], &vendor, other.key);
	spill("x.apk", file.at, file.len);
	expect_all("x.apk", "vendor.pem", "its key is not that of its certificate");
	make_file(&kinds[0], &vendor, vendor.key);
	block.at[block.len - 24 - 91 - 10] ^= 1; /* in front of a P-256 key is the signature */
	spill("x.apk", file.at, file.len);
	expect_all("x.apk", "vendor.pem", "");
	memcpy(file.at + members.len, block.at, block.len);
	spill("x.apk", file.at, file.len);
	expect_all("x.apk", "vendor.pem", "the signature is not by this key");
	make_file(&unknown, &vendor, vendor.key);
	spill("x.apk", file.at, file.len);
	expect_all("x.apk", "vendor.pem", "its algorithm is unknown");
}

/* A byte that is another anywhere in the file, the block's magic and so on included, is no file
 * that is verified as a whole: the certificate's claims may be gone, but not verified. */
static void test_damage(void **state)
{
	const size_t from = members.len - 64;
	unsigned int damaged = 0;

	(void)state;
	put_cert("vendor.pem", vendor.cert);
	make_file(&kinds[1], &vendor, vendor.key);
	for (size_t at = from; at < file.len; at += 2) {
		file.at[at] ^= 0x41;
		spill("x.apk", file.at, file.len);
		if (verified("x.apk", "vendor.pem"))
			fail_msg("byte %zu of %zu", at, file.len);
		damaged++;
		file.at[at] ^= 0x41;
	}
	assert_true(damaged > 300);
	/* Cut off anywhere. */
	for (size_t len = from; len < file.len; len += 7) {
		spill("x.apk", file.at, len);
		assert_int_equal(verified("x.apk", "vendor.pem"), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_kinds, tempdir_setup, tempdir_teardown),
		cmocka_unit_test_setup_teardown(test_forged, tempdir_setup, tempdir_teardown),
		cmocka_unit_test_setup_teardown(test_damage, tempdir_setup, tempdir_teardown),
	};

	return cmocka_run_group_tests_name("verify_apk", tests, vendors_make, vendors_free);
}
