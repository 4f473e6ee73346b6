/* tls/src/internal.h: what the files of the add-on share: the context, and the connection.
 *
 * A connection is a transport (coil/transport.h) between two streams: the user's, above, and the one below, which has the bytes of the
 * wire. OpenSSL sits between them and never waits: what it wants to send goes to the stream below at once (bio.c), what it wants to
 * read must lie in `in`, and whoever lacks bytes pulls them (connection.c).
 */
#ifndef COIL_TLS_INTERNAL_H
#define COIL_TLS_INTERNAL_H

#include <openssl/ssl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "coil/transport.h"
#include "coil_tls.h"

enum { TLS_MOST_SESSIONS = 256, TLS_OVER = 1 };

/* A session that a client may resume: with the host whose certificate was verified, and no other. */
struct tls_session {
    char *host; /* "name:port" */
    SSL_SESSION *session;
};

struct coil_tls_context {
    atomic_uint refs;
    SSL_CTX *ssl_ctx;
    bool server, check_host, resumption, ignore_truncation;
    double handshake_timeout, shutdown_timeout; /* seconds */
    unsigned char *alpn;                        /* as on the wire: size, name, size, name ... */
    unsigned alpn_size;
    coil_tls_choose choose;
    void *choose_arg;
    coil_tls_refused refused;
    void *refused_arg;
    pthread_mutex_t lock; /* of the sessions: connections of several threads may share a context */
    struct tls_session sessions[TLS_MOST_SESSIONS]; /* the oldest first */
    int n_sessions;
};

struct tls {
    coil_transport base;
    coil_tls_context *context;
    SSL *ssl;
    coil_stream *below; /* NULL once it is closed                                       */
    char *name;         /* a client: whom it asked for; NULL: nobody                    */
    char *session_key;  /* a client: its host among the context's sessions, or NULL     */
    unsigned refs;      /* the upper stream's, and one of each task inside              */
    int error;          /* what ended it: every later call gives it; 0: nothing         */
    char *reason;       /* its message; NULL: its sentence                              */
    int write_error;    /* of the stream below, seen by the BIO; 0: none                */
    char *in;           /* bytes of the wire that OpenSSL has not taken: [start, end)   */
    uint32_t start, end, room;
    bool pulling;      /* a task is reading into `in`                                  */
    bool in_ended;     /* the wire's end was read                                      */
    bool established;  /* the handshake is done                                        */
    bool closing;      /* the user has closed: the end is no surprise any more         */
    char alpn[256];    /* for coil_tls_info                                            */
    coil_event pulled; /* something came, or the task that pulls gave up               */
};

/* errors.c: the first error that OpenSSL has for this thread, as Coil's. t: may be NULL; its host goes into the message. */
int tls__error(const struct tls *t, const char *doing);
/* context.c */
coil_tls_context *tls__context_ref(coil_tls_context *c);
/* names.c: SNI and ALPN in a context. Returns 0, -EINVAL, -ENOMEM. */
int tls__names_init(coil_tls_context *c, const coil_tls_config *config);
/* sessions.c: what a client resumes. `take` gives its caller the session, or NULL. */
void tls__sessions_init(coil_tls_context *c);
void tls__sessions_done(coil_tls_context *c);
SSL_SESSION *tls__sessions_take(coil_tls_context *c, const char *host);
/* bio.c: the BIO between OpenSSL and t. NULL when out of memory. */
BIO *tls__bio_new(struct tls *t);
/* connection.c */
extern const coil_transport_ops tls__ops;
/* A connection that is not under a stream yet. Returns 0, -EINVAL, -ENOMEM. */
int tls__new(coil_tls_context *context, const char *server_name, struct tls **ret_tls);
void tls__unref(struct tls *t);
int tls__handshake(struct tls *t);
/* wire.c: before each call of OpenSSL: empties its queue of errors. Returns 0 or what ended the connection. */
int tls__enter(struct tls *t);
/* Waits for bytes of the wire. Returns 0 when it is worth trying again, TLS_OVER at an end that is none to complain of, or an error. */
int tls__more_input(struct tls *t);
/* After a call that gave `result`, no success: returns 0 when it is worth trying again (maybe after a suspension), TLS_OVER at an
 * end that is none to complain of, or the error. doing: what was tried, for the message. */
int tls__go_on(struct tls *t, int result, const char *doing);
/* Ends it with an error, whose message is the current one; the stream below is closed, what waits in it still goes out. */
int tls__break(struct tls *t, int err);
/* Keeps the error and its message for every later call, and raises it. */
int tls__remember(struct tls *t, int err);
/* Gives the error that ended it, with its message. */
int tls__raise(const struct tls *t);
/* Closes the stream below, or aborts it; wakes who waits for its bytes. */
void tls__let_go(struct tls *t, bool abort);

#endif
