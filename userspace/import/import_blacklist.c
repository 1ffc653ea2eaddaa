// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The hashes of the kernel's .blacklist keyring, as CONFIG_SYSTEM_BLACKLIST_HASH_LIST names them
 * (certs/Kconfig, scripts/check-blacklist-hashes.awk of Linux 5.19 and later): strings in quotes,
 * separated by commas, each "bin:" or "tbs:" and an even number of hex digits. Before that script
 * the file was C, with comments; and keyctl(1) takes one string a line, without quotes. All of it
 * is read.
 *
 * "tbs:" is of a certificate's signed part, which no identifier of an order is (certificate: has
 * the signature in it, too). "bin:" is what is_binary_blacklisted() is asked: under IMA a file's
 * content, of a module without the signature behind it; from UEFI's dbx an Authenticode digest,
 * which no file has as its SHA-256. The words are the same, so the reader is told.
 */
#include <errno.h>
#include <string.h>

#include "import_internal.h"

struct scanner {
	struct import *im;
	bool comment; /* in one of C, which goes on over lines */
};

static bool is_between(char c)
{
	return c == ' ' || c == '\t' || c == ',' || c == '\r';
}

static int one_hash(struct import *im, const char *text, size_t len, const struct import_place *at)
{
	const char *hex = text + 4;
	enum import_reason reason;

	if (len >= 4 && !memcmp(text, "tbs:", 4)) {
		import_refuse(im, IMPORT_TBS, at, "%.*s", len < 140 ? (int)len : 140, text);
		return 0;
	}
	if (len < 4 || memcmp(text, "bin:", 4)) {
		import_refuse(im, IMPORT_MALFORMED, at, "\"%.*s\" does not begin with bin: or tbs:",
			      len < 140 ? (int)len : 140, text);
		return 0;
	}
	len -= 4;
	reason = import_reason_of_digits(len);
	if (reason == IMPORT_MALFORMED || import_hex_digits(hex, len) < len)
		return import_add_hex(im, IMPORT_KIND_SHA256, hex, len, 0, NULL, at);
	import_refuse(im, reason, at, "bin:%.*s", (int)len, hex);
	return 0;
}

/* The string at *@from, in quotes or up to what separates strings. */
static int one_string(struct scanner *s, const struct import_line *line, size_t *from)
{
	const struct import_place at = { line->number, (uint32_t)*from + 1 };
	const char *text = line->text + *from;
	size_t left = line->len - *from;
	const char *quote;
	size_t len = 0;

	if (*text == '"') {
		quote = memchr(text + 1, '"', left - 1);
		if (!quote) {
			*from = line->len;
			import_refuse(s->im, IMPORT_MALFORMED, &at, "a quote is not closed");
			return 0;
		}
		len = (size_t)(quote - text) - 1;
		*from += len + 2;
		return one_hash(s->im, text + 1, len, &at);
	}
	while (len < left && !is_between(text[len]) && text[len] != '"')
		len++;
	*from += len;
	return one_hash(s->im, text, len, &at);
}

static int one_line(struct scanner *s, const struct import_line *line)
{
	size_t at = 0;
	int err = 0;

	while (!err && at < line->len) {
		const char *text = line->text + at;
		size_t left = line->len - at;

		if (s->comment) {
			const char *end = memmem(text, left, "*/", 2);

			s->comment = !end;
			at = end ? (size_t)(end - line->text) + 2 : line->len;
		} else if (is_between(*text)) {
			at++;
		} else if (left > 1 && !memcmp(text, "/*", 2)) {
			s->comment = true;
			at += 2;
		} else if (*text == '#' || (left > 1 && !memcmp(text, "//", 2))) {
			break;
		} else {
			err = one_string(s, line, &at);
		}
	}
	return err;
}

int import_blacklist(struct import *im, struct import_input *in)
{
	struct scanner s = { .im = im };
	struct import_line line;
	int ret;

	while ((ret = import_next_line(in, &line)) > 0) {
		const struct import_place at = { line.number, 1 };

		if (line.cut)
			import_refuse(im, IMPORT_MALFORMED, &at, "the line is longer than 64 KiB");
		ret = line.cut ? 0 : one_line(&s, &line);
		if (ret)
			return ret;
	}
	if (!ret && s.comment) {
		policy_errors_add(im->errs, POLICY_ERROR, im->file, in->number, 1,
				  "a comment is not closed");
		return -EBADMSG;
	}
	if (!ret && im->n_rows)
		policy_errors_add(
			im->errs, POLICY_WARNING, im->file, 0, 0,
			"bin: is what the kernel hashes: a module without its signature, "
			"and from UEFI's dbx an Authenticode digest; such an entry matches "
			"no file as it is on disk");
	return ret;
}
