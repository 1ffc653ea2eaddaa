// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What root may ask the module, without the tool:
 *	disarm release		let go of all links
 *	disarm hold ID		hold this one alone, and so let go of the others
 *	disarm token TEXT SIGNATURE	give it a token
 *	disarm seal CERTIFICATE		seal one more certificate (DER)
 *	disarm setperm			look for the keyring among all keys, and take it over
 * Prints the name of the error, or "done".
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/bpf.h>
#include <linux/keyctl.h>

#include "kmod/abi.h"

#define CONTROL "/sys/kernel/security/interdict/control"

static int say(int r)
{
	printf("%s\n", r < 0 ? strerrorname_np(errno) : "done");
	return r < 0;
}

static size_t slurp(const char *path, void *buf, size_t size)
{
	FILE *file = fopen(path, "re");
	size_t n = file ? fread(buf, 1, size, file) : 0;

	if (!file || !n) {
		perror(path);
		exit(2);
	}
	fclose(file);
	return n;
}

static int hold(int control, uint32_t id)
{
	struct interdict_hold hold = { .count = 1 };
	union bpf_attr attr = { .link_id = id };

	hold.link_fd[0] = (int)syscall(SYS_bpf, BPF_LINK_GET_FD_BY_ID, &attr, sizeof(attr));
	hold.link_id[0] = id;
	if (hold.link_fd[0] < 0) {
		perror("BPF_LINK_GET_FD_BY_ID");
		return 2;
	}
	return say(ioctl(control, INTERDICT_IOC_HOLD, &hold));
}

static int token(int control, const char *text, const char *signature)
{
	static char buf[8192];
	static unsigned char der[INTERDICT_SIGNATURE_MAX];
	struct interdict_disarm request = {
		.text = (uint64_t)(uintptr_t)buf,
		.signature = (uint64_t)(uintptr_t)der,
		.text_len = (uint32_t)slurp(text, buf, sizeof(buf)),
		.signature_len = (uint32_t)slurp(signature, der, sizeof(der)),
	};

	return say(ioctl(control, INTERDICT_IOC_DISARM, &request));
}

static int seal(int control, const char *path)
{
	static unsigned char der[INTERDICT_ANCHOR_LEN];
	struct interdict_seal request = { .count = 1, .proved = 1 };

	memset(request.device, 'a', sizeof(request.device));
	request.anchor[0].der = (uint64_t)(uintptr_t)der;
	request.anchor[0].len = (uint32_t)slurp(path, der, sizeof(der));
	return say(ioctl(control, INTERDICT_IOC_SEAL, &request));
}

/* Serial numbers are random, so that nobody finds it by trying; /proc/keys shows what may be seen.
 */
static int find_keyring(void)
{
	FILE *file = fopen("/proc/keys", "re");
	char line[512];
	int found = 0;

	while (file && fgets(line, sizeof(line), file))
		if (strstr(line, " interdict")) {
			long key = strtol(line, NULL, 16);

			found++;
			syscall(SYS_keyctl, KEYCTL_SETPERM, key, 0x3f3f3f3f);
			say((int)syscall(SYS_keyctl, KEYCTL_CLEAR, key));
		}
	if (!found)
		printf("not to be seen\n");
	return 0;
}

int main(int argc, char **argv)
{
	int control = open(CONTROL, O_RDONLY | O_CLOEXEC);

	if (argc == 2 && !strcmp(argv[1], "setperm"))
		return find_keyring();
	if (control < 0) {
		perror(CONTROL);
		return 2;
	}
	if (argc == 2 && !strcmp(argv[1], "release"))
		return say(ioctl(control, INTERDICT_IOC_RELEASE));
	if (argc == 3 && !strcmp(argv[1], "hold"))
		return hold(control, (uint32_t)strtoul(argv[2], NULL, 10));
	if (argc == 4 && !strcmp(argv[1], "token"))
		return token(control, argv[2], argv[3]);
	if (argc == 3 && !strcmp(argv[1], "seal"))
		return seal(control, argv[2]);
	fprintf(stderr,
		"usage: disarm release | hold ID | token TEXT SIGNATURE | seal FILE | setperm\n");
	return 2;
}
