// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the module reads of who wants to disarm it, by the input's first byte: 't', the text of a
 * token; 's', the signature, of which only the certificates' uses are looked at. Beyond not
 * crashing: a text that is taken is the one that is printed of what it says.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kmod/extract/token_signer.h"
#include "token/token_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_text(const char *text, size_t len)
{
	char again[TOKEN_TEXT_MAX];
	struct token token;
	const char *why = NULL;

	if (token_parse(text, (uint32_t)len, &token, &why)) {
		if (!why)
			abort();
		return;
	}
	if (token_print(&token, again) != len || memcmp(again, text, len) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy;

	if (size < 2 || size > INTERDICT_SIGNATURE_MAX)
		return 0;
	/* A copy of its own, so that reading one byte too far is seen. */
	copy = malloc(size - 1);
	if (!copy)
		return 0;
	memcpy(copy, data + 1, size - 1);
	if (*data == 't')
		read_text((const char *)copy, size - 1);
	else
		token_signer_check(copy, (uint32_t)(size - 1));
	free(copy);
	return 0;
}
