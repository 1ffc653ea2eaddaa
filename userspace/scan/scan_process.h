/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a command that scans does to its process. */
#ifndef INTERDICT_SCAN_PROCESS_H
#define INTERDICT_SCAN_PROCESS_H

#include <stdbool.h>

/* For scan_options.threads: the processors that this process may use, SCAN_THREADS_MAX at most. */
unsigned int scan_processors(void);

/* Allow as many open files as the hard limit says: each thread has some directories open. */
void scan_raise_limit(void);

/* Set by the first SIGINT or SIGTERM from scan_catch_signals() on, for scan_options.stop. */
extern _Atomic bool scan_stop;
/* The second one ends the process as it ends any other. */
void scan_catch_signals(void);

#endif
