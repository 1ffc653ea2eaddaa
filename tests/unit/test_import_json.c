// SPDX-License-Identifier: GPL-2.0-or-later
/* Import of Santa's rules and of MISP events, and JSON that is none. */
#include <errno.h>

#include "importing.h"

/* ---- Santa ---- */

#define RULES(rules) "{\"rules\":[\n" rules "]}"
#define RULE(type, policy, id) \
	"{\"rule_type\":\"" type "\",\"policy\":\"" policy "\",\"identifier\":\"" id "\"}"

static const struct import_case santa[] = {
	{ RULES(""), "", "", 0, false },
	{ RULES("{\"rule_type\":\"BINARY\",\"policy\":\"BLOCKLIST\",\"identifier\":\"" HASH1
		"\",\"custom_msg\":\"not here\"}"),
	  "1111 not here", "", 0, false },
	{ RULES("{\"rule_type\":\"BINARY\",\"policy\":\"BLOCKLIST\",\"identifier\":\"" HASH1
		"\",\"custom_msg\":\"not here\",\"comment\":\"ticket 1\"}"),
	  "1111 ticket 1", "", 0, false },
	{ RULES(RULE("CERTIFICATE", "BLOCKLIST", HASH1) "," RULE("BINARY", "BLOCKLIST", HASH1)),
	  "cert 1111; 1111", "", 0, false },
	/* Older words, and either case. */
	{ RULES("{\"RULE_TYPE\":\"binary\",\"Policy\":\"blacklist\",\"SHA256\":\"" HASH1 "\"}"),
	  "1111", "", 0, false },
	{ RULES("{\"rule_type\":\"BINARY\",\"policy\":\"BLOCKLIST\",\"identifier\":\"\",\"sha256\":\"" HASH1
		"\"}"),
	  "1111", "", 0, false },
	{ "[" RULE("BINARY", "SILENT_BLOCKLIST",
		   HASH1) ",\n" RULE("BINARY", "SILENT_BLACKLIST",
				     HASH2) ",\n" RULE("BINARY", "SILENT_GUI_BLOCKLIST", HASH3) "]",
	  "1111; 2222; 3333", "", 0, false },
	/* Kinds that are no identifier here. */
	{ RULES(RULE("TEAMID", "BLOCKLIST", "ABCDE12345") ",\n" RULE(
		  "SIGNINGID", "BLOCKLIST",
		  "ABCDE12345:com.example.x") ",\n" RULE("CDHASH", "BLOCKLIST", SHA1)),
	  "", "2:1 team-id; 3:1 signing-id; 4:1 cdhash", 0, false },
	/* Never a ban, also where all are asked for. */
	{ RULES(RULE("BINARY", "ALLOWLIST", HASH1) ",\n" RULE(
		  "BINARY", "ALLOWLIST_COMPILER",
		  HASH2) ",\n" RULE("CERTIFICATE", "WHITELIST",
				    HASH3) ",\n" RULE("TEAMID", "ALLOWLIST",
						      "A") ",\n" RULE("BINARY", "REMOVE",
								      HASH1) ",\n" RULE("BINARY",
											"CEL",
											HASH1)),
	  "", "2:1 allows; 3:1 allows; 4:1 allows; 5:1 allows; 6:1 allows; 7:1 condition", 0,
	  true },
	/* A later rule of the same type replaces an earlier one. */
	{ RULES(RULE("BINARY", "BLOCKLIST", HASH1) ",\n" RULE("BINARY", "ALLOWLIST", HASH1)), "",
	  "3:1 allows; 2:1 superseded", 0, false },
	{ RULES(RULE("BINARY", "ALLOWLIST", HASH1) ",\n" RULE("BINARY", "BLOCKLIST", HASH1)),
	  "1111", "2:1 allows", 0, false },
	{ RULES(RULE("BINARY", "BLOCKLIST", HASH1) ",\n" RULE("CERTIFICATE", "REMOVE", HASH1)),
	  "1111", "3:1 allows", 0, false },
	{ RULES(RULE("BINARY", "BLOCKLIST", HASH1) ",\n" RULE(
		  "BINARY", "BLOCKLIST", HASH2) ",\n" RULE("BINARY", "CEL",
							   HASH1) ",\n" RULE("BINARY", "BLOCKLIST",
									     HASH1)),
	  "2222; 1111", "4:1 condition; 2:1 superseded", 0, false },
	{ RULES(RULE("BINARY", "BLOCKLIST", HASH1) ",\n" RULE("BINARY", "SILENT_BLOCKLIST", HASH1)),
	  "1111", "", 1, false },
	/* Wrong ones. */
	{ RULES("5,\n[],\n{},\n" RULE("FOO", "BLOCKLIST", HASH1) ",\n" RULE(
		  "BINARY", "FOO",
		  HASH1) ",\n{\"rule_type\":\"BINARY\",\"policy\":\"BLOCKLIST\"},\n"
			 "{\"rule_type\":\"BINARY\",\"identifier\":\"" HASH1
			 "\"},\n" RULE("BINARY", "BLOCKLIST", MD5)),
	  "",
	  "2:1 malformed: a rule that is no object; 3:1 malformed: a rule that is no object; "
	  "4:1 malformed: a rule without rule_type; "
	  "5:1 malformed: a rule with the unknown rule_type \"FOO\"; "
	  "6:1 malformed: a rule with the unknown policy \"FOO\"; "
	  "7:1 malformed: a rule without identifier; 8:1 malformed: a rule without policy; "
	  "9:1 malformed: \"" MD5 "\" does not have the 64 hex digits of a SHA-256",
	  0, false },
	{ RULES(RULE("BINARY", "BLOCKLIST", EMPTY)), "", "2:1 empty-file", 0, false },
	{ "{\"file_access_rules\":[{},{}],\"rules\":[" RULE("BINARY", "BLOCKLIST", HASH1) "]}",
	  "1111", "1:1 not-a-hash; 1:1 not-a-hash", 0, false },
	/* Where an element begins. */
	{ " {\n\t\"x\": {\"rules\":[1]}, \"rules\"\n:\t[ " RULE(
		  "TEAMID", "BLOCKLIST", "\xc3\xa4\xc3\xa4") ", " RULE("TEAMID", "BLOCKLIST",
								       "b") " ] }\n",
	  "", "3:5 team-id; 3:68 team-id", 0, false },
};

static void test_santa(void **state)
{
	(void)state;
	check_imports(IMPORT_SANTA, TABLE(santa));
}

static int santa_rejected(const char *buf, size_t len, struct policy_errors *errs)
{
	return import_rejected(IMPORT_SANTA, buf, len, errs);
}

#define NO_RULES "is not an object with an array \"rules\", as santactl writes it"

static const struct rejection rejections[] = {
	{ "{}", 1, 1, NO_RULES, 0 },
	{ "5", 1, 1, NO_RULES, 0 },
	{ "{\"rules\":{}}", 1, 1, NO_RULES, 0 },
	{ "{\"rules\":5}", 1, 1, NO_RULES, 0 },
	/* JSON: by jansson inside of an element, by the walk around them. */
	{ "", 1, 1, "unexpected token near end of file", 0 },
	{ "\n  x", 2, 3, "invalid token near 'x'", 0 },
	{ "{\"rules\":[", 1, 11, "unexpected token near end of file", 0 },
	{ "{\"rules\":[1", 1, 12, "a comma or ] is needed here", 0 },
	{ "{\"rules\":[1 2]}", 1, 13, "a comma or ] is needed here", 0 },
	{ "{\"rules\":[1,]}", 1, 13, "unexpected token near ']'", 0 },
	{ "{\"rules\":[,]}", 1, 11, "unexpected token near ','", 0 },
	{ "{\"rules\":[1}", 1, 12, "a comma or ] is needed here", 0 },
	{ "{\"rules\":[]", 1, 12, "a comma or } is needed here", 0 },
	{ "{\"rules\":[]]", 1, 12, "a comma or } is needed here", 0 },
	{ "{\"rules\":[]}x", 1, 13, "there is more behind the end", 0 },
	{ "{\"rules\":[]}\n\n {}", 3, 2, "there is more behind the end", 0 },
	{ "{\"rules\":[],\"rules\":[]}", 1, 20, "this key is there twice", 0 },
	{ "{\"rules\":[],\"a\":1,\"a\":1}", 1, 22, "this key is there twice", 0 },
	{ "{\"rules\":[],}", 1, 13, "a key in quotes is needed here", 0 },
	{ "{rules:[]}", 1, 2, "a key in quotes is needed here", 0 },
	{ "{\"rules\"[]}", 1, 9, "a colon is needed behind a key", 0 },
	{ "{\"rules\":\n[\n{\"a\":1\n,\"a\":2}]}", 4, 4, "duplicate object key near '\"a\"'", 0 },
	{ "{\"rules\":\n[\n{},\n {\"a\":x}]}", 4, 7, "invalid token near 'x'", 0 },
	{ "{\"rules\":[{\"a\":\"\\u0000\"}]}", 1, 23,
	  "\\u0000 is not allowed without JSON_ALLOW_NUL near '\"\\u0000\"'", 0 },
	{ "{\"rules\":[\"\xff\"]}", 1, 11, "unable to decode byte 0xff near '\"'", 0 },
	{ "{\"rules\":[]}\0", 1, 13, "there is more behind the end", 13 },
};

static void test_rejections(void **state)
{
	(void)state;
	check_rejections(TABLE(rejections), santa_rejected);
}

/* jansson bounds what nests in an element; what leads to it nests as its path does. */
static void test_depth(void **state)
{
	const size_t depth = 1000000;
	char *text = malloc(2 * depth);
	struct policy_errors errs = { 0 };

	(void)state;
	assert_non_null(text);
	strcpy(text, "{\"rules\":[");
	memset(text + 10, '[', 2 * depth - 10);
	assert_int_equal(santa_rejected(text, 2 * depth, &errs), -EBADMSG);
	assert_string_equal(errs.v[0].text, "maximum parsing depth reached near '['");
	policy_errors_free(&errs);
	free(text);
}

/* ---- MISP ---- */

#define EVENT(rest)                                                                                               \
	"{\"Event\":{\"uuid\":\"c6a1\",\"info\":\"OSINT\",\"date\":\"2024-01-02\",\"Orgc\":{\"name\":\"CIRCL\"}," \
	"\n" rest "}}"
#define ATTRIBUTES(rest)	     "\"Attribute\":[\n" rest "]"
#define OBJECTS(rest)		     "\"Object\":[\n" rest "]"
#define IDS(type, value)	     "{\"type\":\"" type "\",\"to_ids\":true,\"value\":\"" value "\"}"
#define ATTRIBUTE(type, value, rest) "{\"type\":\"" type "\",\"value\":\"" value "\"" rest "}"
#define FILE_OBJECT(rest)	     "{\"name\":\"file\",\"Attribute\":[" rest "]}"
#define SIZE(n) \
	"{\"type\":\"size-in-bytes\",\"object_relation\":\"size-in-bytes\",\"value\":\"" n "\"}"
#define NAME(n)	 "{\"type\":\"filename\",\"object_relation\":\"filename\",\"value\":\"" n "\"}"
#define STATE(n) "{\"type\":\"text\",\"object_relation\":\"state\",\"value\":\"" n "\"}"

static const struct import_case misp[] = {
	{ EVENT("\"Attribute\":[]"), "", "", 0, false },
	{ EVENT(ATTRIBUTES(IDS("sha256", HASH1) ",\n" IDS("filename|sha256", "a|b.exe|" HASH2))),
	  "1111; 2222 a|b.exe", "", 0, false },
	{ EVENT(ATTRIBUTES(
		  ATTRIBUTE("sha256", HASH1, ",\"to_ids\":\"1\",\"comment\":\"Xchecked\""))),
	  "1111 Xchecked", "", 0, false },
	{ EVENT(ATTRIBUTES(IDS("md5", MD5) ",\n" IDS("filename|md5", "a|" MD5) ",\n" IDS("malware-sample", "a|" MD5) ",\n" IDS("sha1", SHA1) ",\n" IDS(
		  "filename|sha1",
		  "a|" SHA1) ",\n" IDS("sha224",
				       "x") ",\n" IDS("sha384",
						      "x") ",\n" IDS("filename|sha512",
								     "x") ",\n" IDS("sha512/256",
										    HASH1) ",\n" IDS("sha3-256",
												     HASH1) ",\n" IDS("ssdeep",
														      "x") ",\n" IDS("filename|imphash",
																     "x") ",\n" IDS("filename|authentihash",
																		    "x"))),
	  "",
	  "3:1 md5; 4:1 md5; 5:1 md5; 6:1 sha1; 7:1 sha1; 8:1 sha224; 9:1 sha384; 10:1 sha512; "
	  "11:1 sha512; 12:1 sha3; 13:1 other-hash; 14:1 other-hash; 15:1 other-hash",
	  0, false },
	{ EVENT(ATTRIBUTES(
		  IDS("ip-dst", "192.0.2.1") ",\n" IDS("domain|ip", "x|192.0.2.1") ",\n" IDS(
			  "x509-fingerprint-sha256",
			  HASH1) ",\n" IDS("filename", "a") ",\n" IDS("filename|foo", "a"))),
	  "", "3:1 not-a-hash; 4:1 not-a-hash; 5:1 certificate; 6:1 not-a-hash; 7:1 not-a-hash", 0,
	  false },
	/* Only what is meant for detection, unless asked; never what was deleted. */
	{ EVENT(ATTRIBUTES(ATTRIBUTE("sha256", HASH1, "") ",\n" ATTRIBUTE(
		  "sha256", HASH2, ",\"to_ids\":false") ",\n" ATTRIBUTE("sha256", HASH3,
									",\"to_ids\":\"0\""))),
	  "", "3:1 not-ids; 4:1 not-ids; 5:1 not-ids", 0, false },
	{ EVENT(ATTRIBUTES(ATTRIBUTE("sha256", HASH1, "") ",\n" ATTRIBUTE("sha256", HASH2,
									  ",\"deleted\":true"))),
	  "1111", "4:1 deleted", 0, true },
	{ EVENT(ATTRIBUTES(IDS("sha256", "x") ",\n{},\n5,\n{\"type\":5,\"value\":\"a\"}")), "",
	  "3:1 malformed: \"x\" has characters that are no hex digits; "
	  "4:1 malformed: an attribute without a type or a value; "
	  "5:1 malformed: an attribute without a type or a value; "
	  "6:1 malformed: an attribute without a type or a value",
	  0, false },
	/* Objects: a file's size and name; what is of something else. */
	{ EVENT(OBJECTS(FILE_OBJECT(IDS("sha256", HASH1) "," SIZE("77") "," NAME("a.exe") "," IDS(
		  "md5", MD5) "," IDS("mime-type", "x")))),
	  "1111 77 a.exe", "3:1 md5", 0, false },
	{ EVENT(OBJECTS(FILE_OBJECT(IDS("sha256", HASH1) "," SIZE("77") "," SIZE("78")))), "1111",
	  "", 0, false },
	{ EVENT(OBJECTS(FILE_OBJECT(IDS("sha256", HASH1) "," SIZE("7k")))), "1111", "", 0, false },
	{ EVENT(OBJECTS(FILE_OBJECT(IDS("sha256", HASH1) "," SIZE("0")))), "1111", "", 0, false },
	{ EVENT(OBJECTS(FILE_OBJECT(IDS("sha256", HASH1) "," SIZE("99999999999999999999")))),
	  "1111", "", 0, false },
	{ EVENT(OBJECTS(FILE_OBJECT(IDS("sha256", HASH1) "," STATE("Harmless")) ",\n" FILE_OBJECT(
		  IDS("sha256", HASH2) "," STATE("Malicious")))),
	  "2222", "3:1 allows", 0, true },
	{ EVENT(OBJECTS("{\"name\":\"pe-section\",\"Attribute\":[" IDS("sha256", HASH1) "," IDS(
		  "float", "1.0") "]}")),
	  "", "3:1 other-object; 3:1 not-a-hash", 0, true },
	{ EVENT(OBJECTS(
		  "{\"name\":\"file\",\"deleted\":true,\"Attribute\":[" IDS("sha256", HASH1) "]}")),
	  "", "3:1 deleted", 0, true },
	{ EVENT(OBJECTS("{\"name\":\"file\"},\n{\"Attribute\":[]},\n5")), "",
	  "3:1 malformed: an object without a name or an array \"Attribute\"; "
	  "4:1 malformed: an object without a name or an array \"Attribute\"; "
	  "5:1 malformed: an object without a name or an array \"Attribute\"",
	  0, false },
	{ EVENT(ATTRIBUTES(IDS("sha256", HASH1)) "," OBJECTS(
		  FILE_OBJECT(IDS("sha256", HASH1) "," SIZE("5")))),
	  "1111 5", "", 1, false },
	/* Arrays of events, answers of a search, attributes alone. */
	{ "[" EVENT(ATTRIBUTES(IDS("sha256", HASH1))) "," EVENT(
		  ATTRIBUTES(IDS("sha256", HASH2))) "]",
	  "1111; 2222", "", 0, false },
	{ "{\"response\":[" EVENT(ATTRIBUTES(IDS("sha256", HASH1))) "," EVENT(
		  OBJECTS(FILE_OBJECT(IDS("sha256", HASH2)))) "]}",
	  "1111; 2222", "", 0, false },
	{ "{\"response\":{\"Attribute\":[" IDS("sha256", HASH1) "]}}", "1111", "", 0, false },
	{ "[]", "", "", 0, false },
	/* What is only related is not read. */
	{ EVENT("\"RelatedEvent\":[" EVENT(ATTRIBUTES(
		  IDS("sha256", HASH1))) "],\"ShadowAttribute\":[" IDS("sha256", HASH2) "]"),
	  "", "", 0, false },
};

static void test_misp(void **state)
{
	(void)state;
	check_imports(IMPORT_MISP, TABLE(misp));
}

static int misp_rejected(const char *buf, size_t len, struct policy_errors *errs)
{
	return import_rejected(IMPORT_MISP, buf, len, errs);
}

static void test_misp_rejections(void **state)
{
	static const char none[] =
		"is not a MISP event: an object \"Event\", an array of such, or a "
		"\"response\" with them";
	static const struct rejection rows[] = {
		{ "{}", 1, 1, none, 0 },
		{ "5", 1, 1, none, 0 },
		{ "{\"Event\":5}", 1, 1, none, 0 },
		{ "{\"Event\":[]}", 1, 1, none, 0 },
		{ "[{\"Event\":{}},{}]", 1, 1, none, 0 },
		{ "{\"response\":{}}", 1, 1, none, 0 },
		{ "{\"response\":[{}]}", 1, 1, none, 0 },
	};

	(void)state;
	check_rejections(TABLE(rows), misp_rejected);
}

static void test_misp_suggestions(void **state)
{
	static const struct {
		const char *text, *title, *reference;
	} cases[] = {
		{ EVENT("\"x\":1"), "OSINT", "MISP event c6a1 of 2024-01-02 by CIRCL" },
		{ "{\"response\":[" EVENT("\"x\":1") "]}", "OSINT",
		  "MISP event c6a1 of 2024-01-02 by CIRCL" },
		{ "[" EVENT("\"x\":1") "," EVENT("\"x\":1") "]", "", "" },
		{ "{\"Event\":{\"uuid\":\"u\"}}", "", "MISP event u" },
		{ "{\"Event\":{\"info\":\"  \"}}", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct policy_errors errs = { 0 };
		struct import *im = NULL;
		struct imported out;

		import_text_of(IMPORT_MISP, cases[i].text, strlen(cases[i].text), false, &out, &im,
			       &errs);
		assert_string_equal(im->title ? im->title : "", cases[i].title);
		assert_string_equal(im->reference ? im->reference : "", cases[i].reference);
		import_free(im);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_santa),		cmocka_unit_test(test_rejections),
		cmocka_unit_test(test_depth),		cmocka_unit_test(test_misp),
		cmocka_unit_test(test_misp_rejections), cmocka_unit_test(test_misp_suggestions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
