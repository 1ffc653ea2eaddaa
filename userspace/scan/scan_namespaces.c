// SPDX-License-Identifier: GPL-2.0-or-later
#include "scan_namespaces.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

struct namespaces {
	ino_t *v; /* ours, and those that came already */
	size_t n;
};

/* Whether it is new; then it is added. Returns 1, 0 or -ENOMEM. */
static int add(struct namespaces *seen, const char *process)
{
	char path[64];
	struct stat st;
	ino_t *v;

	snprintf(path, sizeof(path), "/proc/%s/ns/mnt", process);
	if (stat(path, &st))
		return 0;
	for (size_t i = 0; i < seen->n; i++)
		if (seen->v[i] == st.st_ino)
			return 0;
	v = realloc(seen->v, (seen->n + 1) * sizeof(*v));
	if (!v)
		return -ENOMEM;
	seen->v = v;
	v[seen->n++] = st.st_ino;
	return 1;
}

int scan_namespaces(int (*fn)(void *context, pid_t pid), void *context)
{
	struct namespaces seen = { 0 };
	struct dirent *entry;
	DIR *proc = opendir("/proc");
	int err;

	if (!proc)
		return -errno;
	err = add(&seen, "self");
	err = err < 0 ? err : 0;
	while (!err && (entry = readdir(proc))) {
		if (!isdigit((unsigned char)*entry->d_name))
			continue;
		err = add(&seen, entry->d_name);
		if (err > 0)
			err = fn(context, (pid_t)strtol(entry->d_name, NULL, 10));
	}
	closedir(proc);
	free(seen.v);
	return err;
}
