// SPDX-License-Identifier: GPL-2.0-or-later
#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "common.h"

void setup_failed(const char *step)
{
	fprintf(stderr, "setup: %s: %s\n", step, strerror(errno));
	_exit(SETUP);
}

unsigned char *read_file(const char *path, size_t *ret_size)
{
	struct stat st;
	unsigned char *data;
	size_t done = 0;
	ssize_t n;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st))
		setup_failed(path);
	data = malloc(st.st_size + 1);
	if (!data)
		setup_failed("malloc");
	while (done < (size_t)st.st_size) {
		n = read(fd, data + done, st.st_size - done);
		if (n <= 0)
			setup_failed(path);
		done += n;
	}
	close(fd);
	*ret_size = done;
	return data;
}

unsigned char *read_vault(const char *path, size_t *ret_size)
{
	unsigned char *data;
	size_t size;

	data = read_file(path, &size);
	for (size_t i = 0; i < size; i++)
		data[i] ^= VAULT_KEY;
	*ret_size = size;
	return data;
}

void write_all(int fd, const void *data, size_t size)
{
	const char *from = data;
	ssize_t n;

	while (size) {
		n = write(fd, from, size);
		if (n <= 0)
			setup_failed("write");
		from += n;
		size -= n;
	}
}

int enter_image(const void *base)
{
	const Elf64_Ehdr *header = base;

	if (!memcmp(header->e_ident, ELFMAG, SELFMAG)) {
		/* The entry of target.c leaves with the status that its content says. */
		void (*entry)(void) = (void (*)(void))((const char *)base + header->e_entry);

		entry();
	}
	return RAN;
}
