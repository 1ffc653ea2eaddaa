/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libarchive: unpacks what packages are packed in. */
#ifndef INTERDICT_LIBRARY_ARCHIVE_H
#define INTERDICT_LIBRARY_ARCHIVE_H

#include <archive.h>
#include <archive_entry.h>

#include "library.h"

/* What is used of it, without its prefix. */
extern struct library_archive {
	__typeof__(archive_entry_filetype) *entry_filetype;
	__typeof__(archive_entry_hardlink) *entry_hardlink;
	__typeof__(archive_entry_pathname) *entry_pathname;
	__typeof__(archive_entry_size) *entry_size;
	__typeof__(archive_errno) *error;
	__typeof__(archive_error_string) *error_string;
	__typeof__(archive_filter_bytes) *filter_bytes;
	__typeof__(archive_filter_count) *filter_count;
	__typeof__(archive_read_data) *read_data;
	__typeof__(archive_read_free) *read_free;
	__typeof__(archive_read_new) *read_new;
	__typeof__(archive_read_next_header) *read_next_header;
	__typeof__(archive_read_open_memory) *read_open_memory;
	__typeof__(archive_read_support_filter_gzip) *read_support_filter_gzip;
	__typeof__(archive_read_support_filter_xz) *read_support_filter_xz;
	__typeof__(archive_read_support_filter_zstd) *read_support_filter_zstd;
	__typeof__(archive_read_support_format_raw) *read_support_format_raw;
	__typeof__(archive_read_support_format_tar) *read_support_format_tar;
} libarchive;

/* library_load() of it: to be called before the others, each time. */
int library_archive(char *why, size_t size);

#endif
