// SPDX-License-Identifier: GPL-2.0-or-later
/* AppImages with signatures and keys that GnuPG makes: its fingerprints, and every prefix. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "appimage_made.h"
#include "run.h"

/* The fingerprints that gpg lists for the key and for the subkey that signed. */
static void make_by_gpg(struct image *image, const char *armor, unsigned int user)
{
	char command[1024];

	snprintf(
		command, sizeof(command),
		"printf '%%s' 0123456789abcdef >digest; "
		"gpg --homedir . --batch --yes --quiet %s -u user%u --detach-sign -o sig digest && "
		"gpg --homedir . --batch --yes --quiet %s --export -o key user%u",
		armor, user, armor, user);
	run(command);
	make(image, true, false);
	slurp("sig", image->bytes + SIG_AT, SIG_ROOM);
	slurp("key", image->bytes + KEY_AT, KEY_ROOM);
}

static void of_gnupg(void **state)
{
	static const struct {
		const char *algorithm, *subkey;
	} keys[] = { { "ed25519", NULL }, { "rsa2048", NULL }, { "nistp256", "ed25519" } };
	static const char *const armors[] = { "--armor", "--no-armor" };
	static struct image image;
	static struct interdict_claims claims;
	struct memory memory = {};
	char command[512], hex[128];
	unsigned int i, j, k, count;

	(void)state;
	run("chmod 700 .");
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		count = keys[i].subkey ? 2 : 1;
		snprintf(
			command, sizeof(command),
			"gpg --homedir . --batch --passphrase '' --quick-gen-key user%u %s %s never",
			i, keys[i].algorithm, keys[i].subkey ? "cert" : "sign");
		run(command);
		snprintf(command, sizeof(command),
			 "gpg --homedir . --with-colons --list-keys user%u | "
			 "awk -F: '$1 == \"fpr\" { print $10 > (\"fpr\" n++) }'",
			 i);
		run(command);
		if (keys[i].subkey) {
			char add[512];

			snprintf(add, sizeof(add),
				 "gpg --homedir . --batch --passphrase '' --quick-add-key "
				 "$(cat fpr0) %s sign never",
				 keys[i].subkey);
			run(add);
			run(command);
		}
		for (j = 0; j < 2; j++) {
			make_by_gpg(&image, armors[j], i);
			assert_int_equal(find(&image, &claims, &memory), 0);
			assert_int_equal(claims.flags, 0);
			assert_int_equal(claims.count, count);
			for (k = 0; k < count; k++) {
				hex[slurp(k ? "fpr1" : "fpr0", hex, sizeof(hex))] = '\0';
				assert_int_equal(claims.claim[k].len, 20);
				assert_true(is_hex_of(hex, claims.claim[k].value, 20));
			}
		}
	}
}

/* Every prefix of a file of GnuPG's, in armour: an error at most, never a wrong claim; and the
 * reader's errors wherever they are. */
static void truncated(void **state)
{
	static struct image image, cut;
	static struct interdict_claims claims;
	struct memory memory = {};
	uint8_t fingerprint[20];
	uint64_t end;
	uint32_t reads;
	int err;

	(void)state;
	make_by_gpg(&image, "--armor", 2);
	assert_int_equal(find(&image, &claims, &memory), 0);
	assert_true(claims.count > 0);
	memcpy(fingerprint, claims.claim[0].value, sizeof(fingerprint));
	reads = memory.reads;

	end = KEY_AT + strlen((char *)image.bytes + KEY_AT);
	for (cut = image, cut.size = 0; cut.size < end; cut.size++) {
		/* Bytes that are gone, and then a section that is shorter, too. */
		err = find(&cut, &claims, &memory);
		assert_true(!err || err == -EBADMSG);
	}
	cut.size = image.size;
	for (end = 0; end < strlen((char *)image.bytes + SIG_AT); end++) {
		put_section(&cut, 1, NAME_SIG, SIG_AT, end);
		err = find(&cut, &claims, &memory);
		assert_true(!err || err == -EBADMSG);
		if (claims.count)
			assert_memory_equal(claims.claim[0].value, fingerprint, 20);
	}
	for (memory.fail_at = 1; memory.fail_at <= reads; memory.fail_at++)
		assert_int_equal(find(&image, &claims, &memory), -EINTR);
}

static int stop_agent(void **state)
{
	char command[256];

	snprintf(command, sizeof(command), "gpgconf --homedir '%s' --kill all", tempdir);
	if (system(command))
		return -1;
	return tempdir_teardown(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_gnupg),
		cmocka_unit_test(truncated),
	};

	return cmocka_run_group_tests(tests, tempdir_setup, stop_agent);
}
