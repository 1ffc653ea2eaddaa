// SPDX-License-Identifier: GPL-2.0-or-later
/* Signatures of Android packages and JAR files, in any content. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "kmod/extract/apk.h"

struct memory {
	struct reader reader;
	const uint8_t *bytes;
	uint64_t last;
	unsigned int pages, reads;
};

/* Far more than the budget has room for, as most reads are of four bytes or more. */
#define READS_MAX (CLAIMS_PAGES * 4096)

static int read_memory(struct reader *reader, __u64 offset, void *buf, __u32 len)
{
	struct memory *memory = (struct memory *)reader;
	uint64_t first = offset >> 12;

	/* The promises to a reader: inside of the file, and not for ever. */
	if (offset > reader->size || len > reader->size - offset)
		abort();
	if (!len)
		return 0;
	if (++memory->reads > READS_MAX)
		abort();
	memory->pages += ((offset + len - 1) >> 12) - first + (first != memory->last);
	memory->last = (offset + len - 1) >> 12;
	if (memory->pages > CLAIMS_PAGES)
		return -E2BIG;
	memcpy(buf, memory->bytes + offset, len);
	return 0;
}

/* Names of the table end where they say, and what is not set is zero. */
static void check(const struct interdict_claims *claims)
{
	uint32_t i, j;

	if (claims->count > INTERDICT_CLAIMS_MAX || claims->names_len > INTERDICT_NAMES_LEN)
		abort();
	for (i = 0; i < claims->count; i++) {
		const struct interdict_claim *claim = &claims->claim[i];

		if (claim->source != INTERDICT_SOURCE_APK && claim->source != INTERDICT_SOURCE_JAR)
			abort();
		if (!claim->len || claim->len > INTERDICT_CLAIM_LEN || claim->flags ||
		    claim->name > claims->names_len)
			abort();
		for (j = claim->len; j < INTERDICT_CLAIM_LEN; j++)
			if (claim->value[j])
				abort();
	}
}

static void look(const uint8_t *data, size_t size)
{
	struct memory memory = { .reader = { .read = read_memory, .size = size },
				 .bytes = data,
				 .last = UINT64_MAX };
	struct interdict_claims claims = {};
	int err = apk_claims(&memory.reader, &claims);

	if (err && err != -EBADMSG && err != -E2BIG)
		abort();
	check(&claims);
}

#define ENTRY_LEN   46
#define END_LEN	    22
#define STRETCH	    (4350 * ENTRY_LEN) /* more than is read of a directory at both ends */
#define STRETCH_MAX 8192

/* The same file with a long directory: entries without names are put in front of its second. They
 * stay where they are; the file's two parts are put around them. */
static void look_stretched(const uint8_t *data, size_t size)
{
	static uint8_t file[STRETCH_MAX + STRETCH + STRETCH_MAX];
	static const uint8_t entry[ENTRY_LEN] = { 'P', 'K', 1, 2 };
	const uint8_t *end = data + size - END_LEN, *at;
	uint8_t *behind = file + STRETCH_MAX + STRETCH;
	size_t front, i;
	uint32_t len;

	if (size < END_LEN || size > STRETCH_MAX || memcmp(end, "PK\5\6", 4))
		return;
	at = memmem(data, size - END_LEN, entry, 4);
	if (at)
		at = memmem(at + 4, end - at - 4, entry, 4);
	if (!at)
		return;
	if (!file[STRETCH_MAX])
		for (i = 0; i < STRETCH; i += ENTRY_LEN)
			memcpy(file + STRETCH_MAX + i, entry, ENTRY_LEN);
	front = at - data;
	memcpy(file + STRETCH_MAX - front, data, front);
	memcpy(behind, at, size - front);
	behind +=
		size - front - END_LEN + 12; /* the directory's length, in the record at the end */
	memcpy(&len, behind, sizeof(len));
	len += STRETCH;
	memcpy(behind, &len, sizeof(len));
	look(file + STRETCH_MAX - front, size + STRETCH);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	look(data, size);
	/* It takes ten times as long as most: of some only. */
	if (size % 8 == 0)
		look_stretched(data, size);
	return 0;
}
