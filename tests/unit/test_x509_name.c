// SPDX-License-Identifier: GPL-2.0-or-later
/* The publisher in a Name, of each type of string. */
#include "kmod/extract/x509_name.h"

#include "tests/unit/signing.h"

#include "kmod/extract/der.h"

struct part {
	const char *field;
	int type;
	const char *text;
	int len;
	int set; /* of X509_NAME_add_entry(): 0, -1 for the same RDN */
};

#define O     "O"
#define CN    "CN"
#define U8    V_ASN1_UTF8STRING
#define PRINT V_ASN1_PRINTABLESTRING
#define BMP   V_ASN1_BMPSTRING
#define T63   "012345678901234567890123456789012345678901234567890123456789012"
#define T64   "0123456789012345678901234567890123456789012345678901234567890123"
#define T256  T64 T64 T64 T64

#define TEXT(field, type, text)                        \
	{                                              \
		field, type, text, sizeof(text) - 1, 0 \
	}
#define SAME(field, type, text)                         \
	{                                               \
		field, type, text, sizeof(text) - 1, -1 \
	}
#define END                         \
	{                           \
		NULL, 0, NULL, 0, 0 \
	}

static const struct {
	const char *name;
	struct part parts[4];
	const char *publisher; /* NULL: none */
	int error;
} cases[] = {
	{ "UTF8String", { TEXT(O, U8, "\u817e\u8baf") }, "\u817e\u8baf", 0 },
	{ "PrintableString", { TEXT(O, PRINT, "Vendor, Inc.") }, "Vendor, Inc.", 0 },
	{ "IA5String", { TEXT(O, V_ASN1_IA5STRING, "Vendor & Co") }, "Vendor & Co", 0 },
	{ "NumericString", { TEXT(O, V_ASN1_NUMERICSTRING, "360") }, "360", 0 },
	{ "TeletexString", { TEXT(O, V_ASN1_T61STRING, "M\xfcller GmbH") }, "M\u00fcller GmbH", 0 },
	{ "BMPString", { TEXT(O, BMP, "\x81\x7e\x8b\xaf\0A\0\xe4") }, "\u817e\u8bafA\u00e4", 0 },
	{ "UniversalString",
	  { TEXT(O, V_ASN1_UNIVERSALSTRING, "\0\0\0A\0\x01\xf6\0") },
	  "A\U0001f600",
	  0 },
	{ "surrogates", { TEXT(O, BMP, "\0A\xd8\x3d\xde\x00\0B") }, "A\U0001f600B", 0 },
	{ "CN only", { TEXT(CN, U8, "Somebody") }, "Somebody", 0 },
	{ "neither", { TEXT("C", PRINT, "CA") }, NULL, 0 },
	{ "nothing at all", { END }, NULL, 0 },
	{ "O before CN", { TEXT(O, U8, "org"), TEXT(CN, U8, "name") }, "org", 0 },
	{ "CN before O",
	  { TEXT(CN, U8, "name"), TEXT(O, U8, "org"), TEXT("OU", U8, "unit") },
	  "org",
	  0 },
	{ "two O", { TEXT(O, U8, "first"), TEXT(CN, U8, "name"), TEXT(O, U8, "last") }, "last", 0 },
	{ "two CN",
	  { TEXT(CN, U8, "first"), TEXT(CN, U8, "last"), TEXT("OU", U8, "u") },
	  "last",
	  0 },
	{ "one RDN",
	  { TEXT("OU", U8, "unit"), SAME(O, U8, "org"), SAME(CN, U8, "name") },
	  "org",
	  0 },
	{ "white space", { TEXT(O, U8, " \t ") }, " \t ", 0 },
	{ "VisibleString", { TEXT(O, V_ASN1_VISIBLESTRING, "Vendor") }, "Vendor", 0 },
	{ "256 bytes", { TEXT(O, U8, T256) }, T256, 0 },
	{ "257 bytes", { TEXT(O, U8, T256 "x") }, NULL, -E2BIG },
	{ "256 bytes of Latin-1", { TEXT(O, V_ASN1_T61STRING, T256) }, T256, 0 },
	{ "longer in UTF-8", { TEXT(O, V_ASN1_T61STRING, "\xe4" T63 T64 T64 T64) }, NULL, -E2BIG },
	{ "257 letters", { TEXT(O, PRINT, T256 "x") }, NULL, -E2BIG },
	{ "no UTF-8", { TEXT(O, U8, "\xff") }, NULL, -EBADMSG },
	{ "NUL", { TEXT(O, U8, "A\0B") }, NULL, -EBADMSG },
	{ "NUL of two bytes", { TEXT(O, BMP, "\0A\0\0") }, NULL, -EBADMSG },
	{ "half a letter", { TEXT(O, BMP, "\0A\0") }, NULL, -EBADMSG },
	{ "half a long letter",
	  { TEXT(O, V_ASN1_UNIVERSALSTRING, "\0\0\0A\0\0") },
	  NULL,
	  -EBADMSG },
	{ "no letter", { TEXT(O, V_ASN1_UNIVERSALSTRING, "\0\x11\0\0") }, NULL, -EBADMSG },
	{ "surrogate as a letter",
	  { TEXT(O, V_ASN1_UNIVERSALSTRING, "\0\0\xd8\0") },
	  NULL,
	  -EBADMSG },
	{ "first surrogate", { TEXT(O, BMP, "\xd8\x3d\0A") }, NULL, -EBADMSG },
	{ "first surrogate at the end", { TEXT(O, BMP, "\0A\xd8\x3d") }, NULL, -EBADMSG },
	{ "second surrogate", { TEXT(O, BMP, "\xde\x00\0A") }, NULL, -EBADMSG },
	{ "two first surrogates", { TEXT(O, BMP, "\xd8\x3d\xd8\x3d") }, NULL, -EBADMSG },
	/* No falling back to what is not its O. */
	{ "no string",
	  { TEXT(CN, U8, "name"), TEXT(O, V_ASN1_BIT_STRING, "org") },
	  NULL,
	  -EBADMSG },
};

static size_t put(uint8_t *to, size_t at, int tag, const void *content, size_t len)
{
	unsigned char *header = to + at;

	ASN1_put_object(&header, tag & 0x20 ? 1 : 0, len, tag & 0x1f, V_ASN1_UNIVERSAL);
	at = header - to;
	memcpy(to + at, content, len);
	return at + len;
}

/* The content of a Name. */
static struct bytes make_name(const struct part *parts)
{
	uint8_t attribute[700], set[1000], name[2000];
	size_t len, set_len = 0, name_len = 0, i;
	ASN1_OBJECT *type;

	for (i = 0; i < 4 && parts[i].field; i++) {
		type = OBJ_txt2obj(parts[i].field, 0);
		len = put(attribute, 0, DER_OID, OBJ_get0_data(type), OBJ_length(type));
		len = put(attribute, len, parts[i].type, parts[i].text, parts[i].len);
		set_len = put(set, parts[i].set ? set_len : 0, DER_SEQUENCE, attribute, len);
		if (i == 3 || !parts[i + 1].set)
			name_len = put(name, name_len, DER_SET, set, set_len);
		ASN1_OBJECT_free(type);
	}
	return (struct bytes){ memcpy(malloc(name_len), name, name_len), name_len };
}

static int publisher_of(const struct bytes *bytes, char *name, __u32 *len)
{
	struct memory memory = memory_of(bytes);
	struct der_range all = { 0, bytes->len };
	__u32 elements = 100;

	return x509_publisher(&memory.reader, &all, &elements, name, len);
}

/* Of the names that OpenSSL takes, too: is the publisher what it says it is? */
static int openssl_agrees(const struct bytes *bytes, const char *publisher)
{
	uint8_t der[2000];
	const unsigned char *at = der;
	size_t len = put(der, 0, DER_SEQUENCE, bytes->at, bytes->len);
	X509_NAME *name = d2i_X509_NAME(NULL, &at, len);
	int nid, from, last = -1, is;
	unsigned char *utf8 = NULL;

	if (!name)
		return -1;
	for (nid = NID_organizationName; last < 0; nid = NID_commonName) {
		for (from = -1; (from = X509_NAME_get_index_by_NID(name, nid, from)) >= 0;)
			last = from;
		if (nid == NID_commonName)
			break;
	}
	if (last < 0) {
		X509_NAME_free(name);
		return !*publisher;
	}
	is = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, last)));
	is = is == (int)strlen(publisher) && !memcmp(utf8, publisher, is);
	OPENSSL_free(utf8);
	X509_NAME_free(name);
	return is;
}

static void names(void **state)
{
	unsigned int agreed = 0;
	char name[PUBLISHER_MAX], folded[PUBLISHER_MAX];
	__u32 len;
	size_t i;
	int err, is;

	(void)state;
	for (i = 0; i < COUNT_OF(cases); i++) {
		struct bytes bytes = make_name(cases[i].parts);
		const char *publisher = cases[i].publisher ? cases[i].publisher : "";

		err = publisher_of(&bytes, name, &len);
		if (!err && publisher_fold(name, len, folded) < 0)
			err = publisher_fold(name, len, folded);
		if (err != cases[i].error)
			fail_msg("%s: %d", cases[i].name, err);
		if (!err && (len != strlen(publisher) || memcmp(name, publisher, len) != 0))
			fail_msg("%s: %.*s", cases[i].name, (int)len, name);
		is = err ? -1 : openssl_agrees(&bytes, publisher);
		if (!is)
			fail_msg("%s: not what OpenSSL says", cases[i].name);
		agreed += is > 0;
		free(bytes.at);
	}
	assert_in_range(agreed, 15, COUNT_OF(cases));
	ERR_clear_error();
}

/* Of each length around what is read at once. */
static void lengths(void **state)
{
	char text[2 * 100], wanted[2 * 100 + 1] = "", name[PUBLISHER_MAX];
	__u32 i, len;

	(void)state;
	for (i = 0; i < 100; i++) {
		const struct part parts[4] = { { O, BMP, text, 2 * i, 0 } };
		struct bytes bytes = make_name(parts);

		assert_int_equal(publisher_of(&bytes, name, &len), 0);
		assert_int_equal(len, 2 * i);
		assert_memory_equal(name, wanted, len);
		free(bytes.at);
		text[2 * i] = 0x04;
		text[2 * i + 1] = 0x10 + i % 0x20;
		publisher_put_utf8(wanted + 2 * i, 0x410 + i % 0x20);
	}
}

/* Names that OpenSSL neither makes nor takes. */
static void odd_names(void **state)
{
	static const struct {
		uint8_t at[24];
		__u32 len;
		int error;
		const char *publisher;
	} odd[] = {
		{ { 0x31, 10, 0x30, 8, 6, 3, 85, 4, 10, 0x1a, 1, 'V' }, 12, 0, "V" },
		{ { 0x31, 10, 0x30, 8, 6, 3, 85, 4, 10, 4, 1, 'V' }, 12, -EBADMSG, "" },
		{ { 0x31, 10, 0x30, 8, 6, 3, 85, 4, 10, 0x0c, 1, 'V' }, 11, -EBADMSG, "" },
		{ { 0x31, 9, 0x30, 7, 6, 3, 85, 4, 10, 0x0c, 0 }, 11, 0, "" },
		{ { 0x31, 7, 0x30, 5, 6, 3, 85, 4, 10 }, 9, -EBADMSG, "" },
		{ { 0x31, 2, 0x30, 0 }, 4, -EBADMSG, "" },
		{ { 0x31, 0 }, 2, 0, "" },
		{ { 0x30, 0 }, 2, -EBADMSG, "" },
		/* BER: constructed strings are none of a certificate. */
		{ { 0x31, 12, 0x30, 10, 6, 3, 85, 4, 10, 0x2c, 3, 0x0c, 1, 'V' },
		  14,
		  -EBADMSG,
		  "" },
		{ { 0x31, 0x80, 0x30, 0x80, 6, 3, 85, 4, 10, 0x0c, 1, 'V' }, 12, -EBADMSG, "" },
		{ { 0x31, 0x80, 0x30, 0x80, 6, 3, 85, 4, 10, 0x0c, 1, 'V', 0, 0, 0, 0 },
		  16,
		  0,
		  "V" },
	};
	char name[PUBLISHER_MAX];
	__u32 len;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(odd); i++) {
		struct bytes bytes = { (uint8_t *)odd[i].at, odd[i].len };
		int err = publisher_of(&bytes, name, &len);

		if (err != odd[i].error || len != strlen(odd[i].publisher) ||
		    memcmp(name, odd[i].publisher, len) != 0)
			fail_msg("case %zu: %d, %u bytes", i, err, len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(lengths),
		cmocka_unit_test(odd_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
