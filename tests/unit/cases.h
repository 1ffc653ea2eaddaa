/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parser said of a text, for tests/schema: a JSON line each is appended to the file that
 * INTERDICT_CASES names, where that is set. "text" is hex, as tests have texts that are no UTF-8.
 */
#ifndef INTERDICT_TEST_CASES_H
#define INTERDICT_TEST_CASES_H

#include <errno.h>
#include <stdlib.h>
#include <jansson.h>

#include "userspace/events/event_line.h"
#include "userspace/policy/policy.h"

/* @document: "policy" or "order". @ret: what the parser returned, with @errs. Other errors than a
 * wrong text are nobody's case. */
static inline void case_note(const char *document, const char *text, size_t len, int ret,
			     const struct policy_errors *errs)
{
	const char *path = getenv("INTERDICT_CASES");
	json_t *said = json_array();
	json_t *line;
	char *hex;
	FILE *f;
	size_t i;

	if (!path || (ret && ret != -EBADMSG)) {
		json_decref(said);
		return;
	}
	hex = malloc(2 * len + 1);
	f = fopen(path, "a");
	if (!hex || !f)
		abort();
	event_hex((const uint8_t *)text, len, hex);
	for (i = 0; i < errs->n; i++)
		json_array_append_new(said, json_string(errs->v[i].text));
	line = json_pack("{s:s, s:b, s:o, s:s}", "document", document, "accepted", !ret, "said",
			 said, "text", hex);
	if (json_dumpf(line, f, JSON_COMPACT) || fputc('\n', f) == EOF || fclose(f))
		abort();
	json_decref(line);
	free(hex);
}

#endif
