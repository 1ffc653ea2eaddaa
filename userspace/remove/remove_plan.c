// SPDX-License-Identifier: GPL-2.0-or-later
#include "remove_plan.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "events/event_line.h"
#include "lint/lint_files.h"
#include "remove_json.h"
#include "remove_owner.h"

json_t *remove_plan_new(const struct policy *policy)
{
	char now[21];

	policy_format_time(time(NULL), now);
	return json_pack("{s:i, s:s, s:o, s:[]}", "interdict-removal", 1, "time", now, "policy",
			 policy ? event_policy_json(policy->name, policy->serial, policy->digest) :
				  json_null(),
			 "steps");
}

static json_t *steps_of(const json_t *plan)
{
	return json_object_get(plan, "steps");
}

static size_t count_steps(const json_t *plan, bool stay)
{
	const json_t *step;
	size_t i, n = 0;

	json_array_foreach(steps_of(plan), i, step) n +=
		!strcmp(remove_text(step, "do"), "stay") == stay;
	return n;
}

size_t remove_plan_todo(const json_t *plan)
{
	return count_steps(plan, false);
}

size_t remove_plan_stays(const json_t *plan)
{
	return count_steps(plan, true);
}

/* ---- orders ---- */

static bool is_asked_for(const char *id, const struct remove_plan_options *options)
{
	for (size_t i = 0; i < options->n_orders; i++)
		if (!strcmp(options->orders[i], id))
			return true;
	return !options->n_orders;
}

static bool wants(const struct policy *policy, const struct policy_order *order,
		  const struct policy_device *device, const struct remove_plan_options *options)
{
	char why[POLICY_WHY_MAX];

	return is_asked_for(order->id, options) &&
	       (!options->remove_only || order->installed_remove) &&
	       policy_order_mode(policy, order) == POLICY_MODE_ENFORCE &&
	       policy_order_in_force(policy, order, device, why);
}

bool remove_plan_wants(const struct policy *policy, const char *id,
		       const struct policy_device *device,
		       const struct remove_plan_options *options)
{
	for (size_t i = 0; i < policy->n_orders; i++)
		if (!strcmp(policy->orders[i].id, id))
			return wants(policy, &policy->orders[i], device, options);
	return false;
}

/* The first order that names @package. */
static const struct policy_order *order_of(const struct policy *policy,
					   const struct package *package,
					   const struct policy_device *device,
					   const struct remove_plan_options *options)
{
	for (size_t i = 0; i < policy->n_orders; i++) {
		const struct policy_order *order = &policy->orders[i];

		if (!wants(policy, order, device, options))
			continue;
		for (size_t j = 0; j < order->n_rules; j++)
			if (order->rules[j].package &&
			    package_matches(order->rules[j].package, package))
				return order;
	}
	return NULL;
}

/* ---- packages ---- */

struct packages {
	json_t *plan;
	const struct policy *policy;
	const struct policy_device *device;
	const struct remove_plan_options *options;
	const struct package_set *set;
};

static const struct package *find(const struct package_set *set, enum package_type type,
				  const char *id)
{
	for (size_t i = 0; i < set->n; i++)
		if (set->v[i].type == type && !strcmp(set->v[i].id, id))
			return &set->v[i];
	return NULL;
}

/* Of dpkg's messages, that leave out the architecture where there is one only. */
static const struct package *find_named(const struct package_set *set, enum package_type type,
					const char *id)
{
	const struct package *package = find(set, type, id);
	size_t len = strcspn(id, ":");

	for (size_t i = 0; !package && type == PACKAGE_DEB && i < set->n; i++)
		if (set->v[i].type == type && strlen(set->v[i].name) == len &&
		    !strncmp(set->v[i].name, id, len))
			package = &set->v[i];
	return package;
}

/* Whether one of them has what the device cannot do without. */
static int has_needed(const struct packages *all, const struct package *package,
		      const struct remove_package *removed)
{
	int r = remove_owner_has(all->options->root, package, all->options->needed);

	for (size_t i = 0; !r && i < removed->n_with; i++) {
		package = find_named(all->set, removed->type, removed->with[i]);
		if (package)
			r = remove_owner_has(all->options->root, package, all->options->needed);
	}
	return r;
}

/* One of those that go, too, that no order names; NULL: there is none. */
static const char *unnamed(const struct packages *all, const struct remove_package *removed)
{
	for (size_t i = 0; i < removed->n_with; i++) {
		const struct package *package =
			find_named(all->set, removed->type, removed->with[i]);

		if (!package || !order_of(all->policy, package, all->device, all->options))
			return removed->with[i];
	}
	return NULL;
}

/* Flatpak's of a user are in that user's home. */
static uid_t user_of(const struct package *package, const char *root)
{
	char path[PATH_MAX];
	struct stat st;

	if (package->type != PACKAGE_FLATPAK || !package->place ||
	    !strstr(package->place, "/.local/share/flatpak/") ||
	    snprintf(path, sizeof(path), "%s%s", root, package->place) >= (int)sizeof(path) ||
	    lstat(path, &st) < 0 || !st.st_uid)
		return REMOVE_SYSTEM;
	return st.st_uid;
}

static json_t *with_json(const struct remove_package *removed)
{
	json_t *with = json_array();

	for (size_t i = 0; i < removed->n_with; i++)
		if (json_array_append_new(with, remove_name_json(removed->with[i])) < 0) {
			json_decref(with);
			return NULL;
		}
	return with;
}

static json_t *package_step(const struct package *package, const struct remove_package *removed,
			    const char *order, const char *why)
{
	const char *manager = remove_manager_name(package->type);

	return json_pack("{s:s, s:s?, s:s, s:s, s:{s:s, s:o, s:o, s:o, s:o, s:s?, s:o, s:o}}", "do",
			 why ? "stay" : "uninstall", "why", why, "order", order, "rule", "package",
			 "package", "type", package_type_name(package->type), "name",
			 remove_name_json(package->name), "version",
			 remove_name_json(package->version), "arch",
			 remove_name_json(package->arch), "id", remove_name_json(package->id),
			 "manager", manager, "user",
			 removed->user == REMOVE_SYSTEM ? json_null() : json_integer(removed->user),
			 "with", with_json(removed));
}

static int add_package(const struct packages *all, const struct package *package,
		       const struct policy_order *order)
{
	struct remove_package removed = { .type = package->type,
					  .user = user_of(package, all->options->root) };
	char why[REMOVE_WHY_MAX] = "";
	const char *other;
	json_t *step;
	int err;

	removed.id = strdup(package->id);
	if (!removed.id)
		return -ENOMEM;
	err = remove_manager_ask(all->options->root, &removed, why);
	if (!err)
		err = has_needed(all, package, &removed);
	if (err > 0) {
		snprintf(why, sizeof(why),
			 "this device, or interdict, needs files of it, or of what cannot stay "
			 "without it");
	} else if (!err && all->options->alone && (other = unnamed(all, &removed))) {
		snprintf(why, sizeof(why),
			 "%s needs it, which no order names: a person is to look at the plan "
			 "(interdict remove)",
			 other);
	}
	if (err == -ENOMEM) {
		remove_package_clear(&removed);
		return err;
	}
	step = package_step(package, &removed, order->id, *why ? why : NULL);
	remove_package_clear(&removed);
	return json_array_append_new(steps_of(all->plan), step) < 0 ? -ENOMEM : 0;
}

/* Whether an order has rules about packages of @type. */
static const struct policy_order *asks_for(const struct packages *all, enum package_type type)
{
	for (size_t i = 0; i < all->policy->n_orders; i++) {
		const struct policy_order *order = &all->policy->orders[i];

		if (!wants(all->policy, order, all->device, all->options))
			continue;
		for (size_t j = 0; j < order->n_rules; j++)
			if (order->rules[j].package &&
			    !strcmp(order->rules[j].package->type, package_type_name(type)))
				return order;
	}
	return NULL;
}

static int add_broken(const struct packages *all, enum package_type type)
{
	const struct policy_order *order = asks_for(all, type);

	if (!order || all->set->databases.of[type].state != PACKAGE_DATABASE_BROKEN)
		return 0;
	return json_array_append_new(
		       steps_of(all->plan),
		       json_pack("{s:s, s:o, s:s, s:s}", "do", "stay", "why",
				 json_sprintf("the database of %s packages cannot be read: %s",
					      package_type_name(type),
					      all->set->databases.of[type].why),
				 "order", order->id, "rule", "package")) < 0 ?
		       -ENOMEM :
		       0;
}

int remove_plan_packages(json_t *plan, const struct policy *policy,
			 const struct policy_device *device,
			 const struct remove_plan_options *options)
{
	struct package_set set;
	struct packages all = { plan, policy, device, options, &set };
	int err = package_set_read(options->root, PACKAGE_TYPES_ALL, &set);

	err = err == -EBADMSG ? 0 : err;
	for (enum package_type type = 0; !err && type < PACKAGE_TYPE_COUNT; type++)
		err = add_broken(&all, type);
	for (size_t i = 0; !err && i < set.n; i++) {
		const struct policy_order *order = order_of(policy, &set.v[i], device, options);

		if (order)
			err = add_package(&all, &set.v[i], order);
	}
	package_set_free(&set);
	return err;
}

/* ---- files ---- */

/* The path without links in its directories; to be freed. */
static char *plain_path(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *above, *real, *plain = NULL;

	if (path[0] != '/' || !slash[1])
		return NULL;
	above = slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
	real = above ? realpath(above, NULL) : NULL;
	if (real && asprintf(&plain, "%s%s", real[1] ? real : "", slash) < 0)
		plain = NULL;
	free(above);
	free(real);
	return plain;
}

static json_t *file_json(const struct quarantine_file *file, const uint8_t *sha256)
{
	char id[QUARANTINE_ID_LEN] = "", hex[65] = "";

	if (sha256) {
		quarantine_id(file, sha256, id);
		event_hex(sha256, 32, hex);
	}
	return json_pack("{s:o, s:s?, s:I, s:o, s:I, s:i, s:I, s:I, s:o, s:o, s:o, s:s?, s:n}",
			 "path", remove_name_json(file->path), "sha256", sha256 ? hex : NULL,
			 "size", (json_int_t)file->size, "dev",
			 json_sprintf("%u:%u", file->dev_major, file->dev_minor), "ino",
			 (json_int_t)file->ino, "mode", (int)file->mode, "uid",
			 (json_int_t)file->uid, "gid", (json_int_t)file->gid, "atime",
			 remove_time_json(&file->atime), "mtime", remove_time_json(&file->mtime),
			 "ctime", remove_time_json(&file->ctime), "id", sha256 ? id : NULL,
			 "package");
}

/* Why the file stays; NULL: nobody needs it. */
static const char *needed_for(const struct lint_files *needed, const struct quarantine_file *file)
{
	for (size_t i = 0; needed && i < needed->n; i++)
		if (needed->v[i].ino == file->ino && major(needed->v[i].dev) == file->dev_major &&
		    minor(needed->v[i].dev) == file->dev_minor)
			return needed->v[i].why;
	return NULL;
}

/* Why the file that could be looked at with @err stays; NULL: it goes. To be freed. */
static int why_stays(int err, const struct remove_found *found, const char *need, char **why)
{
	int len = 0;

	*why = NULL;
	if (err)
		len = asprintf(why, "it cannot be looked at: %s", strerror(-err));
	else if (need)
		len = asprintf(why, "this device cannot do without it: %s", need);
	else if (!found->sha256)
		len = asprintf(why, "its content could not be hashed");
	return len < 0 ? -ENOMEM : 0;
}

int remove_plan_file(json_t *plan, const struct remove_found *found,
		     const struct remove_plan_options *options)
{
	struct quarantine_file file = { 0 };
	char *path = plain_path(found->path), *why = NULL;
	int err;

	if (path && quarantine_has(options->quarantine, path)) {
		free(path);
		return 0;
	}
	err = path ? quarantine_look(path, &file) : -ENOENT;
	if (err == -ENOENT) { /* gone since it was found */
		free(path);
		return 0;
	}
	file.path = path;
	err = why_stays(err, found, needed_for(options->needed, &file), &why);
	if (!err &&
	    json_array_append_new(steps_of(plan),
				  json_pack("{s:s, s:s?, s:s?, s:s?, s:o}", "do",
					    why		    ? "stay" :
					    options->delete ? "delete" :
							      "quarantine",
					    "why", why, "order", found->order, "rule", found->rule,
					    "file", file_json(&file, found->sha256))) < 0)
		err = -ENOMEM;
	free(path);
	free(why);
	return err;
}

/* ---- whose the files are ---- */

/* Whether the package goes, by a step of its own or with another. */
static bool goes(const json_t *plan, const struct package *package)
{
	const json_t *step, *with;
	size_t i, j;

	json_array_foreach(steps_of(plan), i, step)
	{
		const json_t *object = json_object_get(step, "package");
		const char *id = remove_text(object, "id");

		if (strcmp(remove_text(step, "do"), "uninstall") != 0 ||
		    strcmp(remove_text(object, "type"), package_type_name(package->type)) != 0)
			continue;
		if (!strcmp(id, package->id))
			return true;
		json_array_foreach(json_object_get(object, "with"), j, with)
		{
			const char *name = json_string_value(with);

			if (!strcmp(name, package->id) || !strcmp(name, package->name))
				return true;
		}
	}
	return false;
}

static int own(void *context, const struct package *package, json_t *file)
{
	json_t *plan = context, *steps = steps_of(plan), *step;
	size_t i;

	if (!goes(plan, package))
		return json_object_set_new(file, "package", remove_name_json(package->id)) < 0 ?
			       -ENOMEM :
			       0;
	json_array_foreach(steps, i, step)
	{
		if (json_object_get(step, "file") != file)
			continue;
		json_array_remove(steps, i);
		break;
	}
	return 0;
}

/* The files of the plan, each once; what is there twice is taken out. */
static int collect_files(json_t *plan, json_t *files)
{
	json_t *seen = json_object(), *steps = steps_of(plan);
	int err = seen ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < json_array_size(steps);) {
		json_t *file = json_object_get(json_array_get(steps, i), "file");
		const char *path = remove_text(file, "path");

		if (file && json_object_get(seen, path)) {
			json_array_remove(steps, i);
			continue;
		}
		if (file && (json_object_set_new(seen, path, json_true()) < 0 ||
			     json_array_append(files, file) < 0))
			err = -ENOMEM;
		i++;
	}
	json_decref(seen);
	return err;
}

int remove_plan_finish(json_t *plan, const struct remove_plan_options *options)
{
	json_t *files = json_array();
	int err = files ? collect_files(plan, files) : -ENOMEM;

	if (!err && json_array_size(files))
		err = remove_owner_find(options->root, files, own, plan);
	json_decref(files);
	return err;
}

/* ---- parts of steps ---- */

int remove_step_package(const json_t *step, struct remove_package *ret)
{
	const json_t *object = json_object_get(step, "package"), *user, *name;
	struct remove_package package = { .user = REMOVE_SYSTEM };
	size_t i;

	package.type = package_type_by_name(remove_text(object, "type"));
	package.id = remove_json_name(json_object_get(object, "id"));
	user = json_object_get(object, "user");
	if (json_is_integer(user))
		package.user = (uid_t)json_integer_value(user);
	if (package.type == PACKAGE_TYPE_COUNT || !package.id) {
		remove_package_clear(&package);
		return -EBADMSG;
	}
	package.with =
		calloc(json_array_size(json_object_get(object, "with")) + 1, sizeof(*package.with));
	json_array_foreach(json_object_get(object, "with"), i, name)
	{
		char *id = package.with ? remove_json_name(name) : NULL;

		if (!id) {
			int err = package.with ? -EBADMSG : -ENOMEM;

			remove_package_clear(&package);
			return err;
		}
		package.with[package.n_with++] = id;
	}
	*ret = package;
	return 0;
}

int remove_step_file(const json_t *step, struct quarantine_file *file, char **path,
		     char id[QUARANTINE_ID_LEN])
{
	const json_t *object = json_object_get(step, "file");
	const char *text = remove_text(object, "id");

	*path = remove_json_name(json_object_get(object, "path"));
	if (!*path || (*path)[0] != '/' || strlen(text) != QUARANTINE_ID_LEN - 1 ||
	    strspn(text, "0123456789abcdef-") != QUARANTINE_ID_LEN - 1) {
		free(*path);
		return -EBADMSG;
	}
	memcpy(id, text, QUARANTINE_ID_LEN);
	*file = (struct quarantine_file){
		.path = *path,
		.ino = (uint64_t)json_integer_value(json_object_get(object, "ino")),
		.size = (uint64_t)json_integer_value(json_object_get(object, "size")),
		.mode = (uint32_t)json_integer_value(json_object_get(object, "mode")),
		.uid = (uint32_t)json_integer_value(json_object_get(object, "uid")),
		.gid = (uint32_t)json_integer_value(json_object_get(object, "gid")),
	};
	remove_json_time(json_object_get(object, "atime"), &file->atime);
	remove_json_time(json_object_get(object, "mtime"), &file->mtime);
	remove_json_time(json_object_get(object, "ctime"), &file->ctime);
	return 0;
}
