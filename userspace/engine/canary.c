// SPDX-License-Identifier: GPL-2.0-or-later
#include "canary.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "keep/store.h"

/* From include/uapi/linux/memfd.h of kernel 6.3. */
#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

static const char text[] =
	"This is the canary of Interdict: nothing but its own test of whether a banned file is "
	"refused.\nIt does nothing. See interdict-daemon(8), CANARY.\n";

void canary_content(char content[CANARY_SIZE])
{
	for (size_t i = 0; i < CANARY_SIZE; i++)
		content[i] = text[i % (sizeof(text) - 1)];
}

static struct policy_rule rule = {
	.id = {
		.kind = POLICY_KIND_SHA256,
		.len = 32,
		/* of canary_content() */
		.value = {
			0x0f, 0x4c, 0x19, 0x59, 0x59, 0x13, 0x5f, 0x2c, 0xf9, 0x89, 0xfa,
			0x36, 0x44, 0x6b, 0xde, 0x56, 0x2f, 0xe4, 0x49, 0x2b, 0x77, 0x5b,
			0x0c, 0x56, 0xd6, 0xc5, 0x49, 0xae, 0xa7, 0x01, 0xbc, 0x71,
		},
	},
	.has_size = true,
	.size = CANARY_SIZE,
};

const struct policy_order canary_order = {
	.id = ".canary", /* a policy's begin with a letter or a digit */
	.effective = POLICY_TIME_MIN,
	.expires = POLICY_TIME_MAX,
	.mode = POLICY_MODE_ENFORCE,
	.operations = POLICY_OPS_ALL,
	.rules = &rule,
	.n_rules = 1,
};

static const char *const answers[] = {
	[CANARY_NOT_TRIED] = "not tried", [CANARY_REFUSED] = "refused",
	[CANARY_RECORDED] = "recorded",	  [CANARY_LET_THROUGH] = "let through",
	[CANARY_UNKNOWN] = "unknown",
};
static_assert(sizeof(answers) / sizeof(answers[0]) == CANARY_ANSWER_COUNT, "a name each");

const char *canary_answer_name(enum canary_answer answer)
{
	return answers[answer];
}

static bool is_bad(enum canary_answer answer)
{
	return answer == CANARY_LET_THROUGH || answer == CANARY_UNKNOWN;
}

bool canary_is_fine(const struct canary *canary)
{
	return !is_bad(canary->exec) && !is_bad(canary->open);
}

bool canary_is_let_through(const struct canary *canary)
{
	return canary->exec == CANARY_LET_THROUGH || canary->open == CANARY_LET_THROUGH;
}

const char *canary_remedy(const struct canary *canary)
{
	return canary_is_let_through(canary) ?
		       "do what interdict doctor says, then load the policy again; if it stays so, "
		       "reboot" :
		       "find out what that is: until then nobody knows whether refusing works";
}

enum canary_answer canary_judge(enum policy_mode mode, int err, bool counted)
{
	bool through = !err || err == -ENOEXEC;

	if (through && mode == POLICY_MODE_AUDIT && counted)
		return CANARY_RECORDED;
	if (through)
		return CANARY_LET_THROUGH;
	return mode == POLICY_MODE_ENFORCE && err == -EPERM && counted ? CANARY_REFUSED :
									 CANARY_UNKNOWN;
}

/* ---- the file ---- */

static int fill(int fd)
{
	char content[CANARY_SIZE];
	ssize_t n;

	canary_content(content);
	n = write(fd, content, sizeof(content));
	if (n < 0)
		return -errno;
	return n == sizeof(content) ? 0 : -ENOSPC;
}

static int make_in_memory(void)
{
	const unsigned int flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int fd = memfd_create("interdict-canary", flags | MFD_EXEC);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("interdict-canary", flags);
	return fd < 0 ? -errno : fd;
}

static int make_on_disk(void)
{
	int fd = open(STORE_DIR, O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC, 0700);

	return fd < 0 ? -errno : fd;
}

/* A descriptor (O_PATH) of a new one that nobody can write to any more, or -errno. */
static int make_file(void)
{
	char path[32];
	int place, err, fd = make_in_memory();

	if (fd < 0)
		fd = make_on_disk();
	if (fd < 0)
		return fd;
	err = fill(fd);
	/* On disk it cannot be sealed. */
	if (!err)
		fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	place = err ? err : open(path, O_PATH | O_CLOEXEC);
	if (!err && place < 0)
		place = -errno;
	close(fd);
	return place;
}

/* ---- using it ---- */

static int use_exec(const char *path)
{
	char *const argv[] = { (char *)"interdict-canary", NULL }, *const envp[] = { NULL };
	int status, err;
	pid_t pid;

	err = posix_spawn(&pid, path, NULL, NULL, argv, envp);
	if (err)
		return -err;
	/* Whoever made such text a program. */
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return 0;
}

static int use_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static uint64_t count_of(struct engine *engine)
{
	return __atomic_load_n(&engine_state(engine)->counters.canary, __ATOMIC_SEQ_CST);
}

static enum canary_answer try_use(struct engine *engine, enum policy_mode mode, const char *what,
				  int (*use)(const char *path), char why[200])
{
	int fd = make_file(), err = fd;
	bool counted = false;
	uint64_t before = count_of(engine);
	enum canary_answer answer;
	char path[32];

	if (fd >= 0) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		err = use(path);
		counted = count_of(engine) != before;
		close(fd);
	}
	answer = fd < 0 ? CANARY_UNKNOWN : canary_judge(mode, err, counted);
	if (answer == CANARY_LET_THROUGH)
		snprintf(why, 200, "the canary, which is always banned, was not %s when it was %s",
			 mode == POLICY_MODE_ENFORCE ? "refused" : "seen", what);
	else if (answer == CANARY_UNKNOWN)
		snprintf(why, 200, "the canary could not be tried: %s%s",
			 err == -EPERM ? "something else refused it: " : "", strerror(-err));
	return answer;
}

void canary_try(struct engine *engine, struct canary *ret)
{
	struct engine_status status;

	memset(ret, 0, sizeof(*ret));
	engine_status(engine, &status);
	if (status.mode == POLICY_MODE_OFF || !status.policy.canary)
		return;
	ret->time = (int64_t)time(NULL);
	/* IMA's hash is asked for where files are run and mapped only. */
	if (!strcmp(status.provider, "kmod"))
		ret->open = try_use(engine, status.mode, "opened", use_open, ret->why);
	ret->exec = try_use(engine, status.mode, "executed", use_exec, ret->why);
}
