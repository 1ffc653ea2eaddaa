// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dpkg's database, as dpkg(1) and deb-control(5) describe it, and dpkg 1.21 writes it:
 *
 *	status			a stanza for each package it ever knew
 *	updates/NNNN		stanzas that are newer, in the order of their numbers; a process
 *that installs writes these, and the status file at its end
 *
 * Files: package_deb_files.c.
 * Read by ourselves and not by libdpkg: that ends the process on a broken file, and its interface
 *is not stable.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control.h"
#include "package_internal.h"

#define ADMIN	PACKAGE_DEB_ADMIN
#define STATUS	ADMIN "/status"
#define UPDATES ADMIN "/updates"

/* A process that installs leaves at most some hundred, then writes the status file. */
#define UPDATES_MAX 10000
/* How often a database that changes while it is read is read again. */
#define TRIES_MAX 16

bool package_deb_is_name(const char *text, size_t len)
{
	size_t i;

	if (!len || len > PACKAGE_DEB_NAME_MAX || !isalnum((unsigned char)text[0]))
		return false;
	for (i = 0; i < len; i++)
		if (!isalnum((unsigned char)text[i]) && !strchr("+-._", text[i]))
			return false;
	return true;
}

static char *field_of(const struct control *control, enum control_field field, bool *ok)
{
	char *text;

	if (!control->of[field].text || !control->of[field].len)
		return NULL;
	text = package_field(control->of[field].text, control->of[field].len);
	*ok &= text != NULL;
	return text;
}

int package_deb_from_control(const struct control *control, struct package *ret,
			     char why[PACKAGE_WHY_MAX])
{
	struct package package = { .type = PACKAGE_DEB };
	bool ok = true;

	if (!control->of[CONTROL_PACKAGE].text)
		return package_fail(why, -EBADMSG, "a package has no name");
	if (!package_deb_is_name(control->of[CONTROL_PACKAGE].text,
				 control->of[CONTROL_PACKAGE].len))
		return package_fail(why, -EBADMSG, "a package's name is none");
	if (control->of[CONTROL_ARCHITECTURE].len &&
	    !package_deb_is_name(control->of[CONTROL_ARCHITECTURE].text,
				 control->of[CONTROL_ARCHITECTURE].len))
		return package_fail(why, -EBADMSG, "a package's architecture is none");
	package.name = field_of(control, CONTROL_PACKAGE, &ok);
	package.version = field_of(control, CONTROL_VERSION, &ok);
	package.arch = field_of(control, CONTROL_ARCHITECTURE, &ok);
	package.maintainer = field_of(control, CONTROL_MAINTAINER, &ok);
	package.vendor = field_of(control, CONTROL_VENDOR, &ok);
	package.origin = field_of(control, CONTROL_ORIGIN, &ok);
	package.source = field_of(control, CONTROL_SOURCE, &ok);
	if (ok && package.source) /* "name (version)" where that is another */
		package.source[strcspn(package.source, " (")] = '\0';
	if (ok && !package.source)
		ok = (package.source = strdup(package.name)) != NULL;
	if (ok && package.arch && control_is(control, CONTROL_MULTI_ARCH, "same"))
		ok = asprintf(&package.id, "%s:%s", package.name, package.arch) >= 0;
	else if (ok)
		ok = (package.id = strdup(package.name)) != NULL;
	if (!ok) {
		package_clear(&package);
		return -ENOMEM;
	}
	*ret = package;
	return 0;
}

/* ---- status and updates ---- */

/* What a stanza says; packages that have no files are kept while updates may change them. */
struct row {
	struct package package;
	bool installed; /* has files on the disk */
	bool same;	/* Multi-Arch: same */
	size_t turn;	/* of two rows of a package the later counts */
};

struct rows {
	struct row *v;
	size_t n, cap;
};

static void rows_free(struct rows *rows)
{
	size_t i;

	for (i = 0; i < rows->n; i++)
		package_clear(&rows->v[i].package);
	free(rows->v);
}

/* "Status: want flag status" (dpkg(1), PACKAGE STATES). */
static int read_state(const struct control *control, bool *installed, char why[PACKAGE_WHY_MAX])
{
	static const char *const states[] = { "not-installed",	  "config-files",
					      "half-installed",	  "unpacked",
					      "half-configured",  "triggers-awaited",
					      "triggers-pending", "installed" };
	const char *text = control->of[CONTROL_STATUS].text;
	size_t len = control->of[CONTROL_STATUS].len;
	size_t i;

	if (!text)
		return package_fail(why, -EBADMSG, "%s:%zu: a package has no status", STATUS,
				    control->line);
	while (len && text[len - 1] != ' ')
		len--;
	text += len;
	len = control->of[CONTROL_STATUS].len - len;
	for (i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (strlen(states[i]) == len && !memcmp(states[i], text, len)) {
			*installed = i >= 2;
			return 0;
		}
	return package_fail(why, -EBADMSG, "%s:%zu: a package's status is none", STATUS,
			    control->line);
}

static int add_row(struct rows *rows, const struct control *control, const char *path,
		   char why[PACKAGE_WHY_MAX])
{
	struct row row = { .same = control_is(control, CONTROL_MULTI_ARCH, "same"),
			   .turn = rows->n };
	char what[PACKAGE_WHY_MAX];
	int err;

	if (rows->n >= PACKAGES_MAX)
		return package_fail(why, -EBADMSG, "%s has more than %u packages", path,
				    PACKAGES_MAX);
	err = read_state(control, &row.installed, why);
	if (err)
		return err;
	if (rows->n == rows->cap) {
		size_t cap = rows->cap ? rows->cap * 2 : 1024;
		struct row *v = reallocarray(rows->v, cap, sizeof(*v));

		if (!v)
			return -ENOMEM;
		rows->v = v;
		rows->cap = cap;
	}
	err = package_deb_from_control(control, &row.package, what);
	if (err == -EBADMSG)
		return package_fail(why, err, "%s:%zu: %.128s", path, control->line, what);
	if (err)
		return err;
	rows->v[rows->n++] = row;
	return 0;
}

static int read_stanzas(const char *path, const char *text, size_t len, bool update,
			struct rows *rows, char why[PACKAGE_WHY_MAX])
{
	struct control_reader reader;
	struct control control;
	int err;

	control_begin(&reader, text, len, update);
	while ((err = control_next(&reader, &control)) == 1) {
		err = add_row(rows, &control, path, why);
		if (err)
			return err;
	}
	if (err)
		return package_fail(why, err, "%s:%zu: %s", path, reader.why_line, reader.why);
	return 0;
}

int package_deb_text(const char *root, const char *path, char **text, size_t *len,
		     char why[PACKAGE_WHY_MAX])
{
	int err = package_read_below(root, path, PACKAGE_FILE_MAX, text, len);

	if (err && err != -ENOENT && err != -ENOMEM)
		return package_fail(why, -EBADMSG, "%s: %s", path, strerror(-err));
	return err;
}

static int is_update(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return len && len < 10 && strspn(entry->d_name, "0123456789") == len;
}

static int read_updates(const char *root, struct rows *rows, char why[PACKAGE_WHY_MAX])
{
	char path[sizeof(UPDATES) + 16];
	struct dirent **entries = NULL;
	int dir;
	int err = 0;
	int n;
	int i;

	dir = package_open_below(root, UPDATES, O_RDONLY | O_DIRECTORY);
	if (dir == -ENOENT)
		return 0;
	if (dir < 0)
		return package_fail(why, -EBADMSG, UPDATES ": %s", strerror(-dir));
	n = scandirat(dir, ".", &entries, is_update, alphasort);
	if (n < 0 || n > UPDATES_MAX)
		err = package_fail(why, n < 0 && errno == ENOMEM ? -ENOMEM : -EBADMSG,
				   UPDATES ": %s", n < 0 ? strerror(errno) : "too many");
	for (i = 0; i < n; i++) {
		char *text = NULL;
		size_t len = 0;

		snprintf(path, sizeof(path), UPDATES "/%.10s", entries[i]->d_name);
		free(entries[i]);
		if (err)
			continue;
		err = package_deb_text(root, path, &text, &len, why);
		if (err == -ENOENT)
			err = -EAGAIN;
		if (!err)
			err = read_stanzas(path, text, len, true, rows, why);
		free(text);
	}
	free(entries);
	close(dir);
	return err;
}

/* Instances of one name that can be there together are told apart by their architectures. */
static int compare_rows(const void *a, const void *b)
{
	const struct row *x = a;
	const struct row *y = b;
	int order = strcmp(x->package.name, y->package.name);

	if (!order && x->same && y->same)
		order = strcmp(x->package.arch ? x->package.arch : "",
			       y->package.arch ? y->package.arch : "");
	if (order)
		return order;
	return x->turn < y->turn ? -1 : x->turn > y->turn;
}

static bool replaces(const struct row *row, const struct row *next)
{
	return !strcmp(row->package.name, next->package.name) &&
	       (!row->same || !next->same || !row->package.arch || !next->package.arch ||
		!strcmp(row->package.arch, next->package.arch));
}

static int take_rows(struct rows *rows, struct package_set *set)
{
	int err = 0;
	size_t i;

	if (rows->n)
		qsort(rows->v, rows->n, sizeof(*rows->v), compare_rows);
	for (i = 0; i < rows->n && !err; i++) {
		if (!rows->v[i].installed ||
		    (i + 1 < rows->n && replaces(&rows->v[i], &rows->v[i + 1])))
			continue;
		err = package_set_add(set, &rows->v[i].package);
	}
	return err;
}

/* An empty status file is a new system's, or one that was lost when the power failed. */
static bool has_lists(const char *root)
{
	int fd = package_open_below(root, ADMIN "/info", O_RDONLY | O_DIRECTORY);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	bool found = false;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	while (!found && (entry = readdir(dir))) {
		size_t len = strlen(entry->d_name);

		found = len > 5 && !strcmp(entry->d_name + len - 5, ".list");
	}
	closedir(dir);
	return found;
}

static int read_status(const char *root, struct rows *rows, char why[PACKAGE_WHY_MAX])
{
	char *text;
	size_t len;
	int err;

	err = package_deb_text(root, STATUS, &text, &len, why);
	if (err)
		return err;
	/* Whatever writes it ends every stanza with an empty line. */
	if (len && (len < 2 || memcmp(text + len - 2, "\n\n", 2) != 0))
		err = package_fail(why, -EBADMSG,
				   STATUS " is cut off: it does not end with an "
					  "empty line");
	else if (!len && has_lists(root))
		err = package_fail(why, -EBADMSG,
				   STATUS " is empty, and there are lists of installed files");
	if (!err)
		err = read_stanzas(STATUS, text, len, false, rows, why);
	free(text);
	return err;
}

/* Which status file, and which updates, are there. */
static int stamp(const char *root, struct stat st[2])
{
	static const char *const paths[2] = { STATUS, UPDATES };
	int i;

	memset(st, 0, 2 * sizeof(*st));
	for (i = 0; i < 2; i++) {
		int fd = package_open_below(root, paths[i], O_PATH);

		if (fd < 0 && i == 0)
			return fd;
		if (fd < 0)
			continue;
		fstat(fd, &st[i]);
		close(fd);
	}
	return 0;
}

static bool same_stamp(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

int package_deb_read(const char *root, struct package_set *set, char why[PACKAGE_WHY_MAX])
{
	struct stat before[2];
	struct stat after[2];
	int tries;
	int err;

	/* dpkg writes the status file, then removes the updates that are in it: what is read while
	 * it does may be neither the one nor the other. */
	for (tries = 0; tries < TRIES_MAX; tries++) {
		struct rows rows = { 0 };

		err = stamp(root, before);
		if (!err)
			err = read_status(root, &rows, why);
		if (!err)
			err = read_updates(root, &rows, why);
		if (err == -ENOENT || err == -ENOMEM) {
			rows_free(&rows);
			return err;
		}
		if (!stamp(root, after) && same_stamp(&before[0], &after[0]) &&
		    same_stamp(&before[1], &after[1]) && err != -EAGAIN) {
			if (!err)
				err = take_rows(&rows, set);
			rows_free(&rows);
			return err;
		}
		rows_free(&rows);
	}
	return package_fail(why, -EBADMSG, ADMIN " changes all the time");
}
