// SPDX-License-Identifier: GPL-2.0-or-later
#include "package_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "package_internal.h"
#include "package_rpm.h"

#define RPM_LEAD	96U
#define RPM_MAGIC_LEN	8U /* of a header in a file; what follows is as in the database */
#define RPM_HEADER_SIZE (RPM_MAGIC_LEN + RPM_HEADER_INTRO)
/* What GLib's key files of that sort have: some keys, and a picture's address. */
#define FLATPAKREF_MAX (1U << 20)

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

/* ---- flatpakref ---- */

/* The value of a key, in a line "Key=value" (Desktop Entry Specification, "Basic format"). */
static char *key_value(const char *text, const char *key, bool *ok)
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

int package_file_flatpakref(int fd, struct package *ret, char why[PACKAGE_WHY_MAX])
{
	struct package package = { .type = PACKAGE_FLATPAK };
	char *text = calloc(1, FLATPAKREF_MAX + 1);
	ssize_t n = text ? pread(fd, text, FLATPAKREF_MAX, 0) : 0;
	bool ok = text != NULL;
	char *branch = NULL;

	if (n < 0) {
		free(text);
		return -errno;
	}
	if (ok) {
		package.name = key_value(text, "Name", &ok);
		package.origin = key_value(text, "SuggestRemoteName", &ok);
		branch = key_value(text, "Branch", &ok);
	}
	if (ok && package.name && *package.name)
		ok = asprintf(&package.id, "app/%s//%s", package.name, branch ? branch : "") >= 0;
	free(branch);
	free(text);
	if (ok && package.id) {
		*ret = package;
		return 0;
	}
	package_clear(&package);
	return ok ? package_fail(why, -EBADMSG, "it names no application") : -ENOMEM;
}

/* ---- any ---- */

static const struct {
	const char *magic;
	size_t len;
	int (*read)(int fd, struct package *package, char why[PACKAGE_WHY_MAX]);
	const char *why; /* where it cannot be read */
} kinds[] = {
	{ "!<arch>\ndebian-binary", 21, package_file_deb, NULL },
	{ "0.93", 4, NULL, "a Debian package of the format before 1995" },
	{ "\355\253\356\333", 4, package_file_rpm, NULL },
	{ "[Flatpak Ref]", 13, package_file_flatpakref, NULL },
	{ "flatpak\0\1\0\211\345", 12, NULL, "a Flatpak bundle, whose metadata is not read" },
	{ "hsqs", 4, NULL, "a squashfs image, as snaps are: what is in it is not read" },
};

int package_of_file(int fd, struct package *package, char why[PACKAGE_WHY_MAX])
{
	uint8_t head[32];
	ssize_t n = pread(fd, head, sizeof(head), 0);
	size_t i;

	why[0] = '\0';
	if (n < 0)
		return -errno;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if ((size_t)n < kinds[i].len || memcmp(head, kinds[i].magic, kinds[i].len) != 0)
			continue;
		if (kinds[i].read)
			return kinds[i].read(fd, package, why);
		return package_fail(why, -EOPNOTSUPP, "%s", kinds[i].why);
	}
	/* AppImage: "AI" in the ELF identification (AppImage specification, "Type 2"). */
	if (n >= 11 && !memcmp(head, "\177ELF", 4) && !memcmp(head + 8, "AI", 2))
		return package_fail(why, -EOPNOTSUPP,
				    "an AppImage, whose .desktop file is in a file system image");
	return -ENODATA;
}
