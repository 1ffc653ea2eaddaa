/* SPDX-License-Identifier: GPL-2.0-only */
/* What an iterator over the elements of a map is called with (kernel/bpf/map_iter.c). */
#ifndef ROOT_H
#define ROOT_H

struct bpf_iter__bpf_map_elem {
	void *meta;
	void *map;
	void *key;
	void *value;
};

#endif
