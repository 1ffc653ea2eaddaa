/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of users, asked for once each: a name service may be far away. */
#ifndef INTERDICT_VIEW_USERS_H
#define INTERDICT_VIEW_USERS_H

#include <stdint.h>

/* The name of @uid as a text may show it, or its number; lasts until the next 256 others. */
const char *view_user_name(uint64_t uid);

#endif
