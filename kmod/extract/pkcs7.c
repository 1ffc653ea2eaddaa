// SPDX-License-Identifier: GPL-2.0-only
#include "pkcs7.h"

#include "der.h"
#include "x509.h"

/* Headers read of one signature at most, those of nested ones included. One with 6 certificates and
 * a nested one of the same kind takes 200; each certificate that a signer is compared with, 7. */
#define PKCS7_ELEMENTS 4096

/* SignedData in one signature: itself and nested ones. Tools that add one by one (osslsigncode,
 * signtool /as) make two; a second hash algorithm is what they are for. */
#define PKCS7_NESTED 8

/* SignerInfos in all of them. Authenticode has one each, and claims have room for six. */
#define PKCS7_SIGNERS 16

/* Certificates in a set: chains are up to 4, of signer and time stamp; some carry all roots. */
#define PKCS7_CERTIFICATES 64

/* RFC 5652, 5.1: 1.2.840.113549.1.7.2. */
static const __u8 oid_signed_data[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02 };
/* Microsoft's SPC_NESTED_SIGNATURE: 1.3.6.1.4.1.311.2.4.1. */
static const __u8 oid_nested[] = { 0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x04, 0x01 };

/* All of it inlined would be one frame of more than 1 KiB. */
#define SEPARATE_FRAME __attribute__((__noinline__))

struct place {
	__u64 offset, len;
};

struct pkcs7 {
	struct reader *reader;
	struct x509_signer signer; /* number: of the one that is being read */
	__u32 elements;
	__u32 signers;
	int kept;		   /* the first -EBADMSG or -E2BIG */
	struct place certificates; /* from the set on, of this SignedData; len 0: no set */
	__u32 found;		   /* of signed_data */
	struct place signed_data[PKCS7_NESTED];
};

/* RFC 5652, 5.3, SignerIdentifier. */
struct signer_id {
	bool by_skid;
	struct x509_name_serial name_serial;
	__u32 skid_len;
	__u8 skid[X509_SKID_MAX];
};

/* An element, and all that is around it from there: what is behind it does not matter. */
static struct place from_here(const struct der *der, const struct der_element *element)
{
	return (struct place){ element->start, der->end[der->depth] - element->start };
}

static int read_signer_id(struct der *der, struct signer_id *id)
{
	struct der_element element;
	int err;

	err = der_next(der, &element);
	if (err)
		return err == DER_END ? -EBADMSG : err;
	id->by_skid = element.tag == DER_CONTEXT(0) || element.tag == DER_CONTEXT_CONS(0);
	if (id->by_skid)
		return der_octets(der, &element, id->skid, sizeof(id->skid), &id->skid_len);
	if (element.tag != DER_SEQUENCE)
		return -EBADMSG;
	err = der_enter(der, &element);
	if (!err)
		err = der_expect_range(der, DER_SEQUENCE, X509_FIELD_MAX, &id->name_serial.issuer);
	if (!err)
		err = der_expect_range(der, DER_INTEGER, X509_FIELD_MAX, &id->name_serial.serial);
	return err ? err : der_leave(der);
}

/* Is the certificate, of which x509_begin() was done, the one that is named? 1, 0 or an error. */
static int is_named(struct pkcs7 *pkcs7, struct x509 *cert, const struct signer_id *id)
{
	__u8 skid[X509_SKID_MAX];
	__u32 len;
	int ret;

	if (!id->by_skid) {
		/* The serial number first: it is shorter, and seldom the same. */
		ret = der_same(pkcs7->reader, &cert->id.serial, &id->name_serial.serial);
		if (ret > 0)
			ret = der_same(pkcs7->reader, &cert->id.issuer, &id->name_serial.issuer);
		return ret;
	}
	ret = x509_read_subject(cert);
	if (!ret)
		ret = x509_read_skid(cert, skid, &len);
	if (ret)
		return ret;
	return len && len == id->skid_len && !memcmp(skid, id->skid, len);
}

/*
 * Adds the claims of each certificate that the signer names: an issuer does not give a serial
 * number twice, but whoever makes the file may, and which of them a verifier takes is its own
 * affair. *named is set when there was one.
 */
static SEPARATE_FRAME int add_certificates(struct pkcs7 *pkcs7, const struct signer_id *id,
					   bool *named)
{
	const struct place *set = &pkcs7->certificates;
	struct der_element element;
	struct place place;
	struct x509 cert;
	struct der der;
	__u32 count = 0;
	int err, is, kept = 0;

	err = der_begin(&der, pkcs7->reader, set->offset, set->len, &pkcs7->elements);
	if (!err)
		err = der_expect_enter(&der, DER_CONTEXT_CONS(0));
	while (!err && !(err = der_next(&der, &element))) {
		if (++count > PKCS7_CERTIFICATES)
			return -E2BIG;
		/* CertificateChoices (RFC 5652, 10.2.2): the others are tagged. */
		if (element.tag != DER_SEQUENCE)
			continue;
		place = from_here(&der, &element);
		is = x509_begin(&cert, pkcs7->reader, place.offset, place.len, &pkcs7->elements);
		if (!is)
			is = is_named(pkcs7, &cert, id);
		if (is > 0) {
			*named = true;
			is = x509_add(&cert, &pkcs7->signer);
			if (!x509_goes_on(&pkcs7->signer, is, &pkcs7->kept))
				return is;
		} else if (!der_goes_on(is, &kept)) {
			return is;
		}
	}
	if (err != DER_END)
		return err;
	/* One that cannot be read may be the one that is named, where no other is. */
	return *named ? 0 : kept;
}

static int add_signer(struct pkcs7 *pkcs7, const struct signer_id *id)
{
	bool named = false;
	int err = 0;

	pkcs7->signer.number = claims_next_signer(pkcs7->signer.claims);
	if (pkcs7->certificates.len)
		err = add_certificates(pkcs7, id, &named);
	if (named || !x509_goes_on(&pkcs7->signer, err, &pkcs7->kept))
		return err;
	if (id->by_skid)
		return x509_add_skid(id->skid, id->skid_len, &pkcs7->signer);
	return x509_add_name_serial(pkcs7->reader, &id->name_serial, &pkcs7->signer);
}

/* Unsigned attributes (RFC 5652, 5.3): notes the nested signatures, all values of each. */
static int find_nested(struct pkcs7 *pkcs7, struct der *der)
{
	struct der_element element;
	bool is;
	int err;

	while (!(err = der_enter_named(der, oid_nested, sizeof(oid_nested), &is))) {
		if (is) {
			err = der_expect_enter(der, DER_SET);
			while (!err && !(err = der_next(der, &element))) {
				if (pkcs7->found == PKCS7_NESTED)
					return -E2BIG;
				pkcs7->signed_data[pkcs7->found++] = from_here(der, &element);
			}
			err = err == DER_END ? der_leave(der) : err;
		}
		if (!err)
			err = der_leave(der);
		if (err)
			return err;
	}
	return err == DER_END ? 0 : err;
}

/* RFC 5652, 5.3, SignerInfo; RFC 2315, 9.2, has the same fields. */
static SEPARATE_FRAME int read_signer(struct pkcs7 *pkcs7, const struct place *place)
{
	struct der_element element;
	struct signer_id id = {};
	struct der der;
	int err;

	err = der_begin(&der, pkcs7->reader, place->offset, place->len, &pkcs7->elements);
	if (!err)
		err = der_expect_enter(&der, DER_SEQUENCE);
	if (!err)
		err = der_expect(&der, DER_INTEGER, &element); /* version */
	if (!err)
		err = read_signer_id(&der, &id);
	if (err)
		return err;
	err = add_signer(pkcs7, &id);
	if (!x509_goes_on(&pkcs7->signer, err, &pkcs7->kept))
		return err;

	err = der_expect(&der, DER_SEQUENCE, &element); /* digestAlgorithm */
	if (!err)
		err = der_next(&der, &element);
	if (!err && element.tag == DER_CONTEXT_CONS(0)) /* signedAttrs */
		err = der_next(&der, &element);
	if (!err) /* signatureAlgorithm */
		err = element.tag == DER_SEQUENCE ? der_next(&der, &element) : -EBADMSG;
	if (err)
		return err == DER_END ? -EBADMSG : err;
	/* That was the signature. */
	err = der_next(&der, &element);
	if (err)
		return err == DER_END ? 0 : err;
	if (element.tag != DER_CONTEXT_CONS(1))
		return -EBADMSG;
	err = der_enter(&der, &element);
	return err ? err : find_nested(pkcs7, &der);
}

/* SignerInfos, of which one that cannot be read does not hide the others. */
static int read_signers(struct pkcs7 *pkcs7, struct der *der)
{
	struct der_element element;
	struct place place;
	int err;

	while (!(err = der_next(der, &element))) {
		if (pkcs7->signers++ == PKCS7_SIGNERS)
			return -E2BIG;
		place = from_here(der, &element);
		err = read_signer(pkcs7, &place);
		if (!x509_goes_on(&pkcs7->signer, err, &pkcs7->kept))
			return err;
	}
	return err == DER_END ? 0 : err;
}

/* RFC 5652, 3 and 5.1: ContentInfo with SignedData. */
static int read_signed_data(struct pkcs7 *pkcs7, const struct place *place)
{
	struct der_element element;
	struct der der;
	int err;

	pkcs7->certificates.len = 0;
	err = der_begin(&der, pkcs7->reader, place->offset, place->len, &pkcs7->elements);
	if (!err)
		err = der_expect_enter(&der, DER_SEQUENCE);
	if (!err)
		err = der_expect(&der, DER_OID, &element);
	if (err)
		return err;
	err = der_is_oid(&der, &element, oid_signed_data, sizeof(oid_signed_data));
	if (err <= 0)
		return err ? err : -EBADMSG;
	err = der_expect_enter(&der, DER_CONTEXT_CONS(0));
	if (!err)
		err = der_expect_enter(&der, DER_SEQUENCE);
	if (!err)
		err = der_expect(&der, DER_INTEGER, &element); /* version */
	if (!err)
		err = der_expect(&der, DER_SET, &element); /* digestAlgorithms */
	if (!err)
		err = der_expect(&der, DER_SEQUENCE, &element); /* encapContentInfo */
	if (!err)
		err = der_next(&der, &element);
	if (!err && element.tag == DER_CONTEXT_CONS(0)) {
		pkcs7->certificates = from_here(&der, &element);
		err = der_next(&der, &element);
	}
	if (!err && element.tag == DER_CONTEXT_CONS(1)) /* crls */
		err = der_next(&der, &element);
	if (err)
		return err == DER_END ? -EBADMSG : err;
	if (element.tag != DER_SET)
		return -EBADMSG;
	err = der_enter(&der, &element);
	return err ? err : read_signers(pkcs7, &der);
}

int pkcs7_claims(struct reader *reader, __u64 offset, __u64 len, enum interdict_source source,
		 struct interdict_claims *claims)
{
	struct pkcs7 pkcs7 = {
		.reader = reader,
		.signer = { .claims = claims, .source = source },
		.elements = PKCS7_ELEMENTS,
		.signed_data = { { offset, len } },
		.found = 1,
	};
	__u32 i;
	int err;

	/* Grows while it is walked, to PKCS7_NESTED. */
	for (i = 0; i < pkcs7.found; i++) {
		const struct place place = pkcs7.signed_data[i];

		err = read_signed_data(&pkcs7, &place);
		if (!x509_goes_on(&pkcs7.signer, err, &pkcs7.kept))
			return err;
	}
	return pkcs7.kept;
}
