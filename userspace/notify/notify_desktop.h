/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A notification on a user's desktop, by the user's session bus
 * (https://specifications.freedesktop.org/notification-spec/). The bus is the user's: who speaks to
 * it is a short-lived process that is the user's as well, this program started anew as `interdict
 * notify-desktop`, so that neither the daemon's memory nor its time is in it.
 */
#ifndef INTERDICT_NOTIFY_DESKTOP_H
#define INTERDICT_NOTIFY_DESKTOP_H

#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

/* Where users' session buses are: UID/bus below it. */
#define NOTIFY_RUN_USER "/run/user"
/* Such processes at once; a user has one. */
#define NOTIFY_DESKTOPS 4
/* Seconds after which it ends itself, and after which it is ended. */
#define NOTIFY_DESKTOP_PATIENCE 5
#define NOTIFY_DESKTOP_LIMIT	8

struct notify_desktop {
	sd_event *loop;
	const char *run_user; /* NOTIFY_RUN_USER, or a test's */
	const char *program;  /* what to start: "/proc/self/exe", or a test's */
	struct notify_desktop_child {
		sd_event_source *child, *timer;
		pid_t pid; /* 0: none */
		uint32_t uid;
	} children[NOTIFY_DESKTOPS];
};

/*
 * Begin to tell user @uid. Returns 0; -ENOENT: there is no session bus; -EACCES: what is there is
 * not the user's; -EBUSY: too many are told already; another -errno. SIGCHLD must be blocked.
 */
int notify_desktop(struct notify_desktop *desktop, uint32_t uid, const char *summary,
		   const char *body);
/* Ends what runs. */
void notify_desktop_close(struct notify_desktop *desktop);

/*
 * What that process does: Notify at the bus of @address, within NOTIFY_DESKTOP_PATIENCE. @body is
 * plain text. Returns 0 or -errno.
 */
int notify_desktop_send(const char *address, const char *summary, const char *body);

#endif
