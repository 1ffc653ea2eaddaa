/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a device must not forget: the highest serial that it ever accepted, and a time that has come
 * (timekeeping.h). Two files of the same content in its directory, "store" and "store.copy", each
 * one JSON object in a line:
 *
 *	{"interdict-store":1,"serial":42,"policy":"NAME","digest":"HEX",
 *	 "accepted":SECONDS,"time":SECONDS,"boottime":NS,"boot":"HEX","sum":"HEX"}
 *
 * "sum" is the SHA-256 of the same object without it, as jansson writes it compactly with sorted
 * keys. Each file is replaced in one step, one after the other, so that a power cut leaves one of
 * them whole; the higher serial and the later time of the two count. What cannot be read counts as
 * damaged, and is never taken for a new device: then other witnesses are asked, see store_open().
 */
#ifndef INTERDICT_STORE_H
#define INTERDICT_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/policy.h"
#include "timekeeping.h"

#define STORE_DIR     "/var/lib/interdict"
#define STORE_WHY_MAX 400

enum store_health {
	STORE_WHOLE,	/* both files, or none of anything: a new device */
	STORE_REPAIRED, /* one file was missing or damaged, or both, and there were other witnesses
			 */
	STORE_LOST,	/* damaged, and nobody knows the serial: nothing is accepted */
};

struct store {
	const char *dir; /* the caller's */
	enum store_health health;
	char why[STORE_WHY_MAX]; /* of what is not whole: a sentence; else "" */
	uint64_t serial;	 /* the highest accepted; 0: none yet */
	char policy[POLICY_ID_MAX + 1];
	uint8_t digest[32];
	int64_t accepted; /* when, in seconds since 1970; 0: not known */
	struct timekeeping_mark mark;
};

/* Another witness of serials. */
struct store_witness {
	const char *what; /* as messages name it */
	uint64_t serial;  /* 0: knows none */
	bool always;	  /* counts also where the store is whole */
};

/*
 * Read the store in @dir. Where not both files are whole, the highest serial of the @n @witnesses
 * counts too; of those that always count, in any case. Returns 0 and fills *@store, whatever was
 * found; -ENOMEM; another -errno where the directory cannot be read.
 */
int store_open(const char *dir, const struct store_witness *witnesses, size_t n,
	       struct store *store);

/*
 * Whether @policy may be accepted. Returns 0; -ESTALE: it is older than what was, or signed with
 * the same serial and another content; -EUCLEAN: the store is lost. @why: a sentence, on errors.
 */
int store_check(const struct store *store, const struct policy *policy, char why[STORE_WHY_MAX]);

/*
 * Write both files. Makes the directory (0700). Returns 0, or -errno: then at least one of them is
 * as it was.
 */
int store_write(const struct store *store);

/* Remember that @policy was accepted at @when; store_write() is the caller's. */
void store_accept(struct store *store, const struct policy *policy, int64_t when);

/* The highest serial in the last events of the record at @path; 0: none, or no record. */
uint64_t store_serial_in_record(const char *path);

#endif
