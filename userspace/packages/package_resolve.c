// SPDX-License-Identifier: GPL-2.0-or-later
#include "package_resolve.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "package_former.h"
#include "package_identify.h"
#include "package_internal.h"
#include "package_keep.h"
#include "package_shared.h"

struct resolving {
	const struct policy *policy;
	const struct package_resolve_options *options;
	struct package_report *report;
	struct package_set set;	  /* what is installed */
	struct package_keep kept; /* as of the last resolution */
	struct package_keep keep; /* as of this one */
	bool *fresh;		  /* of keep's: identified now; else it is taken from kept */
	uint64_t homes;		  /* bytes that were read in users' homes */
};

/* ---- what matches ---- */

/* Whether any package rule of any order does. */
static bool matches_any(const struct policy *policy, const struct package *package)
{
	for (size_t o = 0; o < policy->n_orders; o++)
		if (package_rule_of(&policy->orders[o], package))
			return true;
	return false;
}

static bool is_broken(const struct resolving *r, enum package_type type)
{
	return r->report->databases.of[type].state == PACKAGE_DATABASE_BROKEN;
}

/* ---- files ---- */

/* What add_file() returns to see no more. */
#define FULL 1

struct adding {
	struct resolving *r;
	struct package_known *known;
	const struct package_known *before; /* or NULL */
};

static int leave(struct package_file *file, const char *why)
{
	file->left = strdup(why);
	return file->left ? 0 : -ENOMEM;
}

static int add_file(void *context, const char *path)
{
	struct adding *adding = context;
	const struct package_file *before =
		adding->before ? package_known_find(adding->before, path) : NULL;
	const bool home = package_is_in_home(&adding->known->package);
	struct package_file file;
	uint64_t max = UINT64_MAX;
	bool read;
	int err;

	if (home && adding->known->n >= PACKAGE_HOMES_FILES) {
		adding->r->report->left_out++;
		return FULL;
	}
	if (home)
		max = PACKAGE_HOMES_BYTES - adding->r->homes;
	err = package_identify(adding->r->options->root, path, max, before, &file, &read);
	if (home && read)
		adding->r->homes += file.size < max ? file.size : max;
	if (err == -ENOENT || err == -ENOMEM) {
		free(file.path);
		return err == -ENOENT ? 0 : err;
	}
	adding->r->report->read += read && file.identified;
	if (err) {
		file.software = true;
		file.identified = false;
		err = leave(&file, strerror(-err));
	} else if (file.software && !file.size) {
		err = leave(&file, "it is empty");
	} else if (file.software && file.size < PACKAGE_SHORT) {
		err = leave(&file, "it is too short to be told from others' files");
	}
	if (err) {
		free(file.path);
		return err;
	}
	return package_known_add(adding->known, &file);
}

/* Of what could not be read, as it is refused, the manager may know the MD5. */
static int fill_md5(void *context, const struct package_content *content)
{
	struct package_known *known = context;
	struct package_file *file = (struct package_file *)package_known_find(known, content->path);

	if (content->md5 && file && file->identified && !file->has_md5) {
		memcpy(file->md5, content->md5, sizeof(file->md5));
		file->has_md5 = true;
	}
	return 0;
}

static bool lacks_md5(const struct package_known *known)
{
	size_t i;

	for (i = 0; i < known->n; i++)
		if (known->files[i].identified && !known->files[i].has_md5)
			return true;
	return false;
}

/* The files of an installed package. -EBADMSG: its list is broken, so that the database is. */
static int add_package(struct resolving *r, const struct package *package)
{
	char *why = r->report->databases.of[package->type].why;
	struct package_known *before = package_keep_find(&r->kept, package);
	struct package_known known = { 0 };
	struct adding adding = { .r = r, .known = &known, .before = before };
	int err;

	err = package_copy(package, &known.package);
	if (!err)
		err = package_files(r->options->root, package, add_file, &adding, why);
	if (err == FULL)
		err = 0;
	if (!err && lacks_md5(&known)) {
		char unused[PACKAGE_WHY_MAX];

		package_known_sort(&known);
		package_contents(r->options->root, package, fill_md5, &known, unused);
	}
	if (!err && before && !package_is_in_home(package))
		err = package_former_add(before, &known);
	if (err) {
		package_known_clear(&known);
		return err;
	}
	if (before)
		before->seen = true;
	return package_keep_add(&r->keep, &known);
}

/* Those that were installed, and are not any more. */
static int add_gone(struct resolving *r, enum package_type type)
{
	size_t i;
	int err = 0;

	for (i = 0; i < r->kept.n && !err; i++) {
		const struct package_known *known = &r->kept.v[i];

		if (known->package.type == type && !known->seen &&
		    !package_is_in_home(&known->package) && matches_any(r->policy, &known->package))
			err = package_former_gone(known, &r->keep);
	}
	return err;
}

/* What is known of a type from the last time. */
static int take_kept(struct resolving *r, enum package_type type)
{
	size_t i;
	int err = 0;

	for (i = 0; i < r->kept.n && !err; i++) {
		struct package_known *known = &r->kept.v[i];

		if (known->package.type != type || !known->package.id ||
		    !matches_any(r->policy, &known->package))
			continue;
		r->report->held[type] += !known->gone;
		err = package_keep_add(&r->keep, known);
		known->package.type = type; /* what is left of it is still found where it was */
	}
	return err;
}

/* A database that goes away altogether takes no ban with it. */
static void find_gone(struct resolving *r, enum package_type type)
{
	size_t i;

	if (r->report->databases.of[type].state != PACKAGE_DATABASE_ABSENT)
		return;
	for (i = 0; i < r->kept.n; i++)
		if (r->kept.v[i].package.type == type && !r->kept.v[i].gone &&
		    matches_any(r->policy, &r->kept.v[i].package)) {
			r->report->databases.of[type].state = PACKAGE_DATABASE_BROKEN;
			package_fail(r->report->databases.of[type].why, 0,
				     "the database of %s packages is gone",
				     package_type_name(type));
			return;
		}
}

static int add_type(struct resolving *r, enum package_type type)
{
	size_t first = r->keep.n;
	size_t i;
	int err = 0;

	find_gone(r, type);
	for (i = 0; i < r->set.n && !err; i++)
		if (r->set.v[i].type == type && matches_any(r->policy, &r->set.v[i]))
			err = add_package(r, &r->set.v[i]);
	if (err == -EBADMSG)
		r->report->databases.of[type].state = PACKAGE_DATABASE_BROKEN;
	else if (err)
		return err;
	if (!is_broken(r, type))
		return add_gone(r, type);
	while (r->keep.n > first)
		package_known_clear(&r->keep.v[--r->keep.n]);
	return take_kept(r, type);
}

/* ---- what others have, too ---- */

static bool is_related(const struct resolving *r, const struct package *package)
{
	size_t i;

	for (i = 0; i < r->keep.n; i++) {
		const struct package *banned = &r->keep.v[i].package;

		if (banned->type == package->type && banned->source && package->source &&
		    !strcmp(banned->source, package->source))
			return true;
	}
	return matches_any(r->policy, package);
}

static int find_shared(struct resolving *r)
{
	const struct package **unrelated = calloc(r->set.n + 1, sizeof(const struct package *));
	size_t uncompared = 0;
	size_t n = 0;
	size_t i;
	int err = -ENOMEM;

	r->fresh = calloc(r->keep.n + 1, sizeof(*r->fresh));
	if (!unrelated || !r->fresh)
		goto out;
	for (i = 0; i < r->keep.n; i++)
		r->fresh[i] = !is_broken(r, r->keep.v[i].package.type);
	for (i = 0; i < r->set.n; i++)
		if (!package_is_in_home(&r->set.v[i]) && !is_related(r, &r->set.v[i]))
			unrelated[n++] = &r->set.v[i];
	r->keep.others = r->kept.others;
	memset(&r->kept.others, 0, sizeof(r->kept.others));
	err = package_shared_find(r->options->root, &r->keep, r->fresh, unrelated, n, &uncompared);
	if (!err && r->options->ahead_ms)
		err = package_ids_ahead(r->options->root, unrelated, n, r->options->ahead_ms,
					&r->keep.others, &r->report->ahead);
out:
	free(unrelated);
	return err;
}

/* ---- rules ---- */

static int report_left(struct package_report *report, const struct package *package,
		       const struct package_file *file)
{
	struct package_left_out *left;

	report->left_out++;
	if (report->n >= PACKAGE_LEFT_OUT_MAX)
		return 0;
	if (!report->v) {
		report->v = calloc(PACKAGE_LEFT_OUT_MAX, sizeof(*report->v));
		if (!report->v)
			return -ENOMEM;
	}
	left = &report->v[report->n++];
	left->package = strdup(package->id);
	left->path = strdup(file->path);
	left->why = strdup(file->left);
	return left->package && left->path && left->why ? 0 : -ENOMEM;
}

/* Whether there is somebody to ask, where it comes to @digest. */
static bool may_spare(const struct resolving *r, const uint8_t digest[32])
{
	const uint8_t *unless = r->options->unless;

	return r->options->spare && !(unless && !memcmp(unless, digest, 32));
}

static int spare(const struct resolving *r, const struct package *package,
		 struct package_file *file, const struct policy_resolved_rule *rule)
{
	const char *why = NULL;

	if (r->options->spare && (!r->options->spare_homes || package_is_in_home(package)))
		why = r->options->spare(r->options->context, rule);
	return why ? leave(file, why) : 0;
}

/* The rules that one file makes for one order, unless it is spared. */
static int add_rules(const struct resolving *r, bool sparing, struct policy_resolution *resolution,
		     size_t order, const struct policy_rule *of, const struct package *package,
		     struct package_file *file)
{
	struct policy_resolved_rule rule = {
		.id = { .kind = POLICY_KIND_SHA256, .len = sizeof(file->sha256) },
		.size = file->size,
		.rule = of,
		.package = package->id,
		.path = file->path,
	};
	int err;

	memcpy(rule.id.value, file->sha256, sizeof(file->sha256));
	err = sparing ? spare(r, package, file, &rule) : 0;
	if (err || file->left)
		return err;
	err = policy_resolution_add(resolution, order, &rule);
	if (err || file->build_id_len < POLICY_BUILD_ID_MIN || file->shared_build_id)
		return err;
	rule.id = (struct policy_identifier){ .kind = POLICY_KIND_BUILD_ID,
					      .len = file->build_id_len };
	rule.size = 0;
	memcpy(rule.id.value, file->build_id, file->build_id_len);
	return policy_resolution_add(resolution, order, &rule);
}

static int add_files(const struct resolving *r, bool sparing, struct policy_resolution *resolution,
		     struct package_known *known, struct package_file *files, size_t n)
{
	size_t o;
	size_t f;
	int err = 0;

	for (o = 0; o < r->policy->n_orders && !err; o++) {
		const struct policy_rule *rule =
			package_rule_of(&r->policy->orders[o], &known->package);

		for (f = 0; rule && f < n && !err; f++)
			if (files[f].identified && !files[f].left)
				err = add_rules(r, sparing, resolution, o, rule, &known->package,
						&files[f]);
	}
	return err;
}

static int add_known(const struct resolving *r, bool sparing, struct policy_resolution *resolution,
		     struct package_known *known)
{
	int err = add_files(r, sparing, resolution, known, known->files, known->n);

	if (!err)
		err = add_files(r, sparing, resolution, known, known->former, known->n_former);
	return err;
}

static int make_rules(const struct resolving *r, bool sparing, struct policy_resolution **ret)
{
	struct policy_resolution *resolution = policy_resolution_new(r->policy);
	size_t i;
	int err = resolution ? 0 : -ENOMEM;

	for (i = 0; i < r->keep.n && !err; i++)
		err = add_known(r, sparing, resolution, &r->keep.v[i]);
	if (!err)
		err = policy_resolution_finish(resolution);
	if (err) {
		policy_resolution_free(resolution);
		return err;
	}
	*ret = resolution;
	return 0;
}

/* Twice, as it takes long to find out what the device cannot do without: a second look at what is
 * in memory does not. */
static int make_spared_rules(const struct resolving *r, struct policy_resolution **ret)
{
	struct policy_resolution *whole;
	int err = make_rules(r, false, &whole);

	if (err)
		return err;
	memcpy(r->report->digest, whole->digest, sizeof(r->report->digest));
	if (!may_spare(r, whole->digest)) {
		*ret = whole;
		return 0;
	}
	policy_resolution_free(whole);
	return make_rules(r, true, ret);
}

static uint64_t hash_text(uint64_t hash, const char *text)
{
	for (const char *p = text ? text : ""; *p; p++)
		hash = (hash ^ (uint8_t)*p) * 0x100000001b3ULL; /* FNV-1a's prime */
	return hash * 0x100000001b3ULL;				/* where it ends */
}

/* In any order they add up to the same. */
static uint64_t present(const struct package *package)
{
	uint64_t hash = 0xcbf29ce484222325ULL ^ package->type; /* FNV-1a's basis */

	hash = hash_text(hash, package->id);
	hash = hash_text(hash, package->version);
	return hash_text(hash, package->place);
}

static int report_known(struct package_report *report, const struct package_known *known)
{
	size_t f;
	int err = 0;

	if (!known->gone) {
		report->packages++;
		report->present += present(&known->package);
	}
	report->former += known->n_former;
	for (f = 0; f < known->n && !err; f++) {
		report->files += known->files[f].software;
		if (known->files[f].left)
			err = report_left(report, &known->package, &known->files[f]);
	}
	return err;
}

static int report_all(const struct resolving *r, const struct policy_resolution *resolution)
{
	size_t i;
	int err = 0;

	r->report->rules = resolution->n_rules;
	for (i = 0; i < r->keep.n && !err; i++)
		err = report_known(r->report, &r->keep.v[i]);
	return err;
}

/* ---- all of it ---- */

static uint64_t now_us(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* A broken file is no reason not to look at the packages. */
static int read_kept(struct resolving *r)
{
	const char *path = r->options->kept;
	int err = path ? package_keep_read(path, &r->kept) : 0;

	if (err && err != -ENOENT && err != -ENOMEM)
		snprintf(r->report->kept_why, sizeof(r->report->kept_why), "%.128s: %s", path,
			 err == -EBADMSG ? "is broken" : strerror(-err));
	return err == -ENOMEM ? err : 0;
}

/* While a database is broken, what is known of its packages is kept, whether rules match them now
 * or not: a policy that is tried and refused must not take it away. */
static int keep_others(struct resolving *r)
{
	size_t i;
	int err = 0;

	for (i = 0; i < r->kept.n && !err; i++) {
		struct package_known *known = &r->kept.v[i];

		if (known->package.id && is_broken(r, known->package.type))
			err = package_keep_add(&r->keep, known);
	}
	return err;
}

void package_report_keep(struct package_report *report, const char *path)
{
	int err;

	if (!report->keep)
		return;
	err = package_keep_write(path, report->keep);
	free(report->keep);
	report->keep = NULL;
	if (err)
		snprintf(report->kept_why, sizeof(report->kept_why), "%.128s: %s", path,
			 strerror(-err));
}

static void keep_for_next(struct resolving *r)
{
	struct package_report *report = r->report;

	report->kept_why[0] = '\0';
	if (!keep_others(r))
		report->keep = package_keep_text(&r->keep);
	if (!report->keep)
		snprintf(report->kept_why, sizeof(report->kept_why), "%.128s: %s", r->options->kept,
			 strerror(ENOMEM));
	if (!r->options->later)
		package_report_keep(report, r->options->kept);
}

static int resolve(struct resolving *r, struct policy_resolution **ret)
{
	struct policy_resolution *resolution = NULL;
	enum package_type type;
	int err = read_kept(r);

	if (!err && !r->options->only_kept) {
		err = package_set_read(r->options->root, PACKAGE_TYPES_ALL, &r->set);
		r->report->databases = r->set.databases;
		if (err == -EBADMSG)
			err = 0;
	}
	for (type = 0; type < PACKAGE_TYPE_COUNT && !err; type++)
		err = r->options->only_kept ? take_kept(r, type) : add_type(r, type);
	if (err)
		return err;
	package_keep_sort(&r->keep);
	if (!r->options->only_kept)
		err = find_shared(r);
	if (!err)
		err = make_spared_rules(r, &resolution);
	if (!err)
		err = report_all(r, resolution);
	if (err) {
		policy_resolution_free(resolution);
		return err;
	}
	if (r->options->kept && !r->options->only_kept && !r->options->dry)
		keep_for_next(r);
	*ret = resolution;
	return 0;
}

int package_resolve(const struct policy *policy, const struct package_resolve_options *options,
		    struct policy_resolution **ret, struct package_report *report)
{
	struct resolving r = { .policy = policy, .options = options, .report = report };
	struct policy_resolution *resolution = NULL;
	uint64_t began = now_us();
	int err = 0;

	memset(report, 0, sizeof(*report));
	report->when = (int64_t)time(NULL);
	report->resolved = policy_has_packages(policy);
	if (report->resolved)
		err = resolve(&r, &resolution);
	package_set_free(&r.set);
	package_keep_free(&r.kept);
	package_keep_free(&r.keep);
	free(r.fresh);
	report->took_us = now_us() - began;
	if (err) {
		package_report_free(report);
		return err;
	}
	*ret = resolution;
	return 0;
}
