// SPDX-License-Identifier: GPL-2.0-or-later
/* What sources of a policy's files have in common. */
#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "policy_source.h"

const char policy_source_plain[] =
	"a file name of a policy has only A-Z, a-z, 0-9, '.', '_', '+' and '-', and with its "
	"directory at most 100 bytes";
static_assert(POLICY_PATH_MAX == 100, "as the text says");

void policy_source_free(struct policy_source *source)
{
	size_t i;

	if (!source)
		return;
	for (i = 0; i < source->n; i++) {
		free(source->members[i]->path);
		free(source->members[i]->file);
		free(source->members[i]->owned);
		free(source->members[i]);
	}
	free(source->members);
	EVP_MD_CTX_free(source->digest);
	free(source->name);
	source->ops->close(source);
}

bool policy_source_plain_path(const char *path)
{
	const char *p;
	bool start = true;

	for (p = path; *p; p++) {
		if (start && (*p == '.' || *p == '-' || *p == '/'))
			return false;
		start = *p == '/';
		if (!(*p >= 'a' && *p <= 'z') && !(*p >= 'A' && *p <= 'Z') &&
		    !(*p >= '0' && *p <= '9') && !strchr("/._+-", *p))
			return false;
	}
	return !start && p - path <= (long)POLICY_PATH_MAX;
}

static int add_member(struct policy_source *source, const char *path, struct policy_member **ret)
{
	struct policy_member **members;
	struct policy_member *m;

	members = realloc(source->members, (source->n + 1) * sizeof(struct policy_member *));
	if (!members)
		return -ENOMEM;
	source->members = members;
	m = calloc(1, sizeof(*m));
	if (!m)
		return -ENOMEM;
	m->path = strdup(path);
	if (!m->path || asprintf(&m->file, "%s%s%s", source->name, source->join, path) < 0) {
		free(m->path);
		free(m);
		return -ENOMEM;
	}
	source->members[source->n++] = m;
	*ret = m;
	return 0;
}

int policy_source_read(struct policy_source *source, const char *path, size_t max,
		       struct policy_member **ret, const char **why)
{
	struct policy_member *m;
	const char *buf;
	size_t len;
	char *owned;
	int err;

	err = source->ops->read(source, path, max, &buf, &len, &owned, why);
	if (err)
		return err;
	if (source->total + len > POLICY_TOTAL_BYTES_MAX) {
		*why = "the policy's files are larger than 1 GiB together";
		err = -E2BIG;
	} else {
		err = add_member(source, path, &m);
		if (err)
			*why = strerror(-err);
	}
	if (err) {
		free(owned);
		return err;
	}
	m->buf = buf;
	m->len = len;
	m->owned = owned;
	source->total += len;
	*ret = m;
	return 0;
}

int policy_source_orders(struct policy_source *source, char ***paths, size_t *n)
{
	int err = source->ops->orders(source, paths, n);
	size_t i;

	if (err || *n <= POLICY_ORDERS_MAX)
		return err;
	policy_source_say(source, POLICY_ERROR, "orders", "has %zu orders; at most %u are allowed",
			  *n, POLICY_ORDERS_MAX);
	for (i = 0; i < *n; i++)
		free((*paths)[i]);
	free(*paths);
	return -E2BIG;
}

int policy_source_unused(struct policy_source *source)
{
	return source->ops->unused(source);
}

void policy_source_say(struct policy_source *source, enum policy_severity severity,
		       const char *path, const char *fmt, ...)
{
	char *text = NULL;
	char *file = NULL;
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		text = NULL;
	va_end(args);
	if (asprintf(&file, "%s%s%s", source->name, source->join, path) < 0)
		file = NULL;
	policy_errors_add_problem(
		source->errs,
		severity == POLICY_WARNING ? POLICY_PROBLEM_FILES : POLICY_PROBLEM_TEXT, severity,
		&(struct policy_place){ .file = file ? file : path }, "%s", text ? text : fmt);
	free(text);
	free(file);
}

static bool has_suffix(const char *name, const char *suffix)
{
	size_t len = strlen(name);
	size_t n = strlen(suffix);

	return len > n && !strcmp(name + len - n, suffix);
}

bool policy_source_is_order(struct policy_source *source, enum policy_severity severity,
			    const char *path)
{
	const char *name = path + strlen("orders/");

	if (name[0] == '.' || !has_suffix(name, ".yaml")) {
		policy_source_say(source, severity, path,
				  "is not part of the policy: an order's file is named NAME.yaml");
		return false;
	}
	if (!policy_source_plain_path(path)) {
		policy_source_say(source, POLICY_ERROR, path, "%s", policy_source_plain);
		return false;
	}
	return true;
}
