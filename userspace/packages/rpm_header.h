/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * RPM's header (RPM's "RPM V4 package format", "Header"): what an .rpm file has in front of its
 * payload, and what the database has of each package. All numbers are big-endian:
 *
 *	il, dl		numbers of entries, and of bytes of data
 *	il entries	tag, type, offset into the data, count; 4 bytes each
 *	data
 */
#ifndef INTERDICT_RPM_HEADER_H
#define INTERDICT_RPM_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* RPM's own limits (hdrchkTags, hdrchkData). */
#define RPM_HEADER_ENTRIES_MAX 0xffffU
#define RPM_HEADER_DATA_MAX    (256U << 20)
#define RPM_HEADER_INTRO       8U /* il and dl */

enum rpm_tag {
	RPM_TAG_NAME = 1000,
	RPM_TAG_VERSION = 1001,
	RPM_TAG_RELEASE = 1002,
	RPM_TAG_EPOCH = 1003,
	RPM_TAG_DISTRIBUTION = 1010,
	RPM_TAG_VENDOR = 1011,
	RPM_TAG_PACKAGER = 1015,
	RPM_TAG_ARCH = 1022,
	RPM_TAG_OLDFILENAMES = 1027,
	RPM_TAG_FILESIZES = 1028,
	RPM_TAG_FILESTATES = 1029,
	RPM_TAG_FILEMODES = 1030,
	RPM_TAG_SOURCERPM = 1044,
	RPM_TAG_DIRINDEXES = 1116,
	RPM_TAG_BASENAMES = 1117,
	RPM_TAG_DIRNAMES = 1118,
	RPM_TAG_LONGFILESIZES = 5008,
};

enum rpm_type {
	RPM_TYPE_CHAR = 1,
	RPM_TYPE_INT8 = 2,
	RPM_TYPE_INT16 = 3,
	RPM_TYPE_INT32 = 4,
	RPM_TYPE_INT64 = 5,
	RPM_TYPE_STRING = 6,
	RPM_TYPE_BIN = 7,
	RPM_TYPE_STRING_ARRAY = 8,
	RPM_TYPE_I18NSTRING = 9,
};

struct rpm_header {
	const uint8_t *entries; /* in the caller's buffer */
	const uint8_t *data;
	uint32_t il, dl;
};

/* Bytes of a header with these first 8 bytes, those included; 0: it is none. */
size_t rpm_header_size(const uint8_t intro[RPM_HEADER_INTRO]);
/* Parse the @len bytes at @bytes, which must stay. Returns 0 or -EBADMSG. */
int rpm_header_parse(const void *bytes, size_t len, struct rpm_header *header);

/*
 * The values of a tag. A string is ended by a NUL inside the data, checked for each that is asked
 * for. Returns false: the tag is not there, is of another type, or reaches beyond the data.
 */
struct rpm_values {
	const uint8_t *at, *end; /* from the first on; of the data */
	uint32_t count;
	enum rpm_type type;
};
bool rpm_header_values(const struct rpm_header *header, enum rpm_tag tag,
		       struct rpm_values *values);
/* A string (the first, of several). NULL: there is none. */
const char *rpm_header_string(const struct rpm_header *header, enum rpm_tag tag);
/* The next string of an array. NULL: there is no other, or it has no end. */
const char *rpm_values_next(struct rpm_values *values);
/* The number at @index of integers of 1, 2, 4 or 8 bytes. Returns false: there is none. */
bool rpm_values_number(const struct rpm_values *values, uint32_t index, uint64_t *number);

/* Call @fn for each file: its path, its size (0: not known), and whether it was installed. Returns
 * 0; what @fn returns; -EBADMSG: the lists of files do not fit together; -ENOMEM. */
int rpm_header_files(const struct rpm_header *header,
		     int (*fn)(void *context, const char *path, uint64_t size, bool installed),
		     void *context);

#endif
