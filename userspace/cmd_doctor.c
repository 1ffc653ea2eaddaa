// SPDX-License-Identifier: GPL-2.0-or-later
/* `interdict doctor`: what this kernel and system can and cannot do, and what to change. */
#include <argp.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <jansson.h>

#include "client.h"
#include "commands.h"
#include "config.h"
#include "engine/engine.h"
#include "escape.h"
#include "lint/lint.h"
#include "token/protect.h"
#include "verb.h"

/* Below this the record may fill its file system within a day of denials. */
#define SPACE_MIN (64ULL << 20)

static const struct argp_option options[] = {
	VERB_OPTION_CONFIG,
	VERB_OPTION_JSON("One JSON object instead of lines"),
	{ 0 },
};

static const struct argp argp = {
	.options = options,
	.parser = verb_parse,
	.doc = "Look at everything that enforcing needs, and say what is missing and what to change. "
	       "Loads and changes nothing."
	       "\vExit status: 0 nothing has to be done, though there may be advice; 1 something is "
	       "missing or could not be found out; 2 usage; 3 nothing can be enforced on this "
	       "kernel.",
};

static void fact(struct engine_facts *facts, const char *name, enum engine_answer answer,
		 const char *text, const char *remedy)
{
	struct engine_fact *f;

	if (facts->n == ENGINE_FACTS_MAX)
		return;
	f = &facts->v[facts->n++];
	memset(f, 0, sizeof(*f));
	snprintf(f->name, sizeof(f->name), "%s", name);
	f->weight = ENGINE_WANTED;
	f->answer = answer;
	snprintf(f->text, sizeof(f->text), "%s", text);
	snprintf(f->remedy, sizeof(f->remedy), "%s", answer == ENGINE_YES ? "" : remedy);
}

/* Of a policy that is not loaded there is at least one, or memory is short. */
static const char *first_problem(const struct policy_errors *errs)
{
	for (size_t i = 0; i < errs->n; i++)
		if (errs->v[i].severity != POLICY_WARNING)
			return errs->v[i].text;
	return "out of memory";
}

static void look_at_policy(struct engine_facts *facts, const struct config *config)
{
	struct policy_errors errs = { 0 };
	struct policy *policy = NULL;
	char text[512], remedy[256];
	int err = policy_load_to_enforce(config->policy, config->trust, time(NULL), &policy, &errs);

	if (!err)
		err = lint_policy(policy, 0, time(NULL), &errs);
	snprintf(remedy, sizeof(remedy), "see: interdict check %.200s", config->policy);
	if (err || errs.count[POLICY_REFUSED]) {
		snprintf(text, sizeof(text), "%.200s cannot be loaded: %zu problems, the first: %s",
			 config->policy, errs.count[POLICY_ERROR] + errs.count[POLICY_REFUSED],
			 first_problem(&errs));
		fact(facts, "policy", err == -EACCES ? ENGINE_UNKNOWN : ENGINE_NO, text, remedy);
	} else {
		snprintf(text, sizeof(text), "%s, serial %llu, mode %s, %zu rules", policy->name,
			 (unsigned long long)policy->serial, policy_mode_name(policy->mode),
			 policy->n_rules);
		fact(facts, "policy", ENGINE_YES, text, "");
	}
	policy_free(policy);
	policy_errors_free(&errs);
}

static void look_at_record(struct engine_facts *facts, const struct config *config)
{
	char dir[PATH_MAX], text[256];
	struct statvfs fs;
	char *slash;

	snprintf(dir, sizeof(dir), "%s", config->log_file);
	slash = strrchr(dir, '/');
	if (slash && slash != dir)
		*slash = '\0';
	if (statvfs(dir, &fs) < 0) {
		snprintf(text, sizeof(text), "%.180s: %s", dir, strerror(errno));
		fact(facts, "record", errno == ENOENT ? ENGINE_YES : ENGINE_UNKNOWN, text,
		     "look at the directory's permissions");
		return;
	}
	snprintf(text, sizeof(text), "%.180s: %llu MiB are free", dir,
		 (unsigned long long)fs.f_bavail * fs.f_frsize >> 20);
	fact(facts, "record",
	     (unsigned long long)fs.f_bavail * fs.f_frsize >= SPACE_MIN &&
			     !(fs.f_flag & ST_RDONLY) ?
		     ENGINE_YES :
		     ENGINE_NO,
	     text, "make room for the record, or set log: file: to where there is some");
}

static void look_at_daemon(struct engine_facts *facts, const struct config *config)
{
	char why[CLIENT_WHY_LEN];
	struct client *client;
	int err = client_open(config->socket, &client, why);

	if (!err)
		client_close(client);
	fact(facts, "daemon",
	     !err			     ? ENGINE_YES :
	     err == -EACCES || err == -EPERM ? ENGINE_UNKNOWN :
					       ENGINE_NO,
	     err ? why : "it is running",
	     err == -EACCES ? "run this as root" : "systemctl enable --now interdict");
}

/* What nobody has to do: many devices are root's own. */
static void look_at_protection(struct engine_facts *facts, const struct config *config)
{
	static const char *const remedies[] = {
		[PROTECT_SEALED] = "reboot, if the trust anchors were changed",
		[PROTECT_SWITCHED_OFF] = "protect: auto in the configuration",
		[PROTECT_UNSIGNED] = "sign policies, and give devices trust anchors",
		[PROTECT_IMPOSSIBLE] = "with a daemon running, a trust anchor with an RSA key",
	};
	struct protect protect;

	protect_look(config, &protect);
	fact(facts, "disarming",
	     protect.state == PROTECT_SEALED && !protect.differs ? ENGINE_YES : ENGINE_NO,
	     *protect.why ? protect.why : "takes a token", remedies[protect.state]);
	if (facts->n)
		facts->v[facts->n - 1].weight = ENGINE_ADVISED;
}

static const char *answer_name(const struct engine_fact *f)
{
	return f->answer == ENGINE_YES ? "yes" : f->answer == ENGINE_NO ? "no" : "unknown";
}

static void print_lines(const struct engine_facts *facts)
{
	char before[64];

	for (size_t i = 0; i < facts->n; i++) {
		const struct engine_fact *f = &facts->v[i];

		snprintf(before, sizeof(before), "%-3s %-24s ",
			 f->answer == ENGINE_YES ? "OK" :
			 f->answer == ENGINE_NO	 ? "NO" :
						   "?",
			 f->name);
		escape_print(stdout, before, f->text);
		if (!*f->remedy)
			continue;
		snprintf(before, sizeof(before), "%29s%s: ", "",
			 f->weight == ENGINE_ADVISED ? "advice" : "to do");
		escape_print(stdout, before, f->remedy);
	}
}

static void print_json(const struct engine_facts *facts, int status)
{
	json_t *list = json_array(), *root;

	for (size_t i = 0; i < facts->n; i++) {
		const struct engine_fact *f = &facts->v[i];

		json_array_append_new(list, json_pack("{s:s, s:s, s:b, s:b, s:s, s:s}", "name",
						      f->name, "answer", answer_name(f), "required",
						      f->weight == ENGINE_REQUIRED, "advice",
						      f->weight == ENGINE_ADVISED, "text", f->text,
						      "do", f->remedy));
	}
	root = json_pack("{s:b, s:o}", "ok", status == EXIT_DONE, "facts", list);
	verb_print_json(root);
	json_decref(root);
}

int cmd_doctor(int argc, char **argv)
{
	struct verb_arguments args = { .config = CONFIG_FILE };
	struct engine_facts *facts = calloc(1, sizeof(*facts));
	struct policy_errors errs = { 0 };
	struct config config;
	int status;

	if (argp_parse(&argp, argc, argv, 0, NULL, &args)) {
		free(facts);
		return EXIT_USAGE;
	}
	if (!facts) {
		fprintf(stderr, "interdict doctor: out of memory\n");
		return EXIT_FAILED;
	}
	engine_probe(facts);
	if (config_load(args.config, &config, &errs) == 0) {
		fact(facts, "configuration", ENGINE_YES, args.config, "");
		look_at_policy(facts, &config);
		look_at_record(facts, &config);
		look_at_daemon(facts, &config);
		look_at_protection(facts, &config);
		config_free(&config);
	} else {
		fact(facts, "configuration", ENGINE_NO,
		     errs.n ? errs.v[0].text : "it cannot be read", "correct the file");
	}
	policy_errors_free(&errs);
	status = engine_facts_status(facts);
	if (args.json)
		print_json(facts, status);
	else
		print_lines(facts);
	free(facts);
	return status;
}
