/* tls/src/context.c: a config becomes OpenSSL's context.
 *
 * What is not asked for is the safe choice: a client verifies chain and host name, nothing below TLS 1.2 is spoken, and an encrypted
 * key without a password is an error instead of a question on the terminal.
 */
#include <errno.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* ---------------------------------------------------------------- its files ---- */

/* OpenSSL's errors for a file that is not there are poor: it is asked for first. */
static int must_be_readable(const char *what, const char *path)
{
    FILE *f = fopen(path, "re");
    if (!f)
        return coil_fail(-errno, "%s %s: %s", what, path, strerror(errno));
    fclose(f);
    return 0;
}

static int file_error(const char *what, const char *path)
{
    char doing[512];
    snprintf(doing, sizeof doing, "%s %s", what, path);
    return tls__error(NULL, doing);
}

static int give_password(char *buf, int size, int writing, void *arg)
{
    const char *password = arg;
    size_t n = password ? strlen(password) : 0;
    (void)writing;
    if (n > (size_t)size)
        return -1;
    memcpy(buf, password ? password : "", n);
    return password ? (int)n : -1;
}

static int load_identity(coil_tls_context *c, const coil_tls_config *config)
{
    const char *chain = config->cert_chain, *key = config->key ? config->key : chain;
    if (!chain) {
        if (config->key)
            return coil_fail(-EINVAL, "a key without a certificate");
        return 0;
    }
    int err = must_be_readable("certificate", chain);
    if (err >= 0)
        err = must_be_readable("key", key);
    if (err < 0)
        return err;
    if (SSL_CTX_use_certificate_chain_file(c->ssl_ctx, chain) != 1)
        return file_error("certificate", chain);
    SSL_CTX_set_default_passwd_cb(c->ssl_ctx, give_password);
    SSL_CTX_set_default_passwd_cb_userdata(c->ssl_ctx, (void *)(uintptr_t)config->key_password);
    int loaded = SSL_CTX_use_PrivateKey_file(c->ssl_ctx, key, SSL_FILETYPE_PEM);
    SSL_CTX_set_default_passwd_cb_userdata(c->ssl_ctx, NULL);
    if (loaded != 1 || SSL_CTX_check_private_key(c->ssl_ctx) != 1)
        return file_error("key", key);
    return 0;
}

static int load_trust(coil_tls_context *c, const coil_tls_config *config)
{
    const char *file = config->ca_file, *path = config->ca_path;
    int err = file ? must_be_readable("CA file", file) : 0;
    if (err >= 0 && path)
        err = must_be_readable("CA path", path);
    if (err < 0)
        return err;
    if (file && SSL_CTX_load_verify_file(c->ssl_ctx, file) != 1)
        return file_error("CA file", file);
    if (path && SSL_CTX_load_verify_dir(c->ssl_ctx, path) != 1)
        return file_error("CA path", path);
    if (!file && !path && config->verify != COIL_TLS_VERIFY_NONE &&
        (!c->server || config->verify != COIL_TLS_VERIFY_DEFAULT) &&
        SSL_CTX_set_default_verify_paths(c->ssl_ctx) != 1)
        return tls__error(NULL, "the system's certificates");
    if (c->server && file) { /* tells clients which certificates to offer */
        STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(file);
        if (!names)
            return file_error("CA file", file);
        SSL_CTX_set_client_CA_list(c->ssl_ctx, names);
    }
    return 0;
}

/* ---------------------------------------------------------------- its rules ---- */

static int set_versions(SSL_CTX *ctx, const coil_tls_config *config)
{
    int min = config->min_version ? config->min_version : COIL_TLS_1_2, max = config->max_version;
    if ((min != COIL_TLS_1_2 && min != COIL_TLS_1_3) ||
        (max != 0 && max != COIL_TLS_1_2 && max != COIL_TLS_1_3) || (max != 0 && max < min))
        return coil_fail(-EINVAL, "TLS versions: from %#x to %#x", min, max);
    if (!SSL_CTX_set_min_proto_version(ctx, min) || !SSL_CTX_set_max_proto_version(ctx, max))
        return tls__error(NULL, "TLS versions");
    return 0;
}

static int set_ciphers(SSL_CTX *ctx, const coil_tls_config *config)
{
    if (config->ciphers && SSL_CTX_set_cipher_list(ctx, config->ciphers) != 1) {
        ERR_clear_error();
        return coil_fail(-EINVAL, "no such ciphers: %s", config->ciphers);
    }
    if (config->ciphersuites && SSL_CTX_set_ciphersuites(ctx, config->ciphersuites) != 1) {
        ERR_clear_error();
        return coil_fail(-EINVAL, "no such cipher suites: %s", config->ciphersuites);
    }
    return 0;
}

static int set_verification(coil_tls_context *c, const coil_tls_config *config)
{
    int mode = SSL_VERIFY_NONE;
    switch (config->verify) {
    case COIL_TLS_VERIFY_DEFAULT:
        mode = c->server ? SSL_VERIFY_NONE : SSL_VERIFY_PEER;
        break;
    case COIL_TLS_VERIFY_NONE:
        break;
    case COIL_TLS_VERIFY_OPTIONAL:
        mode = SSL_VERIFY_PEER;
        break;
    case COIL_TLS_VERIFY_REQUIRED:
        mode = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
        break;
    default:
        return coil_fail(-EINVAL, "no such verification: %d", config->verify);
    }
    SSL_CTX_set_verify(c->ssl_ctx, mode, NULL);
    c->check_host = !c->server && mode != SSL_VERIFY_NONE && !config->no_host_check;
    return 0;
}

static int set_times(coil_tls_context *c, const coil_tls_config *config)
{
    if (!(config->handshake_timeout >= 0) || !(config->shutdown_timeout >= 0))
        return coil_fail(-EINVAL, "TLS time limits: %g and %g s", config->handshake_timeout,
                         config->shutdown_timeout);
    c->handshake_timeout = config->handshake_timeout > 0 ? config->handshake_timeout : 60;
    c->shutdown_timeout = config->shutdown_timeout > 0 ? config->shutdown_timeout : 30;
    return 0;
}

/* Sessions of one context are not another's: what one has verified says nothing in the other. */
static int set_session_scope(SSL_CTX *ctx)
{
    unsigned char scope[16];
    if (RAND_bytes(scope, sizeof scope) != 1 ||
        SSL_CTX_set_session_id_context(ctx, scope, sizeof scope) != 1)
        return tls__error(NULL, "session id");
    return 0;
}

static int configure(coil_tls_context *c, const coil_tls_config *config)
{
    SSL_CTX_set_mode(c->ssl_ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
                                     SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                     SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_options(c->ssl_ctx, SSL_OP_NO_COMPRESSION);
    c->resumption = !config->no_resumption;
    c->ignore_truncation = config->ignore_truncation;
    c->refused = config->refused;
    c->refused_arg = config->refused_arg;
    int err = set_times(c, config);
    if (err >= 0)
        err = set_versions(c->ssl_ctx, config);
    if (err >= 0)
        err = set_ciphers(c->ssl_ctx, config);
    if (err >= 0)
        err = set_verification(c, config);
    if (err >= 0)
        err = load_identity(c, config);
    if (err >= 0)
        err = load_trust(c, config);
    if (err >= 0)
        err = tls__names_init(c, config);
    if (err >= 0 && c->server)
        err = set_session_scope(c->ssl_ctx);
    if (err >= 0)
        tls__sessions_init(c);
    return err;
}

/* ---------------------------------------------------------------- made and freed ---- */

static int make(const coil_tls_config *config, bool server, coil_tls_context **ret_context)
{
    if (!ret_context)
        return -EINVAL;
    coil_tls_context *c = calloc(1, sizeof *c);
    if (!c)
        return -ENOMEM;
    atomic_init(&c->refs, 1);
    pthread_mutex_init(&c->lock, NULL);
    c->server = server;
    ERR_clear_error();
    c->ssl_ctx = SSL_CTX_new(server ? TLS_server_method() : TLS_client_method());
    int err = c->ssl_ctx ? configure(c, config) : tls__error(NULL, "a TLS context");
    ERR_clear_error();
    if (err < 0)
        coil_tls_context_free(c);
    else
        *ret_context = c;
    return err;
}

int coil_tls_client_context_new(const coil_tls_config *config, coil_tls_context **ret_context)
{
    static const coil_tls_config defaults;
    return make(config ? config : &defaults, false, ret_context);
}

int coil_tls_server_context_new(const coil_tls_config *config, coil_tls_context **ret_context)
{
    if (!config)
        return -EINVAL;
    if (!config->cert_chain && !config->choose)
        return coil_fail(-EINVAL, "a TLS server needs a certificate");
    return make(config, true, ret_context);
}

coil_tls_context *tls__context_ref(coil_tls_context *c)
{
    atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
    return c;
}

void coil_tls_context_free(coil_tls_context *c)
{
    if (!c || atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) != 1)
        return;
    tls__sessions_done(c);
    SSL_CTX_free(c->ssl_ctx);
    free(c->alpn);
    pthread_mutex_destroy(&c->lock);
    free(c);
}
