// SPDX-License-Identifier: GPL-2.0-or-later
/* The tables of the active generation, mapped to be read here. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "compile.h"
#include "engine_internal.h"

/* Tries to see a generation that does not go meanwhile: a switch takes much longer than a try. */
#define IMAGE_TRIES 4

static struct interdict_array *array_of(struct compile_image *image, enum engine_table which)
{
	struct interdict_tables *tables = &image->tables;
	struct interdict_array *const arrays[] = {
		[TABLE_ENTRIES] = &tables->entries, [TABLE_BUCKETS] = &tables->buckets,
		[TABLE_SIZES] = &tables->sizes,	    [TABLE_SIZE_BUCKETS] = &tables->size_buckets,
		[TABLE_MATCHES] = &tables->matches, [TABLE_ORDERS] = &tables->orders,
	};

	return arrays[which];
}

/* Bytes of a table as they are mapped. */
static size_t mapped(enum engine_table which, uint32_t elements)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return ((size_t)elements * engine_element_size[which] + page - 1) / page * page;
}

static int map_table(struct engine *engine, enum engine_table which, uint32_t slot,
		     struct compile_image *image)
{
	LIBBPF_OPTS(bpf_get_fd_by_id_opts, readable, .open_flags = BPF_F_RDONLY);
	struct interdict_array *array = array_of(image, which);
	struct bpf_map_info info = { 0 };
	uint32_t id, len = sizeof(info);
	void *at;
	int fd, err = 0;

	if (bpf_map_lookup_elem(engine->outer[which], &slot, &id))
		return -errno;
	fd = bpf_map_get_fd_by_id_opts(id, &readable);
	if (fd < 0)
		return -errno;
	if (bpf_obj_get_info_by_fd(fd, &info, &len)) {
		err = -errno;
	} else if (info.value_size != engine_element_size[which]) {
		err = -EPROTO;
	} else {
		at = mmap(NULL, mapped(which, info.max_entries), PROT_READ, MAP_SHARED, fd, 0);
		if (at == MAP_FAILED)
			err = -errno;
		else
			*array = (struct interdict_array){ .v = at, .n = info.max_entries };
	}
	close(fd);
	return err;
}

void engine_image_free(struct compile_image *image)
{
	for (int which = 0; which < TABLE_COUNT; which++) {
		struct interdict_array *array = array_of(image, (enum engine_table)which);

		if (array->v)
			munmap((void *)(uintptr_t)array->v,
			       mapped((enum engine_table)which, array->n));
	}
	free(image->head);
	memset(image, 0, sizeof(*image));
}

int engine_image(struct engine *engine, struct compile_image *image)
{
	const struct interdict_state *state = engine->state;
	uint64_t active = 0;
	int err = -EAGAIN;

	for (int i = 0; i < IMAGE_TRIES && err; i++) {
		active = __atomic_load_n(&state->active, __ATOMIC_SEQ_CST);
		if (!active)
			return -ENOENT;
		memset(image, 0, sizeof(*image));
		image->head = malloc(sizeof(*image->head));
		if (!image->head)
			return -ENOMEM;
		*image->head = state->heads[INTERDICT_ACTIVE_SLOT(active)];
		image->tables.head = image->head;
		err = 0;
		for (int which = 0; which < TABLE_COUNT && !err; which++)
			err = map_table(engine, (enum engine_table)which,
					INTERDICT_ACTIVE_SLOT(active), image);
		/* A slot is given to another generation only once it is not the active one. */
		if (__atomic_load_n(&state->active, __ATOMIC_SEQ_CST) != active)
			err = -EAGAIN;
		if (err)
			engine_image_free(image);
	}
	return err;
}

uint64_t engine_older_inflight(struct engine *engine)
{
	const struct interdict_state *state = engine->state;
	uint64_t active = __atomic_load_n(&state->active, __ATOMIC_SEQ_CST), n = 0;

	for (uint32_t slot = 0; slot < INTERDICT_SLOTS; slot++)
		if (!active || slot != INTERDICT_ACTIVE_SLOT(active))
			n += __atomic_load_n(&state->inflight[slot], __ATOMIC_SEQ_CST);
	return n;
}
