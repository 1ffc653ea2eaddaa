// SPDX-License-Identifier: GPL-2.0-or-later
/* The certificates that are sealed in the module, in place of those in a directory. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/seal.h"
#include "trust_internal.h"

static int add_sealed(struct trust *trust, const struct seal_anchor *anchor)
{
	const unsigned char *at = anchor->der;
	X509 *cert = d2i_X509(NULL, &at, (long)anchor->len);

	/* The module's own parser took it, or a person put it there: bundles are for OpenSSL. */
	return cert ? trust_add_cert(trust, cert) : 0;
}

/* What @dir has of revocation lists is taken all the same. */
static int load_sealed(const char *dir, const struct seal_anchor *anchors, int n,
		       struct trust **ret, struct policy_errors *errs)
{
	struct trust *listed = trust_new(), *trust = trust_new();
	int err = listed && trust ? 0 : -ENOMEM;

	if (!err && (!access(dir, F_OK) || errno != ENOENT))
		err = trust_load_dir(listed, dir, errs);
	for (int i = 0; !err && i < n; i++)
		err = add_sealed(trust, &anchors[i]);
	for (int i = 0; !err && i < sk_X509_CRL_num(listed->crls); i++) {
		X509_CRL *crl = sk_X509_CRL_value(listed->crls, i);

		err = X509_CRL_up_ref(crl) ? trust_add_crl(trust, crl) : -ENOMEM;
	}
	trust_free(listed);
	if (err)
		trust_free(trust);
	else
		*ret = trust;
	return err;
}

int trust_load_sealed(const char *dir, struct trust **ret, struct policy_errors *errs)
{
	struct seal_anchor *anchors = NULL;
	int n = seal_get_anchors(&anchors), err;

	/* Who may not ask loads no policy either. */
	if (n <= 0)
		err = n == -ENOMEM ? n : trust_load(dir, ret, errs);
	else
		err = load_sealed(dir, anchors, n, ret, errs);
	free(anchors);
	return err;
}
