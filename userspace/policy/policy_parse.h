/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parsers of header, order and list share. Private to policy_*.c and config.c. */
#ifndef INTERDICT_POLICY_PARSE_H
#define INTERDICT_POLICY_PARSE_H

#include "policy.h"
#include "policy_arena.h"
#include "yaml_tree.h"

/* Elements of `devices` and `exempt`, and labels of a device. */
#define POLICY_ELEMENTS_MAX 256U

struct policy_parser {
	struct policy_arena *arena;
	const char *file; /* as messages show it; in the arena */
	struct policy_errors *errs;
	unsigned int flags; /* POLICY_UNENFORCED_* */
	bool no_memory;	    /* an allocation failed: the result is worth nothing */
	bool unenforced;    /* a rule's kind cannot be enforced */
	/* The list at @path, or NULL with *@why, a sentence, or NULL after a report of its own. */
	const struct policy_list *(*find_list)(struct policy_parser *p, const char *path,
					       const char **why);
	void *context; /* of find_list */
};

/* A policy of nothing, with its arena; NULL: no memory. */
struct policy *policy_new(void);
/* A parser into @policy of the text that messages call @file. Where memory is out it says so. */
struct policy_parser policy_parser_for(struct policy *policy, const char *file, unsigned int flags,
				       struct policy_errors *errs);
/* What a load returns, from what went wrong in it. @errors_before: how many errors there were. */
int policy_parser_outcome(const struct policy_parser *p, size_t errors_before);
/* The tree of a text, in the parser's arena; NULL where it has a problem, or memory is out. */
struct yaml_tree *policy_parser_tree(struct policy_parser *p, const char *buf, size_t len);

/*
 * A key of a mapping: `parse` gets its value and the struct that the mapping describes. `type` is
 * what the value must be; other types are reported for it.
 */
struct policy_key {
	const char *name;
	enum yaml_tree_type type;
	bool required;
	void (*parse)(struct policy_parser *p, const struct policy_key *key,
		      const struct yaml_tree *value, void *out);
	size_t offset; /* for policy_key_string(): of a `const char *` in the struct */
};

/* A sentence about the text at @node, "KEY: SENTENCE". */
void policy_wrong(struct policy_parser *p, const struct yaml_tree *node, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The same about the character at @offset of @node, where its column is known. */
void policy_wrong_at(struct policy_parser *p, const struct yaml_tree *node, size_t offset,
		     const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/*
 * Each pair of @mapping to the parse function of its key; unknown keys and missing required ones
 * are reported. @what names the mapping in messages: "an order". @mapping may be of another type,
 * which is reported.
 */
void policy_parse_mapping(struct policy_parser *p, const struct yaml_tree *mapping,
			  const char *what, const struct policy_key *keys, size_t n_keys,
			  void *out);

/* Whether @mapping gives @name. */
bool policy_has_key(const struct yaml_tree *mapping, const char *name);

/* For struct policy_key: a string that is not empty, to the `const char *` at key->offset. */
void policy_key_string(struct policy_parser *p, const struct policy_key *key,
		       const struct yaml_tree *value, void *out);
/* For struct policy_key: `interdict`, the version of the format. */
void policy_key_version(struct policy_parser *p, const struct policy_key *key,
			const struct yaml_tree *value, void *out);

/* The index of @value in @words, or -1 after a report. */
int policy_parse_word(struct policy_parser *p, const struct policy_key *key,
		      const struct yaml_tree *value, const char *const *words, size_t n_words);
/* A decimal number from @min to INT64_MAX; false after a report. */
bool policy_parse_number(struct policy_parser *p, const struct policy_key *key,
			 const struct yaml_tree *value, uint64_t min, uint64_t *n);
/* An ID: a-z, 0-9 and inner hyphens; false after a report. */
bool policy_parse_id(struct policy_parser *p, const struct policy_key *key,
		     const struct yaml_tree *value, const char **id);
/* A sequence of different IDs, not empty; false after a report. @places: of each, or NULL. */
bool policy_parse_ids(struct policy_parser *p, const struct policy_key *key,
		      const struct yaml_tree *value, const char *const **ids,
		      const struct policy_place **places, size_t *n);

struct policy_place policy_place_of(const struct policy_parser *p, const struct yaml_tree *node);
/* Allocations that set p->no_memory. */
void *policy_parser_array(struct policy_parser *p, size_t n, size_t size);

/* The parts of the text. Problems go to p->errs; false only where nothing was read. */
void policy_read_header(struct policy_parser *p, const struct yaml_tree *root,
			struct policy *policy);
void policy_read_order(struct policy_parser *p, const struct yaml_tree *root,
		       struct policy_order *order);
void policy_read_match(struct policy_parser *p, const struct policy_key *key,
		       const struct yaml_tree *value, struct policy_order *order);
/* The value of one kind of identifier to rule->id, rule->text and rule->package. */
void policy_read_identifier(struct policy_parser *p, enum policy_kind kind,
			    const struct policy_key *key, const struct yaml_tree *value,
			    struct policy_rule *rule);

/*
 * A hash list of @len bytes at @buf to list->rows and list->jumps (malloc). Problems are added to @errs. Returns 0,
 * also with problems; -ENOMEM.
 */
int policy_read_list(const char *buf, size_t len, struct policy_list *list,
		     struct policy_errors *errs);
/* The same, with the rows over the text: @buf (malloc) is the list's from now on. */
int policy_read_list_over(char *buf, size_t len, struct policy_list *list,
			  struct policy_errors *errs);

#endif
