/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files engine_probe*.c share. */
#ifndef INTERDICT_ENGINE_PROBE_H
#define INTERDICT_ENGINE_PROBE_H

#include "engine.h"

#define PROBE_SECURITY "/sys/kernel/security"

struct probe {
	struct engine_facts *facts;
	const char *root; /* before every path: "", or in tests a directory */
	char release[65]; /* of the running kernel */
};

/* A fact, whose text and remedy are still empty; behind ENGINE_FACTS_MAX one that nobody sees. */
struct engine_fact *probe_add(struct probe *probe, const char *name, enum engine_weight weight,
			      enum engine_answer answer);
/* Fill a fact's text or remedy. */
void probe_say(char text[256], const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* @path below the root, in @buf. */
const char *probe_path(const struct probe *probe, char buf[512], const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The first line of @path below the root, without its newline. Returns 0 or -errno. */
int probe_read_line(const struct probe *probe, const char *path, char *line, size_t size);

/* ---- engine_probe_kernel.c ---- */

/* Of /proc/config.gz or the file that the kernel's package brings: what cannot be seen otherwise.
 */
void probe_config(struct probe *probe);
/* Whether the kernel calls the programs at all. */
void probe_ftrace(struct probe *probe);
/* Whether the module is signed, and whether that matters here. */
void probe_signature(struct probe *probe);
/* The module's file for this kernel, in @path; false: there is none. */
bool probe_module_file(const struct probe *probe, char path[512]);

/* ---- engine_probe_mounts.c ---- */

/* The file systems that are mounted, and how far each is covered. */
void probe_mounts(struct probe *probe);

#endif
