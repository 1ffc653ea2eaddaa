// SPDX-License-Identifier: GPL-2.0-only
#include "identify.h"

#include <linux/pagemap.h>
#include <linux/sched.h>

#include "extract/build_id.h"
#include "content.h"
#include "filesystems.h"
#include "extract/magic.h"

/* How often a file whose size changes is begun anew. */
#define TRIES 3

#define WANT_SHA256 (INTERDICT_ID_SHA256 | INTERDICT_ID_SHA256_BY_MAGIC)
#define WANT_ALL    (WANT_SHA256 | INTERDICT_ID_BUILD_ID)

static_assert(sizeof(struct interdict_ids) == 88);

static u32 writers(struct inode *inode)
{
	return inode_is_open_for_write(inode) || mapping_writably_mapped(inode->i_mapping) ?
		       INTERDICT_FILE_WRITERS :
		       0;
}

/* Sets *software to whether BY_MAGIC hashes it. */
static int look_at_magic(struct content *content, bool *software)
{
	u8 head[MAGIC_HEAD];
	u32 len = min_t(u64, sizeof(head), content->reader.size);
	int err;

	err = content->reader.read(&content->reader, 0, head, len);
	if (!err)
		*software = magic_is_software(head, len);
	return err;
}

static int compute(struct content *content, u32 want, struct interdict_ids *ids)
{
	bool hash = want & WANT_SHA256;
	int err;

	if (want & INTERDICT_ID_SHA256_BY_MAGIC) {
		err = look_at_magic(content, &hash);
		if (err)
			return err;
		ids->have |= INTERDICT_ID_SHA256_BY_MAGIC;
		if (!hash)
			ids->flags |= INTERDICT_FILE_PLAIN;
	}
	if (want & INTERDICT_ID_BUILD_ID) {
		err = build_id_find(&content->reader, ids->build_id, &ids->build_id_len);
		if (err)
			return err;
		ids->have |= INTERDICT_ID_BUILD_ID;
	}
	if (hash) {
		err = content_sha256(content, ids->sha256);
		if (err)
			return err;
		ids->have |= INTERDICT_ID_SHA256;
	}
	return 0;
}

/* Forgets what was computed, not what kind of file it is. */
static void forget(struct interdict_ids *ids)
{
	ids->have = 0;
	ids->flags &= ~INTERDICT_FILE_PLAIN;
	ids->build_id_len = 0;
	memset(ids->sha256, 0, sizeof(ids->sha256));
	memset(ids->build_id, 0, sizeof(ids->build_id));
}

static int identify_once(struct file *file, struct inode *inode, u32 want,
			 struct interdict_ids *ids)
{
	struct content content;
	int err;

	ids->size = i_size_read(inode);
	err = content_open(&content, file, inode, ids->flags & INTERDICT_FILE_FOREIGN, ids->size);
	if (err)
		return err;
	err = compute(&content, want, ids);
	if (content_pinned(&content))
		ids->flags |= INTERDICT_FILE_WRITERS;
	content_close(&content);
	if (!err && i_size_read(inode) != ids->size)
		err = -EAGAIN;
	if (err)
		forget(ids);
	return err;
}

u32 identify_flags(struct inode *inode)
{
	return filesystem_flags(inode) | writers(inode);
}

int identify_file(struct file *file, u32 want, bool opened, struct interdict_ids *ids)
{
	struct inode *inode = filesystem_real_inode(file);
	int tries, err;

	memset(ids, 0, sizeof(*ids));
	if (!S_ISREG(inode->i_mode))
		return -EOPNOTSUPP;
	ids->size = i_size_read(inode);
	ids->flags = identify_flags(inode);
	if (!want)
		return 0;
	if (want & ~WANT_ALL)
		return -EINVAL;
	if (ids->flags & INTERDICT_FILE_FOREIGN && !opened)
		return -EAGAIN;

	for (tries = 0; tries < TRIES; tries++) {
		err = identify_once(file, inode, want, ids);
		if (err != -EAGAIN)
			break;
		cond_resched();
	}
	ids->flags |= writers(inode);
	return err == -EAGAIN ? -EBUSY : err;
}
