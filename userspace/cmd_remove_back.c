// SPDX-License-Identifier: GPL-2.0-or-later
/* `interdict remove --list` and `--restore`: the quarantine. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd_remove.h"
#include "commands.h"
#include "decide/enforced.h"
#include "escape.h"
#include "remove/quarantine.h"
#include "remove/remove_event.h"
#include "remove/remove_json.h"
#include "remove/remove_run.h"
#include "scan/scan_policy.h"
#include "subject/subject.h"

/* So many digits of an ID name a file, if they are no other's. */
#define ID_DIGITS_MIN 8

static bool is_there(const struct quarantine_entry *entry)
{
	int fd = quarantine_open(entry);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static json_t *entry_json(const struct quarantine_entry *entry)
{
	json_t *json = json_copy(entry->manifest);

	json_object_set_new(json, "quarantine", remove_name_json(entry->dir));
	return json;
}

static void print_entry(const struct quarantine_entry *entry)
{
	char *path = escape_name(entry->path, strlen(entry->path), ESCAPE_TERMINAL);

	printf("%.16s  %s  %-20s %s\n", entry->id, remove_text(entry->manifest, "time"),
	       remove_text(entry->manifest, "order"), path ? path : "?");
	free(path);
}

int remove_list(const struct remove_arguments *args)
{
	struct quarantine_list list;
	json_t *all = json_array();
	int err = quarantine_list(QUARANTINE_DIR, &list);

	if (err) {
		json_decref(all);
		fprintf(stderr, "interdict remove: %s\n", strerror(-err));
		return EXIT_FAILED;
	}
	for (size_t i = 0; i < list.n; i++) {
		if (!is_there(&list.v[i]))
			continue;
		if (args->common.json)
			json_array_append_new(all, entry_json(&list.v[i]));
		else
			print_entry(&list.v[i]);
	}
	if (args->common.json)
		verb_print_json(all);
	if (list.damaged)
		fprintf(stderr, "interdict remove: %zu manifests in quarantine cannot be read\n",
			list.damaged);
	err = list.damaged ? EXIT_FAILED : EXIT_DONE;
	quarantine_list_free(&list);
	json_decref(all);
	return err;
}

/* ---- restoring ---- */

/* The order that bans it now; "" for the policy's header; NULL: none does. To be freed. */
static char *banned_by(const struct active_policy *active, const struct quarantine_entry *entry)
{
	struct interdict_identity *identity = calloc(1, sizeof(*identity));
	struct scan_policy policy;
	struct scan_verdict verdict;
	struct subject subject;
	char path[PATH_MAX], *order = NULL;
	bool missing = true;

	if (!identity || scan_policy_init(active->policy, &active->device, &policy)) {
		free(identity);
		return strdup("");
	}
	snprintf(path, sizeof(path), "%s/%s", entry->dir, entry->id);
	if (!subject_open(path, &subject)) {
		const uint32_t want = interdict_wanted(&policy.image.tables, subject.size);

		missing = subject_identify(&subject, want, identity) ||
			  !interdict_answered(&identity->ids, want);
		subject_close(&subject);
	}
	if (scan_judge(&policy, identity, missing, &verdict) &&
	    verdict.decision.outcome == DECISION_DENY)
		order = strdup(verdict.decision.order ? verdict.decision.order : "");
	scan_policy_free(&policy);
	free(identity);
	return order;
}

/* A package's file is not banned by itself once the package is gone: its order is asked, too. */
static bool is_in_force(const struct active_policy *active, const char *id)
{
	char why[POLICY_WHY_MAX];

	for (size_t i = 0; i < active->policy->n_orders; i++) {
		const struct policy_order *order = &active->policy->orders[i];

		if (!strcmp(order->id, id))
			return policy_order_mode(active->policy, order) == POLICY_MODE_ENFORCE &&
			       policy_order_in_force(active->policy, order, &active->device, why);
	}
	return false;
}

/* Returns an exit status: REFUSED where it is banned. */
static int check(const struct remove_arguments *args, const struct config *config,
		 const struct quarantine_entry *entry)
{
	const char *by = remove_text(entry->manifest, "rule");
	struct policy_errors errs = { 0 };
	struct active_policy active;
	char *order = NULL;
	int err = enforced_policy_find(args->policy, config, &active, &errs);

	policy_errors_print(&errs, stderr);
	policy_errors_free(&errs);
	if (err)
		return err == -ENOENT ? EXIT_DONE : EXIT_FAILED;
	order = banned_by(&active, entry);
	if (!order && !strcmp(by, "package") &&
	    is_in_force(&active, remove_text(entry->manifest, "order")))
		order = strdup(remove_text(entry->manifest, "order"));
	active_policy_free(&active);
	if (!order)
		return EXIT_DONE;
	fprintf(stderr,
		"interdict remove: it is banned by %s%s: it stays; --force brings it back, "
		"and the kernel goes on refusing it\n",
		*order ? "order " : "the policy", order);
	free(order);
	return EXIT_REFUSED;
}

static int find_one(const struct quarantine_list *list, const char *what,
		    const struct quarantine_entry **ret)
{
	size_t len = strlen(what), n = 0;

	for (size_t i = 0; i < list->n; i++) {
		const struct quarantine_entry *entry = &list->v[i];

		if ((what[0] == '/' && !strcmp(what, entry->path)) ||
		    (len >= ID_DIGITS_MIN && !strncmp(what, entry->id, len))) {
			*ret = entry;
			n++;
		}
	}
	return n == 1 ? 0 : n ? -EEXIST : -ENOENT;
}

static void record(const struct quarantine_entry *entry, const char *reason)
{
	json_t *file = json_copy(entry->manifest);
	const char *order = remove_text(file, "order");
	const struct remove_event event = {
		.action = "restored",
		.order = *order ? order : NULL,
		.rule = json_string_value(json_object_get(file, "rule")),
		.reason = reason,
		.file = file,
	};
	int err = file ? remove_event_put(REMOVE_EVENTS_DIR, &event) : -ENOMEM;

	if (err)
		fprintf(stderr, "interdict remove: this could not be recorded: %s\n",
			strerror(-err));
	json_decref(file);
}

int remove_restore(const struct remove_arguments *args, const struct config *config)
{
	const struct quarantine_entry *entry = NULL;
	char why[QUARANTINE_WHY_MAX];
	struct quarantine_list list;
	int lock = remove_lock(REMOVE_DIR, false), err, status;

	err = lock < 0 ? lock : quarantine_list(QUARANTINE_DIR, &list);
	if (err) {
		fprintf(stderr, "interdict remove: %s\n",
			err == -EBUSY ? "a removal is under way" : strerror(-err));
		if (lock >= 0)
			close(lock);
		return EXIT_FAILED;
	}
	err = find_one(&list, args->restore, &entry);
	if (err) {
		verb_complain("remove", args->restore,
			      err == -EEXIST ?
				      "there are several of these in quarantine: name one by "
				      "more of its ID (--list --json)" :
				      "there is no such file in quarantine (--list)");
		status = EXIT_FAILED;
	} else {
		status = args->force ? EXIT_DONE : check(args, config, entry);
		if (!status && quarantine_restore(entry, why)) {
			verb_complain("remove", entry->path, why);
			status = EXIT_FAILED;
		} else if (!status) {
			record(entry, args->force ? "--force was given" : NULL);
			printf("restored: ");
			print_entry(entry);
		}
	}
	quarantine_list_free(&list);
	close(lock);
	return status;
}
