/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lint: rules that would stop the system they are loaded on, and what an admin should look at. */
#ifndef INTERDICT_LINT_H
#define INTERDICT_LINT_H

#include "policy/policy.h"

/* Rules that match what the system needs are warnings instead of refusals (--allow-critical). */
#define LINT_ALLOW_CRITICAL 1U
/* Compare rules by signer with what is installed, too: reads files for up to some seconds. */
#define LINT_INSTALLED 2U

/*
 * Compare @policy with the files that this device cannot do without (PID 1, the dynamic loader,
 * libc, the shell, interdict itself, the package manager, and every file mapped by PID 1 and by
 * this process), and look for duplicate and shadowed rules, rules without size, publishers that are
 * certificate authorities or stand for others than one vendor, orders that expire, entries that are
 * unverified. With LINT_INSTALLED, warn of rules by signer that match what is installed on this
 * device: kernels, modules, boot loaders, programs with an IMA signature. Adds to
 * @errs POLICY_REFUSED for a critical match and POLICY_WARNING for the rest; the caller looks at
 * errs->count[]. @now is in seconds since 1970.
 *
 * Returns 0, or -ENOMEM. A critical file that cannot be read is a warning.
 */
int lint_policy(const struct policy *policy, unsigned int flags, int64_t now,
		struct policy_errors *errs);

#endif
