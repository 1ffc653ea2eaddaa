// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * attempt NAME TECHNIQUE ARGS...
 *
 * Tries a technique in a grandchild, while child and grandchild carry the process name NAME, by
 * which events of the try are found. With NAME "-", whose events nobody looks for, the child does
 * it. The exit status tells how it ended, see common.h.
 *
 * attempt serve OUTPUT: does that for each line of standard input, whose fields are separated by
 * tabs: DIRECTORY NAME TECHNIQUE ARGS... The status is written to standard output, a line each,
 * and what the try says to the file OUTPUT. Starting nothing but what is tried is what makes a
 * thousand tries affordable under emulation. The server itself does these, to keep what they make:
 *
 * - hold FILE: opens it for reading; answers with the descriptor, which every try inherits.
 * - late-open HOW FILE: opens it for reading and writing; with HOW "mmap" maps it and closes it;
 * with "pinned" has io_uring pin the mapping's pages, and unmaps them, too; with "atomic" opens it
 * for writing and begins an atomic write of f2fs, which late-close gives up.
 * - late-write VAULT: writes the vault's content through that.
 * - late-close.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/f2fs.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "common.h"
#include "ring.h"

/* Longer than any step takes under emulation: what hangs is a failure, not a hung run. */
#define PATIENCE_SECONDS 120
#define FIELDS		 64 /* more than any technique takes */

static const struct technique *const tables[] = {
	exec_techniques,  map_techniques, module_techniques, open_techniques,
	space_techniques, say_techniques, tool_techniques,
};

static struct {
	int fd;
	void *base;
	size_t size;
	int pinned;
	struct ring ring;
} late = { .fd = -1 };

static int count_args(char **args)
{
	int n = 0;

	while (args[n])
		n++;
	return n;
}

static const struct technique *find(const char *name)
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (const struct technique *t = tables[i]; t->name; t++)
			if (!strcmp(t->name, name))
				return t;
	return NULL;
}

/* args: [VARIABLE=VALUE...] TECHNIQUE ARGS... */
static int run(char **args)
{
	const struct technique *technique;

	for (; args[0] && strchr(args[0], '='); args++)
		putenv(args[0]);
	technique = args[0] ? find(args[0]) : NULL;
	if (!technique || count_args(args + 1) < technique->args) {
		fprintf(stderr, "attempt: no such technique or too few arguments: %s\n",
			args[0] ? args[0] : "");
		return SETUP;
	}
	return technique->run(args + 1);
}

static int wait_for(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			setup_failed("waitpid");
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int attempt(char **args)
{
	pid_t child;

	alarm(PATIENCE_SECONDS);
	if (!strcmp(args[0], "-"))
		return run(args + 1);
	prctl(PR_SET_NAME, args[0]);
	child = fork();
	if (child < 0)
		setup_failed("fork");
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(run(args + 1));
	}
	return wait_for(child);
}

/* The pages stay within reach of the ring, though the file has neither a writer nor a mapping. */
static int late_pin(void)
{
	struct iovec buffer = { late.base, late.size };
	int err = 0;

	ring_setup(&late.ring);
	if (syscall(SYS_io_uring_register, late.ring.fd, IORING_REGISTER_BUFFERS, &buffer, 1))
		err = errno == EOPNOTSUPP ? ABSENT : errno;
	munmap(late.base, late.size);
	late.pinned = 1;
	return err;
}

/* The kernel reads the data into the pinned pages, where they were mapped. */
static int late_read_fixed(const unsigned char *data, size_t size)
{
	struct io_uring_sqe sqe = {
		.opcode = IORING_OP_READ_FIXED,
		.fd = syscall(SYS_memfd_create, "data", 0),
		.addr = (unsigned long)late.base,
		.len = size,
	};

	if (sqe.fd < 0)
		return errno;
	write_all(sqe.fd, data, size);
	size -= ring_do(&late.ring, &sqe);
	close(sqe.fd);
	return size ? EIO : 0;
}

static int late_open(char **args)
{
	int atomic = !strcmp(args[0], "atomic");
	struct stat st;

	late.pinned = 0;
	late.fd = open(args[1], (atomic ? O_WRONLY : O_RDWR) | O_CLOEXEC);
	if (late.fd < 0 || fstat(late.fd, &st))
		return errno;
	late.size = st.st_size;
	if (atomic && ioctl(late.fd, F2FS_IOC_START_ATOMIC_WRITE))
		return errno;
	if (strcmp(args[0], "mmap") && strcmp(args[0], "pinned"))
		return 0;
	late.base = mmap(NULL, late.size, PROT_READ | PROT_WRITE, MAP_SHARED, late.fd, 0);
	if (late.base == MAP_FAILED)
		return errno;
	close(late.fd);
	return strcmp(args[0], "pinned") ? 0 : late_pin();
}

static int late_write(char **args)
{
	size_t size;
	unsigned char *data = read_vault(args[0], &size);

	if (size > late.size)
		return EFBIG;
	if (late.pinned)
		return late_read_fixed(data, size);
	if (late.base)
		memcpy(late.base, data, size);
	else
		write_all(late.fd, data, size);
	free(data);
	return 0;
}

static int late_close(void)
{
	if (late.pinned)
		close(late.ring.fd);
	else if (late.base)
		munmap(late.base, late.size);
	else
		close(late.fd);
	late.base = NULL;
	return 0;
}

/* Whether the server has to do it itself; then *ret_status is the answer. */
static int own_work(char **args, int *ret_status)
{
	int n = count_args(args);

	if (!strcmp(args[0], "hold") && n == 2) {
		*ret_status = open(args[1], O_RDONLY);
		return 1;
	}
	if (!strcmp(args[0], "late-open") && n == 3) {
		*ret_status = late_open(args + 1);
		return 1;
	}
	if (!strcmp(args[0], "late-write") && n == 2) {
		*ret_status = late_write(args + 1);
		return 1;
	}
	if (!strcmp(args[0], "late-close")) {
		*ret_status = late_close();
		return 1;
	}
	return 0;
}

static int serve_line(char *line, int output)
{
	char *fields[FIELDS + 1] = { NULL }, *rest = line;
	int status, n = 0;
	pid_t child;

	line[strcspn(line, "\n")] = '\0';
	while (n < FIELDS && (fields[n] = strsep(&rest, "\t")))
		n++;
	if (n < 3 || chdir(fields[0]))
		return SETUP;
	if (own_work(fields + 2, &status))
		return status;
	if (ftruncate(output, 0))
		return SETUP;
	child = fork();
	if (child < 0)
		return SETUP;
	if (!child) {
		int in = open("/dev/null", O_RDONLY);

		dup2(in, 0);
		dup2(output, 1);
		dup2(output, 2);
		_exit(attempt(fields + 1));
	}
	return wait_for(child);
}

static int serve(const char *path)
{
	int output = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	static char line[65536];

	if (output < 0)
		setup_failed(path);
	setvbuf(stdout, NULL, _IOLBF, 0);
	while (fgets(line, sizeof(line), stdin))
		printf("%d\n", serve_line(line, output));
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "serve"))
		return serve(argv[2]);
	if (argc < 3) {
		fprintf(stderr,
			"attempt: attempt NAME TECHNIQUE ARGS..., or attempt serve OUTPUT\n");
		return SETUP;
	}
	return attempt(argv + 1);
}
