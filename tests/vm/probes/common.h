/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the probes share. A probe tries one way to get at a file's content, and its exit status
 * tells how that ended:
 *
 *	42	the banned content ran, or could be read or mapped
 *	43	the allowed twin of that content ran
 *	77	this kernel has no such call
 *	100	a step before the one under test failed; standard error says which
 *	else	the errno of the step under test
 *
 * Banned content is kept in a "vault", each byte XORed with 0x5a, so that it can be written out
 * anew while reading it is refused.
 */
#ifndef PROBES_COMMON_H
#define PROBES_COMMON_H

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RAN	    42
#define RAN_ALLOWED 43
#define ABSENT	    77
#define SETUP	    100

#define VAULT_KEY 0x5a

/* Ends the probe: a step before the one under test failed. */
void __attribute__((noreturn)) setup_failed(const char *step);

/* The content of a file, or of a vault, to be freed by the caller. Ends the probe on failure. */
unsigned char *read_file(const char *path, size_t *ret_size);
unsigned char *read_vault(const char *path, size_t *ret_size);

/* Writes all of it at the descriptor's position; ends the probe on failure. */
void write_all(int fd, const void *data, size_t size);

/*
 * The system call number of the 32-bit programs of x86-64, which its other programs can make, too.
 * Pointers have to lie below 4 GiB: int80_map(). Returns what the call does (-errno for an error);
 * -ENOSYS on other machines.
 */
long int80(long number, long a, long b, long c, long d, long e);
/* A private mapping there, of the file fd or (-1) of nothing. Ends the probe on failure. */
void *int80_map(size_t size, int prot, int fd);

/* Jumps to the entry point of the ELF image mapped at base as a whole. Does not return, unless the
 * image does. Then, as where it is no ELF, being mapped executable is enough: returns RAN. */
int enter_image(const void *base);

/* A way to try. args ends with NULL. Returns an exit status as above, or never. */
struct technique {
	const char *name;
	int args; /* how many it needs at least */
	int (*run)(char **args);
};

extern const struct technique exec_techniques[];
extern const struct technique map_techniques[];
extern const struct technique module_techniques[];
extern const struct technique open_techniques[];
extern const struct technique space_techniques[];
extern const struct technique say_techniques[];
extern const struct technique tool_techniques[];

#endif
