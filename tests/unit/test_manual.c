// SPDX-License-Identifier: GPL-2.0-or-later
/* The examples of interdict-policy(5) are what they say: a policy of them passes the check. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "run.h"

/* The first example behind a heading of the page, as a reader sees it: example .SH HEADER */
#define EXAMPLE                                                                              \
	"example() { awk -v heading=\"$*\" '$0 == heading { here = 1 } "                     \
	"here && $0 == \".EX\" { shown = 1; next } shown && $0 == \".EE\" { exit } shown' "  \
	"\"$TREE/userspace/interdict-policy.5\" | sed 's/[\\]-/-/g' >part; test -s part && " \
	"cat part; }; "

static int setup(void **state)
{
	char *tree = getcwd(NULL, 0);
	int ret = tree ? setenv("TREE", tree, 1) : -1;

	free(tree);
	return ret ? ret : tempdir_setup(state);
}

static void test_examples(void **state)
{
	(void)state;
	tempdir_write("p/lists/wechat-builds.sha256", "# none yet\n");
	run("mkdir p/orders");
	run(EXAMPLE "example .SH HEADER >p/policy.yaml; example .SH ORDER >p/orders/order.yaml; "
		    "\"$INTERDICT\" check --json p >json && "
		    "jq -e '[.policy.serial, .policy.orders, .errors] == [42, 1, 0]' json");
}

/* The order of the story, with what `id` prints of a file and the exemption that it gets. */
static void test_story(void **state)
{
	(void)state;
	run("mkdir -p p/orders");
	run(EXAMPLE
	    "example .SH HEADER >p/policy.yaml; { example .SS Decided; "
	    "\"$INTERDICT\" id \"$TREE/policy/README.md\"; example .SS An exemption; } "
	    ">p/orders/org-example.yaml; \"$INTERDICT\" check --json p >json && "
	    "jq -e '[.policy.orders, .policy.rules, .errors, .warnings] == [1, 1, 0, 0]' json");
	run("echo 'labels: [fleet, press]' >config; \"$INTERDICT\" explain --json --config config "
	    "--policy p \"$TREE/policy/README.md\" >json && "
	    "jq -e '.orders[0] | [.order, .mode, .in_force] == [\"org-example\", \"audit\", false]' "
	    "json");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_examples, setup, tempdir_teardown),
		cmocka_unit_test_setup_teardown(test_story, setup, tempdir_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
