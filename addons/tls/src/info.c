/* tls/src/info.c: what was agreed in a handshake, and who the peer is. */
#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "internal.h"

/* ---------------------------------------------------------------- the connection of a stream ---- */

static int find(coil_stream *stream, struct tls **ret_tls)
{
    coil_transport *transport;
    int err = coil_stream_transport(stream, &transport);
    if (err < 0 && err != -ENOENT)
        return err;
    if (err < 0 || transport->ops != &tls__ops)
        return coil_fail(-COIL_ETLS, "the stream has no TLS");
    *ret_tls = (struct tls *)transport;
    return 0;
}

static int find_established(coil_stream *stream, struct tls **ret_tls)
{
    int err = find(stream, ret_tls);
    if (err >= 0 && !(*ret_tls)->established)
        return coil_fail(-COIL_ETLS, "the stream's TLS handshake is not done");
    return err;
}

struct ssl_st *coil_tls_native(coil_stream *stream)
{
    coil_transport *transport;
    if (coil_stream_transport(stream, &transport) < 0 || transport->ops != &tls__ops)
        return NULL;
    return ((struct tls *)transport)->ssl;
}

int coil_tls_get_info(coil_stream *stream, coil_tls_info *ret_info)
{
    struct tls *t = NULL;
    const unsigned char *alpn;
    unsigned n;
    int err = ret_info ? find_established(stream, &t) : -EINVAL;
    if (err < 0)
        return err;
    SSL_get0_alpn_selected(t->ssl, &alpn, &n);
    if (n >= sizeof t->alpn)
        n = 0;
    memcpy(t->alpn, alpn ? alpn : (const unsigned char *)"", n);
    t->alpn[n] = 0;
    long verified = SSL_get_verify_result(t->ssl);
    *ret_info = (coil_tls_info){
        .version = SSL_get_version(t->ssl),
        .cipher = SSL_get_cipher_name(t->ssl),
        .alpn = n > 0 ? t->alpn : NULL,
        .server_name = t->name ? t->name : SSL_get_servername(t->ssl, TLSEXT_NAMETYPE_host_name),
        .session_reused = SSL_session_reused(t->ssl),
        .verify_result = verified,
        .verify_reason = X509_verify_cert_error_string(verified),
    };
    return 0;
}

/* ---------------------------------------------------------------- its certificate ---- */

/* What was printed into a memory BIO, as a string of malloc. NULL when out of memory. */
static char *text_of(BIO *bio)
{
    char *bytes;
    long n = BIO_get_mem_data(bio, &bytes);
    char *text = n >= 0 ? malloc((size_t)n + 1) : NULL;
    if (text) {
        memcpy(text, bytes, (size_t)n);
        text[n] = 0;
    }
    BIO_reset(bio);
    return text;
}

static char *name_text(BIO *bio, const X509_NAME *name)
{
    return X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) < 0
               ? NULL
               : text_of(bio);
}

static char *alt_names_text(BIO *bio, const X509 *x)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
    bool good = true;
    for (int i = 0; good && i < sk_GENERAL_NAME_num(names); i++) {
        if (i > 0)
            good = BIO_puts(bio, ", ") > 0;
        if (good)
            good = GENERAL_NAME_print(bio, sk_GENERAL_NAME_value(names, i)) > 0;
    }
    GENERAL_NAMES_free(names);
    return good ? text_of(bio) : NULL;
}

static char *serial_text(BIO *bio, const X509 *x)
{
    return i2a_ASN1_INTEGER(bio, X509_get0_serialNumber(x)) < 0 ? NULL : text_of(bio);
}

static long long seconds_of(const ASN1_TIME *when)
{
    struct tm tm;
    return ASN1_TIME_to_tm(when, &tm) == 1 ? (long long)timegm(&tm) : 0;
}

static int describe(const X509 *x, BIO *bio, coil_tls_certificate *c)
{
    unsigned n = sizeof c->sha256;
    c->subject = name_text(bio, X509_get_subject_name(x));
    c->issuer = name_text(bio, X509_get_issuer_name(x));
    c->alt_names = alt_names_text(bio, x);
    c->serial = serial_text(bio, x);
    c->not_before = seconds_of(X509_get0_notBefore(x));
    c->not_after = seconds_of(X509_get0_notAfter(x));
    bool digested = X509_digest(x, EVP_sha256(), c->sha256, &n) == 1;
    return c->subject && c->issuer && c->alt_names && c->serial && digested ? 0 : -ENOMEM;
}

int coil_tls_peer_certificate(coil_stream *stream, coil_tls_certificate *ret_certificate)
{
    struct tls *t = NULL;
    int err = ret_certificate ? find_established(stream, &t) : -EINVAL;
    if (err < 0)
        return err;
    X509 *x = SSL_get0_peer_certificate(t->ssl);
    if (!x)
        return -ENOENT;
    coil_tls_certificate c = {0};
    BIO *bio = BIO_new(BIO_s_mem());
    err = bio ? describe(x, bio, &c) : -ENOMEM;
    BIO_free(bio);
    ERR_clear_error();
    if (err < 0)
        coil_tls_certificate_done(&c);
    else
        *ret_certificate = c;
    return err;
}

void coil_tls_certificate_done(coil_tls_certificate *c)
{
    if (!c)
        return;
    free(c->subject);
    free(c->issuer);
    free(c->alt_names);
    free(c->serial);
    *c = (coil_tls_certificate){0};
}
