/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A record of the ring (bpf/event.h), and what is behind its fixed part. */
#ifndef INTERDICT_EVENT_RECORD_H
#define INTERDICT_EVENT_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "bpf/event.h"

/* Whether @len bytes at @data (aligned to 8) are a record of the ring buffer, of lengths and kinds
 * that the programs write: it comes through memory that root can map. */
bool event_is_sane(const void *data, size_t len);

/* Of a record that is sane: a text and its length in bytes as bpf/event.h has it. NULL and 0: it is
 * not there. */
const char *event_text(const struct interdict_event *event, enum interdict_text text, size_t *len);

/* Of a record that is sane: its claims, none where it has none. Never NULL. */
const struct interdict_claims *event_claims(const struct interdict_event *event);

/* To make one: behind a fixed part with data_len 0, the claims, if there are any, and then texts in
 * the order of enum interdict_text, of at most the @len bytes that each may have. */
void event_put_claims(struct interdict_event *event, const struct interdict_claims *claims);
void event_put_text(struct interdict_event *event, enum interdict_text text, const void *bytes,
		    size_t len);

#endif
