/* tls/src/handshake.c: how a stream comes to TLS: started on an open one, at a connect, in a server.
 *
 * All three are coil_stream_start_tls. From the moment the connection lies under the stream the stream owns it; a handshake that fails ends
 * it there, and the stream gives the reason until it is closed.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* ---------------------------------------------------------------- whom a client asks for ---- */

static bool is_address(const char *name)
{
    unsigned char some[sizeof(struct in6_addr)];
    return inet_pton(AF_INET, name, some) == 1 || inet_pton(AF_INET6, name, some) == 1;
}

/* An address is verified, but never sent as a name: the standard has none for it. */
static int ask_for(struct tls *t)
{
    const coil_tls_context *c = t->context;
    X509_VERIFY_PARAM *rules = SSL_get0_param(t->ssl);
    int ok = 1;
    if (!t->name || !t->name[0]) {
        if (c->check_host)
            return coil_fail(-EINVAL, "a TLS client that checks the host needs its server_name");
        return 0;
    }
    bool address = is_address(t->name);
    if (!address)
        ok = SSL_set_tlsext_host_name(t->ssl, t->name) == 1;
    if (ok && c->check_host && address)
        ok = X509_VERIFY_PARAM_set1_ip_asc(rules, t->name);
    if (ok && c->check_host && !address) {
        X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        ok = X509_VERIFY_PARAM_set1_host(rules, t->name, 0);
    }
    if (ok)
        return 0;
    ERR_clear_error();
    return coil_fail(-EINVAL, "not a host name: %s", t->name);
}

static void resume(struct tls *t, coil_stream *stream)
{
    coil_address peer;
    char key[300];
    if (!t->context->resumption || !t->name || coil_stream_peername(stream, &peer) < 0)
        return;
    int n = snprintf(key, sizeof key, "%s:%d", t->name, coil_address_port(&peer));
    if (n < 0 || (size_t)n >= sizeof key)
        return;
    t->session_key = strdup(key); /* without memory: no resumption */
    SSL_SESSION *session = t->session_key ? tls__sessions_take(t->context, key) : NULL;
    if (session)
        SSL_set_session(t->ssl, session);
    SSL_SESSION_free(session);
}

/* ---------------------------------------------------------------- the handshake ---- */

static int in_time(struct tls *t)
{
    coil_timeout limit;
    double seconds = t->context->handshake_timeout;
    int err = coil_timeout_enter(&limit, seconds);
    if (err < 0)
        return err;
    err = coil_timeout_exit(&limit, tls__handshake(t));
    if (err == -ETIMEDOUT && coil_timeout_expired(&limit))
        return coil_fail(-ETIMEDOUT, "the TLS handshake%s%s took longer than %g seconds",
                         t->name ? " with " : "", t->name ? t->name : "", seconds);
    return err;
}

/* A cancelled connection is gone, and its reads say so instead of being cancelled for ever. */
static int end_of_it(struct tls *t, int err)
{
    if (err != -ECANCELED)
        return tls__break(t, err);
    tls__break(t, coil_fail(-ECONNABORTED, "the TLS handshake was cancelled"));
    return err;
}

/* t: not under the stream yet; the stream's from here on, or freed. */
static int begin(coil_stream *stream, struct tls *t)
{
    int err = t->context->server ? 0 : ask_for(t);
    if (err >= 0 && !t->context->server)
        resume(t, stream);
    if (err >= 0)
        err = coil_stream_interpose(stream, &t->base, &t->below);
    if (err < 0) {
        tls__unref(t);
        return err;
    }
    t->refs++;
    err = in_time(t);
    if (err < 0)
        err = end_of_it(t, err);
    tls__unref(t);
    return err;
}

int coil_stream_start_tls(coil_stream *stream, const coil_tls_options *options)
{
    coil_tls_context *context = options ? options->context : NULL;
    const char *name = options ? options->server_name : NULL;
    struct tls *t;
    if (!coil_loop_running())
        return -COIL_ENOLOOP;
    if (!coil_current_task())
        return -COIL_ENOTASK;
    int err = coil_stream_is_closing(stream);
    if (err < 0)
        return err;
    err = context ? 0 : coil_tls_client_context_new(NULL, &context);
    if (err < 0)
        return err;
    err = tls__new(context, context->server ? NULL : name, &t);
    if (!options || !options->context)
        coil_tls_context_free(context); /* the connection keeps it */
    return err < 0 ? err : begin(stream, t);
}

/* ---------------------------------------------------------------- a client ---- */

int coil_tls_open_connection(const char *host, int port, const coil_tls_options *options,
                             coil_stream **ret_stream)
{
    coil_tls_options o = options ? *options : (coil_tls_options){0};
    coil_stream *stream;
    if (!ret_stream)
        return -EINVAL;
    if (o.context && o.context->server)
        return coil_fail(-EINVAL, "a client needs a client's TLS context");
    if (!o.server_name)
        o.server_name = host;
    int err = coil_open_connection(host, port, &stream);
    if (err < 0)
        return err;
    err = coil_stream_start_tls(stream, &o);
    if (err < 0)
        coil_stream_close(stream);
    else
        *ret_stream = stream;
    return err;
}

/* ---------------------------------------------------------------- a server ---- */

int coil_tls_prepare(coil_stream *stream, void *context)
{
    coil_tls_context *c = context;
    if (!c)
        return -EINVAL;
    if (!c->server)
        return coil_fail(-EINVAL, "a server needs a server's TLS context");
    coil_tls_options options = {.context = c};
    int err = coil_stream_start_tls(stream, &options);
    if (err < 0 && err != -ECANCELED && c->refused)
        c->refused(c->refused_arg, stream, err);
    return err;
}

int coil_tls_start_server(const char *host, int port, coil_client_handler handler, void *arg,
                          coil_tls_context *context, const coil_server_options *options,
                          coil_server **ret_server)
{
    coil_server_options o = options ? *options : (coil_server_options){0};
    if (!context)
        return -EINVAL;
    if (!context->server)
        return coil_fail(-EINVAL, "a server needs a server's TLS context");
    if (o.prepare)
        return coil_fail(-EINVAL, "a TLS server prepares its connections itself");
    o.prepare = coil_tls_prepare;
    o.prepare_arg = context;
    return coil_start_server(host, port, handler, arg, &o, ret_server);
}
