// SPDX-License-Identifier: GPL-2.0-or-later
/* Lint: rules by signer or fs-verity digest, compared with the claims of files that are here. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/tables.h"
#include "lint_installed.h"
#include "lint_internal.h"
#include "policy/policy_rule.h"

/* Files that a warning names: enough to see what they are. */
#define NAMED_MAX 3U

static_assert(POLICY_IDENTIFIER_MAX == INTERDICT_CLAIM_LEN, "a claim's value is a rule's");

struct claim_rule {
	const struct policy_rule *rule;
	const struct lint_file *critical; /* the first that it matches, or NULL */
	char *named[NAMED_MAX];		  /* installed files that it matches: the first ones */
	size_t installed;		  /* how many there are; not of fsverity */
};

/* Sorted by identifier: a policy may have thousands, and each has to be compared with each claim.
 */
struct claim_rules {
	struct claim_rule *v;
	size_t n;
	bool signers;	/* not only fsverity */
	bool no_memory; /* while what is installed was looked at */
};

static bool by_claim(const struct policy_rule *rule)
{
	switch ((enum policy_kind)rule->id.kind) {
	case POLICY_KIND_FSVERITY:
	case POLICY_KIND_CERTIFICATE:
	case POLICY_KIND_KEY:
	case POLICY_KIND_PUBLISHER:
		return rule->id.len;
	default:
		return false;
	}
}

static int by_id(const void *a, const void *b)
{
	const struct claim_rule *x = a;
	const struct claim_rule *y = b;

	return policy_identifier_compare(&x->rule->id, &y->rule->id);
}

static int collect(const struct policy *policy, struct claim_rules *rules)
{
	size_t n = 0;
	size_t o;
	size_t i;

	for (o = 0; o < policy->n_orders; o++)
		for (i = 0; i < policy->orders[o].n_rules; i++)
			n += by_claim(&policy->orders[o].rules[i]);
	*rules = (struct claim_rules){ .v = calloc(n + 1, sizeof(*rules->v)) };
	if (!rules->v)
		return -ENOMEM;
	for (o = 0; o < policy->n_orders; o++)
		for (i = 0; i < policy->orders[o].n_rules; i++) {
			const struct policy_rule *rule = &policy->orders[o].rules[i];

			if (!by_claim(rule))
				continue;
			rules->v[rules->n++].rule = rule;
			rules->signers |= rule->id.kind != POLICY_KIND_FSVERITY;
		}
	qsort(rules->v, rules->n, sizeof(rules->v[0]), by_id);
	return 0;
}

static void release(struct claim_rules *rules)
{
	size_t i;
	size_t f;

	for (i = 0; i < rules->n; i++)
		for (f = 0; f < NAMED_MAX; f++)
			free(rules->v[i].named[f]);
	free(rules->v);
}

/* The rules that @claim meets: *@n of them, the same identifier in several orders. */
static struct claim_rule *find(const struct claim_rules *rules, const struct interdict_claim *claim,
			       size_t *n)
{
	struct policy_identifier id = {
		.kind = claim->kind - 1U, /* the tables number from 1 */
		.form = claim->form,
		.len = claim->len,
	};
	size_t low = 0;
	size_t high = rules->n;

	*n = 0;
	if (!claim->len || claim->len > sizeof(id.value))
		return NULL;
	memcpy(id.value, claim->value, id.len);
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (policy_identifier_compare(&rules->v[middle].rule->id, &id) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	while (low + *n < rules->n && !policy_identifier_compare(&rules->v[low + *n].rule->id, &id))
		++*n;
	return &rules->v[low];
}

static void meet_critical(const struct claim_rules *rules, const struct lint_file *file)
{
	const struct interdict_claims *claims = file->claims;
	struct claim_rule *rule;
	size_t n;
	__u32 i;

	for (i = 0; claims && i < claims->count; i++)
		for (rule = find(rules, &claims->claim[i], &n); n; n--, rule++)
			if (!rule->critical)
				rule->critical = file;
}

static void meet_installed(void *context, const char *path, const struct interdict_claims *claims)
{
	struct claim_rules *rules = context;
	struct claim_rule *rule;
	size_t n;
	__u32 i;

	for (i = 0; i < claims->count; i++) {
		if (claims->claim[i].kind == INTERDICT_KIND_FSVERITY)
			continue;
		for (rule = find(rules, &claims->claim[i], &n); n; n--, rule++) {
			if (rule->installed < NAMED_MAX) {
				rule->named[rule->installed] = strdup(path);
				rules->no_memory |= !rule->named[rule->installed];
			}
			rule->installed++;
		}
	}
}

static void say(const struct lint *l, const struct claim_rule *rule)
{
	const struct policy_rule *r = rule->rule;
	const char *kind = policy_kind_name((enum policy_kind)r->id.kind);
	char what[64];
	char more[48] = "";

	if (rule->critical) {
		snprintf(what, sizeof(what), "%s: this %s", kind,
			 r->id.kind == POLICY_KIND_FSVERITY ? "is" : "signed");
		lint_critical(l, &r->at, what, rule->critical);
	}
	if (!rule->installed)
		return;
	if (rule->installed > NAMED_MAX)
		snprintf(more, sizeof(more), " and %zu more", rule->installed - NAMED_MAX);
	lint_warn(l, POLICY_PROBLEM_INSTALLED, &r->at,
		  "%s: this also signed what is installed here: %s%s%s%s%s%s", kind, rule->named[0],
		  rule->named[1] ? ", " : "", rule->named[1] ? rule->named[1] : "",
		  rule->named[2] ? ", " : "", rule->named[2] ? rule->named[2] : "", more);
}

static int survey(const struct lint *l, struct claim_rules *rules)
{
	char cut[256] = "";
	int ret;

	ret = lint_installed(l->root, l->seconds, meet_installed, rules, cut, sizeof(cut));
	if (!ret && rules->no_memory)
		ret = -ENOMEM;
	if (!ret && cut[0])
		lint_warn(l, POLICY_PROBLEM_UNCOMPARED,
			  &(struct policy_place){ .file = l->policy->file },
			  "rules by signer were compared with what is installed up to %s: after "
			  "%u s no more was looked at",
			  cut, l->seconds);
	return ret;
}

int lint_claims(const struct lint *l)
{
	struct claim_rules rules;
	int ret = collect(l->policy, &rules);
	size_t i;

	if (ret)
		return ret;
	for (i = 0; rules.n && i < l->files.n; i++)
		meet_critical(&rules, &l->files.v[i]);
	if (rules.signers && l->flags & LINT_INSTALLED)
		ret = survey(l, &rules);
	for (i = 0; !ret && i < rules.n; i++)
		say(l, &rules.v[i]);
	release(&rules);
	return ret;
}
