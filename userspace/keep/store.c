// SPDX-License-Identifier: GPL-2.0-or-later
#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <jansson.h>
#include <openssl/sha.h>

#include "atomic_file.h"
#include "events/event_line.h"
#include "read_file.h"

#define FORMAT 1
/* One object of known keys is 400 bytes. */
#define FILE_BYTES_MAX 4096

static const char *const names[] = { "store", "store.copy" };
#define FILES (sizeof(names) / sizeof(names[0]))

/* Of the end of a record: a line has up to RECORD_LINE_MAX bytes, and each names its policy. */
#define RECORD_TAIL (1 << 20)

/* ---- the text ---- */

static void sum_of(const json_t *object, char sum[65])
{
	char *text = json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS);
	uint8_t digest[SHA256_DIGEST_LENGTH];

	sum[0] = '\0';
	if (!text)
		return;
	SHA256((const unsigned char *)text, strlen(text), digest);
	event_hex(digest, sizeof(digest), sum);
	free(text);
}

static json_t *to_json(const struct store *store)
{
	char digest[65], sum[65];
	json_t *object;

	event_hex(store->digest, sizeof(store->digest), digest);
	object = json_pack("{s:i, s:I, s:s, s:s, s:I, s:I, s:I, s:s}", "interdict-store", FORMAT,
			   "serial", (json_int_t)store->serial, "policy", store->policy, "digest",
			   digest, "accepted", (json_int_t)store->accepted, "time",
			   (json_int_t)store->mark.time, "boottime",
			   (json_int_t)store->mark.boottime, "boot", store->mark.boot);
	if (!object)
		return NULL;
	sum_of(object, sum);
	if (!sum[0] || json_object_set_new(object, "sum", json_string(sum))) {
		json_decref(object);
		return NULL;
	}
	return object;
}

/* Returns NULL, or what is wrong with it. */
static const char *from_json(json_t *object, struct store *store)
{
	const char *policy, *digest, *boot, *said;
	json_int_t serial, accepted, time, boottime;
	size_t bad;
	int format;

	if (json_unpack_ex(object, NULL, JSON_STRICT,
			   "{s:i, s:I, s:s, s:s, s:I, s:I, s:I, s:s, s:s}", "interdict-store",
			   &format, "serial", &serial, "policy", &policy, "digest", &digest,
			   "accepted", &accepted, "time", &time, "boottime", &boottime, "boot",
			   &boot, "sum", &said))
		return "other keys than a store has";
	if (format != FORMAT)
		return "another version's format";
	if (serial < 0 || accepted < 0 || time < 0 || strlen(policy) >= sizeof(store->policy) ||
	    strlen(boot) >= sizeof(store->mark.boot) ||
	    policy_parse_hex(digest, strlen(digest), store->digest, sizeof(store->digest), &bad) !=
		    sizeof(store->digest))
		return "a value that no store has";
	snprintf(store->policy, sizeof(store->policy), "%s", policy);
	snprintf(store->mark.boot, sizeof(store->mark.boot), "%s", boot);
	store->serial = (uint64_t)serial;
	store->accepted = accepted;
	store->mark.time = time;
	store->mark.boottime = boottime;
	return NULL;
}

/* ---- reading ---- */

/* Returns 0; -ENOENT; -EBADMSG with @why; another -errno. */
static int read_one(const char *dir, const char *name, struct store *store, const char **why)
{
	char path[PATH_MAX], sum[65], *buf, *said = NULL;
	json_error_t error;
	json_t *object;
	size_t len;
	int err;

	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	err = read_file_at(AT_FDCWD, path, FILE_BYTES_MAX, &buf, &len);
	*why = "no JSON object";
	if (err)
		return err == -EFBIG ? -EBADMSG : err;
	object = json_loadb(buf, len, JSON_REJECT_DUPLICATES, &error);
	free(buf);
	if (!object)
		return -EBADMSG;
	*why = from_json(object, store);
	if (!*why) {
		const char *text = json_string_value(json_object_get(object, "sum"));

		said = text ? strdup(text) : NULL;
		json_object_del(object, "sum");
		sum_of(object, sum);
		if (!said || strcmp(said, sum) != 0)
			*why = "another content than its sum says";
	}
	free(said);
	json_decref(object);
	return *why ? -EBADMSG : 0;
}

/* What is later of two marks: of one boot by its time, of two boots by the wall. */
static void take_later(struct store *store, const struct store *other)
{
	if (other->serial > store->serial) {
		store->serial = other->serial;
		memcpy(store->policy, other->policy, sizeof(store->policy));
		memcpy(store->digest, other->digest, sizeof(store->digest));
		store->accepted = other->accepted;
	}
	if (other->mark.time > store->mark.time)
		store->mark = other->mark;
}

int store_open(const char *dir, const struct store_witness *witnesses, size_t n, struct store *ret)
{
	struct store store = { .dir = dir };
	const char *witness = NULL, *why = "";
	size_t whole = 0, missing = 0, damaged = 0;

	for (size_t i = 0; i < FILES; i++) {
		struct store one = { 0 };
		int err = read_one(dir, names[i], &one, &why);

		if (!err) {
			take_later(&store, &one);
			whole++;
		} else if (err == -ENOENT || err == -ENOTDIR) {
			missing++;
		} else if (err == -EBADMSG || err == -ELOOP || err == -EISDIR) {
			damaged++;
			snprintf(store.why, sizeof(store.why), "%s/%s is damaged: it has %s", dir,
				 names[i], err == -EBADMSG ? why : "no place for a file");
		} else {
			return err;
		}
	}
	if (missing && !damaged && whole)
		snprintf(store.why, sizeof(store.why), "one of the files of %s/store is missing",
			 dir);
	for (size_t i = 0; i < n; i++) {
		if (witnesses[i].serial <= store.serial || (whole == FILES && !witnesses[i].always))
			continue;
		store.serial = witnesses[i].serial;
		witness = witnesses[i].what;
	}
	if (whole) {
		store.health = whole == FILES ? STORE_WHOLE : STORE_REPAIRED;
	} else if (witness) {
		store.health = STORE_REPAIRED;
		snprintf(store.why, sizeof(store.why),
			 "%s/store is %s: the highest serial, %llu, is taken from %s", dir,
			 damaged ? "damaged" : "missing", (unsigned long long)store.serial,
			 witness);
	} else if (damaged) {
		store.health = STORE_LOST;
		snprintf(store.why, sizeof(store.why),
			 "%s/store and store.copy are damaged, and nothing else says which serial "
			 "was accepted last: no policy is accepted until both are removed",
			 dir);
	}
	*ret = store;
	return 0;
}

uint64_t store_serial_in_record(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	uint64_t serial = 0;
	char *buf = NULL;
	struct stat st;
	ssize_t n = -1;

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		buf = malloc(RECORD_TAIL + 1);
	if (buf)
		n = pread(fd, buf, RECORD_TAIL,
			  st.st_size > RECORD_TAIL ? st.st_size - RECORD_TAIL : 0);
	if (fd >= 0)
		close(fd);
	if (n > 0)
		buf[n] = '\0';
	for (char *line = n > 0 ? buf : NULL, *end; line; line = end ? end + 1 : NULL) {
		json_t *event;
		json_int_t said;

		end = memchr(line, '\n', (size_t)(buf + n - line));
		event = json_loadb(line, (size_t)((end ? end : buf + n) - line), 0, NULL);
		said = json_integer_value(
			json_object_get(json_object_get(event, "policy"), "serial"));
		/* One that was refused says nothing. */
		if (said > 0 && (uint64_t)said > serial &&
		    strcmp(json_string_value(json_object_get(event, "action")) ?: "", "refused"))
			serial = (uint64_t)said;
		json_decref(event);
	}
	free(buf);
	return serial;
}

/* ---- accepting ---- */

int store_check(const struct store *store, const struct policy *policy, char why[STORE_WHY_MAX])
{
	if (store->health == STORE_LOST) {
		snprintf(why, STORE_WHY_MAX, "%s", store->why);
		return -EUCLEAN;
	}
	if (policy->serial < store->serial) {
		snprintf(why, STORE_WHY_MAX,
			 "serial %llu is older than %llu, which this device has accepted: refused",
			 (unsigned long long)policy->serial, (unsigned long long)store->serial);
		return -ESTALE;
	}
	/* Whoever writes a directory may try it out under one serial; who signs does not. */
	if (policy->serial == store->serial && policy->signer && store->accepted &&
	    memcmp(policy->digest, store->digest, sizeof(store->digest)) != 0) {
		snprintf(why, STORE_WHY_MAX,
			 "serial %llu was accepted with other content: refused; raise the serial",
			 (unsigned long long)policy->serial);
		return -ESTALE;
	}
	return 0;
}

void store_accept(struct store *store, const struct policy *policy, int64_t when)
{
	store->serial = policy->serial;
	store->accepted = when;
	snprintf(store->policy, sizeof(store->policy), "%s", policy->name ? policy->name : "");
	memcpy(store->digest, policy->digest, sizeof(store->digest));
}

int store_write(const struct store *store)
{
	char path[PATH_MAX];
	json_t *object = to_json(store);
	char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;
	size_t len = text ? strlen(text) : 0;
	int err = text ? 0 : -ENOMEM;

	json_decref(object);
	if (!err && mkdir(store->dir, 0700) < 0 && errno != EEXIST)
		err = -errno;
	if (!err)
		text[len++] = '\n'; /* in the place of the NUL */
	for (size_t i = 0; i < FILES && !err; i++) {
		if (snprintf(path, sizeof(path), "%s/%s", store->dir, names[i]) >=
		    (int)sizeof(path))
			err = -ENAMETOOLONG;
		else
			err = atomic_file_write(path, text, len, 0600);
	}
	free(text);
	return err;
}
