// SPDX-License-Identifier: GPL-2.0-or-later
/* Snaps, AppImages and Flatpak bundles: made by mksquashfs and objcopy, made by hand, made badly,
 * and every byte of them changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>

#include "packages/package.h"
#include "run.h"

static int read_package(const char *name, struct package *package, char why[PACKAGE_WHY_MAX])
{
	int fd = open(tempdir_path(name), O_RDONLY);
	int ret;

	assert_true(fd >= 0);
	memset(package, 0, sizeof(*package));
	ret = package_of_file(fd, package, why);
	close(fd);
	return ret;
}

struct image_case {
	const char *what;
	const char *make; /* a */
	int err;
	const char *expected; /* "type name version origin id", or why not */
};

static void try_case(const struct image_case *c)
{
	struct package package;
	char why[PACKAGE_WHY_MAX], said[4096];
	int ret;

	run(c->make);
	ret = read_package("a", &package, why);
	if (ret)
		snprintf(said, sizeof(said), "%s", why);
	else
		snprintf(said, sizeof(said), "%s %s %s %s %s", package_type_name(package.type),
			 package.name, package.version ? package.version : "-",
			 package.origin ? package.origin : "-", package.id);
	if (ret != c->err || (c->expected && !strstr(said, c->expected)))
		fail_msg("%s: %d, %s", c->what, ret, said);
	if (!ret)
		package_clear(&package);
}

/* ---- snaps ---- */

#define SQUASH(dir, options) "rm -f a && mksquashfs " dir " a -quiet -no-progress " options
#define YAML(text)                                                               \
	"rm -rf s && mkdir -p s/meta s/bin && cp /bin/ls s/bin && printf '" text \
	"' >s/meta/snap.yaml && "

static const struct image_case snaps[] = {
	{ "gzip", YAML("name: vendor\nversion: 1.2\n") SQUASH("s", "-comp gzip"), 0,
	  "snap vendor 1.2 - vendor" },
	{ "xz, as the store's", YAML("name: vendor\nversion: 1\n") SQUASH("s", "-comp xz"), 0,
	  "snap vendor 1 - vendor" },
	{ "zstd", YAML("name: vendor\n") SQUASH("s", "-comp zstd"), 0, "snap vendor - - vendor" },
	{ "nothing compressed", YAML("name: vendor\n") SQUASH("s", "-noI -noD -noF -noX"), 0,
	  "snap vendor" },
	{ "without fragments", YAML("name: vendor\n") SQUASH("s", "-no-fragments"), 0,
	  "snap vendor" },
	{ "long inodes, as files with several names have",
	  YAML("name: vendor\n") "ln s/meta/snap.yaml s/meta/other && " SQUASH("s", ""), 0,
	  "snap vendor" },
	{ "many directories, small blocks",
	  YAML("name: vendor\n") "for i in $(seq 600); do mkdir s/d$i; >s/meta/f$i; done && " SQUASH(
		  "s", "-b 4096"),
	  0, "snap vendor" },
	{ "a long text, in blocks and a fragment",
	  YAML("name: vendor\n") "seq -f '# %040g' 5000 >>s/meta/snap.yaml && " SQUASH("s",
										       "-b 4096"),
	  0, "snap vendor" },
	{ "with a hole",
	  YAML("name: vendor\n#") "truncate -s 100k s/meta/snap.yaml && " SQUASH("s", "-b 4096"),
	  -EBADMSG, "is no YAML" },
	{ "quotes", YAML("{\"name\": \"vendor\", version: \"1\"}\n") SQUASH("s", ""), 0,
	  "snap vendor 1" },

	{ "lzo", YAML("name: vendor\n") SQUASH("s", "-comp lzo"), -EOPNOTSUPP,
	  "compressed by LZO, which is not read" },
	{ "lz4", YAML("name: vendor\n") SQUASH("s", "-comp lz4"), -EOPNOTSUPP, "LZ4" },
	{ "no snap", "rm -rf s && mkdir -p s/meta && " SQUASH("s", ""), -ENODATA, NULL },
	{ "no directory", "rm -rf s && mkdir s && >s/meta && " SQUASH("s", ""), -ENODATA, NULL },
	{ "a directory for a file", "rm -rf s && mkdir -p s/meta/snap.yaml && " SQUASH("s", ""),
	  -EBADMSG, "is no file" },
	{ "a link for a file",
	  "rm -rf s && mkdir -p s/meta && ln -s /etc/passwd s/meta/snap.yaml && " SQUASH("s", ""),
	  -EBADMSG, "is no file" },
	{ "a text that is too long",
	  YAML("name: vendor\n") "truncate -s 2M s/meta/snap.yaml && " SQUASH("s", ""), -EBADMSG,
	  "too long" },
	{ "no name", YAML("version: 1\n") SQUASH("s", ""), -EBADMSG, "has no name" },
	{ "a name that is a list", YAML("name: [vendor]\n") SQUASH("s", ""), -EBADMSG,
	  "has no name" },
	{ "a list", YAML("[name]\n") SQUASH("s", ""), -EBADMSG, "has no name" },
	{ "no YAML", YAML("name: \"x\n") SQUASH("s", ""), -EBADMSG, "is no YAML" },
	{ "an empty text", YAML("") SQUASH("s", ""), -EBADMSG, "has no name" },
	{ "the magic alone", "printf 'hsqs and so on' >a", -EBADMSG, "cut off" },
	{ "cut off", YAML("name: vendor\n") SQUASH("s", "") " && truncate -s 200 a", -EBADMSG,
	  "cut off" },
	{ "another version",
	  YAML("name: vendor\n") SQUASH("s", "") " && printf '\\003' | dd of=a bs=1 seek=28 "
						 "conv=notrunc",
	  -EBADMSG, "no squashfs image of version 4" },
	{ "a block size that is none",
	  YAML("name: vendor\n") SQUASH("s", "") " && printf '\\377\\377\\377\\377' | dd of=a bs=1 "
						 "seek=12 conv=notrunc",
	  -EBADMSG, "its block size" },
};

static void test_snaps(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(snaps) / sizeof(snaps[0]); i++)
		try_case(&snaps[i]);
}

/* ---- AppImages ---- */

#define APPDIR(more)                                                                       \
	"rm -rf d && mkdir -p d/usr/share/applications && printf '[Desktop Entry]\\nType=" \
	"Application\\nName=Vendor App\\nName[de]=X\\nX-AppImage-Version=1.5\\n' "         \
	">d/usr/share/applications/vendor.desktop && " more                                \
	" && mksquashfs d image -noappend -quiet -no-progress"
#define LINKED "ln -s usr/share/applications/vendor.desktop d/vendor.desktop"
/* A program as the runtime is, with the image behind it. */
#define APPIMAGE(sections)                                                              \
	" && cp /bin/true a && " sections " && printf 'AI\\002' | dd of=a bs=1 seek=8 " \
	"conv=notrunc && cat image >>a"

static const struct image_case appimages[] = {
	{ "as they are", APPDIR(LINKED) APPIMAGE("true"), 0,
	  "appimage Vendor App 1.5 - Vendor App" },
	{ "with update information",
	  "printf 'gh-releases-zsync|vendor|app|latest|*.zsync\\0\\0\\0' >u && " APPDIR(LINKED)
		  APPIMAGE("objcopy --add-section .upd_info=u a"),
	  0, "appimage Vendor App 1.5 gh-releases-zsync|vendor|app|latest|*.zsync Vendor App" },
	{ "with empty update information",
	  "truncate -s 1024 u0 && " APPDIR(LINKED) APPIMAGE("objcopy --add-section .upd_info=u0 a"),
	  0, "appimage Vendor App 1.5 - " },
	{ "a file itself",
	  APPDIR("cp d/usr/share/applications/vendor.desktop d/x.desktop") APPIMAGE("true"), 0,
	  "appimage Vendor App" },
	{ "a link that leads nowhere: its name",
	  APPDIR("ln -s ../../etc/passwd d/vendor.desktop") APPIMAGE("true"), 0,
	  "appimage vendor - - vendor" },
	{ "a link to a link: its name",
	  APPDIR("ln -s one d/two.desktop && ln -s two.desktop d/one") APPIMAGE("true"), 0,
	  "appimage two - - two" },
	{ "without a Name: its name",
	  APPDIR("echo '[Desktop Entry]' >d/v.desktop") APPIMAGE("true"), 0, "appimage v - - v" },

	{ "no .desktop file", APPDIR("true") APPIMAGE("true"), -EBADMSG, "has no .desktop file" },
	{ "no image", APPDIR("true") APPIMAGE("true") " && truncate -s $(stat -c %s /bin/true) a",
	  -EBADMSG, "cut off" },
	{ "another image", APPDIR("true") " && printf '%0200d' 0 >image" APPIMAGE("true"), -EBADMSG,
	  "no squashfs image" },
	{ "type 1", "cp /bin/true a && printf 'AI\\001' | dd of=a bs=1 seek=8 conv=notrunc",
	  -EOPNOTSUPP, "of type 1" },
	{ "no program", "printf '\\177ELF\\002\\001\\001\\000AI\\002' >a && truncate -s 100 a",
	  -EBADMSG, NULL },
	{ "a program", "cp /bin/true a", -ENODATA, NULL },
};

static void test_appimages(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(appimages) / sizeof(appimages[0]); i++)
		try_case(&appimages[i]);
}

/* ---- Flatpak bundles ---- */

struct bytes {
	uint8_t v[4096];
	size_t n;
};

static void put(struct bytes *b, const void *from, size_t len)
{
	memcpy(b->v + b->n, from, len);
	b->n += len;
}

static void align(struct bytes *b)
{
	while (b->n % 8)
		b->v[b->n++] = 0;
}

/* An entry {sv}: key, value, a NUL, its type, where the key ends. */
static void put_entry(struct bytes *b, const char *key, const void *value, size_t len,
		      const char *type)
{
	const uint8_t end = (uint8_t)(strlen(key) + 1);

	align(b);
	put(b, key, end);
	align(b);
	put(b, value, len);
	put(b, "", 1);
	put(b, type, strlen(type));
	put(b, &end, 1);
}

/* A bundle with these entries; the tuple's other parts are bytes. */
static void make_bundle(const char *ref, const char *type)
{
	struct bytes b = { .n = 0 };
	uint16_t ends[4], last;

	put_entry(&b, "flatpak", "\1\0\211\345", 4, "u");
	ends[0] = (uint16_t)b.n;
	put_entry(&b, "origin", "https://example.org/", 21, "s");
	ends[1] = (uint16_t)b.n;
	put_entry(&b, "ref", ref, strlen(ref) + 1, type);
	ends[2] = (uint16_t)b.n;
	put_entry(&b, "zz", "x", 2, "s");
	ends[3] = (uint16_t)b.n;
	/* Of an array of less than 256 bytes offsets are one byte, else two. */
	for (int i = 0; i < 4; i++)
		put(&b, &ends[i], ends[3] + 4 <= 255 ? 1 : 2);
	last = (uint16_t)b.n;
	while (b.n < 600)
		put(&b, "x", 1);
	put(&b, &last, 2);
	spill("a", b.v, b.n);
}

static const struct {
	const char *ref, *type;
	int err;
	const char *expected;
} bundles[] = {
	{ "app/org.vendor.App/x86_64/stable", "s", 0,
	  "flatpak org.vendor.App - - app/org.vendor.App/x86_64/stable" },
	{ "runtime/org.vendor.Platform/x86_64/1", "s", 0,
	  "flatpak org.vendor.Platform - - runtime/org.vendor.Platform/x86_64/1" },
	{ "app/org.vendor.App/x86_64/stable-with-a-name-that-is-so-long-that-the-offsets-of-the-array-"
	  "are-of-two-bytes-which-takes-some-more-letters-to-be-sure-of-it",
	  "s", 0, "flatpak org.vendor.App" },
	{ "app/org.vendor.App/x86_64", "s", -EBADMSG, "names no application" },
	{ "appstream/x86_64/a/b", "s", -EBADMSG, "names no application" },
	{ "app//x86_64/stable", "s", -EBADMSG, "names no application" },
	{ "app/org.vendor.App/x86_64/stable", "o", -EBADMSG, "names no application" },
	{ "", "s", -EBADMSG, "names no application" },
};

static void test_bundles(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bundles) / sizeof(bundles[0]); i++) {
		make_bundle(bundles[i].ref, bundles[i].type);
		try_case(&(struct image_case){ bundles[i].ref, "true", bundles[i].err,
					       bundles[i].expected });
	}
	make_bundle(bundles[0].ref, "s");
	try_case(&(struct image_case){ "cut off", "truncate -s 300 a", -EBADMSG, NULL });
	try_case(&(struct image_case){ "the beginning", "truncate -s 12 a", -EBADMSG, NULL });
}

/* ---- each byte another one ---- */

/* What comes of it is a package or an error with a sentence, and the sanitizers say nothing. */
static void flip_all(size_t most)
{
	static uint8_t bytes[1 << 20];
	size_t n = slurp("a", bytes, sizeof(bytes));
	int fd = open(tempdir_path("a"), O_RDWR);

	assert_true(fd >= 0);
	for (size_t at = n > most ? n - most : 0; at < n; at++) {
		static const uint8_t values[] = { 0, 0x7f, 0xff };

		for (size_t i = 0; i < sizeof(values); i++) {
			struct package package;
			char why[PACKAGE_WHY_MAX];
			int ret;

			assert_int_equal(pwrite(fd, &values[i], 1, (off_t)at), 1);
			ret = package_of_file(fd, &package, why);
			if (!ret)
				package_clear(&package);
			else if (ret != -ENODATA && !*why)
				fail_msg("byte %zu as %u: %d without a reason", at, values[i], ret);
		}
		assert_int_equal(pwrite(fd, bytes + at, 1, (off_t)at), 1);
	}
	close(fd);
}

static void test_flips(void **state)
{
	(void)state;
	run("rm -rf s && mkdir -p s/meta && echo 'name: vendor' >s/meta/snap.yaml && "
	    "mksquashfs s a -noappend -quiet -no-progress -nopad");
	flip_all(SIZE_MAX);
	run(APPDIR(LINKED) " -nopad" APPIMAGE("true"));
	flip_all(1500);
	make_bundle(bundles[0].ref, "s");
	flip_all(SIZE_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_snaps),
		cmocka_unit_test(test_appimages),
		cmocka_unit_test(test_bundles),
		cmocka_unit_test(test_flips),
	};

	return cmocka_run_group_tests(tests, tempdir_setup, tempdir_teardown);
}
