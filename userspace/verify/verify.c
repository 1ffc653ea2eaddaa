// SPDX-License-Identifier: GPL-2.0-or-later
#include "verify.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kmod/extract/reader_memory.h"
#include "kmod/extract/x509.h"
#include "subject/reader_fd.h"
#include "verify_internal.h"

void verify_note_claim(struct verify *v, uint32_t i, const char *why)
{
	struct interdict_claim *claim = &v->claims->claim[i];
	char *text = v->report->why[i];

	if (!why) {
		claim->flags |= INTERDICT_CLAIM_VERIFIED;
		text[0] = '\0';
	} else if (!(claim->flags & INTERDICT_CLAIM_VERIFIED) && !text[0]) {
		snprintf(text, VERIFY_WHY_MAX, "%s", why);
	}
}

void verify_note(struct verify *v, X509 *cert, const char *why)
{
	struct interdict_claims *own = calloc(1, sizeof(*own));
	struct reader_memory memory;
	unsigned char *der = NULL;
	int len = i2d_X509(cert, &der);

	if (!own || len <= 0)
		goto out;
	reader_memory_init(&memory, der, (__u64)len);
	/* As the file's were made: what cannot be read of it is not claimed there either. */
	(void)x509_claims(&memory.reader, 0, (__u64)len, INTERDICT_SOURCE_NONE, 0, own);
	for (uint32_t i = 0; i < v->claims->count; i++)
		for (uint32_t j = 0; j < own->count; j++)
			if (v->claims->claim[i].kind == own->claim[j].kind &&
			    v->claims->claim[i].form == own->claim[j].form &&
			    v->claims->claim[i].len == own->claim[j].len &&
			    memcmp(v->claims->claim[i].value, own->claim[j].value,
				   INTERDICT_CLAIM_LEN) == 0)
				verify_note_claim(v, i, why);
out:
	OPENSSL_free(der);
	free(own);
}

void verify_note_source(struct verify *v, enum interdict_source source, const char *why)
{
	for (uint32_t i = 0; i < v->claims->count; i++)
		if (v->claims->claim[i].source == source)
			verify_note_claim(v, i, why);
}

/* Why a claim of which nothing was said is not verified. */
static const char *nothing_said(const struct interdict_claim *claim)
{
	switch (claim->source) {
	case INTERDICT_SOURCE_APPIMAGE:
		return "not supported for OpenPGP";
	case INTERDICT_SOURCE_APK:
		return "not supported for older keys of a rotation";
	default:
		return claim->form == INTERDICT_FORM_IS || claim->form == INTERDICT_FORM_SKID ?
			       "neither the file nor the trust store has the certificate" :
			       "its signature cannot be read";
	}
}

static bool has_source(const struct interdict_claims *claims, enum interdict_source source)
{
	for (uint32_t i = 0; i < claims->count; i++)
		if (claims->claim[i].source == source)
			return true;
	return false;
}

void verify_subject(const struct subject *subject, const struct verify_trust *trust,
		    struct interdict_claims *claims, struct verify_report *report)
{
	static const struct {
		enum interdict_source source;
		void (*verify)(struct verify *v);
	} formats[] = {
		{ INTERDICT_SOURCE_VERITY, verify_fsverity },
		{ INTERDICT_SOURCE_PE, verify_pe },
		{ INTERDICT_SOURCE_APK, verify_apk },
		{ INTERDICT_SOURCE_JAR, verify_jar },
		{ INTERDICT_SOURCE_APPENDED, verify_appended },
		{ INTERDICT_SOURCE_IMA, verify_ima },
	};
	struct reader_fd file;
	struct verify v = {
		.reader = &file.reader,
		.fd = subject_open_content(subject),
		.trust = trust,
		.claims = claims,
		.report = report,
	};
	char why[VERIFY_WHY_MAX] = "";

	memset(report, 0, sizeof(*report));
	if (v.fd < 0) {
		snprintf(why, sizeof(why), "the file cannot be read: %s", strerror(-v.fd));
	} else {
		reader_fd_init(&file, v.fd, subject->size);
		for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
			if (has_source(claims, formats[i].source))
				formats[i].verify(&v);
		close(v.fd);
	}
	for (uint32_t i = 0; i < claims->count; i++)
		verify_note_claim(&v, i, *why ? why : nothing_said(&claims->claim[i]));
}

void verify_json(json_t *file, const struct interdict_claims *claims,
		 const struct verify_report *report)
{
	json_t *claim, *list = json_object_get(file, "claims");
	size_t i;

	json_array_foreach(list, i, claim)
	{
		bool verified = claims->claim[i].flags & INTERDICT_CLAIM_VERIFIED;

		json_object_set_new(claim, "verified", json_boolean(verified));
		json_object_set_new(claim, "not_verified",
				    verified ? json_null() : json_string(report->why[i]));
	}
}
