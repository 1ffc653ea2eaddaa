// SPDX-License-Identifier: GPL-2.0-or-later
/* Whether a certificate signs for those that are trusted. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "trust_internal.h"

/* OpenSSL's level of 112 bits: RSA of 2048 bits and more; no MD5, no SHA-1. */
#define SECURITY_LEVEL 2

#define NOT_TRUSTED "is not trusted, nor does one that is vouch for it"
#define NOT_SIGNED_LIST \
	"may be revoked: the revocation list of its issuer is not signed by one that is trusted"

/* What stands behind "the certificate of NAME". */
static const struct reason {
	int error; /* X509_V_ERR_* */
	const char *text;
} reasons[] = {
	{ X509_V_ERR_CERT_HAS_EXPIRED, "has expired" },
	{ X509_V_ERR_CERT_NOT_YET_VALID, "is not valid yet" },
	{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, NOT_TRUSTED },
	{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, NOT_TRUSTED },
	{ X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, NOT_TRUSTED },
	{ X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, NOT_TRUSTED },
	{ X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, NOT_TRUSTED },
	{ X509_V_ERR_CERT_UNTRUSTED, NOT_TRUSTED },
	{ X509_V_ERR_CERT_SIGNATURE_FAILURE, "is not signed by the issuer that it names" },
	{ X509_V_ERR_CERT_REVOKED, "is revoked" },
	{ X509_V_ERR_CRL_HAS_EXPIRED,
	  "may be revoked: the revocation list of its issuer has expired" },
	{ X509_V_ERR_CRL_NOT_YET_VALID,
	  "may be revoked: the revocation list of its issuer is not valid yet" },
	{ X509_V_ERR_CRL_SIGNATURE_FAILURE, NOT_SIGNED_LIST },
	{ X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER, NOT_SIGNED_LIST },
	{ X509_V_ERR_KEYUSAGE_NO_CRL_SIGN,
	  "may be revoked: its issuer must not sign revocation lists, but did" },
	{ X509_V_ERR_UNABLE_TO_GET_CRL,
	  "may be revoked: the revocation list of its issuer cannot be used" },
	{ X509_V_ERR_DIFFERENT_CRL_SCOPE,
	  "may be revoked: the revocation list of its issuer is of other certificates" },
	{ X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION,
	  "may be revoked: the revocation list of its issuer has an unknown critical extension" },
	{ X509_V_ERR_EE_KEY_TOO_SMALL, "has a key that is too weak" },
	{ X509_V_ERR_CA_KEY_TOO_SMALL, "has a key that is too weak" },
	{ X509_V_ERR_CA_MD_TOO_WEAK, "is signed with a digest that is too weak" },
	{ X509_V_ERR_INVALID_CA, "is not an authority's, but it certified another" },
	{ X509_V_ERR_PATH_LENGTH_EXCEEDED, "is above more authorities than it allows" },
	{ X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION, "has an unknown critical extension" },
};

char *trust_subject(const X509 *cert)
{
	BIO *out = BIO_new(BIO_s_mem());
	char *text = NULL;
	char *at;
	long len;

	if (out && X509_NAME_print_ex(out, X509_get_subject_name(cert), 0, XN_FLAG_RFC2253) >= 0) {
		len = BIO_get_mem_data(out, &at);
		text = len > 0 ? strndup(at, (size_t)len) : strdup("(no name)");
	}
	BIO_free(out);
	return text;
}

__attribute__((format(printf, 3, 4))) static int refuse(char *why, const X509 *cert,
							const char *fmt, ...)
{
	char *subject = trust_subject(cert);
	va_list args;
	int n;

	if (!subject)
		return -ENOMEM;
	/* Of a name that is longer than any reason, the end is not shown. */
	n = snprintf(why, TRUST_WHY_MAX, "the certificate of %.*s ", TRUST_WHY_MAX / 2, subject);
	free(subject);
	va_start(args, fmt);
	vsnprintf(why + n, (size_t)(TRUST_WHY_MAX - n), fmt, args);
	va_end(args);
	return -EKEYREJECTED;
}

static int refuse_chain(char *why, X509_STORE_CTX *ctx, X509 *signer)
{
	int error = X509_STORE_CTX_get_error(ctx);
	const X509 *cert = X509_STORE_CTX_get_current_cert(ctx);
	size_t i;

	if (error == X509_V_ERR_OUT_OF_MEM)
		return -ENOMEM;
	cert = cert ? cert : signer;
	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].error == error)
			return refuse(why, cert, "%s", reasons[i].text);
	return refuse(why, cert, "cannot be used: %s", X509_verify_cert_error_string(error));
}

/* Not every issuer has a revocation list here. One that cannot be used is another thing. */
static bool has_no_list(const struct trust *trust, const X509 *cert)
{
	for (int i = 0; cert && i < sk_X509_CRL_num(trust->crls); i++)
		if (!X509_NAME_cmp(X509_CRL_get_issuer(sk_X509_CRL_value(trust->crls, i)),
				   X509_get_issuer_name(cert)))
			return false;
	return cert;
}

static int judge(int ok, X509_STORE_CTX *ctx)
{
	if (ok || X509_STORE_CTX_get_error(ctx) != X509_V_ERR_UNABLE_TO_GET_CRL ||
	    !has_no_list(X509_STORE_CTX_get_app_data(ctx), X509_STORE_CTX_get_current_cert(ctx)))
		return ok;
	X509_STORE_CTX_set_error(ctx, X509_V_OK);
	return 1;
}

static int check_usage(char *why, X509 *cert)
{
	uint32_t usage = X509_get_key_usage(cert);
	uint32_t extended = X509_get_extended_key_usage(cert);

	/* Both are all ones where there is no such extension. */
	if (!(usage & KU_DIGITAL_SIGNATURE))
		return refuse(why, cert,
			      "is not for signing: digitalSignature is not in its key usage");
	if (!(extended & (XKU_CODE_SIGN | XKU_ANYEKU)))
		return refuse(why, cert,
			      "is not for signing policies: codeSigning is not in its extended key "
			      "usage");
	return 0;
}

static bool is_anchor(const struct trust *trust, const X509 *cert)
{
	for (int i = 0; i < sk_X509_num(trust->certs); i++)
		if (!X509_cmp(sk_X509_value(trust->certs, i), cert))
			return true;
	return false;
}

/* Up to the last that is trusted: what OpenSSL found above that, nothing vouches for. */
static int copy_chain(const struct trust *trust, STACK_OF(X509) * built, STACK_OF(X509) * *ret)
{
	STACK_OF(X509) *chain = sk_X509_new_null();
	int n = sk_X509_num(built);

	while (n && !is_anchor(trust, sk_X509_value(built, n - 1)))
		n--;
	for (int i = 0; chain && i < n; i++) {
		X509 *cert = sk_X509_value(built, i);

		if (!X509_up_ref(cert) || sk_X509_push(chain, cert) <= 0) {
			sk_X509_pop_free(chain, X509_free);
			return -ENOMEM;
		}
	}
	if (!chain)
		return -ENOMEM;
	*ret = chain;
	return 0;
}

int trust_check(const struct trust *trust, X509 *cert, STACK_OF(X509) * others, int64_t now,
		STACK_OF(X509) * *chain, char why[TRUST_WHY_MAX])
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	unsigned long flags = X509_V_FLAG_PARTIAL_CHAIN;
	X509_VERIFY_PARAM *param;
	int err = -ENOMEM;

	if (!ctx || !X509_STORE_CTX_init(ctx, trust->store, cert, others))
		goto out;
	if (sk_X509_CRL_num(trust->crls))
		flags |= X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL;
	param = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_flags(param, flags);
	X509_VERIFY_PARAM_set_auth_level(param, SECURITY_LEVEL);
	X509_VERIFY_PARAM_set_time(param, now);
	X509_STORE_CTX_set_app_data(ctx, (void *)trust);
	X509_STORE_CTX_set_verify_cb(ctx, judge);
	if (X509_verify_cert(ctx) == 1)
		err = check_usage(why, cert);
	else
		err = refuse_chain(why, ctx, cert);
	if (!err)
		err = copy_chain(trust, X509_STORE_CTX_get0_chain(ctx), chain);
out:
	ERR_clear_error();
	X509_STORE_CTX_free(ctx);
	return err;
}
