// SPDX-License-Identifier: GPL-2.0-or-later
/* Where the signatures of PE images are looked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "found.h"
#include "kmod/extract/pe.h"

#define FILE_SIZE 4096
#define PE_AT	  128
#define TABLE	  1024 /* where the certificate table is */

struct image {
	uint8_t bytes[FILE_SIZE];
	uint64_t size;
	bool plus;
	uint32_t next; /* behind the last certificate */
};

static void put(struct image *image, uint32_t at, unsigned int bytes, uint64_t value)
{
	unsigned int i;

	for (i = 0; i < bytes; i++)
		image->bytes[at + i] = value >> 8 * i;
}

static uint32_t directories(const struct image *image)
{
	return PE_AT + 24 + (image->plus ? 108 : 92);
}

static void put_table(struct image *image, uint32_t offset, uint32_t size)
{
	put(image, directories(image) + 4 + 4 * 8, 4, offset);
	put(image, directories(image) + 4 + 4 * 8 + 4, 4, size);
}

static void put_certificate_at(struct image *image, uint32_t at, uint32_t len, uint32_t revision,
			       uint32_t type)
{
	put(image, at, 4, len);
	put(image, at + 4, 2, revision);
	put(image, at + 6, 2, type);
}

static void add_certificate(struct image *image, uint32_t len, uint32_t revision, uint32_t type)
{
	put_certificate_at(image, image->next, len, revision, type);
	image->next += (len + 7) / 8 * 8;
	put_table(image, TABLE, image->next - TABLE);
}

/* An image with one signature, 100 bytes with its header. */
static void make(struct image *image, bool plus)
{
	memset(image, 0, sizeof(*image));
	image->size = FILE_SIZE;
	image->plus = plus;
	image->next = TABLE;
	memcpy(image->bytes, "MZ", 2);
	put(image, 60, 4, PE_AT);
	memcpy(image->bytes + PE_AT, "PE\0", 4);
	put(image, PE_AT + 20, 2, plus ? 240 : 224);
	put(image, PE_AT + 24, 2, plus ? 0x20b : 0x10b);
	put(image, directories(image), 4, 16);
	add_certificate(image, 100, 0x200, 2);
}

static int find(struct image *image, struct interdict_claims *claims, struct memory *memory)
{
	memory->reader = (struct reader){ .read = read_memory, .size = image->size };
	memory->bytes = image->bytes;
	memory->reads = 0;
	memset(claims, 0, sizeof(*claims));
	found.count = 0;
	return pe_claims(&memory->reader, claims);
}

static void as_it_is(struct image *image)
{
	(void)image;
}

static void revision_1(struct image *image)
{
	put_certificate_at(image, TABLE, 100, 0x100, 2);
}

static void other_revision(struct image *image)
{
	put_certificate_at(image, TABLE, 100, 0x300, 2);
}

static void other_type(struct image *image)
{
	put_certificate_at(image, TABLE, 100, 0x200, 1);
}

static void other_type_first(struct image *image)
{
	put_certificate_at(image, TABLE, 100, 0x200, 0x0ef1);
	add_certificate(image, 24, 0x200, 2);
}

static void two(struct image *image)
{
	add_certificate(image, 64, 0x200, 2);
}

static void as_many_as_allowed(struct image *image)
{
	int i;

	for (i = 1; i < PE_CERTIFICATES; i++)
		add_certificate(image, 64, 0x200, 2);
}

static void one_more_than_allowed(struct image *image)
{
	as_many_as_allowed(image);
	add_certificate(image, 64, 0x200, 2);
}

static void padding_behind(struct image *image)
{
	put_table(image, TABLE, image->next - TABLE + 64);
}

static void a_few_bytes_behind(struct image *image)
{
	put_table(image, TABLE, image->next - TABLE + 7);
}

static void unpadded(struct image *image)
{
	put_table(image, TABLE, 100);
}

static void empty_certificate(struct image *image)
{
	put_certificate_at(image, TABLE, 8, 0x200, 2);
}

static void odd_offset(struct image *image)
{
	put_certificate_at(image, TABLE + 3, 100, 0x200, 2);
	put_table(image, TABLE + 3, 104);
}

static void ends_the_file(struct image *image)
{
	image->size = TABLE + 104;
}

static void unpadded_end_of_file(struct image *image)
{
	put_table(image, TABLE, 100);
	image->size = TABLE + 100;
}

static void over_the_headers(struct image *image)
{
	put_table(image, PE_AT, 104); /* length: "PE\0\0" */
}

static void over_itself(struct image *image)
{
	uint32_t at = directories(image) + 4 + 4 * 8;

	/* The directory is the certificate: its length is its offset. */
	put_table(image, at, 16);
}

static void cut_between(struct image *image)
{
	add_certificate(image, 64, 0x200, 2);
	image->size = TABLE + 104;
}

static void cut_in_the_second(struct image *image)
{
	add_certificate(image, 64, 0x200, 2);
	image->size = TABLE + 104 + 63;
}

static void second_too_long(struct image *image)
{
	add_certificate(image, 64, 0x200, 2);
	put(image, TABLE + 104, 4, 65);
}

static void behind_the_end(struct image *image)
{
	put_table(image, FILE_SIZE, 104);
}

static void at_the_last_offset(struct image *image)
{
	put_table(image, UINT32_MAX, UINT32_MAX);
}

static void huge(struct image *image)
{
	put_table(image, TABLE, UINT32_MAX);
	put(image, TABLE, 4, UINT32_MAX);
}

static void huge_length(struct image *image)
{
	put(image, TABLE, 4, UINT32_MAX);
}

static void length_0(struct image *image)
{
	put(image, TABLE, 4, 0);
}

static void length_7(struct image *image)
{
	put(image, TABLE, 4, 7);
}

static void no_table(struct image *image)
{
	put_table(image, 0, 0);
}

static void size_0(struct image *image)
{
	put_table(image, TABLE, 0);
}

static void size_7(struct image *image)
{
	put_table(image, TABLE, 7);
}

static void four_directories(struct image *image)
{
	put(image, directories(image), 4, 4);
}

static void many_directories(struct image *image)
{
	put(image, directories(image), 4, UINT32_MAX);
}

static void short_optional_header(struct image *image)
{
	put(image, PE_AT + 20, 2, (image->plus ? 152 : 136) - 1);
}

static void no_optional_header(struct image *image)
{
	put(image, PE_AT + 20, 2, 0);
}

static void shortest_optional_header(struct image *image)
{
	put(image, PE_AT + 20, 2, image->plus ? 152 : 136);
}

static void rom_image(struct image *image)
{
	put(image, PE_AT + 24, 2, 0x107);
}

static void only_dos(struct image *image)
{
	memset(image->bytes + PE_AT, 0, 4);
}

static void windows_3(struct image *image)
{
	memcpy(image->bytes + PE_AT, "NE", 2);
}

static void header_behind_the_end(struct image *image)
{
	put(image, 60, 4, FILE_SIZE);
}

static void header_at_the_last_offset(struct image *image)
{
	put(image, 60, 4, UINT32_MAX);
}

static void header_across_the_end(struct image *image)
{
	put(image, 60, 4, FILE_SIZE - 25);
}

static void directories_across_the_end(struct image *image)
{
	image->size = directories(image) + 4 + 5 * 8 - 1;
}

static void not_mz(struct image *image)
{
	image->bytes[0] = 'Z';
}

static void empty(struct image *image)
{
	image->size = 0;
}

static void short_dos_header(struct image *image)
{
	image->size = 63;
}

/* count: how many are found, the first at first of first_len bytes. */
static const struct {
	const char *name;
	void (*change)(struct image *image);
	unsigned int count;
	uint64_t first, first_len;
	int err;
	uint32_t flags;
} cases[] = {
#define CASE(change, ...)                    \
	{                                    \
#change, change, __VA_ARGS__ \
	}
#define ONE TABLE + 8, 92
	CASE(as_it_is, 1, ONE, 0, 0),
	CASE(revision_1, 1, ONE, 0, 0),
	CASE(other_revision, 0, 0, 0, 0, 0),
	CASE(other_type, 0, 0, 0, 0, 0),
	CASE(other_type_first, 1, TABLE + 104 + 8, 16, 0, 0),
	CASE(two, 2, ONE, 0, 0),
	CASE(as_many_as_allowed, PE_CERTIFICATES, ONE, 0, 0),
	CASE(one_more_than_allowed, PE_CERTIFICATES, ONE, -E2BIG, 0),
	CASE(padding_behind, 1, ONE, 0, 0),
	CASE(a_few_bytes_behind, 1, ONE, 0, 0),
	CASE(unpadded, 1, ONE, 0, 0),
	CASE(empty_certificate, 1, TABLE + 8, 0, 0, 0),
	CASE(odd_offset, 1, TABLE + 3 + 8, 92, 0, 0),
	CASE(ends_the_file, 1, ONE, 0, 0),
	CASE(unpadded_end_of_file, 1, ONE, 0, 0),
	CASE(over_the_headers, 0, 0, 0, -EBADMSG, 0),
	CASE(over_itself, 0, 0, 0, -EBADMSG, 0),
	CASE(cut_between, 1, ONE, 0, INTERDICT_CLAIMS_MALFORMED),
	CASE(cut_in_the_second, 1, ONE, -EBADMSG, INTERDICT_CLAIMS_MALFORMED),
	CASE(second_too_long, 1, ONE, -EBADMSG, 0),
	CASE(behind_the_end, 0, 0, 0, 0, INTERDICT_CLAIMS_MALFORMED),
	CASE(at_the_last_offset, 0, 0, 0, 0, INTERDICT_CLAIMS_MALFORMED),
	CASE(huge, 0, 0, 0, -EBADMSG, INTERDICT_CLAIMS_MALFORMED),
	CASE(huge_length, 0, 0, 0, -EBADMSG, 0),
	CASE(length_0, 0, 0, 0, -EBADMSG, 0),
	CASE(length_7, 0, 0, 0, -EBADMSG, 0),
	CASE(no_table, 0, 0, 0, 0, 0),
	CASE(size_0, 0, 0, 0, 0, 0),
	CASE(size_7, 0, 0, 0, 0, 0),
	CASE(four_directories, 0, 0, 0, 0, 0),
	CASE(many_directories, 1, ONE, 0, 0),
	CASE(short_optional_header, 0, 0, 0, 0, 0),
	CASE(no_optional_header, 0, 0, 0, 0, 0),
	CASE(shortest_optional_header, 1, ONE, 0, 0),
	CASE(rom_image, 0, 0, 0, 0, 0),
	CASE(only_dos, 0, 0, 0, 0, 0),
	CASE(windows_3, 0, 0, 0, 0, 0),
	CASE(header_behind_the_end, 0, 0, 0, 0, 0),
	CASE(header_at_the_last_offset, 0, 0, 0, 0, 0),
	CASE(header_across_the_end, 0, 0, 0, 0, 0),
	CASE(directories_across_the_end, 0, 0, 0, 0, 0),
	CASE(not_mz, 0, 0, 0, 0, 0),
	CASE(empty, 0, 0, 0, 0, 0),
	CASE(short_dos_header, 0, 0, 0, 0, 0),
};

static void all_cases(void **state)
{
	static struct image image;
	static struct interdict_claims claims;
	struct memory memory = {};
	size_t i;
	int plus, err;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (plus = 0; plus < 2; plus++) {
			make(&image, plus);
			cases[i].change(&image);
			err = find(&image, &claims, &memory);
			if (err != cases[i].err || found.count != cases[i].count ||
			    claims.flags != cases[i].flags)
				fail_msg("%s (%d): %d, %u found, flags %x", cases[i].name, plus,
					 err, found.count, claims.flags);
			if (!found.count)
				continue;
			assert_int_equal(found.offset[0], cases[i].first);
			assert_int_equal(found.len[0], cases[i].first_len);
			assert_int_equal(found.source, INTERDICT_SOURCE_PE);
		}
}

/* Every prefix of a good file: found when it is there, and said where the table is cut. */
static void truncated(void **state)
{
	static struct image image;
	static struct interdict_claims claims;
	struct memory memory = {};
	uint64_t size;
	bool header;
	int err;

	(void)state;
	make(&image, true);
	for (size = 0; size <= FILE_SIZE; size++) {
		image.size = size;
		err = find(&image, &claims, &memory);
		header = size >= directories(&image) + 4 + 5 * 8;
		/* 100 bytes, and 4 of padding. */
		assert_int_equal(found.count, size >= TABLE + 100);
		assert_int_equal(claims.flags,
				 header && size < TABLE + 104 ? INTERDICT_CLAIMS_MALFORMED : 0);
		assert_int_equal(err, size >= TABLE + 8 && size < TABLE + 100 ? -EBADMSG : 0);
	}
}

/* The reader's errors come through, wherever they are. */
static void reader_errors(void **state)
{
	static const int errors[] = { -EIO, -EINTR, -ENOMEM };
	static struct image image;
	static struct interdict_claims claims;
	struct memory memory = {};
	unsigned int reads;
	size_t i;

	(void)state;
	make(&image, true);
	assert_int_equal(find(&image, &claims, &memory), 0);
	reads = memory.reads;
	assert_true(reads <= 6);
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		memory.error = errors[i];
		for (memory.fail_at = 1; memory.fail_at <= reads; memory.fail_at++)
			assert_int_equal(find(&image, &claims, &memory), errors[i]);
	}
}

/* A signature that cannot be read does not hide the next; what is the reader's fault ends it. */
static void signature_errors(void **state)
{
	static struct image image;
	static struct interdict_claims claims;
	struct memory memory = {};

	(void)state;
	make(&image, false);
	add_certificate(&image, 64, 0x200, 2);
	found.error[0] = -EBADMSG;
	assert_int_equal(find(&image, &claims, &memory), 0);
	assert_int_equal(found.count, 2);
	assert_int_equal(claims.flags, INTERDICT_CLAIMS_MALFORMED);
	found.error[0] = -E2BIG;
	assert_int_equal(find(&image, &claims, &memory), 0);
	assert_int_equal(found.count, 2);
	assert_int_equal(claims.flags, INTERDICT_CLAIMS_MORE);
	found.error[0] = -EIO;
	assert_int_equal(find(&image, &claims, &memory), -EIO);
	assert_int_equal(found.count, 1);
	found.error[0] = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_cases),
		cmocka_unit_test(truncated),
		cmocka_unit_test(reader_errors),
		cmocka_unit_test(signature_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
