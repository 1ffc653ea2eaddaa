// SPDX-License-Identifier: GPL-2.0-or-later
/* The entries of `match`: every kind of identifier, right and wrong. */
#include <errno.h>

#include "orders.h"

/* Entries begin at line 8. */
#define ORDER(entries) ORDER_HEAD "match:\n" entries
#define HEX20	       "0123456789abcdef0123456789abcdef01234567"
#define HEX32	       "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

#define A16  "aaaaaaaaaaaaaaaa"
#define A64  A16 A16 A16 A16
#define A256 A64 A64 A64 A64

static const struct rejection rejections[] = {
	{ ORDER("  - x\n"), 8, 5, "an entry of match is a mapping, not text", 0 },
	{ ORDER("  - [sha256]\n"), 8, 5, "an entry of match is a mapping, not a sequence", 0 },
	{ ORDER("  -\n"), 8, 4, "an entry of match is a mapping, not text", 0 },
	{ ORDER("  - {}\n"), 8, 5, "this entry of match has no identifier and no list", 0 },
	{ ORDER("  - note: n\n"), 8, 5, "this entry of match has no identifier and no list", 0 },
	{ ORDER("  - md5: 0011\n    build-id: aabbccdd\n"), 8, 5,
	  "unknown key \"md5\" in an entry of match", 0 },
	{ ORDER("  - build-id: aabbccdd\n    sha256: " HEX32 "\n"), 9, 13,
	  "sha256: this entry has build-id already; an entry has one identifier or list", 0 },
	{ ORDER("  - build-id: aabbccdd\n    list: lists/x\n"), 9, 11,
	  "list: this entry has build-id already; an entry has one identifier or list", 0 },
	/* sha256, size */
	{ ORDER("  - sha256: " HEX20 "\n"), 8, 13, "sha256: has 40 hex digits; 64 are needed", 0 },
	{ ORDER("  - sha256: " HEX32 "0\n"), 8, 13, "sha256: has 65 hex digits; 64 are needed", 0 },
	{ ORDER("  - sha256: " HEX32 "00\n"), 8, 13, "sha256: has 66 hex digits; 64 are needed",
	  0 },
	{ ORDER("  - sha256: 9f86d081g84c\n"), 8, 21, "sha256: character 9 is not a hex digit", 0 },
	{ ORDER("  - sha256: '9f86g'\n"), 8, 13, "sha256: character 5 is not a hex digit", 0 },
	{ ORDER("  - sha256: sha256:" HEX32 "\n"), 8, 13, "sha256: character 1 is not a hex digit",
	  0 },
	{ ORDER("  - sha256: 0x12\n"), 8, 14, "sha256: character 2 is not a hex digit", 0 },
	{ ORDER("  - sha256:\n"), 8, 12, "sha256: is empty", 0 },
	{ ORDER("  - sha256: [" HEX32 "]\n"), 8, 13, "sha256: expected text, not a sequence", 0 },
	{ ORDER("  - sha256: " HEX32 "\n    size: 0\n"), 9, 11,
	  "size: 0 is the empty file, which cannot be banned", 0 },
	{ ORDER("  - sha256: " HEX32 "\n    size: 4k\n"), 9, 12,
	  "size: \"4k\" is not a decimal number", 0 },
	{ ORDER("  - sha256: " HEX32 "\n    size: 9223372036854775808\n"), 9, 11,
	  "size: 9223372036854775808 is too large", 0 },
	{ ORDER("  - size: 4\n    sha256: " HEX32 "\n    size: 5\n"), 10, 5,
	  "key \"size\" is there already, at line 8", 0 },
	{ ORDER("  - build-id: aabbccdd\n    size: 4\n"), 9, 11, "size: goes with sha256 only", 0 },
	/* remarks */
	{ ORDER("  - build-id: aabbccdd\n    status: checked\n"), 9, 13,
	  "status: \"checked\" is not one of verified, unverified", 0 },
	{ ORDER("  - build-id: aabbccdd\n    note: [n]\n"), 9, 11,
	  "note: expected text, not a sequence", 0 },
	{ ORDER("  - build-id: aabbccdd\n    source: ''\n"), 9, 13, "source: is empty", 0 },
	/* build-id */
	{ ORDER("  - build-id: aabbcc\n"), 8, 15,
	  "build-id: has 6 hex digits; an even number from 8 to 64 is needed", 0 },
	{ ORDER("  - build-id: aabbccdde\n"), 8, 15,
	  "build-id: has 9 hex digits; an even number from 8 to 64 is needed", 0 },
	{ ORDER("  - build-id: " HEX32 "aa\n"), 8, 15,
	  "build-id: has 66 hex digits; an even number from 8 to 64 is needed", 0 },
	{ ORDER("  - build-id: aabb-ccdd\n"), 8, 19, "build-id: character 5 is not a hex digit",
	  0 },
	/* list */
	{ ORDER("  - list: lists/x\n"), 8, 11,
	  "list: \"lists/x\": lists can be named only in a policy's directory", 0 },
	/* fsverity */
	{ ORDER("  - fsverity: " HEX32 "\n"), 8, 15, "fsverity: is written sha256:HEX, sha512:HEX",
	  0 },
	{ ORDER("  - fsverity: sha1:" HEX20 "\n"), 8, 15,
	  "fsverity: is written sha256:HEX, sha512:HEX", 0 },
	{ ORDER("  - fsverity: sha256:" HEX20 "\n"), 8, 15,
	  "fsverity: has 40 hex digits; 64 are needed", 0 },
	{ ORDER("  - fsverity: sha512:" HEX32 "\n"), 8, 15,
	  "fsverity: has 64 hex digits; 128 are needed", 0 },
	{ ORDER("  - fsverity: sha512:" HEX32 HEX32 "00\n"), 8, 15,
	  "fsverity: has 130 hex digits; 128 are needed", 0 },
	{ ORDER("  - fsverity: SHA256:" HEX32 "\n"), 8, 15,
	  "fsverity: is written sha256:HEX, sha512:HEX", 0 },
	/* certificate */
	{ ORDER("  - certificate: sha1:" HEX20 "\n"), 8, 18,
	  "certificate: is written der:HEX, is:HEX", 0 },
	{ ORDER("  - certificate: " HEX20 "\n"), 8, 18,
	  "certificate: has 40 hex digits; 64 are needed", 0 },
	{ ORDER("  - certificate: der:" HEX32 "00\n"), 8, 18,
	  "certificate: has 66 hex digits; 64 are needed", 0 },
	{ ORDER("  - certificate: is:xy\n"), 8, 21, "certificate: character 4 is not a hex digit",
	  0 },
	{ ORDER("  - certificate: CN=Example\n"), 8, 19,
	  "certificate: character 2 is not a hex digit", 0 },
	/* key */
	{ ORDER("  - key: " HEX32 "\n"), 8, 10,
	  "key: is written spki:HEX, skid:HEX, ima:HEX, pgp:HEX", 0 },
	{ ORDER("  - key: ssh:" HEX32 "\n"), 8, 10,
	  "key: is written spki:HEX, skid:HEX, ima:HEX, pgp:HEX", 0 },
	{ ORDER("  - key: spki:" HEX20 "\n"), 8, 10, "key: has 40 hex digits; 64 are needed", 0 },
	{ ORDER("  - key: skid:aabbcc\n"), 8, 10,
	  "key: has 6 hex digits; an even number from 8 to 64 is needed", 0 },
	{ ORDER("  - key: skid:" HEX32 "00\n"), 8, 10,
	  "key: has 66 hex digits; an even number from 8 to 64 is needed", 0 },
	{ ORDER("  - key: ima:aabb\n"), 8, 10, "key: has 4 hex digits; 8 are needed", 0 },
	{ ORDER("  - key: ima:aabbccddee\n"), 8, 10, "key: has 10 hex digits; 8 are needed", 0 },
	{ ORDER("  - key: ima:aabb ccdd\n"), 8, 18, "key: character 9 is not a hex digit", 0 },
	{ ORDER("  - key: pgp:aabbccdd\n"), 8, 10, "key: has 8 hex digits; 40 or 64 are needed",
	  0 },
	{ ORDER("  - key: pgp:" HEX20 "aabb\n"), 8, 10,
	  "key: has 44 hex digits; 40 or 64 are needed", 0 },
	{ ORDER("  - key: spki:\n"), 8, 14,
	  "not YAML: mapping values are not allowed in this context", 0 },
	/* publisher */
	{ ORDER("  - publisher:\n"), 8, 15, "publisher: is empty", 0 },
	{ ORDER("  - publisher: ''\n"), 8, 16, "publisher: is empty", 0 },
	{ ORDER("  - publisher: '  '\n"), 8, 16, "publisher: is blank", 0 },
	{ ORDER("  - publisher: \"\\u2003\\u3000\\u00a0\"\n"), 8, 16, "publisher: is blank", 0 },
	{ ORDER("  - publisher: " A256 "a\n"), 8, 16,
	  "publisher: has 257 bytes; a name has at most 256", 0 },
	{ ORDER("  - publisher: '"
		"\xc3\xa4" A64 A64 A64 A16 A16 A16 "aaaaaaaaaaaaaaa'\n"),
	  8, 16, "publisher: has 257 bytes; a name has at most 256", 0 },
	{ ORDER("  - publisher: {name: x}\n"), 8, 16, "publisher: expected text, not a mapping",
	  0 },
	{ ORDER("  - publisher: P\n    size: 4\n"), 9, 11, "size: goes with sha256 only", 0 },
	{ ORDER("  - publisher: P\n    certificate: " HEX32 "\n"), 9, 18,
	  "certificate: this entry has publisher already; an entry has one identifier or list", 0 },
	/* package */
	{ ORDER("  - package: com.tencent.wechat\n"), 8, 14,
	  "package: expected a mapping, not text", 0 },
	{ ORDER("  - package: {name: x}\n"), 8, 14, "key \"type\" is missing in a package", 0 },
	{ ORDER("  - package: {type: msi, name: x}\n"), 8, 21,
	  "type: \"msi\" is not one of deb, rpm, flatpak, snap, appimage", 0 },
	{ ORDER("  - package: {type: deb}\n"), 8, 14,
	  "package: give at least one of name, maintainer, vendor, origin", 0 },
	{ ORDER("  - package: {type: deb, name: '*', vendor: '**'}\n"), 8, 14,
	  "package: these patterns match every package", 0 },
	{ ORDER("  - package: {type: deb, name: x, version: 1}\n"), 8, 35,
	  "unknown key \"version\" in a package", 0 },
};

static void test_rejections(void **state)
{
	(void)state;
	check_rejections(TABLE(rejections), order_rejected);
}

/* A kind without bytes of its own: what it stands for is found on the device. */
static void test_package(void **state)
{
	static const char text[] = ORDER("  - package: {type: deb, name: wechat*}\n");
	struct policy_errors errs = { 0 };
	struct policy *p = NULL;

	(void)state;
	assert_int_equal(policy_parse_order(text, strlen(text), "f", 0, &p, &errs), 0);
	assert_int_equal(p->n_rules, 1);
	assert_int_equal(p->orders[0].rules[0].id.len, 0);
	assert_null(p->resolution);
	policy_free(p);
	assert_int_equal(errs.n, 0);
	policy_errors_free(&errs);
}

static void test_enforced(void **state)
{
	enum policy_kind kind;

	(void)state;
	for (kind = 0; kind < POLICY_KIND_COUNT; kind++)
		assert_int_equal(policy_kind_enforced(kind), true);
	assert_false(policy_kind_enforced(POLICY_KIND_COUNT));
}

struct form {
	const char *text;
	enum policy_kind kind;
	enum interdict_form form;
	size_t len;
};

static const struct form forms[] = {
	{ "sha256: " HEX32, POLICY_KIND_SHA256, INTERDICT_FORM_NONE, 32 },
	{ "fsverity: sha256:" HEX32, POLICY_KIND_FSVERITY, INTERDICT_FORM_SHA256, 32 },
	{ "fsverity: sha512:" HEX32 HEX32, POLICY_KIND_FSVERITY, INTERDICT_FORM_SHA512, 32 },
	{ "build-id: 9f86d081", POLICY_KIND_BUILD_ID, INTERDICT_FORM_NONE, 4 },
	{ "build-id: " HEX32, POLICY_KIND_BUILD_ID, INTERDICT_FORM_NONE, 32 },
	{ "certificate: " HEX32, POLICY_KIND_CERTIFICATE, INTERDICT_FORM_DER, 32 },
	{ "certificate: der:" HEX32, POLICY_KIND_CERTIFICATE, INTERDICT_FORM_DER, 32 },
	{ "certificate: is:" HEX32, POLICY_KIND_CERTIFICATE, INTERDICT_FORM_IS, 32 },
	{ "key: spki:" HEX32, POLICY_KIND_KEY, INTERDICT_FORM_SPKI, 32 },
	{ "key: skid:9F86D081884c", POLICY_KIND_KEY, INTERDICT_FORM_SKID, 6 },
	{ "key: ima:9f86d081", POLICY_KIND_KEY, INTERDICT_FORM_IMA, 4 },
	{ "key: skid:9f86d081", POLICY_KIND_KEY, INTERDICT_FORM_SKID, 4 },
	{ "key: skid:" HEX32, POLICY_KIND_KEY, INTERDICT_FORM_SKID, 32 },
	{ "key: pgp:9f86d0810000000000000000000000000000abcd", POLICY_KIND_KEY, INTERDICT_FORM_PGP,
	  20 },
	{ "key: pgp:" HEX32, POLICY_KIND_KEY, INTERDICT_FORM_PGP, 32 },
};

static void test_forms(void **state)
{
	const struct policy_rule *r;
	struct policy *p;
	char text[512];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		snprintf(text, sizeof(text), ORDER("  - %s\n"), forms[i].text);
		p = order_parsed(text);
		r = &p->orders[0].rules[0];
		assert_int_equal(r->id.kind, forms[i].kind);
		assert_int_equal(r->id.form, forms[i].form);
		assert_int_equal(r->id.len, forms[i].len);
		assert_int_equal(r->id.value[0], 0x9f);
		assert_int_equal(r->id.value[3], 0x81);
		policy_free(p);
	}
}

/* Bytes behind len are zero, also where longer hex was written. */
static void test_padding(void **state)
{
	static const uint8_t zeros[POLICY_IDENTIFIER_MAX];
	const struct policy_rule *r;
	struct policy *p;
	char text[512];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		snprintf(text, sizeof(text), ORDER("  - %s\n"), forms[i].text);
		p = order_parsed(text);
		r = &p->orders[0].rules[0];
		assert_memory_equal(r->id.value + r->id.len, zeros,
				    sizeof(r->id.value) - r->id.len);
		policy_free(p);
	}
}

/* Names that are one name for people have one value; the text stays as it was written. */
static void test_publisher(void **state)
{
	static const char *const names[] = {
		"Tencent Technology (Shenzhen) Company Limited",
		"TENCENT TECHNOLOGY (SHENZHEN) COMPANY LIMITED",
		"'  tencent  technology (shenzhen) company limited '",
		"\"Tencent\\u00a0Technology\\u2003 (Shenzhen) Company Limited\"",
	};
	/* SHA-256 of the first name in small letters. */
	static const uint8_t expected[32] = { 0x0f, 0xef, 0x2e, 0x12, 0x55, 0x84, 0x12, 0xde,
					      0x6b, 0x9d, 0xf6, 0x00, 0x65, 0x41, 0x6c, 0x8d,
					      0x87, 0xb5, 0x32, 0x89, 0x1f, 0x69, 0xba, 0x63,
					      0xe6, 0x4a, 0xcc, 0x6f, 0xef, 0x70, 0x9d, 0xd7 };
	const struct policy_rule *r;
	struct policy *p;
	char text[512];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(text, sizeof(text), ORDER("  - publisher: %s\n"), names[i]);
		p = order_parsed(text);
		r = &p->orders[0].rules[0];
		assert_int_equal(r->id.kind, POLICY_KIND_PUBLISHER);
		assert_int_equal(r->id.form, INTERDICT_FORM_NAME);
		assert_int_equal(r->id.len, 32);
		assert_memory_equal(r->id.value, expected, sizeof(expected));
		assert_non_null(r->text);
		policy_free(p);
	}
	/* As long as it may be, and other letters than ASCII's. */
	p = order_parsed(ORDER("  - publisher: " A256 "\n  - publisher: АО Лаборатория\n"
			       "  - publisher: ао лаборатория\n"
			       "  - publisher: \"\\uff31\\uff31\"\n"
			       "  - publisher: \"\\uff51\\uff51\"\n"));
	r = p->orders[0].rules;
	assert_int_equal(r[0].id.len, 32);
	assert_string_equal(r[1].text, "АО Лаборатория");
	assert_memory_equal(r[1].id.value, r[2].id.value, 32);
	assert_memory_equal(r[3].id.value, r[4].id.value, 32);
	assert_memory_not_equal(r[0].id.value, r[1].id.value, 32);
	assert_memory_not_equal(r[1].id.value, r[3].id.value, 32);
	policy_free(p);
}

static void test_entries(void **state)
{
	static const char text[] =
		ORDER("  - sha256: " HEX32 "\n    size: 4\n    note: main binary\n"
		      "    source: https://example.org/17\n    status: verified\n"
		      "  - {status: unverified, publisher: Kaspersky Lab}\n"
		      "  - package:\n      type: flatpak\n      name: com.tencent.*\n"
		      "      origin: flathub\n"
		      "  - package: {type: rpm, vendor: Vendor*, maintainer: '*@example.org'}\n");
	const struct policy_rule *r;
	struct policy *p = order_parsed(text);

	(void)state;
	assert_int_equal(p->orders[0].n_rules, 4);
	r = &p->orders[0].rules[0];
	assert_true(r->has_size);
	assert_int_equal(r->size, 4);
	assert_string_equal(r->remark.note, "main binary");
	assert_string_equal(r->remark.source, "https://example.org/17");
	assert_int_equal(r->remark.status, POLICY_STATUS_VERIFIED);
	assert_int_equal(r->at.line, 8);
	assert_int_equal(r->at.col, 13);
	r++;
	assert_string_equal(r->text, "Kaspersky Lab");
	assert_int_equal(r->remark.status, POLICY_STATUS_UNVERIFIED);
	assert_false(r->has_size);
	r++;
	assert_string_equal(r->package->type, "flatpak");
	assert_string_equal(r->package->name, "com.tencent.*");
	assert_string_equal(r->package->origin, "flathub");
	assert_null(r->package->vendor);
	r++;
	assert_string_equal(r->package->vendor, "Vendor*");
	assert_string_equal(r->package->maintainer, "*@example.org");
	assert_null(r->package->name);
	policy_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rejections), cmocka_unit_test(test_package),
		cmocka_unit_test(test_enforced),   cmocka_unit_test(test_forms),
		cmocka_unit_test(test_padding),	   cmocka_unit_test(test_publisher),
		cmocka_unit_test(test_entries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
