/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The dynamic loader's cache: where libraries are that it finds by name (ldconfig(8)). The format
 * is that of glibc since 2.2 (magic "glibc-ld.so.cache1.1"), in this machine's byte order: a header
 * of 48 bytes, then entries of 24: flags, where the name is, where the path is (u32 each, from the
 * beginning of the file), and 12 bytes more.
 */
#ifndef INTERDICT_LINT_LDCACHE_H
#define INTERDICT_LINT_LDCACHE_H

#include <stddef.h>
#include <stdint.h>

#define LINT_LDCACHE_FILE "/etc/ld.so.cache"

struct lint_ldcache {
	char *buf; /* with a NUL behind */
	size_t len;
	uint32_t n;
};

/* Read @path. Returns 0 and fills *@cache (lint_ldcache_free()); -EINVAL: this is none; -ENOMEM;
 * another -errno. */
int lint_ldcache_read(const char *path, struct lint_ldcache *cache);
void lint_ldcache_free(struct lint_ldcache *cache);

/*
 * The next path of the library @name, from the entry *@next on (begin with 0), which goes forward:
 * one name may have several, for other machines or with more of the processor's instructions. NULL:
 * no more.
 */
const char *lint_ldcache_find(const struct lint_ldcache *cache, const char *name, uint32_t *next);

#endif
