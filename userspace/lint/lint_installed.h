/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of this system that carry signatures. */
#ifndef INTERDICT_LINT_INSTALLED_H
#define INTERDICT_LINT_INSTALLED_H

#include <stddef.h>

#include "kmod/abi.h"

/* A disk that is cold and slow gives some thousand files in that time: all modules of a kernel. */
#define LINT_INSTALLED_SECONDS 10U

/*
 * The claims of what is installed under @root ("" is this system): kernel images and EFI programs
 * in /boot, /usr/lib/shim and /usr/lib/grub, the running kernel's modules (not the compressed ones:
 * their signatures are inside), and the signatures in security.ima of what is in /usr/bin and
 * /usr/sbin. Calls @meet for each file that has a claim; path and claims are valid during the call
 * only.
 *
 * Looks at files for @seconds; where that was too short, the path of the first that
 * was not looked at goes to @cut (cut short), else "". What cannot be read is left out. Returns 0
 * or -ENOMEM.
 */
int lint_installed(const char *root, unsigned int seconds,
		   void (*meet)(void *context, const char *path,
				const struct interdict_claims *claims),
		   void *context, char *cut, size_t cut_size);

#endif
