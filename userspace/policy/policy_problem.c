// SPDX-License-Identifier: GPL-2.0-or-later
/* The sorts of problems that a policy can have, for reports that others read. */
#include <assert.h>

#include "policy.h"

static const struct {
	const char *name;
	const char *meaning;
} problems[] = {
	[POLICY_PROBLEM_TEXT] = { "text", "The text is wrong, or cannot be read" },
	[POLICY_PROBLEM_FILES] = { "files",
				   "Something lies in the directory that is no part of the policy" },
	[POLICY_PROBLEM_UNENFORCED] = { "unenforced", "A rule is of a kind that this version of "
						      "interdict cannot enforce" },
	[POLICY_PROBLEM_CRITICAL] = { "critical",
				      "A rule matches what this device cannot do without" },
	[POLICY_PROBLEM_UNCOMPARED] = { "uncompared", "Rules could not be compared with everything "
						      "that they are compared with" },
	[POLICY_PROBLEM_INSTALLED] = { "installed",
				       "A rule's signer also signed what is installed here" },
	[POLICY_PROBLEM_EMPTY] = { "empty", "A list or the policy bans nothing" },
	[POLICY_PROBLEM_DUPLICATE] = { "duplicate", "An order names an identifier twice" },
	[POLICY_PROBLEM_SHADOWED] = { "shadowed", "A rule adds nothing: another order covers all "
						  "that it could do" },
	[POLICY_PROBLEM_SIZE] = { "size", "A hash has no size, or two" },
	[POLICY_PROBLEM_UNVERIFIED] = { "unverified", "An entry is marked as not compared with the "
						      "software itself" },
	[POLICY_PROBLEM_PUBLISHER] = { "broad-publisher", "A publisher's name stands for others "
							  "than the vendor that is meant" },
	[POLICY_PROBLEM_DATE] = { "date",
				  "An order or an exemption has ended, or ends within a week" },
	[POLICY_PROBLEM_LABEL] = { "unknown-label", "No device of the fleet has this label" },
	[POLICY_PROBLEM_SIGNATURE] = { "signature", "Nobody who is trusted signed the bundle as it "
						    "is" },
};
static_assert(sizeof(problems) / sizeof(problems[0]) == POLICY_PROBLEM_COUNT, "a name each");

const char *policy_problem_name(enum policy_problem problem)
{
	return problem < POLICY_PROBLEM_COUNT ? problems[problem].name : "?";
}

const char *policy_problem_meaning(enum policy_problem problem)
{
	return problem < POLICY_PROBLEM_COUNT ? problems[problem].meaning : "?";
}
