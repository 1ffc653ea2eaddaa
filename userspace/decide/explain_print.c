// SPDX-License-Identifier: GPL-2.0-or-later
/* An explanation as text for a person. */
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "explain.h"

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static void put(FILE *out, const char *name, const char *text)
{
	char *safe;

	if (!*text)
		return;
	safe = escape_text(text);
	fprintf(out, "  %-11s %s\n", name, safe ? safe : "out of memory");
	free(safe);
}

static void put_verdicts(FILE *out, json_t *verdicts)
{
	const char *op;
	json_t *verdict, *item;
	size_t i;

	json_object_foreach(verdicts, op, verdict)
	{
		const char *order = text_of(verdict, "order"), *rule = text_of(verdict, "rule");
		const char *via = text_of(verdict, "via");

		fprintf(out, "  %-11s %s", op, text_of(verdict, "verdict"));
		if (*order)
			fprintf(out, " by order %s (%s%s%s)", order, rule, *via ? " via " : "",
				via);
		else if (*rule)
			fprintf(out, " by the policy (%s)", rule);
		json_array_foreach(json_object_get(verdict, "also"), i, item)
			fprintf(out, "%s%s", i ? ", " : ", also ", json_string_value(item));
		fputc('\n', out);
	}
}

static const char *why_not_judged(const json_t *rule)
{
	if (json_is_true(json_object_get(rule, "judged")))
		return "";
	if (json_object_get(rule, "installs"))
		return " (what the file installs, which the kernel does not look for; the package "
		       "managers' hooks refuse it, and `interdict remove' takes it away)";
	return " (its size is not the file's: the kernel does not look for it)";
}

static void put_rule(FILE *out, const json_t *rule)
{
	char *text;

	put(out, "installs", text_of(rule, "installs"));
	if (asprintf(&text, "%s: %s %s%s", text_of(rule, "at"), text_of(rule, "rule"),
		     text_of(rule, "text"), why_not_judged(rule)) < 0)
		return;
	put(out, "rule", text);
	free(text);
	if (*text_of(rule, "via") &&
	    asprintf(&text, "package %s, %s of its file %s", text_of(rule, "package"),
		     text_of(rule, "via"), text_of(rule, "file")) >= 0) {
		put(out, "via", text);
		free(text);
	}
	put(out, "note", text_of(rule, "note"));
	put(out, "source", text_of(rule, "source"));
}

static void put_order(FILE *out, const json_t *order)
{
	json_t *rule;
	size_t i;

	fprintf(out, "\norder %s, mode %s%s\n", text_of(order, "order"), text_of(order, "mode"),
		json_is_true(json_object_get(order, "in_force")) ? "" : ", NOT IN FORCE HERE");
	put(out, "why not", text_of(order, "why_not"));
	put(out, "title", text_of(order, "title"));
	put(out, "authority", text_of(order, "authority"));
	put(out, "reference", text_of(order, "reference"));
	put(out, "reason", text_of(order, "reason"));
	put(out, "message", text_of(order, "message"));
	put(out, "contact", text_of(order, "contact"));
	json_array_foreach(json_object_get(order, "rules"), i, rule) put_rule(out, rule);
}

static void put_claim(FILE *out, const json_t *claim)
{
	const char *why = text_of(claim, "not_verified");
	char *text;

	if (asprintf(&text, "%s (%s, signer %lld, %s%s%s)", text_of(claim, "value"),
		     text_of(claim, "source"), json_integer_value(json_object_get(claim, "signer")),
		     json_is_true(json_object_get(claim, "verified")) ? "verified" : "claimed",
		     *why ? ", not verified: " : "", why) < 0)
		return;
	put(out, text_of(claim, "kind"), text);
	free(text);
}

void explain_print(const json_t *explanation, FILE *out)
{
	const json_t *file = json_object_get(explanation, "file");
	const json_t *policy = json_object_get(explanation, "policy");
	const json_t *cached = json_object_get(explanation, "cached");
	json_t *order, *claim;
	char text[128];
	size_t i;

	put(out, "file", text_of(file, "file"));
	put(out, "sha256", text_of(file, "sha256"));
	snprintf(text, sizeof(text), "%lld", json_integer_value(json_object_get(file, "size")));
	put(out, "size", text);
	put(out, "build-id", text_of(file, "build_id"));
	json_array_foreach(json_object_get(file, "claims"), i, claim) put_claim(out, claim);
	put(out, "problem", text_of(file, "error"));
	snprintf(text, sizeof(text), "%.64s, serial %lld, mode %s", text_of(policy, "name"),
		 json_integer_value(json_object_get(policy, "serial")), text_of(policy, "mode"));
	put(out, "policy", text);
	put(out, "remark", text_of(explanation, "remark"));
	put_verdicts(out, json_object_get(explanation, "verdicts"));
	if (json_is_object(cached)) {
		snprintf(text, sizeof(text), "generation %lld, %s",
			 json_integer_value(json_object_get(cached, "generation")),
			 json_is_true(json_object_get(cached, "valid")) ?
				 "the content is the same since" :
				 "not valid: the content changed");
		put(out, "cached", text);
	}
	json_array_foreach(json_object_get(explanation, "orders"), i, order) put_order(out, order);
	if (!i)
		fprintf(out, "\nno order has a rule that matches this file\n");
}
