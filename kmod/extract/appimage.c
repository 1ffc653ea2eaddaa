// SPDX-License-Identifier: GPL-2.0-only
#include "appimage.h"

#include "armor.h"
#include "elf.h"
#include "openpgp.h"

#define MAGIC_AT 8

bool appimage_begins(const __u8 *head, __u32 len)
{
	return len >= APPIMAGE_HEAD && !memcmp(head, "\177ELF", 4) &&
	       !memcmp(head + MAGIC_AT, "AI", 2) &&
	       (head[MAGIC_AT + 2] == 1 || head[MAGIC_AT + 2] == 2);
}

/* Who signed: whom a signature names, and the number of its claims. */
struct signer {
	struct openpgp_issuer issuer;
	__u8 number;
	bool known; /* there is a claim */
};

static int add_fingerprint(struct interdict_claims *claims, struct signer *signer,
			   const __u8 *fingerprint, __u8 len)
{
	int err;

	/* The first claim says the number: there may be none. */
	if (!signer->known)
		signer->number = claims_next_signer(claims);
	err = claims_add(claims, INTERDICT_KIND_KEY, INTERDICT_FORM_PGP, INTERDICT_SOURCE_APPIMAGE,
			 signer->number, fingerprint, len);
	if (!err)
		signer->known = true;
	return err;
}

/* Opens a section of OpenPGP packets; its size is 0 where there is none. */
static int open_section(struct elf *elf, const char *name, struct armor *armor)
{
	struct elf_entry section;
	int err;

	err = elf_section_by_name(elf, name, &section);
	if (err == ELF_NOT_THERE)
		return armor_open(armor, elf->reader, 0, 0);
	if (err)
		return err;
	if (!reader_has(elf->reader, section.offset, section.size))
		return -EBADMSG;
	return armor_open(armor, elf->reader, section.offset, section.size);
}

/* count is right also on errors: of the signatures in front. */
static int read_signers(struct elf *elf, struct armor *armor, struct signer *signers, __u32 *count)
{
	struct openpgp_walk walk = {};
	struct openpgp_issuer issuer;
	int err;

	*count = 0;
	err = open_section(elf, ".sha256_sig", armor);
	if (err)
		return err;
	for (;;) {
		err = openpgp_signature_next(&armor->reader, &walk, &issuer);
		if (err)
			return err == OPENPGP_END ? 0 : err;
		if (*count == OPENPGP_SIGNATURES)
			return -E2BIG;
		signers[*count].issuer = issuer;
		signers[*count].known = false;
		(*count)++;
	}
}

static bool is_issuer(const struct openpgp_key *key, const struct openpgp_issuer *issuer)
{
	if (!key->fingerprint_len)
		return false;
	if (issuer->fingerprint_len)
		return issuer->fingerprint_len == key->fingerprint_len &&
		       !memcmp(issuer->fingerprint, key->fingerprint, key->fingerprint_len);
	return issuer->has_key_id && !memcmp(issuer->key_id, key->key_id, OPENPGP_KEY_ID_LEN);
}

static int match_keys(struct elf *elf, struct armor *armor, struct signer *signers, __u32 count,
		      struct interdict_claims *claims)
{
	struct openpgp_walk walk = {};
	struct openpgp_key primary = {};
	struct openpgp_key key;
	__u32 i;
	int err;

	err = open_section(elf, ".sig_key", armor);
	if (err)
		return err;
	for (;;) {
		err = openpgp_key_next(&armor->reader, &walk, &key);
		if (err)
			return err == OPENPGP_END ? 0 : err;
		if (!key.subkey)
			primary = key;
		for (i = 0; i < count; i++) {
			if (!is_issuer(&key, &signers[i].issuer))
				continue;
			if (key.subkey && primary.fingerprint_len)
				err = add_fingerprint(claims, &signers[i], primary.fingerprint,
						      primary.fingerprint_len);
			if (!err)
				err = add_fingerprint(claims, &signers[i], key.fingerprint,
						      key.fingerprint_len);
			if (err)
				return err;
		}
	}
}

int appimage_claims(struct reader *reader, struct interdict_claims *claims)
{
	struct signer signers[OPENPGP_SIGNATURES];
	struct armor armor;
	struct elf elf;
	__u32 i, count;
	int err;

	/* The reader has a budget of its own. */
	err = elf_open(&elf, reader, ~(__u32)0);
	if (err)
		return err == ELF_NOT_THERE ? 0 : err;
	err = claims_note(claims, read_signers(&elf, &armor, signers, &count));
	if (err || !count)
		return err;
	err = claims_note(claims, match_keys(&elf, &armor, signers, count, claims));
	if (err)
		return err;
	for (i = 0; i < count; i++) {
		const struct openpgp_issuer *issuer = &signers[i].issuer;

		if (signers[i].known)
			continue;
		if (!issuer->fingerprint_len)
			return -EBADMSG;
		err = add_fingerprint(claims, &signers[i], issuer->fingerprint,
				      issuer->fingerprint_len);
		if (err)
			return err;
	}
	return 0;
}
