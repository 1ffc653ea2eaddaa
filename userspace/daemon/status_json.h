/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `interdict status` says, as JSON. With a daemon it comes from it, over the socket; without,
 * from the engine alone, and "daemon" is null.
 *
 *	{"enforcing":true,"mode":"enforce","provider":"kmod",
 *	 "policy":{"name","serial","digest","generation"},
 *	 "hooks":[{"name","duty","attached"}],
 *	 "degraded":[{"why","do"}],
 *	 "memory":N,
 *	 "counters":{"attempts","emitted","lost","denied","audited","unidentified",
 *		     "mprotect_unknown","identified","recorded","summarised","dropped","waiting"},
 *	 "balance":{"kernel":true,"daemon":true},
 *	 "daemon":{"pid","version","started","policy_path","orders","in_force","rules":{KIND:N},
 *		   "next","last_error","record":{"path","seq","error"},"clients","watchers",
 *		   "missed","refused_clients",
 *		   "outputs":[{"type","to","format","queued","sent","dropped","error"}],
 *		   "packages":{...as package_report_json()...}}}
 *
 * "error" of an output is null while it works.
 * "policy", "mode" and "provider" are null where there is none. "waiting": events in the ring
 * buffer. balance.kernel: attempts = emitted + lost; balance.daemon: emitted = recorded +
 * summarised + dropped + waiting, with waiting 0 where the ring is empty.
 */
#ifndef INTERDICT_STATUS_JSON_H
#define INTERDICT_STATUS_JSON_H

#include <stdio.h>
#include <jansson.h>

#include "engine/engine.h"

/* All but "daemon", which is null. @status is NULL where no programs are attached. NULL: no memory.
 */
json_t *status_json(const struct engine_status *status);

/* As text for a person. */
void status_print(const json_t *status, FILE *out);

/* Whether all that should be enforced is: the exit status is 0, else 1. */
int status_exit(const json_t *status);

#endif
