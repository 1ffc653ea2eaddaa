// SPDX-License-Identifier: GPL-2.0-or-later
/* What a scan walks: trees as users make them, with many threads and one. */
#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>

#include "scanning.h"

static const unsigned int threads[] = { 1, 2, 8 };

#define EACH_THREADS (size_t i = 0; i < sizeof(threads) / sizeof(threads[0]); i++)

/* ---- names and links ---- */

static void test_names(void **state)
{
	struct scanning scanning = { 0 };

	(void)state;
	tempdir_write("new\nline", SCANNING_BANNED);
	tempdir_write("quo\"te/back\\slash", SCANNING_BANNED);
	tempdir_write("not\xff\xfeutf8", SCANNING_BANNED);
	tempdir_write("-rf", SCANNING_BANNED);
	tempdir_write(" ", SCANNING_BANNED);
	tempdir_write("...", SCANNING_BANNED);
	tempdir_write("allowed", SCANNING_ALLOWED);
	tempdir_write("longer", SCANNING_BANNED "!");
	tempdir_write("empty", "");
	for
		EACH_THREADS
		{
			scanning.threads = threads[i];
			scan_now(&scanning);
			assert_found(&scanning, " \n-rf\n...\nnew\nline\nnot\\xff\\xfeutf8\n"
						"quo\"te/back\\\\slash\n");
			assert_int_equal(scanning.counts.files, 9);
			/* Of the others nobody asks. */
			assert_int_equal(scanning.counts.identified, 7);
			assert_int_equal(scanning.counts.problems, 0);
		}
	scanning_free(&scanning);
}

static void link_to(const char *target, const char *path)
{
	assert_int_equal(symlink(target, tempdir_path(path)), 0);
}

static void test_links(void **state)
{
	struct scanning scanning = { 0 };

	(void)state;
	tempdir_write("d/banned", SCANNING_BANNED);
	tempdir_write("d/allowed", SCANNING_ALLOWED);
	link_to("..", "d/up");
	link_to(".", "d/here");
	link_to("loop", "d/loop");
	link_to("banned", "d/to-banned");
	link_to("/", "d/root");
	link_to("absent", "d/dangling");
	assert_int_equal(mkfifo(tempdir_path("d/fifo"), 0600), 0);
	assert_int_equal(link(tempdir_path("d/banned"), tempdir_path("d/second")), 0);
	assert_int_equal(link(tempdir_path("d/banned"), tempdir_path("d/third")), 0);
	assert_int_equal(link(tempdir_path("d/allowed"), tempdir_path("d/allowed-2")), 0);
	assert_int_equal(link(tempdir_path("d/allowed"), tempdir_path("d/allowed-3")), 0);
	scan_now(&scanning);
	assert_found(&scanning, "d/banned\nd/second\nd/third\n");
	assert_int_equal(scanning.counts.files, 6);
	/* What is not banned is read once. */
	assert_int_equal(scanning.counts.linked, 2);
	assert_int_equal(scanning.counts.problems, 0);
	/* A link that is named is followed. */
	link_to("d/banned", "named");
	scanning.path = "named";
	scan_now(&scanning);
	assert_found(&scanning, "named\n");
	scanning_free(&scanning);
}

/* ---- shapes ---- */

#define DEPTH 3000

/* A chain of directories "d", a banned file and a directory "e" with one at every hundredth, and at
 * the end. */
static void make_deep(void)
{
	int dir = open(tempdir, O_RDONLY | O_DIRECTORY), next, side;

	for (int i = 0; i <= DEPTH; i++) {
		if (i % 100 == 0) {
			assert_int_equal(mkdirat(dir, "e", 0755), 0);
			side = openat(dir, "e/banned", O_WRONLY | O_CREAT, 0644);
			assert_int_equal(write(side, SCANNING_BANNED, 6), 6);
			close(side);
		}
		assert_int_equal(mkdirat(dir, "d", 0755), 0);
		next = openat(dir, "d", O_RDONLY | O_DIRECTORY);
		close(dir);
		dir = next;
	}
	close(dir);
}

/* nftw() does not come that deep. */
static void remove_deep(void)
{
	int dir = open(tempdir, O_RDONLY | O_DIRECTORY), up;
	long depth = 0;

	while ((up = openat(dir, "d", O_RDONLY | O_DIRECTORY)) >= 0) {
		close(dir);
		dir = up;
		depth++;
	}
	for (; depth; depth--) {
		up = openat(dir, "..", O_RDONLY | O_DIRECTORY);
		close(dir);
		dir = up;
		unlinkat(dir, "e/banned", 0);
		unlinkat(dir, "e", AT_REMOVEDIR);
		assert_int_equal(unlinkat(dir, "d", AT_REMOVEDIR), 0);
	}
	close(dir);
}

static void test_deep(void **state)
{
	struct scanning scanning = { 0 };

	(void)state;
	make_deep();
	for
		EACH_THREADS
		{
			scanning.threads = threads[i];
			scan_now(&scanning);
			assert_int_equal(scanning.n, DEPTH / 100 + 1);
			assert_int_equal(scanning.counts.directories,
					 1 + DEPTH + 1 + DEPTH / 100 + 1);
			assert_int_equal(scanning.counts.problems, 0);
		}
	scanning_free(&scanning);
	remove_deep();
}

#define WIDE 5000

static void test_wide(void **state)
{
	struct scanning scanning = { 0 };
	char path[64];

	(void)state;
	for (int i = 0; i < WIDE; i++) {
		snprintf(path, sizeof(path), "files/%d", i);
		tempdir_write(path, i % 100 ? SCANNING_ALLOWED : SCANNING_BANNED);
		if (i % 10 == 0) {
			snprintf(path, sizeof(path), "%d/a/b/c", i);
			tempdir_write(path, i % 100 ? "x" : SCANNING_BANNED);
		}
	}
	for
		EACH_THREADS
		{
			scanning.threads = threads[i];
			scan_now(&scanning);
			assert_int_equal(scanning.n, 2 * WIDE / 100);
			assert_int_equal(scanning.counts.files, WIDE + WIDE / 10);
			assert_int_equal(scanning.counts.problems, 0);
		}
	scanning_free(&scanning);
}

/* ---- what goes wrong ---- */

static void test_permission(void **state)
{
	struct scanning scanning = { 0 };
	bool root = geteuid() == 0;

	(void)state;
	tempdir_write("closed/banned", SCANNING_BANNED);
	tempdir_write("open/banned", SCANNING_BANNED);
	tempdir_write("unreadable", SCANNING_BANNED);
	assert_int_equal(chmod(tempdir_path("closed"), 0), 0);
	assert_int_equal(chmod(tempdir_path("unreadable"), 0), 0);
	if (root)
		assert_int_equal(seteuid(65534), 0);
	scan_now(&scanning);
	if (root)
		assert_int_equal(seteuid(0), 0);
	assert_found(&scanning, "open/banned\n");
	assert_int_equal(scanning.counts.problems, 2);
	assert_int_equal(scanning.n_problems, 2);
	assert_int_equal(scanning.error[0], -EACCES);
	assert_int_equal(scanning.error[1], -EACCES);
	assert_int_equal(chmod(tempdir_path("closed"), 0755), 0);
	scanning_free(&scanning);
}

/* From the deepest file on, a directory above is another one's. */
static void move_away(const char *path)
{
	(void)path;
	assert_int_equal(rename(tempdir_path("t/1"), tempdir_path("t-away")), 0);
}

static void test_moved(void **state)
{
	struct scanning scanning = { .path = "t", .on_found = move_away };
	char path[256];

	(void)state;
	for (int i = 2; i <= 20; i++) {
		snprintf(path, sizeof(path), "t/%d/allowed", i);
		tempdir_write(path, SCANNING_ALLOWED);
	}
	/* t/1/2/.../30: so deep that t is not open any more. */
	strcpy(path, "t");
	for (int i = 1; i <= 30; i++)
		sprintf(path + strlen(path), "/%d", i);
	strcat(path, "/banned");
	tempdir_write(path, SCANNING_BANNED);
	scan_now(&scanning);
	assert_int_equal(scanning.n, 1);
	/* What it had not come to yet is said to be missing. */
	assert_int_equal(scanning.counts.problems, scanning.counts.files < 20);
	if (scanning.n_problems) {
		assert_int_equal(scanning.error[0], -ESTALE);
		assert_string_equal(scanning.problem[0], "t");
	}
	scanning_free(&scanning);
}

/* What was seen, and is gone when it is looked at. */
static void remove_others(const char *path)
{
	char name[64];

	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "v/%d", i);
		if (!strstr(path, tempdir_path(name))) {
			snprintf(name, sizeof(name), "v/%d/banned", i);
			unlink(tempdir_path(name));
			snprintf(name, sizeof(name), "v/%d", i);
			rmdir(tempdir_path(name));
		}
	}
}

static void test_vanished(void **state)
{
	struct scanning scanning = { .path = "v", .on_found = remove_others };
	char path[64];

	(void)state;
	for (int i = 0; i < 20; i++) {
		snprintf(path, sizeof(path), "v/%d/banned", i);
		tempdir_write(path, SCANNING_BANNED);
	}
	scan_now(&scanning);
	assert_int_equal(scanning.n, 1);
	assert_int_equal(scanning.counts.vanished, 19);
	assert_int_equal(scanning.counts.problems, 0);
	scanning_free(&scanning);
}

static _Atomic bool stop;

static void stop_now(void *context, json_t *finding)
{
	(void)context;
	(void)finding;
	atomic_store(&stop, true);
}

static void test_stop(void **state)
{
	char *text = scanning_order(), *path = tempdir;
	struct policy *parsed = order_parsed(text);
	const struct policy_device device = { 0 };
	struct scan_counts counts = { 0 };
	struct scan_policy policy;
	struct scan_roots roots;
	struct scan_options options = {
		.policy = &policy,
		.roots = &roots,
		.threads = 2,
		.control = -ENODEV,
		.report = { NULL, stop_now, scanning_problem, scanning_progress },
		.stop = &stop,
	};
	char name[64];

	(void)state;
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "%d/banned", i);
		tempdir_write(name, SCANNING_BANNED);
	}
	parsed->mode = POLICY_MODE_ENFORCE;
	parsed->name = "unit";
	assert_int_equal(scan_policy_init(parsed, &device, &policy), 0);
	assert_int_equal(scan_roots_find(&path, 1, 0, &roots), 0);
	assert_int_equal(scan_run(&options, &counts), 0);
	assert_in_range(counts.found, 1, 10);
	scan_roots_free(&roots);
	scan_policy_free(&policy);
	policy_free(parsed);
	free(text);
}

#define IN_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, tempdir_setup, tempdir_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_DIRECTORY(test_names),      IN_DIRECTORY(test_links),
		IN_DIRECTORY(test_deep),       IN_DIRECTORY(test_wide),
		IN_DIRECTORY(test_permission), IN_DIRECTORY(test_moved),
		IN_DIRECTORY(test_vanished),   IN_DIRECTORY(test_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
