// SPDX-License-Identifier: GPL-2.0-or-later
/* Opening the database, and making it anew where that was of no use. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scan_cache_internal.h"

/* PRAGMA application_id: "Idct", and user_version, to be raised with every change of a table. */
#define APPLICATION 0x49646374
#define LAYOUT	    1
/* Another scan is writing: that long, in ms. */
#define BUSY 5000
/* Files that were not seen for so long, in weeks, are gone. */
#define KEEP_WEEKS    8
#define WEEK	      (7 * 86400)
#define DATABASE_PAGE 4096

static const char schema[] =
	"CREATE TABLE about(maker TEXT NOT NULL, week INTEGER NOT NULL);"
	"CREATE TABLE known(fs INTEGER, ino INTEGER, week INTEGER NOT NULL, row BLOB NOT NULL,"
	" PRIMARY KEY(fs, ino)) WITHOUT ROWID;";

int scan_cache_errno(int error)
{
	switch (error & 0xff) {
	case SQLITE_OK:
		return 0;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_CANTOPEN:
		return -ENOENT;
	case SQLITE_PERM:
	case SQLITE_READONLY:
		return -EACCES;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return -EUCLEAN;
	default:
		return -EIO;
	}
}

int scan_cache_run(sqlite3 *db, const char *sql)
{
	return libsqlite.exec(db, sql, NULL, NULL, NULL);
}

/* The first column of the first row; SQLite's error, or SQLITE_DONE where there is none. */
static int ask_number(sqlite3 *db, const char *sql, int64_t *ret)
{
	sqlite3_stmt *stmt;
	int error = libsqlite.prepare_v2(db, sql, -1, &stmt, NULL);

	if (error)
		return error;
	error = libsqlite.step(stmt);
	if (error == SQLITE_ROW) {
		*ret = libsqlite.column_int64(stmt, 0);
		error = SQLITE_OK;
	}
	libsqlite.finalize(stmt);
	return error;
}

static int has_maker(sqlite3 *db, const char *maker, bool *has)
{
	sqlite3_stmt *stmt;
	int error =
		libsqlite.prepare_v2(db, "SELECT 1 FROM about WHERE maker = ?", -1, &stmt, NULL);

	if (error)
		return error;
	libsqlite.bind_text(stmt, 1, maker, -1, SQLITE_STATIC);
	error = libsqlite.step(stmt);
	*has = error == SQLITE_ROW;
	libsqlite.finalize(stmt);
	return error == SQLITE_ROW || error == SQLITE_DONE ? SQLITE_OK : error;
}

/* What is wrong with what is there, in @why; "": it can be used. Returns SQLite's error. */
static int look_at(sqlite3 *db, const char *maker, char why[SCAN_CACHE_WHY])
{
	int64_t application = 0, layout = 0;
	bool same = false;
	int error = ask_number(db, "PRAGMA application_id", &application);

	if (!error)
		error = ask_number(db, "PRAGMA user_version", &layout);
	if (error)
		return error;
	if (application != APPLICATION || layout != LAYOUT) {
		snprintf(why, SCAN_CACHE_WHY, "it is of another version");
		return SQLITE_OK;
	}
	error = has_maker(db, maker, &same);
	if (!error && !same)
		snprintf(why, SCAN_CACHE_WHY, "interdict or its module has been changed since");
	return error;
}

static int make_tables(sqlite3 *db, const char *maker)
{
	sqlite3_stmt *stmt;
	char pragmas[96];
	int error;

	snprintf(pragmas, sizeof(pragmas), "PRAGMA application_id = %d; PRAGMA user_version = %d",
		 APPLICATION, LAYOUT);
	error = scan_cache_run(db, "BEGIN IMMEDIATE");
	if (!error)
		error = scan_cache_run(db, schema);
	if (!error)
		error = libsqlite.prepare_v2(db, "INSERT INTO about VALUES(?, 0)", -1, &stmt, NULL);
	if (!error) {
		libsqlite.bind_text(stmt, 1, maker, -1, SQLITE_STATIC);
		error = libsqlite.step(stmt) == SQLITE_DONE ? SQLITE_OK : libsqlite.errcode(db);
		libsqlite.finalize(stmt);
	}
	if (!error)
		error = scan_cache_run(db, pragmas);
	return error ? error : scan_cache_run(db, "COMMIT");
}

/* Its owner is the one who scans, and nobody else may write to it. Made where it is not there. */
static int own_file(const char *path, bool *made)
{
	struct stat st;
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	int err = 0;

	if (fd < 0 || fstat(fd, &st))
		err = -errno;
	else if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || st.st_mode & 077)
		err = -EPERM;
	else
		*made = !st.st_size;
	if (fd >= 0)
		close(fd);
	return err;
}

void scan_cache_remove(const char *path)
{
	static const char *const behind[] = { "", "-wal", "-shm", "-journal" };
	char name[4096];

	for (size_t i = 0; i < sizeof(behind) / sizeof(behind[0]); i++)
		if (snprintf(name, sizeof(name), "%s%s", path, behind[i]) < (int)sizeof(name))
			unlink(name);
}

int scan_cache_connect(const char *path, int flags, sqlite3 **db)
{
	int error = libsqlite.open_v2(path, db, flags | SQLITE_OPEN_NOMUTEX, NULL);

	if (!error)
		libsqlite.busy_timeout(*db, BUSY);
	/* What the file says of itself is not run, and a page of memory is not taken for each of
	 * the file's. */
	if (!error)
		error = scan_cache_run(*db,
				       "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"
				       "PRAGMA mmap_size = 0; PRAGMA cache_size = -2048");
	return error;
}

/* Files that were not seen for long: looked for once a week, as all rows are. */
static int forget_old(struct scan_cache *cache)
{
	int64_t week = 0;
	char sql[160];
	int error = ask_number(cache->db, "SELECT week FROM about", &week);

	if (error || week == cache->week)
		return error;
	snprintf(sql, sizeof(sql),
		 "BEGIN IMMEDIATE; DELETE FROM known WHERE week < %lld;"
		 "UPDATE about SET week = %lld; COMMIT",
		 (long long)cache->week - KEEP_WEEKS, (long long)cache->week);
	return scan_cache_run(cache->db, sql);
}

/* @made: it is new. Else what is wrong with it goes to @why. */
static int begin(struct scan_cache *cache, const char *maker, bool made, char why[SCAN_CACHE_WHY])
{
	char limit[64];
	int error = scan_cache_connect(cache->path, SQLITE_OPEN_READWRITE, &cache->db);

	snprintf(limit, sizeof(limit), "PRAGMA max_page_count = %llu",
		 SCAN_CACHE_SIZE_MAX / DATABASE_PAGE);
	if (!error)
		error = scan_cache_run(cache->db,
				       "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
	if (!error)
		error = scan_cache_run(cache->db, limit);
	if (!error)
		error = made ? make_tables(cache->db, maker) : look_at(cache->db, maker, why);
	if (!error && !*why)
		error = libsqlite.prepare_v2(cache->db,
					     "INSERT OR REPLACE INTO known VALUES(?, ?, ?, ?)", -1,
					     &cache->put, NULL);
	if (!error && !*why)
		error = forget_old(cache);
	return error;
}

void scan_cache_end(struct scan_cache *cache)
{
	libsqlite.finalize(cache->put);
	libsqlite.close_v2(cache->db);
	cache->put = NULL;
	cache->db = NULL;
}

/* Once, and where that was of no use, once more with a new file. */
static int begin_or_rebuild(struct scan_cache *cache, const char *maker, char why[SCAN_CACHE_WHY])
{
	char wrong[SCAN_CACHE_WHY] = "";
	bool made = false;
	int error, err;

	for (int tries = 0; tries < 2; tries++) {
		err = own_file(cache->path, &made);
		if (err == -EPERM || err == -ELOOP) {
			snprintf(wrong, sizeof(wrong), "others may write to it");
		} else if (err) {
			snprintf(why, SCAN_CACHE_WHY, "%s", strerror(-err));
			return err;
		} else {
			error = begin(cache, maker, made, wrong);
			if (!error && !*wrong)
				return 0;
			err = scan_cache_errno(error);
			if (err && err != -EUCLEAN && err != -EIO) {
				snprintf(why, SCAN_CACHE_WHY, "%s",
					 cache->db ? libsqlite.errmsg(cache->db) : strerror(-err));
				return err;
			}
			if (err)
				snprintf(wrong, sizeof(wrong), "it is damaged: %.100s",
					 cache->db ? libsqlite.errmsg(cache->db) : "");
			scan_cache_end(cache);
		}
		snprintf(why, SCAN_CACHE_WHY, "%.*s", SCAN_CACHE_WHY - 1, wrong);
		wrong[0] = '\0';
		scan_cache_remove(cache->path);
	}
	return err ? err : -EIO;
}

int scan_cache_open(const char *path, const char *maker, struct scan_cache **ret,
		    char why[SCAN_CACHE_WHY])
{
	struct scan_cache *cache;
	int err;

	why[0] = '\0';
	err = library_sqlite(why, SCAN_CACHE_WHY);
	if (err)
		return err;
	cache = calloc(1, sizeof(*cache));
	if (!cache)
		return -ENOMEM;
	pthread_mutex_init(&cache->lock, NULL);
	cache->week = time(NULL) / WEEK;
	cache->path = strdup(path);
	err = cache->path ? begin_or_rebuild(cache, maker, why) : -ENOMEM;
	if (err) {
		scan_cache_end(cache);
		free(cache->path);
		free(cache);
		return err;
	}
	*ret = cache;
	return 0;
}
