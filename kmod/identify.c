// SPDX-License-Identifier: GPL-2.0-only
#include "identify.h"

#include <linux/pagemap.h>
#include <linux/sched.h>
#include <linux/uaccess.h>

#include "content.h"
#include "extract/build_id.h"
#include "extract/claims.h"
#include "extract/digest.h"
#include "extract/magic.h"
#include "extract/package_note.h"
#include "filesystems.h"
#include "verity.h"
#include "xattr.h"

/* How often a file whose size changes is begun anew. */
#define TRIES 3

#define WANT_SHA256 (INTERDICT_ID_SHA256 | INTERDICT_ID_SHA256_BY_MAGIC)
#define WANT_ALL    (WANT_SHA256 | INTERDICT_ID_BUILD_ID | INTERDICT_ID_CLAIMS)

static_assert(sizeof(struct interdict_ids) == 88);
static_assert(INTERDICT_PACKAGE_LEN == PACKAGE_NOTE_MAX);
static_assert(sizeof(struct interdict_claims) ==
	      16 + 40 * INTERDICT_CLAIMS_MAX + INTERDICT_NAMES_LEN);

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

static int find_claims(struct file *file, struct inode *inode, struct content *content, u32 want,
		       struct interdict_claims *claims)
{
	int err = 0;

	if (!content->foreign)
		err = claims_note(claims, verity_claims(inode, want, claims));
	if (!err && want & INTERDICT_ID_SIGNERS) {
		err = content->foreign ? 0 : claims_note(claims, xattr_claims(file, inode, claims));
		if (!err)
			err = claims_find(&content->reader, claims);
	}
	return err;
}

static void note_claims(struct interdict_ids *ids, const struct interdict_claims *claims, u32 asked)
{
	ids->claims = claims->count;
	if (!(claims->flags & INTERDICT_CLAIMS_PARTIAL))
		ids->have |= asked;
}

static int compute(struct file *file, struct inode *inode, struct content *content, u32 want,
		   struct interdict_ids *ids, struct interdict_claims *claims)
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
	if (want & INTERDICT_ID_CLAIMS) {
		err = claims_settle(claims, find_claims(file, inode, content, want, claims));
		if (err)
			return err;
		note_claims(ids, claims, want & INTERDICT_ID_CLAIMS);
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
static void forget(struct interdict_ids *ids, struct interdict_claims *claims)
{
	if (claims)
		memset(claims, 0, sizeof(*claims));
	ids->claims = 0;
	ids->have = 0;
	ids->flags &= ~INTERDICT_FILE_PLAIN;
	ids->build_id_len = 0;
	memset(ids->sha256, 0, sizeof(ids->sha256));
	memset(ids->build_id, 0, sizeof(ids->build_id));
}

static int identify_once(struct file *file, struct inode *inode, u32 want,
			 struct interdict_ids *ids, struct interdict_claims *claims)
{
	struct content content;
	int err;

	ids->size = i_size_read(inode);
	err = content_open(&content, file, inode, ids->flags & INTERDICT_FILE_FOREIGN, ids->size);
	if (err)
		return err;
	err = compute(file, inode, &content, want, ids, claims);
	if (content_pinned(&content))
		ids->flags |= INTERDICT_FILE_WRITERS;
	content_close(&content);
	if (!err && i_size_read(inode) != ids->size)
		err = -EAGAIN;
	if (err)
		forget(ids, claims);
	return err;
}

u32 identify_flags(struct inode *inode)
{
	return filesystem_flags(inode) | writers(inode);
}

int identify_file(struct file *file, u32 want, bool opened, struct interdict_ids *ids,
		  struct interdict_claims *claims)
{
	struct inode *inode = filesystem_real_inode(file);
	int tries, err;

	memset(ids, 0, sizeof(*ids));
	if (claims)
		memset(claims, 0, sizeof(*claims));
	if (!S_ISREG(inode->i_mode))
		return -EOPNOTSUPP;
	ids->size = i_size_read(inode);
	ids->flags = identify_flags(inode);
	if (!want)
		return 0;
	if (want & ~WANT_ALL || (want & INTERDICT_ID_CLAIMS && !claims))
		return -EINVAL;
	if (ids->flags & INTERDICT_FILE_FOREIGN && !opened)
		return -EAGAIN;

	for (tries = 0; tries < TRIES; tries++) {
		err = identify_once(file, inode, want, ids, claims);
		if (err != -EAGAIN)
			break;
		cond_resched();
	}
	ids->flags |= writers(inode);
	return err == -EAGAIN ? -EBUSY : err;
}

struct data_reader {
	struct reader reader;
	const u8 *data;
};

static int read_data(struct reader *reader, u64 offset, void *buf, u32 len)
{
	struct data_reader *data = container_of(reader, struct data_reader, reader);

	return copy_from_kernel_nofault(buf, data->data + offset, len) ? -EFAULT : 0;
}

static int compute_data(struct reader *reader, u32 want, struct interdict_identity *identity)
{
	const struct digest_part whole = { .len = reader->size };
	struct interdict_ids *ids = &identity->ids;
	int err;

	if (want & WANT_SHA256) {
		if (reader->size > U32_MAX)
			return -EFBIG;
		err = digest_sha256(reader, &whole, 1, ids->sha256);
		if (err)
			return err;
		ids->have |= INTERDICT_ID_SHA256 | (want & INTERDICT_ID_SHA256_BY_MAGIC);
	}
	if (want & INTERDICT_ID_BUILD_ID) {
		err = build_id_find(reader, ids->build_id, &ids->build_id_len);
		if (err)
			return err;
		ids->have |= INTERDICT_ID_BUILD_ID;
	}
	if (want & INTERDICT_ID_SIGNERS) {
		err = claims_settle(&identity->claims,
				    claims_find_appended(reader, &identity->claims));
		if (err)
			return err;
		note_claims(ids, &identity->claims, INTERDICT_ID_SIGNERS);
	}
	ids->have |= want & INTERDICT_ID_FSVERITY;
	return 0;
}

int identify_data(const void *data, u64 size, u32 want, struct interdict_identity *identity)
{
	struct data_reader reader = { .reader = { .read = read_data, .size = size }, .data = data };

	memset(identity, 0, sizeof(*identity));
	identity->ids.size = size;
	return want & ~WANT_ALL ? -EINVAL : compute_data(&reader.reader, want, identity);
}

/* The content as it is now, for one look. Errors of identify_file() and content_open(). */
static int open_content(struct file *file, bool opened, struct content *content)
{
	struct inode *inode = filesystem_real_inode(file);
	bool foreign;

	if (!S_ISREG(inode->i_mode))
		return -EOPNOTSUPP;
	foreign = filesystem_flags(inode) & INTERDICT_FILE_FOREIGN;
	if (foreign && !opened)
		return -EAGAIN;
	return content_open(content, file, inode, foreign, i_size_read(inode));
}

int identify_compressed(struct file *file)
{
	struct content content;
	u8 head[MAGIC_HEAD];
	u32 len;
	int err;

	err = open_content(file, true, &content);
	if (err)
		return err;
	len = min_t(u64, sizeof(head), content.reader.size);
	err = content.reader.read(&content.reader, 0, head, len);
	content_close(&content);
	return err ?: magic_is_compressed(head, len);
}

int identify_package(struct file *file, bool opened, char *json, u32 size, u32 *len)
{
	struct content content;
	int err;

	*len = 0;
	err = open_content(file, opened, &content);
	if (err)
		return err;
	err = package_note_find(&content.reader, json, size, len);
	content_close(&content);
	return err;
}
