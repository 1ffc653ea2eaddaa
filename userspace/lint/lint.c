// SPDX-License-Identifier: GPL-2.0-or-later
/* Lint: what a policy says is compared with what the device needs, and with itself. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lint_installed.h"
#include "lint_internal.h"
#include "policy/policy_resolution.h"

/* An order that ends sooner is worth a warning: a week to write the next one. */
#define SOON (7 * 86400)
/* SHA-256 of no bytes (FIPS 180-4). */
static const uint8_t empty_sha256[32] = {
	0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4,
	0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b,
	0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
};

void lint_warn(const struct lint *l, enum policy_problem problem, const struct policy_place *at,
	       const char *fmt, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		text = NULL;
	va_end(args);
	policy_errors_add_problem(l->errs, problem, POLICY_WARNING, at, "%s", text ? text : fmt);
	free(text);
}

void lint_critical(const struct lint *l, const struct policy_place *at, const char *what,
		   const struct lint_file *file)
{
	bool allowed = l->flags & LINT_ALLOW_CRITICAL;

	policy_errors_add_problem(
		l->errs, POLICY_PROBLEM_CRITICAL, allowed ? POLICY_WARNING : POLICY_REFUSED, at,
		"%s %s%s%s%s", what, file ? file->path : "the empty file", file ? ", needed: " : "",
		file ? file->why : "",
		allowed ? " (allowed by --allow-critical)" : " (--allow-critical loads it anyway)");
}

/* ---- what the device needs ---- */

/*
 * Which of the files a sha256 rule could match by its size. One pass over the rules, with a few
 * bits of each file's size in front: a million rules, some hundred files.
 */
struct sizes {
	struct lint_files *files;
	bool maybe[4096]; /* by the low bits of the size */
	bool *named;	  /* by file */
	bool all;	  /* there is a rule without size */
};

static void name_size(struct sizes *s, uint64_t size)
{
	size_t i;

	if (!s->maybe[size % 4096])
		return;
	for (i = 0; i < s->files->n; i++)
		s->named[i] |= s->files->v[i].size == size;
}

static void name_sizes(struct sizes *s, const struct policy *policy)
{
	size_t o;
	size_t i;

	for (i = 0; i < s->files->n; i++)
		s->maybe[s->files->v[i].size % 4096] = true;
	for (o = 0; o < policy->n_orders; o++)
		for (i = 0; i < policy->orders[o].n_rules; i++) {
			const struct policy_rule *r = &policy->orders[o].rules[i];

			if (r->id.kind != POLICY_KIND_SHA256)
				continue;
			s->all |= !r->has_size;
			name_size(s, r->size);
		}
	for (o = 0; o < policy->n_orders; o++) {
		size_t n;
		const struct policy_resolved_rule *rules = policy_resolved_rules(policy, o, &n);

		for (i = 0; i < n; i++)
			name_size(s, rules[i].size);
	}
	for (o = 0; o < policy->n_lists; o++) {
		const struct policy_list *list = policy->lists[o];

		s->all |= list->n_sizeless > 0;
		for (i = 0; i < list->n_rows; i++)
			name_size(s, list->rows[i].size);
	}
}

static int by_sha256(const void *a, const void *b)
{
	const struct lint_file *const *x = a;
	const struct lint_file *const *y = b;

	return memcmp((*x)->sha256, (*y)->sha256, 32);
}

/* Size first here too: only what a rule could match is read. */
static int hash_files(struct lint *l)
{
	struct sizes sizes = { .files = &l->files };
	size_t i;
	int ret = 0;

	l->by_sha256 = calloc(l->files.n + 1, sizeof(*l->by_sha256));
	sizes.named = calloc(l->files.n + 1, sizeof(*sizes.named));
	if (!l->by_sha256 || !sizes.named) {
		free(sizes.named);
		return -ENOMEM;
	}
	name_sizes(&sizes, l->policy);
	for (i = 0; i < l->files.n && ret != -ENOMEM; i++) {
		struct lint_file *f = &l->files.v[i];

		if (!sizes.all && !sizes.named[i])
			continue;
		ret = lint_file_hash(f);
		if (!ret)
			l->by_sha256[l->n_hashed++] = f;
		else if (ret != -ENOMEM)
			lint_warn(l, POLICY_PROBLEM_UNCOMPARED,
				  &(struct policy_place){ .file = f->path },
				  "is needed (%s) but cannot be read, so no rule is compared with "
				  "it: %s",
				  f->why, strerror(-ret));
	}
	free(sizes.named);
	if (ret == -ENOMEM)
		return ret;
	qsort(l->by_sha256, l->n_hashed, sizeof(l->by_sha256[0]), by_sha256);
	return 0;
}

static const struct lint_file *find_sha256(const struct lint *l, const uint8_t *sha256)
{
	struct lint_file wanted;
	const struct lint_file *key = &wanted;
	const struct lint_file **found;

	memcpy(wanted.sha256, sha256, 32);
	found = bsearch(&key, l->by_sha256, l->n_hashed, sizeof(l->by_sha256[0]), by_sha256);
	return found ? *found : NULL;
}

/* @size: 0 where the rule has none. */
static void check_sha256(struct lint *l, const struct policy_place *at, const uint8_t *sha256,
			 uint64_t size)
{
	const struct lint_file *f;

	if (!memcmp(sha256, empty_sha256, sizeof(empty_sha256))) {
		lint_critical(l, at, "sha256: this is", NULL);
		return;
	}
	f = find_sha256(l, sha256);
	if (f && (!size || size == f->size))
		lint_critical(l, at, "sha256: this is", f);
}

static const struct lint_file *find_build_id(const struct lint *l,
					     const struct policy_identifier *id)
{
	size_t i;

	for (i = 0; i < l->files.n; i++) {
		const struct lint_file *f = &l->files.v[i];

		if (f->build_id_len == id->len && !memcmp(f->build_id, id->value, id->len))
			return f;
	}
	return NULL;
}

static void check_build_id(struct lint *l, const struct policy_rule *r)
{
	const struct lint_file *f = find_build_id(l, &r->id);

	if (f)
		lint_critical(l, &r->at, "build-id: this is", f);
}

/* What the packages here make of a package rule: said once for each of them. */
static void check_packages(struct lint *l, size_t order)
{
	const struct policy_resolved_rule *said = NULL;
	char what[POLICY_STRING_MAX];
	size_t n;
	const struct policy_resolved_rule *rules = policy_resolved_rules(l->policy, order, &n);
	size_t i;

	for (i = 0; i < n; i++) {
		const struct policy_resolved_rule *r = &rules[i];
		const struct lint_file *f = r->id.kind == POLICY_KIND_SHA256 ?
						    find_sha256(l, r->id.value) :
						    find_build_id(l, &r->id);

		if (!f || (said && said->rule == r->rule && said->package == r->package))
			continue;
		said = r;
		snprintf(what, sizeof(what), "package: %.256s, installed here, has", r->package);
		lint_critical(l, &r->rule->at, what, f);
	}
}

static int check_critical(struct lint *l)
{
	const struct policy *policy = l->policy;
	size_t o;
	size_t i;
	int ret;

	ret = lint_files_find(&l->files);
	if (!ret)
		ret = hash_files(l);
	if (ret)
		return ret;
	for (o = 0; o < policy->n_orders; o++)
		for (i = 0; i < policy->orders[o].n_rules; i++) {
			const struct policy_rule *r = &policy->orders[o].rules[i];

			if (r->id.kind == POLICY_KIND_SHA256)
				check_sha256(l, &r->at, r->id.value, r->size);
			else if (r->id.kind == POLICY_KIND_BUILD_ID)
				check_build_id(l, r);
		}
	for (o = 0; o < policy->n_orders; o++)
		check_packages(l, o);
	for (o = 0; o < policy->n_lists; o++)
		for (i = 0; i < policy->lists[o]->n_rows; i++) {
			const struct policy_row *row = &policy->lists[o]->rows[i];
			struct policy_place at = { policy->lists[o]->file,
						   policy_row_line(policy->lists[o], i), 1 };

			check_sha256(l, &at, row->sha256, row->size);
		}
	return 0;
}

/* ---- what an admin should look at ---- */

static void check_publisher(struct lint *l, const struct policy_rule *r)
{
	const char *authority = lint_authority(r->text);
	char why[LINT_WHY_MAX];

	if (authority)
		lint_warn(l, POLICY_PROBLEM_PUBLISHER, &r->at,
			  "publisher: by \"%s\" this names a certificate authority or a time "
			  "stamping service: the rule matches what it signed itself, not what it "
			  "certified or stamped",
			  authority);
	else if (lint_publisher_is_broad(r->text, &l->system, why))
		lint_warn(l, POLICY_PROBLEM_PUBLISHER, &r->at, "publisher: %s", why);
}

static void check_rule(struct lint *l, const struct policy_rule *r)
{
	if (r->id.kind == POLICY_KIND_SHA256 && !r->has_size)
		lint_warn(
			l, POLICY_PROBLEM_SIZE, &r->at,
			"sha256: without size every executable, library and installer is hashed once");
	if (r->remark.status == POLICY_STATUS_UNVERIFIED)
		lint_warn(l, POLICY_PROBLEM_UNVERIFIED, &r->at,
			  "%s: unverified: nobody has compared it with the software itself",
			  policy_kind_name((enum policy_kind)r->id.kind));
	if (r->id.kind == POLICY_KIND_PUBLISHER)
		check_publisher(l, r);
	if (r->package && !strcmp(r->package->type, "appimage"))
		lint_warn(
			l, POLICY_PROBLEM_UNENFORCED, &r->at,
			"package: no database knows AppImages, so that they are found and removed, "
			"but not refused: give who signed it (key), or its sha256, too");
}

static void check_list(struct lint *l, const struct policy_order *o, size_t index)
{
	const struct policy_list_entry *e = &o->lists[index];
	size_t i;

	for (i = 0; i < index; i++)
		if (o->lists[i].list == e->list) {
			lint_warn(l, POLICY_PROBLEM_DUPLICATE, &e->at,
				  "list: is there already, at %s:%u:%u", o->lists[i].at.file,
				  o->lists[i].at.line, o->lists[i].at.col);
			return;
		}
	if (!e->list->n_rows)
		lint_warn(l, POLICY_PROBLEM_EMPTY, &e->at, "list: %s has no hashes", e->list->path);
	if (e->list->n_sizeless)
		lint_warn(
			l, POLICY_PROBLEM_SIZE, &e->at,
			"list: %zu of %zu lines of %s have no size: every executable, library and "
			"installer is hashed once",
			e->list->n_sizeless, e->list->n_rows, e->list->path);
	if (e->remark.status == POLICY_STATUS_UNVERIFIED)
		lint_warn(l, POLICY_PROBLEM_UNVERIFIED, &e->at,
			  "list: unverified: nobody has compared it with the software itself");
}

static void check_order(struct lint *l, const struct policy_order *o)
{
	char time[21];
	size_t i;

	policy_format_time(o->expires, time);
	if (o->expires <= l->now)
		lint_warn(l, POLICY_PROBLEM_DATE, &o->expires_at, "expires: the order ended at %s",
			  time);
	else if (o->expires - l->now <= SOON)
		lint_warn(l, POLICY_PROBLEM_DATE, &o->expires_at,
			  "expires: the order ends within a week, at %s", time);
	for (i = 0; i < o->n_rules; i++)
		check_rule(l, &o->rules[i]);
	for (i = 0; i < o->n_lists; i++)
		check_list(l, o, i);
	for (i = 0; i < o->n_exemptions; i++) {
		policy_format_time(o->exemptions[i].until, time);
		if (o->exemptions[i].until <= l->now)
			lint_warn(l, POLICY_PROBLEM_DATE, &o->exemptions[i].at,
				  "exempt: this exemption ended at %s", time);
	}
}

int lint_policy(const struct policy *policy, unsigned int flags, int64_t now,
		struct policy_errors *errs)
{
	struct lint l = { .policy = policy,
			  .root = "",
			  .seconds = LINT_INSTALLED_SECONDS,
			  .flags = flags,
			  .now = now,
			  .errs = errs };
	size_t i;
	int ret;

	lint_system_read(l.root, &l.system);
	/* Refusals first: the room for problems is bounded. */
	ret = check_critical(&l);
	if (!ret)
		ret = lint_claims(&l);
	for (i = 0; !ret && i < policy->n_orders; i++)
		check_order(&l, &policy->orders[i]);
	if (!ret)
		ret = lint_duplicates(&l);
	free(l.by_sha256);
	lint_files_free(&l.files);
	return ret;
}
