// SPDX-License-Identifier: GPL-2.0-or-later
/* The files of a directory of trusted certificates. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "read_file.h"
#include "trust_internal.h"

struct trust *trust_new(void)
{
	struct trust *trust = calloc(1, sizeof(*trust));

	if (!trust)
		return NULL;
	trust->store = X509_STORE_new();
	trust->certs = sk_X509_new_null();
	trust->crls = sk_X509_CRL_new_null();
	if (trust->store && trust->certs && trust->crls)
		return trust;
	trust_free(trust);
	return NULL;
}

void trust_free(struct trust *trust)
{
	if (!trust)
		return;
	X509_STORE_free(trust->store);
	sk_X509_pop_free(trust->certs, X509_free);
	sk_X509_CRL_pop_free(trust->crls, X509_CRL_free);
	free(trust);
}

int trust_add_cert(struct trust *trust, X509 *cert)
{
	if (X509_STORE_add_cert(trust->store, cert) && sk_X509_push(trust->certs, cert) > 0)
		return 0;
	X509_free(cert);
	return -ENOMEM;
}

int trust_add_crl(struct trust *trust, X509_CRL *crl)
{
	if (X509_STORE_add_crl(trust->store, crl) && sk_X509_CRL_push(trust->crls, crl) > 0)
		return 0;
	X509_CRL_free(crl);
	return -ENOMEM;
}

STACK_OF(X509) * trust_certs(const struct trust *trust)
{
	return trust->certs;
}

int trust_in(X509 *anchor, struct trust **ret)
{
	struct trust *trust = trust_new();
	int err = -ENOMEM;

	if (trust && X509_up_ref(anchor))
		err = trust_add_cert(trust, anchor);
	if (err)
		trust_free(trust);
	else
		*ret = trust;
	return err;
}

/* ---- files ---- */

struct loading {
	struct trust *trust;
	const char *path; /* DIR/NAME */
	struct policy_errors *errs;
};

__attribute__((format(printf, 2, 3))) static int wrong(struct loading *loading, const char *fmt,
						       ...)
{
	char *text;
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		text = NULL;
	va_end(args);
	if (!text)
		return -ENOMEM;
	policy_errors_add(loading->errs, POLICY_ERROR, loading->path, 0, 0, "%s", text);
	free(text);
	return -EBADMSG;
}

static int cert_of(struct loading *loading, const unsigned char *der, long len, unsigned int block)
{
	const unsigned char *at = der;
	X509 *cert = d2i_X509(NULL, &at, len);

	if (cert && at == der + len)
		return trust_add_cert(loading->trust, cert);
	X509_free(cert);
	return wrong(loading, "block %u is not a certificate that can be read", block);
}

static int crl_of(struct loading *loading, const unsigned char *der, long len, unsigned int block)
{
	const unsigned char *at = der;
	X509_CRL *crl = d2i_X509_CRL(NULL, &at, len);

	if (crl && at == der + len)
		return trust_add_crl(loading->trust, crl);
	X509_CRL_free(crl);
	if (!block)
		return wrong(loading, "is not a revocation list that can be read");
	return wrong(loading, "block %u is not a revocation list that can be read", block);
}

/* What stands between BEGIN and END of block @n, from 1. */
static int block(struct loading *loading, const char *name, const char *header,
		 const unsigned char *der, long len, unsigned int n)
{
	if (*header)
		return wrong(loading, "block %u is encrypted", n);
	if (!strcmp(name, PEM_STRING_X509))
		return cert_of(loading, der, len, n);
	if (!strcmp(name, PEM_STRING_X509_CRL))
		return crl_of(loading, der, len, n);
	return wrong(loading,
		     "block %u is \"%s\"; only \"CERTIFICATE\" and \"X509 CRL\" belong here", n,
		     name);
}

static int read_pem(struct loading *loading, BIO *in)
{
	char *name, *header;
	unsigned char *der;
	unsigned int n = 0;
	int err = 0;
	long len;

	while (!err) {
		ERR_clear_error();
		if (!PEM_read_bio(in, &name, &header, &der, &len)) {
			if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
				err = wrong(loading, "block %u is damaged", n + 1);
			else if (!n)
				err = wrong(loading, "has no certificate in it (PEM)");
			break;
		}
		err = block(loading, name, header, der, len, ++n);
		OPENSSL_free(name);
		OPENSSL_free(header);
		OPENSSL_free(der);
	}
	ERR_clear_error();
	return err;
}

static bool ends_with(const char *name, const char *end)
{
	size_t len = strlen(name);

	return len > strlen(end) && !strcmp(name + len - strlen(end), end);
}

static int read_one(struct loading *loading, int dir, const char *name)
{
	static const char begin[] = "-----BEGIN";
	char *buf = NULL;
	size_t len = 0;
	BIO *in;
	int err;

	err = read_file_at(dir, name, TRUST_FILE_MAX, &buf, &len);
	if (err == -ENOMEM)
		return err;
	if (err) {
		wrong(loading, "%s", read_file_reason(err));
		return err;
	}
	if (ends_with(name, ".crl") && !memmem(buf, len, begin, strlen(begin))) {
		err = crl_of(loading, (unsigned char *)buf, (long)len, 0);
		ERR_clear_error();
	} else {
		in = BIO_new_mem_buf(buf, (int)len);
		err = in ? read_pem(loading, in) : -ENOMEM;
		BIO_free(in);
	}
	free(buf);
	return err;
}

static int visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* @file is called @name in @dir. */
static int take(struct trust *trust, int dir, const char *dir_name, const char *name,
		struct policy_errors *errs)
{
	struct loading loading = { .trust = trust, .errs = errs };
	char *path;
	int err = 0;

	if (asprintf(&path, "%s/%s", dir_name, name) < 0)
		return -ENOMEM;
	loading.path = path;
	if (ends_with(name, ".pem") || ends_with(name, ".crl"))
		err = read_one(&loading, dir, name);
	else
		policy_errors_add_problem(
			errs, POLICY_PROBLEM_FILES, POLICY_WARNING,
			&(struct policy_place){ .file = path },
			"is not used: certificates are in files named *.pem, revocation "
			"lists in those or in *.crl");
	free(path);
	return err;
}

int trust_load_dir(struct trust *trust, const char *dir, struct policy_errors *errs)
{
	struct dirent **names;
	int err = 0;
	int fd;
	int n;

	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	n = fd < 0 ? -1 : scandirat(fd, ".", &names, visible, alphasort);
	if (n < 0) {
		err = -errno;
		policy_errors_add(errs, POLICY_ERROR, dir, 0, 0,
				  "the trusted certificates cannot be read: %s", strerror(-err));
		if (fd >= 0)
			close(fd);
		return err;
	}
	if (n > (int)TRUST_FILES_MAX) {
		policy_errors_add(errs, POLICY_ERROR, dir, 0, 0,
				  "has %d files; at most %u are allowed", n, TRUST_FILES_MAX);
		err = -E2BIG;
	}
	for (int i = 0; i < n; i++) {
		/* All wrong files are said, the first decides. */
		int one = err == -E2BIG || err == -ENOMEM ?
				  0 :
				  take(trust, fd, dir, names[i]->d_name, errs);

		err = one == -ENOMEM || !err ? (one ? one : err) : err;
		free(names[i]);
	}
	free(names);
	close(fd);
	return err;
}

int trust_load(const char *dir, struct trust **ret, struct policy_errors *errs)
{
	struct trust *trust = trust_new();
	int err;

	err = trust ? trust_load_dir(trust, dir, errs) : -ENOMEM;
	if (!err && !sk_X509_num(trust->certs)) {
		policy_errors_add_problem(
			errs, POLICY_PROBLEM_SIGNATURE, POLICY_REFUSED,
			&(struct policy_place){ .file = dir },
			"there is no certificate in it (*.pem): nobody is trusted to sign");
		err = -ENODATA;
	}
	if (err)
		trust_free(trust);
	else
		*ret = trust;
	return err;
}

bool trust_has_anchors(const char *dir)
{
	const struct dirent *entry;
	bool found = false;
	DIR *d = opendir(dir);

	if (!d)
		return errno != ENOENT;
	while (errno = 0, !found && (entry = readdir(d)))
		found = entry->d_name[0] != '.' && ends_with(entry->d_name, ".pem");
	found = found || errno;
	closedir(d);
	return found;
}
