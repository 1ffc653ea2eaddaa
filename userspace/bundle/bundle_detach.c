// SPDX-License-Identifier: GPL-2.0-or-later
/* The signature of a bundle by itself (RFC 5652, 5.2: content that is elsewhere). */
#include <errno.h>

#include <openssl/err.h>

#include "bundle_internal.h"

int bundle_detach(struct bundle *bundle, unsigned char **ret, size_t *ret_len)
{
	BUNDLE_CMS *cms = bundle->cms;
	ASN1_OCTET_STRING *bytes = cms->content->content->bytes;
	unsigned char *der = NULL;
	int n;

	/* It is encoded in DER, so that what is signed comes out as it went in. */
	cms->content->content->bytes = NULL;
	n = i2d_BUNDLE_CMS(cms, &der);
	cms->content->content->bytes = bytes;
	ERR_clear_error();
	if (n <= 0)
		return -ENOMEM;
	*ret = der;
	*ret_len = (size_t)n;
	return 0;
}
