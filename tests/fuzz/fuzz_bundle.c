// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bundles, by the input's first byte: 'a', an archive as it would be in one; 'c', the same when its
 * checksums were made good; 'e', the whole file.
 * Beyond not crashing: an archive that is read has the members that libarchive finds in it, and is
 * the one that is made of them; a file that is verified is one of those that the fuzzer signed, to
 * the byte; and what is refused has a reason.
 *
 * FUZZ_SEEDS=DIR writes those that it signed, to be seeds.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <archive.h>
#include <archive_entry.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "userspace/bundle/bundle.h"
#include "userspace/policy/policy_source.h"
#include "userspace/policy/policy_ustar.h"

/* Times that do not change: of signing and verifying, and of the certificates. */
#define NOW	   1700000000
#define NOT_BEFORE "20200101000000Z"
#define NOT_AFTER  "20991231235959Z"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
	if (!condition)
		abort();
}

/* ---- archives ---- */

/* A member as libarchive sees it, which this project's reader must see, too. */
static void compare(struct policy_source *source, struct archive *a, struct archive_entry *entry)
{
	const char *path = archive_entry_pathname(entry), *why;
	struct policy_member *member;
	size_t size = (size_t)archive_entry_size(entry);
	char *text = malloc(size + 1);

	require(archive_entry_filetype(entry) == AE_IFREG && archive_entry_perm(entry) == 0644);
	require(!archive_entry_mtime(entry) && !archive_entry_uid(entry));
	require(!policy_source_read(source, path, POLICY_LIST_BYTES_MAX, &member, &why));
	require(text && member->len == size);
	require(archive_read_data(a, text, size + 1) == (la_ssize_t)size);
	require(!size || !memcmp(member->buf, text, size));
	free(text);
}

static void check_read(struct policy_source *source, const char *buf, size_t len)
{
	struct archive *a = archive_read_new();
	struct archive_entry *entry;
	char *again;
	size_t again_len, n = 0;

	require(a && !archive_read_support_format_tar(a) && !archive_read_support_format_empty(a));
	require(!archive_read_open_memory(a, buf, len));
	for (; archive_read_next_header(a, &entry) == ARCHIVE_OK; n++)
		compare(source, a, entry);
	archive_read_free(a);
	require(n == source->n);
	require(!policy_source_pack(source, len, &again, &again_len));
	require(again_len == len && !memcmp(again, buf, len));
	free(again);
}

static void read_archive(const char *buf, size_t len)
{
	struct policy_errors errs = { 0 };
	struct policy_source *source = NULL;
	struct policy *policy = NULL;
	int err;

	err = policy_source_archive("B", buf, len, &errs, &source);
	if (!err)
		check_read(source, buf, len);
	require(err == (errs.n ? -EBADMSG : 0) && !err == !!source);
	policy_source_free(source);
	policy_errors_free(&errs);
	err = policy_load_archive("B", buf, len, POLICY_UNENFORCED_KEEP, &policy, &errs);
	require(!err == !errs.count[POLICY_ERROR] && !err == !!policy);
	policy_errors_free(&errs);
	policy_free(policy);
}

/* In each block that looks like a header. */
static void make_checksums_good(uint8_t *bytes, size_t len)
{
	for (; len >= USTAR_BLOCK; bytes += USTAR_BLOCK, len -= USTAR_BLOCK) {
		struct ustar *h = (struct ustar *)bytes;
		unsigned int sum = 0;

		if (memcmp(h->magic, "ustar", 5) != 0)
			continue;
		memset(h->checksum, ' ', sizeof(h->checksum));
		for (size_t i = 0; i < sizeof(*h); i++)
			sum += bytes[i];
		snprintf(h->checksum, sizeof(h->checksum), "%06o", sum);
	}
}

/* ---- the whole ---- */

enum { ALONE, BELOW, BUNDLES };

static struct {
	unsigned char *der;
	size_t len;
} bundles[BUNDLES];

static struct trust *trust; /* in the root */

static bool is_ours(const uint8_t *der, size_t len)
{
	for (int i = 0; i < BUNDLES; i++)
		if (len == bundles[i].len && !memcmp(der, bundles[i].der, len))
			return true;
	return false;
}

static void read_bundle(const uint8_t *der, size_t len)
{
	char why[BUNDLE_WHY_MAX] = "";
	struct bundle bundle = { 0 };
	int err = bundle_verify(der, len, trust, NOW, &bundle, why);

	require(!err == is_ours(der, len) && !err == !*why);
	bundle_free(&bundle);
}

static X509 *certificate(EVP_PKEY *key, const char *name, const char *constraints,
			 EVP_PKEY *issuer_key, X509 *issuer)
{
	X509 *cert = X509_new();
	X509_EXTENSION *extension =
		X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, constraints);

	require(X509_set_version(cert, X509_VERSION_3) && X509_set_pubkey(cert, key));
	ASN1_INTEGER_set(X509_get_serialNumber(cert), *name);
	ASN1_TIME_set_string(X509_getm_notBefore(cert), NOT_BEFORE);
	ASN1_TIME_set_string(X509_getm_notAfter(cert), NOT_AFTER);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
				   (const unsigned char *)name, -1, -1, 0);
	X509_set_issuer_name(cert, X509_get_subject_name(issuer ? issuer : cert));
	X509_add_ext(cert, extension, -1);
	X509_EXTENSION_free(extension);
	require(X509_sign(cert, issuer_key, NULL));
	return cert;
}

static void sign(int i, EVP_PKEY *key, X509 *cert, X509 *above)
{
	struct bundle_credentials credentials = { key, cert, sk_X509_new_null() };
	char why[BUNDLE_WHY_MAX];

	if (above)
		sk_X509_push(credentials.chain, above);
	require(!bundle_sign("the content", 11, &credentials, NOW, &bundles[i].der, &bundles[i].len,
			     why));
	sk_X509_free(credentials.chain);
}

static void write_seed(const char *dir, int i, const char *name)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	require(f && fputc('e', f) == 'e' && fwrite(bundles[i].der, bundles[i].len, 1, f) == 1 &&
		!fclose(f));
}

/* Keys of fixed bytes, and Ed25519: the same bundles in each run. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const uint8_t secrets[3][32] = { "root", "authority", "signer" };
	X509 *root, *authority, *signer;
	EVP_PKEY *keys[3];

	(void)argc;
	(void)argv;
	for (int i = 0; i < 3; i++)
		keys[i] = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, secrets[i], 32);
	root = certificate(keys[0], "root", "CA:TRUE", keys[0], NULL);
	authority = certificate(keys[1], "authority", "CA:TRUE", keys[0], root);
	signer = certificate(keys[2], "signer", "CA:FALSE", keys[1], authority);
	sign(ALONE, keys[0], root, NULL);
	sign(BELOW, keys[2], signer, authority);
	require(!trust_in(root, &trust));
	X509_free(root);
	X509_free(authority);
	X509_free(signer);
	for (int i = 0; i < 3; i++)
		EVP_PKEY_free(keys[i]);
	if (getenv("FUZZ_SEEDS")) {
		write_seed(getenv("FUZZ_SEEDS"), ALONE, "alone");
		write_seed(getenv("FUZZ_SEEDS"), BELOW, "below-authority");
		exit(0);
	}
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy;

	if (!size)
		return 0;
	/* A copy of its own, so that reading one byte too far is seen. */
	copy = malloc(size - 1);
	if (!copy && size > 1)
		return 0;
	if (size > 1)
		memcpy(copy, data + 1, size - 1);
	if (data[0] == 'c')
		make_checksums_good(copy, size - 1);
	if (data[0] == 'a' || data[0] == 'c')
		read_archive((const char *)copy, size - 1);
	else if (data[0] == 'e')
		read_bundle(copy, size - 1);
	free(copy);
	return 0;
}
