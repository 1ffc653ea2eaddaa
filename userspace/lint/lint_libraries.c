// SPDX-License-Identifier: GPL-2.0-or-later
#include "lint_libraries.h"

#include <errno.h>
#include <gelf.h>
#include <jansson.h>
#include <libelf.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "libraries/library.h"
#include "lint_ldcache.h"

/* Entries of a dynamic section, program headers and notes that are looked at: real ones have some
 * dozens. */
#define ENTRIES_MAX 1024

/* Where the dynamic loader looks without being told. */
static const char *const library_dirs[] = {
	"/lib64",
	"/usr/lib64",
	"/lib",
	"/usr/lib",
#if defined(__x86_64__)
	"/lib/x86_64-linux-gnu",
	"/usr/lib/x86_64-linux-gnu",
#elif defined(__aarch64__)
	"/lib/aarch64-linux-gnu",
	"/usr/lib/aarch64-linux-gnu",
#endif
};

struct needs {
	struct lint_files *files;
	const char *why;
	const char *path;    /* of the file */
	int origin_len;	     /* of its directory, without the slash */
	const char *runpath; /* directories with colons between them, or NULL */
};

/* @dir and @name joined; @dir may begin with $ORIGIN. Where there is no such file, that is fine. */
static int add_in(const struct needs *needs, const char *dir, size_t len, const char *name)
{
	static const char *const origins[] = { "$ORIGIN", "${ORIGIN}" };
	char path[PATH_MAX];
	int origin = 0;
	size_t i;
	int ret;

	for (i = 0; !origin && i < sizeof(origins) / sizeof(origins[0]); i++) {
		size_t n = strlen(origins[i]);

		if (len < n || strncmp(dir, origins[i], n) != 0)
			continue;
		origin = needs->origin_len;
		dir += n;
		len -= n;
	}
	if (!origin && (!len || dir[0] != '/'))
		return 0; /* relative to where it is started */
	if (snprintf(path, sizeof(path), "%.*s%.*s/%s", origin, needs->path, (int)len, dir, name) >=
	    (int)sizeof(path))
		return 0;
	ret = lint_files_add(needs->files, path, needs->why);
	return ret == -ENOMEM ? ret : 0;
}

static int add_in_runpath(const struct needs *needs, const char *name)
{
	const char *dir = needs->runpath;
	int ret = 0;

	while (!ret && dir) {
		const char *colon = strchr(dir, ':');

		ret = add_in(needs, dir, colon ? (size_t)(colon - dir) : strlen(dir), name);
		dir = colon ? colon + 1 : NULL;
	}
	return ret;
}

static int add_library(const struct needs *needs, const char *name)
{
	const char *path;
	uint32_t next = 0;
	size_t i;
	int ret;

	if (strchr(name, '/')) {
		ret = lint_files_add(needs->files, name, needs->why);
		return ret == -ENOMEM ? ret : 0;
	}
	ret = add_in_runpath(needs, name);
	while (!ret && (path = lint_ldcache_find(&needs->files->ldcache, name, &next))) {
		ret = lint_files_add(needs->files, path, needs->why);
		ret = ret == -ENOMEM ? ret : 0;
	}
	if (!ret)
		ret = add_in(needs, "$ORIGIN", strlen("$ORIGIN"), name);
	for (i = 0; !ret && i < sizeof(library_dirs) / sizeof(library_dirs[0]); i++)
		ret = add_in(needs, library_dirs[i], strlen(library_dirs[i]), name);
	return ret;
}

/* ---- what the file says ---- */

static int add_loader(const struct needs *needs, Elf *elf, int fd)
{
	char path[PATH_MAX];
	GElf_Phdr ph;
	size_t n = 0;
	int ret;
	int i;

	if (elf_getphdrnum(elf, &n) != 0)
		return 0;
	for (i = 0; i < ENTRIES_MAX && (size_t)i < n && gelf_getphdr(elf, i, &ph); i++) {
		if (ph.p_type != PT_INTERP || !ph.p_filesz || ph.p_filesz > sizeof(path) ||
		    ph.p_offset > INT64_MAX ||
		    pread(fd, path, ph.p_filesz, (off_t)ph.p_offset) != (ssize_t)ph.p_filesz ||
		    path[ph.p_filesz - 1])
			continue;
		ret = lint_files_add(needs->files, path, needs->why);
		return ret == -ENOMEM ? ret : 0;
	}
	return 0;
}

/* Directories first: they count for all names, wherever in the section they stand. */
static int add_section(struct needs *needs, Elf *elf, Elf_Data *data, size_t strings)
{
	GElf_Dyn dyn;
	int ret = 0;
	int pass;
	int i;

	needs->runpath = NULL;
	for (pass = 0; pass < 2; pass++)
		for (i = 0; !ret && i < ENTRIES_MAX && gelf_getdyn(data, i, &dyn); i++) {
			const char *text;

			if (dyn.d_tag == DT_NULL)
				break;
			if (pass ? dyn.d_tag != DT_NEEDED :
				   dyn.d_tag != DT_RUNPATH && dyn.d_tag != DT_RPATH)
				continue;
			text = elf_strptr(elf, strings, dyn.d_un.d_val);
			if (!text)
				continue;
			if (pass)
				ret = add_library(needs, text);
			else
				needs->runpath = text;
		}
	return ret;
}

/* "ELF dlopen Metadata" (uapi-group.org): an array of objects, each with the names that are tried.
 */
static int add_named(const struct needs *needs, const char *text, size_t len)
{
	json_t *notes = json_loadb(text, strnlen(text, len), 0, NULL);
	int ret = 0;
	size_t i, j;

	for (i = 0; i < json_array_size(notes); i++) {
		const json_t *names = json_object_get(json_array_get(notes, i), "soname");

		for (j = 0; !ret && j < json_array_size(names); j++) {
			const char *name = json_string_value(json_array_get(names, j));

			ret = name ? add_library(needs, name) : 0;
		}
	}
	json_decref(notes);
	return ret;
}

static int add_notes(const struct needs *needs, Elf_Data *data)
{
	size_t at = 0, next, owner, text;
	GElf_Nhdr head;
	int ret = 0;
	int i;

	for (i = 0; !ret && i < ENTRIES_MAX; i++, at = next) {
		next = gelf_getnote(data, at, &head, &owner, &text);
		if (!next)
			break;
		if (head.n_type == LIBRARY_NOTE_TYPE &&
		    head.n_namesz == sizeof(LIBRARY_NOTE_OWNER) &&
		    !memcmp((char *)data->d_buf + owner, LIBRARY_NOTE_OWNER, head.n_namesz))
			ret = add_named(needs, (char *)data->d_buf + text, head.n_descsz);
	}
	return ret;
}

/* The strings of a dynamic section are at an offset that the loader would map: find the section.
 * Dynamic sections first, as what they say of directories counts for notes, too. */
static int add_needed(struct needs *needs, Elf *elf)
{
	static const GElf_Word types[] = { SHT_DYNAMIC, SHT_NOTE };
	int ret = 0;
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		Elf_Scn *scn = NULL;
		GElf_Shdr sh;

		while (!ret && (scn = elf_nextscn(elf, scn))) {
			Elf_Data *data;

			if (!gelf_getshdr(scn, &sh) || sh.sh_type != types[i])
				continue;
			data = elf_getdata(scn, NULL);
			if (data && sh.sh_type == SHT_DYNAMIC)
				ret = add_section(needs, elf, data, sh.sh_link);
			else if (data)
				ret = add_notes(needs, data);
		}
	}
	return ret;
}

int lint_libraries_add(struct lint_files *files, int fd, const char *path, const char *why)
{
	const char *slash = strrchr(path, '/');
	struct needs needs = {
		.files = files,
		.why = why,
		.path = path,
		.origin_len = slash ? (int)(slash - path) : 0,
	};
	int ret = 0;
	Elf *elf;

	if (elf_version(EV_CURRENT) == EV_NONE)
		return 0;
	elf = elf_begin(fd, ELF_C_READ, NULL);
	if (!elf)
		return 0;
	if (elf_kind(elf) == ELF_K_ELF) {
		ret = add_loader(&needs, elf, fd);
		if (!ret)
			ret = add_needed(&needs, elf);
	}
	elf_end(elf);
	return ret;
}
