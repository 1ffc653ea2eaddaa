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

#endif
