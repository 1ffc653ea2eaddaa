// SPDX-License-Identifier: GPL-2.0-or-later
#include "notify_limit.h"

#include <string.h>

bool notify_limit_take(struct notify_limit *limit, uint32_t uid, const char *order, int64_t now,
		       size_t *token)
{
	size_t at = NOTIFY_REMEMBERED;

	for (size_t i = 0; i < limit->n; i++) {
		if (limit->told[i].until > now) {
			if (limit->told[i].uid == uid && !strcmp(limit->told[i].order, order))
				return false;
		} else {
			at = i;
		}
	}
	if (at == NOTIFY_REMEMBERED && limit->n < NOTIFY_REMEMBERED)
		at = limit->n;
	if (at == NOTIFY_REMEMBERED || strlen(order) >= sizeof(limit->told[at].order))
		return false;
	if (!limit->count || now - limit->minute >= NOTIFY_TOTAL_EVERY) {
		limit->minute = now;
		limit->count = 0;
	}
	if (limit->count == NOTIFY_TOTAL)
		return false;
	limit->count++;
	if (at == limit->n)
		limit->n++;
	limit->told[at].until = now + NOTIFY_EVERY;
	limit->told[at].uid = uid;
	strcpy(limit->told[at].order, order);
	*token = at;
	return true;
}

void notify_limit_unheard(struct notify_limit *limit, size_t token, int64_t now)
{
	limit->told[token].until = now + NOTIFY_EVERY_UNHEARD;
	limit->count--;
}
