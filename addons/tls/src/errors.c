/* tls/src/errors.c: OpenSSL's errors in Coil's band.
 *
 * OpenSSL keeps a queue of errors per thread. It is emptied before each call, and read here before anything can suspend.
 */
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <string.h>

#include "internal.h"

static int verify_error(const struct tls *t)
{
    long result = SSL_get_verify_result(t->ssl);
    const char *why = X509_verify_cert_error_string(result);
    if (result == X509_V_ERR_OUT_OF_MEM)
        return coil_fail(-ENOMEM, "certificate verify: %s", why);
    if (t->context->server)
        return coil_fail(-COIL_ETLS_VERIFY, "certificate verify failed: %s (of the client)", why);
    return coil_fail(-COIL_ETLS_VERIFY, "certificate verify failed: %s (host %s)", why,
                     t->name ? t->name : "unnamed");
}

/* What the bare reason does not say. */
static const char *hint(unsigned long code)
{
    if (ERR_GET_LIB(code) != ERR_LIB_SSL)
        return "";
    switch (ERR_GET_REASON(code)) {
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
        return " (the peer does not seem to speak TLS)";
    default:
        return "";
    }
}

int tls__error(const struct tls *t, const char *doing)
{
    unsigned long code = ERR_peek_error();
    unsigned long last = ERR_peek_last_error();
    ERR_clear_error();
    if (code && ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE)
        return coil_fail(-ENOMEM, "%s: out of memory", doing);
    if (t && ERR_GET_LIB(last) == ERR_LIB_SSL &&
        ERR_GET_REASON(last) == SSL_R_CERTIFICATE_VERIFY_FAILED)
        return verify_error(t);
    const char *reason = code ? ERR_reason_error_string(code) : NULL;
    if (!reason)
        reason = "OpenSSL gives no reason";
    if (t && t->name)
        return coil_fail(-COIL_ETLS, "%s with %s: %s%s", doing, t->name, reason, hint(code));
    return coil_fail(-COIL_ETLS, "%s: %s%s", doing, reason, hint(code));
}
