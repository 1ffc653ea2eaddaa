// SPDX-License-Identifier: GPL-2.0-or-later
/* Tokens as files: signed here and by `openssl cms`, verified, split, and taken where nothing is
 * sealed. */
#include <errno.h>

#include "tests/unit/bundles.h"

#include "userspace/token/token_write.h"

#define NOW 1795334400 /* 2026-11-22T08:00:00Z */
#define TEXT                                                                                     \
	"interdict-token: 1\naction: break-glass\ndevice: *\nnot-before: 2020-01-01T00:00:00Z\n" \
	"not-after: 2036-01-01T00:00:00Z\nnonce: 00112233445566778899aabbccddeeff\n"

static const char setup_commands[] =
	"openssl req -x509 -newkey rsa:2048 -nodes -keyout rsa.key -out rsa.pem -days 9 "
	"	-subj '/O=Office/CN=rsa signer' &&"
	"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ec.key "
	"	-out ec.pem -days 9 -subj '/O=Office/CN=ec signer' &&"
	"mkdir trust && cp rsa.pem ec.pem trust &&"
	"for k in rsa ec; do openssl cms -sign -binary -nosmimecap -nodetach -in text -signer $k.pem "
	"	-inkey $k.key -outform DER -out $k.token &&"
	"openssl cms -sign -binary -nosmimecap -in text -signer $k.pem -inkey $k.key -outform DER "
	"	-out $k.detached || exit; done &&"
	"echo other >other && openssl cms -sign -binary -nosmimecap -nodetach -in other -signer rsa.pem "
	"	-inkey rsa.key -outform DER -out other.token";

static int setup(void **state)
{
	if (tempdir_setup(state))
		return -1;
	tempdir_write("text", TEXT);
	run(setup_commands);
	return 0;
}

static struct trust *trusted(void)
{
	struct policy_errors errs = { 0 };
	struct trust *trust = NULL;

	assert_int_equal(trust_load(tempdir_path("trust"), &trust, &errs), 0);
	policy_errors_free(&errs);
	return trust;
}

/* OpenSSL alone makes one, and what is split off it is what OpenSSL verifies as a detached
 * signature. */
static void by_openssl(void **state)
{
	static const char *const kinds[] = { "rsa", "ec" };
	struct trust *trust = trusted();
	char why[BUNDLE_WHY_MAX], name[32];
	struct token_file file;
	FILE *f;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		snprintf(name, sizeof(name), "%s.token", kinds[i]);
		if (token_file_read(tempdir_path(name), trust, time(NULL), &file, why))
			fail_msg("%s: %s", name, why);
		assert_int_equal(file.token.action, TOKEN_BREAK_GLASS);
		assert_int_equal(file.text_len, strlen(TEXT));
		assert_memory_equal(file.text, TEXT, file.text_len);
		f = fopen(tempdir_path("split"), "w");
		assert_non_null(f);
		assert_int_equal(fwrite(file.signature, file.signature_len, 1, f), 1);
		fclose(f);
		run("openssl cms -verify -binary -inform DER -in split -content text -purpose any "
		    "-CAfile rsa.pem -out /dev/null || openssl cms -verify -binary -inform DER "
		    "-in split -content text -purpose any -CAfile ec.pem -out /dev/null");
		token_file_free(&file);
	}
	trust_free(trust);
}

static void refused(void **state)
{
	static const struct {
		const char *name;
		int err;
		const char *why;
	} files[] = {
		{ "none", -ENOENT, "No such file" },
		{ "text", -EBADMSG, "is not a bundle" },
		{ "other.token", -EBADMSG, "is not a token: it does not begin with" },
		{ "rsa.detached", -EKEYREJECTED, "what it signs is not in it" },
	};
	struct trust *trust = trusted();
	char why[BUNDLE_WHY_MAX];
	struct token_file file;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(files); i++) {
		int err =
			token_file_read(tempdir_path(files[i].name), trust, time(NULL), &file, why);

		if (err != files[i].err || !strstr(why, files[i].why))
			fail_msg("%s: %d, %s", files[i].name, err, why);
	}
	/* Certificates are judged as of the time that is given. */
	assert_int_equal(token_file_read(tempdir_path("rsa.token"), trust, 1, &file, why),
			 -EKEYREJECTED);
	trust_free(trust);
}

static void taken(void **state)
{
	struct token_use use = { .path = tempdir_path("rsa.token"),
				 .actions = 1U << TOKEN_BREAK_GLASS,
				 .early = time(NULL),
				 .late = time(NULL),
				 .trust_dir = strdup(tempdir_path("trust")) };
	char why[BUNDLE_WHY_MAX], device[TOKEN_DEVICE_LEN + 1];
	struct token_used used;

	(void)state;
	if (token_device(device)) {
		free((char *)use.trust_dir);
		skip();
	}
	assert_int_equal(token_take(&use, &used, why), 0);
	assert_false(used.sealed);
	assert_string_equal(used.text,
			    "a token for break-glass, to 2036-01-01T00:00:00Z, signed by "
			    "CN=rsa signer,O=Office");
	use.actions = 1U << TOKEN_UNLOAD;
	assert_int_equal(token_take(&use, &used, why), -EKEYREJECTED);
	assert_string_equal(why, "is a token for another action, break-glass");
	use.actions = 1U << TOKEN_BREAK_GLASS;
	use.early = 1;
	assert_int_equal(token_take(&use, &used, why), -EAGAIN);
	free((char *)use.trust_dir);
}

/* Made, written, read back. */
static void made(void **state)
{
	struct token token = { .action = TOKEN_OFF,
			       .device = "*",
			       .not_before = NOW,
			       .not_after = NOW + 60,
			       .policy = "government-baseline",
			       .serial = 42 };
	struct bundle_credentials credentials;
	struct trust *trust = trusted();
	char why[BUNDLE_WHY_MAX], key[256], cert[256];
	struct token_file file;
	const char *what;

	(void)state;
	snprintf(key, sizeof(key), "%s", tempdir_path("ec.key"));
	snprintf(cert, sizeof(cert), "%s", tempdir_path("ec.pem"));
	assert_int_equal(token_set_nonce(&token), 0);
	assert_int_equal(bundle_credentials_read(key, cert, NULL, &credentials, &what, why), 0);
	if (token_write(tempdir_path("off.token"), &token, &credentials, time(NULL), why))
		fail_msg("%s", why);
	bundle_credentials_free(&credentials);
	if (token_file_read(tempdir_path("off.token"), trust, time(NULL), &file, why))
		fail_msg("%s", why);
	assert_memory_equal(&file.token, &token, sizeof(token));
	token_file_free(&file);
	trust_free(trust);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_openssl),
		cmocka_unit_test(refused),
		cmocka_unit_test(taken),
		cmocka_unit_test(made),
	};

	return cmocka_run_group_tests(tests, setup, tempdir_teardown);
}
