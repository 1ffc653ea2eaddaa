// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a file claims to be by its first bytes. Used where a policy names hashes without sizes: then
 * only what can be run or installed is hashed.
 */
#include "magic.h"

struct magic {
	__u8 offset;
	__u8 len;
	__u8 bytes[MAGIC_HEAD];
};

#define MAGIC(at, text)                                                \
	{                                                              \
		.offset = (at), .len = sizeof(text) - 1, .bytes = text \
	}

/* Modules, tar packages. */
#define MAGIC_XZ   MAGIC(0, "\3757zXZ\0")	/* xz file format, 2.1.1.1 */
#define MAGIC_ZSTD MAGIC(0, "\050\265\057\375") /* RFC 8878, 3.1.1 */
#define MAGIC_GZIP MAGIC(0, "\037\213")		/* RFC 1952, 2.3.1 */

static const struct magic compressions[] = { MAGIC_XZ, MAGIC_ZSTD, MAGIC_GZIP };

static const struct magic magics[] = {
	MAGIC(0, "\177ELF"),	/* ELF: programs, libraries, modules, AppImage (gABI, chapter 4) */
	MAGIC(0, "#!"),		/* scripts (execve(2)) */
	MAGIC(0, "MZ"),		/* PE (Microsoft PE format, "MS-DOS stub") */
	MAGIC(0, "PK\003\004"), /* ZIP: APK, JAR, XPI (APPNOTE 4.3.7) */
	MAGIC(0, "PK\005\006"), /* ZIP without members (APPNOTE 4.3.16) */
	MAGIC(0, "PK\007\010"), /* ZIP of several parts (APPNOTE 8.5.3) */
	MAGIC(0, "!<arch>\n"),	/* ar: deb (deb(5)), static libraries (ar(5)) */
	MAGIC(0, "\355\253\356\333"), /* rpm (RPM file format, "Lead") */
	MAGIC(0, "hsqs"),	      /* squashfs: snap (squashfs binary format, "superblock") */
	MAGIC(0, "flatpak"), /* flatpak bundle (flatpak-bundle format of flatpak-build-bundle(1)) */
	MAGIC_XZ,
	MAGIC_ZSTD,
	MAGIC_GZIP,
	MAGIC(0, "BZh"),		/* bzip2: tar packages (bzip2 manual, "File format") */
	MAGIC(0, "7z\274\257\047\034"), /* 7z (7zFormat.txt, "SignatureHeader") */
	MAGIC(0, "MSCF"),		/* cabinet ([MS-CAB] 2.1) */
	MAGIC(0, "\320\317\021\340\241\261\032\341"), /* compound file: MSI ([MS-CFB] 2.2) */
	MAGIC(0, "\0asm"),			      /* WebAssembly (core specification, 5.5.16) */
	MAGIC(0, "\312\376\272\276"), /* Java class (JVM specification 4.1), universal Mach-O */
	MAGIC(0, "dex\n"),	      /* Dalvik (Dalvik executable format, "DEX_FILE_MAGIC") */
	MAGIC(0, "\033Lua"),	      /* compiled Lua (lundump.h, LUA_SIGNATURE) */
	MAGIC(2,
	      "\r\n"), /* compiled Python: the version in front of it (importlib, MAGIC_NUMBER) */
};

static bool matches(const struct magic *magic, const __u8 *head, __u32 len)
{
	return len >= (__u32)magic->offset + magic->len &&
	       !memcmp(head + magic->offset, magic->bytes, magic->len);
}

bool magic_is_software(const __u8 *head, __u32 len)
{
	__u32 i;

	for (i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (matches(&magics[i], head, len))
			return true;
	return false;
}

bool magic_is_compressed(const __u8 *head, __u32 len)
{
	__u32 i;

	for (i = 0; i < sizeof(compressions) / sizeof(compressions[0]); i++)
		if (matches(&compressions[i], head, len))
			return true;
	return false;
}
