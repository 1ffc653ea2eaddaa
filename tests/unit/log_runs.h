/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A signed record of three days with whatever can be in one, for tables of command lines that are
 * run on it. Names in it are what attackers choose: quotes, formulas, tags, escapes, no UTF-8.
 */
#ifndef INTERDICT_TEST_LOG_RUNS_H
#define INTERDICT_TEST_LOG_RUNS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "command_runs.h"
#include "userspace/record/record.h"

#define LOG_POLICY(serial, digit) \
	"{\"name\":\"base\",\"serial\":" #serial ",\"digest\":\"" digit digit digit digit "\"}"
#define LOG_BEGIN(boot, time, event)                                \
	"{\"v\":1,\"seq\":0,\"host\":\"h0\",\"boot\":\"" boot "\"," \
	"\"time\":\"2026-11-" time "Z\",\"event\":\"" event "\""
#define LOG_KERNEL(boot, k, time, event, op)                                     \
	"{\"v\":1,\"seq\":0,\"host\":\"h0\",\"boot\":\"" boot "\",\"k\":" #k "," \
	"\"time\":\"2026-11-" time "Z\",\"event\":\"" event "\",\"op\":\"" op "\","
#define LOG_FILE(path) "\"file\":{\"path\":\"" path "\",\"sha256\":null,\"size\":5},"
#define LOG_PROCESS(uid, auid, comm)                                                             \
	"\"process\":{\"pid\":7,\"ppid\":1,\"uid\":" #uid ",\"auid\":" #auid ",\"comm\":\"" comm \
	"\",\"exe\":\"/bin/sh\",\"cgroup\":\"/\",\"parents\":[]},"
#define LOG_HOSTILE "/tmp/\\u001b[31m,\\\"a\\n<script>|`x`\\\\xff"

static const char *const log_events[] = {
	/* 1 */
	LOG_BEGIN(
		"b1", "20T08:00:00.000000000",
		"start") ",\"version\":\"0.1\",\"instance\":3,"
			 "\"resumed\":false,\"mode\":\"enforce\",\"provider\":\"kmod\",\"policy\":" LOG_POLICY(
				 41, "a") ",\"lost\":0}",
	/* 2 */
	LOG_KERNEL(
		"b1", 1, "20T08:10:00.500000000", "denied",
		"exec") "\"order\":\"ca-wechat\",\"rule\":\"sha256\",\"claimed\":false,\"also\":[]," LOG_FILE("/opt/wechat/wechat")
		LOG_PROCESS(1000, 1000, "bash") "\"policy\":" LOG_POLICY(41, "a") ",\"lost\":0}",
	/* 3 */
	LOG_KERNEL(
		"b1", 2, "20T09:00:00.000000000", "denied",
		"open") "\"order\":\"eu-tiktok\",\"rule\":\"key\",\"claimed\":true,\"also\":[\"ca-wechat\"]," LOG_FILE("=cmd|' /C calc'!A0")
		LOG_PROCESS(0, 1001, "@SUM(A1)") "\"policy\":" LOG_POLICY(41, "a") ",\"lost\":0}",
	/* 4 */
	LOG_KERNEL(
		"b1", 3, "20T10:00:00.000000000", "audited",
		"map") "\"order\":\"eu-tiktok\",\"rule\":\"key\",\"claimed\":true,\"also\":[]," LOG_FILE(LOG_HOSTILE)
		LOG_PROCESS(1001, 4294967295, "x") "\"policy\":" LOG_POLICY(41, "a") ",\"lost\":2}",
	/* 5 */
	LOG_BEGIN(
		"b1", "20T10:30:00.000000000",
		"degraded") ",\"reasons\":[{\"why\":\"no module\",\"do\":\"build it\"}],\"lost\":2}",
	/* 6 */
	LOG_BEGIN("b1", "20T11:00:00.000000000", "checkpoint") ",\"lost\":2}",
	/* 7 */
	LOG_BEGIN("b1", "20T12:00:00.000000000",
		  "stop") ",\"reason\":\"Terminated\",\"enforcing\":true,\"lost\":2}",
	/* 8 */
	LOG_BEGIN(
		"b1", "21T06:00:00.000000000",
		"start") ",\"version\":\"0.1\",\"instance\":3,"
			 "\"resumed\":true,\"mode\":\"enforce\",\"provider\":\"kmod\",\"policy\":" LOG_POLICY(
				 41, "a") ",\"lost\":2}",
	/* 9 */
	LOG_BEGIN(
		"b1", "21T07:00:00.000000000",
		"policy") ",\"action\":\"loaded\",\"order\":null,\"reason\":null,\"generation\":2,"
			  "\"mode\":\"audit\",\"policy\":" LOG_POLICY(42, "b") ",\"lost\":2}",
	/* 10 */
	LOG_KERNEL(
		"b1", 6, "21T08:00:00.000000000", "unidentified",
		"exec") "\"order\":null,\"rule\":null,\"claimed\":false,\"also\":[],\"error\":\"EIO\"," LOG_FILE("/mnt/f")
		LOG_PROCESS(1000, 1000, "bash") "\"policy\":" LOG_POLICY(42, "b") ",\"lost\":5}",
	/* 11 */
	LOG_KERNEL(
		"b1", 7, "21T09:00:00.000000000", "denied",
		"exec") "\"order\":null,\"rule\":\"unidentified\",\"claimed\":false,\"also\":[]," LOG_FILE("/mnt/f")
		LOG_PROCESS(1000, 1000, "bash") "\"policy\":" LOG_POLICY(42, "b") ",\"lost\":5}",
	/* 12 */
	LOG_BEGIN("b1", "21T10:00:00.000000000", "checkpoint") ",\"lost\":5}",
	/* 13: killed, and the device was restarted */
	LOG_BEGIN(
		"b2", "22T06:00:00.000000000",
		"start") ",\"version\":\"0.1\",\"instance\":4,"
			 "\"resumed\":false,\"mode\":null,\"provider\":\"kmod\",\"policy\":null,\"lost\":0}",
	/* 14 */
	LOG_BEGIN(
		"b2", "22T07:00:00.000000000",
		"policy") ",\"action\":\"loaded\",\"order\":null,\"reason\":null,\"generation\":1,"
			  "\"mode\":\"enforce\",\"policy\":" LOG_POLICY(43, "c") ",\"lost\":0}",
	/* 15 */
	LOG_BEGIN(
		"b2", "22T08:00:00.000000000",
		"policy") ",\"action\":\"unloaded\",\"order\":null,\"reason\":null,\"generation\":0,"
			  "\"mode\":null,\"policy\":" LOG_POLICY(43, "c") ",\"lost\":1}",
};

#define LOG_EVENTS (sizeof(log_events) / sizeof(*log_events))

/* The record "events", its key's public half "pub"; rotated behind line 5, and that packed. */
static inline int log_record_make(void **state)
{
	static const struct checkpoint_at none;
	char why[PRIVATE_KEY_WHY_MAX], command[256];
	struct record_found found;
	struct record_key *key;
	struct record *record;

	if (tempdir_setup(state))
		return -1;
	assert_int_equal(record_key_open(tempdir_path("key"), tempdir_path("pub"), &key, why), 0);
	assert_int_equal(record_open(tempdir_path("events"), &none, &record, &found), 0);
	for (size_t i = 0; i < LOG_EVENTS; i++) {
		json_t *event = json_loads(log_events[i], JSON_REJECT_DUPLICATES, NULL);
		const char *line;
		size_t len;

		assert_non_null(event);
		if (checkpoint_is(event)) {
			assert_int_equal(
				checkpoint_fill(event, "time", key, 1, record_checkpoint(record)),
				0);
			assert_int_equal(record_append_checkpoint(record, event, key, &line, &len),
					 0);
		} else {
			assert_int_equal(record_append(record, event, &line, &len), 0);
		}
		json_decref(event);
		if (i + 1 == 5)
			assert_int_equal(record_rotate(record), 0);
	}
	record_close(record);
	record_key_free(key);
	snprintf(command, sizeof(command), "gzip %s-*", tempdir_path("events"));
	assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c) */
	return 0;
}

#endif
