// SPDX-License-Identifier: GPL-2.0-or-later
/* Publishers that stand for more than one vendor, and the one whose system this device runs. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "kmod/extract/publisher.h"
#include "lint_internal.h"

/* A name of so few letters is an abbreviation of many, or a mistake. */
#define LETTERS_MIN 3U
/* os-release(5): some dozens of short lines. */
#define SYSTEM_LINES_MAX 256

/*
 * In small letters, as folded, without commas and full stops at their ends: legal forms, and what
 * is written where a name is asked for. A name of such words alone says nothing.
 */
static const char *const words[] = {
	"a.g",
	"a.s",
	"ab",
	"ag",
	"aps",
	"as",
	"b.v",
	"bv",
	"co",
	"code signing",
	"company",
	"corp",
	"corporation",
	"default",
	"developer",
	"developers",
	"development",
	"gmbh",
	"group",
	"inc",
	"international",
	"kg",
	"limited",
	"llc",
	"llp",
	"localhost",
	"ltd",
	"n/a",
	"n.v",
	"name",
	"none",
	"not available",
	"nv",
	"ooo",
	"organization",
	"oy",
	"plc",
	"private",
	"pty",
	"publisher",
	"pvt",
	"s.a",
	"s.r.o",
	"sa",
	"sarl",
	"se",
	"self-signed",
	"services",
	"signer",
	"software",
	"solutions",
	"srl",
	"systems",
	"tech",
	"technologies",
	"technology",
	"test",
	"testing",
	"the",
	"trusted",
	"user",
	"your company",
};

/*
 * Names under which others' software is signed, in small letters. Sources: the defaults of OpenSSL
 * (apps/openssl.cnf) and of its packages for Fedora, of keytool of OpenJDK, of the Android SDK's
 * debug key and of AOSP's test keys; Google's "Play App Signing", whose keys are made with O=Google
 * Inc.; Certum's "Open Source Code Signing", whose certificates have O=Open Source Developer;
 * signpath.org; Microsoft's signature on shim and on drivers of others.
 */
static const struct {
	const char *name;
	const char *why;
} shared[] = {
	{ "android", "development keys of Android have it" },
	{ "default company ltd", "OpenSSL puts it where nothing is given" },
	{ "google inc.", "Google Play signs applications of others with it" },
	{ "internet widgits pty ltd", "OpenSSL puts it where nothing is given" },
	{ "microsoft corporation", "it is on boot loaders and drivers of others" },
	{ "microsoft windows hardware compatibility publisher", "it is on drivers of others" },
	{ "open source developer", "a certificate authority gives it to all open source" },
	{ "signpath foundation", "it signs open source of others" },
	{ "unknown", "keytool puts it where nothing is given" },
};

/* Who signs the systems whose IDs are not their makers' names. */
static const struct {
	const char *id;
	const char *maker;
} makers[] = {
	{ "amzn", "amazon" },	    { "arch", "arch linux" },  { "azurelinux", "microsoft" },
	{ "centos", "red hat" },    { "fedora", "red hat" },   { "kylin", "kylinsoft" },
	{ "mariner", "microsoft" }, { "ol", "oracle" },	       { "opensuse", "suse" },
	{ "photon", "vmware" },	    { "rhel", "red hat" },     { "sled", "suse" },
	{ "sles", "suse" },	    { "ubuntu", "canonical" }, { "uos", "uniontech" },
};

#define N(array) (sizeof(array) / sizeof((array)[0]))

/* ---- the system ---- */

static void add_ids(struct lint_system *system, char *value)
{
	char *rest = value;
	char *id;

	while ((id = strtok_r(rest, " \t\n\"'", &rest)))
		if (system->n < N(system->ids) && strlen(id) < sizeof(system->ids[0]) &&
		    strcmp(id, "linux") != 0) /* the default, and anybody's */
			strcpy(system->ids[system->n++], id);
}

void lint_system_read(const char *root, struct lint_system *system)
{
	static const char *const files[] = { "/etc/os-release", "/usr/lib/os-release" };
	char path[PATH_MAX];
	char line[512];
	FILE *f = NULL;
	size_t i;
	int n;

	*system = (struct lint_system){ 0 };
	for (i = 0; !f && i < N(files); i++)
		if (snprintf(path, sizeof(path), "%s%s", root, files[i]) < (int)sizeof(path))
			f = fopen(path, "re");
	if (!f)
		return;
	for (n = 0; n < SYSTEM_LINES_MAX && fgets(line, sizeof(line), f); n++)
		if (!strncmp(line, "ID=", 3))
			add_ids(system, line + 3);
		else if (!strncmp(line, "ID_LIKE=", 8))
			add_ids(system, line + 8);
	fclose(f);
}

/* What in @folded names who makes this device's system, or NULL. */
static const char *maker(const char *folded, const struct lint_system *system)
{
	size_t i;
	size_t k;

	for (i = 0; i < system->n; i++) {
		if (lint_has_words(folded, system->ids[i]))
			return system->ids[i];
		for (k = 0; k < N(makers); k++)
			if (!strcmp(makers[k].id, system->ids[i]) &&
			    lint_has_words(folded, makers[k].maker))
				return makers[k].maker;
	}
	return NULL;
}

/* ---- the name ---- */

static size_t letters(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

/* The length of one of @words that @text begins with, commas and the like behind it included. */
static size_t common_word(const char *text)
{
	size_t longest = 0;
	size_t i;

	for (i = 0; i < N(words); i++) {
		size_t len = strlen(words[i]);

		if (strncmp(text, words[i], len) != 0)
			continue;
		len += strspn(text + len, ".,");
		if ((!text[len] || text[len] == ' ') && len > longest)
			longest = len;
	}
	return longest;
}

static bool is_common(const char *folded)
{
	while (*folded) {
		size_t len = common_word(folded);

		if (!len)
			return false;
		folded += len;
		folded += *folded == ' ';
	}
	return true;
}

bool lint_publisher_is_broad(const char *name, const struct lint_system *system,
			     char why[LINT_WHY_MAX])
{
	char folded[PUBLISHER_MAX + 1];
	size_t len = strlen(name);
	int n = len > PUBLISHER_MAX ? -E2BIG : publisher_fold(name, (__u32)len, folded);
	const char *made;
	size_t i;

	if (n <= 0)
		return false;
	folded[n] = '\0';
	for (i = 0; i < N(shared); i++)
		if (!strcmp(folded, shared[i].name)) {
			snprintf(why, LINT_WHY_MAX, "this is no single vendor's name: %s",
				 shared[i].why);
			return true;
		}
	if (letters(folded) < LETTERS_MIN) {
		snprintf(why, LINT_WHY_MAX,
			 "a name of so few letters may be anybody's: the whole name is compared");
		return true;
	}
	if (is_common(folded)) {
		snprintf(why, LINT_WHY_MAX,
			 "this names nobody: the whole name is compared, so that the rule matches "
			 "whoever has no other");
		return true;
	}
	made = maker(folded, system);
	if (made)
		snprintf(why, LINT_WHY_MAX,
			 "by \"%s\" this names who makes this device's system: the rule matches "
			 "whatever of it is signed",
			 made);
	return made != NULL;
}
