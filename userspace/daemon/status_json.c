// SPDX-License-Identifier: GPL-2.0-or-later
#include "status_json.h"

#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "escape.h"
#include "events/event_line.h"

static json_t *number(uint64_t n)
{
	return json_integer((json_int_t)n);
}

static json_t *hooks_json(const struct engine_status *status)
{
	json_t *hooks = json_array();

	for (size_t i = 0; i < status->n_hooks; i++)
		json_array_append_new(hooks,
				      json_pack("{s:s, s:s, s:b}", "name", status->hooks[i].name,
						"duty", status->hooks[i].duty, "attached",
						status->hooks[i].attached));
	return hooks;
}

static json_t *degraded_json(const struct engine_status *status)
{
	json_t *degraded = json_array();

	for (size_t i = 0; i < status->n_degraded; i++)
		json_array_append_new(degraded,
				      json_pack("{s:s, s:s}", "why", status->degraded[i].text, "do",
						status->degraded[i].remedy));
	return degraded;
}

static json_t *policy_json(const struct interdict_head *head)
{
	json_t *policy;

	if (!head->generation)
		return json_null();
	policy = event_policy_json(head->name, head->serial, head->digest);
	if (policy)
		json_object_set_new(policy, "generation", number(head->generation));
	return policy;
}

json_t *status_json(const struct engine_status *status)
{
	static const struct engine_status nothing;
	const struct engine_status *s = status ? status : &nothing;
	const struct interdict_counters *c = &s->counters;
	const struct interdict_consumer *d = &s->consumer;
	int64_t waiting = (int64_t)(c->emitted - d->recorded - d->summarised - d->dropped);
	json_t *json, *counters;

	counters = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I}",
			     "attempts", number(c->attempts), "emitted", number(c->emitted), "lost",
			     number(c->lost), "denied", number(c->denied), "audited",
			     number(c->audited), "unidentified", number(c->unidentified),
			     "mprotect_unknown", number(c->mprotect_unknown), "identified",
			     number(c->identified), "recorded", number(d->recorded), "summarised",
			     number(d->summarised), "dropped", number(d->dropped), "waiting",
			     (json_int_t)waiting);
	json = json_pack(
		"{s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:{s:b, s:b}, s:{s:s?, s:b, s:b}, "
		"s:{s:b, s:o}, s:n}",
		"enforcing", s->enforcing, "mode",
		s->policy.generation ? json_string(policy_mode_name(s->mode)) : json_null(),
		"provider", s->provider ? json_string(s->provider) : json_null(), "policy",
		policy_json(&s->policy), "hooks", hooks_json(s), "degraded", degraded_json(s),
		"memory", number(s->memory), "counters", counters, "balance", "kernel",
		c->attempts == c->emitted + c->lost, "daemon",
		waiting >= 0 && (waiting > 0) == (s->ring_bytes > 0), "versions", "module",
		s->module_version[0] ? s->module_version : NULL, "module_outdated",
		s->module_outdated, "programs_outdated", s->outdated, "guards", "on", s->armed,
		"attempts", number(s->guarded), "daemon");
	return json;
}

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

static void print_policy(const json_t *status, FILE *out)
{
	const json_t *policy = json_object_get(status, "policy");

	if (json_is_object(policy)) {
		fprintf(out, "%s: policy %s, serial %lld, generation %lld, mode %s\n",
			json_is_true(json_object_get(status, "enforcing")) ? "Enforcing" :
									     "NOT ENFORCING",
			text_of(policy, "name"), number_of(policy, "serial"),
			number_of(policy, "generation"), text_of(status, "mode"));
		fprintf(out, "digest:   %s\n", text_of(policy, "digest"));
	} else {
		fprintf(out, "NOT ENFORCING: no policy is active\n");
	}
	if (*text_of(status, "provider"))
		fprintf(out, "provider: %s\n", text_of(status, "provider"));
}

static void print_hooks(const json_t *hooks, FILE *out)
{
	const json_t *hook;
	size_t i;

	json_array_foreach(hooks, i, hook)
		fprintf(out, "%s%s (%s)%s", i ? ", " : "hooks:    ", text_of(hook, "name"),
			text_of(hook, "duty"),
			json_is_true(json_object_get(hook, "attached")) ? "" : " NOT ATTACHED");
	fprintf(out, i ? "\n" : "hooks:    none\n");
}

static void print_guards(const json_t *guards, FILE *out)
{
	if (json_is_true(json_object_get(guards, "on")))
		fprintf(out, "guards:   on, %lld attempts since the programs were loaded\n",
			number_of(guards, "attempts"));
	else
		fprintf(out, "guards:   off\n");
}

/* What an upgrade has not reached. */
static void print_versions(const json_t *versions, FILE *out)
{
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
	fprintf(out, "memory:   %lld KiB\n", number_of(status, "memory") / 1024);
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
		fprintf(out, "loaded:   %s, %lld orders, %lld in force; rules:",
			text_of(daemon, "policy_path"), number_of(daemon, "orders"),
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
	print_outputs(json_object_get(daemon, "outputs"), out);
	print_notify(json_object_get(daemon, "notify"), out);
	if (*text_of(daemon, "last_error"))
		fprintf(out, "error:    %s\n", text_of(daemon, "last_error"));
}

void status_print(const json_t *status, FILE *out)
{
	const json_t *reason;
	char *text = NULL, *safe;
	size_t len = 0, i;
	FILE *buf = open_memstream(&text, &len);

	if (!buf)
		return;
	print_policy(status, buf);
	print_protection(json_object_get(status, "protection"), buf);
	print_daemon(json_object_get(status, "daemon"), buf);
	print_hooks(json_object_get(status, "hooks"), buf);
	json_array_foreach(json_object_get(status, "degraded"), i, reason) fprintf(
		buf, "DEGRADED: %s\n          %s\n", text_of(reason, "why"), text_of(reason, "do"));
	print_guards(json_object_get(status, "guards"), buf);
	print_versions(json_object_get(status, "versions"), buf);
	print_counters(status, buf);
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

int status_exit(const json_t *status)
{
	const json_t *daemon = json_object_get(status, "daemon");
	const json_t *record = json_object_get(daemon, "record");

	if (!json_is_true(json_object_get(status, "enforcing")) ||
	    json_array_size(json_object_get(status, "degraded")) ||
	    json_is_string(json_object_get(record, "error")) ||
	    json_is_string(json_object_get(record, "unsigned_why")) ||
	    json_is_true(json_object_get(json_object_get(daemon, "boot"), "lowered")) ||
	    json_is_string(json_object_get(json_object_get(status, "protection"), "break_glass")) ||
	    json_is_true(json_object_get(daemon, "last_good")))
		return EXIT_FAILED;
	return EXIT_DONE;
}
