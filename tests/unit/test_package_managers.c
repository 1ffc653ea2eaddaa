// SPDX-License-Identifier: GPL-2.0-or-later
/* The databases of rpm (made by rpm itself), Flatpak and snapd (made to their descriptions). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>

#include "packages/package.h"
#include "dpkg_made.h"

#define RPM "var/lib/rpm/"

static void run(const char *command)
{
	char text[8192];

	snprintf(text, sizeof(text), "cd %s && { %s; } >out 2>&1", tempdir, command);
	if (system(text)) {
		snprintf(text, sizeof(text), "tail -n 5 %s/out >&2", tempdir);
		if (system(text))
			abort();
		fail_msg("%s", command);
	}
}

static int note_file(void *context, const char *path)
{
	char *list = context;

	snprintf(list + strlen(list), 4096 - strlen(list), "%s ", path);
	return 0;
}

static const char *or_none(const char *text)
{
	return text ? text : "-";
}

/* Each package with its files, as they come. */
static int note(void *context, const struct package *package)
{
	char *list = context;
	size_t len = strlen(list);
	char why[PACKAGE_WHY_MAX];
	int ret;

	snprintf(list + len, 4096 - len, "%s|%s|%s|%s|%s|%s|%s: ", package->id, package->name,
		 or_none(package->version), or_none(package->arch), or_none(package->maintainer),
		 or_none(package->vendor), or_none(package->origin));
	ret = package_files(tempdir, package, note_file, list, why);
	len = strlen(list);
	if (ret)
		snprintf(list + len, 4096 - len, "(%s) ", why);
	return 0;
}

static void expect(enum package_type type, const char *packages, const char *why)
{
	struct package_databases databases;
	char list[4096] = "";
	int ret = package_each(tempdir, PACKAGE_TYPE_BIT(type), note, list, &databases);

	if (ret != (why ? -EBADMSG : 0) || (why && !strstr(databases.of[type].why, why)) ||
	    strcmp(list, packages))
		fail_msg("%d, \"%s\", \"%s\", and not \"%s\"", ret, databases.of[type].why, list,
			 packages);
}

/* ---- rpm ---- */

#define SPEC                                                                                     \
	"Name: vendor\nVersion: 1.0\nRelease: 2\nSummary: s\nLicense: x\nVendor: The Vendor\n"   \
	"Packager: P <p@e.org>\nDistribution: D\nBuildArch: noarch\n%description\nd\n%install\n" \
	"mkdir -p %{buildroot}/opt/vendor/sub\n"                                                 \
	"printf '#!/bin/sh\\n' >%{buildroot}/opt/vendor/script\n"                                \
	"echo data >%{buildroot}/opt/vendor/sub/data\n%files\n/opt/vendor\n"

#define VENDOR                                                                           \
	"vendor-1.0-2.noarch|vendor|1.0-2|noarch|P <p@e.org>|The Vendor|D: /opt/vendor " \
	"/opt/vendor/script /opt/vendor/sub /opt/vendor/sub/data "

static void make_rpm(void)
{
	dpkg_wipe();
	tempdir_write("v.spec", SPEC);
	run("rpmbuild -bb --define \"_topdir $PWD/top\" v.spec && "
	    "rpm --root $PWD --define '_db_backend sqlite' --dbpath /var/lib/rpm -i --nodeps "
	    "$(find top -name '*.rpm')");
}

static void test_rpm(void **state)
{
	struct package package;
	char why[PACKAGE_WHY_MAX];
	char path[256];
	FILE *names;
	int fd;

	(void)state;
	make_rpm();
	expect(PACKAGE_RPM, VENDOR, NULL);
	/* What the file says of itself is the same. */
	run("find top -name '*.rpm' | tr -d '\\n' >name");
	names = fopen(tempdir_path("name"), "r");
	assert_non_null(names);
	assert_non_null(fgets(path, sizeof(path), names));
	fclose(names);
	fd = open(tempdir_path(path), O_RDONLY);
	assert_true(fd >= 0);
	assert_int_equal(package_of_file(fd, &package, why), 0);
	close(fd);
	assert_string_equal(package.id, "vendor-1.0-2.noarch");
	assert_string_equal(package.vendor, "The Vendor");
	package_clear(&package);
	/* The newer of the two places. */
	run("mkdir -p usr/lib/sysimage && mv var/lib/rpm usr/lib/sysimage/");
	expect(PACKAGE_RPM, VENDOR, NULL);
	run("rpm --root $PWD --define '_db_backend sqlite' --dbpath /usr/lib/sysimage/rpm -e vendor");
	expect(PACKAGE_RPM, "", NULL);
}

static void test_rpm_broken(void **state)
{
	(void)state;
	make_rpm();
	run("sqlite3 " RPM "rpmdb.sqlite \"UPDATE Packages SET blob = x'0000'\"");
	expect(PACKAGE_RPM, "", "the header of package 1 is broken");
	run("sqlite3 " RPM "rpmdb.sqlite 'DROP TABLE Packages'");
	expect(PACKAGE_RPM, "", "no such table: Packages");
	run("rm -f " RPM "rpmdb.sqlite-*; echo nonsense >" RPM "rpmdb.sqlite");
	expect(PACKAGE_RPM, "", "file is not a database");
	run("rm -rf " RPM "*; echo x >" RPM "Packages");
	expect(PACKAGE_RPM, "", "var/lib/rpm/Packages is a Berkeley DB, which is not read");
	run("rm -rf " RPM "*");
	expect(PACKAGE_RPM, "", NULL);
}

/* ---- ndb ---- */

static void put32(uint8_t *p, uint32_t n)
{
	p[0] = (uint8_t)n;
	p[1] = (uint8_t)(n >> 8);
	p[2] = (uint8_t)(n >> 16);
	p[3] = (uint8_t)(n >> 24);
}

/* What rpm wrote to its other database, in this form. */
static size_t make_ndb(uint8_t *file)
{
	sqlite3_stmt *statement;
	sqlite3 *db;
	size_t blocks;
	size_t len;
	size_t at;

	make_rpm();
	assert_int_equal(sqlite3_open(tempdir_path(RPM "rpmdb.sqlite"), &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, "SELECT blob FROM Packages", -1, &statement, NULL),
			 SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	len = (size_t)sqlite3_column_bytes(statement, 0);
	blocks = (16 + len + 12 + 15) / 16;
	memset(file, 0, 4096 + blocks * 16);
	memcpy(file, "RpmP", 4);
	put32(file + 8, 7);
	put32(file + 12, 1);
	for (at = 32; at < 4096; at += 16)
		memcpy(file + at, "Slot", 4);
	put32(file + 36, 3);
	put32(file + 40, 256);
	put32(file + 44, (uint32_t)blocks);
	memcpy(file + 4096, "BlbS", 4);
	put32(file + 4100, 3);
	put32(file + 4104, 7);
	put32(file + 4108, (uint32_t)len);
	memcpy(file + 4112, sqlite3_column_blob(statement, 0), len);
	at = 4096 + blocks * 16;
	put32(file + at - 8, (uint32_t)len);
	memcpy(file + at - 4, "BlbE", 4);
	sqlite3_finalize(statement);
	sqlite3_close(db);
	run("rm -rf " RPM "*");
	return at;
}

static void test_ndb(void **state)
{
	static uint8_t file[65536];
	static const struct {
		size_t at;
		uint8_t byte;
		const char *why; /* NULL: read */
	} cases[] = {
		{ 8, 9, NULL },
		{ 0, 'x', "Packages.db is broken" },
		{ 4, 1, "Packages.db is broken" },
		{ 12, 0, "Packages.db is broken" },
		{ 12, 9, "Packages.db is broken" },
		{ 15, 0xff, "Packages.db is broken" },
		{ 32, 'x', "Packages.db is broken" },
		{ 4095 - 15, 'x', "Packages.db is broken" },
		{ 36, 4, "Packages.db is broken" },
		{ 41, 0xff, "Packages.db is broken" },
		{ 44, 0, "Packages.db is broken" },
		{ 47, 0xff, "Packages.db is broken" },
		{ 4096, 'x', "Packages.db is broken" },
		{ 4108, 0, "Packages.db is broken" },
		{ 4111, 0xff, "Packages.db is broken" },
		{ 4112, 0xff, "the header of package 3 is broken" },
	};
	size_t len = make_ndb(file);
	size_t i;

	(void)state;
	dpkg_bytes(RPM "Packages.db", file, len);
	expect(PACKAGE_RPM, VENDOR, NULL);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t before = file[cases[i].at];

		file[cases[i].at] = cases[i].byte;
		dpkg_bytes(RPM "Packages.db", file, len);
		expect(PACKAGE_RPM, cases[i].why ? "" : VENDOR, cases[i].why);
		file[cases[i].at] = before;
	}
	dpkg_bytes(RPM "Packages.db", file, len - 1);
	expect(PACKAGE_RPM, "", "Packages.db is broken");
	dpkg_bytes(RPM "Packages.db", file, 10);
	expect(PACKAGE_RPM, "", "Packages.db is broken");
	dpkg_bytes(RPM "Packages.db", file, 0);
	expect(PACKAGE_RPM, "", "Packages.db is broken");
}

/* ---- flatpak ---- */

#define SYSTEM "var/lib/flatpak/"
#define APP    "app/org.example.App/x86_64/stable/"

static void deploy(const char *installation, const char *ref, const char *commit)
{
	static const char data[] = "flathub\0abcdef\0and so on";
	char path[512];

	snprintf(path, sizeof(path), "%s%s%s/metadata", installation, ref, commit);
	tempdir_write(path, "[Application]\n");
	snprintf(path, sizeof(path), "%s%s%s/files/bin/app", installation, ref, commit);
	tempdir_write(path, commit);
	snprintf(path, sizeof(path), "%s%s%s/deploy", installation, ref, commit);
	dpkg_bytes(path, data, sizeof(data));
	snprintf(path, sizeof(path), "%s%sactive", installation, ref);
	unlink(tempdir_path(path));
	assert_int_equal(symlink(commit, tempdir_path(path)), 0);
}

#define DEPLOYED(place, commit)                                                   \
	"app/org.example.App/x86_64/stable|org.example.App|" commit               \
	"|x86_64|-|-|flathub: /" place APP commit "/files/bin /" place APP commit \
	"/files/bin/app "

static void test_flatpak(void **state)
{
	static const char user[] = "home/u/.local/share/flatpak/";

	(void)state;
	dpkg_wipe();
	expect(PACKAGE_FLATPAK, "", NULL);
	deploy(SYSTEM, APP, "1111");
	assert_int_equal(
		symlink("x86_64/stable", tempdir_path(SYSTEM "app/org.example.App/current")), 0);
	expect(PACKAGE_FLATPAK, DEPLOYED(SYSTEM, "1111"), NULL);
	/* A newer one, and the old is still there. */
	deploy(SYSTEM, APP, "2222");
	run("rm -rf " SYSTEM APP "1111/files");
	expect(PACKAGE_FLATPAK, DEPLOYED(SYSTEM, "2222"), NULL);
	/* A user's own. */
	deploy(user, APP, "3333");
	expect(PACKAGE_FLATPAK,
	       DEPLOYED(SYSTEM, "2222") DEPLOYED("home/u/.local/share/flatpak/", "3333"), NULL);
	/* One that is broken is the user's own affair. */
	run("rm home/u/.local/share/flatpak/" APP "3333/metadata");
	expect(PACKAGE_FLATPAK, DEPLOYED(SYSTEM, "2222"), NULL);
	/* Nor does a link lead elsewhere. */
	run("rm -rf home/u/.local && mkdir -p home/u/.local && ln -s /var/lib home/u/.local/share");
	expect(PACKAGE_FLATPAK, DEPLOYED(SYSTEM, "2222"), NULL);
	/* The system's is broken. */
	run("rm " SYSTEM APP "2222/metadata");
	expect(PACKAGE_FLATPAK, "", "there is no metadata");
	run("rm " SYSTEM APP "active && mkdir " SYSTEM APP "active");
	expect(PACKAGE_FLATPAK, "", "the active commit cannot be told");
	run("rm -r " SYSTEM APP "active");
	expect(PACKAGE_FLATPAK, "", NULL);
}

static void test_runtime(void **state)
{
	(void)state;
	dpkg_wipe();
	deploy(SYSTEM, "runtime/org.example.Platform/x86_64/23.08/", "1111");
	expect(PACKAGE_FLATPAK,
	       "runtime/org.example.Platform/x86_64/23.08|org.example.Platform|1111|x86_64|-|-|"
	       "flathub: /" SYSTEM
	       "runtime/org.example.Platform/x86_64/23.08/1111/files/bin /" SYSTEM
	       "runtime/org.example.Platform/x86_64/23.08/1111/files/bin/app ",
	       NULL);
}

/* ---- snap ---- */

#define ASSERTS "var/lib/snapd/assertions/asserts-v0/"

static void test_snap(void **state)
{
	(void)state;
	dpkg_wipe();
	expect(PACKAGE_SNAP, "", NULL);
	tempdir_write("var/lib/snapd/snaps/vendor_12.snap", "hsqs");
	tempdir_write("var/lib/snapd/snaps/partial/x", "");
	tempdir_write("var/lib/snapd/snaps/nonsense", "");
	tempdir_write("var/lib/snapd/snaps/no-revision.snap", "");
	tempdir_write("var/lib/snapd/snaps/a b_1.snap", "");
	expect(PACKAGE_SNAP, "vendor|vendor|-|-|-|-|-: /var/lib/snapd/snaps/vendor_12.snap ", NULL);
	tempdir_write("snap/vendor/12/meta/snap.yaml",
		      "name: vendor\nversion: '1.0'\nbase: core\n");
	tempdir_write("snap/vendor/12/bin", "x");
	tempdir_write(
		ASSERTS "snap-declaration/16/AbCd/active",
		"type: snap-declaration\nsnap-name: vendor\npublisher-id: PuB\n\nsignature\n");
	tempdir_write(ASSERTS "snap-declaration/16/Other/active",
		      "type: snap-declaration\nsnap-name: other\npublisher-id: Oth\n\nsignature\n");
	tempdir_write(ASSERTS "account/PuB/active",
		      "type: account\ndisplay-name: The Vendor Ltd\n\nsignature\n");
	run("rm snap/vendor/12/bin && touch snap/vendor/12/meta/x && rm snap/vendor/12/meta/x");
	expect(PACKAGE_SNAP,
	       "vendor|vendor|1.0|-|-|The Vendor Ltd|store: /var/lib/snapd/snaps/vendor_12.snap "
	       "/snap/vendor/12/meta /snap/vendor/12/meta/snap.yaml ",
	       NULL);
	/* Installed from a file: nobody says who published it. */
	run("mv var/lib/snapd/snaps/vendor_12.snap var/lib/snapd/snaps/vendor_x1.snap");
	expect(PACKAGE_SNAP, "vendor|vendor|-|-|-|-|-: /var/lib/snapd/snaps/vendor_x1.snap ", NULL);
	run("mv var/lib/snapd/snaps/vendor_x1.snap var/lib/snapd/snaps/vendor_work_3.snap");
	expect(PACKAGE_SNAP,
	       "vendor_work|vendor|-|-|-|The Vendor Ltd|store: "
	       "/var/lib/snapd/snaps/vendor_work_3.snap ",
	       NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rpm),	cmocka_unit_test(test_rpm_broken),
		cmocka_unit_test(test_ndb),	cmocka_unit_test(test_flatpak),
		cmocka_unit_test(test_runtime), cmocka_unit_test(test_snap),
	};

	return cmocka_run_group_tests(tests, tempdir_setup, tempdir_teardown);
}
