// SPDX-License-Identifier: GPL-2.0-or-later
#include "package_identify.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "kmod/extract/build_id.h"
#include "kmod/extract/magic.h"
#include "package_resolve.h"
#include "subject/reader_fd.h"
#include "subject/subject.h"

#define CHUNK (256U << 10)
/* How often a file that is written to while it is read is read again. */
#define TRIES 3
/* A write within one tick of the kernel's clock, or of a coarse file system's, leaves no trace in
 * the times: what changed that short ago is not recognised later. */
#define YOUNG_S 2

/* ---- what counts ---- */

/* By name, what the first bytes do not tell: sources that an interpreter reads, and archives that
 * hold programs. Compared without case. */
static const char *const suffixes[] = {
	".asar", ".cjs",  ".class",   ".crx",	   ".dex",   ".dll",	".egg",	  ".exe",
	".jar",	 ".js",	  ".ko",      ".lua",	   ".mjs",   ".node",	".php",	  ".pl",
	".pm",	 ".ps1",  ".py",      ".pyc",	   ".pyo",   ".pyz",	".rb",	  ".sh",
	".so",	 ".tcl",  ".war",     ".wasm",	   ".whl",   ".xpi",	".apk",	  ".deb",
	".rpm",	 ".snap", ".flatpak", ".appimage", ".ko.xz", ".ko.zst", ".ko.gz",
};

static bool ends_with(const char *text, size_t len, const char *end)
{
	size_t n = strlen(end);

	return len > n && !strcasecmp(text + len - n, end);
}

bool package_is_software(const char *path, const uint8_t *head, size_t len)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	size_t i;

	for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
		if (ends_with(name, strlen(name), suffixes[i]))
			return true;
	if (!magic_is_software(head, (__u32)len))
		return false;
	/* Compressed manuals, documents that are ZIP files, text with lines of Windows: what the
	 * kernel hashes to be on the safe side, and a rule should not be made of. */
	return !(magic_is_compressed(head, (__u32)len) || (len >= 3 && !memcmp(head, "BZh", 3)) ||
		 (len >= 2 && !memcmp(head, "PK", 2)) ||
		 (len >= 8 && !memcmp(head, "!<arch>\n", 8)) ||
		 (len >= 4 && !memcmp(head + 2, "\r\n", 2)));
}

/* ---- reading ---- */

static struct package_stamp stamp_of(const struct stat *st)
{
	return (struct package_stamp){
		.dev = st->st_dev,
		.ino = st->st_ino,
		.size = (uint64_t)st->st_size,
		.mtime = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec,
		.ctime = (int64_t)st->st_ctim.tv_sec * 1000000000 + st->st_ctim.tv_nsec,
	};
}

static bool same_stamp(const struct package_stamp *a, const struct package_stamp *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size && a->mtime == b->mtime &&
	       a->ctime == b->ctime;
}

static bool is_young(const struct package_stamp *stamp)
{
	return (int64_t)time(NULL) - stamp->ctime / 1000000000 <= YOUNG_S;
}

struct digests {
	EVP_MD_CTX *sha256, *md5;
	uint8_t *buf;
};

static int digest_fd(const struct digests *d, int fd, struct package_file *file)
{
	uint64_t at = 0;

	/* To the size that was seen: what is appended meanwhile may have no end. */
	while (at < file->size) {
		uint64_t left = file->size - at;
		ssize_t n = pread(fd, d->buf, left < CHUNK ? (size_t)left : CHUNK, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			break;
		if (!EVP_DigestUpdate(d->sha256, d->buf, (size_t)n) ||
		    (d->md5 && !EVP_DigestUpdate(d->md5, d->buf, (size_t)n)))
			return -ENOMEM;
		at += (uint64_t)n;
	}
	file->size = at;
	if (!EVP_DigestFinal_ex(d->sha256, file->sha256, NULL) ||
	    (d->md5 && !EVP_DigestFinal_ex(d->md5, file->md5, NULL)))
		return -ENOMEM;
	file->has_md5 = d->md5 != NULL;
	return 0;
}

static int hash(int fd, struct package_file *file)
{
	struct digests d = { .sha256 = EVP_MD_CTX_new(),
			     .md5 = EVP_MD_CTX_new(),
			     .buf = malloc(CHUNK) };
	int err = -ENOMEM;

	if (!d.sha256 || !d.md5 || !d.buf || !EVP_DigestInit_ex(d.sha256, EVP_sha256(), NULL))
		goto out;
	/* Where policy forbids MD5 (FIPS), contents are compared by their sizes first. */
	if (!EVP_DigestInit_ex(d.md5, EVP_md5(), NULL)) {
		EVP_MD_CTX_free(d.md5);
		d.md5 = NULL;
	}
	err = digest_fd(&d, fd, file);
out:
	EVP_MD_CTX_free(d.sha256);
	EVP_MD_CTX_free(d.md5);
	free(d.buf);
	return err;
}

static int identify_content(int fd, struct package_file *file)
{
	uint8_t head[MAGIC_HEAD];
	struct reader_fd reader;
	__u32 len = 0;
	ssize_t n;
	int err;

	n = pread(fd, head, sizeof(head), 0);
	if (n < 0)
		return -errno;
	file->software = package_is_software(file->path, head, (size_t)n);
	if (!file->software || !file->size)
		return 0;
	err = hash(fd, file);
	if (err)
		return err;
	reader_fd_init(&reader, fd, file->size);
	err = build_id_find(&reader.reader, file->build_id, &len);
	if (err)
		return err;
	file->build_id_len = (uint8_t)len;
	file->identified = true;
	return 0;
}

/* What nobody may open, the module identifies: it is banned, so it counted before. */
static int identify_refused(struct subject *subject, struct package_file *file)
{
	struct interdict_identity identity;
	int err;

	file->software = true;
	if (!file->size)
		return 0;
	err = subject_identify(subject, INTERDICT_ID_SHA256 | INTERDICT_ID_BUILD_ID, &identity);
	if (err)
		return err;
	if (!(identity.ids.have & INTERDICT_ID_SHA256))
		return -EIO;
	file->size = identity.ids.size;
	memcpy(file->sha256, identity.ids.sha256, sizeof(file->sha256));
	if (identity.ids.have & INTERDICT_ID_BUILD_ID) {
		memcpy(file->build_id, identity.ids.build_id, sizeof(file->build_id));
		file->build_id_len = (uint8_t)identity.ids.build_id_len;
	}
	file->identified = true;
	return 0;
}

static int identify_once(struct subject *subject, struct package_file *file)
{
	int fd = subject_open_content(subject);
	int err;

	if (fd == -EPERM || fd == -EACCES)
		return identify_refused(subject, file);
	if (fd < 0)
		return fd;
	err = identify_content(fd, file);
	close(fd);
	return err;
}

static void copy_known(const struct package_file *before, struct package_file *file)
{
	char *path = file->path;

	*file = *before;
	file->path = path;
	file->left = NULL;
	file->shared_build_id = false;
}

int package_identify(const char *root, const char *path, uint64_t max,
		     const struct package_file *before, struct package_file *file, bool *read)
{
	struct subject subject = { .path = path };
	struct package_stamp stamp;
	struct stat st;
	int tries = 0;
	int err;

	memset(file, 0, sizeof(*file));
	*read = false;
	file->path = strdup(path);
	if (!file->path)
		return -ENOMEM;
	subject.fd = package_open_below(root, path, O_PATH | O_NOFOLLOW);
	if (subject.fd < 0)
		return subject.fd == -ENOTDIR ? -ENOENT : subject.fd;
	if (fstat(subject.fd, &st) < 0)
		err = -errno;
	else
		err = S_ISREG(st.st_mode) ? 0 : -ENOENT;
	if (err)
		goto out;
	stamp = stamp_of(&st);
	if (before && before->settled && same_stamp(&before->stamp, &stamp)) {
		copy_known(before, file);
		goto out;
	}
	if (stamp.size > max) {
		file->stamp = stamp;
		file->size = stamp.size;
		err = -EFBIG;
		goto out;
	}
	*read = true;
	do {
		stamp = stamp_of(&st);
		file->size = subject.size = stamp.size;
		err = identify_once(&subject, file);
		if (!err && fstat(subject.fd, &st) < 0)
			err = -errno;
		file->stamp = stamp_of(&st);
	} while (!err && !same_stamp(&stamp, &file->stamp) && ++tries < TRIES);
	if (!err && tries == TRIES) {
		file->identified = false;
		err = -EBUSY;
	}
	file->settled = !err && !is_young(&file->stamp);
out:
	subject_close(&subject);
	return err;
}
