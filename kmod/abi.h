/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What interdict.ko, the BPF programs and user space say to each other.
 *
 * The module identifies files and holds what must not go away; it knows no rules.
 *
 *  - BPF programs call its kfuncs. The struct that they fill is struct interdict_ids.
 *  - User space opens /sys/kernel/security/interdict/control (mode 0600, CAP_SYS_ADMIN) and uses
 * the ioctls below. IDENTIFY answers about an O_PATH descriptor with the code that the kfunc runs,
 * so that a file that nobody may open can be asked about.
 *  - HOLD gives the module references on the descriptors of BPF links, so that enforcement outlives
 *    the process that set it up. RELEASE drops them. The status file beside control is text, a
 *    "key value" line each: abi, module, judgements (queued so far; -opened, -refused, -lost: what
 *    became of them), ftrace (held: it cannot be switched off; free), held, and a "link ID" line
 * for each held link.
 *
 * A change of a struct or of a meaning raises INTERDICT_ABI. User space speaks this ABI and the one
 * before it; sizes are asserted where the structs are used.
 */
#ifndef INTERDICT_ABI_H
#define INTERDICT_ABI_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#include <linux/ioctl.h>
#endif

#define INTERDICT_ABI 1

#define INTERDICT_SHA256_LEN 32
/* The kernel itself takes build IDs of up to 20 bytes; lld and hand-made ones are 8 to 32. */
#define INTERDICT_BUILD_ID_MAX 32

/* Bits of "want" and of interdict_ids.have. A bit in have says that the question was answered;
 * a build_id_len of 0 is the answer "it has none". */
#define INTERDICT_ID_SHA256   (1U << 0)
#define INTERDICT_ID_BUILD_ID (1U << 1)
/* With SHA256 where rules name no size: hash only what its magic bytes call an executable, a
 * library, a script or an installer. have then lacks SHA256 for all others, and the flag
 * INTERDICT_FILE_PLAIN is set. */
#define INTERDICT_ID_SHA256_BY_MAGIC (1U << 2)

/* Bits of interdict_ids.flags. */
/* The file system cannot change content without a local write: results may be cached on the inode.
 */
#define INTERDICT_FILE_CACHEABLE (1U << 0)
/* Not on the allowlist of file systems (FUSE, network, unknown): judged at exec and map only. */
#define INTERDICT_FILE_FOREIGN (1U << 1)
/* A memfd or other file of the kernel's own tmpfs that is not sealed against writing. */
#define INTERDICT_FILE_UNSEALED (1U << 2)
/* By its magic bytes it is nothing that BY_MAGIC hashes. */
#define INTERDICT_FILE_PLAIN (1U << 3)
/* A writer, a writable mapping or a pinned page was there while the content was read. */
#define INTERDICT_FILE_WRITERS (1U << 4)

/* What can be known of a file. Filled whole on every return, also on errors. */
struct interdict_ids {
	__u64 size;	    /* bytes, when it was read */
	__u32 have;	    /* INTERDICT_ID_* */
	__u32 flags;	    /* INTERDICT_FILE_* */
	__u32 build_id_len; /* bytes */
	__u32 reserved;	    /* 0 */
	__u8 sha256[INTERDICT_SHA256_LEN];
	__u8 build_id[INTERDICT_BUILD_ID_MAX]; /* zero behind build_id_len */
};

#ifndef __VMLINUX_H__

/* Facts that only a module compiled for this kernel knows. */
struct interdict_facts {
	__u32 abi;	     /* out: INTERDICT_ABI */
	__u32 fmode_exec;    /* out: the bit in file->f_flags of an open for execution */
	__u32 fmode_backing; /* out: the bit of a stacking file system's own backing opens */
	__u32 reserved;
};

struct interdict_identify {
	__s32 fd;		  /* in: any descriptor, O_PATH too */
	__u32 want;		  /* in: INTERDICT_ID_* */
	struct interdict_ids ids; /* out */
};

#define INTERDICT_HOLD_MAX 32
struct interdict_hold {
	__u32 count;			   /* in: 1 to INTERDICT_HOLD_MAX */
	__u32 reserved;			   /* in: 0 */
	__s32 link_fd[INTERDICT_HOLD_MAX]; /* in: BPF link descriptors */
	__u32 link_id[INTERDICT_HOLD_MAX]; /* in: their IDs, for the status file */
};

#define INTERDICT_IOC	       0xb7
#define INTERDICT_IOC_FACTS    _IOR(INTERDICT_IOC, 1, struct interdict_facts)
#define INTERDICT_IOC_IDENTIFY _IOWR(INTERDICT_IOC, 2, struct interdict_identify)
#define INTERDICT_IOC_HOLD     _IOW(INTERDICT_IOC, 3, struct interdict_hold)
#define INTERDICT_IOC_RELEASE  _IO(INTERDICT_IOC, 4)
/* Waits until no BPF program that started before the call is still running (RCU tasks trace). The
 * caller can be killed while it waits (EINTR). */
#define INTERDICT_IOC_QUIESCE _IO(INTERDICT_IOC, 5)

#endif /* !__VMLINUX_H__ */
#endif
