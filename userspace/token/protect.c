// SPDX-License-Identifier: GPL-2.0-or-later
#include "protect.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/trust.h"
#include "engine/engine.h"
#include "engine/seal.h"
#include "token_file.h"

/* The certificates of trust.d, in DER. */
struct found {
	STACK_OF(X509) * certs; /* the trust's */
	struct trust *trust;
	struct seal_anchor *anchors;
	size_t n;
	size_t left_out; /* longer than the module takes, or more of them */
};

static void free_found(struct found *found)
{
	trust_free(found->trust);
	free(found->anchors);
}

static void add_why(struct protect *protect, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
static void add_why(struct protect *protect, const char *fmt, ...)
{
	size_t used = strlen(protect->why);
	va_list args;

	if (used)
		used += (size_t)snprintf(protect->why + used, sizeof(protect->why) - used, "; ");
	if (used >= sizeof(protect->why))
		return;
	va_start(args, fmt);
	vsnprintf(protect->why + used, sizeof(protect->why) - used, fmt, args);
	va_end(args);
}

static void add_anchor(struct found *found, const X509 *cert)
{
	struct seal_anchor *anchor = &found->anchors[found->n];
	unsigned char *at = anchor->der;
	int len = i2d_X509((X509 *)cert, NULL);

	if (found->n == INTERDICT_ANCHORS_MAX || len <= 0 || len > (int)sizeof(anchor->der)) {
		found->left_out++;
		return;
	}
	anchor->len = (uint32_t)i2d_X509((X509 *)cert, &at);
	found->n++;
}

/* Returns 0, or -errno with the reason in @protect. */
static int find(const struct config *config, struct found *found, struct protect *protect)
{
	struct policy_errors errs = { 0 };
	int err = trust_load(config->trust, &found->trust, &errs);

	if (err)
		add_why(protect, "the trust anchors cannot be read: %.300s",
			errs.n ? errs.v[errs.n - 1].text : strerror(-err));
	policy_errors_free(&errs);
	if (err)
		return err;
	found->anchors = calloc(INTERDICT_ANCHORS_MAX + 1, sizeof(*found->anchors));
	if (!found->anchors)
		return -ENOMEM;
	found->certs = trust_certs(found->trust);
	for (int i = 0; i < sk_X509_num(found->certs); i++)
		add_anchor(found, sk_X509_value(found->certs, i));
	return 0;
}

static bool has(const struct seal_anchor *set, size_t n, const struct seal_anchor *one)
{
	for (size_t i = 0; i < n; i++)
		if (set[i].len == one->len && !memcmp(set[i].der, one->der, one->len))
			return true;
	return false;
}

/* The name of a certificate that no token can be verified by. */
static void tell_unusable(struct protect *protect, const struct seal_anchor *anchor)
{
	const unsigned char *at = anchor->der;
	X509 *cert = d2i_X509(NULL, &at, (long)anchor->len);
	char *name = cert ? trust_subject(cert) : NULL;

	add_why(protect, "%.100s cannot sign tokens: %s", name ? name : "a certificate",
		anchor->err == -ENOPKG ?
			"this kernel does not verify signatures of its key's kind" :
			strerror(-anchor->err));
	free(name);
	X509_free(cert);
}

/* Something is sealed. */
static void compare(const struct config *config, struct protect *protect)
{
	struct protect unread = { .usable = 0 };
	struct seal_anchor *sealed = NULL;
	struct found found = { .n = 0 };
	int n = seal_get_anchors(&sealed);

	for (int i = 0; i < n; i++)
		if (sealed[i].err)
			tell_unusable(protect, &sealed[i]);
	if (n > 0) {
		if (find(config, &found, &unread) || found.left_out || found.n != (size_t)n)
			protect->differs = true;
		for (size_t i = 0; i < found.n; i++)
			if (!has(sealed, (size_t)n, &found.anchors[i]))
				protect->differs = true;
	}
	if (protect->differs)
		add_why(protect,
			"%s has other trust anchors than those that were sealed: they count from the next "
			"boot on",
			config->trust);
	free(sealed);
	free_found(&found);
}

/* Fills all but what only sealing finds out. */
void protect_look(const struct config *config, struct protect *protect)
{
	struct seal_status status;

	seal_get_status(&status);
	*protect = (struct protect){ .usable = status.usable };
	if (status.usable) {
		protect->state = PROTECT_SEALED;
		compare(config, protect);
	} else if (!config->protect) {
		protect->state = PROTECT_SWITCHED_OFF;
		add_why(protect, "protect: no in the configuration");
	} else if (!trust_has_anchors(config->trust)) {
		protect->state = PROTECT_UNSIGNED;
		add_why(protect, "there are no trust anchors in %s", config->trust);
	} else {
		protect->state = PROTECT_IMPOSSIBLE;
		if (!status.module)
			add_why(protect, "without the module nothing holds the programs");
		else if (status.old)
			add_why(protect,
				"the module is of the version before, until the next boot");
		else
			add_why(protect, "no trust anchor was sealed");
	}
}

static int seal(const struct config *config, const struct policy_device *device,
		struct protect *protect)
{
	char id[TOKEN_DEVICE_LEN + 1];
	struct found found = { .n = 0 };
	int err;

	protect->why[0] = '\0';
	err = token_device(id);
	if (err)
		add_why(protect, "this device has no machine ID yet");
	if (!err)
		err = find(config, &found, protect);
	if (!err)
		err = seal_anchors(found.anchors, found.n, id, device->early);
	if (err == -EOPNOTSUPP)
		add_why(protect, "the module is of the version before, until the next boot");
	for (size_t i = 0; err == -ENOPKG && i < found.n; i++)
		tell_unusable(protect, &found.anchors[i]);
	if (err && !protect->why[0])
		add_why(protect, "the trust anchors could not be sealed: %s", strerror(-err));
	free_found(&found);
	return err;
}

void protect_arm(const struct config *config, const struct policy_device *device,
		 struct protect *protect)
{
	struct seal_status status;

	protect_look(config, protect);
	if (protect->state != PROTECT_IMPOSSIBLE)
		return;
	seal_get_status(&status);
	if (!status.module || status.old || seal(config, device, protect))
		return;
	protect_look(config, protect);
	protect->fresh = protect->state == PROTECT_SEALED;
}

bool token_for_off(const struct policy *policy, const struct engine_status *status)
{
	struct seal_status sealed;

	if (policy->mode != POLICY_MODE_OFF || policy->boot_lowered || !status->enforcing)
		return false;
	seal_get_status(&sealed);
	return sealed.usable > 0;
}

json_t *protect_json(const struct protect *protect)
{
	static const char *const states[] = {
		[PROTECT_SEALED] = "sealed",
		[PROTECT_SWITCHED_OFF] = "off",
		[PROTECT_UNSIGNED] = "unsigned",
		[PROTECT_IMPOSSIBLE] = "impossible",
	};
	char device[TOKEN_DEVICE_LEN + 1], until[21];
	struct seal_status status;

	seal_get_status(&status);
	policy_format_time(status.glass_until, until);
	return json_pack("{s:s, s:i, s:b, s:s?, s:s?, s:s?, s:s?, s:{s:I, s:I}}", "state",
			 states[protect->state], "anchors", (int)protect->usable, "differs",
			 protect->differs, "why", *protect->why ? protect->why : NULL, "device",
			 token_device(device) ? NULL : device, "break_glass",
			 status.glass_until ? until : NULL, "token",
			 *status.action ? status.action : NULL, "tokens", "accepted",
			 (json_int_t)status.accepted, "refused", (json_int_t)status.refused);
}
