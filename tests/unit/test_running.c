// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finding what runs: processes of this machine that run, or have mapped, a file that is in no other
 * place, in every way in which it can be hidden from a look at names.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <cmocka.h>

#include "engine/compile.h"
#include "orders.h"
#include "running/running_job.h"
#include "tempdir.h"

/* What is banned, by its content: this test's program with something behind it, which does what
 * do_something() says. */
static char banned[2048], library[2048];
/* This program, and a copy of it that is banned by nobody. */
static char self[2048], helper[2048];

static void copy(const char *from, const char *to, const char *more)
{
	char buf[1 << 16];
	FILE *in = fopen(from, "r"), *out = fopen(to, "w");
	size_t n;

	assert_non_null(in);
	assert_non_null(out);
	while ((n = fread(buf, 1, sizeof(buf), in)))
		assert_int_equal(fwrite(buf, 1, n, out), n);
	fputs(more, out);
	fclose(in);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(chmod(to, 0755), 0);
}

static void *live_on(void *unused)
{
	for (;;)
		pause();
	return unused;
}

/* ---- as a child ---- */

static void map_it(const char *path, int prot, size_t len)
{
	int fd = open(path, O_RDONLY);
	char byte;

	if (fd < 0 || mmap(NULL, len, prot, MAP_PRIVATE, fd, 0) == MAP_FAILED)
		_exit(1);
	/* An order of rights that leaves nothing open. */
	if (read(fd, &byte, 1) != 1)
		_exit(1);
	close(fd);
}

static void do_something(char **argv)
{
	const char *what = argv[1];
	pthread_t thread;

	if (!strcmp(what, "map"))
		map_it(argv[2], PROT_READ | PROT_EXEC, 4096);
	else if (!strcmp(what, "read"))
		map_it(argv[2], PROT_READ, 4096);
	else if (!strcmp(what, "read-all"))
		map_it(argv[2], PROT_READ, 1 << 20);
	else if (!strcmp(what, "open") && open(argv[2], O_RDONLY) < 0)
		_exit(1);
	else if (!strcmp(what, "leave") && pthread_create(&thread, NULL, live_on, NULL))
		_exit(1);
	if (write(1, "r", 1) != 1)
		_exit(1);
	/* The main thread alone. */
	if (!strcmp(what, "leave"))
		syscall(SYS_exit, 0);
	live_on(NULL);
}

/* ---- as their parent ---- */

/* Start @program, to do @what. Returns when it does. */
static pid_t start(const char *program, const char *what, const char *arg)
{
	char *args[] = { (char *)"x", (char *)what, (char *)arg, NULL };
	char *environment[] = { (char *)"ASAN_OPTIONS=detect_leaks=0", NULL };
	char ready;
	int pipes[2];
	pid_t pid;

	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(pipes[1], 1);
		execve(program, args, environment);
		_exit(1);
	}
	close(pipes[1]);
	assert_int_equal(read(pipes[0], &ready, 1), 1);
	close(pipes[0]);
	return pid;
}

static void stop(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* What was found of processes of ours. */
#define FOUND_MAX 16
static struct running_found *all[FOUND_MAX];
static size_t n_all;

static int note(void *ctx, struct running_found *found)
{
	(void)ctx;
	assert_true(n_all < FOUND_MAX);
	all[n_all++] = found;
	return 0;
}

static void forget(void)
{
	while (n_all)
		running_found_free(all[--n_all]);
}

static const struct running_found *of(pid_t pid)
{
	for (size_t i = 0; i < n_all; i++)
		if (all[i]->pid == pid)
			return all[i];
	return NULL;
}

static void sha256_of(const char *path, char hex[65], long *size)
{
	char command[4200];
	struct stat st;
	FILE *out;

	snprintf(command, sizeof(command), "sha256sum < '%s'", path);
	out = popen(command, "r");
	assert_non_null(out);
	assert_int_equal(fread(hex, 1, 64, out), 64);
	pclose(out);
	hex[64] = '\0';
	assert_int_equal(stat(path, &st), 0);
	*size = (long)st.st_size;
}

/* An order of these lines that names @path. */
static struct policy *ban(const char *path, const char *lines)
{
	char hex[65], *text;
	long size;
	struct policy *policy;

	sha256_of(path, hex, &size);
	assert_true(asprintf(&text, "%s%smatch:\n  - sha256: %s\n    size: %ld\n", ORDER_HEAD,
			     lines, hex, size) > 0);
	policy = order_parsed(text);
	policy->mode = POLICY_MODE_ENFORCE;
	free(text);
	return policy;
}

static struct running_rules *rules_of(const struct policy *policy)
{
	struct policy_device device = { 0 };
	struct compile_image image;
	struct running_rules *rules;

	assert_int_equal(compile_image(policy, &device, &image), 0);
	assert_int_equal(running_rules_new(&image, compile_image_free, policy, &device, &rules), 0);
	return rules;
}

static void search_by(const char *path, const char *lines, const struct running_options *options,
		      struct running_counts *counts)
{
	struct policy *policy = ban(path, lines);
	struct running_rules *rules = rules_of(policy);

	policy_free(policy);
	forget();
	assert_int_equal(running_find(rules, options, note, NULL, counts), 0);
	running_rules_unref(rules);
}

static void check_found(pid_t pid, const char *name, enum interdict_op op)
{
	const struct running_found *found = of(pid);

	assert_non_null(found);
	assert_int_equal(found->op, op);
	assert_int_equal(found->outcome, DECISION_DENY);
	assert_string_equal(found->order, "o");
	assert_string_equal(found->rule, "sha256");
	assert_int_equal(found->spare, RUNNING_NOT_SPARED);
	assert_int_equal(found->ppid, getpid());
	assert_int_equal(found->uid, getuid());
	assert_true(found->pidfd >= 0);
	assert_true(found->parents_count > 0);
	if (!strstr(found->file.path, name))
		fail_msg("%s is not %s", found->file.path, name);
}

/* By its name, with the name gone, by no name, and when its main thread has left. */
static void test_executed(void **state)
{
	int memfd = memfd_create("hidden", MFD_CLOEXEC);
	pid_t named, deleted, unnamed, left, other;
	char other_path[2048], twin[2048], link[64];
	struct running_counts counts;

	(void)state;
	snprintf(other_path, sizeof(other_path), "%s", tempdir_path("other"));
	snprintf(twin, sizeof(twin), "%s", tempdir_path("twin"));
	copy(self, other_path, "other");
	copy(banned, twin, "");
	snprintf(link, sizeof(link), "/proc/self/fd/%d", memfd);
	copy(banned, link, "");
	named = start(banned, "live", NULL);
	deleted = start(twin, "live", NULL);
	unlink(twin);
	unnamed = start(link, "live", NULL);
	left = start(banned, "leave", NULL);
	other = start(other_path, "live", NULL);
	search_by(banned, "running: kill\ngrace: 7s\n", NULL, &counts);
	check_found(named, "/banned", INTERDICT_OP_EXEC);
	check_found(deleted, "/twin (deleted)", INTERDICT_OP_EXEC);
	check_found(unnamed, "/memfd:hidden", INTERDICT_OP_EXEC);
	check_found(left, "/banned", INTERDICT_OP_EXEC);
	assert_null(of(other));
	assert_int_equal(n_all, 4);
	assert_int_equal(counts.found, 4);
	assert_true(counts.processes >= 6 && counts.files >= 3);
	assert_string_equal(of(named)->by, "o");
	assert_int_equal(of(named)->grace, 7);
	assert_string_equal(of(named)->exe, banned);
	assert_int_equal(strncmp(of(named)->comm, "banned", INTERDICT_COMM_LEN), 0);
	stop(named);
	stop(deleted);
	stop(unnamed);
	stop(left);
	stop(other);
	close(memfd);
}

static bool may_follow_mappings(void)
{
	char name[64], line[4096] = "";
	FILE *maps = fopen("/proc/self/maps", "r");
	unsigned long from, to;
	int fd;

	assert_non_null(maps);
	do
		assert_non_null(fgets(line, sizeof(line), maps));
	while (!strchr(line, '/'));
	fclose(maps);
	assert_int_equal(sscanf(line, "%lx-%lx", &from, &to), 2);
	snprintf(name, sizeof(name), "/proc/self/map_files/%lx-%lx", from, to);
	fd = open(name, O_PATH);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static void test_mapped(void **state)
{
	struct running_counts counts;
	pid_t maps, gone, reads, opens;
	char twin[2048];

	(void)state;
	snprintf(twin, sizeof(twin), "%s", tempdir_path("twin.so"));
	copy(library, twin, "");
	maps = start(helper, "map", library);
	gone = start(helper, "map", twin);
	unlink(twin);
	reads = start(helper, "read", library);
	opens = start(helper, "open", library);
	search_by(library, "", NULL, &counts);
	if (may_follow_mappings()) {
		check_found(maps, "/library.so", INTERDICT_OP_MAP);
		check_found(gone, "/twin.so (deleted)", INTERDICT_OP_MAP);
		assert_string_equal(of(maps)->by, "");
		assert_string_equal(of(maps)->exe, helper);
		assert_int_equal(n_all, 2);
	} else {
		assert_true(counts.unread >= 2);
	}
	/* An order about other operations. */
	search_by(library, "operations: [exec, open, load]\n", NULL, &counts);
	assert_int_equal(n_all, 0);
	stop(maps);
	stop(gone);
	stop(reads);
	stop(opens);
}

/* As Wine has a Windows program: its header. Who reads it has all of it. */
static void test_header(void **state)
{
	struct running_counts counts;
	char windows[2048];
	pid_t wine, reads;

	(void)state;
	snprintf(windows, sizeof(windows), "%s", tempdir_path("windows.exe"));
	copy("/bin/true", windows, "windows");
	wine = open(windows, O_WRONLY);
	assert_int_equal(write(wine, "MZ", 2), 2);
	close(wine);
	wine = start(helper, "read", windows);
	reads = start(helper, "read-all", windows);
	search_by(windows, "", NULL, &counts);
	if (may_follow_mappings()) {
		check_found(wine, "/windows.exe", INTERDICT_OP_MAP);
		assert_int_equal(n_all, 1);
	}
	stop(wine);
	stop(reads);
}

static void test_verdicts(void **state)
{
	pid_t pid = start(banned, "live", NULL);
	struct running_counts counts;

	(void)state;
	search_by(banned, "mode: audit\nrunning: kill\n", NULL, &counts);
	assert_int_equal(n_all, 1);
	assert_int_equal(of(pid)->outcome, DECISION_AUDIT);
	assert_string_equal(of(pid)->by, "");
	search_by(banned, "running: report\n", NULL, &counts);
	assert_int_equal(of(pid)->outcome, DECISION_DENY);
	assert_string_equal(of(pid)->by, "");
	search_by(banned, "mode: off\n", NULL, &counts);
	assert_int_equal(n_all, 0);
	search_by(banned, "expires: 1970-01-01T00:00:00Z\n", NULL, &counts);
	assert_int_equal(n_all, 0);
	/* The kernel lets it be executed: what it then has mapped is part of that. */
	search_by(banned, "operations: [map]\n", NULL, &counts);
	assert_int_equal(n_all, 0);
	search_by(banned, "operations: [exec]\nrunning: kill\n", NULL, &counts);
	assert_string_equal(of(pid)->by, "o");
	stop(pid);
}

/* Two orders: who ends it is the one with the shortest grace, whatever is reported. */
static void test_two_orders(void **state)
{
	pid_t pid = start(banned, "live", NULL);
	struct policy *policy = ban(banned, "running: kill\ngrace: 1h\n");
	struct policy_order *orders = calloc(3, sizeof(*orders)), *kept = policy->orders;
	struct running_counts counts;
	struct running_rules *rules;

	(void)state;
	for (int i = 0; i < 3; i++)
		orders[i] = kept[0];
	orders[1].id = "second";
	orders[1].grace = 60;
	orders[2].id = "third";
	orders[2].grace = 1;
	orders[2].mode = POLICY_MODE_AUDIT;
	policy->orders = orders;
	policy->n_orders = 3;
	rules = rules_of(policy);
	forget();
	assert_int_equal(running_find(rules, NULL, note, NULL, &counts), 0);
	assert_int_equal(n_all, 1);
	assert_string_equal(of(pid)->order, "o");
	assert_int_equal(of(pid)->also_count, 2);
	assert_string_equal(of(pid)->by, "second");
	assert_int_equal(of(pid)->grace, 60);
	running_rules_unref(rules);
	policy->orders = kept;
	policy->n_orders = 1;
	policy_free(policy);
	free(orders);
	stop(pid);
}

static void test_spared(void **state)
{
	struct running_counts counts;
	char init[2048] = "";
	pid_t pid;

	(void)state;
	pid = start(self, "live", NULL);
	search_by(self, "running: kill\n", NULL, &counts);
	assert_int_equal(of(getpid())->spare, RUNNING_TOOL);
	/* Another process of the same program. */
	assert_int_equal(of(pid)->spare, RUNNING_TOOL);
	stop(pid);
	if (readlink("/proc/1/exe", init, sizeof(init) - 1) > 0 && access(init, R_OK) == 0) {
		search_by(init, "running: kill\n", NULL, &counts);
		assert_int_equal(of(1)->spare, RUNNING_INIT);
	}
}

static void test_signal(void **state)
{
	struct running_counts counts;
	struct running_found *found;
	char *args[] = { (char *)"sleep", (char *)"1000", NULL };
	int status;
	pid_t pid;

	(void)state;
	pid = start(banned, "live", NULL);
	search_by(banned, "running: kill\n", NULL, &counts);
	found = (struct running_found *)of(pid);
	assert_int_equal(running_signal(found, 0), 0);
	/* It has executed something else. */
	found->exe_ino++;
	assert_int_equal(running_signal(found, SIGKILL), -ESTALE);
	found->exe_ino--;
	assert_int_equal(running_signal(found, SIGTERM), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	/* Its number is free. */
	assert_int_equal(running_signal(found, SIGKILL), -ESRCH);
	forget();

	/* A child that executes: the same process, another program. */
	pid = fork();
	if (!pid) {
		execv("/bin/sleep", args);
		_exit(1);
	}
	for (int i = 0; i < 500 && waitpid(pid, &status, WNOHANG) == 0; i++) {
		search_by("/bin/sleep", "", NULL, &counts);
		if (of(pid))
			break;
	}
	assert_non_null(of(pid));
	/* A zombie has ended. */
	kill(pid, SIGKILL);
	assert_int_equal(waitid(P_PID, (id_t)pid, NULL, WEXITED | WNOWAIT), 0);
	assert_int_equal(running_signal(of(pid), SIGTERM), -ESRCH);
	search_by("/bin/sleep", "", NULL, &counts);
	assert_null(of(pid));
	waitpid(pid, NULL, 0);
}

static void test_options(void **state)
{
	static struct running_progress progress;
	struct running_options options = { .progress = &progress };
	pid_t runs = start(banned, "live", NULL), maps = start(helper, "map", banned);
	struct running_skip skip[2] = { { .pid = runs }, { .pid = maps } };
	struct running_counts counts;
	struct policy *policy;
	struct running_rules *rules;
	bool may = may_follow_mappings();

	(void)state;
	search_by(banned, "", &options, &counts);
	assert_int_equal(n_all, may ? 2 : 1);
	assert_int_equal(progress.since, 0);
	assert_true(progress.known > 0);
	skip[0].start = of(runs)->start;
	skip[1].start = may ? of(maps)->start : 0;
	options.skip = skip;
	options.n_skip = 2;
	search_by(banned, "", &options, &counts);
	assert_int_equal(n_all, 1);
	assert_non_null(of(runs));
	assert_true(counts.unread >= 1);
	skip[0].exe = true;
	search_by(banned, "", &options, &counts);
	assert_int_equal(n_all, 0);
	/* Of another process of that number. */
	skip[0].start++;
	search_by(banned, "", &options, &counts);
	assert_int_equal(n_all, 1);
	progress.cancel = true;
	policy = ban(banned, "");
	rules = rules_of(policy);
	forget();
	assert_int_equal(running_find(rules, &options, note, NULL, &counts), -ECANCELED);
	assert_int_equal(n_all, 0);
	running_rules_unref(rules);
	policy_free(policy);
	stop(runs);
	stop(maps);
}

/* In a thread: the same is found, one after the other, and it can be given up at any moment. */
static void test_job(void **state)
{
	pid_t runs = start(banned, "live", NULL), maps = start(helper, "map", banned);
	struct pollfd ready = { .events = POLLIN };
	struct policy *policy = ban(banned, "");
	struct running_rules *rules = rules_of(policy);
	struct running_counts counts = { 0 };
	struct running_found *found;
	struct running_job *job;
	struct running_skip who;
	bool over = false;
	int err = 0;

	(void)state;
	policy_free(policy);
	forget();
	assert_int_equal(running_job_new(rules, NULL, 0, &job), 0);
	assert_false(running_job_hangs(job, 60000, &who));
	ready.fd = running_job_fd(job);
	while (!over) {
		assert_int_equal(poll(&ready, 1, 60000), 1);
		while ((found = running_job_next(job)))
			note(NULL, found);
		over = running_job_over(job, &err, &counts);
	}
	running_job_give_up(job);
	assert_int_equal(err, 0);
	assert_int_equal(counts.found, n_all);
	assert_non_null(of(runs));
	if (may_follow_mappings())
		assert_non_null(of(maps));
	/* Not waited for; while it still has work, or something to be had. */
	for (int i = 0; i < 30; i++) {
		const struct timespec moment = { .tv_nsec = i * 1000000L };

		assert_int_equal(running_job_new(rules, NULL, 0, &job), 0);
		nanosleep(&moment, NULL);
		if (i & 1)
			running_job_give_up(job);
		else
			running_job_end(job, 60000);
	}
	running_rules_unref(rules);
	stop(runs);
	stop(maps);
}

static int setup(void **state)
{
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n <= 0 || tempdir_setup(state))
		return -1;
	snprintf(banned, sizeof(banned), "%s", tempdir_path("banned"));
	snprintf(library, sizeof(library), "%s", tempdir_path("library.so"));
	copy(self, banned, "banned");
	snprintf(helper, sizeof(helper), "%s", tempdir_path("helper"));
	copy(self, helper, "helper");
	copy("/bin/true", library, "library");
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_executed),   cmocka_unit_test(test_mapped),
		cmocka_unit_test(test_header),	   cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_two_orders), cmocka_unit_test(test_spared),
		cmocka_unit_test(test_signal),	   cmocka_unit_test(test_options),
		cmocka_unit_test(test_job),
	};
	int failed;

	if (argc > 1)
		do_something(argv);
	failed = cmocka_run_group_tests_name("running", tests, setup, tempdir_teardown);
	forget();
	return failed;
}
