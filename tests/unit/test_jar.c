// SPDX-License-Identifier: GPL-2.0-or-later
/* Signed JAR files and packages of scheme v1: well made, made badly, and made to harm. */
#include "packages.h"

#include "kmod/extract/apk.h"
#include "kmod/extract/inflate.h"

#define MADE 2
static struct made made[MADE];
static uint8_t *block[MADE];
static int block_len[MADE];

static struct image image;
static struct zip zip;

static void add_block(const char *name, unsigned int i, bool deflated)
{
	zip_add(&zip, name, block[i], block_len[i], deflated);
}

static void add_others(unsigned int count)
{
	char name[64] = "res/layout/a_file_with_a_name_of_usual_length_00000.xml";
	unsigned int i;

	for (i = 0; i < count; i++) {
		name[46] = '0' + i / 1000 % 10;
		name[47] = '0' + i / 100 % 10;
		name[48] = '0' + i / 10 % 10;
		name[49] = '0' + i % 10;
		zip_add(&zip, name, "", 0, false);
	}
}

static void stored(void)
{
	add_block("META-INF/CERT.EC", 0, false);
}

static void deflated(void)
{
	add_block("META-INF/CERT.RSA", 0, true);
}

static void among_others(void)
{
	add_others(3);
	zip_add(&zip, "META-INF/MANIFEST.MF", "text", 4, true);
	zip_add(&zip, "META-INF/CERT.SF", "text", 4, true);
	add_block("META-INF/CERT.DSA", 0, true);
	add_others(3);
}

static void small_letters(void)
{
	add_block("meta-inf/cert.rsa", 0, true);
	add_block("Meta-Inf/b.Ec", 1, true);
}

static void further_down(void)
{
	add_block("META-INF/services/CERT.RSA", 0, true);
}

static void two_signers(void)
{
	add_block("META-INF/A.RSA", 0, true);
	add_block("META-INF/B.EC", 1, false);
}

static void other_names(void)
{
	add_block("CERT.RSA", 0, true);
	add_block("META-INF/", 0, true);
	add_block("META-INF/CERT", 0, true);
	add_block("META-INF/CERT.RSA.txt", 0, true);
	add_block("META-INF/CERTRSA", 0, true);
	add_block("META-INF/CERT.EC2", 0, true);
	add_block("META-INFO/CERT.RSA", 0, true);
	add_block("lib/META-INF/CERT.RSA", 0, true);
	add_block("META-INF\\CERT.RSA", 0, true);
	add_block("RSA", 0, true);
	add_block("", 0, true);
}

static void shortest_name(void)
{
	add_block("META-INF/A.EC", 0, true);
	add_block("META-INF/.EC", 0, true); /* no name: Java takes none such */
}

static void no_entries(void)
{
}

static void eight_blocks(void)
{
	char name[] = "META-INF/A.RSA";
	unsigned int i;

	for (i = 0; i < 8; i++) {
		name[9] = 'A' + i;
		add_block(name, 0, true);
	}
}

static void nine_blocks(void)
{
	eight_blocks();
	add_block("META-INF/Z.RSA", 1, true);
}

static void not_pkcs7(void)
{
	zip_add(&zip, "META-INF/A.RSA", "this is no signature", 20, true);
	add_block("META-INF/B.EC", 0, false);
}

static void unknown_method(void)
{
	zip_add_packed(&zip, "META-INF/A.RSA", block[1], block_len[1], block_len[1], 12);
	add_block("META-INF/B.EC", 0, false);
}

static void deflated_badly(void)
{
	zip_add_packed(&zip, "META-INF/A.RSA", "\377\377\377\377", 4, 100, 8);
	zip_add_packed(&zip, "META-INF/B.RSA", "", 0, 100, 8);
	add_block("META-INF/C.EC", 0, false);
}

static void deflated_in_part(void)
{
	uint8_t packed[4096];
	size_t len = deflate_raw(block[1], block_len[1], packed, sizeof(packed));

	zip_add_packed(&zip, "META-INF/A.RSA", packed, len - 1, block_len[1], 8);
	add_block("META-INF/B.EC", 0, true);
}

static void deflated_with_more_behind(void)
{
	uint8_t packed[4096] = {};
	size_t len = deflate_raw(block[0], block_len[0], packed, sizeof(packed));

	zip_add_packed(&zip, "META-INF/A.RSA", packed, len + 100, block_len[0], 8);
}

/* The numbers for the content are lies; they do not count. */
static void content_length_lies(void)
{
	uint8_t packed[4096];
	size_t len = deflate_raw(block[0], block_len[0], packed, sizeof(packed));

	zip_add_packed(&zip, "META-INF/A.RSA", packed, len, 0xfffffff0, 8);
	len = deflate_raw(block[1], block_len[1], packed, sizeof(packed));
	zip_add_packed(&zip, "META-INF/B.RSA", packed, len, 0, 8);
}

static void padded(size_t len)
{
	static uint8_t content[INFLATE_MAX + 1];

	memcpy(content, block[0], block_len[0]);
	zip_add(&zip, "META-INF/A.RSA", content, len, true);
}

static void as_large_as_can_be(void)
{
	padded(INFLATE_MAX);
}

static void too_large(void)
{
	padded(INFLATE_MAX + 1);
	add_block("META-INF/B.RSA", 1, true);
}

static void bomb(void)
{
	static uint8_t zeros[10 * 1024 * 1024], packed[32768];

	zip_add_packed(&zip, "META-INF/A.RSA", packed,
		       deflate_raw(zeros, sizeof(zeros), packed, sizeof(packed)), 100, 8);
	add_block("META-INF/B.RSA", 1, true);
}

static void large_and_whole(void)
{
	add_others(600);
	add_block("META-INF/A.RSA", 0, true);
	add_others(600);
}

static void large_and_first(void)
{
	add_block("META-INF/A.RSA", 0, true);
	add_others(3000);
}

static void large_and_last(void)
{
	add_others(3000);
	add_block("META-INF/A.RSA", 0, true);
	add_block("META-INF/B.RSA", 1, true);
}

static void large_and_both(void)
{
	add_block("META-INF/A.RSA", 0, true);
	add_others(3000);
	add_block("META-INF/B.RSA", 1, true);
}

static void large_and_between(void)
{
	add_others(1500);
	add_block("META-INF/A.RSA", 0, true);
	add_others(1500);
}

/* What looks like the beginning of an entry, and is in a name. */
static void large_with_traps(void)
{
	unsigned int i;

	add_others(2000);
	for (i = 0; i < 630; i++)
		zip_add(&zip,
			i % 63 ? "a name of usual length, and more of it, to fill the space" :
				 "a trap: PK\001\002 ............................... of it",
			"", 0, false);
	add_block("META-INF/A.RSA", 0, true);
}

/* Nothing but such: no more than so many are tried. */
static void large_of_traps_alone(void)
{
	char name[50001];
	unsigned int i;

	add_others(2000);
	for (i = 0; i < sizeof(name) - 1; i++)
		name[i] = "PK\001\002"[i % 4];
	name[i] = '\0';
	zip_add(&zip, name, "", 0, false);
	zip_add(&zip, name, "", 0, false);
	add_block("META-INF/A.RSA", 0, true);
}

static void large_and_broken_first(void)
{
	add_others(3000);
	add_block("META-INF/A.RSA", 0, true);
	zip.entries.bytes[1000 * 101] ^= 1;
	zip.entries.bytes[101] ^= 1;
}

static void large_and_broken_last(void)
{
	add_block("META-INF/A.RSA", 0, true);
	add_others(3000);
	add_block("META-INF/B.RSA", 1, true);
	/* The last entry's name is longer than there is. */
	put_at(&zip.entries, zip.entries.size - 14 - 46 + 28, 2, 15);
}

static void broken_in_the_middle(void)
{
	add_block("META-INF/A.RSA", 0, true);
	add_others(5);
	zip.entries.bytes[zip.entries.size - 101] ^= 1;
	add_block("META-INF/B.RSA", 1, true);
}

static void no_local_header(void)
{
	add_block("META-INF/A.RSA", 0, true);
	image.bytes[0] ^= 1;
	add_block("META-INF/B.RSA", 1, true);
}

enum { FIRST = 1, SECOND = 2 };
#define MORE INTERDICT_CLAIMS_MORE
#define MALF INTERDICT_CLAIMS_MALFORMED

static const struct {
	const char *name;
	void (*fill)(void);
	unsigned int want, flags;
} cases[] = {
#define CASE(fill, want, flags)          \
	{                                \
#fill, fill, want, flags \
	}
	CASE(stored, FIRST, 0),
	CASE(deflated, FIRST, 0),
	CASE(among_others, FIRST, 0),
	CASE(small_letters, FIRST | SECOND, 0),
	CASE(further_down, FIRST, 0),
	CASE(two_signers, FIRST | SECOND, 0),
	CASE(other_names, 0, 0),
	CASE(shortest_name, FIRST, 0),
	CASE(no_entries, 0, 0),
	CASE(eight_blocks, FIRST, 0),
	CASE(nine_blocks, FIRST, MORE),
	CASE(not_pkcs7, FIRST, MALF),
	CASE(unknown_method, FIRST, MALF),
	CASE(deflated_badly, FIRST, MALF),
	CASE(deflated_in_part, FIRST, MALF),
	CASE(deflated_with_more_behind, FIRST, 0),
	CASE(content_length_lies, FIRST | SECOND, 0),
	CASE(as_large_as_can_be, FIRST, 0),
	CASE(too_large, SECOND, MORE),
	CASE(bomb, SECOND, MORE),
	CASE(large_and_whole, FIRST, 0),
	CASE(large_and_first, FIRST, MORE),
	CASE(large_and_last, FIRST | SECOND, MORE),
	CASE(large_and_both, FIRST | SECOND, MORE),
	CASE(large_and_between, 0, MORE),
	CASE(large_with_traps, FIRST, MORE),
	CASE(large_of_traps_alone, 0, MORE | MALF),
	CASE(large_and_broken_first, FIRST, MALF | MORE),
	CASE(large_and_broken_last, FIRST, MORE | MALF),
	CASE(broken_in_the_middle, FIRST, MALF),
	CASE(no_local_header, SECOND, MALF),
};

static int find(struct interdict_claims *claims)
{
	struct paged paged = paged_make(image.bytes, image.size);

	memset(claims, 0, sizeof(*claims));
	return apk_claims(&paged.reader, claims);
}

static void make(unsigned int i, size_t comment)
{
	image.size = 0;
	zip_begin(&zip, &image);
	cases[i].fill();
	zip_end(&zip, comment);
}

static void all_cases(void **state)
{
	struct interdict_claims claims;
	unsigned int i, j, count;

	(void)state;
	for (i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		/* With a comment of the greatest length the pages have to do, too. */
		make(i / 2, i % 2 ? 65535 : 0);
		if (i % 2 && cases[i / 2].fill == no_entries)
			continue;
		if (i % 2 && cases[i / 2].fill == no_local_header)
			continue;
		assert_int_equal(find(&claims), 0);
		for (j = 0, count = 0; j < 2; j++) {
			count += !!(cases[i / 2].want & 1U << j);
			if (claimed(&claims, &made[j], INTERDICT_SOURCE_JAR) !=
			    !!(cases[i / 2].want & 1U << j))
				fail_msg("%s (%u): certificate %u", cases[i / 2].name, i % 2, j);
		}
		if (certificates(&claims) != count)
			fail_msg("%s: %u certificates", cases[i / 2].name, certificates(&claims));
		if (claims.flags != cases[i / 2].flags)
			fail_msg("%s (%u): flags %u", cases[i / 2].name, i % 2, claims.flags);
	}
}

/* A JAR that is a shell script or a program by its beginning. */
static void behind_another(void **state)
{
	static const char *const heads[] = { "PK\003\004", "#!/bin/sh\n", "MZ", "\177ELF" };
	struct interdict_claims claims;
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		struct paged paged;

		image.size = 0;
		if (i) {
			put(&image, heads[i], strlen(heads[i]));
			put_zeros(&image, 5000);
		}
		zip_begin(&zip, &image);
		two_signers();
		zip_end(&zip, 0);
		paged = paged_make(image.bytes, image.size);
		memset(&claims, 0, sizeof(claims));
		assert_int_equal(claims_find(&paged.reader, &claims), 0);
		assert_int_equal(certificates(&claims), 2);
		assert_true(claimed(&claims, &made[0], INTERDICT_SOURCE_JAR));
		assert_true(claimed(&claims, &made[1], INTERDICT_SOURCE_JAR));
	}
}

/* What is no ZIP file costs two short reads. */
static void another_file(void **state)
{
	struct interdict_claims claims = {};
	struct paged paged;

	(void)state;
	image.size = 0;
	put(&image, "\177ELF", 4);
	put_zeros(&image, 100000);
	paged = paged_make(image.bytes, image.size);
	assert_int_equal(apk_claims(&paged.reader, &claims), 0);
	assert_int_equal(claims.count, 0);
	assert_int_equal(paged.reads, 2);
	assert_int_equal(paged.pages, 2);
}

/* Signatures with numbers of their own. */
static void numbers(void **state)
{
	struct interdict_claims claims;
	unsigned int i, j;

	(void)state;
	image.size = 0;
	zip_begin(&zip, &image);
	two_signers();
	zip_end(&zip, 0);
	assert_int_equal(find(&claims), 0);
	for (i = 0; i < claims.count; i++)
		for (j = 0; j < 2; j++)
			if (!memcmp(claims.claim[i].value, made[j].digest, 32))
				assert_int_equal(claims.claim[i].signer, j);
}

static void truncated(void **state)
{
	struct interdict_claims claims;

	(void)state;
	image.size = 0;
	zip_begin(&zip, &image);
	two_signers();
	zip_end(&zip, 0);
	while (image.size-- > 0) {
		assert_int_equal(find(&claims), 0);
		assert_int_equal(claims.count, 0);
	}
}

static void flips(void **state)
{
	(void)state;
	image.size = 0;
	zip_begin(&zip, &image);
	two_signers();
	zip_end(&zip, 0);
	check_flips(&image, 0, find);
}

static void errors(void **state)
{
	(void)state;
	image.size = 0;
	zip_begin(&zip, &image);
	two_signers();
	zip_end(&zip, 100);
	check_read_errors(&image, apk_claims, -EIO, 10);
}

static void inflate_alone(void **state)
{
	struct paged paged = paged_make("\003\000", 2);
	uint8_t *bytes;
	uint32_t len = 77;

	(void)state;
	assert_int_equal(inflate_open(&paged.reader, 0, 2, &bytes, &len), 0);
	assert_non_null(bytes);
	assert_int_equal(len, 0);
	inflate_close(bytes);
	assert_int_equal(inflate_open(&paged.reader, 0, 1, &bytes, &len), -EBADMSG);
	assert_null(bytes);
	assert_int_equal(inflate_open(&paged.reader, 0, 0, &bytes, &len), -EBADMSG);
	inflate_close(NULL);
}

static int setup(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < MADE; i++) {
		made_begin(&made[i], i % 2 ? "Second" : "First", 1 + i);
		block_len[i] = made_pkcs7(&made[i], &block[i]);
	}
	return 0;
}

static int teardown(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < MADE; i++) {
		made_end(&made[i]);
		OPENSSL_free(block[i]);
	}
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_cases),	cmocka_unit_test(behind_another),
		cmocka_unit_test(another_file), cmocka_unit_test(numbers),
		cmocka_unit_test(truncated),	cmocka_unit_test(flips),
		cmocka_unit_test(errors),	cmocka_unit_test(inflate_alone),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
