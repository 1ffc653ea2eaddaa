// SPDX-License-Identifier: GPL-2.0-or-later
#include "scan_links.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Places that are looked at for one file: beyond that it is not kept. */
#define PROBES 16

/* The inode, and what is another if it was deleted and another file has its number, or if it was
 * changed. */
struct link {
	uint32_t dev_major, dev_minor;
	uint64_t ino; /* 0: free */
	int64_t ctime;
	uint32_t ctime_nsec;
	uint32_t reserved;
};

struct scan_links {
	pthread_mutex_t lock;
	size_t size; /* a power of two */
	struct link *at;
};

struct scan_links *scan_links_new(size_t max)
{
	struct scan_links *links = calloc(1, sizeof(*links));

	if (!links)
		return NULL;
	links->size = PROBES;
	while (links->size < max)
		links->size *= 2;
	/* Takes memory as it fills. */
	links->at = calloc(links->size, sizeof(*links->at));
	if (!links->at) {
		free(links);
		return NULL;
	}
	pthread_mutex_init(&links->lock, NULL);
	return links;
}

void scan_links_free(struct scan_links *links)
{
	if (!links)
		return;
	pthread_mutex_destroy(&links->lock);
	free(links->at);
	free(links);
}

static struct link link_of(const struct statx *stx)
{
	return (struct link){
		.dev_major = stx->stx_dev_major,
		.dev_minor = stx->stx_dev_minor,
		.ino = stx->stx_ino,
		.ctime = stx->stx_ctime.tv_sec,
		.ctime_nsec = stx->stx_ctime.tv_nsec,
	};
}

/* Fibonacci hashing, as in bpf/tables.h. */
static size_t first_place(const struct scan_links *links, const struct link *link)
{
	uint64_t key =
		link->ino ^ (uint64_t)link->dev_minor << 40 ^ (uint64_t)link->dev_major << 52;

	return (size_t)((key * 0x9e3779b97f4a7c15ULL) >> 32) & (links->size - 1);
}

/* Where it is, or else the first free place, or NULL. */
static struct link *find(const struct scan_links *links, const struct link *link)
{
	size_t first = first_place(links, link);

	for (size_t i = 0; i < PROBES; i++) {
		struct link *at = &links->at[(first + i) & (links->size - 1)];

		if (!at->ino || !memcmp(at, link, sizeof(*at)))
			return at;
	}
	return NULL;
}

bool scan_links_seen(struct scan_links *links, const struct statx *stx)
{
	const struct link link = link_of(stx), *at;
	bool seen;

	pthread_mutex_lock(&links->lock);
	at = find(links, &link);
	seen = at && at->ino;
	pthread_mutex_unlock(&links->lock);
	return seen;
}

void scan_links_add(struct scan_links *links, const struct statx *stx)
{
	const struct link link = link_of(stx);
	struct link *at;

	if (!link.ino)
		return;
	pthread_mutex_lock(&links->lock);
	at = find(links, &link);
	if (at)
		*at = link;
	pthread_mutex_unlock(&links->lock);
}
