// SPDX-License-Identifier: GPL-2.0-or-later
#include "container.h"

#include <stddef.h>
#include <string.h>

/* Of Docker and of all who learned from it. */
#define HEX_ID_LEN 64

/* A part of a path: not ended by a NUL. */
struct part {
	const char *v;
	size_t len;
};

enum id_form { ID_HEX, ID_NAME };

/* Groups that are known by a beginning, and by an end, or by the group above. */
static const struct {
	const char *runtime;
	const char *above; /* "": any */
	const char *begin, *end;
	enum id_form form;
} groups[] = {
	{ "docker", "", "docker-", ".scope", ID_HEX },
	{ "docker", "docker", "", "", ID_HEX },
	{ "podman", "", "libpod-", ".scope", ID_HEX },
	{ "podman", "libpod_parent", "libpod-", "", ID_HEX },
	{ "containerd", "", "cri-containerd-", ".scope", ID_HEX },
	{ "containerd", "", "nerdctl-", ".scope", ID_HEX },
	{ "crio", "", "crio-", ".scope", ID_HEX },
	{ "lxc", "lxc", "", "", ID_NAME },
	{ "lxc", "lxc.payload", "", "", ID_NAME },
	{ "lxc", "", "lxc.payload.", "", ID_NAME },
	{ "systemd-nspawn", "", "systemd-nspawn@", ".service", ID_NAME },
	{ "systemd-nspawn", "machine.slice", "machine-", ".scope", ID_NAME },
};

/* How libvirt's virtual machines are called below machine.slice: no containers. */
#define VIRTUAL_MACHINE "qemu\\x2d"

static bool is(struct part part, const char *text)
{
	return strlen(text) == part.len && !memcmp(part.v, text, part.len);
}

static bool begins(struct part part, const char *text)
{
	return strlen(text) <= part.len && !memcmp(part.v, text, strlen(text));
}

static bool ends(struct part part, const char *text)
{
	size_t len = strlen(text);

	return len <= part.len && !memcmp(part.v + part.len - len, text, len);
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

static bool is_hex_id(struct part part)
{
	if (part.len != HEX_ID_LEN)
		return false;
	for (size_t i = 0; i < part.len; i++)
		if (hex_digit(part.v[i]) < 0)
			return false;
	return true;
}

/* A byte as systemd escapes it, \xHH, at @i. */
static bool take_escape(struct part part, size_t i, char *byte)
{
	int high, low;

	if (i + 3 >= part.len || part.v[i] != '\\' || part.v[i + 1] != 'x')
		return false;
	high = hex_digit(part.v[i + 2]);
	low = hex_digit(part.v[i + 3]);
	if (high < 0 || low < 0)
		return false;
	*byte = (char)(high << 4 | low);
	return true;
}

/* The ID in @part, with what systemd escapes in names of units (\xHH) as it was. */
static bool take_id(struct part part, enum id_form form, struct container *container)
{
	size_t n = 0;

	if (form == ID_HEX && !is_hex_id(part))
		return false;
	for (size_t i = 0; i < part.len && n < sizeof(container->id) - 1; i++) {
		char c = part.v[i];

		if (form == ID_NAME && take_escape(part, i, &c))
			i += 3;
		if ((unsigned char)c <= ' ' || (unsigned char)c >= 0x7f)
			return false;
		container->id[n++] = c;
	}
	container->id[n] = '\0';
	return n != 0;
}

/* SLICE:cri-containerd:ID, where runtime and kubelet disagree about systemd. */
static bool is_of_slice(struct part part, struct container *container)
{
	static const char prefix[] = ":cri-containerd:";
	const char *at = memmem(part.v, part.len, prefix, strlen(prefix));
	struct part id;

	if (!at)
		return false;
	id.v = at + strlen(prefix);
	id.len = (size_t)(part.v + part.len - id.v);
	return take_id(id, ID_HEX, container);
}

static bool is_container(struct part part, struct part above, struct container *container)
{
	struct container found = { 0 };
	size_t i;

	for (i = 0; i < sizeof(groups) / sizeof(*groups); i++) {
		size_t begin = strlen(groups[i].begin), end = strlen(groups[i].end);
		struct part id = part;

		if ((*groups[i].above && !is(above, groups[i].above)) || part.len <= begin + end ||
		    !begins(part, groups[i].begin) || !ends(part, groups[i].end))
			continue;
		id.v += begin;
		id.len -= begin + end;
		if (begins(id, VIRTUAL_MACHINE) || !take_id(id, groups[i].form, &found))
			continue;
		found.runtime = groups[i].runtime;
		*container = found;
		return true;
	}
	if (is_of_slice(part, &found))
		found.runtime = "containerd";
	else if (!begins(above, "pod") || !take_id(part, ID_HEX, &found))
		return false;
	*container = found;
	return true;
}

bool container_of_cgroup(const char *path, struct container *container)
{
	size_t end = strlen(path), above;
	struct part part;

	/* From the innermost. */
	while (end) {
		above = end;
		while (above && path[above - 1] != '/')
			above--;
		part = (struct part){ path + above, end - above };
		end = above ? above - 1 : 0;
		above = end;
		while (above && path[above - 1] != '/')
			above--;
		if (part.len &&
		    is_container(part, (struct part){ path + above, end - above }, container))
			return true;
	}
	return false;
}
