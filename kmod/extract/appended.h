/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef INTERDICT_APPENDED_H
#define INTERDICT_APPENDED_H

#include "claims.h"

/* Signatures behind each other that are looked at. The kernel verifies the last one alone, and
 * takes those in front of it for content; but who signs a vendor's module again, as distributions
 * and owners of machines do, does not make it another vendor's. Four: vendor, distribution, owner,
 * and one to spare. */
#define APPENDED_STACKED 4

/*
 * Claims of the PKCS#7 signatures that are appended to a file of any kind, as to kernel modules:
 * signature, struct module_signature, "~Module signature appended~\n" (Linux,
 * include/linux/module_signature.h and scripts/sign-file.c). Other types of signature than PKCS#7
 * are of kernels before 4.3: -EBADMSG. Errors as of claims.h. One read where there is none.
 */
int appended_claims(struct reader *reader, struct interdict_claims *claims);

#endif
