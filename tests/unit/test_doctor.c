// SPDX-License-Identifier: GPL-2.0-or-later
/* What `doctor` says of a configuration and what it names. What it says of the kernel:
 * test_probe.c. */
#include "command_runs.h"

#include <jansson.h>
#include <sys/socket.h>
#include <sys/un.h>

#define HEADER "interdict: 1\npolicy: p\nserial: 1\nmode: enforce\n"
/* D is the test's directory. */
#define GOOD "policy: D/policy\ntrust: D/trust\nsocket: D/socket\nlog: {file: D/record/events}\n"

static const struct {
	const char *config; /* NULL: there is no file */
	const char *policy; /* policy.yaml; NULL: there is none */
	const char *fact, *answer;
	const char *text;   /* is in what was found */
	const char *remedy; /* and in what to do */
} cases[] = {
	{ GOOD, HEADER, "configuration", "yes", "interdict.yaml", "" },
	{ GOOD, HEADER, "policy", "yes", "p, serial 1, mode enforce, 0 rules", "" },
	{ GOOD, HEADER, "record", "yes", "are free", "" },
	{ GOOD, HEADER, "daemon", "yes", "running", "" },
	{ "labels: 5\n", HEADER, "configuration", "no", "", "correct the file" },
	{ GOOD, NULL, "policy", "no", "cannot be loaded", "interdict check" },
	{ GOOD, HEADER "mod: x\n", "policy", "no", "cannot be loaded: 1 problems",
	  "interdict check" },
	/* where nothing can be written, and where there is no room */
	{ "policy: D/policy\nlog: {file: /proc/self/events}\n", HEADER, "record", "no", "0 MiB",
	  "make room" },
	{ "policy: D/policy\nsocket: D/none\n", HEADER, "daemon", "no", "none",
	  "systemctl enable --now interdict" },
};

/* The fact that is called so, in what it printed. */
static const json_t *find(const json_t *root, const char *name)
{
	const json_t *fact;
	size_t i;

	json_array_foreach(json_object_get(root, "facts"), i,
			   fact) if (!strcmp(json_string_value(json_object_get(fact, "name")),
					     name)) return fact;
	fail_msg("there is no fact \"%s\"", name);
	return NULL;
}

static const char *text_of(const json_t *fact, const char *key)
{
	return json_string_value(json_object_get(fact, key));
}

/* @text with the directory in the place of each D. */
static void write_config(const char *text)
{
	char full[4096];
	size_t n = 0;

	for (; *text; text++)
		if (*text == 'D')
			n += (size_t)sprintf(full + n, "%s", tempdir);
		else
			full[n++] = *text;
	full[n] = '\0';
	tempdir_write("interdict.yaml", full);
}

static int listening(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", tempdir_path("socket"));
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(fd, 64), 0);
	return fd;
}

static void test_configured(void **state)
{
	int fd = listening();

	(void)state;
	command_runs_begin();
	tempdir_write("record/events", "");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const json_t *fact;
		json_t *root;

		write_config(cases[i].config);
		unlink(tempdir_path("policy/policy.yaml"));
		if (cases[i].policy)
			tempdir_write("policy/policy.yaml", cases[i].policy);
		/* What it ends with is this machine's. */
		run("./interdict doctor --json --config interdict.yaml >out; test $? -le 3");
		root = json_load_file(tempdir_path("out"), 0, NULL);
		assert_non_null(root);
		fact = find(root, cases[i].fact);
		print_message("%s: %s. %s\n", cases[i].fact, text_of(fact, "text"),
			      text_of(fact, "do"));
		assert_string_equal(text_of(fact, "answer"), cases[i].answer);
		assert_non_null(strstr(text_of(fact, "text"), cases[i].text));
		assert_non_null(strstr(text_of(fact, "do"), cases[i].remedy));
		json_decref(root);
	}
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_configured, tempdir_setup, tempdir_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
