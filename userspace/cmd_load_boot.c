// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `interdict load --boot`: begin to enforce before the root file system is there. What is loaded is
 * the policy that was accepted last, of which the initramfs has a copy. A device that cannot be
 * booted is worse than one that enforces later, so that all that can go wrong is told to the daemon
 * (boot_note.h), and nothing is waited for beyond LOAD_BOOT_SECONDS.
 */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cmd_load.h"
#include "commands.h"
#include "config.h"
#include "keep/boot_note.h"
#include "keep/last_good.h"
#include "keep/store.h"
#include "keep/timekeeping.h"
#include "policy/policy.h"
#include "token/protect.h"
#include "verb.h"

#define SECURITYFS "/sys/kernel/security"

/* To the console and to the daemon. Returns @status. */
static int __attribute__((format(printf, 3, 4)))
tell(int status, bool enforced, const char *fmt, ...)
{
	struct boot_note note = { .enforced = enforced };
	va_list ap;
	int err;

	va_start(ap, fmt);
	vsnprintf(note.text, sizeof(note.text), fmt, ap);
	va_end(ap);
	fprintf(stderr, "interdict load --boot: %s\n", note.text);
	err = boot_note_write(&note);
	if (err)
		fprintf(stderr, "interdict load --boot: " BOOT_NOTE_FILE ": %s\n", strerror(-err));
	return status;
}

/* The policy that was accepted last to *@policy, which stays NULL where there is none: then says
 * why. Returns an exit status. */
static int accepted_policy(const struct config *config, struct store *store, struct policy **policy)
{
	struct policy_errors errs = { 0 };
	char why[STORE_WHY_MAX];
	int err, status = EXIT_FAILED;

	err = store_open(STORE_DIR, NULL, 0, store);
	if (err)
		return tell(EXIT_FAILED, false, STORE_DIR "/store cannot be read: %s",
			    strerror(-err));
	err = last_good_load(store, config->trust, policy, &errs);
	if (err) {
		if (policy_errors_status(&errs))
			status = policy_errors_status(&errs);
		tell(status, false, "the policy that was accepted last cannot be loaded: %.250s",
		     errs.n ? errs.v[0].text : strerror(-err));
	} else if (store_check(store, *policy, why)) {
		policy_free(*policy);
		*policy = NULL;
		status = tell(EXIT_REFUSED, false, "%.350s", why);
	} else {
		status = EXIT_DONE;
	}
	policy_errors_free(&errs);
	return status;
}

static int enforce(const struct engine_options *options, const struct config *config,
		   const struct store *store, const struct policy *policy)
{
	struct policy_device device = { .labels = config->labels, .n_labels = config->n_labels };
	struct engine_switched switched;
	struct timekeeping clock;
	struct engine_error err;
	struct protect protect;
	struct engine *engine;
	bool failed;

	timekeeping_begin(&clock, &store->mark);
	timekeeping_now(&clock, &device);
	if (engine_open(options, &engine, &err))
		return tell(err.exit_status, false, "%.350s", err.text);
	failed = engine_switch(engine, policy, &device, &switched, &err) != 0;
	engine_close(engine);
	if (failed)
		return tell(err.exit_status, false, "%.350s", err.text);
	/* What comes of it the daemon finds out, and tells. */
	protect_arm(config, &device, &protect);
	return tell(EXIT_DONE, true,
		    "policy %s serial %llu, mode %s, from %.1f s after the kernel's start: %zu "
		    "orders in force, %zu identifiers%s%.150s",
		    policy->name, (unsigned long long)policy->serial,
		    policy_mode_name(policy->mode), (double)clock.boottime_ns / 1e9,
		    switched.orders, switched.rules, policy->boot_asked ? "; " : "",
		    policy->boot_asked ? policy->boot_asked : "");
}

static int load(const struct engine_options *options)
{
	struct policy *policy = NULL;
	struct config config;
	struct store store;
	int status;

	/* Nobody else did so early; it goes along to the root file system. EBUSY: somebody did. */
	if (mount("securityfs", SECURITYFS, "securityfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) &&
	    errno != EBUSY)
		fprintf(stderr, "interdict load --boot: " SECURITYFS ": %s\n", strerror(errno));
	if (access(LAST_GOOD, F_OK))
		return tell(EXIT_DONE, false, "no policy was accepted before: nothing is enforced");
	status = verb_load_config(CONFIG_FILE, &config);
	if (status)
		return tell(status, false, CONFIG_FILE " cannot be read");
	status = accepted_policy(&config, &store, &policy);
	if (policy)
		status = enforce(options, &config, &store, policy);
	policy_free(policy);
	config_free(&config);
	return status;
}

int cmd_load_boot(const struct engine_options *options)
{
	const struct timespec limit = { .tv_sec = LOAD_BOOT_SECONDS };
	sigset_t child, old;
	int status;
	pid_t pid;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, &old);
	pid = fork();
	if (pid < 0)
		return tell(EXIT_FAILED, false, "fork: %s", strerror(errno));
	if (!pid) {
		sigprocmask(SIG_SETMASK, &old, NULL);
		status = load(options);
		fflush(NULL);
		_exit(status);
	}
	while (sigtimedwait(&child, NULL, &limit) < 0 && errno == EINTR)
		;
	/* One that cannot be killed is not waited for. */
	if (waitpid(pid, &status, WNOHANG) == pid) {
		if (WIFEXITED(status))
			return WEXITSTATUS(status);
		return tell(EXIT_FAILED, false, "loading was ended by signal %d", WTERMSIG(status));
	}
	kill(pid, SIGKILL);
	return tell(EXIT_FAILED, false, "loading took more than %d s and was given up",
		    LOAD_BOOT_SECONDS);
}
