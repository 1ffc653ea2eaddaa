// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Removal in a root of its own, with the real dpkg: what is done, that what was not named stays,
 * and that a removal that is cut off anywhere comes to the same end when it is run again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <sys/wait.h>

#include "lint/lint_files.h"
#include "orders.h"
#include "remove/remove_event.h"
#include "remove/remove_fault.h"
#include "remove/remove_plan.h"
#include "remove/remove_run.h"
#include "run.h"

#define RANDOM_KILLS 20
#define PLACES_MAX   400

static const uint8_t digest[2][32] = { { 1 }, { 2 } };

/* Two packages, the second of which needs the first; and files that are nobody's. */
static const char make_root[] =
	"for p in liba appb other; do mkdir -p $p/DEBIAN $p/opt/$p; echo $p >$p/opt/$p/file; "
	"printf 'Package: %s\\nVersion: 1\\nArchitecture: all\\nMaintainer: T <t@example.org>\\n"
	"Description: t\\n' $p >$p/DEBIAN/control; done; "
	"echo 'Depends: liba' >>appb/DEBIAN/control; "
	"mkdir -p model/var/lib/dpkg/info model/var/lib/dpkg/updates model/home/u/docs model/opt; "
	": >model/var/lib/dpkg/status; "
	"for p in liba appb other; do dpkg-deb -b $p $p.deb; done; "
	"dpkg --root=$PWD/model --log=/dev/null -i liba.deb appb.deb other.deb; "
	"echo banned >model/home/u/app; chmod 4755 model/home/u/app; echo mine >model/home/u/docs/a; "
	"echo other >model/opt/loose; chmod 640 model/opt/loose; "
	"touch -d 2020-01-01 model/home/u/app; "
	"python3 -c 'import os; os.setxattr(\"model/opt/loose\", \"user.x\", b\"y\")'";

static int setup(void **state)
{
	int err = tempdir_setup(state);

	if (!err)
		run(make_root);
	return err;
}

/* Another name of home/u/app, where a test has one. */
#define LINK "root/opt/again"
static bool has_link;

static void fresh_root(void)
{
	run("chmod -R u+rwx state 2>/dev/null; rm -rf root state; cp -a model root; mkdir state");
	if (has_link)
		run("ln root/home/u/app " LINK);
}

/* ---- the removal, as the verb does it ---- */

static struct remove_plan_options plan_options;

static json_t *make_plan(void)
{
	static const char text[] =
		ORDER_HEAD "match:\n  - package: {type: deb, name: liba}\n"
			   "  - sha256: "
			   "0100000000000000000000000000000000000000000000000000000000000000\n";
	const struct policy_device device = { 0 };
	struct policy *policy = order_parsed(text);
	json_t *plan;
	static const struct {
		const char *path;
		const uint8_t *digest;
	} files[] = { { "root/home/u/app", digest[0] },
		      { "root/opt/loose", digest[1] },
		      { LINK, digest[0] } };

	policy->mode = POLICY_MODE_ENFORCE;
	plan_options.root = tempdir_path("root");
	plan_options.quarantine = tempdir_path("state/quarantine");
	plan = remove_plan_new(NULL);
	assert_int_equal(remove_plan_packages(plan, policy, &device, &plan_options), 0);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		const struct remove_found found = { tempdir_path(files[i].path), "o", "sha256",
						    files[i].digest };

		assert_int_equal(remove_plan_file(plan, &found, &plan_options), 0);
	}
	assert_int_equal(remove_plan_finish(plan, &plan_options), 0);
	policy_free(policy);
	return plan;
}

/* Returns the number of steps that failed, or -errno. */
static int remove_all(bool fresh)
{
	char root[100], dir[100], quarantine[100], events[100];
	struct remove_run_options options = { root, dir, quarantine, events, NULL, NULL };
	struct remove_run_counts counts = { 0 };
	json_t *plan;
	int lock, err;

	snprintf(root, sizeof(root), "%s", tempdir_path("root"));
	snprintf(dir, sizeof(dir), "%s", tempdir_path("state/remove"));
	snprintf(quarantine, sizeof(quarantine), "%s", tempdir_path("state/quarantine"));
	snprintf(events, sizeof(events), "%s", tempdir_path("state/removed"));
	lock = remove_lock(dir, true);
	if (lock < 0)
		return lock;
	err = remove_continue(&options, &counts);
	if (fresh)
		assert_int_equal(err, -ENOENT);
	if (err == -ENOENT)
		err = 0;
	plan = make_plan();
	if (!err && remove_plan_todo(plan))
		err = remove_run(plan, &options, &counts);
	json_decref(plan);
	close(lock);
	return err ? err : (int)counts.failed;
}

/* ---- what is there ---- */

static FILE *listing;

static int list_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	const char *rest = path + strlen(tempdir);
	char content[4096] = "";
	FILE *f;
	char *id;

	(void)ftw;
	if (strstr(rest, "-old") || strstr(rest, "/lock") || strstr(rest, "/removed") ||
	    strstr(rest, "/places"))
		return 0;
	f = type == FTW_F && st->st_size < (off_t)sizeof(content) ? fopen(path, "r") : NULL;
	if (f) {
		content[fread(content, 1, sizeof(content) - 1, f)] = '\0';
		fclose(f);
	}
	/* Which file it was, and when that was done, is another each time. */
	id = strstr(rest, "quarantine/");
	if (id && strlen(id) > 11 + 64)
		fprintf(listing, "%.75s*%s %o", id, id + 11 + 73, st->st_mode);
	else
		fprintf(listing, "%s %o", rest, st->st_mode);
	if (id && strstr(id, ".json")) {
		json_t *json = json_loads(content, 0, NULL);
		static const char *const other[] = { "id", "time", "ino", "atime", "ctime" };
		char *text;

		assert_non_null(json);
		for (size_t i = 0; i < sizeof(other) / sizeof(*other); i++)
			assert_int_equal(json_object_del(json, other[i]), 0);
		text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
		fprintf(listing, " %s", text);
		free(text);
		json_decref(json);
	} else {
		fprintf(listing, " %s", content);
	}
	fputc('\n', listing);
	return 0;
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Both trees, sorted; to be freed. */
static char *list_all(void)
{
	char *text, *lines[2000], *out, *save = NULL;
	size_t len, n = 0;

	listing = open_memstream(&text, &len);
	assert_int_equal(nftw(tempdir_path("root"), list_entry, 16, FTW_PHYS), 0);
	assert_int_equal(nftw(tempdir_path("state"), list_entry, 16, FTW_PHYS), 0);
	fclose(listing);
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		lines[n++] = line;
	qsort(lines, n, sizeof(*lines), compare_lines);
	listing = open_memstream(&out, &len);
	for (size_t i = 0; i < n; i++)
		fprintf(listing, "%s\n", lines[i]);
	fclose(listing);
	free(text);
	return out;
}

/* Two listings are the same; frees @got. */
static void is_same(const char *wanted, char *got, int n)
{
	if (strcmp(wanted, got) != 0) {
		spill("wanted", wanted, strlen(wanted));
		spill("got", got, strlen(got));
		print_error("cut off at %d\n", n);
		run("diff wanted got");
	}
	free(got);
}

static bool is_there(const char *path)
{
	return access(tempdir_path(path), F_OK) == 0;
}

/* ---- tests ---- */

static json_t *step_of(const json_t *plan, const char *key)
{
	json_t *step;
	size_t i;

	json_array_foreach(json_object_get(plan, "steps"), i,
			   step) if (json_object_get(step, key)) return step;
	return NULL;
}

static void test_plan(void **state)
{
	static const char *const another = "another";
	struct lint_file files[] = { { .path = (char *)"/opt/appb/file", .why = "a test" },
				     { .path = (char *)"/x", .why = "a test" } };
	const struct lint_files needed = { .v = files, .n = 2 };
	struct stat st;
	json_t *plan, *step, *with;

	(void)state;
	fresh_root();
	assert_int_equal(stat(tempdir_path("root/opt/loose"), &st), 0);
	files[1].dev = st.st_dev;
	files[1].ino = st.st_ino;
	plan = make_plan();
	assert_int_equal(remove_plan_todo(plan), 3);
	step = step_of(plan, "package");
	assert_string_equal(json_string_value(json_object_get(step, "do")), "uninstall");
	with = json_object_get(json_object_get(step, "package"), "with");
	assert_int_equal(json_array_size(with), 1);
	assert_string_equal(json_string_value(json_array_get(with, 0)), "appb");
	json_decref(plan);
	/* Nobody looked at it: what another package needs stays. */
	plan_options.alone = true;
	plan = make_plan();
	plan_options.alone = false;
	step = step_of(plan, "package");
	assert_string_equal(json_string_value(json_object_get(step, "do")), "stay");
	assert_non_null(strstr(json_string_value(json_object_get(step, "why")), "appb needs it"));
	json_decref(plan);
	/* What the device needs, in what would go, too; and a file. */
	plan_options.needed = &needed;
	plan = make_plan();
	plan_options.needed = NULL;
	assert_int_equal(remove_plan_stays(plan), 2);
	step = step_of(plan, "package");
	assert_string_equal(json_string_value(json_object_get(step, "do")), "stay");
	json_decref(plan);
	plan_options.orders = &another;
	plan_options.n_orders = 1;
	plan = make_plan();
	plan_options.n_orders = 0;
	assert_null(step_of(plan, "package"));
	json_decref(plan);
	/* A plan changes nothing. */
	assert_true(is_there("root/opt/liba/file") && is_there("root/home/u/app"));
	assert_false(is_there("state/quarantine"));
}

static int count_events(void *context, const json_t *members)
{
	unsigned int *n = context;

	assert_true(json_is_string(json_object_get(members, "action")));
	(*n)++;
	return 0;
}

static void test_done(void **state)
{
	struct quarantine_list list;
	struct quarantine_file file = { 0 };
	char why[QUARANTINE_WHY_MAX];
	unsigned int n = 0, bad;
	struct stat st;

	(void)state;
	fresh_root();
	assert_int_equal(remove_all(true), 0);
	assert_false(is_there("root/opt/liba") || is_there("root/opt/appb"));
	assert_false(is_there("root/home/u/app") || is_there("root/opt/loose"));
	assert_true(is_there("root/opt/other/file") && is_there("root/home/u/docs/a"));
	assert_false(is_there("state/remove/plan"));
	assert_int_equal(quarantine_list(tempdir_path("state/quarantine"), &list), 0);
	assert_int_equal(list.n, 2);
	assert_int_equal(list.damaged, 0);
	assert_int_equal(stat(tempdir_path("state/quarantine"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	for (size_t i = 0; i < list.n; i++) {
		char *path;

		assert_true(asprintf(&path, "%s/%s", list.v[i].dir, list.v[i].id) > 0);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0);
		free(path);
		assert_int_equal(quarantine_restore(&list.v[i], why), 0);
	}
	quarantine_list_free(&list);
	assert_int_equal(quarantine_look(tempdir_path("root/home/u/app"), &file), 0);
	assert_int_equal(file.mode, 04755);
	assert_int_equal(file.mtime.tv_sec, 1577836800);
	assert_int_equal(quarantine_look(tempdir_path("root/opt/loose"), &file), 0);
	assert_int_equal(file.mode, 0640);
	run("grep -qx banned root/home/u/app && python3 -c 'import os; "
	    "assert os.getxattr(\"root/opt/loose\", \"user.x\") == b\"y\"'");
	/* All of it was told: a package and two files. */
	assert_int_equal(
		remove_event_take(tempdir_path("state/removed"), 10, count_events, &n, &bad), 3);
	assert_int_equal(n, 3);
	assert_int_equal(bad, 0);
}

static void test_delete(void **state)
{
	(void)state;
	fresh_root();
	plan_options.delete = true;
	assert_int_equal(remove_all(true), 0);
	plan_options.delete = false;
	assert_false(is_there("root/home/u/app"));
	run("test -z \"$(find state/quarantine -type f ! -name places)\"");
}

/* A file with three names, of which two are found: that one is taken away makes no other of it. */
static void test_links(void **state)
{
	struct quarantine_list list;
	char why[QUARANTINE_WHY_MAX];

	(void)state;
	for (int delete = 0; delete < 2; delete ++) {
		fresh_root();
		run("ln root/home/u/app " LINK "; ln root/home/u/app root/home/u/kept");
		plan_options.delete = delete;
		assert_int_equal(remove_all(true), 0);
		plan_options.delete = false;
		assert_false(is_there("root/home/u/app") || is_there(LINK));
		assert_true(is_there("root/home/u/kept"));
		assert_int_equal(quarantine_list(tempdir_path("state/quarantine"), &list), 0);
		assert_int_equal(list.n, delete ? 0 : 3);
		for (size_t i = 0; i < list.n; i++)
			assert_int_equal(quarantine_restore(&list.v[i], why), 0);
		quarantine_list_free(&list);
	}
	fresh_root();
	run("ln root/home/u/app " LINK);
	assert_int_equal(remove_all(true), 0);
	assert_int_equal(quarantine_list(tempdir_path("state/quarantine"), &list), 0);
	for (size_t i = 0; i < list.n; i++)
		assert_int_equal(quarantine_restore(&list.v[i], why), 0);
	quarantine_list_free(&list);
	run("test \"$(stat -c '%a %h' " LINK ")\" = '4755 2' -a root/home/u/app -ef " LINK);
}

static int place_left;

static void stop_at(const char *place)
{
	(void)place;
	if (--place_left == 0)
		_exit(99);
}

/* Run it in a child that ends at the @n'th place. Returns its exit status. */
static int remove_until(int n)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		place_left = n;
		remove_fault = stop_at;
		_exit(remove_all(false) ? 1 : 0);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Cut off at each place, and again at each place of what comes then, in turns. */
static void cut_off_everywhere(void)
{
	char *wanted;
	int n, status = 99;

	fresh_root();
	assert_int_equal(remove_all(true), 0);
	wanted = list_all();
	for (n = 1; status == 99; n++) {
		assert_true(n < PLACES_MAX);
		fresh_root();
		status = remove_until(n);
		if (status == 99 && n % 3 == 0)
			remove_until(n % 7 + 1);
		assert_int_equal(remove_all(false), 0);
		is_same(wanted, list_all(), n);
	}
	assert_int_equal(status, 0);
	print_message("%d places\n", n - 2);
	free(wanted);
}

static void test_cut_off(void **state)
{
	(void)state;
	cut_off_everywhere();
}

static void test_cut_off_links(void **state)
{
	(void)state;
	has_link = true;
	cut_off_everywhere();
	has_link = false;
}

static void test_cut_off_deleting(void **state)
{
	(void)state;
	plan_options.delete = true;
	cut_off_everywhere();
	plan_options.delete = false;
}

/* Killed at some time, while dpkg runs, too; that goes on then. */
static void test_killed(void **state)
{
	struct timespec begun, ended;
	char *wanted;
	long us;

	(void)state;
	fresh_root();
	clock_gettime(CLOCK_MONOTONIC, &begun);
	assert_int_equal(remove_all(true), 0);
	clock_gettime(CLOCK_MONOTONIC, &ended);
	us = (ended.tv_sec - begun.tv_sec) * 1000000 + (ended.tv_nsec - begun.tv_nsec) / 1000;
	wanted = list_all();
	srandom((unsigned int)getpid());
	for (int i = 0; i < RANDOM_KILLS; i++) {
		pid_t pid;

		fresh_root();
		pid = fork();
		if (!pid)
			_exit(remove_all(true) ? 1 : 0);
		usleep((useconds_t)(random() % us));
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		assert_int_equal(remove_all(false), 0);
		is_same(wanted, list_all(), i);
	}
	free(wanted);
}

/* Restoring, cut off at each place. */
static void test_restore_cut_off(void **state)
{
	int status = 99;

	(void)state;
	for (int n = 1; status == 99; n++) {
		struct quarantine_list list;
		char why[QUARANTINE_WHY_MAX];
		pid_t pid;

		fresh_root();
		assert_int_equal(remove_all(true), 0);
		pid = fork();
		if (!pid) {
			assert_int_equal(quarantine_list(tempdir_path("state/quarantine"), &list),
					 0);
			place_left = n;
			remove_fault = stop_at;
			_exit(quarantine_restore(&list.v[0], why) ? 1 : 0);
		}
		waitpid(pid, &status, 0);
		status = WEXITSTATUS(status);
		assert_int_equal(quarantine_list(tempdir_path("state/quarantine"), &list), 0);
		for (size_t i = 0; i < list.n; i++)
			assert_int_equal(quarantine_restore(&list.v[i], why), 0);
		quarantine_list_free(&list);
		run("test -z \"$(find state/quarantine -type f ! -name places)\" && "
		    "test \"$(stat -c %a root/home/u/app)\" = 4755");
	}
	assert_int_equal(status, 0);
}

/* A manager that fails is told, with what it said; and tried again. */
static void test_failing(void **state)
{
	(void)state;
	fresh_root();
	run("printf '#!/bin/sh\\necho it cannot be >&2\\nexit 3\\n' "
	    ">root/var/lib/dpkg/info/liba.prerm; chmod 755 root/var/lib/dpkg/info/liba.prerm; "
	    "mkdir -p root/bin root/lib64 root/lib");
	assert_int_equal(remove_all(true), 1);
	assert_false(is_there("state/remove/plan"));
	run("cat state/removed/* | jq -se 'map(select(.action == \"failed\")) | length == 1 and "
	    ".[0].package.id == \"liba\" and (.[0].output | test(\"liba\"))'");
	run("rm root/var/lib/dpkg/info/liba.prerm");
	assert_int_equal(remove_all(true), 0);
	assert_false(is_there("root/opt/liba"));
}

/* Debian's rpm has its database elsewhere than all others; the reader looks where these have it. */
static const char make_rpms[] =
	"rm -rf root state; mkdir -p root/var/lib root/root/.rpmdb state; "
	"ln -s ../../root/.rpmdb root/var/lib/rpm; "
	"for p in liba appb; do printf 'Name: %s\\nVersion: 1\\nRelease: 1\\nSummary: s\\nLicense: "
	"l\\nBuildArch: noarch\\n%s\\n%%description\\nd\\n%%install\\nmkdir -p "
	"%%{buildroot}/opt/%s; echo %s >%%{buildroot}/opt/%s/f\\n%%files\\n/opt/%s\\n' $p \"$(test $p "
	"= appb && echo Requires: liba)\" $p $p $p $p >$p.spec; HOME=/root rpmbuild -bb --define "
	"\"_topdir $PWD/rpms\" $p.spec; done; HOME=/root rpm --root $PWD/root -i "
	"rpms/RPMS/noarch/*.rpm; test -e root/opt/liba/f";

static void test_rpm(void **state)
{
	static const char text[] = ORDER_HEAD "match:\n  - package: {type: rpm, name: liba}\n";
	const struct policy_device device = { 0 };
	struct policy *policy = order_parsed(text);
	char root[100], dir[100], quarantine[100], events[100];
	struct remove_run_options options = { root, dir, quarantine, events, NULL, NULL };
	struct remove_run_counts counts = { 0 };
	json_t *plan = remove_plan_new(NULL), *package;
	int lock;

	(void)state;
	run(make_rpms);
	policy->mode = POLICY_MODE_ENFORCE;
	snprintf(root, sizeof(root), "%s", tempdir_path("root"));
	snprintf(dir, sizeof(dir), "%s", tempdir_path("state/remove"));
	snprintf(quarantine, sizeof(quarantine), "%s", tempdir_path("state/quarantine"));
	snprintf(events, sizeof(events), "%s", tempdir_path("state/removed"));
	plan_options.root = root;
	plan_options.quarantine = quarantine;
	assert_int_equal(remove_plan_packages(plan, policy, &device, &plan_options), 0);
	assert_int_equal(remove_plan_todo(plan), 1);
	package = json_object_get(step_of(plan, "package"), "package");
	assert_string_equal(json_string_value(json_object_get(package, "id")), "liba-1-1.noarch");
	assert_string_equal(json_string_value(json_array_get(json_object_get(package, "with"), 0)),
			    "appb-1-1.noarch");
	lock = remove_lock(dir, false);
	assert_true(lock >= 0);
	assert_int_equal(remove_lock(dir, false), -EBUSY);
	assert_int_equal(remove_run(plan, &options, &counts), 0);
	assert_int_equal(counts.done, 1);
	assert_int_equal(counts.failed, 0);
	close(lock);
	assert_false(is_there("root/opt/liba/f") || is_there("root/opt/appb/f"));
	json_decref(plan);
	policy_free(policy);
}

/* Two revisions of a snap are one step: snapd removes both. */
static void test_snaps(void **state)
{
	static const char text[] = ORDER_HEAD "match:\n  - package: {type: snap, name: one}\n";
	const struct policy_device device = { 0 };
	struct policy *policy = order_parsed(text);
	json_t *plan = remove_plan_new(NULL);

	(void)state;
	run("rm -rf root; mkdir -p root/var/lib/snapd/snaps; cd root/var/lib/snapd/snaps; "
	    "touch one_1.snap one_2.snap two_1.snap");
	policy->mode = POLICY_MODE_ENFORCE;
	plan_options.root = tempdir_path("root");
	assert_int_equal(remove_plan_packages(plan, policy, &device, &plan_options), 0);
	assert_int_equal(remove_plan_todo(plan), 1);
	json_decref(plan);
	policy_free(policy);
}

/* Flatpak's of the system and of a user have the same ID. */
static void test_installations(void **state)
{
	struct remove_package package = { .type = PACKAGE_FLATPAK,
					  .id = "app/org.example.App/x86_64/stable" };
	char why[REMOVE_WHY_MAX];
	struct stat st;

	(void)state;
	run("rm -rf flatpak; for at in var/lib home/u/.local/share; do "
	    "app=flatpak/$at/flatpak/app/org.example.App/x86_64/stable; mkdir -p $app/0; "
	    ": >$app/0/metadata; ln -s 0 $app/active; done; chown -R 1000 flatpak/home 2>/dev/null || :");
	assert_int_equal(stat(tempdir_path("flatpak/home/u"), &st), 0);
	package.user = REMOVE_SYSTEM;
	assert_int_equal(remove_manager_has(tempdir_path("flatpak"), &package, why), 1);
	package.user = st.st_uid;
	assert_int_equal(remove_manager_has(tempdir_path("flatpak"), &package, why), 1);
	package.user = st.st_uid + 1;
	assert_int_equal(remove_manager_has(tempdir_path("flatpak"), &package, why), 0);
	run("rm -r flatpak/var/lib/flatpak/app/org.example.App");
	package.user = REMOVE_SYSTEM;
	assert_int_equal(remove_manager_has(tempdir_path("flatpak"), &package, why), 0);
	package.user = st.st_uid;
	assert_int_equal(remove_manager_has(tempdir_path("flatpak"), &package, why), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_installations), cmocka_unit_test(test_plan),
		cmocka_unit_test(test_done),	      cmocka_unit_test(test_delete),
		cmocka_unit_test(test_links),	      cmocka_unit_test(test_cut_off),
		cmocka_unit_test(test_cut_off_links), cmocka_unit_test(test_cut_off_deleting),
		cmocka_unit_test(test_killed),	      cmocka_unit_test(test_restore_cut_off),
		cmocka_unit_test(test_failing),	      cmocka_unit_test(test_rpm),
		cmocka_unit_test(test_snaps),
	};

	return cmocka_run_group_tests(tests, setup, tempdir_teardown);
}
