// SPDX-License-Identifier: GPL-2.0-or-later
/* The policy that was accepted last: its copy, what still vouches for it, its serial as a witness.
 */
#include "tests/unit/trusted.h"

#include "userspace/keep/last_good.h"

/* The directory of the store; and of those whose bundles are taken, or nobody's. */
static char dir[128], trust_dir[128], nobody[128];
static char record[128]; /* there is none */

static int begin(void **state)
{
	if (setup(state))
		return -1;
	snprintf(dir, sizeof(dir), "%s/store", tempdir);
	snprintf(trust_dir, sizeof(trust_dir), "%s/trust", tempdir);
	snprintf(record, sizeof(record), "%s/events.jsonl", tempdir);
	snprintf(nobody, sizeof(nobody), "%s/nobody", tempdir);
	put("trust", "root.pem", root.cert);
	return mkdir(dir, 0700);
}

/* A bundle as the copy, of a certificate that is valid from and to seconds from now. */
static X509 *keep_bundle(long from, long to)
{
	struct identity id = special(9, EC_P256, EVP_sha256(), NULL, NULL, from, to);
	X509 *cert = id.cert;

	X509_up_ref(cert);
	put_bundle("b", &id, &authority);
	assert_int_equal(rename(tempdir_path("b.bundle"), tempdir_path("store/active")), 0);
	free_identity(&id);
	return cert;
}

static struct policy *loaded(const char *path, const char *trust)
{
	struct policy_errors errs = { 0 };
	struct policy *policy = NULL;

	assert_int_equal(policy_load_to_enforce(path, trust, now, &policy, &errs), 0);
	policy_errors_free(&errs);
	return policy;
}

/* The copy loads, and is @policy. */
static void kept(const char *trust, const struct policy *policy)
{
	const struct store store = { .dir = dir, .accepted = now };
	struct policy_errors errs = { 0 };
	struct policy *found = NULL;

	assert_int_equal(last_good_load(&store, trust, &found, &errs), 0);
	assert_memory_equal(found->digest, policy->digest, sizeof(policy->digest));
	policy_free(found);
	assert_int_not_equal(access(tempdir_path("store/active.new"), F_OK), 0);
}

/* Seconds from now, within the day for which the authorities are valid. */
static const struct {
	const char *name;
	long from, to; /* of the certificate */
	long accepted; /* by the store; 0: it does not know */
	long mark;     /* the time that is known to have come */
	const char *why;
} rows[] = {
	{ "valid", 0, 3600, 1800, 1900, NULL },
	{ "expired since it was accepted", 0, 3600, 1800, 7200, NULL },
	{ "the store knows no time of it, and it is valid", 0, 3600, 0, 1800, NULL },
	/* The store was written for the policy before, when there was no such certificate. */
	{ "the power went before the store was written", 3000, 6000, 100, 4000, NULL },
	{ "and it has expired", 3000, 6000, 100, 7000, "has expired" },
	{ "the store knows no time of it, and it has expired", 0, 3600, 0, 7200, "has expired" },
	{ "neither then nor now", 3000, 6000, 100, 200, "is not valid yet" },
};

static void test_when(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(rows); i++) {
		const struct store store = { .dir = dir,
					     .accepted =
						     rows[i].accepted ? now + rows[i].accepted : 0,
					     .mark.time = now + rows[i].mark };
		struct policy_errors errs = { 0 };
		struct policy *policy = NULL;
		int err;

		X509_free(keep_bundle(rows[i].from, rows[i].to));
		err = last_good_load(&store, trust_dir, &policy, &errs);
		/* Of two tries the problems of one are told. */
		if (err != (rows[i].why ? -EKEYREJECTED : 0) || errs.n != !!rows[i].why ||
		    (rows[i].why && !strstr(errs.v[0].text, rows[i].why))) {
			policy_errors_print(&errs, stderr);
			fail_msg("%s: %d", rows[i].name, err);
		}
		policy_free(policy);
		policy_errors_free(&errs);
	}
	print_message("%zu rows\n", i);
}

/* One that was revoked is not taken, although it was good when it was accepted. */
static void test_revoked(void **state)
{
	const struct store store = { .dir = dir, .accepted = now, .mark.time = now };
	struct policy_errors errs = { 0 };
	struct policy *policy = NULL;
	X509 *cert = keep_bundle(0, 3600);

	(void)state;
	assert_int_equal(last_good_load(&store, trust_dir, &policy, &errs), 0);
	policy_free(policy);
	put_list("trust", "authority.crl", (struct list){ &authority, cert, -60, DAY }, true);
	assert_int_equal(last_good_load(&store, trust_dir, &policy, &errs), -EKEYREJECTED);
	assert_non_null(strstr(errs.v[0].text, "is revoked"));
	policy_errors_free(&errs);
	X509_free(cert);
}

static void test_copy_directory(void **state)
{
	const struct store store = { .dir = dir };
	struct policy_errors errs = { 0 };
	struct policy *policy = loaded(tempdir_path("p"), nobody), *none;

	(void)state;
	assert_int_equal(last_good_copy(dir, policy, tempdir_path("p"), nobody, now), 0);
	assert_int_equal(last_good_load(&store, nobody, &none, &errs), -ENOENT);
	policy_errors_free(&errs);
	assert_int_equal(last_good_replace(dir), 0);
	kept(nobody, policy);
	/* A copy of what has changed meanwhile is none, and what is there stays. */
	tempdir_write("p/lists/x", HASH " 5\n");
	assert_int_equal(last_good_copy(dir, policy, tempdir_path("p"), nobody, now), -ESTALE);
	kept(nobody, policy);
	assert_int_equal(unlink(tempdir_path("p/lists/x")), 0);
	assert_int_equal(last_good_copy(dir, policy, tempdir_path("p"), nobody, now), -ENOENT);
	kept(nobody, policy);
	last_good_remove(dir);
	assert_int_equal(last_good_load(&store, nobody, &none, &errs), -ENOENT);
	policy_errors_free(&errs);
	policy_free(policy);
}

static void test_copy_bundle(void **state)
{
	struct policy *policy;

	(void)state;
	usual_bundle("b");
	policy = loaded(tempdir_path("b.bundle"), trust_dir);
	assert_int_equal(last_good_copy(dir, policy, tempdir_path("b.bundle"), trust_dir, now), 0);
	assert_int_equal(last_good_replace(dir), 0);
	kept(trust_dir, policy);
	/* In its place there is now another's, of the same policy. */
	put_bundle("b", &stranger, NULL);
	assert_int_equal(last_good_copy(dir, policy, tempdir_path("b.bundle"), trust_dir, now),
			 -ESTALE);
	kept(trust_dir, policy);
	policy_free(policy);
}

/* The serial of the text, 3, counts in any case; others where the store is not whole. */
static void test_witnesses(void **state)
{
	struct policy older = { .serial = 2 };
	struct policy *policy = loaded(tempdir_path("p"), nobody);
	struct store store;

	(void)state;
	assert_int_equal(last_good_open_store(dir, 0, record, nobody, &store), 0);
	assert_int_equal(store.serial, 0);
	store_accept(&store, &older, now);
	assert_int_equal(store_write(&store), 0);
	assert_int_equal(last_good_copy(dir, policy, tempdir_path("p"), nobody, now), 0);
	assert_int_equal(last_good_replace(dir), 0);
	assert_int_equal(last_good_open_store(dir, 9, record, nobody, &store), 0);
	assert_int_equal(store.serial, 3);
	assert_int_equal(store.health, STORE_WHOLE);
	assert_int_equal(unlink(tempdir_path("store/store")), 0);
	assert_int_equal(last_good_open_store(dir, 9, record, nobody, &store), 0);
	assert_int_equal(store.serial, 9);
	assert_int_equal(store.health, STORE_REPAIRED);
	policy_free(policy);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_when),	TEST(test_revoked),   TEST(test_copy_directory),
		TEST(test_copy_bundle), TEST(test_witnesses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
