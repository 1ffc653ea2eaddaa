/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROBES_KFUNCS_H
#define PROBES_KFUNCS_H

#include "kmod/abi.h"

enum { PROBE_OPEN, PROBE_EXEC, PROBE_MAP, PROBE_LOAD, PROBE_MPROTECT };

struct record {
	__u32 op;
	__s32 error; /* of interdict_identify(), or of interdict_queue_judgement() */
	__u32 f_mode;
	__u32 judging;
	__u64 ino;  /* of the real inode */
	__u64 seen; /* how often the real inode's storage was used before */
	__s32 path_len, exe_len, real_len;
	__u32 reserved;
	struct interdict_ids ids;
	char path[256];
	char exe[256];
	char real[256];
};

#endif
