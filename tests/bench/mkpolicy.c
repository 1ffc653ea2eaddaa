// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mkpolicy DIR COUNT SERIAL: a policy of COUNT hashes with sizes that no file of the bench has, but
 * for two: the first names the size of its "miss" and the last that of its "big", so that these are
 * hashed and looked for. COUNT 0: no order at all.
 */
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define BIG_SIZE  (64ULL << 20)
#define MISS_SIZE 4097ULL
#define OTHER_SIZES                                                                   \
	(1ULL << 28) /* larger than any file of the guest; each differs from the next \
		      */

/* Of a list: less than POLICY_LIST_BYTES_MAX. */
#define LIST_LINES 5000000UL

/* SplitMix64 (Steele, Lea, Flood 2014): the hashes must look like hashes, and be the same each run.
 */
static uint64_t next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static unsigned long long size_of(unsigned long i, unsigned long count)
{
	if (i == count)
		return BIG_SIZE;
	return i == 1 ? MISS_SIZE : OTHER_SIZES + i;
}

static FILE *create(const char *name)
{
	FILE *f = fopen(name, "w");

	if (!f)
		err(1, "%s", name);
	return f;
}

static void finish(FILE *f, const char *name)
{
	if (ferror(f) || fclose(f))
		err(1, "%s", name);
}

int main(int argc, char **argv)
{
	uint64_t state = 1;
	unsigned long count;
	char name[64];
	FILE *f;

	if (argc != 4)
		errx(2, "usage: mkpolicy DIR COUNT SERIAL");
	count = strtoul(argv[2], NULL, 10);
	if ((mkdir(argv[1], 0755)) || chdir(argv[1]) || mkdir("orders", 0755) ||
	    mkdir("lists", 0755))
		err(1, "%s", argv[1]);
	f = create("policy.yaml");
	fprintf(f, "interdict: 1\npolicy: bench\nserial: %s\nmode: enforce\n", argv[3]);
	finish(f, "policy.yaml");
	if (!count)
		return 0;
	f = create("orders/bench.yaml");
	fputs("interdict: 1\norder: bench\ntitle: Hashes to measure with\nauthority: make bench\n"
	      "reference: none\nreason: measurement\nmatch:\n",
	      f);
	for (unsigned long list = 0; list * LIST_LINES < count; list++)
		fprintf(f, "  - list: lists/bench-%lu.sha256\n", list);
	finish(f, "orders/bench.yaml");
	for (unsigned long i = 1; i <= count; i++) {
		if (i % LIST_LINES == 1) {
			snprintf(name, sizeof(name), "lists/bench-%lu.sha256", i / LIST_LINES);
			f = create(name);
		}
		for (int word = 0; word < 4; word++)
			fprintf(f, "%016llx", (unsigned long long)next(&state));
		fprintf(f, " %llu\n", size_of(i, count));
		if (i % LIST_LINES == 0 || i == count)
			finish(f, name);
	}
	return 0;
}
