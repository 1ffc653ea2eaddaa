/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to scan_cache*.c: scan_cache_open.c opens databases, scan_cache.c has what is in them. */
#ifndef INTERDICT_SCAN_CACHE_INTERNAL_H
#define INTERDICT_SCAN_CACHE_INTERNAL_H

#include <pthread.h>

#include "libraries/library_sqlite.h"
#include "scan_cache.h"

struct scan_cache {
	char *path;
	pthread_mutex_t lock; /* for all below */
	sqlite3 *db;
	sqlite3_stmt *put;
	unsigned int pending; /* rows of the transaction that is open; 0: none is */
	int64_t week;
	int error; /* SQLite's: nothing is written any more */
};

/* An errno, negative, for an error of SQLite. */
int scan_cache_errno(int error);
/* Run SQL that gives no rows. Returns SQLite's error. */
int scan_cache_run(sqlite3 *db, const char *sql);
/* Connect to the database at @path. Returns SQLite's error; *@db is to be closed in any case. */
int scan_cache_connect(const char *path, int flags, sqlite3 **db);
/* Close what begins with opening; the rest of @cache stays. */
void scan_cache_end(struct scan_cache *cache);
/* Remove the database, with the files that SQLite puts beside it. */
void scan_cache_remove(const char *path);

#endif
