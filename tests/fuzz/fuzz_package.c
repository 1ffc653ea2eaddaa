// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What packages say of themselves: Debian's control data, RPM's headers, package files. The first
 * byte says which.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "packages/control.h"
#include "packages/package_internal.h"
#include "packages/package_rpm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds)
{
	if (!holds)
		abort();
}

static void check_package(struct package *package)
{
	require(package->name && *package->name && package->id && *package->id);
	require(strlen(package->name) <= PACKAGE_FIELD_MAX);
	package_clear(package);
}

static void try_control(const uint8_t *data, size_t size, bool comments)
{
	struct control_reader reader;
	struct control control;
	char why[PACKAGE_WHY_MAX] = "";
	size_t i;
	int ret;

	control_begin(&reader, (const char *)data, size, comments);
	while ((ret = control_next(&reader, &control)) == 1) {
		struct package package;

		require(control.fields > 0);
		for (i = 0; i < CONTROL_FIELD_COUNT; i++)
			if (control.of[i].text)
				require(control.of[i].text >= (const char *)data &&
					control.of[i].text + control.of[i].len <=
						(const char *)data + size);
		if (package_deb_from_control(&control, &package, why))
			require(*why);
		else
			check_package(&package);
	}
	require(!ret || reader.why);
}

static int on_file(void *context, const char *path, uint64_t size, bool installed)
{
	(void)context;
	(void)size;
	(void)installed;
	require(*path == '/' && strlen(path) < 4096);
	return 0;
}

static void try_header(const uint8_t *data, size_t size)
{
	struct rpm_header header;
	struct package package;

	if (rpm_header_parse(data, size, &header))
		return;
	if (!package_rpm_from_header(&header, &package))
		check_package(&package);
	rpm_header_files(&header, on_file, NULL);
}

static void try_file(const char *magic, size_t len, const uint8_t *data, size_t size)
{
	int fd = memfd_create("package", MFD_CLOEXEC);
	char why[PACKAGE_WHY_MAX];
	struct package package;
	int ret;

	require(fd >= 0);
	require(write(fd, magic, len) == (ssize_t)len && write(fd, data, size) == (ssize_t)size);
	ret = package_of_file(fd, &package, why);
	if (!ret)
		check_package(&package);
	else
		require(ret == -ENODATA || *why);
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char deb[] =
		"!<arch>\ndebian-binary   0           0     0     100644  4         `\n2.0\n";
	uint8_t *exact;

	if (!size)
		return 0;
	/* Its own memory, so that a byte too many is seen. */
	exact = malloc(size - 1 ? size - 1 : 1);
	require(exact != NULL);
	memcpy(exact, data + 1, size - 1);
	switch (*data % 5) {
	case 0:
		try_control(exact, size - 1, false);
		break;
	case 1:
		try_control(exact, size - 1, true);
		break;
	case 2:
		try_header(exact, size - 1);
		break;
	case 3:
		try_file(deb, sizeof(deb) - 1, exact, size - 1);
		break;
	default:
		try_file("", 0, exact, size - 1);
	}
	free(exact);
	return 0;
}
