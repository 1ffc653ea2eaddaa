// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <linux/fsverity.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/xattr.h>

#include "claims_fd.h"
#include "kmod/extract/claims.h"
#include "kmod/extract/ima.h"
#include "kmod/extract/pkcs7.h"
#include "kmod/extract/reader_memory.h"
#include "reader_fd.h"

/* An RSA signature of 8192 bits with its header has 1033 bytes. */
#define IMA_MAX 4096U
/* Linux, include/linux/fsverity.h: FS_VERITY_MAX_SIGNATURE_SIZE (16128), and some. */
#define VERITY_SIGNATURE_MAX 16384U
#define VERITY_DIGEST_MAX    64U

static int add_ima(int fd, struct interdict_claims *claims)
{
	uint8_t xattr[IMA_MAX];
	ssize_t len = fgetxattr(fd, "security.ima", xattr, sizeof(xattr));

	if (len < 0) /* none, or no attributes here at all */
		return claims_note(claims, errno == ERANGE ? -E2BIG : 0);
	return claims_note(claims, ima_claims(xattr, (__u32)len, claims));
}

static int add_verity_digest(int fd, struct interdict_claims *claims)
{
	/* The digest follows the struct. */
	_Alignas(struct fsverity_digest)
		uint8_t buf[sizeof(struct fsverity_digest) + VERITY_DIGEST_MAX];
	struct fsverity_digest *digest = (struct fsverity_digest *)buf;
	enum interdict_form form;

	memset(buf, 0, sizeof(buf));
	digest->digest_size = VERITY_DIGEST_MAX;
	if (ioctl(fd, FS_IOC_MEASURE_VERITY, digest) < 0) /* none, or not on this file system */
		return 0;
	if (digest->digest_algorithm == FS_VERITY_HASH_ALG_SHA256)
		form = INTERDICT_FORM_SHA256;
	else if (digest->digest_algorithm == FS_VERITY_HASH_ALG_SHA512)
		form = INTERDICT_FORM_SHA512;
	else
		return 0;
	return claims_note(claims, claims_add_verity(claims, form, digest->digest));
}

static int add_verity_signers(int fd, struct interdict_claims *claims)
{
	struct fsverity_read_metadata_arg arg = {
		.metadata_type = FS_VERITY_METADATA_TYPE_SIGNATURE,
		.length = VERITY_SIGNATURE_MAX,
	};
	struct reader_memory memory;
	int err = 0, len;
	uint8_t *buf;

	buf = malloc(VERITY_SIGNATURE_MAX);
	if (!buf)
		return -ENOMEM;
	arg.buf_ptr = (__u64)(uintptr_t)buf;
	len = ioctl(fd, FS_IOC_READ_VERITY_METADATA, &arg);
	if (len > 0) { /* else it has none, or the kernel is older than 5.12 */
		reader_memory_init(&memory, buf, (__u64)len);
		err = claims_note(claims, pkcs7_claims(&memory.reader, 0, (__u64)len,
						       INTERDICT_SOURCE_VERITY, claims));
	}
	free(buf);
	return err;
}

int claims_fd_ima(int fd, struct interdict_claims *claims)
{
	memset(claims, 0, sizeof(*claims));
	return add_ima(fd, claims);
}

/* In the order in which the module looks, so that signers have the same numbers. */
int claims_fd(int fd, __u64 size, __u32 want, struct interdict_claims *claims)
{
	struct reader_fd reader;
	int err = 0;

	memset(claims, 0, sizeof(*claims));
	if (want & INTERDICT_ID_FSVERITY)
		err = add_verity_digest(fd, claims);
	if (!(want & INTERDICT_ID_SIGNERS))
		return err;
	if (!err)
		err = add_verity_signers(fd, claims);
	if (!err)
		err = add_ima(fd, claims);
	reader_fd_init(&reader, fd, size);
	return err ? err : claims_find(&reader.reader, claims);
}
