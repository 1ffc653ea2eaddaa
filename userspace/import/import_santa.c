// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rules of Santa, as `santactl rule --export` writes them and a sync server sends them
 * (https://santa.dev/concepts/rules.html; `santactl help rule`): {"rules": [{"rule_type": "BINARY",
 * "policy": "BLOCKLIST", "identifier": "64 hex digits", "custom_msg": "..."}]}. Older rules have
 * "sha256" for "identifier" and policies with "BLACKLIST" and "WHITELIST" in their names. Santa
 * reads keys and these words in either case.
 *
 * BINARY is the SHA-256 of the file; CERTIFICATE that of the leaf certificate's DER (Santa's
 * MOLCertificate hashes SecCertificateCopyData()), which is certificate: der: of an order. A later
 * rule replaces an earlier one of the same type and identifier; so an ALLOWLIST, REMOVE
 * or CEL rule takes back what stands before it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "import_internal.h"

static const char *const paths[] = { "/rules/[]", "/[]" };

/* The string at @key, in either case. */
static const char *find(const json_t *rule, const char *key)
{
	const char *exact = import_json_string(rule, key);
	const char *name;
	json_t *value;

	if (exact)
		return exact;
	/* The macro wants it changeable, and does not change it. */
	json_object_foreach((json_t *)rule, name, value)
	{
		if (!strcasecmp(name, key) && json_is_string(value))
			return json_string_value(value);
	}
	return NULL;
}

enum { ALLOWS, ASKS, BLOCKS };

static const struct {
	const char *name;
	int does;
} policies[] = {
	{ "ALLOWLIST", ALLOWS },
	{ "ALLOWLIST_COMPILER", ALLOWS },
	{ "ALLOWLIST_LOCAL_BINARY", ALLOWS },
	{ "ALLOWLIST_LOCAL_SIGNINGID", ALLOWS },
	{ "ALLOWLIST_TRANSITIVE", ALLOWS },
	{ "WHITELIST", ALLOWS },
	{ "WHITELIST_COMPILER", ALLOWS },
	{ "REMOVE", ALLOWS },
	{ "CEL", ASKS },
	{ "BLOCKLIST", BLOCKS },
	{ "SILENT_BLOCKLIST", BLOCKS },
	{ "SILENT_GUI_BLOCKLIST", BLOCKS },
	{ "SILENT_TTY_BLOCKLIST", BLOCKS },
	{ "BLACKLIST", BLOCKS },
	{ "SILENT_BLACKLIST", BLOCKS },
};

#define N_POLICIES (sizeof(policies) / sizeof(policies[0]))

static const struct {
	const char *name;
	int kind; /* or -1 */
	enum import_reason reason;
} types[] = {
	{ "BINARY", IMPORT_KIND_SHA256, IMPORT_MALFORMED },
	{ "CERTIFICATE", IMPORT_KIND_CERTIFICATE, IMPORT_MALFORMED },
	{ "TEAMID", -1, IMPORT_TEAM_ID },
	{ "SIGNINGID", -1, IMPORT_SIGNING_ID },
	{ "CDHASH", -1, IMPORT_CDHASH },
};

#define N_TYPES (sizeof(types) / sizeof(types[0]))

static void malformed(struct import *im, const struct import_place *at, const char *key,
		      const char *value)
{
	if (value)
		import_refuse(im, IMPORT_MALFORMED, at, "a rule with the unknown %s \"%.64s\"", key,
			      value);
	else
		import_refuse(im, IMPORT_MALFORMED, at, "a rule without %s", key);
}

static int one_rule(struct import *im, void *context, size_t path, const json_t *rule,
		    const struct import_place *at)
{
	const char *type = find(rule, "rule_type");
	const char *policy = find(rule, "policy");
	const char *id = find(rule, "identifier");
	const char *note = find(rule, "comment");
	bool lifts = false;
	size_t t, p;

	(void)context;
	(void)path;
	if (!id || !*id)
		id = find(rule, "sha256");
	if (!note || !*note)
		note = find(rule, "custom_msg");
	for (t = 0; type && t < N_TYPES && strcasecmp(types[t].name, type); t++)
		;
	for (p = 0; policy && p < N_POLICIES && strcasecmp(policies[p].name, policy); p++)
		;
	if (!json_is_object(rule)) {
		import_refuse(im, IMPORT_MALFORMED, at, "a rule that is no object");
	} else if (!type || t == N_TYPES) {
		malformed(im, at, "rule_type", type);
	} else if (!policy || p == N_POLICIES) {
		malformed(im, at, "policy", policy);
	} else if (!id || !*id) {
		malformed(im, at, "identifier", NULL);
	} else if (policies[p].does == ASKS) {
		import_refuse(im, IMPORT_CONDITION, at, "%s %.256s", types[t].name, id);
		lifts = true;
	} else if (policies[p].does == ALLOWS) {
		import_refuse(im, IMPORT_ALLOWS, at, "%s %s %.256s", policies[p].name,
			      types[t].name, id);
		lifts = true;
	} else if (types[t].kind < 0) {
		import_refuse(im, types[t].reason, at, "%.256s", id);
	} else {
		return import_add_hex(im, (enum import_kind)types[t].kind, id, strlen(id), 0, note,
				      at);
	}
	if (lifts && types[t].kind >= 0)
		return import_add_lift(im, (enum import_kind)types[t].kind, id, strlen(id), at);
	return 0;
}

/* What else a sync server sends, and Santa decides by. */
static void other_rules(struct import *im, const json_t *rest)
{
	static const char *const keys[] = { "file_access_rules", "network_flow_rules" };
	const struct import_place at = { 1, 1 };

	for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++)
		for (size_t i = json_array_size(json_object_get(rest, keys[k])); i; i--)
			import_refuse(im, IMPORT_NOT_A_HASH, &at, "of %s", keys[k]);
}

int import_santa(struct import *im, struct import_input *in)
{
	json_t *rest = NULL;
	char *buf = NULL;
	size_t len;
	int err;

	err = import_read_all(in, &buf, &len);
	if (err)
		return err;
	err = import_json_walk(im, buf, len, paths, sizeof(paths) / sizeof(paths[0]), one_rule,
			       NULL, &rest);
	free(buf);
	if (err)
		return err;
	if (!json_is_array(rest) && !json_is_array(json_object_get(rest, "rules"))) {
		policy_errors_add(
			im->errs, POLICY_ERROR, im->file, 1, 1,
			"is not an object with an array \"rules\", as santactl writes it");
		err = -EBADMSG;
	} else {
		other_rules(im, rest);
	}
	json_decref(rest);
	return err;
}
