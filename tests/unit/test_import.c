// SPDX-License-Identifier: GPL-2.0-or-later
/* The command line of `interdict import`, and that what it writes passes `interdict check`. */
#include <errno.h>
#include <sys/wait.h>

#include "importing.h"
#include "run.h"

struct command {
	const char *arguments; /* behind `interdict`, in the test's directory */
	int status;
	const char *out; /* the whole standard output, or NULL: any */
	const char *err; /* a part of standard error, or "" for none at all */
};

#define HEAD	    "--order o --title T --authority A --reference R --reason W"
#define LESS	    "--authority A --reason W"
#define NEEDS(what) "interdict import: an order needs " what ": only its authority can say that"
/* A line of shell, in which $I is `interdict`. */
#define SH(line) "--version >/dev/null; I=./interdict; " line

static const struct command commands[] = {
	{ "import --help", 0, NULL, "" },
	{ "import", 2, "", "interdict import: a format and a file are needed" },
	{ "import stix", 2, "", "interdict import: a format and a file are needed" },
	{ "import csv f", 2, "",
	  "there is no format \"csv\"; it is one of sha256sum, santa, stix, misp, abusech, blacklist" },
	{ "import stix a b " HEAD, 2, "", "one file at a time, not also \"b\"" },
	{ "import sha256sum good", 2, "",
	  NEEDS("--order, --title, --authority, --reference, --reason") },
	{ "import santa good --order o --title T --authority A --reason R", 2, "",
	  NEEDS("--reference") },
	{ "import stix good --order o", 2, "", NEEDS("--authority, --reason") },
	{ "import sha256sum good " HEAD " --replace", 2, "", "--replace goes with --output" },
	{ "import sha256sum good " HEAD " --status maybe", 2, "",
	  "--status is verified, unverified or none, not \"maybe\"" },
	{ "import sha256sum good " HEAD " --order O", 2, "",
	  "interdict import: order: \"O\" has characters other than a-z, 0-9 and hyphen" },
	{ "import sha256sum good " HEAD " --reason ''", 2, "",
	  "interdict import: reason: is empty" },
	{ "import sha256sum absent " HEAD, 1, "",
	  "interdict import: absent: No such file or directory" },
	{ "import sha256sum . " HEAD, 1, "", ".: Is a directory" },
	{ "import sha256sum good " HEAD " -o absent", 1, "",
	  "interdict import: absent: No such file or directory" },
	{ "import sha256sum good " HEAD " -o empty", 1, "",
	  "empty has no policy.yaml: it is not the directory of a policy" },
	{ "import sha256sum /dev/null " HEAD, 1, "", "/dev/null: nothing to import" },
	{ "import sha256sum weak " HEAD, 1, "",
	  "weak: rows 2, imported 0, duplicates 0, refused 2\n"
	  "         1 md5: an MD5: other files can be made to have it\n"
	  "         1 sha1: a SHA-1: other files can be made to have it\n"
	  "weak: nothing to import\n" },
	/* The order on standard output. */
	{ "import sha256sum good " HEAD " | sed -n '/^match/,$p' | cut -d , -f 1", 0,
	  "match:\n  - sha256: " HASH1 "\n    size: 77\n    note: a\n    source: \"good\n"
	  "    status: unverified\n",
	  "good: rows 2, imported 1, duplicates 1, refused 0\n" },
	{ "import sha256sum - " HEAD " --status none <good | sed -n '/^match/,$p' | cut -d , -f 1",
	  0,
	  "match:\n  - sha256: " HASH1
	  "\n    size: 77\n    note: a\n    source: \"standard input\n",
	  "standard input: rows 2, imported 1, duplicates 1, refused 0\n" },
	{ "import sha256sum good " HEAD " --status verified | grep -c 'status: verified'", 0, "1\n",
	  "good: rows 2" },
	/* The file's own digest, by another tool. */
	{ "import sha256sum good " HEAD
	  " 2>/dev/null | grep -c \"$(sha256sum <good | cut -c -64)\"",
	  0, "2\n", "" },
	{ "import sha256sum many " HEAD, 1, "",
	  "an order has at most 4 MiB; -o DIR puts the hashes into a list" },
	{ "import sha256sum good " HEAD " >/dev/full", 1, "",
	  "interdict: writing the output: No space left on device" },
	/* Malformed rows: shown, and with --strict the end. */
	{ "import sha256sum torn " HEAD " | grep -c sha256:", 0, "1\n",
	  "torn:2:5: warning: a SHA-256 has 64 hex digits; this line has fewer\n" },
	{ "import sha256sum torn " HEAD, 0, NULL,
	  "torn:21:1: warning: not a hex digit; a line begins with a SHA-256\n"
	  "torn: 3 more malformed rows; --verbose names them\n"
	  "torn: rows 24, imported 1, duplicates 0, refused 23\n" },
	{ "import sha256sum torn -v " HEAD, 0, NULL,
	  "torn:24:1: warning: not a hex digit; a line begins with a SHA-256\n" },
	{ "import sha256sum torn --strict " HEAD, 1, "",
	  "torn: with --strict nothing is imported from a malformed file\n" },
	{ "import stix broken --order o " LESS, 1, "",
	  "broken:2:2: error: invalid token near 'x'\n" },
	{ "import sha256sum 'a\tb' " HEAD " 2>&1 >/dev/null | cut -d : -f 1", 0, "a\\x09b\n", "" },
	{ "import sha256sum weak -v " HEAD, 1, "", "weak:2:1: refused: sha1: " SHA1 "  b\n" },
	/* What a format suggests. */
	{ "import stix stix.json --order o " LESS " | grep -A 1 '^# as'", 0,
	  "# as the STIX report has it:\ntitle: Campaign\n--\n# as the STIX report has it:\n"
	  "reference: \"https://example.org/r\"\n",
	  "stix.json: rows 6, imported 1, duplicates 0, refused 5\n" },
	{ "import stix stix.json --title Mine --order o " LESS " | grep '^title'", 0,
	  "title: Mine\n", "stix.json: rows 6" },
	{ "import stix plain.json --order o " LESS, 2, "",
	  "interdict import: an order needs --title, --reference, which the file does not suggest" },
	{ "import misp misp.json --order o " LESS " | grep -A 1 '^# as'", 0,
	  "# as the MISP event has it:\ntitle: OSINT\n--\n# as the MISP event has it:\n"
	  "reference: MISP event c6a1 of 2024-01-02 by CIRCL\n",
	  "misp.json: rows 2, imported 1, duplicates 0, refused 1\n" },
	{ "import misp misp.json --all --order o " LESS " | grep -c sha256:", 0, "2\n",
	  "misp.json: rows 2, imported 2" },
	{ "import blacklist list " HEAD, 0, NULL,
	  "list: warning: bin: is what the kernel hashes: a module without its signature, and from "
	  "UEFI's dbx an Authenticode digest; such an entry matches no file as it is on disk\n" },
	/* As JSON. */
	{ "import stix stix.json --json --order o " LESS " | jq -c "
	  "'[.format,.file,.rows,.imported,.hashes,.certificates,.duplicates,.beside,.refused_total,"
	  ".refused,.written,.items,(.text|length > 100)]'",
	  0,
	  "[\"stix\",\"stix.json\",6,1,1,0,0,1,5,{\"md5\":1,\"revoked\":1,\"no-indicator\":1,"
	  "\"narrower\":1,\"negated\":1},null,null,true]\n",
	  "" },
	{ "import stix stix.json --json -v --order o " LESS " | jq -c '.items[1]'", 0,
	  "{\"line\":4,\"col\":1,\"reason\":\"md5\",\"what\":\"[file:hashes.MD5 = 'a' OR "
	  "file:hashes.'SHA-256' = '" HASH1 "' AND file:hashes.MD5 = 'b']\"}\n",
	  "" },
	{ "import sha256sum weak --json " HEAD, 1, NULL, "weak: nothing to import" },
	{ "import sha256sum good --json -o policy " HEAD " | jq -c '[.written,.text]'", 0,
	  "[[\"orders/o.yaml\"],null]\n", "" },
	/* Into a policy; nothing is overwritten unasked. */
	{ "import sha256sum good -o policy " HEAD, 1, "",
	  "interdict import: policy/orders/o.yaml is there already; --replace overwrites it" },
	{ "import sha256sum good -o policy --replace " HEAD, 0, "", "good: rows 2" },
	{ "check policy | tail -n 1", 0, "errors: 0, warnings: 1\n", "" },
	{ "import sha256sum many --json -o policy " HEAD " --order m | jq -c .written", 0,
	  "[\"lists/m.sha256\",\"orders/m.yaml\"]\n", "" },
	{ SH("for f in santa stix misp abusech blacklist; do "
	     "$I import $f $f.json -o policy " HEAD " --order $f || exit; done 2>/dev/null"),
	  0, "", "" },
	{ "check --json policy | jq -c '[.policy.orders,.policy.rules,.errors]'", 0,
	  "[7,30008,0]\n", "" },
	/* Files of thousands, made by jq and awk: the lists have their hashes, in their order. */
	{ SH("head -n 5000 many >some; "
	     "jq -Rn '{rules:[inputs|{rule_type:\"BINARY\",policy:\"BLOCKLIST\",identifier:.}]}' "
	     "<some >some.santa; "
	     "jq -Rcn '{type:\"bundle\",objects:[inputs|{type:\"indicator\",pattern:"
	     "(\"[file:hashes.\\u0027SHA-256\\u0027 = \\u0027\" + . + \"\\u0027]\")}]}' <some >some.stix; "
	     "jq -Rn '{response:[{Event:{Attribute:[inputs|{type:\"sha256\",to_ids:true,value:.}]}}]}' "
	     "<some >some.misp; "
	     "awk 'BEGIN {print \"# \\\"sha256_hash\\\",\\\"x\\\"\"} "
	     "{print \"\\\"\" $0 \"\\\", \\\"\" NR \"\\\"\\r\"}' some >some.abusech; "
	     "awk '{print \"\\\"bin:\" $0 \"\\\",\"}' some >some.blacklist; "
	     "for f in santa stix misp abusech blacklist; do "
	     "$I import $f some.$f -o policy " HEAD " --order many-$f 2>>said && "
	     "grep -v '^#' policy/lists/many-$f.sha256 | cut -c -64 | cmp - some || exit; done; "
	     "grep -c 'rows 5000, imported 5000, duplicates 0, refused 0' said"),
	  0, "5\n", "" },
	/* The list is what sha256sum reads, too; the hashes are those of the file. */
	{ SH("grep -v '^#' policy/lists/m.sha256 | cut -c -64 | cmp - <(cut -c -64 many)"), 0, "",
	  "" },
	{ SH("sha256sum * 2>/dev/null >sums; $I import sha256sum sums -o policy " HEAD
	     " --order s && "
	     "grep -o 'sha256: .*' policy/orders/s.yaml | cut -c 9- | "
	     "cmp - <(cut -c -64 sums | grep -v ^e3b0c442 | awk '!x[$0]++')"),
	  0, "", "sums: rows " },
};

static void make_files(void)
{
	run("mkdir empty policy; printf 'interdict: 1\\npolicy: p\\nserial: 1\\nmode: enforce\\n' "
	    ">policy/policy.yaml");
	tempdir_write("good", HASH1 " 77 a\n" HASH1 "  b\n");
	tempdir_write("weak", MD5 "  a\n" SHA1 "  b\n");
	tempdir_write("a\tb", HASH1 "\n");
	run("{ cat good | head -n 1; echo 1234; yes hello | head -n 22; } >torn");
	run("seq -f %064.0f 30000 >many");
	run("printf '{\"objects\":\\n[x' >broken");
	tempdir_write("list", "bin:" HASH1 "\n");
	tempdir_write("plain.json",
		      "{\"type\":\"bundle\",\"objects\":[{\"type\":\"indicator\",\"pattern\":"
		      "\"[file:hashes.'SHA-256' = '" HASH1 "']\"}]}\n");
	tempdir_write(
		"stix.json",
		"{\"type\":\"bundle\",\"objects\":[\n"
		"{\"type\":\"report\",\"name\":\"Campaign\",\"external_references\":[{\"url\":"
		"\"https://example.org/r\"}]},\n\n"
		"{\"type\":\"indicator\",\"pattern\":\"[file:hashes.MD5 = 'a' OR "
		"file:hashes.'SHA-256' = '" HASH1 "' AND file:hashes.MD5 = 'b']\"},\n"
		"{\"type\":\"indicator\",\"pattern\":\"[file:hashes.'SHA-256' = '" HASH2
		"' AND file:name = 'x']\"},\n"
		"{\"type\":\"indicator\",\"pattern\":\"[file:hashes.'SHA-256' != '" HASH2 "']\"},\n"
		"{\"type\":\"indicator\",\"revoked\":true,\"pattern\":\"[]\"}\n]}\n");
	tempdir_write(
		"misp.json",
		"{\"Event\":{\"uuid\":\"c6a1\",\"info\":\"OSINT\",\"date\":\"2024-01-02\",\"Orgc\":"
		"{\"name\":\"CIRCL\"},\"Attribute\":[\n{\"type\":\"sha256\",\"to_ids\":true,"
		"\"value\":\"" HASH1 "\"},\n{\"type\":\"sha256\",\"value\":\"" HASH2 "\"}]}}\n");
	tempdir_write("santa.json",
		      "{\"rules\":[{\"rule_type\":\"BINARY\",\"policy\":\"BLOCKLIST\","
		      "\"identifier\":\"" HASH1 "\"},{\"rule_type\":\"CERTIFICATE\","
		      "\"policy\":\"BLOCKLIST\",\"identifier\":\"" HASH2
		      "\",\"custom_msg\":\"no: #1\"}]}\n");
	tempdir_write("abusech.json", "sha256_hash,file_name\n" HASH2 ",a.exe\n");
	tempdir_write("blacklist.json", "\"bin:" HASH1 "\",\n\"bin:" HASH2 "\"\n");
}

static void test_commands(void **state)
{
	const char *program = getenv("INTERDICT");
	char script[4096];
	char out[16384];
	char err[16384];

	(void)state;
	assert_non_null(program);
	make_files();
	assert_int_equal(symlink(program, tempdir_path("interdict")), 0);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		const struct command *c = &commands[i];
		int status;

		/* pipefail is off: the last command of a pipe counts, as jq and grep are. */
		snprintf(script, sizeof(script), "cd %s && ./interdict %s", tempdir, c->arguments);
		spill("script", script, strlen(script));
		snprintf(script, sizeof(script), "cd %s && bash script >out 2>err", tempdir);
		status = system(script); /* NOLINT(cert-env33-c): a command line is the test */
		out[slurp("out", out, sizeof(out))] = '\0';
		err[slurp("err", err, sizeof(err))] = '\0';
		print_message("interdict %s: %d\n", c->arguments, WEXITSTATUS(status));
		if (!strstr(err, c->err) || (!*c->err && *err))
			print_error("expected \"%s\" in\n%s", c->err, err);
		assert_int_equal(WEXITSTATUS(status), c->status);
		assert_non_null(strstr(err, c->err));
		assert_true(*c->err || !*err);
		if (c->out)
			assert_string_equal(out, c->out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_commands, tempdir_setup, tempdir_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
