// SPDX-License-Identifier: GPL-2.0-or-later
/* The walk over DER and BER, and OpenSSL's own reading of the same headers. */
#include "kmod/extract/der.h"

#include "tests/unit/signing.h"

#define MANY 1000

/* What is tested walks the whole of it: enters what is constructed, leaves at its end. */
static int walk_all(struct der *der, unsigned int *count)
{
	struct der_element element;
	int err;

	for (*count = 0;;) {
		err = der_next(der, &element);
		if (err == DER_END) {
			if (!der->depth)
				return 0;
			err = der_leave(der);
		} else if (!err) {
			++*count;
			if (element.tag & DER_CONSTRUCTED)
				err = der_enter(der, &element);
		}
		if (err)
			return err;
	}
}

/* The same, entering nothing. */
static int pass_all(struct der *der, unsigned int *count)
{
	struct der_element element;
	int err;

	for (*count = 0; !(err = der_next(der, &element)); ++*count)
		;
	return err == DER_END ? 0 : err;
}

#define AT(...) { __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ })

static const struct {
	const char *name;
	uint8_t at[64];
	size_t len;
	int walk, pass; /* elements, or the error */
} cases[] = {
	{ "nothing", { 0 }, 0, 0, 0 },
	{ "null", AT(5, 0), 1, 1 },
	{ "half a header", AT(5), -EBADMSG, -EBADMSG },
	{ "two", AT(5, 0, 1, 1, 255), 2, 2 },
	{ "too long by one", AT(4, 3, 1, 2), -EBADMSG, -EBADMSG },
	{ "length in 1", AT(4, 0x81, 1, 9), 1, 1 },
	{ "length in 2", AT(4, 0x82, 0, 1, 9), 1, 1 },
	{ "length in 4", AT(4, 0x84, 0, 0, 0, 1, 9), 1, 1 },
	{ "length in 8", AT(4, 0x88, 0, 0, 0, 0, 0, 0, 0, 1, 9), 1, 1 },
	{ "length in 9", AT(4, 0x89, 0, 0, 0, 0, 0, 0, 0, 0, 1, 9), -EBADMSG, -EBADMSG },
	{ "length cut off", AT(4, 0x82, 1), -EBADMSG, -EBADMSG },
	{ "length of 2^64-1", AT(4, 0x88, 255, 255, 255, 255, 255, 255, 255, 255), -EBADMSG,
	  -EBADMSG },
	{ "length of 2^63", AT(0x30, 0x88, 128, 0, 0, 0, 0, 0, 0, 0), -EBADMSG, -EBADMSG },
	{ "reserved length", AT(4, 0xff, 0), -EBADMSG, -EBADMSG },
	{ "empty sequence", AT(0x30, 0), 1, 1 },
	{ "sequence", AT(0x30, 4, 5, 0, 5, 0, 5, 0), 4, 2 },
	{ "beyond its sequence", AT(0x30, 3, 4, 2, 0), -EBADMSG, 1 },
	{ "beyond, with more there", AT(0x30, 3, 4, 2, 0, 5, 0), -EBADMSG, 2 },
	{ "indefinite", AT(0x30, 0x80, 5, 0, 0, 0), 2, 1 },
	{ "indefinite, empty", AT(0x30, 0x80, 0, 0), 1, 1 },
	{ "indefinite, then one", AT(0x30, 0x80, 5, 0, 0, 0, 5, 0), 3, 2 },
	{ "indefinite in itself", AT(0x30, 0x80, 0x30, 0x80, 5, 0, 0, 0, 0, 0), 3, 1 },
	{ "indefinite in definite", AT(0x30, 6, 0x30, 0x80, 5, 0, 0, 0), 3, 1 },
	{ "definite in indefinite", AT(0x30, 0x80, 0x30, 2, 5, 0, 0, 0), 3, 1 },
	{ "indefinite, no end", AT(0x30, 0x80, 5, 0), -EBADMSG, -EBADMSG },
	{ "indefinite, half an end", AT(0x30, 0x80, 5, 0, 0), -EBADMSG, -EBADMSG },
	{ "end beyond what is around", AT(0x30, 4, 0x30, 0x80, 5, 0, 0, 0), -EBADMSG, -EBADMSG },
	{ "indefinite and primitive", AT(4, 0x80, 0, 0), -EBADMSG, -EBADMSG },
	{ "end in definite", AT(0x30, 2, 0, 0), -EBADMSG, 1 },
	{ "end at the top", AT(0, 0), -EBADMSG, -EBADMSG },
	{ "end with content", AT(0x30, 0x80, 0, 1, 0, 0, 0), -EBADMSG, -EBADMSG },
	{ "end with long length", AT(0x30, 0x80, 0, 0x81, 0, 0, 0), -EBADMSG, -EBADMSG },
	{ "tag number in 2 bytes", AT(0x1f, 0x20, 1, 9), 1, 1 },
	{ "tag number in 5 bytes", AT(0x9f, 0xff, 0xff, 0xff, 0x7f, 1, 9), 1, 1 },
	{ "tag number in 6 bytes", AT(0x9f, 0xff, 0xff, 0xff, 0xff, 0x7f, 1, 9), -EBADMSG,
	  -EBADMSG },
	{ "tag number cut off", AT(0x1f, 0xff), -EBADMSG, -EBADMSG },
	{ "tag number, no length", AT(0x1f, 0x20), -EBADMSG, -EBADMSG },
	{ "as deep as it goes",
	  AT(0x30, 14, 0x30, 12, 0x30, 10, 0x30, 8, 0x30, 6, 0x30, 4, 0x30, 2, 0x30, 0), 8, 1 },
	{ "deeper",
	  AT(0x30, 16, 0x30, 14, 0x30, 12, 0x30, 10, 0x30, 8, 0x30, 6, 0x30, 4, 0x30, 2, 0x30, 0),
	  -E2BIG, 1 },
	{ "deeper, indefinite",
	  AT(0x30, 0x80, 0x30, 0x80, 0x30, 0x80, 0x30, 0x80, 0x30, 0x80, 0x30, 0x80, 0x30, 0x80,
	     0x30, 0x80, 0x30, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
	  -E2BIG, 1 },
};

static int run(const struct bytes *bytes, int (*function)(struct der *, unsigned int *),
	       __u32 elements)
{
	struct memory memory = memory_of(bytes);
	unsigned int count;
	struct der der;
	int err;

	err = der_begin(&der, &memory.reader, 0, bytes->len, &elements);
	if (!err)
		err = function(&der, &count);
	return err ? err : (int)count;
}

static void all_cases(void **state)
{
	size_t i;
	int ret;

	(void)state;
	for (i = 0; i < COUNT_OF(cases); i++) {
		struct bytes bytes = { malloc(cases[i].len), cases[i].len };

		memcpy(bytes.at, cases[i].at, bytes.len);
		ret = run(&bytes, walk_all, MANY);
		if (ret != cases[i].walk)
			fail_msg("%s: walked %d, not %d", cases[i].name, ret, cases[i].walk);
		ret = run(&bytes, pass_all, MANY);
		if (ret != cases[i].pass)
			fail_msg("%s: passed %d, not %d", cases[i].name, ret, cases[i].pass);
		/* No more headers than are allowed, each end of contents of them, too. */
		if (cases[i].walk > 0) {
			assert_int_equal(run(&bytes, walk_all, 0), -E2BIG);
			assert_int_equal(run(&bytes, walk_all, cases[i].walk - 1), -E2BIG);
		}
		free(bytes.at);
	}
}

/* Headers of any bytes, where OpenSSL takes them too: the same tag and length. */
static void as_openssl(void **state)
{
	unsigned int seed = 1, i, j, both = 0;
	uint8_t at[80];

	(void)state;
	for (i = 0; i < 200000; i++) {
		struct bytes bytes = { at, sizeof(at) };
		struct memory memory = memory_of(&bytes);
		const unsigned char *theirs = at;
		struct der_element element;
		__u32 elements = 1;
		struct der der;
		int err, ret, tag, class;
		long len;

		for (j = 0; j < sizeof(at); j++) {
			seed = seed * 1103515245 + 12345;
			at[j] = seed >> 16;
		}
		at[1] = i & 1 ? at[1] & 0x3f : 0x80 | (at[1] & 7);
		for (j = 2; at[1] > 0x81 && j < (at[1] & 7U) + 1; j++)
			at[j] = 0;
		ret = ASN1_get_object(&theirs, &len, &tag, &class, sizeof(at));
		der_begin(&der, &memory.reader, 0, sizeof(at), &elements);
		err = der_next(&der, &element);
		/* It takes end-of-contents and tag numbers of any length. */
		if (ret & 0x80 || err) {
			if (!(ret & 0x80) && at[0] && (at[0] & 0x1f) != 0x1f)
				fail_msg("%02x %02x %02x: %d", at[0], at[1], at[2], err);
			continue;
		}
		both++;
		assert_int_equal(element.content, theirs - at);
		assert_int_equal(element.indefinite, ret & 1);
		if (!element.indefinite)
			assert_int_equal(element.len, len);
		if ((at[0] & 0x1f) != 0x1f)
			assert_int_equal(element.tag & 0x1f, tag);
		assert_int_equal(element.tag & 0xc0, class);
	}
	assert_true(both > 50000);
	ERR_clear_error();
}

static int octets(const char *at, size_t len, uint8_t *buf, __u32 max, __u32 *got)
{
	struct bytes bytes = { malloc(len), len };
	struct memory memory = memory_of(&bytes);
	struct der_element element;
	__u32 elements = MANY;
	struct der der;
	int err;

	memcpy(bytes.at, at, len);
	err = der_begin(&der, &memory.reader, 0, len, &elements);
	if (!err)
		err = der_next(&der, &element);
	if (!err)
		err = der_octets(&der, &element, buf, max, got);
	if (!err)
		assert_int_equal(der_next(&der, &element), DER_END);
	free(bytes.at);
	return err;
}

static void octet_strings(void **state)
{
	uint8_t buf[4];
	__u32 len;

	(void)state;
#define OCTETS(text) octets(text, sizeof(text) - 1, buf, sizeof(buf), &len)
	assert_int_equal(OCTETS("\x04\x04"
				"abcd"),
			 0);
	assert_int_equal(len, 4);
	assert_memory_equal(buf, "abcd", 4);
	assert_int_equal(OCTETS("\x80\x01x"), 0);
	assert_int_equal(len, 1);
	assert_int_equal(OCTETS("\x04\x00"), 0);
	assert_int_equal(len, 0);
	assert_int_equal(OCTETS("\x24\x07\x04\x01x\x04\x02yz"), 0);
	assert_int_equal(len, 3);
	assert_memory_equal(buf, "xyz", 3);
	assert_int_equal(OCTETS("\xa0\x80\x04\x01x\x04\x00\x04\x02yz\x00\x00"), 0);
	assert_int_equal(len, 3);
	assert_memory_equal(buf, "xyz", 3);
	assert_int_equal(OCTETS("\x04\x05"
				"abcde"),
			 -E2BIG);
	assert_int_equal(OCTETS("\x24\x09\x04\x03xyz\x04\x02xy"), -E2BIG);
	assert_int_equal(OCTETS("\x24\x03\x0c\x01x"), -EBADMSG);
	assert_int_equal(OCTETS("\x24\x05\x24\x03\x04\x01x"), -EBADMSG);
	assert_int_equal(OCTETS("\x24\x80\x04\x01x"), -EBADMSG);
}

static void made_headers(void **state)
{
	static const __u32 lens[] = { 0,      1,       0x7f,	 0x80,	    0xff,      0x100,
				      0xffff, 0x10000, 0xffffff, 0x1000000, 0x7fffffff };
	unsigned char wanted[16], *to;
	uint8_t made[DER_HEADER_MADE];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(lens); i++) {
		to = wanted;
		ASN1_put_object(&to, 1, lens[i], V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL);
		assert_int_equal(der_header(made, DER_SEQUENCE, lens[i]), to - wanted);
		assert_memory_equal(made, wanted, to - wanted);
	}
}

static void compared(void **state)
{
	struct bytes bytes = { malloc(300), 300 };
	struct memory memory = memory_of(&bytes);
	struct der_range one = { 0, 150 }, other = { 150, 150 };
	size_t i;

	(void)state;
	memset(bytes.at, 7, 300);
	assert_int_equal(der_same(&memory.reader, &one, &other), 1);
	for (i = 0; i < 150; i++) {
		bytes.at[i] = 8;
		assert_int_equal(der_same(&memory.reader, &one, &other), 0);
		bytes.at[i] = 7;
	}
	other.len = 149;
	assert_int_equal(der_same(&memory.reader, &one, &other), 0);
	one.len = 0;
	other.len = 0;
	assert_int_equal(der_same(&memory.reader, &one, &other), 1);
	memory.fail_at = memory.reads + 1;
	one.len = 1;
	other.len = 1;
	assert_int_equal(der_same(&memory.reader, &one, &other), -EINTR);
	free(bytes.at);
}

/* 2^20 elements, nested or in a row, are not walked to their end. */
static void without_end(void **state)
{
	struct bytes bytes = { malloc(1 << 21), 1 << 21 };
	size_t i;

	(void)state;
	for (i = 0; i < bytes.len; i += 2) {
		bytes.at[i] = 0x30;
		bytes.at[i + 1] = 0x80;
	}
	assert_int_equal(run(&bytes, pass_all, MANY), -E2BIG);
	for (i = 2; i < bytes.len; i += 2) {
		bytes.at[i] = 5;
		bytes.at[i + 1] = 0;
	}
	assert_int_equal(run(&bytes, pass_all, MANY), -E2BIG);
	free(bytes.at);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_cases),	 cmocka_unit_test(as_openssl),
		cmocka_unit_test(octet_strings), cmocka_unit_test(made_headers),
		cmocka_unit_test(compared),	 cmocka_unit_test(without_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
