/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packages, as the databases of the package managers have them, and as a package file says of
 * itself. Plain C over files: nothing here asks a manager, runs one, or takes its locks.
 *
 *	deb		ROOT/var/lib/dpkg: status, updates/, info/NAME.list, diversions
 *	rpm		ROOT/usr/lib/sysimage/rpm or ROOT/var/lib/rpm: rpmdb.sqlite, Packages.db
 *	flatpak		ROOT/var/lib/flatpak, and .local/share/flatpak of each user's home
 *	snap		ROOT/var/lib/snapd: state.json, assertions
 *	appimage	there is no database: they are found as files
 *
 * What a field is, for each type ("-": never there):
 *
 *		name		maintainer	vendor		origin
 *	deb	Package		Maintainer	Vendor		Origin
 *	rpm	NAME		PACKAGER	VENDOR		DISTRIBUTION
 *	flatpak	application ID	-		-		the remote's name
 *	snap	name		-		the publisher's	"store", where it came from there
 *						display name
 *	appimage Name of its	-		-		update information
 *		.desktop file
 *
 * Everything in a database and in a package file is text that somebody else wrote: it is bounded
 * and has no NUL, and may be anything else (no UTF-8, control characters).
 */
#ifndef INTERDICT_PACKAGE_H
#define INTERDICT_PACKAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/policy.h"

enum package_type {
	PACKAGE_DEB,
	PACKAGE_RPM,
	PACKAGE_FLATPAK,
	PACKAGE_SNAP,
	PACKAGE_APPIMAGE,
	PACKAGE_TYPE_COUNT,
};

#define PACKAGE_TYPE_BIT(type) (1U << (type))
#define PACKAGE_TYPES_ALL      (PACKAGE_TYPE_BIT(PACKAGE_TYPE_COUNT) - 1)

/* As an order has it after `type:`. */
const char *package_type_name(enum package_type type);
/* The type of that name, or PACKAGE_TYPE_COUNT. */
enum package_type package_type_by_name(const char *name);

/* Packages of one device: a distribution has 70,000. What has more is no database. */
#define PACKAGES_MAX 500000U
/* Bytes of a field; what is longer is cut. */
#define PACKAGE_FIELD_MAX 1024U

/* Strings are NULL where the package does not say; name and id are always there. */
struct package {
	enum package_type type;
	char *name;
	char *version;
	char *arch;
	char *maintainer;
	char *vendor;
	char *origin;
	/* As the manager takes it, to remove it: deb "name" or "name:arch", rpm
	 * "name-version-release.arch", flatpak "app/ID/ARCH/BRANCH", snap "name". */
	char *id;
	/* What it was built from, with others: deb's Source, rpm's source package; snap: its file.
	 */
	char *source;
	/* The one directory that its files are in, from the root: flatpak's, snap's; else NULL. */
	char *place;
	/* The database's key of it: rpm's hnum; 0 elsewhere. */
	uint64_t key;
};

/* Free what it has; zeroed afterwards. */
void package_clear(struct package *package);
/* Returns 0 and fills *@copy (package_clear()), or -ENOMEM. */
int package_copy(const struct package *package, struct package *copy);

/* Whether it is a user's own: what it says, and what its files are, is that user's word. */
bool package_is_in_home(const struct package *package);

/* ---- databases ---- */

#define PACKAGE_HOMES "/home/"

#define PACKAGE_WHY_MAX 256

enum package_database_state {
	PACKAGE_DATABASE_ABSENT, /* there is none, or it was not asked for */
	PACKAGE_DATABASE_READ,	 /* whole */
	PACKAGE_DATABASE_BROKEN, /* it is there, and could not be read: nothing of it is known */
};

struct package_databases {
	struct {
		enum package_database_state state;
		size_t packages;
		char why[PACKAGE_WHY_MAX]; /* BROKEN: a sentence without its dot; else "" */
	} of[PACKAGE_TYPE_COUNT];
};

/* A set of packages; those of one type are next to each other, in the database's order. */
struct package_set {
	struct package *v;
	size_t n;
	size_t cap;
	struct package_databases databases;
};

/*
 * Read the databases of @types (PACKAGE_TYPE_BIT()) below @root ("" is this system). A database
 * counts whole or not at all. Returns 0 and fills *@set (package_set_free()); -EBADMSG: a database
 * is broken, see set->databases, and those of the other types are in the set; -ENOMEM, and the set
 * is empty.
 */
int package_set_read(const char *root, unsigned int types, struct package_set *set);
void package_set_free(struct package_set *set);

/*
 * Call @fn for each package of these databases. @package is valid during the call; see
 * package_copy(). @databases (may be NULL) is filled before the first call. Returns 0; what @fn
 * returns, if that is not 0, which ends it; errors as package_set_read(), after the calls for what
 * could be read.
 */
int package_each(const char *root, unsigned int types,
		 int (*fn)(void *context, const struct package *package), void *context,
		 struct package_databases *databases);

/*
 * Call @fn with the path, from the root, of everything that @package installed and that is not
 * another package's since (a diversion of dpkg's); directories and links too, where the manager
 * lists them. Many may be gone. The path is valid during the call. Returns 0; what @fn returns, if
 * that is not 0; -EBADMSG with a sentence in @why: the manager's list is missing or broken;
 * -ENOMEM.
 */
int package_files(const char *root, const struct package *package,
		  int (*fn)(void *context, const char *path), void *context,
		  char why[PACKAGE_WHY_MAX]);

/*
 * Open what is at @path below @root ("" or a directory), with @flags of open(2): links do not lead
 * out of the root; and what is in a user's home (PACKAGE_HOMES) not out of that, nor to another
 * mount, so that no server of the user's is asked: -EXDEV. Returns a descriptor of the caller's or
 * -errno.
 */
int package_open_below(const char *root, const char *path, int flags);

/* ---- rules ---- */

/*
 * Whether @package is what @rule describes: the type is the same, and every pattern that is given
 * matches the field of its name (fnmatch(3) without flags: * matches / and a leading dot, \ quotes;
 * case as it is; the whole field). What the package does not say matches no pattern.
 */
bool package_matches(const struct policy_package *rule, const struct package *package);

/* The first rule of the order that the package matches; NULL: none. */
const struct policy_rule *package_rule_of(const struct policy_order *order,
					  const struct package *package);

/* The first order of @policy that is in force on @device, enforced, and has a rule that describes
 * @package; NULL: none. */
const struct policy_order *package_banned_by(const struct policy *policy,
					     const struct policy_device *device,
					     const struct package *package);

/* ---- package files ---- */

/* Bytes of the beginning that package_file_type() looks at. */
#define PACKAGE_FILE_HEAD 32U
/* Which type of package file begins so, or PACKAGE_TYPE_COUNT: none. A squashfs image counts as a
 * snap here; package_of_file() knows better. */
enum package_type package_file_type(const uint8_t *head, size_t len);

/*
 * What the package file that @fd is open for reading on says of itself: a .deb (deb(5)), an .rpm
 * (version 3 or 4), a .flatpakref or Flatpak bundle, a .snap, an AppImage of type 2. The position
 * of @fd does not matter and stays. Returns 0 and fills *@package (package_clear(); id as after an
 * installation, as far as that can be told); -ENODATA: no package file; -EBADMSG with a sentence in
 * @why: it is one, and broken; -EOPNOTSUPP with a sentence: it is one of a sort that is not read (a
 * snap compressed by LZO, an AppImage of type 1: what they are is known by their content alone), or
 * the library that unpacks it cannot be had; -ENOMEM; another -errno: it could not be read.
 */
int package_of_file(int fd, struct package *package, char why[PACKAGE_WHY_MAX]);

#endif
