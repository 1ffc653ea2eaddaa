/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an ELF file needs to run: its loader, and libraries by name. Private to lint_files.c. */
#ifndef INTERDICT_LINT_LIBRARIES_H
#define INTERDICT_LINT_LIBRARIES_H

#include "lint_files.h"

/*
 * Add to @files what the file at @path, open as @fd, names: PT_INTERP, and each DT_NEEDED as the
 * dynamic loader looks for it (ld.so(8)): in DT_RUNPATH or DT_RPATH with $ORIGIN, in its cache, in
 * its own directories; and beside the file, where libraries of one package are. So is looked for
 * what a note says that it loads later (libraries/library.h). All that are found are added: any may
 * be the one that is loaded. A file that is no ELF needs nothing. @why: as in lint_files_add().
 * Returns 0 or -ENOMEM.
 */
int lint_libraries_add(struct lint_files *files, int fd, const char *path, const char *why);

#endif
