// SPDX-License-Identifier: GPL-2.0-or-later
/* The text of a header and of an order, all but `match`. */
#include <string.h>

#include "policy_parse.h"

/* Index is the value; the order is that of enum policy_mode. */
static const char *const mode_words[] = { "off", "audit", "enforce" };
static const char *const operation_words[] = { "exec", "map", "open", "load" };
static const char *const allow_deny[] = { "allow", "deny" };
static const char *const judge_deny[] = { "judge", "deny" };
static const char *const no_yes[] = { "no", "yes" };
static const char *const report_kill[] = { "report", "kill" };
static const char *const report_remove[] = { "report", "remove" };

#define WORDS(words) words, sizeof(words) / sizeof((words)[0])
#define KEYS(keys)   keys, sizeof(keys) / sizeof((keys)[0])

/* ---- header ---- */

static void header_name(struct policy_parser *p, const struct policy_key *key,
			const struct yaml_tree *value, void *out)
{
	struct policy *policy = out;

	policy_parse_id(p, key, value, &policy->name);
}

static void header_serial(struct policy_parser *p, const struct policy_key *key,
			  const struct yaml_tree *value, void *out)
{
	struct policy *policy = out;

	policy_parse_number(p, key, value, 1, &policy->serial);
}

static void header_mode(struct policy_parser *p, const struct policy_key *key,
			const struct yaml_tree *value, void *out)
{
	struct policy *policy = out;
	int word = policy_parse_word(p, key, value, WORDS(mode_words));

	if (word >= 0)
		policy->mode = (enum policy_mode)word;
}

static void header_unidentified(struct policy_parser *p, const struct policy_key *key,
				const struct yaml_tree *value, void *out)
{
	struct policy *policy = out;

	policy->unidentified_deny = policy_parse_word(p, key, value, WORDS(allow_deny)) == 1;
}

static void header_untrusted_fs(struct policy_parser *p, const struct policy_key *key,
				const struct yaml_tree *value, void *out)
{
	struct policy *policy = out;

	policy->untrusted_fs_deny = policy_parse_word(p, key, value, WORDS(judge_deny)) == 1;
}

static void header_boot_override(struct policy_parser *p, const struct policy_key *key,
				 const struct yaml_tree *value, void *out)
{
	struct policy *policy = out;

	policy->boot_override = policy_parse_word(p, key, value, WORDS(no_yes)) == 1;
}

static const struct policy_key header_keys[] = {
	{ "interdict", YAML_TREE_TEXT, true, policy_key_version, 0 },
	{ "policy", YAML_TREE_TEXT, true, header_name, 0 },
	{ "serial", YAML_TREE_TEXT, true, header_serial, 0 },
	{ "mode", YAML_TREE_TEXT, true, header_mode, 0 },
	{ "unidentified", YAML_TREE_TEXT, false, header_unidentified, 0 },
	{ "untrusted-fs", YAML_TREE_TEXT, false, header_untrusted_fs, 0 },
	{ "boot-override", YAML_TREE_TEXT, false, header_boot_override, 0 },
};

void policy_read_header(struct policy_parser *p, const struct yaml_tree *root,
			struct policy *policy)
{
	policy_parse_mapping(p, root, "a policy's header", KEYS(header_keys), policy);
}

/* ---- order ---- */

static bool parse_time(struct policy_parser *p, const struct policy_key *key,
		       const struct yaml_tree *value, int64_t *seconds)
{
	const char *why;

	if (!policy_parse_time(value->text, seconds, &why))
		return true;
	policy_wrong(p, value, "%s: \"%.64s\": %s", key->name, value->text, why);
	return false;
}

static void order_id(struct policy_parser *p, const struct policy_key *key,
		     const struct yaml_tree *value, void *out)
{
	struct policy_order *order = out;

	policy_parse_id(p, key, value, &order->id);
	order->at = policy_place_of(p, value);
}

static void order_effective(struct policy_parser *p, const struct policy_key *key,
			    const struct yaml_tree *value, void *out)
{
	struct policy_order *order = out;

	parse_time(p, key, value, &order->effective);
}

static void order_expires(struct policy_parser *p, const struct policy_key *key,
			  const struct yaml_tree *value, void *out)
{
	struct policy_order *order = out;

	if (parse_time(p, key, value, &order->expires))
		order->expires_at = policy_place_of(p, value);
}

static void order_devices(struct policy_parser *p, const struct policy_key *key,
			  const struct yaml_tree *value, void *out)
{
	struct policy_order *order = out;

	policy_parse_ids(p, key, value, &order->devices, &order->devices_at, &order->n_devices);
}

static void order_mode(struct policy_parser *p, const struct policy_key *key,
		       const struct yaml_tree *value, void *out)
{
	struct policy_order *order = out;
	int word = policy_parse_word(p, key, value, WORDS(mode_words));

	if (word >= 0)
		order->mode = (enum policy_mode)word;
}

static void order_operations(struct policy_parser *p, const struct policy_key *key,
			     const struct yaml_tree *value, void *out)
{
	struct policy_order *order = out;
	const struct yaml_tree *element;

	order->operations = 0;
	if (!value->n)
		policy_wrong(p, value, "%s: is empty; leave the key out for all of them",
			     key->name);
	for (element = value->first; element; element = element->next) {
		int word;

		if (element->bad)
			continue;
		if (element->type != YAML_TREE_TEXT) {
			policy_wrong(p, element, "%s: an element is text, not %s", key->name,
				     yaml_tree_type_name(element->type));
			continue;
		}
		word = policy_parse_word(p, key, element, WORDS(operation_words));
		if (word < 0)
			continue;
		if (order->operations & POLICY_OP_BIT(word))
			policy_wrong(p, element, "%s: \"%s\" is there twice", key->name,
				     element->text);
		order->operations |= POLICY_OP_BIT(word);
	}
}

static void order_running(struct policy_parser *p, const struct policy_key *key,
			  const struct yaml_tree *value, void *out)
{
	struct policy_order *order = out;

	order->running_kill = policy_parse_word(p, key, value, WORDS(report_kill)) == 1;
}

static void order_installed(struct policy_parser *p, const struct policy_key *key,
			    const struct yaml_tree *value, void *out)
{
	struct policy_order *order = out;

	order->installed_remove = policy_parse_word(p, key, value, WORDS(report_remove)) == 1;
}

static void order_grace(struct policy_parser *p, const struct policy_key *key,
			const struct yaml_tree *value, void *out)
{
	struct policy_order *order = out;
	const char *why;

	if (policy_parse_duration(value->text, &order->grace, &why))
		policy_wrong(p, value, "%s: \"%.64s\": %s", key->name, value->text, why);
}

static void order_match(struct policy_parser *p, const struct policy_key *key,
			const struct yaml_tree *value, void *out)
{
	policy_read_match(p, key, value, out);
}

/* ---- exempt ---- */

static void exemption_devices(struct policy_parser *p, const struct policy_key *key,
			      const struct yaml_tree *value, void *out)
{
	struct policy_exemption *exemption = out;

	policy_parse_ids(p, key, value, &exemption->devices, &exemption->devices_at,
			 &exemption->n_devices);
}

static void exemption_until(struct policy_parser *p, const struct policy_key *key,
			    const struct yaml_tree *value, void *out)
{
	struct policy_exemption *exemption = out;

	parse_time(p, key, value, &exemption->until);
}

static const struct policy_key exemption_keys[] = {
	{ "devices", YAML_TREE_SEQUENCE, true, exemption_devices, 0 },
	{ "until", YAML_TREE_TEXT, true, exemption_until, 0 },
	{ "reason", YAML_TREE_TEXT, true, policy_key_string,
	  offsetof(struct policy_exemption, reason) },
};

static void order_exempt(struct policy_parser *p, const struct policy_key *key,
			 const struct yaml_tree *value, void *out)
{
	struct policy_order *order = out;
	const struct yaml_tree *element;

	if (!value->n || value->n > POLICY_ELEMENTS_MAX) {
		policy_wrong(p, value,
			     value->n ? "%s: has more than %u elements" :
					"%s: is empty; leave the key out, or give 1 to %u",
			     key->name, POLICY_ELEMENTS_MAX);
		return;
	}
	order->exemptions = policy_parser_array(p, value->n, sizeof(*order->exemptions));
	if (!order->exemptions)
		return;
	for (element = value->first; element; element = element->next) {
		struct policy_exemption *exemption = &order->exemptions[order->n_exemptions++];

		exemption->at = policy_place_of(p, element);
		policy_parse_mapping(p, element, "an exemption", KEYS(exemption_keys), exemption);
	}
}

#define STRING(name, required)                                      \
	{                                                           \
#name, YAML_TREE_TEXT, required, policy_key_string, \
			offsetof(struct policy_order, name)         \
	}

static const struct policy_key order_keys[] = {
	{ "interdict", YAML_TREE_TEXT, true, policy_key_version, 0 },
	{ "order", YAML_TREE_TEXT, true, order_id, 0 },
	STRING(title, true),
	STRING(authority, true),
	STRING(reference, true),
	STRING(reason, true),
	STRING(message, false),
	STRING(contact, false),
	{ "effective", YAML_TREE_TEXT, false, order_effective, 0 },
	{ "expires", YAML_TREE_TEXT, false, order_expires, 0 },
	{ "devices", YAML_TREE_SEQUENCE, false, order_devices, 0 },
	{ "mode", YAML_TREE_TEXT, false, order_mode, 0 },
	{ "operations", YAML_TREE_SEQUENCE, false, order_operations, 0 },
	{ "running", YAML_TREE_TEXT, false, order_running, 0 },
	{ "installed", YAML_TREE_TEXT, false, order_installed, 0 },
	{ "grace", YAML_TREE_TEXT, false, order_grace, 0 },
	{ "match", YAML_TREE_SEQUENCE, true, order_match, 0 },
	{ "exempt", YAML_TREE_SEQUENCE, false, order_exempt, 0 },
};

void policy_read_order(struct policy_parser *p, const struct yaml_tree *root,
		       struct policy_order *order)
{
	order->effective = POLICY_TIME_MIN;
	order->expires = POLICY_TIME_MAX;
	order->mode = POLICY_MODE_ENFORCE;
	order->operations = POLICY_OPS_ALL;
	order->grace = POLICY_GRACE_DEFAULT;
	policy_parse_mapping(p, root, "an order", KEYS(order_keys), order);
	if (order->expires_at.line && order->expires <= order->effective)
		policy_errors_add(p->errs, POLICY_ERROR, p->file, order->expires_at.line,
				  order->expires_at.col,
				  "expires: the order would end before it begins");
}
