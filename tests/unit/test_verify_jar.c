// SPDX-License-Identifier: GPL-2.0-or-later
/* Signed JAR files: what is signed all the way down, and each place where it may be another. */
#include "tests/unit/verifying.h"
#include "tests/unit/vendors.h"

#include <errno.h>

#include "packages.h"

#define UNTRUSTED "no trusted certificate vouches for it"

/* One of more than 72 bytes is folded. */
#define LONG \
	"a-name/that-is/longer/than/a-line-of-a-manifest/may-be-so/that-it/goes-on/in-the-next.txt"

static struct image image;
static struct zip zip;

/* What is done to the file. */
enum {
	HOLDS,
	OTHER_CONTENT, /* of a member */
	OTHER_DIGEST,  /* of a member, in the manifest, which is then not the one that was signed */
	OTHER_MANIFEST, /* digest in the signature file */
	OTHER_FILE,	/* signature file than the one that was signed */
	OTHER_KEY,
	NO_MANIFEST,
	NO_FILE,
	NO_MEMBER,
	ONE_MORE,
	TWICE,
	IN_FRONT,
	BLOCK_GONE,
	UNKNOWN,
	WAYS
};

static const char *const whys[WAYS] = {
	[HOLDS] = "",
	[OTHER_CONTENT] = "its digest is not that of a file in it",
	[OTHER_DIGEST] = "its digest is not that of the manifest",
	[OTHER_MANIFEST] = "its digest is not that of the manifest",
	[OTHER_FILE] = "the signature is not of this content by this key",
	[OTHER_KEY] = "the signature is not of this content by this key",
	[NO_MANIFEST] = "its digest is not that of the manifest",
	[NO_FILE] = "its signature file is missing",
	[NO_MEMBER] = "a file of its manifest is missing",
	[ONE_MORE] = "a file in it is not signed",
	[TWICE] = "two of its members have the same name",
	[IN_FRONT] = "something is in front of its first member",
	[BLOCK_GONE] = "the signing block that it had is gone",
	[UNKNOWN] = "its digest algorithm is unknown",
};

struct algorithm_name {
	const char *name;
	const EVP_MD *(*md)(void);
};

static const struct algorithm_name names[] = {
	{ "SHA-256", EVP_sha256 },
	{ "SHA-512", EVP_sha512 },
	{ "SHA-384", EVP_sha384 },
	{ "SHA1", EVP_sha1 },
};

static void add_text(char *to, const char *text)
{
	assert_true(strlen(to) + strlen(text) < 4096);
	strcat(to, text);
}

/* A header, folded after 70 bytes, with the line end of this kind. */
static void add_header(char *to, const char *name, const char *value, const char *end)
{
	char line[512], part[72];
	size_t len = (size_t)snprintf(line, sizeof(line), "%s: %s", name, value);

	for (size_t at = 0; at < len; at += 70) {
		snprintf(part, sizeof(part), "%s%.70s", at ? " " : "", line + at);
		add_text(to, part);
		add_text(to, end);
	}
}

static void add_digest(char *to, const struct algorithm_name *algorithm, const char *suffix,
		       const char *bytes, const char *end)
{
	unsigned char digest[EVP_MAX_MD_SIZE], text[128];
	unsigned int len;
	char name[64];

	assert_true(EVP_Digest(bytes, strlen(bytes), digest, &len, algorithm->md(), NULL));
	EVP_EncodeBlock(text, digest, (int)len);
	snprintf(name, sizeof(name), "%s-Digest%s", algorithm->name, suffix);
	add_header(to, name, (char *)text, end);
}

static void add_member(const char *name, const char *content, bool deflated)
{
	zip_add(&zip, name, content, strlen(content), deflated);
}

static void add_block(const char *text, const struct identity *id, EVP_PKEY *key)
{
	BIO *in = BIO_new_mem_buf(text, (int)strlen(text));
	X509 *cert = X509_dup(id->cert);
	unsigned char *der = NULL;
	CMS_ContentInfo *cms;
	int len;

	/* OpenSSL wants the key to be the certificate's. */
	assert_true(X509_set_pubkey(cert, key));
	cms = CMS_sign(cert, key, NULL, in,
		       CMS_BINARY | CMS_DETACHED | CMS_NOATTR | CMS_NOCERTS | CMS_NOSMIMECAP);
	assert_non_null(cms);
	assert_true(CMS_add1_cert(cms, id->cert));
	len = i2d_CMS_ContentInfo(cms, &der);
	assert_true(len > 0);
	zip_add(&zip, "META-INF/VENDOR.EC", der, (size_t)len, true);
	OPENSSL_free(der);
	CMS_ContentInfo_free(cms);
	X509_free(cert);
	BIO_free(in);
}

static void make_jar(const struct algorithm_name *algorithm, const char *end, int way)
{
	char manifest[4096] = "", file[4096] = "";

	add_header(manifest, "Manifest-Version", "1.0", end);
	add_text(manifest, end);
	add_header(manifest, "Name", "classes.dex", end);
	add_digest(manifest, algorithm, "", "content", end);
	add_text(manifest, end);
	add_header(manifest, "Name", LONG, end);
	add_digest(manifest, algorithm, "", "another", end);
	add_header(file, "Signature-Version", "1.0", end);
	add_digest(file, algorithm, "-Manifest", way == OTHER_MANIFEST ? "else" : manifest, end);
	if (way == BLOCK_GONE)
		add_header(file, "X-Android-APK-Signed", "2, 3", end);
	add_text(file, end);

	image.size = 0;
	if (way == IN_FRONT)
		put(&image, "#!/bin/sh\n", 10);
	zip_begin(&zip, &image);
	add_block(file, &vendor, way == OTHER_KEY ? other.key : vendor.key);
	if (way == OTHER_FILE)
		add_header(file, "X", "y", end);
	if (way != NO_FILE)
		add_member("META-INF/vendor.SF", file, true);
	if (way == OTHER_DIGEST)
		add_digest(manifest, algorithm, "", "content", end);
	if (way != NO_MANIFEST)
		add_member("META-INF/MANIFEST.MF", manifest, true);
	add_member("classes.dex", way == OTHER_CONTENT ? "Content" : "content", false);
	if (way != NO_MEMBER)
		add_member(LONG, "another", true);
	add_member("empty/", "", false);
	if (way == ONE_MORE)
		add_member("META-INF/services/more", "more", true);
	if (way == TWICE)
		add_member("classes.dex", "content", true);
	zip_end(&zip, 0);
	spill("x.jar", image.bytes, image.size);
}

static void put_certs(void)
{
	put_cert("vendor.pem", vendor.cert);
	put_cert("other.pem", other.cert);
}

static void test_ways(void **state)
{
	(void)state;
	put_certs();
	for (int way = 0; way < WAYS; way++) {
		const struct algorithm_name md5 = { "MD5", EVP_md5 };

		make_jar(way == UNKNOWN ? &md5 : &names[0], "\r\n", way);
		expect_all("x.jar", "vendor.pem", whys[way]);
	}
}

static void test_forms(void **state)
{
	static const char *const line_ends[] = { "\r\n", "\n", "\r" };

	(void)state;
	put_certs();
	for (size_t i = 0; i < COUNT_OF(names); i++)
		for (size_t j = 0; j < COUNT_OF(line_ends); j++) {
			make_jar(&names[i], line_ends[j], HOLDS);
			expect_all("x.jar", "vendor.pem", "");
			expect_all("x.jar", "other.pem", UNTRUSTED);
		}
}

/* Is it in the packed bytes of a member that is signed? The last one of a stream has bits that mean
 * nothing. */
static bool is_signed(size_t offset)
{
	for (size_t at = 0; at + 30 < image.size && !memcmp(image.bytes + at, "PK\3\4", 4);) {
		const uint8_t *header = image.bytes + at;
		const size_t name_len = header[26];
		const size_t data = at + 30 + name_len + header[28];
		const size_t len = header[18] + 256U * header[19];

		if (offset >= data && offset < data + len - 1)
			return memcmp(header + 30 + name_len - 3, ".EC", 3) != 0;
		at = data + len;
	}
	return false;
}

/* Where a damaged file still passes, the byte is one that says nothing of what is in it: times,
 * versions, names in local headers. */
static void test_damage(void **state)
{
	unsigned int looked = 0;
	size_t size;

	(void)state;
	put_certs();
	make_jar(&names[0], "\r\n", HOLDS);
	size = image.size;
	for (size_t at = 0; at < size; at += 2) {
		const bool matters = is_signed(at);

		image.bytes[at] ^= 0x21;
		spill("x.jar", image.bytes, size);
		if (verified("x.jar", "vendor.pem") && matters)
			fail_msg("byte %zu", at);
		looked += matters;
		image.bytes[at] ^= 0x21;
	}
	assert_true(looked > 150);
	for (size_t len = 1; len < size; len += 9) {
		spill("x.jar", image.bytes, len);
		assert_int_equal(verified("x.jar", "vendor.pem"), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_ways, tempdir_setup, tempdir_teardown),
		cmocka_unit_test_setup_teardown(test_forms, tempdir_setup, tempdir_teardown),
		cmocka_unit_test_setup_teardown(test_damage, tempdir_setup, tempdir_teardown),
	};

	return cmocka_run_group_tests_name("verify_jar", tests, vendors_make, vendors_free);
}
