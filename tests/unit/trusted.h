/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For tests of whose signature counts: a root, an authority under it, a signer under that and a
 * stranger; directories of trusted certificates and revocation lists, each with a bundle beside it.
 */
#ifndef INTERDICT_TEST_TRUSTED_H
#define INTERDICT_TEST_TRUSTED_H

#include "tests/unit/bundles.h"

#include <openssl/pem.h>

#define DAY 86400

#define SIGNER	  "the certificate of CN=signer,O=Office,C=CA "
#define SPECIAL	  "the certificate of CN=special,O=Office,C=CA "
#define AUTHORITY "the certificate of CN=authority,O=Office,C=CA "
#define UNTRUSTED "is not trusted, nor does one that is vouch for it"

static struct identity root, authority, signer, stranger;
static struct bytes archive;
static int64_t now;

static inline int setup(void **state)
{
	if (tempdir_setup(state))
		return -1;
	now = time(NULL);
	root = new_identity(EC_P256, NULL, 1, "Root", "root");
	authority = begin_identity(EC_P256, 2, "Office", "authority");
	add_extension(authority.cert, NID_basic_constraints, "critical,CA:TRUE");
	end_identity(&authority, &root);
	signer = new_identity(EC_P256, &authority, 3, "Office", "signer");
	stranger = new_identity(EC_P256, NULL, 4, "Elsewhere", "stranger");
	write_policy("p");
	archive = pack("p");
	return 0;
}

static inline int teardown(void **state)
{
	free_identity(&root);
	free_identity(&authority);
	free_identity(&signer);
	free_identity(&stranger);
	free(archive.at);
	return tempdir_teardown(state);
}

/* ---- making things ---- */

static inline FILE *open_in(const char *dir, const char *name, const char *mode)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	mkdir(tempdir_path(dir), 0755);
	return fopen(tempdir_path(path), mode);
}

/* Adds it to a file of the directory. */
static inline void put(const char *dir, const char *name, X509 *cert)
{
	FILE *f = open_in(dir, name, "a");

	assert_true(f && PEM_write_X509(f, cert) && !fclose(f));
}

static inline void put_text(const char *dir, const char *name, const char *text)
{
	FILE *f = open_in(dir, name, "a");

	assert_true(f && fputs(text, f) >= 0 && !fclose(f));
}

struct list {
	const struct identity *issuer;
	const X509 *revoked; /* or NULL */
	long from, to;	     /* seconds from now */
};

static inline X509_CRL *make_list(const struct list *list)
{
	X509_CRL *crl = X509_CRL_new();
	ASN1_TIME *time = ASN1_TIME_new();
	X509_REVOKED *revoked;

	X509_CRL_set_version(crl, X509_CRL_VERSION_2);
	X509_CRL_set_issuer_name(crl, X509_get_subject_name(list->issuer->cert));
	X509_CRL_set1_lastUpdate(crl, X509_gmtime_adj(time, list->from));
	X509_CRL_set1_nextUpdate(crl, X509_gmtime_adj(time, list->to));
	if (list->revoked) {
		revoked = X509_REVOKED_new();
		X509_REVOKED_set_serialNumber(
			revoked, (ASN1_INTEGER *)X509_get0_serialNumber(list->revoked));
		X509_REVOKED_set_revocationDate(revoked, X509_gmtime_adj(time, list->from));
		X509_CRL_add0_revoked(crl, revoked);
	}
	ASN1_TIME_free(time);
	assert_true(X509_CRL_sign(crl, list->issuer->key, EVP_sha256()));
	return crl;
}

static inline void put_list(const char *dir, const char *name, struct list list, bool der)
{
	X509_CRL *crl = make_list(&list);
	FILE *f = open_in(dir, name, "a");

	assert_true(f && (der ? i2d_X509_CRL_fp(f, crl) : PEM_write_X509_CRL(f, crl)));
	assert_int_equal(fclose(f), 0);
	X509_CRL_free(crl);
}

/* The bundle in @dir/bundle; NULL: of the signer, with the authority's certificate. */
static inline void put_bundle(const char *dir, const struct identity *by,
			      const struct identity *above)
{
	STACK_OF(X509) *chain = sk_X509_new_null();
	struct bytes bundle;
	char path[64];

	if (above)
		sk_X509_push(chain, above->cert);
	bundle = bundle_of(&archive, by, chain);
	snprintf(path, sizeof(path), "%s.bundle", dir);
	spill(path, bundle.at, bundle.len);
	sk_X509_free(chain);
	free(bundle.at);
}

static inline void usual_bundle(const char *dir)
{
	put_bundle(dir, &signer, &authority);
}

/* By the authority, with extensions, or from and to seconds from now. */
static inline struct identity special(long serial, enum algorithm algorithm, const EVP_MD *md,
				      const char *usage, const char *extended, long from, long to)
{
	struct identity id = begin_identity(algorithm, serial, "Office", "special");

	X509_gmtime_adj(X509_getm_notBefore(id.cert), from);
	X509_gmtime_adj(X509_getm_notAfter(id.cert), to);
	add_extension(id.cert, NID_basic_constraints, "critical,CA:FALSE");
	if (usage)
		add_extension(id.cert, NID_key_usage, usage);
	if (extended)
		add_extension(id.cert, NID_ext_key_usage, extended);
	X509_set_issuer_name(id.cert, X509_get_subject_name(authority.cert));
	assert_true(X509_sign(id.cert, authority.key, md));
	return id;
}

/* ---- what more than one file has cases of ---- */

static inline void by_root(const char *dir)
{
	put(dir, "root.pem", root.cert);
	usual_bundle(dir);
}

static inline void by_signer(const char *dir)
{
	put(dir, "signer.pem", signer.cert);
	put_bundle(dir, &signer, NULL);
}

/* ---- running them ---- */

struct test {
	const char *name; /* of the directory, too */
	void (*make)(const char *dir);
	int err;
	const char *why;   /* NULL: it is verified */
	const char *place; /* below the test's directory; NULL: the bundle */
	enum policy_severity severity;
};

#define GOOD(make)                            \
	{                                     \
#make, make, 0, NULL, NULL, 0 \
	}
#define REFUSED(make, why)                                            \
	{                                                             \
#make, make, -EKEYREJECTED, why, NULL, POLICY_REFUSED \
	}

static inline void one(const struct test *t)
{
	struct policy_errors errs = { 0 };
	const struct policy_error *e;
	struct policy *policy = NULL;
	char bundle[128], place[256];
	size_t i;
	int err;

	t->make(t->name);
	snprintf(bundle, sizeof(bundle), "%s/%s.bundle", tempdir, t->name);
	snprintf(place, sizeof(place), "%s/%s", tempdir, t->place ? t->place : "");
	err = policy_load(bundle, tempdir_path(t->name), now, 0, &policy, &errs);
	for (i = 0; i < errs.n && errs.v[i].severity == POLICY_WARNING; i++)
		;
	e = i < errs.n ? &errs.v[i] : NULL;
	if (err != t->err || !policy != !!t->why || !e != !t->why ||
	    (e && (strcmp(e->text, t->why) != 0 || e->severity != t->severity ||
		   strcmp(e->file, t->place ? place : bundle) != 0))) {
		policy_errors_print(&errs, stderr);
		fail_msg("%s: %d, not %d; %s", t->name, err, t->err, t->why ? t->why : "verified");
	}
	if (policy)
		assert_non_null(policy->signer);
	policy_errors_free(&errs);
	policy_free(policy);
}

static inline void check_tests(const struct test *tests, size_t n)
{
	for (size_t i = 0; i < n; i++)
		one(&tests[i]);
	print_message("%zu rows\n", n);
}

#endif
