/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mount namespaces: containers and services have file systems that nobody else sees. */
#ifndef INTERDICT_SCAN_NAMESPACES_H
#define INTERDICT_SCAN_NAMESPACES_H

#include <sys/types.h>

/*
 * Call @fn with one process of each mount namespace but ours. One that may not be looked at is left
 * out. Returns 0; what @fn returns, if that is not 0; -ENOMEM; -errno where there is no /proc.
 */
int scan_namespaces(int (*fn)(void *context, pid_t pid), void *context);

#endif
