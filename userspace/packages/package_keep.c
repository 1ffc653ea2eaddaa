// SPDX-License-Identifier: GPL-2.0-or-later
#include "package_keep.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <jansson.h>

#include "atomic_file.h"
#include "escape.h"
#include "events/event_line.h"
#include "package_internal.h"

#define VERSION 1

static void file_clear(struct package_file *file)
{
	free(file->path);
	free(file->left);
	memset(file, 0, sizeof(*file));
}

void package_known_clear(struct package_known *known)
{
	size_t i;

	for (i = 0; i < known->n; i++)
		file_clear(&known->files[i]);
	for (i = 0; i < known->n_former; i++)
		file_clear(&known->former[i]);
	free(known->files);
	free(known->former);
	package_clear(&known->package);
	memset(known, 0, sizeof(*known));
}

void package_keep_free(struct package_keep *keep)
{
	size_t i;

	for (i = 0; i < keep->n; i++)
		package_known_clear(&keep->v[i]);
	free(keep->v);
	package_ids_free(&keep->others);
	memset(keep, 0, sizeof(*keep));
}

int package_keep_add(struct package_keep *keep, struct package_known *known)
{
	if (keep->n == keep->cap) {
		size_t cap = keep->cap ? keep->cap * 2 : 16;
		struct package_known *v = reallocarray(keep->v, cap, sizeof(*v));

		if (!v) {
			package_known_clear(known);
			return -ENOMEM;
		}
		keep->v = v;
		keep->cap = cap;
	}
	keep->v[keep->n++] = *known;
	memset(known, 0, sizeof(*known));
	return 0;
}

static int add_file(struct package_file **v, size_t *n, size_t *cap, struct package_file *file)
{
	if (*n == *cap) {
		size_t more = *cap ? *cap * 2 : 64;
		struct package_file *files = reallocarray(*v, more, sizeof(*files));

		if (!files) {
			file_clear(file);
			return -ENOMEM;
		}
		*v = files;
		*cap = more;
	}
	(*v)[(*n)++] = *file;
	memset(file, 0, sizeof(*file));
	return 0;
}

int package_known_add(struct package_known *known, struct package_file *file)
{
	return add_file(&known->files, &known->n, &known->cap, file);
}

int package_known_add_former(struct package_known *known, struct package_file *file)
{
	return add_file(&known->former, &known->n_former, &known->cap_former, file);
}

void package_known_trim_former(struct package_known *known, size_t max)
{
	const size_t n = known->n_former > max ? known->n_former - max : 0;
	size_t i;

	for (i = 0; i < n; i++)
		file_clear(&known->former[i]);
	if (n)
		memmove(known->former, known->former + n, max * sizeof(*known->former));
	known->n_former -= n;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct package_file *)a)->path,
		      ((const struct package_file *)b)->path);
}

static int by_id(const void *a, const void *b)
{
	const struct package *x = &((const struct package_known *)a)->package;
	const struct package *y = &((const struct package_known *)b)->package;
	int order;

	if (x->type != y->type)
		return x->type < y->type ? -1 : 1;
	order = strcmp(x->id ? x->id : "", y->id ? y->id : "");
	return order ? order : strcmp(x->place ? x->place : "", y->place ? y->place : "");
}

void package_known_sort(struct package_known *known)
{
	if (known->n)
		qsort(known->files, known->n, sizeof(*known->files), by_path);
}

void package_keep_sort(struct package_keep *keep)
{
	size_t i;

	for (i = 0; i < keep->n; i++)
		package_known_sort(&keep->v[i]);
	if (keep->n)
		qsort(keep->v, keep->n, sizeof(*keep->v), by_id);
}

struct package_known *package_keep_find(const struct package_keep *keep,
					const struct package *package)
{
	const struct package_known key = { .package = *package };

	return keep->n ? bsearch(&key, keep->v, keep->n, sizeof(*keep->v), by_id) : NULL;
}

const struct package_file *package_known_find(const struct package_known *known, const char *path)
{
	const struct package_file key = { .path = (char *)path };

	return known->n ? bsearch(&key, known->files, known->n, sizeof(*known->files), by_path) :
			  NULL;
}

/* ---- reading ---- */

/* A name or text, unescaped. Returns false where it is of another type, or there is no memory. */
static bool get_text(const json_t *object, const char *key, char **ret)
{
	const json_t *value = json_object_get(object, key);
	const char *text = json_string_value(value);
	char *out;
	long len;

	if (!value)
		return true;
	if (!text)
		return false;
	out = malloc(strlen(text) + 1);
	len = out ? unescape_name(text, out) : -1;
	if (len < 0) {
		free(out);
		return false;
	}
	out[len] = '\0';
	*ret = out;
	return true;
}

/* Returns the number of bytes, 0 where there is none, or -1. */
static int get_hex(const json_t *object, const char *key, uint8_t *out, size_t max)
{
	const json_t *value = json_object_get(object, key);
	const char *text = json_string_value(value);
	size_t bad;
	ssize_t n;

	if (!value)
		return 0;
	n = text ? policy_parse_hex(text, strlen(text), out, max, &bad) : -1;
	return n < 0 ? -1 : (int)n;
}

static bool get_stamp(const json_t *array, struct package_stamp *stamp)
{
	json_int_t n[5];
	size_t i;

	if (json_array_size(array) != 5)
		return false;
	for (i = 0; i < 5; i++) {
		if (!json_is_integer(json_array_get(array, i)))
			return false;
		n[i] = json_integer_value(json_array_get(array, i));
	}
	*stamp = (struct package_stamp){ (uint64_t)n[0], (uint64_t)n[1], (uint64_t)n[2], n[3],
					 n[4] };
	return true;
}

static bool read_file(const json_t *json, struct package_file *file)
{
	int sha256;
	int md5;
	int build_id;

	memset(file, 0, sizeof(*file));
	if (!get_text(json, "path", &file->path) || !file->path ||
	    !get_text(json, "left", &file->left) ||
	    !get_stamp(json_object_get(json, "stamp"), &file->stamp))
		return false;
	file->size = (uint64_t)json_integer_value(json_object_get(json, "size"));
	file->settled = json_is_true(json_object_get(json, "settled"));
	file->software = json_is_true(json_object_get(json, "software"));
	file->shared_build_id = json_is_true(json_object_get(json, "shared_build_id"));
	sha256 = get_hex(json, "sha256", file->sha256, sizeof(file->sha256));
	md5 = get_hex(json, "md5", file->md5, sizeof(file->md5));
	build_id = get_hex(json, "build_id", file->build_id, sizeof(file->build_id));
	if ((sha256 && sha256 != sizeof(file->sha256)) || (md5 && md5 != sizeof(file->md5)) ||
	    build_id < 0)
		return false;
	file->identified = sha256 != 0;
	file->has_md5 = md5 != 0;
	file->build_id_len = (uint8_t)build_id;
	return true;
}

static bool read_package(const json_t *json, struct package *package)
{
	const char *type = json_string_value(json_object_get(json, "type"));

	package->type = type ? package_type_by_name(type) : PACKAGE_TYPE_COUNT;
	return package->type < PACKAGE_TYPE_COUNT && get_text(json, "name", &package->name) &&
	       get_text(json, "version", &package->version) &&
	       get_text(json, "arch", &package->arch) &&
	       get_text(json, "maintainer", &package->maintainer) &&
	       get_text(json, "vendor", &package->vendor) &&
	       get_text(json, "origin", &package->origin) && get_text(json, "id", &package->id) &&
	       get_text(json, "source", &package->source) &&
	       get_text(json, "place", &package->place) && package->name && package->id;
}

/* Returns 0, -EBADMSG or -ENOMEM. */
static int read_files(const json_t *array, struct package_known *known,
		      int (*add)(struct package_known *known, struct package_file *file))
{
	const json_t *item;
	size_t i;

	json_array_foreach(array, i, item)
	{
		struct package_file file;

		if (!read_file(item, &file)) {
			file_clear(&file);
			return -EBADMSG;
		}
		if (add(known, &file))
			return -ENOMEM;
	}
	return 0;
}

static int read_known(const json_t *json, struct package_keep *keep)
{
	struct package_known known = { .gone = json_integer_value(json_object_get(json, "gone")) };
	int err = read_package(json, &known.package) ? 0 : -EBADMSG;

	if (!err)
		err = read_files(json_object_get(json, "files"), &known, package_known_add);
	if (!err)
		err = read_files(json_object_get(json, "former"), &known, package_known_add_former);
	if (err) {
		package_known_clear(&known);
		return err;
	}
	return package_keep_add(keep, &known);
}

int package_keep_read(const char *path, struct package_keep *keep)
{
	const json_t *item;
	json_t *json;
	char *text;
	size_t len;
	size_t i;
	int err;

	memset(keep, 0, sizeof(*keep));
	err = package_read_below("", path, PACKAGE_FILE_MAX, &text, &len);
	if (err)
		return err;
	json = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	free(text);
	if (!json || json_integer_value(json_object_get(json, "interdict-packages")) != VERSION)
		err = -EBADMSG;
	json_array_foreach(err ? NULL : json_object_get(json, "packages"), i, item)
	{
		err = read_known(item, keep);
		if (err)
			break;
	}
	if (!err)
		err = package_ids_read(json_object_get(json, "others"), &keep->others);
	json_decref(json);
	if (err)
		package_keep_free(keep);
	else
		package_keep_sort(keep);
	return err;
}

/* ---- writing ---- */

static bool set_text(json_t *object, const char *key, const char *text)
{
	char *escaped;
	int err;

	if (!text)
		return true;
	escaped = escape_name(text, strlen(text), 0);
	err = escaped ? json_object_set_new(object, key, json_string(escaped)) : -1;
	free(escaped);
	return !err;
}

static bool set_hex(json_t *object, const char *key, const uint8_t *bytes, size_t len)
{
	char hex[2 * 64 + 1];

	event_hex(bytes, len, hex);
	return !json_object_set_new(object, key, json_string(hex));
}

static json_t *file_json(const struct package_file *file)
{
	const struct package_stamp *s = &file->stamp;
	json_t *json = json_pack("{s:[I,I,I,I,I], s:I}", "stamp", (json_int_t)s->dev,
				 (json_int_t)s->ino, (json_int_t)s->size, (json_int_t)s->mtime,
				 (json_int_t)s->ctime, "size", (json_int_t)file->size);
	bool ok = json && set_text(json, "path", file->path) && set_text(json, "left", file->left);

	if (ok && file->settled)
		ok = !json_object_set_new(json, "settled", json_true());
	if (ok && file->software)
		ok = !json_object_set_new(json, "software", json_true());
	if (ok && file->shared_build_id)
		ok = !json_object_set_new(json, "shared_build_id", json_true());
	if (ok && file->identified)
		ok = set_hex(json, "sha256", file->sha256, sizeof(file->sha256));
	if (ok && file->has_md5)
		ok = set_hex(json, "md5", file->md5, sizeof(file->md5));
	if (ok && file->build_id_len)
		ok = set_hex(json, "build_id", file->build_id, file->build_id_len);
	if (!ok) {
		json_decref(json);
		json = NULL;
	}
	return json;
}

/* NULL: no memory. */
static json_t *files_json(const struct package_file *files, size_t n)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < n; i++)
		if (json_array_append_new(array, file_json(&files[i]))) {
			json_decref(array);
			return NULL;
		}
	return array;
}

static json_t *known_json(const struct package_known *known)
{
	const struct package *package = &known->package;
	json_t *json = json_pack("{s:s}", "type", package_type_name(package->type));
	bool ok = json && set_text(json, "name", package->name) &&
		  set_text(json, "version", package->version) &&
		  set_text(json, "arch", package->arch) &&
		  set_text(json, "maintainer", package->maintainer) &&
		  set_text(json, "vendor", package->vendor) &&
		  set_text(json, "origin", package->origin) && set_text(json, "id", package->id) &&
		  set_text(json, "source", package->source) &&
		  set_text(json, "place", package->place) &&
		  !json_object_set_new(json, "files", files_json(known->files, known->n));

	if (ok && known->n_former)
		ok = !json_object_set_new(json, "former",
					  files_json(known->former, known->n_former));
	if (ok && known->gone)
		ok = !json_object_set_new(json, "gone", json_integer(known->gone));
	if (!ok) {
		json_decref(json);
		json = NULL;
	}
	return json;
}

char *package_keep_text(const struct package_keep *keep)
{
	json_t *json = json_pack("{s:i, s:[]}", "interdict-packages", VERSION, "packages");
	json_t *array = json_object_get(json, "packages");
	bool ok = json != NULL;
	char *text;
	size_t i;

	for (i = 0; ok && i < keep->n; i++)
		ok = !json_array_append_new(array, known_json(&keep->v[i]));
	ok = ok && !json_object_set_new(json, "others", package_ids_json(&keep->others));
	text = ok ? json_dumps(json, JSON_COMPACT) : NULL;
	json_decref(json);
	return text;
}

int package_keep_write(const char *path, const char *text)
{
	const size_t len = strlen(text);
	char *before;
	size_t before_len;
	bool same;

	/* Most resolutions find nothing new, and the disk has other work while packages come. */
	if (!package_read_below("", path, PACKAGE_FILE_MAX, &before, &before_len)) {
		same = before_len == len && !memcmp(before, text, len);
		free(before);
		if (same)
			return 0;
	}
	return atomic_file_write(path, text, len, 0600);
}
