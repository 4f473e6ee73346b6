/* tls/src/sessions.c: the sessions that a client may resume: one per host, each used once, as TLS 1.3 asks; the oldest goes first.
 *
 * A host is the name that was verified and the port. OpenSSL gives a session when its ticket arrives, which in TLS 1.3 is with the first
 * reads; so a connection that never reads leaves none.
 */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* Drops entry i. The lock is held, or nobody else has c. */
static void drop(coil_tls_context *c, int i)
{
    free(c->sessions[i].host);
    c->n_sessions--;
    memmove(&c->sessions[i], &c->sessions[i + 1],
            (size_t)(c->n_sessions - i) * sizeof c->sessions[0]);
}

static int find(const coil_tls_context *c, const char *host)
{
    for (int i = 0; i < c->n_sessions; i++)
        if (strcmp(c->sessions[i].host, host) == 0)
            return i;
    return -1;
}

/* OpenSSL's callback: returns 1 when the session was kept. */
static int keep(SSL *ssl, SSL_SESSION *session)
{
    struct tls *t = SSL_get_app_data(ssl);
    char *host = t && t->session_key ? strdup(t->session_key) : NULL;
    if (!host)
        return 0;
    coil_tls_context *c = t->context;
    SSL_SESSION *old = NULL;
    pthread_mutex_lock(&c->lock);
    int i = find(c, host);
    if (i < 0 && c->n_sessions == TLS_MOST_SESSIONS)
        i = 0;
    if (i >= 0) {
        old = c->sessions[i].session;
        drop(c, i);
    }
    c->sessions[c->n_sessions++] = (struct tls_session){host, session};
    pthread_mutex_unlock(&c->lock);
    SSL_SESSION_free(old);
    return 1;
}

SSL_SESSION *tls__sessions_take(coil_tls_context *c, const char *host)
{
    SSL_SESSION *session = NULL;
    pthread_mutex_lock(&c->lock);
    int i = find(c, host);
    if (i >= 0) {
        session = c->sessions[i].session;
        drop(c, i);
    }
    pthread_mutex_unlock(&c->lock);
    if (session && !SSL_SESSION_is_resumable(session)) {
        SSL_SESSION_free(session);
        session = NULL;
    }
    return session;
}

void tls__sessions_init(coil_tls_context *c)
{
    if (!c->resumption) {
        SSL_CTX_set_session_cache_mode(c->ssl_ctx, SSL_SESS_CACHE_OFF);
        SSL_CTX_set_options(c->ssl_ctx, SSL_OP_NO_TICKET);
        if (c->server)
            SSL_CTX_set_num_tickets(c->ssl_ctx, 0);
    } else if (!c->server) {
        SSL_CTX_set_session_cache_mode(c->ssl_ctx,
                                       SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_sess_set_new_cb(c->ssl_ctx, keep);
    }
}

void tls__sessions_done(coil_tls_context *c)
{
    while (c->n_sessions > 0) {
        SSL_SESSION_free(c->sessions[c->n_sessions - 1].session);
        drop(c, c->n_sessions - 1);
    }
}
