// SPDX-License-Identifier: GPL-2.0-or-later
#include "scan_mounts.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Undo the escapes of proc(5) in place: \ and three octal digits. */
static void unescape(char *text)
{
	char *out = text;

	while (*text) {
		if (text[0] == '\\' && text[1] >= '0' && text[1] <= '3' && text[2] >= '0' &&
		    text[2] <= '7' && text[3] >= '0' && text[3] <= '7') {
			*out++ = (char)((text[1] - '0') << 6 | (text[2] - '0') << 3 |
					(text[3] - '0'));
			text += 4;
		} else {
			*out++ = *text++;
		}
	}
	*out = '\0';
}

static char *copy(const char *text)
{
	char *ret = strdup(text ? text : "");

	if (ret)
		unescape(ret);
	return ret;
}

static void mount_free(struct scan_mount *mount)
{
	free(mount->root);
	free(mount->path);
	free(mount->type);
	free(mount->source);
	free(mount->options);
}

/* "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue" */
static int parse(char *line, struct scan_mount *ret)
{
	char *id, *device, *root, *path, *type, *source, *rest = line;
	struct scan_mount mount = { 0 };
	char *behind = strstr(line, " - ");

	line[strcspn(line, "\n")] = '\0';
	if (!behind)
		return -EBADMSG;
	*behind = '\0';
	behind += 3;
	id = strsep(&rest, " ");
	strsep(&rest, " ");
	device = strsep(&rest, " ");
	root = strsep(&rest, " ");
	path = strsep(&rest, " ");
	type = strsep(&behind, " ");
	source = strsep(&behind, " ");
	if (!path || sscanf(device, "%u:%u", &mount.dev_major, &mount.dev_minor) != 2)
		return -EBADMSG;
	mount.id = strtoull(id, NULL, 10);
	mount.root = copy(root);
	mount.path = copy(path);
	mount.type = copy(type);
	mount.source = copy(source);
	mount.options = copy(behind);
	if (!mount.root || !mount.path || !mount.type || !mount.source || !mount.options) {
		mount_free(&mount);
		return -ENOMEM;
	}
	*ret = mount;
	return 0;
}

static int add(struct scan_mounts *mounts, char *line)
{
	struct scan_mount *v;

	v = realloc(mounts->v, (mounts->n + 1) * sizeof(*v));
	if (!v)
		return -ENOMEM;
	mounts->v = v;
	return parse(line, &v[mounts->n]);
}

int scan_mounts_read(const char *path, struct scan_mounts *ret)
{
	struct scan_mounts mounts = { 0 };
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	int err = 0;

	if (!file)
		return -errno;
	while (!err && getline(&line, &size, file) > 0) {
		err = add(&mounts, line);
		if (!err)
			mounts.n++;
	}
	if (!err && ferror(file))
		err = -EIO;
	free(line);
	fclose(file);
	if (err)
		scan_mounts_free(&mounts);
	else
		*ret = mounts;
	return err;
}

void scan_mounts_free(struct scan_mounts *mounts)
{
	for (size_t i = 0; i < mounts->n; i++)
		mount_free(&mounts->v[i]);
	free(mounts->v);
	*mounts = (struct scan_mounts){ 0 };
}

const struct scan_mount *scan_mounts_find(const struct scan_mounts *mounts, uint64_t id)
{
	for (size_t i = 0; i < mounts->n; i++)
		if (mounts->v[i].id == id)
			return &mounts->v[i];
	return NULL;
}

const char *scan_path_below(const char *path, const char *above)
{
	size_t len = strlen(above);

	if (len == 1) /* "/" */
		return path[1] ? path : "";
	if (strncmp(path, above, len) != 0 || (path[len] && path[len] != '/'))
		return NULL;
	return path + len;
}
