/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the trust*.c files share. */
#ifndef INTERDICT_TRUST_INTERNAL_H
#define INTERDICT_TRUST_INTERNAL_H

#include "trust.h"

struct trust {
	X509_STORE *store;
	STACK_OF(X509) * certs;
	STACK_OF(X509_CRL) * crls;
};

/* With nothing in it; NULL: no memory. */
struct trust *trust_new(void);
/* Take over the reference. Return 0 or -ENOMEM. */
int trust_add_cert(struct trust *trust, X509 *cert);
int trust_add_crl(struct trust *trust, X509_CRL *crl);
/* All that trust_load() takes from a directory; that it has no certificate is no error. */
int trust_load_dir(struct trust *trust, const char *dir, struct policy_errors *errs);

#endif
