// SPDX-License-Identifier: GPL-2.0-or-later
/* Reasons to refuse a row, and which of them a hash of another kind is. */
#include <assert.h>
#include <string.h>
#include <strings.h>

#include "import_internal.h"

static const struct {
	const char *name, *text;
} reasons[] = {
	[IMPORT_MD5] = { "md5", "an MD5: other files can be made to have it" },
	[IMPORT_SHA1] = { "sha1", "a SHA-1: other files can be made to have it" },
	[IMPORT_SHA224] = { "sha224", "a SHA-224: files are known by SHA-256" },
	[IMPORT_SHA384] = { "sha384", "a SHA-384: files are known by SHA-256" },
	[IMPORT_SHA512] = { "sha512", "a SHA-512: files are known by SHA-256" },
	[IMPORT_SHA3] = { "sha3", "a SHA-3: files are known by SHA-256" },
	[IMPORT_OTHER_HASH] = { "other-hash", "a hash of another kind" },
	[IMPORT_MALFORMED] = { "malformed", "cannot be read" },
	[IMPORT_EMPTY_FILE] = { "empty-file", "the empty file, which cannot be banned" },
	[IMPORT_NOT_A_HASH] = { "not-a-hash", "no hash of a file" },
	[IMPORT_CERTIFICATE] = { "certificate",
				 "a certificate that need not be one that signs files" },
	[IMPORT_ALLOWS] = { "allows", "says that it is harmless or allowed, or takes a ban back" },
	[IMPORT_REVOKED] = { "revoked", "revoked by its source" },
	[IMPORT_EXPIRED] = { "expired", "no longer valid" },
	[IMPORT_NOT_YET] = { "not-yet-valid", "not valid yet" },
	[IMPORT_SUPERSEDED] = { "superseded", "replaced or taken back by a later one in the file" },
	[IMPORT_TBS] = { "tbs",
			 "the hash of a certificate's signed part (tbs), which is no identifier" },
	[IMPORT_TEAM_ID] = { "team-id", "an Apple team ID" },
	[IMPORT_SIGNING_ID] = { "signing-id", "an Apple signing ID" },
	[IMPORT_CDHASH] = { "cdhash", "the hash of an Apple code directory" },
	[IMPORT_CONDITION] = { "condition", "decided by an expression (CEL)" },
	[IMPORT_NO_INDICATOR] = { "no-indicator", "an object that is no indicator" },
	[IMPORT_PATTERN_TYPE] = { "pattern-type", "a pattern in another language than STIX" },
	[IMPORT_NARROWER] = { "narrower",
			      "bad only together with something else than the hash: a ban would be "
			      "broader" },
	[IMPORT_NEGATED] = { "negated", "what does not have a hash" },
	[IMPORT_PARTIAL] = { "partial", "compared with something else than a whole hash" },
	[IMPORT_NEVER] = { "never", "no file can be like that" },
	[IMPORT_COMPLEX] = { "complex", "a pattern with too many alternatives" },
	[IMPORT_NOT_IDS] = { "not-ids", "not meant for detection (to_ids)" },
	[IMPORT_DELETED] = { "deleted", "deleted by its source" },
	[IMPORT_OTHER_OBJECT] = { "other-object",
				  "a hash in an object that is not a file, as of one section" },
};
static_assert(sizeof(reasons) / sizeof(reasons[0]) == IMPORT_REASON_COUNT, "each has a row");

const char *import_reason_name(enum import_reason reason)
{
	return reason < IMPORT_REASON_COUNT ? reasons[reason].name : "?";
}

const char *import_reason_text(enum import_reason reason)
{
	return reason < IMPORT_REASON_COUNT ? reasons[reason].text : "?";
}

size_t import_hex_digits(const char *text, size_t len)
{
	size_t n = 0;

	while (n < len && text[n] && strchr("0123456789abcdefABCDEF", text[n]))
		n++;
	return n;
}

enum import_reason import_reason_of_digits(size_t digits)
{
	switch (digits) {
	case 32:
		return IMPORT_MD5;
	case 40:
		return IMPORT_SHA1;
	case 56:
		return IMPORT_SHA224;
	case 96:
		return IMPORT_SHA384;
	case 128:
		return IMPORT_SHA512;
	default:
		return IMPORT_MALFORMED;
	}
}

enum import_reason import_reason_of_algorithm(const char *name, size_t len)
{
	static const struct {
		const char *name;
		enum import_reason reason;
	} known[] = {
		{ "md5", IMPORT_MD5 },
		{ "sha1", IMPORT_SHA1 },
		{ "sha224", IMPORT_SHA224 },
		{ "sha2224", IMPORT_SHA224 },
		{ "sha384", IMPORT_SHA384 },
		{ "sha2384", IMPORT_SHA384 },
		{ "sha512", IMPORT_SHA512 },
		{ "sha2512", IMPORT_SHA512 },
		{ "sha256", IMPORT_REASON_COUNT },
		{ "sha2256", IMPORT_REASON_COUNT },
		{ "sha3224", IMPORT_SHA3 },
		{ "sha3256", IMPORT_SHA3 },
		{ "sha3384", IMPORT_SHA3 },
		{ "sha3512", IMPORT_SHA3 },
	};
	char plain[16];
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (name[i] == '-' || name[i] == '_')
			continue;
		if (n == sizeof(plain) - 1)
			return IMPORT_OTHER_HASH;
		plain[n++] = name[i];
	}
	plain[n] = '\0';
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcasecmp(known[i].name, plain))
			return known[i].reason;
	return IMPORT_OTHER_HASH;
}
