/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file that a person asks about, identified as the kernel does it: by the module, which may look
 * at what nobody may open; where there is no module, by the same code in this process.
 */
#ifndef INTERDICT_SUBJECT_H
#define INTERDICT_SUBJECT_H

#include <stdbool.h>
#include <stdint.h>
#include <jansson.h>

#include "kmod/abi.h"

struct subject {
	const char *path; /* borrowed */
	int fd;		  /* O_PATH */
	uint64_t size;	  /* bytes */
	bool by_module;
	/* Set before subject_identify(): whether nobody can write to it is worth finding out. Then,
	 * whether nobody could, just before and just after it was read. Never of another user's
	 * file without CAP_LEASE. */
	bool settle, settled;
	char why[160]; /* why it was not identified, or "" */
};

/*
 * Open @path. Returns 0 and fills *@subject (subject_close()), or -errno with subject->why a
 * sentence: it is not there, or is no regular file (-EINVAL).
 */
int subject_open(const char *path, struct subject *subject);
void subject_close(struct subject *subject);

/* Open it for reading, where that is allowed. Returns a descriptor of the caller's, or -errno. */
int subject_open_content(const struct subject *subject);

/*
 * Identify it. @want: INTERDICT_ID_*. Returns 0 and fills *@identity, of which ids.have says what
 * was found out; -EPERM: refused or not root, and there is no module to ask; another -errno. On an
 * error subject->why is a sentence, and *@identity says nothing but the size.
 */
int subject_identify(struct subject *subject, uint32_t want, struct interdict_identity *identity);
/* The same for many: @control is engine_control(), also where that is an error. */
int subject_identify_by(int control, struct subject *subject, uint32_t want,
			struct interdict_identity *identity);

/*
 * The package note (kmod/extract/package_note.h) by whom subject_identify() asked: the module, or
 * this process. Returns 0 and sets *@len, 0 where there is none; -E2BIG; another -errno.
 */
int subject_package(const struct subject *subject, char json[INTERDICT_PACKAGE_LEN], uint32_t *len);

/*
 * {"file","size","sha256","build_id","claims","provider","error"}, null where unknown; claims as
 * claims_json(). Where claims were looked for, also "signers":{"more","malformed","compressed"}:
 * INTERDICT_CLAIMS_MORE and so on, of which each says that there may be others. NULL: no memory.
 */
json_t *subject_json(const struct subject *subject, const struct interdict_identity *identity);

#endif
