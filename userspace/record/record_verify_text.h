/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a verification found, in sentences. */
#ifndef INTERDICT_RECORD_VERIFY_TEXT_H
#define INTERDICT_RECORD_VERIFY_TEXT_H

#include "record_verify.h"

/* Lines of text, the last ended by a newline, too, that the caller frees; NULL: no memory.
 * @expected: a checkpoint from elsewhere was looked for. */
char *record_verified_text(const struct record_verified *verified, bool expected);

#endif
