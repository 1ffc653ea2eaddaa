// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Imports: the first byte chooses the format. Beyond not crashing: a file is imported or has a
 * problem, every row is accounted for, a hash that is imported is in the file, and the order that
 * comes of it is one that the parser of orders takes without a problem, with a rule for each row.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "userspace/import/import.h"
#include "userspace/policy/policy_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
	if (!condition)
		abort();
}

static void refused(void *context, enum import_reason reason, const struct import_place *at,
		    const char *what)
{
	uint64_t *counts = context;

	require(reason < IMPORT_REASON_COUNT && at->line && at->col && what);
	counts[reason]++;
}

/* The row's digits stand somewhere in the file, in either case. JSON may write any as \u00xx. */
static void check_row(const struct import *im, const struct import_row *row, const uint8_t *data,
		      size_t size)
{
	char hex[65];

	require(row->kind < IMPORT_KIND_COUNT && row->at.line && row->at.col);
	require(row->size <= INT64_MAX);
	for (size_t i = 0; i < sizeof(row->value); i++)
		sprintf(hex + 2 * i, "%02x", row->value[i]);
	if (im->format != IMPORT_SHA256SUM && im->format != IMPORT_BLACKLIST)
		return;
	for (size_t i = 0; i + 64 <= size; i++)
		if (!strncasecmp((const char *)data + i, hex, 64))
			return;
	abort();
}

static void check_order(const struct import *im)
{
	const struct import_head head = { "o", "t", "a", "r", "w", "unverified", false, false };
	struct import_list lists[IMPORT_LISTS_MAX] = { { 0, im->n_rows } };
	struct policy_list list = { .file = "f" };
	struct policy_errors errs = { 0 };
	struct policy *policy = NULL;
	char *text = NULL;
	size_t len = 0;
	FILE *out;
	int err = import_order_text(im, &head, 0, &text, &len);

	require(!err || err == -EFBIG);
	if (!err) {
		require(!policy_parse_order(text, len, "o", 0, &policy, &errs));
		require(!errs.n && policy->n_rules == im->imported);
		policy_free(policy);
	}
	free(text);
	out = open_memstream(&text, &len);
	require(out);
	import_list_print(im, &lists[0], out);
	require(!fclose(out));
	require(!policy_read_list(text, len, &list, &errs) && !errs.n);
	require(list.n_rows == im->n_kind[IMPORT_KIND_SHA256]);
	free(list.rows);
	free(list.jumps);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t counts[IMPORT_REASON_COUNT] = { 0 };
	struct import_options how = { .now = 1704067200, .refused = refused, .context = counts };
	struct policy_errors errs = { 0 };
	struct import_source source;
	struct import *im = NULL;
	uint64_t live = 0;
	char *text;
	int ret;

	if (!size)
		return 0;
	/* A copy of its own, so that reading one byte too far is seen. */
	text = malloc(size);
	require(text);
	memcpy(text, data + 1, size - 1);
	how.all = data[0] & 0x80;
	source = import_source_memory(text, size - 1);
	ret = import_read(&source, "a\nb: #",
			  (enum import_format)((data[0] & 0x7f) % IMPORT_FORMAT_COUNT), &how, &im,
			  &errs);
	require(ret ? ret == -EBADMSG && errs.count[POLICY_ERROR] == 1 : !errs.count[POLICY_ERROR]);
	if (!ret) {
		require(im->seen == im->imported + im->duplicates + import_refused(im));
		require(!memcmp(counts, im->refused, sizeof(counts)));
		for (size_t i = 0; i < im->n_rows; i++) {
			if (im->rows[i].gone || im->rows[i].lifts)
				continue;
			check_row(im, &im->rows[i], data + 1, size - 1);
			live++;
		}
		require(live == im->imported);
		if (live)
			check_order(im);
	}
	import_free(im);
	policy_errors_free(&errs);
	free(text);
	return 0;
}
