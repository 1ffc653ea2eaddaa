// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Makes a race happen: runs COMMAND, and keeps it where it first enters FUNCTION of the kernel
 *while CHANGE (a shell's command) runs.
 *
 *	stall FUNCTION CHANGE COMMAND...
 *
 * Its status is COMMAND's; 125: there was no race, because COMMAND did not get there, could not be
 * kept as long as CHANGE took, or CHANGE failed. It turns on its processor meanwhile, so there must
 *be another one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "tests/vm/probes/stall.h"

#include "stall.skel.h"

static int no_race(const char *why)
{
	fprintf(stderr, "stall: %s\n", why);
	return 125;
}

int main(int argc, char **argv)
{
	struct stall_bpf *skel = argc < 4 ? NULL : stall_bpf__open_and_load();
	struct bpf_link *link;
	int go[2], status, changed = -1;
	pid_t child;

	if (!skel || pipe(go))
		return no_race("usage: stall FUNCTION CHANGE COMMAND..., as root");
	link = bpf_program__attach_kprobe(skel->progs.stall, false, argv[1]);
	if (!link)
		return no_race("the kernel has no such function");
	child = fork();
	if (!child) {
		char byte;

		if (read(go[0], &byte, 1) != 1)
			_exit(125);
		execvp(argv[3], argv + 3);
		_exit(127);
	}
	skel->bss->watched = child;
	if (write(go[1], "", 1) != 1)
		return no_race("no child");
	while (skel->bss->state == STALL_AWAITED && !waitpid(child, &status, WNOHANG))
		usleep(1000);
	if (skel->bss->state == STALL_AWAITED)
		return no_race("the command did not get there");
	if (skel->bss->state == STALL_HERE)
		changed = system(argv[2]);
	__sync_val_compare_and_swap(&skel->bss->state, STALL_HERE, STALL_RELEASED);
	waitpid(child, &status, 0);
	if (skel->bss->state == STALL_EXPIRED)
		return no_race("the change took too long");
	if (changed)
		return no_race("the change failed");
	bpf_link__destroy(link);
	stall_bpf__destroy(skel);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
