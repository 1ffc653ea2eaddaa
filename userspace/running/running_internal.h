/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of running/ share. */
#ifndef INTERDICT_RUNNING_INTERNAL_H
#define INTERDICT_RUNNING_INTERNAL_H

#include <sys/stat.h>

#include "running.h"

/* ---- running_rules.c ---- */

struct running_rules {
	atomic_uint refs;
	struct compile_image image;
	void (*release)(struct compile_image *image);
	size_t n_kill;
	struct {
		char id[INTERDICT_ID_LEN];
		uint32_t grace;
	} kill[];
};

/* What weighs more is told of a process. */
enum running_weight { RUNNING_FINE, RUNNING_RECORD, RUNNING_REFUSE, RUNNING_KILL };

struct running_verdict {
	struct decision decision; /* its names are the rules' */
	const char *by;		  /* the order that has it ended, or NULL */
	uint32_t grace;
	enum running_weight weight;
	bool looked;  /* something was asked of the file */
	bool missing; /* and not all of it answered */
	int error;    /* -errno of that */
};

/* Judge the file behind @fd (O_PATH will do), of @size bytes, for @op. *@identity and *@verdict are
 * filled whole. */
void running_judge(const struct running_rules *rules, int fd, uint64_t size, enum interdict_op op,
		   struct interdict_identity *identity, struct running_verdict *verdict);

/* ---- running_process.c ---- */

/* Of /proc/PID/stat, proc_pid_stat(5). */
struct running_stat {
	char comm[INTERDICT_COMM_LEN];
	char state; /* 'Z': a zombie */
	pid_t ppid;
	uint32_t flags; /* of the kernel's include/linux/sched.h */
	uint64_t start;
};

/* A thread of the kernel's: PF_KTHREAD. */
#define RUNNING_KERNEL_THREAD 0x00200000U

/* Open /proc/@pid. Returns a descriptor (O_PATH) or -errno. */
int running_open_process(pid_t pid);
/* Where @fd leads to; "": not known. */
void running_path_of(int fd, char *path, size_t size);
/* Read it from the process's directory. Returns 0, or -errno: it is gone. */
int running_read_stat(int proc, struct running_stat *stat);
/* Read the start of @name there, a NUL behind it. Returns its length or -errno. */
ssize_t running_read(int proc, const char *name, char *buf, size_t size);
/* Fill what @found tells of its process, from found->proc and @stat. */
void running_describe(struct running_found *found, const struct running_stat *stat);

/* ---- running_seen.c ---- */

/* What was looked at in a search, and what came of it. */
struct running_seen {
	struct running_seen_entry *entries;
	size_t n, size; /* of them in use; a power of two, or 0 */
};

/* Processes: pid, start. Files: device, inode, size and time of the last change. */
struct running_key {
	uint64_t v[4];
};

/* What is noted of @key, made with 0 where it is new; NULL: no memory. Lasts until the next call.
 */
uint32_t *running_seen_at(struct running_seen *seen, const struct running_key *key);
void running_seen_free(struct running_seen *seen);

/* ---- running_find.c ---- */

struct running_id {
	pid_t pid;
	uint64_t start;
};

struct running_search {
	const struct running_rules *rules;
	const struct running_options *options;
	running_tell tell;
	void *ctx;
	struct running_counts *counts;
	struct running_seen files, processes;
	struct running_id *list; /* of the listing under way */
	size_t n, cap;
	/* found in it, and not told before all of the process was looked at */
	struct running_found **pending;
	size_t n_pending;
	dev_t tool_dev;
	ino_t tool_ino;
};

/* Notes of processes: the weight of what was found of them, and that they were looked at. */
#define RUNNING_WEIGHTS 7U
#define RUNNING_LOOKED	(1U << 8)
#define RUNNING_UNREAD	(1U << 9)

/* NULL: no memory. Lasts until the next call. */
uint32_t *running_note_of(struct running_search *search, const struct running_id *process);
void running_count_unread(struct running_search *search, const struct running_id *process);

/* ---- running_look.c ---- */

/* What is being looked at. */
struct running_look {
	struct running_id process;
	struct running_stat stat;
	int proc; /* its directory */
	int mm;	  /* that of a thread that still has its memory: proc, or another to be closed */
	dev_t exe_dev;
	ino_t exe_ino;
	char exe[INTERDICT_EXE_LEN];
};

/* Begin to look at @process. Returns 0; -ESRCH: it is gone, or has no memory any more; -errno. */
int running_look_begin(const struct running_id *process, struct running_look *look);
void running_look_end(struct running_look *look);

/* Each returns 0 or -errno, which ends the search; what cannot be looked at is counted. */
int running_look_at_exe(struct running_search *search, struct running_look *look);
int running_look_at_maps(struct running_search *search, struct running_look *look);
int running_look_at_calls(struct running_search *search, struct running_look *look);

/* ---- running_take.c ---- */

/* @fd, with @st, is what it runs or has mapped, and is banned. Returns 0 or -errno. */
int running_take(struct running_search *search, const struct running_look *look, int fd,
		 const struct stat *st, enum interdict_op op, const struct running_verdict *verdict,
		 const struct interdict_identity *identity);
/* All of the listing's processes were looked at. */
int running_tell_pending(struct running_search *search);

#endif
