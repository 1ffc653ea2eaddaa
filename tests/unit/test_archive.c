// SPDX-License-Identifier: GPL-2.0-or-later
/* Archives of policies: the one form that is read, what is not, and what is said of it. */
#include "tests/unit/bundles.h"

#include <archive.h>
#include <archive_entry.h>

#include "userspace/policy/policy_ustar.h"

/* A member of a made archive; a size that differs from the text's is a lie. */
struct member {
	const char *path;
	const char *text;
};

#define POLICY                        \
	{                             \
		"policy.yaml", HEADER \
	}
#define ORDER                                                                  \
	{                                                                      \
		"orders/o.yaml", ORDER_HEAD "match:\n  - build-id: aabbccdd\n" \
	}
#define LISTS                                                             \
	{                                                                 \
		"orders/o.yaml", ORDER_HEAD "match:\n  - list: lists/x\n" \
	}

#define MEMBERS_MAX 8

static struct bytes made(const struct member *members)
{
	struct bytes bytes = { calloc(1, 1 << 20), 0 };

	for (; members->path; members++) {
		size_t len = strlen(members->text);

		ustar_fill((struct ustar *)(bytes.at + bytes.len), members->path, len);
		memcpy(bytes.at + bytes.len + USTAR_BLOCK, members->text, len);
		bytes.len += USTAR_BLOCK + len + ustar_padding(len);
	}
	bytes.len += 2 * USTAR_BLOCK;
	bytes.len += (USTAR_RECORD - bytes.len % USTAR_RECORD) % USTAR_RECORD;
	bytes.at = realloc(bytes.at, bytes.len);
	return bytes;
}

static const struct member usual[MEMBERS_MAX] = { { "lists/x", HASH " 4\n" }, LISTS, POLICY };

/* With the checksum that goes with it, as somebody would write it who means it. */
static void sum(struct ustar *h)
{
	unsigned int n = 0;

	memset(h->checksum, ' ', sizeof(h->checksum));
	for (size_t i = 0; i < sizeof(*h); i++)
		n += ((unsigned char *)h)[i];
	snprintf(h->checksum, sizeof(h->checksum), "%06o", n);
}

static struct ustar *header(struct bytes *bytes)
{
	return (struct ustar *)bytes->at;
}

#define FIELD(name, field, value)                                       \
	static void name(struct bytes *bytes)                           \
	{                                                               \
		memcpy(header(bytes)->field, value, sizeof(value) - 1); \
		sum(header(bytes));                                     \
	}

FIELD(mode, mode, "0000755")
FIELD(mode_in_spaces, mode, "   644 ")
FIELD(set_user_id, mode, "0004644")
FIELD(owner, uid, "0001750")
FIELD(group, gid, "0000001")
FIELD(size_in_spaces, size, "         77 ")
FIELD(size_base_256, size, "\x80\0\0\0\0\0\0\0\0\0\0\x49")
FIELD(size_not_octal, size, "00000000089")
FIELD(mtime, mtime, "00000000001")
FIELD(link_target, linkname, "/etc/passwd")
FIELD(version, version, "  ")
FIELD(old_gnu, magic, "ustar  ")
FIELD(no_magic, magic, "\0\0\0\0\0\0")
FIELD(owner_name, uname, "root")
FIELD(group_name, gname, "root")
FIELD(major, devmajor, "0000010")
FIELD(minor, devminor, "0000010")
FIELD(prefix, prefix, "../..")
FIELD(padded, pad, "x")
FIELD(behind_name, name, "lists/x\0hidden")
FIELD(absolute, name, "/lists/")
FIELD(parent, name, "../sts/")
FIELD(inner_parent, name, "lists/../x")
FIELD(directory_name, name, "lists/\0")
FIELD(space, name, "lists x")
FIELD(not_ascii, name, "lists/\xc3\xa9")
FIELD(no_name, name, "\0\0\0\0\0\0\0\0")
FIELD(elsewhere, name, "listsxx")
FIELD(too_big, size, "77777777777")
FIELD(one_too_big, size, "00000032001")

static void type(struct bytes *bytes, char type)
{
	header(bytes)->type = type;
	sum(header(bytes));
}

#define TYPE(name, t)                         \
	static void name(struct bytes *bytes) \
	{                                     \
		type(bytes, t);               \
	}

TYPE(hard_link, '1')
TYPE(symlink_, '2')
TYPE(character, '3')
TYPE(block, '4')
TYPE(directory, '5')
TYPE(fifo, '6')
TYPE(contiguous, '7')
TYPE(old_file, '\0')
TYPE(gnu_long, 'L')
TYPE(gnu_sparse, 'S')
TYPE(pax, 'x')
TYPE(pax_global, 'g')

static void checksum(struct bytes *bytes)
{
	header(bytes)->checksum[5] ^= 1;
}

static void checksum_in_spaces(struct bytes *bytes)
{
	struct ustar *h = header(bytes);

	h->checksum[6] = ' ';
	h->checksum[7] = '\0';
}

static void between(struct bytes *bytes)
{
	bytes->at[2 * USTAR_BLOCK - 1] = 'x';
}

static void behind_end(struct bytes *bytes)
{
	bytes->at[bytes->len - 1] = 1;
}

static void resize(struct bytes *bytes, size_t len)
{
	bytes->at = realloc(bytes->at, len);
	if (len > bytes->len)
		memset(bytes->at + bytes->len, 0, len - bytes->len);
	bytes->len = len;
}

static void one_record_more(struct bytes *bytes)
{
	resize(bytes, bytes->len + USTAR_RECORD);
}

static void one_byte_more(struct bytes *bytes)
{
	resize(bytes, bytes->len + 1);
}

static void no_record(struct bytes *bytes)
{
	resize(bytes, 8 * USTAR_BLOCK);
}

static void no_end(struct bytes *bytes)
{
	resize(bytes, 6 * USTAR_BLOCK);
}

static void cut_in_member(struct bytes *bytes)
{
	resize(bytes, USTAR_BLOCK + 7);
}

static void cut_in_padding(struct bytes *bytes)
{
	resize(bytes, USTAR_BLOCK + strlen(HASH " 4\n") + 1);
}

static void cut_in_header(struct bytes *bytes)
{
	resize(bytes, USTAR_BLOCK - 1);
}

static void empty(struct bytes *bytes)
{
	resize(bytes, 0);
}

static void zip(struct bytes *bytes)
{
	memcpy(bytes->at, "PK\3\4", 4);
	memset(header(bytes)->magic, 'x', 6);
}

/* An archive behind an archive. */
static void second_archive(struct bytes *bytes)
{
	size_t len = bytes->len;

	resize(bytes, 2 * len);
	memcpy(bytes->at + len, bytes->at, len);
}

static void mode_and_owner(struct bytes *bytes)
{
	owner(bytes);
	mode(bytes);
}

static void type_and_name(struct bytes *bytes)
{
	parent(bytes);
	symlink_(bytes);
}

#define PLAIN                                                                                  \
	"a file name of a policy has only A-Z, a-z, 0-9, '.', '_', '+' and '-', and with its " \
	"directory at most 100 bytes"
#define REGULAR	     "; an archive of a policy holds regular files only"
#define NOTHING_ELSE "is not a regular file; an archive of a policy holds nothing else"

/* What is wrong with the first member of usual[]; the place is B:lists/x, or as given. */
static const struct change {
	void (*change)(struct bytes *bytes);
	const char *why;
	const char *place;
} changes[] = {
	{ mode, "its mode is not 0644", NULL },
	{ mode_in_spaces, "its mode is not 0644", NULL },
	{ set_user_id, "its mode is not 0644", NULL },
	{ owner, "its owner is not 0", NULL },
	{ group, "its group is not 0", NULL },
	{ size_in_spaces, "its size is not written in eleven octal digits", NULL },
	{ size_base_256, "its size is not written in eleven octal digits", NULL },
	{ size_not_octal, "its size is not written in eleven octal digits", NULL },
	{ mtime, "its time is not 0", NULL },
	{ link_target, "it has the target of a link", NULL },
	{ version, "its version is not 00", NULL },
	{ owner_name, "it has the name of an owner", NULL },
	{ group_name, "it has the name of a group", NULL },
	{ major, "it has the number of a device", NULL },
	{ minor, "it has the number of a device", NULL },
	{ prefix, "its name is in two parts", NULL },
	{ padded, "there is something at the end of its header", NULL },
	{ behind_name, "there is something behind its name", NULL },
	{ checksum, "its checksum is wrong", NULL },
	{ checksum_in_spaces, "its checksum is wrong", NULL },
	{ mode_and_owner, "its mode is not 0644", NULL },
	{ old_gnu, "the content is not an archive in ustar format", "B" },
	{ no_magic, "the content is not an archive in ustar format", "B" },
	{ zip, "the content is not an archive in ustar format", "B" },
	{ absolute, PLAIN, "B:/lists/" },
	{ parent, PLAIN, "B:../sts/" },
	{ inner_parent, PLAIN, "B:lists/../x" },
	{ directory_name, PLAIN, "B:lists/" },
	{ space, PLAIN, "B:lists x" },
	{ not_ascii, PLAIN, "B:lists/\xc3\xa9" },
	{ no_name, PLAIN, "B:" },
	{ elsewhere, "is not part of the policy", "B:listsxx" },
	{ hard_link, "is a link" REGULAR, NULL },
	{ symlink_, "is a link" REGULAR, NULL },
	{ directory, "is a directory" REGULAR, NULL },
	{ pax, "is a pax header; an archive of a policy is in ustar format", NULL },
	{ pax_global, "is a pax header; an archive of a policy is in ustar format", NULL },
	{ character, NOTHING_ELSE, NULL },
	{ block, NOTHING_ELSE, NULL },
	{ fifo, NOTHING_ELSE, NULL },
	{ contiguous, NOTHING_ELSE, NULL },
	{ old_file, NOTHING_ELSE, NULL },
	{ gnu_long, NOTHING_ELSE, NULL },
	{ gnu_sparse, NOTHING_ELSE, NULL },
	{ type_and_name, "is a link" REGULAR, "B:../sts/" },
	{ too_big, "is cut off", NULL },
	{ one_too_big, "is cut off", NULL },
	{ cut_in_member, "is cut off", NULL },
	{ cut_in_padding, "is cut off", NULL },
	{ between, "there is something between it and the next member", NULL },
	{ cut_in_header, "the content is not an archive in ustar format", "B" },
	{ behind_end, "there is something behind the archive's end", "B" },
	{ second_archive, "there is something behind the archive's end", "B" },
	{ one_record_more, "the archive does not end with the record that its end is in", "B" },
	{ one_byte_more, "the archive does not end with the record that its end is in", "B" },
	{ no_record, "the archive does not end with the record that its end is in", "B" },
	{ no_end, "the archive does not end with the record that its end is in", "B" },
	{ empty, "the content is not an archive in ustar format", "B" },
};

static int load(const struct bytes *bytes, struct policy **policy, struct policy_errors *errs)
{
	return policy_load_archive("B", bytes->at, bytes->len, 0, policy, errs);
}

static void refused(size_t row, const struct bytes *bytes, int error, const char *place,
		    const char *why)
{
	struct policy_errors errs = { 0 };
	struct policy *policy = NULL;
	int err = load(bytes, &policy, &errs);
	const struct policy_error *e;
	size_t i;

	for (i = 0; i < errs.n && errs.v[i].severity == POLICY_WARNING; i++)
		;
	assert_true(i < errs.n);
	e = &errs.v[i];
	if (err != error || policy || errs.count[POLICY_ERROR] != 1 ||
	    strcmp(e->file, place) != 0 || strcmp(e->text, why) != 0) {
		policy_errors_print(&errs, stderr);
		fail_msg("row %zu: %d, not %d, %s: %s", row, err, error, place, why);
	}
	policy_errors_free(&errs);
}

static void test_changes(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(changes); i++) {
		struct bytes bytes = made(usual);

		changes[i].change(&bytes);
		refused(i, &bytes, -EBADMSG, changes[i].place ? changes[i].place : "B:lists/x",
			changes[i].why);
		free(bytes.at);
	}
	print_message("%zu rows\n", i);
}

/* Of archives that are well made. */
static const struct set {
	struct member members[MEMBERS_MAX];
	const char *place;
	const char *why;
	int error;
} sets[] = {
	{ { { 0 } }, "B:policy.yaml", "is not in the bundle", -ENOENT },
	{ { ORDER }, "B:policy.yaml", "is not in the bundle", -ENOENT },
	{ { POLICY, ORDER },
	  "B:orders/o.yaml",
	  "is not where it is sorted to by its name",
	  -EBADMSG },
	{ { POLICY, POLICY }, "B:policy.yaml", "is there twice", -EBADMSG },
	{ { ORDER, { "orders/o.yaml", "x" }, POLICY },
	  "B:orders/o.yaml",
	  "is there twice",
	  -EBADMSG },
	{ { { "README", "x" }, POLICY }, "B:README", "is not part of the policy", -EBADMSG },
	{ { { "orders", "x" }, POLICY }, "B:orders", "is not part of the policy", -EBADMSG },
	{ { { "policy.yaml", HEADER }, { "policy.yaml/x", "x" } },
	  "B:policy.yaml/x",
	  "is not part of the policy",
	  -EBADMSG },
	{ { { "lists/x", HASH " 4\n" },
	    { "lists/x-y", "" },
	    { "lists/x/y", HASH " 4\n" },
	    LISTS,
	    POLICY },
	  "B:lists/x/y",
	  "is below another member, which is a file",
	  -EBADMSG },
	{ { { "lists/unused", "x" }, ORDER, POLICY },
	  "B:lists/unused",
	  "is not part of the policy: no order names this list",
	  -EBADMSG },
	{ { { "orders/.o.yaml", "x" }, POLICY }, "B:orders/.o.yaml", PLAIN, -EBADMSG },
	{ { { "orders/o.yml", "x" }, POLICY },
	  "B:orders/o.yml",
	  "is not part of the policy: an order's file is named NAME.yaml",
	  -EBADMSG },
	{ { { "orders/a/o.yaml", "x" }, POLICY },
	  "B:orders/a/o.yaml",
	  "is not part of the policy: orders have no directories",
	  -EBADMSG },
	{ { { "orders/o.yaml", ORDER_HEAD "match:\n  - list: lists/x\n" }, POLICY },
	  "B:orders/o.yaml",
	  "list: \"lists/x\": is not in the bundle",
	  -ENOENT },
	/* An order that is wrong is not to blame for its list, too. */
	{ { { "lists/x", "x" }, { "orders/o.yaml", "x" }, POLICY },
	  "B:orders/o.yaml",
	  "an order is a mapping, not text",
	  -EBADMSG },
	{ { ORDER, { "policy.yaml", "interdict: 1\npolicy: p\nserial: 0\nmode: enforce\n" } },
	  "B:policy.yaml",
	  "serial: is at least 1",
	  -EBADMSG },
};

static void test_sets(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(sets); i++) {
		struct bytes bytes = made(sets[i].members);

		refused(i, &bytes, sets[i].error, sets[i].place, sets[i].why);
		free(bytes.at);
	}
}

/* Problems of the text have their place inside. */
static void test_place(void **state)
{
	static const struct member members[] = {
		{ "orders/o.yaml", ORDER_HEAD "match:\n  - build-id: xyz\n" }, POLICY, { 0 }
	};
	struct bytes bytes = made(members);
	struct policy_errors errs = { 0 };
	struct policy *policy = NULL;
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	assert_int_equal(load(&bytes, &policy, &errs), -EBADMSG);
	policy_errors_print(&errs, out);
	fclose(out);
	assert_string_equal(text, "B:orders/o.yaml:8:15: error: build-id: character 1 is not a hex "
				  "digit\n");
	free(text);
	policy_errors_free(&errs);
	free(bytes.at);
}

static void test_limits(void **state)
{
	size_t n = 16385;
	struct bytes bytes = { calloc(n + 40, USTAR_BLOCK), 0 };
	char *large = malloc(POLICY_TEXT_BYTES_MAX + 2);
	const struct member members[] = { { "orders/o.yaml", large }, POLICY, { 0 } };
	char path[32];

	(void)state;
	for (size_t i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "lists/%05zu", i);
		ustar_fill((struct ustar *)(bytes.at + bytes.len), path, 0);
		bytes.len += USTAR_BLOCK;
	}
	bytes.len += 2 * USTAR_BLOCK;
	bytes.len += (USTAR_RECORD - bytes.len % USTAR_RECORD) % USTAR_RECORD;
	refused(0, &bytes, -EBADMSG, "B", "the archive has more than 16384 members");
	free(bytes.at);

	bytes = (struct bytes){ calloc(1, POLICY_TEXT_BYTES_MAX + 4 * USTAR_RECORD), 0 };
	memset(large, '#', POLICY_TEXT_BYTES_MAX + 1);
	large[POLICY_TEXT_BYTES_MAX + 1] = '\0';
	for (const struct member *m = members; m->path; m++) {
		size_t len = strlen(m->text);

		ustar_fill((struct ustar *)(bytes.at + bytes.len), m->path, len);
		memcpy(bytes.at + bytes.len + USTAR_BLOCK, m->text, len);
		bytes.len += USTAR_BLOCK + len + ustar_padding(len);
	}
	bytes.len += 2 * USTAR_BLOCK;
	bytes.len += (USTAR_RECORD - bytes.len % USTAR_RECORD) % USTAR_RECORD;
	refused(1, &bytes, -EFBIG, "B:orders/o.yaml", "is too large");
	free(bytes.at);
	free(large);
}

/* A directory and its archive are the same policy, by the same digest; and sha256sum's. */
static void test_same_as_directory(void **state)
{
	struct policy_errors errs = { 0 };
	struct policy *dir = NULL, *policy = NULL;
	struct bytes bytes;
	char hex[128];
	size_t n;

	(void)state;
	write_policy("p");
	tempdir_write("p/orders/b.yaml",
		      "interdict: 1\norder: b\ntitle: t\nauthority: a\nreference: r\nreason: w\n"
		      "match:\n  - list: lists/deep/y\n");
	tempdir_write("p/lists/deep/y", "");
	bytes = pack("p");
	assert_int_equal(policy_load_dir(tempdir_path("p"), 0, &dir, &errs), 0);
	assert_int_equal(load(&bytes, &policy, &errs), 0);
	assert_int_equal(policy->n_orders, 2);
	assert_int_equal(policy->n_lists, 2);
	assert_int_equal(policy->n_rules, dir->n_rules);
	assert_memory_equal(policy->digest, dir->digest, sizeof(dir->digest));
	assert_null(policy->signer);
	spill("archive", bytes.at, bytes.len);
	run("sha256sum <archive | cut -d' ' -f1 >digest");
	n = slurp("digest", hex, sizeof(hex));
	hex[n] = '\0';
	assert_true(is_hex_of(hex, policy->digest, sizeof(policy->digest)));
	/* And tar gives the files back, and makes the same of them. */
	run("mkdir x && tar -C x -xf archive && diff -r p x && cd x && "
	    "find policy.yaml orders lists -type f -print0 | LC_ALL=C sort -z | "
	    "tar --null --no-recursion -T - --format=ustar --owner=0 --group=0 --numeric-owner "
	    "--mtime=@0 --mode=0644 -cf - | cmp - ../archive");
	policy_free(policy);
	policy_free(dir);
	policy_errors_free(&errs);
	free(bytes.at);
}

/* Another reader finds the same members in it. */
static void test_libarchive(void **state)
{
	static const char *const paths[] = { "lists/x", "orders/o.yaml", "policy.yaml" };
	struct bytes bytes = made(usual);
	struct archive *a = archive_read_new();
	struct archive_entry *entry;
	char text[4096];
	size_t i;

	(void)state;
	assert_int_equal(archive_read_support_format_tar(a), ARCHIVE_OK);
	assert_int_equal(archive_read_open_memory(a, bytes.at, bytes.len), ARCHIVE_OK);
	for (i = 0; archive_read_next_header(a, &entry) == ARCHIVE_OK; i++) {
		assert_true(i < COUNT_OF(paths));
		assert_string_equal(archive_entry_pathname(entry), paths[i]);
		assert_int_equal(archive_entry_filetype(entry), AE_IFREG);
		assert_int_equal(archive_entry_perm(entry), 0644);
		assert_int_equal(archive_entry_size(entry), strlen(usual[i].text));
		assert_int_equal(archive_read_data(a, text, sizeof(text)), strlen(usual[i].text));
		assert_memory_equal(text, usual[i].text, strlen(usual[i].text));
	}
	assert_int_equal(i, COUNT_OF(paths));
	assert_int_equal(archive_format(a), ARCHIVE_FORMAT_TAR_USTAR);
	archive_read_free(a);
	free(bytes.at);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, tempdir_setup, tempdir_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_changes),
		TEST(test_sets),
		TEST(test_place),
		TEST(test_limits),
		TEST(test_same_as_directory),
		TEST(test_libarchive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
