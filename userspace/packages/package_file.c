// SPDX-License-Identifier: GPL-2.0-or-later
#include "package_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "package_internal.h"
#include "package_rpm.h"
#include "squashfs.h"

#define RPM_LEAD	96U
#define RPM_MAGIC_LEN	8U /* of a header in a file; what follows is as in the database */
#define RPM_HEADER_SIZE (RPM_MAGIC_LEN + RPM_HEADER_INTRO)

int package_file_read(int fd, uint64_t offset, void *buf, size_t len, char why[PACKAGE_WHY_MAX])
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = pread(fd, (char *)buf + done, len - done, (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			return package_fail(why, -EBADMSG, "the package is cut off");
		done += (size_t)n;
	}
	return 0;
}

/* ---- rpm ---- */

/* "RPM V4 package format": the lead, the signature's header, padded to 8 bytes, the header. */
static int rpm_header_at(int fd, uint64_t offset, size_t *size, char why[PACKAGE_WHY_MAX])
{
	static const uint8_t magic[4] = { 0x8e, 0xad, 0xe8, 0x01 };
	uint8_t intro[RPM_HEADER_SIZE];
	int err = package_file_read(fd, offset, intro, sizeof(intro), why);

	if (err)
		return err;
	*size = rpm_header_size(intro + RPM_MAGIC_LEN);
	if (memcmp(intro, magic, sizeof(magic)) != 0 || !*size)
		return package_fail(why, -EBADMSG, "there is no header where one should be");
	return 0;
}

int package_file_rpm(int fd, struct package *package, char why[PACKAGE_WHY_MAX])
{
	uint64_t offset = RPM_LEAD;
	struct rpm_header header;
	uint8_t *bytes;
	size_t size;
	int err;

	err = rpm_header_at(fd, offset, &size, why);
	if (err)
		return err;
	offset += RPM_MAGIC_LEN + (size + 7) / 8 * 8;
	err = rpm_header_at(fd, offset, &size, why);
	if (err)
		return err;
	bytes = malloc(size);
	if (!bytes)
		return -ENOMEM;
	err = package_file_read(fd, offset + RPM_MAGIC_LEN, bytes, size, why);
	if (!err) {
		err = rpm_header_parse(bytes, size, &header);
		if (!err)
			err = package_rpm_from_header(&header, package);
		if (err == -EBADMSG)
			package_fail(why, err, "the header is broken");
	}
	free(bytes);
	return err;
}

/* ---- text ---- */

char *package_file_key(const char *text, const char *key, bool *ok)
{
	size_t len = strlen(key);

	for (; *text; text += strcspn(text, "\n") + (text[strcspn(text, "\n")] == '\n')) {
		size_t line = strcspn(text, "\n");
		char *value;

		if (line <= len || strncmp(text, key, len) != 0 || text[len] != '=')
			continue;
		while (line > len + 1 && (text[line - 1] == ' ' || text[line - 1] == '\r'))
			line--;
		value = package_field(text + len + 1, line - len - 1);
		*ok &= value != NULL;
		return value;
	}
	return NULL;
}

/* ---- any ---- */

static const struct kind {
	enum package_type type;
	size_t at; /* of the magic bytes */
	size_t len;
	const char *magic;
	int (*read)(int fd, struct package *package, char why[PACKAGE_WHY_MAX]);
	const char *why; /* where it cannot be read */
} kinds[] = {
	{ PACKAGE_DEB, 0, 21, "!<arch>\ndebian-binary", package_file_deb, NULL },
	{ PACKAGE_DEB, 0, 4, "0.93", NULL, "a Debian package of the format before 1995" },
	{ PACKAGE_RPM, 0, 4, "\355\253\356\333", package_file_rpm, NULL },
	{ PACKAGE_FLATPAK, 0, 13, "[Flatpak Ref]", package_file_flatpakref, NULL },
	{ PACKAGE_FLATPAK, 0, 12, "flatpak\0\1\0\211\345", package_file_flatpak_bundle, NULL },
	{ PACKAGE_SNAP, 0, 4, SQUASHFS_MAGIC, package_file_snap, NULL },
	/* "AI" and the type in the ELF identification (AppImage specification, "Image format"). */
	{ PACKAGE_APPIMAGE, 8, 3, "AI\2", package_file_appimage, NULL },
	{ PACKAGE_APPIMAGE, 8, 3, "AI\1", NULL,
	  "an AppImage of type 1, which is an ISO 9660 image that is not read" },
};

static const struct kind *kind_of(const uint8_t *head, size_t len)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct kind *kind = &kinds[i];

		if (len >= kind->at + kind->len &&
		    !memcmp(head + kind->at, kind->magic, kind->len) &&
		    (!kind->at || !memcmp(head, "\177ELF", 4)))
			return kind;
	}
	return NULL;
}

enum package_type package_file_type(const uint8_t *head, size_t len)
{
	const struct kind *kind = kind_of(head, len);

	return kind ? kind->type : PACKAGE_TYPE_COUNT;
}

int package_of_file(int fd, struct package *package, char why[PACKAGE_WHY_MAX])
{
	uint8_t head[PACKAGE_FILE_HEAD];
	ssize_t n = pread(fd, head, sizeof(head), 0);
	const struct kind *kind;

	why[0] = '\0';
	if (n < 0)
		return -errno;
	kind = kind_of(head, (size_t)n);
	if (!kind)
		return -ENODATA;
	if (kind->read)
		return kind->read(fd, package, why);
	return package_fail(why, -EOPNOTSUPP, "%s", kind->why);
}
