/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef INTERDICT_CONTROL_H
#define INTERDICT_CONTROL_H

/* /sys/kernel/security/interdict/control and status, as abi.h tells. */
int control_init(void);
void control_exit(void);

#endif
