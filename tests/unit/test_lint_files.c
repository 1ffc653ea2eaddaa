// SPDX-License-Identifier: GPL-2.0-or-later
/* What the device needs is found as the dynamic loader finds it: compared with ldd and ldconfig. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "run.h"
#include "userspace/lint/lint_files.h"

static bool has(const struct lint_files *files, const char *path)
{
	struct stat st;
	size_t i;

	assert_int_equal(stat(path, &st), 0);
	for (i = 0; i < files->n; i++)
		if (files->v[i].dev == st.st_dev && files->v[i].ino == st.st_ino)
			return true;
	return false;
}

/* What ldd(1) says of each that is here: "name => PATH (address)", or "PATH (address)". */
static void test_ldd(void **state)
{
	static const char *const programs[] = {
		"/usr/bin/dpkg", "/usr/bin/dpkg-deb", "/usr/bin/apt",  "/usr/bin/tar",
		"/usr/bin/perl", "/usr/bin/sudo",     "/usr/bin/rpm",  "/bin/login",
		"/bin/su",	 "/usr/sbin/sshd",    "/usr/bin/bash",
	};
	struct lint_files files = { 0 };
	char command[128];
	char line[1024];
	char path[1024];
	size_t libraries = 0;
	size_t i;
	FILE *f;

	(void)state;
	assert_int_equal(lint_files_find(&files), 0);
	for (i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		if (access(programs[i], X_OK))
			continue;
		assert_true(has(&files, programs[i]));
		snprintf(command, sizeof(command), "ldd %s", programs[i]);
		f = popen(command, "r"); /* NOLINT(cert-env33-c): what it says is compared */
		assert_non_null(f);
		while (fgets(line, sizeof(line), f)) {
			char *at = strchr(line, '/');

			if (!at || sscanf(at, "%1023s", path) != 1)
				continue;
			libraries++;
			if (!has(&files, path))
				fail_msg("%s needs %s", programs[i], path);
		}
		pclose(f);
	}
	print_message("%zu libraries of %zu files\n", libraries, files.n);
	assert_true(libraries > 20);
	lint_files_free(&files);
}

/* Plug-ins that no file names, and the interpreter of a script. */
static void test_others(void **state)
{
	struct lint_files files = { 0 };

	(void)state;
	assert_int_equal(lint_files_find(&files), 0);
	assert_true(has(&files, "/etc/passwd"));
	assert_true(has(&files, "/etc/ld.so.cache"));
	if (!access("/lib/x86_64-linux-gnu/security/pam_unix.so", R_OK))
		assert_true(has(&files, "/lib/x86_64-linux-gnu/security/pam_unix.so"));
	if (!access("/usr/libexec/sudo/sudoers.so", R_OK))
		assert_true(has(&files, "/usr/libexec/sudo/sudoers.so"));
	lint_files_free(&files);
	tempdir_write("script", "#! /usr/bin/env python3\n");
	tempdir_write("other", "#!/bin/sed -f\n");
	tempdir_write("relative", "#!bin/sh\n");
	tempdir_write("empty", "#!");
	assert_int_equal(lint_files_add(&files, tempdir_path("script"), "x"), 0);
	assert_int_equal(lint_files_add(&files, tempdir_path("other"), "x"), 0);
	assert_int_equal(lint_files_add(&files, tempdir_path("relative"), "x"), 0);
	assert_int_equal(lint_files_add(&files, tempdir_path("empty"), "x"), 0);
	assert_int_equal(lint_files_add(&files, tempdir_path("empty"), "again"), 0);
	assert_int_equal(files.n, 4);
	assert_int_equal(lint_files_add(&files, tempdir, "x"), -EINVAL);
	assert_int_equal(lint_files_add(&files, tempdir_path("none"), "x"), -ENOENT);
	assert_int_equal(lint_files_follow(&files), 0);
	assert_true(has(&files, "/usr/bin/env"));
	assert_true(has(&files, "/usr/bin/python3"));
	assert_true(has(&files, "/bin/sed"));
	assert_false(has(&files, "/usr/bin/perl"));
	lint_files_free(&files);
}

/* Libraries in places of a program's own, as compilers write them; one that needs itself. */
static void test_runpath(void **state)
{
	struct lint_files files = { 0 };

	(void)state;
	run("mkdir -p bin lib other && echo 'int f(void) { return 0; }' >f.c && "
	    "echo 'int f(void); int main(void) { return f(); }' >main.c && "
	    "gcc -shared -fPIC -o other/libleaf.so f.c && "
	    "gcc -shared -fPIC -o lib/libmiddle.so f.c -Wl,--no-as-needed -Lother -lleaf "
	    "-Wl,-rpath,'/nowhere:${ORIGIN}/../other' && "
	    "gcc -o bin/program main.c -Wl,--no-as-needed -Llib -lmiddle -Wl,-rpath-link,other "
	    "-Wl,-rpath,'$ORIGIN/../lib' && "
	    "gcc -o bin/old main.c -Wl,--no-as-needed -Llib -lmiddle -Wl,-rpath-link,other "
	    "-Wl,--disable-new-dtags,-rpath,'$ORIGIN/../lib'");
	assert_int_equal(lint_files_add(&files, tempdir_path("bin/program"), "x"), 0);
	assert_int_equal(lint_files_follow(&files), 0);
	assert_true(has(&files, tempdir_path("lib/libmiddle.so")));
	assert_true(has(&files, tempdir_path("other/libleaf.so")));
	assert_true(has(&files, "/lib64/ld-linux-x86-64.so.2"));
	lint_files_free(&files);
	assert_int_equal(lint_files_add(&files, tempdir_path("bin/old"), "x"), 0);
	assert_int_equal(lint_files_follow(&files), 0);
	assert_true(has(&files, tempdir_path("lib/libmiddle.so")));
	lint_files_free(&files);
}

#define NOTED(text)                                    \
	"#include \"userspace/libraries/library.h\"\n" \
	"LIBRARY_NOTE(\"" text "\");\nint main(void) { return 0; }\n"

/* What a note says that a program loads later; and notes that are broken. */
static void test_note(void **state)
{
	struct lint_files files = { 0 };

	(void)state;
	tempdir_write("program.c", NOTED("[{'soname':['libone.so','libnone.so']},1,"
					 "{'soname':[7,'libtwo.so']},{'soname':'libthree.so'}]"));
	tempdir_write("broken.c", NOTED("[{'soname':['libone.so'"));
	run("mkdir -p bin lib && echo 'int f(void) { return 0; }' >f.c && "
	    "for name in one two three; do gcc -shared -fPIC -o lib/lib$name.so f.c; done && "
	    "for name in program broken; do sed -i \"s/'/\\\\\\\\\\\"/g\" $name.c && "
	    "gcc -I\"$OLDPWD\" -o bin/$name $name.c -Wl,-rpath,'$ORIGIN/../lib' || exit; done");
	assert_int_equal(lint_files_add(&files, tempdir_path("bin/program"), "x"), 0);
	assert_int_equal(lint_files_follow(&files), 0);
	assert_true(has(&files, tempdir_path("lib/libone.so")));
	assert_true(has(&files, tempdir_path("lib/libtwo.so")));
	assert_false(has(&files, tempdir_path("lib/libthree.so")));
	lint_files_free(&files);
	assert_int_equal(lint_files_add(&files, tempdir_path("bin/broken"), "x"), 0);
	assert_int_equal(lint_files_follow(&files), 0);
	assert_false(has(&files, tempdir_path("lib/libone.so")));
	lint_files_free(&files);
}

/* Each line of `ldconfig -p`: "\tNAME (FLAGS) => PATH". */
static void test_ldcache(void **state)
{
	struct lint_ldcache cache;
	char line[1024];
	char name[512];
	char path[512];
	size_t n = 0;
	FILE *f;

	(void)state;
	assert_int_equal(lint_ldcache_read(LINT_LDCACHE_FILE, &cache), 0);
	f = popen("/sbin/ldconfig -p", "r"); /* NOLINT(cert-env33-c): what it says is compared */
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		const char *arrow = strstr(line, " => ");
		const char *found;
		uint32_t next = 0;

		if (!arrow || sscanf(line, " %511s", name) != 1 ||
		    sscanf(arrow, " => %511s", path) != 1)
			continue;
		n++;
		while ((found = lint_ldcache_find(&cache, name, &next)) && strcmp(found, path))
			;
		if (!found)
			fail_msg("%s => %s is not found", name, path);
	}
	pclose(f);
	assert_int_equal(n, cache.n);
	lint_ldcache_free(&cache);
}

/* No cache, a short one, one that counts more than it has, one whose names are elsewhere. */
static void test_ldcache_damage(void **state)
{
	static char buf[1 << 20];
	const uint32_t far = 0x7fffffff;
	struct lint_ldcache cache;
	uint32_t next;
	size_t len;
	size_t cut;
	FILE *f;

	(void)state;
	f = fopen(LINT_LDCACHE_FILE, "r");
	assert_non_null(f);
	len = fread(buf, 1, sizeof(buf), f);
	fclose(f);
	assert_int_equal(lint_ldcache_read(tempdir_path("none"), &cache), -ENOENT);
	assert_int_equal(lint_ldcache_read(tempdir, &cache), -EINVAL);
	for (cut = 0; cut < len; cut += 1 + cut / 2) {
		spill("cache", buf, cut);
		if (lint_ldcache_read(tempdir_path("cache"), &cache))
			continue;
		next = 0;
		while (lint_ldcache_find(&cache, "libc.so.6", &next))
			;
		lint_ldcache_free(&cache);
	}
	memcpy(buf + 20, &far, sizeof(far)); /* how many */
	spill("cache", buf, len);
	assert_int_equal(lint_ldcache_read(tempdir_path("cache"), &cache), -EINVAL);
	memcpy(buf + 20, &(uint32_t){ 2 }, sizeof(uint32_t));
	memcpy(buf + 48 + 4, &far, sizeof(far));      /* the first's name */
	memcpy(buf + 48 + 24 + 8, &far, sizeof(far)); /* the second's path */
	spill("cache", buf, len);
	assert_int_equal(lint_ldcache_read(tempdir_path("cache"), &cache), 0);
	next = 0;
	assert_null(lint_ldcache_find(&cache, "", &next));
	lint_ldcache_free(&cache);
	buf[0] = 'G';
	spill("cache", buf, len);
	assert_int_equal(lint_ldcache_read(tempdir_path("cache"), &cache), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ldd),
		cmocka_unit_test_setup_teardown(test_others, tempdir_setup, tempdir_teardown),
		cmocka_unit_test_setup_teardown(test_runpath, tempdir_setup, tempdir_teardown),
		cmocka_unit_test_setup_teardown(test_note, tempdir_setup, tempdir_teardown),
		cmocka_unit_test(test_ldcache),
		cmocka_unit_test_setup_teardown(test_ldcache_damage, tempdir_setup,
						tempdir_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
