/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of `interdict load`; as in commands.h. */
#ifndef INTERDICT_CMD_LOAD_H
#define INTERDICT_CMD_LOAD_H

#include "engine/engine.h"

/* `load --boot`: in an initramfs. Ends after LOAD_BOOT_SECONDS, whatever happens. */
#define LOAD_BOOT_SECONDS 30
int cmd_load_boot(const struct engine_options *options);

#endif
