// SPDX-License-Identifier: GPL-2.0-or-later
/* What is judged by, and the judging of one file. */
#include "running_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "subject/subject.h"

int running_rules_new(struct compile_image *image, void (*release)(struct compile_image *image),
		      const struct policy *policy, const struct policy_device *device,
		      struct running_rules **ret)
{
	size_t orders = policy ? policy->n_orders : 0;
	struct running_rules *rules = calloc(1, sizeof(*rules) + orders * sizeof(*rules->kill));
	char why[POLICY_WHY_MAX];

	if (!rules) {
		release(image);
		return -ENOMEM;
	}
	atomic_init(&rules->refs, 1);
	rules->image = *image;
	rules->release = release;
	for (size_t i = 0; i < orders; i++) {
		const struct policy_order *order = &policy->orders[i];

		if (!order->running_kill || !policy_order_in_force(policy, order, device, why) ||
		    policy_order_mode(policy, order) != POLICY_MODE_ENFORCE)
			continue;
		strncpy(rules->kill[rules->n_kill].id, order->id, sizeof(rules->kill[0].id) - 1);
		rules->kill[rules->n_kill++].grace = order->grace;
	}
	*ret = rules;
	return 0;
}

struct running_rules *running_rules_ref(struct running_rules *rules)
{
	atomic_fetch_add(&rules->refs, 1);
	return rules;
}

void running_rules_unref(struct running_rules *rules)
{
	if (!rules || atomic_fetch_sub(&rules->refs, 1) != 1)
		return;
	rules->release(&rules->image);
	free(rules);
}

bool running_rules_kill(const struct running_rules *rules, const char *id, uint32_t *grace)
{
	for (size_t i = 0; i < rules->n_kill; i++) {
		if (strncmp(rules->kill[i].id, id, INTERDICT_ID_LEN) != 0)
			continue;
		*grace = rules->kill[i].grace;
		return true;
	}
	return false;
}

/* Whether order @id refuses @op: others that matched may only record. */
static bool refuses(const struct running_rules *rules, const char *id, enum interdict_op op)
{
	const struct interdict_array *orders = &rules->image.tables.orders;

	for (uint32_t i = 0; i < orders->n; i++) {
		const struct interdict_order *order = (const struct interdict_order *)orders->v + i;

		if (!strncmp(order->id, id, INTERDICT_ID_LEN))
			return order->deny & 1U << op;
	}
	return false;
}

/* Let order @id end it, if it does, and earlier than another. */
static void take_order(const struct running_rules *rules, const char *id, enum interdict_op op,
		       struct running_verdict *verdict)
{
	uint32_t grace;

	if (!running_rules_kill(rules, id, &grace) || !refuses(rules, id, op) ||
	    (verdict->by && verdict->grace <= grace))
		return;
	verdict->by = id;
	verdict->grace = grace;
}

static void weigh(const struct running_rules *rules, enum interdict_op op,
		  struct running_verdict *verdict)
{
	const struct decision *decision = &verdict->decision;

	verdict->by = NULL;
	verdict->grace = 0;
	if (decision->outcome == DECISION_DENY && decision->order) {
		take_order(rules, decision->order, op, verdict);
		for (uint32_t i = 0; i < decision->also_count; i++)
			take_order(rules, decision->also[i], op, verdict);
	}
	verdict->weight = decision->outcome == DECISION_ALLOW ? RUNNING_FINE :
			  decision->outcome == DECISION_AUDIT ? RUNNING_RECORD :
			  verdict->by			      ? RUNNING_KILL :
								RUNNING_REFUSE;
}

void running_judge(const struct running_rules *rules, int fd, uint64_t size, enum interdict_op op,
		   struct interdict_identity *identity, struct running_verdict *verdict)
{
	const struct interdict_tables *tables = &rules->image.tables;
	struct subject subject = { .path = "", .fd = fd, .size = size };
	uint32_t want = interdict_wanted(tables, size);

	memset(identity, 0, sizeof(*identity));
	identity->ids.size = size;
	verdict->error = 0;
	verdict->looked = want || tables->head->flags & INTERDICT_HEAD_UNTRUSTED_FS_DENY;
	if (verdict->looked)
		verdict->error = subject_identify(&subject, want, identity);
	/* As the kernel has it: a size that changed meanwhile is another file's. */
	verdict->missing = verdict->error || identity->ids.size != size ||
			   !interdict_answered(&identity->ids, want);
	decide(&rules->image, identity, verdict->missing, op, &verdict->decision);
	weigh(rules, op, verdict);
}
