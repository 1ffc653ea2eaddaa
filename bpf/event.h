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
};

enum interdict_provider {
	INTERDICT_PROVIDER_KMOD = 1,
	INTERDICT_PROVIDER_FSVERITY = 2,
	INTERDICT_PROVIDER_IMA = 3,
};

#define INTERDICT_PATH_LEN 4096 /* PATH_MAX */
#define INTERDICT_EXE_LEN  1024
#define INTERDICT_COMM_LEN 16
#define INTERDICT_PARENTS  8
#define INTERDICT_ALSO	   7

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
	__u32 reserved;
	__u32 provider; /* interdict_provider */
	__s32 error;	/* -errno of the identification, or 0 */
	__u32 also_count;
	char order[INTERDICT_ID_LEN];
	char also[INTERDICT_ALSO][INTERDICT_ID_LEN];

	struct {
		__u64 serial;
		char name[INTERDICT_ID_LEN];
		__u8 digest[32];
	} policy;

	struct {
		__u64 ino;
		__u32 dev_major, dev_minor;
		__s32 path_len; /* with NUL; or -errno */
		__u32 reserved;
		struct interdict_ids ids;
		struct interdict_claims claims; /* ids.claims of them */
		char path[INTERDICT_PATH_LEN];
	} file;

	struct {
		__u32 pid, tid, ppid, uid, auid;
		__u32 parents_count;
		__u64 cgroup;  /* cgroup v2 ID; 0: there are none */
		__s32 exe_len; /* with NUL; or -errno */
		__u32 reserved;
		char comm[INTERDICT_COMM_LEN];
		char parents[INTERDICT_PARENTS][INTERDICT_COMM_LEN]; /* comm, nearest first */
		char exe[INTERDICT_EXE_LEN];
	} process;
};

#endif
