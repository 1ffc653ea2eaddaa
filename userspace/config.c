// SPDX-License-Identifier: GPL-2.0-or-later
/* The configuration: labels of this device, where the policy is, where events go. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "config.h"
#include "policy_parse.h"

/* A dozen lines; what is larger is another file. */
#define CONFIG_BYTES_MAX 65536U

static void labels_key(struct policy_parser *p, const struct policy_key *key,
		       const struct yaml_tree *value, void *out)
{
	struct config *config = out;

	policy_parse_ids(p, key, value, &config->labels, &config->n_labels);
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

int config_load(const char *path, struct config *config, struct policy_errors *errs)
{
	char *buf = NULL;
	size_t len = 0;
	struct stat st;
	int ret = 0;
	ssize_t n;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 && errno == ENOENT)
		return config_parse("", 0, path, config, errs);
	if (fd < 0 || fstat(fd, &st) < 0)
		ret = -errno;
	else if (!S_ISREG(st.st_mode))
		ret = -EINVAL;
	else if (st.st_size > CONFIG_BYTES_MAX)
		ret = -EFBIG;
	if (!ret) {
		buf = malloc(CONFIG_BYTES_MAX);
		ret = buf ? 0 : -ENOMEM;
	}
	while (!ret && len < CONFIG_BYTES_MAX) {
		n = read(fd, buf + len, CONFIG_BYTES_MAX - len);
		if (n < 0)
			ret = -errno;
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	if (fd >= 0)
		close(fd);
	if (!ret)
		ret = config_parse(buf, len, path, config, errs);
	else if (ret != -ENOMEM)
		policy_errors_add(errs, POLICY_ERROR, path, 0, 0,
				  "the configuration cannot be read: %s", strerror(-ret));
	free(buf);
	return ret;
}

void config_free(struct config *config)
{
	policy_arena_free(config->arena);
	*config = (struct config){ 0 };
}
