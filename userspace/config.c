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
#include "policy/policy_parse.h"
#include "read_file.h"

/* A dozen lines; what is larger is another file. */
#define CONFIG_BYTES_MAX 65536U

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

static const struct policy_key log_keys[] = {
	{ "file", YAML_TREE_TEXT, false, path_key, offsetof(struct config, log_file) },
};

static void log_key(struct policy_parser *p, const struct policy_key *key,
		    const struct yaml_tree *value, void *out)
{
	(void)key;
	policy_parse_mapping(p, value, "log", log_keys, sizeof(log_keys) / sizeof(log_keys[0]),
			     out);
}

static const struct policy_key config_keys[] = {
	{ "labels", YAML_TREE_SEQUENCE, false, labels_key, 0 },
	{ "policy", YAML_TREE_TEXT, false, path_key, offsetof(struct config, policy) },
	{ "trust", YAML_TREE_TEXT, false, path_key, offsetof(struct config, trust) },
	{ "socket", YAML_TREE_TEXT, false, socket_key, offsetof(struct config, socket) },
	{ "log", YAML_TREE_MAPPING, false, log_key, 0 },
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
		.socket = CONFIG_SOCKET,
		.log_file = CONFIG_LOG_FILE,
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

static int read_label_file(struct policy_parser *p, struct labels *labels, const char *path)
{
	char *buf = NULL;
	size_t len = 0;
	int err;

	p->file = policy_arena_text(p->arena, path, strlen(path));
	err = p->file ? read_file_at(AT_FDCWD, path, CONFIG_BYTES_MAX, &buf, &len) : -ENOMEM;
	if (err) {
		if (err != -ENOMEM)
			policy_errors_add(p->errs, POLICY_ERROR, path, 0, 0, "cannot be read: %s",
					  read_file_reason(err));
		return err;
	}
	read_labels(p, labels, buf, len);
	free(buf);
	return 0;
}

/* The labels of the files in @dir, after those of the configuration. */
static int config_labels(const char *dir, struct config *config, struct policy_errors *errs)
{
	struct policy_parser p = { .arena = config->arena, .errs = errs };
	size_t before = errs->count[POLICY_ERROR];
	struct labels labels = { 0 };
	struct dirent **entries;
	char path[PATH_MAX];
	int err = 0, n = scandir(dir, &entries, is_label_file, alphasort);

	if (n < 0 && errno == ENOENT)
		return 0;
	if (n < 0) {
		err = -errno;
		policy_errors_add(errs, POLICY_ERROR, dir, 0, 0, "cannot be listed: %s",
				  strerror(errno));
		return err;
	}
	labels.v = policy_parser_array(&p, POLICY_ELEMENTS_MAX, sizeof(*labels.v));
	for (; labels.v && labels.n < config->n_labels; labels.n++)
		labels.v[labels.n] = config->labels[labels.n];
	for (int i = 0; i < n; i++) {
		if (!labels.v || snprintf(path, sizeof(path), "%s/%s", dir, entries[i]->d_name) >=
					 (int)sizeof(path))
			err = labels.v ? -ENAMETOOLONG : -ENOMEM;
		if (!err)
			err = read_label_file(&p, &labels, path);
		free(entries[i]);
	}
	free(entries);
	if (!err && p.no_memory)
		err = -ENOMEM;
	if (!err && errs->count[POLICY_ERROR] > before)
		err = -EBADMSG;
	if (!err) {
		config->labels = labels.v;
		config->n_labels = labels.n;
	}
	return err;
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
