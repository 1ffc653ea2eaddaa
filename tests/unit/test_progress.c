// SPDX-License-Identifier: GPL-2.0-or-later
/* When the daemon tells systemd's watchdog that it works. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "daemon/progress.h"

static const struct {
	uint64_t position;
	size_t waiting;
	bool record_failed;
	bool made;
} calls[] = {
	{ 0, 4096, false, true },				/* the first */
	{ 0, 4096, false, false },   { 0, 8192, false, false }, /* more came, nothing was taken */
	{ 512, 8192, false, true },  { 512, 8192, false, false },
	{ 512, 8192, true, true },			      /* a full disk: no restart helps */
	{ 512, 8192, false, false }, { 512, 0, false, true }, /* nothing to do */
	{ 512, 0, false, true },     { 512, 512, false, false },
	{ 0, 512, false, true }, /* another ring */
	{ 0, 512, false, false },
};

static void test_progress(void **state)
{
	struct progress progress = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		if (progress_made(&progress, calls[i].position, calls[i].waiting,
				  calls[i].record_failed) != calls[i].made)
			fail_msg("call %zu", i);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_progress) };

	return cmocka_run_group_tests_name("progress", tests, NULL, NULL);
}
