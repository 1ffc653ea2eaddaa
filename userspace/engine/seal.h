/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the module asks for before it lets go of what it holds: certificates are sealed in it, and a
 * token (kmod/extract/token.h) that one of them vouches for is needed from then on. Nothing here
 * needs an engine. Nothing prints; not more than one thread at a time.
 */
#ifndef INTERDICT_SEAL_H
#define INTERDICT_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kmod/abi.h"
#include "kmod/extract/token.h"

struct seal_anchor {
	uint8_t der[INTERDICT_ANCHOR_LEN];
	uint32_t len;
	int err; /* 0, or why no token can be verified by it in this kernel: a negative errno */
};

/*
 * Seal the @n certificates, for the device of the ID @device, with a time that has come, in seconds
 * since 1970. The error of each is set. Returns 0; -EEXIST: it was done in this boot; -ENOPKG: this
 * kernel can verify by none; -ENODEV: there is no module; -EOPNOTSUPP: it is of the version before;
 * -E2BIG: more than INTERDICT_ANCHORS_MAX; another -errno of the module.
 */
int seal_anchors(struct seal_anchor *anchors, size_t n, const char device[TOKEN_DEVICE_LEN],
		 int64_t proved);

/*
 * The certificates that are sealed: *@anchors is to be freed. Returns their number, 0 where there
 * are none (also without a module, or with that of the version before); -EPERM, -EACCES: not root;
 * -ENOMEM; another -errno.
 */
int seal_get_anchors(struct seal_anchor **anchors);

/* What the module takes a token for. */
struct seal_taken {
	enum token_action action;
	int64_t until; /* its last second, since 1970 */
};

/*
 * Give the module a token: @len bytes of text, and a detached PKCS#7 signature of it. Returns 0 and
 * fills *@taken; -ENOENT: nothing is sealed; else as INTERDICT_IOC_DISARM, with a sentence in
 * *@why.
 */
int seal_disarm(const void *text, size_t len, const void *signature, size_t signature_len,
		struct seal_taken *taken, const char **why);

/* What the module says of it, to everybody. */
struct seal_status {
	bool module;		       /* is loaded */
	bool old;		       /* and of a version that cannot seal */
	unsigned int usable, unusable; /* certificates that tokens can and cannot be verified by */
	unsigned long long accepted, refused; /* tokens, in this boot */
	bool releases;			      /* a token lets it let go */
	bool replaces;			      /* a token lets others take the place of it */
	int64_t glass_until; /* 0: no break-glass token holds; else its last second */
	char action[16];     /* of the last token; "" */
	int64_t until;	     /* its last second */
};

/* Always fills *@status; zeros where there is no module. */
void seal_get_status(struct seal_status *status);

/* Whether a token is needed to let go of what is held, or to put others in its place: something is
 * sealed, and none for that was given. */
bool seal_holds(void);
bool seal_holds_place(void);

#endif
