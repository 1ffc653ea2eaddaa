// SPDX-License-Identifier: GPL-2.0-or-later
#include "event_record.h"

#include <string.h>

#include "subject/claim_text.h"

static const size_t text_max[] = {
	[INTERDICT_TEXT_PATH] = INTERDICT_PATH_LEN,	 [INTERDICT_TEXT_REAL] = INTERDICT_PATH_LEN,
	[INTERDICT_TEXT_EXE] = INTERDICT_EXE_LEN,	 [INTERDICT_TEXT_ARGS] = INTERDICT_ARGS_LEN,
	[INTERDICT_TEXT_EXEC_ARGS] = INTERDICT_ARGS_LEN,
};
_Static_assert(sizeof(text_max) / sizeof(*text_max) == INTERDICT_TEXT_COUNT, "a length each");

static size_t claims_len(const struct interdict_event *event)
{
	return event->file.ids.claims ? sizeof(struct interdict_claims) : 0;
}

const struct interdict_claims *event_claims(const struct interdict_event *event)
{
	static const struct interdict_claims none;

	return claims_len(event) ? (const void *)event->data : &none;
}

const char *event_text(const struct interdict_event *event, enum interdict_text text, size_t *len)
{
	size_t at = claims_len(event);

	for (int i = 0; i < (int)text; i++)
		if (event->text[i] > 0)
			at += (size_t)event->text[i];
	*len = event->text[text] > 0 ? (size_t)event->text[text] : 0;
	return *len ? event->data + at : NULL;
}

/* Of all that is behind the fixed part each is as long as may be, and together they are all. */
static bool is_data_sane(const struct interdict_event *event, size_t len)
{
	size_t sum = claims_len(event);

	if (event->data_len > INTERDICT_DATA_MAX || len - INTERDICT_EVENT_HEAD < event->data_len ||
	    event->data_len < sum)
		return false;
	for (int i = 0; i < INTERDICT_TEXT_COUNT; i++) {
		if (event->text[i] <= 0)
			continue;
		if ((size_t)event->text[i] > text_max[i])
			return false;
		sum += (size_t)event->text[i];
	}
	return sum == event->data_len && claims_are_sane(event_claims(event));
}

bool event_is_sane(const void *data, size_t len)
{
	const struct interdict_event *event = data;

	return len >= INTERDICT_EVENT_HEAD && event->kind >= INTERDICT_EVENT_DENIED &&
	       event->kind <= INTERDICT_EVENT_TAMPER &&
	       event->tamper.what < INTERDICT_TAMPER_COUNT && event->op < INTERDICT_OP_COUNT &&
	       event->rule < INTERDICT_KIND_COUNT && event->via < INTERDICT_KIND_PACKAGE &&
	       (event->rule == INTERDICT_KIND_PACKAGE) == (event->via != 0) &&
	       event->also_count <= INTERDICT_ALSO &&
	       event->process.parents_count <= INTERDICT_PARENTS &&
	       event->file.ids.build_id_len <= INTERDICT_BUILD_ID_MAX && is_data_sane(event, len);
}

void event_put_claims(struct interdict_event *event, const struct interdict_claims *claims)
{
	memcpy(event->data, claims, sizeof(*claims));
	event->data_len = sizeof(*claims);
	event->file.ids.claims = claims->count;
}

void event_put_text(struct interdict_event *event, enum interdict_text text, const void *bytes,
		    size_t len)
{
	memcpy(event->data + event->data_len, bytes, len);
	event->text[text] = (int32_t)len;
	event->data_len += (uint32_t)len;
}
