/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SQLite: RPM's database, and what is kept from one scan to the next. */
#ifndef INTERDICT_LIBRARY_SQLITE_H
#define INTERDICT_LIBRARY_SQLITE_H

#include <sqlite3.h>

#include "library.h"

/* What is used of it, without its prefix. */
extern struct library_sqlite {
	__typeof__(sqlite3_bind_blob) *bind_blob;
	__typeof__(sqlite3_bind_int64) *bind_int64;
	__typeof__(sqlite3_bind_text) *bind_text;
	__typeof__(sqlite3_busy_timeout) *busy_timeout;
	__typeof__(sqlite3_close) *close;
	__typeof__(sqlite3_close_v2) *close_v2;
	__typeof__(sqlite3_column_blob) *column_blob;
	__typeof__(sqlite3_column_bytes) *column_bytes;
	__typeof__(sqlite3_column_int64) *column_int64;
	__typeof__(sqlite3_errcode) *errcode;
	__typeof__(sqlite3_errmsg) *errmsg;
	__typeof__(sqlite3_errstr) *errstr;
	__typeof__(sqlite3_exec) *exec;
	__typeof__(sqlite3_finalize) *finalize;
	__typeof__(sqlite3_open_v2) *open_v2;
	__typeof__(sqlite3_prepare_v2) *prepare_v2;
	__typeof__(sqlite3_reset) *reset;
	__typeof__(sqlite3_step) *step;
} libsqlite;

/* library_load() of it: to be called before the others, each time. */
int library_sqlite(char *why, size_t size);

#endif
