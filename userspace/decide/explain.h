/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why a file is refused, or is not: the evaluation of the kernel (bpf/evaluate.h), run here over
 * the same tables, and the text of the orders that led to it.
 *
 *	{"file":{...as subject_json()...},
 *	 "policy":{"name","serial","digest","mode"},
 *	 "verdicts":{"exec":{"verdict":"deny"|"audit"|"allow","order","rule","also":[]},
 *		     "map":...,"open":...,"load":...},
 *	 "orders":[{"order","title","authority","reference","reason","message","contact",
 *		    "mode","in_force":true,"why_not":null,
 *		    "rules":[{"rule","text","at","judged":true,"note","source"}]}]}
 *
 * A verdict by what a package rule stands for has "rule":"package" and "via", the kind that
 *matched; such a rule has "via", "package" and "file", too: where its identifier comes from.
 *
 * "orders" are those with a rule that matches the file, also such as are not in force, with the
 * reason in "why_not". Where signatures are checked, "file" is as verify_json() completes it; the
 * verdicts are the same. "judged" is false of a rule that the kernel does not come to: a hash with
 * another size than the file's; or of one that has "installs", the package that the file would
 *install, which makes it a banned file though no operation is refused.
 */
#ifndef INTERDICT_EXPLAIN_H
#define INTERDICT_EXPLAIN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <jansson.h>

#include "policy/policy.h"
#include "subject/subject.h"
#include "verify/verify.h"

struct explain_context {
	const struct policy *policy;
	struct policy_device device;
	const struct verify_trust *trust; /* to check signatures by; NULL: they are not checked */
};

/*
 * Explain @subject. Returns 0, sets *@ret to a new reference and *@banned to whether an operation
 * is refused; -ENOMEM; another -errno of compile_image(). A file that cannot be identified is
 * explained as the kernel would judge it: by the policy's `unidentified`.
 */
int explain(struct subject *subject, const struct explain_context *context, json_t **ret,
	    bool *banned);

/* "orders" alone, of a file of which @identity is known: one that an event tells of
 * (event_subject.h). NULL: no memory. */
json_t *explain_orders(const struct explain_context *context,
		       const struct interdict_identity *identity);

/* As text for a person. */
void explain_print(const json_t *explanation, FILE *out);

#endif
