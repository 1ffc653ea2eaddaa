// SPDX-License-Identifier: GPL-2.0-or-later
/* What an event tells beyond what refused what: the rule and the order's text, what is below an
 * overlay, arguments, session, namespaces, labels. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "events/event_line.h"
#include "orders.h"
#include "policy/policy.h"
#include "policy/policy_parse.h"
#include "events/event_record.h"

#define HASH "1111111111111111111111111111111111111111111111111111111111111111"

static struct event_origin origin;
static struct interdict_event event;
static struct interdict_claims claims;

static void claim(uint32_t kind, uint32_t form, const char *name)
{
	struct interdict_claim *to = &claims.claim[claims.count++];

	to->kind = (uint8_t)kind;
	to->form = (uint8_t)form;
	to->len = 32;
	memset(to->value, 0x33, 32);
	if (!name)
		return;
	to->name = (uint16_t)(claims.names_len + 1);
	memcpy(claims.names + claims.names_len, name, strlen(name) + 1);
	claims.names_len += (uint32_t)strlen(name) + 1;
}

/* A record that a rule of @kind refused; its claims are those of claim() before. */
static void fill(uint32_t kind)
{
	memset(&event, 0, sizeof(event));
	event.kind = INTERDICT_EVENT_DENIED;
	event.op = INTERDICT_OP_EXEC;
	event.rule = kind;
	event.provider = INTERDICT_PROVIDER_KMOD;
	strcpy(event.order, "o");
	strcpy(event.policy.name, "p");
	event.file.ids.size = 4;
	event.file.ids.have = INTERDICT_ID_SHA256 | INTERDICT_ID_BUILD_ID | INTERDICT_ID_CLAIMS;
	memset(event.file.ids.sha256, 0x11, 32);
	event.file.ids.build_id_len = 4;
	memset(event.file.ids.build_id, 0x22, 4);
	event.process.session = ~0U;
	if (claims.count)
		event_put_claims(&event, &claims);
}

static json_t *made(void)
{
	json_t *json = event_from_kernel(&origin, &event, INTERDICT_EVENT_HEAD + event.data_len);

	assert_non_null(json);
	return json;
}

/* The member at "a.b" as JSON; "": it is not there. To be freed. */
static char *at(const json_t *json, const char *path)
{
	char copy[64], *save = NULL;

	snprintf(copy, sizeof(copy), "%s", path);
	for (char *key = strtok_r(copy, ".", &save); key; key = strtok_r(NULL, ".", &save))
		json = json_object_get(json, key);
	return json ? json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY) : strdup("");
}

static void is_at(const json_t *json, const char *path, const char *value)
{
	char *text = at(json, path);

	assert_string_equal(text, value);
	free(text);
}

/* ---- the order ---- */

static const struct {
	uint32_t kind;
	const char *order; /* behind ORDER_HEAD; NULL: its text is not known */
	const char *match;
} matches[] = {
	{ INTERDICT_KIND_SHA256, NULL, "{\"sha256\":\"" HASH "\",\"size\":4}" },
	{ INTERDICT_KIND_SHA256, "match:\n  - {sha256: " HASH ", size: 4}\n",
	  "{\"sha256\":\"" HASH "\",\"size\":4}" },
	{ INTERDICT_KIND_SHA256, "match:\n  - sha256: " HASH "\n", "{\"sha256\":\"" HASH "\"}" },
	{ INTERDICT_KIND_BUILD_ID, NULL, "{\"build-id\":\"22222222\"}" },
	{ INTERDICT_KIND_PUBLISHER, NULL, "{\"publisher\":\"Vendor  \\\\ AG\"}" },
	{ INTERDICT_KIND_PUBLISHER, "match:\n  - publisher: VENDOR \\ ag\n",
	  "{\"publisher\":\"VENDOR \\\\ ag\"}" },
	/* a rule of another publisher, which did not match */
	{ INTERDICT_KIND_PUBLISHER, "match:\n  - publisher: Other\n",
	  "{\"publisher\":\"Vendor  \\\\ AG\"}" },
	/* which of the two only the order's text tells */
	{ INTERDICT_KIND_KEY, NULL, "" },
	{ INTERDICT_KIND_KEY,
	  "match:\n"
	  "  - key: spki:4444444444444444444444444444444444444444444444444444444444444444\n"
	  "  - key: skid:3333333333333333333333333333333333333333333333333333333333333333\n",
	  "{\"key\":\"skid:3333333333333333333333333333333333333333333333333333333333333333\"}" },
	{ INTERDICT_KIND_CERTIFICATE, NULL, "" },
	{ INTERDICT_KIND_NONE, NULL, "" },
};

static void test_match(void **state)
{
	(void)state;
	memset(&claims, 0, sizeof(claims));
	claim(INTERDICT_KIND_KEY, INTERDICT_FORM_SPKI, NULL);
	claim(INTERDICT_KIND_KEY, INTERDICT_FORM_SKID, NULL);
	claim(INTERDICT_KIND_PUBLISHER, INTERDICT_FORM_NAME, "Vendor  \\ AG");
	for (size_t i = 0; i < sizeof(matches) / sizeof(*matches); i++) {
		struct policy_identifier id;
		struct policy *policy = NULL;
		char why[POLICY_IDENTIFIER_WHY_MAX], text[512];
		json_t *json;

		/* The name as the tables have it. */
		assert_int_equal(
			policy_parse_identifier(POLICY_KIND_PUBLISHER, "Vendor  \\ AG", &id, why),
			0);
		memcpy(claims.claim[2].value, id.value, sizeof(id.value));
		claims.claim[2].len = id.len;
		if (matches[i].order) {
			snprintf(text, sizeof(text), ORDER_HEAD "message: Not here.\n%s",
				 matches[i].order);
			policy = order_parsed(text);
		}
		fill(matches[i].kind);
		origin.policy = policy;
		json = made();
		is_at(json, "match", matches[i].match);
		is_at(json, "message", policy ? "\"Not here.\"" : "");
		assert_int_equal(!json_object_get(json, "reference"), !policy);
		json_decref(json);
		/* Of another text than the event's. */
		event.policy.digest[0] = 1;
		json = made();
		is_at(json, "message", "");
		is_at(json, "reference", "");
		json_decref(json);
		policy_free(policy);
	}
	origin.policy = NULL;
	memset(&claims, 0, sizeof(claims));
}

/* A row of a list: which, and where. */
static void test_list_row(void **state)
{
	static const char text[] =
		"# a list\n"
		"2222222222222222222222222222222222222222222222222222222222222222 4\n" HASH
		" 5\n" HASH " 4\n";
	struct policy_list list = { .path = "lists/l.sha256", .file = "f" };
	struct policy_list_entry entry = { .list = &list };
	struct policy_errors errs = { 0 };
	struct policy *policy = order_parsed(ORDER_HEAD "match:\n  - publisher: P\n");
	json_t *json;

	(void)state;
	assert_int_equal(policy_read_list(text, strlen(text), &list, &errs), 0);
	policy->orders[0].lists = &entry;
	policy->orders[0].n_lists = 1;
	fill(INTERDICT_KIND_SHA256);
	origin.policy = policy;
	json = made();
	is_at(json, "match",
	      "{\"sha256\":\"" HASH "\",\"size\":4,\"list\":\"lists/l.sha256\",\"line\":4}");
	json_decref(json);
	event.file.ids.size = 6;
	json = made();
	is_at(json, "match.list", "");
	json_decref(json);
	origin.policy = NULL;
	free(list.rows);
	free(list.jumps);
	policy_free(policy);
}

/* What an old policy refused is told when another is loaded. */
static void test_words_before(void **state)
{
	struct policy *old = order_parsed(ORDER_HEAD "message: Not here.\nmatch:\n"
						     "  - publisher: P\n");
	struct policy *now = order_parsed(ORDER_HEAD "message: Other.\nmatch:\n"
						     "  - publisher: P\n");
	struct event_orders *words;
	json_t *json;

	(void)state;
	old->digest[0] = 1;
	now->digest[0] = 2;
	words = event_orders_new(old);
	policy_free(old);
	origin.policy = now;
	origin.before = words;
	for (uint8_t digest = 0; digest < 4; digest++) {
		fill(INTERDICT_KIND_SHA256);
		event.policy.digest[0] = digest;
		json = made();
		is_at(json, "message",
		      digest == 1 ? "\"Not here.\"" :
		      digest == 2 ? "\"Other.\"" :
				    "");
		is_at(json, "reference", digest == 1 || digest == 2 ? "\"r\"" : "");
		json_decref(json);
	}
	fill(INTERDICT_KIND_SHA256);
	event.policy.digest[0] = 1;
	strcpy(event.order, "another");
	json = made();
	is_at(json, "reference", "");
	json_decref(json);
	origin.policy = NULL;
	origin.before = NULL;
	event_orders_free(words);
	policy_free(now);
}

/* ---- file and process ---- */

static void test_file(void **state)
{
	json_t *json;

	(void)state;
	fill(INTERDICT_KIND_SHA256);
	event.file.ids.flags = INTERDICT_FILE_CACHEABLE | INTERDICT_FILE_PLAIN;
	json = made();
	is_at(json, "file.have", "[\"sha256\",\"build-id\",\"fsverity\",\"signers\"]");
	is_at(json, "file.flags", "[\"cacheable\",\"plain\"]");
	assert_int_equal(event_file_have(json_object_get(json, "file")), event.file.ids.have);
	assert_int_equal(event_file_flags(json_object_get(json, "file")), event.file.ids.flags);
	is_at(json, "file.real", "");
	is_at(json, "provider", "\"kmod\"");
	json_decref(json);

	event.file.real_ino = 7;
	event.file.real_dev_major = 8;
	json = made();
	is_at(json, "file.real", "{\"path\":null,\"dev\":\"8:0\",\"ino\":7}");
	json_decref(json);
	event_put_text(&event, INTERDICT_TEXT_REAL, "/a\xff", 4);
	json = made();
	is_at(json, "file.real.path", "\"/a\\\\xff\"");
	json_decref(json);
}

static void test_process(void **state)
{
	static const char args[] = "sh\0--token=x";
	json_t *json;

	(void)state;
	fill(INTERDICT_KIND_SHA256);
	json = made();
	is_at(json, "process.session", "null");
	is_at(json, "process.ns_pid", "null");
	is_at(json, "process.namespaces.mnt", "null");
	is_at(json, "process.container", "null");
	is_at(json, "process.tty", "");
	is_at(json, "process.args", "");
	is_at(json, "process.exec_args", "");
	json_decref(json);

	event.process.session = 3;
	event.process.ns_pid = 1;
	event.process.namespaces[INTERDICT_NS_MNT] = 4026531841U;
	memcpy(event.process.tty, "pts0", 5);
	event.cut = 1U << INTERDICT_TEXT_EXEC_ARGS;
	event_put_text(&event, INTERDICT_TEXT_ARGS, args, sizeof(args));
	event_put_text(&event, INTERDICT_TEXT_EXEC_ARGS, "x", 1);
	json = made();
	is_at(json, "process.session", "3");
	is_at(json, "process.ns_pid", "1");
	is_at(json, "process.namespaces.mnt", "4026531841");
	is_at(json, "process.tty", "\"pts0\"");
	is_at(json, "process.args", "[\"sh\",\"--token=***\"]");
	is_at(json, "process.args_cut", "");
	is_at(json, "process.exec_args", "[\"x\"]");
	is_at(json, "process.exec_args_cut", "true");
	json_decref(json);

	origin.arguments = ARGUMENTS_YES;
	json = made();
	is_at(json, "process.args", "[\"sh\",\"--token=x\"]");
	json_decref(json);
	origin.arguments = ARGUMENTS_NO;
	json = made();
	is_at(json, "process.args", "");
	is_at(json, "process.exec_args_cut", "");
	json_decref(json);
	origin.arguments = ARGUMENTS_REDACTED;
}

static void test_labels(void **state)
{
	static const char *const labels[] = { "government", "laptop" };
	json_t *json;

	(void)state;
	fill(INTERDICT_KIND_SHA256);
	origin.labels = labels;
	for (origin.n_labels = 0; origin.n_labels <= 2; origin.n_labels += 2) {
		const char *expected = origin.n_labels ? "[\"government\",\"laptop\"]" : "[]";

		json = made();
		is_at(json, "labels", expected);
		json_decref(json);
		json = event_begin(&origin, "start");
		is_at(json, "labels", expected);
		json_decref(json);
	}
	origin.n_labels = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_match),	     cmocka_unit_test(test_list_row),
		cmocka_unit_test(test_words_before), cmocka_unit_test(test_file),
		cmocka_unit_test(test_process),	     cmocka_unit_test(test_labels),
	};

	origin.cgroup_fd = -1;
	strcpy(origin.host, "00000000000000000000000000000000");
	strcpy(origin.boot, "11111111111111111111111111111111");
	return cmocka_run_group_tests_name("event_details", tests, NULL, NULL);
}
