// SPDX-License-Identifier: GPL-2.0-or-later
/* Signers of any bytes, and the promises to those who read claims. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kmod/extract/pkcs7.h"
#include "kmod/extract/publisher.h"

/* Reads of a blob at most: its headers, and what is hashed and compared of 64 pages, which may be
 * the same page again and again. */
#define READS_MAX 100000

struct memory {
	struct reader reader;
	const uint8_t *bytes;
	uint64_t last;
	unsigned int pages, reads;
};

static int read_memory(struct reader *reader, __u64 offset, void *buf, __u32 len)
{
	struct memory *memory = (struct memory *)reader;

	if (!len || offset > reader->size || len > reader->size - offset)
		abort();
	if (++memory->reads > READS_MAX)
		abort();
	memory->pages += offset >> 12 != memory->last;
	memory->pages += (offset + len - 1) >> 12 != offset >> 12;
	memory->last = (offset + len - 1) >> 12;
	if (memory->pages > CLAIMS_PAGES)
		return -E2BIG;
	memcpy(buf, memory->bytes + offset, len);
	return 0;
}

static void check_claim(const struct interdict_claims *claims, const struct interdict_claim *claim)
{
	char folded[PUBLISHER_MAX];
	uint32_t i;

	if (claim->form == INTERDICT_FORM_NONE || claim->form >= INTERDICT_FORM_COUNT ||
	    claim->source != INTERDICT_SOURCE_PE || !claim->len || claim->len > INTERDICT_CLAIM_LEN)
		abort();
	for (i = claim->len; i < INTERDICT_CLAIM_LEN; i++)
		if (claim->value[i])
			abort();
	if (!claim->name)
		return;
	if (claim->form != INTERDICT_FORM_NAME || claim->name > claims->names_len)
		abort();
	if (publisher_fold(claims->names + claim->name - 1, strlen(claims->names + claim->name - 1),
			   folded) <= 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct memory memory = { .reader = { .read = read_memory, .size = size },
				 .bytes = data,
				 .last = UINT64_MAX };
	struct interdict_claims claims = {};
	uint32_t i;
	int err;

	err = pkcs7_claims(&memory.reader, 0, size, INTERDICT_SOURCE_PE, &claims);
	if (err && err != -EBADMSG && err != -E2BIG)
		abort();
	if (claims.count > INTERDICT_CLAIMS_MAX || claims.names_len > sizeof(claims.names))
		abort();
	if (claims.names_len && claims.names[claims.names_len - 1])
		abort();
	for (i = claims.names_len; i < sizeof(claims.names); i++)
		if (claims.names[i])
			abort();
	for (i = 0; i < claims.count; i++)
		check_claim(&claims, &claims.claim[i]);
	return 0;
}
