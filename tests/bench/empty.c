// SPDX-License-Identifier: GPL-2.0-or-later
/* empty OBJECT: attaches every program of OBJECT, says "attached", waits for the end of its input.
 */
#include <err.h>
#include <stdio.h>
#include <unistd.h>
#include <bpf/libbpf.h>

int main(int argc, char **argv)
{
	struct bpf_program *program;
	struct bpf_object *object;
	char byte;

	if (argc != 2)
		errx(2, "usage: empty OBJECT");
	object = bpf_object__open(argv[1]);
	if (!object)
		err(1, "%s", argv[1]);
	if (bpf_object__load(object))
		err(1, "%s: load", argv[1]);
	bpf_object__for_each_program(program, object)
	{
		if (!bpf_program__attach(program))
			err(1, "%s: attach", bpf_program__name(program));
	}
	puts("attached");
	fflush(stdout);
	while (read(0, &byte, 1) > 0)
		;
	return 0;
}
