// SPDX-License-Identifier: GPL-2.0-only
#include "claims.h"

#include "digest.h"
#include "publisher.h"

/* The claim, which was there already (*added is false) or is new; NULL where there is no room. */
static struct interdict_claim *find_or_add(struct interdict_claims *claims,
					   const struct interdict_claim *claim, bool *added)
{
	struct interdict_claim *at;
	__u32 i;

	*added = false;
	for (i = 0; i < claims->count; i++) {
		at = &claims->claim[i];
		if (at->kind == claim->kind && at->form == claim->form && at->len == claim->len &&
		    !memcmp(at->value, claim->value, sizeof(at->value)))
			return at;
	}
	if (claims->count >= INTERDICT_CLAIMS_MAX) {
		claims->flags |= INTERDICT_CLAIMS_MORE;
		return NULL;
	}
	at = &claims->claim[claims->count++];
	*at = *claim;
	*added = true;
	return at;
}

int claims_add(struct interdict_claims *claims, enum interdict_kind kind, enum interdict_form form,
	       enum interdict_source source, __u8 signer, const void *value, __u32 len)
{
	struct interdict_claim claim = {
		.kind = kind,
		.form = form,
		.source = source,
		.signer = signer,
		.len = len,
	};
	bool added;

	memcpy(claim.value, value, len);
	return find_or_add(claims, &claim, &added) ? 0 : -E2BIG;
}

/* What people write for the value; without room for it there is none. */
static void put_text(struct interdict_claims *claims, struct interdict_claim *at, const char *text,
		     __u32 len)
{
	if (len >= sizeof(claims->names) - claims->names_len)
		return;
	at->name = 1 + claims->names_len;
	memcpy(claims->names + claims->names_len, text, len);
	claims->names[claims->names_len + len] = '\0';
	claims->names_len += len + 1;
}

int claims_add_verity(struct interdict_claims *claims, enum interdict_form form, const __u8 *digest)
{
	static const char digits[] = "0123456789abcdef";
	struct interdict_claim claim = {
		.kind = INTERDICT_KIND_FSVERITY,
		.form = form,
		.source = INTERDICT_SOURCE_VERITY,
		.signer = claims_next_signer(claims),
		.len = INTERDICT_CLAIM_LEN,
		.flags = INTERDICT_CLAIM_VERIFIED,
	};
	char hex[2 * CLAIMS_SHA512_LEN];
	struct interdict_claim *at;
	bool added;
	__u32 i;

	memcpy(claim.value, digest, sizeof(claim.value));
	at = find_or_add(claims, &claim, &added);
	if (!at)
		return -E2BIG;
	if (!added || form != INTERDICT_FORM_SHA512)
		return 0;
	for (i = 0; i < CLAIMS_SHA512_LEN; i++) {
		hex[2 * i] = digits[digest[i] >> 4];
		hex[2 * i + 1] = digits[digest[i] & 15];
	}
	put_text(claims, at, hex, sizeof(hex));
	return 0;
}

int claims_add_publisher(struct interdict_claims *claims, enum interdict_source source, __u8 signer,
			 const char *name, __u32 name_len)
{
	struct interdict_claim claim = {
		.kind = INTERDICT_KIND_PUBLISHER,
		.form = INTERDICT_FORM_NAME,
		.source = source,
		.signer = signer,
		.len = DIGEST_LEN,
	};
	struct interdict_claim *at;
	bool added;
	int err;

	err = publisher_value(name, name_len, claim.value);
	if (err)
		return err == -EINVAL ? 0 : err;
	at = find_or_add(claims, &claim, &added);
	if (!at)
		return -E2BIG;
	if (added)
		put_text(claims, at, name, name_len);
	return 0;
}

__u8 claims_next_signer(const struct interdict_claims *claims)
{
	__u8 next = 0;
	__u32 i;

	for (i = 0; i < claims->count; i++)
		if (claims->claim[i].signer >= next)
			next = claims->claim[i].signer + 1;
	return next;
}

int claims_settle(struct interdict_claims *claims, int err)
{
	if (err == -EAGAIN || err == -EINTR)
		return err;
	if (err)
		claims->flags |= INTERDICT_CLAIMS_UNREAD;
	return 0;
}
