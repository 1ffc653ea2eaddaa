// SPDX-License-Identifier: GPL-2.0-or-later
/* A bundle's file: there whole and verified, or not at all. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/x509v3.h>

#include "bundle.h"

static int write_all(int fd, const char *bytes, size_t len)
{
	while (len) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			bytes += n;
			len -= (size_t)n;
		}
	}
	return fsync(fd) < 0 ? -errno : 0;
}

/* mkstemp() makes it for its owner alone; this is nobody's secret. */
static mode_t usual_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

/* A name in it is on the disk when this returns. */
static int sync_directory(const char *path)
{
	char *copy = strdup(path);
	int fd = copy ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	int err = fd < 0 || fsync(fd) < 0 ? -errno : 0;

	if (fd >= 0)
		close(fd);
	free(copy);
	return err;
}

/* The highest of the certificates that go with it, which vouches for all of them. */
static X509 *top(const struct bundle_credentials *credentials)
{
	X509 *cert = credentials->cert;
	int n = sk_X509_num(credentials->chain);
	int left = n;

	for (int i = 0; i < n && left; i++) {
		X509 *above = sk_X509_value(credentials->chain, i);

		if (X509_check_issued(above, cert) == X509_V_OK) {
			cert = above;
			i = -1;
			left--; /* as often as there are any, so that circles end */
		}
	}
	return cert;
}

/* By those who get it: from the file. */
static int check(const char *temporary, const char *path,
		 const struct bundle_credentials *credentials, int64_t now,
		 const uint8_t digest[32], struct policy **ret, struct policy_errors *errs)
{
	struct policy_errors ours = { 0 };
	struct policy *policy = NULL;
	struct trust *trust = NULL;
	int err;

	err = trust_in(top(credentials), &trust);
	if (!err)
		err = bundle_load_trusting(temporary, path, trust, now, POLICY_UNENFORCED_KEEP,
					   &policy, &ours);
	if (!err && memcmp(policy->digest, digest, sizeof(policy->digest)) != 0)
		err = -EIO;
	/* Its warnings were said of the directory. */
	for (size_t i = 0; err && i < ours.n; i++)
		if (ours.v[i].severity != POLICY_WARNING)
			policy_errors_add(errs, ours.v[i].severity, ours.v[i].file, ours.v[i].line,
					  ours.v[i].col, "%s", ours.v[i].text);
	policy_errors_free(&ours);
	trust_free(trust);
	if (err)
		policy_free(policy);
	else
		*ret = policy;
	return err;
}

int bundle_write(const char *path, const void *der, size_t len,
		 const struct bundle_credentials *credentials, int64_t now,
		 const uint8_t digest[32], struct policy **ret, struct policy_errors *errs)
{
	struct policy *policy = NULL;
	size_t before = errs->n;
	char *temporary;
	int err;
	int fd;

	if (asprintf(&temporary, "%s.XXXXXX", path) < 0)
		return -ENOMEM;
	fd = mkostemp(temporary, O_CLOEXEC);
	err = fd < 0 || fchmod(fd, usual_mode()) < 0 ? -errno : write_all(fd, der, len);
	if (fd >= 0)
		close(fd);
	if (!err)
		err = check(temporary, path, credentials, now, digest, &policy, errs);
	if (!err && rename(temporary, path) < 0)
		err = -errno;
	if (err && fd >= 0)
		unlink(temporary);
	if (!err)
		err = sync_directory(path);
	if (err && err != -ENOMEM && errs->n == before)
		policy_errors_add(errs, POLICY_ERROR, path, 0, 0, "cannot be written: %s",
				  strerror(-err));
	free(temporary);
	if (err)
		policy_free(policy);
	else
		*ret = policy;
	return err;
}
