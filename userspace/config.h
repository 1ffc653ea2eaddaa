/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /etc/interdict/interdict.yaml: what this device is and where things go. The same strict YAML as a
 * policy; every key is optional:
 *
 *	labels: [government, laptop]
 *	policy: /etc/interdict/policy
 *	trust: /etc/interdict/trust.d
 *	socket: /run/interdict/interdict.sock
 *	log:
 *	  file: /var/log/interdict/events.jsonl
 *
 * What enrols a device can add labels without changing that file: those in the files of labels.d/
 * beside it, a label a line, with blank lines and "#" comments. Files whose names have a dot or end
 * in "~" are not read.
 */
#ifndef INTERDICT_CONFIG_H
#define INTERDICT_CONFIG_H

#include "policy/policy.h"

#define CONFIG_FILE	"/etc/interdict/interdict.yaml"
#define CONFIG_POLICY	"/etc/interdict/policy"
#define CONFIG_TRUST	"/etc/interdict/trust.d"
#define CONFIG_LABELS	"labels.d" /* beside the file */
#define CONFIG_SOCKET	"/run/interdict/interdict.sock"
#define CONFIG_LOG_FILE "/var/log/interdict/events.jsonl"

struct config {
	const char *const *labels;
	size_t n_labels;
	const char *policy;   /* absolute path of a directory, or of a bundle */
	const char *trust;    /* absolute path of the directory of trust anchors */
	const char *socket;   /* absolute path, short enough for sun_path */
	const char *log_file; /* absolute path */
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
void config_free(struct config *config);

#endif
