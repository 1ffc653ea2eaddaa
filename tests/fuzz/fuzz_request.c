// SPDX-License-Identifier: GPL-2.0-or-later
/* A line of the control socket, as any process of root's may send it. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct request request;
	const char *why = NULL;
	int err = request_parse((const char *)data, size, &request, &why);

	/* A refusal has a reason; what was taken is within its bounds. */
	if (err && !why)
		abort();
	if (!err && (request.kind >= REQUEST_COUNT || (*request.path && *request.path != '/') ||
		     strlen(request.path) >= sizeof(request.path)))
		abort();
	return 0;
}
