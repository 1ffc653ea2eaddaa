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
 *	 "versions":{"module","module_outdated","programs_outdated"},
 *	 "guards":{"on","attempts"},
 *	 "counters":{"attempts","emitted","lost","denied","audited","unidentified",
 *		     "mprotect_unknown","identified","recorded","summarised","dropped","waiting"},
 *	 "balance":{"kernel":true,"daemon":true},
 *	 "protection":{...as protect_json()...},
 *	 "daemon":{"pid","version","started","policy_path","orders","in_force","rules":{KIND:N},
 *		   "next","not_in_force":[{"order","why"}],"labels":[],"signer","trust",
 *		   "last_good","last_error","store":{"serial","health","why"},
 *		   "clock":{"proved","ahead","kernel_switches"},
 *		   "record":{"path","seq","error","own_dropped","first","signed_to","key",
 *			     "unsigned_why"},
 *		   "outputs":[{"type","to","format","queued","sent","dropped","error"}],
 *		   "packages":{...as package_report_json()...},
 *		   "clients","watchers","missed","refused_clients",
 *		   "running":{"searched","took_ms","settled","processes","files","unidentified",
 *			      "unread","going_on","waiting","error", and a number for each
 *			      outcome: "reported","asked","terminated","killed","gone","spared",
 *			      "failed"},
 *		   "notify":{"terminals","desktops","limited","failed"}}}
 *
 * "running": of the last search for what runs and is banned; "settled": no decision of an earlier
 * generation can let one begin any more. "going_on" are there now, "waiting" are asked to end; the
 * outcomes are counted since the daemon started.
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

/* All but "protection", and "daemon", which is null. @status is NULL where no programs are
 * attached. NULL: no memory.
 */
json_t *status_json(const struct engine_status *status);

/* As text for a person. */
void status_print(const json_t *status, FILE *out);

/* Whether all that should be enforced is: the exit status is 0, else 1. */
int status_exit(const json_t *status);

#endif
