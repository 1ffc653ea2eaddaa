// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A record's file, packed or not, and a checkpoint by itself. What is not what this made has
 * nothing proved, or is that with lines behind it; and backwards its lines are what they are.
 *
 * A signature that this did not make is wrong: that is known without the arithmetic, which takes
 * ten times as long as all else. Of one input in VERIFIED it is done; one in GONE_ON is read
 * backwards, too.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <openssl/pem.h>

#include "fuzz_sum.h"
#include "userspace/record/record.h"
#include "userspace/record/record_verify.h"

#define LINES	 7
#define EVERY	 3
#define VERIFIED 64
#define GONE_ON	 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static struct record_key *key;
static char path[64]; /* of the file that is read */
static int fd;
static char signed_digest[LINES / EVERY][CHECKPOINT_DIGEST_LEN];

/* What was signed. */
static struct {
	char *text;
	size_t len;
	uint8_t signature[RECORD_SIGNATURE_MAX];
	size_t signature_len;
} made[LINES / EVERY];
static size_t n_made;
static bool verified; /* this input's signatures are */

static void require(bool condition)
{
	if (!condition)
		abort();
}

/* ---- what ld's --wrap puts in the place of record_key_*() ---- */

int __real_record_key_sign(const struct record_key *key, const void *text, size_t len,
			   uint8_t signature[RECORD_SIGNATURE_MAX], size_t *signature_len);
int __wrap_record_key_sign(const struct record_key *key, const void *text, size_t len,
			   uint8_t signature[RECORD_SIGNATURE_MAX], size_t *signature_len);
int __wrap_record_key_sign(const struct record_key *with, const void *text, size_t len,
			   uint8_t signature[RECORD_SIGNATURE_MAX], size_t *signature_len)
{
	int err = __real_record_key_sign(with, text, len, signature, signature_len);

	require(!err && n_made < LINES / EVERY);
	made[n_made].text = malloc(len);
	require(made[n_made].text);
	memcpy(made[n_made].text, text, len);
	made[n_made].len = len;
	memcpy(made[n_made].signature, signature, *signature_len);
	made[n_made++].signature_len = *signature_len;
	return 0;
}

static bool is_made(const void *text, size_t len, const uint8_t *signature, size_t signature_len)
{
	for (size_t i = 0; i < n_made; i++)
		if (made[i].len == len && !memcmp(made[i].text, text, len) &&
		    made[i].signature_len == signature_len &&
		    !memcmp(made[i].signature, signature, signature_len))
			return true;
	return false;
}

int __real_record_key_verify(const struct record_key *key, const void *text, size_t len,
			     const uint8_t *signature, size_t signature_len);
int __wrap_record_key_verify(const struct record_key *key, const void *text, size_t len,
			     const uint8_t *signature, size_t signature_len);
int __wrap_record_key_verify(const struct record_key *with, const void *text, size_t len,
			     const uint8_t *signature, size_t signature_len)
{
	bool right = is_made(text, len, signature, signature_len);

	if (verified)
		require(right ==
			!__real_record_key_verify(with, text, len, signature, signature_len));
	return right ? 0 : -EKEYREJECTED;
}

/* ---- reading ---- */

static bool is_ours(const struct checkpoint_at *at)
{
	for (size_t i = 0; i < LINES / EVERY; i++)
		if (!strcmp(at->digest, signed_digest[i]))
			return true;
	return false;
}

static void read_record(void)
{
	struct record_verify_options options = { .keys = &key, .n_keys = 1 };
	struct record_file file = { .path = path };
	struct record_files files = { .v = &file, .n = 1 };
	struct record_verified v;

	if (!record_verify(&files, &options, &v)) {
		require(v.wrong == !!*v.why);
		require(!v.proved.seq || is_ours(&v.proved));
		require(v.checkpoints <= v.lines && v.proved.seq <= v.last);
	}
}

struct content {
	const char *text;
	size_t left; /* before the lines that were seen */
};

static int take_line(void *ctx, const json_t *event, const char *line, size_t len)
{
	struct content *content = ctx;

	(void)event;
	require(len && len <= content->left && line[len - 1] == '\n');
	content->left -= len;
	require(!memcmp(content->text + content->left, line, len));
	return 0;
}

/* What a daemon does that goes on with it: where it begins, where its last whole line ends, and its
 * lines from there backwards. */
static void go_on(const char *text, size_t size)
{
	struct content content = { .text = text };
	struct record_files files;
	off_t end;

	if (!record_files_one(path, &files))
		record_files_free(&files);
	if (record_tail_end(fd, &end))
		return;
	require(end >= 0 && (size_t)end <= size && (!end || text[end - 1] == '\n'));
	content.left = (size_t)end;
	require(!record_tail_walk(fd, end, take_line, &content) && !content.left);
}

static void read_expected(const char *text, size_t len)
{
	struct checkpoint_at at;
	char why[RECORD_WHY_MAX] = "";

	if (record_expect(text, len, &key, 1, &at, why))
		require(*why);
	else
		require(is_ours(&at));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t sum = fuzz_sum(data, size);
	char *text;

	if (!size)
		return 0;
	verified = sum % VERIFIED == 0;
	if (*data == 'e') {
		/* A copy of its own, so that reading one byte too far is seen. */
		text = malloc(size);
		if (text)
			memcpy(text, data + 1, size - 1);
		if (text)
			read_expected(text, size - 1);
		free(text);
		return 0;
	}
	require(!ftruncate(fd, 0) && pwrite(fd, data + 1, size - 1, 0) == (ssize_t)size - 1);
	read_record();
	if (sum % GONE_ON == 0)
		go_on((const char *)data + 1, size - 1);
	return 0;
}

static void write_file(const char *to, char kind, const char *from)
{
	char line[RECORD_LINE_MAX];
	FILE *in = fopen(from, "r"), *out = fopen(to, "w");
	size_t n;

	require(in && out && fputc(kind, out) == kind);
	while ((n = fread(line, 1, sizeof(line), in)))
		require(fwrite(line, 1, n, out) == n);
	require(!fclose(in) && !fclose(out));
}

/* A record of a few lines. The keys and so the signatures are the same in each run. */
static void make_record(const char *dir)
{
	static const struct checkpoint_at none;
	struct record_found found;
	struct record *record;
	char at[128];

	snprintf(at, sizeof(at), "%s/record", dir);
	require(!record_open(at, &none, &record, &found));
	for (int i = 1; i <= LINES; i++) {
		bool checkpoint = i % EVERY == 0;
		json_t *event = json_pack("{s:i, s:i, s:s, s:s}", "v", 1, "seq", 0, "time", "2026",
					  "event", checkpoint ? "checkpoint" : "stop");
		const char *line;
		size_t len;

		require(!checkpoint ||
			!checkpoint_fill(event, "events", key, 1, record_checkpoint(record)));
		require(!(checkpoint ? record_append_checkpoint(record, event, key, &line, &len) :
				       record_append(record, event, &line, &len)));
		if (checkpoint)
			memcpy(signed_digest[i / EVERY - 1], record_checkpoint(record)->digest,
			       CHECKPOINT_DIGEST_LEN);
		json_decref(event);
	}
	record_close(record);
	if (getenv("FUZZ_SEEDS")) {
		snprintf(path, sizeof(path), "%s/record", getenv("FUZZ_SEEDS"));
		write_file(path, 'r', at);
	}
	unlink(at);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const uint8_t secret[32] = "the record";
	EVP_PKEY *pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, secret, 32);
	char dir[] = "/tmp/fuzz_record.XXXXXX", at[64], why[PRIVATE_KEY_WHY_MAX];
	FILE *out;

	(void)argc;
	(void)argv;
	require(mkdtemp(dir));
	snprintf(at, sizeof(at), "%s/key", dir);
	out = fopen(at, "w");
	require(out && !fchmod(fileno(out), 0600) &&
		PEM_write_PKCS8PrivateKey(out, pkey, NULL, NULL, 0, NULL, NULL) && !fclose(out));
	require(!record_key_open(at, NULL, &key, why));
	unlink(at);
	EVP_PKEY_free(pkey);
	make_record(dir);
	rmdir(dir);
	fd = memfd_create("record", MFD_CLOEXEC);
	require(fd >= 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return 0;
}
