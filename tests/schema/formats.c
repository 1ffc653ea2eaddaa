// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: formats <RECORD: each line in each format that has a schema, as tests/schema/events takes
 * them: the format's name, a space, JSON.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output/format.h"

int main(void)
{
	static const enum output_format formats[] = { OUTPUT_NATIVE, OUTPUT_ECS, OUTPUT_OCSF };
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	while ((len = getline(&line, &size, stdin)) > 0) {
		json_t *event = json_loadb(line, (size_t)len, JSON_REJECT_DUPLICATES, NULL);

		if (!event) {
			fprintf(stderr, "formats: no event: %s", line);
			return 1;
		}
		for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
			char *text = format_event(formats[i], event, line, (size_t)len);

			if (!text)
				return 1;
			printf("%s %s\n", output_format_names[formats[i]], text);
			free(text);
		}
		json_decref(event);
	}
	free(line);
	return fflush(stdout) ? 1 : 0;
}
