// SPDX-License-Identifier: GPL-2.0-or-later
/* Policies as directories: what belongs to one, what is refused, and the digest. */
#include <errno.h>

#include "rejections.h"
#include "tempdir.h"

#define HASH   "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
#define HEADER "interdict: 1\npolicy: p\nserial: 3\nmode: enforce\n"
#define ORDER(id, match)           \
	"interdict: 1\norder: " id \
	"\ntitle: t\nauthority: a\nreference: r\nreason: w\nmatch:\n" match

static struct policy_errors errs;

static int setup(void **state)
{
	errs = (struct policy_errors){ 0 };
	return tempdir_setup(state);
}

static int teardown(void **state)
{
	policy_errors_free(&errs);
	return tempdir_teardown(state);
}

/* The policy, which must load; its problems are in errs. */
static struct policy *load(void)
{
	struct policy *p = NULL;
	int ret = policy_load_dir(tempdir, 0, &p, &errs);

	if (ret)
		policy_errors_print(&errs, stderr);
	assert_int_equal(ret, 0);
	return p;
}

static void refused(int ret)
{
	struct policy *p = NULL;

	assert_int_equal(policy_load_dir(tempdir, 0, &p, &errs), ret);
	assert_null(p);
	policy_errors_sort(&errs);
}

static void said(size_t i, const char *path, uint32_t line, uint32_t col, const char *text)
{
	assert_true(i < errs.n);
	assert_string_equal(errs.v[i].file, tempdir_path(path));
	assert_int_equal(errs.v[i].line, line);
	assert_int_equal(errs.v[i].col, col);
	assert_string_equal(errs.v[i].text, text);
}

static void test_load(void **state)
{
	struct policy *p;

	(void)state;
	tempdir_write("policy.yaml", HEADER);
	tempdir_write("orders/b.yaml", ORDER("first", "  - build-id: aabbccdd\n"
						      "  - list: lists/x.sha256\n"));
	tempdir_write("orders/a.yaml", ORDER("second", "  - list: lists/x.sha256\n"
						       "  - list: lists/deep/er/y\n"));
	tempdir_write("lists/x.sha256", HASH "  a\n" HASH " 4\n");
	tempdir_write("lists/deep/er/y", HASH " 5 y\n");
	p = load();
	assert_int_equal(errs.n, 0);
	assert_string_equal(p->name, "p");
	assert_int_equal(p->serial, 3);
	assert_int_equal(p->n_orders, 2);
	assert_string_equal(p->orders[0].id, "second");
	assert_string_equal(p->orders[1].id, "first");
	assert_int_equal(p->n_lists, 2);
	assert_string_equal(p->lists[0]->path, "lists/deep/er/y");
	assert_int_equal(p->orders[0].n_lists, 2);
	assert_int_equal(p->orders[1].n_lists, 1);
	assert_ptr_equal(p->orders[0].lists[0].list, p->orders[1].lists[0].list);
	assert_int_equal(p->n_rules, 3 + 1 + 2);
	policy_free(p);
}

static void hex(const uint8_t *bytes, char text[65])
{
	size_t i;

	for (i = 0; i < 32; i++)
		sprintf(text + 2 * i, "%02x", bytes[i]);
}

/* The command of interdict-policy(5). */
static void tar_digest(char text[65])
{
	char command[512];
	FILE *f;

	snprintf(command, sizeof(command),
		 "cd %s && find policy.yaml orders lists -type f -print0 | LC_ALL=C sort -z | "
		 "tar --null --no-recursion -T - --format=ustar --owner=0 --group=0 "
		 "--numeric-owner --mtime=@0 --mode=0644 -cf - | sha256sum",
		 tempdir);
	f = popen(command, "r"); /* NOLINT(cert-env33-c): the test is about this command */
	assert_non_null(f);
	assert_int_equal(fread(text, 1, 64, f), 64);
	text[64] = '\0';
	assert_int_equal(pclose(f), 0);
}

static void same_as_tar(void)
{
	uint8_t digest[32];
	struct policy *p;
	char expected[65];
	char text[65];

	tar_digest(expected);
	p = load();
	hex(p->digest, text);
	policy_free(p);
	assert_string_equal(text, expected);
	assert_int_equal(policy_digest_dir(tempdir, digest, &errs), 0);
	hex(digest, text);
	assert_string_equal(text, expected);
}

static void test_digest(void **state)
{
	char order[1024];
	char pad[600];
	size_t n;

	(void)state;
	tempdir_write("policy.yaml", HEADER);
	tempdir_write("orders/b.yaml", ORDER("b", "  - list: lists/x\n  - list: lists/x.y/z\n"
						  "  - list: lists/x-y\n"));
	tempdir_write("lists/x", HASH "  a\n");
	tempdir_write("lists/x.y/z", HASH "  a\n");
	tempdir_write("lists/x-y", "");
	same_as_tar();
	/* Around the edges of a block and of a record, and of the longest name. */
	for (n = 505; n <= 515; n += 5) {
		memset(pad, '#', sizeof(pad));
		pad[n - strlen(ORDER("c", "  - build-id: aabbccdd\n"))] = '\0';
		snprintf(order, sizeof(order), "%s%s", ORDER("c", "  - build-id: aabbccdd\n"), pad);
		tempdir_write("orders/c.yaml", order);
		same_as_tar();
	}
	memset(pad, 'l', 88);
	strcpy(pad + 88, ".yaml");
	snprintf(order, sizeof(order), "orders/%s", pad);
	assert_int_equal(strlen(order), POLICY_PATH_MAX);
	tempdir_write(order, ORDER("d", "  - build-id: aabbccee\n"));
	same_as_tar();
	assert_int_equal(errs.n, 0);
}

/* Without parsing: the files that the policy consists of, in any order. */
static void test_digest_files(void **state)
{
	const char *paths[] = { "policy.yaml", "orders/b.yaml", "lists/x.y/z", "lists/x" };
	uint8_t digest[32];
	char expected[65];
	char text[65];

	(void)state;
	tempdir_write("policy.yaml", HEADER);
	tempdir_write("orders/b.yaml", ORDER("b", "  - list: lists/x\n  - list: lists/x.y/z\n"));
	tempdir_write("lists/x", HASH "  a\n");
	tempdir_write("lists/x.y/z", HASH "  a\n");
	tar_digest(expected);
	assert_int_equal(policy_digest_files(tempdir, paths, 4, digest, &errs), 0);
	hex(digest, text);
	assert_string_equal(text, expected);
	assert_int_equal(policy_digest_files(tempdir, paths, 3, digest, &errs), 0);
	hex(digest, text);
	assert_string_not_equal(text, expected);
	paths[0] = "lists/none";
	assert_int_equal(policy_digest_files(tempdir, paths, 4, digest, &errs), -ENOENT);
	assert_int_equal(errs.n, 1);
	assert_string_equal(errs.v[0].text, "cannot be read: No such file or directory");
}

static void test_digest_ignores_metadata(void **state)
{
	uint8_t before[32];
	uint8_t after[32];

	(void)state;
	tempdir_write("policy.yaml", HEADER);
	tempdir_write("orders/b.yaml", ORDER("b", "  - build-id: aabbccdd\n"));
	assert_int_equal(policy_digest_dir(tempdir, before, &errs), 0);
	assert_int_equal(chmod(tempdir_path("policy.yaml"), 0600), 0);
	tempdir_write(".git/config", "x");
	tempdir_write("README", "x");
	assert_int_equal(policy_digest_dir(tempdir, after, &errs), 0);
	assert_memory_equal(before, after, 32);
	tempdir_write("orders/b.yaml", ORDER("b", "  - build-id: aabbccde\n"));
	assert_int_equal(policy_digest_dir(tempdir, after, &errs), 0);
	assert_memory_not_equal(before, after, 32);
}

static void test_unknown_files(void **state)
{
	(void)state;
	tempdir_write("policy.yaml", HEADER);
	tempdir_write("README.md", "x");
	tempdir_write(".git/x", "x");
	tempdir_write("orders/a.yml", "x");
	tempdir_write("orders/.a.yaml", "x");
	tempdir_write("orders/b.yaml", ORDER("b", "  - list: lists/x\n"));
	tempdir_write("lists/x", HASH "  a\n");
	tempdir_write("lists/sub/unused", "x");
	policy_free(load());
	policy_errors_sort(&errs);
	assert_int_equal(errs.n, 4);
	assert_int_equal(errs.count[POLICY_WARNING], 4);
	said(0, "README.md", 0, 0, "is not part of the policy");
	said(1, "lists/sub/unused", 0, 0, "is not part of the policy: no order names this list");
	said(2, "orders/.a.yaml", 0, 0,
	     "is not part of the policy: an order's file is named NAME.yaml");
	said(3, "orders/a.yml", 0, 0,
	     "is not part of the policy: an order's file is named NAME.yaml");
}

static void test_no_orders(void **state)
{
	(void)state;
	tempdir_write("policy.yaml", HEADER);
	policy_free(load());
	assert_int_equal(errs.n, 1);
	assert_string_equal(errs.v[0].text, "the policy has no orders: nothing is banned");
}

static void test_no_header(void **state)
{
	(void)state;
	tempdir_write("orders/a.yaml", ORDER("o", "  - build-id: xyz\n"));
	refused(-ENOENT);
	assert_int_equal(errs.n, 2);
	said(0, "orders/a.yaml", 8, 15, "build-id: character 1 is not a hex digit");
	said(1, "policy.yaml", 0, 0, "No such file or directory");
}

static void test_same_id(void **state)
{
	char text[256];

	(void)state;
	tempdir_write("policy.yaml", HEADER);
	tempdir_write("orders/a.yaml", ORDER("o", "  - build-id: aabbccdd\n"));
	tempdir_write("orders/b.yaml", "# second\n" ORDER("o", "  - build-id: aabbccdd\n"));
	refused(-EBADMSG);
	assert_int_equal(errs.n, 1);
	snprintf(text, sizeof(text), "order: \"o\" is there already, at %s:2:8",
		 tempdir_path("orders/a.yaml"));
	said(0, "orders/b.yaml", 3, 8, text);
}

struct path_case {
	const char *entry; /* under `list:` */
	int ret;
	const char *why;
};

#define BAD_PATH                                                                                  \
	"a list is a file below lists/; its path has only A-Z, a-z, 0-9, '.', '_', '+' and '-', " \
	"no part that begins with a dot, and at most 100 bytes"

static const struct path_case paths[] = {
	{ "/etc/passwd", -EBADMSG, BAD_PATH },
	{ "../x", -EBADMSG, BAD_PATH },
	{ "lists/../policy.yaml", -EBADMSG, BAD_PATH },
	{ "lists/./x", -EBADMSG, BAD_PATH },
	{ "lists//x", -EBADMSG, BAD_PATH },
	{ "lists/", -EBADMSG, BAD_PATH },
	{ "lists", -EBADMSG, BAD_PATH },
	{ "lists/.x", -EBADMSG, BAD_PATH },
	{ "lists/a b", -EBADMSG, BAD_PATH },
	{ "lists/\xc3\xa9", -EBADMSG, BAD_PATH },
	{ "policy.yaml", -EBADMSG, BAD_PATH },
	{ "orders/a.yaml", -EBADMSG, BAD_PATH },
	{ "x.sha256", -EBADMSG, BAD_PATH },
	{ "lists/absent", -ENOENT, "No such file or directory" },
	{ "lists/absent/x", -ENOENT, "No such file or directory" },
	{ "lists/out", -ELOOP,
	  "is not a file of the policy's directory; symbolic links are not followed" },
	{ "lists/etc/hostname", -ENOTDIR,
	  "is not a file of the policy's directory; symbolic links are not followed" },
	{ "lists/dir", -EISDIR, "is not a regular file" },
	{ "lists/fifo", -EISDIR, "is not a regular file" },
	{ "lists/large", -EFBIG, "is too large" },
};

static void test_list_paths(void **state)
{
	char order[512];
	char text[1024];
	size_t i;

	(void)state;
	tempdir_write("policy.yaml", HEADER);
	tempdir_write("lists/dir/x", HASH "  a\n");
	tempdir_write("lists/large", "");
	assert_int_equal(symlink("/etc/passwd", tempdir_path("lists/out")), 0);
	assert_int_equal(symlink("/etc", tempdir_path("lists/etc")), 0);
	assert_int_equal(mkfifo(tempdir_path("lists/fifo"), 0644), 0);
	assert_int_equal(truncate(tempdir_path("lists/large"), POLICY_LIST_BYTES_MAX + 1LL), 0);
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		const struct policy_error *e;

		snprintf(order, sizeof(order), ORDER("o", "  - list: %s\n"), paths[i].entry);
		tempdir_write("orders/a.yaml", order);
		refused(paths[i].ret);
		snprintf(text, sizeof(text), "list: \"%s\": %s", paths[i].entry, paths[i].why);
		for (e = errs.v; e < errs.v + errs.n && e->severity == POLICY_WARNING; e++)
			;
		assert_true(e < errs.v + errs.n);
		assert_string_equal(e->text, text);
		assert_int_equal(e->line, 8);
		assert_int_equal(e->col, 11);
		assert_int_equal(errs.count[POLICY_ERROR], 1);
		policy_errors_free(&errs);
	}
}

static void test_bad_files(void **state)
{
	(void)state;
	tempdir_write("policy.yaml", HEADER);
	tempdir_write("orders/a b.yaml", "x");
	tempdir_write("orders/dir.yaml/x", "x");
	tempdir_write("orders/large.yaml", "");
	assert_int_equal(truncate(tempdir_path("orders/large.yaml"), POLICY_TEXT_BYTES_MAX + 1LL),
			 0);
	assert_int_equal(symlink("/etc/passwd", tempdir_path("orders/link.yaml")), 0);
	refused(-EISDIR);
	assert_int_equal(errs.n, 4);
	said(0, "orders/a b.yaml", 0, 0,
	     "a file name of a policy has only A-Z, a-z, 0-9, '.', '_', '+' and '-', and with its "
	     "directory at most 100 bytes");
	said(1, "orders/dir.yaml", 0, 0, "is not a regular file");
	said(2, "orders/large.yaml", 0, 0, "is too large");
	said(3, "orders/link.yaml", 0, 0,
	     "is not a file of the policy's directory; symbolic links are not followed");
}

/* Root may read everything: look as somebody else. */
static void test_permissions(void **state)
{
	bool root = !geteuid();

	(void)state;
	tempdir_write("policy.yaml", HEADER);
	tempdir_write("orders/a.yaml", ORDER("o", "  - build-id: aabbccdd\n"));
	assert_int_equal(chmod(tempdir_path("orders/a.yaml"), 0), 0);
	assert_int_equal(root ? seteuid(65534) : 0, 0);
	refused(-EACCES);
	assert_int_equal(errs.n, 1);
	said(0, "orders/a.yaml", 0, 0, "Permission denied");
	policy_errors_free(&errs);
	assert_int_equal(root ? seteuid(0) : 0, 0);
	assert_int_equal(chmod(tempdir, 0), 0);
	assert_int_equal(root ? seteuid(65534) : 0, 0);
	refused(-EACCES);
	assert_int_equal(errs.n, 1);
	assert_string_equal(errs.v[0].file, tempdir);
	assert_string_equal(errs.v[0].text,
			    "the policy's directory cannot be read: Permission denied");
	assert_int_equal(root ? seteuid(0) : 0, 0);
	assert_int_equal(chmod(tempdir, 0755), 0);
}

static void test_no_directory(void **state)
{
	struct policy *p = NULL;

	(void)state;
	tempdir_write("policy.yaml", HEADER);
	assert_int_equal(policy_load_dir(tempdir_path("policy.yaml"), 0, &p, &errs), -ENOTDIR);
	assert_int_equal(policy_load_dir(tempdir_path("absent/"), 0, &p, &errs), -ENOENT);
	assert_null(p);
	assert_int_equal(errs.n, 2);
	assert_string_equal(errs.v[1].file, tempdir_path("absent"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_load),	  TEST(test_digest),
		TEST(test_digest_files),  TEST(test_digest_ignores_metadata),
		TEST(test_unknown_files), TEST(test_no_orders),
		TEST(test_no_header),	  TEST(test_same_id),
		TEST(test_list_paths),	  TEST(test_bad_files),
		TEST(test_permissions),	  TEST(test_no_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
