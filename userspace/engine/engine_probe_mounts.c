// SPDX-License-Identifier: GPL-2.0-or-later
/* The file systems that are mounted, by what of their files is judged. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine_probe.h"
#include "escape.h"
#include "scan/scan_filesystem.h"
#include "scan/scan_mounts.h"

/* Types that are told of one by one. */
#define TYPES_MAX 16

/* As kmod/filesystems.c has them. */
static const char *const covered[] = { "ext4",	"ext3",	 "ext2",    "xfs",	"btrfs",
				       "f2fs",	"vfat",	 "iso9660", "squashfs", "erofs",
				       "tmpfs", "ramfs", "rootfs",  "overlay" };

struct type {
	const char *name; /* of the first of them */
	const char *path;
	size_t n;
	bool is_covered;
};

/* Whether all operations are judged of its files. An overlay's lie on others, which are looked at
 * for themselves where they are mounted. */
static bool is_covered(const struct scan_mount *mount)
{
	/* "dax" and "dax=always": no page cache (inode(5) of a single file may ask for it, too). */
	const char *dax = strstr(mount->options, "dax");

	if (dax && strncmp(dax, "dax=never", 9) != 0 && strncmp(dax, "dax=inode", 9) != 0)
		return false;
	/* An image that is a file of another file system. */
	if (!strcmp(mount->type, "erofs") && strncmp(mount->source, "/dev/", 5) != 0)
		return false;
	for (size_t i = 0; i < sizeof(covered) / sizeof(covered[0]); i++)
		if (!strcmp(mount->type, covered[i]))
			return true;
	return false;
}

/* Nothing of these can be a program of anybody's. */
static bool is_looked_at(const struct scan_mount *mount)
{
	return scan_filesystem_named(mount->type) != SCAN_PSEUDO &&
	       strcmp(mount->type, "devtmpfs") != 0;
}

static size_t add_type(struct type types[TYPES_MAX], size_t n, const struct scan_mount *mount)
{
	bool all = is_covered(mount);

	for (size_t i = 0; i < n; i++)
		if (!strcmp(types[i].name, mount->type) && types[i].is_covered == all) {
			types[i].n++;
			return n;
		}
	if (n < TYPES_MAX)
		types[n++] = (struct type){ mount->type, mount->path, 1, all };
	return n;
}

static void tell_uncovered(struct probe *probe, const struct type *type)
{
	char name[sizeof(probe->facts->v[0].name)], others[32] = "";
	char *path = escape_name(type->path, strlen(type->path), ESCAPE_TERMINAL);
	struct engine_fact *fact;

	snprintf(name, sizeof(name), "file-system:%.*s", (int)(sizeof(name) - 13), type->name);
	if (type->n > 1)
		snprintf(others, sizeof(others), " and %zu more", type->n - 1);
	fact = probe_add(probe, name, ENGINE_ADVISED, ENGINE_NO);
	probe_say(fact->text, "%.100s%s: exec and map are judged, each time anew; open is not",
		  path ? path : "", others);
	probe_say(fact->remedy,
		  "mount it noexec, or refuse what is run from it: untrusted-fs: deny in "
		  "the policy");
	free(path);
}

void probe_mounts(struct probe *probe)
{
	struct type types[TYPES_MAX];
	struct scan_mounts mounts;
	struct engine_fact *fact;
	char path[512], text[256] = "";
	size_t n = 0, used = 0;
	int err = scan_mounts_read(probe_path(probe, path, "/proc/self/mountinfo"), &mounts);

	if (err) {
		fact = probe_add(probe, "file-systems", ENGINE_ADVISED, ENGINE_UNKNOWN);
		probe_say(fact->text, "/proc/self/mountinfo cannot be read: %s", strerror(-err));
		probe_say(fact->remedy, "mount proc on /proc");
		return;
	}
	for (size_t i = 0; i < mounts.n; i++)
		if (is_looked_at(&mounts.v[i]))
			n = add_type(types, n, &mounts.v[i]);
	fact = probe_add(probe, "file-systems", ENGINE_ADVISED, ENGINE_YES);
	for (size_t i = 0; i < n; i++) {
		if (!types[i].is_covered)
			tell_uncovered(probe, &types[i]);
		else if (used < sizeof(text))
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s (%zu)",
						 used ? ", " : "", types[i].name, types[i].n);
	}
	probe_say(fact->text, "%.200s: exec, map, open and load are judged", used ? text : "none");
	scan_mounts_free(&mounts);
}
