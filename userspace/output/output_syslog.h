/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Syslog: what output_syslog.c and output_stream.c share, and tests see. */
#ifndef INTERDICT_OUTPUT_SYSLOG_H
#define INTERDICT_OUTPUT_SYSLOG_H

#include "output.h"

/*
 * A message of RFC 5424, without framing: the header with facility authpriv and MSGID the event's
 * kind; structured data with the main members, SD-ID "interdict@32473"; the event in @format as
 * MSG, without a byte order mark, as what reads JSON does not take one. Returns a string that the
 * caller frees and its length; NULL: no memory.
 */
char *syslog_message(enum output_format format, const json_t *event, const char *line, size_t len,
		     size_t *ret_len);

/* A connection: a datagram socket, TCP, or TLS. */
struct stream;

/* Connect as @config says. Returns 0 and *@stream, or -errno with @why. */
int stream_open(struct output *output, const struct output_config *config, struct stream **stream,
		char why[OUTPUT_WHY_MAX]);
/*
 * Send one message, on a stream with its length before it (RFC 6587 section 3.4.1, RFC 5425 section
 * 4.3). Returns 0; -EMSGSIZE: too long for a datagram; another -errno with @why.
 */
int stream_send(struct stream *stream, const char *message, size_t len, char why[OUTPUT_WHY_MAX]);
void stream_close(struct stream *stream);

/* output_tls.c: the same over a socket that is connected. */
struct tls;

int tls_open(struct output *output, const struct output_config *config, int fd, struct tls **tls,
	     char why[OUTPUT_WHY_MAX]);
int tls_send(struct tls *tls, const char *buf, size_t len, char why[OUTPUT_WHY_MAX]);
/* Without closing the socket. */
void tls_close(struct tls *tls);

#endif
