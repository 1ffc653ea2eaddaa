// SPDX-License-Identifier: GPL-2.0-or-later
#include "policy_json.h"

#include "events/event_line.h"

size_t policy_errors_count(const struct policy_errors *errs)
{
	return errs->count[POLICY_ERROR] + errs->count[POLICY_REFUSED];
}

static json_t *signer(const struct policy_signer *signer)
{
	char certificate[65];
	char time[21];

	if (!signer)
		return json_null();
	event_hex(signer->certificate, sizeof(signer->certificate), certificate);
	if (signer->signed_at > 0)
		policy_format_time(signer->signed_at, time);
	return json_pack("{s:s, s:s, s:s?}", "name", signer->name, "certificate", certificate,
			 "signed", signer->signed_at > 0 ? time : NULL);
}

json_t *policy_json(const struct policy *policy)
{
	char digest[65];

	if (!policy)
		return json_null();
	event_hex(policy->digest, sizeof(policy->digest), digest);
	return json_pack("{s:s, s:I, s:s, s:I, s:I, s:s, s:o}", "name", policy->name, "serial",
			 (json_int_t)policy->serial, "mode", policy_mode_name(policy->mode),
			 "orders", (json_int_t)policy->n_orders, "rules",
			 (json_int_t)policy->n_rules, "digest", digest, "signer",
			 signer(policy->signer));
}

static json_t *problem(const struct policy_error *e)
{
	return json_pack("{s:s, s:I, s:I, s:s, s:b, s:s, s:s}", "file", e->file, "line",
			 (json_int_t)e->line, "col", (json_int_t)e->col, "severity",
			 policy_severity_name(e->severity), "refused",
			 e->severity == POLICY_REFUSED, "problem", policy_problem_name(e->problem),
			 "text", e->text);
}

json_t *policy_errors_json(const struct policy_errors *errs)
{
	json_t *problems = json_array();
	size_t i;

	for (i = 0; i < errs->n; i++)
		json_array_append_new(problems, problem(&errs->v[i]));
	return problems;
}
