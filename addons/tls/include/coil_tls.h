/* coil_tls.h: TLS under a stream, by OpenSSL 3.
 *
 * A TLS stream is a coil_stream: coil_stream_read, readline, write, drain, send, close and the rest of coil/streams.h work as on a
 * plain one. This header says how to open one, as client or as server, and what can be asked of it.
 *
 * The life: a context (certificates, whom to trust), made once and kept; then coil_tls_open_connection, coil_tls_start_server, or
 * coil_stream_start_tls on a stream that is open; coil_stream_close says farewell (close_notify), waits for the peer's
 * until shutdown_timeout, and closes. Nothing blocks, and who reads slowly slows the peer down.
 *
 * Errors: -COIL_ETLS with OpenSSL's reason; -COIL_ETLS_VERIFY when the peer's certificate is refused, with the reason and the host:
 * "certificate verify failed: self-signed certificate (host example.org)"; -COIL_ETLS_TRUNCATED when the peer closed the connection
 * without a farewell, so that what was read may lack its end; the errors of the connection below. A stream whose handshake failed is closed:
 * its reads and writes give the same error, and its handle is its owner's until coil_stream_close.
 *
 * Unless a contract says otherwise a call gives -EINVAL for NULL, and the errors of a stream's handle.
 */
#ifndef COIL_TLS_H
#define COIL_TLS_H

#include <stddef.h>

#include "coil.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---------------------------------------------------------------- contexts ---- */

/* What many connections share. Counted: every connection keeps its own alive. */
typedef struct coil_tls_context coil_tls_context;

enum { COIL_TLS_1_2 = 0x0303, COIL_TLS_1_3 = 0x0304 };

/* Whether the peer must show a certificate, and whether it is verified. */
enum {
    COIL_TLS_VERIFY_DEFAULT,  /* a client: REQUIRED; a server: NONE */
    COIL_TLS_VERIFY_NONE,     /* a client takes any; a server does not ask for one */
    COIL_TLS_VERIFY_OPTIONAL, /* a server asks, and lets in who sends none; a client: REQUIRED */
    COIL_TLS_VERIFY_REQUIRED
};

/* Chooses the context for the name that a client asks for (SNI); NULL when it names none. Returns a server context (borrowed; it must
 * outlive the handshake), or NULL: the handshake is refused with the alert unrecognized_name. It must not suspend. */
typedef coil_tls_context *(*coil_tls_choose)(void *arg, const char *server_name);

/* Told of each handshake that failed in a server, before the stream is closed. coil_error_message(err) says why. */
typedef void (*coil_tls_refused)(void *arg, coil_stream *stream, int err);

/* Zero everywhere is the default. All that is pointed to is copied or read at once. Files are PEM. */
typedef struct coil_tls_config {
    /* who we are; a server needs it */
    const char *cert_chain;   /* the certificate, and those that lead to its root */
    const char *key;          /* its private key; NULL: in the file of cert_chain */
    const char *key_password; /* of an encrypted key */
    /* whom we trust; both NULL: a client trusts the system's */
    const char *ca_file;
    const char *ca_path; /* a folder of certificates with hashed names (openssl rehash) */
    int verify;          /* COIL_TLS_VERIFY_* */
    int no_host_check;   /* 1: a client verifies the certificate, but not whose it is */
    /* what is spoken */
    int min_version;          /* COIL_TLS_1_2 or _1_3; 0: 1.2 */
    int max_version;          /* 0: the newest */
    const char *ciphers;      /* OpenSSL's list, of TLS 1.2; NULL: its default */
    const char *ciphersuites; /* of TLS 1.3 */
    const char *const *alpn;  /* protocols by preference, NULL at the end; with none in common a
                               * server goes on without */
    int no_resumption;        /* 1: sessions are neither kept (client) nor offered (server) */
    /* how long, in seconds */
    double handshake_timeout; /* 0: 60 */
    double shutdown_timeout;  /* how long a close waits for the peer's farewell; 0: 30 */
    int ignore_truncation;    /* 1: a connection that is cut off reads as its end */
    /* a server's */
    coil_tls_choose choose; /* another context, by name */
    void *choose_arg;
    coil_tls_refused refused;
    void *refused_arg;
} coil_tls_config;

/* Makes a context for clients. config: NULL is the default: TLS 1.2 or newer, the system's certificates, host names are checked. Reads
 * files, so that a loop may prefer `coil_to_thread(coil_tls_client_context_new(...))`. Returns 0 and *ret_context; -EINVAL for
 * a bad version, list of ciphers or ALPN name; errno for a file that can't be read (the message names it); -COIL_ETLS when its
 * content is bad or the key does not match; -ENOMEM.
 * From: any thread. Suspends: no. Cancel: not applicable. */
COIL_DECLARE(coil_tls_client_context_new, (const coil_tls_config *, config),
             (coil_tls_context *, ret_context, out));
/* Makes a context for servers; config->cert_chain is needed, unless `choose` gives every client another context. Returns as
 * coil_tls_client_context_new. From: any thread. Suspends: no. Cancel: not applicable. */
COIL_DECLARE(coil_tls_server_context_new, (const coil_tls_config *, config),
             (coil_tls_context *, ret_context, out));
/* Gives a context back; what uses it goes on. A server's must stay until the server and its connections are over. NULL is fine.
 * From: any thread. Suspends: no. Cancel: not applicable. */
void coil_tls_context_free(coil_tls_context *context);

/* ---------------------------------------------------------------- streams ---- */

/* How one connection is made. Zero everywhere is the default. */
typedef struct coil_tls_options {
    coil_tls_context *context; /* NULL: a client's, with defaults, for this connection alone (it
                                * reads the system's certificates each time: keep one instead) */
    const char *server_name; /* a client: whom to ask for and to verify, a name or an address; NULL:
                                * the host of coil_tls_open_connection, none for start_tls */
} coil_tls_options;

/* Connects to host and port and does the handshake. options may be NULL. Returns 0 and *ret_stream; the errors of
 * coil_open_connection; the errors of coil_stream_start_tls: no stream is left then.
 * From: coroutine. Suspends: yes. Cancel: the connection is closed. */
COIL_DECLARE(coil_tls_open_connection, (const char *, host), (int, port),
             (const coil_tls_options *, options), (coil_stream *, ret_stream, out));

/* Begins TLS on a stream that is open, as writer.start_tls() does: as client or as server, as options->context says. The handle stays.
 * What was written before still goes out plain; bytes that came and were not read are taken for the peer's TLS. Nobody may be
 * reading. Returns 0; -COIL_ETLS, -COIL_ETLS_VERIFY, -COIL_ETLS_TRUNCATED; -ETIMEDOUT after handshake_timeout (asyncio:
 * ConnectionAbortedError); the connection's error; -EINVAL when a name is to be checked and none is given; the errors of
 * coil_stream_interpose. From: coroutine. Suspends: yes. Cancel: the connection is closed. */
COIL_DECLARE(coil_stream_start_tls, (coil_stream *, stream), (const coil_tls_options *, options));

/* Starts a server as coil_start_server does, whose connections do a handshake before the handler gets them. A failed one is told
 * to config.refused, and nobody else. options may be NULL; its `prepare` must be free. Returns as coil_start_server; -EINVAL for
 * a client's context. From: coroutine. Suspends: yes, unless the host is numeric. Cancel: nothing is left open. */
COIL_DECLARE(coil_tls_start_server, (const char *, host), (int, port),
             (coil_client_handler, handler), (void *, arg), (coil_tls_context *, context),
             (const coil_server_options *, options), (coil_server *, ret_server, out));
/* The handshake of a server's connection, for coil_server_options: .prepare = coil_tls_prepare, .prepare_arg = the context. That is
 * all that coil_tls_start_server adds, and it works for Unix servers too. Returns as coil_stream_start_tls.
 * From: coroutine. Suspends: yes. Cancel: the connection is closed. */
COIL_DECLARE(coil_tls_prepare, (coil_stream *, stream), (void *, context));

/* ---------------------------------------------------------------- what was agreed ---- */

/* The strings are valid until the stream is closed. */
typedef struct coil_tls_info {
    const char *version;       /* "TLSv1.3" */
    const char *cipher;        /* "TLS_AES_256_GCM_SHA384" */
    const char *alpn;          /* NULL: nothing was agreed */
    const char *server_name;   /* the name that the client asked for; NULL: none */
    int session_reused;        /* 1: an earlier session was resumed */
    long verify_result;        /* OpenSSL's X509_V_*: 0: verified, or no certificate was shown */
    const char *verify_reason; /* the same in words: "ok" */
} coil_tls_info;

/* Tells what was agreed in the handshake. Returns 0; -COIL_ETLS when the stream has no TLS or no handshake.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_tls_get_info(coil_stream *stream, coil_tls_info *ret_info);

/* The peer's certificate; coil_tls_certificate_done frees what it owns. */
typedef struct coil_tls_certificate {
    char *subject;        /* "CN=example.org,O=Example" (RFC 2253) */
    char *issuer;         /* the same of who signed it */
    char *alt_names;      /* "DNS:example.org, IP Address:127.0.0.1"; "" for none */
    char *serial;         /* hexadecimal */
    long long not_before; /* seconds since 1970 */
    long long not_after;
    unsigned char sha256[32]; /* of the whole certificate */
} coil_tls_certificate;

/* Gives the certificate that the peer showed. Returns 0, -ENOENT when it showed none, -ENOMEM; -COIL_ETLS as coil_tls_get_info.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_tls_peer_certificate(coil_stream *stream, coil_tls_certificate *ret_certificate);
/* Frees what a certificate owns and zeroes it. From: any thread. Suspends: no. Cancel: not applicable. */
void coil_tls_certificate_done(coil_tls_certificate *certificate);

struct ssl_st;
/* Gives OpenSSL's object, an SSL *, for questions that this header does not answer; NULL when there is none. It stays the stream's,
 * and nobody else may read, write or shut it down. From: loop thread. Suspends: no. Cancel: not applicable. */
struct ssl_st *coil_tls_native(coil_stream *stream);

#ifdef __cplusplus
}
#endif
#endif
