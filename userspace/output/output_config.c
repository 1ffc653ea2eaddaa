// SPDX-License-Identifier: GPL-2.0-or-later
#include "output_config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "policy/policy_parse.h"

#define SYSLOG_SOCKET "/dev/log"
/* syslog-conn (IANA; the port of RFC 3195 and of plain TCP) and syslog-tls (RFC 5425 section 4.1)
 */
#define PORT_TCP "601"
#define PORT_TLS "6514"
/* RFC 1035 section 2.3.4 */
#define HOST_MAX 253

const char *const output_type_names[] = {
	[OUTPUT_JOURNALD] = "journald",
	[OUTPUT_AUDIT] = "audit",
	[OUTPUT_SYSLOG] = "syslog",
	[OUTPUT_FILE] = "file",
};
_Static_assert(sizeof(output_type_names) / sizeof(*output_type_names) == OUTPUT_TYPE_COUNT,
	       "a name each");

bool output_takes_format(enum output_type type)
{
	return type == OUTPUT_SYSLOG || type == OUTPUT_FILE;
}

/* The strings of a configuration, which it may own. */
static const size_t strings[] = {
	offsetof(struct output_config, to),   offsetof(struct output_config, host),
	offsetof(struct output_config, port), offsetof(struct output_config, ca),
	offsetof(struct output_config, cert), offsetof(struct output_config, key),
};

static const char **string_of(const struct output_config *config, size_t i)
{
	return (const char **)((char *)config + strings[i]);
}

/* ---- parsing ---- */

/* An output while it is read, with the nodes that are complained of. */
struct reading {
	struct output_config config;
	const struct yaml_tree *to, *format, *ca, *cert, *key;
};

static void type_key(struct policy_parser *p, const struct policy_key *key,
		     const struct yaml_tree *value, void *out)
{
	struct reading *r = out;
	int type = policy_parse_word(p, key, value, output_type_names, OUTPUT_TYPE_COUNT);

	if (type >= 0)
		r->config.type = (enum output_type)type;
}

static void format_key(struct policy_parser *p, const struct policy_key *key,
		       const struct yaml_tree *value, void *out)
{
	struct reading *r = out;
	int format = policy_parse_word(p, key, value, output_format_names, OUTPUT_FORMAT_COUNT);

	r->format = value;
	if (format >= 0)
		r->config.format = (enum output_format)format;
}

/* "HOST", "HOST:PORT", "[ADDRESS]" or "[ADDRESS]:PORT", from @at of @value on. */
static void read_address(struct policy_parser *p, const struct yaml_tree *value, size_t at,
			 struct output_config *config)
{
	const char *text = value->text + at, *end, *port;
	size_t digits;

	if (*text == '[') {
		end = strchr(++text, ']');
		if (!end) {
			policy_wrong(p, value, "to: \"[\" has no \"]\"");
			return;
		}
		port = end + 1;
	} else {
		end = port = text + strcspn(text, ":");
	}
	if (end == text || end - text > HOST_MAX) {
		policy_wrong(p, value, "to: names no host, or one longer than %d characters",
			     HOST_MAX);
		return;
	}
	if (strpbrk(text, " /@?#") || (*port && *port != ':')) {
		policy_wrong(p, value, "to: \"%.64s\" is not tcp://HOST:PORT or tls://HOST:PORT",
			     value->text);
		return;
	}
	config->host = policy_arena_text(p->arena, text, (size_t)(end - text));
	if (!config->host)
		p->no_memory = true;
	if (!*port) {
		config->port = config->transport == OUTPUT_TLS ? PORT_TLS : PORT_TCP;
		return;
	}
	config->port = port + 1;
	digits = strspn(config->port, "0123456789");
	if (!digits || digits > 5 || config->port[digits] || strtol(config->port, NULL, 10) < 1 ||
	    strtol(config->port, NULL, 10) > 65535)
		policy_wrong(p, value, "to: \"%.64s\" is no port; they are 1 to 65535",
			     config->port);
}

static void to_key(struct policy_parser *p, const struct policy_key *key,
		   const struct yaml_tree *value, void *out)
{
	struct reading *r = out;

	(void)key;
	r->to = value;
	r->config.to = value->text;
	if (strncmp(value->text, "tcp://", 6) == 0) {
		r->config.transport = OUTPUT_TCP;
		read_address(p, value, 6, &r->config);
	} else if (strncmp(value->text, "tls://", 6) == 0) {
		r->config.transport = OUTPUT_TLS;
		read_address(p, value, 6, &r->config);
	} else if (value->text[0] != '/') {
		policy_wrong(p, value,
			     "to: \"%.64s\" is not an absolute path, tcp://HOST:PORT or "
			     "tls://HOST:PORT",
			     value->text);
	}
}

static void file_key(struct policy_parser *p, const struct policy_key *key,
		     const struct yaml_tree *value, void *out)
{
	struct reading *r = out;

	if (value->text[0] != '/')
		policy_wrong(p, value, "%s: \"%.64s\" is not an absolute path", key->name,
			     value->text);
	*(const char **)((char *)&r->config + key->offset) = value->text;
	if (key->offset == offsetof(struct output_config, ca))
		r->ca = value;
	else if (key->offset == offsetof(struct output_config, cert))
		r->cert = value;
	else
		r->key = value;
}

static const struct policy_key keys[] = {
	{ "type", YAML_TREE_TEXT, true, type_key, 0 },
	{ "to", YAML_TREE_TEXT, false, to_key, 0 },
	{ "format", YAML_TREE_TEXT, false, format_key, 0 },
	{ "ca", YAML_TREE_TEXT, false, file_key, offsetof(struct output_config, ca) },
	{ "cert", YAML_TREE_TEXT, false, file_key, offsetof(struct output_config, cert) },
	{ "key", YAML_TREE_TEXT, false, file_key, offsetof(struct output_config, key) },
};

/* What "to" means depends on the type. */
static void check_to(struct policy_parser *p, const struct yaml_tree *node, const struct reading *r)
{
	const size_t max = sizeof(((struct sockaddr_un *)0)->sun_path) - 1;

	if (r->config.type == OUTPUT_FILE && !r->to)
		policy_wrong(p, node,
			     "an output to a file takes a \"to\", the file's absolute path");
	else if (r->config.type == OUTPUT_FILE && r->config.transport != OUTPUT_LOCAL)
		policy_wrong(p, r->to, "to: \"%.64s\" is not an absolute path", r->to->text);
	else if (r->config.type == OUTPUT_SYSLOG && r->to && r->config.transport == OUTPUT_LOCAL &&
		 r->to->len > max)
		policy_wrong(p, r->to, "to: has %zu bytes; a socket's path has at most %zu",
			     r->to->len, max);
}

/* What no key can say alone. */
static void check_together(struct policy_parser *p, const struct yaml_tree *node,
			   const struct reading *r)
{
	const struct output_config *config = &r->config;
	bool tls = config->transport == OUTPUT_TLS;

	if (!output_takes_format(config->type) && (r->to || r->format)) {
		policy_wrong(p, r->to ? r->to : r->format, "%s: is for syslog and file, not for %s",
			     r->to ? "to" : "format", output_type_names[config->type]);
		return;
	}
	check_to(p, node, r);
	if (!tls && (r->ca || r->cert || r->key)) {
		policy_wrong(p, r->ca ? r->ca : (r->cert ? r->cert : r->key),
			     "%s: is for tls:// only", r->ca ? "ca" : (r->cert ? "cert" : "key"));
		return;
	}
	if (tls && !r->ca)
		policy_wrong(p, r->to,
			     "to: tls:// takes a \"ca\", a file of the certificates that the "
			     "server's is verified with");
	if (!r->cert != !r->key)
		policy_wrong(p, r->cert ? r->cert : r->key, "%s: takes a \"%s\", too",
			     r->cert ? "cert" : "key", r->cert ? "key" : "cert");
}

static bool read_output(struct policy_parser *p, const struct yaml_tree *node,
			struct output_config *config)
{
	static const struct policy_key name = { .name = "outputs" };
	size_t before = p->errs->count[POLICY_ERROR];
	struct reading r = { .config = { .type = OUTPUT_TYPE_COUNT } };

	if (node->bad)
		return false;
	if (node->type == YAML_TREE_TEXT)
		type_key(p, &name, node, &r);
	else
		policy_parse_mapping(p, node, "an output", keys, sizeof(keys) / sizeof(keys[0]),
				     &r);
	if (p->errs->count[POLICY_ERROR] == before && r.config.type != OUTPUT_TYPE_COUNT)
		check_together(p, node, &r);
	if (p->errs->count[POLICY_ERROR] > before)
		return false;
	if (r.config.type == OUTPUT_SYSLOG && !r.config.to)
		r.config.to = SYSLOG_SOCKET;
	*config = r.config;
	return true;
}

/* Two files would be one, in two formats. */
static bool is_same(const struct output_config *a, const struct output_config *b)
{
	return output_config_equal(a, b) ||
	       (b->type == OUTPUT_FILE && output_config_has_file(a, 1, b->to));
}

void output_config_parse(struct policy_parser *p, const struct policy_key *key,
			 const struct yaml_tree *value, const struct output_config **ret,
			 size_t *ret_n)
{
	struct output_config *outputs;
	const struct yaml_tree *node;
	size_t n = 0, i;

	if (!value->n || value->n > OUTPUT_MAX) {
		policy_wrong(p, value,
			     value->n ? "%s: has more than %u elements" :
					"%s: is empty; leave the key out, or name 1 to %u",
			     key->name, OUTPUT_MAX);
		return;
	}
	outputs = policy_parser_array(p, value->n, sizeof(*outputs));
	if (!outputs)
		return;
	for (node = value->first; node; node = node->next) {
		if (!read_output(p, node, &outputs[n]))
			continue;
		for (i = 0; i < n && !is_same(&outputs[i], &outputs[n]); i++)
			;
		if (i < n)
			policy_wrong(p, node, "%s: this one is there twice", key->name);
		else
			n++;
	}
	*ret = outputs;
	*ret_n = n;
}

/* ---- comparing and keeping ---- */

bool output_config_equal(const struct output_config *a, const struct output_config *b)
{
	if (a->type != b->type || a->format != b->format || a->transport != b->transport)
		return false;
	for (size_t i = 0; i < sizeof(strings) / sizeof(*strings); i++) {
		const char *x = *string_of(a, i), *y = *string_of(b, i);

		if (!x != !y || (x && strcmp(x, y) != 0))
			return false;
	}
	return true;
}

bool output_config_has_file(const struct output_config *outputs, size_t n, const char *path)
{
	for (size_t i = 0; i < n; i++)
		if (outputs[i].type == OUTPUT_FILE && !strcmp(outputs[i].to, path))
			return true;
	return false;
}

int output_config_copy(struct output_config *ret, const struct output_config *config)
{
	struct output_config copy = *config;
	bool failed = false;

	for (size_t i = 0; i < sizeof(strings) / sizeof(*strings); i++) {
		const char **text = string_of(&copy, i);

		if (*text && !(*text = strdup(*text)))
			failed = true;
	}
	if (failed) {
		output_config_clear(&copy);
		return -ENOMEM;
	}
	*ret = copy;
	return 0;
}

void output_config_clear(struct output_config *config)
{
	for (size_t i = 0; i < sizeof(strings) / sizeof(*strings); i++) {
		free((char *)*string_of(config, i));
		*string_of(config, i) = NULL;
	}
}
