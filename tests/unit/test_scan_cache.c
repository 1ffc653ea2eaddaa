// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is kept from one scan to the next: that a changed file is never taken for what it was, in
 * whatever way it was changed; and that a damaged database is a new one.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>

#include "kmod/extract/claims.h"
#include "scanning.h"
#include "scan/scan_cache_row.h"

#define SIZE strlen(SCANNING_BANNED)

/* ---- ways to change a file, with its size and time of modification kept ---- */

static void write_in_place(const char *path)
{
	int fd = open(path, O_WRONLY);

	assert_int_equal(pwrite(fd, SCANNING_BANNED, SIZE, 0), SIZE);
	assert_int_equal(close(fd), 0);
}

static void truncate_and_write(const char *path)
{
	int fd = open(path, O_WRONLY | O_TRUNC);

	assert_int_equal(write(fd, SCANNING_BANNED, SIZE), SIZE);
	assert_int_equal(close(fd), 0);
}

static void store_through_mapping(const char *path)
{
	int fd = open(path, O_RDWR);
	char *map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	assert_ptr_not_equal(map, MAP_FAILED);
	memcpy(map, SCANNING_BANNED, SIZE);
	munmap(map, SIZE);
	close(fd);
}

static void put_new(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0644);

	assert_int_equal(write(fd, SCANNING_BANNED, SIZE), SIZE);
	close(fd);
}

static void rename_over(const char *path)
{
	put_new(tempdir_path("new"));
	assert_int_equal(rename(tempdir_path("new"), path), 0);
}

/* Often with the same inode number. */
static void delete_and_make(const char *path)
{
	assert_int_equal(unlink(path), 0);
	put_new(path);
}

static void exchange(const char *path)
{
	assert_int_equal(syscall(SYS_renameat2, AT_FDCWD, tempdir_path("outside"), AT_FDCWD, path,
				 RENAME_EXCHANGE),
			 0);
}

static void punch_and_write(const char *path)
{
	int fd = open(path, O_RDWR);

	/* Where a file system cannot, writing alone has to be seen. */
	if (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, (off_t)SIZE) < 0)
		assert_int_equal(errno, EOPNOTSUPP);
	assert_int_equal(pwrite(fd, SCANNING_BANNED, SIZE, 0), SIZE);
	close(fd);
}

static void copy_range(const char *path)
{
	int from = open(tempdir_path("outside-2"), O_RDONLY), to = open(path, O_WRONLY);

	assert_int_equal(copy_file_range(from, NULL, to, NULL, SIZE, 0), SIZE);
	close(from);
	close(to);
}

static const struct {
	const char *name;
	void (*change)(const char *path);
} ways[] = {
	{ "written", write_in_place },	     { "truncated", truncate_and_write },
	{ "mapped", store_through_mapping }, { "renamed", rename_over },
	{ "made", delete_and_make },	     { "exchanged", exchange },
	{ "punched", punch_and_write },	     { "copied", copy_range },
};

#define WAYS (sizeof(ways) / sizeof(ways[0]))

/* ctime cannot be set: it has to become old. */
static void grow_old(void)
{
	sleep(SCAN_CACHE_TICK + 1);
}

static void keep_times(const char *path, const struct stat *st)
{
	const struct timespec times[] = { st->st_atim, st->st_mtim };

	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static const char *in_files(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "files/%s", name);
	return tempdir_path(path);
}

static const char *database(void)
{
	static char path[80];

	snprintf(path, sizeof(path), "%s/db", tempdir);
	return path;
}

static void make_files(void)
{
	char path[64];

	for (size_t i = 0; i < WAYS; i++) {
		snprintf(path, sizeof(path), "files/%s", ways[i].name);
		tempdir_write(path, SCANNING_ALLOWED);
	}
	tempdir_write("files/unchanged", SCANNING_ALLOWED);
	tempdir_write("files/unchanged-banned", SCANNING_BANNED);
	tempdir_write("files/other-size", "x");
	tempdir_write("outside", SCANNING_BANNED);
	tempdir_write("outside-2", SCANNING_BANNED);
}

static void test_changes(void **state)
{
	struct scanning scanning = { .path = "files", .cache = database(), .threads = 4 };
	char names[256] = "";
	struct stat st;

	(void)state;
	make_files();
	grow_old();
	scan_now(&scanning);
	assert_string_equal(scanning.why, "");
	assert_found(&scanning, "files/unchanged-banned\n");
	assert_int_equal(scanning.counts.identified, WAYS + 2);
	assert_int_equal(scanning.counts.remembered, 0);
	/* A control: without changes all is known, and what is banned is looked at all the same. */
	scan_now(&scanning);
	assert_found(&scanning, "files/unchanged-banned\n");
	assert_int_equal(scanning.counts.identified, 1);
	assert_int_equal(scanning.counts.remembered, WAYS + 1);
	assert_int_equal(scanning.counts.hashed, SIZE);
	for (size_t i = 0; i < WAYS; i++) {
		assert_int_equal(stat(in_files(ways[i].name), &st), 0);
		ways[i].change(in_files(ways[i].name));
		keep_times(in_files(ways[i].name), &st);
	}
	scan_now(&scanning);
	assert_int_equal(scanning.n, WAYS + 1);
	for (size_t i = 0; i < scanning.n; i++)
		strcat(strcat(names, strrchr(scanning.found[i], '/') + 1), " ");
	assert_string_equal(names, "copied exchanged made mapped punched renamed truncated "
				   "unchanged-banned written ");
	assert_int_equal(scanning.counts.remembered, 1);
	scanning_free(&scanning);
}

/* What is no package file is remembered, too, and becomes one no more unseen than any other. */
static void test_packages(void **state)
{
	static const char ref[] = "[Flatpak Ref]\nName=org.vendor.App\n";
	struct scanning scanning = { .path = "packages", .cache = database() };

	(void)state;
	scanning.order = ORDER_HEAD "match:\n  - package: {type: flatpak, name: org.vendor.*}\n";
	tempdir_write("packages/text", "a text that is as long as the other is\n");
	tempdir_write("packages/app", ref);
	tempdir_write("packages/short", "short");
	grow_old();
	scan_now(&scanning);
	assert_found(&scanning, "packages/app\n");
	scan_now(&scanning);
	assert_found(&scanning, "packages/app\n");
	assert_int_equal(scanning.counts.remembered, 1);
	tempdir_write("packages/text", ref);
	grow_old();
	scan_now(&scanning);
	assert_found(&scanning, "packages/app\npackages/text\n");
	assert_int_equal(scanning.counts.remembered, 0);
	/* What was remembered for other rules is not an answer to these. */
	tempdir_write("packages/text", "a text that is as long as the other is\n");
	tempdir_write("packages/app", "as wanted");
	grow_old();
	scanning.order = ORDER_HEAD "match:\n  - build-id: 01020304\n";
	scan_now(&scanning);
	assert_int_equal(scanning.counts.remembered, 0);
	scan_now(&scanning);
	assert_int_equal(scanning.counts.remembered, 3);
	scanning.order = ORDER_HEAD "match:\n  - build-id: 01020304\n"
				    "  - package: {type: flatpak, name: x}\n";
	scan_now(&scanning);
	assert_int_equal(scanning.counts.remembered, 2);
	scan_now(&scanning);
	assert_int_equal(scanning.counts.remembered, 3);
	scanning_free(&scanning);
}

/* Two changes within a tick: of what was just changed nothing is kept. */
static void test_just_changed(void **state)
{
	struct scanning scanning = { .path = "files", .cache = database() };

	(void)state;
	tempdir_write("files/new", SCANNING_ALLOWED);
	scan_now(&scanning);
	assert_int_equal(scanning.counts.identified, 1);
	scan_now(&scanning);
	assert_int_equal(scanning.counts.identified, 1);
	assert_int_equal(scanning.counts.remembered, 0);
	grow_old();
	scan_now(&scanning);
	assert_int_equal(scanning.counts.identified, 1);
	scan_now(&scanning);
	assert_int_equal(scanning.counts.remembered, 1);
	scanning_free(&scanning);
}

/* A store to a page that is dirty already leaves no trace: nothing is kept while one can come. */
static void test_mapped_before(void **state)
{
	struct scanning scanning = { .path = "files", .cache = database() };
	struct stat before, after;
	char *map;
	int fd;

	(void)state;
	tempdir_write("files/dirty", SCANNING_ALLOWED);
	fd = open(tempdir_path("files/dirty"), O_RDWR);
	map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(map, MAP_FAILED);
	close(fd);
	memcpy(map, SCANNING_ALLOWED, SIZE);
	grow_old();
	assert_int_equal(stat(tempdir_path("files/dirty"), &before), 0);
	scan_now(&scanning);
	assert_int_equal(scanning.n, 0);
	memcpy(map, SCANNING_BANNED, SIZE);
	assert_int_equal(stat(tempdir_path("files/dirty"), &after), 0);
	if (before.st_ctim.tv_sec != after.st_ctim.tv_sec ||
	    before.st_ctim.tv_nsec != after.st_ctim.tv_nsec)
		print_message("written back meanwhile: the store was seen\n");
	scan_now(&scanning);
	assert_found(&scanning, "files/dirty\n");
	munmap(map, SIZE);
	scanning_free(&scanning);
}

/* ---- the database ---- */

static const struct scan_stat a_file = {
	.fsid = 1,
	.ino = 2,
	.size = 6,
	.mtime = 3,
	.ctime = 4,
	.btime = 5,
	.mtime_nsec = 6,
	.ctime_nsec = 7,
	.btime_nsec = 8,
	.verity = 1,
};

static void identity_of(struct interdict_identity *identity)
{
	memset(identity, 0, sizeof(*identity));
	identity->ids.have = INTERDICT_ID_SHA256 | INTERDICT_ID_BUILD_ID | INTERDICT_ID_SIGNERS;
	identity->ids.size = 6;
	identity->ids.build_id_len = 20;
	memset(identity->ids.build_id, 0xb1, 20);
	memset(identity->ids.sha256, 0x5a, 32);
	identity->claims.flags = INTERDICT_CLAIMS_COMPRESSED;
	assert_int_equal(
		claims_add_publisher(&identity->claims, INTERDICT_SOURCE_PE, 0, "Vendor", 6), 0);
	identity->ids.claims = identity->claims.count;
}

static void test_rows(void **state)
{
	struct interdict_identity identity, back;
	uint8_t row[SCAN_CACHE_ROW_MAX], bad[SCAN_CACHE_ROW_MAX];
	struct scan_stat other;
	size_t len;

	(void)state;
	identity_of(&identity);
	len = scan_cache_pack(&a_file, &identity, row);
	assert_int_equal(scan_cache_unpack(row, len, &a_file, &back), 0);
	assert_memory_equal(&identity, &back, sizeof(back));
	for (size_t i = 0; i < sizeof(a_file); i++) {
		other = a_file;
		((uint8_t *)&other)[i] ^= 1;
		assert_int_equal(scan_cache_unpack(row, len, &other, &back), -ESTALE);
	}
	for (size_t i = 0; i < len; i++)
		assert_int_equal(scan_cache_unpack(row, i, &a_file, &back), -EBADMSG);
	for (size_t i = sizeof(a_file); i < len; i++) {
		memcpy(bad, row, len);
		bad[i] ^= 0x10;
		assert_int_equal(scan_cache_unpack(bad, len, &a_file, &back), -EBADMSG);
	}
	assert_int_equal(scan_cache_unpack(NULL, 0, &a_file, &back), -EBADMSG);
}

static bool find(struct scan_cache *cache, const struct scan_stat *stat)
{
	struct scan_cache_reader *reader = scan_cache_reader_new(cache);
	struct interdict_identity identity;
	bool found = scan_cache_find(reader, stat, &identity);

	scan_cache_reader_free(reader);
	return found;
}

/* Open it, for @maker; returns whether the file is there, and puts it there. */
static bool open_and_put(const char *maker, char why[SCAN_CACHE_WHY])
{
	struct interdict_identity identity;
	struct scan_cache *cache;
	char said[SCAN_CACHE_WHY];
	bool found;

	identity_of(&identity);
	assert_int_equal(scan_cache_open(tempdir_path("db"), maker, &cache, why), 0);
	found = find(cache, &a_file);
	scan_cache_put(cache, &a_file, &identity);
	assert_int_equal(scan_cache_close(cache, said), 0);
	return found;
}

static void damage(off_t at, size_t len)
{
	int fd = open(tempdir_path("db"), O_WRONLY);

	for (size_t i = 0; i < len; i++)
		assert_int_equal(pwrite(fd, "\xa5", 1, at + (off_t)i), 1);
	close(fd);
}

static void test_database(void **state)
{
	char why[SCAN_CACHE_WHY];
	struct stat st;

	(void)state;
	assert_false(open_and_put("m", why));
	assert_string_equal(why, "");
	assert_int_equal(stat(tempdir_path("db"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_true(open_and_put("m", why));
	assert_string_equal(why, "");
	/* another program */
	assert_false(open_and_put("other", why));
	assert_non_null(strstr(why, "changed since"));
	assert_true(open_and_put("other", why));
	/* no database */
	damage(0, 100);
	assert_false(open_and_put("other", why));
	assert_non_null(strstr(why, "damaged"));
	assert_true(open_and_put("other", why));
	/* others may write to it */
	assert_int_equal(chmod(tempdir_path("db"), 0620), 0);
	assert_false(open_and_put("other", why));
	assert_non_null(strstr(why, "others"));
	assert_true(open_and_put("other", why));
	/* it is cut off */
	assert_int_equal(truncate(tempdir_path("db"), 1000), 0);
	assert_false(open_and_put("other", why));
	assert_non_null(strstr(why, "damaged"));
	/* what a link leads to is left alone */
	tempdir_write("victim", "text");
	assert_int_equal(unlink(tempdir_path("db")), 0);
	assert_int_equal(symlink(tempdir_path("victim"), tempdir_path("db")), 0);
	assert_false(open_and_put("other", why));
	assert_true(open_and_put("other", why));
	assert_int_equal(stat(tempdir_path("victim"), &st), 0);
	assert_int_equal(st.st_size, 4);
}

/* Damage anywhere else: whatever is there then, it is opened, and nothing wrong comes of it. */
static void test_damaged_pages(void **state)
{
	struct interdict_identity identity, back;
	struct scan_cache_reader *reader;
	struct scan_cache *cache;
	char why[SCAN_CACHE_WHY];
	struct scan_stat stat;
	unsigned int found = 0;

	(void)state;
	identity_of(&identity);
	assert_int_equal(scan_cache_open(tempdir_path("db"), "m", &cache, why), 0);
	for (unsigned int i = 0; i < 10000; i++) {
		stat = a_file;
		stat.ino = i;
		scan_cache_put(cache, &stat, &identity);
	}
	assert_int_equal(scan_cache_close(cache, why), 0);
	for (off_t at = 2 * 4096; at < 200 * 4096; at += 3 * 4096)
		damage(at + 128, 64);
	assert_int_equal(scan_cache_open(tempdir_path("db"), "m", &cache, why), 0);
	reader = scan_cache_reader_new(cache);
	for (unsigned int i = 0; i < 10000; i++) {
		stat = a_file;
		stat.ino = i;
		if (!scan_cache_find(reader, &stat, &back))
			continue;
		found++;
		assert_memory_equal(&identity, &back, sizeof(back));
	}
	print_message("%u of 10000 rows are left\n", found);
	assert_true(found < 10000);
	scan_cache_reader_free(reader);
	scan_cache_close(cache, why);
	/* Whatever that was, the next one works. */
	assert_int_equal(scan_cache_open(tempdir_path("db"), "m", &cache, why), 0);
	scan_cache_put(cache, &a_file, &identity);
	assert_int_equal(scan_cache_close(cache, why), 0);
	assert_true(open_and_put("m", why));
}

static void test_settled(void **state)
{
	static const struct {
		int64_t ctime, now;
		bool settled;
	} cases[] = {
		{ 100, 100, false }, { 100, 101, false }, { 100, 102, false },
		{ 100, 103, true },  { 100, 50, false }, /* a clock that was set back */
		{ 0, 100, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct scan_stat stat = { .ctime = cases[i].ctime };
		const struct timespec now = { .tv_sec = cases[i].now };

		assert_int_equal(scan_stat_settled(&stat, &now), cases[i].settled);
	}
}

#define IN_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, tempdir_setup, tempdir_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_DIRECTORY(test_changes),	  IN_DIRECTORY(test_packages),
		IN_DIRECTORY(test_just_changed),  IN_DIRECTORY(test_mapped_before),
		cmocka_unit_test(test_rows),	  IN_DIRECTORY(test_database),
		IN_DIRECTORY(test_damaged_pages), cmocka_unit_test(test_settled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
