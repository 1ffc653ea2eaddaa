/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text of the orders behind a refusal, read by a second thread: a policy may have a million
 * lines, and a screen must not stand still meanwhile.
 *
 * An explanation is {"orders":[...as of explain.h], "note":"a sentence"|null}: the orders of the
 * policy that the device has now with a rule for the file, as far as the event tells what the file
 * is; the order that the event names is among them, also where no rule of it matches any more.
 */
#ifndef INTERDICT_VIEW_EXPLAIN_H
#define INTERDICT_VIEW_EXPLAIN_H

#include <stdint.h>
#include <jansson.h>

#include "config.h"

struct view_explain;

/* @config must last as long. Returns 0 and sets *@ret (view_explain_free()), or -errno. */
int view_explain_new(const struct config *config, struct view_explain **ret);
/* Waits for the end of what is being read. */
void view_explain_free(struct view_explain *explain);

/* Readable when an explanation is there. */
int view_explain_fd(const struct view_explain *explain);

/*
 * Explain the event in @line by the policy at @path (NULL: the configured one), instead of what was
 * asked for before. @id comes back with the explanation. Returns 0 or -errno.
 */
int view_explain_ask(struct view_explain *explain, uint64_t id, const char *line, const char *path);

/* An explanation that is there, a new reference, with its ID; NULL: none. */
json_t *view_explain_take(struct view_explain *explain, uint64_t *id);

/* What the thread does, for tests: never NULL but without memory. */
json_t *view_explain_event(const struct config *config, const struct policy *policy,
			   const json_t *event);

#endif
