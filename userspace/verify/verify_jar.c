// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Signed JAR files, and Android packages of scheme v1 (JAR File Specification, "Signed JAR File").
 * META-INF/X.RSA signs META-INF/X.SF, which has the digest of the manifest, which has those of all
 * other members.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/evp.h>

#include "verify_internal.h"
#include "verify_zip.h"

/* Bytes of a manifest: 100 for each of MEMBERS_MAX members, and some. A signature file is as long.
 */
#define TEXT_MAX  (16U << 20)
#define BLOCK_MAX (1U << 20)

#define PREFIX	 "META-INF/"
#define MANIFEST PREFIX "MANIFEST.MF"

struct line {
	const char *text;
	size_t len;
};

/* ---- text ---- */

/* Lines end in CR LF, LF or CR; a line that begins with a space goes on the one before. This takes
 * the ends in front of such spaces out of @text, which ends with NUL. */
static void unfold(char *text, size_t *len)
{
	size_t to = 0;

	for (size_t i = 0; i < *len;) {
		size_t end = text[i] == '\r' && text[i + 1] == '\n' ? 2 :
			     text[i] == '\r' || text[i] == '\n'	    ? 1 :
								      0;

		if (end && text[i + end] == ' ')
			i += end + 1;
		else
			text[to++] = text[i++];
	}
	text[to] = '\0';
	*len = to;
}

static bool next_line(struct line *rest, struct line *line)
{
	size_t n = 0;

	if (!rest->len)
		return false;
	while (n < rest->len && rest->text[n] != '\r' && rest->text[n] != '\n')
		n++;
	*line = (struct line){ rest->text, n };
	if (n < rest->len)
		n += rest->text[n] == '\r' && n + 1 < rest->len && rest->text[n + 1] == '\n' ? 2 :
											       1;
	rest->text += n;
	rest->len -= n;
	return true;
}

/* The value of a header "NAME: VALUE" of this name. */
static bool header(const struct line *line, const char *name, struct line *value)
{
	size_t len = strlen(name);

	if (line->len < len + 2 || strncasecmp(line->text, name, len) != 0 ||
	    memcmp(line->text + len, ": ", 2) != 0)
		return false;
	*value = (struct line){ line->text + len + 2, line->len - len - 2 };
	return true;
}

/* ---- digests ---- */

static const struct {
	const char *name;
	const EVP_MD *(*md)(void);
} algorithms[] = {
	{ "SHA-256", EVP_sha256 }, { "SHA-512", EVP_sha512 }, { "SHA-384", EVP_sha384 },
	{ "SHA1", EVP_sha1 },	   { "SHA-1", EVP_sha1 },
};

/* Is the line a header of "ALGORITHM-Digest" and @suffix that is known? */
static const EVP_MD *digest_header(const struct line *line, const char *suffix,
				   uint8_t digest[EVP_MAX_MD_SIZE])
{
	/* Base64 of 64 bytes, decoded, is 66 with the padding. */
	unsigned char decoded[72], padded[88 + 1];
	struct line value;
	char name[64];

	for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++) {
		const EVP_MD *md = algorithms[i].md();

		snprintf(name, sizeof(name), "%s-Digest%s", algorithms[i].name, suffix);
		if (!header(line, name, &value))
			continue;
		memset(digest, 0, EVP_MAX_MD_SIZE); /* which no content has */
		if (value.len < sizeof(padded) && value.len % 4 == 0 &&
		    value.len / 4 == ((size_t)EVP_MD_get_size(md) + 2) / 3) {
			memcpy(padded, value.text, value.len);
			if (EVP_DecodeBlock(decoded, padded, (int)value.len) >= EVP_MD_get_size(md))
				memcpy(digest, decoded, (size_t)EVP_MD_get_size(md));
		}
		return md;
	}
	return NULL;
}

/* ---- what is signed ---- */

/* All digests of the section of a member that are known; *rest begins behind its Name. */
static const char *check_section(const struct verify_zip *zip, const struct line *name,
				 struct line *rest)
{
	uint8_t wanted[EVP_MAX_MD_SIZE], digest[EVP_MAX_MD_SIZE];
	char *text = strndup(name->text, name->len);
	struct verify_member *member = text ? verify_zip_find(zip, text) : NULL;
	struct line line;

	free(text);
	while (next_line(rest, &line) && line.len) {
		const EVP_MD *md = digest_header(&line, "", wanted);

		if (!md)
			continue;
		if (!member)
			return "a file of its manifest is missing";
		if (!verify_zip_digest(zip, member, md, digest))
			return "a file in it cannot be read";
		if (memcmp(digest, wanted, (size_t)EVP_MD_get_size(md)) != 0)
			return "its digest is not that of a file in it";
		member->named = true;
	}
	return NULL;
}

static bool ends(const char *name, const char *end)
{
	size_t len = strlen(name), n = strlen(end);

	return len >= n && strcasecmp(name + len - n, end) == 0;
}

static bool is_block(const char *name)
{
	return ends(name, ".RSA") || ends(name, ".DSA") || ends(name, ".EC");
}

/* What signs, and so is not signed itself; and directories, which have no content. */
static bool needs_no_name(const char *name)
{
	const char *file = name + strlen(PREFIX);

	if (ends(name, "/"))
		return true;
	if (strncasecmp(name, PREFIX, strlen(PREFIX)) != 0 || strchr(file, '/'))
		return false;
	return is_block(file) || ends(file, ".SF") || strcasecmp(file, "MANIFEST.MF") == 0 ||
	       strncasecmp(file, "SIG-", 4) == 0;
}

/* @text: a copy of the manifest, which is changed. */
static const char *check_members(const struct verify_zip *zip, char *text, size_t len)
{
	struct line rest = { text, 0 }, line, name;
	const char *why = NULL;

	unfold(text, &len);
	rest.len = len;
	while (next_line(&rest, &line) && line.len) /* the main section */
		;
	while (!why && next_line(&rest, &line)) {
		if (!line.len)
			continue;
		if (!header(&line, "Name", &name))
			return "its manifest is malformed";
		why = check_section(zip, &name, &rest);
	}
	for (size_t i = 0; !why && i < zip->n; i++)
		if (!zip->members[i].named && !needs_no_name(zip->members[i].name))
			why = "a file in it is not signed";
	return why;
}

/* ---- signature files ---- */

struct manifest {
	const char *bytes;
	size_t len;
	const char *why; /* of the members */
};

static const char *check_signature_file(char *text, size_t len, const struct manifest *manifest)
{
	const char *why = "its digest algorithm is unknown";
	uint8_t wanted[EVP_MAX_MD_SIZE], digest[EVP_MAX_MD_SIZE];
	struct line rest = { text, 0 }, line, value;

	unfold(text, &len);
	rest.len = len;
	while (next_line(&rest, &line) && line.len) {
		const EVP_MD *md = digest_header(&line, "-Manifest", wanted);

		/* Android 7 and later refuse it without the signing block that it names. */
		if (header(&line, "X-Android-APK-Signed", &value))
			return "the signing block that it had is gone";
		if (!md)
			continue;
		if (!EVP_Digest(manifest->bytes, manifest->len, digest, NULL, md, NULL) ||
		    memcmp(digest, wanted, (size_t)EVP_MD_get_size(md)) != 0)
			return "its digest is not that of the manifest";
		why = NULL;
	}
	return why ? why : manifest->why;
}

/* META-INF/X.SF of META-INF/X.RSA, in whatever case its letters are. */
static const struct verify_member *signature_file(const struct verify_zip *zip, const char *block)
{
	size_t len = (size_t)(strrchr(block, '.') - block);

	for (size_t i = 0; i < zip->n; i++)
		if (strlen(zip->members[i].name) == len + 3 &&
		    strncasecmp(zip->members[i].name, block, len) == 0 &&
		    ends(zip->members[i].name, ".SF"))
			return &zip->members[i];
	return NULL;
}

static void verify_block(struct verify *v, const struct verify_zip *zip,
			 const struct verify_member *block, const struct manifest *manifest)
{
	const struct verify_member *file = signature_file(zip, block->name);
	size_t len = 0, text_len = 0;
	char *der = verify_zip_read(zip, block, BLOCK_MAX, &len);
	char *text = file ? verify_zip_read(zip, file, TEXT_MAX, &text_len) : NULL;
	char *copy = text ? malloc(text_len + 1) : NULL;
	const char *why = "its signature file is missing";
	BIO *content = NULL;

	if (copy) {
		memcpy(copy, text, text_len + 1);
		why = check_signature_file(copy, text_len, manifest);
		content = BIO_new_mem_buf(text, (int)text_len);
	}
	if (der)
		verify_cms(v, INTERDICT_SOURCE_JAR, (const uint8_t *)der, len, content, why);
	BIO_free(content);
	free(copy);
	free(text);
	free(der);
}

void verify_jar(struct verify *v)
{
	struct manifest manifest = { .why = "its manifest is missing" };
	struct verify_member *member;
	struct verify_zip zip;
	const char *why = verify_zip_open(v->reader, &zip);
	char *bytes, *copy;

	if (why) {
		verify_note_source(v, INTERDICT_SOURCE_JAR, why);
		return;
	}
	member = verify_zip_find(&zip, MANIFEST);
	bytes = member ? verify_zip_read(&zip, member, TEXT_MAX, &manifest.len) : NULL;
	copy = bytes ? malloc(manifest.len + 1) : NULL;
	if (copy) {
		memcpy(copy, bytes, manifest.len + 1);
		manifest.bytes = bytes;
		manifest.why = check_members(&zip, copy, manifest.len);
	}
	for (size_t i = 0; i < zip.n; i++)
		if (strncasecmp(zip.members[i].name, PREFIX, strlen(PREFIX)) == 0 &&
		    is_block(zip.members[i].name))
			verify_block(v, &zip, &zip.members[i], &manifest);
	free(copy);
	free(bytes);
	verify_zip_close(&zip);
}
