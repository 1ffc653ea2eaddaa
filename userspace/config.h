/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /etc/interdict/interdict.yaml: what this device is and where things go. The same strict YAML as a
 * policy; every key is optional:
 *
 *	labels: [government, laptop]
 *	policy: /etc/interdict/policy
 *	trust: /etc/interdict/trust.d
 *	protect: auto
 *	socket: /run/interdict/interdict.sock
 *	log:
 *	  file: /var/log/interdict/events.jsonl
 *	  key: /var/lib/interdict/record.key
 *	  checkpoint: {events: 1000, every: 10m}
 *	  burst: {events: 10, within: 1m}
 *	  rotate: {size: 64M, age: 30d, keep: 50}
 *	metrics:
 *	  file: /var/lib/prometheus/node-exporter/interdict.prom
 *	  socket: /run/interdict/metrics.sock
 *	notify: {terminal: yes, desktop: yes}
 *	events: {arguments: redacted}
 *	outputs: [journald]		# output/output_config.h
 *
 * What enrols a device can add labels without changing that file: those in the files of labels.d/
 * beside it, a label a line, with blank lines and "#" comments. Files whose names have a dot or end
 * in "~" are not read.
 */
#ifndef INTERDICT_CONFIG_H
#define INTERDICT_CONFIG_H

#include "events/arguments.h"
#include "output/output_config.h"
#include "policy/policy.h"

#define CONFIG_FILE	"/etc/interdict/interdict.yaml"
#define CONFIG_POLICY	"/etc/interdict/policy"
#define CONFIG_TRUST	"/etc/interdict/trust.d"
#define CONFIG_LABELS	"labels.d" /* beside the file */
#define CONFIG_SOCKET	"/run/interdict/interdict.sock"
#define CONFIG_LOG_FILE "/var/log/interdict/events.jsonl"
#define CONFIG_LOG_KEY	"/var/lib/interdict/record.key"
/* Where the public half of the key is put. */
#define CONFIG_LOG_PUBLIC_KEY "/var/lib/interdict/record.pub"
/* A checkpoint comes after so many events, or so many seconds. */
#define CONFIG_CHECKPOINT_EVENTS 1000
#define CONFIG_CHECKPOINT_EVERY	 600
#define CONFIG_ROTATE_SIZE	 (64ULL << 20)
/* Of refusals that are the same so many are recorded in so many seconds. */
#define CONFIG_BURST_EVENTS 10
#define CONFIG_BURST_WITHIN 60

struct config {
	const char *const *labels;
	size_t n_labels;
	const char *policy;   /* absolute path of a directory, or of a bundle */
	const char *trust;    /* absolute path of the directory of trust anchors */
	bool protect;	      /* where there are trust anchors, disarming takes a token */
	const char *socket;   /* absolute path, short enough for sun_path */
	const char *log_file; /* absolute path */
	const char *log_key;  /* absolute path or PKCS #11 URI: what signs the record */
	uint64_t checkpoint_events;
	uint32_t checkpoint_every; /* seconds */
	uint64_t burst_events;
	uint32_t burst_within; /* seconds */
	/* 0: without a limit */
	uint64_t rotate_size; /* bytes of the record's file */
	uint32_t rotate_age;  /* seconds since its first line */
	uint64_t rotate_keep; /* how many rotated files are kept */
	/* absolute paths; NULL: none */
	const char *metrics_file;
	const char *metrics_socket; /* short enough for sun_path */
	/* where the person who was refused is told */
	bool notify_terminal;
	bool notify_desktop;
	enum arguments_mode arguments; /* what of them events have */
	const struct output_config *outputs;
	size_t n_outputs;
	struct policy_arena *arena;
};

/*
 * Read @path, and the labels beside it. A file that does not exist gives the defaults. Returns 0
 * and fills *@config (free with config_free()); -EBADMSG: wrong text, see @errs; -ENOMEM; another
 * -errno: not readable,
 * @errs says why. *@config is set on success only.
 */
int config_load(const char *path, struct config *config, struct policy_errors *errs);
/* The same from @len bytes at @buf; @file is the name in messages. */
int config_parse(const char *buf, size_t len, const char *file, struct config *config,
		 struct policy_errors *errs);
/*
 * Add the labels in @len bytes at @buf, text of a file of labels.d, to @config. Returns 0;
 * -EBADMSG, -ENOMEM as config_parse(): @config is as it was.
 */
int config_parse_labels(const char *buf, size_t len, const char *file, struct config *config,
			struct policy_errors *errs);
void config_free(struct config *config);

#endif
