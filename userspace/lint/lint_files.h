/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files that this device cannot do without. */
#ifndef INTERDICT_LINT_FILES_H
#define INTERDICT_LINT_FILES_H

#include <sys/types.h>

#include "lint_ldcache.h"
#include "policy/policy.h"

struct lint_file {
	char *path;
	const char *why; /* "PID 1": completes "... is needed: " */
	dev_t dev;
	ino_t ino;
	uint64_t size;
	bool hashed;
	uint8_t sha256[32];
	uint8_t build_id_len; /* 0: none */
	uint8_t build_id[POLICY_BUILD_ID_MAX];
	struct interdict_claims *claims; /* owned; NULL: none */
};

struct lint_files {
	struct lint_file *v;
	size_t n;
	size_t cap;
	struct lint_ldcache ldcache;
};

/*
 * Find them: programs by name, plug-ins and what these read by the directories they are in, what
 * PID 1 and this process have mapped for execution; and what all of these name, and so on: loaders,
 * libraries (lint_libraries.h), interpreters of scripts. With sizes, build-ids and claims. Files
 * that do not exist are left out. Returns 0 or -ENOMEM; lint_files_free() in either case.
 */
int lint_files_find(struct lint_files *files);
void lint_files_free(struct lint_files *files);

/* Add what the files need that are there, and what that needs. Returns 0 or -ENOMEM. */
int lint_files_follow(struct lint_files *files);

/*
 * Read @file for its SHA-256. Returns 0; another -errno where it could not be read.
 */
int lint_file_hash(struct lint_file *file);

/*
 * Add the file at @path, without what it needs; @why must live as long as @files. Returns 0, also
 * where it is there already; -ENOMEM; -E2BIG: there are too many; another -errno: it is not there,
 * or is no regular file.
 */
int lint_files_add(struct lint_files *files, const char *path, const char *why);

#endif
