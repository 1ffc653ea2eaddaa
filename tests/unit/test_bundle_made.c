// SPDX-License-Identifier: GPL-2.0-or-later
/* What other tools make, or make of a bundle: OpenSSL's CMS in its forms, and what is no bundle. */
#include "tests/unit/bundle_changes.h"

static struct bytes nothing(void)
{
	return bytes_copy("", 0);
}

static struct bytes garbage(void)
{
	return bytes_copy("\x30\x82\xff\xff policy", 11);
}

static struct bytes pem(void)
{
	return bytes_copy("-----BEGIN CMS-----\nMIIC", 24);
}

static struct bytes smime(void)
{
	return bytes_copy("MIME-Version: 1.0\nContent-Type: x", 33);
}

static struct bytes plain_archive(void)
{
	return bytes_copy(archive.at, archive.len);
}

static struct bytes cut(void)
{
	return bytes_copy(good.at, good.len - 1);
}

static struct bytes trailing(void)
{
	struct bytes bytes = bytes_copy(good.at, good.len);

	bytes.at = realloc(bytes.at, bytes.len + 3);
	memset(bytes.at + bytes.len, 0, 3);
	bytes.len += 3;
	return bytes;
}

static struct bytes twice(void)
{
	struct bytes bytes = bytes_copy(good.at, good.len);

	bytes.at = realloc(bytes.at, 2 * bytes.len);
	memcpy(bytes.at + bytes.len, bytes.at, bytes.len);
	bytes.len *= 2;
	return bytes;
}

/* By OpenSSL's CMS. */
static struct bytes of_cms(CMS_ContentInfo *cms)
{
	unsigned char *der = NULL;
	int len = i2d_CMS_ContentInfo(cms, &der);

	CMS_ContentInfo_free(cms);
	return bytes_of(der, len);
}

static struct bytes cms_data(void)
{
	BIO *in = BIO_new_mem_buf(archive.at, (int)archive.len);
	CMS_ContentInfo *cms = CMS_data_create(in, CMS_BINARY);

	BIO_free(in);
	return of_cms(cms);
}

static struct bytes cms_digested(void)
{
	BIO *in = BIO_new_mem_buf(archive.at, (int)archive.len);
	CMS_ContentInfo *cms = CMS_digest_create(in, EVP_sha256(), CMS_BINARY);

	BIO_free(in);
	return of_cms(cms);
}

static struct bytes cms_signed(const EVP_MD *md, unsigned int flags)
{
	BIO *in = BIO_new_mem_buf(archive.at, (int)archive.len);
	CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, in, CMS_BINARY | CMS_PARTIAL | flags);

	assert_non_null(CMS_add1_signer(cms, signer.cert, signer.key, md, CMS_BINARY | flags));
	assert_true(CMS_final(cms, in, NULL, CMS_BINARY | flags));
	BIO_free(in);
	return of_cms(cms);
}

static struct bytes cms_good(void)
{
	return cms_signed(NULL, 0);
}

static struct bytes cms_sha384(void)
{
	return cms_signed(EVP_sha384(), 0);
}

static struct bytes cms_sha512(void)
{
	return cms_signed(EVP_sha512(), CMS_NOSMIMECAP);
}

static struct bytes cms_cades(void)
{
	return cms_signed(NULL, CMS_CADES);
}

static struct bytes cms_key_id(void)
{
	return cms_signed(NULL, CMS_USE_KEYID);
}

static struct bytes cms_sha1(void)
{
	return cms_signed(EVP_sha1(), 0);
}

static struct bytes cms_sha224(void)
{
	return cms_signed(EVP_sha224(), 0);
}

static struct bytes cms_detached(void)
{
	return cms_signed(NULL, CMS_DETACHED);
}

static struct bytes cms_noattr(void)
{
	return cms_signed(NULL, CMS_NOATTR);
}

static struct bytes cms_nocerts(void)
{
	return cms_signed(NULL, CMS_NOCERTS);
}

/* As `openssl cms -stream` writes it: BER. */
static struct bytes cms_streamed(void)
{
	BIO *in = BIO_new_mem_buf(archive.at, (int)archive.len), *out = BIO_new(BIO_s_mem());
	CMS_ContentInfo *cms = CMS_sign(signer.cert, signer.key, NULL, in, CMS_BINARY | CMS_STREAM);
	struct bytes bytes;
	char *made;

	assert_true(i2d_CMS_bio_stream(out, cms, in, CMS_BINARY | CMS_STREAM));
	bytes.len = (size_t)BIO_get_mem_data(out, &made);
	bytes = bytes_copy(made, bytes.len);
	CMS_ContentInfo_free(cms);
	BIO_free(in);
	BIO_free(out);
	return bytes;
}

struct made {
	struct bytes (*make)(void);
	int err;
	const char *why; /* NULL: it is verified */
};

static const struct made made[] = {
	{ cms_good, 0, NULL },
	{ cms_sha384, 0, NULL },
	{ cms_sha512, 0, NULL },
	{ cms_cades, 0, NULL },
	{ cms_key_id, 0, NULL },
	{ nothing, -EBADMSG, "is not a bundle: OpenSSL cannot read it as CMS" },
	{ garbage, -EBADMSG, "is not a bundle: OpenSSL cannot read it as CMS" },
	{ cut, -EBADMSG, "is not a bundle: OpenSSL cannot read it as CMS" },
	{ pem, -EBADMSG, "is not a bundle but text (PEM or S/MIME); a bundle is DER" },
	{ smime, -EBADMSG, "is not a bundle but text (PEM or S/MIME); a bundle is DER" },
	{ plain_archive, -EBADMSG, "is not a bundle but an archive without signature" },
	{ cms_data, -EBADMSG, "is not a bundle but a CMS that is not signed" },
	{ cms_digested, -EBADMSG, "is not a bundle but a CMS that is not signed" },
	{ trailing, -EKEYREJECTED, "it has 3 bytes behind its end" },
	{ twice, -EKEYREJECTED, NULL /* a length: see below */ },
	{ cms_streamed, -EKEYREJECTED, "it is not encoded in DER" },
	{ cms_detached, -EKEYREJECTED, "what it signs is not in it (a detached signature)" },
	{ cms_noattr, -EKEYREJECTED, "it has no signed attributes (openssl cms -noattr)" },
	{ cms_sha1, -EKEYREJECTED, "its digest is SHA1" DIGESTS },
	{ cms_sha224, -EKEYREJECTED, "its digest is SHA224" DIGESTS },
	{ cms_nocerts, -EKEYREJECTED, "the certificate of its signer is not in it" },
};

static void test_made(void **state)
{
	char why[BUNDLE_WHY_MAX];
	char expected[64];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(made); i++) {
		struct bytes bytes = made[i].make();
		const char *text = made[i].why ? made[i].why : "";
		int err = verify(&bytes, why);

		if (made[i].make == twice) {
			snprintf(expected, sizeof(expected), "it has %zu bytes behind its end",
				 good.len);
			text = expected;
		}
		if (err != made[i].err || strcmp(why, text) != 0)
			fail_msg("row %zu: %d, \"%s\", not %d, \"%s\"", i, err, why, made[i].err,
				 text);
		free(bytes.at);
	}
	print_message("%zu rows\n", i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_made),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
