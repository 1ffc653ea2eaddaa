// SPDX-License-Identifier: GPL-2.0-or-later
#include "token_write.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include <openssl/crypto.h>

#include "atomic_file.h"
#include "bundle/bundle_internal.h"
#include "kmod/extract/digest.h"
#include "subject/reader_fd.h"

int token_set_nonce(struct token *token)
{
	ssize_t n = getrandom(token->nonce, sizeof(token->nonce), 0);

	return n == sizeof(token->nonce) ? 0 : n < 0 ? -errno : -EIO;
}

int token_set_tool(struct token *token, int fd)
{
	struct digest_part whole = { .offset = 0 };
	struct reader_fd reader;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size > UINT32_MAX)
		return -EINVAL;
	whole.len = (__u32)st.st_size;
	reader_fd_init(&reader, fd, (__u64)st.st_size);
	return digest_sha256(&reader.reader, &whole, 1, token->sha256);
}

struct writing {
	const struct bundle_credentials *credentials;
	int64_t now;
	char *why;
};

/* By those who get it: from the file. */
static int check(const char *temporary, void *context)
{
	struct writing *w = context;
	struct token_file file = { .text_len = 0 };
	struct trust *trust = NULL;
	int err = trust_in(bundle_top(w->credentials), &trust);

	if (!err)
		err = token_file_read(temporary, trust, w->now, &file, w->why);
	token_file_free(&file);
	trust_free(trust);
	return err;
}

int token_write(const char *path, const struct token *token,
		const struct bundle_credentials *credentials, int64_t now, char why[BUNDLE_WHY_MAX])
{
	struct writing w = { .credentials = credentials, .now = now, .why = why };
	char text[TOKEN_TEXT_MAX];
	size_t text_len = token_print(token, text), len;
	unsigned char *der = NULL;
	int err = bundle_sign(text, text_len, credentials, now, &der, &len, why);

	if (err)
		return err;
	why[0] = '\0';
	err = atomic_file_write_checked(path, der, len, 0666, check, &w);
	OPENSSL_free(der);
	if (err && !why[0])
		bundle_why(why, 0, "cannot be written: %s", strerror(-err));
	return err;
}
