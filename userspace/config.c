// SPDX-License-Identifier: GPL-2.0-or-later
/* The configuration: labels of this device, where the policy is, where events go. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "config.h"
#include "keys/private_key.h"
#include "policy/policy_parse.h"
#include "read_file.h"

/* A dozen lines; what is larger is another file. */
#define CONFIG_BYTES_MAX 65536U
/* A record is rotated no more often than every few lines. */
#define CONFIG_ROTATE_SIZE_MIN (1U << 20)

static void labels_key(struct policy_parser *p, const struct policy_key *key,
		       const struct yaml_tree *value, void *out)
{
	struct config *config = out;

	policy_parse_ids(p, key, value, &config->labels, NULL, &config->n_labels);
}

static void path_key(struct policy_parser *p, const struct policy_key *key,
		     const struct yaml_tree *value, void *out)
{
	if (value->text[0] != '/')
		policy_wrong(p, value, "%s: \"%.64s\" is not an absolute path", key->name,
			     value->text);
	else
		policy_key_string(p, key, value, out);
}

static void socket_key(struct policy_parser *p, const struct policy_key *key,
		       const struct yaml_tree *value, void *out)
{
	const size_t max = sizeof(((struct sockaddr_un *)0)->sun_path) - 1;

	if (value->len > max)
		policy_wrong(p, value, "%s: has %zu bytes; a socket's path has at most %zu",
			     key->name, value->len, max);
	else
		path_key(p, key, value, out);
}

static void key_key(struct policy_parser *p, const struct policy_key *key,
		    const struct yaml_tree *value, void *out)
{
	if (private_key_is_pkcs11(value->text))
		policy_key_string(p, key, value, out);
	else
		path_key(p, key, value, out);
}

static void duration_key(struct policy_parser *p, const struct policy_key *key,
			 const struct yaml_tree *value, void *out)
{
	uint32_t *seconds = (uint32_t *)((char *)out + key->offset);
	const char *why = "is no time";

	if (policy_parse_duration(value->text, seconds, &why) || !*seconds)
		policy_wrong(p, value, "%s: \"%.64s\": %s", key->name, value->text, why);
}

static void number_key(struct policy_parser *p, const struct policy_key *key,
		       const struct yaml_tree *value, void *out)
{
	policy_parse_number(p, key, value, 1, (uint64_t *)((char *)out + key->offset));
}

/* Bytes: a number, with K, M or G behind it for a power of 1024. */
static void size_key(struct policy_parser *p, const struct policy_key *key,
		     const struct yaml_tree *value, void *out)
{
	static const char units[] = "KMG";
	size_t digits = strspn(value->text, "0123456789");
	const char *unit = value->text[digits] ? strchr(units, value->text[digits]) : NULL;
	uint64_t *size = (uint64_t *)((char *)out + key->offset);

	/* So few digits that no unit takes it out of 64 bits. */
	if (!digits || digits > 9 || strlen(value->text) != digits + !!unit) {
		policy_wrong(p, value, "%s: a size is a number and a unit, like 64M (K, M, G)",
			     key->name);
		return;
	}
	*size = strtoull(value->text, NULL, 10);
	if (unit)
		*size <<= 10 * (unit - units + 1);
	if (*size < CONFIG_ROTATE_SIZE_MIN)
		policy_wrong(p, value, "%s: is less than %u bytes", key->name,
			     CONFIG_ROTATE_SIZE_MIN);
}

static const struct policy_key checkpoint_keys[] = {
	{ "events", YAML_TREE_TEXT, false, number_key, offsetof(struct config, checkpoint_events) },
	{ "every", YAML_TREE_TEXT, false, duration_key, offsetof(struct config, checkpoint_every) },
};

static void checkpoint_key(struct policy_parser *p, const struct policy_key *key,
			   const struct yaml_tree *value, void *out)
{
	policy_parse_mapping(p, value, key->name, checkpoint_keys,
			     sizeof(checkpoint_keys) / sizeof(checkpoint_keys[0]), out);
}

static const struct policy_key burst_keys[] = {
	{ "events", YAML_TREE_TEXT, false, number_key, offsetof(struct config, burst_events) },
	{ "within", YAML_TREE_TEXT, false, duration_key, offsetof(struct config, burst_within) },
};

static void burst_key(struct policy_parser *p, const struct policy_key *key,
		      const struct yaml_tree *value, void *out)
{
	policy_parse_mapping(p, value, key->name, burst_keys,
			     sizeof(burst_keys) / sizeof(burst_keys[0]), out);
}

static const struct policy_key rotate_keys[] = {
	{ "size", YAML_TREE_TEXT, false, size_key, offsetof(struct config, rotate_size) },
	{ "age", YAML_TREE_TEXT, false, duration_key, offsetof(struct config, rotate_age) },
	{ "keep", YAML_TREE_TEXT, false, number_key, offsetof(struct config, rotate_keep) },
};

static void rotate_key(struct policy_parser *p, const struct policy_key *key,
		       const struct yaml_tree *value, void *out)
{
	policy_parse_mapping(p, value, key->name, rotate_keys,
			     sizeof(rotate_keys) / sizeof(rotate_keys[0]), out);
}

static const struct policy_key log_keys[] = {
	{ "file", YAML_TREE_TEXT, false, path_key, offsetof(struct config, log_file) },
	{ "key", YAML_TREE_TEXT, false, key_key, offsetof(struct config, log_key) },
	{ "checkpoint", YAML_TREE_MAPPING, false, checkpoint_key, 0 },
	{ "burst", YAML_TREE_MAPPING, false, burst_key, 0 },
	{ "rotate", YAML_TREE_MAPPING, false, rotate_key, 0 },
};

static void log_key(struct policy_parser *p, const struct policy_key *key,
		    const struct yaml_tree *value, void *out)
{
	(void)key;
	policy_parse_mapping(p, value, "log", log_keys, sizeof(log_keys) / sizeof(log_keys[0]),
			     out);
}

static const struct policy_key metrics_keys[] = {
	{ "file", YAML_TREE_TEXT, false, path_key, offsetof(struct config, metrics_file) },
	{ "socket", YAML_TREE_TEXT, false, socket_key, offsetof(struct config, metrics_socket) },
};

static void metrics_key(struct policy_parser *p, const struct policy_key *key,
			const struct yaml_tree *value, void *out)
{
	policy_parse_mapping(p, value, key->name, metrics_keys,
			     sizeof(metrics_keys) / sizeof(metrics_keys[0]), out);
}

static void yes_no_key(struct policy_parser *p, const struct policy_key *key,
		       const struct yaml_tree *value, void *out)
{
	static const char *const words[] = { "no", "yes" };
	int word = policy_parse_word(p, key, value, words, 2);

	if (word >= 0)
		*(bool *)((char *)out + key->offset) = word;
}

static const struct policy_key notify_keys[] = {
	{ "terminal", YAML_TREE_TEXT, false, yes_no_key, offsetof(struct config, notify_terminal) },
	{ "desktop", YAML_TREE_TEXT, false, yes_no_key, offsetof(struct config, notify_desktop) },
};

static void notify_key(struct policy_parser *p, const struct policy_key *key,
		       const struct yaml_tree *value, void *out)
{
	policy_parse_mapping(p, value, key->name, notify_keys,
			     sizeof(notify_keys) / sizeof(notify_keys[0]), out);
}

static void arguments_key(struct policy_parser *p, const struct policy_key *key,
			  const struct yaml_tree *value, void *out)
{
	int word = policy_parse_word(p, key, value, arguments_mode_names, ARGUMENTS_COUNT);

	if (word >= 0)
		((struct config *)out)->arguments = (enum arguments_mode)word;
}

static const struct policy_key events_keys[] = {
	{ "arguments", YAML_TREE_TEXT, false, arguments_key, 0 },
};

static void events_key(struct policy_parser *p, const struct policy_key *key,
		       const struct yaml_tree *value, void *out)
{
	policy_parse_mapping(p, value, key->name, events_keys,
			     sizeof(events_keys) / sizeof(events_keys[0]), out);
}

static void outputs_key(struct policy_parser *p, const struct policy_key *key,
			const struct yaml_tree *value, void *out)
{
	struct config *config = out;

	output_config_parse(p, key, value, &config->outputs, &config->n_outputs);
}

static void protect_key(struct policy_parser *p, const struct policy_key *key,
			const struct yaml_tree *value, void *out)
{
	static const char *const words[] = { "no", "auto" };
	int word = policy_parse_word(p, key, value, words, 2);

	if (word >= 0)
		((struct config *)out)->protect = word;
}

static const struct policy_key config_keys[] = {
	{ "labels", YAML_TREE_SEQUENCE, false, labels_key, 0 },
	{ "policy", YAML_TREE_TEXT, false, path_key, offsetof(struct config, policy) },
	{ "trust", YAML_TREE_TEXT, false, path_key, offsetof(struct config, trust) },
	{ "protect", YAML_TREE_TEXT, false, protect_key, 0 },
	{ "socket", YAML_TREE_TEXT, false, socket_key, offsetof(struct config, socket) },
	{ "log", YAML_TREE_MAPPING, false, log_key, 0 },
	{ "metrics", YAML_TREE_MAPPING, false, metrics_key, 0 },
	{ "notify", YAML_TREE_MAPPING, false, notify_key, 0 },
	{ "events", YAML_TREE_MAPPING, false, events_key, 0 },
	{ "outputs", YAML_TREE_SEQUENCE, false, outputs_key, 0 },
};

/* A file of comments alone is a configuration: the shipped one, say. */
static bool is_blank(const char *buf, size_t len)
{
	size_t i = 0;

	while (i < len) {
		const char *feed;

		if (buf[i] == ' ' || buf[i] == '\n') {
			i++;
			continue;
		}
		if (buf[i] != '#')
			return false;
		feed = memchr(buf + i, '\n', len - i);
		i = feed ? (size_t)(feed - buf) : len;
	}
	return true;
}

int config_parse(const char *buf, size_t len, const char *file, struct config *ret,
		 struct policy_errors *errs)
{
	size_t before = errs->count[POLICY_ERROR];
	struct config config = {
		.policy = CONFIG_POLICY,
		.trust = CONFIG_TRUST,
		.protect = true,
		.socket = CONFIG_SOCKET,
		.log_file = CONFIG_LOG_FILE,
		.log_key = CONFIG_LOG_KEY,
		.checkpoint_events = CONFIG_CHECKPOINT_EVENTS,
		.checkpoint_every = CONFIG_CHECKPOINT_EVERY,
		.burst_events = CONFIG_BURST_EVENTS,
		.burst_within = CONFIG_BURST_WITHIN,
		.rotate_size = CONFIG_ROTATE_SIZE,
		.notify_terminal = true,
		.notify_desktop = true,
		.arguments = ARGUMENTS_REDACTED,
		.arena = policy_arena_new(),
	};
	struct policy_parser p = { .arena = config.arena, .file = file, .errs = errs };
	struct yaml_tree *root;
	int err = 0;

	if (!config.arena)
		return -ENOMEM;
	if (!is_blank(buf, len)) {
		err = yaml_tree_parse(config.arena, buf, len, file, &root, errs);
		if (!err)
			policy_parse_mapping(&p, root, "the configuration", config_keys,
					     sizeof(config_keys) / sizeof(config_keys[0]), &config);
		/* What is not chained breaks the chain. */
		if (!err &&
		    output_config_has_file(config.outputs, config.n_outputs, config.log_file))
			policy_wrong(&p, root, "outputs: \"%.64s\" is the record itself",
				     config.log_file);
	}
	if (p.no_memory)
		err = -ENOMEM;
	if (!err && errs->count[POLICY_ERROR] > before)
		err = -EBADMSG;
	if (err)
		policy_arena_free(config.arena);
	else
		*ret = config;
	return err;
}

/* ---- labels.d ---- */

struct labels {
	const char **v;
	size_t n;
};

static void add_label(struct policy_parser *p, struct labels *labels, const struct yaml_tree *at)
{
	static const struct policy_key key = { .name = "label" };
	const char *label;

	if (!policy_parse_id(p, &key, at, &label))
		return;
	for (size_t i = 0; i < labels->n; i++)
		if (!strcmp(labels->v[i], label))
			return;
	if (labels->n == POLICY_ELEMENTS_MAX)
		policy_wrong(p, at, "label: a device has at most %u", POLICY_ELEMENTS_MAX);
	else
		labels->v[labels->n++] = label;
}

/* A label a line; blank lines and comments. */
static void read_labels(struct policy_parser *p, struct labels *labels, const char *buf, size_t len)
{
	const char *end = buf + len, *next;
	uint32_t number = 0;

	for (const char *line = buf; line < end; line = next) {
		const char *feed = memchr(line, '\n', (size_t)(end - line));
		struct yaml_tree at = {
			.type = YAML_TREE_TEXT, .plain = true, .line = ++number, .col = 1
		};

		next = feed ? feed + 1 : end;
		at.len = (size_t)((feed ? feed : end) - line);
		if (!at.len || *line == '#')
			continue;
		at.text = policy_arena_text(p->arena, line, at.len);
		if (!at.text) {
			p->no_memory = true;
			return;
		}
		add_label(p, labels, &at);
	}
}

static int is_label_file(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	/* What editors and package managers leave is none. */
	return entry->d_name[0] != '.' && entry->d_name[len - 1] != '~' &&
	       !strchr(entry->d_name, '.');
}

int config_parse_labels(const char *buf, size_t len, const char *file, struct config *config,
			struct policy_errors *errs)
{
	struct policy_parser p = { .arena = config->arena, .errs = errs };
	size_t before = errs->count[POLICY_ERROR];
	struct labels labels = { .n = config->n_labels };

	p.file = policy_arena_text(p.arena, file, strlen(file));
	labels.v = policy_parser_array(&p, POLICY_ELEMENTS_MAX, sizeof(*labels.v));
	if (!p.file || !labels.v)
		return -ENOMEM;
	for (size_t i = 0; i < labels.n; i++)
		labels.v[i] = config->labels[i];
	read_labels(&p, &labels, buf, len);
	if (p.no_memory)
		return -ENOMEM;
	if (errs->count[POLICY_ERROR] > before)
		return -EBADMSG;
	config->labels = labels.v;
	config->n_labels = labels.n;
	return 0;
}

static int read_label_file(const char *path, struct config *config, struct policy_errors *errs)
{
	char *buf = NULL;
	size_t len = 0;
	int err = read_file_at(AT_FDCWD, path, CONFIG_BYTES_MAX, &buf, &len);

	if (!err)
		err = config_parse_labels(buf, len, path, config, errs);
	else if (err != -ENOMEM)
		policy_errors_add(errs, POLICY_ERROR, path, 0, 0, "cannot be read: %s",
				  read_file_reason(err));
	free(buf);
	return err;
}

/* The labels of the files in @dir, after those of the configuration. Of wrong ones, all are told.
 */
static int config_labels(const char *dir, struct config *config, struct policy_errors *errs)
{
	struct dirent **entries;
	char path[PATH_MAX];
	int ret = 0, err, n = scandir(dir, &entries, is_label_file, alphasort);

	if (n < 0 && errno == ENOENT)
		return 0;
	if (n < 0) {
		err = -errno;
		policy_errors_add(errs, POLICY_ERROR, dir, 0, 0, "cannot be listed: %s",
				  strerror(errno));
		return err;
	}
	for (int i = 0; i < n; i++) {
		err = -ENAMETOOLONG;
		if (snprintf(path, sizeof(path), "%s/%s", dir, entries[i]->d_name) <
		    (int)sizeof(path))
			err = read_label_file(path, config, errs);
		if (err && (!ret || ret == -EBADMSG))
			ret = err;
		free(entries[i]);
	}
	free(entries);
	return ret;
}

int config_load(const char *path, struct config *config, struct policy_errors *errs)
{
	const char *slash = strrchr(path, '/');
	char labels[PATH_MAX], *buf = NULL;
	struct config loaded;
	size_t len = 0;
	int ret = read_file_at(AT_FDCWD, path, CONFIG_BYTES_MAX, &buf, &len);

	if (!ret || ret == -ENOENT)
		ret = config_parse(buf ? buf : "", len, path, &loaded, errs);
	else if (ret != -ENOMEM)
		policy_errors_add(errs, POLICY_ERROR, path, 0, 0,
				  "the configuration cannot be read: %s", read_file_reason(ret));
	free(buf);
	if (ret)
		return ret;
	if (snprintf(labels, sizeof(labels), "%.*s" CONFIG_LABELS,
		     slash ? (int)(slash - path + 1) : 0, path) >= (int)sizeof(labels))
		ret = -ENAMETOOLONG;
	else
		ret = config_labels(labels, &loaded, errs);
	if (ret)
		config_free(&loaded);
	else
		*config = loaded;
	return ret;
}

void config_free(struct config *config)
{
	policy_arena_free(config->arena);
	*config = (struct config){ 0 };
}
