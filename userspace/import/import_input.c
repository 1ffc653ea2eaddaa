// SPDX-License-Identifier: GPL-2.0-or-later
/* The bytes of an import: lines or all of them, their digest, and limits. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "import_internal.h"

/* Read at a time; a line is found in one buffer of this and IMPORT_LINE_MAX. */
#define CHUNK (128U << 10)

static ssize_t read_fd(struct import_source *source, void *buf, size_t len)
{
	ssize_t n;

	do
		n = read(source->fd, buf, len);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

static ssize_t read_memory(struct import_source *source, void *buf, size_t len)
{
	size_t n = len < source->left ? len : source->left;

	if (n)
		memcpy(buf, source->bytes, n);
	source->bytes += n;
	source->left -= n;
	return (ssize_t)n;
}

struct import_source import_source_fd(int fd)
{
	return (struct import_source){ .read = read_fd, .fd = fd };
}

struct import_source import_source_memory(const void *bytes, size_t len)
{
	return (struct import_source){ .read = read_memory, .fd = -1, .bytes = bytes, .left = len };
}

int import_input_open(struct import_input *in, struct import *im, struct import_source *source)
{
	in->im = im;
	in->source = source;
	in->md = EVP_MD_CTX_new();
	if (!in->md || !EVP_DigestInit_ex(in->md, EVP_sha256(), NULL))
		return -ENOMEM;
	return 0;
}

void import_input_close(struct import_input *in)
{
	EVP_MD_CTX_free(in->md);
	free(in->buf);
	*in = (struct import_input){ 0 };
}

static int problem(struct import_input *in, int error, const char *text)
{
	policy_errors_add(in->im->errs, POLICY_ERROR, in->im->file, 0, 0, "%s", text);
	return error;
}

/* Up to @len bytes to @buf. Sets in->eof, and then the digest. Returns their number or -errno. */
static ssize_t fetch(struct import_input *in, char *buf, size_t len, uint64_t max,
		     const char *too_large)
{
	struct import *im = in->im;
	ssize_t n = in->source->read(in->source, buf, len);

	if (n < 0)
		return n;
	if (!n) {
		in->eof = true;
		return EVP_DigestFinal_ex(in->md, im->digest, NULL) ? 0 : -EIO;
	}
	im->bytes += (uint64_t)n;
	if (im->bytes > max)
		return problem(in, -EFBIG, too_large);
	if (!EVP_DigestUpdate(in->md, buf, (size_t)n))
		return -EIO;
	if (im->options->progress)
		im->options->progress(im->options->context, im->bytes, im->seen);
	return n;
}

/* UTF-16 has a mark of its own at its begin; PowerShell writes it. */
static int check_begin(struct import_input *in, const char *text, size_t len, size_t *skip)
{
	*skip = len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3) ? 3 : 0;
	if (len >= 2 && (!memcmp(text, "\xff\xfe", 2) || !memcmp(text, "\xfe\xff", 2)))
		return problem(in, -EBADMSG, "is UTF-16; convert it to UTF-8 (iconv -t UTF-8)");
	return 0;
}

/* More into the buffer, behind what is left. */
static int fill(struct import_input *in)
{
	bool first = !in->im->bytes;
	size_t skip;
	ssize_t n;

	if (!in->buf) {
		in->buf = malloc(CHUNK + IMPORT_LINE_MAX + 1);
		if (!in->buf)
			return -ENOMEM;
	}
	memmove(in->buf, in->buf + in->at, in->end - in->at);
	in->end -= in->at;
	in->at = 0;
	/* A second read where the first gave less than a mark takes. */
	do {
		n = fetch(in, in->buf + in->end, CHUNK, IMPORT_BYTES_MAX, "is larger than 4 GiB");
		if (n < 0)
			return (int)n;
		in->end += (size_t)n;
	} while (first && !in->eof && in->end < 3);
	if (first) {
		int err = check_begin(in, in->buf, in->end, &skip);

		if (err)
			return err;
		in->at = skip;
	}
	return 0;
}

/* The rest of a line that is too long: away. */
static int skip_line(struct import_input *in)
{
	for (;;) {
		char *feed = memchr(in->buf + in->at, '\n', in->end - in->at);
		int err;

		if (feed) {
			in->at = (size_t)(feed - in->buf) + 1;
			return 0;
		}
		in->at = in->end;
		if (in->eof)
			return 0;
		err = fill(in);
		if (err)
			return err;
	}
}

int import_next_line(struct import_input *in, struct import_line *line)
{
	char *feed;

	for (;;) {
		size_t left = in->end - in->at;
		size_t look = left < IMPORT_LINE_MAX ? left : IMPORT_LINE_MAX;
		int err;

		feed = look ? memchr(in->buf + in->at, '\n', look) : NULL;
		if (feed || left >= IMPORT_LINE_MAX || in->eof)
			break;
		err = fill(in);
		if (err)
			return err;
	}
	if (in->at == in->end)
		return 0;
	line->number = ++in->number;
	line->text = in->buf + in->at;
	line->cut = !feed && in->end - in->at >= IMPORT_LINE_MAX;
	if (feed) {
		line->len = (size_t)(feed - line->text);
		in->at += line->len + 1;
	} else if (!line->cut) {
		line->len = in->end - in->at;
		in->at = in->end;
	} else {
		int err = skip_line(in); /* which needs the buffer */

		line->len = 0;
		return err ? err : 1;
	}
	if (line->len && line->text[line->len - 1] == '\r')
		line->len--;
	return 1;
}

int import_read_all(struct import_input *in, char **ret, size_t *ret_len)
{
	size_t room = 4096; /* doubles */
	char *buf = malloc(room);
	size_t len = 0;
	size_t skip;
	int err = buf ? 0 : -ENOMEM;

	while (!err && !in->eof) {
		char *more;
		ssize_t n;

		if (room - len < 2) {
			more = realloc(buf, room * 2);
			if (!more) {
				err = -ENOMEM;
				break;
			}
			buf = more;
			room *= 2;
		}
		/* One byte is left for the NUL; not too much at once, for progress. */
		n = room - len - 1 < CHUNK ? (ssize_t)(room - len - 1) : (ssize_t)CHUNK;
		n = fetch(in, buf + len, (size_t)n, IMPORT_JSON_BYTES_MAX,
			  "is larger than 1 GiB, which is the most for JSON");
		if (n < 0)
			err = (int)n;
		else
			len += (size_t)n;
	}
	if (!err)
		err = check_begin(in, buf, len, &skip);
	if (err) {
		free(buf);
		return err;
	}
	if (skip) {
		memmove(buf, buf + skip, len - skip);
		len -= skip;
	}
	buf[len] = '\0';
	*ret = buf;
	*ret_len = len;
	return 0;
}
