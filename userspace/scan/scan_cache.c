// SPDX-License-Identifier: GPL-2.0-or-later
#include "scan_cache.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scan_cache_internal.h"
#include "scan_cache_row.h"

/* Rows that are written at once. */
#define BATCH 4096

struct scan_cache_reader {
	sqlite3 *db;
	sqlite3_stmt *find;
	struct scan_cache *cache;
};

void scan_stat_of(const struct scan_place *place, const struct statx *stx, struct scan_stat *stat)
{
	memset(stat, 0, sizeof(*stat));
	stat->fsid = place->fsid;
	stat->ino = stx->stx_ino;
	stat->size = stx->stx_size;
	stat->mtime = stx->stx_mtime.tv_sec;
	stat->mtime_nsec = stx->stx_mtime.tv_nsec;
	stat->ctime = stx->stx_ctime.tv_sec;
	stat->ctime_nsec = stx->stx_ctime.tv_nsec;
	if (stx->stx_mask & STATX_BTIME) {
		stat->btime = stx->stx_btime.tv_sec;
		stat->btime_nsec = stx->stx_btime.tv_nsec;
	}
	stat->verity = !!(stx->stx_attributes & STATX_ATTR_VERITY);
}

bool scan_stat_settled(const struct scan_stat *stat, const struct timespec *now)
{
	return stat->ctime < now->tv_sec - SCAN_CACHE_TICK;
}

/* With the lock. */
static void commit(struct scan_cache *cache)
{
	int error = cache->pending ? scan_cache_run(cache->db, "COMMIT") : SQLITE_OK;

	if (error && !cache->error)
		cache->error = error;
	cache->pending = 0;
}

int scan_cache_close(struct scan_cache *cache, char why[SCAN_CACHE_WHY])
{
	int err;

	why[0] = '\0';
	if (!cache)
		return 0;
	commit(cache);
	err = scan_cache_errno(cache->error);
	if (err)
		snprintf(why, SCAN_CACHE_WHY, "%s", libsqlite.errstr(cache->error));
	scan_cache_end(cache);
	/* The next scan looks at it, too; but what is broken while it is open is seen only here. */
	if (err == -EUCLEAN)
		scan_cache_remove(cache->path);
	pthread_mutex_destroy(&cache->lock);
	free(cache->path);
	free(cache);
	return err;
}

struct scan_cache_reader *scan_cache_reader_new(struct scan_cache *cache)
{
	struct scan_cache_reader *reader = calloc(1, sizeof(*reader));

	if (!reader)
		return NULL;
	reader->cache = cache;
	if (scan_cache_connect(cache->path, SQLITE_OPEN_READONLY, &reader->db) ||
	    libsqlite.prepare_v2(reader->db, "SELECT week, row FROM known WHERE fs = ? AND ino = ?",
				 -1, &reader->find, NULL)) {
		scan_cache_reader_free(reader);
		return NULL;
	}
	return reader;
}

void scan_cache_reader_free(struct scan_cache_reader *reader)
{
	if (!reader)
		return;
	libsqlite.finalize(reader->find);
	libsqlite.close_v2(reader->db);
	free(reader);
}

bool scan_cache_find(struct scan_cache_reader *reader, const struct scan_stat *stat,
		     struct interdict_identity *identity)
{
	int64_t week = 0;
	bool found;
	int error;

	if (!reader)
		return false;
	libsqlite.bind_int64(reader->find, 1, (int64_t)stat->fsid);
	libsqlite.bind_int64(reader->find, 2, (int64_t)stat->ino);
	error = libsqlite.step(reader->find);
	found = error == SQLITE_ROW;
	if (found) {
		week = libsqlite.column_int64(reader->find, 0);
		found = !scan_cache_unpack(libsqlite.column_blob(reader->find, 1),
					   (size_t)libsqlite.column_bytes(reader->find, 1), stat,
					   identity);
	}
	libsqlite.reset(reader->find);
	if (error != SQLITE_ROW && error != SQLITE_DONE) {
		pthread_mutex_lock(&reader->cache->lock);
		if (!reader->cache->error)
			reader->cache->error = error;
		pthread_mutex_unlock(&reader->cache->lock);
	}
	/* Seen in a new week: said by putting it anew. */
	if (found && week != reader->cache->week)
		scan_cache_put(reader->cache, stat, identity);
	return found;
}

void scan_cache_put(struct scan_cache *cache, const struct scan_stat *stat,
		    const struct interdict_identity *identity)
{
	uint8_t row[SCAN_CACHE_ROW_MAX];
	size_t len = scan_cache_pack(stat, identity, row);
	int error = SQLITE_OK;

	pthread_mutex_lock(&cache->lock);
	if (cache->error)
		goto out;
	if (!cache->pending)
		error = scan_cache_run(cache->db, "BEGIN IMMEDIATE");
	if (!error) {
		cache->pending++;
		libsqlite.bind_int64(cache->put, 1, (int64_t)stat->fsid);
		libsqlite.bind_int64(cache->put, 2, (int64_t)stat->ino);
		libsqlite.bind_int64(cache->put, 3, cache->week);
		libsqlite.bind_blob(cache->put, 4, row, (int)len, SQLITE_STATIC);
		error = libsqlite.step(cache->put) == SQLITE_DONE ? SQLITE_OK :
								    libsqlite.errcode(cache->db);
		libsqlite.reset(cache->put);
	}
	if (!error && cache->pending >= BATCH)
		commit(cache);
	else if (error)
		cache->error = error;
out:
	pthread_mutex_unlock(&cache->lock);
}
