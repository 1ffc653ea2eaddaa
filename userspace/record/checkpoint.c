// SPDX-License-Identifier: GPL-2.0-or-later
#include "checkpoint.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/sha.h>

#include "events/event_line.h"

#define SIGNATURE ",\"signature\":\""
#define END	  "\"}"
/* Characters in base64 (RFC 4648, 4), and NUL. */
#define BASE64_MAX (4 * ((RECORD_SIGNATURE_MAX + 2) / 3) + 1)

void checkpoint_digest(const char *line, size_t len, char digest[CHECKPOINT_DIGEST_LEN])
{
	uint8_t bytes[SHA256_DIGEST_LENGTH];

	SHA256((const unsigned char *)line, len, bytes);
	event_hex(bytes, sizeof(bytes), digest);
}

int checkpoint_fill(json_t *event, const char *reason, const struct record_key *key, uint64_t first,
		    const struct checkpoint_at *previous)
{
	json_t *before = previous->seq ? json_pack("{s:I, s:s}", "seq", (json_int_t)previous->seq,
						   "digest", previous->digest) :
					 json_null();

	if (!before || json_object_set_new(event, "reason", json_string(reason)) ||
	    json_object_set_new(event, "key", json_string(record_key_id(key))) ||
	    json_object_set_new(event, "first", json_integer((json_int_t)first)) ||
	    json_object_set(event, "previous", before)) {
		json_decref(before);
		return -ENOMEM;
	}
	json_decref(before);
	return 0;
}

ssize_t checkpoint_sign(const struct record_key *key, char *line, size_t len, size_t max)
{
	uint8_t signature[RECORD_SIGNATURE_MAX];
	unsigned char text[BASE64_MAX];
	size_t signature_len, room = max - (len - 1);
	int err = record_key_sign(key, line, len, signature, &signature_len), n;

	if (err)
		return err;
	EVP_EncodeBlock(text, signature, (int)signature_len);
	n = snprintf(line + len - 1, room, SIGNATURE "%s" END, (const char *)text);
	return n < 0 || (size_t)n >= room ? -E2BIG : (ssize_t)(len - 1) + n;
}

bool checkpoint_is(const json_t *event)
{
	const char *kind = json_string_value(json_object_get(event, "event"));

	return kind && !strcmp(kind, "checkpoint");
}

static bool is_digest(const char *text)
{
	return text && strlen(text) == CHECKPOINT_DIGEST_LEN - 1 &&
	       strspn(text, "0123456789abcdef") == CHECKPOINT_DIGEST_LEN - 1;
}

static bool read_previous(const json_t *event, struct checkpoint_at *previous)
{
	const json_t *before = json_object_get(event, "previous");
	const char *digest = json_string_value(json_object_get(before, "digest"));
	json_int_t seq = json_integer_value(json_object_get(before, "seq"));

	memset(previous, 0, sizeof(*previous));
	if (json_is_null(before))
		return true;
	if (seq <= 0 || !is_digest(digest))
		return false;
	previous->seq = (uint64_t)seq;
	memcpy(previous->digest, digest, CHECKPOINT_DIGEST_LEN);
	return true;
}

static const struct record_key *find_key(struct record_key *const *keys, size_t n, const char *id)
{
	for (size_t i = 0; id && i < n; i++)
		if (!strcmp(record_key_id(keys[i]), id))
			return keys[i];
	return NULL;
}

/* The signature's bytes. Returns their number, or -1: it is not what signing would write. */
static int decode(const char *text, uint8_t bytes[BASE64_MAX])
{
	unsigned char again[BASE64_MAX];
	size_t len = strlen(text);
	int n;

	if (len < 4 || len >= BASE64_MAX)
		return -1;
	n = EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)len);
	if (n < 0)
		return -1;
	/* It counts the padding, too. */
	n -= (text[len - 1] == '=') + (text[len - 2] == '=');
	EVP_EncodeBlock(again, bytes, n);
	return strcmp((const char *)again, text) ? -1 : n;
}

const char *checkpoint_verify(const json_t *event, const char *line, size_t len,
			      struct record_key *const *keys, size_t n, uint64_t *first,
			      struct checkpoint_at *previous)
{
	const char *id = json_string_value(json_object_get(event, "key"));
	const char *text = json_string_value(json_object_get(event, "signature"));
	const struct record_key *key = find_key(keys, n, id);
	json_int_t begins = json_integer_value(json_object_get(event, "first"));
	uint8_t signature[BASE64_MAX];
	size_t tail;
	char *signed_text;
	int signature_len, err;

	if (!id || !text || begins <= 0 || !read_previous(event, previous))
		return "is a checkpoint that lacks something";
	if (!key)
		return "is signed by another key";
	if (len && line[len - 1] == '\n')
		len--;
	/* Byte by byte what signing appends, so that there is one form of it only. */
	tail = strlen(SIGNATURE) + strlen(text) + strlen(END);
	signature_len = decode(text, signature);
	if (signature_len < 0 || tail >= len ||
	    memcmp(line + len - tail, SIGNATURE, strlen(SIGNATURE)) != 0 ||
	    memcmp(line + len - strlen(END) - strlen(text), text, strlen(text)) != 0 ||
	    memcmp(line + len - strlen(END), END, strlen(END)) != 0)
		return "is a checkpoint whose signature does not stand at its end";
	len -= tail;
	signed_text = malloc(len + 1);
	if (!signed_text)
		return "cannot be verified: out of memory";
	memcpy(signed_text, line, len);
	signed_text[len] = '}';
	err = record_key_verify(key, signed_text, len + 1, signature, (size_t)signature_len);
	free(signed_text);
	if (err)
		return "has a signature that is not its own: it was changed, or another key made it";
	*first = (uint64_t)begins;
	return NULL;
}
