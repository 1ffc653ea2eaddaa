/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef INTERDICT_APPIMAGE_H
#define INTERDICT_APPIMAGE_H

#include "claims.h"

/* Bytes of the beginning that appimage_begins() looks at. */
#define APPIMAGE_HEAD 11

/* Is it an AppImage of type 1 or 2, by the first len bytes? (AppImage specification, "Image
 * format": ELF, with "AI" and the type in the padding of e_ident.) */
bool appimage_begins(const __u8 *head, __u32 len);

/*
 * Claims of an AppImage: OpenPGP fingerprints (INTERDICT_FORM_PGP), for each signature in section
 * .sha256_sig. appimagetool writes signature and key (section .sig_key) in ASCII armour; both
 * are read as plain packets, too.
 *
 * The signer is who the signature names, by its issuer fingerprint, which GnuPG writes since 2.1.16
 * (2016), or by its key ID before. Where .sig_key has that key, the claims are the fingerprint of
 * its primary key, by which people know a key, and of the subkey if one signed. Where it has not,
 * there is the fingerprint that the signature names; -EBADMSG where it names none. A key in
 * .sig_key that did not sign is not claimed, nor is one without a signature.
 *
 * Other errors as of claims.h.
 */
int appimage_claims(struct reader *reader, struct interdict_claims *claims);

#endif
