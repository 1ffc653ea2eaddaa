// SPDX-License-Identifier: GPL-2.0-or-later
#include "policy_rule.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#define SHA256_LEN 32
static_assert(SHA256_LEN == POLICY_IDENTIFIER_MAX, "a package's key fits");

#define PATTERNS 5

static void patterns_of(const struct policy_package *package, const char *patterns[PATTERNS])
{
	patterns[0] = package->type;
	patterns[1] = package->name;
	patterns[2] = package->maintainer;
	patterns[3] = package->vendor;
	patterns[4] = package->origin;
}

/* Each with its NUL; none is "", which no pattern can be. */
static int hash_package(const struct policy_package *package, uint8_t digest[SHA256_LEN])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	const char *patterns[PATTERNS];
	bool ok = ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL);
	size_t i;

	patterns_of(package, patterns);
	for (i = 0; ok && i < PATTERNS; i++) {
		const char *pattern = patterns[i] ? patterns[i] : "";

		ok = EVP_DigestUpdate(ctx, pattern, strlen(pattern) + 1);
	}
	ok = ok && EVP_DigestFinal_ex(ctx, digest, NULL);
	EVP_MD_CTX_free(ctx);
	return ok ? 0 : -ENOMEM;
}

int policy_rule_key(const struct policy_rule *rule, struct policy_identifier *key)
{
	struct policy_identifier k = rule->id;

	if (rule->id.kind == POLICY_KIND_PACKAGE && rule->package) {
		if (hash_package(rule->package, k.value))
			return -ENOMEM;
		k.len = SHA256_LEN;
	}
	*key = k;
	return 0;
}

int policy_identifier_compare(const struct policy_identifier *a, const struct policy_identifier *b)
{
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->form != b->form)
		return a->form < b->form ? -1 : 1;
	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	return memcmp(a->value, b->value, a->len);
}

int policy_package_compare(const struct policy_package *a, const struct policy_package *b)
{
	const char *x[PATTERNS];
	const char *y[PATTERNS];
	int order = 0;
	size_t i;

	patterns_of(a, x);
	patterns_of(b, y);
	for (i = 0; !order && i < PATTERNS; i++)
		order = strcmp(x[i] ? x[i] : "", y[i] ? y[i] : "");
	return order;
}

static bool is_claimed(const struct policy_identifier *id, const struct interdict_claims *claims)
{
	for (uint32_t i = 0; i < claims->count; i++) {
		const struct interdict_claim *claim = &claims->claim[i];

		if (claim->kind == id->kind + 1U && claim->form == id->form &&
		    claim->len == id->len && !memcmp(claim->value, id->value, claim->len))
			return true;
	}
	return false;
}

bool policy_identifier_matches(const struct policy_identifier *id,
			       const struct interdict_identity *identity)
{
	const struct interdict_ids *ids = &identity->ids;

	if (id->kind == POLICY_KIND_SHA256)
		return ids->have & INTERDICT_ID_SHA256 &&
		       memcmp(id->value, ids->sha256, sizeof(ids->sha256)) == 0;
	if (id->kind == POLICY_KIND_BUILD_ID)
		return ids->have & INTERDICT_ID_BUILD_ID && ids->build_id_len == id->len &&
		       id->len && memcmp(id->value, ids->build_id, id->len) == 0;
	return is_claimed(id, &identity->claims);
}

static char *package_text(const struct policy_package *package)
{
	static const char *const names[PATTERNS] = { "type", "name", "maintainer", "vendor",
						     "origin" };
	const char *patterns[PATTERNS];
	const char *between = "";
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	size_t i;

	if (!out)
		return NULL;
	patterns_of(package, patterns);
	fputs("package: {", out);
	for (i = 0; i < PATTERNS; i++) {
		if (!patterns[i])
			continue;
		fprintf(out, "%s%s: %s", between, names[i], patterns[i]);
		between = ", ";
	}
	fputc('}', out);
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

char *policy_rule_text(const struct policy_rule *rule)
{
	const char *kind = policy_kind_name((enum policy_kind)rule->id.kind);
	char *text = NULL;
	int n;

	if (rule->package)
		return package_text(rule->package);
	if (rule->has_size)
		n = asprintf(&text, "%s: %s, size: %llu", kind, rule->text,
			     (unsigned long long)rule->size);
	else
		n = asprintf(&text, "%s: %s", kind, rule->text);
	return n < 0 ? NULL : text;
}
