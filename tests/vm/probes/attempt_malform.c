// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * malform KIND VAULT FILE: the vault's ELF image, broken in one way. Whatever looks for a build ID
 * in it must come to an end; the content's hash applies as always.
 */
#include <elf.h>
#include <fcntl.h>

#include "common.h"

int tool_malform(char **args);

struct image {
	unsigned char *data;
	size_t size;
};

static Elf64_Phdr *program_headers(struct image *image)
{
	return (Elf64_Phdr *)(image->data + ((Elf64_Ehdr *)image->data)->e_phoff);
}

static Elf64_Phdr *note_header(struct image *image)
{
	Elf64_Phdr *ph = program_headers(image);

	for (int i = 0; i < ((Elf64_Ehdr *)image->data)->e_phnum; i++)
		if (ph[i].p_type == PT_NOTE)
			return ph + i;
	setup_failed("no PT_NOTE");
}

static void truncated_header(struct image *image)
{
	image->size = 40;
}

static void truncated_notes(struct image *image)
{
	image->size = note_header(image)->p_offset + 7;
}

static void many_headers(struct image *image)
{
	((Elf64_Ehdr *)image->data)->e_phnum = 0xffff;
}

static void far_headers(struct image *image)
{
	((Elf64_Ehdr *)image->data)->e_phoff = ~0ULL - 8;
}

static void far_notes(struct image *image)
{
	note_header(image)->p_offset = ~0ULL - 3;
}

static void endless_notes(struct image *image)
{
	note_header(image)->p_filesz = ~0ULL;
}

static void huge_name(struct image *image)
{
	((Elf64_Nhdr *)(image->data + note_header(image)->p_offset))->n_namesz = 0xfffffffd;
}

static void huge_descriptor(struct image *image)
{
	((Elf64_Nhdr *)(image->data + note_header(image)->p_offset))->n_descsz = 0xffffffff;
}

/* Notes of no length, one after the other, over the whole file. */
static void empty_notes(struct image *image)
{
	Elf64_Phdr *note = note_header(image);
	size_t from = 4096;

	note->p_offset = from;
	note->p_filesz = image->size - from;
	memset(image->data + from, 0, image->size - from);
}

/* Every program header is the same note segment. */
static void overlapping_notes(struct image *image)
{
	Elf64_Phdr note = *note_header(image), *ph = program_headers(image);

	for (int i = 0; i < ((Elf64_Ehdr *)image->data)->e_phnum; i++)
		ph[i] = note;
}

static void wrong_class(struct image *image)
{
	image->data[EI_CLASS] = 77;
}

static void wrong_order(struct image *image)
{
	image->data[EI_DATA] = ELFDATA2MSB;
}

static const struct {
	const char *name;
	void (*apply)(struct image *image);
} kinds[] = {
	{ "truncated-header", truncated_header },
	{ "truncated-notes", truncated_notes },
	{ "many-headers", many_headers },
	{ "far-headers", far_headers },
	{ "far-notes", far_notes },
	{ "endless-notes", endless_notes },
	{ "huge-name", huge_name },
	{ "huge-descriptor", huge_descriptor },
	{ "empty-notes", empty_notes },
	{ "overlapping-notes", overlapping_notes },
	{ "wrong-class", wrong_class },
	{ "wrong-order", wrong_order },
};

int tool_malform(char **args)
{
	struct image image;
	int fd;

	image.data = read_vault(args[1], &image.size);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].name, args[0]))
			continue;
		kinds[i].apply(&image);
		unlink(args[2]);
		fd = open(args[2], O_WRONLY | O_CREAT | O_EXCL, 0755);
		if (fd < 0)
			setup_failed(args[2]);
		write_all(fd, image.data, image.size);
		return 0;
	}
	fprintf(stderr, "no such kind: %s\n", args[0]);
	return SETUP;
}
