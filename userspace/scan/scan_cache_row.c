// SPDX-License-Identifier: GPL-2.0-or-later
#include "scan_cache_row.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <zlib.h>

#include "subject/claim_text.h"

static_assert(sizeof(struct scan_stat) == 64, "no holes");

#define CLAIMS_HEAD offsetof(struct interdict_claims, claim)

/* What is left of a row, or what was written of it. */
struct cursor {
	uint8_t *at;
	size_t len;
};

static void put(struct cursor *cursor, const void *from, size_t len)
{
	memcpy(cursor->at + cursor->len, from, len);
	cursor->len += len;
}

size_t scan_cache_pack(const struct scan_stat *stat, const struct interdict_identity *identity,
		       uint8_t row[SCAN_CACHE_ROW_MAX])
{
	const struct interdict_claims *claims = &identity->claims;
	const uint32_t have = identity->ids.have,
		       flags = identity->ids.flags & INTERDICT_FILE_PLAIN;
	const uint32_t build_id = have & INTERDICT_ID_BUILD_ID ? identity->ids.build_id_len : 0;
	struct cursor cursor = { .at = row };
	uint32_t sum;

	put(&cursor, stat, sizeof(*stat));
	put(&cursor, &have, sizeof(have));
	put(&cursor, &flags, sizeof(flags));
	put(&cursor, &build_id, sizeof(build_id));
	put(&cursor, identity->ids.build_id, build_id);
	if (have & INTERDICT_ID_SHA256)
		put(&cursor, identity->ids.sha256, sizeof(identity->ids.sha256));
	if (claims->count || claims->flags) {
		put(&cursor, claims, CLAIMS_HEAD);
		put(&cursor, claims->claim, claims->count * sizeof(claims->claim[0]));
		put(&cursor, claims->names, claims->names_len);
	}
	sum = (uint32_t)crc32(0, row, (uInt)cursor.len);
	put(&cursor, &sum, sizeof(sum));
	return cursor.len;
}

static int get(struct cursor *cursor, void *to, size_t len)
{
	if (len > cursor->len)
		return -EBADMSG;
	memcpy(to, cursor->at, len);
	cursor->at += len;
	cursor->len -= len;
	return 0;
}

static int get_claims(struct cursor *cursor, struct interdict_claims *claims)
{
	if (!cursor->len)
		return 0;
	if (get(cursor, claims, CLAIMS_HEAD) || claims->count > INTERDICT_CLAIMS_MAX ||
	    claims->names_len > INTERDICT_NAMES_LEN ||
	    get(cursor, claims->claim, claims->count * sizeof(claims->claim[0])) ||
	    get(cursor, claims->names, claims->names_len) || cursor->len ||
	    !claims_are_sane(claims))
		return -EBADMSG;
	return 0;
}

static int get_ids(struct cursor *cursor, struct interdict_ids *ids)
{
	if (get(cursor, &ids->have, sizeof(ids->have)) ||
	    get(cursor, &ids->flags, sizeof(ids->flags)) ||
	    get(cursor, &ids->build_id_len, sizeof(ids->build_id_len)) ||
	    ids->build_id_len > INTERDICT_BUILD_ID_MAX ||
	    get(cursor, ids->build_id, ids->build_id_len))
		return -EBADMSG;
	return ids->have & INTERDICT_ID_SHA256 ? get(cursor, ids->sha256, sizeof(ids->sha256)) : 0;
}

int scan_cache_unpack(const uint8_t *row, size_t len, const struct scan_stat *stat,
		      struct interdict_identity *identity)
{
	struct cursor cursor = { .at = (uint8_t *)row, .len = len };
	uint32_t sum;
	int err;

	if (!row || len < sizeof(*stat) + sizeof(sum))
		return -EBADMSG;
	if (memcmp(row, stat, sizeof(*stat)))
		return -ESTALE;
	cursor.len -= sizeof(sum);
	memcpy(&sum, row + cursor.len, sizeof(sum));
	if (sum != (uint32_t)crc32(0, row, (uInt)cursor.len))
		return -EBADMSG;
	cursor.at += sizeof(*stat);
	cursor.len -= sizeof(*stat);
	memset(identity, 0, sizeof(*identity));
	identity->ids.size = stat->size;
	err = get_ids(&cursor, &identity->ids);
	if (!err)
		err = get_claims(&cursor, &identity->claims);
	identity->ids.claims = identity->claims.count;
	return err;
}
