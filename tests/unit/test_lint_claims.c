// SPDX-License-Identifier: GPL-2.0-or-later
/* Lint of rules by signer: what this system needs, what is installed on it, who is no vendor. */
#include <errno.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <sys/xattr.h>

#include "bpf/tables.h"
#include "orders.h"
#include "signed.h"
#include "tempdir.h"
#include "userspace/lint/lint_internal.h"

#define NOW	    1700000000
#define HASH	    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
#define ORDER(rest) ORDER_HEAD rest
#define CONTENT	    "not a module, but signed as one\n"

/* ---- authorities ---- */

struct name {
	const char *name;
	const char *by; /* or NULL: no authority */
};

static const struct name names[] = {
	{ "DigiCert, Inc.", "digicert" },
	{ "  DIGICERT   INC ", "digicert" },
	{ "Sectigo (UK) Limited", "sectigo" },
	{ "GlobalSign nv-sa", "globalsign" },
	{ "Entrust.net", "entrust" },
	{ "Let's Encrypt", "let's encrypt" },
	{ "Internet Security Research Group", "internet security research group" },
	{ "GoDaddy.com, Inc.", "godaddy" },
	{ "Unizeto Technologies S.A.", "unizeto" },
	{ "SSL Corporation", "ssl corporation" },
	{ "SSL Corp", "ssl corp" },
	{ "VeriSign, Inc.", "verisign" },
	{ "Symantec Time Stamping Services Signer - G4", "symantec" },
	{ "thawte, Inc.", "thawte" },
	{ "WoSign CA Limited", "wosign" },
	{ "Example Time  Stamping Authority", "time stamping" },
	{ "Example Timestamp 2024", "timestamp" },
	{ "Example TSA", "tsa" },
	{ "Example Root", "root" },
	{ "Example CA", "ca" },
	{ "Example-CA-2", "ca" },
	{ "Certification Authority of Example", "certification authority" },
	{ "Tencent Technology (Shenzhen) Company Limited", NULL },
	{ "Kaspersky Lab JSC", NULL },
	{ "Rootly Inc.", NULL },
	{ "Casablanca Software", NULL },
	{ "Entrustment Ltd.", NULL },
	{ "Tsarskoe Selo", NULL },
	{ "\xc3\x89"
	  "ca",
	  NULL }, /* a word of one letter more */
};

static void test_authorities(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *by = lint_authority(names[i].name);

		print_message("%s: %s\n", names[i].name, by ? by : "-");
		if (names[i].by)
			assert_string_equal(by ? by : "-", names[i].by);
		else
			assert_null(by);
	}
}

static void test_authority_rule(void **state)
{
	struct policy *p = order_parsed(
		ORDER("match:\n  - publisher: Example Inc.\n  - publisher: Sectigo Limited\n"));
	struct policy_errors errs = { 0 };

	(void)state;
	p->name = "p";
	assert_int_equal(lint_policy(p, 0, NOW, &errs), 0);
	assert_int_equal(errs.n, 1);
	assert_int_equal(errs.v[0].severity, POLICY_WARNING);
	assert_int_equal(errs.v[0].line, 9);
	assert_int_equal(errs.v[0].col, 16);
	assert_string_equal(
		errs.v[0].text,
		"publisher: by \"sectigo\" this names a certificate authority or a time "
		"stamping service: the rule matches what it signed itself, not what it "
		"certified or stamped");
	policy_errors_free(&errs);
	policy_free(p);
}

/* ---- files ---- */

/* Lints what a policy with this `match` says of claims; the problems are sorted. */
static void lint_match(const char *match, struct lint *l, struct policy_errors *errs)
{
	char text[2048];
	struct policy *p;

	snprintf(text, sizeof(text), ORDER("match:\n%s"), match);
	p = order_parsed(text);
	p->name = "p";
	l->policy = p;
	l->errs = errs;
	*errs = (struct policy_errors){ 0 };
	assert_int_equal(lint_claims(l), 0);
	policy_errors_sort(errs);
	policy_free(p);
}

static void claim(struct lint_file *file, enum interdict_kind kind, enum interdict_form form,
		  uint8_t byte, uint8_t len)
{
	struct interdict_claim *c;

	if (!file->claims)
		file->claims = calloc(1, sizeof(*file->claims));
	assert_non_null(file->claims);
	c = &file->claims->claim[file->claims->count++];
	c->kind = (__u8)kind;
	c->form = (__u8)form;
	c->len = len;
	memset(c->value, byte, len);
}

#define TWICE(x)   x x
#define BYTES32(b) TWICE(TWICE(TWICE(TWICE(TWICE(b)))))

struct critical {
	const char *match;
	const char *said; /* the beginning, or NULL: nothing */
};

static const struct critical criticals[] = {
	{ "  - fsverity: sha256:" BYTES32("01") "\n", "fsverity: this is " },
	{ "  - fsverity: sha512:" BYTES32("02") BYTES32("ff") "\n", "fsverity: this is " },
	{ "  - certificate: " BYTES32("03") "\n", "certificate: this signed " },
	{ "  - certificate: is:" BYTES32("04") "\n", "certificate: this signed " },
	{ "  - key: spki:" BYTES32("05") "\n", "key: this signed " },
	{ "  - key: skid:060606060606\n", "key: this signed " },
	{ "  - key: ima:07070707\n", "key: this signed " },
	{ "  - key: pgp:" BYTES32("08") "\n", "key: this signed " },
	/* another form, length, value, kind */
	{ "  - fsverity: sha512:" BYTES32("01") BYTES32("01") "\n", NULL },
	{ "  - certificate: is:" BYTES32("03") "\n", NULL },
	{ "  - key: skid:06060606\n", NULL },
	{ "  - key: skid:07070707\n", NULL },
	{ "  - key: spki:" BYTES32("03") "\n", NULL },
	{ "  - key: ima:06060606\n", NULL },
	{ "  - publisher: P\n", NULL },
};

static void test_critical_forms(void **state)
{
	struct lint_file file = { .path = "/sbin/needed", .why = "PID 1" };
	struct lint l = { .root = "", .files = { .v = &file, .n = 1 } };
	struct policy_errors errs;
	char expected[256];
	size_t i;

	(void)state;
	claim(&file, INTERDICT_KIND_FSVERITY, INTERDICT_FORM_SHA256, 1, 32);
	claim(&file, INTERDICT_KIND_FSVERITY, INTERDICT_FORM_SHA512, 2, 32);
	claim(&file, INTERDICT_KIND_CERTIFICATE, INTERDICT_FORM_DER, 3, 32);
	claim(&file, INTERDICT_KIND_CERTIFICATE, INTERDICT_FORM_IS, 4, 32);
	claim(&file, INTERDICT_KIND_KEY, INTERDICT_FORM_SPKI, 5, 32);
	claim(&file, INTERDICT_KIND_KEY, INTERDICT_FORM_SKID, 6, 6);
	claim(&file, INTERDICT_KIND_KEY, INTERDICT_FORM_IMA, 7, 4);
	claim(&file, INTERDICT_KIND_KEY, INTERDICT_FORM_PGP, 8, 32);
	for (i = 0; i < sizeof(criticals) / sizeof(criticals[0]); i++) {
		const struct critical *c = &criticals[i];

		print_message("%s", c->match);
		l.flags = 0;
		lint_match(c->match, &l, &errs);
		assert_int_equal(errs.n, c->said ? 1 : 0);
		if (!c->said)
			continue;
		snprintf(expected, sizeof(expected),
			 "%s/sbin/needed, needed: PID 1 (--allow-critical loads it anyway)",
			 c->said);
		assert_int_equal(errs.v[0].severity, POLICY_REFUSED);
		assert_int_equal(errs.v[0].line, 8);
		assert_string_equal(errs.v[0].text, expected);
		policy_errors_free(&errs);
		l.flags = LINT_ALLOW_CRITICAL;
		lint_match(c->match, &l, &errs);
		assert_int_equal(errs.n, 1);
		assert_int_equal(errs.v[0].severity, POLICY_WARNING);
		policy_errors_free(&errs);
	}
	free(file.claims);
}

/* By the claims that are in a file, each rule at its place; the same one in two orders twice. */
static void test_critical_signed(void **state)
{
	struct signer signer = signer_new("Vendor \xc3\x84 GmbH");
	struct policy_errors errs;
	struct lint l = { .root = "" };
	char match[1024];
	char der[65];
	char spki[65];
	size_t i;

	(void)state;
	signer_der(&signer, der);
	signer_spki(&signer, spki);
	tempdir_write("needed", CONTENT);
	signed_append(&signer, tempdir_path("needed"), CONTENT);
	assert_int_equal(lint_files_add(&l.files, tempdir_path("needed"), "a test"), 0);
	snprintf(match, sizeof(match),
		 "  - publisher: VENDOR  \xc3\xa4 gmbh\n  - certificate: %s\n  - key: spki:%s\n"
		 "  - publisher: Vendor\n  - certificate: " HASH "\n  - publisher: vendor \xc3\xa4 "
		 "GmbH\n",
		 der, spki);
	lint_match(match, &l, &errs);
	assert_int_equal(errs.n, 4);
	for (i = 0; i < 3; i++)
		assert_int_equal(errs.v[i].line, 8 + i);
	assert_int_equal(errs.v[3].line, 13);
	assert_int_equal(errs.count[POLICY_REFUSED], 4);
	snprintf(match, sizeof(match),
		 "publisher: this signed %s, needed: a test (--allow-critical loads it anyway)",
		 tempdir_path("needed"));
	assert_string_equal(errs.v[0].text, match);
	policy_errors_free(&errs);
	lint_files_free(&l.files);
	signer_free(&signer);
}

/* @path below the directory, signed. */
static void install(const struct signer *signer, const char *path)
{
	tempdir_write(path, CONTENT);
	signed_append(signer, tempdir_path(path), CONTENT);
}

static void test_installed(void **state)
{
	struct signer vendor = signer_new("Vendor");
	struct signer other = signer_new("Other");
	struct lint l = { .root = tempdir, .seconds = 60, .flags = LINT_INSTALLED };
	struct policy_errors errs;
	struct utsname kernel;
	char match[512];
	char path[512];
	char der[65];
	int i;

	(void)state;
	assert_int_equal(uname(&kernel), 0);
	signer_der(&other, der);
	install(&vendor, "boot/vmlinuz-1");
	install(&vendor, "boot/efi/EFI/a/shimx64.EFI");
	install(&vendor, "usr/lib/shim/x64/mmx64.efi.signed");
	for (i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "lib/modules/%s/kernel/drivers/%d.ko", kernel.release,
			 i);
		install(&vendor, path);
	}
	install(&other, "boot/vmlinuz-2");
	install(&other, "usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed");
	/* not looked at: other names and places, another kernel's */
	install(&other, "boot/initrd.img-1");
	install(&other, "boot/old/vmlinuz-1");
	install(&other, "boot/efi/EFI/a/grub.cfg");
	install(&other, "usr/lib/grub/x86_64-efi/a.mod");
	install(&other, "usr/bin/other");
	install(&other, "lib/modules/0.0.0-none/a.ko");
	snprintf(path, sizeof(path), "lib/modules/%s/modules.dep", kernel.release);
	install(&other, path);
	assert_int_equal(symlink(tempdir_path("boot/vmlinuz-2"), tempdir_path("boot/vmlinuz-3")),
			 0);
	snprintf(match, sizeof(match),
		 "  - publisher: vendor\n  - certificate: %s\n  - publisher: Nobody\n", der);
	lint_match(match, &l, &errs);
	assert_int_equal(errs.n, 2);
	assert_int_equal(errs.v[0].severity, POLICY_WARNING);
	assert_int_equal(errs.v[0].line, 8);
	assert_int_equal(errs.v[0].col, 16);
	assert_string_equal(errs.v[0].text,
			    "publisher: this also signed what is installed here: /boot/vmlinuz-1, "
			    "/boot/efi/EFI/a/shimx64.EFI, /usr/lib/shim/x64/mmx64.efi.signed and 4 "
			    "more");
	assert_int_equal(errs.v[1].line, 9);
	assert_string_equal(
		errs.v[1].text,
		"certificate: this also signed what is installed here: /boot/vmlinuz-2, "
		"/usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed");
	policy_errors_free(&errs);

	/* No time: says where it stopped. No such rules, or not asked for: looks at nothing. */
	l.seconds = 0;
	lint_match(match, &l, &errs);
	assert_int_equal(errs.n, 1);
	assert_string_equal(errs.v[0].file, "f");
	assert_non_null(strstr(errs.v[0].text, "up to /boot/vmlinuz-1: after 0 s no more was"));
	policy_errors_free(&errs);
	lint_match("  - build-id: aabbccdd\n  - fsverity: sha256:" HASH "\n", &l, &errs);
	assert_int_equal(errs.n, 0);
	l.flags = 0;
	lint_match(match, &l, &errs);
	assert_int_equal(errs.n, 0);
	signer_free(&vendor);
	signer_free(&other);
}

/* security.ima of programs: type 3, version 2, SHA-256 (4), key ID, length, signature. */
static void test_installed_ima(void **state)
{
	static const uint8_t ima[] = { 3, 2, 4, 0xaa, 0xbb, 0xcc, 0xdd, 0, 4, 1, 2, 3, 4 };
	struct lint l = { .root = tempdir, .seconds = 60, .flags = LINT_INSTALLED };
	struct policy_errors errs;

	(void)state;
	tempdir_write("usr/sbin/tool", "#!/bin/sh\n");
	if (geteuid() != 0) /* the attribute is root's to set */
		skip();
	assert_int_equal(
		setxattr(tempdir_path("usr/sbin/tool"), "security.ima", ima, sizeof(ima), 0), 0);
	lint_match("  - key: ima:AABBCCDD\n  - key: ima:aabbccde\n", &l, &errs);
	assert_int_equal(errs.n, 1);
	assert_int_equal(errs.v[0].line, 8);
	assert_string_equal(errs.v[0].text,
			    "key: this also signed what is installed here: /usr/sbin/tool");
	policy_errors_free(&errs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_authorities),
		cmocka_unit_test(test_authority_rule),
		cmocka_unit_test(test_critical_forms),
		cmocka_unit_test_setup_teardown(test_critical_signed, tempdir_setup,
						tempdir_teardown),
		cmocka_unit_test_setup_teardown(test_installed, tempdir_setup, tempdir_teardown),
		cmocka_unit_test_setup_teardown(test_installed_ima, tempdir_setup,
						tempdir_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
