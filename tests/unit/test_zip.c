// SPDX-License-Identifier: GPL-2.0-or-later
/* The frame of ZIP files that are well made, made badly, and made to harm. */
#include "packages.h"

#include "kmod/extract/zip.h"

#define END_LEN 22

static struct image image;
static struct zip zip;

/* Two members; what is in front of the archive and its comment as asked for. */
static void make(size_t in_front, size_t comment)
{
	image.size = 0;
	put_zeros(&image, in_front);
	zip_begin(&zip, &image);
	zip_add(&zip, "first", "12345", 5, false);
	zip_add(&zip, "second", "123456", 6, true);
	zip_end(&zip, comment);
}

static size_t end_at(void)
{
	return zip.directory + zip.entries.size;
}

static int find(struct zip_directory *directory, unsigned int *pages)
{
	struct paged paged = paged_make(image.bytes, image.size);
	int err = zip_find(&paged.reader, directory);

	*pages = paged.pages;
	return err;
}

static void plain(void)
{
}

static void small_comment(void)
{
	make(0, 10);
}

static void largest_comment(void)
{
	make(0, 65535);
}

static void comment_across_blocks(void)
{
	/* The record's first byte is the last of a block of 256. */
	make(0, 0);
	make(0, (256 - (image.size - END_LEN + 1) % 256) % 256 + 256);
	put_at(&image, end_at() + 20, 2, image.size - end_at() - END_LEN);
}

static void in_front(void)
{
	make(5000, 0);
}

static void record_in_the_comment(void)
{
	make(0, 100);
	/* It goes to the end, too, but its directory is elsewhere. It is the last: it is taken. */
	put_at(&image, image.size - END_LEN, 4, 0x06054b50);
	put_at(&image, image.size - END_LEN + 12, 4, zip.entries.size);
	put_at(&image, image.size - END_LEN + 16, 4, zip.directory);
}

static void signature_in_the_comment(void)
{
	make(0, 100);
	put_at(&image, image.size - 50, 4, 0x06054b50);
	put_at(&image, image.size - 50 + 20, 2, 77);
}

static void bytes_behind(void)
{
	make(0, 0);
	put_zeros(&image, 1000);
}

static void bytes_behind_a_comment(void)
{
	make(0, 30);
	put_zeros(&image, 1000);
}

static void comment_too_long(void)
{
	make(0, 0);
	put_zeros(&image, 65536);
}

static void gap_before_the_record(void)
{
	uint8_t record[END_LEN];

	make(0, 0);
	memcpy(record, image.bytes + end_at(), END_LEN);
	put_zeros(&image, 7);
	memcpy(image.bytes + image.size - END_LEN, record, END_LEN);
}

static void put_zip64(uint64_t directory, uint64_t size, uint64_t at)
{
	image.size = end_at();
	put_number(&image, 4, 0x06064b50);
	put_number(&image, 8, 44);
	put_zeros(&image, 28);
	put_number(&image, 8, size);
	put_number(&image, 8, directory);
	put_number(&image, 4, 0x07064b50);
	put_zeros(&image, 4);
	put_number(&image, 8, at);
	put_number(&image, 4, 1);
	put_number(&image, 4, 0x06054b50);
	put_zeros(&image, 4);
	put_number(&image, 4, 0xffffffff);
	put_number(&image, 4, 0xffffffff);
	put_number(&image, 4, 0xffffffff);
	put_number(&image, 2, 0);
}

static void zip64(void)
{
	put_zip64(zip.directory, zip.entries.size, end_at());
}

static void zip64_in_front(void)
{
	make(5000, 0);
	put_zip64(zip.directory - zip.base, zip.entries.size, end_at() - zip.base);
}

static void zip64_record_elsewhere(void)
{
	put_zip64(zip.directory, zip.entries.size, 3);
}

static void zip64_record_behind_the_end(void)
{
	put_zip64(zip.directory, zip.entries.size, UINT64_MAX);
}

static void zip64_no_record(void)
{
	size_t at = end_at();

	put_zip64(zip.directory, zip.entries.size, at);
	image.bytes[at] = 0;
}

static void zip64_no_locator(void)
{
	put_zip64(zip.directory, zip.entries.size, end_at());
	image.bytes[end_at() + 56] = 0;
}

static void zip64_huge(void)
{
	put_zip64(UINT64_MAX - 3, 4, end_at());
}

static void zip64_size_huge(void)
{
	put_zip64(zip.directory, UINT64_MAX, end_at());
}

static void zip64_by_count_alone(void)
{
	put_at(&image, end_at() + 8, 2, 0xffff);
	put_at(&image, end_at() + 10, 2, 0xffff);
}

static void directory_too_large(void)
{
	put_at(&image, end_at() + 12, 4, end_at() + 1);
}

static void directory_behind_the_record(void)
{
	put_at(&image, end_at() + 16, 4, zip.directory + 1);
}

static void directory_of_4_gib(void)
{
	put_at(&image, end_at() + 12, 4, 0xfffffffe);
	put_at(&image, end_at() + 16, 4, 0xfffffffe);
}

static void empty(void)
{
	image.size = 0;
}

static void no_record(void)
{
	image.size -= 1;
	image.bytes[end_at()] = 'p';
}

static void other_file(void)
{
	make(0, 100);
	image.bytes[0] = 'p';
}

static void only_a_record(void)
{
	image.size = 0;
	zip_begin(&zip, &image);
	zip_end(&zip, 0);
}

enum { NONE, THERE, AT_THE_OFFSET, BAD };

static const struct {
	const char *name;
	void (*change)(void);
	int is;
	unsigned int pages; /* at most */
} cases[] = {
#define CASE(change, is, pages)            \
	{                                  \
#change, change, is, pages \
	}
	CASE(plain, THERE, 1),
	CASE(small_comment, THERE, 1),
	CASE(comment_across_blocks, THERE, 1),
	CASE(largest_comment, THERE, 19),
	CASE(in_front, THERE, 2),
	CASE(record_in_the_comment, THERE, 1),
	CASE(signature_in_the_comment, THERE, 1),
	CASE(bytes_behind, THERE, 1),
	CASE(bytes_behind_a_comment, THERE, 1),
	CASE(comment_too_long, NONE, 19),
	CASE(gap_before_the_record, AT_THE_OFFSET, 1),
	CASE(zip64, THERE, 1),
	CASE(zip64_in_front, THERE, 4),
	CASE(zip64_record_elsewhere, THERE, 1),
	CASE(zip64_record_behind_the_end, BAD, 1),
	CASE(zip64_no_record, BAD, 1),
	CASE(zip64_no_locator, BAD, 1),
	CASE(zip64_huge, BAD, 1),
	CASE(zip64_size_huge, BAD, 1),
	CASE(zip64_by_count_alone, THERE, 1),
	CASE(directory_too_large, BAD, 1),
	CASE(directory_behind_the_record, BAD, 1),
	CASE(directory_of_4_gib, BAD, 1),
	CASE(empty, NONE, 0),
	CASE(no_record, NONE, 1),
	CASE(other_file, NONE, 1),
	CASE(only_a_record, NONE, 1),
};

static void all_cases(void **state)
{
	struct zip_directory directory;
	unsigned int pages;
	size_t i;
	int err;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		make(0, 0);
		cases[i].change();
		err = find(&directory, &pages);
		if (err != (cases[i].is == BAD ? -EBADMSG : 0))
			fail_msg("%s: %d", cases[i].name, err);
		if (err)
			continue;
		if (!directory.end != (cases[i].is == NONE))
			fail_msg("%s: directory to %llu", cases[i].name, directory.end);
		if (pages > cases[i].pages)
			fail_msg("%s: %u pages", cases[i].name, pages);
		if (cases[i].is == NONE)
			continue;
		if (directory.start != zip.directory ||
		    directory.end != zip.directory + zip.entries.size || directory.base != zip.base)
			fail_msg("%s: %llu to %llu, base %llu", cases[i].name, directory.start,
				 directory.end, directory.base);
	}
}

static void expect_entries(const struct zip_directory *directory, bool packed_64)
{
	struct paged paged = paged_make(image.bytes, image.size);
	struct zip_entry entry;
	__u64 offset;

	assert_int_equal(zip_entry_read(&paged.reader, directory, directory->start, &entry), 0);
	assert_int_equal(entry.method, ZIP_STORED);
	assert_int_equal(entry.packed, 5);
	assert_int_equal(entry.name_len, 5);
	assert_int_equal(zip_member_find(&paged.reader, &entry, &offset), 0);
	assert_memory_equal(image.bytes + offset, "12345", 5);
	if (packed_64)
		return;
	assert_int_equal(
		zip_entry_read(&paged.reader, directory, directory->start + entry.len, &entry), 0);
	assert_int_equal(entry.method, ZIP_DEFLATED);
	assert_int_equal(entry.name_len, 6);
	assert_int_equal(zip_member_find(&paged.reader, &entry, &offset), 0);
	assert_int_equal(offset + entry.packed, zip.directory);
}

static void entries(void **state)
{
	struct zip_directory directory;
	unsigned int pages;

	(void)state;
	make(0, 0);
	assert_int_equal(find(&directory, &pages), 0);
	expect_entries(&directory, false);
	make(5000, 0);
	assert_int_equal(find(&directory, &pages), 0);
	expect_entries(&directory, false);
}

/* An entry whose numbers are in its extra field. */
static void zip64_entry(void **state)
{
	struct zip_directory directory = {};
	size_t extra;

	(void)state;
	make(0, 0);
	directory.start = image.size;
	put(&image, zip.entries.bytes, 46 + 5);
	put_at(&image, directory.start + 20, 4, 0xffffffff);
	put_at(&image, directory.start + 24, 4, 0xffffffff);
	put_at(&image, directory.start + 42, 4, 0xffffffff);
	extra = open_length(&image, 0);
	put_number(&image, 4, 0xcafe);
	put_number(&image, 2, 1);
	put_number(&image, 2, 24);
	put_number(&image, 8, 777);
	put_number(&image, 8, 5);
	put_number(&image, 8, 0);
	put_at(&image, directory.start + 30, 2, image.size - extra);
	directory.end = image.size;
	expect_entries(&directory, true);
}

static void bad_entries(void **state)
{
	static const struct {
		size_t at;
		unsigned int bytes;
		uint64_t value;
		int entry, member;
	} changes[] = {
		{ 0, 1, 'p', -EBADMSG, 0 },	    { 28, 2, 65535, -EBADMSG, 0 },
		{ 30, 2, 65535, -EBADMSG, 0 },	    { 32, 2, 65535, -EBADMSG, 0 },
		{ 42, 4, 1, 0, -EBADMSG },	    { 42, 4, 0xfffffffe, 0, -EBADMSG },
		{ 42, 4, 0xffffffff, 0, -EBADMSG }, { 20, 4, 0xfffffffe, 0, -EBADMSG },
		{ 20, 4, 0xffffffff, 0, -EBADMSG },
	};
	struct zip_directory directory;
	struct zip_entry entry;
	unsigned int pages;
	__u64 offset;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct paged paged;

		make(0, 0);
		put_at(&image, zip.directory + changes[i].at, changes[i].bytes, changes[i].value);
		assert_int_equal(find(&directory, &pages), 0);
		paged = paged_make(image.bytes, image.size);
		assert_int_equal(zip_entry_read(&paged.reader, &directory, directory.start, &entry),
				 changes[i].entry);
		if (!changes[i].entry)
			assert_int_equal(zip_member_find(&paged.reader, &entry, &offset),
					 changes[i].member);
		assert_int_equal(zip_entry_read(&paged.reader, &directory, directory.end, &entry),
				 -EBADMSG);
		assert_int_equal(zip_entry_read(&paged.reader, &directory, UINT64_MAX, &entry),
				 -EBADMSG);
		assert_int_equal(zip_entry_read(&paged.reader, &directory, 0, &entry), -EBADMSG);
	}
}

/* Every prefix: nothing of it is asked for that is not there. */
static void truncated(void **state)
{
	struct zip_directory directory;
	unsigned int pages;
	size_t size;

	(void)state;
	make(0, 40);
	size = image.size;
	while (image.size-- > 0) {
		int err = find(&directory, &pages);

		assert_true(err == 0 || err == -EBADMSG);
		assert_int_equal(directory.end, 0);
	}
	make(0, 0);
	zip64();
	assert_true(size);
	while (image.size-- > 0)
		find(&directory, &pages);
}

/* The reader's own error, from whichever read. */
static void errors(void **state)
{
	struct zip_directory directory;
	unsigned int i;

	(void)state;
	make(0, 300);
	for (i = 1;; i++) {
		struct paged paged = paged_make(image.bytes, image.size);
		int err;

		paged.error = -EINTR;
		paged.fail_at = i;
		err = zip_find(&paged.reader, &directory);
		if (paged.reads < i)
			break;
		assert_int_equal(err, -EINTR);
	}
	assert_true(i > 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_cases),   cmocka_unit_test(entries),
		cmocka_unit_test(zip64_entry), cmocka_unit_test(bad_entries),
		cmocka_unit_test(truncated),   cmocka_unit_test(errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
