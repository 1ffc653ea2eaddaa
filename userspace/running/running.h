/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What runs and is banned: processes whose executable file, or a file of which they have an
 * executable mapping, is one that orders in force name.
 *
 * Finding only looks (running_find()). What is done about a process is decided in
 * running_end.h, and done by the daemon.
 *
 * A file is looked at through /proc/PID/exe and /proc/PID/map_files, which lead to exactly what the
 * process has, whatever its name leads to by now: deleted files, memfds, files of other mount
 * namespaces. It is identified as `explain` does it, by the module where there is one, and judged
 * by the code and the tables of the kernel: the executable file for exec, others for map.
 *
 * What cannot be seen: a script, of which its interpreter has nothing mapped; what a program has
 * copied into memory of its own; a file whose content changed since it was mapped; on overlayfs the
 * lower file, where it was copied up and changed since (kernels before 6.8).
 */
#ifndef INTERDICT_RUNNING_H
#define INTERDICT_RUNNING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "bpf/event.h"
#include "decide/decision.h"
#include "engine/compile.h"
#include "policy/policy.h"

/* ---- what is judged by ---- */

/* A generation: its tables, and which of its orders have processes ended. Counted references, from
 * any thread. */
struct running_rules;

/*
 * Takes @image over, and frees it by @release in the end, also on errors. @policy is the text that
 * it was made of, for
 * @device; NULL where that is not known: then no process is to be ended. Only what is needed of
 * them is kept. Returns 0, or -ENOMEM.
 */
int running_rules_new(struct compile_image *image, void (*release)(struct compile_image *image),
		      const struct policy *policy, const struct policy_device *device,
		      struct running_rules **ret);
struct running_rules *running_rules_ref(struct running_rules *rules);
/* @rules may be NULL. */
void running_rules_unref(struct running_rules *rules);

/* Whether order @id has processes ended (`running: kill`, in force, mode enforce), and after how
 * many seconds. */
bool running_rules_kill(const struct running_rules *rules, const char *id, uint32_t *grace);

/* ---- what was found ---- */

/* Why a process is never ended. */
enum running_spare {
	RUNNING_NOT_SPARED,
	RUNNING_INIT, /* process 1 */
	RUNNING_TOOL, /* runs the file that we run */
};

struct running_found {
	/* who it is: no other process of this boot has these two */
	pid_t pid;
	uint64_t start; /* ticks of the clock from boot to its start, proc_pid_stat(5) */
	int proc;	/* its directory in /proc: of this process, whoever gets its number later */
	int pidfd;	/* -1: it has ended already, or the kernel has none */
	enum running_spare spare;

	/* the verdict */
	enum decision_outcome outcome; /* AUDIT: is only to be recorded; or DENY */
	enum interdict_op op;	       /* EXEC: its executable file; MAP: another one */
	char order[INTERDICT_ID_LEN];  /* "": by the policy's header */
	const char *rule;	       /* a kind's name, "unidentified", "untrusted-fs"; static */
	uint32_t also_count;
	char also[INTERDICT_MATCH_ORDERS][INTERDICT_ID_LEN];
	/* which of these orders has it ended; the one with the shortest grace; "": none */
	char by[INTERDICT_ID_LEN];
	uint32_t grace; /* seconds */
	uint64_t generation;
	uint64_t serial; /* of the policy */
	char policy[INTERDICT_ID_LEN];
	uint8_t digest[32];

	/* the file that is banned */
	struct {
		dev_t dev;
		ino_t ino;
		char path[INTERDICT_PATH_LEN]; /* as the process's; " (deleted)" is part of it */
		int error;		       /* -errno of its identification, or 0 */
		struct interdict_identity identity;
	} file;

	/* the process; what is not known is 0 or "" */
	dev_t exe_dev;
	ino_t exe_ino;
	pid_t ppid;
	uint32_t uid;
	uint32_t auid; /* (uint32_t)-1: none */
	uint64_t cgroup;
	char comm[INTERDICT_COMM_LEN]; /* no NUL where it is as long */
	char exe[INTERDICT_EXE_LEN];
	uint32_t parents_count;
	char parents[INTERDICT_PARENTS][INTERDICT_COMM_LEN]; /* nearest first */
};

/* Closes and frees; NULL is fine. */
void running_found_free(struct running_found *found);

/* ---- finding ---- */

/* What another thread may look at, and ask for, while processes are looked for. */
struct running_progress {
	atomic_bool cancel;    /* set it: end soon, with -ECANCELED */
	_Atomic int64_t since; /* CLOCK_MONOTONIC, ms: when a step began that may hang; 0: none */
	_Atomic pid_t pid;     /* of whom */
	_Atomic uint64_t start;
	atomic_bool exe; /* it is the executable file that is looked at, not mappings */
	atomic_size_t looked_at, known; /* processes of the pass under way */
};

/* A process of which a step hung before: its mappings are not looked at, or nothing is. */
struct running_skip {
	pid_t pid;
	uint64_t start;
	bool exe; /* nothing */
};

struct running_options {
	struct running_progress *progress; /* NULL: none */
	const struct running_skip *skip;
	size_t n_skip;
};

struct running_counts {
	size_t processes;
	size_t found;
	size_t files;	     /* identified */
	size_t unidentified; /* of these, not by all that the policy asks for */
	size_t unread;	     /* processes that could not be looked at, or not whole */
	/* Threads that are blocked in a system call by which a file is executed or mapped. */
	size_t entering;
};

/*
 * Called once for each process that is found; takes @found over. Of what it has of banned files
 * that is the one that weighs most: by an order that has it ended, before one that only refuses,
 * before one that records. Returns 0, or -errno, which ends the search.
 */
typedef int (*running_tell)(void *ctx, struct running_found *found);

/*
 * Look at every process of the /proc that is mounted, once: first at the executable files of all,
 * which takes no lock of theirs, then at mappings. New ones that come meanwhile are looked at, too,
 * until there are none.
 *
 * Meant for root (CAP_SYS_PTRACE, and CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE); others see less,
 * which is counted as unread. @options may be NULL. Returns 0 and fills *@counts; -ECANCELED;
 * -ENOENT: there is no /proc; -ENOMEM; what @tell returned.
 */
int running_find(const struct running_rules *rules, const struct running_options *options,
		 running_tell tell, void *ctx, struct running_counts *counts);

/*
 * Send @signal (0: none) if it still is the process that was found, and still runs the same
 * executable file. Returns 0; -ESRCH: it has ended; -ESTALE: it runs another file; -EPERM, another
 * -errno. Whom to spare is the caller's.
 */
int running_signal(const struct running_found *found, int signal);

#endif
