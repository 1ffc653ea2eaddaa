// SPDX-License-Identifier: GPL-2.0-or-later
/* Libraries that are loaded when they are needed: the program is not linked against them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "run.h"
#include "userspace/libraries/library_archive.h"
#include "userspace/libraries/library_sqlite.h"
#include "userspace/lint/lint_files.h"

static double (*cosine)(double);

static void test_load(void **state)
{
	static const struct library_function function = { "cos", &cosine };
	struct library library = {
		"libm.so.6", "a package", &function, 1, PTHREAD_MUTEX_INITIALIZER, false
	};
	char why[LIBRARY_WHY_MAX] = "";

	(void)state;
	assert_int_equal(library_load(&library, why, sizeof(why)), 0);
	assert_int_equal(library_load(&library, why, sizeof(why)), 0);
	assert_true(cosine(0) == 1);
	assert_string_equal(why, "");
}

/* Whatever is missing: the sentence names it, and where it is to be had; what is there later is
 * found. */
static void test_missing(void **state)
{
	static const struct library_function functions[] = { { "cos", &cosine },
							     { "no_such_function", &cosine } };
	struct library library = {
		"libnone.so.1", "a package", functions, 2, PTHREAD_MUTEX_INITIALIZER, false
	};
	char why[LIBRARY_WHY_MAX] = "", cut[8];

	(void)state;
	assert_int_equal(library_load(&library, why, sizeof(why)), -ELIBACC);
	print_message("%s\n", why);
	assert_ptr_equal(strstr(why, "libnone.so.1 (a package) cannot be loaded: "), why);
	assert_int_equal(library_load(&library, cut, sizeof(cut)), -ELIBACC);
	assert_string_equal(cut, "libnone");
	library.soname = "libm.so.6";
	assert_int_equal(library_load(&library, why, sizeof(why)), -ELIBACC);
	print_message("%s\n", why);
	assert_non_null(strstr(why, "no_such_function"));
	library.n = 1;
	assert_int_equal(library_load(&library, why, sizeof(why)), 0);
}

static void test_libraries(void **state)
{
	char why[LIBRARY_WHY_MAX];

	(void)state;
	if (library_archive(why, sizeof(why)) || library_sqlite(why, sizeof(why)))
		fail_msg("%s", why);
	assert_non_null(strstr(libsqlite.errstr(SQLITE_FULL), "full"));
}

static bool has(const struct lint_files *files, const char *name)
{
	size_t i;

	for (i = 0; i < files->n; i++)
		if (strstr(files->v[i].path, name))
			return true;
	return false;
}

/* What the dynamic loader loads with the program, and mkinitramfs copies; and what the program says
 * that it loads by itself. */
static void test_program(void **state)
{
	struct lint_files files = { 0 };

	(void)state;
	assert_non_null(getenv("INTERDICT"));
	run("ldd \"$INTERDICT\" | grep libcrypto && "
	    "! ldd \"$INTERDICT\" | grep -E 'libarchive|libsqlite|libicu|libxml' && "
	    "readelf -p .note.dlopen \"$INTERDICT\" | grep -c '\"soname\":' | grep -x 2");
	assert_int_equal(lint_files_add(&files, getenv("INTERDICT"), "x"), 0);
	assert_int_equal(lint_files_follow(&files), 0);
	assert_true(has(&files, "/libcrypto.so."));
	assert_true(has(&files, "/libarchive.so.13"));
	assert_true(has(&files, "/libsqlite3.so.0"));
	lint_files_free(&files);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_load),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_libraries),
		cmocka_unit_test_setup_teardown(test_program, tempdir_setup, tempdir_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
