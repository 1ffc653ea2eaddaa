// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * malform SEEDS DIR FIRST LAST: makes files FIRST to LAST - 1 in DIR, drops the caches, and then
 * does with each what interdict judges: open, map, execute, load as a module; once cold, and opens
 * once more warm. Removes them. Prints what came of it, as "name number" lines, and a checksum of
 * all that was written. Status 1: something hung, or a broken file was taken for a module.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fsverity.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "mutate.h"

/* A program that a broken ELF file makes may run for ever: it is ended then. One that does not end
 * by SIGKILL hangs in the kernel. Of an emulated machine that checks everything, and may be busy.
 */
#define PATIENCE_MS 20000
#define CPU_SECONDS 2
#define HANG_MS	    60000

#define NOBODY		  65534
#define MODULE_COMPRESSED 4 /* MODULE_INIT_COMPRESSED_FILE */

static struct {
	unsigned long files, open, open_refused, open_failed, map, map_refused, map_failed, exec,
		exec_refused, exec_failed, exec_killed, modules, modules_refused, modules_failed,
		ima, verity, verity_failed;
	uint64_t checksum;
} tally;
static bool is_bad;

/* Where the time goes, in milliseconds: what is dear can be made less. */
enum part { PART_MAKE, PART_DROP, PART_OPEN, PART_MAP, PART_EXEC, PART_MODULE, PARTS };
static unsigned long long spent[PARTS];

static unsigned long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (unsigned long long)t.tv_sec * 1000 + (unsigned long long)t.tv_nsec / 1000000;
}

/* What passed since @since goes to @part. */
static void spend(enum part part, unsigned long long *since)
{
	unsigned long long now = now_ms();

	spent[part] += now - *since;
	*since = now;
}

static void bad(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void bad(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("bad: ", stdout);
	vprintf(format, args);
	putchar('\n');
	va_end(args);
	fflush(stdout);
	is_bad = true;
}

/* FNV-1a, over all files. */
static void checksum_add(const struct content *content)
{
	for (size_t i = 0; i < content->len; i++)
		tally.checksum = (tally.checksum ^ content->data[i]) * 0x100000001b3;
}

static void file_name(char *name, size_t size, uint64_t n)
{
	snprintf(name, size, "f%llu", (unsigned long long)n);
}

/* A kernel without CONFIG_FS_VERITY_BUILTIN_SIGNATURES keeps a signature without a look at it. */
static void enable_verity(const char *name, uint64_t n)
{
	static uint8_t signature[8192];
	struct fsverity_enable_arg arg = {
		.version = 1,
		.hash_algorithm = n % 2 ? FS_VERITY_HASH_ALG_SHA256 : FS_VERITY_HASH_ALG_SHA512,
		.block_size = 4096,
		.sig_ptr = (uintptr_t)signature,
		.sig_size = n % 3 ? mutate_signature(n, signature, sizeof(signature)) : 0,
	};
	int fd = open(name, O_RDONLY | O_CLOEXEC);

	/* A file that is refused cannot be opened for it. */
	if (fd >= 0 && !ioctl(fd, FS_IOC_ENABLE_VERITY, &arg))
		tally.verity++;
	else
		tally.verity_failed++;
	if (fd >= 0)
		close(fd);
}

static void make_file(uint64_t n, struct content *content)
{
	struct chance chance = { .state = ~n };
	uint8_t value[2048];
	char name[32];
	size_t len;
	int fd;

	mutate_file(n, content);
	checksum_add(content);
	file_name(name, sizeof(name), n);
	fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	if (fd < 0)
		err(2, "%s", name);
	for (size_t done = 0; done < content->len; done += len) {
		ssize_t wrote = write(fd, content->data + done, content->len - done);

		if (wrote <= 0)
			err(2, "%s", name);
		len = wrote;
	}
	/* What a hole is read as. */
	if (!chance_below(&chance, 16) && ftruncate(fd, content->len + 70000))
		err(2, "%s", name);
	if (!chance_below(&chance, 4)) {
		len = mutate_ima(n, value, sizeof(value));
		/* A kernel with IMA refuses types that it does not know. */
		if (!fsetxattr(fd, "security.ima", value, len, 0))
			tally.ima++;
		else if (errno != EINVAL)
			err(2, "%s: security.ima", name);
	}
	close(fd);
	if (!chance_below(&chance, 4))
		enable_verity(name, n);
	tally.files++;
}

static void drop_caches(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);

	sync();
	if (fd < 0 || write(fd, "3", 1) != 1)
		err(2, "drop_caches");
	close(fd);
}

static void count(bool ok, unsigned long *done, unsigned long *refused, unsigned long *failed)
{
	if (ok)
		++*done;
	else if (errno == EPERM)
		++*refused;
	else
		++*failed;
}

static void try_map(int fd)
{
	void *at = mmap(NULL, 65536, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);

	count(at != MAP_FAILED, &tally.map, &tally.map_refused, &tally.map_failed);
	if (at == MAP_FAILED)
		return;
	/* Readable first, executable then: another hook. */
	if (mprotect(at, 4096, PROT_READ) || mprotect(at, 4096, PROT_READ | PROT_EXEC))
		tally.map_failed++;
	munmap(at, 65536);
}

static void limit(int resource, rlim_t most)
{
	struct rlimit rlimit = { most, most };

	setrlimit(resource, &rlimit);
}

/* In the child: as nobody, with little of everything. */
static int execute(const char *name)
{
	char *argv[] = { (char *)name, NULL }, *envp[] = { NULL };
	char path[64];

	snprintf(path, sizeof(path), "./%s", name);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_CPU, CPU_SECONDS);
	limit(RLIMIT_FSIZE, 4096);
	limit(RLIMIT_NPROC, 4);
	limit(RLIMIT_AS, 256 << 20);
	if (setsid() < 0 || syscall(SYS_setgroups, 0, NULL) ||
	    syscall(SYS_setresgid, NOBODY, NOBODY, NOBODY) ||
	    syscall(SYS_setresuid, NOBODY, NOBODY, NOBODY))
		return ENOSYS;
	execve(path, argv, envp);
	return errno;
}

static void try_exec(const char *name)
{
	int why[2], error = 0, fd;
	struct pollfd poll_fd;
	bool killed = false;
	pid_t pid;

	if (pipe2(why, O_CLOEXEC))
		err(2, "pipe");
	pid = fork();
	if (pid < 0)
		err(2, "fork");
	if (!pid) {
		error = execute(name);
		_exit(write(why[1], &error, sizeof(error)) != sizeof(error));
	}
	close(why[1]);
	fd = syscall(SYS_pidfd_open, pid, 0);
	if (fd < 0)
		err(2, "pidfd_open");
	poll_fd = (struct pollfd){ .fd = fd, .events = POLLIN };
	if (poll(&poll_fd, 1, PATIENCE_MS) == 0) {
		killed = true;
		kill(-pid, SIGKILL);
		kill(pid, SIGKILL);
		if (poll(&poll_fd, 1, HANG_MS) == 0) {
			bad("hang: %s, process %d, does not die", name, pid);
			exit(1);
		}
	}
	waitpid(pid, NULL, WNOHANG);
	if (read(why[0], &error, sizeof(error)) != sizeof(error))
		error = 0;
	tally.exec_killed += killed;
	errno = error;
	if (error == ENOSYS)
		bad("%s: the child could not become nobody", name);
	if (!killed || error)
		count(!error, &tally.exec, &tally.exec_refused, &tally.exec_failed);
	close(why[0]);
	close(fd);
}

static void try_module(int fd, uint64_t n, const struct content *content)
{
	long rc;

	if (n % 4 == 0)
		rc = syscall(SYS_init_module, content->data, content->len, "");
	else
		rc = syscall(SYS_finit_module, fd, "", n % 4 == 1 ? MODULE_COMPRESSED : 0);
	if (!rc)
		bad("f%llu was loaded as a module", (unsigned long long)n);
	count(!rc, &tally.modules, &tally.modules_refused, &tally.modules_failed);
}

static void try_file(uint64_t n, struct content *content)
{
	unsigned long long since = now_ms();
	char name[32];
	int fd;

	file_name(name, sizeof(name), n);
	/* Some are executed cold, the others opened. */
	if (n % 3 == 0)
		try_exec(name);
	spend(PART_EXEC, &since);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	count(fd >= 0, &tally.open, &tally.open_refused, &tally.open_failed);
	spend(PART_OPEN, &since);
	if (fd >= 0) {
		try_map(fd);
		spend(PART_MAP, &since);
		if (n % 2 == 0) {
			mutate_file(n, content);
			spend(PART_MAKE, &since);
			try_module(fd, n / 2, content);
			spend(PART_MODULE, &since);
		}
		close(fd);
	}
	if (n % 3)
		try_exec(name);
	spend(PART_EXEC, &since);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	count(fd >= 0, &tally.open, &tally.open_refused, &tally.open_failed);
	if (fd >= 0)
		close(fd);
	spend(PART_OPEN, &since);
}

int main(int argc, char **argv)
{
	static struct content content;
	unsigned long long since;
	uint64_t first, last;
	char name[32];

	if (argc != 5)
		errx(2, "usage: malform SEEDS DIR FIRST LAST");
	first = strtoull(argv[3], NULL, 10);
	last = strtoull(argv[4], NULL, 10);
	seeds_load(argv[1]);
	if (chdir(argv[2]))
		err(2, "%s", argv[2]);
	tally.checksum = 0xcbf29ce484222325;
	since = now_ms();
	for (uint64_t n = first; n < last; n++)
		make_file(n, &content);
	spend(PART_MAKE, &since);
	drop_caches();
	spend(PART_DROP, &since);
	for (uint64_t n = first; n < last; n++)
		try_file(n, &content);
	for (uint64_t n = first; n < last; n++) {
		file_name(name, sizeof(name), n);
		if (unlink(name))
			err(2, "%s", name);
	}
	printf("files %lu ima %lu verity %lu/%lu open %lu refused %lu failed %lu "
	       "map %lu/%lu/%lu exec %lu/%lu/%lu killed %lu module %lu/%lu/%lu sum %016llx\n",
	       tally.files, tally.ima, tally.verity, tally.verity_failed, tally.open,
	       tally.open_refused, tally.open_failed, tally.map, tally.map_refused,
	       tally.map_failed, tally.exec, tally.exec_refused, tally.exec_failed,
	       tally.exec_killed, tally.modules, tally.modules_refused, tally.modules_failed,
	       (unsigned long long)tally.checksum);
	printf("ms make %llu drop %llu open %llu map %llu exec %llu module %llu\n",
	       spent[PART_MAKE], spent[PART_DROP], spent[PART_OPEN], spent[PART_MAP],
	       spent[PART_EXEC], spent[PART_MODULE]);
	return is_bad;
}
