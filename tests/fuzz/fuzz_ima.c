// SPDX-License-Identifier: GPL-2.0-or-later
/* The claim of any content of security.ima. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kmod/extract/ima.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct interdict_claims claims = {};
	int err = ima_claims(data, (uint32_t)size, &claims);

	if (err && err != -EBADMSG)
		abort();
	if (claims.count != (!err && size && (data[0] == 3 || data[0] == 6)))
		abort();
	if (claims.count && (size < 10 || claims.claim[0].len != 4 ||
			     memcmp(claims.claim[0].value, data + 3, 4) != 0))
		abort();
	return 0;
}
