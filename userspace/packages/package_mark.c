// SPDX-License-Identifier: GPL-2.0-or-later
/* Whether a database has changed. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "package_internal.h"
#include "package_resolve.h"

static const char *const files[] = {
	"/var/lib/dpkg/status",
	"/var/lib/dpkg/updates",
	"/var/lib/dpkg/diversions",
	"/usr/lib/sysimage/rpm/rpmdb.sqlite",
	"/usr/lib/sysimage/rpm/rpmdb.sqlite-wal",
	"/usr/lib/sysimage/rpm/Packages.db",
	"/var/lib/rpm/rpmdb.sqlite",
	"/var/lib/rpm/rpmdb.sqlite-wal",
	"/var/lib/rpm/Packages.db",
	"/var/lib/flatpak/.changed",
	"/var/lib/snapd/state.json",
	"/var/lib/snapd/snaps",
};

static uint64_t mix(uint64_t mark, uint64_t value)
{
	return (mark ^ value) * 0x100000001b3ULL + 0x9e3779b97f4a7c15ULL;
}

static uint64_t mix_stat(uint64_t mark, const struct stat *st)
{
	mark = mix(mark, st->st_dev);
	mark = mix(mark, st->st_ino);
	mark = mix(mark, (uint64_t)st->st_size);
	mark = mix(mark, (uint64_t)st->st_mtim.tv_sec * 1000000000 + (uint64_t)st->st_mtim.tv_nsec);
	return mix(mark, (uint64_t)st->st_ctim.tv_sec * 1000000000 + (uint64_t)st->st_ctim.tv_nsec);
}

uint64_t package_databases_mark(const char *root)
{
	uint64_t mark = 0;
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		int fd = package_open_below(root, files[i], O_PATH);
		struct stat st;

		mark = mix(mark, i);
		if (fd < 0)
			continue;
		if (!fstat(fd, &st))
			mark = mix_stat(mark, &st);
		close(fd);
	}
	return mark;
}
