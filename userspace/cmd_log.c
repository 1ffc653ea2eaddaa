// SPDX-License-Identifier: GPL-2.0-or-later
/* `interdict log [VERB]`: what is done with the record of events; without a verb, a query. */
#include <stdio.h>
#include <string.h>

#include "cmd_log.h"
#include "commands.h"

static const struct command verbs[] = {
	{ "verify", "whether it is whole, in order and signed", cmd_log_verify },
	{ "report", "what it says, for an auditor", cmd_log_report },
};

#define N_VERBS (sizeof(verbs) / sizeof(verbs[0]))

int cmd_log(int argc, char **argv)
{
	char name[32];

	for (size_t i = 0; argc > 1 && i < N_VERBS; i++) {
		if (strcmp(argv[1], verbs[i].name) != 0)
			continue;
		snprintf(name, sizeof(name), "interdict log %s", verbs[i].name);
		argv[1] = name;
		return verbs[i].run(argc - 1, argv + 1);
	}
	return cmd_log_query(argc, argv);
}
