/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Claims (kmod/abi.h) as people and orders write them. */
#ifndef INTERDICT_CLAIM_TEXT_H
#define INTERDICT_CLAIM_TEXT_H

#include <stdbool.h>
#include <stdint.h>
#include <jansson.h>

#include "kmod/abi.h"

/* The longest value: a publisher's name, or "sha512:" and 128 digits. With NUL. */
#define CLAIM_TEXT_MAX 512

/* Whether every number in @claims is one that the code of kmod/extract writes: they may come
 * through memory that root can map. */
bool claims_are_sane(const struct interdict_claims *claims);

/* "pe", "apk" ...: where it was found. */
const char *claim_source_name(enum interdict_source source);

/*
 * The value of claims->claim[i] as an order has it behind its kind: "der:HEX", a publisher's name
 * as the file has it. Returns false, and *@text "", where the text found no room in the claims.
 */
bool claim_text(const struct interdict_claims *claims, uint32_t i, char text[CLAIM_TEXT_MAX]);

/* The first publisher's name, to be freed, escaped as in escape.h; NULL: there is none. */
char *claims_publisher(const struct interdict_claims *claims);

/* [{"kind","value","source","signer","verified"}], value null where its text found no room. NULL:
 * no memory. */
json_t *claims_json(const struct interdict_claims *claims);

#endif
