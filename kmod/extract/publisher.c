// SPDX-License-Identifier: GPL-2.0-only
#include "publisher.h"

#include "digest.h"

/*
 * Capital letters whose small one is at a distance: all from first to last, or every second one.
 * Unicode Character Database, UnicodeData.txt, Simple_Lowercase_Mapping, of the blocks that
 * publisher.h names. The small sigma at a word's end is another letter to Unicode and the same
 * capital, so it becomes the other one.
 */
static const struct capitals {
	__u16 first, last;
	__s16 distance;
	__u8 step;
} capitals[] = {
	{ 0x00c0, 0x00d6, 32, 1 },   { 0x00d8, 0x00de, 32, 1 },	  { 0x0100, 0x012e, 1, 2 },
	{ 0x0130, 0x0130, -199, 1 }, { 0x0132, 0x0136, 1, 2 },	  { 0x0139, 0x0147, 1, 2 },
	{ 0x014a, 0x0176, 1, 2 },    { 0x0178, 0x0178, -121, 1 }, { 0x0179, 0x017d, 1, 2 },
	{ 0x0370, 0x0372, 1, 2 },    { 0x0376, 0x0376, 1, 1 },	  { 0x037f, 0x037f, 116, 1 },
	{ 0x0386, 0x0386, 38, 1 },   { 0x0388, 0x038a, 37, 1 },	  { 0x038c, 0x038c, 64, 1 },
	{ 0x038e, 0x038f, 63, 1 },   { 0x0391, 0x03a1, 32, 1 },	  { 0x03a3, 0x03ab, 32, 1 },
	{ 0x03c2, 0x03c2, 1, 1 },    { 0x03cf, 0x03cf, 8, 1 },	  { 0x03d8, 0x03ee, 1, 2 },
	{ 0x03f4, 0x03f4, -60, 1 },  { 0x03f7, 0x03f7, 1, 1 },	  { 0x03f9, 0x03f9, -7, 1 },
	{ 0x03fa, 0x03fa, 1, 1 },    { 0x03fd, 0x03ff, -130, 1 }, { 0x0400, 0x040f, 80, 1 },
	{ 0x0410, 0x042f, 32, 1 },   { 0x0460, 0x0480, 1, 2 },	  { 0x048a, 0x04be, 1, 2 },
	{ 0x04c0, 0x04c0, 15, 1 },   { 0x04c1, 0x04cd, 1, 2 },	  { 0x04d0, 0x052e, 1, 2 },
	{ 0x0531, 0x0556, 48, 1 },   { 0x1e00, 0x1e94, 1, 2 },	  { 0x1e9e, 0x1e9e, -7615, 1 },
	{ 0x1ea0, 0x1efe, 1, 2 },    { 0xff21, 0xff3a, 32, 1 },
};

static __u32 small(__u32 letter)
{
	__u32 i;

	if (letter < 0x80)
		return letter >= 'A' && letter <= 'Z' ? letter + 'a' - 'A' : letter;
	for (i = 0; i < sizeof(capitals) / sizeof(capitals[0]); i++) {
		if (letter < capitals[i].first)
			break;
		if (letter <= capitals[i].last)
			return (letter - capitals[i].first) & (capitals[i].step - 1) ?
				       letter :
				       letter + capitals[i].distance;
	}
	return letter;
}

/* Unicode's property White_Space (PropList.txt). */
static bool is_space(__u32 letter)
{
	return (letter >= 0x09 && letter <= 0x0d) || letter == 0x20 || letter == 0x85 ||
	       letter == 0xa0 || letter == 0x1680 || (letter >= 0x2000 && letter <= 0x200a) ||
	       letter == 0x2028 || letter == 0x2029 || letter == 0x202f || letter == 0x205f ||
	       letter == 0x3000;
}

/* RFC 3629, 3. Returns the bytes taken, 0 where they are not UTF-8, or are NUL. */
static __u32 get_utf8(const __u8 *from, __u32 len, __u32 *letter)
{
	static const __u32 least[] = { 0, 1, 0x80, 0x800, 0x10000 };
	__u32 count = 1, i;

	if (from[0] >= 0xf8 || (from[0] >= 0x80 && from[0] < 0xc0))
		return 0;
	if (from[0] >= 0xf0)
		count = 4;
	else if (from[0] >= 0xe0)
		count = 3;
	else if (from[0] >= 0xc0)
		count = 2;
	if (count > len)
		return 0;
	*letter = count == 1 ? from[0] : from[0] & (0x7f >> count);
	for (i = 1; i < count; i++) {
		if ((from[i] & 0xc0) != 0x80)
			return 0;
		*letter = *letter << 6 | (from[i] & 0x3f);
	}
	if (*letter < least[count] || *letter > 0x10ffff ||
	    (*letter >= 0xd800 && *letter <= 0xdfff))
		return 0;
	return count;
}

__u32 publisher_put_utf8(char *to, __u32 letter)
{
	__u32 count, i;

	if (letter < 0x80) {
		to[0] = letter;
		return 1;
	}
	count = letter < 0x800 ? 2 : letter < 0x10000 ? 3 : 4;
	for (i = count - 1; i; i--) {
		to[i] = 0x80 | (letter & 0x3f);
		letter >>= 6;
	}
	to[0] = (0xf00 >> count & 0xff) | letter;
	return count;
}

int publisher_fold(const char *name, __u32 len, char *to)
{
	const __u8 *from = (const __u8 *)name;
	__u32 at, count, letter, put = 0;
	char bytes[PUBLISHER_LETTER];
	bool space = false;

	for (at = 0; at < len; at += count) {
		count = get_utf8(from + at, len - at, &letter);
		if (!count)
			return -EBADMSG;
		if (is_space(letter)) {
			space = put > 0;
			continue;
		}
		if (space) {
			if (put == PUBLISHER_MAX)
				return -E2BIG;
			to[put++] = ' ';
			space = false;
		}
		letter = publisher_put_utf8(bytes, small(letter));
		if (letter > PUBLISHER_MAX - put)
			return -E2BIG;
		memcpy(to + put, bytes, letter);
		put += letter;
	}
	return put;
}

int publisher_value(const char *name, __u32 len, __u8 *value)
{
	char folded[PUBLISHER_MAX];
	struct digest_part part = { .bytes = folded };
	int ret = publisher_fold(name, len, folded);

	if (ret <= 0)
		return ret ? ret : -EINVAL;
	part.len = ret;
	return digest_sha256(NULL, &part, 1, value);
}
