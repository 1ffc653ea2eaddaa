// SPDX-License-Identifier: GPL-2.0-or-later
/* Where appended signatures are looked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "found.h"
#include "kmod/extract/appended.h"

#define MARKER	"~Module signature appended~\n"
#define TAIL	40
#define CONTENT 100
#define SIG_LEN 50

struct image {
	uint8_t bytes[4096];
	uint64_t size;
};

static void append(struct image *image, uint32_t len, uint32_t said)
{
	const uint8_t trailer[12] = { 0, 0, 2,		0,	    0,	       0,
				      0, 0, said >> 24, said >> 16, said >> 8, said };

	memset(image->bytes + image->size, 's', len);
	memcpy(image->bytes + image->size + len, trailer, sizeof(trailer));
	memcpy(image->bytes + image->size + len + sizeof(trailer), MARKER, strlen(MARKER));
	image->size += len + TAIL;
}

static void make(struct image *image)
{
	memset(image, 0, sizeof(*image));
	image->size = CONTENT;
	append(image, SIG_LEN, SIG_LEN);
}

static int find(struct image *image, struct interdict_claims *claims, struct memory *memory)
{
	memory->reader = (struct reader){ .read = read_memory, .size = image->size };
	memory->bytes = image->bytes;
	memory->reads = 0;
	memset(claims, 0, sizeof(*claims));
	found.count = 0;
	return appended_claims(&memory->reader, claims);
}

static void as_it_is(struct image *image)
{
	(void)image;
}

static void nothing_in_front(struct image *image)
{
	image->size = 0;
	append(image, SIG_LEN, SIG_LEN);
}

static void twice(struct image *image)
{
	append(image, 7, 7);
}

static void as_many_as_allowed(struct image *image)
{
	int i;

	for (i = 1; i < APPENDED_STACKED; i++)
		append(image, 1, 1);
}

static void one_more_than_allowed(struct image *image)
{
	as_many_as_allowed(image);
	append(image, 1, 1);
}

static void a_byte_behind(struct image *image)
{
	image->bytes[image->size++] = '\n';
}

static void no_newline(struct image *image)
{
	image->bytes[image->size - 1] = ' ';
}

static void other_type(struct image *image)
{
	image->bytes[image->size - TAIL + 2] = 1;
}

static void with_signer(struct image *image)
{
	image->bytes[image->size - TAIL + 3] = 1;
}

static void with_padding(struct image *image)
{
	image->bytes[image->size - TAIL + 7] = 1;
}

static void too_long(struct image *image)
{
	image->size = CONTENT;
	append(image, SIG_LEN, CONTENT + SIG_LEN + 1);
}

static void as_long_as_the_file(struct image *image)
{
	image->size = CONTENT;
	append(image, SIG_LEN, CONTENT + SIG_LEN);
}

static void longest(struct image *image)
{
	image->size = CONTENT;
	append(image, SIG_LEN, UINT32_MAX);
}

static void length_0(struct image *image)
{
	image->size = CONTENT;
	append(image, SIG_LEN, 0);
}

static void inner_too_long(struct image *image)
{
	image->size = 0;
	append(image, SIG_LEN, SIG_LEN + 1);
	append(image, 7, 7);
}

static void cut_in_front(struct image *image)
{
	memmove(image->bytes, image->bytes + CONTENT + SIG_LEN, TAIL);
	image->size = TAIL;
}

static void only_the_marker(struct image *image)
{
	memcpy(image->bytes, MARKER, strlen(MARKER));
	image->size = strlen(MARKER);
}

static void empty(struct image *image)
{
	image->size = 0;
}

static const struct {
	const char *name;
	void (*change)(struct image *image);
	unsigned int count;
	uint64_t first, first_len; /* the last in the file */
	int err;
} cases[] = {
#define CASE(change, ...)                    \
	{                                    \
#change, change, __VA_ARGS__ \
	}
	CASE(as_it_is, 1, CONTENT, SIG_LEN, 0),
	CASE(nothing_in_front, 1, 0, SIG_LEN, 0),
	CASE(twice, 2, CONTENT + SIG_LEN + TAIL, 7, 0),
	CASE(as_many_as_allowed, APPENDED_STACKED, CONTENT + SIG_LEN + TAIL + 2 * 41, 1, 0),
	CASE(one_more_than_allowed, APPENDED_STACKED, CONTENT + SIG_LEN + TAIL + 3 * 41, 1, -E2BIG),
	CASE(as_long_as_the_file, 1, 0, CONTENT + SIG_LEN, 0),
	CASE(inner_too_long, 1, SIG_LEN + TAIL, 7, -EBADMSG),
	CASE(a_byte_behind, 0, 0, 0, 0),
	CASE(no_newline, 0, 0, 0, 0),
	CASE(other_type, 0, 0, 0, -EBADMSG),
	CASE(with_signer, 0, 0, 0, -EBADMSG),
	CASE(with_padding, 0, 0, 0, -EBADMSG),
	CASE(too_long, 0, 0, 0, -EBADMSG),
	CASE(longest, 0, 0, 0, -EBADMSG),
	CASE(length_0, 0, 0, 0, -EBADMSG),
	CASE(cut_in_front, 0, 0, 0, -EBADMSG),
	CASE(only_the_marker, 0, 0, 0, 0),
	CASE(empty, 0, 0, 0, 0),
};

static void all_cases(void **state)
{
	static struct image image;
	static struct interdict_claims claims;
	struct memory memory = {};
	size_t i;
	int err;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		make(&image);
		cases[i].change(&image);
		err = find(&image, &claims, &memory);
		if (err != cases[i].err || found.count != cases[i].count)
			fail_msg("%s: %d, %u found", cases[i].name, err, found.count);
		assert_true(memory.reads <= APPENDED_STACKED + 1);
		if (!found.count)
			continue;
		assert_int_equal(found.offset[0], cases[i].first);
		assert_int_equal(found.len[0], cases[i].first_len);
		assert_int_equal(found.source, INTERDICT_SOURCE_APPENDED);
	}
}

/* What is cut anywhere at its end has no signature; at its beginning, as long as it is there. */
static void truncated(void **state)
{
	static struct image image, cut;
	static struct interdict_claims claims;
	struct memory memory = {};
	uint64_t n;

	(void)state;
	make(&image);
	for (n = 0; n < image.size; n++) {
		cut = image;
		cut.size = n;
		assert_int_equal(find(&cut, &claims, &memory), 0);
		assert_int_equal(found.count, 0);
		memcpy(cut.bytes, image.bytes + n, image.size - n);
		cut.size = image.size - n;
		assert_int_equal(find(&cut, &claims, &memory),
				 n > CONTENT && cut.size >= TAIL ? -EBADMSG : 0);
		assert_int_equal(found.count, n <= CONTENT);
	}
}

static void errors(void **state)
{
	static struct image image;
	static struct interdict_claims claims;
	struct memory memory = { .error = -EIO };

	(void)state;
	make(&image);
	append(&image, 7, 7);
	for (memory.fail_at = 1; memory.fail_at <= 3; memory.fail_at++)
		assert_int_equal(find(&image, &claims, &memory), -EIO);
	/* One that cannot be read does not hide those in front of it. */
	memory.fail_at = 0;
	found.error[0] = -EBADMSG;
	assert_int_equal(find(&image, &claims, &memory), 0);
	assert_int_equal(found.count, 2);
	assert_int_equal(claims.flags, INTERDICT_CLAIMS_MALFORMED);
	found.error[0] = -EINTR;
	assert_int_equal(find(&image, &claims, &memory), -EINTR);
	assert_int_equal(found.count, 1);
	found.error[0] = 0;
}

/* In a file that has none it is one read. */
static void cheap(void **state)
{
	static struct image image = { .size = 4000 };
	static struct interdict_claims claims;
	struct memory memory = {};

	(void)state;
	assert_int_equal(find(&image, &claims, &memory), 0);
	assert_int_equal(memory.reads, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_cases),
		cmocka_unit_test(truncated),
		cmocka_unit_test(errors),
		cmocka_unit_test(cheap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
