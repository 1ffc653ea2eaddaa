/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A token: a text that whoever signs for a trust anchor writes so that enforcement may be switched
 * off. Its signature is verified before it is read here (seal.c in the module, bundle_verify() in
 * user space), and people read what they sign, so it is lines of "key: value", each ended by one
 * newline, in this order, each once, and nothing else:
 *
 *	interdict-token: 1
 *	action: unload | off | break-glass | tool
 *	device: ID as 32 hex digits | *
 *	not-before: 2026-11-22T08:00:00Z
 *	not-after: 2026-11-23T08:00:00Z
 *	nonce: 32 hex digits
 *	policy: NAME			of off
 *	serial: NUMBER			of off
 *	sha256: 64 hex digits		of tool
 *
 * Hex digits are lower case. Times are those of RFC 3339 (5.6) in whole seconds and UTC, as an
 * order has them. Numbers have no zeros before them.
 */
#ifndef INTERDICT_TOKEN_H
#define INTERDICT_TOKEN_H

#include "reader.h"

/* Bytes of a text. The longest is some 400. */
#define TOKEN_MAX 4096

/* Hex digits of what a device is called: 128 bits, of its user space's choice. */
#define TOKEN_DEVICE_LEN 32
#define TOKEN_NONCE_LEN	 16
#define TOKEN_NAME_MAX	 63 /* a policy's name: POLICY_ID_MAX */

enum token_action {
	TOKEN_UNLOAD,	   /* nothing is enforced any more */
	TOKEN_OFF,	   /* a policy whose mode is off may become active */
	TOKEN_BREAK_GLASS, /* up to not-after nothing is refused, and all is recorded */
	TOKEN_TOOL,	   /* another binary may do what this one does */
	TOKEN_ACTIONS
};

struct token {
	enum token_action action;
	char device[TOKEN_DEVICE_LEN + 1]; /* "*": any */
	__s64 not_before, not_after;	   /* seconds since 1970; the first second, and the last */
	__u8 nonce[TOKEN_NONCE_LEN];	   /* each token has its own: it is used once in a boot */
	/* TOKEN_OFF, else zeros */
	char policy[TOKEN_NAME_MAX + 1];
	__u64 serial;
	/* TOKEN_TOOL, else zeros: of the binary */
	__u8 sha256[32];
};

/* "break-glass"; "?" for what is none. */
const char *token_action_name(__u32 action);

/* The action of that name, of len bytes; -EINVAL: none. */
int token_action_of(const char *name, __u32 len);

/*
 * Parses len bytes. Returns 0 and fills *token; or -EBADMSG, with a sentence in *why and *token
 * untouched.
 */
int token_parse(const char *text, __u32 len, struct token *token, const char **why);

/*
 * May it be used on the device now? early is the time that is proved to have come and late the
 * later of that and the clock's, in seconds since 1970: a token begins by the first and ends by the
 * second, so that no clock that is set revives one that is over, or begins one that is to come.
 * Returns 0; -EXDEV: it is of another device; -EAGAIN: it does not hold yet; -EKEYEXPIRED: no more.
 */
int token_check(const struct token *token, const char device[TOKEN_DEVICE_LEN], __s64 early,
		__s64 late);

#endif
