// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What installs Flatpak's applications: a .flatpakref, which says where one comes from (flatpak-
 * flatpakref(5)), and a bundle, which has all of it (flatpak build-bundle).
 *
 * A bundle is an OSTree static delta, whose first part is its metadata, a GVariant of type a{sv}
 * (GVariant specification, "Serialisation format"); there "ref" is KIND/ID/ARCH/BRANCH.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "package_file.h"
#include "package_internal.h"

/* What GLib's key files of that sort have: some keys, and a picture's address. */
#define FLATPAKREF_MAX (1U << 20)
/* Of a bundle's: it has the application's icons, and what software centres show. */
#define METADATA_MAX (16U << 20)

/* ---- flatpakref ---- */

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
		package.name = package_file_key(text, "Name", &ok);
		package.origin = package_file_key(text, "SuggestRemoteName", &ok);
		branch = package_file_key(text, "Branch", &ok);
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

/* ---- bundles ---- */

struct part {
	const uint8_t *at;
	size_t len;
};

/* How many bytes an offset takes in a container of @len bytes. */
static size_t offset_size(uint64_t len)
{
	return len <= 0xff ? 1 : len <= 0xffff ? 2 : len <= 0xffffffff ? 4 : 8;
}

static uint64_t offset_at(const uint8_t *at, size_t size)
{
	uint64_t n = 0;

	while (size--)
		n = n << 8 | at[size];
	return n;
}

/* The value of an entry {sv}, if its key is @key and it is a string, without its NUL. */
static bool entry_string(const struct part *entry, const char *key, struct part *value)
{
	const size_t size = offset_size(entry->len), len = strlen(key) + 1;
	uint64_t end, begin;

	if (entry->len < size)
		return false;
	end = offset_at(entry->at + entry->len - size, size);
	if (end != len || end > entry->len - size || memcmp(entry->at, key, len) != 0)
		return false;
	begin = (end + 7) / 8 * 8;
	/* A variant: the value, a NUL, the type. */
	if (begin > entry->len - size || entry->len - size - begin < 3 ||
	    memcmp(entry->at + entry->len - size - 3, "\0\0s", 3) != 0)
		return false;
	*value = (struct part){ entry->at + begin, entry->len - size - begin - 3 };
	return true;
}

/* The value of @key in an a{sv}. */
static bool find_string(const struct part *array, const char *key, struct part *value)
{
	const size_t size = offset_size(array->len);
	uint64_t table, begin = 0;

	if (array->len < size)
		return false;
	/* The last offset is the last element's end, where the offsets begin. */
	table = offset_at(array->at + array->len - size, size);
	if (table > array->len - size)
		return false;
	for (uint64_t at = table; at + size <= array->len; at += size) {
		uint64_t end = offset_at(array->at + at, size);

		if (end < begin || end > table)
			return false;
		if (entry_string(&(struct part){ array->at + begin, end - begin }, key, value))
			return true;
		begin = (end + 7) / 8 * 8;
	}
	return false;
}

static int from_ref(const struct part *ref, struct package *ret, char why[PACKAGE_WHY_MAX])
{
	struct package package = { .type = PACKAGE_FLATPAK };
	char *parts[4], *rest;
	size_t n = 0;

	package.id = package_field((const char *)ref->at, ref->len);
	rest = package.id ? strdup(package.id) : NULL;
	if (!rest) {
		package_clear(&package);
		return -ENOMEM;
	}
	for (char *at = rest; at && n < 4; n++)
		parts[n] = strsep(&at, "/");
	if (n == 4 && *parts[1] && (!strcmp(parts[0], "app") || !strcmp(parts[0], "runtime"))) {
		package.name = strdup(parts[1]);
		package.arch = strdup(parts[2]);
	}
	n = n == 4 && package.name && package.arch;
	free(rest);
	if (n) {
		*ret = package;
		return 0;
	}
	package_clear(&package);
	return package_fail(why, -EBADMSG, "the bundle names no application");
}

/* The first part's end is the last offset of all: a tuple has them in reverse. */
static int read_metadata(int fd, uint8_t **bytes, size_t *len, char why[PACKAGE_WHY_MAX])
{
	uint8_t offset[8];
	struct stat st;
	size_t size;
	uint64_t end;
	int err;

	if (fstat(fd, &st))
		return -errno;
	size = offset_size((uint64_t)st.st_size);
	err = package_file_read(fd, (uint64_t)st.st_size - size, offset, size, why);
	if (err)
		return err;
	end = offset_at(offset, size);
	if (end > METADATA_MAX || end > (uint64_t)st.st_size - size)
		return package_fail(why, -EBADMSG, "the bundle is broken or cut off");
	*bytes = malloc(end ? end : 1);
	if (!*bytes)
		return -ENOMEM;
	*len = end;
	err = package_file_read(fd, 0, *bytes, end, why);
	if (err)
		free(*bytes);
	return err;
}

int package_file_flatpak_bundle(int fd, struct package *package, char why[PACKAGE_WHY_MAX])
{
	struct part metadata = { 0 }, ref;
	uint8_t *bytes = NULL;
	int err = read_metadata(fd, &bytes, &metadata.len, why);

	if (err)
		return err;
	metadata.at = bytes;
	if (find_string(&metadata, "ref", &ref))
		err = from_ref(&ref, package, why);
	else
		err = package_fail(why, -EBADMSG, "the bundle names no application");
	free(bytes);
	return err;
}
