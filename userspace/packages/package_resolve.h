/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The package rules of a policy, resolved on one device: for each, the SHA-256 (with size) and the
 * build-id of the programs, libraries and scripts of the packages that it matches.
 *
 * What counts is known by its first bytes (ELF, #!, PE, WebAssembly, Java class, Dalvik, Lua), or
 * by its name (package_is_software()). Left out, and reported:
 *
 *  - the empty file, and one of fewer than PACKAGE_SHORT bytes, which says too little to be told
 * from others' files;
 *  - a file with the same content as one of an unrelated package: one that no package rule of the
 *    policy matches, and that was not built from the same source as one that is;
 *  - a build-id that a file of an unrelated package has, too (the file's SHA-256 stays);
 *  - what the device cannot do without, if that is asked for;
 *  - in users' homes, what is more than PACKAGE_HOMES_BYTES, and what is behind
 *    PACKAGE_HOMES_FILES;
 *  - a file that could not be identified.
 *
 * What is in a user's home makes no other package's file a shared one: else everybody could lift a
 * ban. It is banned like what is elsewhere, so that a user can have content refused that is in no
 * package and that the device can do without.
 *
 * With what it consists of counts what a package consisted of, before its files changed or it was
 * removed, as far as it was seen then (package_former.h).
 *
 * What was found is kept in a file (package_keep.h), so that a file that did not change is not read
 * again, and so that what a database said last still holds while it is broken.
 */
#ifndef INTERDICT_PACKAGE_RESOLVE_H
#define INTERDICT_PACKAGE_RESOLVE_H

#include <jansson.h>

#include "package.h"
#include "policy/policy_resolution.h"

#define PACKAGE_KEPT  "/var/lib/interdict/packages.json"
#define PACKAGE_SHORT 32U
/* Bytes that are read of files in users' homes, in one resolution: they may be sparse. */
#define PACKAGE_HOMES_BYTES (8ULL << 30)
/* And files there, in a package; an application with its runtime has some ten thousand. */
#define PACKAGE_HOMES_FILES 200000U
/* Files that were left out and are named in a report; all are counted. */
#define PACKAGE_LEFT_OUT_MAX 256U

/* Called for a rule that is about to be made; its id, size and path count. What it returns, if not
 * NULL, is why not. */
typedef const char *(*package_spare_fn)(void *context, const struct policy_resolved_rule *rule);

struct package_resolve_options {
	const char *root;	/* "": this system */
	const char *kept;	/* a file that is read and written; NULL: nothing is kept */
	bool only_kept;		/* look at nothing but the kept: quick, and as of the last time */
	bool dry;		/* write nothing */
	package_spare_fn spare; /* or NULL */
	bool spare_homes;	/* ask it for what is in users' homes only */
	void *context;
	/* Where the resolution is of this digest (32 bytes) before it is asked, it is not; or NULL.
	 */
	const uint8_t *unless;
	/* For how long, in ms, to look into packages that nothing is compared with now; 0: none. */
	unsigned int ahead_ms;
	bool later; /* what is to be kept is not written before package_report_keep() */
};

struct package_left_out {
	char *package; /* its ID */
	char *path;
	char *why; /* a sentence without its dot */
};

/* What came of it, for people. Free with package_report_free(). */
struct package_report {
	bool resolved;	    /* there are package rules */
	uint8_t digest[32]; /* of what it came to before anything was spared; zero without */
	int64_t when;	    /* seconds since 1970 */
	uint64_t took_us;
	struct package_databases databases;
	/* Of a broken database the last resolution holds: of how many packages. */
	size_t held[PACKAGE_TYPE_COUNT];
	size_t packages; /* that rules match */
	/* Another number where others are installed that rules match, or other versions of them. */
	uint64_t present;
	size_t files;  /* of theirs that count */
	size_t former; /* files of theirs, and of packages that are gone, from before */
	size_t rules;
	size_t left_out;
	size_t ahead; /* packages that are to be looked into before one is compared with them */
	size_t read;  /* files whose content was read, as they were not known yet */
	struct package_left_out *v; /* the first PACKAGE_LEFT_OUT_MAX of left_out */
	size_t n;
	char *keep;			/* what package_report_keep() writes; or NULL */
	char kept_why[PACKAGE_WHY_MAX]; /* why nothing could be kept, or "" */
};

/*
 * Resolve the package rules of @policy. Returns 0, sets *@ret (a policy's: policy_set_resolution(),
 * or policy_resolution_free()) and fills *@report: also where a database is broken, the report then
 * says so. *@ret is NULL where the policy has no package rules. -ENOMEM.
 */
int package_resolve(const struct policy *policy, const struct package_resolve_options *options,
		    struct policy_resolution **ret, struct package_report *report);
void package_report_free(struct package_report *report);

/*
 * Write what a resolution with options->later left to be kept to @path, options->kept: what waits
 * for it should not wait for the disk. An error is report->kept_why.
 */
void package_report_keep(struct package_report *report, const char *path);

/*
 * {"when","took_us","packages","files","former","rules","left_out","read",
 *  "databases":[{"type","state":"read"|"broken","packages","why","held"}],
 *  "files_left_out":[{"package","path","why"}],"kept_why"}; null where there are no package rules.
 * NULL: no memory.
 */
json_t *package_report_json(const struct package_report *report);

/* What matches, what is broken, what was left out, as lines for a person, each behind @before. */
void package_report_print(const struct package_report *report, const char *before, FILE *out);

/* Whether a file with these first @len bytes (MAGIC_HEAD, or all), of this name, is one that
 * counts.
 */
bool package_is_software(const char *path, const uint8_t *head, size_t len);

/*
 * A number that is another one when a database below @root has changed; looks at a few files'
 * times, of which none is in anybody's home: these may be on a file system that does not answer.
 */
uint64_t package_databases_mark(const char *root);

#endif
