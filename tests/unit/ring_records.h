/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records as the programs put them into the ring. */
#ifndef INTERDICT_TEST_RING_RECORDS_H
#define INTERDICT_TEST_RING_RECORDS_H

#include <string.h>

#include "userspace/events/event_record.h"

/* Put a text behind those that are there; they come in the order of enum interdict_text. */
static inline void record_text(struct interdict_event *event, enum interdict_text text,
			       const void *bytes, size_t len)
{
	memcpy(event->data + event->data_len, bytes, len);
	event->text[text] = (int)len;
	event->data_len += (unsigned int)len;
}

/* Claims come before all texts. */
static inline void record_claims(struct interdict_event *event,
				 const struct interdict_claims *claims)
{
	memcpy(event->data, claims, sizeof(*claims));
	event->data_len = sizeof(*claims);
	event->file.ids.claims = claims->count;
}

#endif
