// SPDX-License-Identifier: GPL-2.0-only
#include "x509.h"

#include "digest.h"
#include "publisher.h"
#include "x509_name.h"

/* RFC 5280, 4.2.1.2: 2.5.29.14. */
static const __u8 oid_skid[] = { 0x55, 0x1d, 0x0e };

int x509_begin(struct x509 *cert, struct reader *reader, __u64 offset, __u64 len, __u32 *elements)
{
	struct der *der = &cert->der;
	struct der_element element;
	int err;

	memset(cert, 0, sizeof(*cert));
	err = der_begin(der, reader, offset, len, elements);
	if (!err)
		err = der_expect_enter(der, DER_SEQUENCE);
	if (!err)
		err = der_expect(der, DER_SEQUENCE, &element);
	if (err)
		return err;
	cert->start = element.start;
	err = der_enter(der, &element);
	if (!err)
		err = der_next(der, &element);
	/* Version 1 has no version. */
	if (!err && element.tag == DER_CONTEXT_CONS(0))
		err = der_next(der, &element);
	if (!err)
		err = element.tag == DER_INTEGER ? 0 : -EBADMSG;
	if (err)
		return err == DER_END ? -EBADMSG : err;
	if (element.len > X509_FIELD_MAX)
		return -E2BIG;
	cert->id.serial.offset = element.content;
	cert->id.serial.len = element.len;
	err = der_expect(der, DER_SEQUENCE, &element); /* signature */
	if (!err)
		err = der_expect_range(der, DER_SEQUENCE, X509_FIELD_MAX, &cert->id.issuer);
	return err;
}

int x509_read_subject(struct x509 *cert)
{
	struct der *der = &cert->der;
	struct der_element validity;
	int err;

	if (cert->key.offset)
		return 0;
	err = der_expect(der, DER_SEQUENCE, &validity);
	if (!err)
		err = der_expect_range(der, DER_SEQUENCE, X509_FIELD_MAX, &cert->subject);
	if (!err)
		err = der_expect_range(der, DER_SEQUENCE, X509_FIELD_MAX, &cert->key);
	return err;
}

/* x509_find_extension(), in the SEQUENCE of extensions; bounded by elements. */
static int find_extension(struct der *der, const __u8 *oid, __u32 oid_len,
			  struct der_element *value)
{
	bool is;
	int err;

	while (!(err = der_enter_named(der, oid, oid_len, &is))) {
		if (is) {
			err = der_next(der, value);
			if (!err && value->tag == DER_BOOLEAN) /* critical */
				err = der_next(der, value);
			if (err == DER_END || (!err && value->tag != DER_OCTET_STRING))
				return -EBADMSG;
			return err;
		}
		err = der_leave(der);
		if (err)
			return err;
	}
	return err;
}

int x509_find_extension(const struct x509 *cert, const __u8 *oid, __u32 oid_len,
			struct der_element *value)
{
	struct der_element element;
	struct der der = cert->der; /* the certificate's own stays behind the key */
	int err;

	/* In front are the unique identifiers, [1] and [2]. */
	do {
		err = der_next(&der, &element);
	} while (!err && element.tag != DER_CONTEXT_CONS(3));
	if (!err)
		err = der_enter(&der, &element);
	if (!err)
		err = der_expect_enter(&der, DER_SEQUENCE);
	return err ? err : find_extension(&der, oid, oid_len, value);
}

int x509_read_skid(const struct x509 *cert, __u8 *skid, __u32 *len)
{
	struct der_element element;
	struct der der;
	int err;

	*len = 0;
	err = x509_find_extension(cert, oid_skid, sizeof(oid_skid), &element);
	if (err)
		return err == DER_END ? 0 : err;

	err = der_begin(&der, cert->der.reader, element.content, element.len, cert->der.elements);
	if (!err)
		err = der_expect(&der, DER_OCTET_STRING, &element);
	return err ? err : der_octets(&der, &element, skid, X509_SKID_MAX, len);
}

/* The content of the certificate, when its tbsCertificate was read in part. */
static int read_end(struct x509 *cert, struct der_range *content)
{
	struct der *der = &cert->der;
	struct der_element element;
	__u64 len;
	int err;

	err = der_leave(der);
	if (!err)
		err = der_expect(der, DER_SEQUENCE, &element); /* signatureAlgorithm */
	if (!err)
		err = der_expect(der, DER_BIT_STRING, &element); /* signatureValue */
	if (err)
		return err;
	len = element.content + element.len - cert->start;
	err = der_next(der, &element);
	if (err != DER_END)
		return err ? err : -EBADMSG;
	if (len > X509_MAX)
		return -E2BIG;
	content->offset = cert->start;
	content->len = len;
	return 0;
}

/* Adds SHA-256 of a SEQUENCE of that content. */
static int add_sequence(struct reader *reader, const struct der_range *content,
			enum interdict_kind kind, enum interdict_form form,
			const struct x509_signer *signer)
{
	__u8 header[DER_HEADER_MADE], digest[DIGEST_LEN];
	const struct digest_part parts[] = {
		{ .bytes = header, .len = der_header(header, DER_SEQUENCE, content->len) },
		{ .offset = content->offset, .len = content->len },
	};
	int err;

	err = digest_sha256(reader, parts, 2, digest);
	if (err)
		return err;
	return claims_add(signer->claims, kind, form, signer->source, signer->number, digest,
			  sizeof(digest));
}

int x509_add_name_serial(struct reader *reader, const struct x509_name_serial *id,
			 const struct x509_signer *signer)
{
	__u8 outer[DER_HEADER_MADE], issuer[DER_HEADER_MADE], serial[DER_HEADER_MADE];
	const __u32 issuer_len = der_header(issuer, DER_SEQUENCE, id->issuer.len);
	const __u32 serial_len = der_header(serial, DER_INTEGER, id->serial.len);
	const struct digest_part parts[] = {
		{ .bytes = outer,
		  .len = der_header(outer, DER_SEQUENCE,
				    issuer_len + id->issuer.len + serial_len + id->serial.len) },
		{ .bytes = issuer, .len = issuer_len },
		{ .offset = id->issuer.offset, .len = id->issuer.len },
		{ .bytes = serial, .len = serial_len },
		{ .offset = id->serial.offset, .len = id->serial.len },
	};
	__u8 digest[DIGEST_LEN];
	int err;

	err = digest_sha256(reader, parts, 5, digest);
	if (err)
		return err;
	return claims_add(signer->claims, INTERDICT_KIND_CERTIFICATE, INTERDICT_FORM_IS,
			  signer->source, signer->number, digest, sizeof(digest));
}

int x509_add_skid(const __u8 *skid, __u32 len, const struct x509_signer *signer)
{
	if (len < X509_SKID_MIN)
		return 0;
	return claims_add(signer->claims, INTERDICT_KIND_KEY, INTERDICT_FORM_SKID, signer->source,
			  signer->number, skid, len);
}

static int add_publisher(struct x509 *cert, const struct x509_signer *signer)
{
	char name[PUBLISHER_MAX];
	__u32 len;
	int err;

	err = x509_publisher(cert->der.reader, &cert->subject, cert->der.elements, name, &len);
	if (err)
		return err;
	return claims_add_publisher(signer->claims, signer->source, signer->number, name, len);
}

/* A piece that cannot be read does not take the others away: a claim may be acted on as it is. */
int x509_add(struct x509 *cert, const struct x509_signer *signer)
{
	struct reader *reader = cert->der.reader;
	__u8 skid[X509_SKID_MAX];
	struct der_range content;
	__u32 skid_len = 0;
	int err, kept = 0;

	err = x509_read_subject(cert);
	if (err)
		return err;
	err = x509_read_skid(cert, skid, &skid_len);
	if (err)
		skid_len = 0;
	if (!x509_goes_on(signer, err, &kept))
		return err;

	err = read_end(cert, &content);
	if (!err)
		err = add_sequence(reader, &content, INTERDICT_KIND_CERTIFICATE, INTERDICT_FORM_DER,
				   signer);
	if (x509_goes_on(signer, err, &kept))
		err = x509_add_name_serial(reader, &cert->id, signer);
	if (x509_goes_on(signer, err, &kept))
		err = add_sequence(reader, &cert->key, INTERDICT_KIND_KEY, INTERDICT_FORM_SPKI,
				   signer);
	if (x509_goes_on(signer, err, &kept))
		err = x509_add_skid(skid, skid_len, signer);
	if (x509_goes_on(signer, err, &kept))
		err = add_publisher(cert, signer);
	return x509_goes_on(signer, err, &kept) ? kept : err;
}

int x509_claims(struct reader *reader, __u64 offset, __u64 len, enum interdict_source source,
		__u8 signer, struct interdict_claims *claims)
{
	const struct x509_signer to = { claims, source, signer };
	__u32 elements = X509_ELEMENTS;
	struct x509 cert;
	int err;

	err = x509_begin(&cert, reader, offset, len, &elements);
	return err ? err : x509_add(&cert, &to);
}
