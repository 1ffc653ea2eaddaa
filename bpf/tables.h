/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The compiled policy, as user space fills it and as the evaluation reads it.
 *
 * A policy is six arrays and a head. Each array is an inner map of an outer array with a place for
 * each slot; a generation lives in one slot. Nothing of a slot is written while it is active or
 * while a decision that began under it is running (interdict_state.inflight).
 *
 *  entries   identifiers, grouped by bucket, inside a bucket sorted by interdict_compare()
 *  buckets   per bucket: first entry << 32 | number of entries
 *  sizes     the file sizes that sha256 rules name, the same way
 *  size_buckets  INTERDICT_SIZES()
 *  matches   sets of orders: what an entry points to
 *  orders    one for each order in force on this device; behind them, of each that packages make
 *            rules for, another: what they make leads there; and last the canary's, which user
 *            space has refused to see that something is
 *
 * A bucket of a key is interdict_bucket(first 8 bytes, shift).
 */
#ifndef INTERDICT_TABLES_H
#define INTERDICT_TABLES_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

/* Kinds of identifiers, most exact first: where several match, the lowest is reported. */
enum interdict_kind {
	INTERDICT_KIND_NONE = 0,
	INTERDICT_KIND_SHA256 = 1,
	INTERDICT_KIND_FSVERITY = 2,
	INTERDICT_KIND_BUILD_ID = 3,
	INTERDICT_KIND_CERTIFICATE = 4,
	INTERDICT_KIND_KEY = 5,
	INTERDICT_KIND_PUBLISHER = 6,
	INTERDICT_KIND_PACKAGE = 7,
	INTERDICT_KIND_COUNT
};

enum interdict_op {
	INTERDICT_OP_EXEC = 0,
	INTERDICT_OP_MAP = 1,
	INTERDICT_OP_OPEN = 2,
	INTERDICT_OP_LOAD = 3,
	INTERDICT_OP_COUNT
};

#define INTERDICT_SLOTS	       4
#define INTERDICT_VALUE_LEN    32
#define INTERDICT_ID_LEN       64 /* an order's ID or a policy's name, with its NUL */
#define INTERDICT_MATCH_ORDERS 15

/* The value of an identifier, zero behind its length. */
struct interdict_value {
	__u64 words[INTERDICT_VALUE_LEN / 8];
};

/* What tells values of one kind that are not the same thing apart: @form is enum interdict_form of
 * kmod/abi.h, 0 for sha256 and build-id. */
#define INTERDICT_ENTRY_KIND(kind, form) ((kind) | (form) << 8)

struct interdict_entry {
	struct interdict_value value;
	__u16 kind;  /* INTERDICT_ENTRY_KIND() */
	__u16 len;   /* bytes of the value that count */
	__u32 match; /* index into matches */
};

/*
 * more: how many orders did not fit; those that are listed have every bit of
 * deny and audit that the others have.
 */
struct interdict_match {
	__u16 count;
	__u16 more;
	__u32 orders[INTERDICT_MATCH_ORDERS];
};

/* What leads there is no rule of the order's text: a package rule stands for it. */
#define INTERDICT_ORDER_PACKAGE (1U << 0)
/* Nobody's order: what it has refused is counted, and not reported. */
#define INTERDICT_ORDER_CANARY (1U << 1)

struct interdict_order {
	char id[INTERDICT_ID_LEN];
	__u32 deny;  /* 1 << interdict_op */
	__u32 audit; /* 1 << interdict_op; never a bit that deny has */
	__u32 flags; /* INTERDICT_ORDER_* */
	__u32 reserved;
};

/* interdict_head.kinds: 1 << interdict_kind for the kinds that the policy has rules of. */
#define INTERDICT_HEAD_UNSIZED		 (1U << 0) /* there are hashes without a size */
#define INTERDICT_HEAD_UNIDENTIFIED_DENY (1U << 1)
#define INTERDICT_HEAD_UNTRUSTED_FS_DENY (1U << 2)
#define INTERDICT_HEAD_AUDIT		 (1U << 3) /* the policy's mode is audit: it refuses nothing */
#define INTERDICT_HEAD_OFF		 (1U << 4) /* the policy's mode is off: no order is in force */

struct interdict_head {
	__u64 generation;
	__u64 serial;
	__u64 bytes; /* of the tables; 0: there are none. User space's */
	char name[INTERDICT_ID_LEN];
	__u8 digest[32];
	__u32 flags; /* INTERDICT_HEAD_* */
	__u32 kinds;
	__u32 entries, bucket_shift; /* bucket = product >> shift */
	__u32 sizes, size_bucket_shift;
	__u32 matches, orders;
	__u32 canary; /* 1 + the row in orders of the canary's; 0: there is none */
	__u32 reserved;
	/* When its orders were chosen, seconds since 1970: struct policy_device. User space's. */
	__s64 early, late;
};

/* Fibonacci hashing: the odd integer nearest to 2^64 divided by the golden ratio spreads what
 * differs in any bits over the top bits. Shift is 64 - log2(number of buckets), 33 to 63. */
static inline __u64 interdict_bucket(__u64 key, __u32 shift)
{
	return (key * 0x9e3779b97f4a7c15ULL) >> (shift & 63);
}

/* A bucket of sizes: first size << 40 | number of sizes << 16 | interdict_size_bit() of each, so
 * that one look tells most sizes that no rule names. */
#define INTERDICT_SIZES_COUNT_MAX	    ((1U << 24) - 1)
#define INTERDICT_SIZES(first, count, bits) ((__u64)(first) << 40 | (__u64)(count) << 16 | (bits))
#define INTERDICT_SIZES_FIRST(bucket)	    ((__u32)((bucket) >> 40))
#define INTERDICT_SIZES_COUNT(bucket)	    ((__u32)((bucket) >> 16) & INTERDICT_SIZES_COUNT_MAX)

/* One of 16, by the four bits of the product below those that choose the bucket. */
static inline __u32 interdict_size_bit(__u64 size, __u32 shift)
{
	return interdict_bucket(size, shift - 4) & 15;
}

#endif
