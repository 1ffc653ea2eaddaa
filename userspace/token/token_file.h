/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tokens as files, and taking them. A file is what a bundle is (bundle.h), a CMS SignedData in DER,
 * with the text of a token (kmod/extract/token.h) where that has a policy: so it is made by the
 * same keys, verified by the same certificates and rules, and `openssl cms` makes and shows it.
 *
 * It is verified here first, with validity of certificates and revocation lists; then the module
 * verifies it again, where certificates are sealed, by the signature alone: that is what a tool
 * that was tampered with cannot go round.
 */
#ifndef INTERDICT_TOKEN_FILE_H
#define INTERDICT_TOKEN_FILE_H

#include "bundle/bundle.h"
#include "engine/seal.h"

/* Bytes of a file: the text, the signature and a chain of certificates. */
#define TOKEN_FILE_MAX (INTERDICT_SIGNATURE_MAX + TOKEN_MAX)

/* Bytes of a text that token_print() makes. */
#define TOKEN_TEXT_MAX 512

/* The text of @token. Returns its length. */
size_t token_print(const struct token *token, char text[TOKEN_TEXT_MAX]);

/* This device, as tokens name it: the "host" of its events. Returns 0; -ENOENT: it has no machine
 * ID (yet). */
int token_device(char device[TOKEN_DEVICE_LEN + 1]);

/* A token whose signature was verified. */
struct token_file {
	struct token token;
	char *signer; /* the subject of the certificate */
	char text[TOKEN_MAX];
	size_t text_len;
	unsigned char *signature; /* without the text, DER */
	size_t signature_len;
};

/*
 * Read and verify the token in the file @path, as a bundle at @now. Returns 0 and fills *@file
 * (token_file_free()); else -errno with a sentence in @why: -EKEYREJECTED: the signature is
 * refused; -EBADMSG: it is no token; of reading; -ENOMEM.
 */
int token_file_read(const char *path, const struct trust *trust, int64_t now,
		    struct token_file *file, char why[BUNDLE_WHY_MAX]);
void token_file_free(struct token_file *file);

/* For what a token is wanted. */
struct token_use {
	const char *path;
	unsigned int actions; /* 1 << enum token_action: one of these */
	/* of TOKEN_OFF: the policy that is to become active; else NULL, 0 */
	const char *policy;
	uint64_t serial;
	/* of TOKEN_TOOL: of the program that is to be endorsed; else NULL */
	const uint8_t *sha256;
	/* now: struct policy_device */
	int64_t early, late;
	const char *trust_dir;
};

/* A token that was taken. */
struct token_used {
	struct token token;
	bool sealed;	/* the module took it; else nothing is sealed, and nobody asks it */
	char text[256]; /* who allows what and how long, for the log */
};

/*
 * Take the token @use->path: for good, where certificates are sealed. Those are trusted then, and
 * else those of @use->trust_dir. Returns 0 and fills *@used; else -errno as token_file_read() and
 * seal_disarm(), with a sentence in @why.
 */
int token_take(const struct token_use *use, struct token_used *used, char why[BUNDLE_WHY_MAX]);

#endif
