// SPDX-License-Identifier: GPL-2.0-or-later
/* Whose signature counts: directories of trusted certificates, chains, usages, revocation lists. */
#include "tests/unit/bundles.h"

#include <openssl/pem.h>

#define DAY 86400

/* A root, an authority under it, and signers under that. */
static struct identity root, authority, signer, stranger;
static struct bytes archive;
static int64_t now;

static int setup(void **state)
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

static int teardown(void **state)
{
	free_identity(&root);
	free_identity(&authority);
	free_identity(&signer);
	free_identity(&stranger);
	free(archive.at);
	return tempdir_teardown(state);
}

/* ---- making things ---- */

static FILE *open_in(const char *dir, const char *name, const char *mode)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	mkdir(tempdir_path(dir), 0755);
	return fopen(tempdir_path(path), mode);
}

/* Adds it to a file of the directory. */
static void put(const char *dir, const char *name, X509 *cert)
{
	FILE *f = open_in(dir, name, "a");

	assert_true(f && PEM_write_X509(f, cert) && !fclose(f));
}

static void put_text(const char *dir, const char *name, const char *text)
{
	FILE *f = open_in(dir, name, "a");

	assert_true(f && fputs(text, f) >= 0 && !fclose(f));
}

struct list {
	const struct identity *issuer;
	const X509 *revoked; /* or NULL */
	long from, to;	     /* seconds from now */
};

static X509_CRL *make_list(const struct list *list)
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

static void put_list(const char *dir, const char *name, struct list list, bool der)
{
	X509_CRL *crl = make_list(&list);
	FILE *f = open_in(dir, name, "a");

	assert_true(f && (der ? i2d_X509_CRL_fp(f, crl) : PEM_write_X509_CRL(f, crl)));
	assert_int_equal(fclose(f), 0);
	X509_CRL_free(crl);
}

/* The bundle in @dir/bundle; NULL: of the signer, with the authority's certificate. */
static void put_bundle(const char *dir, const struct identity *by, const struct identity *above)
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

static void usual_bundle(const char *dir)
{
	put_bundle(dir, &signer, &authority);
}

/* By the authority, with extensions, or from and to seconds from now. */
static struct identity special(long serial, enum algorithm algorithm, const EVP_MD *md,
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

static void special_bundle(const char *dir, const char *usage, const char *extended, long from,
			   long to)
{
	struct identity id = special(9, EC_P256, EVP_sha256(), usage, extended, from, to);

	put(dir, "root.pem", root.cert);
	put_bundle(dir, &id, &authority);
	free_identity(&id);
}

/* ---- cases: each fills trust directory and bundle ---- */

static void by_root(const char *dir)
{
	put(dir, "root.pem", root.cert);
	usual_bundle(dir);
}

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

static void by_signer(const char *dir)
{
	put(dir, "signer.pem", signer.cert);
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

/* ---- of the directory itself ---- */

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

#define SIGNER	  "the certificate of CN=signer,O=Office,C=CA "
#define SPECIAL	  "the certificate of CN=special,O=Office,C=CA "
#define AUTHORITY "the certificate of CN=authority,O=Office,C=CA "
#define UNTRUSTED "is not trusted, nor does one that is vouch for it"
#define USAGE	  "is not for signing: digitalSignature is not in its key usage"
#define EXTENDED  "is not for signing policies: codeSigning is not in its extended key usage"
#define MAYBE	  "may be revoked: "

static const struct test {
	const char *name; /* of the directory, too */
	void (*make)(const char *dir);
	int err;
	const char *why;   /* NULL: it is verified */
	const char *place; /* below the test's directory; NULL: the bundle */
	enum policy_severity severity;
} cases[] = {
#define GOOD(make)                            \
	{                                     \
#make, make, 0, NULL, NULL, 0 \
	}
#define REFUSED(make, why)                                            \
	{                                                             \
#make, make, -EKEYREJECTED, why, NULL, POLICY_REFUSED \
	}
#define WRONG(make, err, place, why)                             \
	{                                                        \
#make, make, err, why, #make place, POLICY_ERROR \
	}
	GOOD(by_root),
	GOOD(by_authority),
	GOOD(by_authority_not_carried),
	GOOD(by_signer),
	GOOD(by_all),
	GOOD(self_signed),
	GOOD(text_between),
	GOOD(same_twice),
	GOOD(hidden_file),
	GOOD(usage_signs),
	GOOD(extended_signs),
	GOOD(extended_any),
	GOOD(empty_list),
	GOOD(list_of_another),
	GOOD(expired_list_of_another),
	GOOD(old_and_new_list),
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

static void one(const struct test *t)
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

static void test_cases(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(cases); i++)
		one(&cases[i]);
	print_message("%zu rows\n", i);
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
		cmocka_unit_test(test_cases),	    cmocka_unit_test(test_warning),
		cmocka_unit_test(test_all_bad),	    cmocka_unit_test(test_limits),
		cmocka_unit_test(test_has_anchors), cmocka_unit_test(test_directory),
		cmocka_unit_test(test_signer),	    cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
