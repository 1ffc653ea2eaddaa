// SPDX-License-Identifier: GPL-2.0-or-later
/* Comparing policies: in words. A policy's text has nothing that acts on a terminal. */
#include <string.h>

#include "policy_diff.h"

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static long long number_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

/* A value of a field; none is shown by what it stands for. */
static void put_value(FILE *out, const char *field, const json_t *value)
{
	const json_t *element;
	size_t i;

	if (json_is_integer(value))
		fprintf(out, "%lld", json_integer_value(value));
	else if (json_is_string(value))
		fputs(json_string_value(value), out);
	else if (json_is_null(value))
		fputs(!strcmp(field, "devices") ? "all" : "none", out);
	json_array_foreach(value, i, element)
		fprintf(out, "%s%s", i ? ", " : "", json_string_value(element));
}

static void put_field(FILE *out, const json_t *field)
{
	const char *name = text_of(field, "field");

	fprintf(out, "%s: ", name);
	put_value(out, name, json_object_get(field, "old"));
	fputs(" -> ", out);
	put_value(out, name, json_object_get(field, "new"));
	if (*text_of(field, "remark"))
		fprintf(out, ": %s", text_of(field, "remark"));
}

static void put_fields(FILE *out, const char *before, const json_t *fields)
{
	const json_t *field;
	size_t i;

	json_array_foreach(fields, i, field)
	{
		fputs(before, out);
		put_field(out, field);
		fputc('\n', out);
	}
}

/* "3 (2 sha256, 1 publisher)" */
static void put_counts(FILE *out, json_t *counts)
{
	const char *between = " (";
	const char *kind;
	json_t *n;

	fprintf(out, "%lld", number_of(counts, "total"));
	json_object_foreach(counts, kind, n)
	{
		if (!strcmp(kind, "total"))
			continue;
		fprintf(out, "%s%lld %s", between, json_integer_value(n), kind);
		between = ", ";
	}
	if (*between == ',')
		fputc(')', out);
}

static void put_examples(FILE *out, const json_t *of)
{
	const json_t *example;
	const json_t *field;
	size_t i;
	size_t k;

	json_array_foreach(json_object_get(of, "examples"), i, example)
	{
		const char *change = text_of(example, "change");

		fprintf(out, "    %c %s",
			*change == 'a' ? '+' :
			*change == 'r' ? '-' :
					 '~',
			text_of(example, "rule"));
		json_array_foreach(json_object_get(example, "fields"), k, field)
		{
			fputs(k ? "; " : ": ", out);
			put_field(out, field);
		}
		fputc('\n', out);
	}
	if (number_of(of, "more"))
		fprintf(out, "    and %lld more: --full shows all\n", number_of(of, "more"));
}

static void put_exemptions(FILE *out, const char *what, const json_t *exemptions)
{
	const json_t *e;
	size_t i;

	json_array_foreach(exemptions, i, e)
	{
		fprintf(out, "  exemption %s: ", what);
		put_value(out, "devices", json_object_get(e, "devices"));
		fprintf(out, ", until %s: %s\n", text_of(e, "until"), text_of(e, "reason"));
	}
}

static void put_rules(FILE *out, const json_t *rules)
{
	static const char *const changes[] = { "added", "removed", "changed" };
	const char *between = "  rules: ";
	size_t i;

	if (!json_is_object(rules))
		return;
	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		json_t *counts = json_object_get(rules, changes[i]);

		if (!number_of(counts, "total"))
			continue;
		fputs(between, out);
		put_counts(out, counts);
		fprintf(out, " %s", changes[i]);
		between = "; ";
	}
	fputc('\n', out);
	put_examples(out, rules);
}

static void put_lists(FILE *out, const json_t *lists)
{
	const json_t *list;
	const json_t *rows;
	size_t i;

	json_array_foreach(lists, i, list)
	{
		const char *change = text_of(list, "change");

		rows = json_object_get(list, "rows");
		fprintf(out, "  %s: ", text_of(list, "list"));
		if (*change == 'c')
			fprintf(out, "%lld -> %lld rows", number_of(list, "old"),
				number_of(list, "new"));
		else
			fprintf(out, "%s, %lld rows",
				*change == 'a' ? "named now" : "named no more",
				number_of(list, *change == 'a' ? "new" : "old"));
		fprintf(out, "; hashes: %lld added, %lld removed, %lld changed\n",
			number_of(rows, "added"), number_of(rows, "removed"),
			number_of(rows, "changed"));
		put_fields(out, "    ", json_object_get(list, "fields"));
		put_examples(out, list);
	}
}

static void put_orders(FILE *out, const char *what, const json_t *orders)
{
	const json_t *order;
	size_t i;

	json_array_foreach(orders, i, order)
	{
		fprintf(out,
			"\norder %s is %s: %s, by %s; mode %s; rules: ", text_of(order, "order"),
			what, text_of(order, "title"), text_of(order, "authority"),
			text_of(order, "mode"));
		put_counts(out, json_object_get(order, "rules"));
		fputc('\n', out);
	}
}

static void put_changed(FILE *out, const json_t *orders)
{
	const json_t *order;
	const json_t *exemptions;
	size_t i;

	json_array_foreach(orders, i, order)
	{
		exemptions = json_object_get(order, "exemptions");
		fprintf(out, "\norder %s changes: %s\n", text_of(order, "order"),
			text_of(order, "title"));
		put_fields(out, "  ", json_object_get(order, "fields"));
		put_exemptions(out, "added", json_object_get(exemptions, "added"));
		put_exemptions(out, "removed", json_object_get(exemptions, "removed"));
		put_rules(out, json_object_get(order, "rules"));
		put_lists(out, json_object_get(order, "lists"));
	}
}

static void put_side(FILE *out, const char *side, const json_t *policy)
{
	fprintf(out, "%s: policy %s, serial %lld, mode %s: %lld orders, %lld rules, sha256 %s\n",
		side, text_of(policy, "name"), number_of(policy, "serial"), text_of(policy, "mode"),
		number_of(policy, "orders"), number_of(policy, "rules"), text_of(policy, "digest"));
}

void policy_diff_print(const json_t *diff, FILE *out)
{
	const json_t *old = json_object_get(diff, "old");
	const json_t *new = json_object_get(diff, "new");
	const json_t *orders = json_object_get(diff, "orders");
	const json_t *identifiers = json_object_get(diff, "identifiers");

	put_side(out, "old", old);
	put_side(out, "new", new);
	if (!policy_diff_differs(diff)) {
		fprintf(out, "they do the same%s\n",
			strcmp(text_of(old, "digest"), text_of(new, "digest")) != 0 ?
				"; they are written differently" :
				"");
		return;
	}
	put_fields(out, "", json_object_get(diff, "header"));
	put_orders(out, "lifted", json_object_get(orders, "lifted"));
	put_orders(out, "added", json_object_get(orders, "added"));
	put_changed(out, json_object_get(orders, "changed"));
	fputs("\nidentifiers that no order named before: ", out);
	put_counts(out, json_object_get(identifiers, "added"));
	fputs("\nidentifiers that no order names any more: ", out);
	put_counts(out, json_object_get(identifiers, "removed"));
	fputc('\n', out);
}
