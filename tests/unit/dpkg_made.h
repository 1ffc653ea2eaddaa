/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dpkg databases of tests, in the directory of tempdir.h, which is the root. */
#ifndef INTERDICT_TEST_DPKG_MADE_H
#define INTERDICT_TEST_DPKG_MADE_H

#include <stdarg.h>

#include "tempdir.h"

#define DPKG	"var/lib/dpkg/"
#define UPDATES DPKG "updates/"

/* A stanza as dpkg writes it, without the empty line behind it. */
#define STANZA(name, version, more)                                                  \
	"Package: " name "\nStatus: install ok installed\nMaintainer: M <m@e.org>\n" \
	"Architecture: amd64\nVersion: " version "\n" more

static inline void dpkg_status(const char *text)
{
	tempdir_write(DPKG "status", text);
}

/* A file of @len bytes, which may have NUL in them. */
static inline void dpkg_bytes(const char *path, const void *bytes, size_t len)
{
	FILE *f;

	tempdir_write(path, "");
	f = fopen(tempdir_path(path), "w");
	if (!f || fwrite(bytes, 1, len, f) != len || fclose(f))
		abort();
}

static inline void dpkg_wipe(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s/*", tempdir);
	if (system(command))
		abort();
}

#endif
