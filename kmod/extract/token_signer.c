// SPDX-License-Identifier: GPL-2.0-only
#include "token_signer.h"

#include "reader_memory.h"
#include "x509.h"

/* Headers read of one message: a certificate is walked three times, and a chain has four. */
#define SIGNER_ELEMENTS 16384

/* RFC 5280: 2.5.29.19, .15 and .37; 2.5.29.37.0; 1.3.6.1.5.5.7.3.3. */
static const __u8 oid_constraints[] = { 0x55, 0x1d, 0x13 };
static const __u8 oid_usage[] = { 0x55, 0x1d, 0x0f };
static const __u8 oid_extended[] = { 0x55, 0x1d, 0x25 };
static const __u8 oid_any[] = { 0x55, 0x1d, 0x25, 0x00 };
static const __u8 oid_code_signing[] = { 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x03 };

/* KeyUsage is a BIT STRING: how many bits are not used, and digitalSignature the first that is. */
#define USAGE_BYTES		3
#define USAGE_DIGITAL_SIGNATURE 0x80

/* Begins a walk in the value of an extension. DER_END: there is no such extension. */
static int begin_extension(const struct x509 *cert, const __u8 *oid, __u32 len, struct der *der)
{
	struct der_element value;
	int err = x509_find_extension(cert, oid, len, &value);

	if (err)
		return err;
	return der_begin(der, cert->der.reader, value.content, value.len, cert->der.elements);
}

/* 1, 0 or an error. */
static int is_authority(const struct x509 *cert)
{
	struct der_element element;
	struct der der;
	__u32 len;
	__u8 yes;
	int err;

	err = begin_extension(cert, oid_constraints, sizeof(oid_constraints), &der);
	if (!err)
		err = der_expect_enter(&der, DER_SEQUENCE);
	if (!err)
		err = der_next(&der, &element);
	/* cA is left out where it is false. */
	if (err || element.tag != DER_BOOLEAN)
		return err == DER_END ? 0 : err;
	err = der_octets(&der, &element, &yes, sizeof(yes), &len);
	return err ? err : len == 1 && yes;
}

static int for_signatures(const struct x509 *cert)
{
	struct der_element element;
	__u8 bits[USAGE_BYTES];
	struct der der;
	__u32 len;
	int err;

	err = begin_extension(cert, oid_usage, sizeof(oid_usage), &der);
	if (err)
		return err == DER_END ? 1 : err;
	err = der_expect(&der, DER_BIT_STRING, &element);
	if (!err)
		err = der_octets(&der, &element, bits, sizeof(bits), &len);
	return err ? err : len >= 2 && bits[1] & USAGE_DIGITAL_SIGNATURE;
}

static int for_code(const struct x509 *cert)
{
	struct der_element element;
	struct der der;
	int err, is;

	err = begin_extension(cert, oid_extended, sizeof(oid_extended), &der);
	if (err)
		return err == DER_END ? 1 : err;
	err = der_expect_enter(&der, DER_SEQUENCE);
	while (!err && !(err = der_next(&der, &element))) {
		is = der_is_oid(&der, &element, oid_code_signing, sizeof(oid_code_signing));
		if (!is)
			is = der_is_oid(&der, &element, oid_any, sizeof(oid_any));
		if (is)
			return is;
	}
	return err == DER_END ? 0 : err;
}

static int check_certificate(struct reader *reader, const struct der_element *element,
			     __u32 *elements)
{
	const __u64 len = element->content + element->len - element->start;
	struct x509 cert;
	int is;

	is = x509_begin(&cert, reader, element->start, len, elements);
	if (!is)
		is = x509_read_subject(&cert);
	if (!is)
		is = is_authority(&cert);
	if (is)
		return is < 0 ? is : 0;
	is = for_signatures(&cert);
	if (is > 0)
		is = for_code(&cert);
	return is < 0 ? is : is ? 0 : -EKEYREJECTED;
}

static int check_certificates(struct der *der, const struct der_element *set, __u32 *elements)
{
	struct der_element element;
	int err = der_enter(der, set);

	while (!err && !(err = der_next(der, &element))) {
		if (element.tag != DER_SEQUENCE || element.indefinite)
			return -EBADMSG;
		err = check_certificate(der->reader, &element, elements);
	}
	return err == DER_END ? der_leave(der) : err;
}

/* The next element, of a definite length; with enter, into it. */
static int pass(struct der *der, __u8 tag, bool enter)
{
	struct der_element element;
	int err = der_expect(der, tag, &element);

	if (!err && element.indefinite)
		return -EBADMSG;
	return !err && enter ? der_enter(der, &element) : err;
}

static int check_message(struct der *der, __u32 *elements)
{
	struct der_element element;
	int err;

	err = pass(der, DER_SEQUENCE, true); /* ContentInfo */
	if (!err)
		err = pass(der, DER_OID, false);
	if (!err)
		err = pass(der, DER_CONTEXT_CONS(0), true);
	if (!err)
		err = pass(der, DER_SEQUENCE, true); /* SignedData */
	if (!err)
		err = pass(der, DER_INTEGER, false);
	if (!err)
		err = pass(der, DER_SET, false); /* digestAlgorithms */
	if (!err)
		err = pass(der, DER_SEQUENCE, false); /* encapContentInfo */
	if (!err)
		err = der_next(der, &element);
	if (!err && element.tag == DER_CONTEXT_CONS(0) && !element.indefinite) {
		err = check_certificates(der, &element, elements);
		if (!err)
			err = der_next(der, &element);
	}
	/* signerInfos, and no revocation lists in front of them. */
	if (!err && (element.tag != DER_SET || element.indefinite))
		err = -EBADMSG;
	if (err)
		return err;
	err = der_next(der, &element);
	return err == DER_END ? 0 : err ? err : -EBADMSG;
}

int token_signer_check(const void *bytes, __u32 len)
{
	__u32 elements = SIGNER_ELEMENTS;
	struct reader_memory memory;
	struct der der;
	int err;

	reader_memory_init(&memory, bytes, len);
	err = der_begin(&der, &memory.reader, 0, len, &elements);
	if (!err)
		err = check_message(&der, &elements);
	return err == DER_END ? -EBADMSG : err;
}
