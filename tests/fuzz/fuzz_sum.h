/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What takes long is done of one input in so many, by a sum of it, whichever the fuzzer prefers.
 * (By a bit of it, or its length, it would prefer those of which more is done.) */
#ifndef INTERDICT_FUZZ_SUM_H
#define INTERDICT_FUZZ_SUM_H

#include <stddef.h>
#include <stdint.h>

/* FNV-1a, its bits folded. */
__attribute__((no_sanitize("coverage"))) static inline uint32_t fuzz_sum(const uint8_t *data,
									 size_t size)
{
	uint64_t sum = 0xcbf29ce484222325;

	for (size_t i = 0; i < size; i++)
		sum = (sum ^ data[i]) * 0x100000001b3;
	return (uint32_t)(sum ^ sum >> 32);
}

#endif
