// SPDX-License-Identifier: GPL-2.0-or-later
/* What `id` prints is an order's `match`: it is parsed, compiled, and matches the file again. */
#include <errno.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include "bpf/tables.h"
#include "engine/compile.h"
#include "decide/explain.h"
#include "subject/id_lines.h"
#include "kmod/extract/claims.h"
#include "kmod/extract/publisher.h"
#include "orders.h"
#include "policy/policy_utf8.h"
#include "signed.h"
#include "subject/subject.h"
#include "tempdir.h"
#include "policy/yaml_scalar.h"

#define CONTENT "what a vendor made\n"
#define WANT	(INTERDICT_ID_SHA256 | INTERDICT_ID_BUILD_ID | INTERDICT_ID_CLAIMS)

/* Code points whose names are one order. */
#define AT_ONCE 40
#define RULES	400

static char *printed(const char *path, struct interdict_identity *identity)
{
	struct subject subject;
	struct id_package package;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_int_equal(subject_open(tempdir_path(path), &subject), 0);
	assert_int_equal(subject_identify(&subject, WANT, identity), 0);
	id_package_read(&subject, &package);
	id_print(&subject, identity, &package, NULL, out);
	id_package_free(&package);
	subject_close(&subject);
	assert_int_equal(fclose(out), 0);
	return text;
}

static struct policy *parsed(const char *lines)
{
	struct policy *policy;
	char *text;

	assert_true(asprintf(&text, ORDER_HEAD "match:\n%s", lines) > 0);
	policy = order_parsed(text);
	policy->mode = POLICY_MODE_ENFORCE;
	policy->name = "unit";
	free(text);
	return policy;
}

/* Is the file denied, by which kind? 0: no. */
static uint32_t judged(const struct policy *policy, const struct interdict_identity *identity)
{
	const struct policy_device here = { .early = 1000, .late = 1000 };
	struct interdict_verdict verdict;
	struct compile_image image;

	assert_int_equal(compile_image(policy, &here, &image), 0);
	interdict_evaluate(&image.tables, &identity->ids, &identity->claims, INTERDICT_OP_EXEC,
			   &verdict);
	compile_image_free(&image);
	return verdict.deny & 1U << INTERDICT_OP_EXEC ? verdict.kind : 0;
}

/* Every rule alone matches the file, and explain says the same of all. */
static void check_rules(const char *path, const char *lines,
			const struct interdict_identity *identity, size_t n)
{
	struct policy *policy = parsed(lines);
	struct explain_context context = { .policy = policy,
					   .device = { .early = 1000, .late = 1000 } };
	struct policy_order *order = policy->orders;
	struct policy_rule *rules = order->rules;
	struct subject subject;
	json_t *json;
	bool banned;

	assert_int_equal(order->n_rules, n);
	assert_int_equal(subject_open(tempdir_path(path), &subject), 0);
	assert_int_equal(explain(&subject, &context, &json, &banned), 0);
	assert_true(banned);
	assert_int_equal(json_array_size(json_object_get(
				 json_array_get(json_object_get(json, "orders"), 0), "rules")),
			 n);
	json_decref(json);
	subject_close(&subject);
	order->n_rules = 1;
	for (size_t i = 0; i < n; i++) {
		order->rules = &rules[i];
		assert_int_equal(judged(policy, identity), rules[i].id.kind + 1U);
	}
	order->rules = rules;
	order->n_rules = n;
	policy_free(policy);
}

static void test_signed(void **state)
{
	/* X.520's limit is 64 characters. */
	static const struct {
		const char *name;
		bool unwritable; /* an order may not have it */
	} names[] = {
		{ "Vendor Ltd.", false },
		{ "Vendor, Inc. # \"quoted\" \\ and: more", false },
		{ "- key: spki:00\n  - publisher: other", false },
		{ "'; \xd0\x94\xd0\xb5\xd0\xbb\xd0\xbe \xf0\x9f\x94\x91", false },
		{ "\ta\v\f\r\nb\xc2\x85\xe2\x80\xa8"
		  "c\xe2\x80\xa9",
		  false },
		{ "\xe2\x80\xaegnp.exe", true },
		{ "\x1b[31mred", true },
		{ "null", false },
	};
	struct interdict_identity identity;
	char *lines;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct signer vendor = signer_new(names[i].name);

		tempdir_write("file", CONTENT);
		signed_append(&vendor, tempdir_path("file"), CONTENT);
		lines = printed("file", &identity);
		assert_int_equal(identity.claims.count, 4);
		assert_null(strchr(lines, '\x1b'));
		assert_non_null(strstr(lines, "  # appended, signer 0: claimed\n"));
		assert_non_null(strstr(lines, "  # no build-id: "));
		assert_non_null(strstr(lines, "  # no package: "));
		assert_int_equal(!!strstr(lines, "  # no publisher: an order may not have"),
				 names[i].unwritable);
		/* sha256, certificate der and is, key spki, publisher */
		check_rules("file", lines, &identity, names[i].unwritable ? 4 : 5);
		free(lines);
		signer_free(&vendor);
	}
}

static void test_several(void **state)
{
	static const uint8_t ima[] = { 3, 2, 4, 0x0a, 0xbb, 0xcc, 0xdd, 0, 4, 1, 2, 3, 4 };
	struct signer one = signer_new("One"), other = signer_new("Other");
	struct interdict_identity identity;
	char *lines;

	(void)state;
	tempdir_write("file", CONTENT);
	signed_append(&one, tempdir_path("file"), CONTENT);
	signed_append(&other, tempdir_path("file"), CONTENT);
	if (geteuid() == 0)
		assert_int_equal(
			setxattr(tempdir_path("file"), "security.ima", ima, sizeof(ima), 0), 0);
	lines = printed("file", &identity);
	check_rules("file", lines, &identity, geteuid() == 0 ? 10 : 9);
	if (geteuid() == 0)
		assert_non_null(strstr(lines, "  # ima, signer 0: claimed\n"
					      "  - key: ima:0abbccdd\n"
					      "  # appended, signer 1: claimed\n"));
	free(lines);
	signer_free(&one);
	signer_free(&other);
}

/* A file like this cannot be made everywhere: what the module says of one. */
static void test_made(void **state)
{
	struct subject subject = { .path = "f", .fd = -1, .by_module = true };
	struct id_package package = { .why = "because" };
	struct interdict_identity identity = { .ids.size = 4 };
	const char *why[INTERDICT_CLAIMS_MAX] = { NULL, "the digest is another" };
	struct interdict_claims *claims = &identity.claims;
	uint8_t digest[CLAIMS_SHA512_LEN];
	struct policy *policy;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	for (size_t i = 0; i < sizeof(digest); i++)
		digest[i] = (uint8_t)(i * 37);
	identity.ids.have = INTERDICT_ID_BUILD_ID;
	identity.ids.build_id_len = 2;
	assert_int_equal(claims_add_verity(claims, INTERDICT_FORM_SHA512, digest), 0);
	assert_int_equal(claims_add_publisher(claims, INTERDICT_SOURCE_PE, 1, "V", 1), 0);
	assert_int_equal(claims->names_len, 129 + 2);
	claims->flags = INTERDICT_CLAIMS_MORE | INTERDICT_CLAIMS_MALFORMED |
			INTERDICT_CLAIMS_COMPRESSED | INTERDICT_CLAIMS_UNREAD;
	id_print(&subject, &identity, &package, why, out);
	assert_int_equal(fclose(out), 0);
	assert_non_null(strstr(text, "  # no sha256: the content could not be read\n"));
	assert_non_null(strstr(text, "  # no build-id: one of 2 bytes is too short"));
	assert_non_null(
		strstr(text, "  # fs-verity: verified by the kernel\n  - fsverity: sha512:"));
	assert_non_null(
		strstr(text, "  # pe, signer 1: claimed, not verified: the digest is another\n"));
	assert_non_null(strstr(text, "  # not all: "));
	assert_non_null(strstr(text, "  # malformed: "));
	assert_non_null(strstr(text, "  # signers unread: "));
	assert_non_null(strstr(text, "  # compressed: "));
	assert_non_null(strstr(text, "  # no package: because\n"));
	policy = parsed(text);
	assert_int_equal(policy->orders[0].n_rules, 2);
	assert_int_equal(judged(policy, &identity), INTERDICT_KIND_FSVERITY);
	policy_free(policy);
	free(text);

	/* Where its text found no room, that is said. */
	memset(claims, 0, sizeof(*claims));
	claims->names_len = INTERDICT_NAMES_LEN;
	assert_int_equal(claims_add_verity(claims, INTERDICT_FORM_SHA512, digest), 0);
	assert_int_equal(claims->claim[0].name, 0);
	out = open_memstream(&text, &len);
	id_print(&subject, &identity, &package, NULL, out);
	assert_int_equal(fclose(out), 0);
	assert_non_null(strstr(text, "  # no fsverity: there was no room for its text\n"));
	free(text);
}

struct scalar_case {
	const char *text;
	const char *yaml;
	int error;
};

static const struct scalar_case scalars[] = {
	{ "Tencent Technology (Shenzhen) Company Limited",
	  "Tencent Technology (Shenzhen) Company Limited", 0 },
	{ "A & B", "A & B", 0 },
	{ "a", "a", 0 },
	{ "", "\"\"", 0 },
	{ "No", "\"No\"", 0 },
	{ "NULL", "\"NULL\"", 0 },
	{ "none", "none", 0 },
	{ "4711", "\"4711\"", 0 },
	{ "trailing ", "\"trailing \"", 0 },
	{ " leading", "\" leading\"", 0 },
	{ "Vendor, Inc.", "\"Vendor, Inc.\"", 0 },
	{ "a: b", "\"a: b\"", 0 },
	{ "a #b", "\"a #b\"", 0 },
	{ "- a", "\"- a\"", 0 },
	{ "it's", "\"it's\"", 0 },
	{ "\"", "\"\\\"\"", 0 },
	{ "\\n", "\"\\\\n\"", 0 },
	{ "a\nb", NULL, -EILSEQ },
	{ "a\tb", NULL, -EILSEQ },
	{ "\x7f", NULL, -EILSEQ },
	{ "\xc2\x85", NULL, -EILSEQ },
	{ "\xef\xbb\xbf", NULL, -EILSEQ },
	{ "\xef\xbf\xbf", "\"\\uffff\"", 0 },
	{ "\xf4\x8f\xbf\xbf", "\"\\U0010ffff\"", 0 },
	{ "\xe5\x85\xac\xe5\x8f\xb8", "\"\xe5\x85\xac\xe5\x8f\xb8\"", 0 },
	{ "\xff", NULL, -EBADMSG },
	{ "\xed\xa0\x80", NULL, -EBADMSG }, /* a surrogate */
};

static void test_scalars(void **state)
{
	char *yaml;

	(void)state;
	for (size_t i = 0; i < sizeof(scalars) / sizeof(scalars[0]); i++) {
		int ret = yaml_scalar(scalars[i].text, strlen(scalars[i].text), &yaml);

		assert_int_equal(ret, scalars[i].error);
		if (ret)
			continue;
		assert_string_equal(yaml, scalars[i].yaml);
		free(yaml);
	}
	assert_int_equal(yaml_scalar("a\0b", 3, &yaml), -EBADMSG);
}

static size_t put_points(uint32_t *point, char *name)
{
	size_t len = 0;

	name[len++] = 'x'; /* else some would fold to nothing */
	for (int i = 0; i < AT_ONCE; i++, ++*point) {
		size_t n;

		if (!*point || *point > 0x10ffff || (*point >= 0xd800 && *point <= 0xdfff))
			continue;
		n = publisher_put_utf8(name + len, *point);
		if (*point >= 0x20 && !policy_utf8_refused((unsigned char *)name + len, n))
			len += n;
	}
	name[len] = '\0';
	return len;
}

/* Every character that a policy may have comes back as itself. */
static void test_points(void **state)
{
	static char names[RULES][4 * AT_ONCE + 2];
	uint32_t point = 1;

	(void)state;
	while (point <= 0x10ffff) {
		struct policy *policy;
		char *lines = NULL, *yaml;
		size_t len;
		FILE *out = open_memstream(&lines, &len);

		for (size_t i = 0; i < RULES; i++) {
			len = put_points(&point, names[i]);
			assert_int_equal(yaml_scalar(names[i], len, &yaml), 0);
			fprintf(out, "  - publisher: %s\n", yaml);
			free(yaml);
		}
		assert_int_equal(fclose(out), 0);
		policy = parsed(lines);
		free(lines);
		assert_int_equal(policy->orders[0].n_rules, RULES);
		for (size_t i = 0; i < RULES; i++)
			assert_string_equal(policy->orders[0].rules[i].text, names[i]);
		policy_free(policy);
	}
}

/* The program's output with these arguments in tempdir, its status in *status. */
static char *run_id(const char *arguments, int *status)
{
	char *line, *text = calloc(1, 8192);
	FILE *pipe;

	assert_true(asprintf(&line, "cd '%s' && \"$INTERDICT\" id %s 2>&1", tempdir, arguments) >
		    0);
	pipe = popen(line, "r");
	assert_non_null(pipe);
	assert_true(fread(text, 1, 8191, pipe) > 0);
	*status = WEXITSTATUS(pclose(pipe));
	free(line);
	return text;
}

/* Sorted; links are not followed; what is no regular file is passed over. */
static void test_tree(void **state)
{
	int status;
	char *text, *b, *a;

	(void)state;
	if (!getenv("INTERDICT")) /* make unit sets it */
		skip();
	tempdir_write("tree/b", "b");
	tempdir_write("tree/a/z", "z");
	tempdir_write("other/file", "x");
	assert_int_equal(symlink("../other", tempdir_path("tree/link")), 0);
	assert_int_equal(symlink("b", tempdir_path("tree/file-link")), 0);
	assert_int_equal(mkfifo(tempdir_path("tree/fifo"), 0600), 0);
	text = run_id("tree", &status);
	assert_int_equal(status, 0);
	a = strstr(text, "  # tree/a/z\n");
	b = strstr(text, "  # tree/b\n");
	assert_true(a && b && a < b);
	assert_null(strstr(text, "link"));
	assert_null(strstr(text, "fifo"));
	free(text);
	text = run_id("--json tree/b tree", &status);
	assert_int_equal(status, 0);
	assert_non_null(strstr(text, "\"malformed\": false"));
	free(text);
	/* One that is not there does not hide the others. */
	text = run_id("none tree", &status);
	assert_int_equal(status, 1);
	assert_non_null(strstr(text, "none: No such file"));
	assert_non_null(strstr(text, "  # tree/b\n"));
	assert_non_null(strstr(text, "1 problems with 3 files"));
	free(text);
	text = run_id("--verify tree", &status);
	assert_int_equal(status, 2);
	assert_non_null(strstr(text, "--verify needs --trust"));
	free(text);
	text = run_id("--verify --trust none tree", &status);
	assert_int_equal(status, 1);
	assert_non_null(strstr(text, "none: No such file"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_signed, tempdir_setup, tempdir_teardown),
		cmocka_unit_test_setup_teardown(test_several, tempdir_setup, tempdir_teardown),
		cmocka_unit_test(test_made),
		cmocka_unit_test(test_scalars),
		cmocka_unit_test(test_points),
		cmocka_unit_test_setup_teardown(test_tree, tempdir_setup, tempdir_teardown),
	};

	return cmocka_run_group_tests_name("id", tests, NULL, NULL);
}
