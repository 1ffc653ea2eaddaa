// SPDX-License-Identifier: GPL-2.0-or-later
/* What becomes of processes that were found, step by step, with signals that are only noted. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "engine/compile.h"
#include "orders.h"
#include "running/running_end.h"

/* What a process answers to a signal. */
#define PROCESSES 4
static int answer[PROCESSES];
static char said[4096]; /* what was told and sent since the last look */
static struct running_end *end;

static void say(const char *fmt, ...)
{
	size_t used = strlen(said);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(said + used, sizeof(said) - used, fmt, ap);
	va_end(ap);
}

static int fake_signal(void *ctx, const struct running_found *found, int signal)
{
	(void)ctx;
	if (signal)
		say("%s%d ",
		    signal == SIGTERM ? "TERM" :
		    signal == SIGKILL ? "KILL" :
					"?",
		    found->pid);
	return answer[found->pid];
}

static void fake_tell(void *ctx, const struct running_found *found, enum running_outcome outcome,
		      uint32_t left, const char *why)
{
	(void)ctx;
	say("%s%d", running_outcome_name(outcome), found->pid);
	if (outcome == RUNNING_ASKED)
		say("(%u)", left);
	if (why)
		say("[%s]", why);
	say(" ");
}

static int setup(void **state)
{
	const struct running_end_calls calls = { .signal = fake_signal, .tell = fake_tell };

	(void)state;
	memset(answer, 0, sizeof(answer));
	said[0] = '\0';
	end = running_end_new(&calls);
	return end ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	running_end_free(end);
	return 0;
}

/* A step: what a search finds, of which processes, at what time. */
enum { NO, SEARCH, DUE, OFF, RULES };
struct step {
	int what;
	int64_t now;	   /* ms */
	const char *found; /* "1" is to be ended, "1r" only reported, "1i" process 1, "1t" the tool;
			    * "1-" by another order, "1h" by one whose grace is an hour */
	int dies;	   /* before it: process that ends; 0: none */
	int runs_other;	   /* before it: process that executes something else */
	int refuses;	   /* before it: process that cannot be signalled */
	const char *said;
	int64_t due; /* of DUE */
};

#define NEVER INT64_MAX

static void find(const char *what, int64_t now)
{
	struct running_found *found = calloc(1, sizeof(*found));

	found->pid = *what - '0';
	found->start = 5;
	found->proc = found->pidfd = -1;
	found->outcome = DECISION_DENY;
	found->grace = 10;
	strcpy(found->order, "o");
	strcpy(found->by, "o");
	for (what++; *what && *what != ' '; what++) {
		if (*what == 'r')
			found->by[0] = '\0';
		if (*what == 'i')
			found->spare = RUNNING_INIT;
		if (*what == 't')
			found->spare = RUNNING_TOOL;
		if (*what == '-')
			strcpy(found->order, "p");
		if (*what == 'h') {
			strcpy(found->by, "h");
			found->grace = 3600;
		}
	}
	running_end_found(end, found, now);
}

/* Orders that have processes ended: "o" and "h"; or only "h". */
static struct running_rules *rules(const char *kill)
{
	struct policy_device device = { 0 };
	struct running_rules *made;
	struct compile_image image;
	struct policy *policy;
	char text[512];

	snprintf(text, sizeof(text), "%srunning: kill\nmatch:\n  - build-id: aabbccdd\n",
		 ORDER_HEAD);
	text[strcspn(text, "\n") + 8] = *kill;
	policy = order_parsed(text);
	policy->mode = POLICY_MODE_ENFORCE;
	assert_int_equal(compile_image(policy, &device, &image), 0);
	assert_int_equal(running_rules_new(&image, compile_image_free, policy, &device, &made), 0);
	policy_free(policy);
	return made;
}

static void take_step(const struct step *step)
{
	struct running_rules *made;

	if (step->dies)
		answer[step->dies] = -ESRCH;
	if (step->runs_other)
		answer[step->runs_other] = -ESTALE;
	if (step->refuses)
		answer[step->refuses] = -EPERM;
	said[0] = '\0';
	switch (step->what) {
	case SEARCH:
		running_end_begin(end);
		for (const char *at = step->found; at && *at; at += strcspn(at, " ")) {
			at += *at == ' ';
			find(at, step->now);
		}
		running_end_searched(end, step->now);
		break;
	case DUE:
		assert_int_equal(running_end_due(end, step->now), step->due);
		break;
	case OFF:
		running_end_rules(end, NULL);
		break;
	default:
		made = rules(step->found);
		running_end_rules(end, made);
		running_rules_unref(made);
		break;
	}
	assert_string_equal(said, step->said);
}

static void take_steps(const struct step *steps)
{
	for (size_t i = 0; steps[i].what; i++) {
		print_message("step %zu\n", i);
		take_step(&steps[i]);
	}
}

#define TEST(name, ...)                                                    \
	static void test_##name(void **state)                              \
	{                                                                  \
		static const struct step steps[] = { __VA_ARGS__, { 0 } }; \
		(void)state;                                               \
		take_steps(steps);                                         \
	}

TEST(reported, { SEARCH, 0, "1r", .said = "reported1 " },
     /* once, as long as nothing changes */
     { SEARCH, 100, "1r", .said = "" }, { DUE, 200, .said = "", .due = NEVER },
     { SEARCH, 300, "1r- 2r", .said = "reported1 reported2 " },
     /* it ends by itself: nobody has to know */
     { SEARCH, 400, "", .said = "" },
     /* a number of another process */
     { SEARCH, 500, "1r", .said = "reported1 " })

TEST(ends_in_time, { SEARCH, 0, "1", .said = "asked1(10) TERM1 " },
     { DUE, 100, .said = "", .due = 10000 }, { SEARCH, 500, "1", .said = "" },
     /* who has ended is looked for once more, for what it has started */
     { DUE, 900, .dies = 1, .said = "terminated1 ", .due = 950 }, { SEARCH, 950, "", .said = "" },
     { DUE, 1000, .said = "", .due = NEVER })

TEST(killed, { SEARCH, 0, "1", .said = "asked1(10) TERM1 " }, { SEARCH, 9999, "1", .said = "" },
     { SEARCH, 10000, "1", .said = "KILL1 killed1 " }, { DUE, 10000, .said = "", .due = 10100 },
     { SEARCH, 10100, "1", .said = "" }, { DUE, 10200, .dies = 1, .said = "", .due = 10250 },
     { SEARCH, 10300, "", .said = "" }, { DUE, 10400, .said = "", .due = NEVER })

/* Its children have what is left of the order's time, and none when that is over. */
TEST(children, { SEARCH, 0, "1", .said = "asked1(10) TERM1 " },
     { SEARCH, 4000, "1 2", .said = "asked2(6) TERM2 " },
     { SEARCH, 10000, "1 2", .said = "KILL1 killed1 KILL2 killed2 " },
     { SEARCH, 10100, "3", .dies = 1, .said = "KILL3 killed3 " })

TEST(each_order_its_grace, { SEARCH, 0, "1 2h", .said = "asked1(10) TERM1 asked2(3600) TERM2 " },
     { DUE, 0, .said = "", .due = 10000 }, { SEARCH, 10000, "1 2h", .said = "KILL1 killed1 " },
     { DUE, 10000, .dies = 1, .said = "", .due = 10050 }, { SEARCH, 10050, "2h", .said = "" },
     { DUE, 10050, .said = "", .due = 3600000 })

TEST(spared,
     { SEARCH, 0, "1i 2t", .said = "spared1[it is process 1] spared2[it is Interdict itself] " },
     { SEARCH, 20000, "1i 2t", .said = "" }, { DUE, 20000, .said = "", .due = NEVER },
     /* of what only has to be reported, all is */
     { SEARCH, 30000, "1i 2t 3ri", .said = "reported3 " })

TEST(gone, { SEARCH, 0, "1", .dies = 1, .said = "asked1(10) TERM1 gone1[it has ended by itself] " },
     { DUE, 0, .said = "", .due = NEVER },
     { SEARCH, 100, "2", .runs_other = 2,
       .said = "asked2(10) TERM2 gone2[it runs another program now] " })

TEST(gone_later,
     { SEARCH, 0, "1 2 3", .said = "asked1(10) TERM1 asked2(10) TERM2 asked3(10) TERM3 " },
     { SEARCH, 100, "3", .runs_other = 1,
       .said = "gone1[it runs another program now] "
	       "spared2[what it runs is not banned any more] " },
     { SEARCH, 10000, "3", .runs_other = 3, .said = "KILL3 gone3[it runs another program now] " },
     { DUE, 10000, .said = "", .due = NEVER })

TEST(cannot_be_signalled,
     { SEARCH, 0, "1", .refuses = 1, .said = "asked1(10) TERM1 failed1[Operation not permitted] " },
     { DUE, 0, .said = "", .due = NEVER })

TEST(hangs, { SEARCH, 0, "1", .said = "asked1(10) TERM1 " },
     { SEARCH, 10000, "1", .said = "KILL1 killed1 " }, { SEARCH, 10050, "1", .said = "" },
     { SEARCH, 19000, "1", .said = "" },
     { SEARCH, 20000, "1",
       .said = "failed1[it was sent SIGKILL and goes on: it waits for something in the kernel] " },
     { SEARCH, 30000, "1", .said = "" },
     /* it has lost its memory, and is not over */
     { SEARCH, 40000, "", .said = "" }, { SEARCH, 50000, "", .dies = 1, .said = "" },
     { DUE, 50000, .said = "", .due = NEVER })

/* An order that is lifted in the grace, or only reports from now on. */
TEST(lifted, { SEARCH, 0, "1 2", .said = "asked1(10) TERM1 asked2(10) TERM2 " },
     { RULES, 0, "h", .said = "" },
     { SEARCH, 100, "1r",
       .said = "spared1[no order has it ended any more] "
	       "spared2[what it runs is not banned any more] " },
     { SEARCH, 20000, "1r", .said = "" }, { DUE, 20000, .said = "", .due = NEVER },
     /* it is back: the grace begins anew */
     { SEARCH, 30000, "1", .said = "asked1(10) TERM1 " })

/* One that stays has no more time by a switch. */
TEST(stays, { SEARCH, 0, "1", .said = "asked1(10) TERM1 " }, { RULES, 5000, "o", .said = "" },
     { SEARCH, 5000, "1 2", .said = "asked2(5) TERM2 " },
     { SEARCH, 10000, "1 2", .said = "KILL1 killed1 KILL2 killed2 " })

TEST(becomes_deadly, { SEARCH, 0, "1r", .said = "reported1 " },
     { SEARCH, 1000, "1", .said = "asked1(10) TERM1 " },
     { SEARCH, 11000, "1", .said = "KILL1 killed1 " })

TEST(off, { SEARCH, 0, "1 2r", .said = "asked1(10) TERM1 reported2 " },
     { OFF, .said = "spared1[enforcement was switched off] " },
     { DUE, 20000, .said = "", .due = NEVER })

/* More than have room: the others are found again as soon as there is some. */
static void test_many(void **state)
{
	struct running_end_counts counts;
	struct running_found *found;

	(void)state;
	for (int search = 0; search < 3; search++) {
		running_end_begin(end);
		for (int i = 0; i < 2 * RUNNING_WAITING_MAX; i++) {
			found = calloc(1, sizeof(*found));
			found->pid = 2;
			found->start = (uint64_t)i;
			found->proc = found->pidfd = -1;
			found->outcome = DECISION_DENY;
			strcpy(found->by, "o");
			found->grace = 10;
			running_end_found(end, found, search * 5000);
		}
		running_end_searched(end, search * 5000);
		running_end_count(end, &counts);
		assert_int_equal(counts.waiting, RUNNING_WAITING_MAX);
		assert_true(running_end_due(end, search * 5000) <=
				    search * 5000 + RUNNING_SETTLE_MS ||
			    search == 2);
	}
	assert_int_equal(counts.outcomes[RUNNING_ASKED], RUNNING_WAITING_MAX);
	assert_int_equal(counts.outcomes[RUNNING_KILLED], RUNNING_WAITING_MAX);
	/* They are gone: now the others. */
	answer[2] = -ESRCH;
	running_end_due(end, 10000);
	answer[2] = 0;
	running_end_count(end, &counts);
	assert_int_equal(counts.waiting, 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(reported),
		CASE(ends_in_time),
		CASE(killed),
		CASE(children),
		CASE(each_order_its_grace),
		CASE(spared),
		CASE(gone),
		CASE(gone_later),
		CASE(cannot_be_signalled),
		CASE(hangs),
		CASE(lifted),
		CASE(stays),
		CASE(becomes_deadly),
		CASE(off),
		CASE(many),
	};

	return cmocka_run_group_tests_name("running_end", tests, NULL, NULL);
}
