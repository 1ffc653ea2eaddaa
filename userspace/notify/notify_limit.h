/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How often a user is told: a program that tries again and again must not fill a terminal, nor many
 * of them keep the daemon busy. */
#ifndef INTERDICT_NOTIFY_LIMIT_H
#define INTERDICT_NOTIFY_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/policy.h"

/* Milliseconds in which a user is told of an order once. */
#define NOTIFY_EVERY 10000
/* The same where there was nobody to tell: a service may be refused before the user is. */
#define NOTIFY_EVERY_UNHEARD 500
/* What all users together are told in a minute. */
#define NOTIFY_TOTAL	   60
#define NOTIFY_TOTAL_EVERY 60000
/* Users and orders that are remembered; while so many were told, nobody else is. */
#define NOTIFY_REMEMBERED 256

struct notify_limit {
	struct {
		int64_t until; /* milliseconds */
		uint32_t uid;
		char order[POLICY_ID_MAX + 1];
	} told[NOTIFY_REMEMBERED];
	size_t n;
	int64_t minute; /* when the count began */
	unsigned int count;
};

/*
 * Whether user @uid may be told of @order now, in milliseconds of a clock that does not jump. If
 * so, *@token is for notify_limit_unheard().
 */
bool notify_limit_take(struct notify_limit *limit, uint32_t uid, const char *order, int64_t now,
		       size_t *token);

/* Nobody was told after all. */
void notify_limit_unheard(struct notify_limit *limit, size_t token, int64_t now);

#endif
