// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Android packages: schemes v2, v3 and v3.1 (source.android.com, "APK signature scheme v2" and
 * "v3"). A signer signs its signed data, which has digests of the file in chunks.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "kmod/extract/apk.h"
#include "kmod/extract/little.h"
#include "kmod/extract/zip.h"
#include "verify_internal.h"

#define FOOTER_LEN 24
#define MAGIC	   "APK Sig Block 42"
/* Stores put their own things into the block; what Android takes is below that. */
#define BLOCK_MAX (16U << 20)
/* Pairs in the block, signers, and algorithms of one: more than Android takes. */
#define PAIRS_MAX      64
#define SIGNERS_MAX    10
#define ALGORITHMS_MAX 16

#define ID_V2  0x7109871aU
#define ID_V3  0xf05368c0U
#define ID_V31 0x1b93ad61U

#define CHUNK (1U << 20)

/* The end of central directory record, and in it where the directory begins. */
#define END_LEN	   22
#define END_OFFSET 16
#define END_MAX	   (END_LEN + 0xffff)

struct slice {
	const uint8_t *at;
	size_t len;
};

struct package {
	struct reader *reader;
	uint64_t block, directory, end; /* offsets */
	uint8_t *tail;			/* from end on, as it is digested */
	size_t tail_len;
};

struct algorithm {
	uint32_t id;
	const EVP_MD *(*md)(void);
	int salt; /* of RSA-PSS, in bytes; -1: another */
};

static const struct algorithm algorithms[] = {
	{ 0x0101, EVP_sha256, 32 }, { 0x0102, EVP_sha512, 64 }, { 0x0103, EVP_sha256, -1 },
	{ 0x0104, EVP_sha512, -1 }, { 0x0201, EVP_sha256, -1 }, { 0x0202, EVP_sha512, -1 },
	{ 0x0301, EVP_sha256, -1 },
};

static const struct algorithm *algorithm_of(uint32_t id)
{
	for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++)
		if (algorithms[i].id == id)
			return &algorithms[i];
	return NULL;
}

/* ---- the block ---- */

static bool take(struct slice *from, size_t len, struct slice *taken)
{
	if (len > from->len)
		return false;
	*taken = (struct slice){ from->at, len };
	from->at += len;
	from->len -= len;
	return true;
}

static bool take_number(struct slice *from, uint32_t *number)
{
	struct slice four;

	if (!take(from, 4, &four))
		return false;
	*number = little_32(four.at);
	return true;
}

/* Behind its length of 32 bits. */
static bool take_element(struct slice *from, struct slice *element)
{
	uint32_t len;

	return take_number(from, &len) && take(from, len, element);
}

/* An element that begins with a number, and then has another. */
static bool take_numbered(struct slice *from, uint32_t *number, struct slice *bytes)
{
	struct slice element;

	return take_element(from, &element) && take_number(&element, number) &&
	       take_element(&element, bytes);
}

/* ---- digests ---- */

static bool chunk_digest(const EVP_MD *md, struct reader *reader, uint64_t offset,
			 const uint8_t *bytes, uint32_t len, uint8_t *out)
{
	const uint8_t head[5] = { 0xa5, (uint8_t)len, (uint8_t)(len >> 8), (uint8_t)(len >> 16),
				  (uint8_t)(len >> 24) };
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx && EVP_DigestInit_ex(ctx, md, NULL) &&
		  EVP_DigestUpdate(ctx, head, sizeof(head)) &&
		  (bytes ? EVP_DigestUpdate(ctx, bytes, len) == 1 :
			   verify_digest_range(ctx, reader, offset, len)) &&
		  EVP_DigestFinal_ex(ctx, out, NULL);

	EVP_MD_CTX_free(ctx);
	return ok;
}

static uint64_t chunks_of(uint64_t len)
{
	return (len + CHUNK - 1) / CHUNK;
}

/* Members, directory and end record, each in chunks of its own. */
static bool package_digest(const struct package *package, const EVP_MD *md, uint8_t *out)
{
	const struct {
		uint64_t offset, len;
		const uint8_t *bytes;
	} sections[] = {
		{ 0, package->block, NULL },
		{ package->directory, package->end - package->directory, NULL },
		{ 0, package->tail_len, package->tail },
	};
	uint64_t count = chunks_of(sections[0].len) + chunks_of(sections[1].len) +
			 chunks_of(sections[2].len);
	const uint8_t head[5] = { 0x5a, (uint8_t)count, (uint8_t)(count >> 8),
				  (uint8_t)(count >> 16), (uint8_t)(count >> 24) };
	uint8_t digest[EVP_MAX_MD_SIZE];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx && count <= UINT32_MAX && EVP_DigestInit_ex(ctx, md, NULL) &&
		  EVP_DigestUpdate(ctx, head, sizeof(head));

	for (size_t i = 0; ok && i < sizeof(sections) / sizeof(sections[0]); i++)
		for (uint64_t at = 0; ok && at < sections[i].len; at += CHUNK) {
			uint64_t left = sections[i].len - at;

			ok = chunk_digest(md, package->reader, sections[i].offset + at,
					  sections[i].bytes ? sections[i].bytes + at : NULL,
					  left < CHUNK ? (uint32_t)left : CHUNK, digest) &&
			     EVP_DigestUpdate(ctx, digest, (size_t)EVP_MD_get_size(md));
		}
	ok = ok && EVP_DigestFinal_ex(ctx, out, NULL);
	EVP_MD_CTX_free(ctx);
	return ok;
}

/* ---- a signer ---- */

static const char *check_digest(const struct package *package, struct slice list,
				const struct algorithm *algorithm)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	struct slice bytes;
	uint32_t id;

	for (int i = 0; i < ALGORITHMS_MAX && take_numbered(&list, &id, &bytes); i++) {
		if (id != algorithm->id)
			continue;
		if (!package_digest(package, algorithm->md(), digest))
			return "the content cannot be read";
		return bytes.len == (size_t)EVP_MD_get_size(algorithm->md()) &&
				       memcmp(bytes.at, digest, bytes.len) == 0 ?
			       NULL :
			       "its digest is not that of the content";
	}
	return "it has no digest of its signature's algorithm";
}

static bool check_signature(EVP_PKEY *key, const struct algorithm *algorithm,
			    const struct slice *data, const struct slice *signature)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *params;
	bool ok = ctx && EVP_DigestVerifyInit(ctx, &params, algorithm->md(), NULL, key) == 1;

	if (ok && algorithm->salt >= 0)
		ok = EVP_PKEY_CTX_set_rsa_padding(params, RSA_PKCS1_PSS_PADDING) == 1 &&
		     EVP_PKEY_CTX_set_rsa_pss_saltlen(params, algorithm->salt) == 1;
	ok = ok && EVP_DigestVerify(ctx, signature->at, signature->len, data->at, data->len) == 1;
	EVP_MD_CTX_free(ctx);
	return ok;
}

/* All signatures of algorithms that are known, of which there must be one. */
static const char *check_signatures(const struct package *package, EVP_PKEY *key,
				    const struct slice *data, struct slice digests,
				    struct slice list)
{
	const char *why = "its algorithm is unknown";
	struct slice signature;
	uint32_t id;

	for (int i = 0; i < ALGORITHMS_MAX && take_numbered(&list, &id, &signature); i++) {
		const struct algorithm *algorithm = algorithm_of(id);

		if (!algorithm)
			continue;
		if (!check_signature(key, algorithm, data, &signature))
			return "the signature is not by this key";
		why = check_digest(package, digests, algorithm);
		if (why)
			return why;
	}
	return why;
}

static void one_signer(struct verify *v, const struct package *package, struct slice signer,
		       bool rotates)
{
	struct slice data, inside, digests, certs, der, sdks = { 0 }, same, signatures, key;
	EVP_PKEY *public_key;
	const char *why = NULL;
	X509 *cert;

	if (!take_element(&signer, &data))
		return;
	inside = data;
	if (!take_element(&inside, &digests) || !take_element(&inside, &certs) ||
	    !take_element(&certs, &der))
		return;
	cert = d2i_X509(NULL, &der.at, (long)der.len);
	if (!cert)
		return;
	/* By v3, the versions that it is for are said twice. */
	if (rotates && (!take(&inside, 8, &sdks) || !take(&signer, 8, &same) ||
			memcmp(sdks.at, same.at, 8) != 0))
		why = "it is malformed";
	if (!why && (!take_element(&signer, &signatures) || !take_element(&signer, &key)))
		why = "it is malformed";
	public_key = why ? NULL : d2i_PUBKEY(NULL, &key.at, (long)key.len);
	if (!why && (!public_key || EVP_PKEY_eq(public_key, X509_get0_pubkey(cert)) != 1))
		why = "its key is not that of its certificate";
	if (!why)
		why = check_signatures(package, public_key, &data, digests, signatures);
	if (!why)
		why = verify_chain(v->trust, cert, NULL, 0, 0);
	verify_note(v, cert, why);
	EVP_PKEY_free(public_key);
	X509_free(cert);
	ERR_clear_error();
}

static void verify_block(struct verify *v, const struct package *package, struct slice pairs)
{
	struct slice pair, list, signer;
	uint32_t id;

	for (int i = 0; i < PAIRS_MAX && pairs.len >= 12; i++) {
		uint64_t len = little_64(pairs.at);

		pairs.at += 8;
		pairs.len -= 8;
		if (len > pairs.len || !take(&pairs, (size_t)len, &pair) ||
		    !take_number(&pair, &id))
			return;
		if ((id != ID_V2 && id != ID_V3 && id != ID_V31) || !take_element(&pair, &list))
			continue;
		for (int j = 0; j < SIGNERS_MAX && take_element(&list, &signer); j++)
			one_signer(v, package, signer, id != ID_V2);
	}
}

/* The end record as it is digested: as if the directory were where the block is. */
static bool read_tail(struct package *package)
{
	package->tail_len = package->reader->size - package->end;
	package->tail = verify_read(package->reader, package->end, package->tail_len, END_MAX);
	if (!package->tail || package->tail_len < END_LEN || package->block > UINT32_MAX ||
	    little_32(package->tail) != 0x06054b50U ||
	    little_32(package->tail + END_OFFSET) != package->directory)
		return false;
	for (int i = 0; i < 4; i++)
		package->tail[END_OFFSET + i] = (uint8_t)(package->block >> 8 * i);
	return true;
}

void verify_apk(struct verify *v)
{
	struct package package = { .reader = v->reader };
	struct zip_directory directory;
	uint8_t footer[FOOTER_LEN];
	uint8_t *block = NULL;
	uint64_t size;

	if (zip_find(v->reader, &directory) || directory.start < sizeof(footer) + 8 ||
	    v->reader->read(v->reader, directory.start - sizeof(footer), footer, sizeof(footer)) ||
	    memcmp(footer + 8, MAGIC, 16) != 0)
		return;
	size = little_64(footer);
	if (size < sizeof(footer) || size > directory.start - 8)
		return;
	package.block = directory.start - size - 8;
	package.directory = directory.start;
	package.end = directory.end;
	block = verify_read(v->reader, package.block + 8, size, BLOCK_MAX);
	if (!block)
		verify_note_source(v, INTERDICT_SOURCE_APK, "its signing block cannot be read");
	else if (!read_tail(&package))
		verify_note_source(v, INTERDICT_SOURCE_APK,
				   "the ZIP file is not laid out as Android wants it");
	else
		verify_block(v, &package, (struct slice){ block, (size_t)size - sizeof(footer) });
	free(package.tail);
	free(block);
}
