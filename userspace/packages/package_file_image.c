// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Packages that are file system images: snaps, with meta/snap.yaml (snapcraft.io/docs/snap-format),
 * and AppImages of type 2 (AppImage specification, "Image format"), a program with an image behind
 * it, whose root has one .desktop file. Its section .upd_info says where new versions come from
 * ("Update information").
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <yaml.h>

#include "kmod/extract/elf.h"
#include "package_file.h"
#include "package_internal.h"
#include "squashfs.h"
#include "subject/reader_fd.h"

/* Bytes of text that is read: snapd takes no larger snap.yaml; a .desktop file has some KiB. */
#define TEXT_MAX (1U << 20)
/* Names in the root of an AppImage: libraries and data are further down. */
#define NAMES_MAX 4096U
#define LINK_MAX  1024U
/* appimagetool makes room for so many bytes. */
#define UPDATE_MAX 1024U
/* Pages of 4 KiB that are read of the program's tables. */
#define ELF_PAGES 64U

/* ---- snaps ---- */

/* The text of @key in the document's mapping. Returns 0 and sets *@value (NULL: there is none), or
 * -ENOMEM. */
static int yaml_text(yaml_document_t *document, const char *key, char **value)
{
	const yaml_node_t *root = yaml_document_get_root_node(document);

	if (!root || root->type != YAML_MAPPING_NODE)
		return 0;
	for (const yaml_node_pair_t *pair = root->data.mapping.pairs.start;
	     pair < root->data.mapping.pairs.top; pair++) {
		const yaml_node_t *k = yaml_document_get_node(document, pair->key);
		const yaml_node_t *v = yaml_document_get_node(document, pair->value);

		if (!k || !v || k->type != YAML_SCALAR_NODE || v->type != YAML_SCALAR_NODE ||
		    strcmp((const char *)k->data.scalar.value, key) != 0)
			continue;
		*value = package_field((const char *)v->data.scalar.value, v->data.scalar.length);
		return *value ? 0 : -ENOMEM;
	}
	return 0;
}

static int from_yaml(const char *text, size_t len, struct package *ret, char why[PACKAGE_WHY_MAX])
{
	struct package package = { .type = PACKAGE_SNAP };
	yaml_document_t document;
	yaml_parser_t parser;
	int err;

	if (!yaml_parser_initialize(&parser))
		return -ENOMEM;
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	if (yaml_parser_load(&parser, &document)) {
		err = yaml_text(&document, "name", &package.name);
		if (!err)
			err = yaml_text(&document, "version", &package.version);
		yaml_document_delete(&document);
		if (!err && (!package.name || !*package.name))
			err = package_fail(why, -EBADMSG, "meta/snap.yaml has no name");
	} else {
		err = package_fail(why, -EBADMSG, "meta/snap.yaml is no YAML");
	}
	yaml_parser_delete(&parser);
	if (!err) {
		package.id = package.name ? strdup(package.name) : NULL;
		err = package.id ? 0 : -ENOMEM;
	}
	if (err)
		package_clear(&package);
	else
		*ret = package;
	return err;
}

int package_file_snap(int fd, struct package *package, char why[PACKAGE_WHY_MAX])
{
	struct squashfs_node node = { 0 };
	struct squashfs fs;
	char *text;
	size_t len;
	int err = squashfs_open(&fs, fd, 0, why);

	if (!err)
		err = squashfs_find(&fs, "meta/snap.yaml", &node);
	/* Not every image is a snap. */
	if (err == -ENOENT)
		return -ENODATA;
	if (!err)
		err = node.type == SQUASHFS_FILE ?
			      squashfs_read(&fs, &node, TEXT_MAX, &text, &len) :
			      -EFBIG;
	if (err == -EFBIG)
		return package_fail(why, -EBADMSG, "meta/snap.yaml is no file, or too long");
	if (err)
		return err;
	err = from_yaml(text, len, package, why);
	free(text);
	return err;
}

/* ---- AppImages ---- */

/* Where the program ends, and the image begins: behind its sections' headers, or the last section,
 * as the AppImage's own runtime has it. */
static int image_start(struct elf *elf, uint64_t *start)
{
	const uint32_t entry = elf->header[4] == 2 ? 64 : 40;
	struct elf_table table;
	struct elf_entry section;
	int err = elf_sections(elf, &table);

	if (err)
		return err;
	*start = table.offset + (uint64_t)table.count * entry;
	if (!table.count)
		return 0;
	err = elf_entry(elf, &table, table.count - 1, &section);
	if (!err && section.size <= elf->reader->size && section.offset <= elf->reader->size &&
	    section.offset + section.size > *start)
		*start = section.offset + section.size;
	return err;
}

static int read_update(struct elf *elf, char **origin)
{
	char text[UPDATE_MAX + 1] = "";
	struct elf_entry section;
	int err = elf_section_by_name(elf, ".upd_info", &section);

	if (err)
		return err == ELF_NOT_THERE ? 0 : err;
	err = elf_read(elf, section.offset, text,
		       section.size < UPDATE_MAX ? (__u32)section.size : UPDATE_MAX);
	if (err || !*text)
		return err == ELF_NOT_THERE ? 0 : err;
	*origin = package_field(text, strlen(text));
	return *origin ? 0 : -ENOMEM;
}

#define DESKTOP ".desktop"

static int on_name(void *context, const char *name)
{
	const size_t len = strlen(name), suffix = strlen(DESKTOP);
	char **desktop = context;

	if (len <= suffix || strcmp(name + len - suffix, DESKTOP) != 0)
		return 0;
	*desktop = strdup(name);
	return *desktop ? 1 : -ENOMEM;
}

/* The content of the .desktop file @name, which may be a link to another place in the image. */
static int read_desktop(struct squashfs *fs, const char *name, char **text)
{
	struct squashfs_node node = { 0 };
	char *target;
	size_t len;
	int err = squashfs_find(fs, name, &node);

	if (!err && node.type == SQUASHFS_LINK) {
		err = squashfs_read(fs, &node, LINK_MAX, &target, &len);
		if (err)
			return err;
		err = squashfs_find(fs, !strncmp(target, "./", 2) ? target + 2 : target, &node);
		free(target);
	}
	return err ? err : squashfs_read(fs, &node, TEXT_MAX, text, &len);
}

/* Of the .desktop file Name, and X-AppImage-Version; where that cannot be read, how it is called.
 */
static int from_desktop(struct squashfs *fs, const char *file, struct package *package)
{
	char *text = NULL;
	bool ok = true;
	int err = read_desktop(fs, file, &text);

	if (err == -ENOMEM)
		return err;
	if (!err) {
		package->name = package_file_key(text, "Name", &ok);
		package->version = package_file_key(text, "X-AppImage-Version", &ok);
		free(text);
	}
	if (ok && (!package->name || !*package->name)) {
		free(package->name);
		package->name = package_field(file, strlen(file) - strlen(DESKTOP));
	}
	package->id = package->name ? strdup(package->name) : NULL;
	return ok && package->id ? 0 : -ENOMEM;
}

static int find_desktop(struct squashfs *fs, struct package *package, char why[PACKAGE_WHY_MAX])
{
	char *file = NULL;
	int err = squashfs_names(fs, NAMES_MAX, on_name, &file);

	if (!err)
		return package_fail(why, -EBADMSG, "the AppImage has no .desktop file");
	if (err != 1)
		return err;
	err = from_desktop(fs, file, package);
	free(file);
	return err;
}

int package_file_appimage(int fd, struct package *ret, char why[PACKAGE_WHY_MAX])
{
	struct package package = { .type = PACKAGE_APPIMAGE };
	struct reader_fd reader;
	struct squashfs fs;
	uint64_t start = 0;
	struct stat st;
	struct elf elf;
	int err;

	if (fstat(fd, &st))
		return -errno;
	reader_fd_init(&reader, fd, (__u64)st.st_size);
	err = elf_open(&elf, &reader.reader, ELF_PAGES);
	if (!err)
		err = image_start(&elf, &start);
	if (!err)
		err = read_update(&elf, &package.origin);
	if (err == ELF_NOT_THERE)
		err = package_fail(why, -EBADMSG, "the AppImage's program is broken");
	if (!err)
		err = squashfs_open(&fs, fd, start, why);
	if (!err)
		err = find_desktop(&fs, &package, why);
	if (err)
		package_clear(&package);
	else
		*ret = package;
	return err;
}
