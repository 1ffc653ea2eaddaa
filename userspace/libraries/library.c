// SPDX-License-Identifier: GPL-2.0-or-later
#include "library.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>

static int find_functions(const struct library *library, void *handle)
{
	size_t i;

	for (i = 0; i < library->n; i++) {
		void *function = dlsym(handle, library->functions[i].name);

		if (!function)
			return -ELIBACC;
		*(void **)library->functions[i].at = function;
	}
	return 0;
}

int library_load(struct library *library, char *why, size_t size)
{
	void *handle;
	int err = 0;

	pthread_mutex_lock(&library->lock);
	if (!library->loaded) {
		handle = dlopen(library->soname, RTLD_NOW | RTLD_LOCAL);
		err = handle ? find_functions(library, handle) : -ELIBACC;
		if (err)
			snprintf(why, size, "%s (%s) cannot be loaded: %s", library->soname,
				 library->package, dlerror());
		if (err && handle)
			dlclose(handle);
		library->loaded = !err;
	}
	pthread_mutex_unlock(&library->lock);
	return err;
}
