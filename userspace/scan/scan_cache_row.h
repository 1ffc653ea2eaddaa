/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A row of the cache: a struct scan_stat, then as much of a struct interdict_identity as there is,
 * then a CRC-32 (zlib's) of it all, as this machine orders bytes. Private to scan_cache*.c.
 */
#ifndef INTERDICT_SCAN_CACHE_ROW_H
#define INTERDICT_SCAN_CACHE_ROW_H

#include <stddef.h>

#include "scan_cache.h"

#define SCAN_CACHE_ROW_MAX \
	(sizeof(struct scan_stat) + sizeof(struct interdict_identity) + sizeof(uint32_t))

/* Returns the bytes written to @row. */
size_t scan_cache_pack(const struct scan_stat *stat, const struct interdict_identity *identity,
		       uint8_t row[SCAN_CACHE_ROW_MAX]);
/*
 * Returns 0 and fills *@identity whole; -ESTALE: it is of another @stat; -EBADMSG: no row that
 * scan_cache_pack() writes, or damaged.
 */
int scan_cache_unpack(const uint8_t *row, size_t len, const struct scan_stat *stat,
		      struct interdict_identity *identity);

#endif
