// SPDX-License-Identifier: GPL-2.0-or-later
/* A status for a person: first what is the case, then by what it is known. */
#include "status_json.h"

#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "escape.h"
#include "policy/policy.h"

/* Files that no rule was made of, on a screen. */
#define LEFT_OUT_SHOWN 5
/* Seconds between clock and proved time that are worth a line. */
#define CLOCK_APART 60

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static long long number_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

/* The truth in a line. */
static void print_state(const json_t *status, FILE *out)
{
	const json_t *policy = json_object_get(status, "policy");
	const json_t *reasons = json_object_get(status, "reasons");
	const char *state = text_of(status, "state"), *since = text_of(status, "since");
	const char *why = json_string_value(json_array_get(reasons, 0));
	long long orders = number_of(policy, "orders");
	size_t more = json_array_size(reasons);

	if (!strcmp(state, "enforcing"))
		fprintf(out, "ENFORCING %lld order%s, serial %lld%s%s\n", orders,
			orders == 1 ? "" : "s", number_of(policy, "serial"),
			*since ? ", since " : "", since);
	else
		fprintf(out, "%s: %s", !strcmp(state, "degraded") ? "DEGRADED" : "NOT ENFORCING",
			why ? why : "");
	if (more > 1)
		fprintf(out, " (and %zu more)", more - 1);
	if (strcmp(state, "enforcing") != 0)
		fprintf(out, "\n");
}

static void print_policy(const json_t *status, FILE *out)
{
	const json_t *policy = json_object_get(status, "policy");
	const char *since = text_of(status, "since");

	if (json_is_object(policy)) {
		fprintf(out, "policy:   %s, serial %lld, generation %lld, mode %s%s%s\n",
			text_of(policy, "name"), number_of(policy, "serial"),
			number_of(policy, "generation"), text_of(status, "mode"),
			*since ? " since " : "", since);
		fprintf(out, "digest:   %s\n", text_of(policy, "digest"));
	}
}

static bool is_fine(const char *answer)
{
	return !strcmp(answer, "refused") || !strcmp(answer, "recorded");
}

static void print_canary(const json_t *canary, FILE *out)
{
	const char *exec = text_of(canary, "exec"), *open = text_of(canary, "open");

	if (!*text_of(canary, "tried")) {
		fprintf(out, "canary:   not tried: nothing is to be refused\n");
		return;
	}
	if (!strcmp(exec, open))
		fprintf(out, "canary:   exec and open %s", exec);
	else
		fprintf(out, "canary:   exec %s, open %s", exec, open);
	fprintf(out, " at %s", text_of(canary, "tried"));
	if (!is_fine(exec) || *text_of(canary, "why"))
		fprintf(out, "; last as it should be: %s",
			*text_of(canary, "fine") ? text_of(canary, "fine") : "never");
	fprintf(out, "\n");
}

static void print_hooks(const json_t *status, FILE *out)
{
	const json_t *hooks = json_object_get(status, "hooks"), *hook;
	const char *attached = text_of(status, "attached");
	size_t i, n = 0;

	if (!json_array_size(hooks)) {
		fprintf(out, "hooks:    none\n");
		return;
	}
	json_array_foreach(hooks, i, hook) n += json_is_true(json_object_get(hook, "attached"));
	fprintf(out, "hooks:    %zu of %zu attached, counted%s%s\n", n, json_array_size(hooks),
		*attached ? " since " : "", attached);
	json_array_foreach(hooks, i, hook) if (!json_is_true(json_object_get(hook, "attached")))
		fprintf(out, "          NOT ATTACHED: %s (%s)\n", text_of(hook, "name"),
			text_of(hook, "duty"));
}

/* Processes that are named of those that began early. */
#define EARLY_SHOWN 3

static void print_early(const json_t *early, FILE *out)
{
	const json_t *list = json_object_get(early, "list"), *process;
	long long n = number_of(early, "processes");
	size_t i;

	if (!json_is_object(early))
		return;
	fprintf(out, "early:    %lld process%s began before the hooks", n, n == 1 ? "" : "es");
	json_array_foreach(list, i, process)
	{
		if (i == EARLY_SHOWN)
			break;
		fprintf(out, "%s%s %lld", i ? ", " : ": ", text_of(process, "comm"),
			number_of(process, "pid"));
	}
	fprintf(out, "%s\n", n > EARLY_SHOWN ? " ..." : "");
}

/* What an upgrade has not reached. */
static void print_versions(const json_t *status, FILE *out)
{
	const json_t *versions = json_object_get(status, "versions");
	const char *provider = text_of(status, "provider");

	if (*provider)
		fprintf(out, "provider: %s%s%s; %lld KiB of kernel memory\n", provider,
			*text_of(versions, "module") ? ", module version " : "",
			text_of(versions, "module"), number_of(status, "memory") / 1024);
	if (json_is_true(json_object_get(versions, "module_outdated")))
		fprintf(out,
			"module:   version %s is loaded, this program is version %s: the module "
			"stays until the next boot\n",
			text_of(versions, "module"), INTERDICT_VERSION);
	if (json_is_true(json_object_get(versions, "programs_outdated")))
		fprintf(out,
			"programs: those of another version run; a daemon of this version replaces "
			"them when it loads a policy\n");
}

static void print_counters(const json_t *status, FILE *out)
{
	const json_t *c = json_object_get(status, "counters");
	const json_t *balance = json_object_get(status, "balance");
	bool kernel = json_is_true(json_object_get(balance, "kernel"));
	bool daemon = json_is_true(json_object_get(balance, "daemon"));

	fprintf(out,
		"verdicts: %lld denied, %lld audited, %lld unidentified; %lld files identified\n",
		number_of(c, "denied"), number_of(c, "audited"), number_of(c, "unidentified"),
		number_of(c, "identified"));
	fprintf(out, "kernel:   %lld attempts = %lld emitted + %lld lost%s\n",
		number_of(c, "attempts"), number_of(c, "emitted"), number_of(c, "lost"),
		kernel ? "" : " DOES NOT BALANCE");
	fprintf(out,
		"daemon:   %lld emitted = %lld recorded + %lld summarised + %lld dropped + %lld "
		"waiting%s\n",
		number_of(c, "emitted"), number_of(c, "recorded"), number_of(c, "summarised"),
		number_of(c, "dropped"), number_of(c, "waiting"),
		daemon ? "" : " DOES NOT BALANCE");
}

static void print_dates(const json_t *daemon, FILE *out)
{
	const json_t *clock = json_object_get(daemon, "clock"), *order;
	long long ahead = number_of(clock, "ahead");
	size_t i;

	if (*text_of(daemon, "next"))
		fprintf(out, "next:     an order begins or ends at %s%s\n", text_of(daemon, "next"),
			json_is_true(json_object_get(clock, "kernel_switches")) ?
				"; the kernel switches then" :
				"");
	if (llabs(ahead) >= CLOCK_APART)
		fprintf(out, "clock:    %lld s %s the proved time, %s\n", llabs(ahead),
			ahead > 0 ? "ahead of" : "behind", text_of(clock, "proved"));
	json_array_foreach(json_object_get(daemon, "not_in_force"), i, order)
		fprintf(out, "order:    %s is not in force: %s\n", text_of(order, "order"),
			text_of(order, "why"));
}

static void print_store(const json_t *store, FILE *out)
{
	fprintf(out, "store:    %s: highest serial %lld%s%s\n", text_of(store, "health"),
		number_of(store, "serial"), *text_of(store, "why") ? "; " : "",
		text_of(store, "why"));
}

static void print_signer(const json_t *daemon, FILE *out)
{
	const char *signer = text_of(daemon, "signer");

	if (*signer)
		fprintf(out, "signed:   by %s\n", signer);
	else if (!json_is_true(json_object_get(daemon, "trust")))
		fprintf(out,
			"signed:   no, and there are no trust anchors: any policy is taken from root\n");
	else if (*text_of(daemon, "policy_path"))
		fprintf(out, "signed:   no: it was loaded before there were trust anchors\n");
}

static void print_boot(const json_t *boot, FILE *out)
{
	const char *asked = text_of(boot, "command_line"), *initramfs = text_of(boot, "initramfs");

	if (*asked)
		fprintf(out, "%s %s\n",
			json_is_true(json_object_get(boot, "lowered")) ? "LOWERED: " : "boot:    ",
			asked);
	if (*initramfs)
		fprintf(out, "boot:     in the initramfs: %s\n", initramfs);
}

static void print_labels(const json_t *labels, FILE *out)
{
	const json_t *label;
	size_t i;

	if (!json_array_size(labels))
		return;
	json_array_foreach(labels, i, label)
		fprintf(out, "%s%s", i ? ", " : "labels:   ", json_string_value(label));
	fprintf(out, "\n");
}

static void print_packages(const json_t *packages, FILE *out)
{
	const json_t *item;
	char when[21];
	size_t i;

	if (!json_is_object(packages))
		return;
	policy_format_time(number_of(packages, "when"), when);
	fprintf(out, "packages: %lld match, %lld rules of %lld files, %lld left out; as of %s\n",
		number_of(packages, "packages"), number_of(packages, "rules"),
		number_of(packages, "files"), number_of(packages, "left_out"), when);
	if (number_of(packages, "former"))
		fprintf(out, "          %lld files of what was installed before\n",
			number_of(packages, "former"));
	json_array_foreach(json_object_get(packages, "files_left_out"), i, item)
	{
		if (i == LEFT_OUT_SHOWN) {
			fprintf(out, "          and others: --json has them\n");
			break;
		}
		fprintf(out, "          left out: %s of %s: %s\n", text_of(item, "path"),
			text_of(item, "package"), text_of(item, "why"));
	}
	if (*text_of(packages, "kept_why"))
		fprintf(out, "          NOT KEPT for a restart: %s\n",
			text_of(packages, "kept_why"));
}

static void print_outputs(const json_t *outputs, FILE *out)
{
	const json_t *output;
	size_t i;

	json_array_foreach(outputs, i, output)
	{
		const char *to = text_of(output, "to"), *error = text_of(output, "error");
		const char *format = text_of(output, "format");

		fprintf(out, "output:   %s%s%s%s%s: %lld sent, %lld queued",
			text_of(output, "type"), *to ? " " : "", to, *format ? " as " : "", format,
			number_of(output, "sent"), number_of(output, "queued"));
		if (number_of(output, "dropped"))
			fprintf(out, ", %lld DROPPED", number_of(output, "dropped"));
		fprintf(out, "%s%s\n", *error ? "; FAILING: " : "", error);
	}
}

static void print_running(const json_t *running, FILE *out)
{
	const char *error = text_of(running, "error");

	fprintf(out,
		"running:  of banned processes %lld go on, %lld are asked to end; %lld ended, %lld "
		"killed, %lld spared%s",
		number_of(running, "going_on"), number_of(running, "waiting"),
		number_of(running, "terminated"), number_of(running, "killed"),
		number_of(running, "spared"),
		json_is_true(json_object_get(running, "settled")) ? "" : "; searching");
	if (number_of(running, "failed"))
		fprintf(out, "; %lld COULD NOT BE ENDED", number_of(running, "failed"));
	if (number_of(running, "unread"))
		fprintf(out, "; %lld processes COULD NOT BE LOOKED AT",
			number_of(running, "unread"));
	fprintf(out, "%s%s\n", *error ? "; NOT LOOKED FOR: " : "", error);
}

static void print_removed(const json_t *removed, FILE *out)
{
	static const char *const done[] = { "uninstalled", "quarantined", "deleted", "gone" };
	long long n = 0, stays = number_of(removed, "stays"), failed = number_of(removed, "failed");
	long long kept_out = number_of(removed, "kept-out"), back = number_of(removed, "restored");

	for (size_t i = 0; i < sizeof(done) / sizeof(done[0]); i++)
		n += number_of(removed, done[i]);
	if (!n && !stays && !failed && !kept_out && !back)
		return;
	fprintf(out, "removed:  %lld done, %lld of them quarantined", n,
		number_of(removed, "quarantined"));
	if (kept_out)
		fprintf(out, ", %lld kept out", kept_out);
	if (back)
		fprintf(out, ", %lld brought back", back);
	if (stays)
		fprintf(out, "; %lld STAY", stays);
	if (failed)
		fprintf(out, "; %lld FAILED", failed);
	fprintf(out, "\n");
}

static void print_notify(const json_t *notify, FILE *out)
{
	if (!json_is_object(notify))
		return;
	fprintf(out,
		"notify:   %lld told on terminals, %lld on desktops; %lld not told so often, %lld with "
		"nobody to tell\n",
		number_of(notify, "terminals"), number_of(notify, "desktops"),
		number_of(notify, "limited"), number_of(notify, "failed"));
}

static void print_daemon(json_t *daemon, FILE *out)
{
	json_t *record = json_object_get(daemon, "record"), *count;
	const char *kind, *error = text_of(record, "error");

	if (!json_is_object(daemon)) {
		fprintf(out,
			"daemon:   not running: events wait in the kernel, dates do not switch\n");
		return;
	}
	fprintf(out,
		"daemon:   process %lld since %s, %lld watching, %lld events missed by watchers\n",
		number_of(daemon, "pid"), text_of(daemon, "started"), number_of(daemon, "watchers"),
		number_of(daemon, "missed"));
	if (*text_of(daemon, "policy_path")) {
		fprintf(out, "loaded:   %s%s%s, %lld orders, %lld in force; rules:",
			text_of(daemon, "policy_path"), *text_of(daemon, "loaded") ? " at " : "",
			text_of(daemon, "loaded"), number_of(daemon, "orders"),
			number_of(daemon, "in_force"));
		json_object_foreach(json_object_get(daemon, "rules"), kind, count)
			fprintf(out, " %s %lld", kind, (long long)json_integer_value(count));
		fprintf(out, "\n");
	}
	if (json_is_true(json_object_get(daemon, "last_good")))
		fprintf(out, "LAST GOOD: the configured policy is missing or bad; this is what was "
			     "accepted before it\n");
	print_signer(daemon, out);
	print_boot(json_object_get(daemon, "boot"), out);
	print_labels(json_object_get(daemon, "labels"), out);
	print_packages(json_object_get(daemon, "packages"), out);
	print_dates(daemon, out);
	print_store(json_object_get(daemon, "store"), out);
	fprintf(out, "record:   %s, %lld lines%s%s\n", text_of(record, "path"),
		number_of(record, "seq"), *error ? "; CANNOT BE WRITTEN: " : "", error);
	if (*text_of(record, "unsigned_why"))
		fprintf(out, "          NOT SIGNED behind line %lld: %s\n",
			number_of(record, "signed_to"), text_of(record, "unsigned_why"));
	else
		fprintf(out, "          signed up to line %lld by key %s\n",
			number_of(record, "signed_to"), text_of(record, "key"));
	if (*text_of(json_object_get(daemon, "running"), "searched") ||
	    *text_of(json_object_get(daemon, "running"), "error"))
		print_running(json_object_get(daemon, "running"), out);
	print_removed(json_object_get(daemon, "removed"), out);
	print_outputs(json_object_get(daemon, "outputs"), out);
	print_notify(json_object_get(daemon, "notify"), out);
	if (*text_of(daemon, "last_error"))
		fprintf(out, "error:    %s\n", text_of(daemon, "last_error"));
}

static void print_guards(const json_t *guards, FILE *out)
{
	if (json_is_true(json_object_get(guards, "on")))
		fprintf(out, "guards:   on, %lld attempts since the programs were loaded\n",
			number_of(guards, "attempts"));
	else
		fprintf(out, "guards:   off\n");
}

static void print_protection(const json_t *protection, FILE *out)
{
	const char *state = text_of(protection, "state"), *why = text_of(protection, "why");
	long long anchors = number_of(protection, "anchors");

	if (!*state)
		return;
	if (*text_of(protection, "break_glass"))
		fprintf(out, "BREAK GLASS: up to %s nothing is refused, and all is recorded\n",
			text_of(protection, "break_glass"));
	if (strcmp(state, "sealed") == 0)
		fprintf(out,
			"protect:  disarming takes a token: %lld trust anchors are sealed; this device "
			"is %s%s%s\n",
			anchors, text_of(protection, "device"), *why ? "; " : "", why);
	else
		fprintf(out, "protect:  disarming is NOT PROTECTED, root can unload: %s\n", why);
}

void status_print(const json_t *status, FILE *out)
{
	const json_t *reason;
	char *text = NULL, *safe;
	size_t len = 0, i;
	FILE *buf = open_memstream(&text, &len);

	if (!buf)
		return;
	print_state(status, buf);
	json_array_foreach(json_object_get(status, "degraded"), i, reason) fprintf(
		buf, "degraded: %s\n          %s\n", text_of(reason, "why"), text_of(reason, "do"));
	print_policy(status, buf);
	print_canary(json_object_get(status, "canary"), buf);
	print_protection(json_object_get(status, "protection"), buf);
	print_guards(json_object_get(status, "guards"), buf);
	print_hooks(status, buf);
	print_early(json_object_get(status, "early"), buf);
	print_counters(status, buf);
	print_versions(status, buf);
	print_daemon(json_object_get(status, "daemon"), buf);
	fclose(buf);
	/* Line by line: a newline is the only control character that is ours. */
	for (char *line = text, *end; line && (end = strchr(line, '\n')); line = end + 1) {
		safe = escape_name(line, (size_t)(end - line),
				   ESCAPE_TERMINAL | ESCAPE_KEEP_BACKSLASH);
		fprintf(out, "%s\n", safe ? safe : "");
		free(safe);
	}
	free(text);
}
