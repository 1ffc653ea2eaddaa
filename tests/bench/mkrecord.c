// SPDX-License-Identifier: GPL-2.0-or-later
/* usage: mkrecord DIRECTORY LINES [odd]: a record, events.jsonl, of that many lines, as long as a
 * device writes them, four a second, each thousandth a checkpoint that DIRECTORY/key signs
 * (DIRECTORY/pub is its public half). With "odd", names have what has to be escaped. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "record/record.h"
#include "record/record_key.h"

#define BEGIN 1763000000 /* 13 November 2025 */

static const char template[] =
	"{'v':1,'seq':0,'host':'00112233445566778899aabbccddeeff','boot':"
	"'ffeeddccbbaa99887766554433221100','k':1,'time':'','event':'denied','op':'exec','order':'',"
	"'rule':'sha256','claimed':false,'also':[],'match':{'sha256':"
	"'1111111111111111111111111111111111111111111111111111111111111111','size':4},'provider':"
	"'kmod','labels':['government','laptop'],'file':{'path':'','sha256':"
	"'1111111111111111111111111111111111111111111111111111111111111111','size':4,'dev':'8:1',"
	"'ino':77,'build_id':'2222222222222222222222222222222222222222','publisher':null,'have':"
	"['sha256','build-id'],'flags':['cacheable']},'process':{'pid':10,'ns_pid':10,'ppid':9,"
	"'uid':0,'auid':1000,'session':3,'comm':'bash','exe':'/usr/bin/bash','args':['bash','-c',"
	"'/opt/app/bin/program --run'],'exec_args':['program','--run'],'tty':'pts0','cgroup':"
	"'/user.slice/user-1000.slice/session-3.scope','container':null,'namespaces':{'cgroup':"
	"4026531834,'ipc':4026531835,'mnt':4026531836,'net':4026531837,'pid':4026531838,'user':"
	"4026531839,'uts':4026531840},'parents':['bash','sshd','sshd','systemd']},'policy':{'name':"
	"'baseline','serial':42,'digest':"
	"'abababababababababababababababababababababababababababababababab'},'reference':"
	"'statement of 30 October 2023','message':'Not permitted.','lost':0}";

static void set_text(json_t *object, const char *key, const char *fmt, long n)
{
	char text[64];

	snprintf(text, sizeof(text), fmt, n);
	json_object_set_new(object, key, json_string(text));
}

static void set_time(json_t *event, long i)
{
	time_t at = BEGIN + i / 4;
	char text[40];
	struct tm tm;

	gmtime_r(&at, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S.000000000Z", &tm);
	json_object_set_new(event, "time", json_string(text));
}

static int append(struct record *record, const struct record_key *key, json_t *event, long i,
		  bool odd)
{
	const char *line;
	size_t len;
	int err;

	set_time(event, i);
	if (i % 1000 == 0) {
		json_t *checkpoint =
			json_pack("{s:i, s:i, s:O, s:s, s:i}", "v", 1, "seq", 0, "time",
				  json_object_get(event, "time"), "event", "checkpoint", "lost", 0);

		err = checkpoint_fill(checkpoint, "events", key, 1, record_checkpoint(record));
		if (!err)
			err = record_append_checkpoint(record, checkpoint, key, &line, &len);
		json_decref(checkpoint);
		return err;
	}
	json_object_set_new(event, "k", json_integer(i));
	set_text(event, "order", "order-%ld", i % 13);
	set_text(json_object_get(event, "file"), "path",
		 odd ? "/opt/app/\"program\"-%ld" : "/opt/app/program-%ld", i % 997);
	json_object_set_new(json_object_get(event, "process"), "uid", json_integer(1000 + i % 50));
	return record_append(record, event, &line, &len);
}

int main(int argc, char **argv)
{
	static const struct checkpoint_at none;
	char text[sizeof(template)], path[4096], pub[4096], why[PRIVATE_KEY_WHY_MAX];
	struct record_found found;
	struct record_key *key;
	struct record *record;
	long lines = argc > 2 ? atol(argv[2]) : 0;
	json_t *event;
	int err;

	if (lines <= 0)
		return 2;
	memcpy(text, template, sizeof(text));
	for (char *c = text; *c; c++)
		if (*c == '\'')
			*c = '"';
	event = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	snprintf(path, sizeof(path), "%s/key", argv[1]);
	snprintf(pub, sizeof(pub), "%s/pub", argv[1]);
	err = event ? record_key_open(path, pub, &key, why) : -1;
	snprintf(path, sizeof(path), "%s/events.jsonl", argv[1]);
	if (!err)
		err = record_open(path, &none, &record, &found);
	for (long i = 1; !err && i <= lines; i++)
		err = append(record, key, event, i, argc > 3);
	if (err) {
		fprintf(stderr, "mkrecord: %s\n", strerror(-err));
		return 1;
	}
	record_close(record);
	record_key_free(key);
	json_decref(event);
	return 0;
}
