// SPDX-License-Identifier: GPL-2.0-or-later
#include "package_ids.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "escape.h"
#include "events/event_line.h"
#include "kmod/extract/build_id.h"
#include "subject/reader_fd.h"

/* Of one package; Linux's has none in its thousands of modules that counts. */
#define IDS_MAX 20000U

static void ids_clear(struct package_ids *ids)
{
	free(ids->key);
	free(ids->v);
	memset(ids, 0, sizeof(*ids));
}

void package_ids_free(struct package_ids_cache *cache)
{
	size_t i;

	for (i = 0; i < cache->n; i++)
		ids_clear(&cache->v[i]);
	free(cache->v);
	memset(cache, 0, sizeof(*cache));
}

static int add_ids(struct package_ids_cache *cache, struct package_ids *ids)
{
	if (cache->n == cache->cap) {
		size_t cap = cache->cap ? cache->cap * 2 : 256;
		struct package_ids *v = reallocarray(cache->v, cap, sizeof(*v));

		if (!v) {
			ids_clear(ids);
			return -ENOMEM;
		}
		cache->v = v;
		cache->cap = cap;
	}
	cache->v[cache->n++] = *ids;
	return 0;
}

static int add_id(struct package_ids *ids, const uint8_t *value, size_t len)
{
	if (ids->n >= IDS_MAX)
		return 0;
	if (ids->n == ids->cap) {
		size_t cap = ids->cap ? ids->cap * 2 : 8;
		struct package_id *v = reallocarray(ids->v, cap, sizeof(*v));

		if (!v)
			return -ENOMEM;
		ids->v = v;
		ids->cap = cap;
	}
	ids->v[ids->n].len = (uint8_t)len;
	memcpy(ids->v[ids->n++].value, value, len);
	return 0;
}

/* ---- from the disk ---- */

/* Directories of which no program or library is, and names of what is none. */
static bool may_be_elf(const char *path)
{
	static const char *const dirs[] = { "/usr/share/doc/",
					    "/usr/share/man/",
					    "/usr/share/locale/",
					    "/usr/share/icons/",
					    "/usr/include/",
					    "/usr/src/",
					    "/etc/",
					    "/boot/" };
	static const char *const suffixes[] = {
		".a",	 ".c",	 ".css",  ".gif", ".gz",   ".h",       ".html",	   ".hpp",
		".jpg",	 ".js",	 ".json", ".la",  ".md",   ".mo",      ".o",	   ".pc",
		".pl",	 ".pm",	 ".png",  ".py",  ".pyc",  ".rb",      ".sh",	   ".svg",
		".ttf",	 ".txt", ".xml",  ".yml", ".ko",   ".xz",      ".el",	   ".elc",
		".page", ".qml", ".tcl",  ".vim", ".conf", ".desktop", ".service",
	};
	const char *slash = strrchr(path, '/');
	const char *dot = strrchr(slash ? slash : path, '.');
	size_t i;

	for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		if (!strncmp(path, dirs[i], strlen(dirs[i])))
			return false;
	for (i = 0; dot && i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
		if (!strcmp(dot, suffixes[i]))
			return false;
	return true;
}

struct looking {
	const char *root;
	struct package_ids *ids;
};

/* A file that cannot be opened is refused, and so banned already. */
static int look(void *context, const char *path)
{
	const struct looking *l = context;
	uint8_t id[INTERDICT_BUILD_ID_MAX];
	struct reader_fd reader;
	char magic[4] = "";
	struct stat st;
	__u32 len = 0;
	int fd;

	if (!may_be_elf(path))
		return 0;
	fd = package_open_below(l->root, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return 0;
	if (pread(fd, magic, sizeof(magic), 0) == (ssize_t)sizeof(magic) &&
	    !memcmp(magic, "\177ELF", 4) && !fstat(fd, &st) && S_ISREG(st.st_mode)) {
		reader_fd_init(&reader, fd, (__u64)st.st_size);
		if (build_id_find(&reader.reader, id, &len))
			len = 0;
	}
	close(fd);
	return len ? add_id(l->ids, id, len) : 0;
}

/* ---- the cache ---- */

static int by_key(const void *a, const void *b)
{
	return strcmp(((const struct package_ids *)a)->key, ((const struct package_ids *)b)->key);
}

static char *key_of(const struct package *package)
{
	char *key;

	if (asprintf(&key, "%s %s %s %s", package_type_name(package->type), package->id,
		     package->version ? package->version : "",
		     package->place ? package->place : "") < 0)
		return NULL;
	return key;
}

static void sort(struct package_ids_cache *cache)
{
	if (cache->n)
		qsort(cache->v, cache->n, sizeof(*cache->v), by_key);
	cache->n_sorted = cache->n;
}

static struct package_ids *find(const struct package_ids_cache *cache, char *key)
{
	const struct package_ids ids = { .key = key };

	return cache->n_sorted ?
		       bsearch(&ids, cache->v, cache->n_sorted, sizeof(*cache->v), by_key) :
		       NULL;
}

/* Look into @package, whose key is the cache's from now on. */
static int look_into(const char *root, const struct package *package, char *key,
		     struct package_ids_cache *cache)
{
	struct package_ids ids = { .key = key, .used = true };
	struct looking looking = { root, &ids };
	char why[PACKAGE_WHY_MAX];
	int err = package_files(root, package, look, &looking, why);

	if (err) {
		ids_clear(&ids);
		return err;
	}
	return add_ids(cache, &ids);
}

int package_ids_of(const char *root, const struct package *package, struct package_ids_cache *cache,
		   const struct package_ids **ret)
{
	char *key = key_of(package);
	struct package_ids *found;
	int err;

	if (!key)
		return -ENOMEM;
	found = find(cache, key);
	if (found) {
		free(key);
		found->used = true;
		*ret = found;
		return 0;
	}
	err = look_into(root, package, key, cache);
	if (!err)
		*ret = &cache->v[cache->n - 1];
	return err;
}

static uint64_t now_ms(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

int package_ids_ahead(const char *root, const struct package *const *packages, size_t n,
		      unsigned int ms, struct package_ids_cache *cache, size_t *left)
{
	const uint64_t until = now_ms() + ms;
	bool over = false;
	size_t i;
	int err = 0;

	*left = 0;
	sort(cache);
	for (i = 0; i < cache->n; i++)
		cache->v[i].used = false;
	for (i = 0; i < n && err != -ENOMEM; i++) {
		char *key = key_of(packages[i]);
		struct package_ids *found;

		if (!key)
			return -ENOMEM;
		found = find(cache, key);
		if (found) {
			found->used = true;
			free(key);
		} else if (over) {
			free(key);
			++*left;
		} else {
			err = look_into(root, packages[i], key, cache);
			over = now_ms() >= until;
		}
	}
	return err == -ENOMEM ? err : 0;
}

json_t *package_ids_json(const struct package_ids_cache *cache)
{
	json_t *json = json_object();
	size_t i;
	size_t j;

	for (i = 0; json && i < cache->n; i++) {
		const struct package_ids *ids = &cache->v[i];
		json_t *array = json_array();
		char *key = escape_name(ids->key, strlen(ids->key), 0);

		for (j = 0; j < ids->n; j++) {
			char hex[2 * POLICY_BUILD_ID_MAX + 1];

			event_hex(ids->v[j].value, ids->v[j].len, hex);
			json_array_append_new(array, json_string(hex));
		}
		if (!key || (ids->used ? json_object_set(json, key, array) : 0)) {
			json_decref(json);
			json = NULL;
		}
		json_decref(array);
		free(key);
	}
	return json;
}

static int read_ids(const char *key, const json_t *array, struct package_ids *ids)
{
	const json_t *item;
	size_t i;
	long len;

	ids->key = malloc(strlen(key) + 1);
	if (!ids->key)
		return -ENOMEM;
	len = unescape_name(key, ids->key);
	if (len < 0)
		return -EBADMSG;
	ids->key[len] = '\0';
	json_array_foreach(array, i, item)
	{
		const char *hex = json_string_value(item);
		uint8_t value[POLICY_BUILD_ID_MAX];
		size_t bad;
		ssize_t n =
			hex ? policy_parse_hex(hex, strlen(hex), value, sizeof(value), &bad) : -1;

		if (n <= 0)
			return -EBADMSG;
		if (add_id(ids, value, (size_t)n))
			return -ENOMEM;
	}
	return 0;
}

int package_ids_read(const json_t *json, struct package_ids_cache *cache)
{
	const char *key;
	json_t *array;
	int err = 0;

	memset(cache, 0, sizeof(*cache));
	json_object_foreach((json_t *)json, key, array)
	{
		struct package_ids ids = { 0 };

		err = read_ids(key, array, &ids);
		if (!err)
			err = add_ids(cache, &ids);
		else
			ids_clear(&ids);
		if (err == -ENOMEM) {
			package_ids_free(cache);
			return err;
		}
	}
	sort(cache);
	return 0;
}
