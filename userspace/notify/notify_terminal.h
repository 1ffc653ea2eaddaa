/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A line to the terminal of a refused process, if that is its user's own: a pseudo terminal (ssh,
 * windows) or a virtual console. Nothing here waits for what a user controls, such as a terminal
 * that is stopped, but for 50 ms in which somebody else may be writing to it.
 */
#ifndef INTERDICT_NOTIFY_TERMINAL_H
#define INTERDICT_NOTIFY_TERMINAL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

/* Where to look: "/proc" and "/dev", or a test's. */
struct notify_places {
	const char *proc, *dev;
};

extern const struct notify_places notify_places;

/* Who was refused. */
struct notify_process {
	pid_t pid, ppid;
	uint32_t uid;  /* as which it runs */
	uint32_t auid; /* who logged in, or UINT32_MAX */
};

/*
 * The terminal that controls the process, or its parent where it is gone already: a program that
 * was not run is a child of the shell for a moment only. Returns 0 and *@tty; -ENOTTY: it has none;
 * -EXDEV: it is of a container, whose terminals have other names; -ENOENT: both are gone; another
 * -errno.
 */
int notify_terminal_find(const struct notify_places *places, const struct notify_process *process,
			 dev_t *tty);

/*
 * Whether @st, of an open file, is the terminal @tty and may be written to: it belongs to the user,
 * or to the one who logged in (sudo), and that one lets others write (mesg(1): the group's bit).
 */
bool notify_terminal_allowed(const struct stat *st, dev_t tty,
			     const struct notify_process *process);

/* Open @tty for that. Returns a file descriptor; -EACCES: it is not allowed; -EOPNOTSUPP: it is
 * another kind of terminal; another -errno. */
int notify_terminal_open(const struct notify_places *places, dev_t tty,
			 const struct notify_process *process);

/* All of it, with @text in a line of its own; what acts on terminals is escaped. Returns 0 or
 * -errno as above, -EAGAIN: the terminal is stopped. */
int notify_terminal(const struct notify_places *places, const struct notify_process *process,
		    const char *text);

#endif
