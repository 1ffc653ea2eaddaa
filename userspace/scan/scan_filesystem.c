// SPDX-License-Identifier: GPL-2.0-or-later
#include "scan_filesystem.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static const char *const names[] = {
	[SCAN_LOCAL] = "local", [SCAN_OVERLAY] = "overlay", [SCAN_NETWORK] = "network",
	[SCAN_FUSE] = "fuse",	[SCAN_PSEUDO] = "pseudo",
};
static_assert(sizeof(names) / sizeof(names[0]) == SCAN_FILESYSTEM_COUNT, "a name each");

const char *scan_filesystem_name(enum scan_filesystem type)
{
	return names[type];
}

/* The numbers from linux/magic.h, and where they are not there, from the file system's own source.
 */
static const struct {
	const char *name;
	uint64_t magic; /* 0: one that others have, too */
	enum scan_filesystem type;
} types[] = {
	{ "overlay", OVERLAYFS_SUPER_MAGIC, SCAN_OVERLAY },
	{ "fuse", FUSE_SUPER_MAGIC, SCAN_FUSE },
	{ "fuseblk", 0, SCAN_FUSE },
	{ "virtiofs", 0, SCAN_NETWORK }, /* the number is FUSE's */
	{ "nfs", NFS_SUPER_MAGIC, SCAN_NETWORK },
	{ "nfs4", NFS_SUPER_MAGIC, SCAN_NETWORK },
	{ "smb3", SMB2_SUPER_MAGIC, SCAN_NETWORK },
	{ "cifs", CIFS_SUPER_MAGIC, SCAN_NETWORK },
	{ "smbfs", SMB_SUPER_MAGIC, SCAN_NETWORK },
	{ "9p", V9FS_MAGIC, SCAN_NETWORK },
	{ "ceph", CEPH_SUPER_MAGIC, SCAN_NETWORK },
	{ "afs", AFS_FS_MAGIC, SCAN_NETWORK },
	{ "openafs", AFS_SUPER_MAGIC, SCAN_NETWORK },
	{ "coda", CODA_SUPER_MAGIC, SCAN_NETWORK },
	{ "lustre", 0x0bd00bd0, SCAN_NETWORK }, /* lustre_user.h */
	{ "gpfs", 0x47504653, SCAN_NETWORK },	/* "GPFS" */
	{ "beegfs", 0x19830326, SCAN_NETWORK }, /* OsTypeConversion.h */
	{ "pvfs2", 0x20030528, SCAN_NETWORK },	/* fs/orangefs/orangefs-utils.c */
	{ "vboxsf", 0x786f4256, SCAN_NETWORK }, /* fs/vboxsf/super.c */
	{ "proc", PROC_SUPER_MAGIC, SCAN_PSEUDO },
	{ "sysfs", SYSFS_MAGIC, SCAN_PSEUDO },
	{ "cgroup", CGROUP_SUPER_MAGIC, SCAN_PSEUDO },
	{ "cgroup2", CGROUP2_SUPER_MAGIC, SCAN_PSEUDO },
	{ "cpuset", 0, SCAN_PSEUDO },
	{ "devpts", DEVPTS_SUPER_MAGIC, SCAN_PSEUDO },
	{ "debugfs", DEBUGFS_MAGIC, SCAN_PSEUDO },
	{ "tracefs", TRACEFS_MAGIC, SCAN_PSEUDO },
	{ "securityfs", SECURITYFS_MAGIC, SCAN_PSEUDO },
	{ "selinuxfs", SELINUX_MAGIC, SCAN_PSEUDO },
	{ "smackfs", SMACK_MAGIC, SCAN_PSEUDO },
	{ "apparmorfs", AAFS_MAGIC, SCAN_PSEUDO },
	{ "bpf", BPF_FS_MAGIC, SCAN_PSEUDO },
	{ "binfmt_misc", BINFMTFS_MAGIC, SCAN_PSEUDO },
	{ "binder", BINDERFS_SUPER_MAGIC, SCAN_PSEUDO },
	{ "pstore", PSTOREFS_MAGIC, SCAN_PSEUDO },
	{ "efivarfs", EFIVARFS_MAGIC, SCAN_PSEUDO },
	{ "nsfs", NSFS_MAGIC, SCAN_PSEUDO },
	{ "autofs", AUTOFS_SUPER_MAGIC, SCAN_PSEUDO },
	{ "hugetlbfs", HUGETLBFS_MAGIC, SCAN_PSEUDO },
	{ "resctrl", RDTGROUP_SUPER_MAGIC, SCAN_PSEUDO },
	{ "xenfs", XENFS_SUPER_MAGIC, SCAN_PSEUDO },
	{ "openpromfs", OPENPROM_SUPER_MAGIC, SCAN_PSEUDO },
	{ "mqueue", 0x19800202, SCAN_PSEUDO },	   /* ipc/mqueue.c */
	{ "configfs", 0x62656570, SCAN_PSEUDO },   /* fs/configfs/mount.c */
	{ "fusectl", 0x65735543, SCAN_PSEUDO },	   /* fs/fuse/control.c */
	{ "rpc_pipefs", 0x67596969, SCAN_PSEUDO }, /* net/sunrpc/rpc_pipe.c */
	{ "nfsd", 0x6e667364, SCAN_PSEUDO },	   /* fs/nfsd/nfsctl.c */
};

enum scan_filesystem scan_filesystem_type(uint64_t magic)
{
	/* f_type is signed on some machines, and has 64 bits on others. */
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i].magic && types[i].magic == (uint32_t)magic)
			return types[i].type;
	return SCAN_LOCAL;
}

enum scan_filesystem scan_filesystem_named(const char *name)
{
	/* "fuse.sshfs": which program answers. */
	if (!strncmp(name, "fuse.", 5))
		return SCAN_FUSE;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(types[i].name, name))
			return types[i].type;
	return SCAN_LOCAL;
}

/* ---- disks ---- */

/* Device mapper upon md upon device mapper: more than anybody stacks. */
#define LEVELS_MAX 8

/* The first line of @dir/@name; "" where there is none. */
static void read_line(int dir, const char *name, char *line, size_t size)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, line, size - 1);

	line[n > 0 ? n : 0] = '\0';
	line[strcspn(line, "\n")] = '\0';
	if (fd >= 0)
		close(fd);
}

static bool is_fixed_at(const char *sys, const char *device, unsigned int level);

/* @dir: "slaves" of a device, the devices that it lies on. */
static bool slaves_are_fixed(const char *sys, int dir, unsigned int level)
{
	DIR *slaves = dir < 0 ? NULL : fdopendir(dir);
	const struct dirent *entry;
	char number[32], device[64];
	bool fixed = true, any = false;

	if (!slaves)
		return false;
	while (fixed && (entry = readdir(slaves))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(device, sizeof(device), "%.40s/dev", entry->d_name);
		read_line(dirfd(slaves), device, number, sizeof(number));
		fixed = is_fixed_at(sys, number, level);
		any = true;
	}
	closedir(slaves);
	return fixed && any;
}

/* A built-in disk, or a partition of one, by where it is in sysfs. */
static bool is_built_in(int dir, const char *real)
{
	char removable[8], type[8];
	int disk = dup(dir);

	if (faccessat(dir, "partition", F_OK, 0) == 0) {
		close(disk);
		disk = openat(dir, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
	}
	if (disk < 0)
		return false;
	read_line(disk, "removable", removable, sizeof(removable));
	read_line(disk, "device/type", type, sizeof(type));
	close(disk);
	/* Of iSCSI and Fibre Channel the disk is elsewhere; an SD card can be taken out. */
	return !strcmp(removable, "0") && strcmp(type, "SD") != 0 && !strstr(real, "/usb") &&
	       !strstr(real, "/session") && !strstr(real, "/rport-");
}

/* @device: "MAJOR:MINOR". */
static bool is_fixed_at(const char *sys, const char *device, unsigned int level)
{
	char path[PATH_MAX], *real, *virtual;
	bool fixed = false;
	int dir;

	if (!*device || level == LEVELS_MAX)
		return false;
	snprintf(path, sizeof(path), "%s/dev/block/%s", sys, device);
	real = realpath(path, NULL);
	dir = real ? open(real, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	if (dir >= 0) {
		virtual = strstr(real, "/virtual/block/");
		if (!virtual)
			fixed = is_built_in(dir, real);
		else if (!strncmp(virtual + strlen("/virtual/block/"), "dm-", 3) ||
			 !strncmp(virtual + strlen("/virtual/block/"), "md", 2))
			fixed = slaves_are_fixed(
				sys, openat(dir, "slaves", O_RDONLY | O_DIRECTORY | O_CLOEXEC),
				level + 1);
		close(dir);
	}
	free(real);
	return fixed;
}

bool scan_device_is_fixed(const char *sys, uint32_t dev_major, uint32_t dev_minor)
{
	char device[32];

	snprintf(device, sizeof(device), "%u:%u", dev_major, dev_minor);
	return is_fixed_at(sys, device, 0);
}

/* ---- places ---- */

static bool is_kept(const struct statfs *fs, const struct stat *st, const char *source)
{
	struct stat disk;

	switch ((uint32_t)fs->f_type) {
	case EXT4_SUPER_MAGIC:
	case 0x58465342: /* xfs, fs/xfs/libxfs/xfs_format.h */
		return scan_device_is_fixed("/sys", major(st->st_dev), minor(st->st_dev));
	case BTRFS_SUPER_MAGIC:
		return source && !stat(source, &disk) && S_ISBLK(disk.st_mode) &&
		       scan_device_is_fixed("/sys", major(disk.st_rdev), minor(disk.st_rdev));
	default:
		return false;
	}
}

int scan_place_of(int fd, const char *source, struct scan_place *place)
{
	struct statfs fs;
	struct stat st;

	if (fstat(fd, &st) || fstatfs(fd, &fs))
		return -errno;
	*place = (struct scan_place){
		.dev_major = major(st.st_dev),
		.dev_minor = minor(st.st_dev),
		.kept = is_kept(&fs, &st, source),
	};
	static_assert(sizeof(fs.f_fsid) == sizeof(place->fsid), "64 bits, says statfs(2)");
	memcpy(&place->fsid, &fs.f_fsid, sizeof(place->fsid));
	return 0;
}
