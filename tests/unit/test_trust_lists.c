// SPDX-License-Identifier: GPL-2.0-or-later
/* Whose signature counts: revocation lists. */
#include "tests/unit/trusted.h"

#define MAYBE "may be revoked: "

static void empty_list(const char *dir)
{
	put_list(dir, "authority.crl", (struct list){ &authority, NULL, -60, DAY }, false);
	by_root(dir);
}

static void list_of_another(const char *dir)
{
	put_list(dir, "authority.crl", (struct list){ &authority, stranger.cert, -60, DAY }, true);
	by_root(dir);
}

/* Its issuer has nothing to do with the chain. */
static void expired_list_of_another(const char *dir)
{
	put_list(dir, "stranger.crl", (struct list){ &stranger, NULL, -2 * DAY, -DAY }, true);
	by_root(dir);
}

static void old_and_new_list(const char *dir)
{
	put_list(dir, "a.crl", (struct list){ &authority, NULL, -2 * DAY, -DAY }, true);
	put_list(dir, "b.crl", (struct list){ &authority, NULL, -DAY, DAY }, true);
	by_root(dir);
}

static void revoked(const char *dir)
{
	put_list(dir, "authority.crl", (struct list){ &authority, signer.cert, -60, DAY }, true);
	by_root(dir);
}

static void revoked_in_pem(const char *dir)
{
	by_root(dir);
	put_list(dir, "root.pem", (struct list){ &authority, signer.cert, -60, DAY }, false);
}

static void revoked_authority(const char *dir)
{
	put_list(dir, "root.crl", (struct list){ &root, authority.cert, -60, DAY }, false);
	by_root(dir);
}

/* Trusted itself, by name, and yet revoked by its issuer, who is trusted, too. */
static void revoked_anchor(const char *dir)
{
	put_list(dir, "authority.crl", (struct list){ &authority, signer.cert, -60, DAY }, false);
	put(dir, "authority.pem", authority.cert);
	by_signer(dir);
}

/* Whose list it is cannot be found out. */
static void revoked_anchor_alone(const char *dir)
{
	put_list(dir, "authority.crl", (struct list){ &authority, signer.cert, -60, DAY }, false);
	by_signer(dir);
}

static void expired_list(const char *dir)
{
	put_list(dir, "authority.crl", (struct list){ &authority, NULL, -2 * DAY, -DAY }, true);
	by_root(dir);
}

static void expired_list_of_root(const char *dir)
{
	put_list(dir, "root.crl", (struct list){ &root, NULL, -2 * DAY, -DAY }, true);
	by_root(dir);
}

static void expired_list_that_revokes(const char *dir)
{
	put_list(dir, "authority.crl", (struct list){ &authority, signer.cert, -2 * DAY, -DAY },
		 true);
	by_root(dir);
}

static void early_list(const char *dir)
{
	put_list(dir, "authority.crl", (struct list){ &authority, NULL, DAY, 2 * DAY }, true);
	by_root(dir);
}

static void forged_list(const char *dir)
{
	struct identity forger = { stranger.key, authority.cert };

	put_list(dir, "authority.crl", (struct list){ &forger, NULL, -60, DAY }, true);
	by_root(dir);
}

static void revoked_and_expired(const char *dir)
{
	struct identity id = special(9, EC_P256, EVP_sha256(), NULL, NULL, -2 * DAY, -DAY);

	put_list(dir, "authority.crl", (struct list){ &authority, id.cert, -60, DAY }, true);
	put(dir, "root.pem", root.cert);
	put_bundle(dir, &id, &authority);
	free_identity(&id);
}

static const struct test cases[] = {
	GOOD(empty_list),
	GOOD(list_of_another),
	GOOD(expired_list_of_another),
	GOOD(old_and_new_list),
	REFUSED(revoked, SIGNER "is revoked"),
	REFUSED(revoked_in_pem, SIGNER "is revoked"),
	REFUSED(revoked_authority, AUTHORITY "is revoked"),
	REFUSED(revoked_anchor, SIGNER "is revoked"),
	REFUSED(revoked_anchor_alone, SIGNER MAYBE
		"the revocation list of its issuer is not signed by one that is trusted"),
	REFUSED(expired_list, SIGNER MAYBE "the revocation list of its issuer has expired"),
	REFUSED(expired_list_of_root,
		AUTHORITY MAYBE "the revocation list of its issuer has expired"),
	REFUSED(expired_list_that_revokes,
		SIGNER MAYBE "the revocation list of its issuer has expired"),
	REFUSED(early_list, SIGNER MAYBE "the revocation list of its issuer is not valid yet"),
	REFUSED(forged_list, SIGNER MAYBE
		"the revocation list of its issuer is not signed by one that is trusted"),
	REFUSED(revoked_and_expired, SPECIAL "is revoked"),
};

static void test_cases(void **state)
{
	(void)state;
	check_tests(cases, COUNT_OF(cases));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
