/* tls/src/wire.c: the bytes of the wire, and how a connection ends.
 *
 * OpenSSL is entered by tls__enter, and tls__go_on says what to do about a call that did not succeed. Whoever lacks bytes of the wire pulls
 * them; a second one that lacks some waits until the first has got some. So bytes are taken from the wire only when somebody wants to
 * read, and the peer is held back as on a plain stream.
 */
#include <errno.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

enum { IN_LEAST = 4 * 1024, IN_MOST = 34 * 1024 };

/* ---------------------------------------------------------------- how it ends ---- */

int tls__raise(const struct tls *t)
{
    return t->reason ? coil_fail(t->error, "%s", t->reason) : t->error;
}

int tls__remember(struct tls *t, int err)
{
    if (t->error == 0) {
        t->error = err;
        t->reason = strdup(coil_error_message(err)); /* without memory its sentence will do */
    }
    return tls__raise(t);
}

void tls__let_go(struct tls *t, bool abort)
{
    coil_stream *below = t->below;
    t->below = NULL;
    if (!below)
        return;
    if (abort)
        coil_stream_abort(below);
    coil_stream_close(below);
    coil_event_set(&t->pulled);
}

int tls__break(struct tls *t, int err)
{
    tls__remember(t, err);
    tls__let_go(t, false);
    return tls__raise(t);
}

static int truncated(struct tls *t)
{
    if (t->established && (t->closing || t->context->ignore_truncation))
        return TLS_OVER;
    return coil_fail(-COIL_ETLS_TRUNCATED,
                     t->established ? "the peer closed the connection without TLS's farewell: "
                                      "bytes may be missing"
                                    : "the peer closed the connection during the TLS handshake");
}

/* ---------------------------------------------------------------- bytes of the wire ---- */

/* Little for those who wait most of the time; two whole records once a read has filled it. */
static int make_room(struct tls *t)
{
    uint32_t room = t->in && t->end == t->room ? IN_MOST : IN_LEAST;
    if (room <= t->room)
        return 0;
    char *in = malloc(room);
    if (!in)
        return t->in ? 0 : -ENOMEM;
    free(t->in); /* what lay there was taken */
    t->in = in;
    t->room = room;
    return 0;
}

static int pull(struct tls *t)
{
    int err = make_room(t);
    if (err < 0)
        return err;
    t->start = t->end = 0; /* OpenSSL asks for more when it has taken all */
    t->pulling = true;
    coil_event_clear(&t->pulled);
    int n = coil_stream_read(t->below, t->in, t->room);
    t->pulling = false;
    coil_event_set(&t->pulled);
    if (n > 0)
        t->end = (uint32_t)n;
    else if (n == 0)
        t->in_ended = true;
    return n < 0 ? n : 0;
}

int tls__more_input(struct tls *t)
{
    int err;
    if (!t->below)
        return t->error ? tls__raise(t) : TLS_OVER;
    if (t->pulling)
        return coil_event_wait(&t->pulled);
    if (t->in_ended)
        return truncated(t);
    err = pull(t);
    return err < 0 && t->closing && err != -ECANCELED ? TLS_OVER : err;
}

/* ---------------------------------------------------------------- a call of OpenSSL ---- */

int tls__enter(struct tls *t)
{
    if (t->error)
        return tls__raise(t);
    if (!t->below)
        return -ECONNABORTED;
    ERR_clear_error();
    return 0;
}

int tls__go_on(struct tls *t, int result, const char *doing)
{
    switch (SSL_get_error(t->ssl, result)) {
    case SSL_ERROR_WANT_READ:
        return tls__more_input(t);
    case SSL_ERROR_ZERO_RETURN:
        return TLS_OVER;
    default:
        break;
    }
    if (t->write_error) { /* it is the wire's, not OpenSSL's */
        ERR_clear_error();
        return tls__remember(t, t->write_error);
    }
    return tls__remember(t, tls__error(t, doing));
}
