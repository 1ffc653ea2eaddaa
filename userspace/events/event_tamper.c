// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the guards in the kernel saw (bpf/guard.h), as JSON. "target" is what it was done to: "name"
 * and "number" of a map or program (its ID), a process (its PID), the module (no number), an ioctl
 * of the module (no name; its number in kmod/abi.h), a process that got a signal (the signal).
 */
#include <errno.h>

#include "event_json.h"

static const struct {
	const char *what, *reason;
} tamperings[] = {
	[INTERDICT_TAMPER_MAP] = { "map", "a descriptor of a map of the programs was asked for" },
	[INTERDICT_TAMPER_PROGRAM] = { "program", "a descriptor of a program was asked for" },
	[INTERDICT_TAMPER_PTRACE] = { "ptrace", "a process of interdict was to be traced, or its "
						"memory or descriptors taken" },
	[INTERDICT_TAMPER_MODULE] = { "module", "the module was to be removed" },
	[INTERDICT_TAMPER_CONTROL] = { "control", "the module was to let go of what it holds, or "
						  "its timer to be set" },
	[INTERDICT_TAMPER_SIGNAL] = { "signal", "the daemon was sent a signal" },
};
_Static_assert(sizeof(tamperings) / sizeof(*tamperings) == INTERDICT_TAMPER_COUNT, "one each");

json_t *event_tamper_json(const struct event_origin *origin, const struct interdict_event *event)
{
	const struct interdict_tamper *tamper = &event->tamper;
	json_t *json = json_pack(
		"{s:i, s:i, s:s, s:s, s:I, s:o, s:s, s:s, s:b, s:{s:o, s:o}, s:o, s:s, s:o, s:I}",
		"v", 1, "seq", 0, "host", origin->host, "boot", origin->boot, "k",
		(json_int_t)event->k, "time", event_time(event->boottime_ns), "event", "tamper",
		"what", tamperings[tamper->what].what, "refused",
		tamper->what != INTERDICT_TAMPER_SIGNAL, "target", "name",
		*tamper->name ? event_array_json(tamper->name, sizeof(tamper->name)) : json_null(),
		"number",
		tamper->what == INTERDICT_TAMPER_MODULE ? json_null() :
							  json_integer(tamper->number),
		"labels", event_labels_json(origin), "reason", tamperings[tamper->what].reason,
		"process", event_process_json(origin, event), "lost", (json_int_t)event->lost);

	if (!json)
		errno = ENOMEM;
	return json;
}
