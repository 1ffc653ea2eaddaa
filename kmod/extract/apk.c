// SPDX-License-Identifier: GPL-2.0-only
/* Everything in the file is taken to be hostile: see claims.h. */
#include "apk.h"

#include "jar.h"
#include "little.h"
#include "x509.h"
#include "zip.h"

/* Of the block, around its pairs: its size again, and the magic ("APK signing block"). */
#define FOOTER_LEN 24
#define HEADER_LEN 8

/* Pairs of ID and value. Packages have two to eight: schemes, stamp, padding, what stores add. */
#define PAIRS_MAX 64
/* Android takes no more (ApkSignatureSchemeV2Verifier). */
#define SIGNERS_MAX 10
/* Additional attributes of a signer: there are four kinds. */
#define ATTRIBUTES_MAX 16
/* Levels of a proof-of-rotation: each certificate makes a claim at least. */
#define LEVELS_MAX INTERDICT_CLAIMS_MAX

#define ID_V2	 0x7109871aU
#define ID_V3	 0xf05368c0U
#define ID_V31	 0x1b93ad61U
#define ID_PROOF 0x3ba06f8cU /* of an attribute: proof-of-rotation */

/* Bytes of the file. */
struct range {
	__u64 offset;
	__u64 len;
};

struct search {
	struct reader *reader;
	struct interdict_claims *claims;
	bool found; /* a signer's certificate */
};

/* What is malformed, or too much, is said in the flags and does not hide what is beside it. */
static int go_on(const struct search *search, int err)
{
	return claims_note(search->claims, err);
}

/*
 * Takes the first element of *from, behind its length of 32 bits; *from then begins behind it.
 * Returns 0, -EBADMSG where there is none that fits, or the reader's error.
 */
static int take(struct search *search, struct range *from, struct range *element)
{
	__u8 raw[4];
	int err;

	if (from->len < sizeof(raw))
		return -EBADMSG;
	err = search->reader->read(search->reader, from->offset, raw, sizeof(raw));
	if (err)
		return err;
	element->offset = from->offset + sizeof(raw);
	element->len = little_32(raw);
	if (element->len > from->len - sizeof(raw))
		return -EBADMSG;
	from->offset = element->offset + element->len;
	from->len -= sizeof(raw) + element->len;
	return 0;
}

static int certificate(struct search *search, const struct range *der, __u8 signer)
{
	int err = x509_claims(search->reader, der->offset, der->len, INTERDICT_SOURCE_APK, signer,
			      search->claims);

	if (!err || err == -E2BIG)
		search->found = true;
	return err;
}

/*
 * The value of a proof-of-rotation ("Self-trusted old signing certificates structs"): a version,
 * then levels, each its signed data (a certificate, and an algorithm), flags, and a signature.
 */
static int proof(struct search *search, struct range value, __u8 signer)
{
	struct range level, data, der;
	__u32 i;
	int err;

	if (value.len < 4)
		return -EBADMSG;
	value.offset += 4;
	value.len -= 4;
	for (i = 0; value.len; i++) {
		if (i == LEVELS_MAX)
			return -E2BIG;
		err = take(search, &value, &level);
		if (!err)
			err = take(search, &level, &data);
		if (!err)
			err = take(search, &data, &der);
		if (err)
			return err;
		err = go_on(search, certificate(search, &der, signer));
		if (err)
			return err;
	}
	return 0;
}

static int attributes(struct search *search, struct range list, __u8 signer)
{
	struct range attribute;
	__u8 id[4];
	__u32 i;
	int err;

	for (i = 0; list.len; i++) {
		if (i == ATTRIBUTES_MAX)
			return -E2BIG;
		err = take(search, &list, &attribute);
		if (!err && attribute.len < sizeof(id))
			err = -EBADMSG;
		if (!err)
			err = search->reader->read(search->reader, attribute.offset, id,
						   sizeof(id));
		if (err)
			return err;
		if (little_32(id) != ID_PROOF)
			continue;
		attribute.offset += sizeof(id);
		attribute.len -= sizeof(id);
		err = go_on(search, proof(search, attribute, signer));
		if (err)
			return err;
	}
	return 0;
}

/*
 * A signer begins with its signed data: digests, certificates, by v3 the first and the last SDK
 * that it is for, and attributes. What follows (signatures, public key) says nothing more.
 */
static int one_signer(struct search *search, struct range signer, bool rotates)
{
	__u8 number = claims_next_signer(search->claims);
	struct range data, digests, certificates, der, list;
	int err;

	err = take(search, &signer, &data);
	if (!err)
		err = take(search, &data, &digests);
	if (!err)
		err = take(search, &data, &certificates);
	if (!err)
		err = take(search, &certificates, &der);
	if (err)
		return err;
	err = go_on(search, certificate(search, &der, number));
	if (err || !rotates)
		return err;
	if (data.len < 8)
		return -EBADMSG;
	data.offset += 8;
	data.len -= 8;
	err = take(search, &data, &list);
	return err ? err : attributes(search, list, number);
}

static int signers(struct search *search, struct range value, bool rotates)
{
	struct range list, signer;
	__u32 i;
	int err;

	err = take(search, &value, &list);
	for (i = 0; !err && list.len; i++) {
		if (i == SIGNERS_MAX)
			return -E2BIG;
		err = take(search, &list, &signer);
		if (!err)
			err = go_on(search, one_signer(search, signer, rotates));
	}
	return err;
}

/* Returns 0, pairs->len being 0 where there is no block; -EBADMSG; or the reader's error. */
static int block_find(struct reader *reader, __u64 end, struct range *pairs)
{
	__u8 footer[FOOTER_LEN];
	__u8 header[HEADER_LEN];
	__u64 size;
	int err;

	pairs->offset = 0;
	pairs->len = 0;
	if (end < HEADER_LEN + FOOTER_LEN)
		return 0;
	err = reader->read(reader, end - FOOTER_LEN, footer, FOOTER_LEN);
	if (err || memcmp(footer + 8, "APK Sig Block 42", 16))
		return err;
	/* All of the block but the field in front that says the same. */
	size = little_64(footer);
	if (size < FOOTER_LEN || size > end - HEADER_LEN)
		return -EBADMSG;
	err = reader->read(reader, end - size - HEADER_LEN, header, HEADER_LEN);
	if (err)
		return err;
	if (little_64(header) != size)
		return -EBADMSG;
	pairs->offset = end - size;
	pairs->len = size - FOOTER_LEN;
	return 0;
}

static int block(struct search *search, __u64 end)
{
	struct range pairs, value;
	__u8 raw[12];
	__u64 len;
	__u32 i, id;
	int err;

	err = block_find(search->reader, end, &pairs);
	for (i = 0; !err && pairs.len; i++) {
		if (i == PAIRS_MAX)
			return -E2BIG;
		/* 64 bits of length, of what follows them, then 32 of ID, then the value. */
		if (pairs.len < sizeof(raw))
			return -EBADMSG;
		err = search->reader->read(search->reader, pairs.offset, raw, sizeof(raw));
		if (err)
			return err;
		len = little_64(raw);
		if (len < 4 || len > pairs.len - 8)
			return -EBADMSG;
		value.offset = pairs.offset + sizeof(raw);
		value.len = len - 4;
		pairs.offset += 8 + len;
		pairs.len -= 8 + len;
		id = little_32(raw + 8);
		if (id == ID_V2 || id == ID_V3 || id == ID_V31)
			err = go_on(search, signers(search, value, id != ID_V2));
	}
	return err;
}

int apk_claims(struct reader *reader, struct interdict_claims *claims)
{
	struct search search = { .reader = reader, .claims = claims };
	struct zip_directory directory;
	int err;

	err = zip_find(reader, &directory);
	if (err || !directory.end)
		return err;
	err = go_on(&search, block(&search, directory.start));
	if (!err && !search.found)
		err = jar_claims(reader, &directory, claims);
	return err;
}
