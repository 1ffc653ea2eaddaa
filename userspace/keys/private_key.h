/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private keys of files and of PKCS #11 modules. */
#ifndef INTERDICT_PRIVATE_KEY_H
#define INTERDICT_PRIVATE_KEY_H

#include <stdbool.h>

#include <openssl/evp.h>

/* Bytes of a sentence that says why not. */
#define PRIVATE_KEY_WHY_MAX 256

/*
 * Read a private key: of a file (PEM or DER; encrypted ones ask for the passphrase on the
 * terminal), or what else OpenSSL knows by @uri: pkcs11: by its provider or engine for PKCS #11.
 *
 * Returns 0 and *@ret (EVP_PKEY_free()); else an -errno with a sentence in @why: -ENOPKG: nothing
 * on this system reads such a key; -EBADMSG: there is no key in it, or its passphrase or PIN is
 * wrong; -errno of looking for the file; -ENOMEM.
 */
int private_key_read(const char *uri, EVP_PKEY **ret, char why[PRIVATE_KEY_WHY_MAX]);

/* Whether @uri names a key of a PKCS #11 module (RFC 7512). */
bool private_key_is_pkcs11(const char *uri);

#endif
