// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: accept BUNDLE TRUST DIR
 * What a device keeps that accepts BUNDLE, as in /var/lib/interdict, to DIR: the store. (The copy
 * of the text, DIR/active, is the caller's.)
 */
#include <stdio.h>
#include <time.h>

#include "keep/store.h"
#include "policy/policy.h"

int main(int argc, char **argv)
{
	struct policy_errors errs = { 0 };
	struct policy *policy;
	struct store store;
	int err = 1;

	if (argc != 4)
		return 2;
	if (!policy_load_to_enforce(argv[1], argv[2], time(NULL), &policy, &errs)) {
		err = store_open(argv[3], NULL, 0, &store);
		store_accept(&store, policy, time(NULL));
		err = err ? err : store_write(&store);
		policy_free(policy);
	}
	policy_errors_print(&errs, stderr);
	policy_errors_free(&errs);
	return err != 0;
}
