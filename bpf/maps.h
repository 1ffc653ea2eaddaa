/* SPDX-License-Identifier: GPL-2.0-only */
/* The maps of the programs. User space finds them by these names: see engine_maps.c. */
#ifndef INTERDICT_MAPS_H
#define INTERDICT_MAPS_H

#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "event.h"
#include "state.h"

/* About 6,000 events, of the longest paths and arguments 600: what a daemon that was killed must find
 * again within its restart. */
#define INTERDICT_RING_BYTES (8U << 20)

/* Shared with user space; see state.h. */
struct interdict_state interdict;

/* Set before loading, constant afterwards. */
const volatile struct interdict_setup interdict_setup SEC(".rodata.setup");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, INTERDICT_RING_BYTES);
} interdict_ring SEC(".maps");

/* Where an event is put together; see draft.h. */
struct interdict_draft {
	__u64 taken; /* by a program that is under way */
	struct interdict_event event;
};

/* One for each processor: user space gives their number. Not a map by processor: so much in one
 * piece makes each fork's search for the kernel's per-processor memory longer (some 500
 * instructions of an exec). */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct interdict_draft);
} interdict_draft SEC(".maps");

/* The tables: an outer map of each, an inner one in the place of a slot. The inner maps have any
 * number of elements (BPF_F_INNER_MAP), and are filled through a mapping. */
#define INTERDICT_TABLE(name, element)                               \
	struct interdict_inner_##name {                              \
		__uint(type, BPF_MAP_TYPE_ARRAY);                    \
		__uint(map_flags, BPF_F_MMAPABLE | BPF_F_INNER_MAP); \
		__uint(max_entries, 1);                              \
		__uint(key_size, sizeof(__u32));                     \
		__uint(value_size, sizeof(element));                 \
	};                                                           \
	struct {                                                     \
		__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);            \
		__uint(max_entries, INTERDICT_SLOTS);                \
		__type(key, __u32);                                  \
		__array(values, struct interdict_inner_##name);      \
	} interdict_##name SEC(".maps")

INTERDICT_TABLE(entries, struct interdict_entry);
INTERDICT_TABLE(buckets, __u64);
INTERDICT_TABLE(sizes, __u64);
INTERDICT_TABLE(size_buckets, __u64);
INTERDICT_TABLE(matches, struct interdict_match);
INTERDICT_TABLE(orders, struct interdict_order);

struct {
	__uint(type, BPF_MAP_TYPE_INODE_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct interdict_cached);
} interdict_cache SEC(".maps");

/* The identifiers that interdict_cache speaks of. */
struct {
	__uint(type, BPF_MAP_TYPE_INODE_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct interdict_ids);
} interdict_known SEC(".maps");

/* The claims, of those few files that have any. */
struct {
	__uint(type, BPF_MAP_TYPE_INODE_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct interdict_claims);
} interdict_signed SEC(".maps");

/* See scratch.h. */
struct interdict_scratch {
	__u64 taken;			    /* by a decision that is under way */
	struct interdict_identity identity; /* ids: of judge_data() only */
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct interdict_scratch);
} interdict_scratch SEC(".maps");

/* Inodes that were opened, by a hash; see first_look(). */
#define INTERDICT_LOOKS_SHIFT 16
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1 << INTERDICT_LOOKS_SHIFT);
	__type(key, __u32);
	__type(value, __u32);
} interdict_looks SEC(".maps");

/* See guard.h. */
struct {
	__uint(type, BPF_MAP_TYPE_INODE_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct interdict_binary);
} interdict_binary SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct interdict_tool);
} interdict_tool SEC(".maps");

/* What an exec that goes on has reported already. */
#define INTERDICT_TOLD 8
struct interdict_told {
	__u64 file[INTERDICT_TOLD]; /* struct file addresses */
	__u32 kind[INTERDICT_TOLD]; /* enum interdict_event_kind */
	__u32 next;
	__u32 reserved;
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct interdict_told);
} interdict_told SEC(".maps");

#include "evaluate.h"

#endif
