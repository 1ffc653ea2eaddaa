// SPDX-License-Identifier: GPL-2.0-or-later
/* What a device must not forget: written, damaged, missing, and witnesses of it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keep/store.h"
#include "tempdir.h"

static struct policy policy_of(uint64_t serial)
{
	struct policy policy = { .name = "baseline", .serial = serial };

	memset(policy.digest, (int)serial, sizeof(policy.digest));
	return policy;
}

static void put(const char *name, const char *bytes)
{
	FILE *file = fopen(name, "w");

	assert_non_null(file);
	assert_true(fputs(bytes, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static size_t get(const char *name, char *buf, size_t size)
{
	FILE *file = fopen(name, "r");
	size_t n;

	assert_non_null(file);
	n = fread(buf, 1, size - 1, file);
	buf[n] = '\0';
	fclose(file);
	return n;
}

/* A store with this serial in both files. */
static void write_store(uint64_t serial, int64_t time)
{
	struct policy policy = policy_of(serial);
	struct store store = { .dir = "dir", .mark = { .time = time, .boottime = 7, .boot = "b" } };

	store_accept(&store, &policy, 500);
	assert_int_equal(store_write(&store), 0);
}

static struct store opened(const struct store_witness *witnesses, size_t n)
{
	struct store store;

	assert_int_equal(store_open("dir", witnesses, n, &store), 0);
	return store;
}

static void refuses(const struct store *store, uint64_t serial, const char *expected)
{
	struct policy policy = policy_of(serial);
	char why[STORE_WHY_MAX];

	assert_true(store_check(store, &policy, why) < 0);
	assert_string_equal(why, expected);
}

static void accepts(const struct store *store, uint64_t serial)
{
	struct policy policy = policy_of(serial);
	char why[STORE_WHY_MAX];

	assert_int_equal(store_check(store, &policy, why), 0);
}

static void test_serials(void **state)
{
	struct store store;

	(void)state;
	remove("dir/store");
	remove("dir/store.copy");
	store = opened(NULL, 0);
	assert_int_equal(store.health, STORE_WHOLE);
	assert_int_equal(store.serial, 0);
	assert_string_equal(store.why, "");
	accepts(&store, 1);
	write_store(42, 1000);
	store = opened(NULL, 0);
	assert_int_equal(store.health, STORE_WHOLE);
	assert_int_equal(store.serial, 42);
	assert_string_equal(store.policy, "baseline");
	assert_int_equal(store.digest[31], 42);
	assert_int_equal(store.mark.time, 1000);
	assert_int_equal(store.mark.boottime, 7);
	assert_string_equal(store.mark.boot, "b");
	accepts(&store, 42);
	accepts(&store, 43);
	refuses(&store, 41, "serial 41 is older than 42, which this device has accepted: refused");
}

static void test_same_serial(void **state)
{
	const struct policy_signer signer = { .name = "CN=authority" };
	struct policy policy = policy_of(42);
	char why[STORE_WHY_MAX];
	struct store store;

	(void)state;
	write_store(42, 1000);
	store = opened(NULL, 0);
	assert_int_equal(store.accepted, 500);
	policy.signer = &signer;
	assert_int_equal(store_check(&store, &policy, why), 0);
	policy.digest[0] ^= 1;
	assert_int_equal(store_check(&store, &policy, why), -ESTALE);
	assert_string_equal(why,
			    "serial 42 was accepted with other content: refused; raise the serial");
	policy.signer = NULL;
	assert_int_equal(store_check(&store, &policy, why), 0);
}

/* Each byte changed, each length cut: one file does not count any more, the other does. */
static void test_damage(void **state)
{
	char good[4096], bad[4096];
	size_t len;

	(void)state;
	write_store(42, 1000);
	len = get("dir/store", good, sizeof(good));
	for (size_t i = 0; i < 2 * len; i++) {
		struct store store;

		memcpy(bad, good, len + 1);
		if (i < len)
			bad[i] ^= 1;
		else
			bad[i - len] = '\0';
		/* The newline is no part of what it says. */
		if (i == len - 1 || i == 2 * len - 1)
			continue;
		put("dir/store", bad);
		store = opened(NULL, 0);
		assert_int_equal(store.health, STORE_REPAIRED);
		assert_non_null(strstr(store.why, "dir/store is damaged: it has "));
		assert_int_equal(store.serial, 42);
	}
	put("dir/store", good);
}

static void test_one_is_older(void **state)
{
	char newer[4096];
	struct store store;

	(void)state;
	/* The power went between the two files. */
	write_store(43, 2000);
	get("dir/store", newer, sizeof(newer));
	write_store(42, 3000);
	put("dir/store", newer);
	store = opened(NULL, 0);
	assert_int_equal(store.health, STORE_WHOLE);
	assert_int_equal(store.serial, 43);
	assert_int_equal(store.mark.time, 3000);
	remove("dir/store");
	store = opened(NULL, 0);
	assert_int_equal(store.health, STORE_REPAIRED);
	assert_string_equal(store.why, "one of the files of dir/store is missing");
	assert_int_equal(store.serial, 42);
}

static void test_witnesses(void **state)
{
	const struct store_witness witnesses[] = { { "the record", 40, false },
						   { "the copy", 50, false },
						   { "nobody", 0, false } };
	const struct store_witness always = { "the copy", 50, true };
	struct store store;

	(void)state;
	/* Whole, it is not to be talked into anything. */
	write_store(42, 1000);
	store = opened(witnesses, 3);
	assert_int_equal(store.serial, 42);
	store = opened(&always, 1);
	assert_int_equal(store.serial, 50);
	assert_int_equal(store.health, STORE_WHOLE);
	remove("dir/store");
	store = opened(witnesses, 3);
	assert_int_equal(store.serial, 50);
	put("dir/store", "");
	put("dir/store.copy", "{}");
	store = opened(witnesses, 3);
	assert_int_equal(store.health, STORE_REPAIRED);
	assert_string_equal(store.why,
			    "dir/store is damaged: the highest serial, 50, is taken from the copy");
	refuses(&store, 49, "serial 49 is older than 50, which this device has accepted: refused");
	store = opened(witnesses + 2, 1);
	assert_int_equal(store.health, STORE_LOST);
	refuses(&store, 1000,
		"dir/store and store.copy are damaged, and nothing else says which serial was "
		"accepted last: no policy is accepted until both are removed");
	remove("dir/store");
	remove("dir/store.copy");
	store = opened(witnesses, 3);
	assert_int_equal(store.health, STORE_REPAIRED);
	assert_string_equal(store.why,
			    "dir/store is missing: the highest serial, 50, is taken from the copy");
}

static void test_no_place(void **state)
{
	struct policy policy = policy_of(1);
	struct store store = { .dir = "dir" };

	(void)state;
	remove("dir/store.copy");
	assert_int_equal(mkdir("dir/store", 0700), 0);
	store_accept(&store, &policy, 500);
	assert_int_equal(store_write(&store), -EISDIR);
	store = opened(NULL, 0);
	assert_int_equal(store.health, STORE_LOST);
	assert_int_equal(rmdir("dir/store"), 0);
	assert_int_equal(symlink("/etc/passwd", "dir/store"), 0);
	store = opened(NULL, 0);
	assert_int_equal(store.health, STORE_LOST);
	assert_int_equal(store_write(&(struct store){ .dir = "dir/missing/deep" }), -ENOENT);
}

static void test_record(void **state)
{
	(void)state;
	assert_int_equal(store_serial_in_record("none"), 0);
	put("record", "half a line}\n"
		      "{\"event\":\"policy\",\"action\":\"loaded\",\"policy\":{\"serial\":7}}\n"
		      "{\"event\":\"policy\",\"action\":\"refused\",\"policy\":{\"serial\":900}}\n"
		      "{\"event\":\"denied\",\"policy\":{\"serial\":9}}\n"
		      "{\"event\":\"denied\",\"policy\":{\"serial\":-9}}\n"
		      "{\"event\":\"denied\",\"policy\":8}\n"
		      "{\"event\":\"den");
	assert_int_equal(store_serial_in_record("record"), 9);
	put("record", "");
	assert_int_equal(store_serial_in_record("record"), 0);
	assert_int_equal(store_serial_in_record("."), 0);
}

/* Everything by relative paths, as messages have them. */
static int enter(void **state)
{
	return tempdir_setup(state) || chdir(tempdir) || mkdir("dir", 0700) ? -1 : 0;
}

static int leave(void **state)
{
	return chdir("/") ? -1 : tempdir_teardown(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_serials),	  cmocka_unit_test(test_same_serial),
		cmocka_unit_test(test_damage),	  cmocka_unit_test(test_one_is_older),
		cmocka_unit_test(test_witnesses), cmocka_unit_test(test_no_place),
		cmocka_unit_test(test_record),
	};

	return cmocka_run_group_tests(tests, enter, leave);
}
