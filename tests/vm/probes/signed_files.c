// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * signed_files DIR: signed files of several vendors, made on the host, and the rules that name
 * them.
 *
 * Each vendor is to be banned by one kind of rule, whose line for "match:" is in DIR/rules/KIND:
 * publisher, der, is, spki, skid. In DIR/KIND are
 *
 *	first.exe	a PE image
 *	first.apk	an Android package, with a signing block (v2)
 *	first.jar	the same, with a JAR signature (v1)
 *	second.*	another release: other content, the same key
 *	renewed.*	another certificate of the same key
 *	appended.*	with bytes behind what was signed
 *	stripped.*	without the signature
 *
 * DIR/others has what others signed, under the same CA and with the same time-stamp service; in
 * bystander.exe the first vendor's certificate is among the signature's. There and in DIR/publisher
 * are cert.pem and key.pem, to sign modules with. DIR/pgp has the sections of an AppImage that is
 * signed. DIR/limits/many.exe makes more claims than are kept. DIR/malformed-first and
 * DIR/malformed-second have files, of two contents, that were damaged after they were signed
 * (sound.AppImage was not).
 */
#include <sys/stat.h>
#include <stdio.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "tests/unit/signing_block.h"

#include "signed_files.h"

static EVP_PKEY *ca_key;
static X509 *ca;
static const char *directory;

static const char *const kinds[] = { "publisher", "der", "is", "spki", "skid" };
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static void add_extension(X509 *cert, int nid, const char *value)
{
	X509V3_CTX context;
	X509_EXTENSION *extension;

	X509V3_set_ctx(&context, cert, cert, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	assert_true(extension && X509_add_ext(cert, extension, -1));
	X509_EXTENSION_free(extension);
}

static void certify(struct made *to, EVP_PKEY *key, const char *organization, long serial)
{
	X509_NAME *name;

	to->key = key;
	to->cert = X509_new();
	name = X509_get_subject_name(to->cert);
	assert_true(to->key && X509_set_version(to->cert, 2) &&
		    ASN1_INTEGER_set(X509_get_serialNumber(to->cert), serial) &&
		    X509_time_adj_ex(X509_getm_notBefore(to->cert), -2, 0, NULL) &&
		    X509_time_adj_ex(X509_getm_notAfter(to->cert), 36500, 0, NULL) &&
		    X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8,
					       (const unsigned char *)organization, -1, -1, 0) &&
		    X509_set_pubkey(to->cert, to->key) &&
		    X509_set_issuer_name(to->cert, X509_get_subject_name(ca ? ca : to->cert)));
	add_extension(to->cert, NID_subject_key_identifier, "hash");
	assert_true(X509_sign(to->cert, ca_key ? ca_key : to->key, EVP_sha256()));
	to->der = NULL;
	to->len = i2d_X509(to->cert, &to->der);
	assert_true(to->len > 0);
}

FILE *create(const char *dir, const char *name)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", directory, dir);
	mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/%s/%s", directory, dir, name);
	f = fopen(path, "w");
	if (!f) {
		perror(path);
		exit(1);
	}
	return f;
}

void write_file(const char *dir, const char *name, const void *bytes, size_t len)
{
	FILE *f = create(dir, name);

	if (fwrite(bytes, 1, len, f) != len || fclose(f)) {
		perror(name);
		exit(1);
	}
}

static void save(const char *dir, const char *name)
{
	write_file(dir, name, image.bytes, image.size);
}

/* --- what signs */

#define RFC3161 "1.3.6.1.4.1.311.3.3.1"

static int encode(CMS_ContentInfo *cms, uint8_t **der)
{
	BIO *content = BIO_new_mem_buf("content", 7);
	int len;

	assert_true(CMS_final(cms, content, NULL, CMS_BINARY | CMS_DETACHED));
	*der = NULL;
	len = i2d_CMS_ContentInfo(cms, der);
	assert_true(len > 0);
	BIO_free(content);
	return len;
}

static void add_signer(CMS_ContentInfo *cms, const struct made *signer)
{
	assert_non_null(CMS_add1_signer(cms, signer->cert, signer->key, NULL, CMS_NOSMIMECAP));
}

/* A time-stamp service's answer, as an unsigned attribute of the first signature. */
static void stamp(CMS_ContentInfo *cms, const struct made *service)
{
	CMS_ContentInfo *token = CMS_sign(NULL, NULL, NULL, NULL, CMS_PARTIAL | CMS_DETACHED);
	CMS_SignerInfo *first = sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms), 0);
	uint8_t *der;
	int len;

	add_signer(token, service);
	len = encode(token, &der);
	assert_true(CMS_unsigned_add1_attr_by_txt(first, RFC3161, V_ASN1_SEQUENCE, der, len));
	OPENSSL_free(der);
	CMS_ContentInfo_free(token);
}

/* PKCS#7 of count signers, time-stamped, with the certificates of their CA and of a bystander. */
static int signature(const struct made *by, unsigned int count, const struct made *service,
		     const struct made *bystander, uint8_t **der)
{
	CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, NULL, CMS_PARTIAL | CMS_DETACHED);
	unsigned int i;
	uint8_t *unstamped;
	int len;

	assert_true(CMS_add1_cert(cms, ca));
	if (bystander)
		assert_true(CMS_add1_cert(cms, bystander->cert));
	for (i = 0; i < count; i++)
		add_signer(cms, &by[i]);
	len = encode(cms, &unstamped);
	OPENSSL_free(unstamped);
	if (service)
		stamp(cms, service);
	*der = NULL;
	len = i2d_CMS_ContentInfo(cms, der);
	assert_true(len > 0);
	CMS_ContentInfo_free(cms);
	return len;
}

/* --- PE, as its specification has it: headers, one section of text, the certificate table */

#define PE_AT	    128
#define OPTIONAL_AT (PE_AT + 24)
#define SECURITY_AT (OPTIONAL_AT + 112 + 4 * 8)
#define PE_TABLE    1024

static void pe_begin(const char *content)
{
	image.size = 0;
	put_zeros(&image, PE_TABLE);
	memcpy(image.bytes, "MZ", 2);
	memcpy(image.bytes + 64, content, 5);
	put_at(&image, 60, 4, PE_AT);
	memcpy(image.bytes + PE_AT, "PE\0\0", 4);
	put_at(&image, PE_AT + 4, 2, 0x8664);
	put_at(&image, PE_AT + 20, 2, 240);
	put_at(&image, PE_AT + 22, 2, 0x22);
	put_at(&image, OPTIONAL_AT, 2, 0x20b);
	put_at(&image, OPTIONAL_AT + 108, 4, 16);
	memcpy(image.bytes + 512, content, strlen(content));
}

static void pe_sign(const uint8_t *der, int len)
{
	put_number(&image, 4, len + 8);
	put_number(&image, 2, 0x200);
	put_number(&image, 2, 2);
	put(&image, der, len);
	put_zeros(&image, -image.size & 7);
	put_at(&image, SECURITY_AT, 4, PE_TABLE);
	put_at(&image, SECURITY_AT + 4, 4, image.size - PE_TABLE);
}

static void make_pe(const struct made *by, unsigned int count, const char *content,
		    const struct made *bystander)
{
	uint8_t *der;
	int len = signature(by, count, &made[TSA], bystander, &der);

	pe_begin(content);
	pe_sign(der, len);
	OPENSSL_free(der);
}

/* --- APK and JAR */

static void package_begin(const char *content)
{
	image.size = 0;
	zip_begin(&zip, &image);
	zip_add(&zip, "AndroidManifest.xml", content, strlen(content), true);
}

static void make_apk(unsigned int signer, const char *content)
{
	package_begin(content);
	block = image.size;
	put_zeros(&image, 8);
	put_pair(ID_V2, LIST(signer), NULL);
	apk_end();
}

static void make_jar(const struct made *signer, const char *content)
{
	uint8_t *der;
	int len = made_pkcs7(signer, &der);

	package_begin(content);
	zip_add(&zip, "META-INF/MANIFEST.MF", "Manifest-Version: 1.0\r\n\r\n", 25, true);
	zip_add(&zip, "META-INF/SIGNER.SF", "Signature-Version: 1.0\r\n\r\n", 26, true);
	zip_add(&zip, "META-INF/SIGNER.EC", der, len, true);
	zip_end(&zip, 0);
	OPENSSL_free(der);
}

/* --- what is made of them */

static void append(const char *dir, const char *name)
{
	put(&image, "and more, behind all that was signed", 36);
	save(dir, name);
}

static void make_release(const char *dir, const char *release, unsigned int signer)
{
	char name[64], content[128];

	snprintf(content, sizeof(content), "%s of %s", release, dir);
	snprintf(name, sizeof(name), "%s.exe", release);
	make_pe(&made[signer], 1, content, NULL);
	save(dir, name);
	snprintf(name, sizeof(name), "%s.apk", release);
	make_apk(signer, content);
	save(dir, name);
	snprintf(name, sizeof(name), "%s.jar", release);
	make_jar(&made[signer], content);
	save(dir, name);
}

/* To sign with in the guest. Of RSA: Debian's 6.1 refuses modules whose signature is ECDSA, which
 * it does not have. */
static void save_key(const char *dir, unsigned int signer)
{
	FILE *f = create(dir, "cert.pem");

	assert_true(PEM_write_X509(f, made[signer].cert) && !fclose(f));
	f = create(dir, "key.pem");
	assert_true(PEM_write_PrivateKey(f, made[signer].key, NULL, NULL, 0, NULL, NULL) &&
		    !fclose(f));
}

static void make_vendor(const char *dir, unsigned int signer)
{
	make_release(dir, "first", signer);
	make_release(dir, "second", signer);
	make_release(dir, "renewed", RENEWED + signer);
	make_pe(&made[signer], 1, "appended", NULL);
	append(dir, "appended.exe");
	make_apk(signer, "appended");
	append(dir, "appended.apk");
	pe_begin("first");
	save(dir, "stripped.exe");
	package_begin("first");
	zip_end(&zip, 0);
	save(dir, "stripped.apk");
}

void write_rule(const char *name, const char *before, const uint8_t *value, unsigned int len)
{
	FILE *f = create("rules", name);
	unsigned int i;

	fprintf(f, "  - %s", before);
	for (i = 0; i < len; i++)
		fprintf(f, "%02x", value[i]);
	fputc('\n', f);
	assert_true(!fclose(f));
}

/* The SHA-256 of what OpenSSL encodes. */
static void write_digest_rule(const char *name, const char *before, uint8_t *der, int len)
{
	uint8_t digest[SHA256_DIGEST_LENGTH];

	assert_true(len > 0);
	SHA256(der, len, digest);
	OPENSSL_free(der);
	write_rule(name, before, digest, sizeof(digest));
}

static void write_rules(void)
{
	const ASN1_OCTET_STRING *skid = X509_get0_subject_key_id(made[4].cert);
	PKCS7_ISSUER_AND_SERIAL *is = PKCS7_ISSUER_AND_SERIAL_new();
	uint8_t *der = NULL;
	int len;

	write_rule("publisher", "publisher: Vendor banned by publisher", NULL, 0);
	len = i2d_X509(made[1].cert, &der);
	write_digest_rule("der", "certificate: der:", der, len);
	assert_true(X509_NAME_set(&is->issuer, X509_get_issuer_name(made[2].cert)));
	ASN1_INTEGER_free(is->serial);
	is->serial = ASN1_INTEGER_dup(X509_get0_serialNumber(made[2].cert));
	der = NULL;
	len = i2d_PKCS7_ISSUER_AND_SERIAL(is, &der);
	write_digest_rule("is", "certificate: is:", der, len);
	PKCS7_ISSUER_AND_SERIAL_free(is);
	der = NULL;
	len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(made[3].cert), &der);
	write_digest_rule("spki", "key: spki:", der, len);
	write_rule("skid", "key: skid:", ASN1_STRING_get0_data(skid), ASN1_STRING_length(skid));
}

static void make_identities(void)
{
	struct made authority;
	char name[64];
	unsigned int i;

	certify(&authority, EVP_RSA_gen(2048), "Authority of all of them", 1);
	ca = authority.cert;
	ca_key = authority.key;
	certify(&made[TSA], EVP_EC_gen("P-256"), "Stamps of Time", 2);
	certify(&made[NEIGHBOUR], EVP_RSA_gen(2048), "Another vendor", 3);
	for (i = 0; i < KINDS; i++) {
		snprintf(name, sizeof(name), "Vendor banned by %s", kinds[i]);
		certify(&made[i], i ? EVP_EC_gen("P-256") : EVP_RSA_gen(2048), name, 100 + i);
		certify(&made[RENEWED + i], made[i].key, name, 200 + i);
	}
}

static void make_others(void)
{
	struct made many[SIGNERS_TOO_MANY];
	char name[64];
	unsigned int i;

	make_release("others", "first", NEIGHBOUR);
	save_key("others", NEIGHBOUR);
	make_pe(&made[NEIGHBOUR], 1, "with a bystander", &made[0]);
	save("others", "bystander.exe");
	for (i = 0; i < SIGNERS_TOO_MANY; i++) {
		snprintf(name, sizeof(name), "One of many, %u", i);
		certify(&many[i], EVP_EC_gen("P-256"), name, 300 + i);
	}
	make_pe(many, SIGNERS_TOO_MANY, "of too many", NULL);
	save("limits", "many.exe");
}

/* Of both contents: one is banned by its hash as well. */
static void make_malformed(void)
{
	static const char *const contents[] = { "first", "second" };
	uint8_t *der;
	char dir[64];
	unsigned int i;
	int len;

	for (i = 0; i < 2; i++) {
		snprintf(dir, sizeof(dir), "malformed-%s", contents[i]);
		make_pe(&made[0], 1, contents[i], NULL);
		malform_pe(dir, &image, PE_TABLE, SECURITY_AT);
		make_apk(0, contents[i]);
		malform_apk(dir, &image, block, zip.directory);
		malform_appimage(dir, contents[i]);
		len = made_pkcs7(&made[0], &der);
		malform_appended(dir, contents[i], der, len);
		OPENSSL_free(der);
	}
}

int main(int argc, char **argv)
{
	unsigned int i;

	if (argc != 2) {
		fprintf(stderr, "usage: signed_files DIR\n");
		return 2;
	}
	directory = argv[1];
	mkdir(directory, 0755);
	make_identities();
	write_rules();
	for (i = 0; i < KINDS; i++)
		make_vendor(kinds[i], i);
	save_key("publisher", 0);
	make_others();
	make_pgp();
	make_malformed();
	return 0;
}
