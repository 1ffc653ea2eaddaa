/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `interdict status` says, as JSON. With a daemon it comes from it, over the socket; without,
 * from the engine alone, and "daemon" is null.
 *
 *	{"state":"enforcing","reasons":[],"since":TIME,"attached":TIME,
 *	 "enforcing":true,"mode":"enforce","provider":"kmod",
 *	 "policy":{"name","serial","digest","generation","orders"},
 *	 "hooks":[{"name","duty","attached"}],
 *	 "degraded":[{"why","do"}],
 *	 "memory":N,
 *	 "versions":{"module","module_outdated","programs_outdated"},
 *	 "guards":{"on","attempts"},
 *	 "counters":{"attempts","emitted","lost","denied","audited","unidentified",
 *		     "mprotect_unknown","identified","recorded","summarised","dropped","waiting"},
 *	 "balance":{"kernel":true,"daemon":true},
 *	 "canary":{"tried":TIME,"fine":TIME,"exec":"refused","open":"refused","why":null},
 *	 "early":{"processes":N,"list":[{"pid","comm"}]},
 *	 "protection":{...as protect_json()...},
 *	 "daemon":{"pid","version","started","policy_path","loaded","orders","in_force","rules":{KIND:N},
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
 *		   "removed":{ACTION:N},
 *		   "notify":{"terminals","desktops","limited","failed"}}}
 *
 * "state" is "enforcing", "degraded" or "not enforcing", and "reasons" are sentences that say why,
 * the weightiest first; mode audit and a canary that could be executed are "not enforcing".
 * ("enforcing" only says that a policy is active and its mode is not off.) "since": the mode holds
 * without a gap. "attached": the first programs of this boot; the counters begin then. "orders" of
 * "policy": in force here and now.
 *
 * "canary": what came of the last try (engine/canary.h), and when it last was as it should be; null
 * where there was none. "early": processes that are there and began before "attached", the first
 * RUNNING_EARLY_MAX by name. "protection" is for what guards the tool itself; null: not known.
 *
 * "running": of the last search for what runs and is banned; "settled": no decision of an earlier
 * generation can let one begin any more. "going_on" are there now, "waiting" are asked to end; the
 * outcomes are counted since the daemon started.
 *
 * "removed": events "removed" since the daemon started, by their action (remove/remove_event.h).
 * "error" of an output is null while it works.
 * "policy", "mode" and "provider" are null where there is none. "waiting": events in the ring
 * buffer. balance.kernel: attempts = emitted + lost; balance.daemon: emitted = recorded +
 * summarised + dropped + waiting, with waiting 0 where the ring is empty.
 */
#ifndef INTERDICT_STATUS_JSON_H
#define INTERDICT_STATUS_JSON_H

#include <stdio.h>
#include <jansson.h>

#include "engine/canary.h"
#include "engine/engine.h"

/* All but "canary", "early", "protection" and "daemon", which are null. @status is NULL where no
 * programs are attached. NULL: no memory. */
json_t *status_json(const struct engine_status *status);
/* "canary"; with a reason in "degraded" where there is one. @fine: seconds since 1970, or 0. */
void status_add_canary(json_t *status, const struct canary *canary, int64_t fine);
/* "early". @attached: of struct engine_status; 0: it is left out. */
void status_add_early(json_t *status, uint64_t attached);
/* "state" and "reasons", when all else is there. */
void status_judge(json_t *status);

/* As text for a person. */
void status_print(const json_t *status, FILE *out);

/* Whether all that should be enforced is: the exit status is 0, else 1. */
int status_exit(const json_t *status);

#endif
