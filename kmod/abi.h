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
 *    became of them), ftrace (held: it cannot be switched off; free), timer
 *    (CLOCK_BOOTTIME in ns of the next tick, or 0), held, and a "link ID" line
 * for each held link.
 *
 *  - KEEP gives it references on files, so that what a BPF program stores for their inodes is not
 *    forgotten. The status file has how many it keeps, as "kept".
 *
 *  - TIMER has it call interdict_tick() at a time, for a BPF program that is attached there.
 *
 *  - SEAL gives it certificates, once while it is loaded. From then on it lets go of what it holds,
 *    by RELEASE or by a HOLD without it, only after DISARM gave it a token (extract/token.h) that
 *    one of them vouches for; without one they give EKEYREJECTED. ANCHOR gives the certificates
 *    back. The status file has the lines sealed and unusable (certificates that tokens can and
 *    cannot be verified by), tokens-accepted, tokens-refused, and, after a token was accepted,
 *    "token ACTION SECONDS" (the last one's end, since 1970), "break-glass SECONDS" while such a
 *    token holds, "release yes" while one lets go, and "replace yes" while one lets HOLD alone.
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

/* Of module, programs and user space, which come together. */
#define INTERDICT_VERSION "0.1"

#define INTERDICT_ABI 4
/* From which on there is TIMER. */
#define INTERDICT_ABI_TIMER 2
/* From which on there is the kfunc interdict_real_path(). */
#define INTERDICT_ABI_REAL_PATH 3
/* From which on there are SEAL, ANCHOR and DISARM. */
#define INTERDICT_ABI_SEAL 4
/* From which on there is KEEP. */
#define INTERDICT_ABI_KEEP 4

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
/* These two fill struct interdict_claims, and have says that all was read that there is. */
#define INTERDICT_ID_FSVERITY (1U << 3)
#define INTERDICT_ID_SIGNERS  (1U << 4)
#define INTERDICT_ID_CLAIMS   (INTERDICT_ID_FSVERITY | INTERDICT_ID_SIGNERS)
/* With any of these, of BPF programs: the file's ->open() has run. */
#define INTERDICT_ID_OPENED (1U << 31)

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
	__u32 claims;	    /* how many were found */
	__u8 sha256[INTERDICT_SHA256_LEN];
	__u8 build_id[INTERDICT_BUILD_ID_MAX]; /* zero behind build_id_len */
};

/*
 * What is said of a file by its signatures, or by its file system: a claim each. Kinds are those of
 * rules, enum interdict_kind (bpf/tables.h): FSVERITY, CERTIFICATE, KEY, PUBLISHER.
 */

/* What the value of a claim, or of a rule of these kinds, is. */
enum interdict_form {
	INTERDICT_FORM_NONE = 0,
	INTERDICT_FORM_SHA256 = 1, /* FSVERITY: the digest */
	INTERDICT_FORM_SHA512 = 2, /* FSVERITY: its first 32 bytes */
	INTERDICT_FORM_DER = 3,	   /* CERTIFICATE: SHA-256 of its DER */
	INTERDICT_FORM_IS = 4,	 /* CERTIFICATE: SHA-256 of the DER of its IssuerAndSerialNumber */
	INTERDICT_FORM_SPKI = 5, /* KEY: SHA-256 of the DER of SubjectPublicKeyInfo */
	INTERDICT_FORM_SKID = 6, /* KEY: subject key identifier, 4 to 32 bytes */
	INTERDICT_FORM_IMA = 7,	 /* KEY: key ID of an IMA signature, 4 bytes, as in the xattr */
	INTERDICT_FORM_PGP = 8,	 /* KEY: OpenPGP fingerprint, 20 or 32 bytes */
	INTERDICT_FORM_NAME = 9, /* PUBLISHER: SHA-256 of the folded name (extract/publisher.h) */
	INTERDICT_FORM_COUNT
};

/* Where it was found. */
enum interdict_source {
	INTERDICT_SOURCE_NONE = 0,
	INTERDICT_SOURCE_VERITY = 1,   /* the file system: digest, or built-in signature */
	INTERDICT_SOURCE_PE = 2,       /* Authenticode */
	INTERDICT_SOURCE_APK = 3,      /* signing block v2, v3, v3.1 */
	INTERDICT_SOURCE_JAR = 4,      /* META-INF/, APK v1 */
	INTERDICT_SOURCE_APPENDED = 5, /* PKCS#7 behind the content, as of kernel modules */
	INTERDICT_SOURCE_IMA = 6,      /* security.ima */
	INTERDICT_SOURCE_APPIMAGE = 7, /* its signature and key sections */
	INTERDICT_SOURCE_COUNT
};

#define INTERDICT_CLAIM_LEN 32

/* Bits of interdict_claim.flags. */
#define INTERDICT_CLAIM_VERIFIED (1U << 0) /* by the kernel; all others are claims only */

struct interdict_claim {
	__u8 kind;   /* enum interdict_kind */
	__u8 form;   /* enum interdict_form */
	__u8 source; /* enum interdict_source */
	__u8 signer; /* from 0: claims with the same number are of one signature */
	__u8 len;    /* bytes of value that count */
	__u8 flags;  /* INTERDICT_CLAIM_* */
	/* PUBLISHER, SHA512: 1 + where in names its text begins; 0: there was no room */
	__u16 name;
	union {
		__u8 value[INTERDICT_CLAIM_LEN]; /* zero behind len */
		__u64 words[INTERDICT_CLAIM_LEN / 8];
	};
};

/* A signature that names its certificate and carries it makes five claims: these are for six of
 * them. What has more is not identified whole, and says so. */
#define INTERDICT_CLAIMS_MAX 32
/* Texts of publishers, and SHA-512 digests in hex, for people: what finds no room is matched all
 * the same. */
#define INTERDICT_NAMES_LEN 512

/* Bits of interdict_claims.flags. */
#define INTERDICT_CLAIMS_MORE	   (1U << 0) /* a limit was reached: there may be others */
#define INTERDICT_CLAIMS_MALFORMED (1U << 1) /* what looks like a signature could not be read */
#define INTERDICT_CLAIMS_COMPRESSED \
	(1U << 2)			  /* xz, zstd or gzip: what is inside was not looked at */
#define INTERDICT_CLAIMS_UNREAD (1U << 3) /* reading for them failed: there may be some */
/* With one of these, what is not among the claims is not known. */
#define INTERDICT_CLAIMS_PARTIAL (INTERDICT_CLAIMS_MORE | INTERDICT_CLAIMS_UNREAD)

struct interdict_claims {
	__u32 count; /* of claim, to INTERDICT_CLAIMS_MAX */
	__u32 flags; /* INTERDICT_CLAIMS_* */
	__u32 names_len;
	__u32 reserved; /* 0 */
	struct interdict_claim claim[INTERDICT_CLAIMS_MAX];
	char names[INTERDICT_NAMES_LEN]; /* UTF-8, each with NUL; zero behind names_len */
};

/* All that can be known. */
struct interdict_identity {
	struct interdict_ids ids;
	struct interdict_claims claims;
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

/* IDENTIFY with INTERDICT_ID_CLAIMS. */
struct interdict_identify_claims {
	__s32 fd;			    /* in */
	__u32 want;			    /* in */
	struct interdict_identity identity; /* out */
};

/* What an ELF file says of the package that it came in, for people: no rule is matched with it in
 * the kernel. */
#define INTERDICT_PACKAGE_LEN 4096 /* PACKAGE_NOTE_MAX */
struct interdict_package {
	__s32 fd;			  /* in */
	__u32 len;			  /* out: of json; 0: it says nothing */
	char json[INTERDICT_PACKAGE_LEN]; /* out: without NUL */
};

#define INTERDICT_HOLD_MAX 32
struct interdict_hold {
	__u32 count;			   /* in: 1 to INTERDICT_HOLD_MAX */
	__u32 reserved;			   /* in: 0 */
	__s32 link_fd[INTERDICT_HOLD_MAX]; /* in: BPF link descriptors */
	__u32 link_id[INTERDICT_HOLD_MAX]; /* in: their IDs, for the status file */
};

struct interdict_timer {
	__s64 boottime; /* in: CLOCK_BOOTTIME in ns; 0: never */
	__u64 reserved; /* in: 0 */
};

/* Certificates that are sealed: trust.d has a few, of an office and of who stands in for it. */
#define INTERDICT_ANCHORS_MAX 32
/* Bytes of one in DER: with RSA of 4096 bits they have 1.5 KiB. */
#define INTERDICT_ANCHOR_LEN 4096
#define INTERDICT_DEVICE_LEN 32 /* TOKEN_DEVICE_LEN */

struct interdict_seal_anchor {
	__u64 der;   /* in: address of a certificate in DER */
	__u32 len;   /* in: bytes, to INTERDICT_ANCHOR_LEN */
	__s32 error; /* out: 0, or why tokens cannot be verified by it: a negative errno */
};

struct interdict_seal {
	__u32 count;			   /* in: 1 to INTERDICT_ANCHORS_MAX */
	__u32 reserved;			   /* in: 0 */
	__s64 proved;			   /* in: a time that has come, seconds since 1970 */
	char device[INTERDICT_DEVICE_LEN]; /* in: its ID, lower case hex digits */
	struct interdict_seal_anchor anchor[INTERDICT_ANCHORS_MAX];
};

struct interdict_anchor {
	__u32 index;			/* in: from 0 */
	__s32 error;			/* out: as above */
	__u32 len;			/* out: bytes */
	__u32 reserved;			/* in: 0 */
	__u8 der[INTERDICT_ANCHOR_LEN]; /* out */
};

/* Bytes of a signature: a PKCS#7 message with a chain of certificates. */
#define INTERDICT_SIGNATURE_MAX 16384

struct interdict_disarm {
	__u64 text;	     /* in: address of a token's text */
	__u64 signature;     /* in: address of a detached PKCS#7 signature of it, DER */
	__u32 text_len;	     /* in: bytes, to TOKEN_MAX */
	__u32 signature_len; /* in: bytes, to INTERDICT_SIGNATURE_MAX */
	__u32 action;	     /* out: enum token_action */
	__u32 reserved;	     /* in: 0 */
	__s64 until;	     /* out: the token's last second, since 1970 */
};

#define INTERDICT_KEEP_MAX 2
struct interdict_keep {
	__s32 fd;	/* in: any descriptor, O_PATH too; -1: let go of all that are kept */
	__u32 reserved; /* in: 0 */
};

#define INTERDICT_IOC	       0xb7
#define INTERDICT_IOC_FACTS    _IOR(INTERDICT_IOC, 1, struct interdict_facts)
#define INTERDICT_IOC_IDENTIFY _IOWR(INTERDICT_IOC, 2, struct interdict_identify)
#define INTERDICT_IOC_HOLD     _IOW(INTERDICT_IOC, 3, struct interdict_hold)
#define INTERDICT_IOC_RELEASE  _IO(INTERDICT_IOC, 4)
/* Waits until no BPF program that started before the call is still running (RCU tasks trace). The
 * caller can be killed while it waits (EINTR). */
#define INTERDICT_IOC_QUIESCE _IO(INTERDICT_IOC, 5)
#define INTERDICT_IOC_CLAIMS  _IOWR(INTERDICT_IOC, 6, struct interdict_identify_claims)
#define INTERDICT_IOC_PACKAGE _IOWR(INTERDICT_IOC, 7, struct interdict_package)
/* When it returns, no tick of an earlier request is under way. */
#define INTERDICT_IOC_TIMER _IOW(INTERDICT_IOC, 8, struct interdict_timer)
/* EEXIST: it was done; ENOPKG: this kernel can verify by none of them, and nothing is sealed. */
#define INTERDICT_IOC_SEAL _IOWR(INTERDICT_IOC, 9, struct interdict_seal)
/* ENOENT: there is none of that index. */
#define INTERDICT_IOC_ANCHOR _IOWR(INTERDICT_IOC, 10, struct interdict_anchor)
/*
 * ENOENT: nothing is sealed; EKEYREJECTED: nobody who is sealed vouches for it; EBADMSG: it is no
 * token; EXDEV: of another device; EAGAIN: it does not hold yet; EKEYEXPIRED: nor any more;
 * EALREADY: it was used; ENOSPC: no more tokens are taken before the next boot.
 */
#define INTERDICT_IOC_DISARM _IOWR(INTERDICT_IOC, 11, struct interdict_disarm)

/* The oldest of more than INTERDICT_KEEP_MAX goes; one of the same inode changes nothing. */
#define INTERDICT_IOC_KEEP _IOW(INTERDICT_IOC, 12, struct interdict_keep)

#endif /* !__VMLINUX_H__ */
#endif
