/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Arguments: those of the task that tries, and of an exec those that the program was to get.
 *
 * They are in the memory of the task, and are read as they are there now, without a page fault: a
 * page that is not present could be one that a program under the user's control provides whenever
 * it likes, and the policy's slot is entered meanwhile. So what was swapped out, or never touched,
 * is not known. Nothing was checked or copied yet where an exec is refused: another thread may
 * change them.
 */
#ifndef INTERDICT_EMIT_ARGS_H
#define INTERDICT_EMIT_ARGS_H

#include "draft.h"

/* The least that a page has. */
#define PAGE_BYTES 4096ULL

INTERDICT_STEP int interdict_emit_args(struct interdict_event *event)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	__u64 start, end, len, here;
	long err;
	char *at;

	if (!event)
		return 0;
	event->text[INTERDICT_TEXT_ARGS] = -ENOENT;
	if (!mm)
		return 0;
	start = BPF_CORE_READ(mm, arg_start);
	end = BPF_CORE_READ(mm, arg_end);
	at = draft_at(event, INTERDICT_BEFORE_ARGS);
	if (!at || start >= end)
		return 0;
	len = end - start;
	if (len > INTERDICT_ARGS_LEN) {
		len = INTERDICT_ARGS_LEN;
		event->cut |= 1U << INTERDICT_TEXT_ARGS;
	}
	barrier_var(len);
	if (len > INTERDICT_ARGS_LEN)
		return 0;
	err = bpf_probe_read_user(at, len, (void *)start);
	/* All or nothing; what is on the first page may still be had. */
	here = PAGE_BYTES - (start & (PAGE_BYTES - 1));
	if (err && here < len) {
		len = here;
		event->cut |= 1U << INTERDICT_TEXT_ARGS;
		barrier_var(len);
		if (len > INTERDICT_ARGS_LEN)
			return 0;
		err = bpf_probe_read_user(at, len, (void *)start);
	}
	draft_text(event, INTERDICT_TEXT_ARGS, err ? err : len, INTERDICT_ARGS_LEN);
	return 0;
}

/* The system calls of an exec, and where they have their arguments. Of x86: arch/x86/entry/syscalls.
 */
#define TS_COMPAT	   2U
#define X32_SYSCALL	   0x40000000U
#define NR_EXECVE	   59U
#define NR_EXECVEAT	   322U
#define NR_X32_EXECVE	   (X32_SYSCALL | 520U)
#define NR_X32_EXECVEAT	   (X32_SYSCALL | 545U)
#define NR_COMPAT_EXECVE   11U
#define NR_COMPAT_EXECVEAT 358U

/* Of arm64: include/uapi/asm-generic/unistd.h; of 32-bit programs arch/arm/tools/syscall.tbl. */
#define PSR_MODE32_BIT	   0x10U
#define NR_ARM64_EXECVE	   221U
#define NR_ARM64_EXECVEAT  281U
#define NR_ARM_EXECVE	   11U
#define NR_ARM_EXECVEAT	   387U

struct exec_args {
	struct interdict_event *event;
	__u64 list;  /* the argv that was given */
	__u32 width; /* bytes of a pointer in it */
	__u32 used;  /* bytes read */
};

static __always_inline void exec_list_arm64(struct task_struct *task, struct exec_args *args)
{
	struct pt_regs___arm64 *regs = (struct pt_regs___arm64 *)bpf_task_pt_regs(task);
	__u32 number = BPF_CORE_READ(regs, syscallno);

	if (BPF_CORE_READ(regs, pstate) & PSR_MODE32_BIT) {
		args->width = 4;
		if (number == NR_ARM_EXECVE)
			args->list = (__u32)BPF_CORE_READ(regs, regs[1]);
		else if (number == NR_ARM_EXECVEAT)
			args->list = (__u32)BPF_CORE_READ(regs, regs[2]);
		return;
	}
	if (number == NR_ARM64_EXECVE)
		args->list = BPF_CORE_READ(regs, regs[1]);
	else if (number == NR_ARM64_EXECVEAT)
		args->list = BPF_CORE_READ(regs, regs[2]);
}

/* Set what the task's system call was given as argv; list 0: it is none that executes. */
static __always_inline void exec_list(struct task_struct *task, struct exec_args *args)
{
	struct task_struct___x86 *x86 = (void *)task;
	struct pt_regs___x86 *regs;
	__u32 number;

	args->list = 0;
	args->width = 8;
	if (bpf_core_field_exists(((struct pt_regs___arm64 *)0)->syscallno)) {
		exec_list_arm64(task, args);
		return;
	}
	if (!bpf_core_field_exists(((struct pt_regs___x86 *)0)->orig_ax) ||
	    !bpf_core_field_exists(x86->thread_info.status))
		return;
	regs = (struct pt_regs___x86 *)bpf_task_pt_regs(task);
	number = BPF_CORE_READ(regs, orig_ax);
	if (BPF_CORE_READ(x86, thread_info.status) & TS_COMPAT) {
		args->width = 4;
		if (number == NR_COMPAT_EXECVE)
			args->list = (__u32)BPF_CORE_READ(regs, cx);
		else if (number == NR_COMPAT_EXECVEAT)
			args->list = (__u32)BPF_CORE_READ(regs, dx);
		return;
	}
	if (number & X32_SYSCALL)
		args->width = 4;
	if (number == NR_EXECVE || number == NR_X32_EXECVE)
		args->list = BPF_CORE_READ(regs, si);
	else if (number == NR_EXECVEAT || number == NR_X32_EXECVEAT)
		args->list = BPF_CORE_READ(regs, dx);
}

INTERDICT_TURN long interdict_exec_arg(__u32 i, void *context)
{
	struct exec_args *args = context;
	__u32 used = args->used;
	__u64 arg = 0;
	char *at;
	long len;

	if (bpf_probe_read_user(&arg, args->width & 8 ? 8 : 4,
				(void *)(args->list + (__u64)i * args->width)))
		goto cut;
	if (!arg)
		return 1;
	at = draft_at(args->event, INTERDICT_BEFORE_EXEC_ARGS);
	if (!at || used >= INTERDICT_ARGS_LEN)
		goto cut;
	/* There may be less room than this; what is behind it is not kept. */
	len = bpf_probe_read_user_str(at + used, INTERDICT_ARGS_LEN, (void *)arg);
	if (len < 0)
		goto cut;
	/* Of an empty one the helper does not count the NUL. */
	if (!len) {
		at[used] = 0;
		len = 1;
	}
	used += len;
	args->used = used;
	if (len < INTERDICT_ARGS_LEN && used <= INTERDICT_ARGS_LEN)
		return 0;
	args->used = INTERDICT_ARGS_LEN;
cut:
	args->event->cut |= 1U << INTERDICT_TEXT_EXEC_ARGS;
	return 1;
}

INTERDICT_STEP int interdict_emit_exec_args(struct interdict_event *event)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct exec_args args = { .event = event };
	struct mm_struct *mm = BPF_CORE_READ(task, mm);

	if (!event)
		return 0;
	event->text[INTERDICT_TEXT_EXEC_ARGS] = -ENOENT;
	if (event->op != INTERDICT_OP_EXEC || !mm)
		return 0;
	/* The new program's memory, which an exec has from some point on, and which is not set up
	 * yet: what the task gave is not in it. */
	if (!BPF_CORE_READ(mm, arg_end))
		return 0;
	exec_list(task, &args);
	if (!args.list)
		return 0;
	/* Each argument takes a byte at least. */
	bpf_loop(INTERDICT_ARGS_LEN + 1, interdict_exec_arg, &args, 0);
	draft_text(event, INTERDICT_TEXT_EXEC_ARGS, args.used, INTERDICT_ARGS_LEN);
	return 0;
}

#endif
