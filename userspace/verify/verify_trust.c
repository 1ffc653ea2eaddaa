// SPDX-License-Identifier: GPL-2.0-or-later
/* The certificates that are trusted, and what they vouch for. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "verify_internal.h"

/* Takes over the reference. */
static int add(struct verify_trust *trust, X509 *cert)
{
	if (!X509_STORE_add_cert(trust->store, cert) || !sk_X509_push(trust->certs, cert)) {
		X509_free(cert);
		return -ENOMEM;
	}
	return 0;
}

/* How many certificates the file has is added to *@n. */
static int load_file(struct verify_trust *trust, const char *path, size_t *n)
{
	BIO *in = BIO_new_file(path, "r");
	size_t before = *n;
	X509 *cert;
	int err = 0;

	if (!in)
		return errno ? -errno : -EIO;
	while (!err && (cert = PEM_read_bio_X509(in, NULL, NULL, NULL))) {
		err = add(trust, cert);
		++*n;
	}
	if (!err && *n == before && BIO_seek(in, 0) >= 0 && (cert = d2i_X509_bio(in, NULL))) {
		err = add(trust, cert);
		++*n;
	}
	ERR_clear_error(); /* of the end of the file */
	BIO_free(in);
	return err;
}

static int is_certificate(const struct dirent *entry)
{
	static const char *const ends[] = { ".pem", ".crt", ".cer", ".der" };
	size_t len = strlen(entry->d_name);

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (len > 4 && strcmp(entry->d_name + len - 4, ends[i]) == 0)
			return 1;
	return 0;
}

static int load_dir(struct verify_trust *trust, const char *path, size_t *n)
{
	struct dirent **names;
	char full[PATH_MAX];
	int count = scandir(path, &names, is_certificate, alphasort);
	int err = count < 0 ? -errno : 0;

	for (int i = 0; i < count; i++) {
		if (!err) {
			err = snprintf(full, sizeof(full), "%s/%s", path, names[i]->d_name) <
					      (int)sizeof(full) ?
				      load_file(trust, full, n) :
				      -ENAMETOOLONG;
		}
		free(names[i]);
	}
	if (count >= 0)
		free(names);
	return err;
}

int verify_trust_load(const char *path, struct verify_trust **ret, char why[VERIFY_WHY_MAX])
{
	struct verify_trust *trust = calloc(1, sizeof(*trust));
	struct stat st;
	size_t n = 0;
	int err = -ENOMEM;

	if (trust) {
		trust->store = X509_STORE_new();
		trust->certs = sk_X509_new_null();
	}
	if (trust && trust->store && trust->certs) {
		X509_STORE_set_flags(trust->store, X509_V_FLAG_PARTIAL_CHAIN);
		if (stat(path, &st) < 0)
			err = -errno;
		else
			err = S_ISDIR(st.st_mode) ? load_dir(trust, path, &n) :
						    load_file(trust, path, &n);
	}
	if (!err && n) {
		*ret = trust;
		return 0;
	}
	snprintf(why, VERIFY_WHY_MAX, "%s", err ? strerror(-err) : "there is no certificate in it");
	verify_trust_free(trust);
	return err ? err : -ENODATA;
}

void verify_trust_free(struct verify_trust *trust)
{
	if (!trust)
		return;
	X509_STORE_free(trust->store);
	sk_X509_pop_free(trust->certs, X509_free);
	free(trust);
}

static const char *chain_reason(int error)
{
	switch (error) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
		return "its certificate, or one above it, has expired";
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return "its certificate, or one above it, is not valid yet";
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_CERT_UNTRUSTED:
		return "no trusted certificate vouches for it";
	default:
		return X509_verify_cert_error_string(error);
	}
}

const char *verify_chain(const struct verify_trust *trust, X509 *cert, STACK_OF(X509) * others,
			 time_t when, int purpose)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	const char *why = NULL;

	if (!ctx || !X509_STORE_CTX_init(ctx, trust->store, cert, others)) {
		why = "out of memory";
		goto out;
	}
	if (when)
		X509_STORE_CTX_set_time(ctx, 0, when);
	if (purpose)
		X509_STORE_CTX_set_purpose(ctx, purpose);
	if (X509_verify_cert(ctx) != 1)
		why = chain_reason(X509_STORE_CTX_get_error(ctx));
	else if (!purpose && X509_get_extension_flags(cert) & EXFLAG_XKUSAGE &&
		 !(X509_get_extended_key_usage(cert) & (XKU_CODE_SIGN | XKU_ANYEKU)))
		why = "its certificate is not for signing code";
out:
	ERR_clear_error();
	X509_STORE_CTX_free(ctx);
	return why;
}
