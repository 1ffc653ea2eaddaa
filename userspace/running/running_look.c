// SPDX-License-Identifier: GPL-2.0-or-later
/* Looking at one process: its executable file, its mappings, its calls. */
#include "running_internal.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* How often a process's mappings are read while they change under our eyes. */
#define MAPS_TRIES 3

/* Notes of files: 1 << op: it is fine for that; or that it was counted already. */
#define FINE(op)     (1U << (op))
#define FILE_COUNTED (1U << 8)
#define FILE_UNKNOWN (1U << 9)

/* A step begins that may wait for what others hold. */
static void step_begins(const struct running_search *search, const struct running_look *look)
{
	struct running_progress *progress = search->options->progress;
	struct timespec now;

	if (!progress)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	atomic_store(&progress->pid, look->process.pid);
	atomic_store(&progress->start, look->process.start);
	atomic_store(&progress->since, (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000);
}

static void step_ends(const struct running_search *search)
{
	if (search->options->progress)
		atomic_store(&search->options->progress->since, 0);
}

/* Whether thread @tid of the directory @proc is one of process @pid. */
static bool is_thread_of(int proc, pid_t pid)
{
	char text[4096], *at;

	if (running_read(proc, "status", text, sizeof(text)) <= 0)
		return false;
	at = strstr(text, "\nTgid:\t");
	return at && strtol(at + 7, NULL, 10) == pid;
}

/*
 * A main thread that ended before others keeps its number, and has no memory to be looked at. The
 * others' directories are those of their numbers: only there is map_files.
 */
static int open_other_thread(const struct running_look *look)
{
	int fd = openat(look->proc, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC), found = -1;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	char exe[8];

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	while (found < 0 && (entry = readdir(dir))) {
		pid_t tid = (pid_t)strtol(entry->d_name, NULL, 10);

		if (tid <= 0 || tid == look->process.pid)
			continue;
		found = running_open_process(tid);
		if (found >= 0 && (!is_thread_of(found, look->process.pid) ||
				   readlinkat(found, "exe", exe, sizeof(exe)) < 0)) {
			close(found);
			found = -1;
		}
	}
	closedir(dir);
	return found;
}

/* Begin to look at @process. Returns 0; -ESRCH: it is gone, or is of the kernel's own; -errno. */
int running_look_begin(const struct running_id *process, struct running_look *look)
{
	int err;

	memset(look, 0, sizeof(*look));
	look->process = *process;
	look->proc = look->mm = running_open_process(process->pid);
	if (look->proc < 0)
		return look->proc == -ENOENT ? -ESRCH : look->proc;
	err = running_read_stat(look->proc, &look->stat);
	if (!err && look->stat.start == process->start) {
		if (look->stat.state == 'Z')
			look->mm = open_other_thread(look);
		if (look->mm >= 0)
			return 0;
		err = -ESRCH;
	}
	close(look->proc);
	return err == -ENOENT || !err ? -ESRCH : err;
}

void running_look_end(struct running_look *look)
{
	if (look->mm != look->proc)
		close(look->mm);
	close(look->proc);
}

static void count_file(struct running_search *search, uint32_t *note,
		       const struct running_verdict *verdict)
{
	if (verdict->looked && !(*note & FILE_COUNTED)) {
		search->counts->files++;
		*note |= FILE_COUNTED;
	}
	if (verdict->missing && !(*note & FILE_UNKNOWN)) {
		search->counts->unidentified++;
		*note |= FILE_UNKNOWN;
	}
}

/* Judge what is behind @fd, and take it if that weighs more than what was found before. */
static int look_at_file(struct running_search *search, const struct running_look *look, int fd,
			enum interdict_op op)
{
	struct interdict_identity identity;
	struct running_verdict verdict;
	struct running_key key;
	uint32_t *note, *told;
	struct stat st;

	/* Devices are mapped, too. */
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return 0;
	/* An exec maps it, which is not a map by itself. */
	if (op == INTERDICT_OP_MAP && st.st_dev == look->exe_dev && st.st_ino == look->exe_ino)
		return 0;
	key = (struct running_key){ { st.st_dev, st.st_ino, (uint64_t)st.st_size,
				      (uint64_t)st.st_ctim.tv_sec * 1000000000 +
					      (uint64_t)st.st_ctim.tv_nsec } };
	note = running_seen_at(&search->files, &key);
	if (!note)
		return -ENOMEM;
	if (*note & FINE(op))
		return 0;
	step_begins(search, look);
	running_judge(search->rules, fd, (uint64_t)st.st_size, op, &identity, &verdict);
	step_ends(search);
	count_file(search, note, &verdict);
	if (verdict.weight == RUNNING_FINE) {
		*note |= FINE(op);
		return 0;
	}
	told = running_note_of(search, &look->process);
	if (!told)
		return -ENOMEM;
	if ((*told & RUNNING_WEIGHTS) >= verdict.weight)
		return 0;
	search->counts->found += !(*told & RUNNING_WEIGHTS);
	*told = (*told & ~RUNNING_WEIGHTS) | verdict.weight;
	return running_take(search, look, fd, &st, op, &verdict, &identity);
}

/* Open the executable file, and know it. Returns a descriptor, -ENOENT: there is none; -errno. */
static int open_exe(struct running_look *look)
{
	int fd = openat(look->mm, "exe", O_PATH | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) == 0) {
		look->exe_dev = st.st_dev;
		look->exe_ino = st.st_ino;
	}
	running_path_of(fd, look->exe, sizeof(look->exe));
	return fd;
}

int running_look_at_exe(struct running_search *search, struct running_look *look)
{
	int fd = open_exe(look), err = 0;

	if (fd >= 0) {
		err = look_at_file(search, look, fd, INTERDICT_OP_EXEC);
		close(fd);
	} else if (fd != -ENOENT && fd != -ESRCH) {
		running_count_unread(search, &look->process);
	}
	return err;
}

/* The mappings that a line of /proc/PID/maps tells of, proc_pid_maps(5). Whether it is executable,
 * and of a file; @name: as it is called in map_files. */
static bool is_executable_file(const char *line, char name[64])
{
	unsigned int major, minor;
	uint64_t from, to, ino;
	char perms[5];

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %*x %x:%x %" SCNu64, &from, &to, perms,
		   &major, &minor, &ino) != 6)
		return false;
	snprintf(name, 64, "map_files/%" PRIx64 "-%" PRIx64, from, to);
	return perms[2] == 'x' && (major || minor || ino);
}

/* Returns 0, -EAGAIN: a mapping has changed since it was read; -errno, -EACCES as such. */
static int look_at_mapping(struct running_search *search, const struct running_look *look,
			   const char *name)
{
	int fd = openat(look->mm, name, O_PATH | O_CLOEXEC), err;

	if (fd < 0)
		return errno == ENOENT ? -EAGAIN : -errno;
	err = look_at_file(search, look, fd, INTERDICT_OP_MAP);
	close(fd);
	return err;
}

static int look_at_maps_once(struct running_search *search, const struct running_look *look)
{
	int fd = openat(look->mm, "maps", O_RDONLY | O_CLOEXEC), err = 0, again = 0;
	FILE *maps = fd < 0 ? NULL : fdopen(fd, "r");
	size_t size = 0;
	char *line = NULL, name[64];

	if (!maps) {
		err = -errno;
		if (fd >= 0)
			close(fd);
		return err;
	}
	for (;;) {
		/* Waits for the lock on the mappings, which may be held as long as somebody likes.
		 */
		step_begins(search, look);
		if (getline(&line, &size, maps) < 0)
			break;
		if (!is_executable_file(line, name))
			continue;
		err = look_at_mapping(search, look, name);
		if (err == -EAGAIN)
			again = err;
		else if (err)
			break;
	}
	step_ends(search);
	free(line);
	fclose(maps);
	return err && err != -EAGAIN ? err : again;
}

int running_look_at_maps(struct running_search *search, struct running_look *look)
{
	int fd = open_exe(look), err = -EAGAIN;

	if (fd >= 0)
		close(fd);
	for (int i = 0; i < MAPS_TRIES && err == -EAGAIN; i++)
		err = look_at_maps_once(search, look);
	if (err == -EAGAIN || err == -EACCES || err == -EPERM || err == -EIO) {
		running_count_unread(search, &look->process);
		err = 0;
	}
	return err == -ESRCH || err == -ENOENT ? 0 : err;
}

/* ---- calls that are under way ---- */

/* System calls by which a file is executed, or its pages become executable: the machine's own, and
 * those of its 32-bit programs, whose numbers mean munmap, chmod, capget and lgetxattr to others:
 * to take one of these for such a call costs another look. */
static bool is_entering(long call)
{
	static const long calls[] = {
		SYS_execve,
		SYS_execveat,
		SYS_mmap,
		SYS_mprotect,
		SYS_pkey_mprotect,
		SYS_remap_file_pages,
#ifdef __x86_64__
		11,
		90,
		125,
		192,
		358,
		380,
#endif
	};

	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		if (calls[i] == call)
			return true;
	return false;
}

/*
 * Threads that are blocked in one: it may have been judged by the generation before, and what it
 * maps is not there yet. One that runs says "running", and will be through in no time.
 */
int running_look_at_calls(struct running_search *search, struct running_look *look)
{
	int fd = openat(look->proc, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	char path[300], text[256], *end;
	long call;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return 0;
	}
	step_begins(search, look);
	while ((entry = readdir(dir))) {
		if (!isdigit((unsigned char)*entry->d_name))
			continue;
		snprintf(path, sizeof(path), "%s/syscall", entry->d_name);
		if (running_read(dirfd(dir), path, text, sizeof(text)) <= 0)
			continue;
		call = strtol(text, &end, 10);
		search->counts->entering += end != text && is_entering(call);
	}
	step_ends(search);
	closedir(dir);
	return 0;
}
