// SPDX-License-Identifier: GPL-2.0-or-later
#include "notify_desktop.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

/* ---- in the process of the user ---- */

/* The body is a subset of HTML: what it would take for tags. To be freed. */
static char *as_markup(const char *text)
{
	char *out = malloc(5 * strlen(text) + 1), *o = out;

	for (; out && *text; text++) {
		if (*text == '&')
			o = stpcpy(o, "&amp;");
		else if (*text == '<')
			o = stpcpy(o, "&lt;");
		else if (*text == '>')
			o = stpcpy(o, "&gt;");
		else
			*o++ = *text;
	}
	if (out)
		*o = '\0';
	return out;
}

int notify_desktop_send(const char *address, const char *summary, const char *body)
{
	char *markup = as_markup(body);
	sd_bus *bus = NULL;
	int err = markup ? sd_bus_new(&bus) : -ENOMEM;

	if (err >= 0)
		err = sd_bus_set_address(bus, address);
	if (err >= 0)
		err = sd_bus_set_bus_client(bus, 1);
	if (err >= 0)
		err = sd_bus_set_method_call_timeout(bus, NOTIFY_DESKTOP_PATIENCE * 1000000ULL);
	if (err >= 0)
		err = sd_bus_start(bus);
	/* Application, ID of one to replace, icon, summary, body, actions, hints (urgency 1 is
	 * normal), and the server's own time on the screen. */
	if (err >= 0)
		err = sd_bus_call_method(bus, "org.freedesktop.Notifications",
					 "/org/freedesktop/Notifications",
					 "org.freedesktop.Notifications", "Notify", NULL, NULL,
					 "susssasa{sv}i", "Interdict", 0, "security-high", summary,
					 markup, 0, 1, "urgency", "y", 1, -1);
	sd_bus_flush_close_unref(bus);
	free(markup);
	return err < 0 ? err : 0;
}

/* ---- in the daemon ---- */

static void forget(struct notify_desktop_child *child)
{
	sd_event_source_disable_unref(child->child);
	sd_event_source_disable_unref(child->timer);
	memset(child, 0, sizeof(*child));
}

static int on_end(sd_event_source *source, const siginfo_t *info, void *data)
{
	(void)source;
	(void)info;
	forget(data);
	return 0;
}

/* Its own alarm does not end one that the user has stopped. */
static int on_limit(sd_event_source *source, uint64_t now, void *data)
{
	const struct notify_desktop_child *child = data;

	(void)source;
	(void)now;
	kill(child->pid, SIGKILL);
	return 0;
}

/* The user's group is that of the directory: asking a name service may take long. */
static int find_bus(const struct notify_desktop *desktop, uint32_t uid, gid_t *gid)
{
	char path[PATH_MAX];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%u", desktop->run_user, uid);
	if (lstat(path, &st) < 0)
		return -errno;
	if (!S_ISDIR(st.st_mode) || st.st_uid != uid)
		return -EACCES;
	*gid = st.st_gid;
	snprintf(path, sizeof(path), "%s/%u/bus", desktop->run_user, uid);
	if (lstat(path, &st) < 0)
		return -errno;
	return S_ISSOCK(st.st_mode) && st.st_uid == uid ? 0 : -EACCES;
}

/* Only what is safe in a copy of a program with threads. */
__attribute__((noreturn)) static void become(const char *program, char *const *argv, uint32_t uid,
					     gid_t gid)
{
	char *const environment[] = { NULL };
	sigset_t none;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	sigemptyset(&none);
	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0 ||
	    close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) < 0 || chdir("/") < 0 ||
	    setgroups(0, NULL) < 0 || setresgid(gid, gid, gid) < 0 ||
	    setresuid(uid, uid, uid) < 0 || sigprocmask(SIG_SETMASK, &none, NULL) < 0)
		_exit(1);
	alarm(NOTIFY_DESKTOP_PATIENCE + 1);
	execve(program, argv, environment);
	_exit(1);
}

int notify_desktop(struct notify_desktop *desktop, uint32_t uid, const char *summary,
		   const char *body)
{
	struct notify_desktop_child *child = NULL;
	char address[PATH_MAX];
	gid_t gid = (gid_t)-1;
	int err;

	for (size_t i = 0; i < NOTIFY_DESKTOPS; i++) {
		if (desktop->children[i].pid && desktop->children[i].uid == uid)
			return -EBUSY;
		if (!desktop->children[i].pid)
			child = &desktop->children[i];
	}
	if (!child)
		return -EBUSY;
	err = find_bus(desktop, uid, &gid);
	if (err)
		return err;
	snprintf(address, sizeof(address), "unix:path=%s/%u/bus", desktop->run_user, uid);
	child->pid = fork();
	if (child->pid < 0) {
		child->pid = 0;
		return -errno;
	}
	if (!child->pid) {
		const char *const argv[] = { "interdict", "notify-desktop", address, summary, body,
					     NULL };

		become(desktop->program, (char *const *)argv, uid, gid);
	}
	child->uid = uid;
	err = sd_event_add_child(desktop->loop, &child->child, child->pid, WEXITED, on_end, child);
	if (err >= 0)
		err = sd_event_add_time_relative(desktop->loop, &child->timer, CLOCK_MONOTONIC,
						 NOTIFY_DESKTOP_LIMIT * 1000000ULL, 0, on_limit,
						 child);
	if (err >= 0)
		return 0;
	kill(child->pid, SIGKILL);
	waitpid(child->pid, NULL, 0);
	forget(child);
	return err;
}

void notify_desktop_close(struct notify_desktop *desktop)
{
	for (size_t i = 0; i < NOTIFY_DESKTOPS; i++) {
		struct notify_desktop_child *child = &desktop->children[i];

		if (!child->pid)
			continue;
		kill(child->pid, SIGKILL);
		waitpid(child->pid, NULL, 0);
		forget(child);
	}
}
