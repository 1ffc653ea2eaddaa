// SPDX-License-Identifier: GPL-2.0-only
#include "armor.h"

#define ARMOR_BEGIN	"-----BEGIN PGP "
#define ARMOR_BEGIN_LEN (sizeof(ARMOR_BEGIN) - 1)

/* The bit that every packet's first byte has (RFC 4880, 4.2). */
#define PACKET_BIT 0x80

/* Of the functions below: there is no more. */
#define ENDED 1

static int next_char(struct armor *armor, __u8 *c)
{
	__u64 left = armor->end - armor->at;
	int err;

	if (!left)
		return ENDED;
	if (armor->at < armor->window_at || armor->at - armor->window_at >= armor->window_len) {
		armor->window_at = armor->at;
		armor->window_len = left < ARMOR_WINDOW ? left : ARMOR_WINDOW;
		err = armor->text->read(armor->text, armor->at, armor->window, armor->window_len);
		if (err) {
			armor->window_len = 0;
			return err;
		}
	}
	*c = armor->window[armor->at++ - armor->window_at];
	return 0;
}

/* The six bits of a letter of base64 (RFC 4648, table 1), or -1. */
static int base64_value(__u8 c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

/* Bounded, as all loops here, by next_char(), which goes on in at most ARMOR_MAX bytes. */
static int next_byte(struct armor *armor, __u8 *byte)
{
	int value, err;
	__u8 c;

	while (armor->bit_count < 8) {
		err = next_char(armor, &c);
		if (err)
			return err;
		if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
			continue;
		/* Padding, the line with the checksum, the last line, or no such line. */
		if (c == '=' || c == '-' || !c) {
			armor->end = armor->at - 1;
			armor->at = armor->end;
			return ENDED;
		}
		value = base64_value(c);
		if (value < 0)
			return -EBADMSG;
		armor->bits = (armor->bits << 6 | (__u32)value) & 0xfff;
		armor->bit_count += 6;
	}
	armor->bit_count -= 8;
	*byte = armor->bits >> armor->bit_count;
	armor->offset++;
	return 0;
}

static void rewind_to_begin(struct armor *armor)
{
	armor->at = armor->begin;
	armor->offset = 0;
	armor->bit_count = 0;
}

static int read_armor(struct reader *reader, __u64 offset, void *buf, __u32 len)
{
	struct armor *armor = (struct armor *)reader; /* its first member */
	__u8 *to = buf;
	__u8 skipped;
	int err = 0;

	if (!reader_has(reader, offset, len))
		return -EIO;
	if (!armor->armored)
		return armor->text->read(armor->text, armor->begin + offset, buf, len);
	if (offset < armor->offset)
		rewind_to_begin(armor);
	while (!err && armor->offset < offset)
		err = next_byte(armor, &skipped);
	for (; !err && len; len--)
		err = next_byte(armor, to++);
	/* There was more when the size was found: the file has changed. */
	return err == ENDED ? -EIO : err;
}

/* To the first character of the base64, behind the first empty line. */
static int skip_headers(struct armor *armor)
{
	bool empty = false; /* the first line is not */
	__u8 c;
	int err;

	for (;;) {
		err = next_char(armor, &c);
		if (err)
			return err == ENDED ? -EBADMSG : err;
		if (c == '\n') {
			if (empty)
				return 0;
			empty = true;
		} else if (c != ' ' && c != '\t' && c != '\r') {
			empty = false;
		}
	}
}

int armor_open(struct armor *armor, struct reader *text, __u64 offset, __u64 len)
{
	__u8 head[ARMOR_BEGIN_LEN], byte;
	int err;

	memset(armor, 0, sizeof(*armor));
	armor->reader.read = read_armor;
	armor->text = text;
	armor->begin = armor->at = offset;
	if (!len)
		return 0;
	if (len > ARMOR_MAX)
		return -E2BIG;
	armor->end = offset + len;

	err = text->read(text, offset, head, 1);
	if (err || !head[0])
		return err;
	if (head[0] & PACKET_BIT) {
		armor->reader.size = len;
		return 0;
	}
	if (len < sizeof(head))
		return -EBADMSG;
	err = text->read(text, offset, head, sizeof(head));
	if (err)
		return err;
	if (memcmp(head, ARMOR_BEGIN, sizeof(head)))
		return -EBADMSG;
	armor->armored = true;
	err = skip_headers(armor);
	if (err)
		return err;
	armor->begin = armor->at;
	do {
		err = next_byte(armor, &byte);
	} while (!err);
	if (err != ENDED)
		return err;
	armor->reader.size = armor->offset;
	rewind_to_begin(armor);
	return 0;
}
