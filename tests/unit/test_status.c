// SPDX-License-Identifier: GPL-2.0-or-later
/* The first line of `status`, its reasons and exit status, of whatever is known; and which
 * processes began early. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "run.h"
#include "userspace/commands.h"
#include "userspace/daemon/status_json.h"
#include "userspace/running/running_early.h"

#define SINCE ", since "

static const struct {
	const char *first;  /* what the first line begins with */
	const char *daemon; /* JSON of "daemon"; NULL: none runs */
	enum policy_mode mode;
	enum canary_answer exec, open;
	unsigned int degraded; /* reasons of the engine */
	int exit;
} cases[] = {
	{ "ENFORCING 3 orders, serial 42" SINCE, NULL, POLICY_MODE_ENFORCE, CANARY_REFUSED,
	  CANARY_REFUSED, 0, EXIT_DONE },
	{ "ENFORCING 3 orders, serial 42" SINCE, "{}", POLICY_MODE_ENFORCE, CANARY_REFUSED,
	  CANARY_REFUSED, 0, EXIT_DONE },
	/* without the module nothing is refused when it is opened, and that is a reason of its own
	 */
	{ "DEGRADED: reason 0\n", "{}", POLICY_MODE_ENFORCE, CANARY_REFUSED, CANARY_NOT_TRIED, 1,
	  EXIT_FAILED },
	{ "DEGRADED: reason 0 (and 1 more)\n", "{}", POLICY_MODE_ENFORCE, CANARY_REFUSED,
	  CANARY_REFUSED, 2, EXIT_FAILED },
	{ "NOT ENFORCING: the canary failed\n", "{}", POLICY_MODE_ENFORCE, CANARY_LET_THROUGH,
	  CANARY_LET_THROUGH, 0, EXIT_FAILED },
	{ "NOT ENFORCING: the canary failed (and 1 more)\n", "{}", POLICY_MODE_ENFORCE,
	  CANARY_LET_THROUGH, CANARY_NOT_TRIED, 1, EXIT_FAILED },
	{ "DEGRADED: the canary failed\n", "{}", POLICY_MODE_ENFORCE, CANARY_REFUSED,
	  CANARY_LET_THROUGH, 0, EXIT_FAILED },
	{ "DEGRADED: the canary failed\n", "{}", POLICY_MODE_ENFORCE, CANARY_UNKNOWN,
	  CANARY_REFUSED, 0, EXIT_FAILED },
	/* what was asked for */
	{ "NOT ENFORCING: the policy's mode is audit", "{}", POLICY_MODE_AUDIT, CANARY_RECORDED,
	  CANARY_RECORDED, 0, EXIT_DONE },
	{ "NOT ENFORCING: the policy's mode is audit", "{}", POLICY_MODE_AUDIT, CANARY_LET_THROUGH,
	  CANARY_RECORDED, 0, EXIT_FAILED },
	{ "NOT ENFORCING: the policy's mode is off\n", "{}", POLICY_MODE_OFF, CANARY_NOT_TRIED,
	  CANARY_NOT_TRIED, 0, EXIT_FAILED },
	{ "NOT ENFORCING: the command line says audit\n",
	  "{\"boot\":{\"command_line\":\"the command line says audit\",\"lowered\":true}}",
	  POLICY_MODE_AUDIT, CANARY_RECORDED, CANARY_RECORDED, 0, EXIT_FAILED },
	{ "NOT ENFORCING: no policy is active\n", "{}", POLICY_MODE_COUNT, CANARY_NOT_TRIED,
	  CANARY_NOT_TRIED, 0, EXIT_FAILED },
	{ "NOT ENFORCING: no policy is active: it is wrong\n", "{\"last_error\":\"it is wrong\"}",
	  POLICY_MODE_COUNT, CANARY_NOT_TRIED, CANARY_NOT_TRIED, 0, EXIT_FAILED },
	/* an error that changed nothing */
	{ "ENFORCING 3 orders", "{\"last_error\":\"it is wrong\"}", POLICY_MODE_ENFORCE,
	  CANARY_REFUSED, CANARY_REFUSED, 0, EXIT_DONE },
	{ "DEGRADED: the record cannot be written: full\n", "{\"record\":{\"error\":\"full\"}}",
	  POLICY_MODE_ENFORCE, CANARY_REFUSED, CANARY_REFUSED, 0, EXIT_FAILED },
	{ "DEGRADED: the record is not signed: no key\n",
	  "{\"record\":{\"unsigned_why\":\"no key\"}}", POLICY_MODE_ENFORCE, CANARY_REFUSED,
	  CANARY_REFUSED, 0, EXIT_FAILED },
	{ "DEGRADED: the configured policy is missing or bad", "{\"last_good\":true}",
	  POLICY_MODE_ENFORCE, CANARY_REFUSED, CANARY_REFUSED, 0, EXIT_FAILED },
};

static json_t *made(size_t i)
{
	static struct engine_status status;
	struct canary canary = { .time = 1700000000, .exec = cases[i].exec, .open = cases[i].open };
	json_t *json;

	memset(&status, 0, sizeof(status));
	status.attached = status.since = 1000000000;
	status.mode = cases[i].mode;
	if (cases[i].mode != POLICY_MODE_COUNT) {
		status.policy.generation = 7;
		status.policy.serial = 42;
		status.policy.orders = 3;
		strcpy(status.policy.name, "p");
		status.enforcing = cases[i].mode != POLICY_MODE_OFF;
	}
	status.n_degraded = cases[i].degraded;
	for (unsigned int j = 0; j < cases[i].degraded; j++)
		snprintf(status.degraded[j].text, sizeof(status.degraded[j].text), "reason %u", j);
	if (!canary_is_fine(&canary))
		strcpy(canary.why, "the canary failed");
	json = status_json(&status);
	assert_non_null(json);
	status_add_canary(json, &canary, 0);
	if (cases[i].daemon)
		json_object_set_new(json, "daemon", json_loads(cases[i].daemon, 0, NULL));
	status_judge(json);
	return json;
}

static void test_first_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *json = made(i);
		char *text = NULL;
		size_t len = 0;
		FILE *out = open_memstream(&text, &len);

		status_print(json, out);
		fclose(out);
		print_message("%.*s\n", (int)strcspn(text, "\n"), text);
		assert_memory_equal(text, cases[i].first, strlen(cases[i].first));
		assert_int_equal(status_exit(json), cases[i].exit);
		/* a name that has a newline in it makes no line */
		assert_null(strstr(text, "(null)"));
		free(text);
		json_decref(json);
	}
}

/* The keys that others read, in their order. */
static void test_keys(void **state)
{
	static const char *const keys[] = { "state",	 "reasons",    "since",	   "attached",
					    "enforcing", "mode",       "provider", "policy",
					    "hooks",	 "degraded",   "memory",   "counters",
					    "balance",	 "versions",   "guards",   "canary",
					    "early",	 "protection", "daemon" };
	json_t *json = made(0), *value;
	const char *key;
	size_t i = 0;

	(void)state;
	json_object_foreach(json, key, value)
	{
		assert_true(i < sizeof(keys) / sizeof(keys[0]));
		assert_string_equal(key, keys[i++]);
	}
	assert_int_equal(i, sizeof(keys) / sizeof(keys[0]));
	json_decref(json);
	json = status_json(NULL);
	status_judge(json);
	assert_string_equal(json_string_value(json_object_get(json, "state")), "not enforcing");
	json_decref(json);
}

/* A process of proc(5): its name, flags and start, in ticks. */
static void process(const char *pid, const char *comm, char state, unsigned int flags,
		    unsigned long start)
{
	char path[64], text[512];

	snprintf(path, sizeof(path), "proc/%s/stat", pid);
	snprintf(text, sizeof(text),
		 "%s (%s) %c 1 1 1 0 -1 %u 0 0 0 0 0 0 0 0 20 0 1 0 %lu 1000 100 0\n", pid, comm,
		 state, flags, start);
	tempdir_write(path, text);
}

static void test_early(void **state)
{
	/* 100 ticks a second: Linux has no other for programs. */
	const uint64_t second = 1000000000;
	struct running_early early;

	(void)state;
	process("1", "init", 'S', 0x400100, 5);
	process("2", "kthreadd", 'S', 0x208040, 5);
	process("40", "a) S 1 (b", 'S', 0, 999);
	process("41", "at once", 'S', 0, 1000);
	process("50", "later", 'S', 0, 1001);
	process("51", "zombie", 'Z', 0, 5);
	tempdir_write("proc/60/stat", "60 (no");
	tempdir_write("proc/self/exe", "");
	tempdir_write("proc/70/exe", "another");
	process("70", "other", 'R', 0, 7);
	process("80", "interdict", 'R', 0, 6);
	assert_int_equal(link(tempdir_path("proc/self/exe"), tempdir_path("proc/80/exe")), 0);
	assert_int_equal(running_early(tempdir_path("proc"), 10 * second, &early), 0);
	assert_int_equal(early.n, 3);
	assert_int_equal(early.n_listed, 3);
	/* In the order of the directory, which is by number in /proc only. */
	for (size_t i = 0; i < early.n; i++)
		assert_true(early.list[i].pid == 1 || early.list[i].pid == 40 ||
			    early.list[i].pid == 70);
	/* Of the tick in which it was, all. */
	assert_int_equal(running_early(tempdir_path("proc"), 10 * second + 1, &early), 0);
	assert_int_equal(early.n, 4);
	assert_int_equal(running_early(tempdir_path("none"), second, &early), -ENOENT);
	/* Here, too, there is a process that began before now. */
	assert_int_equal(running_early("/proc", INT64_MAX, &early), 0);
	assert_true(early.n >= 1);
	for (int i = 100; i < 100 + 2 * RUNNING_EARLY_MAX; i++) {
		char pid[16];

		snprintf(pid, sizeof(pid), "%d", i);
		process(pid, "many", 'S', 0, 1);
	}
	assert_int_equal(running_early(tempdir_path("proc"), 10 * second, &early), 0);
	assert_int_equal(early.n, 3 + 2 * RUNNING_EARLY_MAX);
	assert_int_equal(early.n_listed, RUNNING_EARLY_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_line),
		cmocka_unit_test(test_keys),
		cmocka_unit_test_setup_teardown(test_early, tempdir_setup, tempdir_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
