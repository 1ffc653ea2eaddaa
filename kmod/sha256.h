/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's fastest SHA-256. */
#ifndef INTERDICT_SHA256_H
#define INTERDICT_SHA256_H

#include <crypto/hash.h>

/* Allocates it, once: doing so later could load a module, by an exec. */
int sha256_allocate(void);
void sha256_free(void);

/* For any number of users at a time. */
struct crypto_shash *sha256_tfm(void);

#endif
