// SPDX-License-Identifier: GPL-2.0-or-later
#include "kmod/extract/digest.h"

#include <openssl/evp.h>

#define CHUNK 4096

static int update(EVP_MD_CTX *context, struct reader *reader, const struct digest_part *part)
{
	unsigned char chunk[CHUNK];
	__u32 done, now;
	int err;

	if (part->bytes)
		return EVP_DigestUpdate(context, part->bytes, part->len) ? 0 : -EIO;
	for (done = 0; done < part->len; done += now) {
		now = part->len - done < sizeof(chunk) ? part->len - done : sizeof(chunk);
		err = reader->read(reader, part->offset + done, chunk, now);
		if (err)
			return err;
		if (!EVP_DigestUpdate(context, chunk, now))
			return -EIO;
	}
	return 0;
}

static int digest(const EVP_MD *type, struct reader *reader, const struct digest_part *parts,
		  __u32 count, __u8 *out)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	int err = context && EVP_DigestInit_ex(context, type, NULL) ? 0 : -EIO;
	__u32 i;

	for (i = 0; !err && i < count; i++)
		err = update(context, reader, &parts[i]);
	if (!err && !EVP_DigestFinal_ex(context, out, NULL))
		err = -EIO;
	EVP_MD_CTX_free(context);
	return err;
}

int digest_sha256(struct reader *reader, const struct digest_part *parts, __u32 count, __u8 *out)
{
	return digest(EVP_sha256(), reader, parts, count, out);
}

int digest_sha1(struct reader *reader, const struct digest_part *parts, __u32 count, __u8 *out)
{
	return digest(EVP_sha1(), reader, parts, count, out);
}
