// SPDX-License-Identifier: GPL-2.0-or-later
/* The files that this device cannot do without: found, not guessed, wherever that is possible. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "claims_fd.h"
#include "kmod/abi.h"
#include "kmod/extract/build_id.h"
#include "lint_files.h"
#include "reader_fd.h"

static_assert(POLICY_BUILD_ID_MAX == INTERDICT_BUILD_ID_MAX, "rules name what can be found");

/* A device has some hundred of them; a loop of libraries that name each other ends by identity. */
#define FILES_MAX 4096U
/* Entries of a dynamic section that are looked at: real ones have some dozens. */
#define DYNAMIC_MAX 1024U

struct program {
	const char *path;
	const char *why;
};

static const struct program programs[] = {
	{ "/proc/1/exe", "PID 1" },
	{ "/sbin/init", "PID 1" },
	{ "/proc/self/exe", "interdict itself" },
	{ "/bin/sh", "the shell" },
	{ "/bin/bash", "the shell" },
	{ "/bin/dash", "the shell" },
	{ "/bin/busybox", "the shell" },
	{ "/usr/lib/systemd/systemd", "the system manager" },
	{ "/usr/lib/systemd/systemd-executor", "the system manager" },
	{ "/usr/lib/systemd/systemd-journald", "the journal" },
	{ "/usr/lib/systemd/systemd-logind", "logging in" },
	{ "/usr/lib/systemd/systemd-udevd", "finding devices" },
	{ "/usr/lib/systemd/systemd-shutdown", "shutting down" },
	{ "/usr/bin/systemctl", "stopping services" },
	{ "/usr/bin/dbus-daemon", "the message bus" },
	{ "/usr/bin/dbus-broker", "the message bus" },
	{ "/sbin/agetty", "logging in" },
	{ "/bin/login", "logging in" },
	{ "/usr/sbin/sshd", "logging in" },
	{ "/bin/su", "becoming root" },
	{ "/usr/bin/sudo", "becoming root" },
	{ "/usr/bin/pkexec", "becoming root" },
	{ "/usr/bin/dpkg", "removing packages" },
	{ "/usr/bin/dpkg-deb", "removing packages" },
	{ "/usr/bin/apt", "removing packages" },
	{ "/usr/bin/apt-get", "removing packages" },
	{ "/usr/bin/rpm", "removing packages" },
	{ "/usr/bin/dnf", "removing packages" },
	{ "/usr/bin/flatpak", "removing packages" },
	{ "/usr/bin/snap", "removing packages" },
	{ "/bin/kmod", "loading and removing modules" },
	{ "/bin/mount", "mounting file systems" },
	{ "/bin/umount", "mounting file systems" },
	{ "/bin/rm", "removing files" },
	{ "/bin/mv", "removing files" },
	{ "/bin/cp", "repairing files" },
	{ "/bin/cat", "repairing files" },
	{ "/bin/ls", "repairing files" },
	{ "/bin/kill", "ending processes" },
};

/* Where the dynamic loader looks without being told; libc's own directory comes on top. */
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

void lint_files_free(struct lint_files *files)
{
	size_t i;

	for (i = 0; i < files->n; i++) {
		free(files->v[i].path);
		free(files->v[i].claims);
	}
	free(files->v);
	*files = (struct lint_files){ 0 };
}

int lint_file_hash(struct lint_file *file)
{
	EVP_MD_CTX *ctx;
	char buf[65536];
	int ret = -EIO;
	ssize_t n;
	int fd;

	fd = open(file->path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ctx = EVP_MD_CTX_new();
	if (!ctx) {
		close(fd);
		return -ENOMEM;
	}
	if (!EVP_DigestInit_ex(ctx, EVP_sha256(), NULL))
		goto out;
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		if (!EVP_DigestUpdate(ctx, buf, (size_t)n))
			goto out;
	if (n < 0)
		ret = -errno;
	else if (EVP_DigestFinal_ex(ctx, file->sha256, NULL))
		ret = 0;
	file->hashed = !ret;
out:
	EVP_MD_CTX_free(ctx);
	close(fd);
	return ret;
}

/*
 * What identifies it but for the content as a whole, as the module finds it. A file without, or
 * that cannot be read, has none here. Returns 0 or -ENOMEM.
 */
static int identify(int fd, struct lint_file *file)
{
	struct interdict_claims claims;
	struct reader_fd reader;
	__u32 len = 0;
	int ret;

	reader_fd_init(&reader, fd, file->size);
	if (!build_id_find(&reader.reader, file->build_id, &len))
		file->build_id_len = (uint8_t)len;
	ret = claims_fd(fd, file->size, INTERDICT_ID_CLAIMS, &claims);
	if (ret == -ENOMEM)
		return ret;
	if (!claims.count)
		return 0;
	file->claims = malloc(sizeof(claims));
	if (!file->claims)
		return -ENOMEM;
	*file->claims = claims;
	return 0;
}

/* ---- ELF: libraries by name ---- */

static int add_library(struct lint_files *files, const char *name, const char *why,
		       const char *near, size_t near_len, const char *runpath)
{
	char path[PATH_MAX];
	size_t i;
	int ret;

	if (strchr(name, '/'))
		return lint_files_add(files, name, why);
	if (runpath && runpath[0] == '/' && !strchr(runpath, ':') &&
	    snprintf(path, sizeof(path), "%s/%s", runpath, name) < (int)sizeof(path)) {
		ret = lint_files_add(files, path, why);
		if (ret != -ENOENT)
			return ret;
	}
	if (snprintf(path, sizeof(path), "%.*s%s", (int)near_len, near, name) < (int)sizeof(path)) {
		ret = lint_files_add(files, path, why);
		if (ret != -ENOENT)
			return ret;
	}
	for (i = 0; i < sizeof(library_dirs) / sizeof(library_dirs[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", library_dirs[i], name);
		ret = lint_files_add(files, path, why);
		if (ret != -ENOENT)
			return ret;
	}
	return 0;
}

/* The strings of a dynamic section are at an offset that the loader would map: find the section. */
static int add_needed(struct lint_files *files, Elf *elf, const char *path, const char *why)
{
	const char *slash = strrchr(path, '/');
	size_t near_len = slash ? (size_t)(slash - path) + 1 : 0;
	const char *runpath = NULL;
	Elf_Scn *scn = NULL;
	GElf_Shdr sh;
	GElf_Dyn dyn;
	int pass;
	int i;

	while ((scn = elf_nextscn(elf, scn))) {
		Elf_Data *data;

		if (!gelf_getshdr(scn, &sh) || sh.sh_type != SHT_DYNAMIC)
			continue;
		data = elf_getdata(scn, NULL);
		for (pass = 0; data && pass < 2; pass++) {
			for (i = 0; i < (int)DYNAMIC_MAX && gelf_getdyn(data, i, &dyn); i++) {
				const char *text;
				int ret;

				if (dyn.d_tag == DT_NULL)
					break;
				if (dyn.d_tag != (pass ? DT_NEEDED : DT_RUNPATH))
					continue;
				text = elf_strptr(elf, sh.sh_link, dyn.d_un.d_val);
				if (!text)
					continue;
				if (!pass) {
					runpath = text;
					continue;
				}
				ret = add_library(files, text, why, path, near_len, runpath);
				if (ret == -ENOMEM)
					return ret;
			}
		}
	}
	return 0;
}

static int read_elf(struct lint_files *files, int fd, size_t index)
{
	char path[PATH_MAX];
	const char *why = files->v[index].why;
	int ret = 0;
	Elf *elf;

	elf = elf_begin(fd, ELF_C_READ, NULL);
	if (!elf)
		return 0;
	if (elf_kind(elf) == ELF_K_ELF) {
		/* files->v moves when libraries are added. */
		snprintf(path, sizeof(path), "%s", files->v[index].path);
		ret = add_needed(files, elf, path, why);
	}
	elf_end(elf);
	return ret;
}

/* ---- finding ---- */

static int grow(struct lint_files *files)
{
	size_t cap = files->cap ? files->cap * 2 : 64;
	struct lint_file *v;

	if (files->n < files->cap)
		return 0;
	v = realloc(files->v, cap * sizeof(*v));
	if (!v)
		return -ENOMEM;
	files->v = v;
	files->cap = cap;
	return 0;
}

int lint_files_add(struct lint_files *files, const char *path, const char *why)
{
	char real[PATH_MAX];
	struct stat st;
	size_t i;
	int ret;
	int fd;

	if (elf_version(EV_CURRENT) == EV_NONE)
		return -EIO;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return -errno;
	ret = fstat(fd, &st) < 0 ? -errno : S_ISREG(st.st_mode) ? 0 : -EINVAL;
	for (i = 0; !ret && i < files->n; i++)
		if (files->v[i].dev == st.st_dev && files->v[i].ino == st.st_ino) {
			close(fd);
			return 0;
		}
	if (!ret && files->n >= FILES_MAX)
		ret = -E2BIG;
	if (!ret)
		ret = grow(files);
	if (!ret) {
		struct lint_file *f = &files->v[files->n];

		*f = (struct lint_file){
			.why = why,
			.dev = st.st_dev,
			.ino = st.st_ino,
			.size = (uint64_t)st.st_size,
		};
		f->path = strdup(realpath(path, real) ? real : path);
		ret = f->path ? 0 : -ENOMEM;
	}
	if (!ret)
		ret = identify(fd, &files->v[files->n++]);
	if (!ret)
		ret = read_elf(files, fd, files->n - 1);
	close(fd);
	return ret;
}

/* Files that are mapped for execution: address perms offset dev inode path (proc(5)). */
static int add_maps(struct lint_files *files, const char *maps, const char *why)
{
	char *line = NULL;
	size_t room = 0;
	int ret = 0;
	ssize_t len;
	FILE *f;

	f = fopen(maps, "re");
	if (!f)
		return 0; /* PID 1's need root; its program and libraries are found by name */
	while (ret != -ENOMEM && (len = getline(&line, &room, f)) > 0) {
		const char *perms = strchr(line, ' ');
		char *path = strchr(line, '/');

		if (!perms || !path || len < 6 || perms[3] != 'x')
			continue;
		line[len - 1] = '\0';
		ret = lint_files_add(files, path, why);
	}
	free(line);
	fclose(f);
	return ret == -ENOMEM ? ret : 0;
}

int lint_files_find(struct lint_files *files)
{
	size_t i;
	int ret;

	for (i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		ret = lint_files_add(files, programs[i].path, programs[i].why);
		if (ret == -ENOMEM)
			return ret;
	}
	ret = add_maps(files, "/proc/1/maps", "PID 1");
	if (ret)
		return ret;
	return add_maps(files, "/proc/self/maps", "interdict itself");
}
