/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the verify_*.c files share. */
#ifndef INTERDICT_VERIFY_INTERNAL_H
#define INTERDICT_VERIFY_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/x509.h>

#include "kmod/extract/claims.h"
#include "verify.h"

struct fsverity_digest;

struct verify_trust {
	X509_STORE *store;
	STACK_OF(X509) * certs;
};

/* One file. */
struct verify {
	struct reader *reader;
	int fd;
	const struct verify_trust *trust;
	struct interdict_claims *claims;
	struct verify_report *report;
};

/* ---- verify.c: what was found out ---- */

/* A signature by @cert was looked at; @why NULL: it is verified. For all claims of @cert. */
void verify_note(struct verify *v, X509 *cert, const char *why);
/* @why is the reason for all claims of @source that have none yet. */
void verify_note_source(struct verify *v, enum interdict_source source, const char *why);
/* The same of one claim. */
void verify_note_claim(struct verify *v, uint32_t i, const char *why);

/* ---- verify_trust.c ---- */

/*
 * Do trusted certificates vouch for @cert, at @when (0: now), through @others (may be NULL)?
 * @purpose: X509_PURPOSE_TIMESTAMP_SIGN, or 0 for code. NULL if so, or a reason to be shown at
 * once.
 */
const char *verify_chain(const struct verify_trust *trust, X509 *cert, STACK_OF(X509) * others,
			 time_t when, int purpose);

/* ---- verify_bio.c ---- */

/* A source BIO of @len bytes at @offset of @reader, which it borrows; NULL: no memory. */
BIO *verify_bio(struct reader *reader, uint64_t offset, uint64_t len);
/* @len bytes at @offset, of at most @max, on the heap; NULL: not there, too many, no memory. */
uint8_t *verify_read(struct reader *reader, uint64_t offset, uint64_t len, uint64_t max);
/* Adds the bytes to a digest. Returns false where they cannot be read. */
bool verify_digest_range(EVP_MD_CTX *md, struct reader *reader, uint64_t offset, uint64_t len);

/* ---- verify_cms.c ---- */

/*
 * Notes each signer of a CMS (RFC 5652) of @len bytes. @content: what it signs, or NULL where it
 * carries that. @why: a reason that is known already, or NULL.
 */
void verify_cms(struct verify *v, enum interdict_source source, const uint8_t *der, size_t len,
		BIO *content, const char *why);
/* The same for one that was decoded; @type: the content's, an OID as text; data above. */
void verify_cms_signers(struct verify *v, enum interdict_source source, CMS_ContentInfo *cms,
			const char *type, BIO *content, const char *why);
/* Is it a digest algorithm to rely on? NULL if so. */
const char *verify_digest_accepted(const EVP_MD *md);

/* ---- verify_time.c ---- */

/* When it was signed, by a time stamp on @signer that is verified; 0: there is none. @certs: of the
 * CMS. */
time_t verify_time(const struct verify_trust *trust, CMS_SignerInfo *signer,
		   STACK_OF(X509) * certs);

/* ---- formats ---- */

void verify_pe(struct verify *v);
void verify_apk(struct verify *v);
void verify_jar(struct verify *v);
void verify_appended(struct verify *v);
void verify_fsverity(struct verify *v);
/* The same of a signature in memory; the digest has at most VERIFY_FSVERITY_MAX bytes. */
#define VERIFY_FSVERITY_MAX 64
void verify_fsverity_signature(struct verify *v, const struct fsverity_digest *digest,
			       const uint8_t *der, size_t len);
void verify_ima(struct verify *v);

#endif
