// SPDX-License-Identifier: GPL-2.0-or-later
/* libyaml's events to a tree, refusing what the subset leaves out. */
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include <yaml.h>

#include "policy_utf8.h"
#include "yaml_tree.h"

struct builder {
	struct policy_arena *arena;
	const char *file;
	struct policy_errors *errs;
	struct yaml_tree *open[POLICY_DEPTH_MAX]; /* collections around the next event */
	struct yaml_tree *key[POLICY_DEPTH_MAX];  /* of a mapping: the key that waits for a value */
	size_t depth;
	struct yaml_tree *root;
	unsigned int documents;
	yaml_mark_t end; /* behind the last character */
};

const char *yaml_tree_type_name(enum yaml_tree_type type)
{
	switch (type) {
	case YAML_TREE_TEXT:
		return "text";
	case YAML_TREE_SEQUENCE:
		return "a sequence";
	case YAML_TREE_MAPPING:
		return "a mapping";
	}
	return "nothing";
}

__attribute__((format(printf, 3, 4))) static void wrong(struct builder *b, const yaml_mark_t *at,
							const char *fmt, ...)
{
	char text[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	policy_errors_add(b->errs, POLICY_ERROR, b->file, (uint32_t)at->line + 1,
			  (uint32_t)at->column + 1, "%s", text);
}

/* Before libyaml sees it: it reports bad bytes without a line, and takes more for line ends. */
static int check_characters(struct builder *b, const char *buf, size_t len)
{
	const unsigned char *t = (const unsigned char *)buf;
	yaml_mark_t at = { 0 };
	size_t i = 0;

	while (i < len) {
		size_t n = policy_utf8_length(t + i, len - i);
		const char *why;

		if (!n) {
			wrong(b, &at, "byte 0x%02x is not UTF-8 here", t[i]);
			return -EBADMSG;
		}
		why = policy_utf8_refused(t + i, n);
		if (why) {
			wrong(b, &at, "%s", why);
			return -EBADMSG;
		}
		if (t[i] == '\n') {
			at.line++;
			at.column = 0;
		} else {
			at.column++;
		}
		i += n;
	}
	b->end = at;
	return 0;
}

static struct yaml_tree *same_key(const struct yaml_tree *mapping, const struct yaml_tree *key)
{
	struct yaml_tree *k;

	for (k = mapping->first; k; k = k->next)
		if (k != key && k->len == key->len && !memcmp(k->text, key->text, key->len))
			return k;
	return NULL;
}

static void append(struct yaml_tree *parent, struct yaml_tree *node)
{
	if (parent->last)
		parent->last->next = node;
	else
		parent->first = node;
	parent->last = node;
	parent->n++;
}

/* A mapping's next key. Returns -EBADMSG where the mapping cannot be read on. */
static int place_key(struct builder *b, struct yaml_tree *mapping, struct yaml_tree *node,
		     const yaml_mark_t *at)
{
	const struct yaml_tree *other;

	if (node->type != YAML_TREE_TEXT) {
		wrong(b, at, "a key is text, not %s", yaml_tree_type_name(node->type));
		return -EBADMSG;
	}
	if (mapping->n >= YAML_TREE_KEYS_MAX) {
		wrong(b, at, "more than %u keys in a mapping", YAML_TREE_KEYS_MAX);
		return -EBADMSG;
	}
	if (!node->bad && !node->len) {
		wrong(b, at, "a key is empty");
		node->bad = true;
	}
	other = node->bad ? NULL : same_key(mapping, node);
	if (other) {
		wrong(b, at, "key \"%.64s\" is there already, at line %u", node->text, other->line);
		node->bad = true;
	}
	append(mapping, node);
	b->key[b->depth - 1] = node;
	return 0;
}

static int place(struct builder *b, struct yaml_tree *node, const yaml_mark_t *at)
{
	struct yaml_tree *parent;

	if (!b->depth) {
		b->root = node;
		return 0;
	}
	parent = b->open[b->depth - 1];
	if (parent->type == YAML_TREE_SEQUENCE) {
		append(parent, node);
		return 0;
	}
	if (!b->key[b->depth - 1])
		return place_key(b, parent, node, at);
	b->key[b->depth - 1]->value = node;
	b->key[b->depth - 1] = NULL;
	return 0;
}

static struct yaml_tree *new_node(struct builder *b, enum yaml_tree_type type,
				  const yaml_mark_t *at)
{
	struct yaml_tree *node = policy_arena_alloc(b->arena, sizeof(*node));

	if (!node)
		return NULL;
	node->type = type;
	node->line = (uint32_t)at->line + 1;
	node->col = (uint32_t)at->column + 1;
	node->text = "";
	return node;
}

static void check_properties(struct builder *b, struct yaml_tree *node, const yaml_mark_t *at,
			     const yaml_char_t *anchor, const yaml_char_t *tag)
{
	if (anchor) {
		wrong(b, at, "anchors (&%.64s) are not part of the format", (const char *)anchor);
		node->bad = true;
	}
	if (tag) {
		wrong(b, at, "tags (%.64s) are not part of the format", (const char *)tag);
		node->bad = true;
	}
}

/* Escapes and block scalars can make what check_characters() refused in the text itself. */
static void check_value(struct builder *b, struct yaml_tree *node, const char *value, size_t len,
			const yaml_mark_t *at)
{
	const unsigned char *t = (const unsigned char *)value;
	size_t i = 0;

	while (i < len) {
		size_t n = policy_utf8_length(t + i, len - i);
		const char *why = n ? policy_utf8_refused(t + i, n) : "not UTF-8";

		if (!why && t[i] == '\n')
			why = "a line feed: a string is one line; fold longer text with '>-'";
		if (!why && t[i] == '\t')
			why = "a tab";
		if (why) {
			wrong(b, at, "this string contains %s", why);
			node->bad = true;
			return;
		}
		i += n;
	}
	if (len > POLICY_STRING_MAX) {
		wrong(b, at, "this string has %zu bytes; at most %u are allowed", len,
		      POLICY_STRING_MAX);
		node->bad = true;
	}
}

/* libyaml takes the end of a text without a last line feed for a line of its own. */
static const yaml_mark_t *within(const struct builder *b, const yaml_mark_t *at)
{
	return at->line > b->end.line ? &b->end : at;
}

static int add_scalar(struct builder *b, const yaml_event_t *event)
{
	const yaml_mark_t *at = within(b, &event->start_mark);
	const char *value = (const char *)event->data.scalar.value;
	size_t len = event->data.scalar.length;
	struct yaml_tree *node = new_node(b, YAML_TREE_TEXT, at);

	if (!node)
		return -ENOMEM;
	check_properties(b, node, at, event->data.scalar.anchor, event->data.scalar.tag);
	check_value(b, node, value, len, at);
	if (!node->bad) {
		node->text = policy_arena_text(b->arena, value, len);
		if (!node->text)
			return -ENOMEM;
		node->len = len;
		node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
			      event->end_mark.line == at->line;
	}
	return place(b, node, at);
}

static int add_alias(struct builder *b, const yaml_event_t *event)
{
	const yaml_mark_t *at = &event->start_mark;
	struct yaml_tree *node = new_node(b, YAML_TREE_TEXT, at);

	if (!node)
		return -ENOMEM;
	wrong(b, at, "aliases (*%.64s) are not part of the format",
	      (const char *)event->data.alias.anchor);
	node->bad = true;
	return place(b, node, at);
}

static int open_collection(struct builder *b, const yaml_event_t *event, enum yaml_tree_type type,
			   const yaml_char_t *anchor, const yaml_char_t *tag)
{
	const yaml_mark_t *at = &event->start_mark;
	struct yaml_tree *node;
	int ret;

	if (b->depth >= POLICY_DEPTH_MAX) {
		wrong(b, at, "nested deeper than %u levels", POLICY_DEPTH_MAX);
		return -EBADMSG;
	}
	node = new_node(b, type, at);
	if (!node)
		return -ENOMEM;
	check_properties(b, node, at, anchor, tag);
	ret = place(b, node, at);
	if (ret)
		return ret;
	b->open[b->depth] = node;
	b->key[b->depth] = NULL;
	b->depth++;
	return 0;
}

static int start_document(struct builder *b, const yaml_event_t *event)
{
	const yaml_mark_t *at = &event->start_mark;

	if (b->documents++) {
		wrong(b, at, "a second document begins here; a file holds one");
		return -EBADMSG;
	}
	if (event->data.document_start.version_directive ||
	    event->data.document_start.tag_directives.start !=
		    event->data.document_start.tag_directives.end)
		wrong(b, at, "directives (%%YAML, %%TAG) are not part of the format");
	return 0;
}

static int take(struct builder *b, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		return start_document(b, event);
	case YAML_ALIAS_EVENT:
		return add_alias(b, event);
	case YAML_SCALAR_EVENT:
		return add_scalar(b, event);
	case YAML_SEQUENCE_START_EVENT:
		return open_collection(b, event, YAML_TREE_SEQUENCE,
				       event->data.sequence_start.anchor,
				       event->data.sequence_start.tag);
	case YAML_MAPPING_START_EVENT:
		return open_collection(b, event, YAML_TREE_MAPPING,
				       event->data.mapping_start.anchor,
				       event->data.mapping_start.tag);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		b->depth--;
		return 0;
	default:
		return 0;
	}
}

static int syntax_error(struct builder *b, const yaml_parser_t *parser)
{
	const char *problem = parser->problem ? parser->problem : "cannot be read";
	const yaml_mark_t *at = within(b, &parser->problem_mark);

	if (parser->error == YAML_MEMORY_ERROR)
		return -ENOMEM;
	if (parser->context)
		wrong(b, at, "not YAML: %s, %s", parser->context, problem);
	else
		wrong(b, at, "not YAML: %s", problem);
	return -EBADMSG;
}

int yaml_tree_parse(struct policy_arena *arena, const char *buf, size_t len, const char *file,
		    struct yaml_tree **root, struct policy_errors *errs)
{
	struct builder b = { .arena = arena, .file = file, .errs = errs };
	bool end = false;
	yaml_parser_t parser;
	yaml_event_t event;
	int ret;

	ret = check_characters(&b, buf, len);
	if (ret)
		return ret;
	if (!yaml_parser_initialize(&parser))
		return -ENOMEM;
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)buf, len);
	while (!ret && !end) {
		if (!yaml_parser_parse(&parser, &event)) {
			ret = syntax_error(&b, &parser);
			break;
		}
		end = event.type == YAML_STREAM_END_EVENT;
		ret = take(&b, &event);
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	if (ret)
		return ret;
	if (!b.root) {
		policy_errors_add(errs, POLICY_ERROR, file, 1, 1, "the file holds no document");
		return -EBADMSG;
	}
	*root = b.root;
	return 0;
}
