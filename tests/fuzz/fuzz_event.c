// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Records of the ring, as root could write them, and what is in them that users choose: arguments
 * and names of control groups. No secret that says so gets through, whatever stands before it.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "events/container.h"
#include "events/event_line.h"
#include "events/event_record.h"

#define SECRET "Tr0ub4dor-and-3"

static struct event_origin origin = { .cgroup_fd = -1 };

/* The first bytes are what is behind the record's fixed part, in lengths of texts; any of the fixed
 * part may be overwritten. */
static void try_record(const uint8_t *data, size_t size)
{
	static struct interdict_event event;
	size_t rest = size < sizeof(event.data) ? size : sizeof(event.data);
	uint16_t lengths[INTERDICT_TEXT_COUNT] = { 0 };
	json_t *json;

	memset(&event, 0, sizeof(event));
	event.kind = INTERDICT_EVENT_DENIED;
	memcpy(lengths, data, size < sizeof(lengths) ? size : sizeof(lengths));
	for (int i = 0; i < INTERDICT_TEXT_COUNT; i++) {
		event.text[i] = lengths[i];
		event.data_len += lengths[i];
	}
	memcpy(event.data, data, rest);
	if (size > 64 && data[10] & 1)
		memcpy((char *)&event + data[11] * 4, data + 12, 4);
	json = event_from_kernel(&origin, &event, INTERDICT_EVENT_HEAD + rest);
	if (json)
		event_shorten(json);
	json_decref(json);
}

/* What is before a secret may use up the room for it, and may make it another's name or value; its
 * own name is there, so it must go. The first byte chooses how the secret is given. */
static void try_secrets(const uint8_t *data, size_t size)
{
	static const char *const ends[] = { "\0--password=" SECRET, "\0--token\0" SECRET,
					    "\0API_KEY=" SECRET, "\0Authorization: Bearer " SECRET,
					    "\0--url=https://me:" SECRET "@host" };
	static const size_t lengths[] = { 12 + sizeof(SECRET), 9 + sizeof(SECRET),
					  9 + sizeof(SECRET), 23 + sizeof(SECRET),
					  18 + sizeof(SECRET) + 5 };
	size_t end = (data[0] >> 1) % (sizeof(ends) / sizeof(*ends));
	bool cut = data[0] & 1;
	char args[1024], *text;
	json_t *json;

	if (size > 512)
		size = 512;
	/* A fuzzer sees what is compared. */
	if (memmem(data, size, SECRET, strlen(SECRET)))
		return;
	memcpy(args, data, size);
	memcpy(args + size, ends[end], lengths[end]);
	json = arguments_json(args, size + lengths[end], ARGUMENTS_REDACTED, &cut);
	text = json_dumps(json, 0);
	if (!text || strstr(text, SECRET))
		abort();
	free(text);
	text = arguments_line(json);
	free(text);
	json_decref(json);
}

static void try_container(const uint8_t *data, size_t size)
{
	char *path = strndup((const char *)data, size);
	struct container container;

	if (container_of_cgroup(path, &container) &&
	    (!*container.id || strlen(container.id) >= sizeof(container.id)))
		abort();
	free(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	try_record(data, size);
	try_secrets(data, size);
	try_container(data, size);
	return 0;
}
