// SPDX-License-Identifier: GPL-2.0-or-later
/* What ELF files say of their package: of notes well made and not, and of what linkers make. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kmod/extract/package_note.h"
#include "kmod/extract/reader_memory.h"
#include "run.h"

#define FILE_SIZE 8192
#define NOTE	  120
#define TEXT	  "{\"type\":\"deb\",\"name\":\"x\"}"

static uint8_t bytes[FILE_SIZE];

static void put(unsigned int at, unsigned int len, uint64_t value)
{
	unsigned int i;

	for (i = 0; i < len; i++)
		bytes[at + i] = value >> 8 * i;
}

/* A 64-bit file of one note segment. */
static void make(uint32_t type, const char *owner, const char *text, uint32_t len)
{
	memset(bytes, 0, sizeof(bytes));
	memcpy(bytes, "\177ELF\2\1\1", 7);
	put(32, 8, 64);
	put(54, 2, 56);
	put(56, 2, 1);
	put(64, 4, 4);
	put(72, 8, NOTE);
	put(96, 8, 16 + (len + 3) / 4 * 4);
	put(112, 8, 4);
	put(NOTE, 4, 4);
	put(NOTE + 4, 4, len);
	put(NOTE + 8, 4, type);
	memcpy(bytes + NOTE + 12, owner, 4);
	memcpy(bytes + NOTE + 16, text, strlen(text));
}

static int find(uint64_t file_size, char *json, uint32_t size, uint32_t *len)
{
	struct reader_memory memory;

	reader_memory_init(&memory, bytes, file_size);
	*len = 77;
	return package_note_find(&memory.reader, json, size, len);
}

static const struct {
	uint32_t type;
	const char *owner, *text;
	uint32_t note_len, size;
	int err;
	uint32_t len;
} cases[] = {
	{ 0xcafe1a7e, "FDO", TEXT, sizeof(TEXT), 100, 0, sizeof(TEXT) - 1 },
	{ 0xcafe1a7e, "FDO", TEXT, sizeof(TEXT) - 1, 100, 0, sizeof(TEXT) - 1 }, /* without NUL */
	{ 0xcafe1a7e, "FDO", TEXT, sizeof(TEXT) + 5, 100, 0, sizeof(TEXT) - 1 }, /* with several */
	{ 0xcafe1a7e, "FDO", TEXT, 4, 100, 0, 4 },
	{ 0xcafe1a7e, "FDO", TEXT, sizeof(TEXT), sizeof(TEXT), 0, sizeof(TEXT) - 1 },
	{ 0xcafe1a7e, "FDO", TEXT, sizeof(TEXT), sizeof(TEXT) - 1, -E2BIG, 0 },
	{ 0xcafe1a7e, "FDO", "", 1, 100, 0, 0 },
	{ 0xcafe1a7e, "FDO", "", 0, 100, 0, 0 },
	{ 0xcafe1a7e, "FDO", TEXT, PACKAGE_NOTE_MAX + 1, 100, 0, 0 },
	{ 0xcafe1a7e, "GNU", TEXT, sizeof(TEXT), 100, 0, 0 },
	{ 3, "FDO", TEXT, sizeof(TEXT), 100, 0, 0 },
	{ 0xcafe1a7f, "FDO", TEXT, sizeof(TEXT), 100, 0, 0 },
};

static void all_cases(void **state)
{
	char json[100];
	uint32_t len;
	size_t i;
	int err;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		make(cases[i].type, cases[i].owner, cases[i].text, cases[i].note_len);
		err = find(FILE_SIZE, json, cases[i].size, &len);
		if (err != cases[i].err || len != cases[i].len)
			fail_msg("case %zu: %d, length %u", i, err, len);
		assert_memory_equal(json, TEXT, len);
	}
}

static void truncated(void **state)
{
	char json[100];
	uint64_t size;
	uint32_t len;

	(void)state;
	make(0xcafe1a7e, "FDO", TEXT, sizeof(TEXT));
	for (size = 0; size < 400; size++) {
		assert_int_equal(find(size, json, sizeof(json), &len), 0);
		assert_int_equal(
			len, size < NOTE + 16 + (sizeof(TEXT) + 3) / 4 * 4 ? 0 : sizeof(TEXT) - 1);
	}
}

/* As packages do it: a section that the linker puts into a note segment. */
static void of_the_linker(void **state)
{
	char json[100], elf[64 * 1024];
	struct reader_memory memory;
	uint32_t len;
	size_t size;

	(void)state;
	run("printf '%s\\n' '.section .note.package, \"a\", %note' '.balign 4' "
	    "'.long 4, 2f - 1f, 0xcafe1a7e' '.asciz \"FDO\"' "
	    "'1: .asciz \"{\\\"type\\\":\\\"deb\\\",\\\"name\\\":\\\"x\\\"}\"' '2: .balign 4' "
	    "'.text' '.globl _start' '_start: ret' >n.s && gcc -nostdlib -static -o n n.s");
	size = slurp("n", elf, sizeof(elf));
	reader_memory_init(&memory, elf, size);
	assert_int_equal(package_note_find(&memory.reader, json, sizeof(json), &len), 0);
	assert_int_equal(len, strlen(TEXT));
	assert_memory_equal(json, TEXT, len);
}

/* The reader of memory gives nothing that is outside of it. */
static void memory_only(void **state)
{
	struct reader_memory memory;
	uint8_t buf[8] = {};

	(void)state;
	reader_memory_init(&memory, "12345678", 8);
	assert_int_equal(memory.reader.read(&memory.reader, 0, buf, 8), 0);
	assert_memory_equal(buf, "12345678", 8);
	assert_int_equal(memory.reader.read(&memory.reader, 8, buf, 0), 0);
	assert_int_equal(memory.reader.read(&memory.reader, 7, buf, 2), -EIO);
	assert_int_equal(memory.reader.read(&memory.reader, 9, buf, 0), -EIO);
	assert_int_equal(memory.reader.read(&memory.reader, UINT64_MAX, buf, 1), -EIO);
	assert_int_equal(memory.reader.read(&memory.reader, 0, buf, UINT32_MAX), -EIO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_cases),
		cmocka_unit_test(truncated),
		cmocka_unit_test(memory_only),
		cmocka_unit_test_setup_teardown(of_the_linker, tempdir_setup, tempdir_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
