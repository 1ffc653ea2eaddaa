// SPDX-License-Identifier: GPL-2.0-or-later
/* What package files say of themselves: made by dpkg-deb and tar, made badly, and made to harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>

#include "packages/package.h"
#include "packages/rpm_header.h"
#include "dpkg_made.h"

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

/* Run in the directory. */
static void run(const char *command)
{
	char text[4096];

	snprintf(text, sizeof(text), "cd %s && { %s; } >/dev/null 2>&1", tempdir, command);
	if (system(text))
		fail_msg("%s", command);
}

static void expect(const char *what, const char *name, const char *id, int err, const char *why)
{
	struct package package;
	char said[PACKAGE_WHY_MAX];
	int ret = read_package(name, &package, said);

	if (ret != err || (why && !strstr(said, why)) || (id && strcmp(package.id, id)))
		fail_msg("%s: %d, \"%s\", %s", what, ret, said, ret ? "-" : package.id);
	if (!ret)
		package_clear(&package);
}

/* ---- deb ---- */

#define CONTROL                                                                              \
	"Package: vendor\nVersion: 1.0\nArchitecture: amd64\nMaintainer: Vendor <v@e.org>\n" \
	"Description: x\n"

static void test_deb(void **state)
{
	static const char *const packings[] = { "gzip", "xz", "zstd", "none" };
	struct package package;
	char why[PACKAGE_WHY_MAX];
	char command[256];
	size_t i;

	(void)state;
	tempdir_write("pkg/DEBIAN/control", CONTROL "Vendor: The Vendor\nOrigin: There\n"
						    "Multi-Arch: same\nSource: suite (2)\n");
	tempdir_write("pkg/opt/vendor", "x");
	for (i = 0; i < sizeof(packings) / sizeof(packings[0]); i++) {
		snprintf(command, sizeof(command),
			 "dpkg-deb --uniform-compression -Z%s -b pkg a.deb", packings[i]);
		run(command);
		assert_int_equal(read_package("a.deb", &package, why), 0);
		assert_int_equal(package.type, PACKAGE_DEB);
		assert_string_equal(package.name, "vendor");
		assert_string_equal(package.version, "1.0");
		assert_string_equal(package.arch, "amd64");
		assert_string_equal(package.maintainer, "Vendor <v@e.org>");
		assert_string_equal(package.vendor, "The Vendor");
		assert_string_equal(package.origin, "There");
		assert_string_equal(package.source, "suite");
		assert_string_equal(package.id, "vendor:amd64");
		package_clear(&package);
	}
}

struct deb_case {
	const char *what;
	const char *make; /* a.deb, of control, debian-binary, data.tar and other files */
	const char *id;
	int err;
	const char *why;
};

#define TAR(members) "tar -cf control.tar " members
#define AR(members)  "rm -f a.deb && ar qS a.deb " members

static const struct deb_case debs[] = {
	{ "as it should be", TAR("./control") " && " AR("debian-binary control.tar data.tar"),
	  "vendor", 0, NULL },
	{ "without a dot", TAR("control") " && " AR("debian-binary control.tar data.tar"), "vendor",
	  0, NULL },
	{ "others before", TAR("./control") " && " AR("debian-binary _x control.tar data.tar"),
	  "vendor", 0, NULL },
	{ "without data", TAR("./control") " && " AR("debian-binary control.tar"), "vendor", 0,
	  NULL },
	{ "two control files: the last is unpacked over the first",
	  TAR("./control") " && cp control good && sed s/vendor/second/ good >control && "
			   "tar -rf control.tar ./control && cp good control && " AR(
				   "debian-binary control.tar"),
	  "second", 0, NULL },
	{ "one in a directory is another",
	  "mkdir -p d && sed s/vendor/third/ control >d/control && " TAR(
		  "./d/control ./control") " && " AR("debian-binary control.tar"),
	  "vendor", 0, NULL },
	{ "no end of line",
	  "printf 'Package: vendor' >e && mv control good && mv e control && " TAR(
		  "control") " && mv good control && " AR("debian-binary control.tar"),
	  "vendor", 0, NULL },

	{ "no control data", AR("debian-binary data.tar"), NULL, -EBADMSG,
	  "the control data is not where it should be" },
	{ "data first", TAR("./control") " && " AR("debian-binary data.tar control.tar"), NULL,
	  -EBADMSG, "the control data is not where it should be" },
	{ "nothing else", AR("debian-binary"), NULL, -EBADMSG, "cut off" },
	{ "no control file", "touch x && " TAR("./x") " && " AR("debian-binary control.tar"), NULL,
	  -EBADMSG, "there is no control file" },
	{ "a link",
	  "ln -sf /etc/passwd l && mkdir -p k && ln -sf /etc/passwd k/control && "
	  "tar -cf control.tar -C k ./control && " AR("debian-binary control.tar"),
	  NULL, -EBADMSG, "the control file is no file" },
	{ "an empty control file",
	  "mkdir -p k && rm -f k/control && touch k/control && tar -cf control.tar -C k ./control && " AR(
		  "debian-binary control.tar"),
	  NULL, -EBADMSG, "it is empty" },
	{ "a control file without a name",
	  "mkdir -p k && rm -f k/control && echo 'Version: 1' >k/control && "
	  "tar -cf control.tar -C k ./control && " AR("debian-binary control.tar"),
	  NULL, -EBADMSG, "a package has no name" },
	{ "a name that is a path",
	  "mkdir -p k && rm -f k/control && echo 'Package: ../x' >k/control && "
	  "tar -cf control.tar -C k ./control && " AR("debian-binary control.tar"),
	  NULL, -EBADMSG, "a package's name is none" },
	{ "a control file that is too long",
	  "mkdir -p k && rm -f k/control && truncate -s 5M k/control && "
	  "tar -cf control.tar -C k ./control && " AR("debian-binary control.tar"),
	  NULL, -EBADMSG, "the control file is too long" },
	{ "a bomb",
	  "mkdir -p k && rm -f k/control && truncate -s 300M k/zeros && echo 'Package: x' "
	  ">k/control && tar -C k -c ./zeros ./control | xz -1 -T0 >control.tar.xz && rm k/zeros && " AR(
		  "debian-binary control.tar.xz") " && rm control.tar.xz",
	  NULL, -EBADMSG, "the control data is too much" },
	{ "no archive in it", "echo nonsense >control.tar && " AR("debian-binary control.tar"),
	  NULL, -EBADMSG, "the control data cannot be unpacked" },
	{ "cut off in it",
	  TAR("./control") " && " AR("debian-binary control.tar") " && truncate -s 400 a.deb", NULL,
	  -EBADMSG, "the package is cut off" },
	{ "cut off in a header",
	  TAR("./control") " && " AR("debian-binary control.tar") " && truncate -s 100 a.deb", NULL,
	  -EBADMSG, "the package is cut off" },
	{ "a size that is none",
	  TAR("./control") " && " AR(
		  "debian-binary control.tar") " && printf 'x' | dd of=a.deb bs=1 seek=120 conv=notrunc",
	  NULL, -EBADMSG, "a member of the archive is broken" },
	{ "the format of before", "printf '0.939000\\n' >a.deb", NULL, -EOPNOTSUPP, "before 1995" },
	{ "another archive", AR("control"), NULL, -ENODATA, NULL },
	{ "nothing at all", ": >a.deb", NULL, -ENODATA, NULL },
};

static void test_debs(void **state)
{
	size_t i;

	(void)state;
	tempdir_write("control", CONTROL);
	tempdir_write("debian-binary", "2.0\n");
	tempdir_write("data.tar", "x");
	tempdir_write("_x", "x");
	for (i = 0; i < sizeof(debs) / sizeof(debs[0]); i++) {
		run(debs[i].make);
		expect(debs[i].what, "a.deb", debs[i].id, debs[i].err, debs[i].why);
	}
}

/* ---- rpm ---- */

struct made {
	uint8_t bytes[8192];
	uint32_t il, dl;
	uint8_t entries[64 * 16], data[4096];
};

static void put32(uint8_t *p, uint32_t n)
{
	p[0] = (uint8_t)(n >> 24);
	p[1] = (uint8_t)(n >> 16);
	p[2] = (uint8_t)(n >> 8);
	p[3] = (uint8_t)n;
}

static void add(struct made *m, uint32_t tag, uint32_t type, uint32_t count, const void *data,
		size_t len)
{
	uint8_t *entry = m->entries + (size_t)m->il++ * 16;

	put32(entry, tag);
	put32(entry + 4, type);
	put32(entry + 8, m->dl);
	put32(entry + 12, count);
	memcpy(m->data + m->dl, data, len);
	m->dl += (uint32_t)len;
}

static void add_text(struct made *m, uint32_t tag, const char *text)
{
	add(m, tag, RPM_TYPE_STRING, 1, text, strlen(text) + 1);
}

static size_t finish(struct made *m)
{
	put32(m->bytes, m->il);
	put32(m->bytes + 4, m->dl);
	memcpy(m->bytes + 8, m->entries, (size_t)m->il * 16);
	memcpy(m->bytes + 8 + (size_t)m->il * 16, m->data, m->dl);
	return 8 + (size_t)m->il * 16 + m->dl;
}

static void usual(struct made *m)
{
	memset(m, 0, sizeof(*m));
	add_text(m, RPM_TAG_NAME, "vendor");
	add_text(m, RPM_TAG_VERSION, "1.0");
	add_text(m, RPM_TAG_RELEASE, "2");
	add_text(m, RPM_TAG_ARCH, "x86_64");
	add_text(m, RPM_TAG_VENDOR, "The Vendor");
}

static void write_rpm(struct made *m)
{
	static const uint8_t magic[8] = { 0x8e, 0xad, 0xe8, 1 };
	static const uint8_t lead[96] = { 0xed, 0xab, 0xee, 0xdb, 3 };
	struct made signature = { 0 };
	uint8_t file[16384];
	size_t at = sizeof(lead);
	size_t n;

	add_text(&signature, 1000, "x");
	memcpy(file, lead, sizeof(lead));
	n = finish(&signature);
	memcpy(file + at, magic, 8);
	memcpy(file + at + 8, signature.bytes, n);
	at += 8 + (n + 7) / 8 * 8;
	n = finish(m);
	memcpy(file + at, magic, 8);
	memcpy(file + at + 8, m->bytes, n);
	dpkg_bytes("a.rpm", file, at + 8 + n);
}

static void test_rpm(void **state)
{
	struct made *m = calloc(1, sizeof(*m));
	struct package package;
	char why[PACKAGE_WHY_MAX];

	(void)state;
	assert_non_null(m);
	usual(m);
	add_text(m, RPM_TAG_PACKAGER, "A Packager");
	add_text(m, RPM_TAG_DISTRIBUTION, "A Distribution");
	write_rpm(m);
	assert_int_equal(read_package("a.rpm", &package, why), 0);
	assert_int_equal(package.type, PACKAGE_RPM);
	assert_string_equal(package.name, "vendor");
	assert_string_equal(package.version, "1.0-2");
	assert_string_equal(package.arch, "x86_64");
	assert_string_equal(package.vendor, "The Vendor");
	assert_string_equal(package.maintainer, "A Packager");
	assert_string_equal(package.origin, "A Distribution");
	assert_string_equal(package.id, "vendor-1.0-2.x86_64");
	package_clear(&package);
	memset(m, 0, sizeof(*m));
	add_text(m, RPM_TAG_VERSION, "1");
	write_rpm(m);
	expect("no name", "a.rpm", NULL, -EBADMSG, "the header is broken");
	usual(m);
	write_rpm(m);
	run("truncate -s 150 a.rpm");
	expect("cut off", "a.rpm", NULL, -EBADMSG, "the package is cut off");
	write_rpm(m);
	run("printf '\\377' | dd of=a.rpm bs=1 seek=104 conv=notrunc");
	expect("too many entries", "a.rpm", NULL, -EBADMSG, "there is no header");
	write_rpm(m);
	run("printf 'x' | dd of=a.rpm bs=1 seek=96 conv=notrunc");
	expect("no magic", "a.rpm", NULL, -EBADMSG, "there is no header");
	free(m);
}

struct header_case {
	const char *what;
	void (*make)(struct made *m);
	const char *files; /* NULL: -EBADMSG */
};

static const uint8_t indexes[] = { 0, 0, 0, 0, 0, 0, 0, 1 };
static const uint8_t far_indexes[] = { 0, 0, 0, 0, 0, 0, 0, 2 };

static void lists(struct made *m, const char *bases, size_t bases_len, const char *dirs,
		  size_t dirs_len, const uint8_t *at, uint32_t n)
{
	usual(m);
	add(m, RPM_TAG_BASENAMES, RPM_TYPE_STRING_ARRAY, 2, bases, bases_len);
	add(m, RPM_TAG_DIRINDEXES, RPM_TYPE_INT32, n, at, (size_t)n * 4);
	add(m, RPM_TAG_DIRNAMES, RPM_TYPE_STRING_ARRAY, 2, dirs, dirs_len);
}

#define BYTES(s) s, sizeof(s)

static void make_good(struct made *m)
{
	lists(m, BYTES("a\0b"), BYTES("/usr/bin/\0/opt/"), indexes, 2);
}
static void make_far(struct made *m)
{
	lists(m, BYTES("a\0b"), BYTES("/usr/bin/\0/opt/"), far_indexes, 2);
}
static void make_few(struct made *m)
{
	lists(m, BYTES("a\0b"), BYTES("/usr/bin/\0/opt/"), indexes, 1);
}
static void make_relative(struct made *m)
{
	lists(m, BYTES("a\0b"), BYTES("usr/bin/\0/opt/"), indexes, 2);
}
static void make_endless(struct made *m)
{
	lists(m, BYTES("a\0b"), "/usr/bin/\0/opt", 14, indexes, 2);
}
static void make_alone(struct made *m)
{
	usual(m);
	add(m, RPM_TAG_BASENAMES, RPM_TYPE_STRING_ARRAY, 1, BYTES("a"));
}
static void make_numbers(struct made *m)
{
	usual(m);
	add(m, RPM_TAG_BASENAMES, RPM_TYPE_INT32, 1, BYTES("abc"));
}
static void make_old(struct made *m)
{
	usual(m);
	add(m, RPM_TAG_OLDFILENAMES, RPM_TYPE_STRING_ARRAY, 2, BYTES("/a\0/b"));
}
static void make_old_relative(struct made *m)
{
	usual(m);
	add(m, RPM_TAG_OLDFILENAMES, RPM_TYPE_STRING_ARRAY, 2, BYTES("/a\0b"));
}
static void make_without(struct made *m)
{
	usual(m);
}
static void make_states(struct made *m)
{
	static const uint8_t sizes[] = { 0, 0, 0, 5, 0, 0, 1, 0 };

	make_good(m);
	add(m, RPM_TAG_FILESTATES, RPM_TYPE_CHAR, 2, "\1\0", 2);
	add(m, RPM_TAG_FILESIZES, RPM_TYPE_INT32, 2, sizes, 8);
}

static const struct header_case headers[] = {
	{ "two", make_good, "/usr/bin/a 0 +, /opt/b 0 +, " },
	{ "sizes, and one replaced", make_states, "/usr/bin/a 5 -, /opt/b 256 +, " },
	{ "of old", make_old, "/a 0 +, /b 0 +, " },
	{ "none", make_without, "" },
	{ "a directory that is not there", make_far, NULL },
	{ "fewer directories than names", make_few, NULL },
	{ "a relative directory", make_relative, NULL },
	{ "a directory without an end", make_endless, NULL },
	{ "names alone", make_alone, NULL },
	{ "numbers for names", make_numbers, NULL },
	{ "a relative path of old", make_old_relative, NULL },
};

static int note(void *context, const char *path, uint64_t size, bool installed)
{
	char *list = context;

	snprintf(list + strlen(list), 1024 - strlen(list), "%s %llu %c, ", path,
		 (unsigned long long)size, installed ? '+' : '-');
	return 0;
}

static void test_headers(void **state)
{
	struct made *m = calloc(1, sizeof(*m));
	size_t i;

	(void)state;
	assert_non_null(m);
	for (i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		struct rpm_header header;
		char list[1024] = "";
		/* Its own memory, so that a byte too many is seen. */
		uint8_t *exact;
		size_t n;
		int ret;

		headers[i].make(m);
		n = finish(m);
		exact = malloc(n);
		assert_non_null(exact);
		memcpy(exact, m->bytes, n);
		assert_int_equal(rpm_header_parse(exact, n - 1, &header), -EBADMSG);
		assert_int_equal(rpm_header_parse(exact, n, &header), 0);
		ret = rpm_header_files(&header, note, list);
		if (ret != (headers[i].files ? 0 : -EBADMSG) ||
		    (headers[i].files && strcmp(list, headers[i].files)))
			fail_msg("%s: %d, %s", headers[i].what, ret, list);
		free(exact);
	}
	free(m);
}

/* ---- others ---- */

static void test_others(void **state)
{
	(void)state;
	tempdir_write("a", "[Flatpak Ref]\nTitle=x\nName=org.example.App\nBranch=stable\n"
			   "SuggestRemoteName=flathub\n");
	expect("a flatpakref", "a", "app/org.example.App//stable", 0, NULL);
	tempdir_write("a", "[Flatpak Ref]\nTitle=x\n");
	expect("without a name", "a", NULL, -EBADMSG, "it names no application");
	tempdir_write("a", "[Flatpak Ref]\nName=\n");
	expect("with an empty name", "a", NULL, -EBADMSG, "it names no application");
	tempdir_write("a", "hsqs and so on");
	expect("a snap", "a", NULL, -EBADMSG, "cut off");
	dpkg_bytes("a", "\177ELF\2\1\1\0AI\2\0", 12);
	expect("an AppImage", "a", NULL, -EBADMSG, "the AppImage's program is broken");
	dpkg_bytes("a", "\177ELF\2\1\1\0\0\0\0\0", 12);
	expect("a program", "a", NULL, -ENODATA, NULL);
	tempdir_write("a", "");
	expect("nothing", "a", NULL, -ENODATA, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_deb),    cmocka_unit_test(test_debs),
		cmocka_unit_test(test_rpm),    cmocka_unit_test(test_headers),
		cmocka_unit_test(test_others),
	};

	return cmocka_run_group_tests(tests, tempdir_setup, tempdir_teardown);
}
