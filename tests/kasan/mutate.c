// SPDX-License-Identifier: GPL-2.0-or-later
#include "mutate.h"

#include <dirent.h>
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Numbers of the generators must not meet. */
#define IMA_NUMBERS	  (1ULL << 32)
#define SIGNATURE_NUMBERS (2ULL << 32)

/* Seeds lie in a vault, as some of them are banned where they are read. */
#define VAULT_KEY 0x5a

#define SEEDS_MAX 64
struct seeds {
	const char *dir;
	struct content *seed[SEEDS_MAX];
	size_t count;
};

enum { APK, CLAIMS, EXTRACT, PKCS7, BER, IMA };
static struct seeds seeds[] = {
	[APK] = { .dir = "fuzz_apk" },		 [CLAIMS] = { .dir = "fuzz_claims" },
	[EXTRACT] = { .dir = "fuzz_extract" },	 [PKCS7] = { .dir = "fuzz_pkcs7" },
	[BER] = { .dir = "fuzz_pkcs7_openssl" }, [IMA] = { .dir = "fuzz_ima" },
};

/* SplitMix64 (Steele, Lea, Flood, 2014): small, and the same everywhere. */
uint64_t chance_next(struct chance *chance)
{
	uint64_t z = chance->state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

size_t chance_below(struct chance *chance, size_t limit)
{
	return limit ? chance_next(chance) % limit : 0;
}

static struct content *seed_load(const char *path)
{
	struct content *seed = malloc(sizeof(*seed));
	FILE *file = fopen(path, "re");

	if (!seed || !file)
		err(2, "%s", path);
	seed->len = fread(seed->data, 1, sizeof(seed->data), file);
	if (ferror(file) || !seed->len || seed->len == sizeof(seed->data))
		errx(2, "%s: not a seed", path);
	fclose(file);
	for (size_t i = 0; i < seed->len; i++)
		seed->data[i] ^= VAULT_KEY;
	return seed;
}

static int not_hidden(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* In the order of bytes, whatever the locale. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

void seeds_load(const char *dir)
{
	struct dirent **names;
	char path[4096];

	for (size_t i = 0; i < ARRAY_SIZE(seeds); i++) {
		int n;

		snprintf(path, sizeof(path), "%s/%s", dir, seeds[i].dir);
		n = scandir(path, &names, not_hidden, by_name);
		if (n <= 0 || n > SEEDS_MAX)
			errx(2, "%s: no seeds, or too many", path);
		for (int j = 0; j < n; j++) {
			snprintf(path, sizeof(path), "%s/%s/%s", dir, seeds[i].dir,
				 names[j]->d_name);
			seeds[i].seed[seeds[i].count++] = seed_load(path);
			free(names[j]);
		}
		free(names);
	}
}

static const struct content *any_seed(struct chance *chance, int kind)
{
	return seeds[kind].seed[chance_below(chance, seeds[kind].count)];
}

/* What finds no room is left out. */
static void append(struct content *content, const void *data, size_t len)
{
	if (len > sizeof(content->data) - content->len)
		len = sizeof(content->data) - content->len;
	memcpy(content->data + content->len, data, len);
	content->len += len;
}

static void append_random(struct content *content, struct chance *chance, size_t len)
{
	for (uint8_t byte; len; len--) {
		byte = chance_next(chance);
		append(content, &byte, 1);
	}
}

static void append_zeros(struct content *content, size_t len)
{
	if (len > sizeof(content->data) - content->len)
		len = sizeof(content->data) - content->len;
	memset(content->data + content->len, 0, len);
	content->len += len;
}

/* Little endian, as it lies in the file. */
static void put_number(struct content *content, size_t at, uint64_t value, size_t len)
{
	for (size_t i = 0; i < len && at + i < content->len; i++)
		content->data[at + i] = value >> 8 * i;
}

/* --- containers around a signature */

/* struct module_signature (Linux, include/linux/module_signature.h), and its magic. */
static void wrap_appended(struct content *content, const struct content *signature)
{
	uint8_t info[12] = { [2] = 2 };

	for (int i = 0; i < 4; i++)
		info[8 + i] = signature->len >> 8 * (3 - i);
	append(content, signature->data, signature->len);
	append(content, info, sizeof(info));
	append(content, "~Module signature appended~\n", 28);
}

/* Where the seed "pe" has its entry of the data directory, and where its headers end. */
#define PE_SECURITY 0xe8
#define PE_HEADERS  0x200

/* A WIN_CERTIFICATE (PE format, "The Attribute Certificate Table") of each of count signatures. */
static void wrap_pe(struct content *content, struct chance *chance, size_t count)
{
	const struct content *pe = seeds[CLAIMS].seed[seeds[CLAIMS].count - 1];

	append(content, pe->data, PE_HEADERS);
	while (count--) {
		const struct content *signature = any_seed(chance, count ? PKCS7 : BER);
		uint32_t len = 8 + signature->len;
		uint32_t header[2] = { len, 0x00020200 };

		append(content, header, sizeof(header));
		append(content, signature->data, signature->len);
		append_zeros(content, -content->len & 7);
	}
	put_number(content, PE_SECURITY, PE_HEADERS, 4);
	put_number(content, PE_SECURITY + 4, content->len - PE_HEADERS, 4);
}

static void begin(struct content *content, struct chance *chance)
{
	const struct content *seed = NULL;

	content->len = 0;
	switch (chance_below(chance, 8)) {
	case 0:
	case 1:
		seed = any_seed(chance, APK);
		break;
	case 2:
	case 3:
		seed = any_seed(chance, CLAIMS);
		break;
	case 4:
		seed = any_seed(chance, EXTRACT);
		break;
	case 5:
		seed = any_seed(chance, EXTRACT);
		append(content, seed->data, seed->len);
		wrap_appended(content, any_seed(chance, PKCS7));
		return;
	case 6:
		wrap_appended(content, any_seed(chance, BER));
		return;
	default:
		wrap_pe(content, chance, 1 + chance_below(chance, 4));
		return;
	}
	append(content, seed->data, seed->len);
}

/* --- ways to break it */

static void flip_bits(struct content *content, struct chance *chance)
{
	for (size_t n = 1 + chance_below(chance, 8); n && content->len; n--)
		content->data[chance_below(chance, content->len)] ^= 1 << chance_below(chance, 8);
}

static void truncate_it(struct content *content, struct chance *chance)
{
	content->len = chance_below(chance, content->len);
}

static void move_block(struct content *content, struct chance *chance)
{
	size_t from = chance_below(chance, content->len), to = chance_below(chance, content->len);
	size_t last = from > to ? from : to;
	size_t len = chance_below(chance, content->len - last);

	memmove(content->data + to, content->data + from, len);
}

static void duplicate_block(struct content *content, struct chance *chance)
{
	size_t from = chance_below(chance, content->len);
	size_t len = chance_below(chance, content->len - from);
	size_t room = sizeof(content->data) - content->len;

	if (len > room)
		len = room;
	memmove(content->data + from + len, content->data + from, content->len - from);
	content->len += len;
}

/* A number, anywhere, that looks like a length or an offset and is a bad one. */
static void edit_number(struct content *content, struct chance *chance)
{
	static const size_t lens[] = { 1, 2, 4, 4, 4, 8 };
	uint64_t values[] = { 0,
			      1,
			      ~0ULL,
			      ~0ULL - 7,
			      content->len,
			      content->len - 1,
			      content->len + 1,
			      0x7fffffff,
			      0x80000000,
			      0x8000000000000000,
			      0xffff,
			      CONTENT_MAX * 64ULL,
			      4095,
			      4096,
			      chance_next(chance),
			      content->len / 2 };
	size_t len = lens[chance_below(chance, ARRAY_SIZE(lens))];

	put_number(content, chance_below(chance, content->len),
		   values[chance_below(chance, ARRAY_SIZE(values))], len);
}

/* The length behind a tag of DER: of strings, sequences, sets, context. */
static void edit_der(struct content *content, struct chance *chance)
{
	static const uint8_t lengths[] = { 0, 1, 0x7f, 0x80, 0x81, 0x82, 0x83, 0x84, 0x88, 0xff };
	size_t at = chance_below(chance, content->len);

	for (size_t tries = 0; tries < content->len; tries++, at = (at + 1) % content->len) {
		switch (content->data[at]) {
		case 0x02 ... 0x06:
		case 0x30:
		case 0x31:
		case 0xa0:
		case 0xa1:
			put_number(content, at + 1,
				   chance_below(chance, 2) ?
					   lengths[chance_below(chance, ARRAY_SIZE(lengths))] :
					   chance_next(chance),
				   1);
			return;
		}
	}
}

/* The head of it, and the tail of another, or all of it. */
static void splice(struct content *content, struct chance *chance)
{
	const struct content *other = any_seed(chance, chance_below(chance, IMA));
	size_t from = chance_below(chance, 2) ? chance_below(chance, other->len) : 0;

	content->len = chance_below(chance, content->len + 1);
	append(content, other->data + from, other->len - from);
}

static void append_some(struct content *content, struct chance *chance)
{
	switch (chance_below(chance, 4)) {
	case 0:
		append_random(content, chance, 1 + chance_below(chance, 512));
		break;
	case 1:
		append_zeros(content, 1 + chance_below(chance, 70000));
		break;
	case 2:
		wrap_appended(content, any_seed(chance, PKCS7));
		break;
	default:
		append(content, "PK\005\006", 4);
		append_random(content, chance, 18);
	}
}

/* The tail goes to where another page budget has to reach it. */
static void spread(struct content *content, struct chance *chance)
{
	size_t at = chance_below(chance, content->len);
	size_t room = sizeof(content->data) - content->len;
	size_t len =
		chance_below(chance, chance_below(chance, 8) || room < 20000 ? room / 16 : room);

	memmove(content->data + at + len, content->data + at, content->len - at);
	memset(content->data + at, 0, len);
	content->len += len;
}

static void (*const breaks[])(struct content *, struct chance *) = {
	flip_bits, flip_bits, truncate_it, move_block,	duplicate_block, edit_number,
	edit_der,  edit_der,  edit_number, append_some, splice,		 spread,
};

static void break_it(struct content *content, struct chance *chance)
{
	for (size_t i = 1 + chance_below(chance, 4); i && content->len; i--)
		breaks[chance_below(chance, ARRAY_SIZE(breaks))](content, chance);
}

void mutate_file(uint64_t n, struct content *content)
{
	struct chance chance = { .state = n };

	begin(content, &chance);
	if (n % 16)
		break_it(content, &chance);
}

static size_t give(const struct content *content, uint8_t *value, size_t size)
{
	size_t len = content->len < size ? content->len : size;

	memcpy(value, content->data, len);
	return len;
}

size_t mutate_signature(uint64_t n, uint8_t *value, size_t size)
{
	struct chance chance = { .state = n + SIGNATURE_NUMBERS };
	const struct content *seed = any_seed(&chance, chance_below(&chance, 2) ? PKCS7 : BER);
	static struct content content;

	content.len = 0;
	append(&content, seed->data, seed->len);
	if (chance_below(&chance, 4))
		break_it(&content, &chance);
	return give(&content, value, size);
}

size_t mutate_ima(uint64_t n, uint8_t *value, size_t size)
{
	struct chance chance = { .state = n + IMA_NUMBERS };
	static struct content content;

	content.len = 0;
	if (chance_below(&chance, 4)) {
		const struct content *seed = any_seed(&chance, IMA);

		append(&content, seed->data, seed->len);
		if (chance_below(&chance, 4))
			flip_bits(&content, &chance);
		if (!chance_below(&chance, 4))
			truncate_it(&content, &chance);
		if (!chance_below(&chance, 4))
			append_random(&content, &chance, chance_below(&chance, 1024));
	} else {
		append_random(&content, &chance, 1 + chance_below(&chance, 1100));
	}
	if (!content.len)
		append(&content, "\003", 1);
	return give(&content, value, size);
}
