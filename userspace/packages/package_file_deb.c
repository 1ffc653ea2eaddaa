// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A .deb (deb(5)): an ar archive of debian-binary, control.tar with or without compression, and
 * data.tar. The ar archive is read as dpkg-deb reads it, so that no other member is taken for the
 * control data; what is in that is libarchive's to unpack.
 */
#include "package_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "control.h"
#include "libraries/library_archive.h"
#include "package_internal.h"

#define AR_MAGIC  8U
#define AR_HEADER 60U
/* Members before the control data whose names begin with an underscore are passed by (deb(5)). */
#define MEMBERS_MAX 64
/* Packed; Debian's largest, with its maintainer scripts, has a few hundred KiB. */
#define CONTROL_MAX (64U << 20)
#define TEXT_MAX    (4U << 20)
/* Members of control.tar, and bytes of them when unpacked. */
#define ENTRIES_MAX  10000
#define UNPACKED_MAX (256LL << 20)

struct member {
	char name[17];
	uint64_t offset, size;
};

/* Decimal, with spaces behind it (ar(5)). */
static bool get_size(const char *text, uint64_t *size)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < 10 && text[i] >= '0' && text[i] <= '9'; i++)
		n = n * 10 + (uint64_t)(text[i] - '0');
	if (!i)
		return false;
	for (; i < 10; i++)
		if (text[i] != ' ')
			return false;
	*size = n;
	return true;
}

static int read_member(int fd, uint64_t offset, struct member *member, char why[PACKAGE_WHY_MAX])
{
	char head[AR_HEADER] = { 0 };
	size_t len = 16;
	int err = package_file_read(fd, offset, head, sizeof(head), why);

	if (err)
		return err;
	if (memcmp(head + 58, "`\n", 2) != 0 || !get_size(head + 48, &member->size))
		return package_fail(why, -EBADMSG, "a member of the archive is broken");
	/* As dpkg does: spaces and one slash at the end are not the name's. */
	while (len && head[len - 1] == ' ')
		len--;
	if (len && head[len - 1] == '/')
		len--;
	memcpy(member->name, head, len);
	member->name[len] = '\0';
	member->offset = offset + AR_HEADER;
	return 0;
}

static int find_control(int fd, struct member *member, char why[PACKAGE_WHY_MAX])
{
	uint64_t offset = AR_MAGIC;
	int i;

	for (i = 0; i < MEMBERS_MAX; i++) {
		int err = read_member(fd, offset, member, why);

		if (err)
			return err;
		if (!i && strcmp(member->name, "debian-binary") != 0)
			break;
		if (i && member->name[0] != '_') {
			if (!strncmp(member->name, "control.tar", 11))
				return 0;
			break;
		}
		offset = member->offset + member->size + (member->size & 1);
	}
	return package_fail(why, -EBADMSG, "the control data is not where it should be");
}

/* "control", "./control", "././control". */
static bool is_control(const char *name)
{
	while (name && name[0] == '.' && name[1] == '/')
		name += 2;
	return name && !strcmp(name, "control");
}

static int fail_archive(struct archive *archive, char why[PACKAGE_WHY_MAX])
{
	const char *text = libarchive.error_string(archive);

	if (libarchive.error(archive) == ENOMEM)
		return -ENOMEM;
	return package_fail(why, -EBADMSG, "the control data cannot be unpacked: %.150s",
			    text ? text : "?");
}

static int read_entry(struct archive *archive, struct archive_entry *entry, char **text,
		      size_t *len, char why[PACKAGE_WHY_MAX])
{
	char *buf;
	size_t n = 0;

	if (libarchive.entry_filetype(entry) != AE_IFREG || libarchive.entry_hardlink(entry))
		return package_fail(why, -EBADMSG, "the control file is no file");
	if (libarchive.entry_size(entry) < 0 || libarchive.entry_size(entry) > TEXT_MAX)
		return package_fail(why, -EBADMSG, "the control file is too long");
	buf = malloc(TEXT_MAX + 1);
	if (!buf)
		return -ENOMEM;
	while (n <= TEXT_MAX) {
		la_ssize_t got = libarchive.read_data(archive, buf + n, TEXT_MAX + 1 - n);

		if (got < 0) {
			free(buf);
			return fail_archive(archive, why);
		}
		if (!got)
			break;
		n += (size_t)got;
	}
	if (n > TEXT_MAX) {
		free(buf);
		return package_fail(why, -EBADMSG, "the control file is too long");
	}
	/* Unpacked one over the other, the last would stay. */
	free(*text);
	*text = buf;
	*len = n;
	return 0;
}

static int unpack(const void *bytes, size_t size, char **text, size_t *len,
		  char why[PACKAGE_WHY_MAX])
{
	struct archive_entry *entry;
	char missing[LIBRARY_WHY_MAX];
	struct archive *archive;
	int entries = 0;
	int code;
	int err;

	err = library_archive(missing, sizeof(missing));
	if (err)
		return package_fail(why, -EOPNOTSUPP, "the control data cannot be unpacked: %s",
				    missing);
	archive = libarchive.read_new();
	if (!archive)
		return -ENOMEM;
	libarchive.read_support_format_tar(archive);
	libarchive.read_support_filter_gzip(archive);
	libarchive.read_support_filter_xz(archive);
	libarchive.read_support_filter_zstd(archive);
	if (libarchive.read_open_memory(archive, (void *)bytes, size) != ARCHIVE_OK)
		err = fail_archive(archive, why);
	while (!err) {
		code = libarchive.read_next_header(archive, &entry);
		if (code == ARCHIVE_EOF)
			break;
		if (code < ARCHIVE_WARN)
			err = fail_archive(archive, why);
		else if (++entries > ENTRIES_MAX ||
			 libarchive.filter_bytes(archive, 0) > UNPACKED_MAX)
			err = package_fail(why, -EBADMSG, "the control data is too much");
		else if (is_control(libarchive.entry_pathname(entry)))
			err = read_entry(archive, entry, text, len, why);
	}
	libarchive.read_free(archive);
	if (!err && !*text)
		err = package_fail(why, -EBADMSG, "there is no control file");
	return err;
}

static int parse(char *text, size_t len, struct package *package, char why[PACKAGE_WHY_MAX])
{
	struct control_reader reader;
	struct control control;
	int ret;

	/* There is room behind it. */
	if (len && text[len - 1] != '\n')
		text[len++] = '\n';
	control_begin(&reader, text, len, true);
	ret = control_next(&reader, &control);
	if (ret == 1)
		return package_deb_from_control(&control, package, why);
	return package_fail(why, -EBADMSG, "the control file: %s",
			    ret ? reader.why : "it is empty");
}

int package_file_deb(int fd, struct package *package, char why[PACKAGE_WHY_MAX])
{
	struct member member = { 0 };
	void *bytes;
	char *text = NULL;
	size_t len = 0;
	int err = find_control(fd, &member, why);

	if (err)
		return err;
	if (member.size > CONTROL_MAX)
		return package_fail(why, -EBADMSG, "the control data is too long");
	bytes = malloc(member.size ? member.size : 1);
	if (!bytes)
		return -ENOMEM;
	err = package_file_read(fd, member.offset, bytes, member.size, why);
	if (!err)
		err = unpack(bytes, member.size, &text, &len, why);
	free(bytes);
	if (!err)
		err = parse(text, len, package, why);
	free(text);
	return err;
}
