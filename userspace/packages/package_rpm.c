// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * RPM's database: a header (rpm_header.h) for each package.
 *
 *	rpmdb.sqlite	table Packages: hnum, blob (Fedora since 33, RHEL since 9, Debian)
 *	Packages.db	RPM's own "ndb" (SUSE): package_rpm_ndb.c
 *	Packages	Berkeley DB (RHEL up to 8): not read, and said
 *
 * Read by ourselves and not by librpm: that runs what its configuration says (Lua, shell), and
 *takes the process's signals; and the header has to be read for package files anyway.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libraries/library_sqlite.h"
#include "package_internal.h"
#include "package_rpm.h"

/* A transaction of rpm's holds the database for moments. */
#define BUSY_MS 5000

static const char *const places[] = { "/usr/lib/sysimage/rpm", "/var/lib/rpm" };

/* ---- sqlite ---- */

static bool is_there(int dir, const char *name, off_t more_than)
{
	struct stat st;

	return !fstatat(dir, name, &st, 0) && st.st_size > more_than;
}

/* @immutable: for a file system that cannot be written to, where nobody else writes, either. */
static int open_sqlite(int dir, bool immutable, sqlite3 **db)
{
	char uri[96];

	snprintf(uri, sizeof(uri), "file:/proc/self/fd/%d/rpmdb.sqlite%s", dir,
		 immutable ? "?immutable=1" : "");
	return libsqlite.open_v2(uri, db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL);
}

static int sqlite_fail(sqlite3 *db, int code, char why[PACKAGE_WHY_MAX])
{
	if (code == SQLITE_NOMEM)
		return -ENOMEM;
	return package_fail(why, -EBADMSG, "rpmdb.sqlite: %.200s",
			    db ? libsqlite.errmsg(db) : libsqlite.errstr(code));
}

static int each_row(sqlite3 *db, uint64_t key, package_rpm_fn fn, void *context,
		    char why[PACKAGE_WHY_MAX])
{
	sqlite3_stmt *statement = NULL;
	int code;
	int ret = 0;

	libsqlite.busy_timeout(db, BUSY_MS);
	code = libsqlite.prepare_v2(db,
				    key ? "SELECT hnum, blob FROM Packages WHERE hnum = ?" :
					  "SELECT hnum, blob FROM Packages ORDER BY hnum",
				    -1, &statement, NULL);
	if (code == SQLITE_OK && key)
		code = libsqlite.bind_int64(statement, 1, (sqlite3_int64)key);
	while (code == SQLITE_OK || code == SQLITE_ROW) {
		code = libsqlite.step(statement);
		if (code != SQLITE_ROW)
			break;
		ret = fn(context, (uint64_t)libsqlite.column_int64(statement, 0),
			 libsqlite.column_blob(statement, 1),
			 (size_t)libsqlite.column_bytes(statement, 1));
		if (ret)
			break;
	}
	if (!ret && code != SQLITE_DONE)
		ret = sqlite_fail(db, code, why);
	libsqlite.finalize(statement);
	return ret;
}

static int each_sqlite(int dir, uint64_t key, package_rpm_fn fn, void *context,
		       char why[PACKAGE_WHY_MAX])
{
	char missing[LIBRARY_WHY_MAX];
	sqlite3 *db = NULL;
	int code;
	int ret;

	if (library_sqlite(missing, sizeof(missing)))
		return package_fail(why, -EBADMSG, "rpmdb.sqlite cannot be read: %s", missing);
	code = open_sqlite(dir, false, &db);
	/* Opening reads nothing; this does. */
	if (code == SQLITE_OK)
		code = libsqlite.exec(db, "SELECT count(*) FROM sqlite_master", NULL, NULL, NULL);
	if ((code == SQLITE_CANTOPEN || code == SQLITE_READONLY) &&
	    !is_there(dir, "rpmdb.sqlite-wal", 0)) {
		libsqlite.close(db);
		db = NULL;
		code = open_sqlite(dir, true, &db);
	}
	if (code == SQLITE_OK)
		ret = each_row(db, key, fn, context, why);
	else
		ret = sqlite_fail(db, code, why);
	libsqlite.close(db);
	return ret;
}

/* ---- any ---- */

int package_rpm_each(const char *root, uint64_t key, package_rpm_fn fn, void *context,
		     char why[PACKAGE_WHY_MAX])
{
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		int dir = package_open_below(root, places[i], O_RDONLY | O_DIRECTORY);
		int ret = -ENOENT;

		if (dir < 0)
			continue;
		if (is_there(dir, "rpmdb.sqlite", -1))
			ret = each_sqlite(dir, key, fn, context, why);
		else if (is_there(dir, "Packages.db", -1))
			ret = package_rpm_each_ndb(dir, key, fn, context, why);
		else if (is_there(dir, "Packages", 0))
			ret = package_fail(why, -EBADMSG,
					   "%s/Packages is a Berkeley DB, which is not read",
					   places[i]);
		close(dir);
		if (ret != -ENOENT)
			return ret;
	}
	return -ENOENT;
}

/* ---- packages ---- */

static char *copy_field(const struct rpm_header *header, enum rpm_tag tag, bool *ok)
{
	const char *text = rpm_header_string(header, tag);
	char *copy;

	if (!text || !*text || !strcmp(text, "(none)"))
		return NULL;
	copy = package_field(text, strlen(text));
	*ok &= copy != NULL;
	return copy;
}

int package_rpm_from_header(const struct rpm_header *header, struct package *ret)
{
	struct package package = { .type = PACKAGE_RPM };
	bool ok = true;
	char *version;
	char *release;

	package.name = copy_field(header, RPM_TAG_NAME, &ok);
	version = copy_field(header, RPM_TAG_VERSION, &ok);
	release = copy_field(header, RPM_TAG_RELEASE, &ok);
	package.arch = copy_field(header, RPM_TAG_ARCH, &ok);
	package.maintainer = copy_field(header, RPM_TAG_PACKAGER, &ok);
	package.vendor = copy_field(header, RPM_TAG_VENDOR, &ok);
	package.origin = copy_field(header, RPM_TAG_DISTRIBUTION, &ok);
	package.source = copy_field(header, RPM_TAG_SOURCERPM, &ok);
	if (ok && (!package.name || !version || !release)) {
		free(version);
		free(release);
		package_clear(&package);
		return -EBADMSG;
	}
	if (ok)
		ok = asprintf(&package.version, "%s-%s", version, release) >= 0;
	if (ok)
		ok = asprintf(&package.id, "%s-%s%s%s", package.name, package.version,
			      package.arch ? "." : "", package.arch ? package.arch : "") >= 0;
	free(version);
	free(release);
	if (!ok) {
		package_clear(&package);
		return -ENOMEM;
	}
	*ret = package;
	return 0;
}

struct reading {
	struct package_set *set;
	char *why;
};

static int on_package(void *context, uint64_t key, const void *blob, size_t len)
{
	const struct reading *r = context;
	struct rpm_header header;
	struct package package;
	int err = rpm_header_parse(blob, len, &header);

	if (!err)
		err = package_rpm_from_header(&header, &package);
	if (err == -EBADMSG)
		return package_fail(r->why, err, "the header of package %llu is broken",
				    (unsigned long long)key);
	if (err)
		return err;
	package.key = key;
	/* A key that packages are signed with is in the database as if it were one. */
	if (!strcmp(package.name, "gpg-pubkey")) {
		package_clear(&package);
		return 0;
	}
	err = package_set_add(r->set, &package);
	return err == -E2BIG ?
		       package_fail(r->why, -EBADMSG, "more than %u packages", PACKAGES_MAX) :
		       err;
}

int package_rpm_read(const char *root, struct package_set *set, char why[PACKAGE_WHY_MAX])
{
	struct reading reading = { set, why };

	return package_rpm_each(root, 0, on_package, &reading, why);
}

/* ---- files ---- */

struct listing {
	const struct package *package;
	int (*fn)(void *context, const char *path);
	int (*contents)(void *context, const struct package_content *content);
	void *context;
	bool found;
	char *why;
};

static int on_file(void *context, const char *path, uint64_t size, bool installed)
{
	const struct listing *l = context;
	const struct package_content content = { .path = path, .size = size };

	if (!installed)
		return 0;
	return l->fn ? l->fn(l->context, path) : l->contents(l->context, &content);
}

static int on_header(void *context, uint64_t key, const void *blob, size_t len)
{
	struct listing *l = context;
	struct rpm_header header;
	const char *name;
	int ret = rpm_header_parse(blob, len, &header);

	(void)key;
	name = ret ? NULL : rpm_header_string(&header, RPM_TAG_NAME);
	/* The database may have been built anew since: then keys are others. */
	if (ret || !name || strcmp(name, l->package->name) != 0)
		return 0;
	l->found = true;
	ret = rpm_header_files(&header, on_file, l);
	if (ret == -EBADMSG)
		return package_fail(l->why, ret, "the list of the files of %.128s is broken",
				    l->package->id);
	return ret;
}

static int list(const char *root, struct listing *l)
{
	int ret = package_rpm_each(root, l->package->key, on_header, l, l->why);

	if (ret == -ENOENT || (!ret && !l->found))
		return package_fail(l->why, -EBADMSG, "the list of the files of %.128s is missing",
				    l->package->id);
	return ret;
}

int package_rpm_files(const char *root, const struct package *package,
		      int (*fn)(void *context, const char *path), void *context,
		      char why[PACKAGE_WHY_MAX])
{
	struct listing listing = { .package = package, .fn = fn, .context = context, .why = why };

	return list(root, &listing);
}

int package_rpm_contents(const char *root, const struct package *package,
			 int (*fn)(void *context, const struct package_content *content),
			 void *context, char why[PACKAGE_WHY_MAX])
{
	struct listing listing = {
		.package = package, .contents = fn, .context = context, .why = why
	};

	return list(root, &listing);
}
