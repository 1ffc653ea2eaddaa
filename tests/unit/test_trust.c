// SPDX-License-Identifier: GPL-2.0-or-later
/* Whose signature counts: chains of certificates, their dates and usages. */
#include "tests/unit/trusted.h"

#define USAGE	 "is not for signing: digitalSignature is not in its key usage"
#define EXTENDED "is not for signing policies: codeSigning is not in its extended key usage"

static void special_bundle(const char *dir, const char *usage, const char *extended, long from,
			   long to)
{
	struct identity id = special(9, EC_P256, EVP_sha256(), usage, extended, from, to);

	put(dir, "root.pem", root.cert);
	put_bundle(dir, &id, &authority);
	free_identity(&id);
}

/* ---- cases: each fills trust directory and bundle ---- */

static void by_authority(const char *dir)
{
	put(dir, "authority.pem", authority.cert);
	usual_bundle(dir);
}

static void by_authority_not_carried(const char *dir)
{
	put(dir, "authority.pem", authority.cert);
	put_bundle(dir, &signer, NULL);
}

static void by_all(const char *dir)
{
	put(dir, "all.pem", signer.cert);
	put(dir, "all.pem", authority.cert);
	put(dir, "all.pem", root.cert);
	usual_bundle(dir);
}

static void self_signed(const char *dir)
{
	put(dir, "a.pem", root.cert);
	put(dir, "b.pem", stranger.cert);
	put_bundle(dir, &stranger, NULL);
}

static void usage_signs(const char *dir)
{
	special_bundle(dir, "critical,digitalSignature", NULL, -60, DAY);
}

static void extended_signs(const char *dir)
{
	special_bundle(dir, "digitalSignature", "serverAuth,codeSigning", -60, DAY);
}

static void extended_any(const char *dir)
{
	special_bundle(dir, NULL, "anyExtendedKeyUsage", -60, DAY);
}

static void untrusted(const char *dir)
{
	put(dir, "stranger.pem", stranger.cert);
	usual_bundle(dir);
}

static void root_without_authority(const char *dir)
{
	put(dir, "root.pem", root.cert);
	put_bundle(dir, &signer, NULL);
}

static void untrusted_self_signed(const char *dir)
{
	put(dir, "root.pem", root.cert);
	put_bundle(dir, &stranger, NULL);
}

/* Names and serial number of the one that is trusted, and another key. */
static void namesake(const char *dir)
{
	struct identity id = begin_identity(EC_P256, 3, "Office", "signer");

	add_extension(id.cert, NID_basic_constraints, "critical,CA:FALSE");
	X509_set_issuer_name(id.cert, X509_get_subject_name(authority.cert));
	assert_true(X509_sign(id.cert, stranger.key, EVP_sha256()));
	put(dir, "signer.pem", signer.cert);
	put(dir, "authority.pem", authority.cert);
	put_bundle(dir, &id, NULL);
	free_identity(&id);
}

static void carried_above_anchor(const char *dir)
{
	put(dir, "signer.pem", signer.cert);
	usual_bundle(dir);
}

static void carried_root(const char *dir)
{
	STACK_OF(X509) *chain = sk_X509_new_null();
	struct bytes bundle;
	char path[64];

	put(dir, "authority.pem", authority.cert);
	sk_X509_push(chain, authority.cert);
	sk_X509_push(chain, root.cert);
	bundle = bundle_of(&archive, &signer, chain);
	snprintf(path, sizeof(path), "%s.bundle", dir);
	spill(path, bundle.at, bundle.len);
	sk_X509_free(chain);
	free(bundle.at);
}

/* A signer is no authority. */
static void certified_by_signer(const char *dir)
{
	struct identity id = new_identity(EC_P256, &signer, 5, "Office", "assistant");

	put(dir, "authority.pem", authority.cert);
	put_bundle(dir, &id, &signer);
	free_identity(&id);
}

static void expired(const char *dir)
{
	special_bundle(dir, NULL, NULL, -2 * DAY, -DAY);
}

static void not_yet_valid(const char *dir)
{
	special_bundle(dir, NULL, NULL, DAY, 2 * DAY);
}

static void expired_anchor(const char *dir)
{
	struct identity id = begin_identity(EC_P256, 6, "Old", "root");
	struct identity below;

	X509_gmtime_adj(X509_getm_notBefore(id.cert), -2 * DAY);
	X509_gmtime_adj(X509_getm_notAfter(id.cert), -DAY);
	add_extension(id.cert, NID_basic_constraints, "CA:TRUE");
	end_identity(&id, NULL);
	below = new_identity(EC_P256, &id, 7, "Old", "signer");
	put(dir, "root.pem", id.cert);
	put_bundle(dir, &below, NULL);
	free_identity(&below);
	free_identity(&id);
}

static void usage_encrypts(const char *dir)
{
	special_bundle(dir, "critical,keyEncipherment", NULL, -60, DAY);
}

static void usage_certifies(const char *dir)
{
	special_bundle(dir, "critical,keyCertSign,cRLSign", NULL, -60, DAY);
}

static void usage_not_repudiated(const char *dir)
{
	special_bundle(dir, "nonRepudiation", NULL, -60, DAY);
}

static void extended_server(const char *dir)
{
	special_bundle(dir, "digitalSignature", "serverAuth,clientAuth", -60, DAY);
}

static void extended_mail(const char *dir)
{
	special_bundle(dir, NULL, "emailProtection", -60, DAY);
}

static void usage_and_expired(const char *dir)
{
	special_bundle(dir, "keyEncipherment", "serverAuth", -2 * DAY, -DAY);
}

static void usage_and_extended(const char *dir)
{
	special_bundle(dir, "keyEncipherment", "serverAuth", -60, DAY);
}

static void critical_extension(const char *dir)
{
	struct identity id = begin_identity(EC_P256, 9, "Office", "special");
	X509_EXTENSION *unknown;
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	ASN1_OBJECT *oid = OBJ_txt2obj("1.2.3.4.5", 1);

	ASN1_OCTET_STRING_set(value, (const unsigned char *)"\5\0", 2);
	unknown = X509_EXTENSION_create_by_OBJ(NULL, oid, 1, value);
	X509_add_ext(id.cert, unknown, -1);
	X509_EXTENSION_free(unknown);
	ASN1_OCTET_STRING_free(value);
	ASN1_OBJECT_free(oid);
	end_identity(&id, &authority);
	put(dir, "root.pem", root.cert);
	put_bundle(dir, &id, &authority);
	free_identity(&id);
}

static void weak_key(const char *dir)
{
	struct identity id = begin_identity(EC_P256, 9, "Office", "special");

	EVP_PKEY_free(id.key);
	id.key = EVP_RSA_gen(1024);
	X509_set_pubkey(id.cert, id.key);
	end_identity(&id, &authority);
	put(dir, "root.pem", root.cert);
	put_bundle(dir, &id, &authority);
	free_identity(&id);
}

static void weak_certificate(const char *dir)
{
	struct identity id = special(9, EC_P256, EVP_sha1(), NULL, NULL, -60, DAY);

	put(dir, "root.pem", root.cert);
	put_bundle(dir, &id, &authority);
	free_identity(&id);
}

static void broken_certificate(const char *dir)
{
	struct identity id = begin_identity(EC_P256, 9, "Office", "special");

	X509_set_issuer_name(id.cert, X509_get_subject_name(authority.cert));
	assert_true(X509_sign(id.cert, stranger.key, EVP_sha256()));
	put(dir, "root.pem", root.cert);
	put_bundle(dir, &id, &authority);
	free_identity(&id);
}

static const struct test cases[] = {
	GOOD(by_root),
	GOOD(by_authority),
	GOOD(by_authority_not_carried),
	GOOD(by_signer),
	GOOD(by_all),
	GOOD(self_signed),
	GOOD(usage_signs),
	GOOD(extended_signs),
	GOOD(extended_any),
	REFUSED(untrusted, AUTHORITY UNTRUSTED),
	REFUSED(root_without_authority, SIGNER UNTRUSTED),
	REFUSED(untrusted_self_signed,
		"the certificate of CN=stranger,O=Elsewhere,C=CA " UNTRUSTED),
	REFUSED(namesake, SIGNER "is not signed by the issuer that it names"),
	REFUSED(carried_above_anchor, "it has a certificate in it that is not part of its signer's "
				      "chain: CN=authority,O=Office,C=CA"),
	REFUSED(carried_root, "it has a certificate in it that is not part of its signer's chain: "
			      "CN=root,O=Root,C=CA"),
	REFUSED(certified_by_signer, SIGNER "is not an authority's, but it certified another"),
	REFUSED(expired, SPECIAL "has expired"),
	REFUSED(not_yet_valid, SPECIAL "is not valid yet"),
	REFUSED(expired_anchor, "the certificate of CN=root,O=Old,C=CA has expired"),
	REFUSED(usage_encrypts, SPECIAL USAGE),
	REFUSED(usage_certifies, SPECIAL USAGE),
	REFUSED(usage_not_repudiated, SPECIAL USAGE),
	REFUSED(extended_server, SPECIAL EXTENDED),
	REFUSED(extended_mail, SPECIAL EXTENDED),
	REFUSED(usage_and_expired, SPECIAL "has expired"),
	REFUSED(usage_and_extended, SPECIAL USAGE),
	REFUSED(critical_extension, SPECIAL "has an unknown critical extension"),
	REFUSED(weak_key, SPECIAL "has a key that is too weak"),
	REFUSED(weak_certificate, SPECIAL "is signed with a digest that is too weak"),
	REFUSED(broken_certificate, SPECIAL "is not signed by the issuer that it names"),
};

static void test_cases(void **state)
{
	(void)state;
	check_tests(cases, COUNT_OF(cases));
}

/* Unsigned, and says so. */
static void test_directory(void **state)
{
	struct policy_errors errs = { 0 };
	struct policy *policy = NULL;

	(void)state;
	put("dir", "root.pem", root.cert);
	assert_int_equal(
		policy_load(tempdir_path("p"), tempdir_path("dir"), now, 0, &policy, &errs), 0);
	assert_null(policy->signer);
	policy_free(policy);
	assert_int_equal(
		policy_load(tempdir_path("gone"), tempdir_path("dir"), now, 0, &policy, &errs),
		-ENOENT);
	policy_errors_free(&errs);
}

/* The signer, and the time that verification is at. */
static void test_signer(void **state)
{
	struct policy_errors errs = { 0 };
	struct policy *policy = NULL;
	uint8_t digest[32];

	(void)state;
	by_root("signer");
	assert_int_equal(policy_load(tempdir_path("signer.bundle"), tempdir_path("signer"), now, 0,
				     &policy, &errs),
			 0);
	assert_true(X509_digest(signer.cert, EVP_sha256(), digest, NULL));
	assert_string_equal(policy->signer->name, "CN=signer,O=Office,C=CA");
	assert_memory_equal(policy->signer->certificate, digest, sizeof(digest));
	assert_true(policy->signer->signed_at >= now);
	policy_free(policy);
	policy = NULL;
	assert_int_equal(policy_load(tempdir_path("signer.bundle"), tempdir_path("signer"),
				     now + 30 * DAY, 0, &policy, &errs),
			 -EKEYREJECTED);
	assert_non_null(strstr(errs.v[0].text, " has expired"));
	policy_errors_free(&errs);
	assert_int_equal(policy_load(tempdir_path("signer.bundle"), tempdir_path("signer"), 0, 0,
				     &policy, &errs),
			 -EKEYREJECTED);
	assert_non_null(strstr(errs.v[0].text, " is not valid yet"));
	policy_errors_free(&errs);
}

/* Names are for terminals and logs: one line of ASCII, at most so long. */
static void test_names(void **state)
{
	char name[4096];
	struct identity id = begin_identity(EC_P256, 1, NULL, NULL);
	struct trust *trust;
	struct bytes bundle;
	const char *why;

	(void)state;
	add_name(X509_get_subject_name(id.cert), "CN", MBSTRING_UTF8,
		 "\xe2\x80\xae evil,\n\x1b[31m\"", -1);
	end_identity(&id, NULL);
	bundle = bundle_of(&archive, &id, NULL);
	assert_int_equal(trust_in(root.cert, &trust), 0);
	assert_string_equal(
		verdict(&bundle, trust, now),
		"the certificate of CN=\\E2\\80\\AE evil\\,\\0A\\1B[31m\\\",C=CA " UNTRUSTED);
	free(bundle.at);
	free_identity(&id);

	id = begin_identity(EC_P256, 1, NULL, NULL);
	for (int i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "%060d", i);
		assert_true(X509_NAME_add_entry_by_txt(X509_get_subject_name(id.cert), "OU",
						       MBSTRING_ASC, (unsigned char *)name, -1, -1,
						       0));
	}
	end_identity(&id, NULL);
	bundle = bundle_of(&archive, &id, NULL);
	why = verdict(&bundle, trust, now);
	assert_true(strlen(why) < BUNDLE_WHY_MAX);
	assert_string_equal(why + strlen(why) - strlen(UNTRUSTED), UNTRUSTED);
	free(bundle.at);
	free_identity(&id);
	trust_free(trust);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_directory),
		cmocka_unit_test(test_signer),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
