/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine: the BPF programs that decide, seen from user space. It loads them or takes over those
 * that run, switches the policy, and says what is enforced and what is missing.
 *
 * The programs outlive the process: with the module their links are held by it, without it they are
 * pinned in ENGINE_PINS. So every command opens the engine, does one thing, and closes it; closing
 * switches nothing off.
 *
 * Nothing here prints. What went wrong is in struct engine_error, with the exit status that the
 * command should end with. Not safe for use from several threads at once, but for engine_state()
 * and the ring buffer, which have their own rules.
 */
#ifndef INTERDICT_ENGINE_H
#define INTERDICT_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/state.h"
#include "kmod/abi.h"
#include "policy/policy.h"

#define ENGINE_PINS    "/sys/fs/bpf/interdict"
#define ENGINE_CONTROL "/sys/kernel/security/interdict/control"
#define ENGINE_STATUS  "/sys/kernel/security/interdict/status"

struct engine;

struct engine_error {
	int exit_status; /* enum interdict_exit */
	char text[512];	 /* a sentence or two: what, why, what to do */
};

/* ---- what this kernel can do ---- */

enum engine_answer { ENGINE_NO, ENGINE_YES, ENGINE_UNKNOWN };

/* What it means that an answer is not ENGINE_YES. */
enum engine_weight {
	ENGINE_ADVISED,	 /* Interdict does all it promises; the device would be safer with it */
	ENGINE_WANTED,	 /* Interdict does less than the policy may ask for */
	ENGINE_REQUIRED, /* nothing can be enforced */
};

struct engine_fact {
	const char *name; /* "bpf-lsm", "btf", "module", "lockdown", "ima", "hook:file_open" ... */
	enum engine_answer answer; /* whether it is as Interdict wants it */
	enum engine_weight weight;
	char text[256];	  /* what was found */
	char remedy[256]; /* what to do about it; empty if nothing has to be done */
};

#define ENGINE_FACTS_MAX 32
struct engine_facts {
	size_t n;
	struct engine_fact v[ENGINE_FACTS_MAX];
};

/* Look at the running system; loads and changes nothing. Works without privileges, then with
 * answers ENGINE_UNKNOWN. */
void engine_probe(struct engine_facts *facts);

/*
 * What an admin has to do about @facts, as an exit status: EXIT_DONE, nothing; EXIT_UNSUPPORTED:
 * something required is not there; EXIT_FAILED: something else is not there, or something could not
 * be found out. What is only advised never counts.
 */
int engine_facts_status(const struct engine_facts *facts);

/* ---- opening ---- */

/* Only take over what runs: nothing is loaded, -ENOENT if no programs are attached. */
#define ENGINE_TAKEOVER 1U
/* Do without the module even if there is one (degraded; for tests of that). */
#define ENGINE_NO_MODULE 2U
/* Load the programs anew, also where others run: see engine_open(). */
#define ENGINE_REPLACE 4U

struct engine_options {
	unsigned int flags; /* ENGINE_* */
	const char *object; /* file with the BPF object, or NULL: the one built in */
};

/*
 * Take over the running programs; if there are none, load the module (modprobe) and the programs,
 * attach them, and hand them to the module. @options may be NULL.
 *
 * Programs that run and are of another layout, which this process cannot use, are replaced without
 * a gap; with ENGINE_REPLACE, others too: the new ones are attached beside them, and what they
 * refuse stays refused until the first engine_switch() of this engine has made a policy active in
 * the new ones. Then the old ones go. Up to then closing the engine, or its end, leaves the old
 * ones alone. Events in their ring are not carried over: who can read them (engine_outdated()) does
 * so after the switch.
 *
 * Returns 0 and sets *@ret (engine_close()); -ENOENT: ENGINE_TAKEOVER and nothing runs; -EPERM: not
 * root, or the kernel refuses; -EOPNOTSUPP: this kernel cannot (exit status 3: no BPF LSM, no BTF);
 * -EPROTO: a module of another version runs, or with ENGINE_TAKEOVER programs of another layout;
 * -EINVAL: the object is broken; another -errno. *@err is filled on each error.
 */
int engine_open(const struct engine_options *options, struct engine **ret,
		struct engine_error *err);
/* Let go; what is enforced stays enforced. @engine may be NULL. */
void engine_close(struct engine *engine);

/* Whether the programs that run are of another build than those of this process, which could
 * replace them (ENGINE_REPLACE). */
bool engine_outdated(const struct engine *engine);
/* Whether this engine waits for a policy to take the place of programs that run. */
bool engine_replaces(const struct engine *engine);

/* ---- the policy ---- */

struct engine_switched {
	uint64_t generation;
	size_t orders;	 /* in force */
	size_t rules;	 /* distinct identifiers */
	uint64_t memory; /* bytes of kernel memory that the tables take */
	int64_t next;	 /* in how many seconds an order or exemption begins or ends: switch again
			  * then. POLICY_TIME_MAX: never */
};

/*
 * Compile @policy into a free slot and make it the active generation with one store. Orders are
 * filtered by @device, its time and their mode. What was to follow by itself is dropped. On failure
 * the old generation stays active.
 *
 * Returns 0 and fills *@out (may be NULL); -ESTALE: the serial is lower than the active one, or
 * equal with another digest (exit status 4); -EBUSY: no slot became free in time; -ENOMEM, another
 * -errno.
 */
int engine_switch(struct engine *engine, const struct policy *policy,
		  const struct policy_device *device, struct engine_switched *out,
		  struct engine_error *err);

/*
 * Have the active policy, which is @policy, switch by itself to what it is for @then: at @boottime
 * (CLOCK_BOOTTIME, ns), also if no process of ours is left. One such switch is kept; another call,
 * or engine_switch(), takes its place. Takes the memory of a generation until then.
 *
 * Returns 0; -EOPNOTSUPP: no module, or one of the version before; -ESTALE: another policy is
 * active; others as engine_switch().
 */
int engine_follow(struct engine *engine, const struct policy *policy,
		  const struct policy_device *then, uint64_t boottime, struct engine_error *err);

/*
 * Switch enforcement off: no policy is active, then the programs are detached and let go. Leaves
 * the module loaded. The engine can only be closed afterwards. Returns 0 or -errno.
 */
int engine_off(struct engine *engine, struct engine_error *err);
/* The same for programs of whatever version, where engine_open() gave -EPROTO. */
int engine_discard(struct engine_error *err);

/* ---- status ---- */

struct engine_hook {
	const char *name; /* of the LSM hook */
	const char *duty; /* "exec", "map", "open", "load", "content changes" */
	bool attached;
};

struct engine_degraded {
	char text[256];	  /* what is not covered, and why */
	char remedy[256]; /* what to do */
};

#define ENGINE_HOOKS_MAX    16
#define ENGINE_DEGRADED_MAX 8
struct engine_status {
	bool enforcing;		      /* a policy is active and its mode is not off */
	enum policy_mode mode;	      /* of the active policy; off if there is none */
	struct interdict_head policy; /* head of the active generation; zeros if there is none */
	uint64_t memory;	      /* bytes of kernel memory of all maps, the ring included */
	const char *provider;	      /* "kmod" or "ima" */
	struct interdict_counters counters;
	struct interdict_consumer consumer;
	uint64_t inflight;   /* decisions under way */
	uint64_t ring_bytes; /* in the ring buffer, not read yet */
	bool outdated;	     /* engine_outdated() */
	/* of the module that is loaded, "" without one; it stays until the next boot */
	char module_version[32];
	bool module_outdated; /* this program came with another version of it */
	size_t n_hooks;
	struct engine_hook hooks[ENGINE_HOOKS_MAX];
	size_t n_degraded;
	struct engine_degraded degraded[ENGINE_DEGRADED_MAX];
};

void engine_status(struct engine *engine, struct engine_status *status);

/* ---- for the daemon and for explain ---- */

/* The state shared with the programs, mapped read-write for as long as the engine is open. Of it,
 * only `consumer` may be written. */
struct interdict_state *engine_state(struct engine *engine);
/* Descriptor of the ring buffer's map, for ring_buffer__new(); owned by the engine. */
int engine_ring_fd(const struct engine *engine);

/*
 * Have the module identify the file behind @fd (any descriptor, O_PATH too). @want:
 * INTERDICT_ID_*. Needs no engine. Returns 0 and fills *@identity; -ENODEV: no module;
 * -EPERM; another -errno of the module.
 */
int engine_identify(int fd, uint32_t want, struct interdict_identity *identity);

/*
 * The same for many files: a descriptor of the module's, to be closed, or -errno as above; then it
 * may be asked by several threads at a time.
 */
int engine_control(void);
int engine_identify_by(int control, int fd, uint32_t want, struct interdict_identity *identity);

/* Have it read the package note of an ELF file, *@len bytes (0: there is none). Errors as above;
 * -E2BIG: it is longer. */
int engine_package(int fd, char json[INTERDICT_PACKAGE_LEN], uint32_t *len);

/*
 * The tables of the active generation, mapped read-only, to decide by them here (decide/decision.h):
 * no memory of ours, and no text of the policy is needed. They stay as they are after a switch, and
 * after engine_close(); any thread may use them. *@image is freed with engine_image_free(), not
 * with compile_image_free(). Returns 0; -ENOENT: no policy is active; -EAGAIN: it changes all the
 * time; -ENOMEM, another -errno.
 */
struct compile_image;
int engine_image(struct engine *engine, struct compile_image *image, struct engine_error *err);
void engine_image_free(struct compile_image *image);

/* Decisions that are under way under generations that are not active any more. */
uint64_t engine_older_inflight(struct engine *engine);

/* What the kernel has cached about a file. */
struct engine_cached {
	bool valid;	     /* the content did not change since */
	uint64_t generation; /* that the verdict was made under */
	uint32_t deny;	     /* 1 << enum interdict_op: refused by that generation */
	uint32_t audit;	     /* the same: only recorded */
	struct interdict_ids ids;
};
/* Returns 0; -ENOENT: nothing is cached (an overlayfs file's is on its real inode, not to be had
 * here); another -errno. */
int engine_cached(struct engine *engine, int fd, struct engine_cached *cached);

#endif
