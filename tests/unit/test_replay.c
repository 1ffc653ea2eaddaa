// SPDX-License-Identifier: GPL-2.0-or-later
/* Recorded decisions judged anew: what is the same, what differs, what cannot be told, and lines
 * that are no events. */
#include <errno.h>
#include <fcntl.h>

#include "bpf/event.h"
#include "subject/claims_fd.h"
#include "events/event_line.h"
#include "orders.h"
#include "record/record.h"
#include "decide/replay.h"
#include "run.h"
#include "signed.h"

#define HASH "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
#define ID   "aabbccdd"
#define NOW  1700000000 /* 2023-11-14T22:13:20Z */

#define SHA256	 "match:\n  - {sha256: " HASH ", size: 4}\n"
#define UNSIZED	 "match:\n  - sha256: " HASH "\n"
#define BUILD_ID "match:\n  - build-id: " ID "\n"
#define SIGNED	 "match:\n  - publisher: Vendor  GmbH\n"
#define VERITY	 "match:\n  - fsverity: sha256:" HASH "\n"

/* An event of a file of 4 bytes. */
#define EVENT(event, op, order, rule, more)                                                 \
	"{\"v\":1,\"seq\":7,\"time\":\"2023-11-14T22:13:20.123456789Z\",\"event\":\"" event \
	"\",\"op\":\"" op "\",\"order\":" order ",\"rule\":" rule                           \
	",\"file\":{\"path\":\"/x\",\"size\":4," more "}}"
#define BY_O   "\"o\""
#define KNOWN  "\"sha256\":\"" HASH "\",\"build_id\":\"" ID "\""
#define HASHED "\"sha256\":\"" HASH "\",\"build_id\":null"
#define NOTED  "\"sha256\":null,\"build_id\":\"" ID "\""
#define CLAIM(kind, value) \
	"\"claims\":[{\"kind\":\"" kind "\",\"value\":" value ",\"source\":\"pe\",\"signer\":0}]"

struct row {
	const char *policy; /* the order behind ORDER_HEAD */
	const char *event;
	enum replay_result result;
	const char *said;      /* of DIFFERS: what; of LACKING: "sha256 build-id"; of WRONG: why */
	enum policy_mode mode; /* OFF, which is 0, stands for enforce */
	bool unidentified_deny, untrusted_fs_deny;
};

#define DENIED(more)	      EVENT("denied", "exec", BY_O, "\"sha256\"", more)
#define AUDITED(more)	      EVENT("audited", "exec", BY_O, "\"sha256\"", more)
#define BY_HEADER(rule, more) EVENT("denied", "exec", "null", "\"" rule "\"", more)
#define UNIDENTIFIED(more)                                                                         \
	"{\"v\":1,\"time\":\"2023-11-14T22:13:20.1Z\",\"event\":\"unidentified\",\"op\":\"exec\"," \
	"\"order\":null,\"rule\":null,\"error\":\"EIO\",\"file\":{\"size\":4," more "}}"

static const struct row rows[] = {
	/* by content */
	{ SHA256, DENIED(KNOWN), REPLAY_SAME, NULL, 0, 0, 0 },
	{ SHA256 "mode: audit\n", DENIED(KNOWN), REPLAY_DIFFERS,
	  "would be audited by order o (sha256)", 0, 0, 0 },
	{ SHA256, AUDITED(KNOWN), REPLAY_DIFFERS, "would be denied by order o (sha256)", 0, 0, 0 },
	{ SHA256, AUDITED(KNOWN), REPLAY_SAME, NULL, POLICY_MODE_AUDIT, 0, 0 },
	{ SHA256 "operations: [open]\n", DENIED(KNOWN), REPLAY_DIFFERS, "would be allowed", 0, 0,
	  0 },
	{ SHA256 "devices: [x]\n", DENIED(KNOWN), REPLAY_SAME, NULL, 0, 0, 0 },
	{ SHA256 "devices: [y]\n", DENIED(KNOWN), REPLAY_DIFFERS, "would be allowed", 0, 0, 0 },
	{ SHA256, EVENT("denied", "exec", "\"p\"", "\"sha256\"", KNOWN), REPLAY_DIFFERS,
	  "would be denied by order o (sha256)", 0, 0, 0 },
	{ SHA256, EVENT("denied", "open", BY_O, "\"publisher\"", KNOWN), REPLAY_SAME, NULL, 0, 0,
	  0 },
	{ "match:\n  - {sha256: " HASH ", size: 5}\n", DENIED(KNOWN), REPLAY_SAME, NULL, 0, 0, 0 },
	/* times: as of the event */
	{ SHA256 "expires: 2023-11-14T22:13:20Z\n", DENIED(KNOWN), REPLAY_DIFFERS,
	  "would be allowed", 0, 0, 0 },
	{ SHA256 "expires: 2023-11-14T22:13:21Z\n", DENIED(KNOWN), REPLAY_SAME, NULL, 0, 0, 0 },
	{ SHA256 "effective: 2023-11-14T22:13:20Z\n", DENIED(KNOWN), REPLAY_SAME, NULL, 0, 0, 0 },
	{ SHA256 "effective: 2023-11-14T22:13:21Z\n", DENIED(KNOWN), REPLAY_DIFFERS,
	  "would be allowed", 0, 0, 0 },
	{ SHA256 "exempt:\n  - {devices: [x], until: 2023-11-14T22:13:21Z, reason: r}\n",
	  DENIED(KNOWN), REPLAY_DIFFERS, "would be allowed", 0, 0, 0 },
	/* by other identifiers */
	{ BUILD_ID, DENIED(KNOWN), REPLAY_SAME, NULL, 0, 0, 0 },
	{ SIGNED, DENIED(CLAIM("publisher", "\"VENDOR GmbH\"")), REPLAY_SAME, NULL, 0, 0, 0 },
	{ SIGNED, DENIED(CLAIM("publisher", "\"Other\"")), REPLAY_DIFFERS, "would be allowed", 0, 0,
	  0 },
	{ "match:\n  - publisher: a\\b\n", DENIED(CLAIM("publisher", "\"a\\\\\\\\b\"")),
	  REPLAY_SAME, NULL, 0, 0, 0 },
	{ "match:\n  - key: ima:" ID "\n", DENIED(CLAIM("key", "\"ima:" ID "\"")), REPLAY_SAME,
	  NULL, 0, 0, 0 },
	{ "match:\n  - key: skid:" ID "\n", DENIED(CLAIM("key", "\"ima:" ID "\"")), REPLAY_DIFFERS,
	  "would be allowed", 0, 0, 0 },
	{ "match:\n  - certificate: is:" HASH "\n", DENIED(CLAIM("certificate", "\"is:" HASH "\"")),
	  REPLAY_SAME, NULL, 0, 0, 0 },
	{ VERITY, DENIED(CLAIM("fsverity", "\"sha256:" HASH "\"")), REPLAY_SAME, NULL, 0, 0, 0 },
	{ "match:\n  - fsverity: sha512:" HASH HASH "\n",
	  DENIED(CLAIM("fsverity", "\"sha512:" HASH HASH "\"")), REPLAY_SAME, NULL, 0, 0, 0 },
	/* what the event does not tell */
	{ BUILD_ID, DENIED(HASHED), REPLAY_LACKING, "build-id", 0, 0, 0 },
	{ SHA256, DENIED(NOTED), REPLAY_LACKING, "sha256", 0, 0, 0 },
	{ "match:\n  - {sha256: " HASH ", size: 5}\n", DENIED(NOTED), REPLAY_DIFFERS,
	  "would be allowed", 0, 0, 0 },
	{ UNSIZED, DENIED(NOTED), REPLAY_LACKING, "sha256", 0, 0, 0 },
	{ UNSIZED "  - build-id: " ID "\n", DENIED(NOTED), REPLAY_SAME, NULL, 0, 0, 0 },
	{ UNSIZED "  - build-id: " ID "\nmode: audit\n", DENIED(NOTED), REPLAY_LACKING, "sha256", 0,
	  0, 0 },
	{ SIGNED "  - build-id: aabbccde\n", DENIED(HASHED), REPLAY_LACKING, "build-id signers", 0,
	  0, 0 },
	{ SIGNED, DENIED(CLAIM("publisher", "null")), REPLAY_LACKING, "signers", 0, 0, 0 },
	{ SIGNED, DENIED(CLAIM("fsverity", "\"sha256:" HASH "\"")), REPLAY_LACKING, "signers", 0, 0,
	  0 },
	{ VERITY, DENIED(CLAIM("publisher", "\"Vendor\"")), REPLAY_LACKING, "fsverity", 0, 0, 0 },
	{ "match:\n  - package: {type: deb, name: x}\n",
	  EVENT("denied", "exec", BY_O, "\"package\"", KNOWN), REPLAY_LACKING, "packages", 0, 0,
	  0 },
	{ SHA256, EVENT("denied", "exec", BY_O, "\"package\"", KNOWN), REPLAY_SAME, NULL, 0, 0, 0 },
	{ SHA256 "mode: off\n", DENIED(KNOWN), REPLAY_LACKING, "filesystem", 0, 0, 1 },
	{ SHA256, DENIED(KNOWN), REPLAY_SAME, NULL, 0, 0, 1 },
	{ SHA256 "mode: off\n", EVENT("denied", "open", BY_O, "\"sha256\"", KNOWN), REPLAY_DIFFERS,
	  "would be allowed", 0, 0, 1 },
	{ SHA256,
	  "{\"v\":1,\"time\":null,\"event\":\"denied\",\"op\":\"exec\",\"order\":\"o\",\"rule\":"
	  "\"sha256\",\"file\":{\"size\":4," KNOWN "}}",
	  REPLAY_LACKING, "time", 0, 0, 0 },
	/* by the header */
	{ SHA256, BY_HEADER("unidentified", NOTED), REPLAY_DIFFERS, "would be allowed", 0, 0, 0 },
	{ SHA256, BY_HEADER("unidentified", NOTED), REPLAY_SAME, NULL, 0, 1, 0 },
	{ SHA256, BY_HEADER("unidentified", NOTED), REPLAY_DIFFERS,
	  "would be audited by the policy (unidentified)", POLICY_MODE_AUDIT, 1, 0 },
	{ BUILD_ID, BY_HEADER("unidentified", NOTED), REPLAY_DIFFERS,
	  "would be denied by order o (build-id)", 0, 1, 0 },
	{ BUILD_ID "mode: off\n", BY_HEADER("unidentified", NOTED), REPLAY_DIFFERS,
	  "would be allowed", 0, 1, 0 },
	{ SHA256, BY_HEADER("untrusted-fs", HASHED), REPLAY_DIFFERS,
	  "would be denied by order o (sha256)", 0, 0, 1 },
	{ VERITY, BY_HEADER("untrusted-fs", HASHED), REPLAY_SAME, NULL, 0, 0, 1 },
	{ VERITY "mode: off\n", BY_HEADER("untrusted-fs", HASHED), REPLAY_DIFFERS,
	  "would be allowed", 0, 0, 0 },
	/* what was let through, as it could not be identified */
	{ SHA256, UNIDENTIFIED(NOTED), REPLAY_SAME, NULL, 0, 0, 0 },
	{ SHA256, UNIDENTIFIED(NOTED), REPLAY_DIFFERS,
	  "would be denied by the policy (unidentified)", 0, 1, 0 },
	{ BUILD_ID, UNIDENTIFIED(NOTED), REPLAY_DIFFERS, "would be denied by order o (build-id)", 0,
	  0, 0 },
	/* other events */
	{ SHA256, "{\"v\":1,\"event\":\"start\",\"version\":\"0.1\"}", REPLAY_OTHER, NULL, 0, 0,
	  0 },
	{ SHA256, "{\"v\":1,\"event\":\"checkpoint\"}", REPLAY_OTHER, NULL, 0, 0, 0 },
	/* no events */
	{ SHA256, "", REPLAY_WRONG, "not JSON: '[' or '{' expected near end of file", 0, 0, 0 },
	{ SHA256, "{\"v\":1,", REPLAY_WRONG, "not JSON: string or '}' expected near end of file", 0,
	  0, 0 },
	{ SHA256, "{\"v\":1,\"v\":1}", REPLAY_WRONG, "not JSON: duplicate object key near '\"v\"'",
	  0, 0, 0 },
	{ SHA256, "[1]", REPLAY_WRONG, "is no object", 0, 0, 0 },
	{ SHA256, "{}", REPLAY_WRONG, "v: this version reads events of format 1", 0, 0, 0 },
	{ SHA256, "{\"v\":2,\"event\":\"denied\"}", REPLAY_WRONG,
	  "v: this version reads events of format 1", 0, 0, 0 },
	{ SHA256, "{\"v\":1}", REPLAY_WRONG, "event: is missing", 0, 0, 0 },
	{ SHA256, "{\"v\":1,\"event\":7}", REPLAY_WRONG, "event: is no text", 0, 0, 0 },
	{ SHA256, "{\"v\":1,\"event\":\"denied\"}", REPLAY_WRONG, "file: is missing", 0, 0, 0 },
	{ SHA256, EVENT("denied", "write", BY_O, "\"sha256\"", KNOWN), REPLAY_WRONG,
	  "op: is no operation", 0, 0, 0 },
	{ SHA256, EVENT("denied", "exec", "[1]", "\"sha256\"", KNOWN), REPLAY_WRONG,
	  "order: is no text", 0, 0, 0 },
	{ SHA256, EVENT("denied", "exec", "null", "\"sha256\"", KNOWN), REPLAY_WRONG,
	  "order: is missing", 0, 0, 0 },
	{ SHA256, EVENT("denied", "exec", BY_O, "null", KNOWN), REPLAY_WRONG, "rule: is missing", 0,
	  0, 0 },
	{ SHA256, DENIED("\"sha256\":\"" ID "\""), REPLAY_WRONG, "file.sha256: has 4 bytes", 0, 0,
	  0 },
	{ SHA256, DENIED("\"sha256\":\"" HASH "00\""), REPLAY_WRONG,
	  "file.sha256: is not hex of at most 32 bytes", 0, 0, 0 },
	{ SHA256, DENIED("\"build_id\":\"xy\""), REPLAY_WRONG,
	  "file.build_id: is not hex of at most 32 bytes", 0, 0, 0 },
	{ SHA256, DENIED("\"claims\":{}"), REPLAY_WRONG, "file.claims: is no array", 0, 0, 0 },
	{ SHA256, DENIED("\"claims\":[7]"), REPLAY_WRONG, "file.claims: \"\" is no kind of claim",
	  0, 0, 0 },
	{ SHA256, DENIED(CLAIM("sha256", "\"" HASH "\"")), REPLAY_WRONG,
	  "file.claims: \"sha256\" is no kind of claim", 0, 0, 0 },
	{ SHA256, DENIED(CLAIM("package", "\"x\"")), REPLAY_WRONG,
	  "file.claims: \"package\" is no kind of claim", 0, 0, 0 },
	{ SHA256, DENIED(CLAIM("key", "\"ima:aa\"")), REPLAY_WRONG,
	  "file.claims: key: has 2 hex digits; 8 are needed", 0, 0, 0 },
	{ SHA256, DENIED(CLAIM("publisher", "\"a\\\\b\"")), REPLAY_WRONG,
	  "file.claims: a backslash begins no escape", 0, 0, 0 },
	{ SHA256,
	  "{\"v\":1,\"event\":\"denied\",\"op\":\"exec\",\"order\":\"o\",\"rule\":\"sha256\","
	  "\"time\":\"yesterday, or the day before\",\"file\":{\"size\":4}}",
	  REPLAY_WRONG, "time: is no time", 0, 0, 0 },
	{ SHA256,
	  "{\"v\":1,\"event\":\"denied\",\"op\":\"exec\",\"order\":\"o\",\"rule\":\"sha256\","
	  "\"time\":\"2023-11-14T22:13:20Z\",\"file\":{\"size\":-4}}",
	  REPLAY_WRONG, "file.size: is no number of bytes", 0, 0, 0 },
};

static const char *const labels[] = { "x" };

static struct policy *policy_of(const char *order, enum policy_mode mode)
{
	struct policy *policy;
	char text[1024];

	snprintf(text, sizeof(text), ORDER_HEAD "%s", order);
	policy = order_parsed(text);
	policy->mode = mode ? mode : POLICY_MODE_ENFORCE;
	policy->name = "p";
	return policy;
}

static struct replay *replay_of(const struct policy *policy)
{
	const struct replay_context context = { .policy = policy, .labels = labels, .n_labels = 1 };
	struct replay *replay;

	assert_int_equal(replay_open(&context, &replay), 0);
	return replay;
}

static void check_said(const struct row *row, const struct replay_judgement *j,
		       const struct replay *replay)
{
	static const char *const lacks[] = { "sha256",	   "build-id", "fsverity", "signers",
					     "filesystem", "time",     "packages" };
	char said[128] = "";
	char *text;
	size_t i;

	switch (j->result) {
	case REPLAY_DIFFERS:
		text = replay_describe(&j->decision);
		assert_string_equal(text, row->said);
		free(text);
		break;
	case REPLAY_LACKING:
		for (i = 0; i < REPLAY_LACK_COUNT; i++) {
			bool is_lacking = j->lacking >> i & 1;

			assert_int_equal(replay_totals(replay)->lacking[i], is_lacking);
			if (is_lacking)
				snprintf(said + strlen(said), sizeof(said) - strlen(said), "%s%s",
					 *said ? " " : "", lacks[i]);
		}
		assert_string_equal(said, row->said);
		break;
	case REPLAY_WRONG:
		assert_string_equal(j->why, row->said);
		break;
	default:
		break;
	}
}

static void test_rows(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct policy *policy = policy_of(rows[i].policy, rows[i].mode);
		struct replay_judgement j;
		struct replay *replay;

		print_message("row %zu\n%s%s\n", i, rows[i].policy, rows[i].event);
		policy->unidentified_deny = rows[i].unidentified_deny;
		policy->untrusted_fs_deny = rows[i].untrusted_fs_deny;
		replay = replay_of(policy);
		assert_int_equal(replay_line(replay, rows[i].event, strlen(rows[i].event), &j), 0);
		assert_int_equal(j.result, rows[i].result);
		assert_int_equal(replay_totals(replay)->results[rows[i].result], 1);
		check_said(&rows[i], &j, replay);
		replay_close(replay);
		policy_free(policy);
	}
}

/* Of two orders that match the one that was reported is still there: no difference. */
static void test_also(void **state)
{
	static const char event[] = EVENT("denied", "exec", "\"second\"", "\"build-id\"", KNOWN);
	struct policy *policy;
	struct policy_errors errs = { 0 };
	struct replay_judgement j;
	struct replay *replay;

	(void)state;
	tempdir_write("policy.yaml", "interdict: 1\npolicy: p\nserial: 1\nmode: enforce\n");
	tempdir_write("orders/a.yaml", "interdict: 1\norder: first\ntitle: t\nauthority: a\n"
				       "reference: r\nreason: w\n" SHA256);
	tempdir_write("orders/b.yaml", "interdict: 1\norder: second\ntitle: t\nauthority: a\n"
				       "reference: r\nreason: w\n" BUILD_ID);
	assert_int_equal(policy_load_dir(tempdir, 0, &policy, &errs), 0);
	replay = replay_of(policy);
	assert_int_equal(replay_line(replay, event, strlen(event), &j), 0);
	assert_int_equal(j.result, REPLAY_SAME);
	assert_string_equal(j.decision.order, "first");
	assert_string_equal(j.decision.also[0], "second");
	replay_close(replay);
	policy_free(policy);
}

/* Times to and fro, over more dates than compiled policies are kept. */
static void test_times(void **state)
{
	static const struct {
		const char *time;
		enum replay_result result;
	} times[] = {
		{ "2021-06-01", REPLAY_DIFFERS }, { "2022-06-01", REPLAY_SAME },
		{ "2023-06-01", REPLAY_SAME },	  { "2024-06-01", REPLAY_SAME },
		{ "2025-06-01", REPLAY_DIFFERS }, { "2022-06-01", REPLAY_SAME },
		{ "2025-06-01", REPLAY_DIFFERS }, { "2021-06-01", REPLAY_DIFFERS },
		{ "2024-12-31", REPLAY_SAME },	  { "2025-01-01", REPLAY_DIFFERS },
	};
	struct policy *policy = policy_of(SHA256 "effective: 2022-01-01T00:00:00Z\n"
						 "expires: 2025-01-01T00:00:00Z\nexempt:\n"
						 "  - devices: [x]\n"
						 "    until: 2022-01-01T00:00:00Z\n    reason: r\n",
					  0);
	struct replay *replay;
	char text[512];
	size_t i;

	(void)state;
	replay = replay_of(policy);
	for (i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		struct replay_judgement j;
		snprintf(
			text, sizeof(text),
			"{\"v\":1,\"time\":\"%sT00:00:00.0Z\",\"event\":\"denied\",\"op\":\"exec\","
			"\"order\":\"o\",\"rule\":\"sha256\",\"file\":{\"size\":4,\"sha256\":\"" HASH
			"\"}}",
			times[i].time);
		assert_int_equal(replay_line(replay, text, strlen(text), &j), 0);
		assert_int_equal(j.result, times[i].result);
	}
	assert_int_equal(replay_totals(replay)->lines, i);
	replay_close(replay);
	policy_free(policy);
}

/* What the daemon writes of a signed file, judged by each identifier of its signer. */
static void test_written(void **state)
{
	static struct interdict_event event;
	struct event_origin origin = { .cgroup_fd = -1 };
	struct signer signer = signer_new("Vendor \\ \xc3\x84");
	char orders[3][256];
	char hex[65];
	char *line;
	json_t *json;
	struct stat st;
	size_t i;
	int fd;

	(void)state;
	tempdir_write("file", "content\n");
	signed_append(&signer, tempdir_path("file"), "content\n");
	fd = open(tempdir_path("file"), O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0 && !fstat(fd, &st));
	assert_int_equal(claims_fd(fd, (__u64)st.st_size, INTERDICT_ID_CLAIMS, &event.file.claims),
			 0);
	close(fd);
	event.kind = INTERDICT_EVENT_DENIED;
	event.rule = INTERDICT_KIND_PUBLISHER;
	strcpy(event.order, "o");
	strcpy(event.policy.name, "p");
	event.file.path_len = 3;
	strcpy(event.file.path, "/f");
	event.file.ids.size = (__u64)st.st_size;
	json = event_from_kernel(&origin, &event, sizeof(event));
	assert_non_null(json);
	line = json_dumps(json, JSON_COMPACT);
	snprintf(orders[0], sizeof(orders[0]), "match:\n  - publisher: 'vendor  \\ \xc3\xa4'\n");
	signer_der(&signer, hex);
	snprintf(orders[1], sizeof(orders[1]), "match:\n  - certificate: %s\n", hex);
	signer_spki(&signer, hex);
	snprintf(orders[2], sizeof(orders[2]), "match:\n  - key: spki:%s\n", hex);
	for (i = 0; i < 3; i++) {
		struct policy *policy = policy_of(orders[i], 0);
		struct replay *replay = replay_of(policy);
		struct replay_judgement j;

		assert_int_equal(replay_line(replay, line, strlen(line), &j), 0);
		assert_int_equal(j.result, REPLAY_SAME);
		replay_close(replay);
		policy_free(policy);
	}
	free(line);
	json_decref(json);
	signer_free(&signer);
}

/* ---- lines ---- */

struct seen {
	uint64_t lines, too_long;
	size_t longest;
	char last[64];
	int stop_at;
};

static int see(void *context, uint64_t number, const char *line, size_t len)
{
	struct seen *seen = context;

	assert_int_equal(number, ++seen->lines);
	seen->too_long += !line;
	seen->longest = len > seen->longest ? len : seen->longest;
	snprintf(seen->last, sizeof(seen->last), "%.*s", line ? (int)(len < 60 ? len : 60) : 0,
		 line ? line : "");
	return seen->stop_at && seen->lines == (uint64_t)seen->stop_at ? -ECANCELED : 0;
}

static int read_text(const void *text, size_t len, struct seen *seen)
{
	int fd;
	int ret;

	spill("lines", text, len);
	fd = open(tempdir_path("lines"), O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	ret = replay_read(fd, see, seen);
	close(fd);
	return ret;
}

static void test_lines(void **state)
{
	const size_t room = 5U << 20;
	char *text = malloc(room);
	struct seen seen = { 0 };

	(void)state;
	assert_int_equal(read_text("", 0, &seen), 0);
	assert_int_equal(seen.lines, 0);
	assert_int_equal(read_text("a\n\nb", 4, &seen), 0);
	assert_int_equal(seen.lines, 3);
	assert_string_equal(seen.last, "b");
	seen = (struct seen){ .stop_at = 2 };
	assert_int_equal(read_text("a\nb\nc\n", 6, &seen), -ECANCELED);
	assert_int_equal(seen.lines, 2);
	/* As long as allowed, one byte more, longer than what is read at once, and then a short
	 * one. */
	memset(text, 'x', room);
	text[RECORD_LINE_MAX] = '\n';
	text[2 * RECORD_LINE_MAX + 2] = '\n';
	text[4U << 20] = '\n';
	memcpy(text + (4U << 20) + 1, "end\n", 4);
	seen = (struct seen){ 0 };
	assert_int_equal(read_text(text, (4U << 20) + 5, &seen), 0);
	assert_int_equal(seen.lines, 4);
	assert_int_equal(seen.too_long, 2);
	assert_int_equal(seen.longest, RECORD_LINE_MAX);
	assert_string_equal(seen.last, "end");
	/* A long one without an end. */
	seen = (struct seen){ 0 };
	assert_int_equal(read_text(text + (4U << 20) + 5, 200000, &seen), 0);
	assert_int_equal(seen.lines, 1);
	assert_int_equal(seen.too_long, 1);
	seen = (struct seen){ 0 };
	assert_int_equal(replay_read(-1, see, &seen), -EBADF);
	free(text);
}

/* ---- the command ---- */

struct command {
	const char *arguments;
	int status;
	const char *out; /* whole, or NULL: any */
	const char *err; /* a part, or NULL: nothing */
};

#define TOTALS_OF(lines, decisions, other, wrong)                                                 \
	"lines: " lines "; decisions: " decisions ", other events: " other ", not events: " wrong \
	"\n"
#define LACKING "not judged, as the event does not tell what the policy asks for: "

static const struct command commands[] = {
	{ "replay", 2, "", "a policy and a file of events are needed" },
	{ "replay policy", 2, "", "a policy and a file of events are needed" },
	{ "replay policy events events", 2, "",
	  "a policy and one file of events, not also \"events\"" },
	{ "replay --at noon policy events", 2, "",
	  "--at is event, now or a time: \"noon\": a time is" },
	{ "replay absent events", 1, "", "absent: error: the policy's directory cannot be read" },
	{ "replay policy absent", 1, "", "interdict replay: absent: No such file or directory" },
	{ "replay policy policy", 1, NULL, "interdict replay: policy: Is a directory" },
	{ "replay --config policy/policy.yaml policy events", 1, "",
	  "policy/policy.yaml:1:1: error" },
	{ "replay policy none", 0,
	  TOTALS_OF("0", "0", "0", "0") "judged: 0; the same: 0, differ: 0\n" LACKING "0\n", NULL },
	{ "replay policy wrong", 1, NULL, "interdict replay: wrong: no line of it is an event" },
	{ "replay policy events", 0,
	  "events:2: 2023-11-14 22:13:20Z denied exec /x by order p (sha256); program uid 0 auid "
	  "0: would be denied by order o (sha256)\n" TOTALS_OF(
		  "6", "3", "1", "2") "judged: 2; the same: 1, differ: 1 (denied 1)\n" LACKING
				      "1 (sha256 1)\n",
	  "events:4:2: warning: not JSON: '[' or '{' expected near 'no'\n"
	  "events:6:1: warning: is longer than 65536 bytes\n" },
	{ "replay policy - <events | tail -n 1", 0, LACKING "1 (sha256 1)\n",
	  "-:4:2: warning: not JSON" },
	{ "replay --at 2020-01-01T00:00:00Z policy events 2>/dev/null | tail -n 2", 0,
	  "judged: 3; the same: 0, differ: 3 (allowed 3)\n" LACKING "0\n", NULL },
	{ "replay --at now policy events 2>/dev/null | tail -n 2 | head -n 1", 0,
	  "judged: 2; the same: 1, differ: 1 (denied 1)\n", NULL },
	{ "replay --label moon policy events 2>/dev/null | tail -n 2 | head -n 1", 0,
	  "judged: 3; the same: 0, differ: 3 (allowed 3)\n", NULL },
	{ "replay --label moon --label x policy events 2>/dev/null | tail -n 2 | head -n 1", 0,
	  "judged: 2; the same: 1, differ: 1 (denied 1)\n", NULL },
	{ "replay --json policy events | jq -c .totals", 0,
	  "{\"lines\":6,\"wrong\":2,\"other\":1,\"decisions\":3,\"judged\":2,\"same\":1,\"differ\":1,"
	  "\"becomes\":{\"allowed\":0,\"audited\":0,\"denied\":1},\"not_judged\":1,\"lacking\":{"
	  "\"sha256\":1,\"build-id\":0,\"fsverity\":0,\"signers\":0,\"filesystem\":0,\"time\":0,\"packages\":0}}\n",
	  NULL },
	{ "replay --json policy events | jq -c '[.policy.name, .at, .decisions, .problems[0]]'", 0,
	  "[\"p\",\"event\",[{\"line\":2,\"seq\":7,\"host\":null,\"time\":"
	  "\"2023-11-14T22:13:20.123456789Z\",\"op\":\"exec\",\"path\":\"/x\",\"recorded\":{"
	  "\"verdict\":\"deny\",\"order\":\"p\",\"rule\":\"sha256\"},\"replayed\":{\"verdict\":"
	  "\"deny\",\"order\":\"o\",\"rule\":\"sha256\",\"also\":[]}}],{\"line\":4,\"col\":2,\"text\":"
	  "\"not JSON: '[' or '{' expected near 'no'\"}]\n",
	  NULL },
	{ "replay --json --label moon policy events | jq -c '[.decisions[].replayed.verdict]'", 0,
	  "[\"allow\",\"allow\",\"allow\"]\n", NULL },
	{ "replay --json policy none | jq -c '[.decisions, .problems]'", 0, "[[],[]]\n", NULL },
	{ "replay --json policy wrong", 1, NULL, "no line of it is an event" },
	{ "replay policy events >/dev/full 2>/dev/null", 1, "", NULL },
};

static void make_files(void)
{
	FILE *f;
	int i;

	tempdir_write("policy/policy.yaml", "interdict: 1\npolicy: p\nserial: 1\nmode: enforce\n");
	tempdir_write("policy/orders/o.yaml",
		      ORDER_HEAD SHA256 "effective: 2023-01-01T00:00:00Z\ndevices: [x]\n");
	tempdir_write("none", "");
	tempdir_write("wrong", "x\n\n");
	f = fopen(tempdir_path("events"), "w");
	assert_non_null(f);
	fprintf(f, "%s\n%s\n{\"v\":1,\"event\":\"start\"}\nno\n%s\n", DENIED(KNOWN),
		EVENT("denied", "exec", "\"p\"", "\"sha256\"", KNOWN), DENIED(NOTED));
	for (i = 0; i < 70000; i++)
		fputc('y', f);
	assert_int_equal(fclose(f), 0);
	tempdir_write("interdict.yaml", "labels: [x]\n");
}

static void test_commands(void **state)
{
	const char *program = getenv("INTERDICT");
	char command[1024];
	char out[8192];
	char err[8192];
	size_t i;
	int status;

	(void)state;
	assert_non_null(program);
	make_files();
	assert_int_equal(symlink(program, tempdir_path("interdict")), 0);
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		const char *arguments = commands[i].arguments + strlen("replay");
		const char *config = strstr(arguments, "--config") ? "" : "--config interdict.yaml";

		snprintf(command, sizeof(command), "cd %s && (./interdict replay %s%s) >out 2>err",
			 tempdir, config, arguments);
		status = system(command); /* NOLINT(cert-env33-c): a command line is the test */
		print_message("interdict %s: %d\n", commands[i].arguments, WEXITSTATUS(status));
		out[slurp("out", out, sizeof(out) - 1)] = '\0';
		err[slurp("err", err, sizeof(err) - 1)] = '\0';
		assert_int_equal(WEXITSTATUS(status), commands[i].status);
		if (commands[i].err)
			assert_non_null(strstr(err, commands[i].err));
		else
			assert_string_equal(err, "");
		if (commands[i].out)
			assert_string_equal(out, commands[i].out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test_setup_teardown(test_also, tempdir_setup, tempdir_teardown),
		cmocka_unit_test(test_times),
		cmocka_unit_test_setup_teardown(test_written, tempdir_setup, tempdir_teardown),
		cmocka_unit_test_setup_teardown(test_lines, tempdir_setup, tempdir_teardown),
		cmocka_unit_test_setup_teardown(test_commands, tempdir_setup, tempdir_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
