/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the engine share. */
#ifndef INTERDICT_ENGINE_INTERNAL_H
#define INTERDICT_ENGINE_INTERNAL_H

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "commands.h"
#include "engine.h"

/* The tables, in the order of bpf/tables.h. */
enum engine_table {
	TABLE_ENTRIES,
	TABLE_BUCKETS,
	TABLE_SIZES,
	TABLE_SIZE_BUCKETS,
	TABLE_MATCHES,
	TABLE_ORDERS,
	TABLE_COUNT
};

/* The programs that may run, and what for. */
struct engine_program {
	const char *name; /* in the object */
	const char *hook;
	const char *duty;
	bool module; /* with the module, or without it */
};

/* Where the module calls the programs at a time that was asked for. */
#define ENGINE_TICK "interdict_tick"

#define PROGRAM_COUNT 22
extern const struct engine_program engine_programs[PROGRAM_COUNT];

struct engine {
	int control; /* the module's, or -1 */
	int outer[TABLE_COUNT];
	int ring, cache, known, state_map;
	int binary, tool; /* of the guards */
	struct interdict_state *state;
	size_t state_bytes;
	struct interdict_setup setup;
	bool attached[PROGRAM_COUNT]; /* by this set */
	bool ticks;		      /* the module has a timer */
	bool keeps;		      /* the module keeps files */
	/* links that are not held yet: with the first switch they take the place of others */
	int pending[PROGRAM_COUNT];
	size_t pending_program[PROGRAM_COUNT]; /* of engine_programs */
	size_t n_pending;
	bool retire_pins;	 /* a degraded set still runs: drop it after the first switch */
	char module_reason[256]; /* why there is no module */
	char module_remedy[256];
};

/* Fill @err and return @r (-errno). */
int engine_fail(struct engine_error *err, int r, int exit_status, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Without the module there is no control file to lock; /run is where everything of this boot is. */
#define ENGINE_LOCK "/run/interdict.lock"
/* Wait until no other process sets up or switches. Returns a descriptor to close, or -1 where /run
 * is not to be written: then there is no such protection. */
int engine_lock(void);

/* CLOCK_BOOTTIME, ns. */
uint64_t engine_boottime(void);

/* ---- engine_module.c ---- */

/* Open the module's control file. Returns a descriptor; -ENOENT: not loaded; another -errno. */
int module_open(void);
/* Whether the kernel is locked down: to @level ("integrity", "confidentiality"); NULL: to any. */
bool module_locked_down(const char *level);
/* modprobe. Returns 0, or -errno with @reason why and @remedy. */
int module_load(char reason[256], char remedy[256]);
/* Check its ABI and learn its facts. Returns 0, or fills @err. */
int module_facts(int control, struct interdict_facts *facts, struct engine_error *err);
/* IDs of the links that the module holds. Returns their number or -errno. */
int module_links(uint32_t *id, size_t max);
int module_hold(int control, const int *fd, const uint32_t *id, uint32_t n);
int module_release(int control);
int module_quiesce(int control);
/* Keep the file behind @fd in memory; -1: let go of those kept. */
int module_keep(int control, int fd);
/* Tick at @boottime (CLOCK_BOOTTIME, ns; 0: never). */
int module_timer(int control, uint64_t boottime);

/* ---- engine_slots.c ---- */

/* Bytes of an element of each table. */
extern const uint32_t engine_element_size[TABLE_COUNT];

struct compile_plan;

/* A slot that is empty, and that no decision uses or can come to use. Returns it, or -EBUSY. */
int slot_find(struct engine *engine, struct engine_error *err);
/* Fill it with what @plan (of compile_begin()) says, as a new generation. Returns 0 or -errno; then
 * the slot is empty as before. */
int slot_fill(struct engine *engine, struct compile_plan *plan, uint32_t slot,
	      struct engine_error *err);
/* Give its memory back, once no decision uses it; where that takes long, slot_find() does it later.
 */
void slot_free(struct engine *engine, uint32_t slot);

/* ---- engine_switch.c ---- */

/* Nothing follows by itself any more. The slot of what was to is given back, unless it is active.
 */
void engine_forget_following(struct engine *engine);

/* ---- engine_load.c ---- */

/* Load the object and attach its programs. The links are held, or pinned without a module; with
 * @pend they wait in engine->pending for engine_hold_pending(). */
int engine_load(struct engine *engine, const char *object, bool pend, struct engine_error *err);
/* Hold, or pin, what waits, in place of what was before. Returns 0, or fills @err. */
int engine_hold_pending(struct engine *engine, struct engine_error *err);
/* Let go of it. */
void engine_drop_pending(struct engine *engine);
/* Remove the pins, and so what only they hold. */
void engine_unpin(void);
/* Whether there is a hook of this name, and how many arguments it has (with the context's own
 * hidden one not counted); -1 where there is none. */
int engine_hook_args(const char *hook);
/* The same in @btf. */
struct btf;
int engine_hook_args_of(const struct btf *btf, const char *hook);
/* Whether hooks can call programs, which takes ftrace's direct calls. */
bool engine_hooks_call_of(const struct btf *btf);
/* The same of the running kernel: 1 or 0; -1: not known. */
int engine_hooks_call(void);
#define ENGINE_DIRECT_CALLS                                                        \
	"CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS is needed, which arm64 has from " \
	"kernel 6.4 on"

/* ---- engine_guard.c ---- */

/* Whether the guards of the programs that this engine has are on. */
bool engine_is_armed(const struct engine *engine);

/* ---- engine_maps.c ---- */

/* Take over from the links with these IDs, or from pins. Returns 0, -ENOENT: no programs of ours;
 * others as engine_open(). */
int engine_takeover_links(struct engine *engine, const uint32_t *id, size_t n,
			  struct engine_error *err);
int engine_takeover_pins(struct engine *engine, struct engine_error *err);
/* Take a map by its name, keeping a duplicate of @fd. Unknown names are passed over. */
int engine_adopt_map(struct engine *engine, int fd, struct engine_error *err);
/* After all maps: check that they are of this version, map the state. */
int engine_adopted(struct engine *engine, struct engine_error *err);
void engine_maps_close(struct engine *engine);

#endif
