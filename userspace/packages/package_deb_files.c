// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The files of dpkg's packages:
 *
 *	info/NAME.list		a path a line; info/NAME:ARCH.list where several architectures of it
 *				can be installed together
 *	diversions		three lines each: what is diverted, to where, by which package
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "package_internal.h"

#define ADMIN	   PACKAGE_DEB_ADMIN
#define DIVERSIONS ADMIN "/diversions"

struct diversion {
	const char *from, *to, *by;
};

struct diversions {
	char *text;
	struct diversion *v;
	size_t n;
};

static void diversions_free(struct diversions *diversions)
{
	free(diversions->text);
	free(diversions->v);
}

static char *cut_line(char **at)
{
	char *line = *at;
	char *feed = strchr(line, '\n');

	if (!feed)
		return NULL;
	*feed = '\0';
	*at = feed + 1;
	return line;
}

static int compare_diversions(const void *a, const void *b)
{
	return strcmp(((const struct diversion *)a)->from, ((const struct diversion *)b)->from);
}

static int read_diversions(const char *root, struct diversions *diversions,
			   char why[PACKAGE_WHY_MAX])
{
	size_t cap = 0;
	size_t len = 0;
	char *at;
	int err;

	memset(diversions, 0, sizeof(*diversions));
	err = package_deb_text(root, DIVERSIONS, &diversions->text, &len, why);
	if (err)
		return err == -ENOENT ? 0 : err;
	if (strlen(diversions->text) != len)
		return package_fail(why, -EBADMSG, DIVERSIONS ": there is a NUL in it");
	for (at = diversions->text; *at;) {
		struct diversion one = { 0 };

		one.from = cut_line(&at);
		one.to = one.from ? cut_line(&at) : NULL;
		one.by = one.to ? cut_line(&at) : NULL;
		if (!one.by || *one.from != '/' || *one.to != '/')
			return package_fail(why, -EBADMSG, DIVERSIONS " is broken");
		if (diversions->n == cap) {
			struct diversion *v = reallocarray(diversions->v, cap += 64, sizeof(*v));

			if (!v)
				return -ENOMEM;
			diversions->v = v;
		}
		diversions->v[diversions->n++] = one;
	}
	if (diversions->n)
		qsort(diversions->v, diversions->n, sizeof(*diversions->v), compare_diversions);
	return 0;
}

/* Where the file of @name that its list has at @path really is. */
static const char *divert(const struct diversions *diversions, const char *name, const char *path)
{
	const struct diversion key = { .from = path };
	const struct diversion *found;

	if (!diversions->n)
		return path;
	found = bsearch(&key, diversions->v, diversions->n, sizeof(*diversions->v),
			compare_diversions);
	return found && strcmp(found->by, name) != 0 ? found->to : path;
}

/* Read info/ID.@suffix, or as it is called where several architectures can be installed. */
static int read_info(const char *root, const struct package *package, const char *suffix,
		     char **text, size_t *len, char why[PACKAGE_WHY_MAX])
{
	char path[sizeof(ADMIN) + 2 * PACKAGE_DEB_NAME_MAX + 64];
	bool qualified = strchr(package->id, ':');
	int err;

	if (!package_deb_is_name(package->name, strlen(package->name)))
		return package_fail(why, -EBADMSG, "a package's name is none");
	snprintf(path, sizeof(path), ADMIN "/info/%s.%s", package->id, suffix);
	err = package_deb_text(root, path, text, len, why);
	if (err == -ENOENT && package->arch) {
		snprintf(path, sizeof(path), ADMIN "/info/%s%s%s.%s", package->name,
			 qualified ? "" : ":", qualified ? "" : package->arch, suffix);
		err = package_deb_text(root, path, text, len, why);
	}
	if (!err && (strlen(*text) != *len || (*len && (*text)[*len - 1] != '\n'))) {
		free(*text);
		*text = NULL;
		return package_fail(why, -EBADMSG, "%s of %.128s is cut off", path, package->id);
	}
	return err;
}

static int read_list(const char *root, const struct package *package, char **text, size_t *len,
		     char why[PACKAGE_WHY_MAX])
{
	int err = read_info(root, package, "list", text, len, why);

	if (err == -ENOENT)
		return package_fail(why, -EBADMSG, "the list of the files of %.128s is missing",
				    package->id);
	return err;
}

int package_deb_files(const char *root, const struct package *package,
		      int (*fn)(void *context, const char *path), void *context,
		      char why[PACKAGE_WHY_MAX])
{
	struct diversions diversions;
	char *text = NULL;
	size_t len = 0;
	char *line;
	char *at;
	int ret;

	ret = read_diversions(root, &diversions, why);
	if (!ret)
		ret = read_list(root, package, &text, &len, why);
	for (at = text; at && !ret && *at && (line = cut_line(&at));) {
		if (*line != '/')
			ret = package_fail(why, -EBADMSG,
					   "the list of the files of %.128s is broken",
					   package->id);
		else if (strcmp(line, "/.") != 0)
			ret = fn(context, divert(&diversions, package->name, line));
	}
	free(text);
	diversions_free(&diversions);
	return ret;
}

/* "MD5, two spaces, path from the root without its slash" (md5sum(1)). */
static bool parse_md5(const char *line, uint8_t md5[16])
{
	size_t bad;

	return strlen(line) > 34 && line[32] == ' ' && (line[33] == ' ' || line[33] == '*') &&
	       policy_parse_hex(line, 32, md5, 16, &bad) == 16;
}

int package_deb_contents(const char *root, const struct package *package,
			 int (*fn)(void *context, const struct package_content *content),
			 void *context, char why[PACKAGE_WHY_MAX])
{
	uint8_t md5[16];
	struct package_content content = { .md5 = md5 };
	char *text = NULL;
	size_t len = 0;
	char *line;
	char *at;
	int ret;

	ret = read_info(root, package, "md5sums", &text, &len, why);
	for (at = text; at && !ret && *at && (line = cut_line(&at));) {
		if (!parse_md5(line, md5))
			continue;
		/* The second of the two spaces becomes the slash. */
		line[33] = '/';
		content.path = line + 33 + (line[34] == '/');
		ret = fn(context, &content);
	}
	free(text);
	return ret;
}
