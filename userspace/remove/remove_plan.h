/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is to be removed: a plan is a JSON object, so that what a person sees, what --json prints
 *and what is kept for the case of an interruption are the same.
 *
 *	{"interdict-removal":1,"time",
 *	 "policy":{"name","serial","digest"}|null,
 *	 "steps":[{"do":"uninstall"|"quarantine"|"delete"|"stay","why":null|"a sentence",
 *		   "order","rule",
 *		   "package":{"type","name","version","arch","id","manager","user":N|null,"with":[ID]},
 *		   or
 *		   "file":{"path","sha256","size","dev","ino","names","mode","uid","gid","atime","mtime",
 *			   "ctime","id","package":ID|null}}]}
 *
 * "why" says why something stays. "with": packages that go, too, because they cannot work without
 * it; "user": whose installation of Flatpak. A file's "names" are its hard links; its "id" is its
 * name in quarantine; its "package" is the one that it came with, which stays. Names are escaped as in escape.h.
 */
#ifndef INTERDICT_REMOVE_PLAN_H
#define INTERDICT_REMOVE_PLAN_H

#include <stdbool.h>
#include <jansson.h>

#include "policy/policy.h"
#include "quarantine.h"
#include "remove_manager.h"

struct lint_files;

struct remove_plan_options {
	const char *root;	   /* "": this system; of packages' databases */
	const char *quarantine;	   /* the directory, see quarantine.h */
	const char *const *orders; /* only what these name; */
	size_t n_orders;	   /* 0: all */
	/* What this device cannot do without (interdict itself is among it), and what stays,
	 * whatever names it; NULL: nothing. */
	const struct lint_files *needed;
	bool remove_only; /* only orders that say `installed: remove` */
	/* A package that others need, which no order names, stays: nobody looked at the plan. */
	bool alone;
	bool delete; /* files are deleted */
};

/* An empty plan, by @policy (may be NULL). NULL: no memory. */
json_t *remove_plan_new(const struct policy *policy);

/*
 * Add the installed packages that orders of @policy name which are in force on @device and
 * enforced. Databases that are broken are steps that stay, with the reason. Returns 0, or -ENOMEM.
 */
int remove_plan_packages(json_t *plan, const struct policy *policy,
			 const struct policy_device *device,
			 const struct remove_plan_options *options);

/* A banned file that was found. */
struct remove_found {
	const char *path; /* bytes, absolute */
	const char *order, *rule;
	const uint8_t *sha256; /* 32 bytes; NULL: not known */
};

/* Add a file; not one that is in quarantine already. Returns 0 or -ENOMEM. */
int remove_plan_file(json_t *plan, const struct remove_found *found,
		     const struct remove_plan_options *options);

/*
 * All was added: files that are there twice, or go with a package of the plan, are taken out; of
 * others it is said whose they are. Returns 0 or -ENOMEM.
 */
int remove_plan_finish(json_t *plan, const struct remove_plan_options *options);

/* Whether an order with that ID is enforced here, and, with options->remove_only, says `installed:
 * remove`; and is one of options->orders. */
bool remove_plan_wants(const struct policy *policy, const char *id,
		       const struct policy_device *device,
		       const struct remove_plan_options *options);

/* Steps that do something. */
size_t remove_plan_todo(const json_t *plan);
/* Steps that stay. */
size_t remove_plan_stays(const json_t *plan);

/* For a person: a line or more a step. */
void remove_plan_print(const json_t *plan, FILE *out);

/* The parts of a step that doing it takes. Return 0; -EBADMSG: it has none; -ENOMEM. */
int remove_step_package(const json_t *step, struct remove_package *package);
/* file->path is to be freed by the caller, through *@path. */
int remove_step_file(const json_t *step, struct quarantine_file *file, char **path,
		     char id[QUARANTINE_ID_LEN]);

#endif
