// SPDX-License-Identifier: GPL-2.0-or-later
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "events/event_line.h"
#include "scan_cache.h"

#define SOURCE_VERSION "/sys/module/interdict/srcversion"

struct build_id {
	uint8_t bytes[32];
	size_t len;
};

/* The GNU build-id in @len bytes of notes (gABI, "Note Section"). */
static void look_at_notes(const uint8_t *notes, size_t len, struct build_id *id)
{
	ElfW(Nhdr) note;

	while (len >= sizeof(note)) {
		size_t name, descriptor;

		memcpy(&note, notes, sizeof(note));
		name = (note.n_namesz + 3U) & ~3U;
		descriptor = (note.n_descsz + 3U) & ~3U;
		if (name > len - sizeof(note) || descriptor > len - sizeof(note) - name)
			return;
		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
		    !memcmp(notes + sizeof(note), "GNU", 4) && note.n_descsz <= sizeof(id->bytes)) {
			id->len = note.n_descsz;
			memcpy(id->bytes, notes + sizeof(note) + name, id->len);
			return;
		}
		notes += sizeof(note) + name + descriptor;
		len -= sizeof(note) + name + descriptor;
	}
}

/* The first object is the program itself. */
static int look_at_program(struct dl_phdr_info *info, size_t size, void *context)
{
	(void)size;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &info->dlpi_phdr[i];

		/* NOLINTNEXTLINE(performance-no-int-to-ptr): addresses are numbers there. */
		const uint8_t *at = (const uint8_t *)(info->dlpi_addr + segment->p_vaddr);

		if (segment->p_type == PT_NOTE)
			look_at_notes(at, segment->p_memsz, context);
	}
	return 1;
}

void scan_cache_maker(char maker[160])
{
	char hex[2 * sizeof(((struct build_id *)0)->bytes) + 1], module[64] = "";
	struct build_id id = { .len = 0 };
	int fd = open(SOURCE_VERSION, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, module, sizeof(module) - 1);

	if (fd >= 0)
		close(fd);
	module[n > 0 ? n : 0] = '\0';
	module[strcspn(module, "\n")] = '\0';
	dl_iterate_phdr(look_at_program, &id);
	event_hex(id.bytes, id.len, hex);
	snprintf(maker, 160, "%s %s %s", INTERDICT_VERSION, hex, *module ? module : "-");
}
