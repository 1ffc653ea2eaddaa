/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two that sign: the one who is asked about, and another. For tests that include verifying.h. */
#ifndef INTERDICT_TEST_VENDORS_H
#define INTERDICT_TEST_VENDORS_H

#include "signing.h"

static struct identity vendor, other;

static int vendors_make(void **state)
{
	(void)state;
	vendor = new_identity(EC_P256, NULL, 7, "Vendor", NULL);
	other = new_identity(EC_P256, NULL, 8, "Other", NULL);
	return 0;
}

static int vendors_free(void **state)
{
	(void)state;
	free_identity(&vendor);
	free_identity(&other);
	return 0;
}

#endif
