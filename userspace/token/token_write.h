/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Making tokens: token_file.h has what they are. */
#ifndef INTERDICT_TOKEN_WRITE_H
#define INTERDICT_TOKEN_WRITE_H

#include "token_file.h"

/* Give @token a nonce that no other has. Returns 0 or -errno. */
int token_set_nonce(struct token *token);

/* Set its sha256, of the regular file behind @fd. Returns 0 or -errno. */
int token_set_tool(struct token *token, int fd);

/*
 * Sign @token at @now, and write it to the file @path, which is there whole or not at all, and is
 * read back and verified by @credentials alone before it gets its name. Returns 0; else -errno with
 * a sentence in @why: as bundle_sign(), token_file_read(), or of writing.
 */
int token_write(const char *path, const struct token *token,
		const struct bundle_credentials *credentials, int64_t now,
		char why[BUNDLE_WHY_MAX]);

#endif
