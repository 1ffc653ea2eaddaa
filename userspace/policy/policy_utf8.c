// SPDX-License-Identifier: GPL-2.0-or-later
/* UTF-8 as a policy's text may hold it. */
#include <stdint.h>

#include "policy_utf8.h"

static int continues(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

size_t policy_utf8_length(const unsigned char *t, size_t len)
{
	unsigned char low = 0x80;
	unsigned char high = 0xbf;
	size_t n;
	size_t i;

	if (!len)
		return 0;
	if (t[0] < 0x80)
		return 1;
	if (t[0] >= 0xc2 && t[0] <= 0xdf)
		n = 2;
	else if (t[0] >= 0xe0 && t[0] <= 0xef)
		n = 3;
	else if (t[0] >= 0xf0 && t[0] <= 0xf4)
		n = 4;
	else
		return 0;
	if (len < n)
		return 0;
	/* The second byte's range is narrower after these: RFC 3629 section 4. */
	if (t[0] == 0xe0)
		low = 0xa0;
	else if (t[0] == 0xed)
		high = 0x9f;
	else if (t[0] == 0xf0)
		low = 0x90;
	else if (t[0] == 0xf4)
		high = 0x8f;
	if (t[1] < low || t[1] > high)
		return 0;
	for (i = 2; i < n; i++)
		if (!continues(t[i]))
			return 0;
	return n;
}

const char *policy_utf8_refused(const unsigned char *t, size_t n)
{
	uint32_t c = t[0];

	if (n == 2)
		c = (t[0] & 0x1fU) << 6 | (t[1] & 0x3fU);
	else if (n == 3)
		c = (t[0] & 0x0fU) << 12 | (t[1] & 0x3fU) << 6 | (t[2] & 0x3fU);
	else if (n == 4)
		return NULL;

	if (c == '\n' || c == '\t')
		return NULL;
	if (c == '\r')
		return "a carriage return: lines end in a line feed alone";
	if (c < 0x20 || (c >= 0x7f && c <= 0x9f))
		return "a control character";
	if (c == 0x2028 || c == 0x2029)
		return "a line or paragraph separator: lines end in a line feed alone";
	if (c == 0xfeff)
		return "a byte order mark: the text is UTF-8 without one";
	if ((c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0x200e ||
	    c == 0x200f || c == 0x061c)
		return "a character that changes the direction of text: it would not be read as it is";
	return NULL;
}
