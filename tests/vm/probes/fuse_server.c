// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fuse_server MODE MOUNT ARGS...
 *
 * Serves a directory with one file, "file", and goes to the background when it is mounted. It ends
 * when it is unmounted. Speaks the protocol of linux/fuse.h itself.
 *
 *	honest VAULT			the vault's content
 *	changing VAULT VAULT2 PASSES	the first one's, until it was read to its end PASSES times;
 *then the second one's. The kernel keeps no pages for reads.
 *	hang SIZE			of that size; reads are never answered
 *	endless SIZE			of that size, but there is always more to read
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/fuse.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "common.h"

#define FILE_INO 2
#define BUFFER	 (1 << 20) /* more than the largest request: no writes are asked for */

static int device;
static enum { HONEST, CHANGING, HANG, ENDLESS } mode;
static unsigned char *content[2];
static size_t size;
static long passes, passes_wanted;

static void reply(const struct fuse_in_header *in, int error, const void *data, size_t length)
{
	struct fuse_out_header out = {
		.len = sizeof(out) + (error ? 0 : length),
		.error = -error,
		.unique = in->unique,
	};
	struct iovec parts[2] = { { &out, sizeof(out) }, { (void *)data, error ? 0 : length } };

	/* An error means that the request was interrupted meanwhile. */
	if (writev(device, parts, 2) < 0 && errno != ENOENT)
		_exit(1);
}

static void fill_attr(struct fuse_attr *attr, uint64_t ino)
{
	memset(attr, 0, sizeof(*attr));
	attr->ino = ino;
	attr->mode = ino == FILE_INO ? S_IFREG | 0755 : S_IFDIR | 0755;
	attr->nlink = 1;
	attr->size = ino == FILE_INO ? size : 0;
	attr->blksize = 4096;
}

static void on_init(const struct fuse_in_header *in, const struct fuse_init_in *arg)
{
	struct fuse_init_out out = {
		.major = FUSE_KERNEL_VERSION,
		.minor = FUSE_KERNEL_MINOR_VERSION,
		.max_readahead = arg->max_readahead,
		.max_write = 65536,
		.max_background = 12,
		.congestion_threshold = 9,
		.time_gran = 1,
	};

	reply(in, 0, &out, sizeof(out));
}

static void on_lookup(const struct fuse_in_header *in, const char *name)
{
	struct fuse_entry_out out = {
		.nodeid = FILE_INO, .generation = 1, .entry_valid = 3600, .attr_valid = 3600
	};

	if (strcmp(name, "file")) {
		reply(in, ENOENT, NULL, 0);
		return;
	}
	fill_attr(&out.attr, FILE_INO);
	reply(in, 0, &out, sizeof(out));
}

static void on_getattr(const struct fuse_in_header *in)
{
	struct fuse_attr_out out = { .attr_valid = 3600 };

	fill_attr(&out.attr, in->nodeid);
	reply(in, 0, &out, sizeof(out));
}

static void on_open(const struct fuse_in_header *in)
{
	struct fuse_open_out out = { .fh = 1 };

	if (mode == CHANGING || mode == ENDLESS)
		out.open_flags = FOPEN_DIRECT_IO;
	reply(in, 0, &out, sizeof(out));
}

static void on_read(const struct fuse_in_header *in, const struct fuse_read_in *arg)
{
	static unsigned char filler[BUFFER];
	const unsigned char *data = content[0];
	size_t length = arg->size;

	if (mode == HANG)
		return;
	if (mode == ENDLESS) {
		reply(in, 0, filler, length > BUFFER ? BUFFER : length);
		return;
	}
	if (mode == CHANGING && passes >= passes_wanted)
		data = content[1];
	if (arg->offset >= size)
		length = 0;
	else if (length > size - arg->offset)
		length = size - arg->offset;
	reply(in, 0, data + arg->offset, length);
	if (length && arg->offset + length == size)
		passes++;
}

static void serve(void)
{
	static char buffer[BUFFER] __attribute__((aligned(8)));
	const struct fuse_in_header *in = (const void *)buffer;
	const void *arg = in + 1;
	struct fuse_statfs_out statfs = { .st.bsize = 4096, .st.namelen = 255 };

	for (;;) {
		ssize_t n = read(device, buffer, sizeof(buffer));

		if (n < 0 && (errno == EINTR || errno == EAGAIN || errno == ENOENT))
			continue;
		if (n < (ssize_t)sizeof(*in))
			_exit(0);
		switch (in->opcode) {
		case FUSE_INIT:
			on_init(in, arg);
			break;
		case FUSE_LOOKUP:
			on_lookup(in, arg);
			break;
		case FUSE_GETATTR:
			on_getattr(in);
			break;
		case FUSE_OPEN:
		case FUSE_OPENDIR:
			on_open(in);
			break;
		case FUSE_READ:
			on_read(in, arg);
			break;
		case FUSE_STATFS:
			reply(in, 0, &statfs, sizeof(statfs));
			break;
		case FUSE_READDIR:
		case FUSE_RELEASE:
		case FUSE_RELEASEDIR:
		case FUSE_DESTROY:
			reply(in, 0, NULL, 0);
			break;
		case FUSE_INTERRUPT: {
			/* What hangs can be given up. */
			struct fuse_in_header other = {
				.unique = ((const struct fuse_interrupt_in *)arg)->unique
			};

			reply(&other, EINTR, NULL, 0);
			break;
		}
		case FUSE_FORGET:
		case FUSE_BATCH_FORGET:
			break;
		default:
			reply(in, ENOSYS, NULL, 0);
		}
	}
}

int main(int argc, char **argv)
{
	char options[128];

	if (argc < 4)
		return SETUP;
	if (!strcmp(argv[1], "honest")) {
		content[0] = read_vault(argv[3], &size);
	} else if (!strcmp(argv[1], "changing") && argc == 6) {
		size_t other;

		mode = CHANGING;
		content[0] = read_vault(argv[3], &size);
		content[1] = read_vault(argv[4], &other);
		passes_wanted = atol(argv[5]);
		if (other != size)
			setup_failed("the two contents differ in size");
	} else if (!strcmp(argv[1], "hang") || !strcmp(argv[1], "endless")) {
		mode = argv[1][0] == 'h' ? HANG : ENDLESS;
		size = atol(argv[3]);
	} else {
		return SETUP;
	}
	device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (device < 0)
		setup_failed("/dev/fuse");
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other",
		 device);
	if (mount("probe", argv[2], "fuse.probe", MS_NODEV, options))
		setup_failed("mount");
	if (fork())
		return 0;
	setsid();
	signal(SIGPIPE, SIG_IGN);
	for (int fd = 0; fd < 3; fd++)
		close(fd);
	serve();
	return 0;
}
