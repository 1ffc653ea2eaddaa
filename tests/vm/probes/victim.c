// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A dynamic program: "victim" alone needs libshadow.so (linked in), "victim PATH" opens PATH with
 * dlopen. Status 42 means that a banned library got in, 43 that the good one did.
 */
#include <dlfcn.h>
#include <stdio.h>

int library_answer(void);

int main(int argc, char **argv)
{
	if (argc > 1) {
		if (dlopen(argv[1], RTLD_NOW))
			return 42;
		fprintf(stderr, "%s\n", dlerror());
		return 1;
	}
	return library_answer();
}
