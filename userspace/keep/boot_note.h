/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `interdict load --boot` tells the daemon that comes after it: a file in /run, which goes
 * from the initramfs to the system. */
#ifndef INTERDICT_BOOT_NOTE_H
#define INTERDICT_BOOT_NOTE_H

#include <stdbool.h>

#define BOOT_NOTE_FILE "/run/interdict/boot"
#define BOOT_NOTE_MAX  400

struct boot_note {
	bool enforced;		  /* a policy is active since then */
	bool told;		  /* a daemon has recorded it */
	char text[BOOT_NOTE_MAX]; /* a sentence without its dot; "": there was no such stage */
};

/* Returns 0 or -errno. Makes the directory. */
int boot_note_write(const struct boot_note *note);
/* Where there is none, or it cannot be read, *@note is zeros. */
void boot_note_read(struct boot_note *note);

#endif
