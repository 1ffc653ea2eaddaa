/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether signatures are what they claim to be, by OpenSSL, for `id --verify` and `explain
 * --verify`: over the file as it is, by the key of the certificate that is claimed, and that by one
 * that is trusted. The kernel acts on claims, whatever is found out here.
 *
 *  pe		the Authenticode digest of the image, nested signatures too
 *  apk		schemes v2, v3 and v3.1, over all of the file
 *  jar		the signature file, by it the manifest, by that each member
 *  appended	the content in front of the signature
 *  fs-verity	built-in signatures, over the digest that the kernel has
 *  ima		versions 2 and 3 over the content, by a trusted certificate that has the key ID
 *
 * Others are not checked, and the reason says so: OpenPGP (AppImages), older keys of a rotation
 * (APK), IMA signatures of an fs-verity digest.
 *
 * SHA-1 is taken, MD5 is not. Of a certificate with extended key usages, code signing is one. It is
 * valid now; or when a time stamp says that it was signed, if that is verified by the same trusted
 * certificates (RFC 3161 tokens, PKCS#9 countersignatures). A time stamp's own certificate is
 * judged at the time that it states, so that it still counts when that has expired. Revocation is
 * not looked at.
 */
#ifndef INTERDICT_VERIFY_H
#define INTERDICT_VERIFY_H

#include <jansson.h>

#include "kmod/abi.h"
#include "subject/subject.h"

#define VERIFY_WHY_MAX 160

struct verify_trust;

/*
 * The certificates that are trusted: of the file @path (PEM, as many as there are, or one in DER),
 * or of each file in the directory @path whose name ends in .pem, .crt, .cer or .der. Each is
 * trusted as it is, whether it signed itself or not. Returns 0 and sets *@ret
 * (verify_trust_free()); -errno with @why a sentence.
 */
int verify_trust_load(const char *path, struct verify_trust **ret, char why[VERIFY_WHY_MAX]);
void verify_trust_free(struct verify_trust *trust);

/* Of each claim why it is not verified; "" where INTERDICT_CLAIM_VERIFIED is set. */
struct verify_report {
	char why[INTERDICT_CLAIMS_MAX][VERIFY_WHY_MAX];
};

/*
 * Check the signatures that @claims, of subject_identify(), are from. Sets INTERDICT_CLAIM_VERIFIED
 * on each claim that a signature stands behind which is verified, and fills @report whole. Where
 * the file cannot be read, or memory ends, no claim is verified and that is the reason.
 */
void verify_subject(const struct subject *subject, const struct verify_trust *trust,
		    struct interdict_claims *claims, struct verify_report *report);

/* Write it into the "claims" of subject_json(): "verified", and "not_verified" with the reason. */
void verify_json(json_t *file, const struct interdict_claims *claims,
		 const struct verify_report *report);

#endif
