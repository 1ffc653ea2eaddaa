// SPDX-License-Identifier: GPL-2.0-or-later
/* dpkg's database: whole, torn, missing, and while dpkg writes it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>

#include "packages/package.h"
#include "dpkg_made.h"

/* ---- status ---- */

struct status_case {
	const char *what;
	const char *status;
	const char *packages; /* "id=version " of each, in order */
	const char *why;      /* NULL: it is read */
};

#define BAD(what, status, why)          \
	{                               \
		what, status, NULL, why \
	}
#define STATUS "/var/lib/dpkg/status"

static const struct status_case statuses[] = {
	{ "one", STANZA("a", "1", "") "\n", "a=1 ", NULL },
	{ "two, by name", STANZA("b", "2", "") "\n" STANZA("a", "1", "") "\n", "a=1 b=2 ", NULL },
	{ "a new system's", "", "", NULL },
	{ "empty lines only", "\n\n", "", NULL },
	{ "empty lines between", STANZA("a", "1", "") "\n\n\n" STANZA("b", "1", "") "\n",
	  "a=1 b=1 ", NULL },
	{ "a line of white space ends a stanza, too",
	  STANZA("a", "1", "") " \n" STANZA("b", "1", "") "\n", "a=1 b=1 ", NULL },
	{ "lines that go on", STANZA("a", "1", "Description: x\n y\n .\n\tz: z\n") "\n", "a=1 ",
	  NULL },
	{ "a field in other letters", "package: a\nSTATUS: install ok installed\nversion: 1\n\n",
	  "a=1 ", NULL },
	{ "no version", "Package: a\nStatus: install ok installed\n\n", "a=- ", NULL },
	{ "white space around a value",
	  "Package:\ta \nStatus:  install ok installed\nVersion:1\n\n", "a=1 ", NULL },
	{ "no architecture",
	  "Package: a\nStatus: install ok installed\nVersion: 1\nMulti-Arch: same\n\n", "a=1 ",
	  NULL },
	{ "of several architectures", STANZA("a", "1", "Multi-Arch: same\n") "\n", "a:amd64=1 ",
	  NULL },
	{ "of two at a time",
	  STANZA("a", "1",
		 "Multi-Arch: same\n") "\nPackage: a\nStatus: install ok installed\n"
				       "Architecture: i386\nMulti-Arch: same\nVersion: 1\n\n",
	  "a:amd64=1 a:i386=1 ", NULL },
	{ "for any architecture", STANZA("a", "1", "Multi-Arch: foreign\n") "\n", "a=1 ", NULL },
	{ "removed", "Package: a\nStatus: deinstall ok config-files\nVersion: 1\n\n", "", NULL },
	{ "never installed", "Package: a\nStatus: unknown ok not-installed\n\n", "", NULL },
	{ "half installed", "Package: a\nStatus: install reinstreq half-installed\nVersion: 1\n\n",
	  "a=1 ", NULL },
	{ "unpacked", "Package: a\nStatus: install ok unpacked\nVersion: 1\n\n", "a=1 ", NULL },
	{ "half configured", "Package: a\nStatus: install ok half-configured\nVersion: 1\n\n",
	  "a=1 ", NULL },
	{ "waits for triggers", "Package: a\nStatus: install ok triggers-awaited\nVersion: 1\n\n",
	  "a=1 ", NULL },
	{ "has triggers", "Package: a\nStatus: install ok triggers-pending\nVersion: 1\n\n", "a=1 ",
	  NULL },
	{ "kept back, of another's wish", "Package: a\nStatus: hold ok installed\nVersion: 1\n\n",
	  "a=1 ", NULL },
	{ "other letters of a name",
	  "Package: A.b+c-d_e\nStatus: install ok installed\nVersion: 1\n\n", "A.b+c-d_e=1 ",
	  NULL },
	{ "twice: the later counts", STANZA("a", "1", "") "\n" STANZA("a", "2", "") "\n", "a=2 ",
	  NULL },
	{ "carriage returns", "Package: a\r\nStatus: install ok installed\r\nVersion: 1\r\n\n",
	  "a=1 ", NULL },

	BAD("cut in a line", STANZA("a", "1", "") "\nPackage: b",
	    STATUS " is cut off: it does not end with an empty line"),
	BAD("cut behind a line", STANZA("a", "1", ""),
	    STATUS " is cut off: it does not end with an empty line"),
	BAD("cut to one byte", "P", STATUS " is cut off: it does not end with an empty line"),
	BAD("one line feed", "\n", STATUS " is cut off: it does not end with an empty line"),
	BAD("no name", "Status: install ok installed\nVersion: 1\n\n",
	    STATUS ":1: a package has no name"),
	BAD("an empty name", "Package:\nStatus: install ok installed\n\n",
	    STATUS ":1: a package's name is none"),
	BAD("no status", STANZA("a", "1", "") "\nPackage: b\nVersion: 1\n\n",
	    STATUS ":7: a package has no status"),
	BAD("a status that is none", "Package: a\nStatus: install ok instaled\n\n",
	    STATUS ":1: a package's status is none"),
	BAD("an empty status", "Package: a\nStatus:\n\n", STATUS ":1: a package's status is none"),
	BAD("a path as a name", "Package: ../../etc/shadow\nStatus: install ok installed\n\n",
	    STATUS ":1: a package's name is none"),
	BAD("a hidden name", "Package: .a\nStatus: install ok installed\n\n",
	    STATUS ":1: a package's name is none"),
	BAD("a name with a space", "Package: a b\nStatus: install ok installed\n\n",
	    STATUS ":1: a package's name is none"),
	BAD("a name with a colon", "Package: a:b\nStatus: install ok installed\n\n",
	    STATUS ":1: a package's name is none"),
	BAD("a name that is not ASCII", "Package: \303\244\nStatus: install ok installed\n\n",
	    STATUS ":1: a package's name is none"),
	BAD("an architecture that is a path",
	    "Package: a\nStatus: install ok installed\nArchitecture: ../x\nMulti-Arch: same\n\n",
	    STATUS ":1: a package's architecture is none"),
	BAD("a field twice", STANZA("a", "1", "Version: 2\n") "\n",
	    STATUS ":6: a field is there twice"),
	BAD("a field twice, in other letters", STANZA("a", "1", "pAcKaGe: b\n") "\n",
	    STATUS ":6: a field is there twice"),
	BAD("a line without a colon", STANZA("a", "1", "nonsense\n") "\n",
	    STATUS ":6: a line is no field"),
	BAD("a line of a colon", STANZA("a", "1", ": x\n") "\n", STATUS ":6: a line is no field"),
	BAD("a field with a space", STANZA("a", "1", "My Field: x\n") "\n",
	    STATUS ":6: a field's name has white space in it"),
	BAD("begins in the middle", " y\nPackage: a\n\n",
	    STATUS ":1: a stanza begins in the middle of a field"),
	BAD("a comment, which dpkg does not write there", "#x\n\n",
	    STATUS ":1: a line is no field"),
};

static int note(void *context, const struct package *package)
{
	char *list = context;
	size_t len = strlen(list);

	assert_int_equal(package->type, PACKAGE_DEB);
	snprintf(list + len, 4096 - len, "%s=%s ", package->id,
		 package->version ? package->version : "-");
	return 0;
}

static void check_read(const char *what, const char *packages, const char *why)
{
	struct package_databases databases;
	char list[4096] = "";
	int ret = package_each(tempdir, PACKAGE_TYPE_BIT(PACKAGE_DEB), note, list, &databases);

	if (ret != (why ? -EBADMSG : 0) || strcmp(databases.of[PACKAGE_DEB].why, why ? why : "") ||
	    strcmp(list, packages ? packages : ""))
		fail_msg("%s: %d, \"%s\", \"%s\"", what, ret, databases.of[PACKAGE_DEB].why, list);
	assert_int_equal(databases.of[PACKAGE_DEB].state,
			 why ? PACKAGE_DATABASE_BROKEN : PACKAGE_DATABASE_READ);
}

static void test_status(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		dpkg_wipe();
		dpkg_status(statuses[i].status);
		check_read(statuses[i].what, statuses[i].packages, statuses[i].why);
	}
}

static void test_bytes(void **state)
{
	static const char nul[] = "Package: a\nStatus: install ok installed\nX: \0\n\n";
	static char zeros[4096];

	(void)state;
	dpkg_wipe();
	dpkg_bytes(DPKG "status", nul, sizeof(nul) - 1);
	check_read("a NUL", NULL, STATUS ":3: there is a NUL in it");
	/* What a power cut leaves of a file that was made longer and not written. */
	dpkg_bytes(DPKG "status", zeros, sizeof(zeros));
	check_read("zeros", NULL, STATUS " is cut off: it does not end with an empty line");
	dpkg_wipe();
	dpkg_status("");
	tempdir_write(DPKG "info/a.list", "/.\n");
	check_read("empty, with lists", NULL,
		   STATUS " is empty, and there are lists of installed files");
}

static void test_absent(void **state)
{
	struct package_databases databases;
	char list[4096] = "";

	(void)state;
	dpkg_wipe();
	assert_int_equal(package_each(tempdir, PACKAGE_TYPES_ALL, note, list, &databases), 0);
	assert_int_equal(databases.of[PACKAGE_DEB].state, PACKAGE_DATABASE_ABSENT);
	assert_string_equal(list, "");
	mkdir(tempdir_path("var"), 0755);
	mkdir(tempdir_path("var/lib"), 0755);
	mkdir(tempdir_path("var/lib/dpkg"), 0755);
	mkdir(tempdir_path(DPKG "status"), 0755);
	check_read("a directory", NULL, STATUS ": Invalid argument");
}

/* ---- updates ---- */

struct update_case {
	const char *what;
	const char *updates[3]; /* 0000, 0001, tmp.i */
	const char *packages;
	const char *why;
};

static const struct update_case updates[] = {
	{ "none", { NULL }, "a=1 ", NULL },
	{ "a newer version", { STANZA("a", "2", "") }, "a=2 ", NULL },
	{ "two, the later counts", { STANZA("a", "2", ""), STANZA("a", "3", "") }, "a=3 ", NULL },
	{ "another package", { STANZA("b", "1", "") }, "a=1 b=1 ", NULL },
	{ "removed", { "Package: a\nStatus: deinstall ok config-files\nVersion: 1\n" }, "", NULL },
	{ "padded", { "#padding\n#padding\n" STANZA("a", "2", "") "#padding\n" }, "a=2 ", NULL },
	{ "not done yet", { NULL, NULL, "Package: a\nStat" }, "a=1 ", NULL },
	{ "empty", { "" }, "a=1 ", NULL },
	{ "cut off",
	  { "Package: a\nStatus: install ok inst" },
	  NULL,
	  "/var/lib/dpkg/updates/0000:2: the last line has no end" },
	{ "without a status",
	  { "Package: a\nVersion: 2\n" },
	  NULL,
	  STATUS ":1: a package has no status" },
	{ "for another architecture",
	  { "Package: a\nStatus: install ok installed\nArchitecture: all\nVersion: 2\n" },
	  "a=2 ",
	  NULL },
};

static void test_updates(void **state)
{
	static const char *const names[3] = { "0000", "0001", "tmp.i" };
	char path[64];
	size_t i;
	size_t u;

	(void)state;
	for (i = 0; i < sizeof(updates) / sizeof(updates[0]); i++) {
		dpkg_wipe();
		dpkg_status(STANZA("a", "1", "") "\n");
		for (u = 0; u < 3; u++) {
			snprintf(path, sizeof(path), UPDATES "%s", names[u]);
			if (updates[i].updates[u])
				tempdir_write(path, updates[i].updates[u]);
		}
		check_read(updates[i].what, updates[i].packages, updates[i].why);
	}
}

/* ---- files ---- */

struct files_case {
	const char *what;
	const char *list;	/* info/a.list */
	const char *other;	/* info/a:amd64.list */
	const char *diversions; /* or NULL */
	const char *files;	/* "path " of each */
	const char *why;
};

#define BROKEN_DIVERSIONS "/var/lib/dpkg/diversions is broken"

static const struct files_case files[] = {
	{ "two", "/.\n/usr\n/usr/bin/a\n", NULL, NULL, "/usr /usr/bin/a ", NULL },
	{ "none", "", NULL, NULL, "", NULL },
	{ "the root alone", "/.\n", NULL, NULL, "", NULL },
	{ "by its architecture", NULL, "/usr/bin/a\n", NULL, "/usr/bin/a ", NULL },
	{ "a name with spaces and control characters", "/x y\t\001\n", NULL, NULL, "/x y\t\001 ",
	  NULL },
	{ "diverted by another", "/a\n/b\n", NULL, "/a\n/a.real\nother\n", "/a.real /b ", NULL },
	{ "diverted by itself", "/a\n", NULL, "/a\n/a.real\na\n", "/a ", NULL },
	{ "diverted by the administrator", "/a\n", NULL, "/a\n/a.real\n:\n", "/a.real ", NULL },
	{ "of many diversions", "/c\n", NULL, "/d\n/d1\no\n/b\n/b1\no\n/c\n/c1\no\n", "/c1 ",
	  NULL },
	{ "no list", NULL, NULL, NULL, "", "the list of the files of a is missing" },
	{ "cut off", "/usr\n/usr/bin/", NULL, NULL, "",
	  "/var/lib/dpkg/info/a.list of a is cut off" },
	{ "a relative path", "/usr\nbin/a\n", NULL, NULL, "/usr ",
	  "the list of the files of a is broken" },
	{ "an empty line", "/usr\n\n/x\n", NULL, NULL, "/usr ",
	  "the list of the files of a is broken" },
	{ "diversions of two lines", "/a\n", NULL, "/a\n/a.real\n", "", BROKEN_DIVERSIONS },
	{ "diversions cut off", "/a\n", NULL, "/a\n/a.real\nother", "", BROKEN_DIVERSIONS },
	{ "diversions of relative paths", "/a\n", NULL, "a\n/a.real\no\n", "", BROKEN_DIVERSIONS },
};

static int note_file(void *context, const char *path)
{
	char *list = context;
	size_t len = strlen(list);

	snprintf(list + len, 4096 - len, "%s ", path);
	return 0;
}

static void test_files(void **state)
{
	const struct package package = {
		.type = PACKAGE_DEB, .name = (char *)"a", .id = (char *)"a", .arch = (char *)"amd64"
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char why[PACKAGE_WHY_MAX];
		char list[4096] = "";
		int ret;

		dpkg_wipe();
		dpkg_status("");
		if (files[i].list)
			tempdir_write(DPKG "info/a.list", files[i].list);
		if (files[i].other)
			tempdir_write(DPKG "info/a:amd64.list", files[i].other);
		if (files[i].diversions)
			tempdir_write(DPKG "diversions", files[i].diversions);
		ret = package_files(tempdir, &package, note_file, list, why);
		if (ret != (files[i].why ? -EBADMSG : 0) ||
		    strcmp(why, files[i].why ? files[i].why : "") || strcmp(list, files[i].files))
			fail_msg("%s: %d, \"%s\", \"%s\"", files[i].what, ret, why, list);
	}
}

static int stop(void *context, const char *path)
{
	(void)path;
	++*(int *)context;
	return 7;
}

static int stop_package(void *context, const struct package *package)
{
	(void)package;
	++*(int *)context;
	return 7;
}

static void test_stop(void **state)
{
	const struct package package = { .type = PACKAGE_DEB,
					 .name = (char *)"a",
					 .id = (char *)"a" };
	char why[PACKAGE_WHY_MAX];
	int calls = 0;

	(void)state;
	dpkg_wipe();
	dpkg_status(STANZA("a", "1", "") "\n" STANZA("b", "1", "") "\n");
	tempdir_write(DPKG "info/a.list", "/a\n/b\n");
	assert_int_equal(package_files(tempdir, &package, stop, &calls, why), 7);
	assert_int_equal(calls, 1);
	assert_int_equal(package_each(tempdir, PACKAGE_TYPES_ALL, stop_package, &calls, NULL), 7);
	assert_int_equal(calls, 2);
}

/* Neither a list nor a file is followed out of the root. */
static void test_root(void **state)
{
	int fd;

	(void)state;
	dpkg_wipe();
	tempdir_write("inside", "x");
	assert_int_equal(symlink("/etc/passwd", tempdir_path("absolute")), 0);
	assert_int_equal(symlink("../../../../etc/passwd", tempdir_path("relative")), 0);
	assert_int_equal(symlink("/inside", tempdir_path("good")), 0);
	assert_int_equal(package_open_below(tempdir, "/absolute", O_RDONLY), -ENOENT);
	assert_int_equal(package_open_below(tempdir, "/relative", O_RDONLY), -ENOENT);
	assert_int_equal(package_open_below(tempdir, "/../../../etc/passwd", O_RDONLY), -ENOENT);
	fd = package_open_below(tempdir, "/good", O_RDONLY);
	assert_true(fd >= 0);
	close(fd);
}

/* ---- rules ---- */

struct match_case {
	struct policy_package rule;
	bool matches;
};

static const struct match_case matches[] = {
	{ { .type = "deb", .name = "wechat" }, true },
	{ { .type = "deb", .name = "we*" }, true },
	{ { .type = "deb", .name = "*" }, true },
	{ { .type = "deb", .name = "w?chat" }, true },
	{ { .type = "deb", .name = "[a-z]echat" }, true },
	{ { .type = "deb", .maintainer = "Team *" }, true },
	{ { .type = "deb", .maintainer = "*<*@example.org/x>" }, true },
	{ { .type = "deb", .name = "wechat", .maintainer = "Team *" }, true },
	{ { .type = "deb", .origin = ".hidden/*" }, true },
	{ { .type = "rpm", .name = "wechat" }, false },
	{ { .type = "deb", .name = "WeChat" }, false },
	{ { .type = "deb", .name = "wecha" }, false },
	{ { .type = "deb", .name = "echat" }, false },
	{ { .type = "deb", .name = "w\\*" }, false },
	{ { .type = "deb", .name = "wechat", .maintainer = "Other *" }, false },
	{ { .type = "deb", .vendor = "*" }, false },
	{ { .type = "deb", .name = "wechat", .vendor = "*" }, false },
	{ { .type = "deb", .name = "" }, false },
	{ { .name = "wechat" }, false },
};

static void test_matches(void **state)
{
	const struct package package = {
		.type = PACKAGE_DEB,
		.name = (char *)"wechat",
		.maintainer = (char *)"Team <team@example.org/x>",
		.origin = (char *)".hidden/x",
		.id = (char *)"wechat",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(matches) / sizeof(matches[0]); i++)
		if (package_matches(&matches[i].rule, &package) != matches[i].matches)
			fail_msg("row %zu", i);
}

/* ---- this machine's own ---- */

static int count(void *context, const struct package *package)
{
	struct {
		FILE *out;
	} *to = context;

	fprintf(to->out, "%s %s\n", package->name, package->version);
	return 0;
}

/* The same as dpkg's own tool says. */
static void test_dpkg_query(void **state)
{
	struct {
		FILE *out;
	} to = { 0 };
	char command[512];

	(void)state;
	dpkg_wipe();
	if (access("/var/lib/dpkg/status", R_OK) || system("dpkg-query --version >/dev/null 2>&1"))
		return;
	to.out = fopen(tempdir_path("ours"), "w");
	assert_non_null(to.out);
	assert_int_equal(package_each("", PACKAGE_TYPE_BIT(PACKAGE_DEB), count, &to, NULL), 0);
	fclose(to.out);
	snprintf(command, sizeof(command),
		 "cd %s && dpkg-query -W -f '${db:Status-Abbrev}|${Package} ${Version}\\n' | "
		 "grep -v '^.[nc]' | sed 's/^[^|]*|//' | sort >theirs && sort ours | cmp - theirs",
		 tempdir);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_status),	   cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_absent),	   cmocka_unit_test(test_updates),
		cmocka_unit_test(test_files),	   cmocka_unit_test(test_stop),
		cmocka_unit_test(test_root),	   cmocka_unit_test(test_matches),
		cmocka_unit_test(test_dpkg_query),
	};

	return cmocka_run_group_tests(tests, tempdir_setup, tempdir_teardown);
}
