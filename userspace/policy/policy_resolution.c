// SPDX-License-Identifier: GPL-2.0-or-later
#include "policy_resolution.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "policy_arena.h"

struct policy_resolution *policy_resolution_new(const struct policy *policy)
{
	struct policy_resolution *resolution = calloc(1, sizeof(*resolution));

	if (!resolution)
		return NULL;
	resolution->n_orders = policy->n_orders;
	resolution->orders = calloc(policy->n_orders + 1, sizeof(*resolution->orders));
	resolution->arena = policy_arena_new();
	if (!resolution->orders || !resolution->arena) {
		policy_resolution_free(resolution);
		return NULL;
	}
	return resolution;
}

void policy_resolution_free(struct policy_resolution *resolution)
{
	size_t i;

	if (!resolution)
		return;
	for (i = 0; resolution->orders && i < resolution->n_orders; i++)
		free(resolution->orders[i].v);
	free(resolution->orders);
	policy_arena_free(resolution->arena);
	free(resolution);
}

/* The rules of a file come one after the other: they share its texts. */
static const char *text_of(struct policy_resolution *resolution, const char *text,
			   const char *before)
{
	if (before && !strcmp(text, before))
		return before;
	return policy_arena_text(resolution->arena, text, strlen(text));
}

int policy_resolution_add(struct policy_resolution *resolution, size_t order,
			  const struct policy_resolved_rule *rule)
{
	struct policy_resolved *to = &resolution->orders[order];
	const struct policy_resolved_rule *last = to->n ? &to->v[to->n - 1] : NULL;
	struct policy_resolved_rule copy = *rule;

	copy.package = text_of(resolution, rule->package, last ? last->package : NULL);
	copy.path = text_of(resolution, rule->path, last ? last->path : NULL);
	if (!copy.package || !copy.path)
		return -ENOMEM;
	if (to->n == to->cap || !to->v) {
		size_t cap = to->cap ? to->cap * 2 : 64;
		struct policy_resolved_rule *v = reallocarray(to->v, cap, sizeof(*v));

		if (!v)
			return -ENOMEM;
		to->v = v;
		to->cap = cap;
	}
	to->v[to->n++] = copy;
	resolution->n_rules++;
	return 0;
}

static bool digest_order(EVP_MD_CTX *ctx, const struct policy_resolved *order)
{
	size_t i;

	if (!EVP_DigestUpdate(ctx, &order->n, sizeof(order->n)))
		return false;
	for (i = 0; order->v && i < order->n; i++) {
		const struct policy_resolved_rule *rule = &order->v[i];

		if (!EVP_DigestUpdate(ctx, &rule->id.kind, sizeof(rule->id.kind)) ||
		    !EVP_DigestUpdate(ctx, &rule->id.len, sizeof(rule->id.len)) ||
		    !EVP_DigestUpdate(ctx, rule->id.value, rule->id.len) ||
		    !EVP_DigestUpdate(ctx, &rule->size, sizeof(rule->size)) ||
		    !EVP_DigestUpdate(ctx, rule->package, strlen(rule->package) + 1) ||
		    !EVP_DigestUpdate(ctx, rule->path, strlen(rule->path) + 1))
			return false;
	}
	return true;
}

int policy_resolution_finish(struct policy_resolution *resolution)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL);
	size_t i;

	for (i = 0; ok && i < resolution->n_orders; i++)
		ok = digest_order(ctx, &resolution->orders[i]);
	ok = ok && EVP_DigestFinal_ex(ctx, resolution->digest, NULL);
	EVP_MD_CTX_free(ctx);
	return ok ? 0 : -ENOMEM;
}

void policy_set_resolution(struct policy *policy, struct policy_resolution *resolution)
{
	policy_resolution_free(policy->resolution);
	policy->resolution = resolution;
}

const struct policy_resolved_rule *policy_resolved_rules(const struct policy *policy, size_t order,
							 size_t *n)
{
	const struct policy_resolution *resolution = policy->resolution;

	if (!resolution || order >= resolution->n_orders) {
		*n = 0;
		return NULL;
	}
	*n = resolution->orders[order].n;
	return resolution->orders[order].v;
}

bool policy_has_packages(const struct policy *policy)
{
	size_t o;
	size_t i;

	for (o = 0; o < policy->n_orders; o++)
		for (i = 0; i < policy->orders[o].n_rules; i++)
			if (policy->orders[o].rules[i].id.kind == POLICY_KIND_PACKAGE)
				return true;
	return false;
}
