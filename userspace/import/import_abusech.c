// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * CSV exports of abuse.ch (https://bazaar.abuse.ch/export/, https://threatfox.abuse.ch/export/).
 * Comments begin with #; the last one before the rows names the columns:
 *
 *	# "first_seen_utc","sha256_hash","md5_hash","sha1_hash","reporter","file_name",...
 *	# "first_seen_utc","ioc_id","ioc_value","ioc_type","threat_type","fk_malware",...
 *
 * A row of MalwareBazaar is a file, whose SHA-256 is taken; its other hashes say nothing more. One
 * of ThreatFox is a value of any type. "# Number of entries: N" at the end tells whether the file
 * is whole.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "import_internal.h"

enum column { SHA256_HASH, FILE_NAME, SIGNATURE, IOC_VALUE, IOC_TYPE, MALWARE, REFERENCE, COLUMNS };

static const char *const column_names[COLUMNS] = {
	"sha256_hash", "file_name",	    "signature", "ioc_value",
	"ioc_type",    "malware_printable", "reference",
};

struct reading {
	struct import *im;
	struct import_csv csv;
	size_t column[COLUMNS]; /* index of each, or SIZE_MAX */
	size_t n_columns;	/* 0: not named yet */
	uint64_t rows;		/* since "Number of entries" */
};

/* Whether the record in r->csv names columns that hold hashes; if so, they are known. */
static bool read_columns(struct reading *r)
{
	size_t column[COLUMNS];

	for (size_t c = 0; c < COLUMNS; c++) {
		column[c] = SIZE_MAX;
		for (size_t i = 0; i < r->csv.n && column[c] == SIZE_MAX; i++)
			if (!strcmp(r->csv.fields[i].text, column_names[c]))
				column[c] = i;
	}
	if (column[SHA256_HASH] == SIZE_MAX &&
	    (column[IOC_VALUE] == SIZE_MAX || column[IOC_TYPE] == SIZE_MAX))
		return false;
	memcpy(r->column, column, sizeof(column));
	r->n_columns = r->csv.n;
	return true;
}

static void comment(struct reading *r, const struct import_line *line)
{
	static const char entries[] = "Number of entries: ";
	char *text = line->text + 1;
	size_t len = line->len - 1;
	unsigned long long n;

	for (; len && *text == ' '; text++)
		len--;
	text[len] = '\0'; /* the line's end, or one byte of room behind the last line */
	if (strncmp(text, entries, sizeof(entries) - 1)) {
		if (import_csv_split(&r->csv, text, len))
			read_columns(r);
		return;
	}
	n = strtoull(text + sizeof(entries) - 1, NULL, 10);
	if (n != r->rows)
		policy_errors_add(r->im->errs, POLICY_WARNING, r->im->file, line->number, 1,
				  "the file says that it has %llu entries, and has %llu: it may "
				  "not be whole",
				  n, (unsigned long long)r->rows);
	r->rows = 0;
}

static const char *field(const struct reading *r, enum column c)
{
	const char *text = r->column[c] < r->csv.n ? r->csv.fields[r->column[c]].text : "";

	return !strcmp(text, "n/a") || !strcmp(text, "None") ? "" : text;
}

/* "a, b" of two texts that may be empty. */
static void join(char note[2 * IMPORT_NOTE_MAX], const char *a, const char *b)
{
	snprintf(note, (size_t)2 * IMPORT_NOTE_MAX, "%.*s%s%.*s", IMPORT_NOTE_MAX - 2, a,
		 *a && *b ? ", " : "", IMPORT_NOTE_MAX - 2, b);
}

static int threatfox(struct reading *r)
{
	const char *value = field(r, IOC_VALUE);
	const char *type = field(r, IOC_TYPE);
	const char *suffix = strstr(type, "_hash");
	enum import_reason reason;
	char note[2 * IMPORT_NOTE_MAX];

	join(note, field(r, MALWARE), field(r, REFERENCE));
	if (!suffix || suffix[5]) {
		import_refuse(r->im, IMPORT_NOT_A_HASH, &r->csv.at, "%.64s: %.256s", type, value);
		return 0;
	}
	reason = import_reason_of_algorithm(type, (size_t)(suffix - type));
	if (reason == IMPORT_REASON_COUNT)
		return import_add_hex(r->im, IMPORT_KIND_SHA256, value, strlen(value), 0, note,
				      &r->csv.at);
	import_refuse(r->im, reason, &r->csv.at, "%.64s: %.256s", type, value);
	return 0;
}

static int bazaar(struct reading *r)
{
	const char *value = field(r, SHA256_HASH);
	char note[2 * IMPORT_NOTE_MAX];

	join(note, field(r, FILE_NAME), field(r, SIGNATURE));
	return import_add_hex(r->im, IMPORT_KIND_SHA256, value, strlen(value), 0, note, &r->csv.at);
}

static int record(struct reading *r, struct import_input *in, const struct import_line *line)
{
	int err = import_csv_record(&r->csv, in, line);

	if (err)
		return err;
	/* Only the first one may be names: ThreatFox has "sha256_hash" for a value, too. */
	if (!r->n_columns && !r->csv.wrong && read_columns(r))
		return 0;
	if (!r->n_columns) {
		policy_errors_add(r->im->errs, POLICY_ERROR, r->im->file, line->number, 1,
				  "no line up to here names the columns sha256_hash, or ioc_value "
				  "and ioc_type, as exports of MalwareBazaar and ThreatFox do");
		return -EBADMSG;
	}
	r->rows++;
	if (r->csv.wrong) {
		import_refuse(r->im, IMPORT_MALFORMED, &r->csv.at, "%s", r->csv.wrong);
		return 0;
	}
	if (r->csv.n != r->n_columns) {
		import_refuse(r->im, IMPORT_MALFORMED, &r->csv.at,
			      "has %zu columns; %zu are named above", r->csv.n, r->n_columns);
		return 0;
	}
	return r->column[SHA256_HASH] != SIZE_MAX ? bazaar(r) : threatfox(r);
}

int import_abusech(struct import *im, struct import_input *in)
{
	struct reading r = { .im = im };
	struct import_line line;
	int ret;

	while ((ret = import_next_line(in, &line)) > 0) {
		if (line.len && line.text[0] == '#')
			comment(&r, &line);
		else if (line.len || line.cut)
			ret = record(&r, in, &line);
		if (ret < 0)
			break;
	}
	import_csv_free(&r.csv);
	return ret < 0 ? ret : 0;
}
