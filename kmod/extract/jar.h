/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef INTERDICT_JAR_H
#define INTERDICT_JAR_H

#include "claims.h"
#include "zip.h"

/*
 * Claims of a signed JAR file, or of an Android package by scheme v1: of the PKCS#7 in each member
 * META-INF/NAME.RSA, .DSA or .EC, in letters of either case (JAR File Specification, "Signed JAR
 * File"). Members further down in META-INF/ are taken, too: Android does.
 *
 * Of a large directory the beginning and the end are read: jarsigner puts the signature first,
 * apksigner last. Where that is not all of it, INTERDICT_CLAIMS_MORE is set.
 *
 * What is malformed, or too much, is said in the flags and does not hide what is beside it. Returns
 * 0, -ENOMEM, or the reader's error.
 */
int jar_claims(struct reader *reader, const struct zip_directory *directory,
	       struct interdict_claims *claims);

#endif
