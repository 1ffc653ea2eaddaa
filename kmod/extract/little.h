/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers of formats that are little-endian, wherever they lie. */
#ifndef INTERDICT_LITTLE_H
#define INTERDICT_LITTLE_H

#include <linux/types.h>

static inline __u16 little_16(const __u8 *at)
{
	return at[0] | (__u16)(at[1] << 8);
}

static inline __u32 little_32(const __u8 *at)
{
	return little_16(at) | (__u32)little_16(at + 2) << 16;
}

static inline __u64 little_64(const __u8 *at)
{
	return little_32(at) | (__u64)little_32(at + 4) << 32;
}

#endif
