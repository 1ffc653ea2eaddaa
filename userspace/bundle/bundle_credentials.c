// SPDX-License-Identifier: GPL-2.0-or-later
/* A key, its certificate, and those above that. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "bundle_internal.h"
#include "keys/private_key.h"
#include "read_file.h"

/* A chain in PEM has some thousand bytes. */
#define FILE_MAX (1U << 20)

void bundle_credentials_free(struct bundle_credentials *credentials)
{
	EVP_PKEY_free(credentials->key);
	X509_free(credentials->cert);
	sk_X509_pop_free(credentials->chain, X509_free);
	*credentials = (struct bundle_credentials){ 0 };
}

/* Takes over the reference. */
static int add(struct bundle_credentials *credentials, X509 *cert)
{
	if (!credentials->cert) {
		credentials->cert = cert;
		return 0;
	}
	if (X509_self_signed(cert, 0) == 1) {
		X509_free(cert);
		return 0;
	}
	if (sk_X509_push(credentials->chain, cert) > 0)
		return 0;
	X509_free(cert);
	return -ENOMEM;
}

static int add_all(struct bundle_credentials *credentials, BIO *in, char *why)
{
	unsigned int n = 0;
	X509 *cert;
	int err = 0;

	ERR_clear_error();
	while (!err && (cert = PEM_read_bio_X509(in, NULL, NULL, NULL))) {
		err = add(credentials, cert);
		n++;
	}
	if (!err && ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		err = bundle_why(why, -EBADMSG, "certificate %u in it cannot be read", n + 1);
	else if (!err && !n)
		err = bundle_why(why, -EBADMSG, "has no certificate in it (PEM)");
	ERR_clear_error();
	return err;
}

static int read_certs(struct bundle_credentials *credentials, const char *path, char *why)
{
	char *buf = NULL;
	size_t len = 0;
	BIO *in;
	int err;

	err = read_file_at(AT_FDCWD, path, FILE_MAX, &buf, &len);
	if (err)
		return bundle_why(why, err, "%s", read_file_reason(err));
	in = BIO_new_mem_buf(buf, (int)len);
	err = in ? add_all(credentials, in, why) : -ENOMEM;
	BIO_free(in);
	free(buf);
	return err;
}

int bundle_credentials_read(const char *uri, const char *cert, const char *chain,
			    struct bundle_credentials *ret, const char **what,
			    char why[BUNDLE_WHY_MAX])
{
	struct bundle_credentials credentials = { .chain = sk_X509_new_null() };
	int err = credentials.chain ? 0 : -ENOMEM;

	*what = cert;
	if (!err)
		err = read_certs(&credentials, cert, why);
	if (!err && chain) {
		*what = chain;
		err = read_certs(&credentials, chain, why);
	}
	if (!err) {
		*what = uri;
		err = private_key_read(uri, &credentials.key, why);
	}
	if (!err && !X509_check_private_key(credentials.cert, credentials.key))
		err = bundle_why(why, -EKEYREJECTED, "is not the key of the certificate in %s",
				 cert);
	ERR_clear_error();
	if (err)
		bundle_credentials_free(&credentials);
	else
		*ret = credentials;
	return err;
}
