// SPDX-License-Identifier: GPL-2.0-or-later
/* Private keys: of files, and of PKCS #11 modules. */

/* Engines are OpenSSL 3.0's old way, and on Debian 12 the only one to PKCS #11. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/engine.h>
#include <openssl/err.h>
#include <openssl/provider.h>
#include <openssl/store.h>
#include <openssl/ui.h>

#include "private_key.h"

#define PKCS11 "pkcs11"

static int fail(char why[PRIVATE_KEY_WHY_MAX], int err, const char *text)
{
	snprintf(why, PRIVATE_KEY_WHY_MAX, "%s", text);
	return err;
}

/*
 * OpenSSL's question for a passphrase, which also tells that it was asked: a wrong one may end as
 * any error, as what comes of it is any bytes.
 */
static int open_terminal(UI *ui)
{
	bool *asked = UI_get0_user_data(ui);

	*asked = true;
	return UI_method_get_opener(UI_get_default_method())(ui);
}

static UI_METHOD *new_question(void)
{
	const UI_METHOD *usual = UI_get_default_method();
	UI_METHOD *method = UI_create_method("passphrase of a key");

	if (!method)
		return NULL;
	UI_method_set_opener(method, open_terminal);
	UI_method_set_writer(method, UI_method_get_writer(usual));
	UI_method_set_flusher(method, UI_method_get_flusher(usual));
	UI_method_set_reader(method, UI_method_get_reader(usual));
	UI_method_set_closer(method, UI_method_get_closer(usual));
	return method;
}

static int read_store(const char *uri, EVP_PKEY **ret, char *why)
{
	UI_METHOD *question = new_question();
	EVP_PKEY *key = NULL;
	bool asked = false;
	OSSL_STORE_CTX *store;

	if (!question)
		return -ENOMEM;
	store = OSSL_STORE_open(uri, question, &asked, NULL, NULL);
	if (store)
		OSSL_STORE_expect(store, OSSL_STORE_INFO_PKEY);
	while (store && !key && !OSSL_STORE_eof(store)) {
		OSSL_STORE_INFO *info = OSSL_STORE_load(store);

		if (info && OSSL_STORE_INFO_get_type(info) == OSSL_STORE_INFO_PKEY)
			key = OSSL_STORE_INFO_get1_PKEY(info);
		OSSL_STORE_INFO_free(info);
		if (!info && OSSL_STORE_error(store))
			break;
	}
	OSSL_STORE_close(store);
	UI_destroy_method(question);
	if (key) {
		*ret = key;
		return 0;
	}
	return fail(why, -EBADMSG,
		    asked ? "the key is encrypted, and the passphrase is wrong or there is "
			    "no terminal to ask for it" :
			    "there is no private key in it that OpenSSL can read");
}

static bool provider_reads(const char *scheme)
{
	OSSL_STORE_LOADER *loader = OSSL_STORE_LOADER_fetch(NULL, scheme, NULL);

	OSSL_STORE_LOADER_free(loader);
	return loader;
}

static int read_engine(const char *uri, EVP_PKEY **ret, char *why)
{
	ENGINE *engine;

	OPENSSL_init_crypto(OPENSSL_INIT_ENGINE_DYNAMIC, NULL);
	engine = ENGINE_by_id(PKCS11);
	if (!engine)
		return fail(why, -ENOPKG,
			    "OpenSSL has neither a provider nor an engine for PKCS #11 here "
			    "(Debian's packages: pkcs11-provider, libengine-pkcs11-openssl)");
	if (!ENGINE_init(engine)) {
		ENGINE_free(engine);
		return fail(why, -ENOPKG,
			    "OpenSSL's engine for PKCS #11 does not start: has it a module "
			    "(PKCS11_MODULE_PATH)?");
	}
	*ret = ENGINE_load_private_key(engine, uri, (UI_METHOD *)UI_get_default_method(), NULL);
	ENGINE_finish(engine);
	ENGINE_free(engine);
	return *ret ? 0 :
		      fail(why, -EBADMSG,
			   "the PKCS #11 module has no such private key, or "
			   "the PIN is wrong");
}

static int read_pkcs11(const char *uri, EVP_PKEY **ret, char *why)
{
	/* It may be there, but not in OpenSSL's configuration. */
	if (!provider_reads(PKCS11))
		OSSL_PROVIDER_try_load(NULL, PKCS11, 1);
	return provider_reads(PKCS11) ? read_store(uri, ret, why) : read_engine(uri, ret, why);
}

bool private_key_is_pkcs11(const char *uri)
{
	return !strncmp(uri, PKCS11 ":", strlen(PKCS11 ":"));
}

int private_key_read(const char *uri, EVP_PKEY **ret, char why[PRIVATE_KEY_WHY_MAX])
{
	EVP_PKEY *key = NULL;
	struct stat st;
	int err;

	if (private_key_is_pkcs11(uri))
		err = read_pkcs11(uri, &key, why);
	else if (!strchr(uri, ':') && stat(uri, &st) < 0)
		err = fail(why, -errno, strerror(errno));
	else
		err = read_store(uri, &key, why);
	ERR_clear_error();
	if (!err)
		*ret = key;
	return err;
}
