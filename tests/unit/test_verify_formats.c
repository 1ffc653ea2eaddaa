// SPDX-License-Identifier: GPL-2.0-or-later
/* Signatures of PE images, IMA and fs-verity by their own tools, good and bad; and what is trusted.
 */
#include "tests/unit/authorities.h"

#include <errno.h>
#include <linux/fsverity.h>

#include "kmod/extract/pkcs7.h"
#include "kmod/extract/reader_memory.h"
#include "policy/policy.h"
#include "userspace/verify/verify_internal.h"

/* ---- PE ---- */

/* PE32+, with room for 16 directories and some content. */
static void make_image(const char *path)
{
	uint8_t image[2048] = "MZ";
	uint8_t *pe = image + 64;

	image[60] = 64;
	memcpy(pe, "PE\0", 4);
	pe[4] = 0x64; /* x86-64 */
	pe[5] = 0x86;
	pe[20] = 240; /* SizeOfOptionalHeader */
	pe[22] = 2;   /* an executable */
	pe[24] = 0x0b;
	pe[25] = 0x02;
	pe[24 + 60 + 1] = 2; /* SizeOfHeaders: 512 */
	pe[24 + 108] = 16;
	memset(image + 512, 0x5a, sizeof(image) - 512);
	spill(path, image, sizeof(image));
}

static void flip(const char *path, long at)
{
	char command[256];

	snprintf(
		command, sizeof(command),
		"b=$(od -An -tu1 -j%ld -N1 %s) && printf \"\\\\$(printf %%o $((b ^ 1)))\" | dd of=%s "
		"bs=1 seek=%ld conv=notrunc status=none",
		at, path, path, at);
	run(command);
}

static void test_pe(void **state)
{
	(void)state;
	make_image("plain.exe");
	put_cert("vendor.pem", vendor.cert);
	put_key("vendor.key", vendor.key);
	put_cert("expired.pem", expired.cert);
	put_key("expired.key", expired.key);
	run("osslsigncode sign -h sha256 -certs vendor.pem -key vendor.key plain.exe signed.exe");
	expect_all("signed.exe", "ca.pem", VERIFIED);
	expect_all("signed.exe", "other.pem", UNTRUSTED);
	run("osslsigncode sign -h sha384 -certs expired.pem -key expired.key plain.exe old.exe");
	expect_all("old.exe", "ca.pem", EXPIRED);
	run("osslsigncode sign -h sha512 -nest -certs expired.pem -key expired.key signed.exe two.exe");
	/* Of the second one the publisher, which is the same. */
	assert_int_equal(verified("two.exe", "ca.pem"), 5);
	put_cert("own.pem", expired.cert);
	assert_int_equal(verified("two.exe", "own.pem"), 0);

	run("cp signed.exe tampered.exe");
	flip("tampered.exe", 700);
	expect_all("tampered.exe", "ca.pem", "its digest is not that of the image");
	/* The checksum is not part of it, the headers are. */
	run("cp signed.exe tampered.exe");
	flip("tampered.exe", 64 + 24 + 64);
	expect_all("tampered.exe", "ca.pem", VERIFIED);
	flip("tampered.exe", 64 + 24 + 16);
	expect_all("tampered.exe", "ca.pem", "its digest is not that of the image");
	run("cp signed.exe longer.exe && printf 12345678 >>longer.exe");
	expect_all("longer.exe", "ca.pem", "its certificate table is not the end of the file");
}

/* ---- IMA ---- */

static void test_ima(void **state)
{
	(void)state;
	if (geteuid() != 0) /* the attribute is root's to set */
		skip();
	put_cert("vendor.pem", vendor.cert);
	put_key("vendor.key", vendor.key);
	tempdir_write("file", CONTENT);
	run("evmctl ima_sign --hashalgo sha256 --key vendor.key --keyid-from-cert vendor.pem file");
	expect_all("file", "vendor.pem", VERIFIED);
	expect_all("file", "ca.pem", "the trust store has no certificate with this key ID");
	run("echo more >>file");
	expect_all("file", "vendor.pem", "the signature is not of this content by this key");
}

/* ---- fs-verity ---- */

/* By fsverity, which knows digests without a file system that does. */
static void fsverity(const char *algorithm, unsigned int number, const char *wanted)
{
	_Alignas(struct fsverity_digest) uint8_t buf[sizeof(struct fsverity_digest) + 64];
	struct fsverity_digest *digest = (struct fsverity_digest *)buf;
	struct interdict_claims claims = { 0 };
	struct reader_memory memory;
	struct verify_report report = { 0 };
	struct verify v = { .claims = &claims, .report = &report, .reader = &memory.reader };
	char command[256], hex[256] = "", why[VERIFY_WHY_MAX];
	struct verify_trust *trust;
	uint8_t der[8192];
	size_t len, bad;

	snprintf(command, sizeof(command),
		 "fsverity sign --hash-alg=%s --key=vendor.key --cert=vendor.pem file file.sig && "
		 "fsverity digest --compact --hash-alg=%s file >hex",
		 algorithm, algorithm);
	run(command);
	len = slurp("file.sig", der, sizeof(der));
	(void)slurp("hex", hex, sizeof(hex));
	digest->digest_algorithm = (uint16_t)number;
	digest->digest_size = number == 1 ? 32 : 64;
	assert_int_equal(
		policy_parse_hex(hex, 2 * (size_t)digest->digest_size, digest->digest, 64, &bad),
		digest->digest_size);
	if (*wanted)
		digest->digest[5] ^= 1;
	reader_memory_init(&memory, der, len);
	assert_int_equal(pkcs7_claims(&memory.reader, 0, len, INTERDICT_SOURCE_VERITY, &claims), 0);
	assert_true(claims.count > 0);
	assert_int_equal(verify_trust_load(tempdir_path("vendor.pem"), &trust, why), 0);
	v.trust = trust;
	verify_fsverity_signature(&v, digest, der, len);
	verify_trust_free(trust);
	for (uint32_t i = 0; i < claims.count; i++) {
		assert_string_equal(report.why[i], wanted);
		assert_int_equal(claims.claim[i].flags, *wanted ? 0 : INTERDICT_CLAIM_VERIFIED);
	}
}

static void test_fsverity(void **state)
{
	const char *another = "the signature is not of this content by this key";

	(void)state;
	put_cert("vendor.pem", vendor.cert);
	put_key("vendor.key", vendor.key);
	tempdir_write("file", CONTENT);
	fsverity("sha256", 1, VERIFIED);
	fsverity("sha512", 2, VERIFIED);
	fsverity("sha256", 1, another);
	fsverity("sha512", 2, another);
}

static void test_trust(void **state)
{
	struct verify_trust *trust;
	char why[VERIFY_WHY_MAX];
	unsigned char *der = NULL;
	int len = i2d_X509(ca.cert, &der);

	(void)state;
	assert_int_equal(verify_trust_load(tempdir_path("none"), &trust, why), -ENOENT);
	assert_string_equal(why, "No such file or directory");
	tempdir_write("empty.pem", "");
	assert_int_equal(verify_trust_load(tempdir_path("empty.pem"), &trust, why), -ENODATA);
	assert_string_equal(why, "there is no certificate in it");
	tempdir_write("dir/readme", "nothing");
	assert_int_equal(verify_trust_load(tempdir_path("dir"), &trust, why), -ENODATA);
	spill("dir/ca.der", der, (size_t)len);
	assert_int_equal(verify_trust_load(tempdir_path("dir"), &trust, why), 0);
	verify_trust_free(trust);
	OPENSSL_free(der);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_pe, setup, tempdir_teardown),
		cmocka_unit_test_setup_teardown(test_ima, setup, tempdir_teardown),
		cmocka_unit_test_setup_teardown(test_fsverity, setup, tempdir_teardown),
		cmocka_unit_test_setup_teardown(test_trust, setup, tempdir_teardown),
	};

	return cmocka_run_group_tests_name("verify_formats", tests, authorities_make,
					   authorities_free);
}
