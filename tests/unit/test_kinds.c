// SPDX-License-Identifier: GPL-2.0-or-later
/* From an order's text to the tables, and from a signed file to its claims: they meet. */
#include <errno.h>
#include <fcntl.h>
#include <sys/xattr.h>

#include "engine/compile.h"
#include "orders.h"
#include "signed.h"
#include "tempdir.h"
#include "userspace/subject/claims_fd.h"

#define CONTENT "what a vendor made\n"

static struct interdict_claims claims_of(const char *path)
{
	struct interdict_claims claims;
	struct stat st;
	int fd = open(tempdir_path(path), O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(claims_fd(fd, (__u64)st.st_size, INTERDICT_ID_CLAIMS, &claims), 0);
	close(fd);
	return claims;
}

/* How many of the claims a policy with this `match` has a rule for. */
static uint32_t met(const char *match, const struct interdict_claims *claims)
{
	const struct policy_device here = { .early = 1000, .late = 1000 };
	struct compile_image image;
	struct policy *policy;
	char text[1024];
	uint32_t n = 0;

	snprintf(text, sizeof(text), ORDER_HEAD "match:\n  - %s\n", match);
	policy = order_parsed(text);
	policy->mode = POLICY_MODE_ENFORCE;
	assert_int_equal(compile_image(policy, &here, &image), 0);
	for (uint32_t i = 0; i < claims->count; i++) {
		const struct interdict_claim *claim = &claims->claim[i];
		struct interdict_value value;

		memcpy(&value, claim->value, sizeof(value));
		if (!interdict_lookup(&image.tables, INTERDICT_ENTRY_KIND(claim->kind, claim->form),
				      &value, claim->len))
			continue;
		assert_true(image.head->kinds & 1U << claim->kind);
		n++;
	}
	compile_image_free(&image);
	policy_free(policy);
	return n;
}

static void test_signed(void **state)
{
	struct signer vendor = signer_new("Vendor of \xd0\x94\xd0\xb5\xd0\xbb\xd0\xbe"); /* Дело */
	struct signer other = signer_new("Other");
	struct interdict_claims claims;
	char rule[128];
	char hex[65];

	(void)state;
	tempdir_write("file", CONTENT);
	claims = claims_of("file");
	assert_int_equal(claims.count, 0);
	assert_int_equal(claims.flags, 0);
	signed_append(&vendor, tempdir_path("file"), CONTENT);
	claims = claims_of("file");
	/* certificate der and is, key spki, publisher; its certificate has no key identifier */
	assert_int_equal(claims.count, 4);
	assert_int_equal(claims.flags, 0);
	assert_int_equal(met("publisher: VENDOR  OF \xd0\xb4\xd0\x95\xd0\xbb\xd0\x9e", &claims), 1);
	assert_int_equal(met("publisher: Vendor", &claims), 0);
	signer_der(&vendor, hex);
	snprintf(rule, sizeof(rule), "certificate: der:%s", hex);
	assert_int_equal(met(rule, &claims), 1);
	snprintf(rule, sizeof(rule), "certificate: is:%s", hex);
	assert_int_equal(met(rule, &claims), 0);
	snprintf(rule, sizeof(rule), "key: spki:%s", hex);
	assert_int_equal(met(rule, &claims), 0);
	signer_spki(&vendor, hex);
	snprintf(rule, sizeof(rule), "key: spki:%s", hex);
	assert_int_equal(met(rule, &claims), 1);
	signer_spki(&other, hex);
	snprintf(rule, sizeof(rule), "key: spki:%s", hex);
	assert_int_equal(met(rule, &claims), 0);
	signer_free(&vendor);
	signer_free(&other);
}

static void test_ima(void **state)
{
	static const uint8_t ima[] = { 3, 2, 4, 0x0a, 0xbb, 0xcc, 0xdd, 0, 4, 1, 2, 3, 4 };
	struct interdict_claims claims;

	(void)state;
	tempdir_write("file", CONTENT);
	if (geteuid() != 0) /* the attribute is root's to set */
		skip();
	assert_int_equal(setxattr(tempdir_path("file"), "security.ima", ima, sizeof(ima), 0), 0);
	claims = claims_of("file");
	assert_int_equal(claims.count, 1);
	assert_int_equal(met("key: ima:0aBBccDD", &claims), 1);
	assert_int_equal(met("key: skid:0abbccdd", &claims), 0);
	assert_int_equal(met("build-id: 0abbccdd", &claims), 0);
	/* cut off: said, and no error */
	assert_int_equal(setxattr(tempdir_path("file"), "security.ima", ima, 7, 0), 0);
	claims = claims_of("file");
	assert_int_equal(claims.count, 0);
	assert_int_equal(claims.flags, INTERDICT_CLAIMS_MALFORMED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_signed, tempdir_setup, tempdir_teardown),
		cmocka_unit_test_setup_teardown(test_ima, tempdir_setup, tempdir_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
