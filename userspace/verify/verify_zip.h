/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All members of a ZIP file, whole. */
#ifndef INTERDICT_VERIFY_ZIP_H
#define INTERDICT_VERIFY_ZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>

#include "kmod/extract/zip.h"

struct verify_member {
	char *name; /* NUL is behind its last byte */
	struct zip_entry entry;
	bool named; /* the caller's */
};

struct verify_zip {
	struct reader *reader;
	struct verify_member *members; /* by name */
	size_t n;
};

/*
 * The members of @reader's ZIP file, to be freed with verify_zip_close(). Returns NULL, or why not:
 * it has none, its directory is malformed, a name is there twice or has a NUL, something is in
 * front of its first member.
 */
const char *verify_zip_open(struct reader *reader, struct verify_zip *zip);
void verify_zip_close(struct verify_zip *zip);

/* NULL: there is none of this name. */
struct verify_member *verify_zip_find(const struct verify_zip *zip, const char *name);

/* Its content, of at most @max bytes, on the heap, with a NUL behind it; NULL: not to be had. */
char *verify_zip_read(const struct verify_zip *zip, const struct verify_member *member, size_t max,
		      size_t *len);

/* The digest of its content; false: it cannot be read. */
bool verify_zip_digest(const struct verify_zip *zip, const struct verify_member *member,
		       const EVP_MD *md, uint8_t *digest);

#endif
