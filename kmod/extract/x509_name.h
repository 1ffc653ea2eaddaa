/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef INTERDICT_X509_NAME_H
#define INTERDICT_X509_NAME_H

#include "der.h"
#include "publisher.h"

/*
 * The publisher in a Name (RFC 5280, 4.1.2.4), given its content: the last organizationName, or the
 * last commonName where there is none. In UTF-8, to name of PUBLISHER_MAX bytes; *len is set, to 0
 * where the Name has neither. A UTF8String comes as it is: publisher_fold() finds what is none.
 * elements and errors as of der_begin(); -EBADMSG also where it is no string, has a NUL, or what is
 * no letter; -E2BIG also where it is longer.
 */
int x509_publisher(struct reader *reader, const struct der_range *subject, __u32 *elements,
		   char *name, __u32 *len);

#endif
