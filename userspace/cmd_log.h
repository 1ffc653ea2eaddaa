/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verbs of `interdict log`, a file each; as in commands.h. */
#ifndef INTERDICT_CMD_LOG_H
#define INTERDICT_CMD_LOG_H

int cmd_log_query(int argc, char **argv);
int cmd_log_verify(int argc, char **argv);

#endif
