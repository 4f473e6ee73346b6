/* tls/src/connection.c: one connection: a transport whose bytes go through OpenSSL.
 *
 * OpenSSL never suspends, and is never entered twice at the same time: a task that reads and one that writes take turns between their
 * suspensions, which are those of wire.c.
 *
 * A struct tls lives while the upper stream has it and while a task is inside: the close may come while a recv is suspended.
 */
#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

enum { HELD = 64 * 1024 }; /* bytes that may wait below before a write waits, too */

/* ---------------------------------------------------------------- the transport ---- */

/* Whether OpenSSL could only say that it lacks bytes: to ask it costs as much as to read a record. */
static bool is_dry(const struct tls *t)
{
    return t->established && t->start == t->end && !SSL_has_pending(t->ssl) &&
           (SSL_get_shutdown(t->ssl) & SSL_RECEIVED_SHUTDOWN) == 0;
}

static int receive(struct tls *t, void *buf, size_t n)
{
    for (;;) {
        size_t got;
        if (!t->below && !t->error)
            return 0; /* closed from this side */
        int err = tls__enter(t);
        if (err < 0)
            return err;
        if (is_dry(t)) {
            err = tls__more_input(t);
        } else {
            int ok = SSL_read_ex(t->ssl, buf, n, &got);
            if (ok == 1)
                return (int)got;
            err = tls__go_on(t, ok, "TLS read");
        }
        if (err != 0)
            return err == TLS_OVER ? 0 : err;
    }
}

static int tls_recv(coil_transport *transport, void *buf, size_t n)
{
    struct tls *t = (struct tls *)transport;
    t->refs++;
    int got = receive(t, buf, n);
    tls__unref(t);
    return got;
}

/* As go_on, but that the peer has said its farewell is not what ended a write. */
static int go_on_writing(struct tls *t, int result)
{
    int err = tls__go_on(t, result, "TLS write");
    return err == TLS_OVER ? tls__remember(t, t->write_error ? t->write_error : -EPIPE) : err;
}

static int transmit(struct tls *t, const void *buf, size_t n)
{
    for (;;) {
        size_t sent;
        int err = tls__enter(t);
        if (err >= 0)
            err = coil_stream_drain(t->below);
        if (err >= 0)
            err = tls__enter(t); /* again: the drain may have waited */
        if (err < 0)
            return err;
        int ok = SSL_write_ex(t->ssl, buf, n, &sent);
        if (ok == 1)
            return (int)sent;
        err = go_on_writing(t, ok);
        if (err < 0)
            return err;
    }
}

static int tls_send(coil_transport *transport, const void *buf, size_t n)
{
    struct tls *t = (struct tls *)transport;
    t->refs++;
    int sent = transmit(t, buf, n);
    tls__unref(t);
    return sent;
}

static int tls_send_now(coil_transport *transport, const void *buf, size_t n)
{
    struct tls *t = (struct tls *)transport;
    size_t done = 0, sent;
    int err = tls__enter(t);
    if (err < 0)
        return err;
    if (n > INT_MAX)
        n = INT_MAX;
    while (done < n && coil_stream_get_write_buffer_size(t->below) < HELD) {
        ERR_clear_error();
        int ok = SSL_write_ex(t->ssl, (const char *)buf + done, n - done, &sent);
        if (ok != 1 && SSL_get_error(t->ssl, ok) == SSL_ERROR_WANT_READ)
            break;
        if (ok != 1)
            return go_on_writing(t, ok);
        done += sent;
    }
    return (int)done;
}

/* Says close_notify, once. What OpenSSL thinks of it does not matter any more. */
static void say_goodbye(struct tls *t)
{
    if (!t->established || t->error || !t->below ||
        (SSL_get_shutdown(t->ssl) & SSL_SENT_SHUTDOWN) != 0)
        return;
    ERR_clear_error();
    SSL_shutdown(t->ssl);
    ERR_clear_error();
}

static int tls_shutdown(coil_transport *transport)
{
    struct tls *t = (struct tls *)transport;
    int err = tls__enter(t);
    if (err >= 0)
        say_goodbye(t);
    return err < 0 ? err : t->write_error;
}

/* Waits for the peer's close_notify; what comes before it is dropped, as nobody can read it any more. */
static int hear_goodbye(struct tls *t)
{
    char waste[1024];
    int err = 0;
    while (err == 0 && t->below && !t->error) {
        size_t got;
        ERR_clear_error();
        int ok = SSL_read_ex(t->ssl, waste, sizeof waste, &got);
        if (ok != 1)
            err = tls__go_on(t, ok, "TLS shutdown");
    }
    ERR_clear_error();
    return err;
}

static int part(struct tls *t)
{
    t->closing = true;
    say_goodbye(t);
    if (!t->established || t->error || !t->below || t->write_error)
        return 0;
    int err = 0;
    COIL_TIMEOUT(limit, t->context->shutdown_timeout, err)
    {
        err = hear_goodbye(t);
    }
    return err;
}

static int tls_close(coil_transport *transport, int aborted)
{
    struct tls *t = (struct tls *)transport;
    int err = aborted ? 0 : part(t);
    coil_stream *below = t->below;
    /* unanswered: what the kernel has may still arrive; what it does not take would wait for ever */
    tls__let_go(t, aborted || (err < 0 && below && coil_stream_get_write_buffer_size(below) > 0));
    if (!aborted && err != -ECANCELED && below)
        err = coil_stream_wait_closed(below);
    tls__unref(t);
    return err == -ECANCELED ? err : 0;
}

static int tls_fd(coil_transport *transport)
{
    struct tls *t = (struct tls *)transport;
    return t->below ? coil_stream_fd(t->below) : -1;
}

const coil_transport_ops tls__ops = {.recv = tls_recv,
                                     .send = tls_send,
                                     .shutdown = tls_shutdown,
                                     .close = tls_close,
                                     .fd = tls_fd,
                                     .send_now = tls_send_now};

/* ---------------------------------------------------------------- the handshake ---- */

int tls__handshake(struct tls *t)
{
    for (;;) {
        int err = tls__enter(t);
        if (err < 0)
            return err;
        int ok = SSL_do_handshake(t->ssl);
        if (ok == 1) {
            t->established = true;
            return 0;
        }
        err = tls__go_on(t, ok, "TLS handshake");
        if (err != 0)
            return err == TLS_OVER ? coil_fail(-ECONNABORTED, "closed during the TLS handshake")
                                   : err;
    }
}

/* ---------------------------------------------------------------- made and freed ---- */

int tls__new(coil_tls_context *context, const char *server_name, struct tls **ret_tls)
{
    struct tls *t = calloc(1, sizeof *t);
    BIO *bio = t ? tls__bio_new(t) : NULL;
    if (!bio) {
        free(t);
        return -ENOMEM;
    }
    t->base.ops = &tls__ops;
    t->refs = 1;
    t->context = tls__context_ref(context);
    coil_event_init(&t->pulled);
    t->ssl = SSL_new(context->ssl_ctx);
    t->name = server_name ? strdup(server_name) : NULL;
    if (!t->ssl || (server_name && !t->name)) {
        BIO_free(bio);
        tls__unref(t);
        ERR_clear_error();
        return -ENOMEM;
    }
    SSL_set_bio(t->ssl, bio, bio);
    SSL_set_app_data(t->ssl, t);
    if (context->server)
        SSL_set_accept_state(t->ssl);
    else
        SSL_set_connect_state(t->ssl);
    *ret_tls = t;
    return 0;
}

void tls__unref(struct tls *t)
{
    if (--t->refs > 0)
        return;
    SSL_free(t->ssl);
    coil_tls_context_free(t->context);
    free(t->name);
    free(t->session_key);
    free(t->reason);
    free(t->in);
    free(t);
}
