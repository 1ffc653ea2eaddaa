// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whose certificates may go with a token, as the module judges it: by messages of OpenSSL's CMS,
 * and beside trust_check(), which judges bundles.
 */
#include "tests/unit/signing.h"

#include "kmod/extract/token_signer.h"
#include "userspace/bundle/trust.h"

static struct identity ca;

static int make_ca(void **state)
{
	(void)state;
	ca = begin_identity(EC_P256, 1, "Office", "CA");
	add_extension(ca.cert, NID_basic_constraints, "critical,CA:TRUE");
	end_identity(&ca, NULL);
	return 0;
}

static int free_ca(void **state)
{
	(void)state;
	free_identity(&ca);
	return 0;
}

/* Values of extensions; NULL: there is none. */
struct kind {
	const char *what;
	const char *constraints, *usage, *extended;
	bool signs;	   /* may sign a token */
	bool is_authority; /* may be above */
};

static const struct kind kinds[] = {
	{ "nothing said", NULL, NULL, NULL, true, false },
	{ "an end", "critical,CA:FALSE", NULL, NULL, true, false },
	{ "for signatures", "CA:FALSE", "critical,digitalSignature", NULL, true, false },
	{ "for signatures, and more", NULL, "keyEncipherment,digitalSignature", NULL, true, false },
	{ "for code", NULL, "digitalSignature", "codeSigning", true, false },
	{ "for servers and code", NULL, NULL, "serverAuth,codeSigning", true, false },
	{ "for anything", NULL, NULL, "anyExtendedKeyUsage", true, false },
	{ "for servers", NULL, "digitalSignature", "serverAuth,clientAuth", false, false },
	{ "for clients", "CA:FALSE", NULL, "clientAuth", false, false },
	{ "for mail", NULL, "digitalSignature,nonRepudiation", "emailProtection", false, false },
	{ "for time stamps", NULL, NULL, "critical,timeStamping", false, false },
	{ "for a usage of somebody's", NULL, NULL, "1.3.6.1.4.1.311.10.3.6", false, false },
	{ "for key agreement", NULL, "keyAgreement", "codeSigning", false, false },
	{ "for encipherment", NULL, "critical,keyEncipherment", NULL, false, false },
	{ "for what is in the second byte", NULL, "decipherOnly,keyAgreement", NULL, false, false },
	{ "an authority", "critical,CA:TRUE", "critical,keyCertSign,digitalSignature", NULL, true,
	  true },
	{ "an authority of some", "CA:TRUE,pathlen:0", NULL, NULL, true, true },
};

static struct identity of_kind(const struct kind *kind, const struct identity *issuer)
{
	struct identity id = begin_identity(EC_P256, 7, "Office", kind->what);

	if (kind->constraints)
		add_extension(id.cert, NID_basic_constraints, kind->constraints);
	if (kind->usage)
		add_extension(id.cert, NID_key_usage, kind->usage);
	if (kind->extended)
		add_extension(id.cert, NID_ext_key_usage, kind->extended);
	end_identity(&id, issuer);
	return id;
}

static struct bytes message(const struct identity *signer, X509 *above, unsigned int flags)
{
	STACK_OF(X509) *others = sk_X509_new_null();
	BIO *in = BIO_new_mem_buf("text", 4);
	unsigned char *der = NULL;
	CMS_ContentInfo *cms;
	struct bytes bytes;
	int len;

	if (above)
		sk_X509_push(others, above);
	cms = CMS_sign(signer->cert, signer->key, others, in,
		       CMS_DETACHED | CMS_BINARY | CMS_NOSMIMECAP | flags);
	assert_non_null(cms);
	len = i2d_CMS_ContentInfo(cms, &der);
	bytes = bytes_of(der, len);
	CMS_ContentInfo_free(cms);
	BIO_free(in);
	sk_X509_free(others);
	return bytes;
}

static void signers(void **state)
{
	struct trust *trust;

	(void)state;
	assert_int_equal(trust_in(ca.cert, &trust), 0);
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		struct identity id = of_kind(&kinds[i], &ca);
		struct bytes bytes = message(&id, NULL, 0);
		int err = token_signer_check(bytes.at, (uint32_t)bytes.len);
		char why[TRUST_WHY_MAX];
		STACK_OF(X509) *chain = NULL;

		if (err != (kinds[i].signs ? 0 : -EKEYREJECTED))
			fail_msg("%s: %d", kinds[i].what, err);
		/* User space does not take fewer, but for authorities that do not say that they
		 * sign. */
		err = trust_check(trust, id.cert, NULL, time(NULL), &chain, why);
		if (!err != kinds[i].signs)
			fail_msg("%s: user space: %d, %s", kinds[i].what, err, why);
		sk_X509_pop_free(chain, X509_free);
		free(bytes.at);
		free_identity(&id);
	}
	trust_free(trust);
}

/* Whoever has a key that is certified for another thing cannot certify himself. */
static void above(void **state)
{
	static const struct kind good = { "a signer",	 "CA:FALSE", "digitalSignature",
					  "codeSigning", true,	     false };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		struct identity between = of_kind(&kinds[i], &ca);
		struct identity id = of_kind(&good, &between);
		struct bytes bytes = message(&id, between.cert, 0);
		int err = token_signer_check(bytes.at, (uint32_t)bytes.len);

		if (err != (kinds[i].signs || kinds[i].is_authority ? 0 : -EKEYREJECTED))
			fail_msg("%s: %d", kinds[i].what, err);
		free(bytes.at);
		free_identity(&between);
		free_identity(&id);
	}
}

/* Without certificates the kernel has to have the signer's own. */
static void no_certificates(void **state)
{
	struct bytes bytes = message(&ca, NULL, CMS_NOCERTS);

	(void)state;
	assert_int_equal(token_signer_check(bytes.at, (uint32_t)bytes.len), 0);
	free(bytes.at);
}

/* Forms that the kernel reads, and that are not looked at here, are refused. */
static void forms(void **state)
{
	static const struct kind server = { "a server", NULL, NULL, "serverAuth", false, false };
	struct identity id = of_kind(&server, &ca);
	struct bytes bytes = message(&id, NULL, 0);
	unsigned int taken = 0;

	(void)state;
	/* A tag or length that is another: [2] in place of [0], an indefinite length. */
	for (size_t i = 0; i < bytes.len; i++)
		for (int bit = 0; bit < 8; bit++) {
			bytes.at[i] ^= (uint8_t)(1 << bit);
			if (!token_signer_check(bytes.at, (uint32_t)bytes.len))
				taken++;
			bytes.at[i] ^= (uint8_t)(1 << bit);
		}
	/* Bits of its extension's OIDs, and of the usage itself, make another certificate, which
	 * its issuer did not sign. */
	print_message("%u of %zu changed bits make it one for signing\n", taken, 8 * bytes.len);
	assert_true(taken < 8 * 64);
	for (size_t len = 0; len < bytes.len; len++)
		assert_true(token_signer_check(bytes.at, (uint32_t)len) < 0);
	free(bytes.at);
	free_identity(&id);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signers),
		cmocka_unit_test(above),
		cmocka_unit_test(no_certificates),
		cmocka_unit_test(forms),
	};

	return cmocka_run_group_tests(tests, make_ca, free_ca);
}
