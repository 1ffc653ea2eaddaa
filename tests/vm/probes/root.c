// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * root TECHNIQUE [ARG...]
 *
 * Tries as root what bpf/guard.h is against. Says "done" and ends with 0, or says the errno and
 *ends with 1. Maps and programs are named by their IDs.
 *
 *	write MAP [VALUE]	through a descriptor to write, into its first word (0); says what
 *				was there
 *	read MAP		a descriptor to read
 *	program MAP		a program that has a descriptor to read writes 0 there
 *	outer MAP		the same with the map in a map of maps
 *	iterate MAP		an iterator does
 *	fd PROGRAM		a descriptor of it
 *	replace PROGRAM COMMAND	interdict_enter() of it by another, while COMMAND runs
 *	detach LINK		BPF_LINK_DETACH
 *	trace PID		PTRACE_ATTACH
 *	memory PID		/proc/PID/mem, to write
 *	writev PID		process_vm_writev(2), to where nothing is
 *	take PID FD		pidfd_getfd(2)
 *	traced COMMAND...	run it traced
 *	rmmod FLAGS		delete_module(2) of interdict; FLAGS a number
 *	race TRIES		the same, forced, while a thread changes the name
 *	ioctl NUMBER		of the module's control file: 4 RELEASE, 8 TIMER
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "kmod/abi.h"
#include "tests/vm/probes/root.h"

#include "root.skel.h"

#define CONTROL "/sys/kernel/security/interdict/control"

static int failed(void)
{
	printf("%s\n", strerrorname_np(errno));
	return 1;
}

static int done(void)
{
	printf("done\n");
	return 0;
}

static int map_fd(const char *id, __u32 flags)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_id = (__u32)atoi(id);
	attr.open_flags = flags;
	return (int)syscall(SYS_bpf, BPF_MAP_GET_FD_BY_ID, &attr, sizeof(attr));
}

static int map_write(char **args)
{
	int fd = map_fd(args[0], 0);
	__u64 *word;

	if (fd < 0)
		return failed();
	word = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (word == MAP_FAILED)
		return failed();
	printf("%llu\n", *word);
	*word = args[1] ? strtoull(args[1], NULL, 0) : 0;
	return 0;
}

static int map_read(char **args)
{
	return map_fd(args[0], BPF_F_RDONLY) < 0 ? failed() : done();
}

/* Run a program that writes 0 to the first word of element 0 of the map, or, with @outer, of the
 * map that is its element 0. */
static int run_writer(int fd, int outer)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ST | BPF_MEM | BPF_W, .dst_reg = BPF_REG_10, .off = -4 },
		{ .code = BPF_LD | BPF_DW | BPF_IMM,
		  .dst_reg = BPF_REG_1,
		  .src_reg = BPF_PSEUDO_MAP_FD,
		  .imm = fd },
		{ 0 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X,
		  .dst_reg = BPF_REG_2,
		  .src_reg = BPF_REG_10 },
		{ .code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = BPF_REG_2, .imm = -4 },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_map_lookup_elem },
		{ .code = BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = BPF_REG_0, .off = outer ? 6 : 1 },
		/* With @outer once more. */
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = BPF_REG_1, .src_reg = BPF_REG_0 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X,
		  .dst_reg = BPF_REG_2,
		  .src_reg = BPF_REG_10 },
		{ .code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = BPF_REG_2, .imm = -4 },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_map_lookup_elem },
		{ .code = BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = BPF_REG_0, .off = 1 },
		{ .code = BPF_ST | BPF_MEM | BPF_DW, .dst_reg = BPF_REG_0 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	const size_t n = sizeof(insns) / sizeof(*insns), again = 7, store = 12;
	struct bpf_insn plain[sizeof(insns) / sizeof(*insns)];
	char packet[64] = "";
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = packet, .data_size_in = sizeof(packet));
	int program;

	memcpy(plain, insns, again * sizeof(*insns));
	memcpy(plain + again, insns + store, (n - store) * sizeof(*insns));
	program =
		outer ? bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "root", "GPL", insns, n, NULL) :
			bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "root", "GPL", plain,
				      n - (store - again), NULL);
	if (program < 0 || bpf_prog_test_run_opts(program, &run))
		return failed();
	return done();
}

static int map_program(char **args)
{
	int fd = map_fd(args[0], BPF_F_RDONLY);

	return fd < 0 ? failed() : run_writer(fd, 0);
}

static int map_outer(char **args)
{
	int fd = map_fd(args[0], BPF_F_RDONLY), outer;
	LIBBPF_OPTS(bpf_map_create_opts, opts, .inner_map_fd = (__u32)fd);
	__u32 zero = 0;

	if (fd < 0)
		return failed();
	outer = bpf_map_create(BPF_MAP_TYPE_ARRAY_OF_MAPS, "root", 4, 4, 1, &opts);
	if (outer < 0 || bpf_map_update_elem(outer, &zero, &fd, BPF_ANY))
		return failed();
	return run_writer(outer, 1);
}

static struct root_bpf *opened(void)
{
	struct root_bpf *skel = root_bpf__open();

	if (!skel) {
		fprintf(stderr, "root: its own programs cannot be opened\n");
		exit(2);
	}
	return skel;
}

static int map_iterate(char **args)
{
	struct root_bpf *skel = opened();
	union bpf_iter_link_info info = { 0 };
	LIBBPF_OPTS(bpf_link_create_opts, opts, .iter_info = &info, .iter_info_len = sizeof(info));
	int fd = map_fd(args[0], BPF_F_RDONLY), link, iterator;
	char byte;

	if (fd < 0)
		return failed();
	bpf_program__set_autoload(skel->progs.no_policy, false);
	if (root_bpf__load(skel))
		return failed();
	info.map.map_fd = (__u32)fd;
	link = bpf_link_create(bpf_program__fd(skel->progs.wipe), 0, BPF_TRACE_ITER, &opts);
	iterator = link < 0 ? -1 : bpf_iter_create(link);
	if (iterator < 0 || read(iterator, &byte, 1) < 0)
		return failed();
	return done();
}

static int program_fd(char **args)
{
	return bpf_prog_get_fd_by_id((__u32)atoi(args[0])) < 0 ? failed() : done();
}

static int program_replace(char **args)
{
	struct root_bpf *skel = opened();
	int fd = bpf_prog_get_fd_by_id((__u32)atoi(args[0])), status;

	if (fd < 0)
		return failed();
	bpf_program__set_autoload(skel->progs.wipe, false);
	if (bpf_program__set_attach_target(skel->progs.no_policy, fd, "interdict_enter") ||
	    root_bpf__load(skel) || !bpf_program__attach_trace(skel->progs.no_policy))
		return failed();
	status = system(args[1]);
	printf("status %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	return status != 0;
}

static int link_detach(char **args)
{
	int fd = bpf_link_get_fd_by_id((__u32)atoi(args[0]));

	return fd < 0 || bpf_link_detach(fd) ? failed() : done();
}

static int trace(char **args)
{
	pid_t pid = atoi(args[0]);
	int status;

	if (ptrace(PTRACE_ATTACH, pid, 0, 0))
		return failed();
	waitpid(pid, &status, __WALL);
	ptrace(PTRACE_DETACH, pid, 0, 0);
	return done();
}

static int memory(char **args)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/mem", atoi(args[0]));
	return open(path, O_RDWR) < 0 ? failed() : done();
}

static int writev_memory(char **args)
{
	char byte = 0;
	struct iovec from = { &byte, 1 }, to = { (void *)8, 1 };

	/* Who may write is told that nothing is there. */
	process_vm_writev(atoi(args[0]), &from, 1, &to, 1, 0);
	return errno == EFAULT ? done() : failed();
}

static int take(char **args)
{
	int pidfd = (int)syscall(SYS_pidfd_open, atoi(args[0]), 0);

	return syscall(SYS_pidfd_getfd, pidfd, atoi(args[1]), 0) < 0 ? failed() : done();
}

/* Like a debugger that only looks. Ends as the command does. */
static int traced(char **args)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		execvp(args[0], args);
		_exit(127);
	}
	while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status))
		ptrace(PTRACE_CONT, pid, 0, WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status));
	return WEXITSTATUS(status);
}

static int delete (char **args)
{
	return syscall(SYS_delete_module, "interdict", atoi(args[0])) ? failed() : done();
}

static char name[] = "interdict";
static atomic_bool over;

static void *change(void *unused)
{
	(void)unused;
	/* Each of the two is there for as long. */
	while (!over) {
		*(volatile char *)name ^= 'x' ^ 'i';
		sched_yield();
	}
	return NULL;
}

static int delete_race(char **args)
{
	int tries = atoi(args[0]), removed = 0, refused = 0, changed = 0;
	pthread_t thread;

	if (pthread_create(&thread, NULL, change, NULL))
		return failed();
	for (int i = 0; i < tries && !removed; i++) {
		removed = !syscall(SYS_delete_module, name, O_NONBLOCK | O_TRUNC);
		refused += !removed && errno != ENOENT;
		changed += !removed && errno == ENOENT;
	}
	over = true;
	pthread_join(thread, NULL);
	printf("%s, %d refused, %d of another name\n", removed ? "removed" : "never", refused,
	       changed);
	return removed || !refused || !changed;
}

static int control(char **args)
{
	struct interdict_timer never = { 0 };
	int fd = open(CONTROL, O_RDONLY), number = atoi(args[0]);

	if (fd < 0)
		return failed();
	return ioctl(fd, number == 8 ? INTERDICT_IOC_TIMER : INTERDICT_IOC_RELEASE, &never) ?
		       failed() :
		       done();
}

static int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	return level == LIBBPF_WARN ? vfprintf(stderr, format, args) : 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int args;
		int (*try)(char **args);
	} techniques[] = {
		{ "write", 1, map_write },
		{ "read", 1, map_read },
		{ "program", 1, map_program },
		{ "outer", 1, map_outer },
		{ "iterate", 1, map_iterate },
		{ "fd", 1, program_fd },
		{ "replace", 2, program_replace },
		{ "detach", 1, link_detach },
		{ "trace", 1, trace },
		{ "memory", 1, memory },
		{ "writev", 1, writev_memory },
		{ "take", 2, take },
		{ "traced", 1, traced },
		{ "rmmod", 1, delete },
		{ "race", 1, delete_race },
		{ "ioctl", 1, control },
	};
	const char *name = argc > 1 ? argv[1] : "";

	/* As an interpreter, it is told the path of what it interprets. */
	if (strrchr(name, '/'))
		name = strrchr(name, '/') + 1;
	libbpf_set_print(quiet);
	for (size_t i = 0; i < sizeof(techniques) / sizeof(*techniques); i++)
		if (!strcmp(techniques[i].name, name) && argc - 2 >= techniques[i].args)
			return techniques[i].try(argv + 2);
	fprintf(stderr, "root: no such technique, or too few arguments\n");
	return 2;
}
