// SPDX-License-Identifier: GPL-2.0-or-later
#include "lint_ldcache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC	   "glibc-ld.so.cache1.1"
#define HEADER_LEN 48U
#define ENTRY_LEN  24U
#define COUNT_AT   20U /* in the header: how many entries */
#define NAME_AT	   4U  /* in an entry */
#define PATH_AT	   8U
/* Some thousand libraries make some hundred KiB. */
#define CACHE_BYTES_MAX (16U << 20)

static uint32_t number_at(const char *buf, size_t offset)
{
	uint32_t n;

	memcpy(&n, buf + offset, sizeof(n));
	return n;
}

static int read_whole(int fd, struct lint_ldcache *cache)
{
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size > CACHE_BYTES_MAX || st.st_size < HEADER_LEN)
		return -EINVAL;
	cache->buf = calloc(1, (size_t)st.st_size + 1);
	if (!cache->buf)
		return -ENOMEM;
	while (cache->len < (size_t)st.st_size) {
		n = read(fd, cache->buf + cache->len, (size_t)st.st_size - cache->len);
		if (n < 0)
			return -errno;
		if (!n)
			return -EINVAL;
		cache->len += (size_t)n;
	}
	return 0;
}

int lint_ldcache_read(const char *path, struct lint_ldcache *ret)
{
	struct lint_ldcache cache = { 0 };
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int err;

	if (fd < 0)
		return -errno;
	err = read_whole(fd, &cache);
	close(fd);
	if (!err && (cache.len < HEADER_LEN || memcmp(cache.buf, MAGIC, sizeof(MAGIC) - 1) != 0))
		err = -EINVAL;
	if (!err) {
		cache.n = number_at(cache.buf, COUNT_AT);
		if (cache.n > (cache.len - HEADER_LEN) / ENTRY_LEN)
			err = -EINVAL;
	}
	if (err) {
		lint_ldcache_free(&cache);
		return err;
	}
	*ret = cache;
	return 0;
}

void lint_ldcache_free(struct lint_ldcache *cache)
{
	free(cache->buf);
	*cache = (struct lint_ldcache){ 0 };
}

const char *lint_ldcache_find(const struct lint_ldcache *cache, const char *name, uint32_t *next)
{
	while (*next < cache->n) {
		size_t entry = HEADER_LEN + (size_t)(*next)++ * ENTRY_LEN;
		uint32_t name_at = number_at(cache->buf, entry + NAME_AT);
		uint32_t path_at = number_at(cache->buf, entry + PATH_AT);

		if (name_at < cache->len && path_at < cache->len &&
		    !strcmp(cache->buf + name_at, name))
			return cache->buf + path_at;
	}
	return NULL;
}
