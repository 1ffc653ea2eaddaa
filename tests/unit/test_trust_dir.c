// SPDX-License-Identifier: GPL-2.0-or-later
/* Whose signature counts: the directory of trusted certificates itself, and its files. */
#include "tests/unit/trusted.h"

static void text_between(const char *dir)
{
	put_text(dir, "all.pem", "Certificate:\n    Data:\n");
	put(dir, "all.pem", root.cert);
	put_text(dir, "all.pem", "the end\n");
	usual_bundle(dir);
}

static void same_twice(const char *dir)
{
	put(dir, "a.pem", root.cert);
	put(dir, "b.pem", root.cert);
	usual_bundle(dir);
}

static void hidden_file(const char *dir)
{
	put(dir, "root.pem", root.cert);
	put_text(dir, ".git", "x");
	usual_bundle(dir);
}

static void no_directory(const char *dir)
{
	usual_bundle(dir);
}

static void empty_directory(const char *dir)
{
	mkdir(tempdir_path(dir), 0755);
	usual_bundle(dir);
}

static void not_a_directory(const char *dir)
{
	tempdir_write(dir, "x");
	usual_bundle(dir);
}

static void only_a_list(const char *dir)
{
	put_list(dir, "a.pem", (struct list){ &root, NULL, -60, DAY }, false);
	usual_bundle(dir);
}

static void only_other_names(const char *dir)
{
	put(dir, "root.crt", root.cert);
	usual_bundle(dir);
}

static void empty_file(const char *dir)
{
	put_text(dir, "a.pem", "");
	by_root(dir);
}

static void der_as_pem(const char *dir)
{
	FILE *f = open_in(dir, "a.pem", "w");

	assert_true(f && i2d_X509_fp(f, root.cert) && !fclose(f));
	by_root(dir);
}

static void damaged_base64(const char *dir)
{
	put_text(dir, "a.pem", "-----BEGIN CERTIFICATE-----\nMII?\n-----END CERTIFICATE-----\n");
	by_root(dir);
}

static void no_end_line(const char *dir)
{
	put(dir, "a.pem", root.cert);
	put_text(dir, "a.pem", "-----BEGIN CERTIFICATE-----\nMIIC\n");
	by_root(dir);
}

static void no_certificate(const char *dir)
{
	put_text(dir, "a.pem",
		 "-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----\n");
	by_root(dir);
}

static void no_list(const char *dir)
{
	put(dir, "a.pem", root.cert);
	put_text(dir, "a.pem", "-----BEGIN X509 CRL-----\nMAMCAQE=\n-----END X509 CRL-----\n");
	by_root(dir);
}

static void private_key(const char *dir)
{
	FILE *f = open_in(dir, "a.pem", "w");

	assert_true(f && PEM_write_PrivateKey(f, root.key, NULL, NULL, 0, NULL, NULL));
	assert_int_equal(fclose(f), 0);
	by_root(dir);
}

static void encrypted_block(const char *dir)
{
	put_text(dir, "a.pem",
		 "-----BEGIN CERTIFICATE-----\nProc-Type: 4,ENCRYPTED\n"
		 "DEK-Info: AES-256-CBC,00\n\nMAMCAQE=\n-----END CERTIFICATE-----\n");
	by_root(dir);
}

static void garbage_list(const char *dir)
{
	put_text(dir, "a.crl", "x");
	by_root(dir);
}

static void certificate_behind_list(const char *dir)
{
	put_list(dir, "a.crl", (struct list){ &root, NULL, -60, DAY }, true);
	put_text(dir, "a.crl", "x");
	by_root(dir);
}

static void directory_as_pem(const char *dir)
{
	char path[64];

	by_root(dir);
	snprintf(path, sizeof(path), "%s/a.pem/x", dir);
	tempdir_write(path, "x");
}

static void dangling_link(const char *dir)
{
	char path[64];

	by_root(dir);
	snprintf(path, sizeof(path), "%s/a.pem", dir);
	assert_int_equal(symlink("absent", tempdir_path(path)), 0);
}

static void two_bad_files(const char *dir)
{
	put_text(dir, "a.pem", "");
	put_text(dir, "b.crl", "x");
	by_root(dir);
}

#define WRONG(make, err, place, why)                             \
	{                                                        \
#make, make, err, why, #make place, POLICY_ERROR \
	}

static const struct test cases[] = {
	GOOD(text_between),
	GOOD(same_twice),
	GOOD(hidden_file),
	WRONG(no_directory, -ENOENT, "",
	      "the trusted certificates cannot be read: No such file or directory"),
	WRONG(not_a_directory, -ENOTDIR, "",
	      "the trusted certificates cannot be read: Not a directory"),
	{ "empty_directory", empty_directory, -ENODATA,
	  "there is no certificate in it (*.pem): nobody is trusted to sign", "empty_directory",
	  POLICY_REFUSED },
	{ "only_a_list", only_a_list, -ENODATA,
	  "there is no certificate in it (*.pem): nobody is trusted to sign", "only_a_list",
	  POLICY_REFUSED },
	{ "only_other_names", only_other_names, -ENODATA,
	  "there is no certificate in it (*.pem): nobody is trusted to sign", "only_other_names",
	  POLICY_REFUSED },
	WRONG(empty_file, -EBADMSG, "/a.pem", "has no certificate in it (PEM)"),
	WRONG(der_as_pem, -EBADMSG, "/a.pem", "has no certificate in it (PEM)"),
	WRONG(damaged_base64, -EBADMSG, "/a.pem", "block 1 is damaged"),
	WRONG(no_end_line, -EBADMSG, "/a.pem", "block 2 is damaged"),
	WRONG(no_certificate, -EBADMSG, "/a.pem", "block 1 is not a certificate that can be read"),
	WRONG(no_list, -EBADMSG, "/a.pem", "block 2 is not a revocation list that can be read"),
	WRONG(private_key, -EBADMSG, "/a.pem",
	      "block 1 is \"PRIVATE KEY\"; only \"CERTIFICATE\" and \"X509 CRL\" belong here"),
	WRONG(encrypted_block, -EBADMSG, "/a.pem", "block 1 is encrypted"),
	WRONG(garbage_list, -EBADMSG, "/a.crl", "is not a revocation list that can be read"),
	WRONG(certificate_behind_list, -EBADMSG, "/a.crl",
	      "is not a revocation list that can be read"),
	WRONG(directory_as_pem, -EISDIR, "/a.pem", "is not a regular file"),
	WRONG(dangling_link, -ENOENT, "/a.pem", "No such file or directory"),
	WRONG(two_bad_files, -EBADMSG, "/a.pem", "has no certificate in it (PEM)"),
};

static void test_cases(void **state)
{
	(void)state;
	check_tests(cases, COUNT_OF(cases));
}

static void test_warning(void **state)
{
	struct policy_errors errs = { 0 };
	struct trust *trust;

	(void)state;
	put("warned", "root.pem", root.cert);
	put("warned", "root.crt", root.cert);
	assert_int_equal(trust_load(tempdir_path("warned"), &trust, &errs), 0);
	assert_int_equal(errs.n, 1);
	assert_int_equal(errs.v[0].severity, POLICY_WARNING);
	assert_string_equal(errs.v[0].file, tempdir_path("warned/root.crt"));
	assert_string_equal(errs.v[0].text,
			    "is not used: certificates are in files named *.pem, revocation lists "
			    "in those or in *.crl");
	policy_errors_free(&errs);
	trust_free(trust);
}

/* All bad files are named at once. */
static void test_all_bad(void **state)
{
	struct policy_errors errs = { 0 };
	struct trust *trust;

	(void)state;
	put("bad", "a.pem", root.cert);
	put_text("bad", "b.pem", "x");
	put_text("bad", "c.crl", "x");
	assert_int_equal(trust_load(tempdir_path("bad"), &trust, &errs), -EBADMSG);
	assert_int_equal(errs.count[POLICY_ERROR], 2);
	policy_errors_free(&errs);
}

static void test_limits(void **state)
{
	struct policy_errors errs = { 0 };
	struct trust *trust;
	char name[16];

	(void)state;
	put("large", "root.pem", root.cert);
	assert_int_equal(truncate(tempdir_path("large/root.pem"), TRUST_FILE_MAX + 1LL), 0);
	assert_int_equal(trust_load(tempdir_path("large"), &trust, &errs), -EFBIG);
	assert_string_equal(errs.v[0].text, "is too large");
	policy_errors_free(&errs);
	for (int i = 0; i < 1025; i++) {
		snprintf(name, sizeof(name), "%d.pem", i);
		put_text("many", name, "");
	}
	assert_int_equal(trust_load(tempdir_path("many"), &trust, &errs), -E2BIG);
	assert_int_equal(errs.n, 1);
	assert_string_equal(errs.v[0].text, "has 1025 files; at most 1024 are allowed");
	policy_errors_free(&errs);
}

static void test_has_anchors(void **state)
{
	(void)state;
	assert_false(trust_has_anchors(tempdir_path("absent")));
	mkdir(tempdir_path("none"), 0755);
	assert_false(trust_has_anchors(tempdir_path("none")));
	put_text("none", "a.crl", "x");
	put_text("none", "README", "x");
	put_text("none", ".x.pem", "x");
	assert_false(trust_has_anchors(tempdir_path("none")));
	put_text("none", "bad.pem", "x"); /* somebody wanted signatures */
	assert_true(trust_has_anchors(tempdir_path("none")));
	assert_true(trust_has_anchors(tempdir_path("none/bad.pem")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),	    cmocka_unit_test(test_warning),
		cmocka_unit_test(test_all_bad),	    cmocka_unit_test(test_limits),
		cmocka_unit_test(test_has_anchors),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
