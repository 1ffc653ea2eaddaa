// SPDX-License-Identifier: GPL-2.0-or-later
/* Signatures that hold, and such that do not, each with its reason: appended ones, with and without
 * time stamps. */
#include "tests/unit/authorities.h"

#include <arpa/inet.h>
#include <time.h>

#include <openssl/ts.h>

#include "decide/explain.h"

#define OID_TOKEN "1.2.840.113549.1.9.16.2.14"

static struct identity early, web, tsa, old_tsa, foreign_tsa;

static int make(void **state)
{
	authorities_make(state);
	early = dated_identity(&ca, 4, "Vendor", "codeSigning", DAY, 2 * DAY);
	web = dated_identity(&ca, 5, "Vendor", "serverAuth", -DAY, DAY);
	tsa = dated_identity(&ca, 6, "TSA", "critical,timeStamping", -DAY, DAY);
	old_tsa = dated_identity(&ca, 7, "TSA", "critical,timeStamping", -1000 * DAY, -500 * DAY);
	foreign_tsa =
		dated_identity(&other_ca, 8, "TSA", "critical,timeStamping", -1000 * DAY, DAY);
	return 0;
}

static int unmake(void **state)
{
	struct identity *all[] = { &early, &web, &tsa, &old_tsa, &foreign_tsa };

	for (size_t i = 0; i < COUNT_OF(all); i++)
		free_identity(all[i]);
	return authorities_free(state);
}

/* ---- appended ---- */

static ASN1_INTEGER *serial(TS_RESP_CTX *ctx, void *data)
{
	ASN1_INTEGER *number = ASN1_INTEGER_new();

	(void)ctx;
	(void)data;
	ASN1_INTEGER_set(number, 4711);
	return number;
}

static int at_time(TS_RESP_CTX *ctx, void *data, long *sec, long *usec)
{
	(void)ctx;
	*sec = *(long *)data;
	*usec = 0;
	return 1;
}

/* A token (RFC 3161) of these bytes, by @id, that says @when. */
static PKCS7 *stamp(const struct identity *id, const void *bytes, size_t len, long when)
{
	TS_RESP_CTX *ctx = TS_RESP_CTX_new();
	ASN1_OBJECT *policy = OBJ_txt2obj("1.2.3.4", 1);
	TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
	X509_ALGOR *algorithm = X509_ALGOR_new();
	TS_REQ *request = TS_REQ_new();
	uint8_t digest[DIGEST_LEN];
	BIO *in = BIO_new(BIO_s_mem());
	TS_RESP *response;
	PKCS7 *token;

	assert_true(EVP_Digest(bytes, len, digest, NULL, EVP_sha256(), NULL));
	X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, NULL);
	assert_true(TS_MSG_IMPRINT_set_algo(imprint, algorithm));
	assert_true(TS_MSG_IMPRINT_set_msg(imprint, digest, sizeof(digest)));
	assert_true(TS_REQ_set_version(request, 1));
	assert_true(TS_REQ_set_msg_imprint(request, imprint));
	assert_true(TS_REQ_set_cert_req(request, 1));
	assert_true(i2d_TS_REQ_bio(in, request));
	assert_true(TS_RESP_CTX_set_signer_cert(ctx, id->cert));
	assert_true(TS_RESP_CTX_set_signer_key(ctx, id->key));
	assert_true(TS_RESP_CTX_set_def_policy(ctx, policy));
	assert_true(TS_RESP_CTX_add_md(ctx, EVP_sha256()));
	assert_true(TS_RESP_CTX_set_signer_digest(ctx, EVP_sha256()));
	TS_RESP_CTX_set_serial_cb(ctx, serial, NULL);
	TS_RESP_CTX_set_time_cb(ctx, at_time, &when);
	response = TS_RESP_create_response(ctx, in);
	assert_non_null(response);
	token = PKCS7_dup(TS_RESP_get_token(response));
	assert_non_null(token);
	TS_RESP_free(response);
	TS_REQ_free(request);
	TS_MSG_IMPRINT_free(imprint);
	X509_ALGOR_free(algorithm);
	ASN1_OBJECT_free(policy);
	TS_RESP_CTX_free(ctx);
	BIO_free(in);
	return token;
}

static void add_stamp(CMS_ContentInfo *cms, const struct identity *id, long when, bool of_another)
{
	CMS_SignerInfo *signer = sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms), 0);
	const ASN1_OCTET_STRING *signature = CMS_SignerInfo_get0_signature(signer);
	unsigned char *der = NULL;
	PKCS7 *token = stamp(id, ASN1_STRING_get0_data(signature),
			     (size_t)ASN1_STRING_length(signature) - of_another, when);
	int len = i2d_PKCS7(token, &der);

	assert_true(len > 0);
	assert_true(CMS_unsigned_add1_attr_by_txt(signer, OID_TOKEN, V_ASN1_SEQUENCE, der, len));
	OPENSSL_free(der);
	PKCS7_free(token);
}

/* PKCS#9: a SignerInfo of the signature. */
static void add_countersignature(CMS_ContentInfo *cms, const struct identity *id, long when,
				 bool of_another)
{
	CMS_SignerInfo *signer = sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms), 0);
	const ASN1_OCTET_STRING *signature = CMS_SignerInfo_get0_signature(signer);
	PKCS7_SIGNER_INFO *info = PKCS7_SIGNER_INFO_new();
	uint8_t digest[DIGEST_LEN];
	unsigned char *der = NULL;
	int len;

	assert_true(EVP_Digest(ASN1_STRING_get0_data(signature),
			       (size_t)ASN1_STRING_length(signature) - of_another, digest, NULL,
			       EVP_sha256(), NULL));
	assert_true(PKCS7_SIGNER_INFO_set(info, id->cert, id->key, EVP_sha256()));
	assert_true(PKCS7_add_signed_attribute(info, NID_pkcs9_contentType, V_ASN1_OBJECT,
					       OBJ_nid2obj(NID_pkcs7_data)));
	assert_true(PKCS7_add_signed_attribute(info, NID_pkcs9_signingTime, V_ASN1_UTCTIME,
					       ASN1_UTCTIME_set(NULL, when)));
	assert_true(PKCS7_add1_attrib_digest(info, digest, sizeof(digest)));
	assert_true(PKCS7_SIGNER_INFO_sign(info));
	len = i2d_PKCS7_SIGNER_INFO(info, &der);
	assert_true(len > 0);
	assert_true(CMS_unsigned_add1_attr_by_txt(signer, "1.2.840.113549.1.9.6", V_ASN1_SEQUENCE,
						  der, len));
	assert_true(CMS_add1_cert(cms, id->cert));
	OPENSSL_free(der);
	PKCS7_SIGNER_INFO_free(info);
}

/* The CMS with its trailer to a file behind its content. */
static void append(const char *path, const char *content, CMS_ContentInfo *cms)
{
	unsigned char trailer[12] = { [2] = 2 };
	unsigned char *der = NULL;
	int len = i2d_CMS_ContentInfo(cms, &der);
	uint32_t length = htonl((uint32_t)len);
	FILE *f;

	assert_true(len > 0);
	memcpy(trailer + 8, &length, sizeof(length));
	tempdir_write(path, content);
	f = fopen(tempdir_path(path), "a");
	assert_non_null(f);
	assert_int_equal(fwrite(der, (size_t)len, 1, f), 1);
	assert_int_equal(fwrite(trailer, sizeof(trailer), 1, f), 1);
	assert_true(fputs("~Module signature appended~\n", f) >= 0);
	assert_int_equal(fclose(f), 0);
	OPENSSL_free(der);
}

static CMS_ContentInfo *sign(const struct identity *id, const char *content, unsigned int flags)
{
	BIO *in = BIO_new_mem_buf(content, (int)strlen(content));
	CMS_ContentInfo *cms =
		CMS_sign(id->cert, id->key, NULL, in, CMS_BINARY | CMS_DETACHED | flags);

	assert_non_null(cms);
	BIO_free(in);
	return cms;
}

static void signed_by(const char *path, const struct identity *id, const char *content,
		      const char *over, unsigned int flags)
{
	CMS_ContentInfo *cms = sign(id, over, flags);

	append(path, content, cms);
	CMS_ContentInfo_free(cms);
}

static void test_appended(void **state)
{
	struct interdict_claims claims;
	struct verify_report report;

	(void)state;
	signed_by("file", &vendor, CONTENT, CONTENT, CMS_NOATTR);
	expect_all("file", "ca.pem", VERIFIED);
	expect_all("file", "other.pem", UNTRUSTED);
	/* The signer's own certificate may be what is trusted; by directory too. */
	put_cert("vendor.pem", vendor.cert);
	expect_all("file", "vendor.pem", VERIFIED);
	expect_all("file", ".", VERIFIED);
	signed_by("attributes", &vendor, CONTENT, CONTENT, 0);
	expect_all("attributes", "ca.pem", VERIFIED);
	/* Another content. */
	signed_by("tampered", &vendor, CONTENT, CONTENT "x", CMS_NOATTR);
	expect_all("tampered", "ca.pem", "the signature is not of this content by this key");
	signed_by("tampered", &vendor, CONTENT, CONTENT "x", 0);
	expect_all("tampered", "ca.pem", "its digest is not that of the content");
	signed_by("file", &expired, CONTENT, CONTENT, 0);
	expect_all("file", "ca.pem", EXPIRED);
	signed_by("file", &early, CONTENT, CONTENT, 0);
	expect_all("file", "ca.pem", "its certificate, or one above it, is not valid yet");
	signed_by("file", &web, CONTENT, CONTENT, 0);
	expect_all("file", "ca.pem", "its certificate is not for signing code");
	/* One that the signature does not carry: who trusts it has it. */
	signed_by("file", &vendor, CONTENT, CONTENT, CMS_NOATTR | CMS_NOCERTS);
	expect_all("file", "ca.pem", "neither the file nor the trust store has the certificate");
	expect_all("file", "vendor.pem", VERIFIED);
	signed_by("file", &vendor, CONTENT, CONTENT, CMS_NOATTR | CMS_NOCERTS | CMS_USE_KEYID);
	expect_all("file", "vendor.pem", VERIFIED);
	/* Unsigned: nothing to say. */
	tempdir_write("plain", CONTENT);
	look("plain", "ca.pem", &claims, &report);
	assert_int_equal(claims.count, 0);
}

/* A certificate with the vendor's name that somebody else made is not the vendor's, and a signature
 * by another key is none. */
static void test_forged(void **state)
{
	struct identity forged = dated_identity(&other_ca, 2, "Vendor", NULL, -DAY, DAY);
	struct identity mixed = { forged.key, vendor.cert };
	CMS_ContentInfo *cms;

	(void)state;
	signed_by("file", &forged, CONTENT, CONTENT, CMS_NOATTR);
	expect_all("file", "ca.pem", UNTRUSTED);
	/* The vendor's certificate with its key exchanged. */
	mixed.cert = X509_dup(vendor.cert);
	assert_true(X509_set_pubkey(mixed.cert, forged.key));
	cms = sign(&mixed, CONTENT, CMS_NOATTR | CMS_NOCERTS);
	assert_true(CMS_add1_cert(cms, vendor.cert));
	append("file", CONTENT, cms);
	expect_all("file", "ca.pem", "the signature is not of this content by this key");
	CMS_ContentInfo_free(cms);
	X509_free(mixed.cert);
	free_identity(&forged);
}

/* Two: each counts for its own certificate. */
static void test_stacked(void **state)
{
	char content[8192];
	size_t len;

	(void)state;
	signed_by("file", &vendor, CONTENT, CONTENT, CMS_NOATTR);
	expect_all("file", "ca.pem", VERIFIED);
	len = slurp("file", content, sizeof(content));
	spill("first", content, len);
	{
		BIO *in = BIO_new_mem_buf(content, (int)len);
		CMS_ContentInfo *cms =
			CMS_sign(expired.cert, expired.key, NULL, in, CMS_BINARY | CMS_DETACHED);

		append("second", "", cms);
		CMS_ContentInfo_free(cms);
		BIO_free(in);
	}
	run("cat first second >both");
	/* The certificates differ; the publisher is the same, and is verified by one. */
	assert_int_equal(verified("both", "ca.pem"), 5);
	run("printf x | dd of=both bs=1 seek=3 conv=notrunc status=none");
	assert_int_equal(verified("both", "ca.pem"), 0);
}

static void test_time(void **state)
{
	static const struct {
		const struct identity *by;
		long days;
		bool of_another;
		const char *why;
	} cases[] = {
		/* Stamped while it was valid, by one that has expired too. */
		{ &old_tsa, -700, false, VERIFIED },
		/* After it had expired. */
		{ &tsa, 0, false, EXPIRED },
		/* The stamp's certificate was not valid when it says it was made. */
		{ &tsa, -700, false, EXPIRED },
		{ &old_tsa, -1500, false, EXPIRED },
		/* Of another signature; by one that nobody trusted vouches for. */
		{ &old_tsa, -700, true, EXPIRED },
		{ &foreign_tsa, -700, false, EXPIRED },
	};

	(void)state;
	for (size_t i = 0; i < 2 * COUNT_OF(cases); i++) {
		CMS_ContentInfo *cms = sign(&expired, CONTENT, 0);
		const size_t row = i / 2;

		(i % 2 ? add_countersignature : add_stamp)(cms, cases[row].by,
							   (long)time(NULL) + cases[row].days * DAY,
							   cases[row].of_another);
		append("file", CONTENT, cms);
		expect_all("file", "ca.pem", cases[row].why);
		/* Whoever is not trusted stamps in vain. */
		put_cert("signer.pem", expired.cert);
		expect_all("file", "signer.pem", EXPIRED);
		CMS_ContentInfo_free(cms);
	}
}

/* What explain says of the signer; the verdict is the same. */
static void explained(const char *trust, bool is_verified, const char *why)
{
	static const char order[] = "interdict: 1\norder: o\ntitle: t\nauthority: a\n"
				    "reference: r\nreason: w\nmatch:\n  - publisher: vendor\n";
	struct explain_context context = { .device = { .early = 1000, .late = 1000 } };
	struct policy_errors errs = { 0 };
	struct verify_trust *trusted;
	char reason[VERIFY_WHY_MAX];
	struct subject subject;
	struct policy *policy;
	json_t *json, *claim;
	bool banned;

	assert_int_equal(policy_parse_order(order, strlen(order), "o", 0, &policy, &errs), 0);
	policy->mode = POLICY_MODE_ENFORCE;
	policy->name = "unit";
	assert_int_equal(verify_trust_load(tempdir_path(trust), &trusted, reason), 0);
	context.policy = policy;
	context.trust = trusted;
	assert_int_equal(subject_open(tempdir_path("file"), &subject), 0);
	assert_int_equal(explain(&subject, &context, &json, &banned), 0);
	assert_true(banned);
	claim = json_array_get(json_object_get(json_object_get(json, "file"), "claims"), 0);
	assert_int_equal(json_is_true(json_object_get(claim, "verified")), is_verified);
	if (is_verified)
		assert_true(json_is_null(json_object_get(claim, "not_verified")));
	else
		assert_string_equal(json_string_value(json_object_get(claim, "not_verified")), why);
	json_decref(json);
	subject_close(&subject);
	verify_trust_free(trusted);
	policy_free(policy);
}

static void test_explained(void **state)
{
	(void)state;
	signed_by("file", &vendor, CONTENT, CONTENT, 0);
	explained("ca.pem", true, NULL);
	explained("other.pem", false, UNTRUSTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_appended, setup, tempdir_teardown),
		cmocka_unit_test_setup_teardown(test_forged, setup, tempdir_teardown),
		cmocka_unit_test_setup_teardown(test_stacked, setup, tempdir_teardown),
		cmocka_unit_test_setup_teardown(test_time, setup, tempdir_teardown),
		cmocka_unit_test_setup_teardown(test_explained, setup, tempdir_teardown),
	};

	return cmocka_run_group_tests_name("verify", tests, make, unmake);
}
