// SPDX-License-Identifier: GPL-2.0-or-later
/* The claims of signatures, of any content: what is promised of them. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kmod/extract/claims.h"
#include "kmod/extract/package_note.h"

struct memory {
	struct reader reader;
	const uint8_t *bytes;
	uint64_t last;
	unsigned int pages, allowed;
};

static int read_memory(struct reader *reader, __u64 offset, void *buf, __u32 len)
{
	struct memory *memory = (struct memory *)reader;
	uint64_t page;

	/* The promises to a reader: inside of the file, and not for ever. */
	if (offset > reader->size || len > reader->size - offset)
		abort();
	for (page = offset >> 12; len && page <= (offset + len - 1) >> 12; page++) {
		memory->pages += page != memory->last;
		memory->last = page;
	}
	if (memory->pages > memory->allowed)
		abort();
	memcpy(buf, memory->bytes + offset, len);
	return 0;
}

static void check(const struct interdict_claims *claims)
{
	static const uint8_t zero[INTERDICT_CLAIM_LEN];
	uint32_t i, j;

	if (claims->count > INTERDICT_CLAIMS_MAX || claims->names_len > INTERDICT_NAMES_LEN ||
	    claims->reserved)
		abort();
	for (i = 0; i < claims->count; i++) {
		const struct interdict_claim *claim = &claims->claim[i];

		if (claim->kind < INTERDICT_KIND_CERTIFICATE ||
		    claim->kind > INTERDICT_KIND_PUBLISHER || !claim->form ||
		    claim->form >= INTERDICT_FORM_COUNT || !claim->source ||
		    claim->source >= INTERDICT_SOURCE_COUNT || claim->flags || !claim->len ||
		    claim->len > INTERDICT_CLAIM_LEN ||
		    memcmp(claim->value + claim->len, zero, INTERDICT_CLAIM_LEN - claim->len) != 0)
			abort();
		if (claim->name &&
		    (claim->kind != INTERDICT_KIND_PUBLISHER || claim->name > claims->names_len))
			abort();
		for (j = 0; j < i; j++)
			if (claims->claim[j].kind == claim->kind &&
			    claims->claim[j].form == claim->form &&
			    claims->claim[j].len == claim->len &&
			    !memcmp(claims->claim[j].value, claim->value, claim->len))
				abort();
	}
	if (claims->names_len && claims->names[claims->names_len - 1])
		abort();
	for (i = claims->names_len; i < INTERDICT_NAMES_LEN; i++)
		if (claims->names[i])
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct memory memory = { .reader = { .read = read_memory, .size = size },
				 .bytes = data,
				 .last = UINT64_MAX,
				 .allowed = CLAIMS_PAGES };
	struct interdict_claims claims = {};
	char json[PACKAGE_NOTE_MAX];
	uint32_t len;
	int err;

	/* Only the reader has errors that come out, and this one has none. */
	if (claims_find(&memory.reader, &claims))
		abort();
	check(&claims);

	memory.last = UINT64_MAX;
	memory.pages = 0;
	memset(&claims, 0, sizeof(claims));
	if (claims_find_appended(&memory.reader, &claims))
		abort();
	check(&claims);

	memory.last = UINT64_MAX;
	memory.pages = 0;
	memory.allowed = PACKAGE_NOTE_PAGES;
	err = package_note_find(&memory.reader, json, sizeof(json), &len);
	if (err || len > sizeof(json))
		abort();
	return 0;
}
