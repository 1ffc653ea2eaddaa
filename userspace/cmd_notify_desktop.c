// SPDX-License-Identifier: GPL-2.0-or-later
/* `interdict notify-desktop ADDRESS SUMMARY BODY`: what the daemon starts as a user, to speak to
 * that user's session bus (notify/notify_desktop.h). Nobody else needs it, so no list has it. */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "notify/notify_desktop.h"

int cmd_notify_desktop(int argc, char **argv)
{
	int err;

	if (argc != 4) {
		fprintf(stderr, "usage: interdict notify-desktop ADDRESS SUMMARY BODY\n");
		return EXIT_USAGE;
	}
	err = notify_desktop_send(argv[1], argv[2], argv[3]);
	if (!err)
		return EXIT_DONE;
	fprintf(stderr, "interdict notify-desktop: %s: %s\n", argv[1], strerror(-err));
	return EXIT_FAILED;
}
