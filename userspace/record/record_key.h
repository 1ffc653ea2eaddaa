/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The device's key, by which the record's checkpoints are signed: Ed25519 (RFC 8032), made at the
 * first start, or another that a PKCS #11 module or a file has (Ed25519, ECDSA or RSA with
 * SHA-256). Who verifies needs its public half alone.
 */
#ifndef INTERDICT_RECORD_KEY_H
#define INTERDICT_RECORD_KEY_H

#include <stddef.h>
#include <stdint.h>

#include "keys/private_key.h"

/* Bytes of a signature: RSA's with 8192 bits. */
#define RECORD_SIGNATURE_MAX 1024
/* Hex digits of an ID, and NUL. */
#define RECORD_KEY_ID_LEN 65

struct record_key;

/*
 * The private key @uri, a file or a PKCS #11 URI. A file that does not exist is made (mode 0600;
 * its directory must exist), and @path_public, if not NULL, gets the public half (PEM, mode 0644).
 * Returns 0 and *@ret (record_key_free()); else as private_key_read(), or -EINVAL: a key of another
 * kind; -EIO: OpenSSL could not make one; -errno of writing.
 */
int record_key_open(const char *uri, const char *path_public, struct record_key **ret,
		    char why[PRIVATE_KEY_WHY_MAX]);

/* The public key in the file @path (PEM, SubjectPublicKeyInfo). Returns as record_key_open(). */
int record_key_read_public(const char *path, struct record_key **ret,
			   char why[PRIVATE_KEY_WHY_MAX]);
void record_key_free(struct record_key *key);

/* Its ID: SHA-256 of the DER of its SubjectPublicKeyInfo, in hex. */
const char *record_key_id(const struct record_key *key);

/* Sign @len bytes at @text. Returns 0 and *@signature_len bytes; -EIO: OpenSSL or the module could
 * not. */
int record_key_sign(const struct record_key *key, const void *text, size_t len,
		    uint8_t signature[RECORD_SIGNATURE_MAX], size_t *signature_len);

/* Returns 0: @signature is that of @text by @key; -EKEYREJECTED: it is not; -ENOMEM. */
int record_key_verify(const struct record_key *key, const void *text, size_t len,
		      const uint8_t *signature, size_t signature_len);

#endif
