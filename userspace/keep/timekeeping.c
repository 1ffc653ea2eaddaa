// SPDX-License-Identifier: GPL-2.0-or-later
#include "timekeeping.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <systemd/sd-id128.h>

#define NS_PER_S INT64_C(1000000000)

static const struct timekeeping_clocks *fake;

void timekeeping_set_clocks(const struct timekeeping_clocks *clocks)
{
	fake = clocks;
}

static int64_t read_clock(clockid_t clock)
{
	struct timespec now;

	if (fake)
		return clock == CLOCK_REALTIME ? fake->realtime : fake->boottime;
	clock_gettime(clock, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

static void boot_id(char boot[TIMEKEEPING_BOOT_LEN])
{
	sd_id128_t id;

	if (fake)
		snprintf(boot, TIMEKEEPING_BOOT_LEN, "%s", fake->boot);
	else if (sd_id128_get_boot(&id) == 0)
		sd_id128_to_string(id, boot);
	else
		boot[0] = '\0'; /* as another boot: the wall clock is asked again */
}

void timekeeping_begin(struct timekeeping *tk, const struct timekeeping_mark *mark)
{
	*tk = (struct timekeeping){ .begin_ns = read_clock(CLOCK_REALTIME),
				    .boottime_ns = read_clock(CLOCK_BOOTTIME) };
	boot_id(tk->boot);
	if (!mark || mark->time <= 0)
		return;
	if (tk->boot[0] && !strcmp(mark->boot, tk->boot) && mark->boottime <= tk->boottime_ns)
		tk->begin_ns = mark->time * NS_PER_S + (tk->boottime_ns - mark->boottime);
	else if (mark->time > tk->begin_ns / NS_PER_S)
		tk->begin_ns = mark->time * NS_PER_S;
}

static int64_t proved_ns(const struct timekeeping *tk)
{
	return tk->begin_ns + (read_clock(CLOCK_BOOTTIME) - tk->boottime_ns);
}

void timekeeping_now(const struct timekeeping *tk, struct policy_device *device)
{
	int64_t wall = read_clock(CLOCK_REALTIME) / NS_PER_S;

	device->early = proved_ns(tk) / NS_PER_S;
	device->late = wall - device->early > TIMEKEEPING_SAME ? wall : device->early;
}

int64_t timekeeping_boottime_at(const struct timekeeping *tk, int64_t seconds)
{
	int64_t at;

	if (__builtin_mul_overflow(seconds, NS_PER_S, &at) ||
	    __builtin_sub_overflow(at, tk->begin_ns, &at) ||
	    __builtin_add_overflow(at, tk->boottime_ns, &at))
		return seconds < 0 ? 1 : INT64_MAX;
	return at > 0 ? at : 1;
}

struct timekeeping_mark timekeeping_mark_now(const struct timekeeping *tk)
{
	int64_t boottime = read_clock(CLOCK_BOOTTIME);
	int64_t proved = tk->begin_ns + (boottime - tk->boottime_ns);
	struct timekeeping_mark mark = { .time = proved / NS_PER_S };

	/* When that whole second came. */
	mark.boottime = boottime - proved % NS_PER_S;
	memcpy(mark.boot, tk->boot, sizeof(mark.boot));
	return mark;
}

int64_t timekeeping_ahead(const struct timekeeping *tk)
{
	return (read_clock(CLOCK_REALTIME) - proved_ns(tk)) / NS_PER_S;
}
