// SPDX-License-Identifier: GPL-2.0-or-later
/* Import of STIX bundles: patterns, and which indicators are looked at. */
#include <errno.h>

#include "importing.h"

#define IS1    "file:hashes.'SHA-256' = '" HASH1 "'"
#define IS2    "file:hashes.'SHA-256' = '" HASH2 "'"
#define IS3    "file:hashes.'SHA-256' = '" HASH3 "'"
#define ISMD5  "file:hashes.MD5 = '" MD5 "'"
#define ISSHA1 "file:hashes.'SHA-1' = '" SHA1 "'"

/* A bundle of one indicator, of one line. */
#define WITH(pattern) \
	"{\"type\":\"bundle\",\"objects\":[{\"type\":\"indicator\",\"pattern\":\"" pattern "\"}]}"
/* Its indicator's place. */
#define AT	       "1:29 "
#define SYNTAX(n, why) AT "malformed: character " #n " of the pattern: " why ": "
#define ONE(pattern, rows, refused)                    \
	{                                              \
		WITH(pattern), rows, refused, 0, false \
	}
#define WRONG(pattern, n, why)                                      \
	{                                                           \
		WITH(pattern), "", SYNTAX(n, why) pattern, 0, false \
	}

static const struct import_case patterns[] = {
	/* One file. */
	ONE("[" IS1 "]", "1111", ""),
	ONE(" [ " IS1 " ] ", "1111", ""),
	ONE("[file:hashes.'SHA-256'=='" HASH1 "']", "1111", ""),
	ONE("[file:hashes.SHA256 = '" HASH1 "']", "1111", ""),
	ONE("[file:hashes.'sha256' = '" HASH1 "']", "1111", ""),
	ONE("[(" IS1 ")]", "1111", ""),
	ONE("([" IS1 "])", "1111", ""),
	ONE("(([((" IS1 "))]))", "1111", ""),
	ONE("[" IS1 " /* a */ // b", "",
	    SYNTAX(105, "AND, OR or ] is needed") "[" IS1 " /* a */ // b"),
	ONE("/* a */[" IS1 "]// b", "1111", ""),
	/* With its size; other hashes of it say nothing more. */
	ONE("[" IS1 " AND file:size = 77]", "1111 77", ""),
	ONE("[file:size = +77 AND " IS1 "]", "1111 77", ""),
	ONE("[" IS1 " AND " ISMD5 " AND " ISSHA1 " AND file:size = 7]", "1111 7", ""),
	ONE("[" IS1 " AND file:hashes.SSDEEP = '3:a:b']", "1111", ""),
	ONE("[" IS1 " AND " IS1 "]", "1111", ""),
	/* Any of several. */
	ONE("[" IS1 " OR " IS2 "]", "1111; 2222", ""),
	ONE("[" IS1 "] OR [" IS2 "] OR [" IS3 "]", "1111; 2222; 3333", ""),
	ONE("[file:hashes.'SHA-256' IN ('" HASH1 "', '" HASH2 "')]", "1111; 2222", ""),
	ONE("[" ISMD5 " OR " ISSHA1 " OR " IS1 "]", "1111", AT "md5; " AT "sha1"),
	ONE("[" ISMD5 "] OR [" IS1 "]", "1111", AT "md5"),
	ONE("[(" IS1 " OR " IS2 ") AND file:size = 5]", "1111 5; 2222 5", ""),
	ONE("[" IS1 " AND file:size IN (5, 6)]", "1111 5; 1111 6", ""),
	/* AND binds tighter than OR. */
	ONE("[" IS1 " OR " IS2 " AND file:size = 5]", "1111; 2222 5", ""),
	ONE("[file:size = 5 AND " IS2 " OR " IS1 "]", "2222 5; 1111", ""),
	/* Other kinds; of several of one file the strongest. */
	ONE("[" ISMD5 "]", "", AT "md5"),
	ONE("[" ISSHA1 "]", "", AT "sha1"),
	ONE("[file:hashes.MD5 = 'a' AND file:hashes.'SHA-1' = 'b']", "", AT "sha1"),
	ONE("[file:hashes.'SHA-512' = 'a' AND file:hashes.MD5 = 'b']", "", AT "sha512"),
	ONE("[file:hashes.'SHA-224' = 'a' OR file:hashes.'SHA-384' = 'a']", "",
	    AT "sha224; " AT "sha384"),
	ONE("[file:hashes.'SHA3-256' = '" HASH1 "' OR file:hashes.TLSH = 'a']", "",
	    AT "sha3; " AT "other-hash"),
	ONE("[file:hashes[*] = '" HASH1 "']", "", AT "other-hash"),
	ONE("[file:name = 'a' AND " ISMD5 "]", "", AT "md5"),
	ONE("[file:name = 'a']", "", AT "not-a-hash"),
	ONE("[file:size = 5]", "", AT "not-a-hash"),
	ONE("[ipv4-addr:value = '192.0.2.1']", "", AT "not-a-hash"),
	ONE("[url:value = 'a' OR domain-name:value = 'b']", "", AT "not-a-hash; " AT "not-a-hash"),
	/* Hashes of something else than the file. */
	ONE("[artifact:hashes.'SHA-256' = '" HASH1 "']", "", AT "not-a-hash"),
	ONE("[x509-certificate:hashes.'SHA-256' = '" HASH1 "']", "", AT "not-a-hash"),
	ONE("[process:image_ref.hashes.'SHA-256' = '" HASH1 "']", "", AT "not-a-hash"),
	ONE("[file:content_ref.hashes.'SHA-256' = '" HASH1 "']", "", AT "not-a-hash"),
	ONE("[file:extensions.'windows-pebinary-ext'.sections[*].hashes.'SHA-256' = '" HASH1 "']",
	    "", AT "not-a-hash"),
	ONE("[file:hashesx.'SHA-256' = '" HASH1 "']", "", AT "not-a-hash"),
	ONE("[file:'hashes.SHA-256' = '" HASH1 "']", "", AT "not-a-hash"),
	ONE("[file:hashes.'SHA-256'.x = '" HASH1 "']", "", AT "other-hash"),
	ONE("[xfile:hashes.'SHA-256' = '" HASH1 "']", "", AT "not-a-hash"),
	/* Narrower than the hash: a ban would be broader. */
	ONE("[" IS1 " AND file:name = 'a.exe']", "", AT "narrower"),
	ONE("[file:name = 'a.exe' AND " IS1 "]", "", AT "narrower"),
	ONE("[" IS1 " AND file:size > 5]", "", AT "narrower"),
	ONE("[" IS1 " AND NOT file:size = 5]", "",
	    SYNTAX(97, "a comparison is needed") "[" IS1 " AND NOT file:size = 5]"),
	ONE("[" IS1 " AND file:size NOT = 5]", "", AT "narrower"),
	ONE("[" IS1 " AND file:size = 5.0]", "", AT "narrower"),
	ONE("[" IS1 " AND EXISTS file:name]", "", AT "narrower"),
	ONE("[" IS1 " AND file:hashes.MD5 != 'a']", "", AT "narrower"),
	ONE("[" IS1 " AND file:hashes.'SHA-256' != '" HASH2 "']", "", AT "narrower"),
	ONE("[" IS1 " AND url:value = 'a']", "", AT "narrower"),
	ONE("[(" IS1 " OR " IS2 ") AND file:name = 'a']", "", AT "narrower; " AT "narrower"),
	ONE("[" IS1 " AND (file:name = 'a' OR file:size = 5)]", "1111 5", AT "narrower"),
	ONE("[" IS1 "] AND [file:name = 'a']", "", AT "narrower; " AT "not-a-hash"),
	ONE("[" IS1 "] AND [" IS2 "]", "", AT "narrower; " AT "narrower"),
	ONE("[" IS1 "] FOLLOWEDBY [" IS2 "]", "", AT "narrower; " AT "narrower"),
	ONE("[" IS1 "] FOLLOWEDBY [" IS2 "] OR [" IS3 "]", "",
	    AT "narrower; " AT "narrower; " AT "narrower"),
	ONE("[" IS1 "] AND [" IS2 "] OR [" IS3 "]", "3333", AT "narrower; " AT "narrower"),
	ONE("[" IS3 "] OR [" IS1 "] AND [" IS2 "]", "3333", AT "narrower; " AT "narrower"),
	ONE("([" IS1 "] FOLLOWEDBY [" IS2 "]) OR [" IS3 "]", "3333", AT "narrower; " AT "narrower"),
	ONE("[" IS1 "] WITHIN 5 SECONDS", "", AT "narrower"),
	ONE("[" IS1 "] WITHIN 5.5 SECONDS", "", AT "narrower"),
	ONE("[" IS1 "] REPEATS 5 TIMES OR [" IS2 "]", "2222", AT "narrower"),
	ONE("([" IS1 "] OR [" IS2 "]) REPEATS 2 TIMES", "", AT "narrower; " AT "narrower"),
	ONE("[" IS1 "] START t'2020-01-01T00:00:00Z' STOP t'2021-01-01T00:00:00Z'", "",
	    AT "narrower"),
	/* Not these, a part of these, none at all. */
	ONE("[file:hashes.'SHA-256' != '" HASH1 "']", "", AT "negated"),
	ONE("[file:hashes.'SHA-256' <> '" HASH1 "']", "", AT "negated"),
	ONE("[file:hashes.'SHA-256' NOT = '" HASH1 "']", "", AT "negated"),
	ONE("[file:hashes.'SHA-256' NOT != '" HASH1 "']", "", AT "negated"),
	ONE("[file:hashes.'SHA-256' NOT IN ('" HASH1 "', 'x')]", "", AT "negated; " AT "negated"),
	ONE("[file:hashes.MD5 != 'a']", "", AT "negated"),
	ONE("[file:hashes.'SHA-256' LIKE '" HASH1 "']", "", AT "partial"),
	ONE("[file:hashes.'SHA-256' MATCHES '^11']", "", AT "partial"),
	ONE("[file:hashes.'SHA-256' > '1']", "", AT "partial"),
	ONE("[EXISTS file:hashes.'SHA-256']", "", AT "partial"),
	ONE("[file:hashes.MD5 LIKE 'a%']", "", AT "partial"),
	ONE("[" IS1 " AND " IS2 "]", "", AT "never"),
	ONE("[" IS1 " AND file:size = 5 AND file:size = 6]", "", AT "never"),
	ONE("[" IS1 " AND file:size = -5]", "", AT "never"),
	ONE("[" IS1 " AND file:size = 0]", "", AT "never"),
	ONE("[" IS1 " AND file:size = 99999999999999999999]", "", AT "never"),
	ONE("[file:hashes.'SHA-256' = '" EMPTY "']", "", AT "empty-file"),
	/* Values that are no SHA-256. */
	ONE("[file:hashes.'SHA-256' = '1234']", "",
	    AT "malformed: a SHA-256 without 64 hex digits: [file:hashes.'SHA-256' = '1234']"),
	ONE("[file:hashes.'SHA-256' = 1234]", "",
	    AT "malformed: a SHA-256 without 64 hex digits: [file:hashes.'SHA-256' = 1234]"),
	ONE("[file:hashes.'SHA-256' = h'1234']", "",
	    AT "malformed: a SHA-256 without 64 hex digits: [file:hashes.'SHA-256' = h'1234']"),
	ONE("[file:hashes.'SHA-256' IN ('1234', '" HASH1 "')]", "1111",
	    AT
	    "malformed: a SHA-256 without 64 hex digits: [file:hashes.'SHA-256' IN ('1234', '" HASH1
	    "')]"),
	/* Quotes and escapes; what is in a string is no syntax. */
	ONE("[file:name = 'a] OR [" IS1 "]", "",
	    SYNTAX(35,
		   "an object's type, a colon and a property are needed") "[file:name = 'a] OR [" IS1
									  "]"),
	ONE("[file:name = 'a\\\\'] OR [x'] OR [" IS1 "]", "1111", AT "not-a-hash"),
	ONE("[file:name = 'a\\\\\\\\'] OR [" IS1 "]", "1111", AT "not-a-hash"),
	ONE("[file:name = '/* '] OR [" IS1 "]", "1111", AT "not-a-hash"),
	ONE("[file:name = ' AND ' OR " IS1 "]", "1111", AT "not-a-hash"),
	ONE("[x:a = true OR x:b = false OR x:c = b'YQ==' OR x:d = t'2020-01-01T00:00:00Z' OR "
	    "x:e = -1.5]",
	    "",
	    AT "not-a-hash; " AT "not-a-hash; " AT "not-a-hash; " AT "not-a-hash; " AT
	       "not-a-hash"),
	ONE("[a:b ISSUBSET '1' AND a:b ISSUPERSET '1']", "", AT "not-a-hash"),
	/* Syntax. */
	WRONG("", 1, "an observation in brackets is needed"),
	WRONG("file:size = 5", 1, "an observation in brackets is needed"),
	WRONG("[]", 2, "a comparison is needed"),
	WRONG("[" IS1, 92, "AND, OR or ] is needed"),
	WRONG("[file:size = 5))]", 15, "a ) without ("),
	WRONG("[(file:size = 5]", 16, "a parenthesis is not closed"),
	WRONG("([file:size = 5]", 17, "a parenthesis is not closed"),
	WRONG("[file:size = 5])", 16, "a ) without ("),
	WRONG("([file:size = 5)]", 16, "a ) without ("),
	WRONG("[file:size = 5] [file:size = 5]", 17, "an operator between observations is needed"),
	WRONG("[file:size = 5] AND", 20, "an observation in brackets is needed"),
	WRONG("[file:size = 5 OR]", 18, "a comparison is needed"),
	WRONG("[file:size 5]", 12, "a comparison is needed"),
	WRONG("[file:size = ]", 14, "a value to compare with is needed"),
	WRONG("[file:size LIKE ]", 17, "a value to compare with is needed"),
	WRONG("[file:size =? 5]", 13, "a character that has no place here"),
	WRONG("[file:size = 5x]", 14, "not a number"),
	WRONG("[file:size = 5.]", 14, "not a number"),
	WRONG("[file:size = -]", 14, "not a number"),
	WRONG("[file:size IN 5]", 15, "a list in parentheses is needed"),
	WRONG("[file:size IN ()]", 16, "a value to compare with is needed"),
	WRONG("[file:size IN (5]", 17, "a comma or ) is needed"),
	WRONG("[file.size = 5]", 2, "an object's type, a colon and a property are needed"),
	WRONG("[file: = 5]", 2, "a property's name is needed"),
	WRONG("[file:a. = 5]", 2, "a property's name is needed"),
	WRONG("[file:a[x] = 5]", 2, "an index or * is needed between [ and ]"),
	WRONG("[file:a[1 = 5]", 2, "an index or * is needed between [ and ]"),
	WRONG("[file:hashes.SHA-256 = '" HASH1 "']", 17, "a comparison is needed"),
	WRONG("[file:name = 'a]", 14, "a string is not closed, or has an unknown escape"),
	ONE("[file:name = 'a\\\\n']", "",
	    SYNTAX(14, "a string is not closed, or has an unknown escape") "[file:name = 'a\\n']"),
	WRONG("[EXISTS 5]", 9, "an object's property is needed"),
	WRONG("[file:size = 5] within 5 SECONDS", 17,
	      "an object's type, a colon and a property are needed"),
	WRONG("[file:size = 5] WITHIN", 23, "a qualifier is incomplete"),
	WRONG("[file:size = 5] WITHIN 5 HOURS", 26, "a qualifier is incomplete"),
	WRONG("[file:size = 5] REPEATS 5.5 TIMES", 25, "a qualifier is incomplete"),
	WRONG("[file:size = 5] START t'x'", 27, "a qualifier is incomplete"),
	WRONG("[file:size = 5] START 'x' STOP t'x'", 23, "a qualifier is incomplete"),
	WRONG("/* [file:size = 5]", 1, "a comment is not closed"),
};

static void test_patterns(void **state)
{
	(void)state;
	check_imports(IMPORT_STIX, TABLE(patterns));
}

/* ---- which indicators ---- */

#define BUNDLE(objects) "{\"type\":\"bundle\",\n\"objects\":[\n" objects "]}"
#define INDICATOR(rest) "{\"type\":\"indicator\"," rest "}"
#define PATTERN1	"\"pattern\":\"[" IS1 "]\""
#define PATTERN2	"\"pattern\":\"[" IS2 "]\""
#define ID(n)		"\"id\":\"indicator--0000000" #n "-1111-4111-8111-111111111111\""

static const struct import_case indicators[] = {
	{ BUNDLE(""), "", "", 0, false },
	/* As section 4.7 of the specification has one, with its name and ID as the note. */
	{ BUNDLE(INDICATOR("\"spec_version\":\"2.1\"," ID(
		  1) ",\"created\":\"2016-04-06T20:03:48.000Z\","
		     "\"modified\":\"2016-04-06T20:03:48.000Z\",\"indicator_types\":"
		     "[\"malicious-activity\"],\"name\":\"Poison Ivy\"," PATTERN1
		     ",\"pattern_type\":\"stix\",\"valid_from\":\"2016-01-01T00:00:00Z\"")),
	  "1111 Poison Ivy, indicator--00000001-1111-4111-8111-111111111111", "", 0, false },
	{ BUNDLE(INDICATOR("\"pattern_type\":\"yara\",\"pattern\":\"rule x {}\"") ",\n" INDICATOR(
		  "\"pattern_type\":\"snort\"," PATTERN1)),
	  "", "3:1 pattern-type; 4:1 pattern-type", 0, false },
	{ BUNDLE(INDICATOR("\"x\":1") ",\n" INDICATOR("\"pattern\":5") ",\n5,\n{},\n{\"type\":5}"),
	  "",
	  "3:1 malformed: an indicator without a pattern: ; 4:1 malformed: an indicator without a "
	  "pattern: ; 5:1 malformed: an object without a type; 6:1 malformed: an object without a "
	  "type; 7:1 malformed: an object without a type",
	  0, false },
	{ BUNDLE("{\"type\":\"malware\",\"id\":\"malware--1\"},{\"type\":\"file\",\"hashes\":"
		 "{\"SHA-256\":\"" HASH1 "\"}}," INDICATOR(PATTERN1)),
	  "1111", "3:1 no-indicator; 3:38 no-indicator", 0, false },
	/* Withdrawn, over, not yet: unless asked. */
	{ BUNDLE(INDICATOR(PATTERN1 ",\"revoked\":true") "," INDICATOR(PATTERN2
								       ",\"revoked\":false")),
	  "2222", "3:1 revoked", 0, false },
	{ BUNDLE(INDICATOR(PATTERN1 ",\"revoked\":true")), "1111", "", 0, true },
	{ BUNDLE(INDICATOR(PATTERN1 ",\"valid_until\":\"2024-01-01T00:00:00.000Z\"") ",\n" INDICATOR(
		  PATTERN2 ",\"valid_until\":\"2024-01-01T00:00:01Z\"")),
	  "2222", "3:1 expired", 0, false },
	{ BUNDLE(INDICATOR(PATTERN1 ",\"valid_until\":\"2023-01-01T00:00:00Z\"")), "1111", "", 0,
	  true },
	{ BUNDLE(INDICATOR(PATTERN1 ",\"valid_from\":\"2024-01-01T00:00:01Z\"") ",\n" INDICATOR(
		  PATTERN2 ",\"valid_from\":\"2024-01-01T00:00:00.999999Z\"")),
	  "2222", "3:1 not-yet-valid", 0, false },
	{ BUNDLE(INDICATOR(PATTERN1 ",\"valid_until\":\"tomorrow\"") ",\n" INDICATOR(
		  PATTERN1
		  ",\"valid_from\":5") ",\n" INDICATOR(PATTERN1
						       ",\"valid_until\":\"2024-01-01T00:00:01+01:00\"")),
	  "",
	  "3:1 malformed: an indicator whose valid_from or valid_until is no time: ; "
	  "4:1 malformed: an indicator whose valid_from or valid_until is no time: ; "
	  "5:1 malformed: an indicator whose valid_from or valid_until is no time: ",
	  0, false },
	/* Never a ban, also where all are asked for. */
	{ BUNDLE(INDICATOR(PATTERN1 ",\"indicator_types\":[\"benign\"]") ",\n" INDICATOR(
		  PATTERN2 ",\"labels\":[\"x\",\"benign\"]")),
	  "", "3:1 allows; 4:1 allows", 0, true },
	/* Versions: the last one counts, wherever it stands. */
	{ BUNDLE(INDICATOR(ID(1) "," PATTERN1 ",\"modified\":\"2020-01-01T00:00:00.000Z\"") ",\n" INDICATOR(
		  ID(1) "," PATTERN2 ",\"modified\":\"2020-01-01T00:00:00.5Z\"")),
	  "2222 indicator--00000001-1111-4111-8111-111111111111", "3:1 superseded", 0, false },
	{ BUNDLE(INDICATOR(ID(1) "," PATTERN1 ",\"revoked\":true,\"modified\":\"2020-01-02T00:00:00Z\"") ",\n" INDICATOR(
		  ID(1) "," PATTERN1
			",\"modified\":\"2020-01-01T00:00:00Z\"") ",\n" INDICATOR(ID(2) "," PATTERN2
											",\"modified\":\"2020-01-01T00:00:00Z\"")),
	  "2222 indicator--00000002-1111-4111-8111-111111111111", "3:1 revoked; 4:1 superseded", 0,
	  false },
	{ BUNDLE(INDICATOR(ID(1) "," PATTERN1 ",\"modified\":\"2020-01-01T00:00:00Z\"") ",\n" INDICATOR(
		  ID(1) "," PATTERN1 ",\"modified\":\"2020-01-01T00:00:00Z\"")),
	  "1111 indicator--00000001-1111-4111-8111-111111111111", "", 1, false },
	{ BUNDLE(INDICATOR("\"id\":\"indicator--1\"," PATTERN1 ",\"modified\":\"2020-01-01T00:00:00Z\"") "," INDICATOR(
		  "\"id\":\"indicator--1\"," PATTERN2 ",\"modified\":\"2021-01-01T00:00:00Z\"")),
	  "1111 indicator--1; 2222 indicator--1", "", 0, false },
};

static void test_indicators(void **state)
{
	(void)state;
	check_imports(IMPORT_STIX, TABLE(indicators));
}

static int rejected(const char *buf, size_t len, struct policy_errors *errs)
{
	return import_rejected(IMPORT_STIX, buf, len, errs);
}

static void test_rejections(void **state)
{
	static const char none[] = "is not a STIX bundle: an object of type \"bundle\" with an "
				   "array \"objects\"";
	static const struct rejection rejections[] = {
		{ "{}", 1, 1, none, 0 },
		{ "[]", 1, 1, none, 0 },
		{ "5", 1, 1, none, 0 },
		{ "{\"type\":\"bundle\"}", 1, 1, none, 0 },
		{ "{\"type\":\"bundle\",\"objects\":{}}", 1, 1, none, 0 },
		{ "{\"type\":\"indicator\",\"objects\":[]}", 1, 1, none, 0 },
	};

	(void)state;
	check_rejections(TABLE(rejections), rejected);
}

static void test_suggestions(void **state)
{
	static const struct {
		const char *text, *title, *reference;
	} cases[] = {
		{ BUNDLE("{\"type\":\"report\",\"id\":\"report--1\",\"name\":\"The Black Vine\"}"),
		  "The Black Vine", "report--1" },
		{ BUNDLE("{\"type\":\"report\",\"id\":\"report--1\",\"name\":\"a\\nb\",\"external_"
			 "references\":[{\"source_name\":\"x\",\"url\":\"https://example.org/1\"}]}"),
		  "a\\x0ab", "https://example.org/1" },
		{ BUNDLE("{\"type\":\"report\",\"id\":\"1\",\"name\":\"a\"},{\"type\":\"report\",\"id\":"
			 "\"2\",\"name\":\"b\"}"),
		  NULL, NULL },
		{ BUNDLE(""), NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct policy_errors errs = { 0 };
		struct import *im = NULL;
		struct imported out;

		import_text_of(IMPORT_STIX, cases[i].text, strlen(cases[i].text), false, &out, &im,
			       &errs);
		assert_string_equal(im->title ? im->title : "",
				    cases[i].title ? cases[i].title : "");
		assert_string_equal(im->reference ? im->reference : "",
				    cases[i].reference ? cases[i].reference : "");
		import_free(im);
	}
}

/* A pattern of @n parts, each @part, with @between, in @before and @after. */
static char *long_pattern(const char *before, const char *part, const char *between,
			  const char *after, size_t n)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	fprintf(out, "{\"type\":\"bundle\",\"objects\":[{\"type\":\"indicator\",\"pattern\":\"%s",
		before);
	for (size_t i = 0; i < n; i++)
		fprintf(out, "%s%s", i ? between : "", part);
	fprintf(out, "%s\"}]}", after);
	fclose(out);
	return text;
}

/* What grows without end is refused, in no time; what is only long is not. */
static void test_limits(void **state)
{
	static const struct {
		const char *before, *part, *between, *after;
		size_t n;
		enum import_reason reason; /* IMPORT_REASON_COUNT: imported */
	} cases[] = {
		{ "[", IS1, " OR ", "]", 100000, IMPORT_REASON_COUNT },
		{ "[file:hashes.'SHA-256' IN (", "'" HASH1 "'", ",", ")]", 100000,
		  IMPORT_REASON_COUNT },
		{ "", "[" IS1 "]", " OR ", "", 100000, IMPORT_REASON_COUNT },
		{ "[", IS1, " AND ", "]", 50000, IMPORT_REASON_COUNT },
		{ "[", "file:size = 1", " OR ", "]", (1 << 18) + 1, IMPORT_COMPLEX },
		{ "[", "(a:b = 1 OR a:c = 1)", " AND ", "]", 15, IMPORT_NOT_A_HASH },
		{ "[", "(a:b = 1 OR a:c = 1)", " AND ", "]", 16, IMPORT_COMPLEX },
		{ "[", "(a:b = 1 OR a:c = 1)", " AND ", "]", 100000, IMPORT_COMPLEX },
		{ "[", "(", "", "]", 100000, IMPORT_COMPLEX },
		{ "", "(", "", "", 100000, IMPORT_COMPLEX },
		{ "", "(", "", "]", 200, IMPORT_MALFORMED },
		{ "", "[a:b = 1]", " FOLLOWEDBY ", "", 100000, IMPORT_COMPLEX },
		{ "[a:b = 1]", " REPEATS 5 TIMES", "", "", 100000, IMPORT_COMPLEX },
		{ "[a", ":b", "", " = 1]", 1, IMPORT_NOT_A_HASH },
		{ "[file:hashes", ".x", "", " = 1]", 100000, IMPORT_NOT_A_HASH },
		{ "[x", "x", "", ":a = 1]", 100000, IMPORT_NOT_A_HASH },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text = long_pattern(cases[i].before, cases[i].part, cases[i].between,
					  cases[i].after, cases[i].n);
		struct policy_errors errs = { 0 };
		struct import *im = NULL;
		struct imported out;

		import_text_of(IMPORT_STIX, text, strlen(text), false, &out, &im, &errs);
		print_message("case %zu: %llu rows\n", i, (unsigned long long)im->seen);
		if (cases[i].reason == IMPORT_REASON_COUNT)
			assert_int_equal(im->imported, 1);
		else
			assert_int_equal(im->refused[cases[i].reason], im->seen);
		import_free(im);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_patterns),   cmocka_unit_test(test_indicators),
		cmocka_unit_test(test_rejections), cmocka_unit_test(test_suggestions),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
