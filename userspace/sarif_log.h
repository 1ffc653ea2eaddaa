/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What all SARIF logs have (SARIF 2.1.0, OASIS Standard, 27 March 2020). */
#ifndef INTERDICT_SARIF_LOG_H
#define INTERDICT_SARIF_LOG_H

#include <jansson.h>

/*
 * Each returns a new reference, or NULL without memory, and takes over the references that it is
 * given, which may be NULL for lack of memory.
 *
 * A URI reference (RFC 3986) of a file: as it is shown, or file: where that is an absolute path.
 */
json_t *sarif_uri(const char *path);

/* A rule: a reportingDescriptor (section 3.49). @level: "error", "warning". */
json_t *sarif_rule(const char *id, const char *text, const char *level);

/*
 * A log of one run. @rules, @results: arrays. @notifications: an array of what happened on the way.
 * @properties: of the run. @status: that the program will exit with.
 */
json_t *sarif_log(json_t *rules, json_t *results, json_t *notifications, int status,
		  json_t *properties);

/* A notification (section 3.58); @text is taken over. */
json_t *sarif_notification(json_t *text);

#endif
