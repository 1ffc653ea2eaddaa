// SPDX-License-Identifier: GPL-2.0-or-later
/* The orders that ship name no package that Debian has, and none that is installed here. */
#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <stdlib.h>

#include "packages/control.h"
#include "packages/package.h"
#include "packages/package_internal.h"
#include "rejections.h"

#define ORDERS "policy/orders"
/* What apt fetched, packed as it likes: this machine's, or that of the VM tests
 * (tests/vm/lib/common.sh). */
#define LISTS	    "/var/lib/apt/lists/*_Packages*"
#define CACHE_LISTS "/apt/lists/*_Packages*"
/* As many as a desktop has, with what its owner added: fewer say nothing. */
#define PACKAGES_MIN 2000

static struct policy *orders[16];
static size_t n_orders;
static size_t n_packages;
static size_t n_matches;

static void match(const struct package *package)
{
	size_t o;
	size_t i;

	n_packages++;
	for (o = 0; o < n_orders; o++)
		for (i = 0; i < orders[o]->orders[0].n_rules; i++) {
			const struct policy_rule *rule = &orders[o]->orders[0].rules[i];

			if (!rule->package || !package_matches(rule->package, package))
				continue;
			n_matches++;
			if (package->maintainer)
				print_error("%s:%u matches %s, %s\n", rule->at.file, rule->at.line,
					    package->id, package->maintainer);
		}
}

static int on_package(void *context, const struct package *package)
{
	(void)context;
	match(package);
	return 0;
}

static void test_installed(void **state)
{
	(void)state;
	n_packages = n_matches = 0;
	assert_int_equal(package_each("", PACKAGE_TYPES_ALL, on_package, NULL, NULL), 0);
	print_message("%zu packages are installed\n", n_packages);
	assert_true(n_packages > 0);
	assert_int_equal(n_matches, 0);
}

static char *read_list(const char *path, size_t *len)
{
	char command[4096];
	char *text = NULL;
	FILE *out = open_memstream(&text, len);
	char buf[65536];
	FILE *in;
	size_t n;

	snprintf(command, sizeof(command), "/usr/lib/apt/apt-helper cat-file '%s'", path);
	in = popen(command, "r");
	assert_non_null(in);
	assert_non_null(out);
	while ((n = fread(buf, 1, sizeof(buf), in)) > 0)
		assert_int_equal(fwrite(buf, 1, n, out), n);
	assert_int_equal(pclose(in), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void try_list(const char *path)
{
	struct control_reader reader;
	struct control control;
	struct package package;
	char why[PACKAGE_WHY_MAX];
	size_t len = 0;
	char *text = read_list(path, &len);
	int ret;

	control_begin(&reader, text, len, false);
	while ((ret = control_next(&reader, &control)) == 1) {
		assert_int_equal(package_deb_from_control(&control, &package, why), 0);
		match(&package);
		package_clear(&package);
	}
	if (ret)
		fail_msg("%s:%zu: %s", path, reader.why_line, reader.why);
	free(text);
}

static void find_lists(glob_t *found)
{
	const char *cache = getenv("INTERDICT_CACHE");
	char lists[4096];

	if (!glob(LISTS, 0, NULL, found))
		return;
	if (cache)
		snprintf(lists, sizeof(lists), "%s" CACHE_LISTS, cache);
	else
		snprintf(lists, sizeof(lists), "%s/.cache/interdict" CACHE_LISTS, getenv("HOME"));
	if (glob(lists, 0, NULL, found))
		fail_msg("apt has no lists of packages: `apt-get update' fetches them");
}

/* Every package of the archive. */
static void test_archive(void **state)
{
	glob_t found;
	size_t i;

	(void)state;
	n_packages = n_matches = 0;
	find_lists(&found);
	for (i = 0; i < found.gl_pathc; i++)
		try_list(found.gl_pathv[i]);
	globfree(&found);
	print_message("%zu packages are in the lists of apt\n", n_packages);
	assert_true(n_packages >= PACKAGES_MIN);
	assert_int_equal(n_matches, 0);
}

/* The same tables do match what they are meant for. */
static void test_control(void **state)
{
	static const struct package wanted[] = {
		{ .type = PACKAGE_DEB, .name = (char *)"com.tencent.wechat", .id = (char *)"x" },
		{ .type = PACKAGE_DEB, .name = (char *)"kesl", .id = (char *)"x" },
		{ .type = PACKAGE_RPM, .name = (char *)"klnagent64", .id = (char *)"x" },
		{ .type = PACKAGE_FLATPAK,
		  .name = (char *)"com.tencent.WeChat",
		  .id = (char *)"x" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		n_matches = 0;
		match(&wanted[i]);
		assert_int_equal(n_matches, 1);
	}
}

static int load(void **state)
{
	struct policy_errors errs = { 0 };
	struct dirent *entry;
	DIR *dir = opendir(ORDERS);

	(void)state;
	while (dir && (entry = readdir(dir))) {
		char path[512];
		char *text;
		size_t len;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), ORDERS "/%s", entry->d_name);
		if (n_orders == sizeof(orders) / sizeof(orders[0]) ||
		    package_read_below(".", path, 1 << 20, &text, &len) ||
		    policy_parse_order(text, len, entry->d_name, 0, &orders[n_orders++], &errs))
			return -1;
		free(text);
	}
	if (dir)
		closedir(dir);
	policy_errors_free(&errs);
	return n_orders ? 0 : -1;
}

static int unload(void **state)
{
	(void)state;
	while (n_orders)
		policy_free(orders[--n_orders]);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_installed),
		cmocka_unit_test(test_archive),
		cmocka_unit_test(test_control),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
