// SPDX-License-Identifier: GPL-2.0-or-later
/* The quarantine, with names and directories that somebody meant harm with; and events on their
 * way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>

#include "remove/quarantine.h"
#include "remove/remove_event.h"
#include "remove/remove_plan.h"
#include "run.h"

static const uint8_t digest[32] = { 7 };

/* Quarantine @path. Returns as quarantine_put(). */
static int put(const char *path, enum quarantine_outcome *outcome)
{
	struct quarantine_file file = { 0 };
	char id[QUARANTINE_ID_LEN], why[QUARANTINE_WHY_MAX];
	json_t *about = json_pack("{s:s}", "order", "o");
	int err = quarantine_look(path, &file);

	if (!err) {
		quarantine_id(&file, digest, id);
		err = quarantine_put(tempdir_path("q"), &file, id, about, outcome, why);
		assert_int_equal(!err, !*why);
	}
	json_decref(about);
	return err;
}

static const char *const names[] = {
	"plain",  "a\nb", "-rf",	  "a\\x41", "\xff\xfe",
	"sp ace", "..x",  "\xe2\x80\xae", ".json",  "%s",
};

static void test_names(void **state)
{
	struct quarantine_list list;
	enum quarantine_outcome outcome;
	char why[QUARANTINE_WHY_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char path[200];

		snprintf(path, sizeof(path), "files/%s", names[i]);
		tempdir_write(path, names[i]);
		assert_int_equal(put(tempdir_path(path), &outcome), 0);
		assert_int_equal(outcome, QUARANTINE_PUT);
		assert_int_equal(access(tempdir_path(path), F_OK), -1);
	}
	assert_int_equal(quarantine_list(tempdir_path("q"), &list), 0);
	assert_int_equal(list.n, sizeof(names) / sizeof(*names));
	for (size_t i = 0; i < list.n; i++) {
		char content[100];
		const char *base = strrchr(list.v[i].path, '/') + 1;
		FILE *f;

		assert_int_equal(quarantine_restore(&list.v[i], why), 0);
		f = fopen(list.v[i].path, "r");
		assert_non_null(f);
		content[fread(content, 1, sizeof(content) - 1, f)] = '\0';
		fclose(f);
		assert_string_equal(content, base);
	}
	quarantine_list_free(&list);
	assert_int_equal(quarantine_list(tempdir_path("q"), &list), 0);
	assert_int_equal(list.n, 0);
	quarantine_list_free(&list);
}

static void test_others(void **state)
{
	struct quarantine_file file = { 0 };
	enum quarantine_outcome outcome;
	char id[QUARANTINE_ID_LEN], why[QUARANTINE_WHY_MAX];
	json_t *about = json_object();

	(void)state;
	tempdir_write("files/a", "a");
	run("ln -sfn files link; ln -sfn a files/linked; mkdir -p files/dir; mkfifo files/fifo");
	/* No link is followed, and nothing but files is taken. */
	assert_int_equal(quarantine_look(tempdir_path("link/a"), &file), -ELOOP);
	assert_int_equal(quarantine_look(tempdir_path("files/linked"), &file), -EINVAL);
	assert_int_equal(quarantine_look(tempdir_path("files/dir"), &file), -EINVAL);
	assert_int_equal(quarantine_look(tempdir_path("files/fifo"), &file), -EINVAL);
	assert_int_equal(quarantine_look(tempdir_path("files/none"), &file), -ENOENT);
	assert_int_equal(quarantine_look("relative", &file), -EINVAL);
	/* Changed, or replaced, since it was looked at. */
	assert_int_equal(quarantine_look(tempdir_path("files/a"), &file), 0);
	quarantine_id(&file, digest, id);
	run("sleep 0.02; echo more >>files/a");
	assert_int_equal(quarantine_put(tempdir_path("q"), &file, id, about, &outcome, why),
			 -ESTALE);
	assert_int_equal(quarantine_look(tempdir_path("files/a"), &file), 0);
	run("cp files/a files/b; mv files/b files/a");
	assert_int_equal(quarantine_put(tempdir_path("q"), &file, id, about, &outcome, why),
			 -ESTALE);
	run("rm files/a; ln -s linked files/a");
	assert_int_equal(quarantine_put(tempdir_path("q"), &file, id, about, &outcome, why),
			 -ESTALE);
	run("rm files/a");
	assert_int_equal(quarantine_put(tempdir_path("q"), &file, id, about, &outcome, why), 0);
	assert_int_equal(outcome, QUARANTINE_GONE);
	run("test -z \"$(ls q)\"");
	json_decref(about);
}

/* Somebody has another name of it, and links it to where it was. */
static void test_again(void **state)
{
	struct quarantine_list list;
	enum quarantine_outcome outcome;
	char why[QUARANTINE_WHY_MAX];

	(void)state;
	tempdir_write("files/a", "a");
	run("chmod 755 files/a; ln files/a files/kept");
	for (int i = 0; i < 3; i++) {
		assert_int_equal(put(tempdir_path("files/a"), &outcome), 0);
		assert_int_equal(outcome, QUARANTINE_PUT);
		assert_int_equal(access(tempdir_path("files/a"), F_OK), -1);
		assert_int_equal(quarantine_list(tempdir_path("q"), &list), 0);
		assert_int_equal(list.n, 1);
		if (i < 2)
			quarantine_list_free(&list);
		/* What an earlier try was cut off at. */
		run(i ? ":" : "ln files/kept q/$(ls q | grep -v json).again");
		run("ln files/kept files/a");
	}
	run("rm files/a");
	assert_int_equal(quarantine_restore(&list.v[0], why), 0);
	quarantine_list_free(&list);
	run("test -z \"$(ls q)\" -a $(stat -c %a files/a) = 755; rm files/a files/kept");
}

/* A directory that somebody else made, or comes into. */
static void test_not_ours(void **state)
{
	enum quarantine_outcome outcome;

	(void)state;
	tempdir_write("files/a", "a");
	run("rm -rf q; mkdir -m 755 q");
	assert_int_equal(put(tempdir_path("files/a"), &outcome), -EPERM);
	run("rm -rf q; mkdir real; ln -s real q");
	assert_int_equal(put(tempdir_path("files/a"), &outcome), -EPERM);
	run("rm q; : >q");
	assert_int_equal(put(tempdir_path("files/a"), &outcome), -EPERM);
	run("rm q; mkdir -m 700 q; chown 1 q");
	assert_int_equal(put(tempdir_path("files/a"), &outcome), -EPERM);
	run("test -e files/a; rm -rf q");
	assert_int_equal(put(tempdir_path("files/a"), &outcome), 0);
}

static void test_restore(void **state)
{
	struct quarantine_list list;
	enum quarantine_outcome outcome;
	char why[QUARANTINE_WHY_MAX];

	(void)state;
	run("rm -rf q files");
	tempdir_write("files/d/a", "a");
	assert_int_equal(put(tempdir_path("files/d/a"), &outcome), 0);
	assert_int_equal(quarantine_list(tempdir_path("q"), &list), 0);
	assert_int_equal(list.n, 1);
	tempdir_write("files/d/a", "another");
	assert_int_equal(quarantine_restore(&list.v[0], why), -EEXIST);
	run("test \"$(cat files/d/a)\" = another; test \"$(stat -c %a q/*[0-9a-f])\" = 0");
	run("rm -rf files/d");
	assert_int_equal(quarantine_restore(&list.v[0], why), -ENOENT);
	/* Not through a link that somebody put in the directory's place. */
	run("mkdir elsewhere; ln -s ../elsewhere files/d");
	assert_int_equal(quarantine_restore(&list.v[0], why), -ELOOP);
	run("test -z \"$(ls elsewhere)\"; rm files/d; mkdir files/d");
	assert_int_equal(quarantine_restore(&list.v[0], why), 0);
	run("test \"$(cat files/d/a)\" = a");
	quarantine_list_free(&list);
}

static const char *const manifests[] = {
	"",
	"[]",
	"{}",
	"{\"interdict-quarantine\":2}",
	"nonsense",
	"{\"interdict-quarantine\":1,\"id\":\"x\",\"path\":\"/a\",\"mode\":\"0755\"}",
	"{\"interdict-quarantine\":1,\"id\":\"%s\",\"path\":\"a\",\"mode\":\"0755\"}",
	"{\"interdict-quarantine\":1,\"id\":\"%s\",\"path\":\"/a\\u0000b\",\"mode\":\"0755\"}",
	"{\"interdict-quarantine\":1,\"id\":\"%s\",\"path\":\"/a\\\\x00b\",\"mode\":\"0755\"}",
	"{\"interdict-quarantine\":1,\"id\":\"%s\",\"path\":\"/a\",\"mode\":\"+755\"}",
	"{\"interdict-quarantine\":1,\"id\":\"%s\",\"path\":\"/a\",\"mode\":755}",
	"{\"interdict-quarantine\":1,\"id\":\"%s\",\"path\":\"\",\"mode\":\"0755\"}",
};

static void test_manifests(void **state)
{
	static const char id[] =
		"0000000000000000000000000000000000000000000000000000000000000000-00000000";

	(void)state;
	for (size_t i = 0; i < sizeof(manifests) / sizeof(*manifests); i++) {
		struct quarantine_list list;
		char name[200], text[500];

		run("rm -rf q; mkdir -m 700 q");
		snprintf(name, sizeof(name), "q/%s.json", id);
		snprintf(text, sizeof(text), manifests[i], id);
		tempdir_write(name, text);
		assert_int_equal(quarantine_list(tempdir_path("q"), &list), 0);
		if (list.n || list.damaged != 1)
			fail_msg("%s", text);
		quarantine_list_free(&list);
	}
	run("rm -rf q");
}

/* ---- events ---- */

static int refuse(void *context, const json_t *members)
{
	(void)members;
	return --*(int *)context < 0 ? -EAGAIN : 0;
}

static void test_events(void **state)
{
	json_t *package = json_pack("{s:s, s:s}", "type", "deb", "name", "x");
	const struct remove_event event = {
		.action = "failed", .order = "o", .reason = "torn \xe2\x80", .package = package
	};
	unsigned int bad;
	int left = 1;

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(remove_event_put(tempdir_path("events"), &event), 0);
	assert_int_equal(remove_event_take(tempdir_path("none"), 9, refuse, &left, &bad), 0);
	/* One goes, then none can be recorded: they stay. */
	assert_int_equal(remove_event_take(tempdir_path("events"), 9, refuse, &left, &bad),
			 -EAGAIN);
	run("test $(ls events | wc -l) = 2");
	left = 9;
	assert_int_equal(remove_event_take(tempdir_path("events"), 1, refuse, &left, &bad), 1);
	/* What is none is put aside. */
	tempdir_write("events/1", "{\"action\":\"failed\"}");
	tempdir_write("events/2", "nonsense");
	tempdir_write("events/3", "{\"time\":\"x\",\"action\":\"other\",\"file\":{}}");
	tempdir_write("events/4", "{\"time\":\"x\",\"action\":\"gone\",\"file\":{},\"seq\":1}");
	assert_int_equal(remove_event_take(tempdir_path("events"), 9, refuse, &left, &bad), 1);
	assert_int_equal(bad, 4);
	run("test $(ls events | wc -l) = 4");
	json_decref(package);
}

/* ---- steps ---- */

static void test_steps(void **state)
{
	static const char *const broken[] = {
		"{}",
		"{\"package\":{}}",
		"{\"package\":{\"type\":\"deb\"}}",
		"{\"package\":{\"type\":\"x\",\"id\":\"a\"}}",
		"{\"package\":{\"type\":\"deb\",\"id\":\"a\",\"with\":[1]}}",
		"{\"file\":{\"path\":\"a\"}}",
		"{\"file\":{\"path\":\"/a\",\"id\":\"../x\"}}",
	};
	struct remove_package package;
	struct quarantine_file file;
	char id[QUARANTINE_ID_LEN], *path;

	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(*broken); i++) {
		json_t *step = json_loads(broken[i], 0, NULL);

		assert_int_equal(remove_step_package(step, &package), -EBADMSG);
		assert_int_equal(remove_step_file(step, &file, &path, id), -EBADMSG);
		json_decref(step);
	}
}

/* A package's name is never an option of its manager's. */
static void test_manager(void **state)
{
	static const char *const ids[] = { "", "-x", "--root=/" };
	char why[REMOVE_WHY_MAX], *output;

	(void)state;
	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++) {
		struct remove_package package = { .type = PACKAGE_DEB, .user = REMOVE_SYSTEM };

		package.id = strdup(ids[i]);
		assert_int_equal(remove_manager_ask("", &package, why), -EPERM);
		assert_int_equal(remove_manager_do("", &package, &output, why), -EIO);
		remove_package_clear(&package);
	}
}

/* Flatpak's and snap's managers, by what they are called with. */
static void test_arguments(void **state)
{
	static const struct {
		enum package_type type;
		const char *id, *arguments;
	} cases[] = {
		{ PACKAGE_FLATPAK, "app/org.x/x86_64/stable",
		  "flatpak uninstall --noninteractive -y --system app/org.x/x86_64/stable" },
		{ PACKAGE_SNAP, "x", "snap remove x" },
		{ PACKAGE_RPM, "x-1-1.noarch", "rpm -e -- x-1-1.noarch" },
		{ PACKAGE_DEB, "x:amd64", "dpkg --remove -- x:amd64" },
	};
	static const char *const busy[] = {
		"dpkg: error: dpkg frontend lock was locked by another process with pid 4711",
		"error: can't create transaction lock on /var/lib/rpm/.rpm.lock",
		"error: snap \"x\" has \"auto-refresh\" change in progress",
		"error: cannot lock",
	};
	const char *before = remove_manager_path;
	char path[200];

	(void)state;
	run("mkdir -p bin; for m in dpkg rpm flatpak snap; do printf '#!/bin/sh\\necho \"${0##*/} "
	    "$*\"\\nread x && echo input; exit 0\\n' >bin/$m; chmod 755 bin/$m; done");
	snprintf(path, sizeof(path), "%s", tempdir_path("bin"));
	remove_manager_path = path;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct remove_package package = { .type = cases[i].type, .user = REMOVE_SYSTEM };
		char why[REMOVE_WHY_MAX], *output;

		package.id = strdup(cases[i].id);
		/* Without a question, or with one that nobody minds: nothing else would go. */
		assert_int_equal(remove_manager_ask("", &package, why), 0);
		assert_int_equal(package.n_with, 0);
		assert_int_equal(remove_manager_do("", &package, &output, why), 0);
		output[strcspn(output, "\n")] = '\0';
		assert_string_equal(output, cases[i].arguments);
		free(output);
		remove_package_clear(&package);
	}
	/* Another run of it is waited for; any other failure is one. */
	for (size_t i = 0; i < sizeof(busy) / sizeof(*busy); i++) {
		struct remove_package package = { .type = PACKAGE_SNAP, .user = REMOVE_SYSTEM };
		char why[REMOVE_WHY_MAX], *output;

		spill("busy", busy[i], strlen(busy[i]));
		run("printf '#!/bin/sh\nmv busy was 2>/dev/null || exit 0\ncat was\nexit 1\n' >bin/snap; "
		    "sed -i \"2icd $PWD; PATH=/bin\" bin/snap");
		package.id = strdup("x");
		assert_int_equal(remove_manager_do("", &package, &output, why), i < 3 ? 0 : -EIO);
		run("test -e was && rm was");
		free(output);
		remove_package_clear(&package);
	}
	run("rm bin/snap");
	{
		struct remove_package package = { .type = PACKAGE_SNAP, .user = REMOVE_SYSTEM };
		char why[REMOVE_WHY_MAX], *output;

		package.id = strdup("x");
		assert_int_equal(remove_manager_do("", &package, &output, why), -ENOENT);
		remove_package_clear(&package);
	}
	remove_manager_path = before;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),	cmocka_unit_test(test_others),
		cmocka_unit_test(test_again),	cmocka_unit_test(test_not_ours),
		cmocka_unit_test(test_restore), cmocka_unit_test(test_manifests),
		cmocka_unit_test(test_events),	cmocka_unit_test(test_steps),
		cmocka_unit_test(test_manager), cmocka_unit_test(test_arguments),
	};

	return cmocka_run_group_tests(tests, tempdir_setup, tempdir_teardown);
}
