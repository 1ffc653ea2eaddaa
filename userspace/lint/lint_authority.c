// SPDX-License-Identifier: GPL-2.0-or-later
/* Publishers that are no vendors: who certifies vendors, and who stamps the time on signatures. */
#include <string.h>

#include "kmod/extract/publisher.h"
#include "lint_internal.h"

/* In small letters, as folded; whole words, of which the last may be followed by more. */
static const char *const words[] = {
	"timestamp",
	"timestamping",
	"timestamps",
	"time stamp",
	"time stamping",
	"time-stamp",
	"time-stamping",
	"tsa",
	"certificate authority",
	"certification authority",
	"certification authorities",
	"certificate services",
	"certification services",
	"ca",
	"root",
};

/*
 * How the organisations (O of the subject) of public certificate authorities begin, in small
 * letters. Sources: the certificates of Mozilla's root store as ca-certificates 20230311 of Debian
 * has them; for GeoTrust, StartCom, Symantec, Thawte, VeriSign and WoSign, that are no longer in
 * it, those of its releases up to 2016; for Let's Encrypt and SSL.com, their intermediates.
 */
static const char *const organisations[] = {
	"actalis",
	"addtrust",
	"affirmtrust",
	"amazon trust services",
	"asseco data systems",
	"buypass",
	"certsign",
	"certum",
	"comodo ca",
	"cybertrust",
	"d-trust",
	"dhimyotis",
	"digicert",
	"digital signature trust",
	"disig",
	"e-tugra",
	"emudhra",
	"entrust",
	"geotrust",
	"globalsign",
	"go daddy",
	"godaddy",
	"google trust services",
	"hellenic academic and research institutions",
	"identrust",
	"internet security research group",
	"isrg",
	"itruschina",
	"let's encrypt",
	"microsec",
	"netlock",
	"quovadis",
	"secom trust",
	"sectigo",
	"securetrust",
	"ssl corp",
	"ssl corporation",
	"ssl.com",
	"starfield technologies",
	"startcom",
	"swisssign",
	"symantec",
	"t-systems enterprise services",
	"taiwan-ca",
	"thawte",
	"the go daddy group",
	"the usertrust network",
	"trustcor",
	"trustwave",
	"unitrust",
	"unizeto",
	"usertrust",
	"verisign",
	"wisekey",
	"wosign",
	"xramp",
};

/* Letters beyond ASCII belong to words. */
static bool in_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80;
}

bool lint_has_words(const char *folded, const char *words)
{
	size_t len = strlen(words);
	const char *at;

	for (at = strstr(folded, words); at; at = strstr(at + 1, words))
		if ((at == folded || !in_word(at[-1])) && !in_word(at[len]))
			return true;
	return false;
}

const char *lint_authority(const char *name)
{
	char folded[PUBLISHER_MAX + 1];
	size_t len = strlen(name);
	int n = len > PUBLISHER_MAX ? -E2BIG : publisher_fold(name, (__u32)len, folded);
	size_t i;

	if (n <= 0)
		return NULL;
	folded[n] = '\0';
	for (i = 0; i < sizeof(organisations) / sizeof(organisations[0]); i++) {
		len = strlen(organisations[i]);
		if (!strncmp(folded, organisations[i], len) && !in_word(folded[len]))
			return organisations[i];
	}
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (lint_has_words(folded, words[i]))
			return words[i];
	return NULL;
}
