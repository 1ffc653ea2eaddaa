// SPDX-License-Identifier: GPL-2.0-only
#include "claims.h"

#include "apk.h"
#include "appended.h"
#include "appimage.h"
#include "magic.h"
#include "pe.h"

/* Bytes of the beginning that say what the rest is. */
#define HEAD_LEN APPIMAGE_HEAD

/* A page for the reader's sake only: that is what reading costs. */
#define PAGE_BITS 12

/* The file, of which no more than CLAIMS_PAGES are read. */
struct budget {
	struct reader reader;
	struct reader *file;
	struct interdict_claims *claims;
	__u32 pages_left;
	__u64 last_page; /* read last: reading it again is free */
};

static int read_within(struct reader *reader, __u64 offset, void *buf, __u32 len)
{
	struct budget *budget = (struct budget *)reader; /* its first member */
	__u64 first, last, pages;
	int err;

	if (!len)
		return 0;
	first = offset >> PAGE_BITS;
	last = (offset + len - 1) >> PAGE_BITS;
	pages = last - first + (first != budget->last_page);
	if (pages > budget->pages_left) {
		budget->claims->flags |= INTERDICT_CLAIMS_MORE; /* whatever comes of it */
		return -E2BIG;
	}
	budget->pages_left -= pages;
	budget->last_page = last;
	err = budget->file->read(budget->file, offset, buf, len);
	/* Some file systems say so of a block whose checksum is wrong: not the format's fault. */
	return err == -EBADMSG || err == -E2BIG ? -EIO : err;
}

static struct budget budget_of(struct reader *file, struct interdict_claims *claims)
{
	const struct budget budget = {
		.reader = { .read = read_within, .size = file->size },
		.file = file,
		.claims = claims,
		.pages_left = CLAIMS_PAGES,
		.last_page = ~(__u64)0,
	};

	return budget;
}

int claims_find_appended(struct reader *reader, struct interdict_claims *claims)
{
	struct budget budget = budget_of(reader, claims);

	return claims_note(claims, appended_claims(&budget.reader, claims));
}

int claims_find(struct reader *reader, struct interdict_claims *claims)
{
	struct budget budget = budget_of(reader, claims);
	const __u32 len = reader->size < HEAD_LEN ? reader->size : HEAD_LEN;
	__u8 head[HEAD_LEN] = {};
	int err;

	err = read_within(&budget.reader, 0, head, len);
	if (err)
		return err;
	if (len >= 2 && head[0] == 'M' && head[1] == 'Z')
		err = pe_claims(&budget.reader, claims);
	else if (appimage_begins(head, len))
		err = appimage_claims(&budget.reader, claims);
	else if (magic_is_compressed(head, len))
		claims->flags |= INTERDICT_CLAIMS_COMPRESSED;
	err = claims_note(claims, err);
	if (!err)
		err = claims_note(claims, appended_claims(&budget.reader, claims));
	/* Anything may be in front of a ZIP file: Java runs those that are shell scripts, too. */
	if (!err)
		err = claims_note(claims, apk_claims(&budget.reader, claims));
	return err;
}
