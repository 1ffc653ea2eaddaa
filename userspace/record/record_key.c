// SPDX-License-Identifier: GPL-2.0-or-later
#include "record_key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#include "atomic_file.h"
#include "events/event_line.h"
#include "read_file.h"

/* Bytes of a public key's file. */
#define PUBLIC_MAX 65536

struct record_key {
	EVP_PKEY *pkey;
	const EVP_MD *md; /* NULL: the algorithm has one of its own */
	char id[RECORD_KEY_ID_LEN];
};

static int fail(char why[PRIVATE_KEY_WHY_MAX], int err, const char *text)
{
	ERR_clear_error();
	snprintf(why, PRIVATE_KEY_WHY_MAX, "%s", text);
	return err;
}

/* Takes @pkey, also where it fails. */
static int wrap(EVP_PKEY *pkey, struct record_key **ret, char why[PRIVATE_KEY_WHY_MAX])
{
	struct record_key *key = calloc(1, sizeof(*key));
	uint8_t digest[SHA256_DIGEST_LENGTH];
	unsigned char *der = NULL;
	int len, err = 0;

	if (!key) {
		EVP_PKEY_free(pkey);
		return fail(why, -ENOMEM, "out of memory");
	}
	key->pkey = pkey;
	switch (EVP_PKEY_get_base_id(pkey)) {
	case EVP_PKEY_ED25519:
		break;
	case EVP_PKEY_EC:
	case EVP_PKEY_RSA:
		key->md = EVP_sha256();
		break;
	default:
		err = fail(why, -EINVAL, "is neither an Ed25519, an ECDSA nor an RSA key");
	}
	if (!err && EVP_PKEY_get_size(pkey) > RECORD_SIGNATURE_MAX)
		err = fail(why, -EINVAL, "is larger than RSA's 8192 bits");
	len = err ? -1 : i2d_PUBKEY(pkey, &der);
	if (!err && len < 0)
		err = fail(why, -EIO, "OpenSSL cannot write its public half");
	if (err) {
		record_key_free(key);
		return err;
	}
	SHA256(der, (size_t)len, digest);
	OPENSSL_free(der);
	event_hex(digest, sizeof(digest), key->id);
	*ret = key;
	return 0;
}

/* Its text by @write, to the file @path. */
static int write_pem(const char *path, EVP_PKEY *pkey, int (*write)(BIO *, EVP_PKEY *), mode_t mode)
{
	BIO *out = BIO_new(BIO_s_mem());
	char *text;
	long len;
	int err = -ENOMEM;

	if (out && write(out, pkey)) {
		len = BIO_get_mem_data(out, &text);
		err = atomic_file_write(path, text, (size_t)len, mode);
		OPENSSL_cleanse(text, (size_t)len);
	}
	BIO_free(out);
	return err;
}

static int write_private(BIO *out, EVP_PKEY *pkey)
{
	return PEM_write_bio_PKCS8PrivateKey(out, pkey, NULL, NULL, 0, NULL, NULL);
}

static int write_public(BIO *out, EVP_PKEY *pkey)
{
	return PEM_write_bio_PUBKEY(out, pkey);
}

static int make(const char *path, EVP_PKEY **ret, char why[PRIVATE_KEY_WHY_MAX])
{
	EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	int err;

	if (!pkey)
		return fail(why, -EIO, "OpenSSL cannot make an Ed25519 key");
	err = write_pem(path, pkey, write_private, 0600);
	if (err) {
		EVP_PKEY_free(pkey);
		return fail(why, err, strerror(-err));
	}
	*ret = pkey;
	return 0;
}

/* A secret that others can read is none. */
static int check_mode(const char *path, char why[PRIVATE_KEY_WHY_MAX])
{
	struct stat st;

	if (stat(path, &st) < 0)
		return -errno;
	return st.st_mode & 077 ? fail(why, -EINVAL,
				       "is a private key that others than its owner "
				       "may read or write: its mode must be 0600") :
				  0;
}

int record_key_open(const char *uri, const char *path_public, struct record_key **ret,
		    char why[PRIVATE_KEY_WHY_MAX])
{
	EVP_PKEY *pkey = NULL;
	int err = private_key_is_pkcs11(uri) ? 0 : check_mode(uri, why);

	if (err == -ENOENT)
		err = make(uri, &pkey, why);
	else if (!err)
		err = private_key_read(uri, &pkey, why);
	else if (err != -EINVAL)
		fail(why, err, strerror(-err));
	if (err)
		return err;
	err = path_public ? write_pem(path_public, pkey, write_public, 0644) : 0;
	if (err) {
		EVP_PKEY_free(pkey);
		return fail(why, err, "its public half cannot be written");
	}
	return wrap(pkey, ret, why);
}

int record_key_read_public(const char *path, struct record_key **ret, char why[PRIVATE_KEY_WHY_MAX])
{
	EVP_PKEY *pkey;
	char *text;
	size_t len;
	BIO *in;
	int err = read_file_at(AT_FDCWD, path, PUBLIC_MAX, &text, &len);

	if (err)
		return fail(why, err, read_file_reason(err));
	in = BIO_new_mem_buf(text, (int)len);
	pkey = in ? PEM_read_bio_PUBKEY(in, NULL, NULL, NULL) : NULL;
	BIO_free(in);
	free(text);
	return pkey ? wrap(pkey, ret, why) :
		      fail(why, -EBADMSG, "there is no public key in it (PEM)");
}

void record_key_free(struct record_key *key)
{
	if (!key)
		return;
	EVP_PKEY_free(key->pkey);
	free(key);
}

const char *record_key_id(const struct record_key *key)
{
	return key->id;
}

int record_key_sign(const struct record_key *key, const void *text, size_t len,
		    uint8_t signature[RECORD_SIGNATURE_MAX], size_t *signature_len)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	int done;

	*signature_len = RECORD_SIGNATURE_MAX;
	done = context && EVP_DigestSignInit(context, NULL, key->md, NULL, key->pkey) == 1 &&
	       EVP_DigestSign(context, signature, signature_len, text, len) == 1;
	EVP_MD_CTX_free(context);
	ERR_clear_error();
	return done ? 0 : -EIO;
}

int record_key_verify(const struct record_key *key, const void *text, size_t len,
		      const uint8_t *signature, size_t signature_len)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	int right;

	if (!context)
		return -ENOMEM;
	right = EVP_DigestVerifyInit(context, NULL, key->md, NULL, key->pkey) == 1 &&
		EVP_DigestVerify(context, signature, signature_len, text, len) == 1;
	EVP_MD_CTX_free(context);
	ERR_clear_error();
	return right ? 0 : -EKEYREJECTED;
}
