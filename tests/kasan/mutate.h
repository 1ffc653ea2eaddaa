/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Broken files, the same for the same number. */
#ifndef KASAN_MUTATE_H
#define KASAN_MUTATE_H

#include <stddef.h>
#include <stdint.h>

/* More than what a file is identified by (64 pages of 4 KiB is the most), so that it can end there.
 */
#define CONTENT_MAX (288 * 1024)

struct content {
	uint8_t data[CONTENT_MAX];
	size_t len;
};

/* Reads the seeds below dir (tests/fuzz/seeds, each byte XORed with 0x5a). Ends the program where
 * one is missing. */
void seeds_load(const char *dir);

/* File number n. Each 16th is a seed as it is. */
void mutate_file(uint64_t n, struct content *content);

/* A value of security.ima for it: size bytes at most. Returns its length. */
size_t mutate_ima(uint64_t n, uint8_t *value, size_t size);

/* The same, a signature of its fs-verity digest. */
size_t mutate_signature(uint64_t n, uint8_t *value, size_t size);

/* For whoever needs more chance of the same kind. */
struct chance {
	uint64_t state;
};

uint64_t chance_next(struct chance *chance);
size_t chance_below(struct chance *chance, size_t limit); /* 0 if limit is 0 */

#endif
