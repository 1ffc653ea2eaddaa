// SPDX-License-Identifier: GPL-2.0-or-later
#include "view_users.h"

#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Users with refusals within an hour on a device of many; more are asked for again. */
#define USERS 256
/* useradd(8) takes names of 32 bytes. */
#define NAME_MAX_BYTES 33

const char *view_user_name(uint64_t uid)
{
	static struct {
		bool known;
		uint64_t uid;
		char name[NAME_MAX_BYTES];
	} users[USERS], *user;
	const struct passwd *entry;

	user = &users[uid % USERS];
	if (user->known && user->uid == uid)
		return user->name;
	entry = uid < UINT32_MAX ? getpwuid((uid_t)uid) : NULL;
	if (entry && strlen(entry->pw_name) < sizeof(user->name))
		strcpy(user->name, entry->pw_name);
	else
		snprintf(user->name, sizeof(user->name), "%llu", (unsigned long long)uid);
	user->uid = uid;
	user->known = true;
	return user->name;
}
