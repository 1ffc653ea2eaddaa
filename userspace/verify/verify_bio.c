// SPDX-License-Identifier: GPL-2.0-or-later
/* Ranges of a file for OpenSSL. */
#include <pthread.h>
#include <stdlib.h>

#include "verify_internal.h"

#define CHUNK 65536U

struct range {
	struct reader *reader;
	uint64_t at, end;
};

static int range_read(BIO *bio, char *buf, size_t len, size_t *done)
{
	struct range *range = BIO_get_data(bio);
	uint64_t left = range->end - range->at;
	uint32_t n = len < CHUNK ? (uint32_t)len : CHUNK;

	if (n > left)
		n = (uint32_t)left;
	*done = 0;
	if (!n)
		return 0;
	if (range->reader->read(range->reader, range->at, buf, n))
		return -1;
	range->at += n;
	*done = n;
	return 1;
}

static long range_ctrl(BIO *bio, int command, long number, void *pointer)
{
	const struct range *range = BIO_get_data(bio);

	(void)number;
	(void)pointer;
	switch (command) {
	case BIO_CTRL_EOF:
		return range->at == range->end;
	case BIO_CTRL_FLUSH:
		return 1;
	default:
		return 0;
	}
}

static int range_free(BIO *bio)
{
	free(BIO_get_data(bio));
	return 1;
}

static BIO_METHOD *method;

static void make_method(void)
{
	method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "range of a file");
	if (method) {
		BIO_meth_set_read_ex(method, range_read);
		BIO_meth_set_ctrl(method, range_ctrl);
		BIO_meth_set_destroy(method, range_free);
	}
}

BIO *verify_bio(struct reader *reader, uint64_t offset, uint64_t len)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct range *range = malloc(sizeof(*range));
	BIO *bio;

	pthread_once(&once, make_method);
	bio = range && method ? BIO_new(method) : NULL;
	if (!bio) {
		free(range);
		return NULL;
	}
	*range = (struct range){ reader, offset, offset + len };
	BIO_set_data(bio, range);
	BIO_set_init(bio, 1);
	return bio;
}

uint8_t *verify_read(struct reader *reader, uint64_t offset, uint64_t len, uint64_t max)
{
	uint8_t *buf;

	if (!len || len > max || max > UINT32_MAX || !reader_has(reader, offset, len))
		return NULL;
	buf = malloc(len);
	if (buf && reader->read(reader, offset, buf, (uint32_t)len)) {
		free(buf);
		return NULL;
	}
	return buf;
}

bool verify_digest_range(EVP_MD_CTX *md, struct reader *reader, uint64_t offset, uint64_t len)
{
	uint8_t *buf = malloc(CHUNK);
	bool ok = buf && reader_has(reader, offset, len);

	while (ok && len) {
		uint32_t n = len < CHUNK ? (uint32_t)len : CHUNK;

		ok = !reader->read(reader, offset, buf, n) && EVP_DigestUpdate(md, buf, n);
		offset += n;
		len -= n;
	}
	free(buf);
	return ok;
}
