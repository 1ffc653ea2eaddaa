/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a policy bans and this device has: files, looked for in parallel, judged by the kernel's own
 * code. Nothing is opened for reading where the module is there: it is asked about O_PATH
 * descriptors, so what nobody may open is found, and no attempt is recorded. Without it the same
 * code reads in this process.
 *
 * What is found, and what could not be looked at, goes to callbacks; nothing here prints. Memory is
 * bounded: paths are not collected, directories that wait for a thread are few.
 */
#ifndef INTERDICT_SCAN_H
#define INTERDICT_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdatomic.h>
#include <jansson.h>

#include "scan_policy.h"

struct scan_cache;
struct scan_roots;

/* More would wait for each other: what they do is mostly in the kernel. */
#define SCAN_THREADS_MAX 64U

/* Counters, each read and written by any thread at any time. */
struct scan_counts {
	_Atomic uint64_t entries; /* names seen: what a percentage is of */
	_Atomic uint64_t files;	  /* regular files */
	_Atomic uint64_t directories;
	_Atomic uint64_t identified; /* files of which something was read */
	_Atomic uint64_t hashed;     /* bytes of those that were hashed whole */
	_Atomic uint64_t remembered; /* files of which the cache knew all that was asked */
	_Atomic uint64_t linked;     /* further names of files that were looked at already */
	_Atomic uint64_t packages;   /* installed, of managers that rules ask of */
	_Atomic uint64_t processes;
	_Atomic uint64_t found; /* of these, by verdict */
	_Atomic uint64_t found_audit;
	_Atomic uint64_t unidentified; /* not all that the policy asks for could be known */
	_Atomic uint64_t problems;     /* what could not be looked at */
	_Atomic uint64_t vanished;     /* gone between being seen and being looked at */
};

/*
 * Called by any thread, one at a time. @context: the caller's. Paths are bytes, valid during the
 * call.
 */
struct scan_report {
	void *context;
	/* A finding, as scan_finding_json() makes it; borrowed. */
	void (*found)(void *context, json_t *finding);
	/* What could not be looked at, and why: a sentence; @err: an errno, negative. */
	void (*problem)(void *context, const char *path, int err, const char *why);
	/* Ten times a second while others work. */
	void (*progress)(void *context, const struct scan_counts *counts);
};

struct scan_options {
	const struct scan_policy *policy;
	struct scan_roots *roots;
	struct scan_cache *cache; /* NULL: nothing is remembered */
	unsigned int threads;	  /* 1 to SCAN_THREADS_MAX */
	int control;		  /* engine_control(), also where that is an error */
	bool remember_all;	  /* for tests: as if every file system were on a fixed disk of this
				     device (scan_filesystem.h) */
	struct scan_report report;
	/* Set it to have them stop; what is under way is finished. */
	const _Atomic bool *stop;
};

/*
 * Look at all that is below the roots. Returns 0, or -errno where no thread could be started or
 * memory was short at the beginning; all else is reported as it comes. *@counts, zeroed by the
 * caller, is whole when it returns.
 */
int scan_run(const struct scan_options *options, struct scan_counts *counts);

#endif
