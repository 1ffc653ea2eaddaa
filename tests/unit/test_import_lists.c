// SPDX-License-Identifier: GPL-2.0-or-later
/* Import of what is lines: sha256sum lists, abuse.ch CSV, the kernel's blacklist. */
#include <errno.h>

#include "importing.h"
#include "run.h"

#define FEWER "malformed: a SHA-256 has 64 hex digits; this line has fewer"

static const struct import_case sums[] = {
	{ "", "", "", 0, false },
	{ HASH1 "  a name\n", "1111 a name", "", 0, false },
	{ HASH1 " *a", "1111 a", "", 0, false },
	{ HASH1 "\n" HASH2, "1111; 2222", "", 0, false },
	{ HASH1 " 77\n" HASH2 " 78 x y\n", "1111 77; 2222 78 x y", "", 0, false },
	{ "# c\n\n" HASH1 "  a\r\n" HASH2 "\r\n", "1111 a; 2222", "", 0, false },
	{ "\xef\xbb\xbf" HASH1 "  a\n", "1111 a", "", 0, false },
	{ "\\" HASH1 "  a\\nb\n", "1111 a\\nb", "", 0, false },
	{ "AAAA" HASH1 "\n", "",
	  "1:65 malformed: after the SHA-256's 64 hex digits a space is needed", 0, false },
	/* What acts on a terminal is escaped, and names are cut. */
	{ HASH1 "  a\x1b[31m\xe2\x80\xae\xff\n", "1111 a\\x1b[31m\\xe2\\x80\\xae\\xff", "", 0,
	  false },
	/* Other kinds, by digits. */
	{ MD5 "  a\n" SHA1 " *b\n" SHA224 "\n" SHA384 "  c\n" SHA512 "  d\n", "",
	  "1:1 md5; 2:1 sha1; 3:1 sha224; 4:1 sha384; 5:1 sha512", 0, false },
	{ "\\" MD5 "  a\\nb\n", "", "1:1 md5", 0, false },
	/* By tag, of coreutils and of openssl. */
	{ "SHA256 (a (b) = c) = " HASH1 "\n", "1111 a (b) = c", "", 0, false },
	{ "SHA256(a)= " HASH1 "\nSHA2-256(b)= " HASH2 "\n", "1111 a; 2222 b", "", 0, false },
	{ "\\SHA256 (a\\nb) = " HASH1 "\n", "1111 a\\nb", "", 0, false },
	{ "MD5 (a) = " MD5 "\nSHA1 (a) = " SHA1 "\nSHA224 (a) = " SHA224 "\nSHA384 (a) = " SHA384
	  "\nSHA512 (a) = " SHA512 "\nSHA3-256 (a) = " HASH1 "\nBLAKE2b (a) = " SHA512
	  "\nSM3 (a) = " HASH1 "\n",
	  "",
	  "1:1 md5; 2:1 sha1; 3:1 sha224; 4:1 sha384; 5:1 sha512; 6:1 sha3; 7:1 other-hash; "
	  "8:1 other-hash",
	  0, false },
	{ "SHA256 (a) = " MD5 "\n", "",
	  "1:1 malformed: \"" MD5 "\" does not have the 64 hex digits of a SHA-256", 0, false },
	{ "SHA256 (a) " HASH1 "\n", "",
	  "1:1 malformed: not a hex digit; a line begins with a SHA-256", 0, false },
	/* What is left is refused by the words of a policy's lists, at their column. */
	{ "hello\n", "", "1:1 malformed: not a hex digit; a line begins with a SHA-256", 0, false },
	{ "1234  a\n", "", "1:5 " FEWER, 0, false },
	{ HASH1 "\ta\n", "", "1:65 malformed: after the SHA-256's 64 hex digits a space is needed",
	  0, false },
	{ HASH1 " 0 a\n", "", "1:66 malformed: size 0 is the empty file, which cannot be banned", 0,
	  false },
	{ "  " HASH1 "\n", "", "1:1 " FEWER, 0, false },
	{ EMPTY "  __init__.py\n", "", "1:1 empty-file", 0, false },
	/* Duplicates: of the same size, and those that know less. */
	{ HASH1 "  a\n" HASH1 "  b\n", "1111 a", "", 1, false },
	{ HASH1 "\n" HASH1 "  b\n" HASH1 " 5 c\n", "1111 5 b", "", 2, false },
	{ HASH1 " 5\n" HASH1 "  b\n" HASH1 " 5 c\n", "1111 5 b", "", 2, false },
	{ HASH1 " 5\n" HASH1 " 6\n" HASH1 " 5\n", "1111 5; 1111 6", "", 1, false },
	{ HASH2 "\n" HASH1 "\n" HASH2 "\n" HASH3 "\n", "2222; 1111; 3333", "", 1, false },
};

static void test_sums(void **state)
{
	(void)state;
	check_imports(IMPORT_SHA256SUM, TABLE(sums));
}

static int sums_rejected(const char *buf, size_t len, struct policy_errors *errs)
{
	return import_rejected(IMPORT_SHA256SUM, buf, len, errs);
}

static void test_sums_rejections(void **state)
{
	static const struct rejection rejections[] = {
		{ "\xff\xfe"
		  "1\0",
		  0, 0, "is UTF-16; convert it to UTF-8 (iconv -t UTF-8)", 4 },
		{ "\xfe\xff\0"
		  "1",
		  0, 0, "is UTF-16; convert it to UTF-8 (iconv -t UTF-8)", 4 },
	};

	(void)state;
	check_rejections(TABLE(rejections), sums_rejected);
}

/* Lines as long as they may be, and longer; bytes come one at a time, too. */
static ssize_t one_byte(struct import_source *source, void *buf, size_t len)
{
	if (!source->left || !len)
		return 0;
	*(char *)buf = *source->bytes++;
	source->left--;
	return 1;
}

static void test_long_lines(void **state)
{
	static const size_t lengths[] = { IMPORT_LINE_MAX - 1, IMPORT_LINE_MAX, 3 * IMPORT_LINE_MAX,
					  (2U << 20) + 7 };
	static const struct import_options how = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		for (int slow = 0; slow < 2; slow++) {
			size_t len = lengths[i] + sizeof("\n" HASH2 "  b\n") - 1;
			char *text = malloc(len);
			struct import_source source = import_source_memory(text, len);
			struct policy_errors errs = { 0 };
			struct import *im = NULL;

			assert_non_null(text);
			memset(text, 'x', lengths[i]);
			memcpy(text, HASH1 "  ", 66);
			memcpy(text + lengths[i], "\n" HASH2 "  b\n", len - lengths[i]);
			if (slow)
				source.read = one_byte;
			assert_int_equal(
				import_read(&source, "f", IMPORT_SHA256SUM, &how, &im, &errs), 0);
			assert_int_equal(im->imported, lengths[i] < IMPORT_LINE_MAX ? 2 : 1);
			assert_int_equal(im->refused[IMPORT_MALFORMED],
					 lengths[i] < IMPORT_LINE_MAX ? 0 : 1);
			assert_int_equal(im->rows[im->n_rows - 1].at.line, 2);
			if (im->n_rows == 2)
				assert_int_equal(strlen(im->rows[0].note), IMPORT_NOTE_MAX);
			import_free(im);
			policy_errors_free(&errs);
			free(text);
		}
}

/* What the tools themselves write of a few hundred files. */
static void test_tools(void **state)
{
	static const char *const commands[] = {
		"sha256sum f*",
		"sha256sum -b f*",
		"sha256sum --tag f*",
		"openssl dgst -sha256 f*",
		"sha256sum f* | cut -c -64",
		"sha256sum f* | sed 's/$/\\r/'",
	};
	char expected[65536];
	char text[131072];

	(void)state;
	run("for i in $(seq 300); do echo $i >f$i; done; echo x >'f a\\b'; echo y >'f\nz'");
	run("sha256sum f* | sed 's/^\\\\//' | cut -c -64 >expected");
	expected[slurp("expected", expected, sizeof(expected))] = '\0';
	for (size_t c = 0; c < sizeof(commands) / sizeof(commands[0]); c++) {
		struct policy_errors errs = { 0 };
		struct import *im = NULL;
		struct imported out;
		char command[128];
		size_t len;

		snprintf(command, sizeof(command), "%s >list", commands[c]);
		/* openssl and cut have no escapes: a line feed in a name is one. */
		run(c == 3 || c == 4 ? "rm -f 'f\nz' 'f a\\b'" : "true");
		if (c == 3)
			run("sha256sum f* | cut -c -64 >expected");
		expected[slurp("expected", expected, sizeof(expected))] = '\0';
		run(command);
		len = slurp("list", text, sizeof(text));
		import_text_of(IMPORT_SHA256SUM, text, len, false, &out, &im, &errs);
		assert_string_equal(out.refused, "");
		assert_int_equal(im->imported, c < 3 ? 302 : 300);
		for (size_t i = 0; i < im->n_rows; i++) {
			expected[65 * i + 64] = '\0';
			assert_true(is_hex_of(expected + 65 * i, im->rows[i].value, 32));
		}
		import_free(im);
		policy_errors_free(&errs);
	}
}

/* ---- abuse.ch ---- */

/* As the exports begin: with CR LF, a space behind each comma, the last comment naming columns. */
#define BAZAAR                                                                 \
	"################################################################\r\n" \
	"# MalwareBazaar recent malware samples (CSV)                   #\r\n" \
	"#\r\n"                                                                \
	"# \"first_seen_utc\",\"sha256_hash\",\"md5_hash\",\"sha1_hash\",\"file_name\",\"signature\"\r\n"
#define BAZAAR_ROW(hash, name, signature)                                           \
	"\"2024-01-01 00:00:00\", \"" hash "\", \"" MD5 "\", \"" SHA1 "\", \"" name \
	"\", \"" signature "\"\r\n"
#define THREATFOX                                                                           \
	"# ThreatFox IOCs: recent additions - CSV format\r\n"                               \
	"# \"first_seen_utc\",\"ioc_id\",\"ioc_value\",\"ioc_type\",\"malware_printable\"," \
	"\"reference\"\r\n"
#define THREATFOX_ROW(value, type) \
	"\"2024-01-01 00:00:00\", \"7\", \"" value "\", \"" type "\", \"Vidar\", \"None\"\r\n"
#define COLUMNS "malformed: has 3 columns; 6 are named above"

static const struct import_case abusech[] = {
	{ BAZAAR, "", "", 0, false },
	{ BAZAAR BAZAAR_ROW(HASH1, "a.exe", "Vidar") BAZAAR_ROW(HASH2, "b, c", "n/a"),
	  "1111 a.exe, Vidar; 2222 b, c", "", 0, false },
	{ BAZAAR BAZAAR_ROW(HASH1, "n/a", "n/a"), "1111", "", 0, false },
	{ BAZAAR BAZAAR_ROW(HASH1, "a \"\"b\"\"", "n/a"), "1111 a \"b\"", "", 0, false },
	/* A name with a line end is a name, not a row. */
	{ BAZAAR BAZAAR_ROW(HASH1, "a\r\n\"\", \"\"" HASH2 "\"\"", "n/a")
		  BAZAAR_ROW(HASH3, "c", "n/a"),
	  "1111 a\\x0a\", \"" HASH2 "\"; 3333 c", "", 0, false },
	{ BAZAAR BAZAAR_ROW(MD5, "a", "b"), "",
	  "5:1 malformed: \"" MD5 "\" does not have the 64 hex digits of a SHA-256", 0, false },
	{ BAZAAR BAZAAR_ROW("n/a", "a", "b"), "",
	  "5:1 malformed: \"\" does not have the 64 hex digits of a SHA-256", 0, false },
	{ BAZAAR BAZAAR_ROW(EMPTY, "a", "b"), "", "5:1 empty-file", 0, false },
	{ BAZAAR "\"1\", \"" HASH1 "\", \"3\"\r\n", "", "5:1 " COLUMNS, 0, false },
	{ BAZAAR "\"1\"x, \"" HASH1 "\"\r\n" BAZAAR_ROW(HASH2, "b", "n/a"), "2222 b",
	  "5:1 malformed: text behind the closing quote of a field", 0, false },
	{ BAZAAR "a \"b\" c,2\r\n", "", "5:1 malformed: a quote inside of a field without quotes",
	  0, false },
	/* Without quotes, and with the header as a row. */
	{ "first_seen_utc,sha256_hash\n1 , " HASH1 "\n", "1111", "", 0, false },
	{ THREATFOX THREATFOX_ROW(HASH1, "sha256_hash") THREATFOX_ROW(MD5, "md5_hash")
		  THREATFOX_ROW(SHA1, "sha1_hash") THREATFOX_ROW(SHA384, "sha3_384_hash")
			  THREATFOX_ROW("192.0.2.1:80", "ip:port") THREATFOX_ROW(
				  "x.example", "domain") THREATFOX_ROW("x", "sha256_hashes")
				  THREATFOX_ROW("x", "foo_hash"),
	  "1111 Vidar",
	  "4:1 md5; 5:1 sha1; 6:1 sha3; 7:1 not-a-hash; 8:1 not-a-hash; 9:1 not-a-hash; "
	  "10:1 other-hash",
	  0, false },
	/* Two exports, one behind the other. */
	{ BAZAAR BAZAAR_ROW(HASH1, "a", "n/a") "# Number of entries: 1\r\n" THREATFOX THREATFOX_ROW(
		  HASH2, "sha256_hash") "# Number of entries: 1\r\n",
	  "1111 a; 2222 Vidar", "", 0, false },
};

static void test_abusech(void **state)
{
	(void)state;
	check_imports(IMPORT_ABUSECH, TABLE(abusech));
}

static int abusech_rejected(const char *buf, size_t len, struct policy_errors *errs)
{
	return import_rejected(IMPORT_ABUSECH, buf, len, errs);
}

static void test_abusech_rejections(void **state)
{
	static const char columns[] = "no line up to here names the columns sha256_hash, or "
				      "ioc_value and ioc_type, as exports of MalwareBazaar and "
				      "ThreatFox do";
	static const char endless[] = "a quote in this record is never closed";
	static const struct rejection rejections[] = {
		{ BAZAAR_ROW(HASH1, "a", "b"), 1, 1, columns, 0 },
		{ "# Listingdate,SHA1,Listingreason\n2024," SHA1 ",x\n", 2, 1, columns, 0 },
		{ "# \"ioc_value\",\"x\"\n1,2\n", 2, 1, columns, 0 },
		{ HASH1 "  a\n", 1, 1, columns, 0 },
		{ BAZAAR "\"2024\", \"" HASH1 "\r\n1\r\n2\r\n", 5, 1, endless, 0 },
		{ BAZAAR "\n\"", 6, 1, endless, 0 },
	};
	char *text = malloc(200000);
	struct policy_errors errs = { 0 };

	(void)state;
	check_rejections(TABLE(rejections), abusech_rejected);
	/* Not for ever. */
	assert_non_null(text);
	strcpy(text, BAZAAR "\"");
	for (size_t i = strlen(text); i < 200000; i++)
		text[i] = i % 100 ? 'x' : '\n';
	assert_int_equal(abusech_rejected(text, 200000, &errs), -EBADMSG);
	assert_string_equal(errs.v[0].text, endless);
	assert_int_equal(errs.v[0].line, 5);
	policy_errors_free(&errs);
	free(text);
}

/* What the file says of itself. */
static void test_abusech_cut(void **state)
{
	static const struct {
		const char *text;
		const char *warning; /* or NULL */
	} cases[] = {
		{ BAZAAR BAZAAR_ROW(HASH1, "a", "b") "# Number of entries: 1\r\n", NULL },
		{ BAZAAR BAZAAR_ROW(HASH1, "a", "b") "# Number of entries: 2\r\n",
		  "the file says that it has 2 entries, and has 1: it may not be whole" },
		{ BAZAAR "x\r\n# Number of entries: 0",
		  "the file says that it has 0 entries, and has "
		  "1: it may not be whole" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct policy_errors errs = { 0 };
		struct imported out;

		import_text_of(IMPORT_ABUSECH, cases[i].text, strlen(cases[i].text), false, &out,
			       NULL, &errs);
		assert_int_equal(errs.n, cases[i].warning ? 1 : 0);
		if (errs.n) {
			assert_string_equal(errs.v[0].text, cases[i].warning);
			assert_int_equal(errs.v[0].severity, POLICY_WARNING);
			assert_int_equal(errs.v[0].line, 6);
		}
		policy_errors_free(&errs);
	}
}

/* ---- blacklist ---- */

static const struct import_case blacklist[] = {
	{ "\"bin:" HASH1 "\",\n\"bin:" HASH2 "\",\n\"tbs:" HASH3 "\"\n", "1111; 2222", "3:1 tbs", 0,
	  false },
	{ "\"bin:" HASH1 "\", \"tbs:" HASH2 "\",\"bin:" HASH3 "\"", "1111; 3333", "1:73 tbs", 0,
	  false },
	{ "bin:" HASH1 "\nbin:" HASH2 "\r\n", "1111; 2222", "", 0, false },
	{ "/* a\n b */ \"bin:" HASH1 "\", // c\n# d \"\n\t/**/bin:" HASH2, "1111; 2222", "", 0,
	  false },
	{ "bin:" MD5 ", bin:" SHA1 ", bin:" SHA224 "\nbin:" SHA384 ", bin:" SHA512 "\n", "",
	  "1:1 md5; 1:39 sha1; 1:85 sha224; 2:1 sha384; 2:103 sha512", 0, false },
	{ "bin:12\nbin:\nbin:x" HASH1 "\n", "",
	  "1:1 malformed: \"12\" does not have the 64 hex digits of a SHA-256; "
	  "2:1 malformed: \"\" does not have the 64 hex digits of a SHA-256; "
	  "3:1 malformed: \"x" HASH1 "\" has characters that are no hex digits",
	  0, false },
	{ "BIN:" HASH1 " foo \"\" ab", "",
	  "1:1 malformed: \"BIN:" HASH1 "\" does not begin with bin: or tbs:; "
	  "1:70 malformed: \"foo\" does not begin with bin: or tbs:; "
	  "1:74 malformed: \"\" does not begin with bin: or tbs:; "
	  "1:77 malformed: \"ab\" does not begin with bin: or tbs:",
	  0, false },
	{ "\"bin:" HASH1 "\n\"", "",
	  "1:1 malformed: a quote is not closed; 2:1 malformed: a quote is not closed", 0, false },
	{ "bin:" EMPTY "\nbin:" HASH1 "\nbin:" HASH1, "1111", "1:1 empty-file", 1, false },
};

static void test_blacklist(void **state)
{
	(void)state;
	check_imports(IMPORT_BLACKLIST, TABLE(blacklist));
}

static int blacklist_rejected(const char *buf, size_t len, struct policy_errors *errs)
{
	return import_rejected(IMPORT_BLACKLIST, buf, len, errs);
}

static void test_blacklist_rejections(void **state)
{
	static const struct rejection rejections[] = {
		{ "tbs:" HASH1 "\n/* a\nb\n", 3, 1, "a comment is not closed", 0 },
	};

	(void)state;
	check_rejections(TABLE(rejections), blacklist_rejected);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sums),
		cmocka_unit_test(test_sums_rejections),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test_setup_teardown(test_tools, tempdir_setup, tempdir_teardown),
		cmocka_unit_test(test_abusech),
		cmocka_unit_test(test_abusech_rejections),
		cmocka_unit_test(test_abusech_cut),
		cmocka_unit_test(test_blacklist),
		cmocka_unit_test(test_blacklist_rejections),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
