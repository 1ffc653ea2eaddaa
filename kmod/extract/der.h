/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A walk over ASN.1 in BER or DER (X.690), an element's header at a time, without keeping any of
 * it: one read of a few bytes for each header, nothing for the content that is passed over.
 *
 * Lengths may be definite, in up to 8 bytes, also longer than they need be, or indefinite. Tag
 * numbers of more than one byte are passed over.
 */
#ifndef INTERDICT_DER_H
#define INTERDICT_DER_H

#include "reader.h"

/* How deep a walk goes into elements that it was told to enter: an extension's fields are in
 * [3] Extensions Extension of a certificate, at 6. Elements passed over may nest deeper. */
#define DER_DEPTH 8

/* A header: an identifier of up to 5 bytes (tag numbers to 2^28), a length's first byte and 8. */
#define DER_HEADER_MAX 16
#define DER_TAG_BYTES  5
#define DER_LEN_BYTES  8

/* What der_header() makes: a tag, and a length of 32 bits. */
#define DER_HEADER_MADE 6

/* Identifier bytes: class, whether it is constructed, number (X.690, 8.1.2). */
#define DER_END_OF_CONTENTS  0x00
#define DER_BOOLEAN	     0x01
#define DER_INTEGER	     0x02
#define DER_BIT_STRING	     0x03
#define DER_OCTET_STRING     0x04
#define DER_OID		     0x06
#define DER_UTF8_STRING	     0x0c
#define DER_NUMERIC_STRING   0x12
#define DER_PRINTABLE_STRING 0x13
#define DER_TELETEX_STRING   0x14
#define DER_IA5_STRING	     0x16
#define DER_VISIBLE_STRING   0x1a
#define DER_UNIVERSAL_STRING 0x1c
#define DER_BMP_STRING	     0x1e
#define DER_CONSTRUCTED	     0x20
#define DER_SEQUENCE	     0x30
#define DER_SET		     0x31
#define DER_CONTEXT(n)	     (0x80 | (n))
#define DER_CONTEXT_CONS(n)  (0xa0 | (n))
#define DER_NUMBER_IN_MORE   0x1f /* the number is in the bytes that follow */

/* Not an error: the element that is walked has no more in it. */
#define DER_END 1

struct der_element {
	__u64 start;   /* offset of its header */
	__u64 content; /* offset of its content */
	__u64 len;     /* of its content, bytes; see der_close() */
	__u8 tag;
	bool indefinite; /* len is not known yet */
};

/* Content in the file. */
struct der_range {
	__u64 offset;
	__u32 len;
};

struct der {
	struct reader *reader;
	__u32 *elements; /* headers that may still be read */
	__u64 at;
	__u64 end[DER_DEPTH + 1]; /* of each element that was entered, or of what is around it */
	__u32 depth;
	__u32 indefinite; /* 1 << depth: ends with end-of-contents */
	bool open;	  /* at is in the last element's content, whose end is not known */
};

/*
 * A walk over the elements in len bytes at offset. elements is the number of headers that may be
 * read, by all walks that share it: it belongs to the caller. Returns 0, or -EBADMSG where the
 * reader is shorter than that.
 *
 * The functions below return 0; -EBADMSG where there is no element, or none that lies within the
 * one around it; -E2BIG where elements is used up, or DER_DEPTH; or the reader's error. After an
 * error the walk is over.
 */
int der_begin(struct der *der, struct reader *reader, __u64 offset, __u64 len, __u32 *elements);

/* The next element of the one that was entered last; the one before is passed over. Or DER_END. */
int der_next(struct der *der, struct der_element *element);

/* The same for an element that must be there: -EBADMSG if it is of another tag or there is none. */
int der_expect(struct der *der, __u8 tag, struct der_element *element);

/* Goes into the element that der_next() gave last. -EBADMSG if it is primitive. */
int der_enter(struct der *der, const struct der_element *element);

/* der_expect() and der_enter(). */
int der_expect_enter(struct der *der, __u8 tag);

/* Passes over the rest of the element that was entered last, and goes back to the one around. */
int der_leave(struct der *der);

/* Finds the end of the element that der_next() gave last: its len counts from then on. */
int der_close(struct der *der, struct der_element *element);

/* der_expect() and der_close(): the content of an element. -E2BIG where it is longer than max. */
int der_expect_range(struct der *der, __u8 tag, __u32 max, struct der_range *range);

/*
 * The content of the OCTET STRING that der_next() gave last, whatever its tag, to buf of max bytes;
 * *len is set. A constructed one is put together from its primitive parts. -E2BIG if it is longer
 * than max.
 */
int der_octets(struct der *der, const struct der_element *element, __u8 *buf, __u32 max,
	       __u32 *len);

/* Is the element the OID of the len bytes of content? Returns 1, 0, or the reader's error. */
int der_is_oid(struct der *der, const struct der_element *element, const __u8 *oid, __u32 len);

/* Goes into the next element, a SEQUENCE that begins with an OID; *is: whether with this one. Or
 * DER_END. */
int der_enter_named(struct der *der, const __u8 *oid, __u32 len, bool *is);

/* Are the contents the same bytes? Returns 1, 0, or the reader's error. */
int der_same(struct reader *reader, const struct der_range *one, const struct der_range *other);

/*
 * May what is left be looked at after err? Yes after 0, and after -EBADMSG and -E2BIG of one piece,
 * of which the first is kept in *kept; no after a reader's error.
 */
static inline bool der_goes_on(int err, int *kept)
{
	if (err && err != -EBADMSG && err != -E2BIG)
		return false;
	if (!*kept)
		*kept = err;
	return true;
}

/* The shortest header of an element, to to (DER_HEADER_MADE bytes). Returns its length. */
__u32 der_header(__u8 *to, __u8 tag, __u32 len);

#endif
