// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Disarming: the trust anchors are sealed in the module, and tokens that they vouch for are taken.
 * Each that is used, and each that is refused, is an event; the module counts them, so that one
 * that did not come through here is told of, too.
 */
#include "daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "commands.h"
#include "token/token_write.h"

/* How many tokens of this boot are told of: "ACCEPTED REFUSED". */
#define TOLD_FILE "/run/interdict/tokens"

void daemon_emit_tamper(struct daemon *d, const char *reason)
{
	json_t *event = event_begin(&d->origin, "tamper");

	daemon_log(LOG_ERR, "%s", reason);
	if (event)
		json_object_set_new(event, "reason", json_string(reason));
	daemon_emit(d, event);
}

/* ---- sealing ---- */

/* What of the directory of trust anchors shows that a file came or went. */
static int64_t trust_mark(const struct daemon *d)
{
	struct stat st;

	if (stat(d->config.trust, &st) < 0)
		return -1;
	return (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
}

/* What the module asks for, others could go round without the guards. */
static void arm(struct daemon *d)
{
	struct engine_error err = { 0 };
	struct engine_status status;

	engine_status(d->engine, &status);
	/* Where another daemon did it, they have to know of this one. */
	if (status.armed && d->armed)
		return;
	d->armed = !engine_arm(d->engine, &err);
	if (!d->armed)
		daemon_log(LOG_ERR, "the guards are not on: %s", err.text);
}

void daemon_protect(struct daemon *d)
{
	const struct policy_device device = daemon_device(d);
	const struct protect before = d->protect;

	d->trust_mark = trust_mark(d);
	protect_arm(&d->config, &device, &d->protect);
	if (d->protect.state == PROTECT_SEALED && d->engine)
		arm(d);
	if (d->protect.fresh)
		daemon_emit_policy(d, "armed", d->policy, NULL,
				   "trust anchors are sealed: disarming takes a token");
	if (d->protect.state == before.state && !strcmp(d->protect.why, before.why))
		return;
	if (d->protect.state == PROTECT_SEALED)
		daemon_log(LOG_NOTICE, "%u trust anchors are sealed: disarming takes a token%s%s",
			   d->protect.usable, *d->protect.why ? "; " : "", d->protect.why);
	else
		daemon_log(d->protect.state == PROTECT_IMPOSSIBLE ? LOG_WARNING : LOG_NOTICE,
			   "disarming is not protected: %s", d->protect.why);
}

const struct protect *daemon_protect_look(struct daemon *d)
{
	if (d->trust_mark != trust_mark(d))
		daemon_protect(d);
	return &d->protect;
}

/* ---- tokens ---- */

static void tell_counts(struct daemon *d)
{
	FILE *file = fopen(TOLD_FILE, "we");

	if (!file)
		return;
	fprintf(file, "%llu %llu\n", d->tokens_accepted, d->tokens_refused);
	fclose(file);
}

/* What was counted because of us is told by us. */
static void know_counts(struct daemon *d)
{
	struct seal_status status;

	seal_get_status(&status);
	if (d->tokens_accepted == status.accepted && d->tokens_refused == status.refused)
		return;
	d->tokens_accepted = status.accepted;
	d->tokens_refused = status.refused;
	tell_counts(d);
}

void daemon_protect_tick(struct daemon *d)
{
	struct seal_status status;
	char text[160];

	seal_get_status(&status);
	if (status.accepted > d->tokens_accepted) {
		snprintf(text, sizeof(text),
			 "%llu tokens were given to the kernel, not through the daemon; the last "
			 "was for %s",
			 status.accepted - d->tokens_accepted, status.action);
		daemon_log(LOG_WARNING, "%s", text);
		daemon_emit_policy(d, "disarmed", d->policy, NULL, text);
	}
	if (status.refused > d->tokens_refused) {
		snprintf(text, sizeof(text),
			 "%llu tokens were refused by the kernel, which did not come through the "
			 "daemon",
			 status.refused - d->tokens_refused);
		daemon_emit_tamper(d, text);
	}
	know_counts(d);
}

void daemon_protect_init(struct daemon *d)
{
	FILE *file = fopen(TOLD_FILE, "re");
	struct seal_status status;

	if (file) {
		if (fscanf(file, "%llu %llu", &d->tokens_accepted, &d->tokens_refused) != 2)
			d->tokens_accepted = d->tokens_refused = 0;
		fclose(file);
	}
	seal_get_status(&status);
	d->glass_until = status.glass_until;
	daemon_protect(d);
}

/* Fills what is the same for each use. */
static struct token_use use_of(const struct daemon *d, const char *path, unsigned int actions)
{
	const struct policy_device now = daemon_device(d);

	return (struct token_use){ .path = path,
				   .actions = actions,
				   .early = now.early,
				   .late = now.late,
				   .trust_dir = d->config.trust };
}

/* Take it, and tell. Returns 0, or -errno with @why. */
static int take(struct daemon *d, const struct token_use *use, struct token_used *used,
		char why[PROTECT_WHY_MAX])
{
	char reason[BUNDLE_WHY_MAX];
	int err = token_take(use, used, reason);

	know_counts(d);
	if (err) {
		snprintf(why, PROTECT_WHY_MAX, "the token %.200s: %.500s", use->path, reason);
		daemon_emit_tamper(d, why);
		return err;
	}
	daemon_log(LOG_WARNING, "disarmed: %s", used->text);
	daemon_emit_policy(d, "disarmed", d->policy, NULL, used->text);
	return 0;
}

int daemon_allow_off(struct daemon *d, const struct policy *policy, const char *path,
		     const char *token, char why[PROTECT_WHY_MAX])
{
	struct engine_status status = { 0 };
	char beside[PATH_MAX];
	struct token_used used;
	struct token_use use;

	if (d->engine)
		engine_status(d->engine, &status);
	if (!token_for_off(policy, &status))
		return 0;
	snprintf(beside, sizeof(beside), "%s" TOKEN_SUFFIX, path);
	use = use_of(d, *token ? token : beside, 1U << TOKEN_OFF);
	use.policy = policy->name;
	use.serial = policy->serial;
	return take(d, &use, &used, why);
}

/* ---- break-glass ---- */

/* Up to @used's end nothing is refused. */
static json_t *break_glass(struct daemon *d, const struct token_used *used)
{
	char until[21], text[64];

	d->glass_until = used->token.not_after;
	policy_format_time(d->glass_until, until);
	daemon_pass_boundary(d);
	if (!d->judged.record_only)
		return server_error(EXIT_FAILED, "the token is taken, but the orders could not be "
						 "switched; trying again");
	snprintf(text, sizeof(text), "nothing is refused up to %s", until);
	daemon_log(LOG_WARNING, "BREAK GLASS: %s", text);
	daemon_emit_policy(d, "disarmed", d->policy, NULL, text);
	return json_pack("{s:b, s:s}", "ok", 1, "glass", until);
}

void daemon_glass_over(struct daemon *d)
{
	daemon_log(LOG_NOTICE, "the time of the break-glass token is over: orders are enforced");
	daemon_emit_policy(d, "armed", d->policy, NULL,
			   "the time of the break-glass token is over");
	d->glass_until = 0;
}

/* The program file of our own name, which an upgrade may have put in our place: a descriptor, or
 * -errno. *@file gets its digest, @path its name. */
static int open_successor(struct token *file, char path[PATH_MAX])
{
	static const char gone[] = " (deleted)";
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - 1);
	int fd, err;

	if (n < 0)
		return -errno;
	path[n] = '\0';
	if ((size_t)n >= sizeof(gone) && !strcmp(path + n - (sizeof(gone) - 1), gone))
		path[n - (ssize_t)(sizeof(gone) - 1)] = '\0';
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = token_set_tool(file, fd);
	if (!err)
		return fd;
	close(fd);
	return err;
}

/* Have the file behind @fd be the tool, too. */
static json_t *endorse(struct daemon *d, int fd, const char *path)
{
	struct engine_error err = { 0 };

	if (engine_endorse(d->engine, fd, &err))
		return server_error(EXIT_FAILED, "%s: %s", path, err.text);
	daemon_log(LOG_WARNING, "%s, as it is now, may take our place", path);
	return json_pack("{s:b, s:s}", "ok", 1, "tool", path);
}

/* With a token. Returns as daemon_allow_unload(). */
static json_t *use_token(struct daemon *d, const char *token)
{
	struct token_use use = use_of(d, token, 1U << TOKEN_UNLOAD);
	char why[PROTECT_WHY_MAX], path[PATH_MAX];
	struct token_used used;
	struct token file;
	json_t *reply = NULL;
	int fd = open_successor(&file, path);

	if (fd >= 0) {
		use.actions |= 1U << TOKEN_TOOL;
		use.sha256 = file.sha256;
	}
	/* Whose text nobody knows cannot be switched. */
	if (d->policy)
		use.actions |= 1U << TOKEN_BREAK_GLASS;
	if (take(d, &use, &used, why))
		reply = server_error(EXIT_REFUSED, "%s", why);
	else if (used.token.action == TOKEN_TOOL)
		reply = endorse(d, fd, path);
	else if (used.token.action == TOKEN_BREAK_GLASS)
		reply = break_glass(d, &used);
	if (fd >= 0)
		close(fd);
	return reply;
}

json_t *daemon_allow_unload(struct daemon *d, const char *path)
{
	if (*path)
		return use_token(d, path);
	if (!seal_holds())
		return NULL;
	daemon_emit_tamper(d, "unload was asked for without a token");
	return server_error(
		EXIT_REFUSED,
		"disarming is protected on this device: it takes a token that one of its "
		"trust anchors vouches for (unload --token FILE)");
}
