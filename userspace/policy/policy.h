/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A policy: a header, its orders and their hash lists, read from text files into one `struct
 * policy`: those of a directory, or of a bundle (bundle.h), which is the same in one signed file.
 *
 *	DIR/policy.yaml		the header
 *	DIR/orders/NAME.yaml	one order each, read in the byte order of their names
 *	DIR/lists/...		hash lists, read when an order names them
 *
 * Nothing here prints: what is wrong with the text goes to `struct policy_errors`, every problem
 * with its file, line and column, and the command prints it. Everything in a `struct policy` is
 * owned by it, is constant once loaded, and goes with policy_free().
 */
#ifndef INTERDICT_POLICY_H
#define INTERDICT_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "kmod/abi.h"

/* ---- limits, each with its reason ---- */

/* policy.yaml and one order: 20,000 rules with notes fit; more belongs in a list. */
#define POLICY_TEXT_BYTES_MAX (4U << 20)
/* One hash list: seven million lines. */
#define POLICY_LIST_BYTES_MAX (512U << 20)
/* All files of a policy together: as many lines as the kernel's tables hold, nearly. */
#define POLICY_TOTAL_BYTES_MAX (1024ULL << 20)
/* Orders of one policy: an event names orders by a small number. */
#define POLICY_ORDERS_MAX 4096U
/* Nesting of YAML collections: the format itself needs four. */
#define POLICY_DEPTH_MAX 8U
/* An ID is a file name, a label and a word in every event: as long as a DNS label. */
#define POLICY_ID_MAX 63U
/* Bytes of any other string: a paragraph. */
#define POLICY_STRING_MAX 1024U
/* Bytes of a member's path: what the name field of a ustar header holds. */
#define POLICY_PATH_MAX 100U
/* Bytes of one build-id: ld's are 8, 16 or 20, other tools go up to a SHA-256. */
#define POLICY_BUILD_ID_MIN 4U
#define POLICY_BUILD_ID_MAX 32U
/* Grace, in seconds: after a year it is not a grace but another order. */
#define POLICY_GRACE_MAX     (366U * 86400U)
#define POLICY_GRACE_DEFAULT 10U
/* Problems kept for one load; the rest is counted in policy_errors.dropped. */
#define POLICY_ERRORS_MAX 1000U

/* ---- problems ---- */

enum policy_severity {
	POLICY_WARNING, /* worth saying; loads */
	POLICY_ERROR,	/* the text is wrong; exit status 1 */
	POLICY_REFUSED, /* the text is right but must not or cannot be enforced; exit status 4 */
};

/*
 * What sort of problem it is: the identifiers of SARIF and of `check --json`
 * (policy_problem_name()) are stable, so that a gate may count or leave out one of them.
 */
enum policy_problem {
	POLICY_PROBLEM_TEXT,  /* the text is wrong, or cannot be read */
	POLICY_PROBLEM_FILES, /* something lies in the directory that is no part of the policy */
	POLICY_PROBLEM_UNENFORCED, /* a rule of a kind that this version cannot enforce */
	POLICY_PROBLEM_CRITICAL,   /* a rule matches what the device cannot do without */
	POLICY_PROBLEM_UNCOMPARED, /* rules could not be compared with all that they should be */
	POLICY_PROBLEM_INSTALLED,  /* a rule's signer also signed what is installed */
	POLICY_PROBLEM_EMPTY,	   /* an order's list, or the policy, bans nothing */
	POLICY_PROBLEM_DUPLICATE,  /* an order names an identifier twice */
	POLICY_PROBLEM_SHADOWED,   /* another order covers all that this rule adds */
	POLICY_PROBLEM_SIZE,	   /* a hash without size, or with two */
	POLICY_PROBLEM_UNVERIFIED, /* an entry is marked so */
	POLICY_PROBLEM_PUBLISHER,  /* a publisher's name stands for more, or for others, than meant
				    */
	POLICY_PROBLEM_DATE,	   /* an order or exemption has ended, or ends soon */
	POLICY_PROBLEM_LABEL,	   /* a label that no device of the fleet has */
	POLICY_PROBLEM_SIGNATURE,  /* a bundle's signature is refused, or would be */
	POLICY_PROBLEM_COUNT,
};

/* "text", "unknown-label": letters and hyphens. */
const char *policy_problem_name(enum policy_problem problem);
/* What it means, for those who read a report: a sentence without its full stop. */
const char *policy_problem_meaning(enum policy_problem problem);

/* Printed as `file:line:col: error|warning: text`. line and col count from 1; 0: the whole file. */
struct policy_error {
	char *file; /* owned */
	uint32_t line;
	uint32_t col;
	enum policy_severity severity;
	enum policy_problem problem;
	char *text; /* owned; one line of UTF-8 without control characters */
};

struct policy_errors {
	struct policy_error *v;
	size_t n;
	size_t cap;
	size_t count[3]; /* by severity; also of those that were dropped */
	size_t dropped;	 /* beyond POLICY_ERRORS_MAX, or for lack of memory */
};

/* Zero-initialise a struct policy_errors before use: `struct policy_errors errs = { 0 };`. */
void policy_errors_free(struct policy_errors *errs);
/* Of the text: POLICY_PROBLEM_TEXT. */
void policy_errors_add(struct policy_errors *errs, enum policy_severity severity, const char *file,
		       uint32_t line, uint32_t col, const char *fmt, ...)
	__attribute__((format(printf, 6, 7)));
/* Of any sort, at @at (line 0: the whole file). */
struct policy_place;
void policy_errors_add_problem(struct policy_errors *errs, enum policy_problem problem,
			       enum policy_severity severity, const struct policy_place *at,
			       const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* Sort by file, line and column; problems of one place keep their order. */
void policy_errors_sort(struct policy_errors *errs);
/* "error" for POLICY_ERROR and POLICY_REFUSED, else "warning". */
const char *policy_severity_name(enum policy_severity severity);
/* A line for each problem, and one more where some were dropped. */
void policy_errors_print(const struct policy_errors *errs, FILE *out);
/* The exit status that the problems ask for: 1 with an error, else 4 with a refusal, else 0. */
int policy_errors_status(const struct policy_errors *errs);

/* ---- words of the format ---- */

enum policy_mode { POLICY_MODE_OFF, POLICY_MODE_AUDIT, POLICY_MODE_ENFORCE, POLICY_MODE_COUNT };

enum policy_operation {
	POLICY_OP_EXEC,
	POLICY_OP_MAP,
	POLICY_OP_OPEN,
	POLICY_OP_LOAD,
	POLICY_OP_COUNT,
};

#define POLICY_OP_BIT(op) (1U << (op))
#define POLICY_OPS_ALL	  ((1U << POLICY_OP_COUNT) - 1)

/* Most exact first: the order in which a match is reported. */
enum policy_kind {
	POLICY_KIND_SHA256,
	POLICY_KIND_FSVERITY,
	POLICY_KIND_BUILD_ID,
	POLICY_KIND_CERTIFICATE,
	POLICY_KIND_KEY,
	POLICY_KIND_PUBLISHER,
	POLICY_KIND_PACKAGE,
	POLICY_KIND_COUNT,
};

enum policy_status { POLICY_STATUS_NONE, POLICY_STATUS_VERIFIED, POLICY_STATUS_UNVERIFIED };

const char *policy_mode_name(enum policy_mode mode);
const char *policy_operation_name(enum policy_operation op);
const char *policy_kind_name(enum policy_kind kind);

/* ---- the policy in memory ---- */

/* Where something stands in the text. `file` is the path as messages show it; owned by the policy.
 */
struct policy_place {
	const char *file;
	uint32_t line;
	uint32_t col;
};

/*
 * What the tables and the claims of a file have: of a SHA-512 (fsverity) the first 32 bytes, of a
 * publisher publisher_value(). Of a package, no bytes (len 0).
 */
#define POLICY_IDENTIFIER_MAX 32U
struct policy_identifier {
	uint16_t kind; /* enum policy_kind */
	uint8_t form;  /* enum interdict_form; NONE where a kind has one only */
	uint8_t len;   /* bytes of value that count */
	uint8_t value[POLICY_IDENTIFIER_MAX];
};

/* Any but `type` may be NULL (not given), at least one is; glob patterns. */
struct policy_package {
	const char *type; /* deb, rpm, flatpak, snap, appimage */
	const char *name;
	const char *maintainer;
	const char *vendor;
	const char *origin;
};

/* `note`, `source`, `status` of an entry under `match`. */
struct policy_remark {
	const char *note;   /* or NULL */
	const char *source; /* or NULL */
	enum policy_status status;
};

/* An entry under `match` that is one identifier. */
struct policy_rule {
	struct policy_identifier id;
	bool has_size;			      /* sha256 only */
	uint64_t size;			      /* bytes, at least 1; 0 without has_size */
	const char *text;		      /* the value as written; NULL for package */
	const struct policy_package *package; /* POLICY_KIND_PACKAGE only */
	struct policy_remark remark;
	struct policy_place at; /* of the kind's value */
};

/* A line of a hash list: 40 bytes, a million of them are 38 MiB. */
struct policy_row {
	uint8_t sha256[32];
	uint64_t size; /* bytes, at least 1; 0: the line has no size */
};

/* The row of that index, and those behind it, are that line, and those behind it. */
struct policy_jump {
	uint32_t row, line;
};

/* A hash list's file. Orders that name the same file share it. */
struct policy_list {
	const char *path;	 /* relative to the policy's directory */
	const char *file;	 /* as messages show it */
	struct policy_row *rows;
	size_t n_rows;
	struct policy_jump *jumps; /* over lines that are no rows; see policy_row_line() */
	size_t n_jumps;
	uint32_t *index; /* of policy_list_index(), or NULL */
	size_t n_sizeless; /* rows without size */
};

/* Which line of its file the row of that index is. */
uint32_t policy_row_line(const struct policy_list *list, size_t row);

/* Make what policy_list_find() is fast by: 5 bytes for each row. Returns 0 or -ENOMEM. */
int policy_list_index(struct policy_list *list);

/* The index of the first row that a file of this hash and size matches; n_rows: none. Without
 * policy_list_index() it looks at all of them; with it, at a few whatever is in the list. */
size_t policy_list_find(const struct policy_list *list, const uint8_t sha256[32], uint64_t size);

/* An entry under `match` that names a list. */
struct policy_list_entry {
	const struct policy_list *list;
	struct policy_remark remark;
	struct policy_place at;
};

struct policy_exemption {
	const char *const *devices;
	size_t n_devices;		       /* at least 1 */
	const struct policy_place *devices_at; /* of each */
	int64_t until; /* seconds since 1970; the exemption holds while now < until */
	const char *reason;
	struct policy_place at;
};

/* No `effective`: always begun. No `expires`: never ends. Holds while effective <= now < expires.
 */
#define POLICY_TIME_MIN INT64_MIN
#define POLICY_TIME_MAX INT64_MAX

struct policy_order {
	const char *id;
	const char *title;
	const char *authority;
	const char *reference;
	const char *reason;
	const char *message;		       /* or NULL */
	const char *contact;		       /* or NULL */
	int64_t effective;		       /* seconds since 1970, or POLICY_TIME_MIN */
	int64_t expires;		       /* seconds since 1970, or POLICY_TIME_MAX */
	const char *const *devices;	       /* labels */
	size_t n_devices;		       /* 0: all devices */
	const struct policy_place *devices_at; /* of each */
	enum policy_mode mode;	   /* as written, default enforce; see policy_order_mode() */
	uint32_t operations;	   /* POLICY_OP_BIT()s, never 0 */
	bool running_kill;	   /* running: kill */
	bool installed_remove;	   /* installed: remove */
	uint32_t grace;		   /* seconds */
	struct policy_rule *rules; /* in the order of the text */
	size_t n_rules;
	struct policy_list_entry *lists;
	size_t n_lists;
	struct policy_exemption *exemptions;
	size_t n_exemptions;
	struct policy_place at;		/* of the value of `order` */
	struct policy_place expires_at; /* of the value of `expires`; line 0 without one */
};

/* Who signed a bundle. */
struct policy_signer {
	const char *name;	 /* the certificate's subject, as RFC 2253 writes it, in ASCII */
	uint8_t certificate[32]; /* SHA-256 of its DER */
	int64_t signed_at;	 /* as the signer says, seconds since 1970; 0: it does not say */
};

struct policy {
	const char
		*file; /* of the header, or of the one order that was parsed, as messages show it */
	const char *name;
	uint64_t serial; /* at least 1 */
	enum policy_mode mode;
	bool unidentified_deny;
	bool untrusted_fs_deny;
	bool boot_override;
	/* What the kernel command line asks for, and what came of it: a sentence without its dot;
	 * NULL: nothing. Set where the policy was loaded to be enforced (policy_boot.h). */
	const char *boot_asked;
	bool boot_lowered;	     /* mode is lower than the text says */
	struct policy_order *orders; /* by file name */
	size_t n_orders;
	struct policy_list **lists; /* each file once, by path */
	size_t n_lists;
	size_t n_rules;	    /* rules and rows of all orders; a shared list counts for each */
	uint8_t digest[32]; /* see policy_digest_dir(); zeros if parsed from a buffer */
	/* Of the bundle that it came from, whose signature was verified; NULL: a directory */
	const struct policy_signer *signer;
	/* What its package rules stand for here (policy_resolution.h); NULL: nothing, or not known
	 * yet */
	struct policy_resolution *resolution;
	struct policy_arena *arena;
};

/* ---- loading ---- */

/* What to do about identifier kinds that this version cannot enforce. Default: refuse the load. */
#define POLICY_UNENFORCED_REPORT 1U /* add a POLICY_REFUSED problem, keep the rule, go on */
#define POLICY_UNENFORCED_KEEP	 2U /* keep the rule, say nothing */
/* Whom bundles are verified by: trust_load_sealed() in place of trust_load(). */
#define POLICY_BY_SEALED 4U

/* Whether this version enforces rules of a kind. */
bool policy_kind_enforced(enum policy_kind kind);

/*
 * Load the policy in directory @dir. Every file is read once: the digest is of the bytes that were
 * parsed. Problems are added to @errs, warnings on success too. @flags: POLICY_UNENFORCED_*.
 *
 * Returns 0 and sets *@ret (free with policy_free()); -EBADMSG: the text is wrong, see @errs;
 * -EOPNOTSUPP: the text is right, but a rule's kind cannot be enforced, see @errs; -ENOMEM; another
 * -errno: a file or directory could not be read, @errs says which. *@ret is set on success only.
 */
int policy_load_dir(const char *dir, unsigned int flags, struct policy **ret,
		    struct policy_errors *errs);

/*
 * The same of an archive of such a directory (policy_ustar.h), of @len bytes at @buf. Messages call
 * it @name, and its members NAME:orders/x.yaml. Who made the archive has to be known before. Every
 * member must be a part of the policy; -EBADMSG, too, where the archive is not the one that the
 * files have.
 */
int policy_load_archive(const char *name, const void *buf, size_t len, unsigned int flags,
			struct policy **ret, struct policy_errors *errs);

/*
 * Load what @path is: a bundle, if it is a regular file, else a directory. A bundle is verified
 * with the certificates in the directory @trust_dir, at the time @now in seconds since 1970, before
 * anything in it is parsed; see bundle_load() for what it returns more. ret->signer says which it
 * was. A directory is loaded whether anybody is trusted or not: see trust_has_anchors().
 */
int policy_load(const char *path, const char *trust_dir, int64_t now, unsigned int flags,
		struct policy **ret, struct policy_errors *errs);

/*
 * The same, to be enforced: rules of kinds that cannot be are refused, and so is a directory where
 * @trust_dir has anchors, or the kernel (-EKEYREJECTED, with a POLICY_REFUSED problem). Where some
 * are sealed there (engine/seal.h), those count, not @trust_dir's. The kernel command line may
 * lower the mode: policy_boot.h.
 */
int policy_load_to_enforce(const char *path, const char *trust_dir, int64_t now,
			   struct policy **ret, struct policy_errors *errs);

/*
 * Load the directory @dir, and give the archive of what was read, too, of at most @max bytes:
 * *@buf, to be freed, and *@len. Returns as policy_load_dir(); -EFBIG with a problem in @errs.
 */
int policy_pack_dir(const char *dir, unsigned int flags, size_t max, struct policy **ret,
		    char **buf, size_t *len, struct policy_errors *errs);

/* @policy may be NULL. */
void policy_free(struct policy *policy);

/*
 * Parse one order from @len bytes at @buf; @file is its name in messages. The entry `list:` is
 * refused here, as there is no directory to read it from. *@ret is a policy of this one order with
 * an empty header. Returns as policy_load_dir().
 */
int policy_parse_order(const char *buf, size_t len, const char *file, unsigned int flags,
		       struct policy **ret, struct policy_errors *errs);

/* Parse a header (policy.yaml) in the same way. *@ret has no orders. */
int policy_parse_header(const char *buf, size_t len, const char *file, struct policy **ret,
			struct policy_errors *errs);

/*
 * SHA-256 of the policy in @dir as a bundle's content would be: a ustar archive of the files that
 * the policy consists of (policy.yaml, orders/[!.]*.yaml, and the lists that orders name), sorted
 * by the bytes of their names, with fixed metadata (mode 0644, owner and group 0 without names,
 * time 0), padded with zeros to a multiple of 10240 bytes. interdict-policy(5) has the tar command
 * that makes the same bytes. Parses the policy to know its lists; returns as policy_load_dir() with
 * POLICY_UNENFORCED_KEEP.
 */
int policy_digest_dir(const char *dir, uint8_t digest[32], struct policy_errors *errs);
/*
 * The digest of a policy in @dir whose files are the @n at @paths (relative, each once; they are
 * sorted), without a look at what is in them. One file at a time is in memory. Returns 0; -ENOMEM;
 * another -errno with a problem in @errs.
 */
int policy_digest_files(const char *dir, const char **paths, size_t n, uint8_t digest[32],
			struct policy_errors *errs);

/* Add to @count how many rules of each kind @order has, each row of its lists for itself. Returns
 * how many there are. */
uint64_t policy_count_rules(const struct policy_order *order, uint64_t count[POLICY_KIND_COUNT]);

/* The order with this ID, or NULL. @policy may be NULL. */
const struct policy_order *policy_order_find(const struct policy *policy, const char *id);

/* The mode in which @order is enforced: the lower of its own and the policy's. */
enum policy_mode policy_order_mode(const struct policy *policy, const struct policy_order *order);

/*
 * What an order is looked at for: a device with its labels, and its time. Clocks can be set, so
 * that the time is what is known for sure to have come (early) and the latest that any clock shows
 * (late); see timekeeping.h. Both in seconds since 1970, the same where all clocks agree. An order
 * begins by the late one and ends by the early one, an exemption ends by the late one: a clock that
 * was set wrong lifts no ban.
 */
struct policy_device {
	const char *const *labels;
	size_t n_labels;
	int64_t early;
	int64_t late;
	bool record_only; /* orders that would enforce only record: a break-glass token holds */
};

/* Whether @order's dates, devices and exemptions make it apply. The mode is not looked at. */
bool policy_order_applies(const struct policy_order *order, const struct policy_device *device);

/* Bytes of a reason: the longest has an exemption's reason in it. */
#define POLICY_WHY_MAX (POLICY_STRING_MAX + 128U)

/* The same, and the mode is not off. @why: the reason why not, a sentence without its dot, or "".
 */
bool policy_order_in_force(const struct policy *policy, const struct policy_order *order,
			   const struct policy_device *device, char why[POLICY_WHY_MAX]);

/* In how many seconds that may change for an order of @policy, by its dates or an exemption's: at
 * least 1, or POLICY_TIME_MAX: never. */
int64_t policy_changes_in(const struct policy *policy, const struct policy_device *device);

/* ---- parts of the format, for commands that print or import ---- */

/*
 * "2023-10-30T00:00:00Z" (RFC 3339 section 5.6, whole seconds, UTC as Z only) to seconds since
 * 1970. Returns 0, or -EINVAL with *@why a sentence.
 */
int policy_parse_time(const char *text, int64_t *seconds, const char **why);
/* The reverse; @buf takes 21 bytes. Years 1970 to 9999. */
void policy_format_time(int64_t seconds, char buf[21]);
/* "10s", "10m", "2h", "1d" to seconds. Returns 0, or -EINVAL with *@why a sentence. */
int policy_parse_duration(const char *text, uint32_t *seconds, const char **why);
/*
 * The value of an identifier of @kind (not package), as an entry under `match` has it: "der:HEX",
 * a publisher's name. Returns 0 and fills *@id; -EINVAL with a sentence in @why; -ENOMEM.
 */
#define POLICY_IDENTIFIER_WHY_MAX 160
int policy_parse_identifier(enum policy_kind kind, const char *text, struct policy_identifier *id,
			    char why[POLICY_IDENTIFIER_WHY_MAX]);
/*
 * An even number of hex digits (either case) to bytes. Returns the number of bytes, or -EINVAL with
 * *@bad the offset of the first character that is wrong (strlen(text): too short or uneven), or
 * -ERANGE where it is longer than @max bytes.
 */
ssize_t policy_parse_hex(const char *text, size_t len, uint8_t *out, size_t max, size_t *bad);

#endif
