// SPDX-License-Identifier: GPL-2.0-or-later
/* Where a scan begins: mountinfo, file systems and disks, and, as root, mounts of our own. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "scanning.h"
#include "scan/scan_mounts.h"

/* ---- mountinfo ---- */

static void test_mountinfo(void **state)
{
	struct scan_mounts mounts;

	(void)state;
	/* As proc(5) has it, and with what is escaped there. */
	tempdir_write("good", "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,x=y\n"
			      "37 36 0:5 / /a\\040b\\134\\011c rw - tmpfs none rw,size=1k\n"
			      "38 36 0:6 / /d rw shared:1 master:2 propagate_from:3 - overlay o "
			      "rw,lowerdir=/l:/m,upperdir=/u\n");
	assert_int_equal(scan_mounts_read(tempdir_path("good"), &mounts), 0);
	assert_int_equal(mounts.n, 3);
	assert_int_equal(mounts.v[0].id, 36);
	assert_int_equal(mounts.v[0].dev_major, 98);
	assert_string_equal(mounts.v[0].root, "/mnt1");
	assert_string_equal(mounts.v[0].path, "/mnt2");
	assert_string_equal(mounts.v[0].type, "ext3");
	assert_string_equal(mounts.v[0].source, "/dev/root");
	assert_string_equal(mounts.v[1].path, "/a b\\\tc");
	assert_string_equal(mounts.v[2].options, "rw,lowerdir=/l:/m,upperdir=/u");
	assert_ptr_equal(scan_mounts_find(&mounts, 37), &mounts.v[1]);
	assert_null(scan_mounts_find(&mounts, 1));
	scan_mounts_free(&mounts);
}

static void test_mountinfo_wrong(void **state)
{
	static const char *const wrong[] = {
		"\n",
		"36 35 98:0 /mnt1 /mnt2 rw\n",
		"36 35 98 / / rw - ext3 s rw\n",
		"36 35 - ext3 s rw\n",
		" - \n",
	};
	struct scan_mounts mounts;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		tempdir_write("bad", wrong[i]);
		assert_int_equal(scan_mounts_read(tempdir_path("bad"), &mounts), -EBADMSG);
	}
	assert_int_equal(scan_mounts_read(tempdir_path("absent"), &mounts), -ENOENT);
	/* This machine's. */
	assert_int_equal(scan_mounts_read("/proc/self/mountinfo", &mounts), 0);
	assert_true(mounts.n > 0);
	scan_mounts_free(&mounts);
}

static void test_below(void **state)
{
	static const struct {
		const char *path, *above, *below;
	} cases[] = {
		{ "/a/b", "/a", "/b" }, { "/a", "/a", "" },	{ "/ab", "/a", NULL },
		{ "/a", "/", "/a" },	{ "/", "/", "" },	{ "/", "/a", NULL },
		{ "/b/a", "/a", NULL }, { "/a", "/a/b", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *below = scan_path_below(cases[i].path, cases[i].above);

		if (cases[i].below)
			assert_string_equal(below, cases[i].below);
		else
			assert_null(below);
	}
}

/* ---- file systems and disks ---- */

static void test_filesystems(void **state)
{
	static const struct {
		const char *name;
		uint64_t magic;
		enum scan_filesystem type;
	} cases[] = {
		{ "ext4", 0xef53, SCAN_LOCAL },
		{ "btrfs", 0x9123683e, SCAN_LOCAL },
		{ "tmpfs", 0x01021994, SCAN_LOCAL },
		{ "zfs", 0x2fc12fc1, SCAN_LOCAL },
		{ "squashfs", 0x73717368, SCAN_LOCAL },
		{ "nfs4", 0x6969, SCAN_NETWORK },
		{ "cifs", 0xff534d42, SCAN_NETWORK },
		{ "9p", 0x01021997, SCAN_NETWORK },
		{ "fuse.sshfs", 0x65735546, SCAN_FUSE },
		{ "proc", 0x9fa0, SCAN_PSEUDO },
		{ "sysfs", 0x62656572, SCAN_PSEUDO },
		{ "cgroup2", 0x63677270, SCAN_PSEUDO },
		{ "overlay", 0x794c7630, SCAN_OVERLAY },
		/* f_type is signed where it has 32 bits. */
		{ "cifs", 0xffffffffff534d42, SCAN_NETWORK },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(scan_filesystem_named(cases[i].name), cases[i].type);
		assert_int_equal(scan_filesystem_type(cases[i].magic), cases[i].type);
	}
	assert_int_equal(scan_filesystem_named("virtiofs"), SCAN_NETWORK);
}

/* A block device in a sysfs of our own. */
static void device(const char *number, const char *path, const char *removable)
{
	char name[256], target[256];

	snprintf(name, sizeof(name), "sys/devices/%s/dev", path);
	tempdir_write(name, number);
	if (removable) {
		snprintf(name, sizeof(name), "sys/devices/%s/removable", path);
		tempdir_write(name, removable);
	} else {
		snprintf(name, sizeof(name), "sys/devices/%s/partition", path);
		tempdir_write(name, "1\n");
	}
	tempdir_write("sys/dev/block/.keep", "");
	snprintf(name, sizeof(name), "sys/dev/block/%s", number);
	snprintf(target, sizeof(target), "../../devices/%s", path);
	assert_int_equal(symlink(target, tempdir_path(name)), 0);
}

/* @path lies on @slave. */
static void lies_on(const char *path, const char *slave, const char *slave_path)
{
	char name[256], target[256];

	snprintf(name, sizeof(name), "sys/devices/%s/slaves/.keep", path);
	tempdir_write(name, "");
	snprintf(name, sizeof(name), "sys/devices/%s/slaves/%s", path, slave);
	snprintf(target, sizeof(target), "%s/%s", tempdir_path("sys/devices"), slave_path);
	assert_int_equal(symlink(target, tempdir_path(name)), 0);
}

static void test_devices(void **state)
{
	static const struct {
		uint32_t minor;
		bool fixed;
	} cases[] = {
		{ 0, true },  { 1, true },   { 2, false },  { 3, false },  { 4, false },
		{ 5, true },  { 6, false },  { 7, true },   { 8, false },  { 9, false },
		{ 10, true }, { 11, false }, { 12, false }, { 13, false }, { 99, false },
	};

	(void)state;
	device("8:0", "pci0/ata1/block/sda", "0\n");
	device("8:1", "pci0/ata1/block/sda/sda1", NULL);
	device("8:2", "pci0/usb1/block/sdb", "0\n");
	device("8:3", "pci0/ata2/block/sr0", "1\n");
	device("8:4", "virtual/block/loop0", "0\n");
	device("8:5", "virtual/block/dm-0", "0\n");
	lies_on("virtual/block/dm-0", "sda1", "pci0/ata1/block/sda/sda1");
	device("8:6", "virtual/block/dm-1", "0\n");
	lies_on("virtual/block/dm-1", "loop0", "virtual/block/loop0");
	device("8:7", "virtual/block/md127", "0\n");
	lies_on("virtual/block/md127", "sda1", "pci0/ata1/block/sda/sda1");
	lies_on("virtual/block/md127", "dm-0", "virtual/block/dm-0");
	device("8:8", "platform/host2/session1/block/sdc", "0\n");
	device("8:9", "virtual/block/dm-2", "0\n"); /* on nothing */
	device("8:10", "pci0/mmc/mmc_host/block/mmcblk0", "0\n");
	tempdir_write("sys/devices/pci0/mmc/mmc_host/block/mmcblk0/device/type", "MMC\n");
	device("8:11", "pci0/mmc2/mmc_host/block/mmcblk1", "0\n");
	tempdir_write("sys/devices/pci0/mmc2/mmc_host/block/mmcblk1/device/type", "SD\n");
	device("8:12", "virtual/block/zram0", "0\n");
	/* A snake that bites itself. */
	device("8:13", "virtual/block/dm-3", "0\n");
	lies_on("virtual/block/dm-3", "dm-3", "virtual/block/dm-3");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		print_message("8:%u\n", cases[i].minor);
		assert_int_equal(scan_device_is_fixed(tempdir_path("sys"), 8, cases[i].minor),
				 cases[i].fixed);
	}
}

/* ---- mounts ---- */

static void at(const char *path, char *buf, size_t size)
{
	snprintf(buf, size, "%s", tempdir_path(path));
}

static void make_mounts(void)
{
	char from[128], to[128], options[512];

	assert_int_equal(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	assert_int_equal(mount("none", tempdir, "tmpfs", 0, NULL), 0);
	tempdir_write("plain/banned", SCANNING_BANNED);
	tempdir_write("covered/banned", SCANNING_BANNED);
	tempdir_write("bind/x", "");
	tempdir_write("other/x", "");
	tempdir_write("proc/x", "");
	tempdir_write("merged/x", "");
	tempdir_write("file", "");
	at("covered", to, sizeof(to));
	assert_int_equal(mount("none", to, "tmpfs", 0, NULL), 0);
	tempdir_write("covered/upper/in-upper", SCANNING_BANNED);
	tempdir_write("covered/lower/in-lower", SCANNING_BANNED);
	tempdir_write("covered/work/x", "");
	unlink(tempdir_path("covered/work/x"));
	at("plain", from, sizeof(from));
	at("bind", to, sizeof(to));
	assert_int_equal(mount(from, to, NULL, MS_BIND, NULL), 0);
	at("plain/banned", from, sizeof(from));
	at("file", to, sizeof(to));
	assert_int_equal(mount(from, to, NULL, MS_BIND, NULL), 0);
	at("other", to, sizeof(to));
	assert_int_equal(mount("none", to, "tmpfs", 0, NULL), 0);
	tempdir_write("other/banned", SCANNING_BANNED);
	at("proc", to, sizeof(to));
	assert_int_equal(mount("none", to, "proc", 0, NULL), 0);
	at("merged", to, sizeof(to));
	snprintf(options, sizeof(options), "lowerdir=%s,upperdir=%s,workdir=%s",
		 tempdir_path("covered/lower"), tempdir_path("covered/upper"),
		 tempdir_path("covered/work"));
	if (mount("none", to, "overlay", 0, options))
		print_message("no overlay: %s\n", strerror(errno));
}

/* In a mount namespace of its own; exits with 0 where all was found once. */
static void scan_mounts(void)
{
	struct scanning scanning = { 0 };

	make_mounts();
	for (unsigned int n = 1; n <= 4; n += 3) {
		scanning.threads = n;
		scan_now(&scanning);
		/* Each once, also what a mount covers; the overlay where its layers are. */
		assert_found(&scanning, "covered/banned\ncovered/lower/in-lower\n"
					"covered/upper/in-upper\nother/banned\nplain/banned\n");
		assert_int_equal(scanning.counts.problems, 0);
	}
	/* The overlay alone, by name. */
	scanning.path = "merged";
	scan_now(&scanning);
	assert_found(&scanning, "merged/in-lower\nmerged/in-upper\n");
	scanning.path = "bind";
	scan_now(&scanning);
	assert_found(&scanning, "bind/banned\n");
	scanning.path = "file";
	scan_now(&scanning);
	assert_found(&scanning, "file\n");
	scanning.path = "proc";
	scan_now(&scanning);
	assert_int_equal(scanning.counts.files, 0);
	scanning_free(&scanning);
}

static void test_mounts(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	if (geteuid() != 0) {
		skip();
		return;
	}
	pid = fork();
	if (!pid) {
		if (unshare(CLONE_NEWNS))
			_exit(77);
		scan_mounts();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* A process with a file system that only it sees, with a banned file in it. Returns when it is
 * there. */
static pid_t start_elsewhere(void)
{
	int ready[2];
	char c;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (!pid) {
		if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
		    mount("none", tempdir, "tmpfs", 0, NULL))
			_exit(77);
		tempdir_write("only-here", SCANNING_BANNED);
		assert_int_equal(write(ready[1], "r", 1), 1);
		pause();
		_exit(0);
	}
	close(ready[1]);
	if (read(ready[0], &c, 1) != 1) {
		waitpid(pid, NULL, 0);
		pid = -1;
	}
	close(ready[0]);
	return pid;
}

static void test_elsewhere(void **state)
{
	char *paths[] = { tempdir }, wanted[128];
	struct scan_roots roots;
	bool found = false, copied;
	pid_t pid;
	int fd;

	(void)state;
	pid = geteuid() == 0 ? start_elsewhere() : -1;
	if (pid < 0) {
		skip();
		return;
	}
	/* Which process of a namespace it is does not matter; here there is one. */
	snprintf(wanted, sizeof(wanted), "/proc/%d/root%s", pid, tempdir);
	assert_int_equal(scan_roots_find(paths, 1, SCAN_ROOTS_NAMESPACES, &roots), 0);
	for (size_t i = 0; i < roots.n && !found; i++) {
		found = !strcmp(roots.v[i].path, wanted);
		if (!found)
			continue;
		fd = scan_root_open(&roots.v[i], &copied);
		assert_true(fd >= 0);
		assert_int_equal(faccessat(fd, "only-here", F_OK, 0), 0);
		close(fd);
	}
	assert_true(found);
	scan_roots_free(&roots);
	/* It is not asked for: */
	assert_int_equal(scan_roots_find(paths, 1, 0, &roots), 0);
	assert_int_equal(roots.n, 1);
	scan_roots_free(&roots);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

#define IN_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, tempdir_setup, tempdir_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_DIRECTORY(test_mountinfo), IN_DIRECTORY(test_mountinfo_wrong),
		cmocka_unit_test(test_below), cmocka_unit_test(test_filesystems),
		IN_DIRECTORY(test_devices),   IN_DIRECTORY(test_mounts),
		IN_DIRECTORY(test_elsewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
