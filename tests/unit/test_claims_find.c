// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * All claims of a file, of each format: made by the tools that sign such files, with keys made for
 * it, and compared with what OpenSSL says of the certificate. What a file may cost.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kmod/extract/claims.h"
#include "run.h"

#define FILE_MAX (256 * 1024)

/* A reader that fails the test when it is asked for what is outside, and counts. */
struct memory {
	struct reader reader;
	const uint8_t *bytes;
	uint64_t filled; /* what is behind is zero */
	unsigned int reads, pages;
	uint64_t last_page;
	unsigned int fail_at;
	int error;
};

static int read_memory(struct reader *reader, __u64 offset, void *buf, __u32 len)
{
	struct memory *memory = (struct memory *)reader;
	uint64_t page;

	assert_true(offset <= reader->size && len <= reader->size - offset);
	if (++memory->reads == memory->fail_at)
		return memory->error;
	for (page = offset >> 12; len && page <= (offset + len - 1) >> 12; page++) {
		memory->pages += page != memory->last_page;
		memory->last_page = page;
	}
	memset(buf, 0, len);
	if (offset < memory->filled)
		memcpy(buf, memory->bytes + offset,
		       len < memory->filled - offset ? len : memory->filled - offset);
	return 0;
}

static uint8_t bytes[FILE_MAX];
static struct interdict_claims claims;
static struct memory memory;

static int find(uint64_t filled, uint64_t size)
{
	memory.reader = (struct reader){ .read = read_memory, .size = size };
	memory.bytes = bytes;
	memory.filled = filled;
	memory.reads = memory.pages = 0;
	memory.last_page = UINT64_MAX;
	memset(&claims, 0, sizeof(claims));
	return claims_find(&memory.reader, &claims);
}

static const struct interdict_claim *claim_of(enum interdict_kind kind, enum interdict_form form,
					      unsigned int n)
{
	uint32_t i;

	for (i = 0; i < claims.count; i++)
		if (claims.claim[i].kind == kind && claims.claim[i].form == form && !n--)
			return &claims.claim[i];
	return NULL;
}

/* The n-th certificate claimed is that of the file name.der. */
static void expect_certificate(unsigned int n, const char *name, enum interdict_source source)
{
	const struct interdict_claim *claim =
		claim_of(INTERDICT_KIND_CERTIFICATE, INTERDICT_FORM_DER, n);
	char command[256], hex[128];

	assert_non_null(claim);
	assert_int_equal(claim->source, source);
	snprintf(command, sizeof(command), "sha256sum <%s.der | cut -c 1-64 >hex", name);
	run(command);
	hex[slurp("hex", hex, sizeof(hex))] = '\0';
	assert_true(is_hex_of(hex, claim->value, 32));
}

static void put(uint32_t at, unsigned int len, uint64_t value)
{
	unsigned int i;

	for (i = 0; i < len; i++)
		bytes[at + i] = value >> 8 * i;
}

/* The smallest image that the tools take: headers, and a section of code. */
static void make_pe(bool plus)
{
	const uint32_t pe = 64, optional = pe + 24, section = optional + (plus ? 240 : 224);

	memset(bytes, 0, 1024);
	memcpy(bytes, "MZ", 2);
	put(60, 4, pe);
	memcpy(bytes + pe, "PE\0", 4);
	put(pe + 4, 2, plus ? 0x8664 : 0x14c);
	put(pe + 6, 2, 1);
	put(pe + 20, 2, plus ? 240 : 224);
	put(pe + 22, 2, plus ? 0x22 : 0x102);
	put(optional, 2, plus ? 0x20b : 0x10b);
	put(optional + 4, 4, 512);
	put(optional + 16, 4, 0x1000);
	put(optional + 20, 4, 0x1000);
	put(optional + 32, 4, 0x1000);
	put(optional + 36, 4, 512);
	put(optional + 40, 2, 6);
	put(optional + 48, 2, 6);
	put(optional + 56, 4, 0x2000);
	put(optional + 60, 4, 512);
	put(optional + 68, 2, 10);
	put(optional + (plus ? 108 : 92), 4, 16);
	memcpy(bytes + section, ".text", 5);
	put(section + 8, 4, 512);
	put(section + 12, 4, 0x1000);
	put(section + 16, 4, 512);
	put(section + 20, 4, 512);
	put(section + 36, 4, 0x60000020);
	memset(bytes + 512, 0xc3, 512);
	spill("plain.exe", bytes, 1024);
}

/* Keys and certificates of two vendors under one authority. */
static int make_keys(void **state)
{
	if (tempdir_setup(state))
		return -1;
	run("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes "
	    "-keyout ca.key -out ca.pem -subj '/O=The Authority/CN=CA' -days 30");
	run("echo extendedKeyUsage=codeSigning >extensions; for i in a b; do "
	    "openssl req -newkey rsa:2048 -nodes -keyout $i.key -out $i.csr "
	    "-subj \"/O=Vendor $i/CN=signs\" && "
	    "openssl x509 -req -in $i.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 "
	    "-out $i.pem -extfile extensions && "
	    "openssl x509 -in $i.pem -outform DER -out $i.der || exit 1; done");
	return 0;
}

static void of_osslsigncode(void **state)
{
	size_t len;
	int plus;

	(void)state;
	for (plus = 0; plus < 2; plus++) {
		make_pe(plus);
		assert_int_equal(find(1024, 1024), 0);
		assert_int_equal(claims.count, 0);
		assert_int_equal(claims.flags, 0);

		run("rm -f s.exe n.exe; osslsigncode sign -certs a.pem -ac ca.pem -key a.key "
		    "-h sha256 -in plain.exe -out s.exe");
		len = slurp("s.exe", bytes, sizeof(bytes));
		assert_int_equal(find(len, len), 0);
		assert_int_equal(claims.flags, 0);
		expect_certificate(0, "a", INTERDICT_SOURCE_PE);
		assert_null(claim_of(INTERDICT_KIND_CERTIFICATE, INTERDICT_FORM_DER, 1));
		assert_non_null(claim_of(INTERDICT_KIND_PUBLISHER, INTERDICT_FORM_NAME, 0));
		assert_string_equal(claims.names, "Vendor a");
		assert_true(memory.pages <= 6);

		/* Bytes behind it change nothing. */
		assert_int_equal(find(len, len + 100000), 0);
		expect_certificate(0, "a", INTERDICT_SOURCE_PE);

		run("osslsigncode sign -nest -certs b.pem -ac ca.pem -key b.key -h sha256 "
		    "-in s.exe -out n.exe");
		len = slurp("n.exe", bytes, sizeof(bytes));
		assert_int_equal(find(len, len), 0);
		expect_certificate(0, "a", INTERDICT_SOURCE_PE);
		expect_certificate(1, "b", INTERDICT_SOURCE_PE);
		assert_null(claim_of(INTERDICT_KIND_CERTIFICATE, INTERDICT_FORM_DER, 2));
	}
}

/* Images for secure boot have an entry for each signer. */
static void of_sbsign(void **state)
{
	size_t len;

	(void)state;
	make_pe(true);
	run("sbsign --key a.key --cert a.pem --output s.efi plain.exe && "
	    "sbsign --key b.key --cert b.pem --output t.efi s.efi && sbverify --cert b.pem t.efi");
	len = slurp("t.efi", bytes, sizeof(bytes));
	assert_int_equal(find(len, len), 0);
	assert_int_equal(claims.flags, 0);
	expect_certificate(0, "a", INTERDICT_SOURCE_PE);
	expect_certificate(1, "b", INTERDICT_SOURCE_PE);
}

/* Appends a signature as the kernel's sign-file does. Returns the new length. */
static size_t append(size_t len, const char *signature)
{
	size_t sig_len = slurp(signature, bytes + len, sizeof(bytes) - len);
	const uint8_t trailer[] = { 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, sig_len >> 8, sig_len };

	len += sig_len;
	memcpy(bytes + len, trailer, sizeof(trailer));
	memcpy(bytes + len + sizeof(trailer), "~Module signature appended~\n", 28);
	return len + sizeof(trailer) + 28;
}

/* As on modules: without certificates, by issuer and serial number, or by key. */
static void of_modules(void **state)
{
	const struct interdict_claim *claim;
	char skid[128];
	size_t len;

	(void)state;
	memset(bytes, 0, 8192);
	memcpy(bytes, "\177ELF\2\1\1", 7);
	spill("content", bytes, 8192);
	run("openssl cms -sign -binary -noattr -nocerts -md sha256 -signer a.pem -inkey a.key "
	    "-in content -outform DER -out is.p7 && "
	    "openssl cms -sign -binary -noattr -nocerts -keyid -md sha256 -signer ca.pem "
	    "-inkey ca.key -in content -outform DER -out skid.p7 && "
	    "openssl x509 -in ca.pem -noout -ext subjectKeyIdentifier | tail -n 1 | "
	    "tr -d ': \\n' >skid");
	/* One behind the other: both. */
	len = append(append(8192, "is.p7"), "skid.p7");
	assert_int_equal(find(len, len), 0);
	assert_int_equal(claims.flags, 0);
	claim = claim_of(INTERDICT_KIND_CERTIFICATE, INTERDICT_FORM_IS, 0);
	assert_non_null(claim);
	assert_int_equal(claim->source, INTERDICT_SOURCE_APPENDED);
	claim = claim_of(INTERDICT_KIND_KEY, INTERDICT_FORM_SKID, 0);
	assert_non_null(claim);
	skid[slurp("skid", skid, sizeof(skid))] = '\0';
	assert_int_equal(claim->len, 20);
	assert_true(is_hex_of(skid, claim->value, 20));
}

/* Behind content of any kind. */
static void appended_to_anything(void **state)
{
	static const char *const heads[] = { "MZ", "PK\3\4", "\177ELF", "#!/bin/sh\n", "" };
	size_t i, len;

	(void)state;
	run("echo content >content; "
	    "openssl cms -sign -binary -noattr -md sha256 -signer a.pem -inkey a.key -in content "
	    "-outform DER -out p7");
	for (i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		memcpy(bytes, heads[i], strlen(heads[i]));
		len = append(strlen(heads[i]), "p7");
		assert_int_equal(find(len, len), 0);
		expect_certificate(0, "a", INTERDICT_SOURCE_APPENDED);
	}
}

static void compressed(void **state)
{
	static const struct {
		const char *head;
		size_t len;
		uint32_t flags;
	} heads[] = {
		{ "\375"
		  "7zXZ\0",
		  6, INTERDICT_CLAIMS_COMPRESSED },
		{ "\375"
		  "7zXZ",
		  5, 0 },
		{ "\375"
		  "7zXY\0",
		  6, 0 },
		{ "\050\265\057\375", 4, INTERDICT_CLAIMS_COMPRESSED },
		{ "\050\265\057", 3, 0 },
		{ "\037\213", 2, INTERDICT_CLAIMS_COMPRESSED },
		{ "\037", 1, 0 },
		{ "", 0, 0 },
		{ "MZ", 2, 0 },
		{ "\177ELF", 4, 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		memcpy(bytes, heads[i].head, heads[i].len);
		assert_int_equal(find(heads[i].len, heads[i].len), 0);
		assert_int_equal(claims.flags, heads[i].flags);
		assert_int_equal(claims.count, 0);
		if (!heads[i].len)
			continue;
		assert_int_equal(find(heads[i].len, heads[i].len == 5 ? 5 : 1000), 0);
		assert_int_equal(claims.flags, heads[i].flags);
	}
}

/* What is not signed costs a look at both ends, and one whether it is a ZIP file. */
static void cheap(void **state)
{
	(void)state;
	memset(bytes, 0, 64);
	memcpy(bytes, "\177ELF\2\1\1", 7);
	assert_int_equal(find(64, 100ULL << 20), 0);
	assert_int_equal(memory.reads, 4);
	assert_int_equal(memory.pages, 3);
	assert_int_equal(find(64, UINT64_MAX), 0);
	assert_int_equal(memory.reads, 4);
	make_pe(true);
	assert_int_equal(find(1024, 100ULL << 20), 0);
	assert_true(memory.reads <= 9);
	assert_int_equal(memory.pages, 3);
}

/* Sections without end, of an AppImage: as many pages as are allowed, and it is said. */
static void endless(void **state)
{
	(void)state;
	memset(bytes, 0, sizeof(bytes));
	memcpy(bytes, "\177ELF\2\1\1", 7);
	memcpy(bytes + 8, "AI\2", 3);
	put(40, 8, 4096); /* sections */
	put(58, 2, 64);
	put(60, 2, 65535);
	put(4096 + 32, 8, 1ULL << 30); /* names: of all sections the first byte */
	assert_int_equal(find(8192, 1ULL << 40), 0);
	assert_int_equal(claims.flags, INTERDICT_CLAIMS_MORE);
	assert_true(memory.pages <= CLAIMS_PAGES && memory.pages > CLAIMS_PAGES - 3);
}

/* The reader's errors come through, and are never taken for a format's. */
static void errors(void **state)
{
	static const int errors[][2] = {
		{ -EIO, -EIO },	    { -EINTR, -EINTR }, { -ENOMEM, -ENOMEM },
		{ -EBADMSG, -EIO }, { -E2BIG, -EIO },
	};
	unsigned int reads;
	size_t i, len;

	(void)state;
	run("osslsigncode sign -certs a.pem -key a.key -h sha256 -in plain.exe -out e.exe");
	len = slurp("e.exe", bytes, sizeof(bytes));
	assert_int_equal(find(len, len), 0);
	reads = memory.reads;
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		memory.error = errors[i][0];
		for (memory.fail_at = 1; memory.fail_at <= reads; memory.fail_at++)
			assert_int_equal(find(len, len), errors[i][1]);
	}
	memory.fail_at = 0;
}

/* What was found before an error holds, but where the content changes or nobody waits. */
static void settled(void **state)
{
	struct interdict_claims some = { .count = 1, .flags = INTERDICT_CLAIMS_MALFORMED };

	(void)state;
	assert_int_equal(claims_settle(&some, -EAGAIN), -EAGAIN);
	assert_int_equal(claims_settle(&some, -EINTR), -EINTR);
	assert_int_equal(claims_settle(&some, 0), 0);
	assert_int_equal(some.flags, INTERDICT_CLAIMS_MALFORMED);
	assert_int_equal(claims_settle(&some, -ENOMEM), 0);
	assert_int_equal(some.count, 1);
	assert_int_equal(some.flags, INTERDICT_CLAIMS_MALFORMED | INTERDICT_CLAIMS_UNREAD);
}

/* Every prefix of a signed image: no error, and never another certificate. */
static void truncated(void **state)
{
	uint8_t value[32];
	const struct interdict_claim *claim;
	size_t len, n;

	(void)state;
	len = slurp("e.exe", bytes, sizeof(bytes));
	assert_int_equal(find(len, len), 0);
	claim = claim_of(INTERDICT_KIND_CERTIFICATE, INTERDICT_FORM_DER, 0);
	assert_non_null(claim);
	memcpy(value, claim->value, sizeof(value));
	for (n = 0; n < len; n++) {
		assert_int_equal(find(n, n), 0);
		claim = claim_of(INTERDICT_KIND_CERTIFICATE, INTERDICT_FORM_DER, 0);
		if (claim)
			assert_memory_equal(claim->value, value, sizeof(value));
		else if (n > 1024)
			assert_int_equal(claims.flags, INTERDICT_CLAIMS_MALFORMED);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_osslsigncode), cmocka_unit_test(of_sbsign),
		cmocka_unit_test(of_modules),	   cmocka_unit_test(appended_to_anything),
		cmocka_unit_test(compressed),	   cmocka_unit_test(cheap),
		cmocka_unit_test(endless),	   cmocka_unit_test(errors),
		cmocka_unit_test(settled),	   cmocka_unit_test(truncated),
	};

	return cmocka_run_group_tests(tests, make_keys, tempdir_teardown);
}
