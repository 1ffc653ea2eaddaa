// SPDX-License-Identifier: GPL-2.0-or-later
/* The files that this device cannot do without: found, not guessed, wherever that is possible. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "subject/claims_fd.h"
#include "kmod/abi.h"
#include "kmod/extract/build_id.h"
#include "lint_files.h"
#include "lint_libraries.h"
#include "subject/reader_fd.h"

static_assert(POLICY_BUILD_ID_MAX == INTERDICT_BUILD_ID_MAX, "rules name what can be found");

/* A device has some hundred of them; a loop of libraries that name each other ends by identity. */
#define FILES_MAX 4096U
/* Bytes of a script's first line: what the kernel reads of it (BINPRM_BUF_SIZE). */
#define SCRIPT_LINE_MAX 256

/* By path, or by pattern (glob(7)) where others put files of names that they choose: plug-ins that
 * no file names, and what is loaded by what a configuration says. */
struct needed {
	const char *path;
	const char *why;
};

static const struct needed needed[] = {
	{ "/proc/1/exe", "PID 1" },
	{ "/sbin/init", "PID 1" },
	{ "/proc/self/exe", "interdict itself" },
	{ "/lib/modules/*/*/interdict.ko*", "interdict itself" },
	{ "/lib/modules/*/*/dkms/interdict.ko*", "interdict itself" },
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
	{ "/lib/systemd/libsystemd-*.so", "the system manager" },
	{ "/sbin/agetty", "logging in" },
	{ "/bin/login", "logging in" },
	{ "/usr/sbin/sshd", "logging in" },
	{ "/bin/su", "becoming root" },
	{ "/usr/bin/sudo", "becoming root" },
	{ "/usr/bin/pkexec", "becoming root" },
	{ "/usr/libexec/sudo/*.so", "becoming root" },
	{ "/usr/lib/sudo/*.so", "becoming root" },
	{ "/etc/sudoers", "becoming root" },
	{ "/lib/security/pam_*.so", "logging in" },
	{ "/lib64/security/pam_*.so", "logging in" },
	{ "/lib/*/security/pam_*.so", "logging in" },
	{ "/lib/libnss_*.so.2", "finding users" },
	{ "/lib64/libnss_*.so.2", "finding users" },
	{ "/lib/*/libnss_*.so.2", "finding users" },
	{ "/etc/passwd", "finding users" },
	{ "/etc/group", "finding users" },
	{ "/etc/shadow", "logging in" },
	{ "/etc/nsswitch.conf", "finding users" },
	{ "/etc/ld.so.cache", "the dynamic loader" },
	{ "/usr/bin/dpkg", "removing packages" },
	{ "/usr/bin/dpkg-deb", "removing packages" },
	{ "/usr/bin/dpkg-query", "removing packages" },
	{ "/usr/bin/dpkg-split", "removing packages" },
	{ "/usr/bin/dpkg-trigger", "removing packages" },
	{ "/usr/bin/dpkg-divert", "removing packages" },
	{ "/usr/bin/dpkg-maintscript-helper", "removing packages" },
	{ "/usr/bin/update-alternatives", "removing packages" },
	{ "/sbin/start-stop-daemon", "removing packages" },
	{ "/sbin/ldconfig", "removing packages" },
	{ "/bin/tar", "removing packages" },
	{ "/usr/bin/perl", "removing packages" },
	{ "/usr/bin/apt", "removing packages" },
	{ "/usr/bin/apt-get", "removing packages" },
	{ "/usr/bin/rpm", "removing packages" },
	{ "/usr/bin/rpmdb", "removing packages" },
	{ "/usr/bin/rpmkeys", "removing packages" },
	{ "/usr/lib/rpm-plugins/*.so", "removing packages" },
	{ "/usr/lib64/rpm-plugins/*.so", "removing packages" },
	{ "/usr/lib/*/rpm-plugins/*.so", "removing packages" },
	{ "/usr/bin/dnf", "removing packages" },
	{ "/usr/bin/dnf5", "removing packages" },
	{ "/usr/bin/microdnf", "removing packages" },
	{ "/usr/bin/yum", "removing packages" },
	{ "/usr/bin/zypper", "removing packages" },
	{ "/usr/bin/pacman", "removing packages" },
	{ "/sbin/apk", "removing packages" },
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

void lint_files_free(struct lint_files *files)
{
	size_t i;

	for (i = 0; i < files->n; i++) {
		free(files->v[i].path);
		free(files->v[i].claims);
	}
	free(files->v);
	lint_ldcache_free(&files->ldcache);
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

/* ---- what files need ---- */

/* /usr/bin/env looks for what it runs in PATH. */
static int add_by_path(struct lint_files *files, const char *name, const char *why)
{
	static const char *const dirs[] = { "/usr/local/bin", "/usr/bin", "/bin" };
	char path[PATH_MAX];
	size_t i;
	int ret = 0;

	for (i = 0; ret != -ENOMEM && i < sizeof(dirs) / sizeof(dirs[0]); i++)
		if (snprintf(path, sizeof(path), "%s/%s", dirs[i], name) < (int)sizeof(path))
			ret = lint_files_add(files, path, why);
	return ret;
}

/* "#!INTERPRETER [ARGUMENT]", execve(2). */
static int add_interpreter(struct lint_files *files, int fd, const char *why)
{
	char line[SCRIPT_LINE_MAX + 1];
	ssize_t n = pread(fd, line, SCRIPT_LINE_MAX, 0);
	char *program;
	char *argument;
	char *rest;
	int ret;

	if (n < 2 || line[0] != '#' || line[1] != '!')
		return 0;
	line[n] = '\0';
	line[strcspn(line, "\n")] = '\0';
	program = strtok_r(line + 2, " \t", &rest);
	if (!program || program[0] != '/')
		return 0;
	ret = lint_files_add(files, program, why);
	argument = strtok_r(NULL, " \t", &rest);
	if (ret != -ENOMEM && argument && !strcmp(strrchr(program, '/'), "/env"))
		ret = add_by_path(files, argument, why);
	return ret;
}

/* Of each file, also of those that this adds: not by recursion, as others choose how deep it is. */
int lint_files_follow(struct lint_files *files)
{
	size_t i;
	int ret = 0;

	for (i = 0; ret != -ENOMEM && i < files->n; i++) {
		/* files->v moves, the path does not. */
		const char *path = files->v[i].path;
		const char *why = files->v[i].why;
		int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

		if (fd < 0)
			continue;
		ret = lint_libraries_add(files, fd, path, why);
		if (ret != -ENOMEM)
			ret = add_interpreter(files, fd, why);
		close(fd);
	}
	return ret == -ENOMEM ? ret : 0;
}

static int add_pattern(struct lint_files *files, const struct needed *n)
{
	glob_t found = { 0 };
	size_t i;
	int ret = 0;

	if (!strpbrk(n->path, "*"))
		return lint_files_add(files, n->path, n->why);
	if (glob(n->path, 0, NULL, &found) == GLOB_NOSPACE)
		ret = -ENOMEM;
	for (i = 0; ret != -ENOMEM && i < found.gl_pathc; i++)
		ret = lint_files_add(files, found.gl_pathv[i], n->why);
	globfree(&found);
	return ret;
}

int lint_files_find(struct lint_files *files)
{
	size_t i;
	int ret;

	/* Without a cache the loader's own directories are all there is. */
	ret = lint_ldcache_read(LINT_LDCACHE_FILE, &files->ldcache);
	for (i = 0; ret != -ENOMEM && i < sizeof(needed) / sizeof(needed[0]); i++)
		ret = add_pattern(files, &needed[i]);
	if (ret == -ENOMEM)
		return ret;
	ret = add_maps(files, "/proc/1/maps", "PID 1");
	if (!ret)
		ret = add_maps(files, "/proc/self/maps", "interdict itself");
	return ret ? ret : lint_files_follow(files);
}
