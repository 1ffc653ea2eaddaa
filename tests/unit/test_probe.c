// SPDX-License-Identifier: GPL-2.0-or-later
/* What `doctor` finds, and what exit status comes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "userspace/commands.h"
#include "userspace/engine/engine.h"

/* A character for each fact: Y, N, ? (required), y, n, u (wanted), +, -, . (advised). */
static const struct {
	const char *facts;
	int status;
} cases[] = {
	{ "", EXIT_DONE },	     { "Yy+", EXIT_DONE },
	{ "Yy-", EXIT_DONE }, /* lockdown is off */
	{ "Yy.", EXIT_DONE }, /* and this kernel does not tell */
	{ "-.-", EXIT_DONE },	     { "Yn+", EXIT_FAILED },
	{ "Yu+", EXIT_FAILED },	     { "?y+", EXIT_FAILED },
	{ "-nY", EXIT_FAILED },	     { "Ny+", EXIT_UNSUPPORTED },
	{ "YNY", EXIT_UNSUPPORTED }, { "?nN", EXIT_UNSUPPORTED },
	{ "Nn-", EXIT_UNSUPPORTED },
};

static void test_status(void **state)
{
	static const char codes[] = "-+.nyuNY?"; /* by weight, then by answer */

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct engine_facts facts = { .n = strlen(cases[i].facts) };

		for (size_t j = 0; j < facts.n; j++) {
			size_t code = (size_t)(strchr(codes, cases[i].facts[j]) - codes);

			facts.v[j].weight = (enum engine_weight)(code / 3);
			facts.v[j].answer = (enum engine_answer)(code % 3);
		}
		print_message("%s: %d\n", cases[i].facts, cases[i].status);
		assert_int_equal(engine_facts_status(&facts), cases[i].status);
	}
}

static const struct engine_fact *find(const struct engine_facts *facts, const char *name)
{
	for (size_t i = 0; i < facts->n; i++)
		if (!strcmp(facts->v[i].name, name))
			return &facts->v[i];
	fail_msg("there is no fact \"%s\"", name);
	return NULL;
}

/* On whatever system this runs: what each fact weighs, and that all of them say something. */
static void test_weights(void **state)
{
	static const struct {
		const char *name;
		enum engine_weight weight;
	} weights[] = {
		{ "root", ENGINE_WANTED },
		{ "bpf-lsm", ENGINE_REQUIRED },
		{ "btf", ENGINE_REQUIRED },
		{ "hook-calls", ENGINE_REQUIRED },
		{ "module", ENGINE_WANTED },
		{ "lockdown", ENGINE_ADVISED },
		{ "ima", ENGINE_ADVISED },
		{ "hook:file_open", ENGINE_REQUIRED },
		{ "hook:bprm_creds_for_exec", ENGINE_WANTED },
	};
	struct engine_facts facts;

	(void)state;
	engine_probe(&facts);
	for (size_t i = 0; i < sizeof(weights) / sizeof(weights[0]); i++)
		assert_int_equal(find(&facts, weights[i].name)->weight, weights[i].weight);
	for (size_t i = 0; i < facts.n; i++) {
		assert_string_not_equal(facts.v[i].text, "");
		if (facts.v[i].answer == ENGINE_YES)
			assert_string_equal(facts.v[i].remedy, "");
	}
	assert_int_equal(find(&facts, "root")->answer, geteuid() ? ENGINE_NO : ENGINE_YES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_weights),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
