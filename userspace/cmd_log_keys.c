// SPDX-License-Identifier: GPL-2.0-or-later
/* What `interdict log verify` and `log report` are told of the verification. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd_log.h"
#include "commands.h"
#include "read_file.h"
#include "record/record.h"
#include "verb.h"

void cmd_log_free_keys(struct record_key **keys, size_t n)
{
	while (n)
		record_key_free(keys[--n]);
}

int cmd_log_read_keys(const char *verb, const char *const *paths, size_t n,
		      struct record_key **keys)
{
	char why[PRIVATE_KEY_WHY_MAX];

	for (size_t i = 0; i < n; i++) {
		if (!record_key_read_public(paths[i], &keys[i], why))
			continue;
		verb_complain(verb, paths[i], why);
		cmd_log_free_keys(keys, i);
		return EXIT_FAILED;
	}
	return EXIT_DONE;
}

int cmd_log_read_expected(const char *verb, const char *text, struct record_verify_options *to)
{
	char why[RECORD_WHY_MAX];
	char *line = NULL;
	size_t len = strlen(text);
	int err = 0;

	if (text[0] != '{')
		err = read_file_at(AT_FDCWD, text, RECORD_LINE_MAX, &line, &len);
	if (err)
		snprintf(why, sizeof(why), "%s", read_file_reason(err));
	else
		err = record_expect(line ? line : text, len, to->keys, to->n_keys, &to->expected,
				    why);
	free(line);
	if (!err)
		return EXIT_DONE;
	verb_complain(verb, text[0] == '{' ? "--expect" : text, why);
	return EXIT_FAILED;
}
