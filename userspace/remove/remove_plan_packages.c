// SPDX-License-Identifier: GPL-2.0-or-later
/* The packages of a plan. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "remove_json.h"
#include "remove_owner.h"
#include "remove_plan_internal.h"

/* The first order that names @package. */
static const struct policy_order *order_of(const struct policy *policy,
					   const struct package *package,
					   const struct policy_device *device,
					   const struct remove_plan_options *options)
{
	for (size_t i = 0; i < policy->n_orders; i++) {
		const struct policy_order *order = &policy->orders[i];

		if (!remove_plan_wants_order(policy, order, device, options))
			continue;
		if (package_rule_of(order, package))
			return order;
	}
	return NULL;
}

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
	struct remove_package removed = {
		.type = package->type, .user = remove_package_user(all->options->root, package)
	};
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
	return json_array_append_new(remove_plan_steps(all->plan), step) < 0 ? -ENOMEM : 0;
}

/* Revisions of a snap that snapd keeps go with the one that is used. */
static bool is_planned(const json_t *plan, const struct package *package)
{
	const json_t *step;
	size_t i;

	if (package->type != PACKAGE_SNAP)
		return false;
	json_array_foreach(remove_plan_steps(plan), i, step)
	{
		const json_t *object = json_object_get(step, "package");

		if (!strcmp(remove_text(object, "type"), package_type_name(package->type)) &&
		    !strcmp(remove_text(object, "id"), package->id))
			return true;
	}
	return false;
}

/* Whether an order has rules about packages of @type. */
static const struct policy_order *asks_for(const struct packages *all, enum package_type type)
{
	for (size_t i = 0; i < all->policy->n_orders; i++) {
		const struct policy_order *order = &all->policy->orders[i];

		if (!remove_plan_wants_order(all->policy, order, all->device, all->options))
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
		       remove_plan_steps(all->plan),
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

		if (order && !is_planned(plan, &set.v[i]))
			err = add_package(&all, &set.v[i], order);
	}
	package_set_free(&set);
	return err;
}
