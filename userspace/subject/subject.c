// SPDX-License-Identifier: GPL-2.0-or-later
#include "subject.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <openssl/evp.h>

#include "claim_text.h"
#include "claims_fd.h"
#include "engine/engine.h"
#include "escape.h"
#include "events/event_line.h"
#include "kmod/extract/build_id.h"
#include "kmod/extract/claims.h"
#include "kmod/extract/magic.h"
#include "kmod/extract/package_note.h"
#include "reader_fd.h"

#define CHUNK (256U << 10)

int subject_open(const char *path, struct subject *subject)
{
	struct stat st;
	int err = 0;

	memset(subject, 0, sizeof(*subject));
	subject->path = path;
	subject->fd = open(path, O_PATH | O_CLOEXEC);
	if (subject->fd < 0 || fstat(subject->fd, &st) < 0) {
		err = -errno;
		snprintf(subject->why, sizeof(subject->why), "%s", strerror(errno));
	} else if (!S_ISREG(st.st_mode)) {
		err = -EINVAL;
		snprintf(subject->why, sizeof(subject->why), "not a regular file");
	} else {
		subject->size = (uint64_t)st.st_size;
	}
	if (err)
		subject_close(subject);
	return err;
}

void subject_close(struct subject *subject)
{
	if (subject->fd >= 0)
		close(subject->fd);
	subject->fd = -1;
}

/* ---- without the module ---- */

int subject_open_content(const struct subject *subject)
{
	char link[64];
	int fd;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", subject->fd);
	fd = open(link, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

static int hash_fd(struct reader_fd *file, uint8_t digest[INTERDICT_SHA256_LEN])
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	uint8_t *buf = malloc(CHUNK);
	uint64_t at = 0;
	int err = -ENOMEM;

	if (!md || !buf || !EVP_DigestInit_ex(md, EVP_sha256(), NULL))
		goto out;
	err = 0;
	while (at < file->reader.size && !err) {
		uint64_t left = file->reader.size - at;
		__u32 len = left < CHUNK ? (__u32)left : CHUNK;

		err = file->reader.read(&file->reader, at, buf, len);
		if (!err && !EVP_DigestUpdate(md, buf, len))
			err = -ENOMEM;
		at += len;
	}
	if (!err && !EVP_DigestFinal_ex(md, digest, NULL))
		err = -ENOMEM;
out:
	free(buf);
	EVP_MD_CTX_free(md);
	return err;
}

/* By magic: what the module hashes where rules name no size. */
static int is_plain(struct reader_fd *file, bool *plain)
{
	__u8 head[MAGIC_HEAD];
	__u32 len = file->reader.size < MAGIC_HEAD ? (__u32)file->reader.size : MAGIC_HEAD;
	int err = file->reader.read(&file->reader, 0, head, len);

	*plain = !err && !magic_is_software(head, len);
	return err;
}

static int find_claims(int fd, const struct subject *subject, uint32_t want,
		       struct interdict_identity *identity)
{
	int err = claims_settle(&identity->claims,
				claims_fd(fd, subject->size, want, &identity->claims));

	identity->ids.claims = identity->claims.count;
	if (!err && !(identity->claims.flags & INTERDICT_CLAIMS_PARTIAL))
		identity->ids.have |= want & INTERDICT_ID_CLAIMS;
	return err;
}

/*
 * Whether nobody has the file open for writing, and so nobody a writable mapping: only then is a
 * read lease given, fcntl(2). It is taken back at once: who opens for writing meanwhile would wait.
 */
static bool has_no_writer(int fd)
{
	/* What says that somebody waits is SIGIO by default, which kills; this one is ignored. */
	if (fcntl(fd, F_SETSIG, SIGURG) || fcntl(fd, F_SETLEASE, F_RDLCK))
		return false;
	return !fcntl(fd, F_SETLEASE, F_UNLCK);
}

static int identify_here(struct subject *subject, uint32_t want,
			 struct interdict_identity *identity)
{
	struct interdict_ids *ids = &identity->ids;
	struct reader_fd file;
	bool plain = false;
	int err = 0, fd;

	fd = subject_open_content(subject);
	if (fd < 0)
		return fd;
	/* Of some pages here and there, what lies between them is not read ahead. */
	if (!(want & (INTERDICT_ID_SHA256 | INTERDICT_ID_SHA256_BY_MAGIC)))
		posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
	subject->settled = subject->settle && has_no_writer(fd);
	reader_fd_init(&file, fd, subject->size);
	if (want & INTERDICT_ID_SHA256_BY_MAGIC && !(want & INTERDICT_ID_SHA256)) {
		err = is_plain(&file, &plain);
		if (plain)
			ids->flags |= INTERDICT_FILE_PLAIN;
		else
			want |= INTERDICT_ID_SHA256;
	}
	if (!err && want & INTERDICT_ID_SHA256) {
		err = hash_fd(&file, ids->sha256);
		if (!err)
			ids->have |= INTERDICT_ID_SHA256;
	}
	if (!err && want & INTERDICT_ID_BUILD_ID) {
		err = build_id_find(&file.reader, ids->build_id, &ids->build_id_len);
		if (!err)
			ids->have |= INTERDICT_ID_BUILD_ID;
	}
	if (!err && want & INTERDICT_ID_CLAIMS)
		err = find_claims(fd, subject, want, identity);
	subject->settled = subject->settled && has_no_writer(fd);
	close(fd);
	return err;
}

int subject_identify_by(int control, struct subject *subject, uint32_t want,
			struct interdict_identity *identity)
{
	int err = control;

	if (control >= 0)
		err = engine_identify_by(control, subject->fd, want, identity);
	subject->why[0] = '\0';
	subject->settled = !err && identity->ids.flags & INTERDICT_FILE_CACHEABLE &&
			   !(identity->ids.flags & INTERDICT_FILE_WRITERS);
	subject->by_module = !err || (err != -ENODEV && err != -EPERM && err != -EACCES);
	if (subject->by_module) {
		if (err) {
			snprintf(subject->why, sizeof(subject->why), "the module: %s",
				 strerror(-err));
			memset(identity, 0, sizeof(*identity));
			identity->ids.size = subject->size;
		}
		return err;
	}
	memset(identity, 0, sizeof(*identity));
	identity->ids.size = subject->size;
	err = identify_here(subject, want, identity);
	if (err)
		snprintf(subject->why, sizeof(subject->why), "%s%s", strerror(-err),
			 err == -EPERM || err == -EACCES ?
				 "; with interdict.ko and as root, what is refused can be "
				 "identified too" :
				 "");
	return err;
}

int subject_identify(struct subject *subject, uint32_t want, struct interdict_identity *identity)
{
	int control = engine_control(), err;

	err = subject_identify_by(control, subject, want, identity);
	if (control >= 0)
		close(control);
	return err;
}

int subject_package(const struct subject *subject, char json[INTERDICT_PACKAGE_LEN], uint32_t *len)
{
	struct reader_fd file;
	int err, fd;

	if (subject->by_module)
		return engine_package(subject->fd, json, len);
	fd = subject_open_content(subject);
	if (fd < 0)
		return fd;
	reader_fd_init(&file, fd, subject->size);
	err = package_note_find(&file.reader, json, INTERDICT_PACKAGE_LEN, len);
	close(fd);
	return err;
}

json_t *subject_json(const struct subject *subject, const struct interdict_identity *identity)
{
	const struct interdict_ids *ids = &identity->ids;
	char hex[2 * INTERDICT_BUILD_ID_MAX + 1];
	char *name = escape_name(subject->path, strlen(subject->path), 0);
	json_t *json = json_pack("{s:s, s:I, s:n, s:n, s:n, s:s, s:s?}", "file", name ? name : "",
				 "size", (json_int_t)ids->size, "sha256", "build_id", "claims",
				 "provider", subject->by_module ? "kmod" : "user", "error",
				 *subject->why ? subject->why : NULL);

	free(name);
	if (json && ids->have & INTERDICT_ID_SHA256) {
		event_hex(ids->sha256, sizeof(ids->sha256), hex);
		json_object_set_new(json, "sha256", json_string(hex));
	}
	if (json && ids->have & INTERDICT_ID_BUILD_ID && ids->build_id_len) {
		event_hex(ids->build_id, ids->build_id_len, hex);
		json_object_set_new(json, "build_id", json_string(hex));
	}
	if (json &&
	    (ids->have & INTERDICT_ID_CLAIMS || identity->claims.count || identity->claims.flags)) {
		const uint32_t flags = identity->claims.flags;

		json_object_set_new(json, "claims",
				    claims_are_sane(&identity->claims) ?
					    claims_json(&identity->claims) :
					    json_null());
		json_object_set_new(json, "signers",
				    json_pack("{s:b, s:b, s:b, s:b}", "more",
					      flags & INTERDICT_CLAIMS_MORE, "unread",
					      flags & INTERDICT_CLAIMS_UNREAD, "malformed",
					      flags & INTERDICT_CLAIMS_MALFORMED, "compressed",
					      flags & INTERDICT_CLAIMS_COMPRESSED));
	}
	return json;
}
