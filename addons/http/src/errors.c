/* http/src/errors.c: curl's results in Coil's band. */
#include <errno.h>

#include "internal.h"

static int code_of(CURLcode code, const coil_http_transfer *t)
{
    long os_errno = 0;
    switch (code) {
    case CURLE_OK:
        return 0;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
        return -COIL_EHTTP_URL;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        return -COIL_EDNS_NONAME;
    case CURLE_COULDNT_CONNECT:
        if (t)
            curl_easy_getinfo(t->easy, CURLINFO_OS_ERRNO, &os_errno);
        return os_errno > 0 && os_errno < 4096 ? -(int)os_errno : -ECONNREFUSED;
    case CURLE_OPERATION_TIMEDOUT:
        return -ETIMEDOUT;
    case CURLE_PARTIAL_FILE:
        return -COIL_EHTTP_TRUNCATED;
    case CURLE_TOO_MANY_REDIRECTS:
        return -COIL_EHTTP_REDIRECTS;
    case CURLE_OUT_OF_MEMORY:
        return -ENOMEM;
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
        return -ECONNRESET;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
        return -COIL_ETLS;
    default:
        return -COIL_EHTTP;
    }
}

int http__error(CURLcode code, const coil_http_transfer *t)
{
    if (code == CURLE_OK)
        return 0;
    if (t && t->failure)
        return coil_fail(t->failure, "a connection can't be watched: %s",
                         coil_error_sentence(t->failure));
    const char *text = t && t->error_text[0] ? t->error_text : curl_easy_strerror(code);
    return coil_fail(code_of(code, t), "%s", text);
}
