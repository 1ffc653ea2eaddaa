// SPDX-License-Identifier: GPL-2.0-or-later
/* What the parsers of header, order and configuration share: keys, words, numbers, IDs. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "policy_parse.h"

static void report(struct policy_parser *p, const struct yaml_tree *node, size_t offset,
		   const char *fmt, va_list args)
{
	char *text;

	if (vasprintf(&text, fmt, args) < 0) {
		p->no_memory = true;
		return;
	}
	policy_errors_add(p->errs, POLICY_ERROR, p->file, node->line,
			  node->col + (node->plain ? (uint32_t)offset : 0), "%s", text);
	free(text);
}

void policy_wrong(struct policy_parser *p, const struct yaml_tree *node, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	report(p, node, 0, fmt, args);
	va_end(args);
}

void policy_wrong_at(struct policy_parser *p, const struct yaml_tree *node, size_t offset,
		     const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	report(p, node, offset, fmt, args);
	va_end(args);
}

struct policy_place policy_place_of(const struct policy_parser *p, const struct yaml_tree *node)
{
	return (struct policy_place){ .file = p->file, .line = node->line, .col = node->col };
}

void *policy_parser_array(struct policy_parser *p, size_t n, size_t size)
{
	void *array = policy_arena_array(p->arena, n, size);

	if (!array)
		p->no_memory = true;
	return array;
}

static const struct policy_key *find_key(const struct policy_key *keys, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!strcmp(keys[i].name, name))
			return &keys[i];
	return NULL;
}

bool policy_has_key(const struct yaml_tree *mapping, const char *name)
{
	const struct yaml_tree *k;

	for (k = mapping->first; k; k = k->next)
		if (!strcmp(k->text, name))
			return true;
	return false;
}

void policy_parse_mapping(struct policy_parser *p, const struct yaml_tree *mapping,
			  const char *what, const struct policy_key *keys, size_t n_keys, void *out)
{
	const struct policy_key *key;
	const struct yaml_tree *k;
	size_t i;

	if (mapping->type != YAML_TREE_MAPPING) {
		if (!mapping->bad)
			policy_wrong(p, mapping, "%s is a mapping, not %s", what,
				     yaml_tree_type_name(mapping->type));
		return;
	}
	for (k = mapping->first; k; k = k->next) {
		if (k->bad)
			continue;
		key = find_key(keys, n_keys, k->text);
		if (!key)
			policy_wrong(p, k, "unknown key \"%.64s\" in %s", k->text, what);
		else if (k->value->bad)
			continue;
		else if (k->value->type != key->type)
			policy_wrong(p, k->value, "%s: expected %s, not %s", key->name,
				     yaml_tree_type_name(key->type),
				     yaml_tree_type_name(k->value->type));
		else if (key->type == YAML_TREE_TEXT && !k->value->len)
			policy_wrong(p, k->value, "%s: is empty", key->name);
		else
			key->parse(p, key, k->value, out);
	}
	for (i = 0; i < n_keys; i++)
		if (keys[i].required && !policy_has_key(mapping, keys[i].name))
			policy_wrong(p, mapping, "key \"%s\" is missing in %s", keys[i].name, what);
}

void policy_key_string(struct policy_parser *p, const struct policy_key *key,
		       const struct yaml_tree *value, void *out)
{
	const char *text = value->text;

	(void)p;
	memcpy((char *)out + key->offset, &text, sizeof(text));
}

void policy_key_version(struct policy_parser *p, const struct policy_key *key,
			const struct yaml_tree *value, void *out)
{
	(void)out;
	if (strcmp(value->text, "1"))
		policy_wrong(p, value, "%s: this version reads format 1, not \"%.64s\"", key->name,
			     value->text);
}

int policy_parse_word(struct policy_parser *p, const struct policy_key *key,
		      const struct yaml_tree *value, const char *const *words, size_t n_words)
{
	char list[128] = "";
	size_t used = 0;
	size_t i;

	for (i = 0; i < n_words; i++)
		if (!strcmp(value->text, words[i]))
			return (int)i;
	for (i = 0; i < n_words && used < sizeof(list); i++)
		used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s", i ? ", " : "",
					 words[i]);
	policy_wrong(p, value, "%s: \"%.64s\" is not one of %s", key->name, value->text, list);
	return -1;
}

bool policy_parse_number(struct policy_parser *p, const struct policy_key *key,
			 const struct yaml_tree *value, uint64_t min, uint64_t *ret)
{
	const char *text = value->text;
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < value->len; i++) {
		unsigned int digit = (unsigned int)text[i] - '0';

		if (digit > 9) {
			policy_wrong_at(p, value, i, "%s: \"%.64s\" is not a decimal number",
					key->name, text);
			return false;
		}
		if (n > ((uint64_t)INT64_MAX - digit) / 10) {
			policy_wrong(p, value, "%s: %.64s is too large", key->name, text);
			return false;
		}
		n = n * 10 + digit;
	}
	if (text[0] == '0' && value->len > 1) {
		policy_wrong(p, value, "%s: %.64s begins with a zero", key->name, text);
		return false;
	}
	if (n < min) {
		policy_wrong(p, value, "%s: is at least %llu", key->name, (unsigned long long)min);
		return false;
	}
	*ret = n;
	return true;
}

bool policy_parse_id(struct policy_parser *p, const struct policy_key *key,
		     const struct yaml_tree *value, const char **id)
{
	size_t i;

	for (i = 0; i < value->len; i++) {
		char c = value->text[i];

		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')
			continue;
		policy_wrong_at(p, value, i,
				"%s: \"%.64s\" has characters other than a-z, 0-9 and hyphen",
				key->name, value->text);
		return false;
	}
	if (value->len > POLICY_ID_MAX) {
		policy_wrong(p, value, "%s: has %zu characters; at most %u are allowed", key->name,
			     value->len, POLICY_ID_MAX);
		return false;
	}
	/* So that it is never taken for an option, and reads well in a sentence. */
	if (value->text[0] == '-' || value->text[value->len - 1] == '-') {
		policy_wrong(p, value, "%s: \"%.64s\" begins or ends with a hyphen", key->name,
			     value->text);
		return false;
	}
	*id = value->text;
	return true;
}

bool policy_parse_ids(struct policy_parser *p, const struct policy_key *key,
		      const struct yaml_tree *value, const char *const **ret,
		      const struct policy_place **ret_places, size_t *ret_n)
{
	const struct yaml_tree *element;
	struct policy_place *places;
	const char **ids;
	bool ok = true;
	size_t n = 0;
	size_t i;

	if (!value->n || value->n > POLICY_ELEMENTS_MAX) {
		policy_wrong(p, value,
			     value->n ? "%s: has more than %u elements" :
					"%s: is empty; leave the key out, or name 1 to %u",
			     key->name, POLICY_ELEMENTS_MAX);
		return false;
	}
	ids = policy_parser_array(p, value->n, sizeof(*ids));
	places = policy_parser_array(p, value->n, sizeof(*places));
	if (!ids || !places)
		return false;
	for (element = value->first; element; element = element->next) {
		if (element->bad || element->type != YAML_TREE_TEXT || !element->len) {
			if (!element->bad)
				policy_wrong(p, element, "%s: an element is a label", key->name);
			ok = false;
			continue;
		}
		if (!policy_parse_id(p, key, element, &ids[n])) {
			ok = false;
			continue;
		}
		for (i = 0; i < n && strcmp(ids[i], ids[n]); i++)
			;
		if (i < n) {
			policy_wrong(p, element, "%s: \"%s\" is there twice", key->name, ids[n]);
			ok = false;
			continue;
		}
		places[n++] = policy_place_of(p, element);
	}
	if (!ok)
		return false;
	*ret = ids;
	if (ret_places)
		*ret_places = places;
	*ret_n = n;
	return true;
}
