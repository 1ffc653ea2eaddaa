/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two authorities, in ca.pem and other.pem, and a vendor that one of them certified, now and long
 * ago. For tests that include verifying.h. */
#ifndef INTERDICT_TEST_AUTHORITIES_H
#define INTERDICT_TEST_AUTHORITIES_H

#include "verifying.h"

#define DAY	86400L
#define CONTENT "what a vendor made\n"

#define UNTRUSTED "no trusted certificate vouches for it"
#define EXPIRED	  "its certificate, or one above it, has expired"

static struct identity ca, vendor, other_ca, expired;

static inline int authorities_make(void **state)
{
	(void)state;
	ca = dated_identity(NULL, 1, "CA", NULL, -4000 * DAY, 4000 * DAY);
	other_ca = dated_identity(NULL, 1, "Other CA", NULL, -4000 * DAY, 4000 * DAY);
	vendor = dated_identity(&ca, 2, "Vendor", "codeSigning", -DAY, DAY);
	expired = dated_identity(&ca, 3, "Vendor", "codeSigning", -1000 * DAY, -500 * DAY);
	return 0;
}

static inline int authorities_free(void **state)
{
	(void)state;
	free_identity(&ca);
	free_identity(&vendor);
	free_identity(&other_ca);
	free_identity(&expired);
	return 0;
}

/* Of each test: its directory, with what may be trusted. */
static inline int setup(void **state)
{
	if (tempdir_setup(state))
		return -1;
	put_cert("ca.pem", ca.cert);
	put_cert("other.pem", other_ca.cert);
	return 0;
}

#endif
