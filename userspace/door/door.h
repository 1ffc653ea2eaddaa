/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * At the package manager's door: whether package files that are about to be unpacked are of
 * packages that orders name. Asked by hooks of the managers, before they do anything.
 *
 * Whoever installs packages is root, and root can leave the hooks out: this keeps out what comes in
 * by mistake or as a dependency, with the order's own words. What comes in all the same is found by
 * the package rules within a second, and then the kernel refuses it.
 */
#ifndef INTERDICT_DOOR_H
#define INTERDICT_DOOR_H

#include <stdio.h>

#include "packages/package.h"
#include "policy/policy.h"

/* Bytes of a path or a line that a manager gives. */
#define DOOR_LINE_MAX 65536

enum door_answer {
	DOOR_PASS,    /* no order names it, or it is no package file */
	DOOR_REFUSE,  /* an order does */
	DOOR_CLOSED,  /* the kernel refuses to open it: the file itself is banned */
	DOOR_UNKNOWN, /* it could not be read */
};

struct door_verdict {
	enum door_answer answer;
	const struct policy_order *order; /* REFUSE, of the policy */
	struct package package;		  /* REFUSE: door_verdict_clear() */
	char why[PACKAGE_WHY_MAX];	  /* UNKNOWN: a sentence without its dot */
};

/*
 * Judge the package file at @path, relative to the directory @dir (or AT_FDCWD), by the orders of
 * @policy that are in force on @device and enforced. Fills *@verdict whole.
 */
void door_judge(const struct policy *policy, const struct policy_device *device, int dir,
		const char *path, struct door_verdict *verdict);
void door_verdict_clear(struct door_verdict *verdict);

/* Called for each file that is to be unpacked, relative to @dir. Returns 0, or something to end by.
 */
typedef int (*door_file_fn)(void *context, int dir, const char *path);

/*
 * apt: what DPkg::Pre-Install-Pkgs gives on standard input, apt.conf(5): versions 2 and 3 of its
 * protocol ("VERSION n", the configuration, an empty line, a line a package), and 1, names of files
 * alone. Returns 0, what @fn returns, or -EBADMSG: it is none of these; -ENOMEM.
 */
int door_apt(FILE *in, door_file_fn fn, void *context);

/*
 * dpkg: a pre-invoke hook is not told any files; they are among the arguments of the dpkg that runs
 * it, one of the processes above @pid (ours), whose working directory counts. Every argument that
 * is a file is given, and with --recursive what is below those that are directories and named
 * *.deb. With
 * --command-fd there is nothing to see. @proc: "/proc". Returns 0; what @fn returns; -ESRCH: no
 * dpkg is above; -ENOMEM; another -errno.
 */
int door_dpkg(const char *proc, int pid, door_file_fn fn, void *context);

#endif
