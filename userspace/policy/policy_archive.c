// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The files of a policy in an archive. It is read by what is written: of each header name and size
 * are taken, and the header that policy_ustar.c makes of them must be the one that is there, byte
 * for byte. So there is nothing to be lenient about: no links, directories, other formats or
 * archives inside of archives, and two archives of the same files are the same bytes.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy_source.h"
#include "policy_ustar.h"

/* The header, POLICY_ORDERS_MAX orders, and three lists for each. */
#define MEMBERS_MAX 16384U
static_assert(MEMBERS_MAX >= 1 + POLICY_ORDERS_MAX, "all orders fit");

struct entry {
	char path[POLICY_PATH_MAX + 1];
	const char *data;
	size_t len;
	bool used;
};

struct archive {
	struct policy_source source;
	struct entry *entries; /* sorted */
	size_t n;
	size_t room;
};

static struct archive *of(struct policy_source *source)
{
	return (struct archive *)source;
}

static void close_archive(struct policy_source *source)
{
	free(of(source)->entries);
	free(source);
}

/* ---- the form ---- */

static const char not_ustar[] = "the content is not an archive in ustar format";

/* What is wrong with a header, in the order in which it is looked at. */
static const struct field {
	size_t offset;
	size_t len;
	const char *wrong;
} fields[] = {
#define FIELD(f, wrong)                                                            \
	{                                                                          \
		offsetof(struct ustar, f), sizeof(((struct ustar *)0)->f), (wrong) \
	}
	FIELD(name, "there is something behind its name"),
	FIELD(mode, "its mode is not 0644"),
	FIELD(uid, "its owner is not 0"),
	FIELD(gid, "its group is not 0"),
	FIELD(size, "its size is not written in eleven octal digits"),
	FIELD(mtime, "its time is not 0"),
	FIELD(linkname, "it has the target of a link"),
	FIELD(version, "its version is not 00"),
	FIELD(uname, "it has the name of an owner"),
	FIELD(gname, "it has the name of a group"),
	FIELD(devmajor, "it has the number of a device"),
	FIELD(devminor, "it has the number of a device"),
	FIELD(prefix, "its name is in two parts"),
	FIELD(pad, "there is something at the end of its header"),
	FIELD(checksum, "its checksum is wrong"),
#undef FIELD
};

static const char *wrong_type(char type)
{
	switch (type) {
	case '0':
		return NULL;
	case '1':
	case '2':
		return "is a link; an archive of a policy holds regular files only";
	case '5':
		return "is a directory; an archive of a policy holds regular files only";
	case 'g':
	case 'x':
		return "is a pax header; an archive of a policy is in ustar format";
	default:
		return "is not a regular file; an archive of a policy holds nothing else";
	}
}

static int wrong(struct policy_source *source, const char *path, const char *why)
{
	policy_source_say(source, POLICY_ERROR, path, "%s", why);
	return -EBADMSG;
}

/* The archive itself. */
static int malformed(struct policy_source *source, const char *why)
{
	policy_errors_add(source->errs, POLICY_ERROR, source->name, 0, 0, "%s", why);
	return -EBADMSG;
}

/* Returns false where it is anything but octal digits and a NUL. 11 digits are at most 8 GiB. */
static bool octal(const char *field, size_t len, uint64_t *n)
{
	*n = 0;
	for (; len > 1; len--, field++) {
		if (*field < '0' || *field > '7')
			return false;
		*n = *n << 3 | (uint64_t)(*field - '0');
	}
	return !*field;
}

static bool is_zero(const char *bytes, size_t len)
{
	return !len || (!*bytes && !memcmp(bytes, bytes + 1, len - 1));
}

/* A header's name and size; the rest is as it must be. */
static int read_header(struct policy_source *source, const struct ustar *h, char *path,
		       uint64_t *size)
{
	struct ustar canonical;
	const char *why;
	size_t i;

	if (memcmp(h->magic, "ustar", sizeof(h->magic)) != 0)
		return malformed(source, not_ustar);
	memcpy(path, h->name, sizeof(h->name));
	path[sizeof(h->name)] = '\0';
	why = wrong_type(h->type);
	if (!why && !policy_source_plain_path(path))
		why = policy_source_plain;
	if (why)
		return wrong(source, path, why);
	if (!octal(h->size, sizeof(h->size), size))
		*size = 0; /* differs below */
	ustar_fill(&canonical, path, *size);
	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (memcmp((const char *)h + fields[i].offset,
			   (const char *)&canonical + fields[i].offset, fields[i].len) != 0)
			return wrong(source, path, fields[i].wrong);
	return 0;
}

static struct entry *new_entry(struct archive *archive)
{
	size_t room = archive->room ? archive->room * 2 : 16;
	struct entry *entries;

	if (archive->n == archive->room) {
		entries = realloc(archive->entries, room * sizeof(*entries));
		if (!entries)
			return NULL;
		archive->entries = entries;
		archive->room = room;
	}
	return &archive->entries[archive->n];
}

/* The member at @*at, which is moved behind it. */
static int read_member(struct archive *archive, const char *buf, size_t len, size_t *at)
{
	struct policy_source *source = &archive->source;
	struct entry *e = new_entry(archive);
	size_t left = len - *at - USTAR_BLOCK;
	struct ustar header;
	uint64_t size;
	int order;
	int err;

	if (!e)
		return -ENOMEM;
	if (archive->n == MEMBERS_MAX)
		return malformed(source, "the archive has more than 16384 members");
	memcpy(&header, buf + *at, sizeof(header));
	err = read_header(source, &header, e->path, &size);
	if (err)
		return err;
	if (size > left || ustar_padding(size) > left - size)
		return wrong(source, e->path, "is cut off");
	e->data = buf + *at + USTAR_BLOCK;
	e->len = size;
	e->used = false;
	if (!is_zero(e->data + size, ustar_padding(size)))
		return wrong(source, e->path, "there is something between it and the next member");
	order = archive->n ? strcmp(e[-1].path, e->path) : -1;
	if (order >= 0)
		return wrong(source, e->path,
			     order ? "is not where it is sorted to by its name" : "is there twice");
	archive->n++;
	*at += USTAR_BLOCK + size + ustar_padding(size);
	return 0;
}
static_assert(MEMBERS_MAX == 16384, "as the text says");

static int read_members(struct archive *archive, const char *buf, size_t len)
{
	size_t at = 0;
	size_t end;
	int err;

	if (len < USTAR_BLOCK)
		return malformed(&archive->source, not_ustar);
	while (len - at >= USTAR_BLOCK && !is_zero(buf + at, USTAR_BLOCK)) {
		err = read_member(archive, buf, len, &at);
		if (err)
			return err;
	}
	end = at + 2 * (size_t)USTAR_BLOCK;
	end += (USTAR_RECORD - end % USTAR_RECORD) % USTAR_RECORD;
	if (!is_zero(buf + at, len - at))
		return malformed(&archive->source, "there is something behind the archive's end");
	if (len != end)
		return malformed(&archive->source,
				 "the archive does not end with the record that its end is in");
	return 0;
}

/* ---- what a directory could not hold ---- */

static int by_path(const void *a, const void *b)
{
	const struct entry *x = a;
	const struct entry *y = b;

	return strcmp(x->path, y->path);
}

static struct entry *find(struct archive *archive, const char *path, size_t len)
{
	struct entry key;

	if (len >= sizeof(key.path) || !archive->n)
		return NULL;
	memcpy(key.path, path, len);
	key.path[len] = '\0';
	return bsearch(&key, archive->entries, archive->n, sizeof(key), by_path);
}

static int check_places(struct archive *archive)
{
	const char *slash;
	size_t i;

	for (i = 0; i < archive->n; i++) {
		const char *path = archive->entries[i].path;

		if (strcmp(path, "policy.yaml") != 0 && strncmp(path, "orders/", 7) != 0 &&
		    strncmp(path, "lists/", 6) != 0)
			return wrong(&archive->source, path, "is not part of the policy");
		for (slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/'))
			if (find(archive, path, (size_t)(slash - path)))
				return wrong(&archive->source, path,
					     "is below another member, which is a file");
	}
	return 0;
}

/* ---- the source ---- */

static int read_entry(struct policy_source *source, const char *path, size_t max, const char **buf,
		      size_t *len, char **owned, const char **why)
{
	struct entry *e = find(of(source), path, strlen(path));

	if (!e) {
		*why = "is not in the bundle";
		return -ENOENT;
	}
	if (e->len > max) {
		*why = "is too large";
		return -EFBIG;
	}
	e->used = true;
	*buf = e->data;
	*len = e->len;
	*owned = NULL;
	return 0;
}

static int list_orders(struct policy_source *source, char ***ret_paths, size_t *n)
{
	struct archive *archive = of(source);
	char **paths = calloc(archive->n + 1, sizeof(char *));
	size_t kept = 0;
	size_t i;

	for (i = 0; paths && i < archive->n; i++) {
		const char *path = archive->entries[i].path;

		if (strncmp(path, "orders/", 7) != 0)
			continue;
		if (strchr(path + 7, '/')) {
			policy_source_say(source, POLICY_ERROR, path,
					  "is not part of the policy: orders have no directories");
		} else if (policy_source_is_order(source, POLICY_ERROR, path)) {
			paths[kept] = strdup(path);
			if (!paths[kept++])
				break;
		}
	}
	if (paths && i == archive->n) {
		*ret_paths = paths;
		*n = kept;
		return 0;
	}
	while (kept)
		free(paths[--kept]);
	free(paths);
	return -ENOMEM;
}

/* Not when there are errors already: an order that could not be read did not name its lists. */
static int unused(struct policy_source *source)
{
	struct archive *archive = of(source);
	size_t i;

	for (i = 0; !source->errs->count[POLICY_ERROR] && i < archive->n; i++)
		if (!archive->entries[i].used)
			wrong(source, archive->entries[i].path,
			      "is not part of the policy: no order names this list");
	return 0;
}

static const struct policy_source_ops ops = {
	.read = read_entry,
	.orders = list_orders,
	.unused = unused,
	.close = close_archive,
};

int policy_source_archive(const char *name, const char *buf, size_t len, struct policy_errors *errs,
			  struct policy_source **ret)
{
	struct archive *archive = calloc(1, sizeof(*archive));
	int err = 0;

	if (!archive)
		return -ENOMEM;
	archive->source = (struct policy_source){
		.ops = &ops, .join = ":", .name = strdup(name), .errs = errs
	};
	if (!archive->source.name)
		err = -ENOMEM;
	if (!err)
		err = read_members(archive, buf, len);
	if (!err)
		err = check_places(archive);
	if (err) {
		policy_source_free(&archive->source);
		return err;
	}
	*ret = &archive->source;
	return 0;
}
