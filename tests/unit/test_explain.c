// SPDX-License-Identifier: GPL-2.0-or-later
/* What `explain` and `id` say of files: verdicts, matching rules, and why orders are not in force.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "decide/explain.h"
#include "signed.h"
#include "subject/subject.h"

#define FILE_NAME "build/unit/test_explain.file"
/* SHA-256 of "test" (the four letters): `printf test | sha256sum`. */
#define HASH  "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
#define OTHER "0000000000000000000000000000000000000000000000000000000000000001"
#define HEAD                                                                            \
	"interdict: 1\norder: an-order\ntitle: T\nauthority: A\nreference: R\nreason: " \
	"Because\n"
#define RULE "match:\n  - sha256: " HASH "\n    size: 4\n"

static const char *const labels[] = { "laptop" };

static const struct {
	const char *order;
	int64_t now;
	const char *exec, *load; /* verdicts */
	const char *why_not;	 /* or NULL: in force; "-": no rule of the order matches */
	bool banned;
} cases[] = {
	{ HEAD RULE, 0, "deny", "deny", NULL, true },
	{ HEAD "operations: [exec]\n" RULE, 0, "deny", "allow", NULL, true },
	{ HEAD "mode: audit\n" RULE, 0, "audit", "audit", NULL, false },
	{ HEAD "mode: off\n" RULE, 0, "allow", "allow", "the order's mode is off", false },
	{ HEAD "effective: 2030-01-01T00:00:00Z\n" RULE, 0, "allow", "allow",
	  "it begins at 2030-01-01T00:00:00Z", false },
	{ HEAD "effective: 2030-01-01T00:00:00Z\n" RULE, 1893456000, "deny", "deny", NULL, true },
	{ HEAD "expires: 2030-01-01T00:00:00Z\n" RULE, 1893456000, "allow", "allow",
	  "it ended at 2030-01-01T00:00:00Z", false },
	{ HEAD "devices: [laptop]\n" RULE, 0, "deny", "deny", NULL, true },
	{ HEAD "devices: [server]\n" RULE, 0, "allow", "allow",
	  "this device has none of the labels in its devices", false },
	{ HEAD RULE "exempt:\n  - devices: [laptop]\n    until: 2030-01-01T00:00:00Z\n"
		    "    reason: ticket 4711\n",
	  0, "allow", "allow", "this device is exempt until 2030-01-01T00:00:00Z: ticket 4711",
	  false },
	{ HEAD "match:\n  - sha256: " HASH "\n    size: 5\n", 0, "allow", "allow", NULL, false },
	{ HEAD "match:\n  - sha256: " OTHER "\n    size: 4\n", 0, "allow", "allow", "-", false },
	{ HEAD "match:\n  - build-id: 01020304\n", 0, "allow", "allow", "-", false },
};

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static void put_file(const char *text)
{
	FILE *file = fopen(FILE_NAME, "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void check_order(size_t i, const json_t *order)
{
	const json_t *rule = json_array_get(json_object_get(order, "rules"), 0);

	assert_string_equal(text_of(order, "order"), "an-order");
	assert_string_equal(text_of(order, "reason"), "Because");
	assert_int_equal(json_is_true(json_object_get(order, "in_force")), !cases[i].why_not);
	if (cases[i].why_not)
		assert_string_equal(text_of(order, "why_not"), cases[i].why_not);
	assert_string_equal(text_of(rule, "text"), HASH);
	assert_int_equal(strncmp(text_of(rule, "at"), "o.yaml:", 7), 0);
	/* A hash with another size is shown, and that the kernel does not look for it. */
	assert_int_equal(json_is_true(json_object_get(rule, "judged")),
			 !strstr(cases[i].order, "size: 5"));
}

static void test_cases(void **state)
{
	(void)state;
	put_file("test");
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct explain_context context = { .device = { .early = cases[i].now,
							       .late = cases[i].now,
							       .labels = labels,
							       .n_labels = 1 } };
		struct policy_errors errs = { 0 };
		struct policy *policy;
		struct subject subject;
		json_t *json, *verdicts;
		bool banned;
		char *text = NULL;
		size_t len;
		FILE *out = open_memstream(&text, &len);

		assert_int_equal(policy_parse_order(cases[i].order, strlen(cases[i].order),
						    "o.yaml", 0, &policy, &errs),
				 0);
		policy->mode = POLICY_MODE_ENFORCE;
		policy->name = "unit";
		context.policy = policy;
		assert_int_equal(subject_open(FILE_NAME, &subject), 0);
		assert_int_equal(explain(&subject, &context, &json, &banned), 0);
		verdicts = json_object_get(json, "verdicts");
		assert_string_equal(text_of(json_object_get(verdicts, "exec"), "verdict"),
				    cases[i].exec);
		assert_string_equal(text_of(json_object_get(verdicts, "load"), "verdict"),
				    cases[i].load);
		assert_int_equal(banned, cases[i].banned);
		if (cases[i].why_not && strcmp(cases[i].why_not, "-") == 0)
			assert_int_equal(json_array_size(json_object_get(json, "orders")), 0);
		else
			check_order(i, json_array_get(json_object_get(json, "orders"), 0));
		explain_print(json, out);
		assert_int_equal(fclose(out), 0);
		assert_non_null(strstr(text, "exec"));
		free(text);
		json_decref(json);
		subject_close(&subject);
		policy_free(policy);
		policy_errors_free(&errs);
	}
}

/* By who signed it: the verdict, and the rule as it was written; by no authority's name. */
static void test_signer(void **state)
{
	static const char order[] = HEAD "match:\n  - publisher: Other\n"
					 "  - publisher: VENDOR  inc.\n";
	struct explain_context context = { .device = { 0 } };
	struct signer vendor = signer_new("Vendor Inc.");
	struct policy_errors errs = { 0 };
	struct policy *policy;
	struct subject subject;
	json_t *json, *rules;
	bool banned;

	(void)state;
	put_file("test");
	signed_append(&vendor, FILE_NAME, "test");
	assert_int_equal(policy_parse_order(order, strlen(order), "o.yaml", 0, &policy, &errs), 0);
	policy->mode = POLICY_MODE_ENFORCE;
	policy->name = "unit";
	context.policy = policy;
	assert_int_equal(subject_open(FILE_NAME, &subject), 0);
	assert_int_equal(explain(&subject, &context, &json, &banned), 0);
	assert_true(banned);
	assert_string_equal(
		text_of(json_object_get(json_object_get(json, "verdicts"), "exec"), "rule"),
		"publisher");
	rules = json_object_get(json_array_get(json_object_get(json, "orders"), 0), "rules");
	assert_int_equal(json_array_size(rules), 1);
	assert_string_equal(text_of(json_array_get(rules, 0), "rule"), "publisher");
	assert_string_equal(text_of(json_array_get(rules, 0), "text"), "VENDOR  inc.");
	assert_string_equal(text_of(json_array_get(rules, 0), "at"), "o.yaml:9");
	json_decref(json);
	subject_close(&subject);
	policy_free(policy);
	signer_free(&vendor);
}

static void test_subject(void **state)
{
	struct interdict_identity identity;
	struct subject subject;
	json_t *json;

	(void)state;
	assert_int_equal(subject_open("build/unit/none", &subject), -ENOENT);
	assert_string_equal(subject.why, "No such file or directory");
	assert_int_equal(subject_open("build", &subject), -EINVAL);
	assert_string_equal(subject.why, "not a regular file");
	put_file("test");
	assert_int_equal(subject_open(FILE_NAME, &subject), 0);
	assert_int_equal(
		subject_identify(&subject, INTERDICT_ID_SHA256 | INTERDICT_ID_BUILD_ID, &identity),
		0);
	json = subject_json(&subject, &identity);
	assert_string_equal(text_of(json, "sha256"), HASH);
	assert_true(json_is_null(json_object_get(json, "build_id")));
	assert_int_equal(json_integer_value(json_object_get(json, "size")), 4);
	json_decref(json);
	/* By magic: four letters are no software. */
	assert_int_equal(subject_identify(&subject, INTERDICT_ID_SHA256_BY_MAGIC, &identity), 0);
	assert_int_equal(identity.ids.have, 0);
	assert_true(identity.ids.flags & INTERDICT_FILE_PLAIN);
	subject_close(&subject);
	put_file("#!/bin/sh\n");
	assert_int_equal(subject_open(FILE_NAME, &subject), 0);
	assert_int_equal(subject_identify(&subject, INTERDICT_ID_SHA256_BY_MAGIC, &identity), 0);
	assert_int_equal(identity.ids.have, INTERDICT_ID_SHA256);
	subject_close(&subject);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_signer),
		cmocka_unit_test(test_subject),
	};

	return cmocka_run_group_tests_name("explain", tests, NULL, NULL);
}
