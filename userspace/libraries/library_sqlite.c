// SPDX-License-Identifier: GPL-2.0-or-later
#include "library_sqlite.h"

#define SONAME "libsqlite3.so.0"

LIBRARY_NOTE(
	"[{\"feature\":\"databases\",\"description\":\"Reads RPM's database, and keeps what a scan found out\","
	"\"priority\":\"recommended\",\"soname\":[\"" SONAME "\"]}]");

struct library_sqlite libsqlite;

#define FUNCTION(here, there) LIBRARY_FUNCTION(libsqlite.here, there)

static const struct library_function functions[] = {
	FUNCTION(bind_blob, sqlite3_bind_blob),
	FUNCTION(bind_int64, sqlite3_bind_int64),
	FUNCTION(bind_text, sqlite3_bind_text),
	FUNCTION(busy_timeout, sqlite3_busy_timeout),
	FUNCTION(close, sqlite3_close),
	FUNCTION(close_v2, sqlite3_close_v2),
	FUNCTION(column_blob, sqlite3_column_blob),
	FUNCTION(column_bytes, sqlite3_column_bytes),
	FUNCTION(column_int64, sqlite3_column_int64),
	FUNCTION(errcode, sqlite3_errcode),
	FUNCTION(errmsg, sqlite3_errmsg),
	FUNCTION(errstr, sqlite3_errstr),
	FUNCTION(exec, sqlite3_exec),
	FUNCTION(finalize, sqlite3_finalize),
	FUNCTION(open_v2, sqlite3_open_v2),
	FUNCTION(prepare_v2, sqlite3_prepare_v2),
	FUNCTION(reset, sqlite3_reset),
	FUNCTION(step, sqlite3_step),
};

static struct library library = {
	.soname = SONAME,
	.package = "Debian's libsqlite3-0, others' sqlite-libs",
	.functions = functions,
	.n = sizeof(functions) / sizeof(functions[0]),
	.lock = PTHREAD_MUTEX_INITIALIZER,
};

int library_sqlite(char *why, size_t size)
{
	return library_load(&library, why, size);
}
