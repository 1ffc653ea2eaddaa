/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One record of the ring buffer: all that is known of a refusal where it happens. It carries names,
 * not indices, so that it can be read after its generation is gone.
 */
#ifndef INTERDICT_EVENT_H
#define INTERDICT_EVENT_H

#include "tables.h"

#ifdef __VMLINUX_H__
#include "../kmod/abi.h"
#else
#include "kmod/abi.h"
#endif

enum interdict_event_kind {
	INTERDICT_EVENT_DENIED = 1,
	INTERDICT_EVENT_AUDITED = 2,
	INTERDICT_EVENT_UNIDENTIFIED =
		3, /* allowed, but not judged by all that the policy asks for */
	INTERDICT_EVENT_TAMPER = 4, /* somebody tries to take enforcement away; about no file */
};

/* What was tried: bpf/guard.h. */
enum interdict_tampering {
	INTERDICT_TAMPER_MAP = 0,     /* number, name: of the map */
	INTERDICT_TAMPER_PROGRAM = 1, /* the same of the program */
	INTERDICT_TAMPER_PTRACE = 2,  /* number: PID of the task; its comm */
	INTERDICT_TAMPER_MODULE = 3,  /* name: of the module */
	INTERDICT_TAMPER_CONTROL = 4, /* number: of the ioctl */
	INTERDICT_TAMPER_SIGNAL = 5,  /* number: of the signal; comm of the task. Not refused */
	INTERDICT_TAMPER_COUNT
};

#define INTERDICT_TAMPER_NAME 16

/* Of INTERDICT_EVENT_TAMPER; of others zeros. */
struct interdict_tamper {
	__u32 what;   /* enum interdict_tampering */
	__u32 number; /* as that says */
	char name[INTERDICT_TAMPER_NAME];
};

enum interdict_provider {
	INTERDICT_PROVIDER_KMOD = 1,
	INTERDICT_PROVIDER_FSVERITY = 2,
	INTERDICT_PROVIDER_IMA = 3,
};

#define INTERDICT_PATH_LEN 4096 /* PATH_MAX */
#define INTERDICT_EXE_LEN  1024
/* Of arguments: enough for people to see what was meant; more is cut, and said to be. */
#define INTERDICT_ARGS_LEN 1024
#define INTERDICT_COMM_LEN 16
#define INTERDICT_TTY_LEN  16
#define INTERDICT_PARENTS  8
#define INTERDICT_ALSO	   7

/* The namespaces of a task. */
enum interdict_namespace {
	INTERDICT_NS_CGROUP = 0,
	INTERDICT_NS_IPC = 1,
	INTERDICT_NS_MNT = 2,
	INTERDICT_NS_NET = 3,
	INTERDICT_NS_PID = 4,
	INTERDICT_NS_USER = 5,
	INTERDICT_NS_UTS = 6,
	INTERDICT_NS_COUNT
};

/*
 * What is as long as it is: behind the rest of a record, one behind the other, each as long as
 * interdict_event.text says (0 or -errno: it is not there). First the claims, a whole struct
 * interdict_claims where file.ids.claims is not 0.
 */
enum interdict_text {
	INTERDICT_TEXT_PATH = 0, /* of the file as the task sees it, with NUL */
	INTERDICT_TEXT_REAL = 1, /* under overlayfs: on the file system below, with NUL */
	INTERDICT_TEXT_EXE = 2,	 /* of the task's program, with NUL */
	/* as in /proc/PID/cmdline: with a NUL behind each, if the task did not write over them */
	INTERDICT_TEXT_ARGS = 3,
	/* what a program that was to be executed was to get, with a NUL behind each */
	INTERDICT_TEXT_EXEC_ARGS = 4,
	INTERDICT_TEXT_COUNT
};

/* The most that stands before each of them. */
#define INTERDICT_BEFORE_PATH	   sizeof(struct interdict_claims)
#define INTERDICT_BEFORE_REAL	   (INTERDICT_BEFORE_PATH + INTERDICT_PATH_LEN)
#define INTERDICT_BEFORE_EXE	   (INTERDICT_BEFORE_REAL + INTERDICT_PATH_LEN)
#define INTERDICT_BEFORE_ARGS	   (INTERDICT_BEFORE_EXE + INTERDICT_EXE_LEN)
#define INTERDICT_BEFORE_EXEC_ARGS (INTERDICT_BEFORE_ARGS + INTERDICT_ARGS_LEN)
#define INTERDICT_DATA_MAX	   (INTERDICT_BEFORE_EXEC_ARGS + INTERDICT_ARGS_LEN)

/* A record is INTERDICT_EVENT_HEAD bytes and data_len more; one may be longer. */
struct interdict_event {
	__u64 k;	   /* 1, 2, 3 ... since the programs were loaded */
	__u64 lost;	   /* events lost before this one */
	__u64 boottime_ns; /* CLOCK_BOOTTIME */
	__u64 generation;

	__u32 kind;	/* interdict_event_kind */
	__u32 op;	/* interdict_op */
	__u32 rule;	/* interdict_kind that matched; 0 where a header rule refused (unidentified,
			   untrusted-fs) */
	__u32 via;	/* with INTERDICT_KIND_PACKAGE, the kind of what its package made; else 0 */
	__u32 provider; /* interdict_provider */
	__s32 error;	/* -errno of the identification, or 0 */
	__u32 also_count;
	__u32 cut; /* 1 << interdict_text: there is more of it */
	char order[INTERDICT_ID_LEN];
	char also[INTERDICT_ALSO][INTERDICT_ID_LEN];

	struct {
		__u64 serial;
		char name[INTERDICT_ID_LEN];
		__u8 digest[32];
	} policy;

	struct {
		__u64 ino;
		__u64 real_ino; /* of the file below an overlay; 0: there is none */
		__u32 dev_major, dev_minor;
		__u32 real_dev_major, real_dev_minor;
		struct interdict_ids ids;
	} file;

	struct {
		__u32 pid, tid, ppid, uid, auid;
		__u32 session; /* the audit session; (__u32)-1: there is none */
		__u32 ns_pid;  /* pid in its own namespace; 0: not known */
		__u32 parents_count;
		__u64 cgroup;			      /* cgroup v2 ID; 0: there are none */
		__u32 namespaces[INTERDICT_NS_COUNT]; /* inode numbers; 0: not known */
		__u32 reserved;
		char comm[INTERDICT_COMM_LEN];
		char tty[INTERDICT_TTY_LEN];			     /* "pts0"; "": it has none */
		char parents[INTERDICT_PARENTS][INTERDICT_COMM_LEN]; /* comm, nearest first */
	} process;

	struct interdict_tamper tamper;

	__s32 text[INTERDICT_TEXT_COUNT]; /* bytes, or -errno */
	__u32 data_len;			  /* bytes of data */
	/* Room for one argument more than there may be is for how they are read: see emit_args.h.
	 */
	char data[INTERDICT_DATA_MAX + INTERDICT_ARGS_LEN];
};

#define INTERDICT_EVENT_HEAD __builtin_offsetof(struct interdict_event, data)

_Static_assert(!(INTERDICT_EVENT_HEAD % 8), "claims are where a struct may be");

#endif
