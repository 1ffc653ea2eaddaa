/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the formats of import share. Private to import*.c. */
#ifndef INTERDICT_IMPORT_INTERNAL_H
#define INTERDICT_IMPORT_INTERNAL_H

#include <jansson.h>

#include "import.h"
#include "policy/policy_arena.h"

/* ---- rows: import.c ---- */

/*
 * A row of @kind with @text, hex of a SHA-256 of @len bytes, is seen: added, or refused as the
 * empty file or as malformed. @size 0: not known. @note (NUL-terminated, or NULL) is any bytes, and
 * cut. Returns 0, -ENOMEM, or -EFBIG with a problem.
 */
int import_add_hex(struct import *im, enum import_kind kind, const char *text, size_t len,
		   uint64_t size, const char *note, const struct import_place *at);
/* The same of 32 bytes. */
int import_add(struct import *im, enum import_kind kind, const uint8_t value[32], uint64_t size,
	       const char *note, const struct import_place *at);
/* A row that lifts (struct import_row); not counted as seen. */
int import_add_lift(struct import *im, enum import_kind kind, const char *text, size_t len,
		    const struct import_place *at);

/* A row is seen and refused. @fmt: what it is, for people; any bytes may come of it. */
void import_refuse(struct import *im, enum import_reason reason, const struct import_place *at,
		   const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* rows[@i], which was added, is refused after all. */
void import_take_back(struct import *im, size_t i, enum import_reason reason, const char *what);
/* Hex digits that @text begins with. */
size_t import_hex_digits(const char *text, size_t len);
/* The last step: rows that are there twice, or taken back (struct import_row). 0 or -ENOMEM. */
int import_find_duplicates(struct import *im);

/* ---- kinds of hashes: import_words.c ---- */

/* By the number of hex digits, as lists of hashes without names of kinds are told apart. */
enum import_reason import_reason_of_digits(size_t digits);
/* The kind of a hash by its name: "SHA-1", "sha512/256"; IMPORT_REASON_COUNT for SHA-256. */
enum import_reason import_reason_of_algorithm(const char *name, size_t len);

/* One line that an order may have, of any @len bytes, cut to @max before what may not be there is
 * escaped. In the arena; NULL without memory, or where it is blank. */
const char *import_text(struct import *im, const char *text, size_t len, size_t max);

/* ---- input: import_input.c ---- */

/* Bytes to lines, and to a digest. */
struct import_input {
	struct import *im;
	struct import_source *source;
	struct evp_md_ctx_st *md;
	char *buf;
	size_t at, end; /* of what is left in buf */
	bool eof;
	uint32_t number; /* of the last line */
};

struct import_line {
	char *text; /* without its end; in the input's buffer until the next line */
	size_t len;
	uint32_t number;
	bool cut; /* longer than IMPORT_LINE_MAX: nothing of it is there */
};

int import_input_open(struct import_input *in, struct import *im, struct import_source *source);
void import_input_close(struct import_input *in);
/* Returns 1, 0 at the end (then im->digest is set), -EFBIG and -EBADMSG with a problem, -errno. */
int import_next_line(struct import_input *in, struct import_line *line);
/* All of it (to be freed), with a NUL behind. Returns 0, or as import_next_line(). */
int import_read_all(struct import_input *in, char **buf, size_t *len);

/* ---- JSON: import_json.c ---- */

/*
 * Parse @len bytes at @buf without ever having all of it as a tree: each element whose path is
 * paths[i] ("/response/[]/Event/Attribute/[]") is parsed alone, given to @element, and freed. What
 * is left, with empty arrays in their places, is *@rest. Syntax errors are problems with line and
 * column. Returns 0 and *@rest (json_decref()), -EBADMSG with a problem, -ENOMEM, or what @element
 * returned.
 */
typedef int (*import_element_fn)(struct import *im, void *context, size_t path,
				 const json_t *element, const struct import_place *at);
int import_json_walk(struct import *im, const char *buf, size_t len, const char *const *paths,
		     size_t n_paths, import_element_fn element, void *context, json_t **rest);

/* The string at @key, or NULL. */
const char *import_json_string(const json_t *object, const char *key);
/* true, 1, "1" and "true", as MISP writes them; @fallback where there is none of these, nor of
 * their opposites. */
bool import_json_flag(const json_t *object, const char *key, bool fallback);

/* ---- CSV: import_csv.c ---- */

/* Columns of a record: MalwareBazaar has 14, ThreatFox 15. */
#define IMPORT_CSV_FIELDS_MAX 64U

struct import_field {
	char *text; /* NUL-terminated */
	size_t len;
};

struct import_csv {
	char *record; /* of more than one line, put together */
	struct import_field fields[IMPORT_CSV_FIELDS_MAX];
	size_t n;
	struct import_place at;
	const char *wrong; /* the record cannot be read: a sentence */
};

/* Cut the line @text, which it changes, into fields. False: csv->wrong says why. */
bool import_csv_split(struct import_csv *csv, char *text, size_t len);
/*
 * The record that begins with @line, and takes more from @in where a quote is open at its end.
 * Returns 0, also where csv->wrong is set; -EBADMSG with a problem where a quote is never closed;
 * -ENOMEM; -errno.
 */
int import_csv_record(struct import_csv *csv, struct import_input *in,
		      const struct import_line *line);
void import_csv_free(struct import_csv *csv);

/* ---- STIX patterns: import_stix_pattern.c ---- */

/*
 * The alternatives of the pattern @text, of an indicator that stands at @at and has @note, to rows
 * and refusals. Returns 0, -ENOMEM or -EFBIG.
 */
int import_stix_pattern(struct import *im, const char *text, const char *note,
			const struct import_place *at);

/* ---- the formats ---- */

/* Each reads all of @in. Returns as import_read(). */
int import_sha256sum(struct import *im, struct import_input *in);
int import_santa(struct import *im, struct import_input *in);
int import_stix(struct import *im, struct import_input *in);
int import_misp(struct import *im, struct import_input *in);
int import_abusech(struct import *im, struct import_input *in);
int import_blacklist(struct import *im, struct import_input *in);

#endif
