/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The evaluation: identifiers of a file against the tables of a policy. The BPF programs and user
 * space (explain, replay, tests) compile this same code. Only the access to the tables differs: in
 * BPF, interdict_tables_t is a slot's number, and a table is an inner map of the outer map with the
 * table's name; in user space there are pointers.
 *
 * Loops have constant bounds, as the verifier demands; in user space they are the same. Those that
 * search are bpf_loop(), so that the verifier looks at one turn and not at each. An INTERDICT_STEP
 * has global linkage in BPF: the verifier looks at such a function once, and not again for
 * everything that a caller may know about its arguments. It also takes any pointer there for one
 * that may be NULL.
 */
#ifndef INTERDICT_EVALUATE_H
#define INTERDICT_EVALUATE_H

#include "tables.h"

#ifdef __VMLINUX_H__
#include "../kmod/abi.h"

typedef __u32 interdict_tables_t;
typedef void *interdict_table_t;

#define interdict_head(t) \
	((const struct interdict_head *)&interdict.heads[(t) & (INTERDICT_SLOTS - 1)])
/* NULL where the slot is empty. */
#define interdict_table(t, name)                                 \
	({                                                       \
		__u32 __slot = (t);                              \
		bpf_map_lookup_elem(&interdict_##name, &__slot); \
	})
#define interdict_row(table, type, i)                                 \
	({                                                            \
		__u32 __index = (i);                                  \
		(const type *)bpf_map_lookup_elem((table), &__index); \
	})
#define INTERDICT_INLINE		     static __always_inline
#define INTERDICT_STEP			     __noinline
#define INTERDICT_TURN			     static
#define interdict_loop(turns, turn, context) bpf_loop(turns, turn, context, 0)
#else
#include <stdbool.h>
#include <stddef.h>
#include "kmod/abi.h"

struct interdict_array {
	const void *v;
	__u32 n; /* elements */
};

struct interdict_tables {
	const struct interdict_head *head;
	struct interdict_array entries, buckets, sizes, size_buckets, matches, orders;
};

typedef const struct interdict_tables *interdict_tables_t;
typedef const struct interdict_array *interdict_table_t;

#define interdict_head(t)	 ((t)->head)
#define interdict_table(t, name) (&(t)->name)
#define interdict_row(table, type, i) \
	((__u32)(i) < (table)->n ? (const type *)(table)->v + (__u32)(i) : NULL)
#define INTERDICT_INLINE static inline
#define INTERDICT_STEP	 static inline
#define INTERDICT_TURN	 static inline

static inline void interdict_loop(__u32 turns, long (*turn)(__u32 i, void *context), void *context)
{
	__u32 i;

	for (i = 0; i < turns; i++)
		if (turn(i, context))
			break;
}
#endif

/* What a signature tells. */
#define INTERDICT_KINDS_SIGNER                                         \
	(1U << INTERDICT_KIND_CERTIFICATE | 1U << INTERDICT_KIND_KEY | \
	 1U << INTERDICT_KIND_PUBLISHER)

/* A binary search over 2^32 elements takes 32 steps and one that finds nothing. */
#define INTERDICT_SEARCH_STEPS 33

/* What an evaluation found. Orders are indices into the table orders. */
struct interdict_verdict {
	__u32 deny;  /* 1 << enum interdict_op: operations that an order denies */
	__u32 audit; /* 1 << enum interdict_op: operations that an order records */
	/* of the operation that was asked for: */
	__u32 kind;  /* enum interdict_kind of the most exact rule that made the verdict; 0: none */
	__u32 order; /* of that rule */
	__u32 also_count;
	__u32 also[INTERDICT_MATCH_ORDERS]; /* other orders that match */
};

/* Negative, 0 or positive as @entry comes before, is, or comes behind the identifier. The order is
 * that of the value's four words as the machine reads them, then kind and length: any total order
 * serves, and this one is the cheapest. */
INTERDICT_INLINE int interdict_compare(const struct interdict_entry *entry, __u32 kind,
				       const struct interdict_value *value, __u32 len)
{
	__u32 tag = kind << 16 | len, mine = (__u32)entry->kind << 16 | entry->len;

	if (entry->value.words[0] != value->words[0])
		return entry->value.words[0] < value->words[0] ? -1 : 1;
	if (entry->value.words[1] != value->words[1])
		return entry->value.words[1] < value->words[1] ? -1 : 1;
	if (entry->value.words[2] != value->words[2])
		return entry->value.words[2] < value->words[2] ? -1 : 1;
	if (entry->value.words[3] != value->words[3])
		return entry->value.words[3] < value->words[3] ? -1 : 1;
	if (mine != tag)
		return mine < tag ? -1 : 1;
	return 0;
}

/* A binary search in rows low to high - 1 of a table. */
struct interdict_search {
	interdict_table_t table;
	__u32 low, high;
	/* what for: an identifier, or a size */
	const struct interdict_value *value;
	__u64 size;
	__u32 kind, len;
	__u32 found; /* 1 + what the identifier leads to; 1: the size is there; 0: not found (yet)
		      */
};

/* How a turn of a search ends: as @order says where the row in the middle is from what is searched.
 */
INTERDICT_INLINE long interdict_narrow(struct interdict_search *search, __u32 middle, int order)
{
	if (order < 0)
		search->low = middle + 1;
	else
		search->high = middle;
	return search->low >= search->high;
}

INTERDICT_TURN long interdict_search_entry(__u32 i, void *context)
{
	struct interdict_search *search = context;
	__u32 middle = search->low + (search->high - search->low) / 2;
	const struct interdict_entry *entry =
		interdict_row(search->table, struct interdict_entry, middle);
	int order;

	(void)i;
	if (!entry)
		return 1;
	order = interdict_compare(entry, search->kind, search->value, search->len);
	if (!order) {
		search->found = entry->match + 1;
		return 1;
	}
	return interdict_narrow(search, middle, order);
}

INTERDICT_TURN long interdict_search_size(__u32 i, void *context)
{
	struct interdict_search *search = context;
	__u32 middle = search->low + (search->high - search->low) / 2;
	const __u64 *named = interdict_row(search->table, __u64, middle);

	(void)i;
	if (!named)
		return 1;
	if (*named == search->size) {
		search->found = 1;
		return 1;
	}
	return interdict_narrow(search, middle, *named < search->size ? -1 : 1);
}

/* What an identifier leads to: 1 + an index into matches, or 0 where no rule has it. */
INTERDICT_STEP __u32 interdict_lookup(interdict_tables_t t, __u32 kind,
				      const struct interdict_value *value, __u32 len)
{
	interdict_table_t buckets = interdict_table(t, buckets);
	struct interdict_search search = { 0 };
	const __u64 *bucket;

	search.table = interdict_table(t, entries);
	if (!buckets || !search.table || !value)
		return 0;
	bucket = interdict_row(buckets, __u64,
			       interdict_bucket(value->words[0], interdict_head(t)->bucket_shift));
	if (!bucket)
		return 0;
	search.low = *bucket >> 32;
	search.high = search.low + (__u32)*bucket;
	search.value = value;
	search.kind = kind;
	search.len = len;
	if (search.low < search.high)
		interdict_loop(INTERDICT_SEARCH_STEPS, interdict_search_entry, &search);
	return search.found;
}

/* The bucket of a file size where a rule may name it; 0: none does. */
INTERDICT_INLINE __u64 interdict_size_bucket(interdict_tables_t t, __u64 size)
{
	interdict_table_t buckets = interdict_table(t, size_buckets);
	__u32 shift = interdict_head(t)->size_bucket_shift;
	const __u64 *bucket;

	if (!buckets)
		return 0;
	bucket = interdict_row(buckets, __u64, interdict_bucket(size, shift));
	return bucket && *bucket >> interdict_size_bit(size, shift) & 1 ? *bucket : 0;
}

/* Whether a rule names this file size. */
INTERDICT_INLINE bool interdict_size_named(interdict_tables_t t, __u64 size)
{
	__u64 bucket = interdict_size_bucket(t, size);
	struct interdict_search search = { 0 };

	if (!bucket)
		return false;
	search.table = interdict_table(t, sizes);
	if (!search.table)
		return false;
	search.low = INTERDICT_SIZES_FIRST(bucket);
	search.high = search.low + INTERDICT_SIZES_COUNT(bucket);
	search.size = size;
	if (search.low < search.high)
		interdict_loop(INTERDICT_SEARCH_STEPS, interdict_search_size, &search);
	return search.found;
}

/* INTERDICT_ID_*: what has to be known of a file of this size to judge it. */
INTERDICT_STEP __u32 interdict_wanted(interdict_tables_t t, __u64 size)
{
	__u32 want = 0;

	if (interdict_head(t)->kinds & 1 << INTERDICT_KIND_SHA256) {
		if (interdict_head(t)->sizes && interdict_size_named(t, size))
			want |= INTERDICT_ID_SHA256;
		else if (interdict_head(t)->flags & INTERDICT_HEAD_UNSIZED)
			want |= INTERDICT_ID_SHA256_BY_MAGIC;
	}
	if (interdict_head(t)->kinds & 1 << INTERDICT_KIND_BUILD_ID)
		want |= INTERDICT_ID_BUILD_ID;
	if (interdict_head(t)->kinds & 1 << INTERDICT_KIND_FSVERITY)
		want |= INTERDICT_ID_FSVERITY;
	if (interdict_head(t)->kinds & INTERDICT_KINDS_SIGNER)
		want |= INTERDICT_ID_SIGNERS;
	return want;
}

/* Whether interdict_wanted() is 0, seen by one look: false says nothing. */
INTERDICT_INLINE bool interdict_unwanted(interdict_tables_t t, __u64 size)
{
	return !(interdict_head(t)->kinds & ~(1U << INTERDICT_KIND_SHA256)) &&
	       !(interdict_head(t)->flags & INTERDICT_HEAD_UNSIZED) &&
	       !interdict_size_bucket(t, size);
}

/* Whether @ids answers @want. */
INTERDICT_STEP int interdict_answered(const struct interdict_ids *ids, __u32 want)
{
	if (!ids)
		return 0;
	if (want & INTERDICT_ID_SHA256 && !(ids->have & INTERDICT_ID_SHA256))
		return 0;
	if (want & INTERDICT_ID_SHA256_BY_MAGIC && !(ids->have & INTERDICT_ID_SHA256) &&
	    !(ids->flags & INTERDICT_FILE_PLAIN))
		return 0;
	return !(want & ~ids->have & (INTERDICT_ID_BUILD_ID | INTERDICT_ID_CLAIMS));
}

/* Note @order, which matches for the operation, unless it is noted already. */
INTERDICT_STEP int interdict_also(struct interdict_verdict *verdict, __u32 order)
{
	__u32 i, n;

	if (!verdict)
		return 0;
	n = verdict->also_count;
	for (i = 0; i < INTERDICT_MATCH_ORDERS; i++)
		if (i < n && verdict->also[i] == order)
			return 0;
	if (n < INTERDICT_MATCH_ORDERS) {
		verdict->also[n] = order;
		verdict->also_count = n + 1;
	}
	return 0;
}

/* Add the order @id, that a rule of @kind led to. */
INTERDICT_STEP int interdict_add_order(interdict_tables_t t, __u32 kind, __u32 id, __u32 op,
				       struct interdict_verdict *verdict)
{
	interdict_table_t orders = interdict_table(t, orders);
	const struct interdict_order *order;
	__u32 bit = 1U << (op & (INTERDICT_OP_COUNT - 1));

	if (!orders || !verdict)
		return 0;
	order = interdict_row(orders, struct interdict_order, id);
	if (!order)
		return 0;
	/* A rule of an order that only records gives way to any that denies. */
	if (order->deny & bit && !(verdict->deny & bit)) {
		if (verdict->kind)
			interdict_also(verdict, verdict->order);
		verdict->kind = kind;
		verdict->order = id;
	} else if ((order->deny | order->audit) & bit) {
		if (!verdict->kind) {
			verdict->kind = kind;
			verdict->order = id;
		} else if (verdict->order != id) {
			interdict_also(verdict, id);
		}
	}
	verdict->deny |= order->deny;
	verdict->audit |= order->audit;
	return 0;
}

/* Add the orders of the match set @index, that a rule of @kind led to. Kinds come most exact first.
 */
INTERDICT_STEP int interdict_add(interdict_tables_t t, __u32 kind, __u32 index, __u32 op,
				 struct interdict_verdict *verdict)
{
	interdict_table_t matches = interdict_table(t, matches);
	const struct interdict_match *match;
	__u32 i;

	if (!matches || !verdict)
		return 0;
	match = interdict_row(matches, struct interdict_match, index);
	if (!match)
		return 0;
	for (i = 0; i < INTERDICT_MATCH_ORDERS && i < match->count; i++)
		interdict_add_order(t, kind, match->orders[i], op, verdict);
	return 0;
}

struct interdict_adding {
	interdict_tables_t t;
	const struct interdict_claims *claims;
	__u32 kind, op;
	struct interdict_verdict *verdict;
};

INTERDICT_TURN long interdict_add_claim(__u32 i, void *context)
{
	struct interdict_adding *adding = context;
	const struct interdict_claim *claim;
	__u32 found;

	if (i >= INTERDICT_CLAIMS_MAX || i >= adding->claims->count)
		return 1;
	claim = &adding->claims->claim[i];
	if (claim->kind != adding->kind)
		return 0;
	found = interdict_lookup(adding->t, INTERDICT_ENTRY_KIND(adding->kind, claim->form),
				 (const struct interdict_value *)claim->words, claim->len);
	if (found)
		interdict_add(adding->t, adding->kind, found - 1, adding->op, adding->verdict);
	return 0;
}

/* Add the orders of all claims of a kind. */
INTERDICT_STEP int interdict_add_claims(interdict_tables_t t, const struct interdict_claims *claims,
					__u32 kind, __u32 op, struct interdict_verdict *verdict)
{
	struct interdict_adding adding = {
		.t = t,
		.claims = claims,
		.kind = kind,
		.op = op,
		.verdict = verdict,
	};

	if (!claims || !verdict || !(interdict_head(t)->kinds & 1U << (kind & 31)))
		return 0;
	interdict_loop(INTERDICT_CLAIMS_MAX, interdict_add_claim, &adding);
	return 0;
}

/* Add those of a value that @ids has. */
INTERDICT_STEP int interdict_add_value(interdict_tables_t t, __u32 kind,
				       const struct interdict_ids *ids, __u32 op,
				       struct interdict_verdict *verdict)
{
	struct interdict_value value;
	__u32 len, found;

	if (!ids || !verdict || !(interdict_head(t)->kinds & 1U << (kind & 31)))
		return 0;
	if (kind == INTERDICT_KIND_SHA256) {
		len = ids->have & INTERDICT_ID_SHA256 ? INTERDICT_SHA256_LEN : 0;
		__builtin_memcpy(&value, ids->sha256, sizeof(value));
	} else {
		len = ids->have & INTERDICT_ID_BUILD_ID ? ids->build_id_len : 0;
		__builtin_memcpy(&value, ids->build_id, sizeof(value));
	}
	found = len ? interdict_lookup(t, kind, &value, len) : 0;
	if (found)
		interdict_add(t, kind, found - 1, op, verdict);
	return 0;
}

/*
 * Judge @ids and @claims (NULL: none), whatever they answer. Any matching order that denies,
 * denies.
 * @verdict is filled whole.
 */
INTERDICT_STEP int interdict_evaluate(interdict_tables_t t, const struct interdict_ids *ids,
				      const struct interdict_claims *claims, __u32 op,
				      struct interdict_verdict *verdict)
{
	if (!verdict)
		return 0;
	verdict->deny = 0;
	verdict->audit = 0;
	verdict->kind = INTERDICT_KIND_NONE;
	verdict->order = 0;
	verdict->also_count = 0;
	interdict_add_value(t, INTERDICT_KIND_SHA256, ids, op, verdict);
	interdict_add_claims(t, claims, INTERDICT_KIND_FSVERITY, op, verdict);
	interdict_add_value(t, INTERDICT_KIND_BUILD_ID, ids, op, verdict);
	interdict_add_claims(t, claims, INTERDICT_KIND_CERTIFICATE, op, verdict);
	interdict_add_claims(t, claims, INTERDICT_KIND_KEY, op, verdict);
	interdict_add_claims(t, claims, INTERDICT_KIND_PUBLISHER, op, verdict);
	return 0;
}

#endif
