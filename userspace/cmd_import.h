/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `interdict import` in two: its options, and the work. Private to cmd_import*.c. */
#ifndef INTERDICT_CMD_IMPORT_H
#define INTERDICT_CMD_IMPORT_H

#include "import/import.h"

struct import_arguments {
	enum import_format format;
	const char *file; /* the operands: FORMAT, FILE */
	unsigned int n_operands;
	struct import_head head;
	const char *directory;
	bool replace, all, strict, verbose, json;
};

/*
 * Read @fd, and put the order where it is wanted. Returns an exit status, having said why. The head
 * of @args gets what the file suggests.
 */
int import_run(struct import_arguments *args, int fd);

#endif
