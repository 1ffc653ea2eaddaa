/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who signed a file, as it says itself. Nothing is verified here: a ban may act on a claim.
 *
 * The parsers of formats (pe.h, apk.h, jar.h, appended.h, appimage.h, ima.h) find signatures, those
 * of signatures (pkcs7.h, x509.h) add claims. All of them read hostile bytes:
 *  - they read through struct reader only, which has a budget of pages here; they allocate nothing
 *    and keep no more than a few hundred bytes on the stack;
 *  - loops are bounded by a named constant or by the budget, and nothing calls itself;
 *  - they return 0, also where there is no signature; -EBADMSG where something begins as one and
 *    cannot be read; -E2BIG where a limit was reached; or the reader's error.
 */
#ifndef INTERDICT_CLAIMS_H
#define INTERDICT_CLAIMS_H

#include "../abi.h"
#include "../../bpf/tables.h"
#include "reader.h"

/* Pages of 4 KiB read of one file at most, whatever it claims; reading the same page twice in a row
 * counts once. */
#define CLAIMS_PAGES 64

/*
 * Adds a claim, unless it is there already (same kind, form, len and value; of which the first
 * source and signer stay). len: to INTERDICT_CLAIM_LEN. Returns 0, or -E2BIG where there is no
 * room, having set INTERDICT_CLAIMS_MORE.
 */
int claims_add(struct interdict_claims *claims, enum interdict_kind kind, enum interdict_form form,
	       enum interdict_source source, __u8 signer, const void *value, __u32 len);

/*
 * The same for a publisher, by its name: UTF-8, name_len bytes without NUL, to PUBLISHER_MAX. An
 * empty name, or one that folds to nothing, adds nothing. Errors as above, and of digest_sha256().
 */
int claims_add_publisher(struct interdict_claims *claims, enum interdict_source source, __u8 signer,
			 const char *name, __u32 name_len);

#define CLAIMS_SHA512_LEN 64

/*
 * The same for an fs-verity digest, which the file system vouches for: INTERDICT_CLAIM_VERIFIED.
 * form: SHA256, or SHA512, whose digest has CLAIMS_SHA512_LEN bytes; these are in names whole, in
 * hex, as its value has the first INTERDICT_CLAIM_LEN only.
 */
int claims_add_verity(struct interdict_claims *claims, enum interdict_form form,
		      const __u8 *digest);

/*
 * Says an error of a format in the flags: -EBADMSG is INTERDICT_CLAIMS_MALFORMED, -E2BIG is
 * INTERDICT_CLAIMS_MORE. Returns 0 then, so that what else is there can be looked at; any other
 * error as it is.
 */
static inline int claims_note(struct interdict_claims *claims, int err)
{
	if (err == -EBADMSG)
		claims->flags |= INTERDICT_CLAIMS_MALFORMED;
	else if (err == -E2BIG)
		claims->flags |= INTERDICT_CLAIMS_MORE;
	else
		return err;
	return 0;
}

/*
 * Says the error that ended the search in the flags, INTERDICT_CLAIMS_UNREAD: what was found until
 * then, and what else is known of the file, holds. Returns 0 then, and err where nothing holds:
 * -EAGAIN (the content changes) and -EINTR (nobody waits for the answer).
 */
int claims_settle(struct interdict_claims *claims, int err);

/* One more than the highest signer there is. */
__u8 claims_next_signer(const struct interdict_claims *claims);

/*
 * All claims that are in the content: adds to claims, which the caller has cleared or begun.
 * -EBADMSG and -E2BIG of a format become INTERDICT_CLAIMS_MALFORMED and INTERDICT_CLAIMS_MORE, and
 * the others are looked at still. Returns 0, or the reader's error (claims then being incomplete).
 */
int claims_find(struct reader *reader, struct interdict_claims *claims);

/* The same of an appended signature alone, as of a kernel module. Does not sleep where the reader
 * does not. */
int claims_find_appended(struct reader *reader, struct interdict_claims *claims);

#endif
