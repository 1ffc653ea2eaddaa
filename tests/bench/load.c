// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a policy costs to bring into the kernel: load DIR loads the policy's text, and prints two
 * JSON lines with the instructions (-icount) from the parsed rules to their being active: through
 * the engine, and, to compare, into a BPF hash map by batch updates, with the kernel memory of
 * each.
 */
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <bpf/bpf.h>

#include "userspace/engine/engine.h"
#include "userspace/policy/policy.h"

/* Elements of one batch: what bpftool and libbpf's own tests take is of this order. */
#define BATCH 65536U

struct hash_value {
	uint64_t size;
	uint32_t order;
	uint32_t reserved;
};

static uint64_t now(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_MONOTONIC, &t))
		err(1, "clock_gettime");
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Free memory in bytes; what is only cached counts as free. */
static uint64_t memory_free(void)
{
	unsigned long long available = 0;
	char line[128];
	FILE *f = fopen("/proc/meminfo", "r");

	if (!f)
		err(1, "/proc/meminfo");
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "MemAvailable: %llu kB", &available) == 1)
			break;
	fclose(f);
	return available << 10;
}

static void row(const char *op, const struct policy *policy, uint64_t instructions, uint64_t memory)
{
	printf("{\"op\":\"%s\",\"state\":\"cold\",\"setup\":\"rules-%zu\",\"instructions\":%llu,\"memory\":%llu}\n",
	       op, policy->n_rules, (unsigned long long)instructions, (unsigned long long)memory);
}

static void by_engine(const struct policy *policy)
{
	struct policy_device device = { .early = time(NULL), .late = time(NULL) };
	struct engine_switched switched;
	struct engine_error error;
	struct engine *engine;
	uint64_t start;

	if (engine_open(NULL, &engine, &error))
		errx(1, "%s", error.text);
	start = now();
	if (engine_switch(engine, policy, &device, &switched, &error))
		errx(1, "%s", error.text);
	row("load", policy, now() - start, switched.memory);
	engine_close(engine);
}

static void by_hash_map(const struct policy *policy)
{
	uint64_t start, before = memory_free();
	struct hash_value *values;
	uint8_t(*keys)[32];
	int fd;

	start = now();
	fd = bpf_map_create(BPF_MAP_TYPE_HASH, "by_hash_map", 32, sizeof(*values),
			    (uint32_t)policy->n_rules, NULL);
	if (fd < 0)
		err(1, "hash map");
	keys = malloc(BATCH * sizeof(*keys));
	values = calloc(BATCH, sizeof(*values));
	if (!keys || !values)
		err(1, "malloc");
	for (size_t i = 0; i < policy->orders[0].n_lists; i++) {
		const struct policy_list *list = policy->orders[0].lists[i].list;
		uint32_t n = 0;

		for (size_t j = 0; j < list->n_rows; j++) {
			memcpy(keys[n], list->rows[j].sha256, sizeof(*keys));
			values[n++].size = list->rows[j].size;
			if (n < BATCH && j + 1 < list->n_rows)
				continue;
			if (bpf_map_update_batch(fd, keys, values, &n, NULL))
				err(1, "batch update");
			n = 0;
		}
	}
	free(keys);
	free(values);
	row("load-hash-map", policy, now() - start, before - memory_free());
}

int main(int argc, char **argv)
{
	struct policy_errors errors = { 0 };
	struct policy *policy;

	if (argc != 2)
		errx(2, "usage: load DIR");
	if (policy_load_dir(argv[1], 0, &policy, &errors)) {
		policy_errors_print(&errors, stderr);
		return 1;
	}
	by_hash_map(policy);
	by_engine(policy);
	policy_free(policy);
	policy_errors_free(&errors);
	return 0;
}
