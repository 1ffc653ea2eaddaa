// SPDX-License-Identifier: GPL-2.0-or-later
#include "remove_manager.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "remove_fault.h"

/* Bytes of output that are looked at when a manager is asked: a line for each of thousands. */
#define ASK_BYTES (1U << 20)
/* Arguments of its own that a manager is run with, and the NULL. */
#define ARGUMENTS 12
/* Seconds that another run of the manager is waited for. */
#define PATIENCE 60

const char *remove_manager_path = "/usr/sbin:/usr/bin:/sbin:/bin";

static const struct manager {
	const char *name;
	const char *ask[4], *remove[6];
	const char *root; /* its option for another root, or NULL */
} managers[] = {
	[PACKAGE_DEB] = { "dpkg", { "--no-act", "--remove" }, { "--remove" }, "--root" },
	[PACKAGE_RPM] = { "rpm", { "-e", "--test" }, { "-e" }, "--root" },
	[PACKAGE_FLATPAK] = { "flatpak", { 0 }, { "uninstall", "--noninteractive", "-y" }, NULL },
	[PACKAGE_SNAP] = { "snap", { 0 }, { "remove" }, NULL },
	[PACKAGE_APPIMAGE] = { 0 },
};
static_assert(sizeof(managers) / sizeof(*managers) == PACKAGE_TYPE_COUNT, "one for each type");

const char *remove_manager_name(enum package_type type)
{
	return type < PACKAGE_TYPE_COUNT ? managers[type].name : NULL;
}

void remove_package_clear(struct remove_package *package)
{
	for (size_t i = 0; i < package->n_with; i++)
		free(package->with[i]);
	free(package->with);
	free(package->id);
	memset(package, 0, sizeof(*package));
}

__attribute__((format(printf, 3, 4))) static int fail(char why[REMOVE_WHY_MAX], int err,
						      const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(why, REMOVE_WHY_MAX, fmt, args);
	va_end(args);
	return err;
}

/* ---- running one ---- */

struct output {
	char *text; /* the end of it, with a NUL */
	size_t max; /* bytes */
};

/* Become @user, with that user's home. In the child. */
static int become(uid_t user, const char **home)
{
	const struct passwd *pw = getpwuid(user);

	if (!pw || initgroups(pw->pw_name, pw->pw_gid) || setgid(pw->pw_gid) || setuid(user))
		return -1;
	*home = pw->pw_dir;
	return 0;
}

__attribute__((noreturn)) static void child(char **argv, uid_t user, int out)
{
	int null = open("/dev/null", O_RDONLY);
	const char *home = "/root";

	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
	    dup2(out, STDERR_FILENO) < 0 || (user != REMOVE_SYSTEM && become(user, &home)) ||
	    clearenv() || setenv("PATH", remove_manager_path, 1) || setenv("HOME", home, 1) ||
	    setenv("LC_ALL", "C.UTF-8", 1) || setenv("DEBIAN_FRONTEND", "noninteractive", 1) ||
	    chdir("/"))
		_exit(126);
	execvp(argv[0], argv);
	_exit(errno == ENOENT ? 127 : 126);
}

/* What it said, or the end of that. */
static int read_end(int fd, struct output *output)
{
	off_t size = lseek(fd, 0, SEEK_END), from = 0;
	ssize_t n;

	if (size < 0)
		return -errno;
	if ((size_t)size > output->max)
		from = size - (off_t)output->max;
	n = pread(fd, output->text, output->max, from);
	if (n < 0)
		return -errno;
	output->text[n] = '\0';
	return 0;
}

/* Wait for @pid. Returns its exit status, 128 for one that a signal ended; -errno. */
static int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

/*
 * Returns its exit status, 128 for one that a signal ended; -errno.
 *
 * If we are killed it comes to its end all the same: it writes to a file and not to a pipe. And
 * until then nobody else removes: the process between it and us has all that we have open, the lock
 * of remove_run.h among it, and lives as long as it does.
 */
static int run(char **argv, uid_t user, struct output *output)
{
	int file = memfd_create("output", MFD_CLOEXEC), status, err;
	pid_t pid;

	if (file < 0)
		return -errno;
	pid = fork();
	if (!pid) {
		/* Not ended by a ^C at us: half of a removal is worse than a whole one. */
		setsid();
		pid = fork();
		if (!pid)
			child(argv, user, file);
		status = pid < 0 ? 126 : wait_for(pid);
		_exit(status < 0 ? 126 : status);
	}
	status = pid < 0 ? -EAGAIN : wait_for(pid);
	err = status < 0 ? status : read_end(file, output);
	close(file);
	return err ? err : status;
}

/* ---- arguments ---- */

/* An ID is the manager's own word, from its database: never an option. */
static bool is_id(const char *id)
{
	return *id && *id != '-';
}

static int run_manager(const char *root, const struct remove_package *package, bool ask,
		       struct output *output)
{
	const struct manager *manager = &managers[package->type];
	const char *const *words = ask ? manager->ask : manager->remove;
	size_t max = ask ? sizeof(manager->ask) / sizeof(*manager->ask) :
			   sizeof(manager->remove) / sizeof(*manager->remove);
	char **argv = calloc(ARGUMENTS + 1 + package->n_with, sizeof(*argv));
	size_t n = 0;
	int status;

	output->text = calloc(output->max + 1, 1);
	if (!argv || !output->text) {
		free(argv);
		return -ENOMEM;
	}
	argv[n++] = (char *)manager->name;
	if (*root && manager->root) {
		argv[n++] = (char *)manager->root;
		argv[n++] = (char *)root;
	}
	for (size_t i = 0; i < max && words[i]; i++)
		argv[n++] = (char *)words[i];
	if (package->type == PACKAGE_FLATPAK)
		argv[n++] = package->user == REMOVE_SYSTEM ? "--system" : "--user";
	else if (package->type != PACKAGE_SNAP)
		argv[n++] = "--";
	for (size_t i = 0; i < package->n_with; i++)
		argv[n++] = package->with[i];
	argv[n++] = package->id;
	status = run(argv, package->user, output);
	free(argv);
	return status;
}

/* ---- asking ---- */

static int add_with(struct remove_package *package, const char *id, size_t len)
{
	char **with, *copy;

	for (size_t i = 0; i < package->n_with; i++)
		if (strlen(package->with[i]) == len && !memcmp(package->with[i], id, len))
			return 0;
	if (strlen(package->id) == len && !memcmp(package->id, id, len))
		return 0;
	if (package->n_with == REMOVE_WITH_MAX)
		return -E2BIG;
	copy = strndup(id, len);
	with = reallocarray(package->with, package->n_with + 1, sizeof(*with));
	if (with)
		package->with = with;
	if (!copy || !with || !is_id(copy)) {
		free(copy);
		return copy && with ? -EIO : -ENOMEM;
	}
	with[package->n_with++] = copy;
	return 1;
}

/*
 * Who needs it, of a line of the manager's: dpkg's " ID depends on ...", " ID pre-depends on ...";
 * rpm's "\tWHAT is needed by (installed) ID". Returns its length; 0: the line says nothing of that.
 */
static size_t line_needs(enum package_type type, const char *line, const char **id)
{
	static const char needed[] = " is needed by (installed) ";
	const char *at;
	size_t len;

	if (type == PACKAGE_RPM) {
		at = *line == '\t' ? strstr(line, needed) : NULL;
		if (!at)
			return 0;
		*id = at + strlen(needed);
		return strcspn(*id, " \t");
	}
	if (*line != ' ' || line[1] == ' ')
		return 0;
	len = strcspn(line + 1, " ");
	at = line + 1 + len;
	*id = line + 1;
	return strncmp(at, " depends on ", 12) && strncmp(at, " pre-depends on ", 16) ? 0 : len;
}

/* Add those that the manager named. Returns 1: there are new ones; 0: none; -errno. */
static int add_needing(struct remove_package *package, char *text)
{
	char *save = NULL;
	int more = 0;

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		const char *id;
		size_t len = line_needs(package->type, line, &id);
		int r = len ? add_with(package, id, len) : 0;

		if (r < 0)
			return r;
		more |= r;
	}
	return more;
}

static bool is_essential(enum package_type type, const char *text)
{
	return type == PACKAGE_DEB && (strstr(text, "this is an essential package") ||
				       strstr(text, "this is a protected package"));
}

/* Ask once. Returns 0: this would work; 1: there are more that would have to go, too; -errno. */
static int ask(const char *root, struct remove_package *package, char why[REMOVE_WHY_MAX])
{
	const char *name = managers[package->type].name;
	struct output output = { .max = ASK_BYTES };
	int r = run_manager(root, package, true, &output);

	if (r == 127) {
		r = fail(why, -ENOENT, "there is no %s here", name);
	} else if (r < 0) {
		fail(why, r, "%s: %s", name, strerror(-r));
	} else if (r && is_essential(package->type, output.text)) {
		r = fail(why, -EPERM,
			 "it, or what cannot stay without it, is essential to this system");
	} else if (r) {
		r = add_needing(package, output.text);
		if (!r)
			r = fail(why, -EIO, "%s does not say what else would go", name);
		else if (r == -E2BIG)
			fail(why, r, "more than %u other packages would go, too", REMOVE_WITH_MAX);
	}
	free(output.text);
	return r;
}

int remove_manager_ask(const char *root, struct remove_package *package, char why[REMOVE_WHY_MAX])
{
	int r = managers[package->type].ask[0] ? 1 : 0;

	if (!managers[package->type].name)
		return fail(why, -ENOENT, "no manager removes packages of its type");
	if (!is_id(package->id))
		return fail(why, -EPERM, "its name in the database is no name");
	/* Each turn names at least one more, of REMOVE_WITH_MAX. */
	while (r > 0)
		r = ask(root, package, why);
	return r;
}

/* ---- doing ---- */

/* dpkg's, rpm's and snap's words for another run of theirs that is under way. */
static bool is_locked(const struct output *output)
{
	return strstr(output->text, "locked by another process") ||
	       strstr(output->text, "can't create transaction lock") ||
	       strstr(output->text, "change in progress");
}

int remove_manager_do(const char *root, const struct remove_package *package, char **ret_output,
		      char why[REMOVE_WHY_MAX])
{
	const struct manager *manager = &managers[package->type];
	const struct timespec second = { .tv_sec = 1 };
	struct output output = { .max = REMOVE_OUTPUT_MAX };
	int r;

	*ret_output = NULL;
	if (!manager->name || !is_id(package->id))
		return fail(why, -EIO, "there is no manager for it");
	remove_place("manager");
	for (int i = 0;; i++) {
		r = run_manager(root, package, false, &output);
		if (r <= 0 || i == PATIENCE || !is_locked(&output))
			break;
		free(output.text);
		nanosleep(&second, NULL);
	}
	remove_place("manager ended");
	if (output.text && !*output.text) {
		free(output.text);
		output.text = NULL;
	}
	*ret_output = output.text;
	if (!r)
		return 0;
	if (r < 0)
		return fail(why, r, "%s: %s", manager->name, strerror(-r));
	if (r == 127)
		return fail(why, -ENOENT, "there is no %s here", manager->name);
	return fail(why, -EIO,
		    "%s ended with status %d: see what it said, put that right, and run `interdict "
		    "remove --yes' again",
		    manager->name, r);
}

uid_t remove_package_user(const char *root, const struct package *package)
{
	char path[PATH_MAX];
	struct stat st;

	if (package->type != PACKAGE_FLATPAK || !package->place ||
	    !strstr(package->place, "/.local/share/flatpak/") ||
	    snprintf(path, sizeof(path), "%s%s", root, package->place) >= (int)sizeof(path) ||
	    lstat(path, &st) < 0 || !st.st_uid)
		return REMOVE_SYSTEM;
	return st.st_uid;
}

int remove_manager_has(const char *root, const struct remove_package *package,
		       char why[REMOVE_WHY_MAX])
{
	struct package_set set;
	int r = package_set_read(root, PACKAGE_TYPE_BIT(package->type), &set);

	if (r == -EBADMSG)
		fail(why, r, "%s", set.databases.of[package->type].why);
	/* The system and each user may have an application of the same ID. */
	for (size_t i = 0; !r && i < set.n; i++)
		if (!strcmp(set.v[i].id, package->id) &&
		    remove_package_user(root, &set.v[i]) == package->user)
			r = 1;
	package_set_free(&set);
	return r;
}
