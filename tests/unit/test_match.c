// SPDX-License-Identifier: GPL-2.0-or-later
/* The entries of `match`: every kind of identifier, right and wrong. */
#include <errno.h>

#include "orders.h"

/* Entries begin at line 8. */
#define ORDER(entries) ORDER_HEAD "match:\n" entries
#define HEX20	       "0123456789abcdef0123456789abcdef01234567"
#define HEX32	       "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

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
	/* kinds that come later */
	{ ORDER("  - fsverity: " HEX32 "\n"), 8, 15, "fsverity: is written sha256:HEX, sha512:HEX",
	  0 },
	{ ORDER("  - fsverity: sha1:" HEX20 "\n"), 8, 15,
	  "fsverity: is written sha256:HEX, sha512:HEX", 0 },
	{ ORDER("  - fsverity: sha512:" HEX32 "\n"), 8, 15,
	  "fsverity: has 64 hex digits; 128 are needed", 0 },
	{ ORDER("  - certificate: sha1:" HEX20 "\n"), 8, 18,
	  "certificate: is written der:HEX, is:HEX", 0 },
	{ ORDER("  - certificate: " HEX20 "\n"), 8, 18,
	  "certificate: has 40 hex digits; 64 are needed", 0 },
	{ ORDER("  - certificate: is:xy\n"), 8, 21, "certificate: character 4 is not a hex digit",
	  0 },
	{ ORDER("  - key: " HEX32 "\n"), 8, 10,
	  "key: is written spki:HEX, skid:HEX, ima:HEX, pgp:HEX", 0 },
	{ ORDER("  - key: ima:aabb\n"), 8, 10, "key: has 4 hex digits; 8 are needed", 0 },
	{ ORDER("  - key: pgp:aabbccdd\n"), 8, 10,
	  "key: has 8 hex digits; an even number from 40 to 64 is needed", 0 },
	{ ORDER("  - key: spki:\n"), 8, 14,
	  "not YAML: mapping values are not allowed in this context", 0 },
	{ ORDER("  - publisher: '  '\n"), 8, 16, "publisher: is blank", 0 },
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

struct unenforced {
	const char *text;
	uint32_t col;
	const char *message;
};

static const struct unenforced unenforced[] = {
	{ ORDER("  - fsverity: sha256:" HEX32 "\n"), 15,
	  "fsverity rules cannot be enforced by this version" },
	{ ORDER("  - certificate: " HEX32 "\n"), 18,
	  "certificate rules cannot be enforced by this version" },
	{ ORDER("  - key: skid:" HEX20 "\n"), 10, "key rules cannot be enforced by this version" },
	{ ORDER("  - publisher: Tencent Technology (Shenzhen) Company Limited\n"), 16,
	  "publisher rules cannot be enforced by this version" },
	{ ORDER("  - package: {type: deb, name: wechat*}\n"), 14,
	  "package rules cannot be enforced by this version" },
};

/* Refused by name at a load, reported by a check, kept where asked for. */
static void test_unenforced(void **state)
{
	struct policy *p;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(unenforced) / sizeof(unenforced[0]); i++) {
		const char *text = unenforced[i].text;
		struct policy_errors errs = { 0 };

		p = NULL;
		assert_int_equal(policy_parse_order(text, strlen(text), "f", 0, &p, &errs),
				 -EOPNOTSUPP);
		assert_null(p);
		assert_int_equal(errs.n, 1);
		assert_int_equal(errs.v[0].severity, POLICY_REFUSED);
		assert_int_equal(errs.v[0].line, 8);
		assert_int_equal(errs.v[0].col, unenforced[i].col);
		assert_string_equal(errs.v[0].text, unenforced[i].message);
		assert_int_equal(policy_errors_status(&errs), 4);
		assert_int_equal(policy_parse_order(text, strlen(text), "f",
						    POLICY_UNENFORCED_REPORT, &p, &errs),
				 0);
		assert_int_equal(p->n_rules, 1);
		policy_free(p);
		assert_int_equal(errs.n, 2);
		assert_int_equal(policy_parse_order(text, strlen(text), "f", POLICY_UNENFORCED_KEEP,
						    &p, &errs),
				 0);
		assert_int_equal(p->n_rules, 1);
		policy_free(p);
		assert_int_equal(errs.n, 2);
		policy_errors_free(&errs);
	}
}

struct form {
	const char *text;
	enum policy_kind kind;
	enum policy_form form;
	size_t len;
};

static const struct form forms[] = {
	{ "sha256: " HEX32, POLICY_KIND_SHA256, POLICY_FORM_NONE, 32 },
	{ "fsverity: sha256:" HEX32, POLICY_KIND_FSVERITY, POLICY_FORM_FSVERITY_SHA256, 32 },
	{ "fsverity: sha512:" HEX32 HEX32, POLICY_KIND_FSVERITY, POLICY_FORM_FSVERITY_SHA512, 64 },
	{ "build-id: 9f86d081", POLICY_KIND_BUILD_ID, POLICY_FORM_NONE, 4 },
	{ "build-id: " HEX32, POLICY_KIND_BUILD_ID, POLICY_FORM_NONE, 32 },
	{ "certificate: " HEX32, POLICY_KIND_CERTIFICATE, POLICY_FORM_CERTIFICATE_DER, 32 },
	{ "certificate: der:" HEX32, POLICY_KIND_CERTIFICATE, POLICY_FORM_CERTIFICATE_DER, 32 },
	{ "certificate: is:" HEX32, POLICY_KIND_CERTIFICATE, POLICY_FORM_CERTIFICATE_IS, 32 },
	{ "key: spki:" HEX32, POLICY_KIND_KEY, POLICY_FORM_KEY_SPKI, 32 },
	{ "key: skid:9F86D081884c", POLICY_KIND_KEY, POLICY_FORM_KEY_SKID, 6 },
	{ "key: ima:9f86d081", POLICY_KIND_KEY, POLICY_FORM_KEY_IMA, 4 },
	{ "key: pgp:9f86d0810000000000000000000000000000abcd", POLICY_KIND_KEY, POLICY_FORM_KEY_PGP,
	  20 },
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

static void test_entries(void **state)
{
	static const char text[] =
		ORDER("  - sha256: " HEX32 "\n    size: 4\n    note: main binary\n"
		      "    source: https://example.org/17\n    status: verified\n"
		      "  - {status: unverified, publisher: Kaspersky Lab}\n"
		      "  - package:\n      type: flatpak\n      name: com.tencent.*\n"
		      "      origin: flathub\n");
	const struct policy_rule *r;
	struct policy *p = order_parsed(text);

	(void)state;
	assert_int_equal(p->orders[0].n_rules, 3);
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
	policy_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rejections),
		cmocka_unit_test(test_unenforced),
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_entries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
