/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lists of what is bad, as others publish them, to orders.
 *
 *	import_read()		a file of one of the formats to rows, each refused one counted
 *	import_order_text()	the rows as an order
 *	import_store()		order and lists into a policy's directory
 *
 * A row is one identifier that may be banned. Nothing is dropped silently: every row, rule,
 * attribute or alternative of a pattern that a file has is counted in `seen`, and
 *
 *	seen = imported + duplicates + the sum of refused[]
 *
 * A ban is never broader than what the file says: what is bad only together with something else
 * (a name, a place, a time) is refused. Nothing here prints.
 */
#ifndef INTERDICT_IMPORT_H
#define INTERDICT_IMPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "policy/policy.h"

/* ---- limits, each with its reason ---- */

/* A file of lines: MalwareBazaar's full export is below 1 GiB; a list of a policy is, too. */
#define IMPORT_BYTES_MAX (4ULL << 30)
/* A JSON file, which is in memory as a whole: a million STIX indicators are about 700 MB. */
#define IMPORT_JSON_BYTES_MAX (1ULL << 30)
/* Rows kept: a policy's lists hold no more (POLICY_TOTAL_BYTES_MAX by 66 bytes a line). */
#define IMPORT_ROWS_MAX 16000000U
/* A line, or a record of CSV: what is longer holds no hash of a file. */
#define IMPORT_LINE_MAX 65536U
/* Bytes of a row's name or reference that are kept: for people. */
#define IMPORT_NOTE_MAX 200
/* Hashes that stand in the order itself where there is a directory for lists: what people read. */
#define IMPORT_INLINE_MAX 256U
/* Hash lists of an order: POLICY_TOTAL_BYTES_MAX by POLICY_LIST_BYTES_MAX, and one begun. */
#define IMPORT_LISTS_MAX 3U

/* ---- what comes in ---- */

enum import_format {
	IMPORT_SHA256SUM,
	IMPORT_SANTA,
	IMPORT_STIX,
	IMPORT_MISP,
	IMPORT_ABUSECH,
	IMPORT_BLACKLIST,
	IMPORT_FORMAT_COUNT,
};

const char *import_format_name(enum import_format format);
/* "sha256sum" and so on to *@format. Returns 0 or -EINVAL. */
int import_format_parse(const char *name, enum import_format *format);
/* Whether files of this format may name a title and a reference for an order. */
bool import_format_has_title(enum import_format format);

/* Where bytes come from. read: as read(2), but -errno; 0 at the end. */
struct import_source {
	ssize_t (*read)(struct import_source *source, void *buf, size_t len);
	int fd;		   /* of import_source_fd() */
	const char *bytes; /* of import_source_memory(): what is left, borrowed */
	size_t left;
};

struct import_source import_source_fd(int fd);
struct import_source import_source_memory(const void *bytes, size_t len);

/* ---- what comes of it ---- */

/* Why a row is refused. Hashes by kind first. */
enum import_reason {
	IMPORT_MD5,
	IMPORT_SHA1,
	IMPORT_SHA224,
	IMPORT_SHA384,
	IMPORT_SHA512,
	IMPORT_SHA3,
	IMPORT_OTHER_HASH,
	IMPORT_MALFORMED,
	IMPORT_EMPTY_FILE,
	IMPORT_NOT_A_HASH,
	IMPORT_CERTIFICATE,
	IMPORT_ALLOWS,
	IMPORT_REVOKED,
	IMPORT_EXPIRED,
	IMPORT_NOT_YET,
	IMPORT_SUPERSEDED,
	IMPORT_TBS,
	IMPORT_TEAM_ID,
	IMPORT_SIGNING_ID,
	IMPORT_CDHASH,
	IMPORT_CONDITION,
	IMPORT_NO_INDICATOR,
	IMPORT_PATTERN_TYPE,
	IMPORT_NARROWER,
	IMPORT_NEGATED,
	IMPORT_PARTIAL,
	IMPORT_NEVER,
	IMPORT_COMPLEX,
	IMPORT_NOT_IDS,
	IMPORT_DELETED,
	IMPORT_OTHER_OBJECT,
	IMPORT_REASON_COUNT,
};

/* A word for programs ("md5"), and a clause for people. */
const char *import_reason_name(enum import_reason reason);
const char *import_reason_text(enum import_reason reason);

/* Where a row stands in the file; both count from 1. Of JSON, where its element begins. */
struct import_place {
	uint32_t line;
	uint32_t col;
};

enum import_kind {
	IMPORT_KIND_SHA256,
	IMPORT_KIND_CERTIFICATE, /* SHA-256 of its DER */
	IMPORT_KIND_COUNT,
};

struct import_row {
	uint8_t value[32];
	uint64_t size;	  /* bytes of the file; 0: not known */
	const char *note; /* or NULL; one line that an order may have */
	struct import_place at;
	uint8_t kind; /* enum import_kind */
	bool lifts;   /* no ban: takes back the rows before it that have the same value */
	bool gone;    /* a duplicate, or refused after it was added */
};

struct import_options {
	int64_t now; /* seconds since 1970: what has expired */
	/* Also what its source does not, or no longer, hold against a file: IMPORT_REVOKED,
	 * IMPORT_EXPIRED, IMPORT_NOT_YET, IMPORT_NOT_IDS. */
	bool all;
	/* Each of these may be NULL. A row was refused; @what is one line, for people. */
	void (*refused)(void *context, enum import_reason reason, const struct import_place *at,
			const char *what);
	/* Every so often: bytes read, and rows seen. */
	void (*progress)(void *context, uint64_t bytes, uint64_t seen);
	void *context;
};

struct import {
	enum import_format format;
	const struct import_options *options; /* borrowed */
	struct policy_errors *errs;	      /* borrowed */
	char *file;			      /* as messages show it */
	struct policy_arena *arena;	      /* of the texts */
	struct import_row *rows;	      /* in the order of the file */
	size_t n_rows;
	size_t cap;
	uint64_t seen;
	uint64_t imported; /* rows that are not gone */
	uint64_t duplicates;
	uint64_t refused[IMPORT_REASON_COUNT];
	uint64_t beside; /* other hashes of a file whose SHA-256 is there: no rows */
	size_t n_kind[IMPORT_KIND_COUNT]; /* of imported */
	uint64_t bytes;
	uint8_t digest[32]; /* SHA-256 of the file */
	/* What the file itself suggests for an order, or NULL; and what that is, for a comment. */
	const char *title;
	const char *reference;
	const char *suggested_by;
};

/*
 * Read all of @source. @file is its name in messages. Problems go to @errs: an error
 * where the file cannot be read on, a warning where it is not whole by its own account. @options
 * must live as long as the import.
 *
 * Returns 0 and *@ret (free with import_free()), also where nothing is imported; -EBADMSG: the file
 * is not of this format; -EFBIG: more than a limit, both with a problem in @errs; -ENOMEM; another
 * -errno of reading.
 */
int import_read(struct import_source *source, const char *file, enum import_format format,
		const struct import_options *options, struct import **ret,
		struct policy_errors *errs);
/* @im may be NULL. */
void import_free(struct import *im);

uint64_t import_refused(const struct import *im); /* the sum */

/* ---- the order ---- */

/* What the authority states. None may be NULL but status: "verified", "unverified" or NULL. */
struct import_head {
	const char *order;
	const char *title;
	const char *authority;
	const char *reference;
	const char *reason;
	const char *status;
	bool title_suggested;	  /* title is the import's */
	bool reference_suggested; /* reference is the import's */
};

#define IMPORT_WHY_MAX 512U

/*
 * Whether an order may have these, by the parser of orders. Returns 0; -EINVAL with a sentence in
 * @why; -ENOMEM.
 */
int import_head_check(const struct import_head *head, char why[IMPORT_WHY_MAX]);

/* A hash list: rows[first] to rows[end - 1], those of IMPORT_KIND_SHA256. */
struct import_list {
	size_t first;
	size_t end;
};

/*
 * Cut the hashes into lists of at most POLICY_LIST_BYTES_MAX. Returns their number (0 for up to
 * IMPORT_INLINE_MAX hashes: they are better in the order), or -EFBIG where they are too many for a
 * policy.
 */
int import_plan_lists(const struct import *im, struct import_list lists[IMPORT_LISTS_MAX]);
/* "lists/ID.sha256", "lists/ID-2.sha256", ... of list @i, counted from 0. */
void import_list_path(const char *order, int i, char path[POLICY_PATH_MAX + 1]);
/* Print the list. What goes wrong is in ferror(@out). */
void import_list_print(const struct import *im, const struct import_list *list, FILE *out);

/*
 * The order as text, which names @n_lists lists, or with @n_lists 0 has the hashes itself. Returns
 * 0 and *@text (to be freed) and *@len; -EFBIG where it would be longer than POLICY_TEXT_BYTES_MAX;
 * -ENOMEM.
 */
int import_order_text(const struct import *im, const struct import_head *head, int n_lists,
		      char **text, size_t *len);

/*
 * Write the order @text and @n_lists lists into the policy's directory @dir, as orders/ID.yaml and
 * import_list_path(). Each file is written aside, synced and renamed, the order last: a crash
 * leaves no part of a file, and no order without its lists. Without @replace nothing that is there
 * is overwritten.
 *
 * Returns 0; -EEXIST and other -errno with a sentence in @why.
 */
int import_store(const struct import *im, const char *dir, const char *order, bool replace,
		 const char *text, size_t len, const struct import_list *lists, int n_lists,
		 char why[IMPORT_WHY_MAX]);

#endif
