// SPDX-License-Identifier: GPL-2.0-or-later
#include "library_archive.h"

#define SONAME "libarchive.so.13"

LIBRARY_NOTE("[{\"feature\":\"packages\",\"description\":\"Reads package files\","
	     "\"priority\":\"recommended\",\"soname\":[\"" SONAME "\"]}]");

struct library_archive libarchive;

#define FUNCTION(here, there) LIBRARY_FUNCTION(libarchive.here, there)

static const struct library_function functions[] = {
	FUNCTION(entry_filetype, archive_entry_filetype),
	FUNCTION(entry_hardlink, archive_entry_hardlink),
	FUNCTION(entry_pathname, archive_entry_pathname),
	FUNCTION(entry_size, archive_entry_size),
	FUNCTION(error, archive_errno),
	FUNCTION(error_string, archive_error_string),
	FUNCTION(filter_bytes, archive_filter_bytes),
	FUNCTION(filter_count, archive_filter_count),
	FUNCTION(read_data, archive_read_data),
	FUNCTION(read_free, archive_read_free),
	FUNCTION(read_new, archive_read_new),
	FUNCTION(read_next_header, archive_read_next_header),
	FUNCTION(read_open_memory, archive_read_open_memory),
	FUNCTION(read_support_filter_gzip, archive_read_support_filter_gzip),
	FUNCTION(read_support_filter_xz, archive_read_support_filter_xz),
	FUNCTION(read_support_filter_zstd, archive_read_support_filter_zstd),
	FUNCTION(read_support_format_raw, archive_read_support_format_raw),
	FUNCTION(read_support_format_tar, archive_read_support_format_tar),
};

static struct library library = {
	.soname = SONAME,
	.package = "Debian's libarchive13, others' libarchive",
	.functions = functions,
	.n = sizeof(functions) / sizeof(functions[0]),
	.lock = PTHREAD_MUTEX_INITIALIZER,
};

int library_archive(char *why, size_t size)
{
	return library_load(&library, why, size);
}
