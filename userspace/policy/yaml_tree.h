/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The strict subset of YAML 1.1 that policies and the configuration are written in, as a tree.
 * One document; mappings, sequences and text; no anchors, aliases, tags, directives or duplicate
 * keys; UTF-8 without control and direction-changing characters, lines ending in a line feed.
 */
#ifndef INTERDICT_YAML_TREE_H
#define INTERDICT_YAML_TREE_H

#include "policy.h"
#include "policy_arena.h"

/* Keys of one mapping: the largest mapping of the format has 18. Bounds the duplicate search. */
#define YAML_TREE_KEYS_MAX 64U

enum yaml_tree_type { YAML_TREE_TEXT, YAML_TREE_SEQUENCE, YAML_TREE_MAPPING };

struct yaml_tree {
	enum yaml_tree_type type;
	/* Something is wrong with it and was reported: not worth another problem. */
	bool bad;
	/* Written without quotes on one line: character i of text is at column col + i. */
	bool plain;
	uint32_t line;
	uint32_t col;	  /* in characters, not bytes */
	const char *text; /* of YAML_TREE_TEXT; NUL-terminated, no NUL inside */
	size_t len;
	size_t n;		 /* elements of a sequence, pairs of a mapping */
	struct yaml_tree *first; /* element, or key */
	struct yaml_tree *last;
	struct yaml_tree *next;	 /* sibling: next element, or next key */
	struct yaml_tree *value; /* of a key */
};

/* "text", "a sequence", "a mapping": for messages. */
const char *yaml_tree_type_name(enum yaml_tree_type type);

/*
 * Parse @len bytes at @buf; @file is the name in messages. The tree lives in @arena, and does not
 * point into @buf. Returns 0 and *@root, also where problems were added to @errs that did not keep
 * it from reading on (compare errs->count[POLICY_ERROR]); -EBADMSG where they did; -ENOMEM.
 */
int yaml_tree_parse(struct policy_arena *arena, const char *buf, size_t len, const char *file,
		    struct yaml_tree **root, struct policy_errors *errs);

#endif
