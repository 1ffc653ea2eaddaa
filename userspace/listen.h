/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The listening side of a local stream socket. What is read and written there never waits. */
#ifndef INTERDICT_LISTEN_H
#define INTERDICT_LISTEN_H

#include <sys/types.h>

/*
 * Listen at @path, which whoever @mode lets write may connect to, whatever the umask is; a socket
 * that is there already is replaced, nothing else is. @backlog: as in listen(2). Returns a
 * descriptor (listen_end()); -ENAMETOOLONG; -errno of socket(), bind() (-EADDRINUSE: there is
 * another file at @path) or listen().
 */
int listen_at(const char *path, mode_t mode, int backlog);

/* Who connected to @listener: a descriptor, or -errno. */
int listen_accept(int listener);

/* Close @listener and remove @path; nothing where it is negative. */
void listen_end(int listener, const char *path);

#endif
