// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which files package managers are about to unpack: what apt writes, and what is among the
 * arguments of a dpkg; and what the door says of real packages, by the real dpkg.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>

#include "door/door.h"
#include "orders.h"
#include "run.h"

#define CONFIG "APT::Architecture=amd64\nDpkg::x::=a%20b\n\n"

static char seen[8192];

static int see(void *context, int dir, const char *path)
{
	size_t len = strlen(seen);

	(void)dir;
	snprintf(seen + len, sizeof(seen) - len, "%s|", path);
	return context && !strcmp(path, context) ? 77 : 0;
}

/* ---- apt ---- */

static const struct {
	const char *name, *text, *files;
	int ret;
} apt_cases[] = {
	{ "nothing", "", "", 0 },
	{ "version 1", "/a.deb\n/b c.deb\n", "/a.deb|/b c.deb|", 0 },
	{ "version 1, no newline at its end", "/a.deb", "/a.deb|", 0 },
	{ "version 2", "VERSION 2\n" CONFIG "a - < 1 /a.deb\nb 1 < 2 /b c.deb\n",
	  "/a.deb|/b c.deb|", 0 },
	{ "version 3", "VERSION 3\n" CONFIG "a - - none < 1 all none /a.deb\n", "/a.deb|", 0 },
	{ "what is not unpacked",
	  "VERSION 3\n" CONFIG "a 1 all none > - - none **REMOVE**\n"
	  "b - - none < 1 all none **CONFIGURE**\n",
	  "", 0 },
	{ "no packages", "VERSION 2\n" CONFIG, "", 0 },
	{ "an empty configuration", "VERSION 2\n\na - < 1 /a.deb\n", "/a.deb|", 0 },
	{ "a later version", "VERSION 4\n" CONFIG "a - < 1 /a.deb\n", "", -EBADMSG },
	{ "no version", "VERSION\n", "", -EBADMSG },
	{ "words", "hello\n", "", -EBADMSG },
	{ "a relative name", "a.deb\n", "", -EBADMSG },
	{ "the configuration has no end", "VERSION 2\nAPT::x=y\n", "", -EBADMSG },
	{ "too few fields", "VERSION 3\n" CONFIG "a - < 1 /a.deb\n", "", -EBADMSG },
	{ "stopped", "/stop\n/b\n", "/stop|", 77 },
};

static void test_apt(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(apt_cases) / sizeof(*apt_cases); i++) {
		FILE *in = fmemopen((char *)apt_cases[i].text, strlen(apt_cases[i].text) + 1, "r");
		int ret;

		/* Without the NUL; fmemopen() takes no empty text. */
		fclose(in);
		spill("in", apt_cases[i].text, strlen(apt_cases[i].text));
		in = fopen(tempdir_path("in"), "r");
		seen[0] = '\0';
		ret = door_apt(in, see, (char *)"/stop");
		fclose(in);
		if (ret != apt_cases[i].ret || strcmp(seen, apt_cases[i].files) != 0)
			fail_msg("%s: %d, %s", apt_cases[i].name, ret, seen);
	}
}

static void test_apt_hostile(void **state)
{
	static char line[DOOR_LINE_MAX + 2];
	FILE *in;

	(void)state;
	memset(line, '/', sizeof(line));
	spill("in", line, sizeof(line));
	in = fopen(tempdir_path("in"), "r");
	assert_int_equal(door_apt(in, see, NULL), -EBADMSG);
	fclose(in);
	spill("in", "/a\0b\n", 5);
	in = fopen(tempdir_path("in"), "r");
	assert_int_equal(door_apt(in, see, NULL), -EBADMSG);
	fclose(in);
}

/* ---- dpkg ---- */

/* A /proc where 40 (the hook) has the parent 30 (a shell), and that 20, which runs @exe. */
static void make_proc(const char *exe, const char *arguments, size_t len)
{
	run("rm -rf proc cwd; mkdir -p proc/40 proc/30 proc/20 cwd/d/e; : >cwd/x; : >cwd/d/a.deb; "
	    ": >cwd/d/e/b.deb; : >cwd/d/e/c.txt; ln -s ../a.deb cwd/d/e/l.deb; "
	    "printf 'Name:\\tinterdict\\nPPid:\\t30\\n' >proc/40/status; "
	    "printf 'Name:\\tsh\\nPPid:\\t20\\n' >proc/30/status; ln -s /bin/dash proc/30/exe; "
	    "printf 'Name:\\tx\\nPPid:\\t1\\n' >proc/20/status; ln -s $PWD/cwd proc/20/cwd");
	assert_int_equal(symlink(exe, tempdir_path("proc/20/exe")), 0);
	spill("proc/20/cmdline", arguments, len);
}

static const struct {
	const char *name, *arguments;
	size_t len;
	const char *files; /* those that are files, without the directory */
	int ret;
} dpkg_cases[] = {
#define ARGUMENTS(text) text, sizeof(text)
	{ "one file", ARGUMENTS("dpkg\0-i\0x"), "x|", 0 },
	{ "options", ARGUMENTS("dpkg\0--root=/r\0--unpack\0--force-all\0x"), "x|", 0 },
	{ "a value of an option is given, too", ARGUMENTS("dpkg\0--log\0x\0-i\0y"), "x|y|", 0 },
	{ "behind --", ARGUMENTS("dpkg\0-i\0--\0x"), "x|", 0 },
	{ "an empty argument", ARGUMENTS("dpkg\0-i\0\0x"), "x|", 0 },
	{ "no arguments", ARGUMENTS("dpkg"), "", 0 },
	{ "a directory, not recursively", ARGUMENTS("dpkg\0-i\0d"), "d|", 0 },
	{ "recursively", ARGUMENTS("dpkg\0-i\0--recursive\0d"), "d|a.deb|b.deb|l.deb|", 0 },
	{ "in a cluster", ARGUMENTS("dpkg\0-iGRE\0d"), "d|a.deb|b.deb|l.deb|", 0 },
	{ "the root is not walked", ARGUMENTS("dpkg\0-R\0--root\0d\0-i\0x"), "d|x|", 0 },
	{ "stopped", ARGUMENTS("dpkg\0-i\0stop\0x"), "stop|", 77 },
};

static int see_base(void *context, int dir, const char *path)
{
	const char *slash = strrchr(path, '/');

	return see(context, dir, slash ? slash + 1 : path);
}

static int compare_words(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Directories have no order. */
static void sort_seen(void)
{
	char *words[64], *save = NULL, copy[sizeof(seen)];
	size_t n = 0;

	strcpy(copy, seen);
	for (char *word = strtok_r(copy, "|", &save); word; word = strtok_r(NULL, "|", &save))
		words[n++] = word;
	if (n > 1)
		qsort(words + 1, n - 1, sizeof(*words), compare_words);
	seen[0] = '\0';
	for (size_t i = 0; i < n; i++)
		strcat(strcat(seen, words[i]), "|");
}

static void test_dpkg(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(dpkg_cases) / sizeof(*dpkg_cases); i++) {
		int ret;

		make_proc("/usr/bin/dpkg", dpkg_cases[i].arguments, dpkg_cases[i].len);
		seen[0] = '\0';
		ret = door_dpkg(tempdir_path("proc"), 40, see_base, (char *)"stop");
		sort_seen();
		if (ret != dpkg_cases[i].ret || strcmp(seen, dpkg_cases[i].files) != 0)
			fail_msg("%s: %d, %s", dpkg_cases[i].name, ret, seen);
	}
	make_proc("/usr/bin/other", ARGUMENTS("dpkg\0-i\0x"));
	assert_int_equal(door_dpkg(tempdir_path("proc"), 40, see, NULL), -ESRCH);
	make_proc("/usr/bin/dpkg (deleted)", ARGUMENTS("dpkg\0-i\0x"));
	assert_int_equal(door_dpkg(tempdir_path("proc"), 40, see, NULL), 0);
}

/* ---- packages ---- */

static const char build[] =
	"for p in good bad; do mkdir -p $p/DEBIAN $p/opt/$p; echo $p >$p/opt/$p/f; printf 'Package: "
	"%s\\nVersion: 1\\nArchitecture: all\\nMaintainer: T <t@example.org>\\nDescription: t\\n' $p "
	">$p/DEBIAN/control; dpkg-deb -b $p $p.deb; done; cp bad.deb innocent; head -c 200 bad.deb "
	">torn.deb; echo text >text.deb; mkdir -p root/var/lib/dpkg/info root/var/lib/dpkg/updates "
	"policy/orders; : >root/var/lib/dpkg/status; printf 'interdict: 1\\npolicy: p\\nserial: "
	"1\\nmode: enforce\\n' >policy/policy.yaml; printf '" ORDER_HEAD
	"message: Not here.\\nmatch:\\n  "
	"- package: {type: deb, name: bad}\\n' >policy/orders/o.yaml";

static void test_judge(void **state)
{
	const struct policy_device device = { 0 };
	struct policy *policy =
		order_parsed(ORDER_HEAD "match:\n  - package: {type: deb, name: bad}\n");
	static const struct {
		const char *file;
		enum door_answer answer;
	} cases[] = {
		{ "good.deb", DOOR_PASS },    { "bad.deb", DOOR_REFUSE },
		{ "innocent", DOOR_REFUSE },  { "text.deb", DOOR_PASS },
		{ "no-such", DOOR_PASS },     { "good", DOOR_PASS },
		{ "torn.deb", DOOR_UNKNOWN },
	};

	(void)state;
	run(build);
	policy->mode = POLICY_MODE_ENFORCE;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct door_verdict verdict;

		door_judge(policy, &device, AT_FDCWD, tempdir_path(cases[i].file), &verdict);
		if (verdict.answer != cases[i].answer)
			fail_msg("%s: %d %s", cases[i].file, verdict.answer, verdict.why);
		door_verdict_clear(&verdict);
	}
	policy->mode = POLICY_MODE_AUDIT;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct door_verdict verdict;

		door_judge(policy, &device, AT_FDCWD, tempdir_path(cases[i].file), &verdict);
		assert_int_not_equal(verdict.answer, DOOR_REFUSE);
		door_verdict_clear(&verdict);
	}
	policy_free(policy);
}

/* The hook's line of interdict.dpkg.cfg, with this program; by the real dpkg. */
#define DPKG                                     \
	"dpkg --root=$PWD/root --log=/dev/null " \
	"--pre-invoke=\"test ! -x $INTERDICT || $INTERDICT door dpkg --policy $PWD/policy\" "

static void test_real_dpkg(void **state)
{
	(void)state;
	if (!getenv("INTERDICT"))
		skip();
	run("! " DPKG "-i innocent 2>said && grep -q 'order o' said && grep -qx 'interdict: Not "
	    "here.' said && test ! -e root/opt/bad");
	run("! " DPKG "-i good.deb innocent && test ! -e root/opt/good");
	run("mkdir -p links && ln -sf ../innocent links/0.deb && ! " DPKG "--unpack -R links && "
	    "test ! -e root/opt/bad");
	run(DPKG "-i good.deb && test -e root/opt/good/f");
	run("printf '%s\\n' $PWD/good.deb | $INTERDICT door apt --policy policy");
	run("printf '%s\\n' $PWD/good.deb $PWD/innocent | $INTERDICT door apt --policy policy; test $? "
	    "= 4");
	run("$INTERDICT door rpm --policy policy innocent; test $? = 4");
	/* Control: without the hook it goes through. */
	run("dpkg --root=$PWD/root --log=/dev/null -i innocent && test -e root/opt/bad/f");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_apt),	  cmocka_unit_test(test_apt_hostile),
		cmocka_unit_test(test_dpkg),	  cmocka_unit_test(test_judge),
		cmocka_unit_test(test_real_dpkg),
	};

	return cmocka_run_group_tests(tests, tempdir_setup, tempdir_teardown);
}
