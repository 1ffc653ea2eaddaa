// SPDX-License-Identifier: GPL-2.0-only
#include "x509_name.h"

/* Read at once of a string; a multiple of the widest letter. */
#define CHUNK 64

/* X.520: 2.5.4.3 and 2.5.4.10. */
static const __u8 oid_common_name[] = { 0x55, 0x04, 0x03 };
static const __u8 oid_organization[] = { 0x55, 0x04, 0x0a };

struct text {
	char *to;
	__u32 len;
	__u32 high; /* the first half of a surrogate pair, or 0 */
};

/* Bytes of a letter; 0 for UTF-8, -EBADMSG where the type is none of a name's. */
static int letter_width(__u8 tag)
{
	switch (tag) {
	case DER_UTF8_STRING:
		return 0;
	case DER_NUMERIC_STRING:
	case DER_PRINTABLE_STRING:
	case DER_TELETEX_STRING:
	case DER_IA5_STRING:
	case DER_VISIBLE_STRING:
		return 1;
	case DER_BMP_STRING:
		return 2;
	case DER_UNIVERSAL_STRING:
		return 4;
	default:
		return -EBADMSG;
	}
}

/* BMPString has no surrogates, by X.680; Windows puts UTF-16 there. */
static int join_surrogates(struct text *text, __u32 *letter)
{
	bool low = *letter >= 0xdc00 && *letter <= 0xdfff;

	if (low != (text->high != 0))
		return -EBADMSG;
	if (low) {
		*letter = 0x10000 + ((text->high - 0xd800) << 10) + (*letter - 0xdc00);
		text->high = 0;
	} else if (*letter >= 0xd800 && *letter < 0xdc00) {
		text->high = *letter;
	}
	return 0;
}

static int put_letter(struct text *text, __u32 letter, __u32 width)
{
	char bytes[PUBLISHER_LETTER];
	__u32 count;

	if (width == 2 && join_surrogates(text, &letter))
		return -EBADMSG;
	if (text->high)
		return 0;
	if (!letter || letter > 0x10ffff || (letter >= 0xd800 && letter < 0xe000))
		return -EBADMSG;
	count = publisher_put_utf8(bytes, letter);
	if (count > PUBLISHER_MAX - text->len)
		return -E2BIG;
	memcpy(text->to + text->len, bytes, count);
	text->len += count;
	return 0;
}

/* Ends, as each letter takes a byte of PUBLISHER_MAX. */
static int read_letters(struct reader *reader, const struct der_range *from, __u32 width,
			struct text *text)
{
	__u8 chunk[CHUNK];
	__u32 done, now, at, i, letter;
	int err;

	if (from->len & (width - 1))
		return -EBADMSG;
	for (done = 0; done < from->len; done += now) {
		now = from->len - done < sizeof(chunk) ? from->len - done : sizeof(chunk);
		err = reader->read(reader, from->offset + done, chunk, now);
		for (at = 0; !err && at < now; at += width) {
			for (i = 0, letter = 0; i < width; i++)
				letter = letter << 8 | chunk[at + i];
			err = put_letter(text, letter, width);
		}
		if (err)
			return err;
	}
	return text->high ? -EBADMSG : 0;
}

/* The last value of each of the two types. The walk is bounded by elements. */
static int find_values(struct der *der, struct der_element *organization,
		       struct der_element *common_name)
{
	struct der_element set, attribute, type, value;
	int err, is;

	while (!(err = der_next(der, &set))) {
		err = set.tag == DER_SET ? der_enter(der, &set) : -EBADMSG;
		while (!err && !(err = der_next(der, &attribute))) {
			err = attribute.tag == DER_SEQUENCE ? der_enter(der, &attribute) : -EBADMSG;
			if (!err)
				err = der_expect(der, DER_OID, &type);
			if (!err)
				err = der_next(der, &value);
			if (err)
				return err == DER_END ? -EBADMSG : err;
			is = der_is_oid(der, &type, oid_organization, sizeof(oid_organization));
			if (is > 0)
				*organization = value;
			if (!is) {
				is = der_is_oid(der, &type, oid_common_name,
						sizeof(oid_common_name));
				if (is > 0)
					*common_name = value;
			}
			if (is < 0)
				return is;
			err = der_leave(der);
		}
		if (err == DER_END)
			err = der_leave(der);
		if (err)
			return err;
	}
	return err == DER_END ? 0 : err;
}

int x509_publisher(struct reader *reader, const struct der_range *subject, __u32 *elements,
		   char *name, __u32 *len)
{
	struct der_element organization = {}, common_name = {};
	const struct der_element *value = &organization;
	struct text text = { .to = name };
	struct der_range range;
	struct der der;
	int err, width;

	*len = 0;
	err = der_begin(&der, reader, subject->offset, subject->len, elements);
	if (!err)
		err = find_values(&der, &organization, &common_name);
	if (err)
		return err;
	if (!value->tag)
		value = &common_name;
	if (!value->tag)
		return 0;

	width = letter_width(value->tag);
	if (width < 0)
		return width;
	if (value->len > PUBLISHER_MAX * (__u64)(width ? width : 1))
		return -E2BIG;
	range.offset = value->content;
	range.len = value->len;
	if (width) {
		err = read_letters(reader, &range, width, &text);
	} else {
		text.len = range.len;
		err = range.len ? reader->read(reader, range.offset, name, range.len) : 0;
	}
	if (!err)
		*len = text.len;
	return err;
}
