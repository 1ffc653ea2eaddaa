// SPDX-License-Identifier: GPL-2.0-or-later
/* The record as the daemon keeps it: opened, signed from time to time, rotated, tried again. */
#include "daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>

#include "atomic_file.h"
#include "read_file.h"
#include "record/record_files.h"

#define RETRY_MIN_US 100000ULL
#define RETRY_MAX_US 5000000ULL

/* The last checkpoint's line, as a witness of the record beside it. */
#define KEPT_CHECKPOINT STORE_DIR "/checkpoint"

static int make_parents(const char *path)
{
	char *copy = strdup(path), *at;
	int err = copy ? 0 : -ENOMEM;

	for (at = copy ? strchr(copy + 1, '/') : NULL; at && !err; at = strchr(at + 1, '/')) {
		*at = '\0';
		if (mkdir(copy, 0750) < 0 && errno != EEXIST)
			err = -errno;
		*at = '/';
	}
	free(copy);
	return err;
}

void daemon_record_failed(struct daemon *d, int err)
{
	if (d->record_err != err)
		daemon_log(LOG_ERR,
			   "the record %s cannot be written: %s; events wait in the kernel's ring "
			   "buffer, and those that do not fit are lost and counted",
			   d->config.log_file,
			   err == -ELOOP ? "it is a symbolic link, which is not followed" :
					   strerror(-err));
	d->record_err = err;
	d->retry_us = d->retry_us ? d->retry_us * 2 : RETRY_MIN_US;
	if (d->retry_us > RETRY_MAX_US)
		d->retry_us = RETRY_MAX_US;
	if (d->ring_source)
		sd_event_source_set_enabled(d->ring_source, SD_EVENT_OFF);
	sd_event_source_set_time_relative(d->retry, d->retry_us);
	sd_event_source_set_enabled(d->retry, SD_EVENT_ONESHOT);
}

void daemon_record_works(struct daemon *d)
{
	if (d->record_err)
		daemon_log(LOG_NOTICE, "the record %s can be written again", d->config.log_file);
	d->record_err = 0;
	d->retry_us = 0;
	sd_event_source_set_enabled(d->retry, SD_EVENT_OFF);
	if (d->ring_source)
		sd_event_source_set_enabled(d->ring_source, SD_EVENT_ON);
}

/* ---- what was kept of it ---- */

struct kept {
	struct checkpoint_at at;
	uint64_t first;
};

/* What is no checkpoint's line counts as none: the record may still have it. */
static int read_kept(struct kept *kept)
{
	char *line;
	size_t len;
	json_t *event;
	json_int_t seq, first;
	int err = read_file_at(AT_FDCWD, KEPT_CHECKPOINT, RECORD_LINE_MAX, &line, &len);

	memset(kept, 0, sizeof(*kept));
	if (err)
		return err == -ENOENT ? 0 : err;
	event = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
	seq = json_integer_value(json_object_get(event, "seq"));
	first = json_integer_value(json_object_get(event, "first"));
	if (checkpoint_is(event) && seq > 0 && first > 0) {
		kept->at.seq = (uint64_t)seq;
		kept->first = (uint64_t)first;
		checkpoint_digest(line, len, kept->at.digest);
	}
	json_decref(event);
	free(line);
	return 0;
}

/* Whether that was said when the same record was opened before, in vain. */
static bool was_said(struct daemon *d, const char *text)
{
	size_t used = strlen(d->tampered);

	if (strstr(d->tampered, text))
		return true;
	snprintf(d->tampered + used, sizeof(d->tampered) - used, "%s\n", text);
	return false;
}

static void say_tampered(struct daemon *d, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
static void say_tampered(struct daemon *d, const char *fmt, ...)
{
	json_t *event;
	char text[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (was_said(d, text))
		return;
	event = event_begin(&d->origin, "tamper");
	daemon_log(LOG_ERR, "the record: %s", text);
	if (event)
		json_object_set_new(event, "reason", json_string(text));
	/* Not before what is in the record is known. */
	daemon_queue(d, event);
}

/* seq of the oldest line that is still there; 0: there is none. */
static uint64_t oldest_line(const struct daemon *d)
{
	struct record_files files;
	uint64_t first = 0;

	if (record_files_find(d->config.log_file, &files))
		return d->record_first;
	for (size_t i = 0; i < files.n && !first; i++)
		first = files.v[i].first;
	record_files_free(&files);
	return first;
}

/* Somebody else may have taken files of the record away. */
static void look_at_oldest(struct daemon *d)
{
	uint64_t first = oldest_line(d);

	if (!first)
		first = record_seq(d->record) + 1;
	if (d->record_first && first > d->record_first)
		say_tampered(d,
			     "seq %llu to %llu are gone: files were deleted, and not by this "
			     "daemon",
			     (unsigned long long)d->record_first, (unsigned long long)first - 1);
	d->record_first = first;
}

/* Somebody moved old files elsewhere. What they were is found there, if it is still the same. */
static void look_at_links(struct daemon *d)
{
	struct record_files files;

	if (record_files_find(d->config.log_file, &files))
		return;
	if (files.link && !was_said(d, files.link))
		daemon_log(LOG_WARNING,
			   "an old file of the record is a symbolic link, which rotation does not "
			   "make: %s; what it leads to is read, if that is a file",
			   files.link);
	record_files_free(&files);
}

/* ---- opening ---- */

/* What is no record of ours goes aside, where it can be looked at. */
static int open_aside(struct daemon *d, const struct checkpoint_at *kept,
		      struct record_found *found)
{
	char *aside;
	int err;

	if (asprintf(&aside, "%s.damaged-%lld", d->config.log_file, (long long)time(NULL)) < 0)
		return -ENOMEM;
	err = rename(d->config.log_file, aside) < 0 ? -errno : 0;
	if (!err) {
		daemon_log(LOG_ERR, "%s is no record: moved to %s", d->config.log_file, aside);
		err = record_open(d->config.log_file, kept, &d->record, found);
	}
	free(aside);
	return err;
}

static void open_key(struct daemon *d)
{
	char why[PRIVATE_KEY_WHY_MAX] = "";
	int err;

	if (d->key)
		return;
	err = make_parents(d->config.log_key);
	if (!err)
		err = make_parents(CONFIG_LOG_PUBLIC_KEY);
	if (err)
		snprintf(why, sizeof(why), "its directory cannot be made: %s", strerror(-err));
	else
		err = record_key_open(d->config.log_key, CONFIG_LOG_PUBLIC_KEY, &d->key, why);
	if (err) {
		if (strcmp(d->key_why, why) != 0)
			daemon_log(LOG_ERR, "the record is not signed: its key %s: %s",
				   d->config.log_key, why);
		memcpy(d->key_why, why, sizeof(why));
	} else {
		d->key_why[0] = '\0';
	}
}

int daemon_record_open(struct daemon *d)
{
	struct record_found found;
	struct kept kept;
	int err = make_parents(d->config.log_file);

	if (!err)
		err = read_kept(&kept);
	if (err)
		return err;
	err = record_open(d->config.log_file, &kept.at, &d->record, &found);
	if (err == -EFBIG)
		err = open_aside(d, &kept.at, &found);
	if (err)
		return err;
	if (found.torn)
		daemon_log(LOG_NOTICE, "the record ended in %llu bytes of half a line: cut off",
			   (unsigned long long)found.torn);
	if (found.damaged)
		say_tampered(d, "%llu lines at its end are none",
			     (unsigned long long)found.damaged);
	if (found.cut)
		say_tampered(d, "it ended before its checkpoint, of seq %llu: %llu lines are gone",
			     (unsigned long long)kept.at.seq, (unsigned long long)found.cut);
	if (found.foreign)
		say_tampered(d, "seq %llu is not the checkpoint that was made of it",
			     (unsigned long long)kept.at.seq);
	d->record_first = kept.first;
	look_at_oldest(d);
	look_at_links(d);
	d->consume.record = d->record;
	open_key(d);
	return 0;
}

void daemon_record_close(struct daemon *d)
{
	record_close(d->record);
	d->record = d->consume.record = NULL;
	record_key_free(d->key);
	d->key = NULL;
}

/* ---- checkpoints ---- */

static int append_checkpoint(struct daemon *d, const char *reason, const char **line, size_t *len)
{
	json_t *event = event_begin(&d->origin, "checkpoint");
	int err = event ? 0 : -ENOMEM;

	if (!err)
		err = checkpoint_fill(event, reason, d->key, d->record_first,
				      record_checkpoint(d->record));
	if (!err)
		err = daemon_set_lost(d, event);
	if (!err)
		err = record_append_checkpoint(d->record, event, d->key, line, len);
	if (!err)
		daemon_recorded(d, event, *line, *len);
	json_decref(event);
	return err;
}

void daemon_checkpoint(struct daemon *d, const char *reason)
{
	const char *line;
	size_t len;
	int err;

	open_key(d);
	if (!d->record || !d->key || record_seq(d->record) == record_checkpoint(d->record)->seq)
		return;
	err = append_checkpoint(d, reason, &line, &len);
	if (!err) {
		d->checkpoint_time = time(NULL);
		err = record_sync(d->record);
	}
	/* Behind the record, so that it never knows of lines that the disk has not. */
	if (!err)
		err = atomic_file_write(KEPT_CHECKPOINT, line, len, 0600);
	if (err && err != d->checkpoint_err)
		daemon_log(LOG_ERR, "no checkpoint could be made of the record: %s",
			   err == -EIO ? "its key does not sign" : strerror(-err));
	d->checkpoint_err = err;
}

void daemon_checkpoint_if_due(struct daemon *d)
{
	uint64_t behind = record_seq(d->record) - record_checkpoint(d->record)->seq;

	if (behind >= d->config.checkpoint_events)
		daemon_checkpoint(d, "events");
	else if (behind && time(NULL) - d->checkpoint_time >= (int64_t)d->config.checkpoint_every)
		daemon_checkpoint(d, "time");
}

/* ---- rotation ---- */

/* Delete the oldest files, so that no more than the configured number are beside the record. */
static void delete_oldest(struct daemon *d)
{
	struct record_files files;
	size_t rotated = 0;

	if (!d->config.rotate_keep || record_files_find(d->config.log_file, &files))
		return;
	for (size_t i = 0; i < files.n; i++)
		rotated += strcmp(files.v[i].path, d->config.log_file) != 0;
	for (size_t i = 0; i < files.n && rotated > d->config.rotate_keep; i++) {
		if (!strcmp(files.v[i].path, d->config.log_file))
			continue;
		if (unlink(files.v[i].path) < 0)
			daemon_log(LOG_ERR, "%s cannot be deleted: %s", files.v[i].path,
				   strerror(errno));
		rotated--;
	}
	record_files_free(&files);
	d->record_first = oldest_line(d);
}

static bool is_rotation_due(const struct daemon *d)
{
	uint64_t size = record_size(d->record);
	int64_t since = record_since(d->record);

	if (!size)
		return false;
	return (d->config.rotate_size && size >= d->config.rotate_size) ||
	       (d->config.rotate_age && since &&
		time(NULL) - since >= (int64_t)d->config.rotate_age);
}

void daemon_record_rotate_if_due(struct daemon *d)
{
	int err;

	if (!d->record || d->record_err || !is_rotation_due(d))
		return;
	/* So that each file ends proved. */
	daemon_checkpoint(d, "rotation");
	err = record_rotate(d->record);
	if (err && err != d->rotate_err)
		daemon_log(LOG_ERR, "%s cannot be rotated: %s", d->config.log_file, strerror(-err));
	d->rotate_err = err;
	if (!err)
		delete_oldest(d);
}

void daemon_record_reopen(struct daemon *d)
{
	int err;

	if (!d->record)
		return;
	daemon_checkpoint(d, "rotation");
	err = record_reopen(d->record);
	if (err)
		daemon_log(LOG_ERR, "%s: %s; the old file is still written", d->config.log_file,
			   strerror(-err));
	look_at_oldest(d);
}
