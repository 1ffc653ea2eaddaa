/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of `interdict remove` share: cmd_remove.c plans and removes, cmd_remove_back.c
 * shows what is in quarantine and brings it back. */
#ifndef INTERDICT_CMD_REMOVE_H
#define INTERDICT_CMD_REMOVE_H

#include "verb.h"

struct remove_arguments {
	struct verb_arguments common;
	const char *policy, *restore;
	const char **orders; /* an element for each --order */
	size_t n_orders;
	bool yes, packages, delete, list, force, unattended;
	char **paths;
	int n_paths;
};

/* Return an exit status. */
int remove_list(const struct remove_arguments *args);
int remove_restore(const struct remove_arguments *args, const struct config *config);

#endif
