// SPDX-License-Identifier: GPL-2.0-or-later
/* Signatures apart from what they sign: appended ones, and those of fs-verity. */
#include <errno.h>
#include <linux/fsverity.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "kmod/extract/appended.h"
#include "verify_internal.h"

#define MARKER	     "~Module signature appended~\n"
#define MARKER_LEN   (sizeof(MARKER) - 1)
#define TRAILER_LEN  12 /* struct module_signature */
#define TRAILER_SIZE 8	/* in it: length of the signature, big endian */

/* Bytes of a signature: as many as fs-verity allows, and more than sign-file makes. */
#define SIGNATURE_MAX (1U << 20)

/* The one in front of @end; it signs all that is in front of it, others too. Returns where it
 * begins, 0 where there is none. */
static uint64_t one_appended(struct verify *v, uint64_t end)
{
	uint8_t tail[TRAILER_LEN + MARKER_LEN];
	uint8_t *der;
	uint64_t len;
	BIO *content;

	if (end < sizeof(tail) ||
	    v->reader->read(v->reader, end - sizeof(tail), tail, sizeof(tail)) ||
	    memcmp(tail + TRAILER_LEN, MARKER, MARKER_LEN) != 0)
		return 0;
	end -= sizeof(tail);
	len = (uint32_t)tail[TRAILER_SIZE] << 24 | (uint32_t)tail[TRAILER_SIZE + 1] << 16 |
	      (uint32_t)tail[TRAILER_SIZE + 2] << 8 | tail[TRAILER_SIZE + 3];
	if (!len || len > end)
		return 0;
	end -= len;
	der = verify_read(v->reader, end, len, SIGNATURE_MAX);
	content = verify_bio(v->reader, 0, end);
	if (der && content)
		verify_cms(v, INTERDICT_SOURCE_APPENDED, der, len, content, NULL);
	BIO_free(content);
	free(der);
	return end;
}

void verify_appended(struct verify *v)
{
	uint64_t end = v->reader->size;

	for (int i = 0; end && i < APPENDED_STACKED; i++)
		end = one_appended(v, end);
}

/* Linux, Documentation/filesystems/fsverity.rst, "Built-in signature verification": what is signed
 * is struct fsverity_formatted_digest, of 12 bytes and the digest. */
static const char formatted_magic[8] = "FSVerity";
#define FORMATTED_LEN 12

void verify_fsverity_signature(struct verify *v, const struct fsverity_digest *digest,
			       const uint8_t *der, size_t len)
{
	uint8_t formatted[FORMATTED_LEN + VERIFY_FSVERITY_MAX];
	const unsigned int algorithm = digest->digest_algorithm, size = digest->digest_size;
	BIO *content;

	memcpy(formatted, formatted_magic, sizeof(formatted_magic));
	formatted[8] = (uint8_t)algorithm;
	formatted[9] = (uint8_t)(algorithm >> 8);
	formatted[10] = (uint8_t)size;
	formatted[11] = (uint8_t)(size >> 8);
	memcpy(formatted + FORMATTED_LEN, digest->digest, size);
	content = BIO_new_mem_buf(formatted, (int)(FORMATTED_LEN + size));
	if (content)
		verify_cms(v, INTERDICT_SOURCE_VERITY, der, len, content, NULL);
	BIO_free(content);
}

void verify_fsverity(struct verify *v)
{
	_Alignas(struct fsverity_digest)
		uint8_t buf[sizeof(struct fsverity_digest) + VERIFY_FSVERITY_MAX] = { 0 };
	struct fsverity_digest *digest = (struct fsverity_digest *)buf;
	struct fsverity_read_metadata_arg arg = {
		.metadata_type = FS_VERITY_METADATA_TYPE_SIGNATURE,
		.length = SIGNATURE_MAX,
	};
	uint8_t *der = malloc(SIGNATURE_MAX);
	int len = 0;

	arg.buf_ptr = (__u64)(uintptr_t)der;
	digest->digest_size = VERIFY_FSVERITY_MAX;
	if (der && !ioctl(v->fd, FS_IOC_MEASURE_VERITY, digest) &&
	    digest->digest_size <= VERIFY_FSVERITY_MAX)
		len = ioctl(v->fd, FS_IOC_READ_VERITY_METADATA, &arg);
	if (len > 0)
		verify_fsverity_signature(v, digest, der, (size_t)len);
	free(der);
}
