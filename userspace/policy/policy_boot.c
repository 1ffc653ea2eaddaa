// SPDX-License-Identifier: GPL-2.0-or-later
#include "policy_boot.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy_arena.h"

#define PARAMETER "interdict="
/* Bytes of the value that are shown. */
#define WORD_MAX 20

/* The end of the parameter that begins at @at: a blank outside of quotes. */
static const char *parameter_end(const char *at)
{
	bool quoted = false;

	for (; *at && (quoted || !isspace((unsigned char)*at)); at++)
		if (*at == '"')
			quoted = !quoted;
	return at;
}

/* The value of the last interdict= to @word, what is no letter as "?". Returns whether there is
 * one. */
static bool find_word(const char *cmdline, char word[WORD_MAX + 1])
{
	bool found = false;
	const char *end;

	for (const char *at = cmdline; *at; at = end) {
		size_t len, n = 0;

		while (isspace((unsigned char)*at))
			at++;
		end = parameter_end(at);
		len = (size_t)(end - at);
		if (len == 2 && !memcmp(at, "--", 2))
			break;
		if (len < strlen(PARAMETER) || memcmp(at, PARAMETER, strlen(PARAMETER)) != 0)
			continue;
		for (at += strlen(PARAMETER); at < end && n < WORD_MAX; at++)
			if (*at != '"')
				word[n++] = isalnum((unsigned char)*at) ? *at : '?';
		word[n] = '\0';
		found = true;
	}
	return found;
}

static int say(struct policy *policy, const char *word, const char *what)
{
	char text[200];
	int len = snprintf(text, sizeof(text), PARAMETER "%s on the kernel command line %s", word,
			   what);

	policy->boot_asked = policy_arena_text(policy->arena, text, (size_t)len);
	return policy->boot_asked ? 0 : -ENOMEM;
}

int policy_boot_override(struct policy *policy, const char *cmdline)
{
	enum policy_mode own = policy->mode;
	char word[WORD_MAX + 1], what[100];
	int mode;

	if (!find_word(cmdline, word))
		return 0;
	for (mode = 0; mode < POLICY_MODE_COUNT; mode++)
		if (!strcmp(word, policy_mode_name((enum policy_mode)mode)))
			break;
	if (mode == POLICY_MODE_COUNT)
		return say(policy, word, "is none of off, audit and enforce: it changes nothing");
	if (mode >= (int)own)
		return say(policy, word, "does not lower the policy's mode: it changes nothing");
	if (!policy->boot_override)
		return say(policy, word,
			   "is not obeyed: the policy does not say boot-override: yes");
	policy->mode = (enum policy_mode)mode;
	policy->boot_lowered = true;
	snprintf(what, sizeof(what), "lowers the policy's mode, %s, for this boot",
		 policy_mode_name(own));
	return say(policy, word, what);
}
