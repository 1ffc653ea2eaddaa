// SPDX-License-Identifier: GPL-2.0-or-later
/* Steps with fs-verity, fscrypt and blocks of files. Status 0 is done. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/fscrypt.h>
#include <linux/fsverity.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "common.h"

int tool_verity(char **args);
int tool_fscrypt(char **args);
int tool_block(char **args);

/* FILE [sha512] */
int tool_verity(char **args)
{
	struct fsverity_enable_arg arg = {
		.version = 1,
		.hash_algorithm = args[1] ? FS_VERITY_HASH_ALG_SHA512 : FS_VERITY_HASH_ALG_SHA256,
		.block_size = 4096,
	};
	int fd = open(args[0], O_RDONLY);

	if (fd < 0)
		setup_failed(args[0]);
	return ioctl(fd, FS_IOC_ENABLE_VERITY, &arg) ? errno : 0;
}

/* MOUNT [DIR]: adds a fixed key to the file system; DIR, if given, is encrypted with it. */
int tool_fscrypt(char **args)
{
	struct {
		struct fscrypt_add_key_arg arg;
		unsigned char raw[64];
	} key = { .arg = { .key_spec.type = FSCRYPT_KEY_SPEC_TYPE_IDENTIFIER, .raw_size = 64 } };
	struct fscrypt_policy_v2 policy = {
		.version = FSCRYPT_POLICY_V2,
		.contents_encryption_mode = FSCRYPT_MODE_AES_256_XTS,
		.filenames_encryption_mode = FSCRYPT_MODE_AES_256_CTS,
		.flags = FSCRYPT_POLICY_FLAGS_PAD_32,
	};
	int fd = open(args[0], O_RDONLY | O_DIRECTORY);

	if (fd < 0)
		setup_failed(args[0]);
	memset(key.raw, 0x17, sizeof(key.raw));
	if (ioctl(fd, FS_IOC_ADD_ENCRYPTION_KEY, &key))
		setup_failed("FS_IOC_ADD_ENCRYPTION_KEY");
	if (!args[1])
		return 0;
	memcpy(policy.master_key_identifier, key.arg.key_spec.u.identifier,
	       sizeof(policy.master_key_identifier));
	fd = open(args[1], O_RDONLY | O_DIRECTORY);
	if (fd < 0 || ioctl(fd, FS_IOC_SET_ENCRYPTION_POLICY, &policy))
		setup_failed("FS_IOC_SET_ENCRYPTION_POLICY");
	return 0;
}

/* FILE INDEX: prints the device's block that holds the file's block. */
int tool_block(char **args)
{
	int block = args[1] ? atoi(args[1]) : 0;
	int fd = open(args[0], O_RDONLY);

	if (fd < 0 || ioctl(fd, FIBMAP, &block))
		setup_failed(args[0]);
	printf("%d\n", block);
	return fflush(stdout) ? errno : 0;
}
