// SPDX-License-Identifier: GPL-2.0-or-later
/* The value of each kind of identifier. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "kmod/extract/digest.h"
#include "kmod/extract/publisher.h"
#include "policy_parse.h"

/* Bytes of the longest hex that is written: a SHA-512. */
#define HEX_MAX 64U

static_assert(DIGEST_LEN == POLICY_IDENTIFIER_MAX, "a publisher's value fits");

/*
 * A way to write an identifier's bytes: "PREFIX:HEX", or plain HEX where the prefix is optional.
 */
struct form {
	const char *prefix;
	enum interdict_form form;
	bool plain; /* HEX without a prefix means this one */
	bool ends;  /* min or max bytes; else all from min to max, too */
	size_t min;
	size_t max;
};

static const struct form sha256_forms[] = {
	{ "", INTERDICT_FORM_NONE, true, true, 32, 32 },
};

static const struct form build_id_forms[] = {
	{ "", INTERDICT_FORM_NONE, true, false, POLICY_BUILD_ID_MIN, POLICY_BUILD_ID_MAX },
};

static const struct form fsverity_forms[] = {
	{ "sha256", INTERDICT_FORM_SHA256, false, true, 32, 32 },
	{ "sha512", INTERDICT_FORM_SHA512, false, true, 64, 64 },
};

static const struct form certificate_forms[] = {
	{ "der", INTERDICT_FORM_DER, true, true, 32, 32 },
	{ "is", INTERDICT_FORM_IS, false, true, 32, 32 },
};

/* RFC 5280 4.2.1.2 leaves a key ID's length open; a SHA-1 is usual. IMA's is the last four bytes
 * of it. OpenPGP fingerprints: 20 bytes in version 4 (RFC 4880 12.2), 32 in 6 (RFC 9580 5.5.4). */
static const struct form key_forms[] = {
	{ "spki", INTERDICT_FORM_SPKI, false, true, 32, 32 },
	{ "skid", INTERDICT_FORM_SKID, false, false, 4, 32 },
	{ "ima", INTERDICT_FORM_IMA, false, true, 4, 4 },
	{ "pgp", INTERDICT_FORM_PGP, false, true, 20, 32 },
};

#define FORMS(forms) forms, sizeof(forms) / sizeof((forms)[0])

static const struct form *find_form(const struct form *forms, size_t n, const char *text,
				    size_t *offset)
{
	const char *colon = strchr(text, ':');
	size_t i;

	for (i = 0; i < n; i++) {
		size_t len = strlen(forms[i].prefix);

		if (!colon && forms[i].plain) {
			*offset = 0;
			return &forms[i];
		}
		if (colon && len == (size_t)(colon - text) && len &&
		    !memcmp(text, forms[i].prefix, len)) {
			*offset = len + 1;
			return &forms[i];
		}
	}
	return NULL;
}

static void wrong_form(struct policy_parser *p, const struct policy_key *key,
		       const struct yaml_tree *value, const struct form *forms, size_t n)
{
	char list[64] = "";
	size_t used = 0;
	size_t i;

	for (i = 0; i < n && used < sizeof(list); i++)
		used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s:HEX",
					 i ? ", " : "", forms[i].prefix);
	policy_wrong(p, value, "%s: is written %s", key->name, list);
}

static void wrong_length(struct policy_parser *p, const struct policy_key *key,
			 const struct yaml_tree *value, const struct form *form, size_t digits)
{
	if (form->min == form->max)
		policy_wrong(p, value, "%s: has %zu hex digits; %zu are needed", key->name, digits,
			     form->min * 2);
	else if (form->ends)
		policy_wrong(p, value, "%s: has %zu hex digits; %zu or %zu are needed", key->name,
			     digits, form->min * 2, form->max * 2);
	else
		policy_wrong(p, value,
			     "%s: has %zu hex digits; an even number from %zu to %zu is needed",
			     key->name, digits, form->min * 2, form->max * 2);
}

static void read_hex(struct policy_parser *p, const struct policy_key *key,
		     const struct yaml_tree *value, struct policy_identifier *id,
		     const struct form *forms, size_t n_forms)
{
	const struct form *form;
	uint8_t bytes[HEX_MAX];
	size_t offset = 0;
	size_t digits;
	size_t bad;
	ssize_t len;

	form = find_form(forms, n_forms, value->text, &offset);
	if (!form && forms[0].prefix[0]) {
		wrong_form(p, key, value, forms, n_forms);
		return;
	}
	if (!form) { /* a colon in plain hex: the character is what is wrong */
		form = forms;
		offset = 0;
	}
	digits = value->len - offset;
	len = policy_parse_hex(value->text + offset, digits, bytes, form->max, &bad);
	if (len == -EINVAL && bad < digits) {
		policy_wrong_at(p, value, offset + bad, "%s: character %zu is not a hex digit",
				key->name, offset + bad + 1);
		return;
	}
	if (len < 0 || (size_t)len < form->min ||
	    (form->ends && (size_t)len != form->min && (size_t)len != form->max)) {
		wrong_length(p, key, value, form, digits);
		return;
	}
	id->form = (uint8_t)form->form;
	id->len = (size_t)len < sizeof(id->value) ? (uint8_t)len : (uint8_t)sizeof(id->value);
	memcpy(id->value, bytes, id->len);
}

/* ---- package ---- */

static const char *const package_types[] = { "deb", "rpm", "flatpak", "snap", "appimage" };

static void package_type(struct policy_parser *p, const struct policy_key *key,
			 const struct yaml_tree *value, void *out)
{
	struct policy_package *package = out;
	int word = policy_parse_word(p, key, value, package_types,
				     sizeof(package_types) / sizeof(package_types[0]));

	if (word >= 0)
		package->type = package_types[word];
}

static const struct policy_key package_keys[] = {
	{ "type", YAML_TREE_TEXT, true, package_type, 0 },
	{ "name", YAML_TREE_TEXT, false, policy_key_string, offsetof(struct policy_package, name) },
	{ "maintainer", YAML_TREE_TEXT, false, policy_key_string,
	  offsetof(struct policy_package, maintainer) },
	{ "vendor", YAML_TREE_TEXT, false, policy_key_string,
	  offsetof(struct policy_package, vendor) },
	{ "origin", YAML_TREE_TEXT, false, policy_key_string,
	  offsetof(struct policy_package, origin) },
};

static bool narrows(const char *pattern)
{
	return pattern && pattern[strspn(pattern, "*")];
}

static void read_package(struct policy_parser *p, const struct yaml_tree *value,
			 struct policy_rule *rule)
{
	struct policy_package *package = policy_parser_array(p, 1, sizeof(*package));

	if (!package)
		return;
	policy_parse_mapping(p, value, "a package", package_keys,
			     sizeof(package_keys) / sizeof(package_keys[0]), package);
	rule->package = package;
	if (!package->name && !package->maintainer && !package->vendor && !package->origin)
		policy_wrong(p, value,
			     "package: give at least one of name, maintainer, vendor, origin");
	else if (!narrows(package->name) && !narrows(package->maintainer) &&
		 !narrows(package->vendor) && !narrows(package->origin))
		policy_wrong(p, value, "package: these patterns match every package");
}

/* Compared after folding case and white space: of white space alone nothing would be left. */
static void read_publisher(struct policy_parser *p, const struct policy_key *key,
			   const struct yaml_tree *value, struct policy_identifier *id)
{
	int ret = -E2BIG;

	if (value->len <= PUBLISHER_MAX)
		ret = publisher_value(value->text, (__u32)value->len, id->value);
	switch (ret) {
	case 0:
		id->form = INTERDICT_FORM_NAME;
		id->len = DIGEST_LEN;
		break;
	case -EINVAL:
		policy_wrong(p, value, "%s: is blank", key->name);
		break;
	case -E2BIG:
		policy_wrong(p, value, "%s: has %zu bytes; a name has at most %u%s", key->name,
			     value->len, PUBLISHER_MAX,
			     value->len > PUBLISHER_MAX ? "" : ", in small letters too");
		break;
	case -EBADMSG:
		policy_wrong(p, value, "%s: is not UTF-8", key->name);
		break;
	default: /* no digest without memory */
		p->no_memory = true;
	}
}

void policy_read_identifier(struct policy_parser *p, enum policy_kind kind,
			    const struct policy_key *key, const struct yaml_tree *value,
			    struct policy_rule *rule)
{
	rule->id.kind = (uint16_t)kind;
	rule->text = value->type == YAML_TREE_TEXT ? value->text : NULL;
	switch (kind) {
	case POLICY_KIND_SHA256:
		read_hex(p, key, value, &rule->id, FORMS(sha256_forms));
		break;
	case POLICY_KIND_FSVERITY:
		read_hex(p, key, value, &rule->id, FORMS(fsverity_forms));
		break;
	case POLICY_KIND_BUILD_ID:
		read_hex(p, key, value, &rule->id, FORMS(build_id_forms));
		break;
	case POLICY_KIND_CERTIFICATE:
		read_hex(p, key, value, &rule->id, FORMS(certificate_forms));
		break;
	case POLICY_KIND_KEY:
		read_hex(p, key, value, &rule->id, FORMS(key_forms));
		break;
	case POLICY_KIND_PUBLISHER:
		read_publisher(p, key, value, &rule->id);
		break;
	case POLICY_KIND_PACKAGE:
		read_package(p, value, rule);
		break;
	case POLICY_KIND_COUNT:
		break;
	}
}

int policy_parse_identifier(enum policy_kind kind, const char *text, struct policy_identifier *id,
			    char why[POLICY_IDENTIFIER_WHY_MAX])
{
	const struct policy_key key = { .name = policy_kind_name(kind) };
	const struct yaml_tree value = { .type = YAML_TREE_TEXT,
					 .text = text,
					 .len = strlen(text) };
	struct policy_errors errs = { 0 };
	struct policy_parser p = { .file = "", .errs = &errs };
	struct policy_rule rule = { 0 };
	int ret = 0;

	policy_read_identifier(&p, kind, &key, &value, &rule);
	if (p.no_memory || errs.dropped) {
		ret = -ENOMEM;
	} else if (errs.n) {
		snprintf(why, POLICY_IDENTIFIER_WHY_MAX, "%s", errs.v[0].text);
		ret = -EINVAL;
	} else {
		*id = rule.id;
	}
	policy_errors_free(&errs);
	return ret;
}
