// SPDX-License-Identifier: GPL-2.0-only
#include "pe.h"

#include "little.h"
#include "pkcs7.h"

#define DOS_HEADER 64
#define DOS_LFANEW 60 /* in it: where the PE signature is */

/* From the PE signature on. */
#define PE_MAGIC	  0
#define PE_OPTIONAL_SIZE  20 /* SizeOfOptionalHeader, of the COFF header */
#define PE_OPTIONAL	  24
#define PE_OPTIONAL_MAGIC (PE_OPTIONAL + 0)
#define PE_CHECKSUM	  (PE_OPTIONAL + 64)

#define MAGIC_PE32	0x10b
#define MAGIC_PE32_PLUS 0x20b

/* In the optional header: NumberOfRvaAndSizes, which the directories follow, 8 bytes each. */
#define PE32_DIRECTORIES      92
#define PE32_PLUS_DIRECTORIES 108
#define CERTIFICATE_DIRECTORY 4

/* Of WIN_CERTIFICATE. */
#define REVISION_1 0x0100
#define REVISION_2 0x0200
#define TYPE_PKCS7 2

int pe_find_table(struct reader *reader, struct pe_table *table)
{
	__u8 dos[DOS_HEADER], pe[PE_OPTIONAL_MAGIC + 2], directory[8];
	__u32 at, count_at, entry_at;
	int err;

	memset(table, 0, sizeof(*table));
	if (!reader_has(reader, 0, sizeof(dos)))
		return 0;
	err = reader->read(reader, 0, dos, sizeof(dos));
	if (err)
		return err;
	at = little_32(dos + DOS_LFANEW);
	if (memcmp(dos, "MZ", 2) || !reader_has(reader, at, sizeof(pe)))
		return 0;
	err = reader->read(reader, at, pe, sizeof(pe));
	if (err || memcmp(pe + PE_MAGIC, "PE\0", 4))
		return err;

	if (little_16(pe + PE_OPTIONAL_MAGIC) == MAGIC_PE32)
		count_at = PE32_DIRECTORIES;
	else if (little_16(pe + PE_OPTIONAL_MAGIC) == MAGIC_PE32_PLUS)
		count_at = PE32_PLUS_DIRECTORIES;
	else
		return 0;
	/* A directory is there where the header is long enough, and says that it has as many. */
	entry_at = count_at + 4 + CERTIFICATE_DIRECTORY * sizeof(directory);
	if (little_16(pe + PE_OPTIONAL_SIZE) < entry_at + sizeof(directory) ||
	    !reader_has(reader, (__u64)at + PE_OPTIONAL + entry_at, sizeof(directory)))
		return 0;
	err = reader->read(reader, (__u64)at + PE_OPTIONAL + count_at, directory, 4);
	if (err || little_32(directory) <= CERTIFICATE_DIRECTORY)
		return err;
	err = reader->read(reader, (__u64)at + PE_OPTIONAL + entry_at, directory,
			   sizeof(directory));
	if (err)
		return err;
	table->offset = little_32(directory);
	table->size = little_32(directory + 4);
	table->entry = (__u64)at + PE_OPTIONAL + entry_at;
	table->checksum = (__u64)at + PE_CHECKSUM;
	return 0;
}

int pe_claims(struct reader *reader, struct interdict_claims *claims)
{
	__u8 header[PE_ENTRY_HEADER];
	struct pe_table table;
	__u64 offset, end;
	__u32 i, len, type, revision;
	int err;

	err = pe_find_table(reader, &table);
	if (err || !table.size)
		return err;
	/* 32 bits each: the sum does not overflow. A table may be cut off, by a download say: what
	 * is there is read. */
	offset = table.offset;
	end = offset + table.size;
	if (end > reader->size) {
		claims->flags |= INTERDICT_CLAIMS_MALFORMED;
		end = reader->size;
	}

	for (i = 0; offset < end && end - offset >= sizeof(header); i++) {
		if (i == PE_CERTIFICATES)
			return -E2BIG;
		err = reader->read(reader, offset, header, sizeof(header));
		if (err)
			return err;
		len = little_32(header);
		revision = little_16(header + 4);
		type = little_16(header + 6);
		if (!len && i) /* padding */
			break;
		if (len < sizeof(header) || len > end - offset)
			return -EBADMSG;
		if (type == TYPE_PKCS7 && (revision == REVISION_1 || revision == REVISION_2)) {
			err = pkcs7_claims(reader, offset + sizeof(header), len - sizeof(header),
					   INTERDICT_SOURCE_PE, claims);
			err = claims_note(claims, err);
			if (err)
				return err;
		}
		offset += ((__u64)len + PE_ENTRY_ALIGN - 1) & ~(__u64)(PE_ENTRY_ALIGN - 1);
	}
	return 0;
}
