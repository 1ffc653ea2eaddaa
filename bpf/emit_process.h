/* SPDX-License-Identifier: GPL-2.0-only */
/* What an event tells of the task: who it is, and where. */
#ifndef INTERDICT_EMIT_PROCESS_H
#define INTERDICT_EMIT_PROCESS_H

#include "draft.h"
#include "module.h"

INTERDICT_STEP int interdict_emit_parents(struct interdict_event *event)
{
	struct task_struct *task = bpf_get_current_task_btf(), *parent;
	__u32 i, n = 0;

	if (!event)
		return 0;
	event->process.ppid = BPF_CORE_READ(task, real_parent, tgid);
	for (i = 0; i < INTERDICT_PARENTS; i++) {
		parent = BPF_CORE_READ(task, real_parent);
		if (!parent || parent == task)
			break;
		bpf_core_read_str(event->process.parents[i], INTERDICT_COMM_LEN, &parent->comm);
		task = parent;
		n = i + 1;
	}
	event->process.parents_count = n;
	return 0;
}

/* The number of the namespace that members @of of @task lead to; 0 where this kernel has none. */
#define NAMESPACE(type, task, of...) \
	(bpf_core_field_exists(((struct type *)0)->ns) ? BPF_CORE_READ(task, of, ns.inum) : 0)

/* The process's number in the innermost namespace that it is in, and that namespace. */
static __always_inline void emit_pid_namespace(struct interdict_event *event,
					       struct task_struct *task)
{
	struct pid *pid = BPF_CORE_READ(task, group_leader, thread_pid);
	__u64 at = (__u64)pid;

	event->process.ns_pid = 0;
	event->process.namespaces[INTERDICT_NS_PID] = 0;
	if (!pid)
		return;
	/* By hand: CO-RE has no index that is not constant. */
	at += bpf_core_field_offset(pid->numbers);
	at += (__u64)BPF_CORE_READ(pid, level) * bpf_core_type_size(struct upid);
	event->process.ns_pid = BPF_CORE_READ((struct upid *)at, nr);
	event->process.namespaces[INTERDICT_NS_PID] =
		NAMESPACE(pid_namespace, (struct upid *)at, ns);
}

INTERDICT_STEP int interdict_emit_namespaces(struct interdict_event *event)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 *numbers;

	if (!event)
		return 0;
	numbers = event->process.namespaces;
	numbers[INTERDICT_NS_CGROUP] = NAMESPACE(cgroup_namespace, task, nsproxy, cgroup_ns);
	numbers[INTERDICT_NS_IPC] = NAMESPACE(ipc_namespace, task, nsproxy, ipc_ns);
	numbers[INTERDICT_NS_MNT] = NAMESPACE(mnt_namespace, task, nsproxy, mnt_ns);
	numbers[INTERDICT_NS_NET] = NAMESPACE(net, task, nsproxy, net_ns);
	numbers[INTERDICT_NS_USER] = NAMESPACE(user_namespace, task, cred, user_ns);
	numbers[INTERDICT_NS_UTS] = NAMESPACE(uts_namespace, task, nsproxy, uts_ns);
	emit_pid_namespace(event, task);
	return 0;
}

INTERDICT_STEP int interdict_emit_process(struct interdict_event *event)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_struct___audit *audit = (void *)task;
	struct task_struct___cgroups *groups = (void *)task;
	__u64 id = bpf_get_current_pid_tgid();
	struct tty_struct *tty;

	if (!event)
		return 0;
	event->process.pid = id >> 32;
	event->process.tid = id;
	event->process.uid = bpf_get_current_uid_gid();
	event->process.auid = ~0U;
	event->process.session = ~0U;
	event->process.reserved = 0;
	if (bpf_core_field_exists(audit->loginuid))
		event->process.auid = BPF_CORE_READ(audit, loginuid.val);
	if (bpf_core_field_exists(audit->sessionid))
		event->process.session = BPF_CORE_READ(audit, sessionid);
	/* A kernel without control groups has no such helper either, and is loaded without this. */
	event->process.cgroup = 0;
	if (bpf_core_field_exists(groups->cgroups))
		event->process.cgroup = bpf_get_current_cgroup_id();
	bpf_get_current_comm(event->process.comm, sizeof(event->process.comm));
	event->process.tty[0] = 0;
	tty = BPF_CORE_READ(task, signal, tty);
	if (tty)
		bpf_core_read_str(event->process.tty, INTERDICT_TTY_LEN, &tty->name);
	interdict_emit_parents(event);
	interdict_emit_namespaces(event);
	return 0;
}

INTERDICT_STEP int interdict_emit_exe(struct interdict_event *event)
{
	int len = -EOPNOTSUPP;
	char *at;

	if (!event)
		return 0;
	at = draft_at(event, INTERDICT_BEFORE_EXE);
	if (at && interdict_setup.have_module)
		len = interdict_task_exe(at, INTERDICT_EXE_LEN);
	draft_text(event, INTERDICT_TEXT_EXE, len, INTERDICT_EXE_LEN);
	return 0;
}

#endif
