// SPDX-License-Identifier: GPL-2.0-or-later
/* What time it is, with clocks that are set and boots that come and go. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "keep/timekeeping.h"

#define S   INT64_C(1000000000)
#define NOW INT64_C(1800000000)

static struct timekeeping_clocks clocks;

static void set(int64_t realtime, int64_t boottime, const char *boot)
{
	clocks = (struct timekeeping_clocks){ realtime * S, boottime * S, boot };
	timekeeping_set_clocks(&clocks);
}

static void is(const struct timekeeping *tk, int64_t early, int64_t late)
{
	struct policy_device device = { 0 };

	timekeeping_now(tk, &device);
	assert_int_equal(device.early, early);
	assert_int_equal(device.late, late);
}

static void test_within_a_boot(void **state)
{
	struct timekeeping tk;

	(void)state;
	set(NOW, 100, "one");
	timekeeping_begin(&tk, NULL);
	is(&tk, NOW, NOW);
	assert_int_equal(timekeeping_boottime_at(&tk, NOW + 5), 105 * S);
	assert_int_equal(timekeeping_boottime_at(&tk, NOW - 500), 1);
	assert_int_equal(timekeeping_boottime_at(&tk, POLICY_TIME_MAX), INT64_MAX);
	assert_int_equal(timekeeping_boottime_at(&tk, POLICY_TIME_MIN), 1);
	set(NOW + 10, 110, "one");
	is(&tk, NOW + 10, NOW + 10);
	/* set back: time goes on */
	set(NOW - 1000, 120, "one");
	is(&tk, NOW + 20, NOW + 20);
	assert_int_equal(timekeeping_ahead(&tk), -1020);
	/* ahead by what two clocks that agree may show */
	set(NOW + 23, 121, "one");
	is(&tk, NOW + 21, NOW + 21);
	set(NOW + 24, 121, "one");
	is(&tk, NOW + 21, NOW + 24);
	/* set ahead: it may be later, it is not proved */
	set(NOW + 5000, 130, "one");
	is(&tk, NOW + 30, NOW + 5000);
	assert_int_equal(timekeeping_ahead(&tk), 4970);
	/* and back again */
	set(NOW + 40, 140, "one");
	is(&tk, NOW + 40, NOW + 40);
}

static void test_marks(void **state)
{
	struct timekeeping_mark mark, none = { 0 };
	struct timekeeping tk;

	(void)state;
	set(NOW, 100, "one");
	timekeeping_begin(&tk, &none);
	clocks.boottime += S / 2;
	mark = timekeeping_mark_now(&tk);
	assert_int_equal(mark.time, NOW);
	assert_int_equal(mark.boottime, 100 * S);
	assert_string_equal(mark.boot, "one");
	/* the next process of the same boot goes on, whatever the clock shows */
	set(NOW + 90000, 160, "one");
	timekeeping_begin(&tk, &mark);
	is(&tk, NOW + 60, NOW + 90000);
	set(NOW - 90000, 160, "one");
	timekeeping_begin(&tk, &mark);
	is(&tk, NOW + 60, NOW + 60);
	/* the next boot: the clock counts, but time does not go back */
	set(NOW + 90000, 5, "two");
	timekeeping_begin(&tk, &mark);
	is(&tk, NOW + 90000, NOW + 90000);
	set(NOW - 90000, 5, "two");
	timekeeping_begin(&tk, &mark);
	is(&tk, NOW, NOW);
	assert_int_equal(timekeeping_ahead(&tk), -90000);
	/* a mark that says to be of this boot, and of a time that has not come */
	set(NOW, 5, "one");
	timekeeping_begin(&tk, &mark);
	is(&tk, NOW, NOW);
	/* no boot ID is nobody's */
	memset(mark.boot, 0, sizeof(mark.boot));
	set(NOW + 7, 500, "");
	timekeeping_begin(&tk, &mark);
	is(&tk, NOW + 7, NOW + 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_within_a_boot),
		cmocka_unit_test(test_marks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
