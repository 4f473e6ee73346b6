/* tls/src/names.c: what client and server say by name in their hellos: the host (SNI) and the protocol (ALPN).
 *
 * A server chooses its context in the client hello, before anything else is looked at, so that certificate, verification, ALPN and sessions
 * are all the chosen one's.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

enum { MOST_ALPN = 65535 };

/* ---------------------------------------------------------------- ALPN ---- */

static int select_protocol(SSL *ssl, const unsigned char **ret_name, unsigned char *ret_size,
                           const unsigned char *theirs, unsigned n_theirs, void *arg)
{
    const coil_tls_context *c = arg;
    (void)ssl;
    int found = SSL_select_next_proto((unsigned char **)(uintptr_t)ret_name, ret_size, c->alpn,
                                      c->alpn_size, theirs, n_theirs);
    return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

/* The names as on the wire. */
static int pack_protocols(coil_tls_context *c, const char *const *names)
{
    size_t size = 0;
    for (int i = 0; names[i]; i++) {
        size_t n = strlen(names[i]);
        if (n == 0 || n > 255)
            return coil_fail(-EINVAL, "an ALPN name has 1 to 255 bytes: \"%s\"", names[i]);
        size += n + 1;
    }
    if (size == 0)
        return 0;
    if (size > MOST_ALPN)
        return coil_fail(-EINVAL, "too many ALPN names");
    unsigned char *p = c->alpn = malloc(size);
    if (!p)
        return -ENOMEM;
    c->alpn_size = (unsigned)size;
    for (int i = 0; names[i]; i++) {
        size_t n = strlen(names[i]);
        *p++ = (unsigned char)n;
        memcpy(p, names[i], n);
        p += n;
    }
    if (c->server)
        SSL_CTX_set_alpn_select_cb(c->ssl_ctx, select_protocol, c);
    else if (SSL_CTX_set_alpn_protos(c->ssl_ctx, c->alpn, c->alpn_size) != 0)
        return -ENOMEM;
    return 0;
}

/* ---------------------------------------------------------------- SNI ---- */

/* The extension: size of the list, then entries of type, size, name; only type 0, a host name, exists. Returns 1 and the name, 0 when
 * there is none, -1 when it is malformed. */
static int asked_name(SSL *ssl, char name[256])
{
    const unsigned char *p;
    size_t n;
    if (!SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &p, &n))
        return 0;
    if (n < 5 || (size_t)(p[0] << 8 | p[1]) != n - 2 || p[2] != TLSEXT_NAMETYPE_host_name)
        return -1;
    size_t size = (size_t)(p[3] << 8 | p[4]);
    if (size == 0 || size > 255 || size + 5 > n || memchr(p + 5, 0, size))
        return -1;
    memcpy(name, p + 5, size);
    name[size] = 0;
    return 1;
}

/* Makes a connection that has begun with one context go on with another. */
static int change_context(SSL *ssl, const coil_tls_context *to)
{
    SSL_CTX *ctx = to->ssl_ctx;
    if (SSL_set_SSL_CTX(ssl, ctx) != ctx)
        return 0;
    SSL_set_verify(ssl, SSL_CTX_get_verify_mode(ctx), NULL);
    SSL_set_options(ssl, SSL_CTX_get_options(ctx));
    return SSL_set_num_tickets(ssl, SSL_CTX_get_num_tickets(ctx)) &&
           SSL_set_min_proto_version(ssl, (int)SSL_CTX_get_min_proto_version(ctx)) &&
           SSL_set_max_proto_version(ssl, (int)SSL_CTX_get_max_proto_version(ctx));
}

static int choose_context(SSL *ssl, int *ret_alert, void *arg)
{
    coil_tls_context *c = arg;
    char name[256];
    int named = asked_name(ssl, name);
    if (named < 0) {
        *ret_alert = SSL_AD_DECODE_ERROR;
        return SSL_CLIENT_HELLO_ERROR;
    }
    coil_tls_context *chosen = c->choose(c->choose_arg, named ? name : NULL);
    if (!chosen || !chosen->server) {
        *ret_alert = SSL_AD_UNRECOGNIZED_NAME;
        return SSL_CLIENT_HELLO_ERROR;
    }
    if (chosen != c && !change_context(ssl, chosen)) {
        *ret_alert = SSL_AD_INTERNAL_ERROR;
        return SSL_CLIENT_HELLO_ERROR;
    }
    return SSL_CLIENT_HELLO_SUCCESS;
}

int tls__names_init(coil_tls_context *c, const coil_tls_config *config)
{
    c->choose = config->choose;
    c->choose_arg = config->choose_arg;
    if (c->server && c->choose)
        SSL_CTX_set_client_hello_cb(c->ssl_ctx, choose_context, c);
    return config->alpn ? pack_protocols(c, config->alpn) : 0;
}
