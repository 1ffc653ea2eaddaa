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
#include "remove_plan_internal.h"

json_t *remove_plan_new(const struct policy *policy)
{
	char now[21];

	policy_format_time(time(NULL), now);
	return json_pack("{s:i, s:s, s:o, s:[]}", "interdict-removal", 1, "time", now, "policy",
			 policy ? event_policy_json(policy->name, policy->serial, policy->digest) :
				  json_null(),
			 "steps");
}

json_t *remove_plan_steps(const json_t *plan)
{
	return json_object_get(plan, "steps");
}

static size_t count_steps(const json_t *plan, bool stay)
{
	const json_t *step;
	size_t i, n = 0;

	json_array_foreach(remove_plan_steps(plan), i, step) n +=
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

bool remove_plan_wants_order(const struct policy *policy, const struct policy_order *order,
			     const struct policy_device *device,
			     const struct remove_plan_options *options)
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
			return remove_plan_wants_order(policy, &policy->orders[i], device, options);
	return false;
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
	return json_pack("{s:o, s:s?, s:I, s:o, s:I, s:I, s:i, s:I, s:I, s:o, s:o, s:o, s:s?, s:n}",
			 "path", remove_name_json(file->path), "sha256", sha256 ? hex : NULL,
			 "size", (json_int_t)file->size, "dev",
			 json_sprintf("%u:%u", file->dev_major, file->dev_minor), "ino",
			 (json_int_t)file->ino, "names", (json_int_t)file->names, "mode",
			 (int)file->mode, "uid", (json_int_t)file->uid, "gid",
			 (json_int_t)file->gid, "atime", remove_time_json(&file->atime), "mtime",
			 remove_time_json(&file->mtime), "ctime", remove_time_json(&file->ctime),
			 "id", sha256 ? id : NULL, "package");
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
	if (len >= 0)
		return 0;
	*why = NULL;
	return -ENOMEM;
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
	    json_array_append_new(remove_plan_steps(plan),
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

	json_array_foreach(remove_plan_steps(plan), i, step)
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
	json_t *plan = context, *steps = remove_plan_steps(plan), *step;
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
	json_t *seen = json_object(), *steps = remove_plan_steps(plan);
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
		.names = (uint32_t)json_integer_value(json_object_get(object, "names")),
		.uid = (uint32_t)json_integer_value(json_object_get(object, "uid")),
		.gid = (uint32_t)json_integer_value(json_object_get(object, "gid")),
	};
	remove_json_time(json_object_get(object, "atime"), &file->atime);
	remove_json_time(json_object_get(object, "mtime"), &file->mtime);
	remove_json_time(json_object_get(object, "ctime"), &file->ctime);
	return 0;
}
