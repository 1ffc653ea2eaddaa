// SPDX-License-Identifier: GPL-2.0-only
#include "token.h"

static const char *const action_names[TOKEN_ACTIONS] = {
	[TOKEN_UNLOAD] = "unload",
	[TOKEN_OFF] = "off",
	[TOKEN_BREAK_GLASS] = "break-glass",
	[TOKEN_TOOL] = "tool",
};

/* What is left of the text. */
struct text {
	const char *at;
	__u32 len;
};

/* A value, without its newline. */
struct value {
	const char *at;
	__u32 len;
};

const char *token_action_name(__u32 action)
{
	return action < TOKEN_ACTIONS ? action_names[action] : "?";
}

int token_action_of(const char *name, __u32 len)
{
	__u32 i;

	for (i = 0; i < TOKEN_ACTIONS; i++)
		if (strlen(action_names[i]) == len && !memcmp(action_names[i], name, len))
			return i;
	return -EINVAL;
}

/* The value of the next line, which is "key: value". */
static bool take(struct text *text, const char *key, struct value *value)
{
	const __u32 key_len = strlen(key);
	const char *end;

	if (text->len < key_len + 2 || memcmp(text->at, key, key_len) != 0 ||
	    text->at[key_len] != ':' || text->at[key_len + 1] != ' ')
		return false;
	value->at = text->at + key_len + 2;
	end = memchr(value->at, '\n', text->len - key_len - 2);
	if (!end)
		return false;
	value->len = end - value->at;
	text->len -= end + 1 - text->at;
	text->at = end + 1;
	return value->len > 0;
}

static bool is(const struct value *value, const char *word)
{
	return value->len == strlen(word) && !memcmp(value->at, word, value->len);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Exactly len bytes, of twice as many digits. */
static bool hex(const struct value *value, __u8 *bytes, __u32 len)
{
	__u32 i;

	if (value->len != 2 * len)
		return false;
	for (i = 0; i < len; i++) {
		const int high = hex_digit(value->at[2 * i]);
		const int low = hex_digit(value->at[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		bytes[i] = high << 4 | low;
	}
	return true;
}

/* len digits and nothing else. */
static bool digits(const char *at, __u32 len, __u32 *number)
{
	__u32 i;

	*number = 0;
	for (i = 0; i < len; i++) {
		if (at[i] < '0' || at[i] > '9')
			return false;
		*number = *number * 10 + (at[i] - '0');
	}
	return true;
}

static bool is_leap(__u32 year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Days from 1 January 1970 to that of the year: 365 each and the leap days between. */
static __s64 days_to_year(__u32 year)
{
	const __u32 before = year - 1;

	return (__s64)(year - 1970) * 365 + (before / 4 - before / 100 + before / 400) -
	       (1969 / 4 - 1969 / 100 + 1969 / 400);
}

/* "2026-11-22T08:00:00Z", of 1970 to 9999. */
static bool parse_time(const struct value *value, __s64 *seconds)
{
	static const __u8 days_in[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	static const char form[] = "0000-00-00T00:00:00Z";
	__u32 year, month, day, hour, minute, second, i;
	const char *at = value->at;
	__s64 days;

	if (value->len != sizeof(form) - 1)
		return false;
	for (i = 0; i < value->len; i++)
		if (form[i] != '0' && form[i] != at[i])
			return false;
	if (!digits(at, 4, &year) || !digits(at + 5, 2, &month) || !digits(at + 8, 2, &day) ||
	    !digits(at + 11, 2, &hour) || !digits(at + 14, 2, &minute) ||
	    !digits(at + 17, 2, &second))
		return false;
	if (year < 1970 || month < 1 || month > 12 || hour > 23 || minute > 59 || second > 59)
		return false;
	if (day < 1 || day > days_in[month - 1] + (month == 2 && is_leap(year) ? 1U : 0U))
		return false;
	days = days_to_year(year) + (day - 1) + (month > 2 && is_leap(year));
	for (i = 1; i < month; i++)
		days += days_in[i - 1];
	*seconds = days * 86400 + hour * 3600 + minute * 60 + second;
	return true;
}

/* As policies and orders are called (policy_parse_id() of user space). */
static bool is_name(const struct value *value)
{
	__u32 i;

	if (value->len > TOKEN_NAME_MAX)
		return false;
	for (i = 0; i < value->len; i++) {
		const char c = value->at[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-')
			return false;
	}
	return value->at[0] != '-' && value->at[value->len - 1] != '-';
}

/* Of at least 1, in decimal digits. */
static bool parse_number(const struct value *value, __u64 *number)
{
	__u64 n = 0;
	__u32 i;

	if (value->at[0] == '0')
		return false;
	for (i = 0; i < value->len; i++) {
		const __u32 digit = value->at[i] - '0';

		/* A tenth of 2^64 - 1, and what is left of it. */
		if (digit > 9 || n > 1844674407370955161ULL ||
		    (n == 1844674407370955161ULL && digit > 5))
			return false;
		n = n * 10 + digit;
	}
	*number = n;
	return true;
}

static bool parse_device(const struct value *value, struct token *token)
{
	__u8 bytes[TOKEN_DEVICE_LEN / 2];

	if (!is(value, "*") && !hex(value, bytes, sizeof(bytes)))
		return false;
	memcpy(token->device, value->at, value->len);
	return true;
}

/* What every token has. Returns NULL, or what is wrong. */
static const char *parse_head(struct text *text, struct token *token)
{
	struct value value;
	int action;

	if (!take(text, "interdict-token", &value) || !is(&value, "1"))
		return "it does not begin with \"interdict-token: 1\"";
	if (!take(text, "action", &value))
		return "its second line is not its action";
	action = token_action_of(value.at, value.len);
	if (action < 0)
		return "its action is none of unload, off, break-glass, tool";
	token->action = action;
	if (!take(text, "device", &value) || !parse_device(&value, token))
		return "its device is neither an ID of 32 hex digits nor *";
	if (!take(text, "not-before", &value) || !parse_time(&value, &token->not_before))
		return "its not-before is not a time as 2026-11-22T08:00:00Z";
	if (!take(text, "not-after", &value) || !parse_time(&value, &token->not_after))
		return "its not-after is not a time as 2026-11-22T08:00:00Z";
	if (token->not_after < token->not_before)
		return "it ends before it begins";
	if (!take(text, "nonce", &value) || !hex(&value, token->nonce, sizeof(token->nonce)))
		return "its nonce is not 32 hex digits";
	return NULL;
}

static const char *parse_rest(struct text *text, struct token *token)
{
	struct value value;

	if (token->action == TOKEN_OFF) {
		if (!take(text, "policy", &value) || !is_name(&value))
			return "its policy is not a policy's name";
		memcpy(token->policy, value.at, value.len);
		if (!take(text, "serial", &value) || !parse_number(&value, &token->serial))
			return "its serial is not a number";
	}
	if (token->action == TOKEN_TOOL &&
	    (!take(text, "sha256", &value) || !hex(&value, token->sha256, sizeof(token->sha256))))
		return "its sha256 is not 64 hex digits";
	return text->len ? "there is more in it than its action has" : NULL;
}

int token_parse(const char *bytes, __u32 len, struct token *ret, const char **why)
{
	struct text text = { .at = bytes, .len = len };
	struct token token;

	memset(&token, 0, sizeof(token));
	*why = len > TOKEN_MAX ? "it is longer than 4096 bytes" : parse_head(&text, &token);
	if (!*why)
		*why = parse_rest(&text, &token);
	if (*why)
		return -EBADMSG;
	*ret = token;
	return 0;
}

int token_check(const struct token *token, const char device[TOKEN_DEVICE_LEN], __s64 early,
		__s64 late)
{
	if (token->device[0] != '*' && memcmp(token->device, device, TOKEN_DEVICE_LEN) != 0)
		return -EXDEV;
	if (early < token->not_before)
		return -EAGAIN;
	return late > token->not_after ? -EKEYEXPIRED : 0;
}
