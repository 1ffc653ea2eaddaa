/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ZIP files, APK signing blocks and certificates, made in memory. Only for tests. */
#ifndef INTERDICT_TEST_PACKAGES_H
#define INTERDICT_TEST_PACKAGES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <zlib.h>

#include "kmod/extract/claims.h"

#define IMAGE_MAX (1024 * 1024)

struct image {
	uint8_t bytes[IMAGE_MAX];
	size_t size;
};

/* A reader with the budget of claims_find(), which fails the test if asked for what is outside. */
struct paged {
	struct reader reader;
	const uint8_t *bytes;
	uint64_t last;
	unsigned int pages, reads;
	unsigned int fail_at; /* the read that gives error, from 1 */
	int error;
};

static inline int paged_read(struct reader *reader, __u64 offset, void *buf, __u32 len)
{
	struct paged *paged = (struct paged *)reader;
	uint64_t first = offset >> 12;

	assert_true(offset <= reader->size && len <= reader->size - offset);
	if (!len)
		return 0;
	paged->reads++;
	if (paged->error && paged->reads == paged->fail_at)
		return paged->error;
	paged->pages += ((offset + len - 1) >> 12) - first + (first != paged->last);
	paged->last = (offset + len - 1) >> 12;
	if (paged->pages > CLAIMS_PAGES)
		return -E2BIG;
	memcpy(buf, paged->bytes + offset, len);
	return 0;
}

static inline struct paged paged_make(const void *bytes, size_t size)
{
	return (struct paged){ .reader = { .read = paged_read, .size = size },
			       .bytes = bytes,
			       .last = UINT64_MAX };
}

/* Whichever read of @find fails, that error comes of it. There are more than @least reads. */
static inline void check_read_errors(const struct image *image,
				     int (*find)(struct reader *reader,
						 struct interdict_claims *claims),
				     int error, unsigned int least)
{
	struct interdict_claims claims;
	unsigned int i;

	for (i = 1;; i++) {
		struct paged paged = paged_make(image->bytes, image->size);
		int err;

		paged.error = error;
		paged.fail_at = i;
		memset(&claims, 0, sizeof(claims));
		err = find(&paged.reader, &claims);
		if (paged.reads < i)
			break;
		assert_int_equal(err, error);
	}
	assert_true(i > least);
}

/* Each byte from @from on another: no promise to the reader is broken, nothing is endless. */
static inline void check_flips(struct image *image, size_t from,
			       int (*find)(struct interdict_claims *claims))
{
	static const uint8_t values[] = { 0, 1, 0x7f, 0x80, 0xff };
	struct interdict_claims claims;

	for (size_t at = from; at < image->size; at++)
		for (size_t i = 0; i < sizeof(values); i++) {
			uint8_t was = image->bytes[at];
			int err;

			image->bytes[at] = values[i];
			err = find(&claims);
			assert_true(err == 0 || err == -EBADMSG);
			image->bytes[at] = was;
		}
}

static inline void put(struct image *image, const void *bytes, size_t len)
{
	assert_true(len <= sizeof(image->bytes) - image->size);
	memcpy(image->bytes + image->size, bytes, len);
	image->size += len;
}

static inline void put_at(struct image *image, size_t at, unsigned int bytes, uint64_t value)
{
	unsigned int i;

	for (i = 0; i < bytes; i++)
		image->bytes[at + i] = value >> 8 * i;
}

static inline void put_number(struct image *image, unsigned int bytes, uint64_t value)
{
	assert_true(bytes <= sizeof(image->bytes) - image->size);
	put_at(image, image->size, bytes, value);
	image->size += bytes;
}

static inline void put_zeros(struct image *image, size_t len)
{
	assert_true(len <= sizeof(image->bytes) - image->size);
	memset(image->bytes + image->size, 0, len);
	image->size += len;
}

/* A length of that many bytes in front of what is put until close_length(). */
static inline size_t open_length(struct image *image, unsigned int bytes)
{
	put_number(image, bytes, 0);
	return image->size;
}

static inline void close_length(struct image *image, unsigned int bytes, size_t opened)
{
	put_at(image, opened - bytes, bytes, image->size - opened);
}

/* A ZIP file: zip_begin(), zip_add()..., anything in front of the directory, zip_end(). */
struct zip {
	struct image *image;
	size_t base, directory; /* where they begin */
	unsigned int count;
	struct image entries;
};

static inline void zip_begin(struct zip *zip, struct image *image)
{
	zip->image = image;
	zip->base = image->size;
	zip->count = 0;
	zip->entries.size = 0;
}

static inline size_t deflate_raw(const void *content, size_t len, uint8_t *out, size_t room)
{
	z_stream stream = { .next_in = (Bytef *)(uintptr_t)content,
			    .avail_in = len,
			    .next_out = out,
			    .avail_out = room };

	assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY),
			 Z_OK);
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	deflateEnd(&stream);
	return stream.total_out;
}

/* What is put are packed bytes, of the method. */
static inline void zip_add_packed(struct zip *zip, const char *name, const void *packed, size_t len,
				  size_t content_len, unsigned int method)
{
	struct image *image = zip->image;
	struct image *entries = &zip->entries;
	size_t local = image->size - zip->base;

	put_number(image, 4, 0x04034b50);
	put_zeros(image, 4);
	put_number(image, 2, method);
	put_zeros(image, 8);
	put_number(image, 4, len);
	put_number(image, 4, content_len);
	put_number(image, 2, strlen(name));
	put_number(image, 2, 4); /* an extra field that the directory does not have */
	put(image, name, strlen(name));
	put_number(image, 4, 0xcafe);
	put(image, packed, len);

	put_number(entries, 4, 0x02014b50);
	put_zeros(entries, 6);
	put_number(entries, 2, method);
	put_zeros(entries, 8);
	put_number(entries, 4, len);
	put_number(entries, 4, content_len);
	put_number(entries, 2, strlen(name));
	put_zeros(entries, 12);
	put_number(entries, 4, local);
	put(entries, name, strlen(name));
	zip->count++;
}

static inline void zip_add(struct zip *zip, const char *name, const void *content, size_t len,
			   bool deflated)
{
	static uint8_t packed[IMAGE_MAX];

	if (deflated)
		zip_add_packed(zip, name, packed, deflate_raw(content, len, packed, sizeof(packed)),
			       len, 8);
	else
		zip_add_packed(zip, name, content, len, len, 0);
}

/* Directory and end record, with a comment of zeros. */
static inline void zip_end(struct zip *zip, size_t comment)
{
	struct image *image = zip->image;

	zip->directory = image->size;
	put(image, zip->entries.bytes, zip->entries.size);
	put_number(image, 4, 0x06054b50);
	put_zeros(image, 4);
	put_number(image, 2, zip->count);
	put_number(image, 2, zip->count);
	put_number(image, 4, zip->entries.size);
	put_number(image, 4, zip->directory - zip->base);
	put_number(image, 2, comment);
	put_zeros(image, comment);
}

/* A key and a certificate of it that it signed itself. */
struct made {
	EVP_PKEY *key;
	X509 *cert;
	uint8_t *der;
	int len;
	uint8_t digest[SHA256_DIGEST_LENGTH];
};

static inline void made_begin(struct made *made, const char *organization, long serial)
{
	X509_NAME *name;

	made->key = EVP_EC_gen("P-256");
	made->cert = X509_new();
	assert_non_null(made->key);
	assert_non_null(made->cert);
	name = X509_get_subject_name(made->cert);
	assert_true(X509_set_version(made->cert, 2) &&
		    ASN1_INTEGER_set(X509_get_serialNumber(made->cert), serial) &&
		    X509_gmtime_adj(X509_getm_notBefore(made->cert), 0) &&
		    X509_gmtime_adj(X509_getm_notAfter(made->cert), 86400) &&
		    X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8,
					       (const unsigned char *)organization, -1, -1, 0) &&
		    X509_set_issuer_name(made->cert, name) &&
		    X509_set_pubkey(made->cert, made->key) &&
		    X509_sign(made->cert, made->key, EVP_sha256()));
	made->der = NULL;
	made->len = i2d_X509(made->cert, &made->der);
	assert_true(made->len > 0);
	SHA256(made->der, made->len, made->digest);
}

static inline void made_end(struct made *made)
{
	EVP_PKEY_free(made->key);
	X509_free(made->cert);
	OPENSSL_free(made->der);
}

/* A signature block as jarsigner makes it; the caller frees *der with OPENSSL_free(). */
static inline int made_pkcs7(const struct made *made, uint8_t **der)
{
	static const char content[] = "Signature-Version: 1.0\r\n\r\n";
	BIO *bio = BIO_new_mem_buf(content, sizeof(content) - 1);
	CMS_ContentInfo *cms;
	int len;

	cms = CMS_sign(made->cert, made->key, NULL, bio,
		       CMS_BINARY | CMS_DETACHED | CMS_NOATTR | CMS_NOSMIMECAP);
	assert_non_null(cms);
	*der = NULL;
	len = i2d_CMS_ContentInfo(cms, der);
	assert_true(len > 0);
	CMS_ContentInfo_free(cms);
	BIO_free(bio);
	return len;
}

/* Is the certificate claimed, from that source? */
static inline bool claimed(const struct interdict_claims *claims, const struct made *made,
			   enum interdict_source source)
{
	unsigned int i;

	for (i = 0; i < claims->count; i++)
		if (claims->claim[i].kind == INTERDICT_KIND_CERTIFICATE &&
		    claims->claim[i].form == INTERDICT_FORM_DER &&
		    claims->claim[i].source == source &&
		    !memcmp(claims->claim[i].value, made->digest, sizeof(made->digest)))
			return true;
	return false;
}

/* How many certificates are claimed. */
static inline unsigned int certificates(const struct interdict_claims *claims)
{
	unsigned int i, count = 0;

	for (i = 0; i < claims->count; i++)
		count += claims->claim[i].form == INTERDICT_FORM_DER;
	return count;
}

#endif
