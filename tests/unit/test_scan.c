// SPDX-License-Identifier: GPL-2.0-or-later
/* `interdict scan`, by what it prints and exits with, as other tools read it. */
#include <signal.h>
#include <sys/wait.h>

#include "scanning.h"
#include "run.h"

#define POLICY	   "interdict: 1\npolicy: p\nserial: 7\nmode: enforce\n"
#define SCAN	   "scan --no-cache --config none --policy p "
#define DEBS	   "scan --no-cache --config none --policy debs "
#define JSON(what) SCAN "--json tree | jq -c '" what "'"

/* Findings in SARIF, as sarif.jq has it for policies. */
#define SARIF                                                                                    \
	".version == \"2.1.0\" and (.runs | length == 1) and (.runs[0] | .tool.driver.rules as " \
	"$rules | .invocations[0].exitCode == 5 and .invocations[0].executionSuccessful and "    \
	"all(.results[]; .ruleId == $rules[.ruleIndex].id and (.message.text | length > 0) and " \
	"(.locations[0].physicalLocation.artifactLocation.uri | "                                \
	"test(\"^(file://)?([A-Za-z0-9._~/-]|%[0-9A-F]{2})+$\"))))"

static const struct {
	const char *arguments; /* of `interdict`, in the test's directory */
	int status;
	const char *out; /* the whole standard output, or NULL: any */
	const char *err; /* part of standard error; NULL: any; "": nothing */
} runs[] = {
	{ "scan --help", 0, NULL, "" },
	{ "scan --json --csv", 2, "", "--json, --csv, --sarif: one at a time" },
	{ "scan --threads 0", 2, "", "--threads is 1 to 64, not \"0\"" },
	{ "scan -j 1x", 2, "", "--threads is 1 to 64, not \"1x\"" },
	{ "scan --only trees", 2, "", "--only is files, packages, processes, not \"trees\"" },
	{ "scan --only packages /", 2, "", "a PATH is of files" },
	{ "scan --frobnicate", 2, "", "unrecognized option" },
	{ "scan --config none --policy absent tree", 1, "", "absent: error" },
	{ SCAN "tree/absent", 1, "", "interdict scan: tree/absent: No such file or directory" },
	{ SCAN "-q tree/absent tree/=*", 5, NULL,
	  "interdict scan: tree/absent: No such file or directory" },
	{ SCAN "--json tree/absent tree/allowed | jq -c '[.type, .error, .complete]'", 0,
	  "[\"problem\",\"ENOENT\",null]\n[\"summary\",null,false]\n", "" },
	/* nothing, something, something that is only recorded */
	{ SCAN "tree/allowed", 0, "", "0 banned, 0 recorded only; 1 files" },
	{ SCAN "-q tree/allowed", 0, "", "" },
	{ SCAN "tree", 5,
	  "tree/=cmd,\"q\": banned by order o (sha256), also second: Not here.\n"
	  "tree/a\\x0ab: banned by order o (sha256), also second: Not here.\n",
	  "interdict scan: policy p, serial 7: 2 banned" },
	{ SCAN "-q tree tree tree/allowed -j 3 | wc -l", 0, "2\n", "" },
	{ "scan --no-cache --config none --policy audit -q tree/=*", 5,
	  "tree/=cmd,\"q\": recorded only, by order o (sha256): Not here.\n", "" },
	{ "scan --no-cache --config none --policy off tree", 0, "",
	  "no order of the policy is in force here" },
	{ "scan --no-cache --config none --policy pkg --only packages", 5,
	  "deb package dpkg VERSION: banned by order o (package)\n", "1 banned" },
	{ "scan --no-cache --config none --policy pkg --only packages --csv -q | python3 -c 'import "
	  "csv, sys; print([(r[\"found\"], r[\"package\"], r[\"rule\"], r[\"path\"]) for r in "
	  "csv.DictReader(sys.stdin)])'",
	  0, "[('package', 'dpkg', 'package', '')]\n", "" },
	{ "scan --no-cache --config none --policy run --only processes -q --json | jq -c "
	  "'select(.found == \"process\") | [.order, .operations, .process.comm, "
	  "(.file.path | endswith(\"/ nap (deleted)\"))]'",
	  0, "[\"o\",[\"exec\"],\" nap\",true]\n", NULL },
	/* files that install what is banned, whatever they are called */
	{ DEBS "-q debs", 5,
	  "debs/innocent, which installs the deb package vendor 1.0: banned by order o (package)\n",
	  "interdict scan: debs/torn: the package is cut off" },
	{ DEBS "--json debs/innocent | jq -c 'select(.type == \"finding\") | [.found, .verdict, "
	       ".order, .rule, .operations, .file.path, .file.size > 100, .package.name, "
	       ".package.maintainer, .package.id]'",
	  0,
	  "[\"file\",\"deny\",\"o\",\"package\",[],\"debs/innocent\",true,\"vendor\",\"V "
	  "<v@e.org>\",\"vendor\"]\n",
	  "" },
	{ DEBS "--csv -q debs/innocent | python3 -c 'import csv, sys; print([(r[\"found\"], "
	       "r[\"package\"], r[\"version\"], r[\"path\"]) for r in csv.DictReader(sys.stdin)])'",
	  0, "[('file', 'vendor', '1.0', 'debs/innocent')]\n", "" },
	{ DEBS "--sarif -q debs/innocent | jq -c '.runs[0].results[] | [.level, "
	       ".locations[0].physicalLocation.artifactLocation.uri, .message.text]'",
	  0,
	  "[\"error\",\"debs/innocent\",\"debs/innocent, which installs the deb package vendor 1.0: "
	  "banned by order o (package)\"]\n",
	  "" },
	{ DEBS "-q debs/other debs/text", 0, "", "" },
	{ DEBS "-q debs/torn", 1, "", "the package is cut off" },
	{ "explain --config none --policy debs --json debs/innocent | jq -c '.orders[0].rules[0] | "
	  "[.installs, .judged]'",
	  0, "[\"deb package vendor\",false]\n", "" },
	{ "explain --config none --policy debs debs/innocent >/dev/null", 5, "", "" },
	{ "explain --config none --policy debs debs/other >/dev/null", 0, "", "" },
	{ "scan --no-cache --config none --policy rpms -q debs", 0, "", "" },
	{ "scan --no-cache --config none --policy debs-audit -q debs/innocent", 5,
	  "debs/innocent, which installs the deb package vendor 1.0: recorded only, by order o "
	  "(package)\n",
	  "" },
	/* JSON lines */
	{ JSON("select(.type == \"finding\") | [.v, .found, .verdict, .order, .rule, .claimed, "
	       ".also, .operations, .title, .authority, .message, .contact, .file.path, "
	       ".file.size, .file.links, (.file.sha256 | length), (.file | keys | length)]"),
	  0,
	  "[1,\"file\",\"deny\",\"o\",\"sha256\",false,[\"second\"],[\"exec\",\"map\",\"open\","
	  "\"load\"],\"t\",\"a\",\"Not here.\",null,\"tree/=cmd,\\\"q\\\"\",6,1,64,10]\n"
	  "[1,\"file\",\"deny\",\"o\",\"sha256\",false,[\"second\"],[\"exec\",\"map\",\"open\","
	  "\"load\"],\"t\",\"a\",\"Not here.\",null,\"tree/a\\nb\",6,1,64,10]\n",
	  "" },
	{ JSON("select(.type == \"summary\") | [.policy.name, .policy.serial, .policy.mode, "
	       ".complete, .found, .found_audit, .files, .directories, .identified, .remembered, "
	       ".hashed_bytes, .problems, .exit]"),
	  0, "[\"p\",7,\"enforce\",true,2,0,4,2,3,0,18,0,5]\n", "" },
	{ SCAN "--json /proc | jq -c 'select(.type == \"skipped\") | [.path, .sort, .reason]' | "
	       "head -n 1",
	  0, "[\"/proc\",\"pseudo\",\"not looked into\"]\n", "" },
	{ SCAN "/proc", 0, "", "not looked into: proc" },
	/* CSV, by a program that nobody here wrote */
	{ SCAN "--csv -q tree | python3 -c 'import csv, sys; "
	       "print(sorted((r[\"path\"], r[\"order\"], r[\"also\"], r[\"size\"]) "
	       "for r in csv.DictReader(sys.stdin)))'",
	  0, "[('tree/=cmd,\"q\"', 'o', 'second', '6'), ('tree/a\\\\x0ab', 'o', 'second', '6')]\n",
	  "" },
	{ SCAN "--csv -q tree/allowed | wc -l", 0, "1\n", "" },
	/* SARIF */
	{ SCAN "--sarif -q tree | jq -e '" SARIF "'", 0, "true\n", "" },
	{ SCAN "--sarif -q tree | jq -c '.runs[0] | [.tool.driver.rules[].id, "
	       "(.results | map(.locations[0].physicalLocation.artifactLocation.uri) | sort[]), "
	       ".results[0].level, "
	       ".properties.files]'",
	  0, "[\"o\",\"tree/%3Dcmd%2C%22q%22\",\"tree/a%0Ab\",\"error\",4]\n", "" },
	{ SCAN "--sarif -q $PWD/tree/allowed | jq -c '.runs[0] | [.results, "
	       ".invocations[0].exitCode]'",
	  0, "[[],0]\n", "" },
	{ SCAN "tree >/dev/full", 5, "", "interdict: writing the output" },
	/* what is kept, and what is said of it */
	{ "scan --config none --policy p --cache db -q tree", 5, NULL, "" },
	{ "scan --config none --policy p --cache db -q tree", 5, NULL, "" },
	{ "scan --config none --policy p --cache /dev/null/db tree/allowed", 0, "",
	  "/dev/null/db cannot be used: Not a directory" },
	{ "scan --config none --policy p --cache bad-db tree/allowed", 0, "",
	  "bad-db is begun anew: it is damaged" },
};

static void read_all(const char *path, char *buf, size_t size)
{
	buf[slurp(path, buf, size)] = '\0';
}

static void write_policy(const char *name, const char *header, const char *order)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/policy.yaml", name);
	tempdir_write(path, header);
	snprintf(path, sizeof(path), "%s/orders/o.yaml", name);
	tempdir_write(path, order);
}

static void make_files(void)
{
	char *order = scanning_order(), *second;

	write_policy("p", POLICY, order);
	assert_true(asprintf(&second, "interdict: 1\norder: second\n%s", strstr(order, "title:")) >
		    0);
	tempdir_write("p/orders/second.yaml", second);
	write_policy("audit", "interdict: 1\npolicy: p\nserial: 7\nmode: audit\n", order);
	write_policy("off", "interdict: 1\npolicy: p\nserial: 7\nmode: off\n", order);
	write_policy("pkg", POLICY, ORDER_HEAD "match:\n  - package: {type: deb, name: dpkg}\n");
	write_policy("debs", POLICY,
		     ORDER_HEAD "match:\n  - package: {type: deb, maintainer: \"V *\"}\n");
	write_policy("debs-audit", "interdict: 1\npolicy: p\nserial: 7\nmode: audit\n",
		     ORDER_HEAD "match:\n  - package: {type: deb, name: vendor}\n");
	write_policy("rpms", POLICY, ORDER_HEAD "match:\n  - package: {type: rpm, name: vendor}\n");
	tempdir_write("pkg-v/DEBIAN/control",
		      "Package: vendor\nVersion: 1.0\nArchitecture: all\nMaintainer: V <v@e.org>\n"
		      "Description: x\n");
	tempdir_write("pkg-o/DEBIAN/control",
		      "Package: other\nVersion: 1.0\nArchitecture: all\nMaintainer: O <o@e.org>\n"
		      "Description: x\n");
	tempdir_write("debs/text", "a text that is longer than the shortest of packages\n");
	run("dpkg-deb -b pkg-v debs/innocent && dpkg-deb -b pkg-o debs/other && "
	    "head -c 150 debs/innocent >debs/torn");
	tempdir_write("tree/=cmd,\"q\"", SCANNING_BANNED);
	tempdir_write("tree/a\nb", SCANNING_BANNED);
	tempdir_write("tree/allowed", SCANNING_ALLOWED);
	tempdir_write("tree/sub/other-size", "x");
	tempdir_write("bad-db", "this is no database, and it is long enough to be looked at");
	assert_int_equal(chmod(tempdir_path("bad-db"), 0600), 0);
	free(order);
	free(second);
}

/* A program that is banned and runs, and whose file is gone. Returns its process. */
static pid_t start_banned(void)
{
	char path[80], hex[65] = "", order[1024];
	unsigned long long size = 0;
	pid_t pid;
	FILE *f;

	run("cp $(command -v sleep) ' nap' && echo banned >>' nap' && "
	    "echo $(sha256sum <' nap') $(stat -c %s ' nap') >nap.hash");
	f = fopen(tempdir_path("nap.hash"), "r");
	assert_int_equal(fscanf(f, "%64s - %llu", hex, &size), 2);
	fclose(f);
	snprintf(order, sizeof(order), ORDER_HEAD "match:\n  - sha256: %s\n    size: %llu\n", hex,
		 size);
	write_policy("run", POLICY, order);
	snprintf(path, sizeof(path), "%s", tempdir_path(" nap"));
	pid = fork();
	if (!pid) {
		execl(path, path, "600", NULL);
		_exit(1);
	}
	/* It runs when it has its name. */
	run("for i in $(seq 1000); do grep -q nap /proc/$(pgrep -nx ' nap')/comm && break; sleep 0.01; done");
	assert_int_equal(unlink(path), 0);
	return pid;
}

/* In the order of the bytes, for a table. */
static void sort_lines(char *text)
{
	char *lines[16], copy[8192], *line, *rest = copy;
	size_t n = 0, len = 0;

	snprintf(copy, sizeof(copy), "%s", text);
	while ((line = strsep(&rest, "\n")) && *line && n < 16)
		lines[n++] = line;
	qsort(lines, n, sizeof(*lines), scanning_compare);
	for (size_t i = 0; i < n; i++)
		len += (size_t)sprintf(text + len, "%s\n", lines[i]);
}

/* This system's dpkg. */
static void blank_version(char *text)
{
	static const char before[] = "deb package dpkg ";
	char *at = strstr(text, before), *end;

	if (!at)
		return;
	at += strlen(before);
	end = strchr(at, ':');
	memmove(at + strlen("VERSION"), end, strlen(end) + 1);
	memcpy(at, "VERSION", strlen("VERSION"));
}

static void test_runs(void **state)
{
	const char *program = getenv("INTERDICT");
	char command[2048], out[8192], err[8192];
	int status;
	pid_t pid;

	(void)state;
	assert_non_null(program);
	make_files();
	pid = start_banned();
	assert_int_equal(symlink(program, tempdir_path("interdict")), 0);
	for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
		snprintf(command, sizeof(command), "cd %s && (./interdict %s) >out 2>err", tempdir,
			 runs[i].arguments);
		status = system(command); /* NOLINT(cert-env33-c): a command line is the test */
		read_all("out", out, sizeof(out));
		read_all("err", err, sizeof(err));
		print_message("interdict %s: %d\n%s", runs[i].arguments, WEXITSTATUS(status), err);
		assert_int_equal(WEXITSTATUS(status), runs[i].status);
		if (runs[i].err && *runs[i].err)
			assert_non_null(strstr(err, runs[i].err));
		else if (runs[i].err)
			assert_string_equal(err, "");
		if (!runs[i].out)
			continue;
		sort_lines(out);
		blank_version(out);
		assert_string_equal(out, runs[i].out);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_runs, tempdir_setup, tempdir_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
