// SPDX-License-Identifier: GPL-2.0-or-later
/* `interdict door apt|dpkg|rpm`: what package managers' hooks ask. */
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "config.h"
#include "decide/enforced.h"
#include "door/door.h"
#include "escape.h"
#include "events/event_line.h"
#include "remove/remove_event.h"
#include "remove/remove_manager.h"
#include "verb.h"

enum { DOOR_POLICY = VERB_OWN };

struct arguments {
	struct verb_arguments common;
	const char *policy;
	const char *manager;
	char **files;
	int n_files;
};

static const struct argp_option options[] = {
	VERB_OPTION_CONFIG,
	{ "policy", DOOR_POLICY, "DIR|BUNDLE", 0, "Judge by this policy, and record nothing", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *args = state->input;

	switch (key) {
	case DOOR_POLICY:
		args->policy = arg;
		return 0;
	case ARGP_KEY_ARG:
		return ARGP_ERR_UNKNOWN; /* all at once, then */
	case ARGP_KEY_ARGS:
		args->manager = state->argv[state->next];
		args->files = state->argv + state->next + 1;
		args->n_files = state->argc - state->next - 1;
		return 0;
	case ARGP_KEY_END:
		if (!args->manager ||
		    (strcmp(args->manager, "apt") != 0 && strcmp(args->manager, "dpkg") != 0 &&
		     strcmp(args->manager, "rpm") != 0))
			argp_error(state, "whose door? apt, dpkg or rpm");
		else if (strcmp(args->manager, "rpm") != 0 && args->n_files)
			argp_error(state, "%s itself says which files", args->manager);
		return 0;
	default:
		return verb_parse(key, arg, state);
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "apt|dpkg\nrpm FILE...",
	.doc = "Refuse packages that an order in force names, before they are unpacked: for hooks of "
	       "the package managers. apt's gives the files on standard input; of dpkg's the arguments "
	       "of the dpkg that runs it are looked at; for rpm they are named."
	       "\vExit status: 0 nothing is banned, or no policy is enforced; 1 failed; 2 usage; "
	       "4 refused.",
};

struct visit {
	const struct arguments *args;
	const struct active_policy *active;
	size_t refused;
};

__attribute__((format(printf, 1, 2))) static void say(const char *fmt, ...)
{
	char *text, *safe;
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (len < 0)
		return;
	safe = escape_name(text, (size_t)len, ESCAPE_TERMINAL | ESCAPE_KEEP_BACKSLASH);
	fprintf(stderr, "interdict: %s\n", safe ? safe : "out of memory");
	free(safe);
	free(text);
}

static void say_refused(const char *path, const struct door_verdict *verdict)
{
	const struct policy_order *order = verdict->order;
	const struct package *package = &verdict->package;

	say("%s %s is not installed: order %s (%s) of %s bans it; %s", package->name,
	    package->version ? package->version : "", order->id, order->title, order->authority,
	    path);
	if (order->message)
		say("%s", order->message);
	if (order->contact)
		say("contact: %s", order->contact);
	say("To go on with other packages, leave it out; if it is installed, `interdict remove' takes "
	    "it away%s%s%s.",
	    package->type == PACKAGE_DEB ? ", or `apt-mark hold " : "",
	    package->type == PACKAGE_DEB ? package->name : "",
	    package->type == PACKAGE_DEB ? "' has upgrades leave it alone" : "");
}

/* With a daemon to record it, or for the next one. */
static void record(const struct visit *visit, const struct door_verdict *verdict)
{
	const struct policy *policy = visit->active->policy;
	const struct package *package = &verdict->package;
	json_t *object, *by;

	if (visit->args->policy || geteuid() != 0)
		return;
	object = json_pack("{s:s, s:s?, s:s?, s:s?, s:s?, s:s, s:[]}", "type",
			   package_type_name(package->type), "name", package->name, "version",
			   package->version, "arch", package->arch, "id", package->id, "manager",
			   visit->args->manager, "with");
	by = event_policy_json(policy->name, policy->serial, policy->digest);
	if (object && by) {
		const struct remove_event event = {
			.action = "kept-out",
			.order = verdict->order->id,
			.rule = "package",
			.package = object,
			.policy = by,
		};
		int err = remove_event_put(REMOVE_EVENTS_DIR, &event);

		if (err)
			say("this could not be recorded: %s", strerror(-err));
	}
	json_decref(object);
	json_decref(by);
}

static int look_at(void *context, int dir, const char *path)
{
	struct visit *visit = context;
	struct door_verdict verdict;

	door_judge(visit->active->policy, &visit->active->device, dir, path, &verdict);
	switch (verdict.answer) {
	case DOOR_PASS:
		break;
	case DOOR_REFUSE:
		visit->refused++;
		say_refused(path, &verdict);
		record(visit, &verdict);
		break;
	case DOOR_CLOSED:
		/* Its event is the kernel's. */
		visit->refused++;
		say("%s is banned: the kernel refuses to open it; `interdict explain' says why",
		    path);
		break;
	case DOOR_UNKNOWN:
		/* Closed for all that is not understood, this would keep out repairs. What is
		 * unpacked is found by the package rules all the same. */
		say("%s could not be looked at, and passes: %s", path, verdict.why);
		break;
	}
	door_verdict_clear(&verdict);
	return 0;
}

static int visit_all(struct visit *visit)
{
	const struct arguments *args = visit->args;
	int err = 0;

	if (!strcmp(args->manager, "apt"))
		err = door_apt(stdin, look_at, visit);
	else if (!strcmp(args->manager, "dpkg"))
		err = door_dpkg("/proc", getpid(), look_at, visit);
	else
		for (int i = 0; i < args->n_files; i++)
			look_at(visit, AT_FDCWD, args->files[i]);
	if (err == -ENOMEM) {
		say("%s", strerror(-err));
		return EXIT_FAILED;
	}
	if (err)
		say("what %s is about to install could not be found out, and passes: %s",
		    args->manager,
		    err == -ESRCH   ? "it is not above this process" :
		    err == -EBADMSG ? "it is not told in a form that is known" :
				      strerror(-err));
	return visit->refused ? EXIT_REFUSED : EXIT_DONE;
}

static int look(const struct arguments *args, const struct config *config)
{
	struct policy_errors errs = { 0 };
	struct active_policy active;
	struct visit visit = { .args = args, .active = &active };
	int err = enforced_policy_find(args->policy, config, &active, &errs), status = EXIT_DONE;

	if (!err) {
		status = visit_all(&visit);
		active_policy_free(&active);
	} else if (args->policy) {
		policy_errors_print(&errs, stderr);
		status = EXIT_FAILED;
	} else if (err != -ENOENT) {
		/* A system whose policy is broken must be open to repair. */
		say("the text of the policy that is enforced cannot be read: packages pass");
	}
	policy_errors_free(&errs);
	return status;
}

/* dpkg runs its hook before whatever it does. */
static bool unpacks(const struct arguments *args)
{
	const char *action = getenv("DPKG_HOOK_ACTION");

	return strcmp(args->manager, "dpkg") != 0 || !action || !strcmp(action, "install") ||
	       !strcmp(action, "unpack");
}

int cmd_door(int argc, char **argv)
{
	struct arguments args = { .common = { .config = CONFIG_FILE } };
	struct config config;
	int status;

	if (argp_parse(&argp, argc, argv, 0, NULL, &args))
		return EXIT_USAGE;
	if (!unpacks(&args))
		return EXIT_DONE;
	status = verb_load_config(args.common.config, &config);
	if (status)
		return args.policy ? status : EXIT_DONE;
	status = look(&args, &config);
	config_free(&config);
	return status;
}
