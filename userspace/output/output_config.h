/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `outputs` of interdict.yaml (config.h), a sequence:
 *
 *	outputs:
 *	  - journald
 *	  - {type: audit}
 *	  - {type: syslog, to: /dev/log, format: cef}
 *	  - {type: syslog, to: "tcp://log.example:601"}
 *	  - {type: syslog, to: "tls://log.example:6514", ca: /etc/ssl/log-ca.pem, format: ocsf}
 *	  - {type: file, to: /var/log/interdict/ecs.jsonl, format: ecs}
 *
 * A name alone is a mapping with that type.
 */
#ifndef INTERDICT_OUTPUT_CONFIG_H
#define INTERDICT_OUTPUT_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "format.h"

/* Each has a thread and a queue; more receivers than any device has. */
#define OUTPUT_MAX 16U

struct policy_key;
struct policy_parser;
struct yaml_tree;

enum output_type { OUTPUT_JOURNALD, OUTPUT_AUDIT, OUTPUT_SYSLOG, OUTPUT_FILE, OUTPUT_TYPE_COUNT };

/* "journald", "audit", "syslog", "file" */
extern const char *const output_type_names[OUTPUT_TYPE_COUNT];

/* Whether an output of this type has a "to" and a "format". */
bool output_takes_format(enum output_type type);

enum output_transport { OUTPUT_LOCAL, OUTPUT_TCP, OUTPUT_TLS };

struct output_config {
	enum output_type type;
	enum output_format format; /* of syslog and file */
	enum output_transport transport;
	const char *to;		/* of syslog and file, as it was written; else NULL */
	const char *host;	/* of tcp and tls: a name or an address, without brackets */
	const char *port;	/* of tcp and tls: decimal */
	const char *ca;		/* of tls: a file of certificates, absolute path */
	const char *cert, *key; /* of tls: files, absolute paths; or both NULL */
};

/* For policy_parse_mapping(): the sequence @value to *@outputs and *@n, in the parser's arena. */
void output_config_parse(struct policy_parser *p, const struct policy_key *key,
			 const struct yaml_tree *value, const struct output_config **outputs,
			 size_t *n);

/* Whether one of @outputs is the file at @path. */
bool output_config_has_file(const struct output_config *outputs, size_t n, const char *path);

bool output_config_equal(const struct output_config *a, const struct output_config *b);
/* A copy of its own; free with output_config_clear(). Returns 0 or -ENOMEM. */
int output_config_copy(struct output_config *copy, const struct output_config *config);
void output_config_clear(struct output_config *config);

#endif
