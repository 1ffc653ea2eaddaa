/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Uninstalling by the package managers. They are run as processes, with fixed arguments and a fixed
 * environment, never through a shell:
 *
 *	deb	dpkg --remove. It is told every package by name, and so does what the plan says;
 *		apt-get would choose what to remove or install beside.
 *	rpm	rpm -e
 *	flatpak	flatpak uninstall, of a user's installation as that user
 *	snap	snap remove; it keeps a snapshot of the data
 *
 * Configuration files and users' data stay, as these leave them. AppImages are files.
 */
#ifndef INTERDICT_REMOVE_MANAGER_H
#define INTERDICT_REMOVE_MANAGER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "packages/package.h"

/* Bytes of a manager's output that are kept for the record: its end. */
#define REMOVE_OUTPUT_MAX 2000
#define REMOVE_WHY_MAX	  512
/* Packages that go with one: more are a mistake in an order. */
#define REMOVE_WITH_MAX 200

#define REMOVE_SYSTEM ((uid_t)-1)

struct remove_package {
	enum package_type type;
	char *id;
	uid_t user;  /* whose installation it is in (flatpak), or REMOVE_SYSTEM */
	char **with; /* IDs of packages that cannot stay without it, and go first */
	size_t n_with;
};

void remove_package_clear(struct remove_package *package);

/* "dpkg", "rpm", "flatpak", "snap"; NULL: none. */
const char *remove_manager_name(enum package_type type);

/* Where managers are looked for: PATH. A test may set another. */
extern const char *remove_manager_path;

/*
 * Fill package->with, by asking the manager what would not work without it; nothing is changed.
 * @root: "" or where the system's root is. Returns 0; -EPERM with a sentence in @why: the manager
 * does not let it go (it is essential); -E2BIG; -ENOENT: there is no such manager here; -EIO: the
 * manager failed; -ENOMEM.
 */
int remove_manager_ask(const char *root, struct remove_package *package, char why[REMOVE_WHY_MAX]);

/*
 * Have it removed, with all that goes with it. Waits for other runs of the manager for a minute.
 * *@output: what it said, its end (free()), also on errors; NULL: nothing. Returns 0; -EIO with a
 * sentence in @why, with what to do; -ENOENT; -ENOMEM.
 */
int remove_manager_do(const char *root, const struct remove_package *package, char **output,
		      char why[REMOVE_WHY_MAX]);

/* Whose installation @package is in: Flatpak's of a user are in that user's home. Or REMOVE_SYSTEM.
 */
uid_t remove_package_user(const char *root, const struct package *package);

/* Whether the manager's database has it, in that installation: 1 or 0. -EBADMSG: that is broken,
 * with a sentence in @why; -ENOMEM. */
int remove_manager_has(const char *root, const struct remove_package *package,
		       char why[REMOVE_WHY_MAX]);

#endif
