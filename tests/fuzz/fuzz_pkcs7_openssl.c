// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The signers' certificates by this project's parser and by OpenSSL's, of the same bytes. When both
 * read them, they must be the same ones; when one alone does, it is for a reason of enum class,
 * which README.md explains. Anything else aborts.
 */
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pkcs7.h>
#include <openssl/provider.h>
#include <openssl/x509v3.h>

#include "kmod/extract/digest.h"
#include "kmod/extract/pkcs7.h"
#include "kmod/extract/reader_memory.h"

enum class {
	CLASS_NEITHER,
	CLASS_SAME,
	CLASS_LIMIT,
	CLASS_OURS_ALONE,
	CLASS_NO_SIGNED_DATA,
	CLASS_PIECE,
	CLASS_RE_ENCODED,
	CLASS_NAME_FOLDED,
	CLASS_EXTENSIONS,
	CLASS_ENCODING,
	CLASS_LENGTH,
	CLASS_COUNT
};

static const char *const class_names[] = {
	"neither",    "same",	     "limit",	   "ours alone", "no SignedData", "piece",
	"re-encoded", "name folded", "extensions", "encoding",	 "length",
};
_Static_assert(sizeof(class_names) / sizeof(class_names[0]) == CLASS_COUNT, "a name each");

static unsigned long classes[CLASS_COUNT];

static void print_classes(void)
{
	int i;

	for (i = 0; i < CLASS_COUNT; i++)
		fprintf(stderr, "# %s: %lu\n", class_names[i], classes[i]);
}

#define CERTS_MAX   64
#define PENDING_MAX 64

struct set {
	unsigned int count;
	uint8_t digest[CERTS_MAX][DIGEST_LEN];
};

/* What OpenSSL made of the input. */
struct theirs {
	const uint8_t *data;
	size_t size;
	struct set certs;
	bool refused;	/* the whole, or a nested one */
	bool unsigned_; /* another ContentInfo */
	bool re_encoded, name_folded, extensions, full;
	unsigned int pending;
	ASN1_STRING *nested[PENDING_MAX];
	unsigned char *der; /* of the whole, in OpenSSL's encoding */
	int der_len;
};

static bool has(const struct set *set, const uint8_t *digest)
{
	unsigned int i;

	for (i = 0; i < set->count; i++)
		if (!memcmp(set->digest[i], digest, DIGEST_LEN))
			return true;
	return false;
}

static bool subset(const struct set *one, const struct set *other)
{
	unsigned int i;

	for (i = 0; i < one->count; i++)
		if (!has(other, one->digest[i]))
			return false;
	return true;
}

/* OpenSSL keeps the bytes of a tbsCertificate, and makes what is around them anew. */
static bool is_as_in_file(const struct theirs *theirs, const unsigned char *der, int len)
{
	const unsigned char *content = der;
	long content_len;
	int tag, class;

	return !(ASN1_get_object(&content, &content_len, &tag, &class, len) & 0x80) &&
	       memmem(theirs->data, theirs->size, content, content_len);
}

static bool same_name(const X509_NAME *one, const X509_NAME *other)
{
	const unsigned char *der[2];
	size_t len[2];

	return X509_NAME_get0_der(one, &der[0], &len[0]) &&
	       X509_NAME_get0_der(other, &der[1], &len[1]) && len[0] == len[1] &&
	       !memcmp(der[0], der[1], len[0]);
}

static void add_cert(struct theirs *theirs, X509 *cert, const X509_NAME *issuer)
{
	unsigned char *der = NULL;
	uint8_t digest[DIGEST_LEN];
	int len = i2d_X509(cert, &der);
	bool digested;

	if (issuer && !same_name(issuer, X509_get_issuer_name(cert)))
		theirs->name_folded = true;
	if (len <= 0 || !is_as_in_file(theirs, der, len))
		theirs->re_encoded = true;
	digested = len > 0 && EVP_Digest(der, len, digest, NULL, EVP_sha256(), NULL);
	OPENSSL_free(der);
	if (!digested || has(&theirs->certs, digest))
		return;
	if (theirs->certs.count == CERTS_MAX)
		theirs->full = true;
	else
		memcpy(theirs->certs.digest[theirs->certs.count++], digest, DIGEST_LEN);
}

static void add_nested(struct theirs *theirs, X509_ATTRIBUTE *attribute)
{
	char oid[64];
	int i;

	OBJ_obj2txt(oid, sizeof(oid), X509_ATTRIBUTE_get0_object(attribute), 1);
	if (strcmp(oid, "1.3.6.1.4.1.311.2.4.1") != 0)
		return;
	for (i = 0; i < X509_ATTRIBUTE_count(attribute); i++) {
		ASN1_TYPE *value = X509_ATTRIBUTE_get0_type(attribute, i);

		if (value->type != V_ASN1_SEQUENCE)
			theirs->refused = true;
		else if (theirs->pending == PENDING_MAX)
			theirs->full = true;
		else
			theirs->nested[theirs->pending++] = ASN1_STRING_dup(value->value.sequence);
	}
}

static void read_cms(struct theirs *theirs, CMS_ContentInfo *cms)
{
	STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(cms);
	STACK_OF(X509) *certs = CMS_get1_certs(cms);
	int i, j;

	for (i = 0; i < sk_CMS_SignerInfo_num(signers); i++) {
		CMS_SignerInfo *signer = sk_CMS_SignerInfo_value(signers, i);
		ASN1_OCTET_STRING *skid = NULL;
		ASN1_INTEGER *serial = NULL;
		X509_NAME *issuer = NULL;

		CMS_SignerInfo_get0_signer_id(signer, &skid, &issuer, &serial);
		for (j = 0; j < sk_X509_num(certs); j++) {
			X509 *cert = sk_X509_value(certs, j);

			if (skid && !X509_get0_subject_key_id(cert) && X509_get_ext_count(cert))
				theirs->extensions = true;
			if (!CMS_SignerInfo_cert_cmp(signer, cert))
				add_cert(theirs, cert, issuer);
		}
		for (j = 0; j < CMS_unsigned_get_attr_count(signer); j++)
			add_nested(theirs, CMS_unsigned_get_attr(signer, j));
	}
	sk_X509_pop_free(certs, X509_free);
}

static void read_pkcs7(struct theirs *theirs, PKCS7 *p7)
{
	STACK_OF(PKCS7_SIGNER_INFO) *signers = PKCS7_get_signer_info(p7);
	STACK_OF(X509) *certs = p7->d.sign->cert;
	int i, j;

	for (i = 0; i < sk_PKCS7_SIGNER_INFO_num(signers); i++) {
		PKCS7_SIGNER_INFO *signer = sk_PKCS7_SIGNER_INFO_value(signers, i);
		PKCS7_ISSUER_AND_SERIAL *is = signer->issuer_and_serial;

		for (j = 0; j < sk_X509_num(certs); j++) {
			X509 *cert = sk_X509_value(certs, j);

			if (!X509_NAME_cmp(is->issuer, X509_get_issuer_name(cert)) &&
			    !ASN1_INTEGER_cmp(is->serial, X509_get0_serialNumber(cert)))
				add_cert(theirs, cert, is->issuer);
		}
		for (j = 0; j < sk_X509_ATTRIBUTE_num(signer->unauth_attr); j++)
			add_nested(theirs, sk_X509_ATTRIBUTE_value(signer->unauth_attr, j));
	}
}

/* Without decoders of public keys, which nobody here asks for: they take OpenSSL 3.0 most of its
 * time. */
static OSSL_LIB_CTX *no_keys;

/* CMS knows more, PKCS7 allows a content that is no OCTET STRING (Authenticode). */
static void read_one(struct theirs *theirs, const uint8_t *data, size_t size)
{
	const unsigned char *at = data;
	CMS_ContentInfo *cms = CMS_ContentInfo_new_ex(no_keys, NULL);
	PKCS7 *p7 = NULL;

	/* Frees it where it fails. */
	if (d2i_CMS_ContentInfo(&cms, &at, size)) {
		if (OBJ_obj2nid(CMS_get0_type(cms)) == NID_pkcs7_signed)
			read_cms(theirs, cms);
		else
			theirs->unsigned_ = true;
	} else {
		at = data;
		cms = NULL;
		p7 = PKCS7_new_ex(no_keys, NULL);
		if (!d2i_PKCS7(&p7, &at, size))
			p7 = NULL;
		if (!p7)
			theirs->refused = true;
		else if (PKCS7_type_is_signed(p7) && p7->d.sign)
			read_pkcs7(theirs, p7);
		else
			theirs->unsigned_ = true;
	}
	if (!theirs->der)
		theirs->der_len = cms ? i2d_CMS_ContentInfo(cms, &theirs->der) :
				  p7  ? i2d_PKCS7(p7, &theirs->der) :
					0;
	CMS_ContentInfo_free(cms);
	PKCS7_free(p7);
	ERR_clear_error();
}

static void read_theirs(struct theirs *theirs)
{
	unsigned int i;

	read_one(theirs, theirs->data, theirs->size);
	for (i = 0; i < theirs->pending; i++) {
		read_one(theirs, ASN1_STRING_get0_data(theirs->nested[i]),
			 ASN1_STRING_length(theirs->nested[i]));
		ASN1_STRING_free(theirs->nested[i]);
	}
}

static void certs_of(const struct interdict_claims *claims, struct set *set)
{
	unsigned int i;

	set->count = 0;
	for (i = 0; i < claims->count; i++)
		if (claims->claim[i].form == INTERDICT_FORM_DER)
			memcpy(set->digest[set->count++], claims->claim[i].value, DIGEST_LEN);
}

static int read_ours(const uint8_t *data, size_t size, struct set *ours)
{
	struct interdict_claims claims = {};
	struct reader_memory memory;
	int err;

	reader_memory_init(&memory, data, size);
	err = pkcs7_claims(&memory.reader, 0, size, INTERDICT_SOURCE_PE, &claims);
	if (err && err != -EBADMSG && err != -E2BIG)
		abort();
	certs_of(&claims, ours);
	return err;
}

/* Is it only how it is encoded that cannot be read? */
static bool same_in_der(const struct theirs *theirs)
{
	struct set ours;

	return theirs->der_len > 0 && !read_ours(theirs->der, theirs->der_len, &ours) &&
	       subset(&ours, &theirs->certs) && subset(&theirs->certs, &ours);
}

/* A length in more than 8 bytes, the first of them 0. OpenSSL passes over any number of these. */
static bool has_long_length(const struct theirs *theirs)
{
	size_t i;

	for (i = 0; i + 1 < theirs->size; i++)
		if (theirs->data[i] > 0x88 && !theirs->data[i + 1])
			return true;
	return false;
}

static enum class classify(int err, const struct set *ours, const struct theirs *theirs) {
	bool more = !subset(ours, &theirs->certs), fewer = !subset(&theirs->certs, ours);

	if (err == -E2BIG || theirs->full) return CLASS_LIMIT;
	if (theirs->refused) return err ? CLASS_NEITHER : CLASS_OURS_ALONE;
	if (theirs->unsigned_) return CLASS_NO_SIGNED_DATA;
	if (!more && !fewer) return err ? CLASS_PIECE : CLASS_SAME;
	if (theirs->re_encoded) return CLASS_RE_ENCODED;
	if (more) return theirs->extensions ? CLASS_EXTENSIONS : CLASS_COUNT;
	if (theirs->name_folded) return CLASS_NAME_FOLDED;
	if (err && same_in_der(theirs)) return CLASS_ENCODING;
	return err && has_long_length(theirs) ? CLASS_LENGTH : CLASS_COUNT;
}

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed);

/* Half of the time what keeps lengths as they are, or few inputs would be read by either: a bit, or
 * some bytes from elsewhere, so that serial numbers and names become the same. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed)
{
	unsigned int from, to, len;

	if (size < 64 || seed & 1)
		return LLVMFuzzerMutate(data, size, max);
	from = (seed >> 2) * 2654435761U % (size - 32);
	to = (seed >> 2) * 2246822519U % (size - 32);
	len = 1 + (seed >> 3) % 32;
	if (seed & 2)
		memmove(data + to, data + from, len);
	else
		data[to] ^= 1 << len % 8;
	return size;
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	no_keys = OSSL_LIB_CTX_new();
	if (!no_keys || !OSSL_PROVIDER_load(no_keys, "null"))
		abort();
	atexit(print_classes);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct theirs theirs = { .data = data, .size = size };
	enum class class;
	struct set ours;
	int err;

	err = read_ours(data, size, &ours);
	read_theirs(&theirs);
	class = classify(err, &ours, &theirs);
	if (class == CLASS_COUNT) {
		fprintf(stderr, "error %d, ours %u, theirs %u\n", err, ours.count,
			theirs.certs.count);
		abort();
	}
	classes[class]++;
	OPENSSL_free(theirs.der);
	return 0;
}
