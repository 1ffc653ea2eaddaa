// SPDX-License-Identifier: GPL-2.0-only
#include "content.h"

#include <linux/highmem.h>
#include <linux/pagemap.h>
#include <linux/sched.h>

#include "sha256.h"

/* Hashed at once. The SIMD implementations keep the CPU for that long: 0.3 ms without SHA
 * instructions, and the cost of a call is below 1 in 1,000. */
#define STRIDE (64 * 1024)

/* Where the kernel maps pages for a while, it maps one; elsewhere a folio lies in a row. */
#define LINEAR (IS_ENABLED(CONFIG_KMAP_LOCAL) ? PAGE_SIZE : STRIDE)

static void copy_from_folio(void *buf, struct folio *folio, size_t offset, size_t len)
{
	const void *at = kmap_local_folio(folio, offset);

	memcpy(buf, at, len);
	kunmap_local(at);
}

/* The reader's read(): short reads, mostly from the folio of the one before. */
static int read_short(struct reader *reader, __u64 offset, void *buf, __u32 len)
{
	struct content *content = container_of(reader, struct content, reader);
	const u8 *at;
	u32 now;
	int n, err;

	for (; len; len -= now, offset += now, buf += now) {
		if (content->foreign) {
			n = read_open_get(&content->ro, offset, len, &at);
			if (n < 0)
				return n;
			now = n;
			memcpy(buf, at, now);
			continue;
		}
		now = min_t(u32, len, PAGE_SIZE - offset_in_page(offset));
		if (!content->have || content->index != offset >> PAGE_SHIFT) {
			if (content->have && content->folio)
				folio_put(content->folio);
			content->have = false;
			err = page_cache_get(&content->pc, offset >> PAGE_SHIFT, &content->folio);
			if (err)
				return err;
			content->have = true;
			content->index = offset >> PAGE_SHIFT;
		}
		if (content->folio)
			copy_from_folio(buf, content->folio,
					offset_in_folio(content->folio, offset), now);
		else
			memset(buf, 0, now);
	}
	return 0;
}

int content_open(struct content *content, struct file *file, struct inode *inode, bool foreign,
		 u64 size)
{
	content->reader.read = read_short;
	content->reader.size = size;
	content->foreign = foreign;
	if (foreign)
		return read_open_init(&content->ro, file);
	content->have = false;
	return page_cache_init(&content->pc, file, inode, size);
}

void content_close(struct content *content)
{
	if (content->foreign)
		read_open_done(&content->ro);
	else if (content->have && content->folio)
		folio_put(content->folio);
}

/* Hashes len bytes of a folio at offset, as many at once as are mapped in a row. */
static int hash_folio(struct shash_desc *desc, struct folio *folio, size_t offset, size_t len)
{
	size_t now;
	void *at;
	int err;

	for (; len; len -= now, offset += now) {
		now = min_t(size_t, len, LINEAR - (offset & (LINEAR - 1)));
		at = kmap_local_folio(folio, offset);
		err = crypto_shash_update(desc, at, now);
		kunmap_local(at);
		if (err)
			return err;
		cond_resched();
	}
	return 0;
}

static int hash_page_cache(struct shash_desc *desc, struct content *content)
{
	const u64 size = content->reader.size;
	struct folio *folio;
	u64 offset;
	size_t now;
	int err;

	for (offset = 0; offset < size; offset += now) {
		err = page_cache_get(&content->pc, offset >> PAGE_SHIFT, &folio);
		if (err)
			return err;
		if (folio) {
			now = min_t(u64, size - offset,
				    folio_size(folio) - offset_in_folio(folio, offset));
			err = hash_folio(desc, folio, offset_in_folio(folio, offset), now);
			folio_put(folio);
		} else {
			now = min_t(u64, size - offset, PAGE_SIZE);
			err = crypto_shash_update(desc, page_address(ZERO_PAGE(0)), now);
			cond_resched();
		}
		if (err)
			return err;
	}
	return 0;
}

static int hash_open_file(struct shash_desc *desc, struct content *content)
{
	const u64 size = content->reader.size;
	const u8 *at;
	u64 offset;
	int n, err;

	for (offset = 0; offset < size; offset += n) {
		n = read_open_get(&content->ro, offset, min_t(u64, size - offset, STRIDE), &at);
		if (n < 0)
			return n;
		err = crypto_shash_update(desc, at, n);
		if (err)
			return err;
	}
	return 0;
}

int content_sha256(struct content *content, u8 *sha256)
{
	struct crypto_shash *tfm = sha256_tfm();
	SHASH_DESC_ON_STACK(desc, tfm);
	int err;

	desc->tfm = tfm;
	err = crypto_shash_init(desc);
	if (!err)
		err = content->foreign ? hash_open_file(desc, content) :
					 hash_page_cache(desc, content);
	if (!err)
		err = crypto_shash_final(desc, sha256);
	shash_desc_zero(desc);
	return err;
}
