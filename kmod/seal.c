// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who may have enforcement switched off: certificates that were given once, and cannot be taken
 * away or added to while the module is loaded, which it is while something is held. They are in a
 * keyring that no process has or can be given (its permissions name possessors only), so that the
 * kernel's own PKCS#7 code verifies by them.
 *
 * What that code does not look at: validity and revocation of certificates (user space does, before
 * it gives a token). What it does not either, and has to be here: what a certificate is for
 * (extract/token_signer.h).
 */
#include "seal.h"

#include <crypto/public_key.h>
#include <linux/cred.h>
#include <linux/key.h>
#include <linux/keyctl.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>
#include <linux/verification.h>

#include "extract/token.h"
#include "extract/token_signer.h"

static_assert(INTERDICT_DEVICE_LEN == TOKEN_DEVICE_LEN);

struct anchor {
	u8 *der;
	u32 len;
	int error;
};

/* All of them, also by which no token can be verified: bundles are, in user space. */
static struct anchor anchors[INTERDICT_ANCHORS_MAX];
static u32 anchor_count, usable_count;
static struct key *keyring; /* NULL: nothing is sealed */
static char device[TOKEN_DEVICE_LEN];
static s64 proved_ns; /* the time that had come at CLOCK_BOOTTIME 0 */

static u8 used[SEAL_TOKENS_MAX][TOKEN_NONCE_LEN];
static u32 used_count;
static u64 refused_count;
static struct token last; /* that was accepted; of used_count 0 none was */
/* Up to when; 0: not */
static s64 release_until; /* what is held may be let go */
static s64 replace_until; /* or have others take its place */
static s64 glass_until;	  /* nothing is refused */

/* Of all that is above. */
static DEFINE_MUTEX(lock);

static s64 early(void)
{
	return div_s64(proved_ns + (s64)ktime_get_boottime_ns(), NSEC_PER_SEC);
}

static s64 late(void)
{
	return max_t(s64, early(), ktime_get_real_seconds());
}

/* ---- sealing ---- */

static void drop(struct anchor *set, u32 count)
{
	while (count--)
		kfree(set[count].der);
}

static bool is_request(const struct interdict_seal *request)
{
	u32 i;

	if (request->count < 1 || request->count > INTERDICT_ANCHORS_MAX || request->reserved)
		return false;
	/* A time that nanoseconds can count to: the year 2262. */
	if (request->proved < 0 || request->proved > div_s64(S64_MAX, NSEC_PER_SEC) - 1)
		return false;
	for (i = 0; i < request->count; i++)
		if (!request->anchor[i].len || request->anchor[i].len > INTERDICT_ANCHOR_LEN)
			return false;
	for (i = 0; i < INTERDICT_DEVICE_LEN; i++)
		if (!strchr("0123456789abcdef", request->device[i]) || !request->device[i])
			return false;
	return true;
}

static int copy_anchors(const struct interdict_seal *request, struct anchor *set)
{
	u32 i;

	for (i = 0; i < request->count; i++) {
		u8 *der = memdup_user(u64_to_user_ptr(request->anchor[i].der),
				      request->anchor[i].len);

		if (IS_ERR(der)) {
			drop(set, i);
			return PTR_ERR(der);
		}
		set[i].der = der;
		set[i].len = request->anchor[i].len;
	}
	return 0;
}

/* Has this kernel what verifies signatures by the key? Its certificate could be read. */
static int can_verify(struct key *key)
{
	static const char *const encodings[] = { "pkcs1", "x962" };
	struct kernel_pkey_params params = { .key = key, .hash_algo = "sha256" };
	struct kernel_pkey_query info;
	int err = -ENOPKG;
	size_t i;

	for (i = 0; err && i < ARRAY_SIZE(encodings); i++) {
		params.encoding = encodings[i];
		err = query_asymmetric_key(&params, &info);
	}
	return err == -ENOMEM ? err : err ? -ENOPKG : 0;
}

/* Returns 0, or why no token can be verified by it. */
static int add_key(struct key *ring, const struct anchor *anchor)
{
	key_ref_t ref = key_create_or_update(make_key_ref(ring, true), "asymmetric", NULL,
					     anchor->der, anchor->len, KEY_POS_SEARCH,
					     KEY_ALLOC_NOT_IN_QUOTA | KEY_ALLOC_BYPASS_RESTRICTION);
	int err;

	if (IS_ERR(ref)) {
		err = PTR_ERR(ref);
		/* The self-signature's algorithm, or the key's, is not there. */
		return err == -ENOENT ? -ENOPKG : err;
	}
	err = can_verify(key_ref_to_ptr(ref));
	key_ref_put(ref);
	return err;
}

static int make_keyring(struct anchor *set, u32 count, struct key **ret, u32 *usable)
{
	struct key *ring =
		keyring_alloc("interdict", GLOBAL_ROOT_UID, GLOBAL_ROOT_GID, current_cred(),
			      KEY_POS_SEARCH | KEY_POS_WRITE, KEY_ALLOC_NOT_IN_QUOTA, NULL, NULL);
	u32 i;

	if (IS_ERR(ring))
		return PTR_ERR(ring);
	*usable = 0;
	for (i = 0; i < count; i++) {
		set[i].error = add_key(ring, &set[i]);
		*usable += !set[i].error;
	}
	if (!*usable) {
		key_put(ring);
		return -ENOPKG;
	}
	*ret = ring;
	return 0;
}

int seal_anchors(struct interdict_seal *request)
{
	struct anchor *set;
	struct key *ring;
	u32 i, usable;
	int err;

	if (!is_request(request))
		return -EINVAL;
	set = kcalloc(request->count, sizeof(*set), GFP_KERNEL);
	if (!set)
		return -ENOMEM;
	err = copy_anchors(request, set);
	if (err)
		goto out;

	mutex_lock(&lock);
	err = keyring ? -EEXIST : make_keyring(set, request->count, &ring, &usable);
	if (!err) {
		memcpy(anchors, set, request->count * sizeof(*set));
		memcpy(device, request->device, sizeof(device));
		proved_ns = request->proved * NSEC_PER_SEC - (s64)ktime_get_boottime_ns();
		anchor_count = request->count;
		usable_count = usable;
		keyring = ring;
	}
	mutex_unlock(&lock);
	for (i = 0; i < request->count; i++)
		request->anchor[i].error = set[i].error;
	if (err)
		drop(set, request->count);
out:
	kfree(set);
	return err;
}

int seal_get_anchor(struct interdict_anchor *request)
{
	int err = -ENOENT;

	if (request->reserved)
		return -EINVAL;
	mutex_lock(&lock);
	if (request->index < anchor_count) {
		const struct anchor *anchor = &anchors[request->index];

		memset(request->der, 0, sizeof(request->der));
		memcpy(request->der, anchor->der, anchor->len);
		request->len = anchor->len;
		request->error = anchor->error;
		err = 0;
	}
	mutex_unlock(&lock);
	return err;
}

/* ---- tokens ---- */

/* Whether somebody who is sealed vouches for the text. */
static int verify(const void *text, u32 len, const void *signature, u32 signature_len)
{
	int err = verify_pkcs7_signature(text, len, signature, signature_len, keyring,
					 VERIFYING_UNSPECIFIED_SIGNATURE, NULL, NULL);

	if (!err)
		err = token_signer_check(signature, signature_len);
	/* ENOKEY, EBADMSG, ENOPKG, EINVAL and others: what the message is not does not matter. */
	return err == -ENOMEM ? err : err ? -EKEYREJECTED : 0;
}

static int check_unused(const struct token *token)
{
	u32 i;

	for (i = 0; i < used_count; i++)
		if (!memcmp(used[i], token->nonce, sizeof(used[i])))
			return -EALREADY;
	return used_count < SEAL_TOKENS_MAX ? 0 : -ENOSPC;
}

static int take(const char *text, u32 len, const u8 *signature, u32 signature_len)
{
	struct token token;
	const char *why;
	int err;

	if (!keyring)
		return -ENOENT;
	err = verify(text, len, signature, signature_len);
	if (!err)
		err = token_parse(text, len, &token, &why);
	if (!err)
		err = token_check(&token, device, early(), late());
	if (!err)
		err = check_unused(&token);
	if (err) {
		refused_count++;
		return err;
	}
	memcpy(used[used_count++], token.nonce, sizeof(token.nonce));
	last = token;
	if (token.action == TOKEN_UNLOAD)
		release_until = token.not_after;
	if (token.action == TOKEN_TOOL)
		replace_until = token.not_after;
	if (token.action == TOKEN_BREAK_GLASS)
		glass_until = token.not_after;
	return 0;
}

int seal_disarm(struct interdict_disarm *request)
{
	u8 *signature;
	char *text;
	int err;

	if (!request->text_len || request->text_len > TOKEN_MAX || !request->signature_len ||
	    request->signature_len > INTERDICT_SIGNATURE_MAX || request->reserved)
		return -EINVAL;
	text = memdup_user(u64_to_user_ptr(request->text), request->text_len);
	if (IS_ERR(text))
		return PTR_ERR(text);
	signature = memdup_user(u64_to_user_ptr(request->signature), request->signature_len);
	if (IS_ERR(signature)) {
		err = PTR_ERR(signature);
		goto out;
	}
	mutex_lock(&lock);
	err = take(text, request->text_len, signature, request->signature_len);
	if (!err) {
		request->action = last.action;
		request->until = last.not_after;
	}
	mutex_unlock(&lock);
	kfree(signature);
out:
	kfree(text);
	return err;
}

/* Uses it up. */
static bool allows(s64 *until)
{
	const bool yes = *until && late() <= *until;

	*until = 0;
	return yes;
}

int seal_release(bool replaced)
{
	int err = 0;

	mutex_lock(&lock);
	if (keyring && !(replaced && allows(&replace_until)) && !allows(&release_until))
		err = -EKEYREJECTED;
	mutex_unlock(&lock);
	return err;
}

void seal_show(struct seq_file *seq)
{
	mutex_lock(&lock);
	seq_printf(seq, "sealed %u\n", usable_count);
	seq_printf(seq, "unusable %u\n", anchor_count - usable_count);
	seq_printf(seq, "tokens-accepted %u\n", used_count);
	seq_printf(seq, "tokens-refused %llu\n", refused_count);
	if (used_count)
		seq_printf(seq, "token %s %lld\n", token_action_name(last.action), last.not_after);
	if (glass_until && early() <= glass_until)
		seq_printf(seq, "break-glass %lld\n", glass_until);
	if (release_until && late() <= release_until)
		seq_puts(seq, "release yes\n");
	if (replace_until && late() <= replace_until)
		seq_puts(seq, "replace yes\n");
	mutex_unlock(&lock);
}

void seal_exit(void)
{
	if (!keyring)
		return;
	key_put(keyring);
	drop(anchors, anchor_count);
}
