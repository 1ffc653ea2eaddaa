/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the programs and user space share while running: the .bss of the object, mapped by both.
 *
 * active is the policy switch: generation << 10 | slot << 8, or 0 while nothing was loaded. A
 * decision reads it once. Its low 8 bits are 0, so that a cached verdict (active | bits) that has
 * nothing to refuse equals it.
 */
#ifndef INTERDICT_STATE_H
#define INTERDICT_STATE_H

#include "event.h"
#include "tables.h"

#ifdef __VMLINUX_H__
#include "../kmod/abi.h"
#else
#include "kmod/abi.h"
#endif

/* Raised with every change of what programs and user space share: the structs of this directory. */
#define INTERDICT_LAYOUT 10

#define INTERDICT_ACTIVE_SLOT(active)	    (((active) >> 8) & 3)
#define INTERDICT_ACTIVE_GENERATION(active) ((active) >> 10)
#define INTERDICT_ACTIVE(generation, slot)  ((__u64)(generation) << 10 | (__u64)(slot) << 8)

struct interdict_counters {
	/* attempts = emitted + lost */
	__u64 attempts; /* what had to be reported */
	__u64 emitted;	/* went into the ring buffer */
	__u64 lost;	/* did not fit */
	__u64 denied;	/* refusals, reported or lost */
	__u64 audited;
	__u64 unidentified;	/* judged without all that the policy asks for */
	__u64 mprotect_unknown; /* made executable while something of it was not known */
	__u64 identified;	/* computations: what the caches did not answer */
	__u64 canary; /* uses of the canary, under enforce and audit alike; in nothing above */
};

/*
 * Refusals that are the same, which the daemon counts instead of recording each (burst.h of user
 * space). Kept here so that a daemon that is killed loses none.
 */
#define INTERDICT_BURSTS 256

struct interdict_burst {
	__u64 key;		 /* of what makes them the same; 0: free */
	__u64 seq;		 /* of the last line in the record that is one of them */
	__u64 count;		 /* of those that no line tells of yet */
	__u64 first_ns, last_ns; /* CLOCK_BOOTTIME of these */
	__u64 k_first, k_last;
};

/* Where the daemon is in the ring; kept here so that its successor goes on from there. See
 * event_consume.c for the order in which they are written. */
struct interdict_consumer {
	__u64 recorded; /* events written to the record, over all daemons since the programs were
			   loaded */
	__u64 recorded_before; /* recorded, before the event k_writing */
	__u64 k_writing;       /* kernel sequence number of the event being written */
	__u64 dropped;	       /* read from the ring and not recorded, for want of memory or disk */
	__u64 summarised;      /* counted in a burst, also before a line tells of it */
	__u64 counting; /* the burst, from 1, that the event k_writing is counted in; 0: none */
	__u64 summarised_before, count_before; /* before that event */
	__u64 counting_ns;		       /* its CLOCK_BOOTTIME */
	__u64 summing;			       /* the burst, from 1, whose line is being written */
	struct interdict_burst bursts[INTERDICT_BURSTS];
};

/*
 * The generation that follows by itself when an order begins or ends: at a tick of the module `to`
 * becomes active, if `from` still is. User space writes it while no tick is due. `to` 0: none.
 */
struct interdict_following {
	__u64 from;
	__u64 to;
};

/* Up to when beginnings and ends of orders are in the record; user space's. */
struct interdict_told_dates {
	__s64 early, late;
};

/* What an attempt that was told of last was, so that a burst is told of once a second. */
struct interdict_guard_told {
	__u64 process;	   /* when its process began, CLOCK_BOOTTIME, ns */
	__u64 boottime_ns; /* of the attempt */
};

#define INTERDICT_GUARD_LINKS 32 /* INTERDICT_HOLD_MAX */

/* The guards: guard.h. User space's, but for refused and told. */
struct interdict_guard {
	__u64 armed;   /* the number of this arming, from 1; 0: they are off */
	__u64 armings; /* the last number given */
	__u64 refused; /* attempts, told of or not */
	__u64 control_ino; /* the module's control file */
	__u32 control_dev; /* major << 20 | minor */
	__u32 daemon;	   /* PID in the first namespace of who is told of when it gets a signal */
	__u32 links[INTERDICT_GUARD_LINKS]; /* IDs of ours; 0: no more */
	struct interdict_guard_told told[INTERDICT_TAMPER_COUNT];
};

/* CLOCK_BOOTTIME in ns; user space's. 0: not yet. */
struct interdict_since {
	__u64 attached; /* the first programs of this boot */
	__u64 mode;	/* the active policy's mode holds without a gap */
};

struct interdict_state {
	__u64 active;
	__u64 reserved[7]; /* active has a cache line to itself: every decision reads it */
	__u64 generations; /* the highest that ever was made; user space's */
	struct interdict_following following;
	__u64 inflight[INTERDICT_SLOTS]; /* decisions that use a slot's tables now */
	struct interdict_counters counters;
	struct interdict_consumer consumer;
	struct interdict_told_dates told;
	struct interdict_guard guard;
	struct interdict_since since;
	struct interdict_head heads[INTERDICT_SLOTS];
};

/* What user space tells the programs before they are loaded. */
struct interdict_setup {
	__u32 layout; /* INTERDICT_LAYOUT */
	__u32 have_module;
	__u32 fmode_exec; /* struct interdict_facts */
	__u32 fmode_backing;
	__u32 have_real_path; /* the module tells what is below an overlay */
	__u32 reserved;
	__u64 build; /* of the object that was loaded, to tell it from a newer one; 0: not known */
};

/*
 * What is cached on an inode (of a stacking file system: on the real one).
 *
 * epoch is raised by whoever may change the content. What is stored is valid while stamp == epoch.
 * A storer takes the value by a compare-and-exchange of stamp against INTERDICT_BUSY, and gives it
 * back by storing the epoch that it read before it identified; one that finds it busy does not
 * store. changes tells a reader whether what it copied was one thing. verdict is the active word of
 * the generation that it was made under, with a bit for each operation denied (low four) and
 * recorded (next four). Of most files nothing is asked, so that what is stored for each is small,
 * and the identifiers are in a second storage, made where there are any.
 */
#define INTERDICT_BUSY		      (~0ULL)
#define INTERDICT_VERDICT_BITS	      0xffULL
#define INTERDICT_VERDICT_AUDIT_SHIFT 4

struct interdict_cached {
	__u64 epoch;
	__u64 stamp;
	__u64 verdict;
	__u64 size;  /* second line: of the inode, when identification began */
	__u32 ctime; /* its nanoseconds, without the bit that newer kernels hide there */
	__u32 changes;
	__u32 flags; /* of struct interdict_ids */
	__u32 have;  /* of struct interdict_ids, whose rest is in interdict_known; 0: there is none
		      */
};

/* On the inode of a program file: it is the tool while interdict_cached.epoch is still this. */
struct interdict_binary {
	__u64 epoch;
};

/* On a process's first task: it is the tool. */
struct interdict_tool {
	__u64 arming;  /* under interdict_guard.armed */
	__u64 exec_id; /* since the exec of this number (task_struct.self_exec_id); 0: it was named */
	__u64 inode;   /* the program file's, by its address; 0: it was named */
};

#endif
