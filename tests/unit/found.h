/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For tests of formats: a pkcs7_claims() that writes down where it was asked to look, so that what
 * is tested is where signatures are found, and a reader that fails the test when it is asked for
 * what is outside.
 */
#ifndef INTERDICT_TEST_FOUND_H
#define INTERDICT_TEST_FOUND_H

#include "kmod/extract/pkcs7.h"

#define FOUND_MAX 32

static struct {
	unsigned int count;
	__u64 offset[FOUND_MAX], len[FOUND_MAX];
	enum interdict_source source;
	int error[FOUND_MAX]; /* what it returns */
} found;

int pkcs7_claims(struct reader *reader, __u64 offset, __u64 len, enum interdict_source source,
		 struct interdict_claims *claims)
{
	(void)claims;
	assert_true(offset <= reader->size && len <= reader->size - offset);
	assert_true(found.count < FOUND_MAX);
	found.offset[found.count] = offset;
	found.len[found.count] = len;
	found.source = source;
	return found.error[found.count++];
}

struct memory {
	struct reader reader;
	const uint8_t *bytes;
	unsigned int reads;
	unsigned int fail_at; /* the read that fails, from 1 */
	int error;
};

static int read_memory(struct reader *reader, __u64 offset, void *buf, __u32 len)
{
	struct memory *memory = (struct memory *)reader;

	assert_true(offset <= reader->size && len <= reader->size - offset);
	if (++memory->reads == memory->fail_at)
		return memory->error;
	memcpy(buf, memory->bytes + offset, len);
	return 0;
}

#endif
