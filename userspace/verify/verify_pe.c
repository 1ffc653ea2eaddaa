// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Authenticode: a CMS over SpcIndirectDataContent, which has the digest of the image (Microsoft,
 * "Windows Authenticode Portable Executable Signature Format").
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/objects.h>

#include "kmod/extract/der.h"
#include "kmod/extract/little.h"
#include "kmod/extract/pe.h"
#include "kmod/extract/reader_memory.h"
#include "verify_internal.h"

/* Bytes of one signature: a few certificates, and nested ones; the largest known are 40 KiB. */
#define SIGNATURE_MAX (1U << 20)
/* Headers to the end of SpcIndirectDataContent: some 20. */
#define ELEMENTS 64
/* Signatures within signatures, as PKCS7_NESTED of kmod/extract/pkcs7.c. */
#define NESTED_MAX 8

#define OID_INDIRECT "1.3.6.1.4.1.311.2.1.4"
#define OID_NESTED   "1.3.6.1.4.1.311.2.4.1"

/* A SignedData, and where its SpcIndirectDataContent begins in it. */
struct indirect {
	uint64_t content;
	int digest_nid;
	uint8_t digest[EVP_MAX_MD_SIZE];
	__u32 digest_len;
};

static int digest_nid(struct der *der)
{
	struct der_element element;
	uint8_t oid[DER_HEADER_MADE + 32];
	const unsigned char *at = oid;
	ASN1_OBJECT *object;
	int nid = NID_undef;
	__u32 len;

	if (der_expect(der, DER_OID, &element) || element.len > 32)
		return NID_undef;
	len = der_header(oid, DER_OID, (__u32)element.len);
	if (der->reader->read(der->reader, element.content, oid + len, (__u32)element.len))
		return NID_undef;
	object = d2i_ASN1_OBJECT(NULL, &at, (long)(len + element.len));
	if (object)
		nid = OBJ_obj2nid(object);
	ASN1_OBJECT_free(object);
	return nid;
}

/* ContentInfo [0] SignedData, version, digestAlgorithms, ContentInfo [0] SpcIndirectDataContent:
 * data, messageDigest (algorithm, digest). */
static int find_indirect(struct reader *reader, struct indirect *found)
{
	struct der_element element;
	__u32 elements = ELEMENTS;
	struct der der;
	int err;

	err = der_begin(&der, reader, 0, reader->size, &elements);
	if (!err)
		err = der_expect_enter(&der, DER_SEQUENCE);
	if (!err)
		err = der_expect(&der, DER_OID, &element);
	if (!err)
		err = der_expect_enter(&der, DER_CONTEXT_CONS(0));
	if (!err)
		err = der_expect_enter(&der, DER_SEQUENCE);
	if (!err)
		err = der_expect(&der, DER_INTEGER, &element);
	if (!err)
		err = der_expect(&der, DER_SET, &element);
	if (!err)
		err = der_expect_enter(&der, DER_SEQUENCE);
	if (!err)
		err = der_expect(&der, DER_OID, &element);
	if (!err)
		err = der_expect_enter(&der, DER_CONTEXT_CONS(0));
	if (!err)
		err = der_expect(&der, DER_SEQUENCE, &element);
	if (!err)
		found->content = element.start;
	if (!err)
		err = der_enter(&der, &element);
	if (!err)
		err = der_expect(&der, DER_SEQUENCE, &element);
	if (!err)
		err = der_expect_enter(&der, DER_SEQUENCE);
	if (!err)
		err = der_expect_enter(&der, DER_SEQUENCE);
	if (err)
		return err;
	found->digest_nid = digest_nid(&der);
	err = der_leave(&der);
	if (!err)
		err = der_expect(&der, DER_OCTET_STRING, &element);
	return err ? err :
		     der_octets(&der, &element, found->digest, sizeof(found->digest),
				&found->digest_len);
}

/* All but the checksum, the table's directory entry, and the table, which is the end. */
static const char *check_image(struct reader *reader, const struct pe_table *table,
			       const struct indirect *indirect)
{
	const EVP_MD *md = EVP_get_digestbynid(indirect->digest_nid);
	uint8_t digest[EVP_MAX_MD_SIZE];
	const char *why = verify_digest_accepted(md);
	unsigned int len = 0;
	EVP_MD_CTX *ctx;
	bool ok;

	if (why)
		return why;
	if (table->offset < table->entry + 8 || table->checksum + 4 > table->entry ||
	    table->offset + table->size != reader->size)
		return "its certificate table is not the end of the file";
	ctx = EVP_MD_CTX_new();
	ok = ctx && EVP_DigestInit_ex(ctx, md, NULL) &&
	     verify_digest_range(ctx, reader, 0, table->checksum) &&
	     verify_digest_range(ctx, reader, table->checksum + 4,
				 table->entry - table->checksum - 4) &&
	     verify_digest_range(ctx, reader, table->entry + 8, table->offset - table->entry - 8) &&
	     EVP_DigestFinal_ex(ctx, digest, &len);
	EVP_MD_CTX_free(ctx);
	if (!ok)
		return "the content cannot be read";
	if (len != indirect->digest_len || memcmp(digest, indirect->digest, len) != 0)
		return "its digest is not that of the image";
	return NULL;
}

/* What is found in a signature is put at the end of the list, to be looked at later. */
struct list {
	size_t n;
	uint8_t *der[NESTED_MAX];
	size_t len[NESTED_MAX];
};

static void add_signature(struct list *list, uint8_t *der, size_t len)
{
	if (!der || list->n == NESTED_MAX) {
		free(der);
		return;
	}
	list->der[list->n] = der;
	list->len[list->n++] = len;
}

static void add_nested(struct list *list, CMS_ContentInfo *cms)
{
	STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(cms);
	ASN1_OBJECT *oid = OBJ_txt2obj(OID_NESTED, 1);

	for (int i = 0; oid && i < sk_CMS_SignerInfo_num(signers); i++) {
		CMS_SignerInfo *signer = sk_CMS_SignerInfo_value(signers, i);
		int at = CMS_unsigned_get_attr_by_OBJ(signer, oid, -1);
		X509_ATTRIBUTE *attr = at >= 0 ? CMS_unsigned_get_attr(signer, at) : NULL;

		for (int j = 0; attr && j < X509_ATTRIBUTE_count(attr); j++) {
			const ASN1_STRING *der =
				X509_ATTRIBUTE_get0_data(attr, j, V_ASN1_SEQUENCE, NULL);
			size_t len = der ? (size_t)ASN1_STRING_length(der) : 0;
			uint8_t *copy = len ? malloc(len) : NULL;

			if (copy)
				memcpy(copy, ASN1_STRING_get0_data(der), len);
			add_signature(list, copy, len);
		}
	}
	ASN1_OBJECT_free(oid);
}

/*
 * What is signed is the content without its header. In PKCS#7 it is a SEQUENCE, in CMS an OCTET
 * STRING: by another tag, OpenSSL's CMS reads it, and the same bytes are signed.
 */
static void one_signature(struct verify *v, const struct pe_table *table, struct list *list,
			  uint8_t *der, size_t len)
{
	struct indirect indirect = { 0 };
	struct reader_memory memory;
	const unsigned char *at = der;
	CMS_ContentInfo *cms;

	reader_memory_init(&memory, der, len);
	if (find_indirect(&memory.reader, &indirect)) {
		verify_note_source(v, INTERDICT_SOURCE_PE, "it is no signature of an image");
		return;
	}
	der[indirect.content] = DER_OCTET_STRING;
	cms = d2i_CMS_ContentInfo(NULL, &at, (long)len);
	if (cms) {
		verify_cms_signers(v, INTERDICT_SOURCE_PE, cms, OID_INDIRECT, NULL,
				   check_image(v->reader, table, &indirect));
		add_nested(list, cms);
	} else {
		verify_note_source(v, INTERDICT_SOURCE_PE, "OpenSSL cannot read the signature");
	}
	CMS_ContentInfo_free(cms);
	ERR_clear_error();
}

static void verify_entry(struct verify *v, const struct pe_table *table, uint64_t offset,
			 uint64_t len)
{
	struct list list = { 0 };

	add_signature(&list, verify_read(v->reader, offset, len, SIGNATURE_MAX), len);
	for (size_t i = 0; i < list.n; i++)
		one_signature(v, table, &list, list.der[i], list.len[i]);
	for (size_t i = 0; i < list.n; i++)
		free(list.der[i]);
}

void verify_pe(struct verify *v)
{
	struct pe_table table;
	uint64_t offset, end;
	uint8_t header[PE_ENTRY_HEADER];

	if (pe_find_table(v->reader, &table) || !table.size)
		return;
	offset = table.offset;
	end = table.offset + table.size;
	for (int i = 0; i < PE_CERTIFICATES && end <= v->reader->size && offset < end &&
			end - offset > sizeof(header);
	     i++) {
		uint32_t len;

		if (v->reader->read(v->reader, offset, header, sizeof(header)))
			return;
		len = little_32(header);
		if (len <= sizeof(header) || len > end - offset)
			return;
		verify_entry(v, &table, offset + sizeof(header), len - sizeof(header));
		offset += ((uint64_t)len + PE_ENTRY_ALIGN - 1) & ~(uint64_t)(PE_ENTRY_ALIGN - 1);
	}
}
