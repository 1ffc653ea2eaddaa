/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef INTERDICT_APK_H
#define INTERDICT_APK_H

#include "claims.h"

/*
 * Claims of an Android package: of each signer in its APK Signing Block, by the schemes v2, v3 and
 * v3.1, the first certificate, which is the signer's own, and by v3 and v3.1 those of its
 * proof-of-rotation, which are the signer's older ones. Source stamps and other contents of the
 * block sign nothing. Where no signer is found there, or it is another ZIP file: jar_claims().
 * Format: source.android.com, "APK signature scheme v2", "v3" and "v3.1".
 *
 * What is malformed, or too much, is said in the flags and does not hide what is beside it. Returns
 * 0; -EBADMSG where the numbers of the ZIP file are not possible; -ENOMEM; or the reader's error.
 */
int apk_claims(struct reader *reader, struct interdict_claims *claims);

#endif
