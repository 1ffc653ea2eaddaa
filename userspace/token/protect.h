/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Protection against disarming: the trust anchors of this device are sealed in the module, once a
 * boot, so that nobody who becomes root later can add one or take one away.
 */
#ifndef INTERDICT_PROTECT_H
#define INTERDICT_PROTECT_H

#include <jansson.h>

#include "config.h"
#include "policy/policy.h"

enum protect_state {
	PROTECT_SEALED,	      /* a token is needed to disarm */
	PROTECT_SWITCHED_OFF, /* protect: no */
	PROTECT_UNSIGNED,     /* there are no trust anchors: root may */
	PROTECT_IMPOSSIBLE,   /* there are, and they could not be sealed */
};

#define PROTECT_WHY_MAX 768

struct protect {
	enum protect_state state;
	bool fresh;	     /* protect_arm() sealed them now */
	unsigned int usable; /* certificates that tokens can be verified by */
	bool differs;	     /* trust.d has others than those that are sealed */
	/* What status says of it: a sentence; with state SEALED, of what is not as wished, or "".
	 */
	char why[PROTECT_WHY_MAX];
};

/* What the token that a bundle with mode: off needs is called, behind the bundle's own name. */
#define TOKEN_SUFFIX ".token"

/* Whether @policy would switch off what is active, so that it takes a token. Not where the header
 * lets the kernel command line lower it. */
struct engine_status;
bool token_for_off(const struct policy *policy, const struct engine_status *status);

/* As `status` has it:
 *
 *	{"state":"sealed|off|unsigned|impossible","anchors":N,"differs":false,"why":null,
 *	 "device":"HEX","break_glass":null,"token":null,
 *	 "tokens":{"accepted":N,"refused":N}}
 *
 * "break_glass" is up to when nothing is refused, "token" the last one's action in this boot. NULL:
 * no memory.
 */
json_t *protect_json(const struct protect *protect);

/* How it is. */
void protect_look(const struct config *config, struct protect *protect);

/* The same, and seal what can be, where nothing is. @device: of which early counts, as the time
 * that has come. */
void protect_arm(const struct config *config, const struct policy_device *device,
		 struct protect *protect);

#endif
