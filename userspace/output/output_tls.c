// SPDX-License-Identifier: GPL-2.0-or-later
/* TLS for syslog (RFC 5425): the server's certificate is verified, and its name compared. */
#include "output_syslog.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

struct tls {
	struct output *output;
	const struct output_config *config;
	int fd;
	SSL_CTX *context;
	SSL *ssl;
};

/*
 * In TLS 1.3 the client is through before the server has looked at its certificate, and what it
 * sends then is lost if the server refuses it. Servers' session tickets come after that look: so
 * long they are waited for, from servers that send any at once.
 */
#define SETTLE_MS 1000

/* A file that cannot be used, and why. */
static int complain_file(char why[OUTPUT_WHY_MAX], const char *path)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	if (access(path, R_OK) < 0)
		reason = strerror(errno);
	snprintf(why, OUTPUT_WHY_MAX, "%.128s: cannot be used: %s", path,
		 reason ? reason : "there is nothing in it");
	return -EINVAL;
}

static int complain(struct tls *tls, char why[OUTPUT_WHY_MAX], int err)
{
	long verified = SSL_get_verify_result(tls->ssl);
	const char *reason = ERR_reason_error_string(ERR_peek_error());

	if (err == -ETIMEDOUT)
		reason = "takes nothing";
	else if (err != -EPROTO)
		reason = strerror(-err);
	else if (verified != X509_V_OK)
		reason = X509_verify_cert_error_string(verified);
	snprintf(why, OUTPUT_WHY_MAX, "%.128s: TLS: %s", tls->config->to,
		 reason ? reason : "the server hung up");
	return err;
}

/* Nobody is here to type one. */
static int no_password(char *buf, int size, int writing, void *data)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)data;
	return 0;
}

static int make_context(struct tls *tls, char why[OUTPUT_WHY_MAX])
{
	const struct output_config *config = tls->config;

	tls->context = SSL_CTX_new(TLS_client_method());
	if (!tls->context)
		return -ENOMEM;
	SSL_CTX_set_min_proto_version(tls->context, TLS1_2_VERSION);
	SSL_CTX_set_verify(tls->context, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_default_passwd_cb(tls->context, no_password);
	SSL_CTX_set_mode(tls->context, SSL_MODE_AUTO_RETRY);
	if (SSL_CTX_load_verify_locations(tls->context, config->ca, NULL) != 1)
		return complain_file(why, config->ca);
	if (!config->cert)
		return 0;
	if (SSL_CTX_use_certificate_chain_file(tls->context, config->cert) != 1)
		return complain_file(why, config->cert);
	if (SSL_CTX_use_PrivateKey_file(tls->context, config->key, SSL_FILETYPE_PEM) != 1)
		return complain_file(why, config->key);
	return 0;
}

/* The certificate has to be for this name or address. */
static int expect_host(struct tls *tls)
{
	unsigned char address[sizeof(struct in6_addr)];
	const char *host = tls->config->host;

	if (inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1)
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls->ssl), host) == 1;
	return SSL_set1_host(tls->ssl, host) == 1 && SSL_set_tlsext_host_name(tls->ssl, host) == 1;
}

/* After @ret of an SSL function: 0 to call it again, or -errno. */
static int wait_for(struct tls *tls, int ret, int64_t deadline)
{
	switch (SSL_get_error(tls->ssl, ret)) {
	case SSL_ERROR_WANT_READ:
		return output_wait(tls->output, tls->fd, POLLIN, deadline);
	case SSL_ERROR_WANT_WRITE:
		return output_wait(tls->output, tls->fd, POLLOUT, deadline);
	case SSL_ERROR_ZERO_RETURN:
		return -EPIPE;
	case SSL_ERROR_SYSCALL:
		return errno ? -errno : -EPIPE;
	default:
		return -EPROTO;
	}
}

static int handshake(struct tls *tls)
{
	int64_t deadline = output_deadline();
	int ret, err = 0;

	do {
		ERR_clear_error();
		errno = 0;
		ret = SSL_connect(tls->ssl);
		if (ret != 1)
			err = wait_for(tls, ret, deadline);
	} while (ret != 1 && !err);
	return err;
}

/* What the server says is the end, an alert, or new session tickets. */
static int look_for_end(struct tls *tls)
{
	char byte[64];
	int n, err;

	do {
		ERR_clear_error();
		errno = 0;
		n = SSL_read(tls->ssl, byte, sizeof(byte));
	} while (n > 0);
	err = SSL_get_error(tls->ssl, n);
	if (err == SSL_ERROR_WANT_READ || err == SSL_ERROR_WANT_WRITE)
		return 0;
	if (err == SSL_ERROR_SSL)
		return -EPROTO;
	return errno ? -errno : -EPIPE;
}

/* See SETTLE_MS. */
static int settle(struct tls *tls)
{
	int64_t deadline = output_deadline() - OUTPUT_PATIENCE_MS + SETTLE_MS;
	int err;

	if (SSL_version(tls->ssl) < TLS1_3_VERSION)
		return 0;
	err = output_wait(tls->output, tls->fd, POLLIN, deadline);
	if (err)
		return err == -ETIMEDOUT ? 0 : err;
	return look_for_end(tls);
}

int tls_open(struct output *output, const struct output_config *config, int fd, struct tls **ret,
	     char why[OUTPUT_WHY_MAX])
{
	struct tls *tls = calloc(1, sizeof(*tls));
	int err;

	if (!tls)
		return -ENOMEM;
	*tls = (struct tls){ .output = output, .config = config, .fd = fd };
	ERR_clear_error();
	err = make_context(tls, why);
	if (!err) {
		tls->ssl = SSL_new(tls->context);
		if (!tls->ssl || SSL_set_fd(tls->ssl, fd) != 1 || !expect_host(tls))
			err = -ENOMEM;
	}
	if (!err) {
		err = handshake(tls);
		if (!err)
			err = settle(tls);
		if (err)
			complain(tls, why, err);
	}
	if (err)
		tls_close(tls);
	else
		*ret = tls;
	return err;
}

int tls_send(struct tls *tls, const char *buf, size_t len, char why[OUTPUT_WHY_MAX])
{
	int64_t deadline = output_deadline();
	size_t written = 0;
	int ret, err = look_for_end(tls);

	while (!err) {
		ERR_clear_error();
		errno = 0;
		/* All or, after a wait, the same again (SSL_write(3)). */
		ret = SSL_write_ex(tls->ssl, buf, len, &written);
		if (ret == 1)
			return 0;
		err = wait_for(tls, ret, deadline);
	}
	return complain(tls, why, err);
}

void tls_close(struct tls *tls)
{
	if (!tls)
		return;
	/* One try to say goodbye; a server that does not listen is not waited for. */
	if (tls->ssl && SSL_is_init_finished(tls->ssl))
		SSL_shutdown(tls->ssl);
	ERR_clear_error();
	SSL_free(tls->ssl);
	SSL_CTX_free(tls->context);
	free(tls);
}
