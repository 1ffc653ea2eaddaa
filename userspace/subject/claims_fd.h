/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who signed an open file: the same claims as interdict.ko finds, for those who may read it. */
#ifndef INTERDICT_CLAIMS_FD_H
#define INTERDICT_CLAIMS_FD_H

#include "kmod/abi.h"

/*
 * The claims of the file that @fd is open for reading on, of @size bytes. @want:
 * INTERDICT_ID_FSVERITY, its digest (verified); INTERDICT_ID_SIGNERS, those of its content, of its
 * built-in fs-verity signature, of security.ima. Fills @claims whole. Returns 0, also where there
 * is none; else the errno of a read that failed, @claims then being incomplete.
 */
int claims_fd(int fd, __u64 size, __u32 want, struct interdict_claims *claims);

/* The same, of security.ima only. */
int claims_fd_ima(int fd, struct interdict_claims *claims);

#endif
