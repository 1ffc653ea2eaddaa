// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lists of hashes as sha256sum(1) and its like write them (GNU coreutils manual, "md5 invocation"):
 * "HASH  NAME", "HASH *NAME", with --tag "SHA256 (NAME) = HASH", which openssl dgst writes, too;
 * and what a policy's own lists may have, "HASH SIZE" (interdict-policy(5)), or a hash alone. What
 * md5sum, sha1sum and the others write is known by its number of digits, or by its tag.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "import_internal.h"
#include "policy/policy_parse.h"

#define SHA256_DIGITS 64U

/* "ALGORITHM (NAME) = HASH", or "ALGORITHM(NAME)= HASH". Returns -ENOENT where it is neither. */
static int tagged(struct import *im, const struct import_line *line, const struct import_place *at)
{
	const char *text = line->text;
	const char *open = memchr(text, '(', line->len);
	const char *close = memrchr(text, ')', line->len);
	enum import_reason reason;
	char name[IMPORT_NOTE_MAX + 1];
	size_t kind, left, len;
	const char *hash;

	if (!open || !close || close < open || open == text)
		return -ENOENT;
	text += *text == '\\';
	kind = (size_t)(open - text);
	kind -= kind && text[kind - 1] == ' ';
	hash = close + 1;
	left = line->len - (size_t)(hash - line->text);
	for (const char *c = " = "; *c; c++) {
		if (left && *hash == *c) {
			hash++;
			left--;
		} else if (*c == '=') {
			return -ENOENT;
		}
	}
	if (!kind || kind > 16 || !left || import_hex_digits(hash, left) != left)
		return -ENOENT;
	len = (size_t)(close - open) - 1;
	snprintf(name, sizeof(name), "%.*s", len < IMPORT_NOTE_MAX ? (int)len : IMPORT_NOTE_MAX,
		 open + 1);
	reason = import_reason_of_algorithm(text, kind);
	if (reason == IMPORT_REASON_COUNT)
		return import_add_hex(im, IMPORT_KIND_SHA256, hash, left, 0, name, at);
	import_refuse(im, reason, at, "%.*s of %s", (int)kind, text, name);
	return 0;
}

/* What the parser of a policy's lists takes, and its words for what it does not. */
static int list_row(struct import *im, const struct import_line *line,
		    const struct import_place *at)
{
	struct policy_list list = { .file = im->file };
	struct policy_errors errs = { 0 };
	struct policy_row row = { .size = 0 };
	bool is_row;
	char name[IMPORT_NOTE_MAX + 1] = "";
	struct import_place bad = *at;
	const char *rest;
	int err;

	err = policy_read_list(line->text, line->len, &list, &errs);
	is_row = !err && list.n_rows;
	if (is_row)
		row = list.rows[0];
	free(list.rows);
	free(list.jumps);
	if (is_row) {
		rest = line->text + (line->text[0] == '\\') + SHA256_DIGITS + 1;
		if (row.size)
			rest = memchr(rest, ' ', line->len - (size_t)(rest - line->text));
		if (rest)
			snprintf(name, sizeof(name), "%.*s",
				 (int)(line->len - (size_t)(rest + 1 - line->text)), rest + 1);
		err = import_add(im, IMPORT_KIND_SHA256, row.sha256, row.size, name, at);
	} else if (!err) {
		bad.col = errs.n ? errs.v[0].col : 1;
		import_refuse(im, IMPORT_MALFORMED, &bad, "%s",
			      errs.n ? errs.v[0].text : "no hash");
	}
	policy_errors_free(&errs);
	return err;
}

static int one_line(struct import *im, const struct import_line *line)
{
	const struct import_place at = { line->number, 1 };
	bool escaped = line->len && line->text[0] == '\\';
	const char *text = line->text + escaped;
	size_t len = line->len - escaped;
	size_t digits = import_hex_digits(text, len);
	enum import_reason reason = import_reason_of_digits(digits);
	int err;

	if (line->cut) {
		import_refuse(im, IMPORT_MALFORMED, &at, "the line is longer than 64 KiB");
		return 0;
	}
	if (!line->len || line->text[0] == '#')
		return 0;
	if (digits == len && digits == SHA256_DIGITS && !escaped)
		return import_add_hex(im, IMPORT_KIND_SHA256, text, len, 0, NULL, &at);
	if (reason != IMPORT_MALFORMED && (digits == len || text[digits] == ' ')) {
		import_refuse(im, reason, &at, "%.*s", len < 256 ? (int)len : 256, text);
		return 0;
	}
	if (digits != SHA256_DIGITS) {
		err = tagged(im, line, &at);
		if (err != -ENOENT)
			return err;
	}
	return list_row(im, line, &at);
}

int import_sha256sum(struct import *im, struct import_input *in)
{
	struct import_line line;
	int ret;

	while ((ret = import_next_line(in, &line)) > 0) {
		ret = one_line(im, &line);
		if (ret)
			break;
	}
	return ret;
}
