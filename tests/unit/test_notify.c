// SPDX-License-Identifier: GPL-2.0-or-later
/* The person at the device: how often, on which terminal, in which words, and on the desktop. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <grp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <systemd/sd-bus.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "notify/notify.h"
#include "notify/notify_desktop.h"
#include "notify/notify_limit.h"
#include "notify/notify_terminal.h"
#include "tempdir.h"

/* ---- how often ---- */

static void test_limit(void **state)
{
	static const struct {
		int64_t now;
		uint32_t uid;
		const char *order;
		bool told;
	} calls[] = {
		{ 1000, 1000, "a", true },  { 1000, 1000, "a", false },	 { 1001, 1000, "b", true },
		{ 1002, 1001, "a", true },  { 10999, 1000, "a", false }, { 11000, 1000, "a", true },
		{ 11001, 1000, "b", true }, { 11001, 1000, "a", false }, { 11002, 1000, "", true },
		{ 11003, 1000, "", false },
	};
	static struct notify_limit limit;
	size_t token;

	(void)state;
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		if (notify_limit_take(&limit, calls[i].uid, calls[i].order, calls[i].now, &token) !=
		    calls[i].told)
			fail_msg("call %zu", i);
	/* Nobody heard it: the next try is soon. */
	assert_true(notify_limit_take(&limit, 7, "a", 20000, &token));
	notify_limit_unheard(&limit, token, 20000);
	assert_false(notify_limit_take(&limit, 7, "a", 20000 + NOTIFY_EVERY_UNHEARD - 1, &token));
	assert_true(notify_limit_take(&limit, 7, "a", 20000 + NOTIFY_EVERY_UNHEARD, &token));
}

static void test_limit_total(void **state)
{
	static struct notify_limit limit;
	unsigned int told = 0;
	size_t token;

	(void)state;
	for (uint32_t uid = 0; uid < 10000; uid++)
		told += notify_limit_take(&limit, uid, "o", 5 + uid, &token);
	assert_int_equal(told, NOTIFY_TOTAL);
	assert_false(notify_limit_take(&limit, 1, "p", NOTIFY_TOTAL_EVERY + 4, &token));
	assert_true(notify_limit_take(&limit, 1, "p", NOTIFY_TOTAL_EVERY + 5, &token));
	/* What nobody heard does not count, nor take all the room. */
	memset(&limit, 0, sizeof(limit));
	told = 0;
	for (uint32_t uid = 0; uid < 10000; uid++)
		if (notify_limit_take(&limit, uid, "o", 5, &token)) {
			notify_limit_unheard(&limit, token, 5);
			told++;
		}
	assert_int_equal(told, NOTIFY_REMEMBERED);
	assert_true(notify_limit_take(&limit, 1, "p", 5 + NOTIFY_EVERY_UNHEARD, &token));
}

/* ---- which terminal ---- */

static const struct {
	mode_t mode;
	uid_t owner;
	uint32_t uid, auid;
	unsigned int device; /* pts/N */
	bool allowed;
} allowed[] = {
	{ S_IFCHR | 0600, 1000, 1000, 1000, 3, true },
	{ S_IFCHR | 0600, 1000, 1000, UINT32_MAX, 3, true },
	{ S_IFCHR | 0620, 1000, 1001, 1001, 3, false },
	{ S_IFCHR | 0622, 1000, 1001, UINT32_MAX, 3, false },
	/* sudo: who logged in, if he lets others write */
	{ S_IFCHR | 0620, 1000, 0, 1000, 3, true },
	{ S_IFCHR | 0600, 1000, 0, 1000, 3, false },
	{ S_IFCHR | 0620, UINT32_MAX, 0, UINT32_MAX, 3, false },
	/* another terminal by now, or none */
	{ S_IFCHR | 0600, 1000, 1000, 1000, 4, false },
	{ S_IFREG | 0600, 1000, 1000, 1000, 3, false },
	{ S_IFIFO | 0600, 1000, 1000, 1000, 3, false },
};

static void test_allowed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(allowed) / sizeof(*allowed); i++) {
		struct stat st = { .st_mode = allowed[i].mode,
				   .st_uid = allowed[i].owner,
				   .st_rdev = makedev(136, allowed[i].device) };
		struct notify_process process = { .uid = allowed[i].uid, .auid = allowed[i].auid };

		if (notify_terminal_allowed(&st, makedev(136, 3), &process) != allowed[i].allowed)
			fail_msg("case %zu", i);
	}
}

/* A process in a /proc of our own. */
static void make_process(const char *pid, const char *stat, const char *mounts)
{
	char path[64];

	snprintf(path, sizeof(path), "proc/%s/stat", pid);
	tempdir_write(path, stat);
	snprintf(path, sizeof(path), "proc/%s/ns/none", pid);
	tempdir_write(path, "");
	snprintf(path, sizeof(path), "proc/%s/ns/mnt", pid);
	unlink(tempdir_path(path));
	assert_int_equal(symlink(mounts, tempdir_path(path)), 0);
}

static const struct {
	const char *stat; /* of process 7; NULL: it is gone */
	const char *mounts;
	const char *parent; /* of process 6 */
	int err;
	unsigned int major, minor;
} finds[] = {
	{ "7 (a) S 6 7 7 34819 7 0", "mnt:[1]", NULL, 0, 136, 3 },
	{ "7 (a b) c) (d) S 6 7 7 34819 7 0", "mnt:[1]", NULL, 0, 136, 3 },
	{ "7 (a) S 6 7 7 1025 7 0", "mnt:[1]", NULL, 0, 4, 1 },
	/* pts/300: the minor number's upper bits are above the major's */
	{ "7 (a) S 6 7 7 1083436 7 0", "mnt:[1]", NULL, 0, 136, 300 },
	{ "7 (a) S 6 7 7 0 7 0", "mnt:[1]", "6 (s) S 1 6 6 34820 7 0", -ENOTTY, 0, 0 },
	{ "7 (a) S 6 7 7 34819 7 0", "mnt:[2]", "6 (s) S 1 6 6 34820 7 0", -EXDEV, 0, 0 },
	{ NULL, NULL, "6 (s) S 1 6 6 34820 7 0", 0, 136, 4 },
	/* it has ended, and lost its terminal */
	{ "7 (a) Z 6 7 7 0 7 0", "mnt:[1]", "6 (s) S 1 6 6 34820 7 0", 0, 136, 4 },
	{ "7 (a) X 6 7 7 0 7 0", "mnt:[1]", NULL, -ENOENT, 0, 0 },
	{ NULL, NULL, NULL, -ENOENT, 0, 0 },
	{ "", "mnt:[1]", NULL, -ENOENT, 0, 0 },
	{ "7 (a", "mnt:[1]", NULL, -EBADMSG, 0, 0 },
	{ "7 (a) S 6", "mnt:[1]", NULL, -EBADMSG, 0, 0 },
};

static void test_find(void **state)
{
	const struct notify_process process = { .pid = 7, .ppid = 6 };
	struct notify_places places = { .proc = tempdir, .dev = "/dev" };
	char proc[128];

	(void)state;
	snprintf(proc, sizeof(proc), "%s/proc", tempdir);
	places.proc = proc;
	make_process("self", "", "mnt:[1]");
	for (size_t i = 0; i < sizeof(finds) / sizeof(*finds); i++) {
		dev_t tty = 0;
		int err;

		unlink(tempdir_path("proc/7/stat"));
		unlink(tempdir_path("proc/6/stat"));
		if (finds[i].stat)
			make_process("7", finds[i].stat, finds[i].mounts);
		if (finds[i].parent)
			make_process("6", finds[i].parent, "mnt:[1]");
		err = notify_terminal_find(&places, &process, &tty);
		if (err != finds[i].err)
			fail_msg("case %zu: %d", i, err);
		if (!err)
			assert_true(tty == makedev(finds[i].major, finds[i].minor));
	}
}

/* A process with a terminal of its own: its pid; the other end in *@fd. */
static pid_t make_terminal(int *fd)
{
	pid_t pid = forkpty(fd, NULL, NULL, NULL);

	assert_true(pid >= 0);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (write(1, "begun", 5) == 5)
			pause();
		_exit(1);
	}
	return pid;
}

#define PATIENCE 10000

/* What a terminal shows that has something to show within so many milliseconds. */
static void read_all(int fd, char *text, size_t size, int wait)
{
	struct pollfd shown = { .fd = fd, .events = POLLIN };
	size_t n = 0;

	poll(&shown, 1, wait);
	usleep(50000);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	while (n + 1 < size) {
		ssize_t got = read(fd, text + n, size - 1 - n);

		if (got <= 0)
			break;
		n += (size_t)got;
	}
	text[n] = '\0';
}

static void test_terminal(void **state)
{
	struct notify_process process = { .uid = getuid(), .auid = UINT32_MAX };
	char text[8192], begun[5], filler[65536];
	int fd, err = 0;

	(void)state;
	process.pid = make_terminal(&fd);
	assert_int_equal(read(fd, begun, 5), 5);
	assert_int_equal(notify_terminal(&notify_places, &process, "Not\x1b[2J permitted.\n"), 0);
	read_all(fd, text, sizeof(text), PATIENCE);
	assert_non_null(strstr(text, "\nNot\\x1b[2J permitted.\\x0a\r"));
	assert_null(strchr(text, '\x1b'));
	/* Another user's. */
	process.uid = getuid() + 1;
	assert_int_equal(notify_terminal(&notify_places, &process, "x"), -EACCES);
	read_all(fd, text, sizeof(text), 0);
	assert_string_equal(text, "");
	/* One that nobody reads is not waited for. */
	process.uid = getuid();
	memset(filler, 'x', sizeof(filler));
	filler[sizeof(filler) - 1] = '\0';
	alarm(10);
	for (int i = 0; i < 100 && !err; i++)
		err = notify_terminal(&notify_places, &process, filler);
	alarm(0);
	assert_int_equal(err, -EAGAIN);
	kill(process.pid, SIGKILL);
	waitpid(process.pid, NULL, 0);
	close(fd);
}

/* Somebody else is writing to the terminal, more than it takes, and it is read in a moment. */
static int tell_busy(const struct notify_process *process, int fd)
{
	static char filler[65536];
	char text[4096];
	pid_t writer, reader;
	int err;

	writer = fork();
	if (!writer) {
		int terminal = open(ptsname(fd), O_WRONLY | O_NOCTTY | O_CLOEXEC);

		memset(filler, 'x', sizeof(filler));
		_exit(write(terminal, filler, sizeof(filler)) != sizeof(filler));
	}
	usleep(20000);
	reader = fork();
	if (!reader) {
		usleep(5000);
		while (read(fd, text, sizeof(text)) > 0)
			;
		_exit(0);
	}
	err = notify_terminal(&notify_places, process, "Not permitted.");
	waitpid(writer, NULL, 0);
	kill(reader, SIGKILL);
	waitpid(reader, NULL, 0);
	return err;
}

/* Not each time, where this machine is slow. */
static void test_busy_terminal(void **state)
{
	struct notify_process process = { .uid = getuid(), .auid = UINT32_MAX };
	int fd, err = -EAGAIN;

	(void)state;
	process.pid = make_terminal(&fd);
	alarm(30);
	for (int i = 0; i < 50 && err; i++) {
		err = tell_busy(&process, fd);
		assert_true(!err || err == -EAGAIN);
	}
	alarm(0);
	assert_int_equal(err, 0);
	kill(process.pid, SIGKILL);
	waitpid(process.pid, NULL, 0);
	close(fd);
}

static void test_open_rejects(void **state)
{
	const struct notify_process process = { .uid = getuid(), .auid = UINT32_MAX };
	struct notify_places places = { "/proc", tempdir };

	(void)state;
	/* What lies in the place of a terminal. */
	tempdir_write("pts/none", "");
	assert_int_equal(notify_terminal_open(&places, makedev(136, 3), &process), -ENOENT);
	assert_int_equal(symlink("/dev/null", tempdir_path("pts/3")), 0);
	assert_int_equal(notify_terminal_open(&places, makedev(136, 3), &process), -ELOOP);
	unlink(tempdir_path("pts/3"));
	tempdir_write("pts/3", "");
	assert_int_equal(notify_terminal_open(&places, makedev(136, 3), &process), -EACCES);
	unlink(tempdir_path("pts/3"));
	/* A FIFO without a reader: not waited for. */
	assert_int_equal(mkfifo(tempdir_path("pts/3"), 0600), 0);
	assert_int_equal(notify_terminal_open(&places, makedev(136, 3), &process), -ENXIO);
	/* /dev/null, a serial line, /dev/tty. */
	assert_int_equal(notify_terminal_open(&places, makedev(1, 3), &process), -EOPNOTSUPP);
	assert_int_equal(notify_terminal_open(&places, makedev(4, 64), &process), -EOPNOTSUPP);
	assert_int_equal(notify_terminal_open(&places, makedev(4, 0), &process), -EOPNOTSUPP);
	assert_int_equal(notify_terminal_open(&places, makedev(5, 0), &process), -EOPNOTSUPP);
}

/* ---- which words ---- */

static json_t *refused(const char *path, const char *order)
{
	char when[32];
	time_t now = time(NULL);
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S.0Z", &tm);
	return json_pack("{s:s, s:s, s:s?, s:s, s:{s:s?}}", "event", "denied", "time", when,
			 "order", order, "rule", "unidentified", "file", "path", path);
}

static void test_words(void **state)
{
	static const struct policy_order full = { .id = "o",
						  .authority = "The Board",
						  .message = "Not permitted.",
						  .contact = "https://x.example/" },
					 bare = { .id = "o", .authority = "The Board" };
	static const struct {
		const char *order_id;
		const struct policy_order *order;
		const char *text;
	} cases[] = {
		{ "o", &full, "Not permitted. https://x.example/" },
		{ "o", &bare, "Refused by order o (The Board)." },
		{ "o", NULL, "Refused by order o." },
		{ NULL, NULL, "Refused by the policy of this device (unidentified)." },
	};
	static const char *const names[][2] = {
		{ "/opt/x/wechat", "wechat" },
		{ "/tmp/\x1b[2J\n", "\\x1b[2J\\x0a" },
		{ "plain", "plain" },
		{ "/", "/" },
		{ NULL, "a file" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		json_t *event = refused("/x", cases[i].order_id);
		char *text = notify_message(event, cases[i].order);

		assert_string_equal(text, cases[i].text);
		free(text);
		json_decref(event);
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		json_t *event = refused(names[i][0], "o");
		char *name = notify_file_name(event);

		assert_string_equal(name, names[i][1]);
		free(name);
		json_decref(event);
	}
}

/* All of it: an event, a policy, a terminal. */
static void test_event(void **state)
{
	static struct policy_order order = { .id = "o", .message = "Not permitted." };
	static const struct policy policy = { .orders = &order, .n_orders = 1 };
	static const struct notify_ways ways = { .terminal = true }, none = { false, false };
	json_t *event = refused("/opt/wechat", "o"), *process;
	struct notify_stats stats;
	struct notify *notify;
	char text[1024], begun[5];
	int fd;
	pid_t pid = make_terminal(&fd);

	(void)state;
	assert_int_equal(read(fd, begun, 5), 5);
	process = json_pack("{s:i, s:i, s:i, s:I}", "pid", pid, "ppid", 1, "uid", (int)getuid(),
			    "auid", (json_int_t)UINT32_MAX);
	json_object_set_new(event, "process", process);
	assert_int_equal(notify_new(NULL, &notify), 0);
	notify_event(notify, &none, &policy, event);
	json_object_set_new(event, "event", json_string("audited"));
	notify_event(notify, &ways, &policy, event);
	json_object_set_new(event, "event", json_string("denied"));
	notify_event(notify, &ways, &policy, event);
	notify_event(notify, &ways, &policy, event);
	read_all(fd, text, sizeof(text), PATIENCE);
	assert_non_null(strstr(text, "interdict: wechat: Not permitted.\r"));
	assert_null(strstr(strstr(text, "interdict:") + 1, "interdict:"));
	/* Whose process is about to be ended, and nobody of what comes of it. */
	json_object_set_new(event, "event", json_string("killed"));
	json_object_set_new(event, "order", json_string("other"));
	json_object_set_new(event, "outcome", json_string("reported"));
	notify_event(notify, &ways, &policy, event);
	json_object_set_new(event, "outcome", json_string("killed"));
	notify_event(notify, &ways, &policy, event);
	json_object_set_new(event, "outcome", json_string("asked"));
	notify_event(notify, &ways, &policy, event);
	read_all(fd, text, sizeof(text), PATIENCE);
	assert_non_null(strstr(text, "interdict: wechat: Banned by order other. It is running, and "
				     "is being ended.\r"));
	json_object_set_new(event, "event", json_string("denied"));
	json_object_set_new(event, "order", json_string("o"));
	/* What was refused while no daemon ran is no news. */
	json_object_set_new(event, "time", json_string("2026-01-01T00:00:00.0Z"));
	json_object_set_new(event, "order", json_string("other"));
	notify_event(notify, &ways, &policy, event);
	notify_get_stats(notify, &stats);
	assert_int_equal(stats.terminals, 2);
	assert_int_equal(stats.desktops, 0);
	assert_int_equal(stats.limited, 1);
	assert_int_equal(stats.failed, 0);
	/* A process that has no terminal. */
	json_decref(event);
	event = refused("/opt/wechat", "third");
	json_object_set_new(event, "process",
			    json_pack("{s:i, s:i, s:i, s:I}", "pid", 0, "ppid", 0, "uid",
				      (int)getuid(), "auid", (json_int_t)UINT32_MAX));
	notify_event(notify, &ways, &policy, event);
	notify_get_stats(notify, &stats);
	assert_int_equal(stats.terminals, 2);
	assert_int_equal(stats.failed, 1);
	notify_free(notify);
	json_decref(event);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(fd);
}

/* ---- the desktop ---- */

/* A user without rights, and a group. */
#define USER  65534
#define GROUP 65533

static char bus_address[256];

/* The child of a test, that ends with it whatever happens. */
static void become_user(void)
{
	if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr) ||
	    setgroups(0, NULL) || setresgid(GROUP, GROUP, GROUP) || setresuid(USER, USER, USER) ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() == 1)
		_exit(1);
}

static int on_notify(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	const char *app, *icon, *summary, *body;
	sd_bus_creds *creds = NULL;
	uid_t uid = 0;
	uint32_t id;
	FILE *out;

	(void)error;
	if (sd_bus_message_read(m, "susss", &app, &id, &icon, &summary, &body) < 0)
		return -EBADMSG;
	if (sd_bus_query_sender_creds(m, SD_BUS_CREDS_EUID, &creds) >= 0)
		sd_bus_creds_get_euid(creds, &uid);
	sd_bus_creds_unref(creds);
	out = fopen(userdata, "w");
	if (!out)
		return -errno;
	fprintf(out, "%s|%s|%s|%u\n", app, summary, body, uid);
	fclose(out);
	return sd_bus_reply_method_return(m, "u", 7);
}

/* What a desktop has: shows notifications, that is, writes them to a file. */
static void be_desktop(const char *shown)
{
	static const sd_bus_vtable vtable[] = {
		SD_BUS_VTABLE_START(0),
		SD_BUS_METHOD("Notify", "susssasa{sv}i", "u", on_notify,
			      SD_BUS_VTABLE_UNPRIVILEGED),
		SD_BUS_VTABLE_END,
	};
	sd_bus *bus = NULL;

	if (sd_bus_new(&bus) < 0 || sd_bus_set_address(bus, bus_address) < 0 ||
	    sd_bus_set_bus_client(bus, 1) < 0 || sd_bus_start(bus) < 0 ||
	    sd_bus_add_object_vtable(bus, NULL, "/org/freedesktop/Notifications",
				     "org.freedesktop.Notifications", vtable,
				     (void *)(uintptr_t)shown) < 0 ||
	    sd_bus_request_name(bus, "org.freedesktop.Notifications", 0) < 0)
		_exit(1);
	for (;;) {
		int n = sd_bus_process(bus, NULL);

		if (n < 0)
			_exit(1);
		if (!n)
			sd_bus_wait(bus, UINT64_MAX);
	}
}

/* The session bus of USER, and a desktop on it. Returns the desktop's pid, and the bus's in *@bus.
 */
static pid_t start_desktop(pid_t *bus, const char *shown)
{
	char config[1024], directory[128];
	pid_t desktop;

	snprintf(directory, sizeof(directory), "%s/%d", tempdir, USER);
	assert_int_equal(mkdir(directory, 0755), 0);
	assert_int_equal(chown(directory, USER, GROUP), 0);
	snprintf(bus_address, sizeof(bus_address), "unix:path=%s/bus", directory);
	snprintf(config, sizeof(config),
		 "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration "
		 "1.0//EN\" \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">"
		 "<busconfig><type>session</type><listen>%s</listen><policy context=\"default\">"
		 "<allow send_destination=\"*\"/><allow eavesdrop=\"false\"/><allow own=\"*\"/>"
		 "<allow user=\"*\"/></policy></busconfig>",
		 bus_address);
	tempdir_write("bus.conf", config);
	*bus = fork();
	assert_true(*bus >= 0);
	if (!*bus) {
		snprintf(config, sizeof(config), "--config-file=%s/bus.conf", tempdir);
		become_user();
		execlp("dbus-daemon", "dbus-daemon", config, "--nofork", "--nopidfile", NULL);
		_exit(127);
	}
	snprintf(directory, sizeof(directory), "%d/bus", USER);
	for (int i = 0; i < 200 && access(tempdir_path(directory), F_OK); i++)
		usleep(20000);
	desktop = fork();
	assert_true(desktop >= 0);
	if (!desktop) {
		become_user();
		be_desktop(shown);
	}
	return desktop;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static size_t running(const struct notify_desktop *desktop)
{
	size_t n = 0;

	for (size_t i = 0; i < NOTIFY_DESKTOPS; i++)
		n += desktop->children[i].pid != 0;
	return n;
}

static void test_desktop(void **state)
{
	const char *program = getenv("INTERDICT");
	char shown[128], text[512] = "", copy[128], command[4096];
	struct notify_desktop desktop = { .run_user = tempdir, .program = copy };
	pid_t bus, pid;
	FILE *in;

	(void)state;
	assert_int_equal(getuid(), 0);
	/* The tree may be where that user may not go. */
	snprintf(copy, sizeof(copy), "%s/interdict", tempdir);
	snprintf(command, sizeof(command), "cp '%s' '%s'",
		 program ? program : "build/interdict-asan", copy);
	assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c) */
	assert_int_equal(sd_event_new(&desktop.loop), 0);
	assert_int_equal(notify_desktop(&desktop, USER, "s", "b"), -ENOENT);
	snprintf(shown, sizeof(shown), "%s/%d/shown", tempdir, USER);
	pid = start_desktop(&bus, shown);
	for (int i = 0; i < 300 && access(shown, F_OK); i++) {
		int err = notify_desktop(&desktop, USER, "Refused: x", "Not <b>permitted</b> & so");

		assert_true(!err || err == -EBUSY);
		assert_int_equal(running(&desktop), 1);
		while (running(&desktop) && sd_event_run(desktop.loop, 20000) > 0)
			;
	}
	for (int i = 0; running(&desktop) && i < 1000; i++)
		sd_event_run(desktop.loop, 20000);
	in = fopen(shown, "r");
	assert_non_null(in);
	assert_non_null(fgets(text, sizeof(text), in));
	fclose(in);
	assert_string_equal(text, "Interdict|Refused: x|Not &lt;b&gt;permitted&lt;/b&gt; &amp; so|"
				  "65534\n");
	/* A bus that is not the user's, and one that is none. */
	snprintf(shown, sizeof(shown), "%s/%d", tempdir, USER);
	assert_int_equal(chown(shown, 0, 0), 0);
	assert_int_equal(notify_desktop(&desktop, USER, "s", "b"), -EACCES);
	assert_int_equal(chown(shown, USER, GROUP), 0);
	end(pid);
	end(bus);
	snprintf(shown, sizeof(shown), "%s/%d/bus", tempdir, USER);
	unlink(shown);
	assert_int_equal(symlink("/run/dbus/system_bus_socket", shown), 0);
	assert_int_equal(notify_desktop(&desktop, USER, "s", "b"), -EACCES);
	notify_desktop_close(&desktop);
	sd_event_unref(desktop.loop);
}

/* What hangs is ended, and holds up nobody meanwhile. */
static void test_desktop_hangs(void **state)
{
	struct notify_desktop desktop = { .run_user = tempdir, .program = tempdir };
	char path[128], script[128];

	(void)state;
	tempdir_write("hang", "#!/bin/sh\ntrap '' ALRM TERM\nwhile :; do sleep 100; done\n");
	snprintf(script, sizeof(script), "%s/hang", tempdir);
	assert_int_equal(chmod(script, 0755), 0);
	desktop.program = script;
	assert_int_equal(sd_event_new(&desktop.loop), 0);
	for (uint32_t uid = 50001; uid <= 50001 + NOTIFY_DESKTOPS; uid++) {
		int fd = socket(AF_UNIX, SOCK_STREAM, 0);
		struct sockaddr_un address = { .sun_family = AF_UNIX };

		snprintf(path, sizeof(path), "%s/%u", tempdir, uid);
		assert_int_equal(mkdir(path, 0755), 0);
		assert_int_equal(chown(path, uid, uid), 0);
		snprintf(address.sun_path, sizeof(address.sun_path), "%s/%u/bus", tempdir, uid);
		assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
		assert_int_equal(chown(address.sun_path, uid, uid), 0);
		close(fd);
		assert_int_equal(notify_desktop(&desktop, uid, "s", "b"),
				 uid == 50001 + NOTIFY_DESKTOPS ? -EBUSY : 0);
	}
	assert_int_equal(notify_desktop(&desktop, 50001, "s", "b"), -EBUSY);
	for (int i = 0; running(&desktop) && i < 1000; i++)
		sd_event_run(desktop.loop, 50000);
	assert_int_equal(running(&desktop), 0);
	notify_desktop_close(&desktop);
	sd_event_unref(desktop.loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_limit_total),
		cmocka_unit_test(test_allowed),
		cmocka_unit_test_setup_teardown(test_find, tempdir_setup, tempdir_teardown),
		cmocka_unit_test(test_terminal),
		cmocka_unit_test(test_busy_terminal),
		cmocka_unit_test_setup_teardown(test_open_rejects, tempdir_setup, tempdir_teardown),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_event),
		cmocka_unit_test_setup_teardown(test_desktop, tempdir_setup, tempdir_teardown),
		cmocka_unit_test_setup_teardown(test_desktop_hangs, tempdir_setup,
						tempdir_teardown),
	};
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return cmocka_run_group_tests_name("notify", tests, NULL, NULL);
}
