// SPDX-License-Identifier: GPL-2.0-only
#include "der.h"

/* Compared at once, of each of two contents; both are on the stack. Serial numbers are 20 bytes. */
#define SAME_CHUNK 64

/* The longest OID that is looked for has 10 bytes. */
#define OID_MAX 16

int der_begin(struct der *der, struct reader *reader, __u64 offset, __u64 len, __u32 *elements)
{
	if (offset > reader->size || len > reader->size - offset)
		return -EBADMSG;
	memset(der, 0, sizeof(*der));
	der->reader = reader;
	der->elements = elements;
	der->at = offset;
	der->end[0] = offset + len;
	return 0;
}

/* The bytes of an identifier, which begin at at; 0 where they do not end within len. */
static __u32 tag_bytes(const __u8 *at, __u32 len)
{
	__u32 i;

	if ((at[0] & DER_NUMBER_IN_MORE) != DER_NUMBER_IN_MORE)
		return 1;
	for (i = 1; i < DER_TAG_BYTES && i < len; i++)
		if (!(at[i] & 0x80))
			return i + 1;
	return 0;
}

/* Reads the header at der->at, which stays there. X.690, 8.1.2 and 8.1.3. */
static int read_header(struct der *der, struct der_element *element)
{
	__u64 left = der->end[der->depth] - der->at;
	__u32 have = left < DER_HEADER_MAX ? left : DER_HEADER_MAX;
	__u8 header[DER_HEADER_MAX];
	__u32 at, count;
	__u64 len = 0;
	int err;

	if (have < 2)
		return -EBADMSG;
	if (!*der->elements)
		return -E2BIG;
	--*der->elements;
	err = der->reader->read(der->reader, der->at, header, have);
	if (err)
		return err;

	at = tag_bytes(header, have);
	if (!at || at == have)
		return -EBADMSG;
	element->start = der->at;
	element->tag = header[0];
	element->indefinite = header[at] == 0x80;
	if (element->indefinite && !(header[0] & DER_CONSTRUCTED))
		return -EBADMSG;
	count = header[at] & 0x80 ? header[at] & 0x7f : 0;
	if (!(header[at] & 0x80))
		len = header[at];
	at++;
	if (count > DER_LEN_BYTES || count > have - at)
		return -EBADMSG;
	for (; count; count--)
		len = len << 8 | header[at++];
	if (len > left - at)
		return -EBADMSG;
	element->content = der->at + at;
	element->len = len;
	return 0;
}

/* X.690, 8.1.5: two bytes, both 0. */
static bool is_end_of_contents(const struct der_element *element)
{
	return element->tag == DER_END_OF_CONTENTS && element->content == element->start + 2 &&
	       !element->len;
}

/* Passes over content to behind its end-of-contents. Ends, as each turn takes one of elements. */
static int pass_indefinite(struct der *der)
{
	struct der_element element;
	__u32 depth = 1;
	int err;

	while (depth) {
		err = read_header(der, &element);
		if (err)
			return err;
		der->at = element.content + element.len;
		if (element.indefinite)
			depth++;
		else if (is_end_of_contents(&element))
			depth--;
		else if (element.tag == DER_END_OF_CONTENTS)
			return -EBADMSG;
	}
	return 0;
}

static int pass_open(struct der *der)
{
	int err = der->open ? pass_indefinite(der) : 0;

	der->open = false;
	return err;
}

static bool in_indefinite(const struct der *der)
{
	return der->indefinite & 1U << der->depth;
}

int der_next(struct der *der, struct der_element *element)
{
	int err = pass_open(der);

	if (err)
		return err;
	if (der->at == der->end[der->depth])
		return in_indefinite(der) ? -EBADMSG : DER_END;
	err = read_header(der, element);
	if (err)
		return err;
	if (element->tag == DER_END_OF_CONTENTS)
		/* It is read again by der_leave(). */
		return in_indefinite(der) && is_end_of_contents(element) ? DER_END : -EBADMSG;
	der->at = element->content + element->len;
	der->open = element->indefinite;
	return 0;
}

int der_expect(struct der *der, __u8 tag, struct der_element *element)
{
	int err = der_next(der, element);

	if (err == DER_END || (!err && element->tag != tag))
		return -EBADMSG;
	return err;
}

int der_enter(struct der *der, const struct der_element *element)
{
	__u64 end = element->indefinite ? der->end[der->depth] : element->content + element->len;

	if (!(element->tag & DER_CONSTRUCTED))
		return -EBADMSG;
	if (der->depth == DER_DEPTH)
		return -E2BIG;
	der->depth++;
	der->end[der->depth] = end;
	der->indefinite &= ~(1U << der->depth);
	if (element->indefinite)
		der->indefinite |= 1U << der->depth;
	der->at = element->content;
	der->open = false;
	return 0;
}

int der_expect_enter(struct der *der, __u8 tag)
{
	struct der_element element;
	int err = der_expect(der, tag, &element);

	return err ? err : der_enter(der, &element);
}

int der_leave(struct der *der)
{
	int err = 0;

	if (!in_indefinite(der)) {
		der->at = der->end[der->depth];
		der->open = false;
	} else {
		err = pass_open(der);
		if (!err)
			err = pass_indefinite(der);
	}
	der->depth--;
	return err;
}

int der_close(struct der *der, struct der_element *element)
{
	int err;

	if (!element->indefinite)
		return 0;
	err = pass_open(der);
	if (err)
		return err;
	/* In front of the end-of-contents. */
	element->len = der->at - 2 - element->content;
	element->indefinite = false;
	return 0;
}

int der_expect_range(struct der *der, __u8 tag, __u32 max, struct der_range *range)
{
	struct der_element element;
	int err;

	err = der_expect(der, tag, &element);
	if (!err)
		err = der_close(der, &element);
	if (err)
		return err;
	if (element.len > max)
		return -E2BIG;
	range->offset = element.content;
	range->len = element.len;
	return 0;
}

int der_octets(struct der *der, const struct der_element *element, __u8 *buf, __u32 max, __u32 *len)
{
	struct der_element part = *element;
	int err = 0;

	*len = 0;
	if (element->tag & DER_CONSTRUCTED)
		err = der_enter(der, element);
	while (!err) {
		if (element->tag & DER_CONSTRUCTED) {
			err = der_next(der, &part);
			if (!err && part.tag != DER_OCTET_STRING)
				err = -EBADMSG;
			if (err)
				break;
		}
		if (part.len > max - *len)
			return -E2BIG;
		if (part.len)
			err = der->reader->read(der->reader, part.content, buf + *len, part.len);
		*len += part.len;
		if (!(element->tag & DER_CONSTRUCTED))
			return err;
	}
	return err == DER_END ? der_leave(der) : err;
}

int der_is_oid(struct der *der, const struct der_element *element, const __u8 *oid, __u32 len)
{
	__u8 content[OID_MAX];
	int err;

	if (element->tag != DER_OID || element->len != len || len > sizeof(content))
		return 0;
	err = der->reader->read(der->reader, element->content, content, len);
	return err ? err : !memcmp(content, oid, len);
}

int der_enter_named(struct der *der, const __u8 *oid, __u32 len, bool *is)
{
	struct der_element element;
	int err = der_next(der, &element);

	if (err)
		return err;
	err = element.tag == DER_SEQUENCE ? der_enter(der, &element) : -EBADMSG;
	if (!err)
		err = der_expect(der, DER_OID, &element);
	if (err)
		return err;
	err = der_is_oid(der, &element, oid, len);
	*is = err == 1;
	return err < 0 ? err : 0;
}

int der_same(struct reader *reader, const struct der_range *one, const struct der_range *other)
{
	__u8 chunk[2][SAME_CHUNK];
	__u32 done, now;
	int err;

	if (one->len != other->len)
		return 0;
	for (done = 0; done < one->len; done += now) {
		now = one->len - done < SAME_CHUNK ? one->len - done : SAME_CHUNK;
		err = reader->read(reader, one->offset + done, chunk[0], now);
		if (!err)
			err = reader->read(reader, other->offset + done, chunk[1], now);
		if (err)
			return err;
		if (memcmp(chunk[0], chunk[1], now) != 0)
			return 0;
	}
	return 1;
}

__u32 der_header(__u8 *to, __u8 tag, __u32 len)
{
	__u32 bytes = 1, i;

	to[0] = tag;
	if (len < 0x80) {
		to[1] = len;
		return 2;
	}
	while (bytes < 4 && len >> 8 * bytes)
		bytes++;
	to[1] = 0x80 | bytes;
	for (i = 0; i < bytes; i++)
		to[2 + i] = len >> 8 * (bytes - 1 - i);
	return 2 + bytes;
}
