/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef INTERDICT_QUIESCE_H
#define INTERDICT_QUIESCE_H

/*
 * Waits until no BPF program that started before is still running, sleepable ones included. One of
 * these can be waiting for a disk: the caller can be killed. Returns 0; -EINTR on a fatal signal;
 * -ENOMEM.
 */
int quiesce(void);

/* Waits for what killed callers left behind, before the module goes. */
void quiesce_exit(void);

#endif
