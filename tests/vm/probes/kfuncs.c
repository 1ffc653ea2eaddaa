// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs a command with the programs of kfuncs.bpf.c attached, and prints what they saw of it:
 *
 *	kfuncs [-w WANT] [-h] COMMAND...
 *
 * (its own output is thrown away), a line each:
 *
 *	OP ERROR size have flags sha256 build-id mode seen judging exe PATH REAL
 *
 * -h leaves the links held by the module, and prints nothing. kfuncs -r releases what it holds.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "kmod/abi.h"
#include "tests/vm/probes/kfuncs.h"

#include "kfuncs.skel.h"

static const char *const ops[] = { "open", "exec", "map", "load", "mprotect" };

static void print_hex(const __u8 *bytes, __u32 len)
{
	__u32 i;

	if (!len)
		printf("-");
	for (i = 0; i < len; i++)
		printf("%02x", bytes[i]);
	printf(" ");
}

static int show(void *unused, void *data, size_t size)
{
	const struct record *r = data;

	(void)unused;
	(void)size;
	printf("%s %s %" PRIu64 " %u %u ", ops[r->op], r->error ? strerrorname_np(-r->error) : "0",
	       (uint64_t)r->ids.size, r->ids.have, r->ids.flags);
	print_hex(r->ids.sha256, r->ids.have & INTERDICT_ID_SHA256 ? INTERDICT_SHA256_LEN : 0);
	print_hex(r->ids.build_id, r->ids.build_id_len);
	printf("%x %" PRIu64 " %u %s %s %s\n", r->f_mode, (uint64_t)r->seen, r->judging,
	       r->exe_len > 0 && (size_t)r->exe_len == strlen(r->exe) + 1 ? r->exe : "-",
	       r->path_len > 0 && (size_t)r->path_len == strlen(r->path) + 1 ? r->path : "-",
	       r->real_len > 0 && (size_t)r->real_len == strlen(r->real) + 1 ? r->real : "-");
	return 0;
}

static int hold(struct kfuncs_bpf *skel)
{
	struct bpf_link *const links[] = { skel->links.probe_open, skel->links.probe_exec,
					   skel->links.probe_map };
	struct interdict_hold hold = { .count = 3 };
	struct bpf_link_info info;
	__u32 i, len;
	int control = open("/sys/kernel/security/interdict/control", O_RDWR | O_CLOEXEC);

	for (i = 0; i < hold.count; i++) {
		hold.link_fd[i] = bpf_link__fd(links[i]);
		len = sizeof(info);
		memset(&info, 0, sizeof(info));
		if (bpf_obj_get_info_by_fd(hold.link_fd[i], &info, &len))
			return -errno;
		hold.link_id[i] = info.id;
	}
	hold.link_id[1]++;
	if (!ioctl(control, INTERDICT_IOC_HOLD, &hold) || errno != EINVAL)
		return -EPROTO; /* a wrong ID was taken */
	hold.link_id[1]--;
	if (ioctl(control, INTERDICT_IOC_HOLD, &hold) || ioctl(control, INTERDICT_IOC_HOLD, &hold))
		return -errno;
	close(control);
	return 0;
}

static int release(void)
{
	int control = open("/sys/kernel/security/interdict/control", O_RDWR | O_CLOEXEC);

	return ioctl(control, INTERDICT_IOC_RELEASE) || ioctl(control, INTERDICT_IOC_QUIESCE);
}

int main(int argc, char **argv)
{
	__u32 want = INTERDICT_ID_SHA256 | INTERDICT_ID_BUILD_ID;
	struct ring_buffer *ring;
	struct kfuncs_bpf *skel;
	int go[2], option, status, i, err;
	bool do_hold = false;
	pid_t child;

	while ((option = getopt(argc, argv, "+w:hr")) != -1) {
		if (option == 'w')
			want = strtoul(optarg, NULL, 0);
		else if (option == 'h')
			do_hold = true;
		else if (option == 'r')
			return release();
		else
			return 2;
	}
	skel = kfuncs_bpf__open_and_load();
	if (!skel) {
		fprintf(stderr, "kfuncs: %s\n", strerror(errno));
		return 125;
	}
	skel->bss->want = want;
	err = kfuncs_bpf__attach(skel);
	if (err) {
		fprintf(stderr, "kfuncs: attach: %s\n", strerror(-err));
		return 125;
	}
	if (do_hold) {
		err = hold(skel);
		if (err)
			fprintf(stderr, "kfuncs: hold: %s\n", strerror(-err));
		return err ? 125 : 0;
	}

	if (pipe(go))
		return 125;
	child = fork();
	if (!child) {
		char byte;

		if (read(go[0], &byte, 1) != 1)
			_exit(125);
		dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDOUT_FILENO);
		execvp(argv[optind], argv + optind);
		_exit(127);
	}
	skel->bss->watched = child;
	if (write(go[1], "", 1) != 1)
		return 125;
	waitpid(child, &status, 0);
	ring = ring_buffer__new(bpf_map__fd(skel->maps.ring), show, NULL, NULL);
	/* The module's worker may still be at it. */
	for (i = 0; i < 5; i++)
		ring_buffer__poll(ring, 100);
	ring_buffer__free(ring);
	kfuncs_bpf__destroy(skel);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
