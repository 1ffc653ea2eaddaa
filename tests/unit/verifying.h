/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For tests of verification: what is trusted, and what is found out of a file in tempdir.h. */
#ifndef INTERDICT_TEST_VERIFYING_H
#define INTERDICT_TEST_VERIFYING_H

#include "tests/unit/signing.h"

#include <openssl/pem.h>

#include "subject/subject.h"
#include "tests/unit/run.h"
#include "verify/verify.h"

#define VERIFIED ""

static inline void put_cert(const char *path, X509 *cert)
{
	FILE *f = fopen(tempdir_path(path), "w");

	assert_non_null(f);
	assert_true(PEM_write_X509(f, cert));
	assert_int_equal(fclose(f), 0);
}

static inline void put_key(const char *path, EVP_PKEY *key)
{
	FILE *f = fopen(tempdir_path(path), "w");

	assert_non_null(f);
	assert_true(PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL));
	assert_int_equal(fclose(f), 0);
}

/* One by issuer that was valid, or is, from..to seconds from now. usage: extended, NULL for none.
 */
static inline struct identity dated_identity(const struct identity *issuer, long serial,
					     const char *organization, const char *usage, long from,
					     long to)
{
	struct identity id = begin_identity(EC_P256, serial, organization, NULL);

	X509_gmtime_adj(X509_getm_notBefore(id.cert), from);
	X509_gmtime_adj(X509_getm_notAfter(id.cert), to);
	add_extension(id.cert, NID_basic_constraints, issuer ? "critical,CA:FALSE" : "CA:TRUE");
	add_extension(id.cert, NID_subject_key_identifier, "hash");
	if (usage)
		add_extension(id.cert, NID_ext_key_usage, usage);
	end_identity(&id, issuer);
	return id;
}

/* What is said of the file: fills claims and report. */
static inline void look(const char *path, const char *trust, struct interdict_claims *claims,
			struct verify_report *report)
{
	struct interdict_identity identity;
	struct verify_trust *trusted;
	struct subject subject;
	char why[VERIFY_WHY_MAX];

	assert_int_equal(verify_trust_load(tempdir_path(trust), &trusted, why), 0);
	assert_int_equal(subject_open(tempdir_path(path), &subject), 0);
	assert_int_equal(subject_identify(&subject, INTERDICT_ID_CLAIMS, &identity), 0);
	verify_subject(&subject, trusted, &identity.claims, report);
	*claims = identity.claims;
	subject_close(&subject);
	verify_trust_free(trusted);
}

/* All claims have this reason, or are verified (VERIFIED). */
static inline void expect_all(const char *path, const char *trust, const char *why)
{
	struct interdict_claims claims;
	struct verify_report report;

	look(path, trust, &claims, &report);
	assert_true(claims.count > 0);
	for (uint32_t i = 0; i < claims.count; i++) {
		bool verified = claims.claim[i].flags & INTERDICT_CLAIM_VERIFIED;

		if (verified != !*why || strcmp(report.why[i], why) != 0)
			fail_msg("%s, trusting %s: claim %u is \"%s\", not \"%s\"", path, trust, i,
				 verified ? "verified" : report.why[i], why);
	}
}

/* How many claims are verified. */
static inline unsigned int verified(const char *path, const char *trust)
{
	struct interdict_claims claims;
	struct verify_report report;
	unsigned int n = 0;

	look(path, trust, &claims, &report);
	for (uint32_t i = 0; i < claims.count; i++) {
		n += !!(claims.claim[i].flags & INTERDICT_CLAIM_VERIFIED);
		assert_int_equal(!(claims.claim[i].flags & INTERDICT_CLAIM_VERIFIED),
				 !!report.why[i][0]);
	}
	return n;
}

#endif
