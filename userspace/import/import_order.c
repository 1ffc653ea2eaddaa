// SPDX-License-Identifier: GPL-2.0-or-later
/* What was imported as the text of an order and of hash lists (interdict-policy(5)). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "import_internal.h"
#include "policy/yaml_scalar.h"

/* Bytes of a file's name in a source: with the digest, less than POLICY_STRING_MAX. */
#define FILE_NAME_MAX 200U
/* The longest line of a list but for its note: hash, size, spaces, line feed. */
#define LINE_REST_MAX 96U

static void print_hex(const uint8_t *bytes, FILE *out)
{
	static const char digits[] = "0123456789abcdef";
	char hex[64];

	for (size_t i = 0; i < 32; i++) {
		hex[2 * i] = digits[bytes[i] >> 4];
		hex[2 * i + 1] = digits[bytes[i] & 15];
	}
	fwrite(hex, 1, sizeof(hex), out);
}

static bool is_listed(const struct import_row *row)
{
	return !row->gone && !row->lifts && row->kind == IMPORT_KIND_SHA256;
}

/* ---- lists ---- */

int import_plan_lists(const struct import *im, struct import_list lists[IMPORT_LISTS_MAX])
{
	uint64_t total = POLICY_TEXT_BYTES_MAX;
	uint64_t bytes = 0;
	size_t first = 0;
	int n = 0;

	if (im->n_kind[IMPORT_KIND_SHA256] <= IMPORT_INLINE_MAX)
		return 0;
	for (size_t i = 0; i < im->n_rows; i++) {
		const struct import_row *row = &im->rows[i];
		uint64_t line = LINE_REST_MAX + (row->note ? strlen(row->note) : 0);

		if (!is_listed(row))
			continue;
		total += line;
		if (bytes + line > POLICY_LIST_BYTES_MAX) {
			if (n == IMPORT_LISTS_MAX - 1)
				return -EFBIG;
			lists[n++] = (struct import_list){ first, i };
			first = i;
			bytes = 0;
		}
		bytes += line;
	}
	if (total > POLICY_TOTAL_BYTES_MAX)
		return -EFBIG;
	lists[n++] = (struct import_list){ first, im->n_rows };
	return n;
}

void import_list_path(const char *order, int i, char path[POLICY_PATH_MAX + 1])
{
	if (i)
		snprintf(path, POLICY_PATH_MAX + 1, "lists/%.63s-%d.sha256", order, i + 1);
	else
		snprintf(path, POLICY_PATH_MAX + 1, "lists/%.63s.sha256", order);
}

static const char *base_name(const struct import *im)
{
	const char *slash = strrchr(im->file, '/');

	return slash ? slash + 1 : im->file;
}

/* The file's name with what a terminal or a line would not bear escaped; to be freed. */
static char *safe_name(const struct import *im)
{
	const char *name = base_name(im);
	size_t len = strlen(name);

	if (len > FILE_NAME_MAX)
		for (len = FILE_NAME_MAX; len && ((unsigned char)name[len] & 0xc0) == 0x80; len--)
			;
	return escape_name(name, len, ESCAPE_TERMINAL);
}

void import_list_print(const struct import *im, const struct import_list *list, FILE *out)
{
	char *name = safe_name(im);

	fprintf(out, "# from %s, sha256 ", name ? name : "");
	print_hex(im->digest, out);
	fputc('\n', out);
	free(name);
	for (size_t i = list->first; i < list->end; i++) {
		const struct import_row *row = &im->rows[i];

		if (!is_listed(row))
			continue;
		print_hex(row->value, out);
		if (row->size)
			fprintf(out, " %llu%s%s\n", (unsigned long long)row->size,
				row->note ? " " : "", row->note ? row->note : "");
		else
			fprintf(out, "  %s\n", row->note ? row->note : "-");
	}
}

/* ---- the order ---- */

static int print_key(FILE *out, const char *key, const char *text)
{
	char *scalar;
	int err = yaml_scalar(text, strlen(text), &scalar);

	if (err)
		return err;
	fprintf(out, "%s: %s\n", key, scalar);
	free(scalar);
	return 0;
}

static int print_head(const struct import *im, const struct import_head *head, FILE *out)
{
	const struct {
		const char *key, *text;
		bool suggested;
	} keys[] = {
		{ "order", head->order, false },
		{ "title", head->title, head->title_suggested },
		{ "authority", head->authority, false },
		{ "reference", head->reference, head->reference_suggested },
		{ "reason", head->reason, false },
	};

	fputs("interdict: 1\n", out);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		int err;

		if (keys[i].suggested)
			fprintf(out, "# as %s has it:\n", im->suggested_by);
		err = print_key(out, keys[i].key, keys[i].text);
		if (err)
			return err;
	}
	fputs("match:\n", out);
	return 0;
}

int import_head_check(const struct import_head *head, char why[IMPORT_WHY_MAX])
{
	struct import_head plain = *head;
	struct policy_errors errs = { 0 };
	struct policy *policy = NULL;
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	int err = -ENOMEM;

	plain.title_suggested = plain.reference_suggested = false;
	if (out) {
		err = print_head(NULL, &plain, out);
		fprintf(out, "  - sha256: %064d\n", 1);
		if (fclose(out) && !err)
			err = -ENOMEM;
	}
	if (err == -EBADMSG || err == -EILSEQ) {
		snprintf(why, IMPORT_WHY_MAX,
			 "an order is UTF-8, and its texts are one line each, without control "
			 "characters and characters that change the direction of text");
		err = -EINVAL;
	} else if (!err) {
		err = policy_parse_order(text, len, "order", 0, &policy, &errs);
		if (err == -EBADMSG) {
			snprintf(why, IMPORT_WHY_MAX, "%s",
				 errs.n ? errs.v[0].text : "this is no order");
			err = -EINVAL;
		}
	}
	policy_free(policy);
	policy_errors_free(&errs);
	free(text);
	return err;
}

/* What an auditor asks first: from where, how many, and what of it is not here. */
static void print_account(const struct import *im, const char *name, FILE *out)
{
	fprintf(out, "# Made by `interdict import %s` from %s,\n# sha256 ",
		import_format_name(im->format), name);
	print_hex(im->digest, out);
	fprintf(out, ".\n# Rows: %llu; imported %llu, duplicates %llu, refused %llu\n",
		(unsigned long long)im->seen, (unsigned long long)im->imported,
		(unsigned long long)im->duplicates, (unsigned long long)import_refused(im));
	for (size_t r = 0; r < IMPORT_REASON_COUNT; r++)
		if (im->refused[r])
			fprintf(out, "#   %llu: %s\n", (unsigned long long)im->refused[r],
				import_reason_text((enum import_reason)r));
}

static void print_remark(FILE *out, const char *source, const char *status)
{
	fprintf(out, "    source: %s\n", source);
	if (status)
		fprintf(out, "    status: %s\n", status);
}

static int print_row(const struct import_row *row, const char *source, const char *status,
		     FILE *out)
{
	int err = 0;

	fputs(row->kind == IMPORT_KIND_SHA256 ? "  - sha256: " : "  - certificate: der:", out);
	print_hex(row->value, out);
	fputc('\n', out);
	if (row->size)
		fprintf(out, "    size: %llu\n", (unsigned long long)row->size);
	if (row->note)
		err = print_key(out, "    note", row->note);
	print_remark(out, source, status);
	return err;
}

static int print_match(const struct import *im, const struct import_head *head, int n_lists,
		       const char *source, FILE *out)
{
	char path[POLICY_PATH_MAX + 1];
	int err = 0;

	for (int i = 0; i < n_lists; i++) {
		import_list_path(head->order, i, path);
		fprintf(out, "  - list: %s\n", path);
		print_remark(out, source, head->status);
	}
	for (size_t i = 0; !err && i < im->n_rows; i++) {
		const struct import_row *row = &im->rows[i];

		if (row->gone || row->lifts || (n_lists && row->kind == IMPORT_KIND_SHA256))
			continue;
		err = print_row(row, source, head->status, out);
		if (ftell(out) > (long)POLICY_TEXT_BYTES_MAX)
			err = -EFBIG;
	}
	return err;
}

/* "NAME, sha256 HEX" as a scalar; to be freed. */
static char *source_of(const struct import *im, const char *name)
{
	char *text = NULL;
	char *scalar = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	fprintf(out, "%s, sha256 ", name);
	print_hex(im->digest, out);
	if (!fclose(out) && yaml_scalar(text, len, &scalar))
		scalar = NULL;
	free(text);
	return scalar;
}

int import_order_text(const struct import *im, const struct import_head *head, int n_lists,
		      char **ret, size_t *ret_len)
{
	char *name = safe_name(im);
	char *source = name ? source_of(im, name) : NULL;
	char *text = NULL;
	size_t len = 0;
	FILE *out = source ? open_memstream(&text, &len) : NULL;
	int err = -ENOMEM;

	if (out) {
		print_account(im, name, out);
		err = print_head(im, head, out);
		if (!err)
			err = print_match(im, head, n_lists, source, out);
		if (fclose(out) && !err)
			err = -ENOMEM;
	}
	free(source);
	free(name);
	if (!err && len > POLICY_TEXT_BYTES_MAX)
		err = -EFBIG;
	if (err) {
		free(text);
		return err;
	}
	*ret = text;
	*ret_len = len;
	return 0;
}
