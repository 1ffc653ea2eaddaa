// SPDX-License-Identifier: GPL-2.0-or-later
/* Listening on a local socket: who may connect, and what is in its place. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "tempdir.h"
#include "userspace/listen.h"

static int connect_to(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	return fd;
}

/* The mode is the one that was asked for, whatever the umask. */
static void test_modes(void **state)
{
	static const struct {
		mode_t umask, mode;
	} rows[] = {
		{ 0, 0600 },	{ 0022, 0600 }, { 0077, 0600 }, { 0777, 0600 },
		{ 0022, 0666 }, { 0077, 0666 }, { 0177, 0660 },
	};
	mode_t before = umask(0);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct stat st;
		int fd;

		umask(rows[i].umask);
		fd = listen_at(tempdir_path("s"), rows[i].mode, 1);
		assert_int_equal(umask(0), rows[i].umask);
		assert_true(fd >= 0);
		assert_int_equal(lstat(tempdir_path("s"), &st), 0);
		assert_int_equal(st.st_mode, S_IFSOCK | rows[i].mode);
		listen_end(fd, tempdir_path("s"));
		assert_int_equal(lstat(tempdir_path("s"), &st), -1);
	}
	umask(before);
}

static void test_accept(void **state)
{
	int listener = listen_at(tempdir_path("s"), 0600, 1), client, fd;

	(void)state;
	assert_true(listener >= 0);
	assert_int_equal(listen_accept(listener), -EAGAIN);
	client = connect_to(tempdir_path("s"));
	fd = listen_accept(listener);
	assert_true(fd >= 0);
	/* Neither waits, nor is had by what is run. */
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_true(fcntl(listener, F_GETFD) & FD_CLOEXEC);
	close(fd);
	close(client);
	listen_end(listener, tempdir_path("s"));
}

/* What a killed daemon left is replaced; what is no socket stays. */
static void test_in_its_place(void **state)
{
	char path[200];
	struct stat st;
	int left = listen_at(tempdir_path("s"), 0600, 1), fd;

	(void)state;
	close(left);
	fd = listen_at(tempdir_path("s"), 0600, 1);
	assert_true(fd >= 0);
	close(connect_to(tempdir_path("s")));
	listen_end(fd, tempdir_path("s"));
	tempdir_write("file", "");
	assert_int_equal(listen_at(tempdir_path("file"), 0600, 1), -EADDRINUSE);
	assert_int_equal(stat(tempdir_path("file"), &st), 0);
	assert_int_equal(symlink("absent", tempdir_path("link")), 0);
	assert_int_equal(listen_at(tempdir_path("link"), 0600, 1), -EADDRINUSE);
	assert_int_equal(lstat(tempdir_path("link"), &st), 0);
	assert_int_equal(listen_at(tempdir_path("none/s"), 0600, 1), -ENOENT);
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(listen_at(path, 0600, 1), -ENAMETOOLONG);
	listen_end(-1, tempdir_path("file"));
	assert_int_equal(stat(tempdir_path("file"), &st), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, tempdir_setup, tempdir_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_modes),
		TEST(test_accept),
		TEST(test_in_its_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
