// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every bit of a bundle counts: 2,000 of one, spread over it, and 200 of each other are flipped one
 * at a time, and each must be refused. BUNDLE_FLIPS=all flips every bit of what is not content, and
 * of the first KiB of that, of all; some minutes.
 */
#include "tests/unit/bundles.h"

#define FLIPS	  2000U
#define FLIPS_FEW 200U

static struct identity root, authority, by_authority[ALGORITHMS], alone[ALGORITHMS];
static struct bytes archive;

static int setup(void **state)
{
	if (tempdir_setup(state))
		return -1;
	root = new_identity(RSA_2048, NULL, 1, "Root", "root");
	authority = begin_identity(EC_P384, 2, "Office", "authority");
	add_extension(authority.cert, NID_basic_constraints, "critical,CA:TRUE");
	end_identity(&authority, &root);
	for (int i = 0; i < ALGORITHMS; i++) {
		by_authority[i] = new_identity(i, &authority, 3 + i, "Office", "signer");
		alone[i] = new_identity(i, NULL, 3 + i, "Office", "signer");
	}
	write_policy("p");
	archive = pack("p");
	return 0;
}

static int teardown(void **state)
{
	free_identity(&root);
	free_identity(&authority);
	for (int i = 0; i < ALGORITHMS; i++) {
		free_identity(&by_authority[i]);
		free_identity(&alone[i]);
	}
	free(archive.at);
	return tempdir_teardown(state);
}

static void flip(struct bytes *bundle, const struct trust *trust, size_t bit, int64_t now,
		 const char *what)
{
	bundle->at[bit / 8] ^= 1 << bit % 8;
	if (!*verdict(bundle, trust, now))
		fail_msg("%s: bit %zu of byte %zu does not matter", what, bit % 8, bit / 8);
	bundle->at[bit / 8] ^= 1 << bit % 8;
}

/* Steps of a length that has no divisor in common with that of the bundle reach every bit in time,
 * and bits of each place in a byte. */
static size_t stride(size_t bits, size_t flips)
{
	size_t step = bits / flips | 1, a, b, rest;

	for (;; step += 2) {
		for (a = bits, b = step; b; a = b, b = rest)
			rest = a % b;
		if (a == 1)
			return step;
	}
}

static size_t flip_all(struct bytes *bundle, const struct trust *trust, int64_t now,
		       const char *what)
{
	const uint8_t *content = memmem(bundle->at, bundle->len, archive.at, archive.len);
	size_t from = (size_t)(content - bundle->at);
	size_t n = 0;

	assert_non_null(content);
	for (size_t bit = 0; bit < 8 * bundle->len; bit++) {
		if (bit / 8 >= from + 1024 && bit / 8 < from + archive.len)
			continue;
		flip(bundle, trust, bit, now, what);
		n++;
	}
	return n;
}

static size_t flip_some(struct bytes *bundle, const struct trust *trust, int64_t now, size_t flips,
			const char *what)
{
	size_t bits = 8 * bundle->len, step = stride(bits, flips), n;

	for (n = 0; n < flips; n++)
		flip(bundle, trust, n * step % bits, now, what);
	return n;
}

static void try(const struct identity *signer, const struct identity *above,
		const struct identity *anchor, size_t flips, const char *what)
{
	STACK_OF(X509) *chain = sk_X509_new_null();
	int64_t now = time(NULL);
	struct trust *trust;
	struct bytes bundle;
	size_t n;

	if (above)
		sk_X509_push(chain, above->cert);
	bundle = bundle_of(&archive, signer, chain);
	assert_int_equal(trust_in(anchor->cert, &trust), 0);
	assert_string_equal(verdict(&bundle, trust, now), "");
	n = getenv("BUNDLE_FLIPS") ? flip_all(&bundle, trust, now, what) :
				     flip_some(&bundle, trust, now, flips, what);
	assert_string_equal(verdict(&bundle, trust, now), "");
	print_message("%s: %zu bits of %zu, each refused\n", what, n, 8 * bundle.len);
	trust_free(trust);
	sk_X509_free(chain);
	free(bundle.at);
}

static const char *const algorithm_names[ALGORITHMS] = { "RSA", "P-256", "P-384", "Ed25519" };

static void test_alone(void **state)
{
	(void)state;
	for (int i = 0; i < ALGORITHMS; i++)
		try(&alone[i], NULL, &alone[i], FLIPS_FEW, algorithm_names[i]);
}

static void test_chain(void **state)
{
	(void)state;
	for (int i = 0; i < ALGORITHMS; i++)
		try(&by_authority[i], &authority, &root, i == EC_P256 ? FLIPS : FLIPS_FEW,
		    algorithm_names[i]);
}

/* The anchor is in the bundle, too, where its issuer's signature is not looked at. */
static void test_anchor_carried(void **state)
{
	(void)state;
	try(&by_authority[EC_P256], &authority, &authority, FLIPS_FEW, "anchor carried");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alone),
		cmocka_unit_test(test_chain),
		cmocka_unit_test(test_anchor_carried),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
