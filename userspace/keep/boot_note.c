// SPDX-License-Identifier: GPL-2.0-or-later
#include "boot_note.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "atomic_file.h"
#include "read_file.h"

int boot_note_write(const struct boot_note *note)
{
	char line[BOOT_NOTE_MAX + 32];
	int len =
		snprintf(line, sizeof(line), "%d %d %s\n", note->enforced, note->told, note->text);

	if (mkdir("/run/interdict", 0755) < 0 && errno != EEXIST)
		return -errno;
	return atomic_file_write(BOOT_NOTE_FILE, line, (size_t)len, 0644);
}

void boot_note_read(struct boot_note *note)
{
	char *text;
	size_t len;

	*note = (struct boot_note){ 0 };
	if (read_file_at(AT_FDCWD, BOOT_NOTE_FILE, BOOT_NOTE_MAX + 32, &text, &len))
		return;
	if (len > 4 && text[1] == ' ' && text[3] == ' ') {
		note->enforced = text[0] == '1';
		note->told = text[2] == '1';
		snprintf(note->text, sizeof(note->text), "%.*s", (int)(len - 4), text + 4);
		note->text[strcspn(note->text, "\n")] = '\0';
	}
	free(text);
}
