// SPDX-License-Identifier: GPL-2.0-or-later
/* The build-id of files that are well made, made badly, and made to harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kmod/abi.h"
#include "kmod/extract/build_id.h"

#define FILE_SIZE 8192
#define NOTES	  512 /* where the notes begin */
#define ID_LEN	  20

static const uint8_t the_id[ID_LEN] = { 1,  2,	3,  4,	5,  6,	7,  8,	9,  10,
					11, 12, 13, 14, 15, 16, 17, 18, 19, 20 };

/* A reader over memory, which fails the test if it is asked for what is outside. */
struct memory {
	struct reader reader;
	const uint8_t *bytes;
	unsigned int reads;
	int error; /* what every read returns */
};

static int read_memory(struct reader *reader, __u64 offset, void *buf, __u32 len)
{
	struct memory *memory = (struct memory *)reader;

	assert_true(offset <= reader->size && len <= reader->size - offset);
	memory->reads++;
	if (memory->error)
		return memory->error;
	memcpy(buf, memory->bytes + offset, len);
	return 0;
}

struct image {
	uint8_t bytes[FILE_SIZE];
	uint64_t size;
	bool wide, big;
};

static void put(struct image *image, uint64_t at, unsigned int bytes, uint64_t value)
{
	unsigned int i;

	for (i = 0; i < bytes; i++)
		image->bytes[at + i] = value >> 8 * (image->big ? bytes - 1 - i : i);
}

static void put_word(struct image *image, uint64_t at, uint64_t value)
{
	put(image, at, image->wide ? 8 : 4, value);
}

static uint64_t header_size(const struct image *image)
{
	return image->wide ? 64 : 52;
}

static uint64_t segment_at(const struct image *image, unsigned int i)
{
	return header_size(image) + i * (image->wide ? 56 : 32);
}

static uint64_t section_at(const struct image *image, unsigned int i)
{
	return 1024 + i * (image->wide ? 64 : 40);
}

static void put_segment(struct image *image, unsigned int i, uint32_t type, uint64_t offset,
			uint64_t size, uint64_t align)
{
	uint64_t at = segment_at(image, i);

	put(image, at, 4, type);
	put_word(image, at + (image->wide ? 8 : 4), offset);
	put_word(image, at + (image->wide ? 32 : 16), size);
	put_word(image, at + (image->wide ? 48 : 28), align);
}

static void put_section(struct image *image, unsigned int i, uint32_t type, uint64_t offset,
			uint64_t size, uint64_t align)
{
	uint64_t at = section_at(image, i);

	put(image, at + 4, 4, type);
	put_word(image, at + (image->wide ? 24 : 16), offset);
	put_word(image, at + (image->wide ? 32 : 20), size);
	put_word(image, at + (image->wide ? 48 : 32), align);
}

static void put_counts(struct image *image, unsigned int segments, unsigned int sections)
{
	put(image, image->wide ? 56 : 44, 2, segments);
	put(image, image->wide ? 60 : 48, 2, sections);
}

static uint64_t put_note(struct image *image, uint64_t at, const char *name, uint32_t name_len,
			 uint32_t type, const void *desc, uint32_t desc_len, uint32_t align)
{
	uint64_t desc_at = (12 + name_len + align - 1) / align * align;

	put(image, at, 4, name_len);
	put(image, at + 4, 4, desc_len);
	put(image, at + 8, 4, type);
	memcpy(image->bytes + at + 12, name, name_len);
	memcpy(image->bytes + at + desc_at, desc, desc_len);
	return at + (desc_at + desc_len + align - 1) / align * align;
}

/* A program whose second segment is a note segment with the build-id. */
static void make(struct image *image, bool wide, bool big)
{
	memset(image, 0, sizeof(*image));
	image->size = FILE_SIZE;
	image->wide = wide;
	image->big = big;
	memcpy(image->bytes, "\177ELF", 4);
	image->bytes[4] = wide ? 2 : 1;
	image->bytes[5] = big ? 2 : 1;
	image->bytes[6] = 1;
	put_word(image, wide ? 32 : 28, header_size(image));
	put_word(image, wide ? 40 : 32, section_at(image, 0));
	put(image, wide ? 54 : 42, 2, wide ? 56 : 32);
	put(image, wide ? 58 : 46, 2, wide ? 64 : 40);
	put_counts(image, 2, 0);
	put_segment(image, 0, 1, 0, FILE_SIZE, 4096);
	put_segment(image, 1, 4, NOTES, 36, 4);
	put_note(image, NOTES, "GNU", 4, 3, the_id, ID_LEN, 4);
}

static int find(struct image *image, uint8_t *id, uint32_t *len, struct memory *memory)
{
	*memory = (struct memory){
		.reader = { .read = read_memory, .size = image->size },
		.bytes = image->bytes,
		.error = memory->error,
	};
	memset(id, 0, INTERDICT_BUILD_ID_MAX);
	return build_id_find(&memory->reader, id, len);
}

static void expect(struct image *image, uint32_t want_len, const char *name)
{
	uint8_t id[INTERDICT_BUILD_ID_MAX];
	struct memory memory = {};
	uint32_t len = 77;

	assert_int_equal(find(image, id, &len, &memory), 0);
	if (len != want_len)
		fail_msg("%s (%s, %s): length %u, not %u", name, image->wide ? "64" : "32",
			 image->big ? "big" : "little", len, want_len);
	assert_memory_equal(id, the_id, len < ID_LEN ? len : ID_LEN);
	/* A page's worth of the smallest notes, for each page. */
	assert_true(memory.reads <= BUILD_ID_PAGES * 4096 / 16 + 100);
}

static void as_it_is(struct image *image)
{
	(void)image;
}

static void other_notes_first(struct image *image)
{
	uint64_t at = NOTES;

	at = put_note(image, at, "GNU", 4, 1, the_id, 16, 4);
	at = put_note(image, at, "stapsdt", 8, 3, the_id, ID_LEN, 4);
	at = put_note(image, at, "G", 1, 3, the_id, 7, 4);
	at = put_note(image, at, "", 0, 3, the_id, 0, 4);
	at = put_note(image, at, "GNU", 4, 3, the_id, ID_LEN, 4);
	put_segment(image, 1, 4, NOTES, at - NOTES, 4);
}

static void second_note_segment(struct image *image)
{
	put_counts(image, 3, 0);
	put_segment(image, 2, 4, NOTES, 36, 4);
	put_segment(image, 1, 4, NOTES + 200, 32, 8);
	put_note(image, NOTES + 200, "GNU", 4, 5, the_id, 16, 8);
}

static void aligned_to_8(struct image *image)
{
	uint64_t at = put_note(image, NOTES, "GNU", 4, 5, the_id, 13, 8);

	at = put_note(image, at, "GNU", 4, 3, the_id, ID_LEN, 8);
	put_segment(image, 1, 4, NOTES, at - NOTES, 8);
}

static void no_alignment(struct image *image)
{
	put_segment(image, 1, 4, NOTES, 36, 0);
}

static void in_a_section(struct image *image)
{
	put_counts(image, 0, 3);
	put_section(image, 1, 1, 0, 77, 1);
	put_section(image, 2, 7, NOTES, 36, 4);
}

static void shortest(struct image *image)
{
	put_note(image, NOTES, "GNU", 4, 3, the_id, 1, 4);
}

static void of_8_bytes(struct image *image)
{
	put_note(image, NOTES, "GNU", 4, 3, the_id, 8, 4);
}

static void longest(struct image *image)
{
	uint8_t id[INTERDICT_BUILD_ID_MAX] = {};

	memcpy(id, the_id, ID_LEN);
	put_segment(image, 1, 4, NOTES, 48, 4);
	put_note(image, NOTES, "GNU", 4, 3, id, sizeof(id), 4);
}

static void at_the_end_of_the_file(struct image *image)
{
	image->size = FILE_SIZE;
	put_segment(image, 1, 4, FILE_SIZE - 36, 36, 4);
	put_note(image, FILE_SIZE - 36, "GNU", 4, 3, the_id, ID_LEN, 4);
}

static void unpadded_end(struct image *image)
{
	/* The last note's padding need not be there. */
	put_segment(image, 1, 4, FILE_SIZE - 35, 35, 4);
	put_note(image, FILE_SIZE - 35, "GNU", 4, 3, the_id, 19, 4);
}

static void empty(struct image *image)
{
	image->size = 0;
}

static void one_byte(struct image *image)
{
	image->size = 1;
}

static void only_ident(struct image *image)
{
	image->size = 16;
}

static void half_a_header(struct image *image)
{
	image->size = header_size(image) - 1;
}

static void bad_magic(struct image *image)
{
	image->bytes[3] = 'G';
}

static void bad_class(struct image *image)
{
	image->bytes[4] = 3;
}

static void bad_order(struct image *image)
{
	image->bytes[5] = 0;
}

static void headers_of_another_size(struct image *image)
{
	put(image, image->wide ? 54 : 42, 2, 57);
}

static void headers_behind_the_end(struct image *image)
{
	put_word(image, image->wide ? 32 : 28, FILE_SIZE);
}

static void headers_across_the_end(struct image *image)
{
	put_word(image, image->wide ? 32 : 28, FILE_SIZE - 8);
}

static void headers_at_the_last_address(struct image *image)
{
	put_word(image, image->wide ? 32 : 28, UINT64_MAX);
}

static void notes_behind_the_end(struct image *image)
{
	put_segment(image, 1, 4, FILE_SIZE + 1, 36, 4);
}

static void notes_across_the_end(struct image *image)
{
	put_segment(image, 1, 4, FILE_SIZE - 20, 36, 4);
}

static void notes_too_long(struct image *image)
{
	put_segment(image, 1, 4, NOTES, UINT64_MAX, 4);
}

static void notes_that_overflow(struct image *image)
{
	put_segment(image, 1, 4, UINT64_MAX - 3, 36, 4);
}

static void odd_alignment(struct image *image)
{
	put_segment(image, 1, 4, NOTES, 36, 4096);
}

static void name_across_the_segment(struct image *image)
{
	put(image, NOTES, 4, 100);
}

static void name_of_4_gib(struct image *image)
{
	put(image, NOTES, 4, UINT32_MAX);
}

static void id_across_the_segment(struct image *image)
{
	put(image, NOTES + 4, 4, 21);
}

static void id_of_4_gib(struct image *image)
{
	put(image, NOTES + 4, 4, UINT32_MAX);
}

static void id_too_long(struct image *image)
{
	put_segment(image, 1, 4, NOTES, 52, 4);
	put(image, NOTES + 4, 4, INTERDICT_BUILD_ID_MAX + 1);
}

static void empty_id(struct image *image)
{
	put(image, NOTES + 4, 4, 0);
}

static void other_name(struct image *image)
{
	memcpy(image->bytes + NOTES + 12, "GNV", 4);
}

static void name_without_nul(struct image *image)
{
	put(image, NOTES, 4, 3);
}

static void other_type(struct image *image)
{
	put(image, NOTES + 8, 4, 4);
}

static void empty_segment(struct image *image)
{
	put_segment(image, 1, 4, NOTES, 0, 4);
}

static void only_empty_notes(struct image *image)
{
	memset(image->bytes + NOTES, 0, FILE_SIZE - NOTES);
	put_segment(image, 1, 4, NOTES, FILE_SIZE - NOTES, 4);
}

static void all_headers_notes_of_all(struct image *image)
{
	unsigned int i;

	/* 65,535 segments of everything, as far as the file goes: bounded by pages. */
	put_counts(image, 65535, 65535);
	for (i = 0; segment_at(image, i) + 56 <= FILE_SIZE; i++)
		put_segment(image, i, 4, 0, FILE_SIZE, 4);
}

static void section_behind_the_end(struct image *image)
{
	put_counts(image, 0, 1);
	put_section(image, 0, 7, FILE_SIZE, 36, 4);
}

static void sections_of_another_size(struct image *image)
{
	in_a_section(image);
	put(image, image->wide ? 58 : 46, 2, 8);
}

static const struct {
	const char *name;
	void (*change)(struct image *image);
	uint32_t len;
} cases[] = {
#define CASE(change, len)            \
	{                            \
#change, change, len \
	}
	CASE(as_it_is, ID_LEN),
	CASE(other_notes_first, ID_LEN),
	CASE(second_note_segment, ID_LEN),
	CASE(aligned_to_8, ID_LEN),
	CASE(no_alignment, ID_LEN),
	CASE(in_a_section, ID_LEN),
	CASE(shortest, 1),
	CASE(of_8_bytes, 8),
	CASE(longest, INTERDICT_BUILD_ID_MAX),
	CASE(at_the_end_of_the_file, ID_LEN),
	CASE(unpadded_end, 19),
	CASE(empty, 0),
	CASE(one_byte, 0),
	CASE(only_ident, 0),
	CASE(half_a_header, 0),
	CASE(bad_magic, 0),
	CASE(bad_class, 0),
	CASE(bad_order, 0),
	CASE(headers_of_another_size, 0),
	CASE(headers_behind_the_end, 0),
	CASE(headers_across_the_end, 0),
	CASE(headers_at_the_last_address, 0),
	CASE(notes_behind_the_end, 0),
	CASE(notes_across_the_end, 0),
	CASE(notes_too_long, 0),
	CASE(notes_that_overflow, 0),
	CASE(odd_alignment, 0),
	CASE(name_across_the_segment, 0),
	CASE(name_of_4_gib, 0),
	CASE(id_across_the_segment, 0),
	CASE(id_of_4_gib, 0),
	CASE(id_too_long, 0),
	CASE(empty_id, 0),
	CASE(other_name, 0),
	CASE(name_without_nul, 0),
	CASE(other_type, 0),
	CASE(empty_segment, 0),
	CASE(only_empty_notes, 0),
	CASE(all_headers_notes_of_all, 0),
	CASE(section_behind_the_end, 0),
	CASE(sections_of_another_size, 0),
};

static void all_cases(void **state)
{
	static struct image image;
	size_t i;
	int kind;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (kind = 0; kind < 4; kind++) {
			make(&image, kind & 1, kind & 2);
			cases[i].change(&image);
			expect(&image, cases[i].len, cases[i].name);
		}
}

/* Every prefix of a good file: found when the notes are there, and no error. */
static void truncated(void **state)
{
	static struct image image;
	uint64_t size;

	(void)state;
	make(&image, true, false);
	put_segment(&image, 0, 1, 0, 0, 4096);
	for (size = 0; size < FILE_SIZE; size++) {
		image.size = size;
		expect(&image, size < NOTES + 36 ? 0 : ID_LEN, "truncated");
	}
}

/* The reader's own errors come through, and nothing is said to have been found. */
static void errors(void **state)
{
	static const int errors[] = { -EIO, -EINTR, -ENOMEM };
	static struct image image;
	uint8_t id[INTERDICT_BUILD_ID_MAX];
	uint32_t len;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		struct memory memory = { .error = errors[i] };

		make(&image, true, false);
		len = 77;
		assert_int_equal(find(&image, id, &len, &memory), errors[i]);
		assert_int_equal(len, 0);
	}
}

/* A sparse file of 1 TiB that is note headers from end to end is read for BUILD_ID_PAGES at most.
 */
struct endless {
	struct reader reader;
	uint64_t pages;
	uint64_t last;
};

static int read_endless(struct reader *reader, __u64 offset, void *buf, __u32 len)
{
	struct endless *endless = (struct endless *)reader;
	static struct image image;

	make(&image, true, false);
	put_segment(&image, 1, 4, 4096, endless->reader.size - 4096, 4);
	memset(buf, 0, len);
	if (offset + len <= FILE_SIZE / 2)
		memcpy(buf, image.bytes + offset, len);
	endless->pages += offset >> 12 != endless->last;
	endless->last = offset >> 12;
	return 0;
}

static void endless_notes(void **state)
{
	struct endless endless = { .reader = { .read = read_endless, .size = 1ULL << 40 },
				   .last = UINT64_MAX };
	uint8_t id[INTERDICT_BUILD_ID_MAX];
	uint32_t len;

	(void)state;
	assert_int_equal(build_id_find(&endless.reader, id, &len), 0);
	assert_int_equal(len, 0);
	assert_true(endless.pages <= BUILD_ID_PAGES + 1);
	assert_true(endless.pages >= BUILD_ID_PAGES / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_cases),
		cmocka_unit_test(truncated),
		cmocka_unit_test(errors),
		cmocka_unit_test(endless_notes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
