// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What ships in policy/: each order is what its sources say and nothing else, the example and the
 * template load, and policy/README.md tells the truth about them.
 *
 * An identifier is pinned with the place where it was found. Who adds one adds it here, too: that
 * is where somebody asks for the source.
 */
#include <dirent.h>
#include <errno.h>

#include "orders.h"
#include "run.h"

#define SHIPPED "policy/orders"

/* The two halves of the EICAR test file (https://www.eicar.org/), apart: whole, this text would be
 * taken for it. */
#define EICAR_FRONT "X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-"
#define EICAR_BACK  "STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"

struct pinned_entry {
	const char *text; /* as describe() has it */
	const char *source;
	enum policy_status status;
};

struct pinned_order {
	const char *id; /* also the name of its file */
	const char *authority;
	const char *reference;
	const char *effective; /* NULL: none */
	const char *device;    /* NULL: all */
	const struct pinned_entry *entries;
	size_t n;
};

#define UNVERIFIED POLICY_STATUS_UNVERIFIED
#define KES	   "https://support.kaspersky.ru/kes4linux/11.2.0/en-us/all-in-one.htm"
#define KSC	   "https://support.kaspersky.com/KSCLinux/15.1/en-US/236055.htm"
#define SDD	   "https://github.com/nicolasyiu/sdd-android-tools"

static const struct pinned_entry wechat[] = {
	{ "certificate der:0fe4ff85c215918396dadc7cd8ce6963339af33d37751a56e54c7206b63a3c7c", SDD,
	  UNVERIFIED },
	{ "publisher Tencent Technology (Shenzhen) Company Limited",
	  "https://threatinfo.net/files/WeChatUpdate.exe-0caa71bfd3a1c9a3c8951a89658c9830",
	  UNVERIFIED },
	{ "publisher Tencent Technology(Shenzhen) Company Limited", SDD, UNVERIFIED },
	{ "package deb name com.tencent.wechat",
	  "https://github.com/7Ji-PKGBUILDs/wechat-universal-bwrap", UNVERIFIED },
	{ "package deb maintainer WeChat Team*", "https://linux.weixin.qq.com/", UNVERIFIED },
	{ "package deb name wechat-beta",
	  "https://aur.archlinux.org/packages/wechat-universal-bwrap", UNVERIFIED },
	{ "package deb name com.tencent.weixin",
	  "https://aur.archlinux.org/packages/wechat-uos-bwrap", UNVERIFIED },
	{ "package deb name com.qq.weixin.deepin", "https://github.com/zq1997/deepin-wine",
	  UNVERIFIED },
	{ "package flatpak name com.tencent.WeChat",
	  "https://github.com/flathub/com.tencent.WeChat", UNVERIFIED },
	{ "package appimage name [Ww]e[Cc]hat*", "https://github.com/zydou/WeChat-AppImage",
	  UNVERIFIED },
};

static const struct pinned_entry kaspersky[] = {
	{ "publisher Kaspersky Lab", "http://support.kaspersky.com/2681", UNVERIFIED },
	{ "package deb name kesl", KES, UNVERIFIED },
	{ "package rpm name kesl", KES, UNVERIFIED },
	{ "package deb name kesl-gui", KES, UNVERIFIED },
	{ "package rpm name kesl-gui", KES, UNVERIFIED },
	{ "package deb name kesl-astra", KES, UNVERIFIED },
	{ "package deb name klnagent*", KSC, UNVERIFIED },
	{ "package rpm name klnagent*", KSC, UNVERIFIED },
};

static const struct pinned_entry tiktok[] = {
	{ "certificate der:9041803e91bcb814b4b4399fb5c85a91640b755e5e8ba76813814bf4cf2ab5ba",
	  "https://github.com/soupslurpr/AppVerifier", UNVERIFIED },
};

static const struct pinned_entry eicar[] = {
	{ "sha256 275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f 68",
	  "https://www.eicar.org/", POLICY_STATUS_VERIFIED },
	{ "sha256 131f95c51cc819465fa1797f6ccacf9d494aaaff46fa3eac73ae63ffbdfd8267 69",
	  "https://www.eicar.org/", POLICY_STATUS_VERIFIED },
};

#define BOARD	  "Treasury Board of Canada"
#define STATEMENT "statement by the President of the Treasury Board, "

static const struct pinned_order pinned[] = {
	{ "ca-tbs-kaspersky", BOARD, STATEMENT "30 October 2023", "2023-10-30T00:00:00Z",
	  "government", TABLE(kaspersky) },
	{ "ca-tbs-tiktok", BOARD, STATEMENT "27 February 2023", "2023-02-28T00:00:00Z",
	  "government", TABLE(tiktok) },
	{ "ca-tbs-wechat", BOARD, STATEMENT "30 October 2023", "2023-10-30T00:00:00Z", "government",
	  TABLE(wechat) },
	{ "eicar", "the administrator of this device", "policy/README.md of interdict", NULL, NULL,
	  TABLE(eicar) },
};
#define PINNED (sizeof(pinned) / sizeof(pinned[0]))

/* The text of a file of the tree; the caller frees it. */
static char *text_of(const char *path)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	assert_true(getdelim(&text, &size, '\0', f) > 0);
	fclose(f);
	return text;
}

static struct policy *shipped(const char *id)
{
	char path[256];
	struct policy *policy;
	char *text;

	snprintf(path, sizeof(path), SHIPPED "/%s.yaml", id);
	text = text_of(path);
	policy = order_parsed(text);
	free(text);
	return policy;
}

/* ---- the orders ---- */

static void describe(const struct policy_rule *rule, char *out, size_t size)
{
	const char *kind = policy_kind_name((enum policy_kind)rule->id.kind);
	const struct policy_package *p = rule->package;

	if (!p && rule->has_size)
		snprintf(out, size, "%s %s %llu", kind, rule->text, (unsigned long long)rule->size);
	else if (!p)
		snprintf(out, size, "%s %s", kind, rule->text);
	else
		snprintf(out, size, "%s %s%s%s%s%s%s%s%s%s", kind, p->type, p->name ? " name " : "",
			 p->name ? p->name : "", p->maintainer ? " maintainer " : "",
			 p->maintainer ? p->maintainer : "", p->vendor ? " vendor " : "",
			 p->vendor ? p->vendor : "", p->origin ? " origin " : "",
			 p->origin ? p->origin : "");
}

static void check_order(const struct pinned_order *want, const struct policy_order *o)
{
	char text[512];
	size_t i;

	assert_string_equal(o->id, want->id);
	assert_string_equal(o->authority, want->authority);
	assert_string_equal(o->reference, want->reference);
	assert_non_null(o->message);
	if (want->effective) {
		policy_format_time(o->effective, text);
		assert_string_equal(text, want->effective);
	} else {
		assert_true(o->effective == POLICY_TIME_MIN);
	}
	assert_true(o->expires == POLICY_TIME_MAX);
	assert_int_equal(o->n_devices, want->device ? 1 : 0);
	if (want->device)
		assert_string_equal(o->devices[0], want->device);
	assert_int_equal(o->mode, POLICY_MODE_ENFORCE);
	assert_int_equal(o->operations, POLICY_OPS_ALL);
	assert_int_equal(o->n_exemptions, 0);
	assert_int_equal(o->n_rules, want->n);
	for (i = 0; i < want->n; i++) {
		describe(&o->rules[i], text, sizeof(text));
		assert_string_equal(text, want->entries[i].text);
		assert_string_equal(o->rules[i].remark.source, want->entries[i].source);
		assert_int_equal(o->rules[i].remark.status, want->entries[i].status);
		assert_non_null(o->rules[i].remark.note);
	}
}

static void test_orders(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < PINNED; i++) {
		struct policy *policy = shipped(pinned[i].id);

		print_message("%s\n", pinned[i].id);
		check_order(&pinned[i], &policy->orders[0]);
		policy_free(policy);
	}
}

static int visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* None is there that is not pinned. */
static void test_all_are_pinned(void **state)
{
	struct dirent **found;
	char name[64];
	int n = scandir(SHIPPED, &found, visible, alphasort);
	int i;

	(void)state;
	assert_int_equal(n, PINNED);
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%s.yaml", pinned[i].id);
		assert_string_equal(found[i]->d_name, name);
		free(found[i]);
	}
	free(found);
}

/* ---- EICAR ---- */

static void test_eicar(void **state)
{
	static const char *const commands[] = {
		"printf '%s%s' '" EICAR_FRONT "' '" EICAR_BACK "' | sha256sum",
		"printf '%s%s\\n' '" EICAR_FRONT "' '" EICAR_BACK "' | sha256sum",
	};
	const size_t len = strlen(EICAR_FRONT EICAR_BACK);
	struct policy *policy = shipped("eicar");
	char *text = text_of(SHIPPED "/eicar.yaml");
	char line[128];
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		const struct policy_rule *rule = &policy->orders[0].rules[i];
		FILE *f = popen(commands[i], "r"); /* NOLINT(cert-env33-c) */

		assert_non_null(f);
		assert_non_null(fgets(line, sizeof(line), f));
		assert_int_equal(pclose(f), 0);
		assert_memory_equal(line, rule->text, 64);
		assert_int_equal(rule->size, len + i);
	}
	/* The order says how to make the file, and does not hold it. */
	assert_non_null(strstr(text, "'" EICAR_FRONT "' '" EICAR_BACK "'"));
	snprintf(line, sizeof(line), "%s%s", EICAR_FRONT, EICAR_BACK);
	assert_null(strstr(text, line));
	free(text);
	policy_free(policy);
}

/* ---- the template ---- */

static const struct {
	const char *key; /* the line, which ends with it */
	const char *value;
	uint32_t col; /* where the value is missing */
} blanks[] = {
	{ "order:", "no-example", 7 },
	{ "title:", "Example", 7 },
	{ "authority:", "A", 11 },
	{ "reference:", "R", 11 },
	{ "reason:", "W", 8 },
	{ "  - publisher:", "Example Vendor Inc.", 15 },
	{ "    source:", "a ticket", 12 },
};
#define BLANKS (sizeof(blanks) / sizeof(blanks[0]))

static bool is_optional(const char *line)
{
	return line[0] == '#' && ((line[1] >= 'a' && line[1] <= 'z') || !strncmp(line, "#  ", 3));
}

/* The template filled in, with what is commented out if @all; the caller frees it. */
static char *filled(bool all)
{
	char *text = text_of("policy/order-template.yaml");
	char *line, *rest = text, *out = NULL;
	size_t len = 0, i;
	FILE *f = open_memstream(&out, &len);

	assert_non_null(f);
	while ((line = strsep(&rest, "\n")) && rest) {
		fputs(line + (all && is_optional(line)), f);
		for (i = 0; i < BLANKS; i++)
			if (!strcmp(line, blanks[i].key))
				fprintf(f, " %s", blanks[i].value);
		fputc('\n', f);
	}
	fclose(f);
	free(text);
	return out;
}

/* As it is, check names every place that is to be filled in, and nothing else. */
static void test_template_blank(void **state)
{
	char *text = text_of("policy/order-template.yaml");
	struct policy_errors errs = { 0 };
	char expected[64];
	size_t i;

	(void)state;
	assert_int_equal(order_rejected(text, strlen(text), &errs), -EBADMSG);
	policy_errors_sort(&errs);
	assert_int_equal(errs.n, BLANKS);
	for (i = 0; i < BLANKS; i++) {
		const char *key = blanks[i].key + strspn(blanks[i].key, " -");

		snprintf(expected, sizeof(expected), "%s is empty", key);
		assert_string_equal(errs.v[i].text, expected);
		assert_int_equal(errs.v[i].col, blanks[i].col);
	}
	policy_errors_free(&errs);
	free(text);
}

static void test_template_filled(void **state)
{
	char *text = filled(false);
	struct policy_errors errs = { 0 };
	struct policy *policy;

	(void)state;
	assert_int_equal(policy_parse_order(text, strlen(text), "f", 0, &policy, &errs), 0);
	assert_int_equal(errs.n, 0);
	assert_int_equal(policy->orders[0].mode, POLICY_MODE_AUDIT);
	assert_int_equal(policy->orders[0].n_rules, 1);
	policy_free(policy);
	free(text);
}

static void template_policy(bool all)
{
	char *text = filled(all);

	tempdir_write("p/policy.yaml", "interdict: 1\npolicy: p\nserial: 1\nmode: enforce\n");
	tempdir_write("p/orders/o.yaml", text);
	free(text);
}

/* Every key of the format is there, with a value that is right. */
static void test_template_whole(void **state)
{
	struct policy_errors errs = { 0 };
	const struct policy_order *o;
	struct policy *policy;
	unsigned int kinds = 0;
	size_t i;

	(void)state;
	template_policy(true);
	tempdir_write("p/lists/example.sha256", "# none yet\n");
	assert_int_equal(policy_load_dir(tempdir_path("p"), POLICY_UNENFORCED_KEEP, &policy, &errs),
			 0);
	policy_errors_print(&errs, stderr);
	assert_int_equal(errs.n, 0);
	o = &policy->orders[0];
	assert_non_null(o->message);
	assert_non_null(o->contact);
	assert_true(o->effective != POLICY_TIME_MIN && o->expires != POLICY_TIME_MAX);
	assert_int_equal(o->n_devices, 2);
	assert_true(o->running_kill && o->installed_remove);
	assert_int_equal(o->grace, 600);
	assert_int_equal(o->operations, POLICY_OPS_ALL);
	assert_int_equal(o->n_lists, 1);
	assert_int_equal(o->n_exemptions, 1);
	assert_string_equal(o->rules[0].remark.note, "what this is");
	for (i = 0; i < o->n_rules; i++)
		kinds |= 1U << o->rules[i].id.kind;
	assert_int_equal(kinds, (1U << POLICY_KIND_COUNT) - 1);
	policy_free(policy);
}

static void test_template_checked(void **state)
{
	(void)state;
	template_policy(false);
	run("\"$INTERDICT\" check --json p >json && jq -e '.errors == 0' json");
}

/* ---- what policy/README.md says ---- */

static void test_readme(void **state)
{
	char *tree = getcwd(NULL, 0);

	(void)state;
	assert_non_null(tree);
	assert_int_equal(setenv("TREE", tree, 1), 0);
	free(tree);
	/* The example has nothing to complain of, nor with the order to try it out with. */
	run("cp -r \"$TREE/policy/example\" p && cp \"$TREE/policy/orders/eicar.yaml\" p/orders/ && "
	    "\"$INTERDICT\" check p >out && grep -qx 'errors: 0, warnings: 0' out");
	/* All orders: warned of, as nobody compared them, and of what no database knows. */
	run("cp \"$TREE\"/policy/orders/*.yaml p/orders/ && \"$INTERDICT\" check --json p >json && "
	    "jq -e '[.policy.orders, .errors, ([.problems[] | [.severity, "
	    "(.text | sub(\".*: u\"; \"u\") | sub(\",.*\"; \"\"))]] | unique)] == [5, 0, "
	    "[[\"warning\", \"package: no database knows AppImages\"], "
	    "[\"warning\", \"unverified: nobody has compared it with the software itself\"]]]' json");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_orders),
		cmocka_unit_test(test_all_are_pinned),
		cmocka_unit_test(test_eicar),
		cmocka_unit_test(test_template_blank),
		cmocka_unit_test(test_template_filled),
		cmocka_unit_test_setup_teardown(test_template_whole, tempdir_setup,
						tempdir_teardown),
		cmocka_unit_test_setup_teardown(test_template_checked, tempdir_setup,
						tempdir_teardown),
		cmocka_unit_test_setup_teardown(test_readme, tempdir_setup, tempdir_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
