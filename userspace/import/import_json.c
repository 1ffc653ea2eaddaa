// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * JSON files of many elements. jansson makes a tree of a text that takes several times its room, a
 * gigabyte and more for a million indicators; so only the few collections that lead to the elements
 * are taken apart here, and jansson gets one element, or one other value, at a time
 * (JSON_DISABLE_EOF_CHECK, which also says where the value ends).
 */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "import_internal.h"

/* Collections around an element: "/response/[]/Event/Attribute/[]" has five. */
#define DEPTH_MAX 8U
/* Bytes of a path, and of a key on it. */
#define PATH_MAX_BYTES 128U
#define KEY_MAX	       32U
/* Elements between two calls of progress. */
#define PROGRESS_EVERY 1024U

#define FLAGS (JSON_DECODE_ANY | JSON_DISABLE_EOF_CHECK | JSON_REJECT_DUPLICATES)

struct collection {
	json_t *json;	 /* what of it is not elements; borrowed from the one around, or the root */
	size_t path_len; /* of its own path */
	bool array;
};

struct walk {
	struct import *im;
	const char *buf;
	size_t len;
	size_t at;
	struct import_place place; /* of at */
	const char *const *paths;
	size_t n_paths;
	import_element_fn element;
	void *context;
	char path[PATH_MAX_BYTES]; /* of the next value */
	struct collection open[DEPTH_MAX];
	size_t depth;
	json_t *root;
	uint64_t elements;
};

/* Lines and columns are counted as jansson counts them: columns in characters. */
static void advance(struct walk *w, size_t n)
{
	const unsigned char *t = (const unsigned char *)w->buf + w->at;
	const unsigned char *end = t + n;
	const unsigned char *feed;
	uint32_t characters = 0;

	w->at += n;
	while (t < end && (feed = memchr(t, '\n', (size_t)(end - t)))) {
		w->place.line++;
		w->place.col = 1;
		t = feed + 1;
	}
	for (; t < end; t++)
		characters += (*t & 0xc0) != 0x80;
	w->place.col += characters;
}

static void skip_space(struct walk *w)
{
	size_t n = 0;

	while (w->at + n < w->len && w->buf[w->at + n] && strchr(" \t\r\n", w->buf[w->at + n]))
		n++;
	advance(w, n);
}

static int wrong(struct walk *w, const char *text)
{
	policy_errors_add(w->im->errs, POLICY_ERROR, w->im->file, w->place.line, w->place.col, "%s",
			  text);
	return -EBADMSG;
}

/* One whole value by jansson. */
static int load(struct walk *w, json_t **ret)
{
	struct import_place at = w->place;
	json_error_t error;
	json_t *json = json_loadb(w->buf + w->at, w->len - w->at, FLAGS, &error);

	if (json) {
		advance(w, (size_t)error.position);
		*ret = json;
		return 0;
	}
	if (json_error_code(&error) == json_error_out_of_memory)
		return -ENOMEM;
	if (error.line > 1) {
		at.line += (uint32_t)error.line - 1;
		at.col = error.column > 0 ? (uint32_t)error.column : 1;
	} else if (error.column > 1) {
		at.col += (uint32_t)error.column - 1;
	}
	policy_errors_add(w->im->errs, POLICY_ERROR, w->im->file, at.line, at.col, "%s",
			  error.text);
	return -EBADMSG;
}

/* The index of the path of elements that this is, or n_paths. */
static size_t element_path(const struct walk *w)
{
	size_t i;

	for (i = 0; i < w->n_paths && strcmp(w->paths[i], w->path); i++)
		;
	return i;
}

/* Whether a path of elements goes on from here into an array, or into an object. */
static bool leads_on(const struct walk *w, bool array)
{
	size_t len = strlen(w->path);

	for (size_t i = 0; i < w->n_paths; i++)
		if (!strncmp(w->paths[i], w->path, len) && w->paths[i][len] == '/' &&
		    (w->paths[i][len + 1] == '[') == array)
			return true;
	return false;
}

/* @json, which is taken, into the collection around it, under @key in an object. */
static int attach(struct walk *w, const json_t *key, json_t *json)
{
	struct collection *in = w->depth ? &w->open[w->depth - 1] : NULL;
	int ret;

	if (!in) {
		w->root = json;
		return 0;
	}
	ret = in->array ? json_array_append_new(in->json, json) :
			  json_object_set_new(in->json, json_string_value(key), json);
	return ret ? -ENOMEM : 0;
}

static int enter(struct walk *w, const json_t *key, bool array)
{
	json_t *json = array ? json_array() : json_object();
	int err = json ? attach(w, key, json) : -ENOMEM;

	if (err)
		return err;
	w->open[w->depth++] = (struct collection){ json, strlen(w->path), array };
	advance(w, 1);
	return 0;
}

static int one_element(struct walk *w, size_t path)
{
	struct import *im = w->im;
	struct import_place at = w->place;
	json_t *json;
	int err = load(w, &json);

	if (err)
		return err;
	err = w->element(im, w->context, path, json, &at);
	json_decref(json);
	if (im->options->progress && !(++w->elements % PROGRESS_EVERY))
		im->options->progress(im->options->context, w->at, im->seen);
	return err;
}

/* The value at w->at, whose path is w->path; with @key in an object. */
static int value(struct walk *w, const json_t *key)
{
	size_t path = element_path(w);
	char c = w->at < w->len ? w->buf[w->at] : '\0';
	json_t *json;
	int err;

	if (path < w->n_paths)
		return one_element(w, path);
	if ((c == '[' || c == '{') && w->depth < DEPTH_MAX && leads_on(w, c == '['))
		return enter(w, key, c == '[');
	err = load(w, &json);
	return err ? err : attach(w, key, json);
}

/* "KEY": of an object, and w->path of its value. */
static int read_key(struct walk *w, const struct collection *in, json_t **key)
{
	const char *text;
	int err;

	if (w->at == w->len || w->buf[w->at] != '"')
		return wrong(w, "a key in quotes is needed here");
	err = load(w, key);
	if (err)
		return err;
	text = json_string_value(*key);
	if (json_object_get(in->json, text))
		return wrong(w, "this key is there twice");
	skip_space(w);
	if (w->at == w->len || w->buf[w->at] != ':')
		return wrong(w, "a colon is needed behind a key");
	advance(w, 1);
	skip_space(w);
	/* What cannot be a part of a path of elements gets one that is none. */
	if (strlen(text) > KEY_MAX || strpbrk(text, "/["))
		text = "?";
	snprintf(w->path + in->path_len, sizeof(w->path) - in->path_len, "/%s", text);
	return 0;
}

/* The next value of the innermost collection, or its end. */
static int step(struct walk *w, bool *first)
{
	struct collection *in = &w->open[w->depth - 1];
	size_t depth = w->depth;
	json_t *key = NULL;
	int err = 0;
	char c;

	skip_space(w);
	c = w->at < w->len ? w->buf[w->at] : '\0';
	if (c == (in->array ? ']' : '}')) {
		advance(w, 1);
		w->depth--;
		*first = false;
		return 0;
	}
	if (!*first) {
		if (c != ',')
			return wrong(w, in->array ? "a comma or ] is needed here" :
						    "a comma or } is needed here");
		advance(w, 1);
		skip_space(w);
	}
	if (in->array)
		snprintf(w->path + in->path_len, sizeof(w->path) - in->path_len, "/[]");
	else
		err = read_key(w, in, &key);
	if (!err)
		err = value(w, key);
	json_decref(key);
	*first = w->depth > depth;
	return err;
}

int import_json_walk(struct import *im, const char *buf, size_t len, const char *const *paths,
		     size_t n_paths, import_element_fn element, void *context, json_t **rest)
{
	struct walk w = {
		.im = im,
		.buf = buf,
		.len = len,
		.place = { 1, 1 },
		.paths = paths,
		.n_paths = n_paths,
		.element = element,
		.context = context,
	};
	bool first = true;
	int err;

	skip_space(&w);
	err = value(&w, NULL);
	while (!err && w.depth)
		err = step(&w, &first);
	if (!err) {
		skip_space(&w);
		if (w.at < w.len)
			err = wrong(&w, "there is more behind the end");
	}
	if (err) {
		json_decref(w.root);
		return err;
	}
	*rest = w.root;
	return 0;
}

const char *import_json_string(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

bool import_json_flag(const json_t *object, const char *key, bool fallback)
{
	const json_t *json = json_object_get(object, key);
	const char *text = json_string_value(json);

	if (json_is_boolean(json))
		return json_is_true(json);
	if (json_is_integer(json) && json_integer_value(json) >= 0 && json_integer_value(json) < 2)
		return json_integer_value(json) == 1;
	if (text && (!strcmp(text, "1") || !strcasecmp(text, "true")))
		return true;
	if (text && (!strcmp(text, "0") || !strcasecmp(text, "false")))
		return false;
	return fallback;
}
