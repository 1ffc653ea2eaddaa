// SPDX-License-Identifier: GPL-2.0-or-later
/* `interdict watch --full` in a terminal (tmux), of two sizes, with a daemon that comes and goes;
 * and `interdict watch` in one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "fake_daemon.h"
#include "ssh_server.h"
#include "tempdir.h"

/* Seconds that a screen is waited for, on a machine that does other things. */
#define PATIENCE 30

static char screen[200 * 1024];
static struct fake_daemon fake;
static struct ssh_server ssh;

#define STATUS(degraded)                                                                         \
	"{\"ok\":true,\"enforcing\":true,\"mode\":\"enforce\",\"provider\":\"kmod\",\"policy\":" \
	"{\"name\":\"government-baseline\",\"serial\":42,\"digest\":\"00\",\"generation\":7},"   \
	"\"degraded\":[" degraded "],\"counters\":{\"attempts\":1240,\"emitted\":1233,"          \
	"\"lost\":7,\"denied\":1234,\"audited\":5,\"unidentified\":1,\"waiting\":0},"            \
	"\"balance\":{\"kernel\":true,\"daemon\":true},\"daemon\":{\"missed\":3,\"watchers\":2}}"

static const char order[] =
	"interdict: 1\norder: ca-tbs-wechat\ntitle: WeChat suite (Tencent)\n"
	"authority: Treasury Board of Canada Secretariat\nreference: statement of 30 October 2023\n"
	"reason: unacceptable level of risk to privacy and security\n"
	"message: WeChat is not permitted on government devices.\n"
	"contact: https://it.example.gc.ca/bans\nmatch:\n"
	"  - sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\n"
	"    size: 4\n    note: the main binary\n";

/* A denial's line, @ago seconds old. */
static void put_denied(FILE *out, int seq, int ago, const char *path)
{
	time_t at = time(NULL) - ago;
	char when[32];
	struct tm tm;

	gmtime_r(&at, &tm);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &tm);
	fprintf(out,
		"{\"v\":1,\"seq\":%d,\"host\":\"h\",\"boot\":\"b\",\"k\":%d,\"time\":\"%s."
		"000000001Z\",\"event\":\"denied\",\"op\":\"exec\",\"order\":\"ca-tbs-wechat\","
		"\"rule\":\"sha256\",\"claimed\":false,\"also\":[],\"file\":{\"path\":\"%s\","
		"\"sha256\":\"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\","
		"\"size\":4,\"dev\":\"8:1\",\"ino\":12,\"build_id\":null,\"publisher\":null},"
		"\"process\":{\"pid\":644,\"ppid\":600,\"uid\":0,\"auid\":1000,\"comm\":\"bash\","
		"\"exe\":\"/usr/bin/bash\",\"cgroup\":\"/\",\"parents\":[]},\"policy\":{\"name\":"
		"\"government-baseline\",\"serial\":41,\"digest\":\"11\"},\"lost\":0,\"prev\":\"\"}\n",
		seq, seq, when, path);
	fflush(out);
}

/* ---- the terminal ---- */

static int tmux(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static int tmux(const char *fmt, ...)
{
	char arguments[2048], command[4096];
	va_list args;

	va_start(args, fmt);
	vsnprintf(arguments, sizeof(arguments), fmt, args);
	va_end(args);
	snprintf(command, sizeof(command), "tmux -S '%s/tmux' -f /dev/null %s >>'%s/tmux.log' 2>&1",
		 tempdir, arguments, tempdir);
	return system(command);
}

static void capture(void)
{
	char command[256];
	FILE *in;
	size_t n;

	snprintf(command, sizeof(command), "tmux -S '%s/tmux' capture-pane -p", tempdir);
	in = popen(command, "r");
	assert_non_null(in);
	n = fread(screen, 1, sizeof(screen) - 1, in);
	screen[n] = '\0';
	pclose(in);
}

static bool comes(const char *text, bool there)
{
	for (int i = 0; i < PATIENCE * 10; i++) {
		capture();
		if ((strstr(screen, text) != NULL) == there)
			return true;
		usleep(100000);
	}
	return false;
}

static void shows(const char *text)
{
	if (!comes(text, true))
		fail_msg("\"%s\" is not on the screen:\n%s", text, screen);
}

static void hides(const char *text)
{
	if (!comes(text, false))
		fail_msg("\"%s\" is still on the screen:\n%s", text, screen);
}

static void start_terminal(int columns, int rows, const char *environment, const char *options)
{
	const char *program = getenv("INTERDICT");

	/* What it prints behind its end shows that the terminal is as it was. */
	assert_int_equal(
		tmux("new-session -d -x %d -y %d \"cd '%s'; trap : INT; echo before; %s %s watch --config "
		     "%s/interdict.yaml %s; echo after: \\$?; stty -a | grep -o ' icanon\\| echo '; "
		     "exec sleep 1000\"",
		     columns, rows, getenv("PWD"), environment,
		     program ? program : "build/interdict-asan", tempdir, options),
		0);
}

/* Where the next one may start: a server that ends is not to be met. */
static void end_terminal(void)
{
	tmux("kill-server");
	for (int i = 0; i < PATIENCE * 100 && !tmux("list-sessions"); i++)
		usleep(10000);
}

static const char *socket_path(void)
{
	return tempdir_path("socket");
}

static int setup(void **state)
{
	char config[512];
	FILE *record;

	if (tempdir_setup(state))
		return -1;
	snprintf(config, sizeof(config),
		 "policy: %s/policy\nsocket: %s/socket\nlog: {file: %s/r}\n", tempdir, tempdir,
		 tempdir);
	tempdir_write("interdict.yaml", config);
	tempdir_write("policy/policy.yaml",
		      "interdict: 1\npolicy: government-baseline\nserial: 42\nmode: enforce\n");
	tempdir_write("policy/orders/wechat.yaml", order);
	record = fopen(tempdir_path("r"), "w");
	put_denied(record, 1, 7000, "/too/old");
	for (int i = 2; i < 40; i++)
		put_denied(record, i, 60 * (40 - i), "/opt/wechat/wechat");
	put_denied(record, 40, 30, "/tmp/\\u001b[2J\\u202ename\\nline");
	fclose(record);
	return 0;
}

static int teardown(void **state)
{
	tmux("kill-server");
	ssh_stop(&ssh);
	fake_stop(&fake);
	return tempdir_teardown(state);
}

/* ---- tests ---- */

static void test_80x24(void **state)
{
	(void)state;
	fake_start(&fake, socket_path(), STATUS(""));
	start_terminal(80, 24, "LC_ALL=C.UTF-8", "--full");
	shows("ENFORCING  policy government-baseline serial 42");
	shows("denied 1234  audited 5 | lost 7  queue 0  missed 3 |");
	shows("Last hour: 39, at most");
	shows("█");
	shows("39 ca-tbs-wechat");
	shows("38 /opt/wechat/wechat");
	shows("39 root");
	/* The newest is on top, and what would act on a terminal does not. */
	shows(" denied  exec ca-tbs-wechat");
	shows("\\xaename\\x0aline");
	shows("q quit");
	assert_null(strstr(screen, "/too/old"));

	put_denied(fake.lines, 41, 0, "/opt/new");
	shows("/opt/new");
	tmux("send-keys Enter");
	shows("Treasury Board of Canada Secretariat");
	shows("WeChat is not permitted on government devices.");
	shows("https://it.example.gc.ca/bans");
	shows("the main binary");
	shows("the event is of serial 41");
	tmux("send-keys End");
	shows("policy.digest              11");
	tmux("send-keys q");
	shows("Refusals, the newest first");

	tmux("send-keys /");
	tmux("send-keys -l name");
	hides("root     /opt/new");
	tmux("send-keys Enter");
	shows("with \"name\"");
	tmux("send-keys Escape");
	shows("root     /opt/new");
	tmux("send-keys p");
	shows("PAUSED, 0 more came");
	put_denied(fake.lines, 42, 0, "/opt/newer");
	shows("PAUSED, 1 more came");
	tmux("send-keys p");
	shows("root     /opt/newer");
	tmux("send-keys ?");
	shows("select another refusal");
	tmux("send-keys q");
	shows("Enter explain");

	tmux("send-keys q");
	shows("after: 0");
	shows("before");
	shows(" icanon\n echo");
}

static void test_200x50_and_sizes(void **state)
{
	(void)state;
	fake_start(&fake, socket_path(),
		   STATUS("{\"why\":\"the module is not loaded\",\"do\":\"load it\"}"));
	start_terminal(200, 50, "LC_ALL=C.UTF-8", "--full");
	shows("ENFORCING, DEGRADED  policy government-baseline serial 42");
	shows("watchers 2");
	shows("DEGRADED: the module is not loaded");
	shows("Orders\n");
	shows(" bash            /opt/wechat/wechat");
	/* Beside each other here, below each other there. */
	capture();
	assert_true(strstr(screen, "Refusals") < strstr(screen, "Last hour"));
	tmux("resize-window -x 80 -y 24");
	shows("Orders                    Files");
	capture();
	assert_true(strstr(screen, "Last hour") < strstr(screen, "Refusals"));
	tmux("resize-window -x 30 -y 6");
	shows("this window is too small");
	tmux("resize-window -x 60 -y 12");
	shows("ca-…wechat");
	shows("Enter explain");
	tmux("resize-window -x 200 -y 50");
	shows("watchers 2");
	tmux("send-keys C-c");
	shows("before");
	hides("Refusals");
	shows(" icanon\n echo");
}

/* From another machine: its terminal, and that the window is another size. */
static void test_ssh(void **state)
{
	char environment[2048];

	(void)state;
	fake_start(&fake, socket_path(), STATUS(""));
	ssh_start(&ssh);
	snprintf(environment, sizeof(environment), "%s env -C '%s' LC_ALL=C.UTF-8", ssh.client,
		 getenv("PWD"));
	start_terminal(80, 24, environment, "--full");
	shows("ENFORCING  policy government-baseline serial 42");
	shows("Orders                    Files");
	shows("█");
	tmux("resize-window -x 200 -y 50");
	shows("watchers 2");
	shows("Orders\n");
	tmux("send-keys Enter");
	shows("Treasury Board of Canada Secretariat");
	tmux("resize-window -x 80 -y 24");
	tmux("send-keys q");
	shows("Orders                    Files");
	tmux("send-keys q");
	shows("after: 0");
	shows("before");
	shows(" icanon\n echo");
	/* Nobody is there any more: it ends, too. */
	end_terminal();
	start_terminal(80, 24, environment, "--full");
	shows("ENFORCING");
	run("pkill -KILL -f \"^ssh .*$PWD/user\"");
	run("for i in $(seq 100); do pgrep -f \"^[^ ]+ watch --config $PWD/interdict.yaml\" || exit 0; "
	    "sleep 0.1; done; exit 1");
}

static void test_restart(void **state)
{
	FILE *record;

	(void)state;
	start_terminal(100, 30, "LC_ALL=C.UTF-8", "--full");
	shows("NO DAEMON, trying again: no daemon is running");
	fake_start(&fake, socket_path(), STATUS(""));
	shows("ENFORCING  policy");
	shows("Last hour: 39");
	fake_stop(&fake);
	shows("NO DAEMON");
	/* What was recorded meanwhile is found, once. */
	record = fopen(tempdir_path("r"), "a");
	put_denied(record, 41, 0, "/opt/meanwhile");
	fclose(record);
	fake_start(&fake, socket_path(), STATUS(""));
	shows("ENFORCING  policy");
	shows("/opt/meanwhile");
	shows("Last hour: 40");
	put_denied(fake.lines, 41, 0, "/opt/meanwhile");
	put_denied(fake.lines, 42, 0, "/opt/after");
	shows("/opt/after");
	shows("Last hour: 41");
	tmux("send-keys q");
	shows("after: 0");
}

/* However it ends, the shell gets back what it had. */
static void test_ends(void **state)
{
	static const char *const signals[] = { "TERM", "HUP", "QUIT", "SEGV", "ABRT" };

	(void)state;
	fake_start(&fake, socket_path(), STATUS(""));
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
		start_terminal(80, 24, "LC_ALL=C.UTF-8 ASAN_OPTIONS=handle_segv=0:handle_abort=0",
			       "--full");
		shows("ENFORCING");
		assert_int_equal(tmux("run-shell \"kill -%s \\$(pgrep -P #{pane_pid} -f full)\"",
				      signals[i]),
				 0);
		shows("after: 1");
		shows("before");
		shows(" icanon\n echo");
		end_terminal();
	}
}

static void test_other_terminals(void **state)
{
	(void)state;
	fake_start(&fake, socket_path(), STATUS(""));
	/* Characters: no more than the locale has. */
	start_terminal(80, 24, "LC_ALL=C", "--full");
	shows("#");
	capture();
	for (const char *at = screen; *at; at++)
		assert_true((unsigned char)*at < 0x80);
	tmux("send-keys q");
	shows("after: 0");
	end_terminal();
	start_terminal(80, 24, "TERM=nonsense", "--full");
	shows("interdict watch: the terminal type \"nonsense\" (TERM) cannot do --full");
	shows("after: 1");
	end_terminal();
	start_terminal(80, 24, "", "--full </dev/null");
	shows("interdict watch: --full needs a terminal");
	end_terminal();
	start_terminal(80, 24, "", "--full --json");
	shows("one at a time");
	shows("after: 2");
}

/* Lines: cut to the terminal, with colours there, and whole without where it is none. */
static void test_lines(void **state)
{
	static char file[8192];
	FILE *in;

	(void)state;
	fake_start(&fake, socket_path(), STATUS(""));
	start_terminal(80, 24, "LC_ALL=C.UTF-8", "");
	shows("before");
	for (int i = 0; i < 100 && !strstr(screen, "denied"); i++) {
		put_denied(fake.lines, 50 + i, 0, "/opt/a/path/that/is/longer/than/others");
		usleep(100000);
		capture();
	}
	shows("Z denied exec /opt/a…r/than/others by order ca-tbs-wechat (sha256); pro…");
	tmux("capture-pane -e -b colors");
	tmux("save-buffer -b colors %s/colors", tempdir);
	in = fopen(tempdir_path("colors"), "r");
	assert_non_null(in);
	file[fread(file, 1, sizeof(file) - 1, in)] = '\0';
	fclose(in);
	if (!strstr(file, "\x1b[31m"))
		fail_msg("no red in: %s", file);
	end_terminal();
	start_terminal(80, 24, "LC_ALL=C.UTF-8 NO_COLOR=1", "");
	shows("before");
	for (int i = 0; i < 100 && !strstr(screen, "denied"); i++) {
		put_denied(fake.lines, 250 + i, 0, "/x");
		usleep(100000);
		capture();
	}
	tmux("capture-pane -e -b colors");
	tmux("save-buffer -b colors %s/colors", tempdir);
	in = fopen(tempdir_path("colors"), "r");
	assert_non_null(in);
	file[fread(file, 1, sizeof(file) - 1, in)] = '\0';
	fclose(in);
	assert_non_null(strstr(file, "denied"));
	assert_null(strchr(file, '\x1b'));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_80x24, setup, teardown),
		cmocka_unit_test_setup_teardown(test_200x50_and_sizes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_restart, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ends, setup, teardown),
		cmocka_unit_test_setup_teardown(test_other_terminals, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lines, setup, teardown),
	};
	const struct CMUnitTest over_ssh[] = {
		cmocka_unit_test_setup_teardown(test_ssh, setup, teardown),
	};

	/* Of the machine that runs this, nothing. */
	unsetenv("NO_COLOR");
	unsetenv("TMUX");
	if (getenv("SSHD"))
		return cmocka_run_group_tests_name("view_ssh", over_ssh, NULL, NULL);
	return cmocka_run_group_tests_name("view_screen", tests, NULL, NULL);
}
