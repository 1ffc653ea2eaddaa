// SPDX-License-Identifier: GPL-2.0-or-later
/* Keys of a record that are not made by the daemon: ECDSA and RSA of files, and of a PKCS #11
 * module. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>
#include <sanitizer/lsan_interface.h>

#include "record/record.h"
#include "record/record_verify.h"
#include "run.h"

/* An event and a checkpoint that @key signs. */
static void write_record(struct record_key *key)
{
	static const struct checkpoint_at none;
	struct record_found found;
	struct record *record;
	const char *line;
	json_t *event;
	size_t len;

	unlink(tempdir_path("events"));
	assert_int_equal(record_open(tempdir_path("events"), &none, &record, &found), 0);
	event = json_pack("{s:i, s:s, s:s}", "v", 1, "time", "2026-11-22T10:00:00.000000000Z",
			  "event", "start");
	assert_int_equal(record_append(record, event, &line, &len), 0);
	json_object_set_new(event, "event", json_string("checkpoint"));
	assert_int_equal(checkpoint_fill(event, "events", key, 1, record_checkpoint(record)), 0);
	assert_int_equal(record_append_checkpoint(record, event, key, &line, &len), 0);
	json_decref(event);
	record_close(record);
}

static struct record_verified verify(struct record_key *public_key)
{
	const struct record_verify_options options = { .keys = &public_key, .n_keys = 1 };
	struct record_verified verified;
	struct record_files files;

	assert_int_equal(record_files_find(tempdir_path("events"), &files), 0);
	assert_int_equal(record_verify(&files, &options, &verified), 0);
	record_files_free(&files);
	return verified;
}

static void check_signs(const char *uri)
{
	char why[PRIVATE_KEY_WHY_MAX] = "";
	struct record_key *key, *public_key;
	struct record_verified v;

	print_message("%s\n", uri);
	if (record_key_open(uri, tempdir_path("pub"), &key, why))
		fail_msg("%s", why);
	assert_int_equal(record_key_read_public(tempdir_path("pub"), &public_key, why), 0);
	assert_string_equal(record_key_id(key), record_key_id(public_key));
	write_record(key);
	v = verify(public_key);
	assert_string_equal(v.why, "");
	assert_int_equal(v.proved.seq, 2);
	/* Its last line says another time than what was signed. */
	run("sed -i '2s/T10:/T11:/' events");
	v = verify(public_key);
	assert_true(v.wrong);
	assert_int_equal(v.line, 2);
	assert_int_equal(v.proved.seq, 0);
	record_key_free(key);
	record_key_free(public_key);
}

static void test_files(void **state)
{
	static const char *const made[] = { "ec", "rsa" };

	(void)state;
	run("openssl ecparam -genkey -noout -name prime256v1 -out ec; openssl genrsa -out rsa 2048; "
	    "chmod 600 ec rsa");
	for (size_t i = 0; i < sizeof(made) / sizeof(*made); i++) {
		char *path = strdup(tempdir_path(made[i]));

		assert_non_null(path);
		check_signs(path);
		free(path);
	}
}

/* SoftHSM, by the engine of Debian 12; what these leak is theirs. */
static void test_pkcs11(void **state)
{
	(void)state;
	run("mkdir hsm && echo directories.tokendir = $PWD/hsm >hsm.conf && "
	    "export SOFTHSM2_CONF=$PWD/hsm.conf && "
	    "openssl ecparam -genkey -noout -name prime256v1 | "
	    "openssl pkcs8 -topk8 -nocrypt -out key && "
	    "softhsm2-util --init-token --free --label t --so-pin 4321 --pin 4321 && "
	    "softhsm2-util --import key --token t --label ec --id 01 --pin 4321");
	setenv("SOFTHSM2_CONF", tempdir_path("hsm.conf"), 1);
	setenv("PKCS11_MODULE_PATH", "/usr/lib/softhsm/libsofthsm2.so", 1);
	__lsan_disable();
	check_signs("pkcs11:token=t;object=ec;type=private?pin-value=4321");
	__lsan_enable();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_files, tempdir_setup, tempdir_teardown),
		cmocka_unit_test_setup_teardown(test_pkcs11, tempdir_setup, tempdir_teardown),
	};

	return cmocka_run_group_tests_name("record_keys", tests, NULL, NULL);
}
