/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guards: what root may not do to enforcement while they are on (interdict_guard.armed). Off, each
 * costs the look at its arguments, or at the flag.
 *
 * Only the tool may have descriptors of our programs and maps, has the module let go of them, and is
 * neither traced nor written to. A descriptor to read is enough to harm a map: a program can be
 * loaded that uses it, it can be put into a map of maps, an iterator can write to it; and one of a
 * program is enough to replace a function of it (freplace). So others get none at all. They are told
 * ENOENT, as of what went away between being listed and being opened: that is what bpftool passes
 * over, where any other errno ends its listing. So does a link whose program it does not get: hence
 * our links are not there for others either, though there is nothing that they could do to one.
 *
 * The tool is a process that executed a program file which user space named (interdict_binary), not
 * written to since (its epoch), as root in the first user namespace, untraced. Such an exec is made
 * a secure one, so that the loader takes nothing from the environment into it. Which exec it is is
 * known by the number that the kernel counts up when it can no longer fail (self_exec_id): a failed
 * one makes nobody the tool, and the next one ends it. Should that one find no way to the mark (6.1
 * gives none to who preempted another that is at its own), the memory is of another file. Threads
 * are known by the first of them; a child that still shares the memory is guarded, but is not the
 * tool.
 *
 * rmmod of the module is refused here to be told of. That it cannot be forced is the module's own
 * doing (kmod/hold.c): the name here is in memory that another thread may change.
 */
#ifndef INTERDICT_GUARD_H
#define INTERDICT_GUARD_H

#include "judge.h"

/* What the names of all of ours begin with that are not frozen: "interdict_ring", "interdic.bss". */
#define OUR_NAME "interdic"

#define MODULE_NAME "interdict"

/* Attempts of one process are told of again after this. */
#define GUARD_TELL_NS 1000000000ULL

/* The ioctls of kmod/abi.h, by their numbers: HOLD, RELEASE, TIMER, KEEP. */
#define GUARDED_IOCTLS (1U << 3 | 1U << 4 | 1U << 8 | 1U << 12)
#define IOCTL_TYPE     0xb7U

/* 1 << signal, of those that neither end nor stop the daemon: HUP, CHLD, CONT, URG, WINCH. */
#define HARMLESS_SIGNALS (1U << 1 | 1U << 17 | 1U << 18 | 1U << 23 | 1U << 28)
#define INIT_PID	 1

static __always_inline __u64 guard_armed(void)
{
	return READ_ONCE(interdict.guard.armed);
}

/* Whether the memory of @leader is of the file that @tool came from, as far as both are known. */
static __always_inline bool guard_is_same_file(struct task_struct *leader,
					       const struct interdict_tool *tool)
{
	__u64 inode = (__u64)BPF_CORE_READ(leader, mm, exe_file, f_inode);

	return !tool->inode || !inode || tool->inode == inode;
}

/* For programs that do not sleep: the first task of a process is under RCU. */
static __always_inline bool guard_is_tool(struct task_struct *task)
{
	struct task_struct *leader = task->group_leader;
	struct interdict_tool *tool;

	if (!leader)
		return false;
	tool = bpf_task_storage_get(&interdict_tool, leader, 0, 0);
	return tool && tool->arming == guard_armed() &&
	       (!tool->exec_id || tool->exec_id == leader->self_exec_id) &&
	       guard_is_same_file(leader, tool);
}

/* Whether others than the tool are at work, and may not. */
static __always_inline bool guard_is_closed(void)
{
	return guard_armed() && !guard_is_tool(bpf_get_current_task_btf());
}

static __always_inline void guard_tell(struct interdict_tamper *tamper)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 process = BPF_CORE_READ(task, group_leader, start_boottime);
	__u64 now = bpf_ktime_get_boot_ns();
	struct interdict_guard_told *told;
	struct subject subject;
	__u32 what = tamper->what;

	__sync_fetch_and_add(&interdict.guard.refused, 1);
	if (what >= INTERDICT_TAMPER_COUNT)
		return;
	told = &interdict.guard.told[what];
	if (told->process == process && now - told->boottime_ns < GUARD_TELL_NS)
		return;
	told->process = process;
	told->boottime_ns = now;
	/* Of no file: of an exec there would be arguments. */
	subject_init(&subject, INTERDICT_OP_OPEN, 0, READ_ONCE(interdict.active));
	emit(NULL, &subject, INTERDICT_EVENT_TAMPER, false, tamper);
}

static __always_inline bool guard_is_ours(const struct interdict_tamper *tamper)
{
	return !bpf_strncmp(tamper->name, sizeof(OUR_NAME) - 1, OUR_NAME);
}

/* @name: of 16 bytes, in the kernel's memory. */
static __always_inline void guard_name(struct interdict_tamper *tamper, __u32 number,
				       const void *name)
{
	tamper->number = number;
	bpf_probe_read_kernel_str(tamper->name, sizeof(tamper->name), name);
}

static __always_inline int guard_map(struct bpf_map *map)
{
	struct interdict_tamper tamper = { .what = INTERDICT_TAMPER_MAP };

	guard_name(&tamper, map->id, map->name);
	if (!guard_is_ours(&tamper))
		return 0;
	guard_tell(&tamper);
	return -ENOENT;
}

static __always_inline int guard_program(struct bpf_prog *prog)
{
	struct interdict_tamper tamper = { .what = INTERDICT_TAMPER_PROGRAM };
	struct bpf_prog_aux *aux = prog->aux;

	guard_name(&tamper, aux->id, aux->name);
	if (!guard_is_ours(&tamper))
		return 0;
	guard_tell(&tamper);
	return -ENOENT;
}

/* bpf(2) @command with @attr, whose first field says which link. */
static __always_inline int guard_link(int command, const union bpf_attr *attr)
{
	__u32 id = 0;

	if (command != BPF_LINK_GET_FD_BY_ID || !guard_is_closed())
		return 0;
	bpf_probe_read_kernel(&id, sizeof(id), attr);
	for (__u32 i = 0; id && i < INTERDICT_GUARD_LINKS; i++)
		if (interdict.guard.links[i] == id)
			return -ENOENT;
	return 0;
}

/* Whether @task has the memory of the tool: its own, or between fork and exec its parent's. */
static __always_inline bool guard_has_memory(struct task_struct *task)
{
	struct task_struct *parent = task->real_parent;

	if (guard_is_tool(task))
		return true;
	return parent && guard_is_tool(parent) &&
	       BPF_CORE_READ(task, mm) == BPF_CORE_READ(parent, mm);
}

static __always_inline int guard_ptrace(struct task_struct *child)
{
	struct interdict_tamper tamper = { .what = INTERDICT_TAMPER_PTRACE };

	guard_name(&tamper, child->tgid, child->comm);
	guard_tell(&tamper);
	return -EPERM;
}

/* delete_module(2), of arch/x86/entry/syscalls and include/uapi/asm-generic/unistd.h. */
#define NR_DELETE_MODULE	176U
#define NR_X32_DELETE_MODULE	(X32_SYSCALL | 176U)
#define NR_COMPAT_DELETE_MODULE 129U
#define NR_ARM64_DELETE_MODULE	106

/* The name that the task gave to delete_module(2); 0: it is in another system call. */
static __always_inline __u64 guard_delete_name(struct task_struct *task)
{
	struct task_struct___x86 *x86 = (void *)task;
	struct pt_regs___arm64 *arm64;
	struct pt_regs___x86 *regs;
	__u32 number;

	if (bpf_core_field_exists(((struct pt_regs___arm64 *)0)->syscallno)) {
		arm64 = (struct pt_regs___arm64 *)bpf_task_pt_regs(task);
		return BPF_CORE_READ(arm64, syscallno) == NR_ARM64_DELETE_MODULE ?
			       BPF_CORE_READ(arm64, regs[0]) :
			       0;
	}
	if (!bpf_core_field_exists(((struct pt_regs___x86 *)0)->orig_ax) ||
	    !bpf_core_field_exists(x86->thread_info.status))
		return 0;
	regs = (struct pt_regs___x86 *)bpf_task_pt_regs(task);
	number = BPF_CORE_READ(regs, orig_ax);
	if (BPF_CORE_READ(x86, thread_info.status) & TS_COMPAT)
		return number == NR_COMPAT_DELETE_MODULE ? (__u32)BPF_CORE_READ(regs, bx) : 0;
	if (number == NR_DELETE_MODULE || number == NR_X32_DELETE_MODULE)
		return BPF_CORE_READ(regs, di);
	return 0;
}

static __always_inline int guard_delete_module(void)
{
	struct interdict_tamper tamper = { .what = INTERDICT_TAMPER_MODULE };
	__u64 name = guard_delete_name(bpf_get_current_task_btf());

	if (!name || bpf_probe_read_user_str(tamper.name, sizeof(tamper.name), (void *)name) !=
			     sizeof(MODULE_NAME))
		return 0;
	if (bpf_strncmp(tamper.name, sizeof(MODULE_NAME), MODULE_NAME))
		return 0;
	guard_tell(&tamper);
	return -EPERM;
}

/* Whether an ioctl of the module is the tool's alone. */
static __always_inline int guard_control(struct file *file, __u32 command)
{
	struct interdict_tamper tamper = { .what = INTERDICT_TAMPER_CONTROL };
	__u32 number = command & 0xff;

	if ((command >> 8 & 0xff) != IOCTL_TYPE || number >= 32 ||
	    !(1U << number & GUARDED_IOCTLS) || !guard_is_closed())
		return 0;
	if (file->f_inode->i_ino != interdict.guard.control_ino ||
	    file->f_inode->i_sb->s_dev != interdict.guard.control_dev)
		return 0;
	tamper.number = number;
	guard_tell(&tamper);
	return -EPERM;
}

/* Nobody is kept from it: PID 1 must be able to, and control groups ask nobody. It is told of. */
static __always_inline void guard_signal(struct task_struct *target, int signal)
{
	struct interdict_tamper tamper = { .what = INTERDICT_TAMPER_SIGNAL };
	__u32 sender = bpf_get_current_pid_tgid() >> 32;

	if ((__u32)target->tgid != interdict.guard.daemon || sender == INIT_PID ||
	    sender == interdict.guard.daemon || !guard_is_tool(target))
		return;
	guard_name(&tamper, signal, target->comm);
	guard_tell(&tamper);
}

static __always_inline bool guard_is_binary(struct inode *inode)
{
	struct interdict_binary *binary = bpf_inode_storage_get(&interdict_binary, inode, 0, 0);
	struct interdict_cached *cached;

	if (!binary)
		return false;
	cached = cache_find(inode);
	return cached && READ_ONCE(cached->epoch) == binary->epoch;
}

static __always_inline bool guard_is_root(const struct cred *cred)
{
	return !BPF_CORE_READ(cred, euid.val) && !BPF_CORE_READ(cred, user_ns, level);
}

/*
 * An exec of the tool is made a secure one, before it takes its environment; and its task is marked,
 * for the program file that is asked about last (a binfmt's interpreter is after what it interprets).
 * Nothing about the exec changes after that: its mutex keeps tracers off, and who shares the file
 * system's context is counted already (bprm->unsafe).
 */
static __always_inline void guard_exec(struct linux_binprm *bprm)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 arming = guard_armed();
	struct interdict_tool *mark;
	bool tool;

	if (!arming)
		return;
	tool = guard_is_binary(bprm->file->f_inode) && guard_is_root(BPF_CORE_READ(bprm, cred));
	if (tool)
		bpf_bprm_opts_set(bprm, BPF_F_BPRM_SECUREEXEC);
	tool = tool && !(bprm->unsafe & (LSM_UNSAFE_SHARE | LSM_UNSAFE_PTRACE)) && !task->ptrace;
	mark = bpf_task_storage_get(&interdict_tool, task, 0,
				    tool ? BPF_LOCAL_STORAGE_GET_F_CREATE : 0);
	if (!mark)
		return;
	mark->arming = 0;
	mark->exec_id = task->self_exec_id + 1;
	mark->inode = (__u64)bprm->file->f_inode;
	if (tool)
		mark->arming = arming;
}

#endif
