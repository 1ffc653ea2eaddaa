// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Asks interdict.ko about files, by descriptors that can not read them.
 *
 *	identify FILE...		a line each: size have flags sha256 build-id FILE
 *	identify -w WANT FILE...	WANT: INTERDICT_ID_* as a number (default all but BY_MAGIC)
 *	identify -n FILE...		prints "nanoseconds FILE" of each, asked for once before
 *	identify --quiesce		waits for the BPF programs that run now
 *	identify --arguments		checks of what the control file refuses
 *
 * Exit status: 0; 1 if a file could not be identified (the line then has the error's name).
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "kmod/abi.h"

#define CONTROL "/sys/kernel/security/interdict/control"

static int control;

static void print_hex(const __u8 *bytes, __u32 len)
{
	__u32 i;

	if (!len)
		printf("-");
	for (i = 0; i < len; i++)
		printf("%02x", bytes[i]);
	printf(" ");
}

static int identify(const char *path, __u32 want, struct interdict_ids *ids)
{
	struct interdict_identify request = { .want = want };
	int ret;

	request.fd = open(path, O_PATH | O_CLOEXEC);
	if (request.fd < 0)
		return -errno;
	ret = ioctl(control, INTERDICT_IOC_IDENTIFY, &request) ? -errno : 0;
	close(request.fd);
	*ids = request.ids;
	return ret;
}

static int show(const char *path, __u32 want)
{
	struct interdict_ids ids = {};
	int err = identify(path, want, &ids);

	printf("%" PRIu64 " %u %u ", (uint64_t)ids.size, ids.have, ids.flags);
	print_hex(ids.sha256, ids.have & INTERDICT_ID_SHA256 ? INTERDICT_SHA256_LEN : 0);
	print_hex(ids.build_id, ids.build_id_len);
	if (err)
		printf("%s ", strerrorname_np(-err));
	printf("%s\n", path);
	return err;
}

/* An open, an ioctl and a close; the second of two. */
static int measure(const char *path, __u32 want)
{
	struct interdict_ids ids;
	struct timespec begin, end;

	if (identify(path, want, &ids))
		return 1;
	clock_gettime(CLOCK_MONOTONIC, &begin);
	if (identify(path, want, &ids))
		return 1;
	clock_gettime(CLOCK_MONOTONIC, &end);
	printf("%lld %s\n",
	       (end.tv_sec - begin.tv_sec) * 1000000000LL + end.tv_nsec - begin.tv_nsec, path);
	return 0;
}

static int failed;

static void expect(const char *name, unsigned long command, void *arg, int want)
{
	int got = ioctl(control, command, arg) ? errno : 0;

	printf("%s %s: %s\n", got == want ? "fine" : "WRONG", name,
	       got ? strerrorname_np(got) : "0");
	if (got != want)
		failed = 1;
}

static int arguments(void)
{
	static struct interdict_hold hold;
	struct interdict_facts facts = {};
	struct interdict_identify request = { .fd = -1 };

	expect("an unknown command", _IO(INTERDICT_IOC, 77), NULL, ENOTTY);
	expect("another's command", TIOCGWINSZ, &facts, ENOTTY);
	expect("facts to nowhere", INTERDICT_IOC_FACTS, NULL, EFAULT);
	expect("facts", INTERDICT_IOC_FACTS, &facts, 0);
	if (facts.abi != INTERDICT_ABI || !facts.fmode_exec || !facts.fmode_backing)
		failed = 1;
	expect("identify from nowhere", INTERDICT_IOC_IDENTIFY, NULL, EFAULT);
	expect("identify a bad descriptor", INTERDICT_IOC_IDENTIFY, &request, EBADF);
	request.fd = open("/", O_PATH | O_CLOEXEC);
	request.want = INTERDICT_ID_SHA256;
	expect("identify a directory", INTERDICT_IOC_IDENTIFY, &request, EOPNOTSUPP);
	close(request.fd);
	request.fd = open("/proc/self/exe", O_PATH | O_CLOEXEC);
	request.want = 1U << 31;
	expect("identify by unknown kinds", INTERDICT_IOC_IDENTIFY, &request, EINVAL);
	expect("hold from nowhere", INTERDICT_IOC_HOLD, NULL, EFAULT);
	expect("hold none", INTERDICT_IOC_HOLD, &hold, EINVAL);
	hold.count = INTERDICT_HOLD_MAX + 1;
	expect("hold too many", INTERDICT_IOC_HOLD, &hold, EINVAL);
	hold.count = 1;
	hold.reserved = 1;
	expect("hold with a reserved field", INTERDICT_IOC_HOLD, &hold, EINVAL);
	hold.reserved = 0;
	hold.link_fd[0] = -1;
	expect("hold a bad descriptor", INTERDICT_IOC_HOLD, &hold, EBADF);
	hold.link_fd[0] = request.fd;
	expect("hold an O_PATH descriptor", INTERDICT_IOC_HOLD, &hold, EBADF);
	hold.link_fd[0] = control;
	expect("hold what is no link", INTERDICT_IOC_HOLD, &hold, EINVAL);
	expect("release nothing", INTERDICT_IOC_RELEASE, NULL, 0);
	expect("quiesce", INTERDICT_IOC_QUIESCE, NULL, 0);
	close(request.fd);
	return failed;
}

int main(int argc, char **argv)
{
	__u32 want = INTERDICT_ID_SHA256 | INTERDICT_ID_BUILD_ID;
	bool time_it = false;
	int option, ret = 0;

	control = open(CONTROL, O_RDWR | O_CLOEXEC);
	if (control < 0) {
		fprintf(stderr, "identify: %s: %s\n", CONTROL, strerror(errno));
		return 1;
	}
	if (argc == 2 && !strcmp(argv[1], "--arguments"))
		return arguments();
	if (argc == 2 && !strcmp(argv[1], "--quiesce"))
		return ioctl(control, INTERDICT_IOC_QUIESCE) ? 1 : 0;
	while ((option = getopt(argc, argv, "w:n")) != -1) {
		if (option == 'w')
			want = strtoul(optarg, NULL, 0);
		else if (option == 'n')
			time_it = true;
		else
			return 2;
	}
	for (; optind < argc; optind++)
		if (time_it ? measure(argv[optind], want) : show(argv[optind], want))
			ret = 1;
	return ret;
}
